//! The schema of a subject record: JSON Schema 2020-12.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::condition::{Conditions, MAX_TESTS};
use super::{Emitted, Gap, Samples, json_number, pretty, schema_id};
use crate::number::{MAX_MAGNITUDE, Number};
use crate::protocol::{Events, Fact, Protocol, Range, Role, Type, registry};

pub(super) fn emit(protocol: &Protocol, samples: &Samples) -> Emitted {
    let (schema, gaps) = schema(protocol, samples);
    Emitted { text: pretty(&schema), gaps }
}

/// The schema and what it does not say.
pub(super) fn schema(protocol: &Protocol, samples: &Samples) -> (Value, Vec<Gap>) {
    let mut gaps = Vec::new();
    let mut properties = Map::new();
    for fact in &protocol.facts {
        properties.insert(fact.about.name.clone(), property(fact));
        value_gaps(&fact.about.name, &fact.ty, &mut gaps);
    }
    let mut conditional = Vec::new();
    for id in &protocol.conditional {
        let fact = &protocol.facts[*id];
        let Some(when) = &fact.when else { continue };
        let condition = Conditions::new(protocol, &Cell::new(MAX_TESTS)).certainly(when, false);
        let name = &fact.about.name;
        if condition.is_exact() {
            let nothing = json!({ "properties": { name: { "enum": nothing_of(&fact.ty) } } });
            conditional.push(json!({ "if": condition.schema, "then": nothing }));
        } else {
            let reason = format!("where `{name}` does not apply is not checked: {}", condition.gaps.join("; "));
            gaps.push(Gap { about: name.clone(), reason });
        }
    }
    let title = protocol.header.title.clone().unwrap_or_else(|| protocol.header.id.clone());
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$id".into(), schema_id(protocol, "subject.schema.json").into());
    schema.insert("title".into(), format!("A subject record of {}", protocol.header.id).into());
    schema.insert(
        "description".into(),
        format!("What is recorded of one subject for {title}. A key that is missing, or null, is unknown; nothing is assumed absent.").into(),
    );
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !conditional.is_empty() {
        schema.insert("allOf".into(), conditional.into());
    }
    schema.insert("unevaluatedProperties".into(), false.into());
    if let Some(sample) = &samples.subject {
        schema.insert("examples".into(), json!([sample]));
    }
    if !gaps.is_empty() {
        schema.insert("x-gaps".into(), gaps_json(&gaps));
    }
    schema.insert("$defs".into(), definitions(protocol).into());
    (Value::Object(schema), gaps)
}

/// The gaps as they stand in an emitted schema.
pub(super) fn gaps_json(gaps: &[Gap]) -> Value {
    gaps.iter().map(|gap| json!({ "about": gap.about, "reason": gap.reason })).collect()
}

fn property(fact: &Fact) -> Value {
    let mut map = Map::new();
    let text = fact.about.text.clone().unwrap_or_else(|| fact.about.name.clone());
    map.insert("title".into(), text.into());
    let mut notes: Vec<String> = match (&fact.role, &fact.ty) {
        (Role::Anchor, _) => vec!["A date that windows refer to.".into()],
        (_, Type::Attested(by)) => vec![format!("By the word of: {by}.")],
        _ => Vec::new(),
    };
    notes.extend(fact.about.notes.iter().cloned());
    if !notes.is_empty() {
        map.insert("description".into(), notes.join(" ").into());
    }
    if let Value::Object(schema) = type_schema(&fact.ty) {
        map.extend(schema);
    }
    if let Type::Quantity(unit, _) | Type::Lab(unit) = &fact.ty {
        map.insert("x-unit".into(), unit.code.clone().into());
    }
    if !fact.about.codes.is_empty() {
        let codes = fact.about.codes.iter().map(|code| {
            let uri = registry::CODE_SYSTEMS.iter().find(|(name, _)| *name == code.system).map_or(code.system.as_str(), |(_, uri)| uri);
            json!({ "system": uri, "code": code.code })
        });
        map.insert("x-code".into(), codes.collect());
    }
    map.insert("x-line".into(), fact.about.line.into());
    Value::Object(map)
}

fn nullable(members: &[String]) -> Value {
    members.iter().map(|member| json!(member)).chain([Value::Null]).collect()
}

fn type_schema(ty: &Type) -> Value {
    match ty {
        Type::Boolean | Type::Attested(_) => json!({ "type": ["boolean", "null"] }),
        Type::OneOf(members) | Type::Scale(members) => json!({ "enum": nullable(members) }),
        Type::SetOf(members) => json!({
            "type": ["array", "null"], "items": { "enum": members.to_vec() }, "uniqueItems": true,
        }),
        Type::Integer(range) => number("integer", range),
        Type::Number(range) | Type::Quantity(_, range) => number("number", range),
        Type::Lab(_) => json!({ "$ref": "#/$defs/lab" }),
        Type::Date => json!({ "$ref": "#/$defs/date" }),
        Type::Events(events) => json!({ "type": ["array", "null"], "items": event(events) }),
    }
}

