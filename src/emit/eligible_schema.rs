//! The schema of a record that is certainly eligible, as far as JSON Schema can say.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::condition::{Conditions, MAX_TESTS, all, any};
use super::{Emitted, Gap, Samples, pretty, schema_id, subject_schema};
use crate::protocol::{Criterion, Protocol};

pub(super) fn emit(protocol: &Protocol, samples: &Samples) -> Emitted {
    let (subject, mut gaps) = subject_schema::schema(protocol, &Samples { subject: samples.subject.clone(), eligible: None });
    let passing = |criterion: &Criterion| {
        Conditions::new(protocol, &Cell::new(MAX_TESTS)).passes(criterion.kind, &criterion.rule)
    };
    let mut clauses = vec![json!({ "$ref": schema_id(protocol, "subject.schema.json") })];
    for criterion in protocol.criteria.iter().filter(|criterion| criterion.arms.is_none()) {
        let condition = passing(criterion);
        if condition.schema != json!(true) {
            clauses.push(annotated(criterion, condition.schema));
        }
        note(&mut gaps, &criterion.about.name, &condition.gaps);
    }
    if protocol.is_scoped() {
        // Eligible is who is eligible for some arm.
        let arms = (0..protocol.arms.len()).map(|arm| {
            let own = protocol.criteria.iter().filter(|criterion| criterion.arms.as_ref().is_some_and(|arms| arms.contains(&arm)));
            all(own.map(passing).collect())
        });
        let some_arm = any(arms.collect());
        if some_arm.schema != json!(true) {
            clauses.push(some_arm.schema);
        }
        for criterion in protocol.criteria.iter().filter(|criterion| criterion.arms.is_some()) {
            note(&mut gaps, &criterion.about.name, &passing(criterion).gaps);
        }
    }
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$id".into(), schema_id(protocol, "eligible.schema.json").into());
    schema.insert("title".into(), format!("A subject record that is certainly eligible for {}", protocol.header.id).into());
    let said = if gaps.is_empty() {
        "It accepts exactly the records whose verdict is eligible."
    } else {
        "It accepts every record whose verdict is eligible, and more: `x-gaps` lists what it cannot check."
    };
    schema.insert("description".into(), said.into());
    schema.insert("type".into(), "object".into());
    schema.insert("allOf".into(), clauses.into());
    if let Some(sample) = &samples.eligible {
        schema.insert("examples".into(), json!([sample]));
    }
    if !gaps.is_empty() {
        schema.insert("x-gaps".into(), subject_schema::gaps_json(&gaps));
    }
    schema.insert("$defs".into(), json!({ "subject": subject }));
    Emitted { text: pretty(&Value::Object(schema)), gaps }
}

fn annotated(criterion: &Criterion, schema: Value) -> Value {
    let mut map = Map::new();
    let name = format!("{} {}", criterion.kind.word(), criterion.about.name);
    map.insert("title".into(), name.into());
    if let Some(text) = &criterion.about.text {
        map.insert("description".into(), text.clone().into());
    }
    map.insert("x-line".into(), criterion.about.line.into());
    match schema {
        Value::Object(schema) => map.extend(schema),
        other => drop(map.insert("allOf".into(), json!([other]))),
    }
    Value::Object(map)
}

fn note(gaps: &mut Vec<Gap>, about: &str, reasons: &[String]) {
    let mut told: Vec<&String> = Vec::new();
    for reason in reasons {
        if !told.contains(&reason) {
            told.push(reason);
            gaps.push(Gap { about: about.to_string(), reason: reason.clone() });
        }
    }
}
