//! Amendments with known answers, one folder each: what is claimed is written by hand in `case.json`,
//! what is printed is a golden file.

use std::collections::BTreeSet;
use std::process::Command;

use lind::analysis::{Depth, RULES, diff};
use lind::evaluate::{RecordReader, Verdict, evaluate};
use lind::protocol::Protocol;
use serde_json::{Map, Value};

use super::support::{golden, protocol, read, root};

/// The two texts of a case.
fn versions(folder: &std::path::Path, case: &Value) -> (String, String) {
    let Some(edits) = case["edits"].as_array() else {
        return (read(&folder.join("before.lind")), read(&folder.join("after.lind")));
    };
    let before = read(&root().join("protocols/NCT05106972.lind"));
    let after = edits.iter().fold(before.clone(), |text, edit| {
        let (old, new) = (edit[0].as_str().unwrap(), edit[1].as_str().unwrap());
        assert_eq!(text.matches(old).count(), 1, "{}: `{old}` has to stand once in the protocol", folder.display());
        text.replace(old, new)
    });
    (before, after)
}

#[test]
fn amendments_come_to_what_is_known_of_them() {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("tests/diff")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 35, "{}", folders.len());
    let mut wrong = Vec::new();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let case: Value = serde_json::from_str(&read(&folder.join("case.json"))).unwrap();
        assert!(case["why"].as_str().is_some_and(|why| why.len() > 10), "{name} says not why");
        let (before, after) = versions(folder, &case);
        let (old, new) = (protocol(&name, &before), protocol(&name, &after));
        let found = diff(&old, &new, Depth::FULL);
        let expect = &case["expect"];
        let mut check = |what: &str, expected: String, is: String| {
            if expected != is {
                wrong.push(format!("{name}: {what}: expected {expected}, found {is}"));
            }
        };
        check("change", expect["change"].as_str().unwrap().into(), found.change.word().into());
        check("undecided", "[]".into(), format!("{:?}", found.undecided));
        let rules: BTreeSet<&str> = expect["rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap()).collect();
        let shown: BTreeSet<&str> = found.items.iter().map(|item| item.rule).collect();
        check("rules", format!("{rules:?}"), format!("{shown:?}"));
        let masked: serde_json::Map<String, Value> =
            found.items.iter().filter_map(|item| Some((item.name.clone(), item.masked_by.clone()?.into()))).collect();
        check("masked", expect["masked"].as_object().cloned().map(Value::Object).unwrap_or(serde_json::json!({})).to_string(), Value::Object(masked).to_string());
        if let Some(transitions) = expect["transitions"].as_array() {
            let ways: Vec<String> =
                found.transitions.iter().filter(|t| t.witness.is_some()).map(|t| format!("{}-{}", t.from.word(), t.to.word())).collect();
            check("transitions", Value::Array(transitions.clone()).to_string(), serde_json::json!(ways).to_string());
        }
        let back = diff(&new, &old, Depth::VERDICT);
        check("the way back", found.change.mirror().word().into(), back.change.word().into());
        let mirrored = |rule: &str| RULES.iter().find(|(own, _)| *own == rule).map_or("none", |(_, mirror)| mirror);
        let ways_back: BTreeSet<&str> = back.items.iter().map(|item| item.rule).collect();
        check("the rules of the way back", format!("{:?}", shown.iter().map(|rule| mirrored(rule)).collect::<BTreeSet<_>>()), format!("{ways_back:?}"));
        assert!(diff(&old, &old, Depth::FULL).is_empty(), "{name}: a version differs from itself");

        let workspace = tempfile::tempdir().unwrap();
        std::fs::write(workspace.path().join("before.lind"), &before).unwrap();
        std::fs::write(workspace.path().join("after.lind"), &after).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_lind"))
            .args(["diff", "before.lind", "after.lind"])
            .current_dir(workspace.path())
            .env_remove("CLICOLOR_FORCE")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        golden(&folder.join("expected.txt"), &String::from_utf8(output.stdout).unwrap());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every case, as two protocols.
fn cases() -> Vec<(String, [Protocol; 2])> {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("tests/diff")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let read_case = |folder: &std::path::PathBuf| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let case: Value = serde_json::from_str(&read(&folder.join("case.json"))).unwrap();
        let (before, after) = versions(folder, &case);
        (name.clone(), [protocol(&name, &before), protocol(&name, &after)])
    };
    folders.iter().map(read_case).collect()
}

#[test]
fn a_subject_differs_from_an_ordinary_one_only_where_it_has_to() {
    let (mut tried, mut needless) = (0, Vec::new());
    for (name, versions) in cases() {
        let found = diff(&versions[0], &versions[1], Depth::VERDICT);
        // Who is eligible both times is the ordinary subject that the others are told from.
        let Some(ordinary) = &found.common else { continue };
        let readers = [0, 1].map(|side| RecordReader::new(&versions[side]));
        // Whether each version lets the subject in, and which assumptions the subject contradicts there.
        let said = |records: &[Map<String, Value>]| -> Option<Vec<(bool, Vec<usize>)>> {
            let of = |side: usize| {
                let record = readers[side].deserialize(&Value::Object(records[side].clone())).record.ok()?;
                let report = evaluate(&versions[side], &record);
                Some((report.verdict == Verdict::Eligible, report.contradicts))
            };
            (0..2).map(of).collect()
        };
        for (witness, moves) in [(&found.lost, [true, false]), (&found.gained, [false, true])] {
            let Some(witness) = witness else { continue };
            let shown = said(&witness.records).unwrap();
            assert_eq!([shown[0].0, shown[1].0], moves, "{name}");
            assert!(!witness.differs.is_empty(), "{name}: the ordinary subject moves");
            for key in &witness.differs {
                tried += 1;
                let mut records = witness.records.clone();
                for (record, usual) in records.iter_mut().zip(&ordinary.records).filter(|(record, _)| record.contains_key(key)) {
                    record.insert(key.clone(), usual[key].clone());
                }
                if said(&records).is_some_and(|said| said == shown) {
                    needless.push(format!("{name}: `{key}` is needless"));
                }
            }
        }
    }
    assert!(tried > 40, "only {tried} facts were tried");
    assert!(needless.is_empty(), "{}", needless.join("\n"));
}

#[test]
fn every_kind_of_change_has_its_mirror_and_a_case() {
    for (rule, mirror) in RULES {
        assert!(RULES.contains(&(mirror, rule)), "{rule} is undone by {mirror}, but not the other way round");
    }
    assert!(RULES.is_sorted(), "the table is in order");
}
