//! The emitted schemas, judged by an independent validator.

use std::collections::HashMap;

use boon::{Compiler, Schemas};
use lind::analysis::samples;
use lind::emit::{Samples, Target};
use lind::evaluate::RecordReader;
use lind::protocol::Protocol;
use serde_json::{Value, json};

use super::backends::{Backend, Reference};
use super::conformance::suites;
use super::generate::Generator;
use super::support::{Random, files, protocol, read};

/// The meta-schema, whose rules every emitted schema keeps, is compiled in by the validator.
fn compiled(schemas: &mut Schemas, text: &str) -> boon::SchemaIndex {
    let schema: Value = serde_json::from_str(text).unwrap();
    let id = schema["$id"].as_str().unwrap().to_string();
    let mut compiler = Compiler::new();
    compiler.set_default_draft(boon::Draft::V2020_12);
    compiler.add_resource(&id, schema).unwrap();
    compiler.compile(&id, schemas).unwrap_or_else(|error| panic!("{id} is no valid schema: {error:#}"))
}

fn emitted(protocol: &Protocol, target: Target, samples: &Samples) -> Value {
    serde_json::from_str(&target.emit(protocol, samples).text).unwrap()
}

#[test]
fn schemas_are_valid_and_their_examples_validate() {
    for path in files("protocols", "lind") {
        let protocol = protocol("p", &read(&path));
        let samples = samples(&protocol);
        for target in [Target::ProtocolSchema, Target::SubjectSchema, Target::EligibleSchema, Target::ReportSchema] {
            let text = target.emit(&protocol, &samples).text;
            let mut schemas = Schemas::new();
            let index = compiled(&mut schemas, &text);
            let schema: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            assert!(schema["title"].is_string() && schema["description"].is_string());
            assert!(!text.contains("\"oneOf\""), "`oneOf` gives poor errors");
            if target != Target::ProtocolSchema {
                let examples = schema["examples"].as_array().unwrap_or_else(|| panic!("{}: no examples", target.name()));
                for example in examples {
                    schemas.validate(example, index).unwrap_or_else(|error| panic!("{}: {error:#}", target.name()));
                }
            }
        }
    }
}

#[test]
fn the_protocol_as_data_keeps_its_published_schema() {
    for suite in suites() {
        let mut schemas = Schemas::new();
        let index = compiled(&mut schemas, &Target::ProtocolSchema.emit(&suite.protocol, &Samples::default()).text);
        let data = emitted(&suite.protocol, Target::ProtocolJson, &Samples::default());
        schemas.validate(&data, index).unwrap_or_else(|error| panic!("{}: {error:#}", suite.name));
        let yaml: Value = serde_yaml::from_str(&Target::ProtocolYaml.emit(&suite.protocol, &Samples::default()).text).unwrap();
        assert_eq!(yaml, data, "YAML and JSON say the same");
    }
}

/// What the subject schema may let through: just what its gaps list.
const GAPS: &[&str] = &["limits-out-of-order", "end-before-start", "does-not-apply", "repeated-key"];

#[test]
fn schemas_and_evaluation_agree_up_to_the_gaps() {
    for suite in suites() {
        let none = Samples::default();
        let mut schemas = Schemas::new();
        let subject = compiled(&mut schemas, &Target::SubjectSchema.emit(&suite.protocol, &none).text);
        let mut eligible_schemas = Schemas::new();
        let eligible_text = Target::EligibleSchema.emit(&suite.protocol, &none);
        let eligible = compiled(&mut eligible_schemas, &eligible_text.text);
        let mut reports = Schemas::new();
        let report_index = compiled(&mut reports, &Target::ReportSchema.emit(&suite.protocol, &none).text);

        let generator = Generator::new(&suite.protocol);
        let mut random = Random(0x5C4E_3A00);
        let mut texts: Vec<String> = suite.vectors.iter().map(|vector| vector.text.clone()).collect();
        texts.extend((0..400).map(|_| Value::Object(generator.record(&mut random)).to_string()));
        let told = Reference.reports(&suite.protocol, &texts).unwrap();
        for (text, report) in texts.iter().zip(&told) {
            reports.validate(report, report_index).unwrap_or_else(|error| panic!("{}: {report}: {error:#}", suite.name));
            // Only what any JSON reader takes reaches a validator.
            let Ok(record) = serde_json::from_str::<Value>(text) else { continue };
            let accepted = schemas.validate(&record, subject).is_ok();
            let codes: Vec<&str> = report["invalid"].as_array().into_iter().flatten().filter_map(|m| m["code"].as_str()).collect();
            let through_a_gap = !codes.is_empty() && codes.iter().all(|code| GAPS.contains(code));
            assert!(
                accepted == codes.is_empty() || (accepted && through_a_gap),
                "{}: the subject schema says {accepted}, evaluate {codes:?}: {text}",
                suite.name
            );
            let certainly = report["verdict"] == "eligible";
            let let_in = eligible_schemas.validate(&record, eligible).is_ok();
            assert!(let_in || !certainly, "{}: the eligible schema refuses an eligible record: {text}", suite.name);
            assert!(
                !let_in || certainly || !eligible_text.gaps.is_empty(),
                "{}: the eligible schema has no gaps, yet lets in {text}",
                suite.name
            );
        }
    }
}

#[test]
fn the_eligible_schema_lists_each_criterion_it_cannot_check() {
    let protocol = protocol("p", &read(&super::support::root().join("protocols/NCT05106972.lind")));
    let emitted = Target::EligibleSchema.emit(&protocol, &Samples::default());
    let mut about: Vec<&str> = emitted.gaps.iter().map(|gap| gap.about.as_str()).collect();
    about.sort_unstable();
    about.dedup();
    assert_eq!(
        about,
        ["adult", "age", "course", "gi_bleed", "prolonged_pt", "pt", "recent_albumin", "recent_bleed", "refractory"],
        "dates and differences are beyond JSON Schema"
    );
    let schema: Value = serde_json::from_str(&emitted.text).unwrap();
    assert_eq!(schema["x-gaps"].as_array().unwrap().len(), emitted.gaps.len(), "every gap stands in the file");
}

#[test]
fn numbers_reach_the_schema_as_they_are() {
    let protocol = protocol("p", "trial T\nfact n: number in 0.5 .. 2.5\ninclude x: \"x\" n < 1.25\n");
    let schema = emitted(&protocol, Target::SubjectSchema, &Samples::default());
    assert_eq!(schema["properties"]["n"]["minimum"], json!(0.5));
    let reader = RecordReader::new(&protocol);
    let kinds: HashMap<&str, bool> = [("0.5", true), ("0.4", false), ("2.5", true), ("2.6", false)].into();
    for (text, valid) in kinds {
        assert_eq!(reader.json(format!("{{\"n\":{text}}}").as_bytes()).record.is_ok(), valid, "{text}");
    }
}
