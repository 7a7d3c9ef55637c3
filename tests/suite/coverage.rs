//! Which constructs of the language the conformance vectors reach, counted.
//!
//! The list of constructs is that of the published schema of protocols, so a new
//! one cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use lind::emit::{Samples, Target};
use lind::protocol::Protocol;
use serde_json::Value;

use super::backends::{Backend, Reference};
use super::conformance::{Suite, suites};

/// The keys whose words are constructs, and the part of the schema in which they are.
const KEYS: &[&str] = &["op", "sign", "relation", "which", "part", "unit", "kind"];
const DEFINITIONS: &[&str] = &["test", "num", "date", "selection", "pick", "distance", "type"];

/// Every construct that a schema allows.
fn allowed(schema: &Value, whole: &Value, found: &mut BTreeSet<String>) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten().filter(|(key, _)| KEYS.contains(&key.as_str())) {
        let name = property["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
        let property = name.map_or(property, |name| &whole["$defs"][name]);
        let words = property["enum"].as_array().into_iter().flatten().chain(property.get("const"));
        found.extend(words.filter_map(Value::as_str).map(|word| format!("{key} {word}")));
    }
    match schema {
        Value::Object(map) => map.values().for_each(|inner| allowed(inner, whole, found)),
        Value::Array(list) => list.iter().for_each(|inner| allowed(inner, whole, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every construct in a test, definitions opened up, and in the types of the facts that it reads.
fn used(value: &Value, data: &Value, found: &mut BTreeSet<String>) {
    let named = |list: &str, name: &Value| data[list].as_array().into_iter().flatten().find(|of| of["name"] == *name).cloned();
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if let (true, Some(word)) = (KEYS.contains(&key.as_str()), inner.as_str()) {
                    found.insert(format!("{key} {word}"));
                }
                let opened = match key.as_str() {
                    "define" => named("defines", inner),
                    "name" if map.get("op") == Some(&"define".into()) => named("defines", inner),
                    "place" | "events" if inner.is_string() => named("facts", inner),
                    _ => None,
                };
                if let Some(opened) = opened {
                    // Not its notes and codes, nor what it is called.
                    ["value", "test", "number", "date", "type", "when"].iter().for_each(|part| used(&opened[part], data, found));
                }
                used(inner, data, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| used(inner, data, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every construct of the language.
pub fn constructs() -> BTreeSet<String> {
    let protocol = super::support::protocol("empty", "trial EMPTY\n");
    let schema: Value = serde_json::from_str(&Target::ProtocolSchema.emit(&protocol, &Samples::default()).text).unwrap();
    let mut constructs = BTreeSet::new();
    DEFINITIONS.iter().for_each(|name| allowed(&schema["$defs"][name], &schema, &mut constructs));
    assert!(constructs.len() > 50, "the schema names its constructs: {constructs:?}");
    constructs
}

/// The constructs of each criterion of a protocol.
pub fn constructs_of(protocol: &Protocol) -> Vec<BTreeSet<String>> {
    let data: Value = serde_json::from_str(&Target::ProtocolJson.emit(protocol, &Samples::default()).text).unwrap();
    let of = |criterion: &Value| {
        let mut constructs = BTreeSet::new();
        ["test", "unless"].iter().for_each(|part| used(&criterion[part], &data, &mut constructs));
        constructs
    };
    data["criteria"].as_array().unwrap().iter().map(of).collect()
}

/// How many vectors pass, fail and leave unknown a criterion that uses the construct.
type Counts = BTreeMap<String, [usize; 3]>;

fn count(suite: &Suite, counts: &mut Counts) {
    let protocol: &Protocol = &suite.protocol;
    let texts: Vec<String> = suite.vectors.iter().map(|vector| vector.text.clone()).collect();
    let reports = Reference.reports(protocol, &texts).unwrap();
    for (criterion, constructs) in protocol.criteria.iter().zip(constructs_of(protocol)) {
        for report in &reports {
            let outcome = ["pass", "fail", "unknown"].iter().position(|word| report["criteria"][&criterion.about.name] == *word);
            let Some(outcome) = outcome else { continue };
            constructs.iter().for_each(|construct| counts.entry(construct.clone()).or_default()[outcome] += 1);
        }
    }
}

#[test]
fn every_construct_has_vectors_that_pass_fail_and_leave_it_open() {
    let suites = suites();
    let mut counts = Counts::new();
    suites.iter().for_each(|suite| count(suite, &mut counts));
    let table: Vec<String> = constructs()
        .iter()
        .map(|construct| {
            let [pass, fail, unknown] = counts.get(construct).copied().unwrap_or_default();
            format!("{construct:<28} {pass:>6} pass {fail:>6} fail {unknown:>6} unknown")
        })
        .collect();
    println!("{}", table.join("\n"));
    let bare: Vec<&String> = table.iter().filter(|row| row.contains("  0 ")).collect();
    assert!(bare.is_empty(), "constructs that the vectors do not decide each way:\n{bare:#?}");
}
