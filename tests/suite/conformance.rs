//! The conformance vectors, against every backend.

use std::path::Path;

use lind::protocol::Protocol;
use serde_json::{Map, Value};

use super::backends::{Backend, Reference, agree, all};
use super::support::{files, protocol, read, root};

/// One file of vectors.
pub struct Suite {
    pub name: String,
    pub protocol: Protocol,
    pub vectors: Vec<Vector>,
}

pub struct Vector {
    pub name: String,
    pub text: String,
    pub expect: Value,
}

pub fn suites() -> Vec<Suite> {
    files("tests/conformance", "json").iter().map(|path| suite(path)).collect()
}

fn suite(path: &Path) -> Suite {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let file: Value = serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let source = match (&file["protocol"], &file["source"]) {
        (Value::String(path), _) => read(&root().join(path)),
        (_, Value::Array(lines)) => lines.iter().map(|line| line.as_str().unwrap().to_string() + "\n").collect(),
        _ => panic!("{name}: a file names a protocol or holds its source"),
    };
    let base = file["base"].as_object().cloned().unwrap_or_default();
    let mut seen = std::collections::HashSet::new();
    let vectors = file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vector| {
            let own = vector["name"].as_str().unwrap().to_string();
            assert!(seen.insert(own.clone()), "{name}: two vectors are named {own}");
            assert!(vector["why"].is_string(), "{name}/{own}: no reason is given");
            Vector { name: own, text: text(vector, &base), expect: vector["expect"].clone() }
        })
        .collect();
    Suite { protocol: protocol(&name, &source), name, vectors }
}

fn text(vector: &Value, base: &Map<String, Value>) -> String {
    if let Some(text) = vector["text"].as_str() {
        return text.to_string();
    }
    match &vector["record"] {
        Value::Object(record) => {
            let mut merged = base.clone();
            merged.extend(record.clone());
            Value::Object(merged).to_string()
        }
        Value::Null => Value::Object(base.clone()).to_string(),
        other => other.to_string(),
    }
}

/// What of the expectation the report does not meet.
fn unmet(expect: &Value, report: &Value) -> Option<String> {
    if let Some(wanted) = expect["invalid"].as_array() {
        let told = |mistakes: &[Value]| {
            let mut told: Vec<String> = mistakes.iter().map(|m| format!("{} {}", m["path"].as_str().unwrap_or("?"), m["code"].as_str().unwrap_or("?"))).collect();
            told.sort();
            told
        };
        let found = report["invalid"].as_array().map(|mistakes| told(mistakes));
        return (found.as_ref() != Some(&told(wanted))).then(|| format!("expected {:?}, got {report}", told(wanted)));
    }
    for key in ["verdict", "missing", "contradicts"] {
        if !expect[key].is_null() && expect[key] != report[key] {
            return Some(format!("{key}: expected {}, got {}", expect[key], report[key]));
        }
    }
    assert!(expect["verdict"].is_string(), "an expectation names a verdict or mistakes");
    for (name, outcome) in expect["criteria"].as_object().into_iter().flatten() {
        if report["criteria"][name] != *outcome {
            return Some(format!("{name}: expected {outcome}, got {}", report["criteria"][name]));
        }
    }
    for (arm, wanted) in expect["arms"].as_object().into_iter().flatten() {
        if let Some(unmet) = unmet(wanted, &report["arms"][arm]) {
            return Some(format!("arm {arm}: {unmet}"));
        }
    }
    None
}

#[test]
fn every_backend_meets_every_vector() {
    let suites = suites();
    let count: usize = suites.iter().map(|suite| suite.vectors.len()).sum();
    assert!(count >= 150, "only {count} vectors");
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for suite in &suites {
            let failures = &failures;
            scope.spawn(move || {
                let found = check(suite);
                failures.lock().unwrap().extend(found);
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {count} vectors fail:\n{}", failures.len(), failures.join("\n"));
}

fn check(suite: &Suite) -> Vec<String> {
    let mut failures = Vec::new();
    let texts: Vec<String> = suite.vectors.iter().map(|vector| vector.text.clone()).collect();
    let reference = Reference.reports(&suite.protocol, &texts).unwrap();
    for backend in all() {
        let taken: Vec<usize> = (0..texts.len()).filter(|i| backend.takes(&texts[*i], &reference[*i])).collect();
        let texts: Vec<String> = taken.iter().map(|i| texts[*i].clone()).collect();
        let Some(reports) = backend.reports(&suite.protocol, &texts) else { continue };
        for (i, report) in taken.iter().zip(&reports) {
            let vector = &suite.vectors[*i];
            let mut say = |what: String| failures.push(format!("{}/{} [{}]: {what}", suite.name, vector.name, backend.name()));
            if !agree(&reference[*i], report) {
                say(format!("differs from evaluate:\n  {}\n  {report}", reference[*i]));
            } else if let Some(unmet) = unmet(&vector.expect, &reference[*i]) {
                say(unmet);
            }
        }
    }
    failures
}
