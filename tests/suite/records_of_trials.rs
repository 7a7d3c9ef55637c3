//! Records of the registry: what is imported checks and builds, and is compared field by field.

use lind::compile;
use lind::diagnostic::Severity;
use lind::registry::{Study, compare, import};
use lind::span::Source;
use lind::syntax::format;
use serde_json::{Value, json};

use super::support::{Random, protocol, read, root};

fn study(record: &Value) -> Study {
    Study::read(record.to_string().as_bytes()).unwrap()
}

fn shipped() -> Value {
    serde_json::from_str(&read(&root().join("examples/NCT05106972.json"))).unwrap()
}

#[test]
fn the_shipped_record_becomes_a_protocol_in_its_own_words() {
    let imported = import(&study(&shipped())).unwrap();
    assert_eq!(imported.remarks, Vec::<String>::new());
    let (made, whole) = (protocol("imported", &imported.text), protocol("shipped", &read(&root().join("protocols/NCT05106972.lind"))));
    let texts = |protocol: &lind::protocol::Protocol| -> Vec<_> {
        protocol.criteria.iter().map(|criterion| (criterion.kind.word(), criterion.about.text.clone())).collect()
    };
    assert_eq!(texts(&made), texts(&whole), "seven and twelve, in order, Markdown undone");
    assert_eq!(made.arms[0].about.text, whole.arms[0].about.text);
    assert!(made.criteria.iter().all(|criterion| criterion.attested));
    let source = Source::new("imported", imported.text.as_str());
    assert_eq!(format(&source).unwrap(), imported.text);
    assert!(compare(&source, &study(&shipped())).is_empty(), "what was imported differs in nothing");
}

#[test]
fn each_field_that_differs_is_found_at_its_place() {
    let source = Source::new("p", read(&root().join("protocols/NCT05106972.lind")));
    assert!(compare(&source, &study(&shipped())).is_empty(), "{:?}", compare(&source, &study(&shipped())));
    let at = |pointer: &str, value: Value, code: &str, line_says: &str| {
        let mut record = shipped();
        *record.pointer_mut(&format!("/protocolSection/{pointer}")).unwrap() = value;
        let found = compare(&source, &study(&record));
        let line = |d: &lind::diagnostic::Diagnostic| source.text().lines().nth(source.position(d.span.start).line - 1).unwrap().to_string();
        assert!(found.iter().any(|d| d.code.name() == code && line(d).contains(line_says)), "{pointer}: {found:?}");
    };
    at("identificationModule/nctId", json!("NCT00000001"), "registry-field", "trial NCT05106972");
    at("identificationModule/briefTitle", json!("Another"), "registry-field", "title");
    at("statusModule/overallStatus", json!("UNKNOWN"), "registry-field", "status");
    at("designModule/designInfo/allocation", json!("RANDOMIZED"), "registry-field", "allocation");
    at("designModule/designInfo/interventionModel", json!("PARALLEL"), "registry-field", "model");
    at("designModule/designInfo/maskingInfo/masking", json!("DOUBLE"), "registry-field", "masking");
    at("designModule/enrollmentInfo/count", json!(31), "registry-field", "enrollment");
    at("eligibilityModule/sex", json!("FEMALE"), "registry-field", "sex ");
    at("eligibilityModule/healthyVolunteers", json!(true), "registry-field", "healthy");
    at("eligibilityModule/maximumAge", json!("65 Years"), "registry-field", "ages");
    at("eligibilityModule/minimumAge", Value::Null, "registry-field", "ages");
    at("armsInterventionsModule/armGroups/0/type", json!("OTHER"), "registry-arm", "arm treatment");
    at("armsInterventionsModule/armGroups/0/label", json!("Cells"), "registry-arm", "arm treatment");
    at("armsInterventionsModule/armGroups/0/description", json!("Cells"), "registry-arm", "UC-MSC infusion by");
    at("armsInterventionsModule/interventions/0/type", json!("BIOLOGICAL"), "registry-arm", "intervention uc_msc");
    let text = shipped()["protocolSection"]["eligibilityModule"]["eligibilityCriteria"].as_str().unwrap().to_string();
    let criteria = |change: &dyn Fn(&str) -> String, says: &str| at("eligibilityModule/eligibilityCriteria", json!(change(&text)), "registry-criterion", says);
    criteria(&|text| text.replace("within 3 weeks", "within 5 weeks"), "Use of human serum albumin");
    criteria(&|text| text.replace("* Spontaneous peritonitis\n", ""), "Spontaneous peritonitis");
    criteria(&|text| text.replace("Exclusion Criteria:\n\n", "Exclusion Criteria:\n\n* Smokers\n"), "trial NCT05106972");
    let moved = |text: &str| text.replace("Exclusion Criteria:\n\n", "").replace("* Cirrhosis caused", "Exclusion Criteria:\n\n* Cirrhosis caused");
    criteria(&moved, "Be less than 20 years old");
}

