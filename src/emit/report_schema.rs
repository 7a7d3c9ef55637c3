//! The schema of what every checker returns.

use serde_json::{Map, Value, json};

use super::{Emitted, pretty, schema_id};
use crate::diagnostic::Code;
use crate::protocol::Protocol;

pub(super) fn emit(protocol: &Protocol) -> Emitted {
    let names: Vec<&str> = protocol.facts.iter().map(|fact| fact.about.name.as_str()).collect();
    let attested: Vec<&str> = protocol.criteria.iter().filter(|c| c.attested).map(|c| c.about.name.as_str()).collect();
    let assumptions: Vec<&str> = protocol.assumptions.iter().map(|a| a.about.name.as_str()).collect();
    let codes: Vec<&str> = Code::ALL.iter().filter(|code| code.phase() == "record").map(|code| code.name()).collect();
    let list = |of: &[&str]| {
        if of.is_empty() { json!({ "type": "array", "maxItems": 0 }) } else { json!({ "type": "array", "items": { "enum": of }, "uniqueItems": true }) }
    };
    let criteria = |for_arm: bool| {
        let mut properties = Map::new();
        for criterion in &protocol.criteria {
            let mut outcomes = vec!["pass", "fail", "unknown"];
            if for_arm && criterion.arms.is_some() {
                outcomes.push("not_applicable");
            }
            let title = format!("{} {}", criterion.kind.word(), criterion.about.name);
            properties.insert(criterion.about.name.clone(), json!({ "title": title, "enum": outcomes }));
        }
        let required: Vec<&String> = protocol.criteria.iter().map(|c| &c.about.name).collect();
        json!({ "type": "object", "properties": properties, "required": required, "unevaluatedProperties": false })
    };
    let mut common = Map::new();
    common.insert("protocol".into(), json!({ "title": "The trial", "const": protocol.header.id }));
    if let Some(version) = &protocol.header.version {
        common.insert("version".into(), json!({ "title": "The version of the protocol", "const": version }));
    }
    common.insert("subject".into(), json!({ "title": "What the subject is called", "type": "string" }));
    let mut verdict = common.clone();
    verdict.insert("verdict".into(), json!({ "$ref": "#/$defs/verdict" }));
    let missing = |title: &str| {
        let mut schema = list(&names);
        schema["title"] = title.into();
        schema
    };
    verdict.insert("missing".into(), missing("The facts that keep an undetermined verdict open, in order of declaration"));
    verdict.insert("criteria".into(), json!({ "$ref": "#/$defs/criteria" }));
    let mut required = vec!["protocol", "verdict", "missing", "criteria", "attested", "contradicts"];
    let mut definitions = Map::new();
    definitions.insert("verdict".into(), json!({ "title": "What all criteria together say", "enum": ["eligible", "ineligible", "undetermined"] }));
    definitions.insert("criteria".into(), criteria(false));
    if protocol.is_scoped() {
        let arms: Map<String, Value> =
            protocol.arms.iter().map(|arm| (arm.about.name.clone(), json!({ "$ref": "#/$defs/arm" }))).collect();
        let required_arms: Vec<&String> = protocol.arms.iter().map(|arm| &arm.about.name).collect();
        verdict.insert("arms".into(), json!({
            "title": "The verdict for each arm", "type": "object", "properties": arms, "required": required_arms, "unevaluatedProperties": false,
        }));
        required.push("arms");
        definitions.insert("arm".into(), json!({
            "type": "object",
            "properties": {
                "verdict": { "$ref": "#/$defs/verdict" },
                "missing": missing("The facts that keep it open"),
                "criteria": criteria(true),
            },
            "required": ["verdict", "missing", "criteria"],
            "unevaluatedProperties": false,
        }));
    }
    let titled = |mut schema: Value, title: &str| {
        schema["title"] = title.into();
        schema
    };
    verdict.insert("attested".into(), titled(json!({ "const": attested }), "The criteria that rest on somebody's word"));
    verdict.insert("contradicts".into(), titled(list(&assumptions), "The assumptions that the record makes false"));
    let mut invalid = common;
    invalid.insert("invalid".into(), json!({
        "title": "Every mistake in the record",
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {
                "path": { "title": "Where, as a JSON path", "type": "string", "pattern": "^\\$" },
                "code": { "title": "What kind of mistake", "enum": codes },
                "message": { "title": "A sentence for people", "type": "string" },
            },
            "required": ["path", "code", "message"],
            "unevaluatedProperties": false,
        },
    }));
    if protocol.header.version.is_some() {
        required.push("version");
    }
    let mut invalid_required = vec!["protocol", "invalid"];
    if protocol.header.version.is_some() {
        invalid_required.push("version");
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(protocol, "report.schema.json"),
        "title": format!("A report on a subject of {}", protocol.header.id),
        "description": "What every checker of this protocol returns: a verdict with reasons, or, for an invalid record, its mistakes.",
        "type": "object",
        "if": { "required": ["invalid"] },
        "then": { "properties": invalid, "required": invalid_required, "unevaluatedProperties": false },
        "else": { "properties": verdict, "required": required, "unevaluatedProperties": false },
        "examples": [example(protocol)],
        "$defs": definitions,
    });
    Emitted { text: pretty(&schema), gaps: Vec::new() }
}

/// The report on a record that says nothing.
fn example(protocol: &Protocol) -> Value {
    let reader = crate::evaluate::RecordReader::new(protocol);
    match reader.json(b"{}").record {
        Ok(record) => {
            let report = crate::evaluate::evaluate(protocol, &record);
            let view = crate::evaluate::View { protocol, report: &report, subject: None };
            serde_json::to_value(view).unwrap_or_default()
        }
        Err(errors) => crate::evaluate::invalid_json(protocol, &errors, None),
    }
}