fn number(ty: &str, range: &Range) -> Value {
    let mut schema = json!({ "$ref": format!("#/$defs/{ty}") });
    if let Some((low, high)) = range {
        // A bound without a type beside it says nothing to a reader, and a linter tells.
        schema["type"] = json!([ty, "null"]);
        schema["minimum"] = json_number(low);
        schema["maximum"] = json_number(high);
    }
    schema
}

fn event(events: &Events) -> Value {
    let mut properties = Map::new();
    properties.insert("date".into(), json!({ "title": "The day it happened or began", "$ref": "#/$defs/date" }));
    if events.lasting {
        properties.insert("end".into(), json!({
            "title": "Its last day, or \"ongoing\"", "anyOf": [{ "$ref": "#/$defs/date" }, { "const": "ongoing" }],
        }));
    }
    for (name, ty) in &events.attributes {
        properties.insert(name.clone(), type_schema(ty));
    }
    json!({ "type": "object", "properties": properties, "unevaluatedProperties": false })
}

/// What a fact may carry where it does not apply.
fn nothing_of(ty: &Type) -> Value {
    match ty {
        Type::Boolean | Type::Attested(_) => json!([null, false]),
        Type::SetOf(_) | Type::Events(_) => json!([null, []]),
        Type::OneOf(_) | Type::Scale(_) | Type::Integer(_) | Type::Number(_) | Type::Quantity(..) | Type::Lab(_) | Type::Date => {
            json!([null])
        }
    }
}

/// What the type demands and a schema cannot say.
fn value_gaps(name: &str, ty: &Type, gaps: &mut Vec<Gap>) {
    let mut gap = |reason: &str| gaps.push(Gap { about: name.to_string(), reason: reason.to_string() });
    match ty {
        Type::Lab(_) => gap("that the lower limit lies below the upper one is not checked: JSON Schema compares no two values"),
        Type::Events(events) => {
            if events.lasting {
                gap("that an end lies behind its date is not checked: JSON Schema compares no two values");
            }
            for (attribute, ty) in &events.attributes {
                value_gaps(&format!("{name}.{attribute}"), ty, gaps);
            }
        }
        Type::Boolean | Type::Attested(_) | Type::OneOf(_) | Type::SetOf(_) | Type::Scale(_) | Type::Integer(_)
        | Type::Number(_) | Type::Quantity(..) | Type::Date => {}
    }
}

/// The types that the record uses.
fn definitions(protocol: &Protocol) -> Map<String, Value> {
    let mut used = Vec::new();
    for fact in &protocol.facts {
        note_types(&fact.ty, &mut used);
    }
    let limit = Number::decimal(1, MAX_MAGNITUDE);
    let (high, low) = (json_number_wide(&limit), json_number_wide(&limit.neg()));
    // Nearer to zero than the inverse of the limit there is only zero.
    let numeric = |ty: &str, title: &str| json!({
        "title": title,
        "type": [ty, "null"],
        "exclusiveMinimum": low,
        "exclusiveMaximum": high,
        "not": { "type": "number", "exclusiveMinimum": -1e-21, "exclusiveMaximum": 1e-21, "not": { "const": 0 } },
    });
    let mut definitions = Map::new();
    for name in ["integer", "number", "date", "lab"] {
        if !used.contains(&name) {
            continue;
        }
        let schema = match name {
            "integer" => numeric("integer", "A whole number"),
            "number" => numeric("number", "A number"),
            "date" => json!({
                "title": "A date, perhaps partial: a day, a month or a year",
                "type": ["string", "null"],
                "pattern": DATE_PATTERN,
            }),
            _ => json!({
                "title": "A laboratory value with the limits of normal that came with it",
                "type": ["object", "null"],
                "properties": {
                    "value": { "title": "The value", "$ref": "#/$defs/number" },
                    "upper": { "title": "The upper limit of normal", "$ref": "#/$defs/number" },
                    "lower": { "title": "The lower limit of normal", "$ref": "#/$defs/number" },
                    "date": { "title": "The day of the sample", "$ref": "#/$defs/date" },
                },
                "unevaluatedProperties": false,
            }),
        };
        definitions.insert(name.into(), schema);
    }
    definitions
}

fn json_number_wide(number: &Number) -> Value {
    serde_json::from_str(&number.to_string()).unwrap_or(Value::Null)
}

fn note_types(ty: &Type, used: &mut Vec<&'static str>) {
    match ty {
        Type::Integer(_) => used.push("integer"),
        Type::Number(_) | Type::Quantity(..) => used.push("number"),
        Type::Date => used.push("date"),
        Type::Lab(_) => used.extend(["lab", "number", "date"]),
        Type::Events(events) => {
            used.push("date");
            events.attributes.iter().for_each(|(_, ty)| note_types(ty, used));
        }
        Type::Boolean | Type::Attested(_) | Type::OneOf(_) | Type::SetOf(_) | Type::Scale(_) => {}
    }
}

/// A year from 0001, a month of it, or a day that the calendar has; leap years as they fall.
const DATE_PATTERN: &str = "^(?:(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})(?:-(?:0[1-9]|1[0-2])|-(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|-(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|-02-(?:0[1-9]|1[0-9]|2[0-8]))?|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)$";