/// Several items of a record may be one criterion of a protocol.
#[test]
fn a_criterion_may_say_what_stands_in_several_items() {
    let mut record = shipped();
    let listed = "Inclusion Criteria:\n\n* Adult\n\nOne of the following:\n\n* Cirrhosis\n* Ascites, any grade\n\nExclusion Criteria:\n\n* HIV\n* HCV";
    *record.pointer_mut("/protocolSection/eligibilityModule/eligibilityCriteria").unwrap() = json!(listed);
    let found = |criteria: &str| {
        let source = Source::new("p", format!("trial NCT05106972\n\n{criteria}"));
        let found = compare(&source, &study(&record));
        found.into_iter().filter(|finding| finding.code.name() == "registry-criterion").map(|finding| finding.message).collect::<Vec<_>>()
    };
    let merged = "include a: \"Adult\" attested by x\ninclude b: \"One of the following: cirrhosis; ascites, any grade\" attested by x\nexclude c: \"HIV, HCV\" attested by x\n";
    assert_eq!(found(merged), Vec::<String>::new());
    // Half of a list is not the list: the other half is missing.
    let half = found(&merged.replace("; ascites, any grade", ""));
    assert!(half.len() == 1 && half[0].contains("Ascites, any grade"), "{half:?}");
    assert_eq!(found(&merged.replace("exclude", "include")).len(), 2);
}

#[test]
fn whatever_a_record_says_it_becomes_a_protocol_or_a_reason() {
    let hostile = ["\"", "\\", "\n", "\u{202E}", "include x: a", "*/", "\u{0}", "# ", "if", "NCT", "\u{FEFF}", "“", "Inclusion Criteria:", "1. ", "* ", "é"];
    let mut random = Random(0x2EC_02D5);
    for round in 0..400 {
        let mut word = || -> String { (0..=random.below(4)).map(|_| *random.choose(&hostile)).collect() };
        let record = json!({ "protocolSection": {
            "identificationModule": { "nctId": "NCT00000009", "briefTitle": word(), "officialTitle": word(), "orgStudyIdInfo": { "id": word() } },
            "statusModule": { "overallStatus": word() }, "sponsorCollaboratorsModule": { "leadSponsor": { "name": word(), "class": word() } },
            "conditionsModule": { "conditions": [word(), word()] },
            "designModule": { "phases": ["PHASE1", "PHASE2"], "designInfo": { "allocation": "RANDOMIZED", "interventionModel": "SINGLE_GROUP" } },
            "armsInterventionsModule": {
                "armGroups": [{ "label": word(), "type": "NO_INTERVENTION", "description": word(), "interventionNames": ["Drug: if"] }, { "label": "and", "type": word() }],
                "interventions": [{ "type": "DRUG", "name": "if", "description": word(), "armGroupLabels": ["and"] }],
            },
            "eligibilityModule": { "eligibilityCriteria": format!("Inclusion Criteria:\n* {}\n* {}\nExclusion Criteria:\n{}", word(), word(), word()), "minimumAge": "N/A", "maximumAge": "9 Fortnights" },
        } });
        let imported = import(&study(&record)).unwrap_or_else(|why| panic!("{round}: {why}\n{record}"));
        let compilation = compile(&Source::new("imported", imported.text.as_str()));
        assert!(compilation.diagnostics.iter().all(|d| d.severity() < Severity::Error), "{}", imported.text);
        assert!(imported.remarks.iter().any(|remark| remark.contains("9 Fortnights")) && imported.remarks.len() > 2, "{:?}", imported.remarks);
        assert!(compilation.protocol.unwrap().criteria.iter().all(|criterion| criterion.attested), "no text became logic");
    }
    for bad in ["", "{}", "[]", "{\"protocolSection\": {}}", "{\"protocolSection\": {\"identificationModule\": 3}}"] {
        assert!(Study::read(bad.as_bytes()).unwrap_err().contains("API version 2"), "{bad}");
    }
}
