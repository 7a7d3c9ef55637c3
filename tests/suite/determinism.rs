//! The same input gives the same bytes, wherever and however often it is run.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use lind::evaluate::{RecordReader, View, evaluate};
use lind::protocol::Protocol;
use serde_json::Value;

use super::generate::Generator;
use super::support::{Random, files, have, protocol, read, root, tool};

/// Places that number, order or date things differently.
const PLACES: [&[(&str, &str)]; 3] = [
    &[("LC_ALL", "C"), ("TZ", "UTC"), ("PYTHONHASHSEED", "0")],
    &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8"), ("TZ", "Pacific/Kiritimati"), ("PYTHONHASHSEED", "1")],
    &[("LC_ALL", "de_DE.UTF-8"), ("LANGUAGE", "de"), ("TZ", "America/St_Johns"), ("PYTHONHASHSEED", "4294967295")],
];

fn lind(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lind"));
    command.args(arguments).current_dir(folder);
    command
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn what_is_written_depends_on_no_place_and_no_run() {
    for path in files("protocols", "lind") {
        let text = read(&path);
        let name = protocol("p", &text).header.id;
        let mut runs = Vec::new();
        for place in PLACES {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("p.lind"), &text).unwrap();
            std::fs::write(folder.path().join("old.lind"), text.replacen("\n  not ", "\n  ", 1)).unwrap();
            let mut said = Vec::new();
            for arguments in [
                &["build", "p.lind", "--out", "out"][..],
                &["check", "p.lind", "--prove", "--format", "sarif"],
                &["diff", "old.lind", "p.lind", "--format", "json"],
                &["diff", "old.lind", "p.lind", "--format", "markdown"],
                &["cases", "p.lind", "--format", "ndjson"],
            ] {
                let output = lind(folder.path(), arguments).env_clear().envs(place.iter().copied()).output().unwrap();
                assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
                said.push(output.stdout);
            }
            runs.push((said, contents(&folder.path().join("out").join(&name))));
        }
        assert!(runs.iter().all(|run| *run == runs[0]), "{name} differs from place to place");
    }
}

#[test]
fn generated_checkers_say_the_same_in_every_place() {
    let cohort = std::fs::read(root().join("examples/cohort.ndjson")).unwrap();
    for (program, file) in [("python3", "checker.py"), ("node", "checker.js"), ("Rscript", "checker.r")] {
        if !have(program) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let golden = root().join("tests/golden/NCT05106972");
        if program == "node" {
            if !have("tsc") {
                continue;
            }
            let options = ["--target", "es2022", "--module", "es2022", "--outDir"];
            let done = Command::new(tool("tsc")).arg(golden.join("checker.ts")).args(options).arg(folder.path()).status().unwrap();
            assert!(done.success());
            std::fs::write(folder.path().join("package.json"), "{ \"type\": \"module\" }").unwrap();
        } else {
            std::fs::copy(golden.join(file), folder.path().join(file)).unwrap();
        }
        let said = PLACES.map(|place| {
            let mut command = Command::new(tool(program));
            let command = command.arg(folder.path().join(file)).envs(place.iter().copied());
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), &cohort).unwrap();
            child.wait_with_output().unwrap().stdout
        });
        assert!(!said[0].is_empty() && said.windows(2).all(|pair| pair[0] == pair[1]), "{program}");
    }
}

/// The declarations of a text, each from its first line to the next one that starts in the first column.
fn declarations(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            found.push(String::new());
        }
        // Nothing but empty lines stands before the first.
        if let Some(declaration) = found.last_mut() {
            declaration.push_str(&format!("{line}\n"));
        }
    }
    found
}

/// A report whose criteria stand in no order.
fn report(protocol: &Protocol, record: &str) -> Result<BTreeMap<String, Value>, Vec<String>> {
    match RecordReader::new(protocol).json(record.as_bytes()).record {
        Ok(record) => {
            let report = evaluate(protocol, &record);
            let view = serde_json::to_value(View { protocol, report: &report, subject: None }).unwrap();
            let sorted = |value: &Value| match value {
                Value::Array(items) => {
                    let mut items: Vec<String> = items.iter().map(ToString::to_string).collect();
                    items.sort();
                    Value::from(items)
                }
                Value::Object(object) => serde_json::to_value(object.iter().collect::<BTreeMap<_, _>>()).unwrap(),
                other => other.clone(),
            };
            Ok(view.as_object().unwrap().iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Err(errors) => {
            let mut told: Vec<String> = errors.iter().map(|error| format!("{} {}", error.path, error.code.name())).collect();
            told.sort();
            Err(told)
        }
    }
}

#[test]
fn the_order_of_declarations_changes_no_answer() {
    let mut random = Random(0x0DE4);
    for path in files("protocols", "lind") {
        let text = read(&path);
        let written = protocol("as written", &text);
        let generator = Generator::new(&written);
        let records: Vec<String> = (0..300).map(|_| Value::Object(generator.record(&mut random)).to_string()).collect();
        let expected: Vec<_> = records.iter().map(|record| report(&written, record)).collect();
        for _ in 0..5 {
            let mut shuffled = declarations(&text);
            for i in (1..shuffled.len()).rev() {
                shuffled.swap(i, random.below(i + 1));
            }
            let shuffled = protocol("shuffled", &shuffled.concat());
            for (record, expected) in records.iter().zip(&expected) {
                assert_eq!(report(&shuffled, record), *expected, "{record}");
            }
        }
    }
}

#[test]
fn each_artefact_that_drifted_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = root().join("protocols/NCT05106972.lind");
    let build = |more: &[&str]| lind(folder.path(), &[&["build", path.to_str().unwrap()], more].concat()).output().unwrap();
    assert!(build(&[]).status.success());
    assert!(build(&["--check"]).status.success());
    let out = folder.path().join("lind-out/NCT05106972");
    std::fs::write(out.join("checker.py"), "print('by hand')\n").unwrap();
    std::fs::remove_file(out.join("subject.schema.json")).unwrap();
    let checked = build(&["--check"]);
    assert_eq!(checked.status.code(), Some(1));
    let said = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
    assert!(said.contains("checker.py") && said.contains("subject.schema.json") && !said.contains("checker.ts"), "{said}");
    assert_eq!(read(&out.join("checker.py")), "print('by hand')\n", "it only looks");
}
