//! Sample records: an ordinary valid one, and one that is certainly eligible.
//!
//! The eligible one is found by local search: facts are set one by one to the
//! value among a few (members, the protocol's own limits and their neighbours,
//! days around an anchor) that lets most criteria pass. What is found is
//! checked by the evaluator; where nothing is found, nothing is claimed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::emit::Samples;
use crate::evaluate::{Record, RecordReader, Truth, Verdict, evaluate, truth};
use crate::number::Number;
use crate::protocol::{DefineBody, FactId, Protocol, Role, Test, Type, walk};
use crate::calendar::{CalendarUnit, Days, add, day_text};

/// Protocols with more facts than this get the ordinary record alone: the search would not stay linear.
const MAX_FACTS: usize = 400;
const ROUNDS: usize = 4;
/// The day on which samples stand.
const TODAY: &str = "2026-03-16";

/// The samples of a protocol.
pub fn samples(protocol: &Protocol) -> Samples {
    let reader = RecordReader::new(protocol);
    let read = |record: &Map<String, Value>| {
        reader.deserialize(&Value::Object(record.clone())).record
    };
    let mut ordinary = Map::new();
    for fact in &protocol.facts {
        ordinary.insert(fact.about.name.clone(), ordinary_value(&fact.ty, &fact.role));
    }
    // A fact that does not apply carries nothing.
    for _ in 0..=protocol.conditional.len().min(8) {
        match read(&ordinary) {
            Ok(_) => break,
            Err(errors) => {
                for error in errors {
                    ordinary.insert(error.path.trim_start_matches("$.").to_string(), Value::Null);
                }
            }
        }
    }
    let valid = read(&ordinary).is_ok();
    let eligible = if protocol.facts.len() <= MAX_FACTS { search(protocol, &reader, ordinary.clone()) } else { None };
    Samples {
        subject: eligible.clone().or(valid.then_some(Value::Object(ordinary))),
        eligible,
    }
}

fn ordinary_value(ty: &Type, role: &Role) -> Value {
    match ty {
        Type::Boolean => json!(false),
        Type::Attested(_) => json!(*role == Role::Attestation),
        Type::OneOf(members) | Type::Scale(members) => json!(members.first()),
        Type::SetOf(_) | Type::Events(_) => json!([]),
        Type::Integer(range) | Type::Number(range) | Type::Quantity(_, range) => {
            range.as_ref().map_or(json!(1), |(low, _)| number_json(low))
        }
        Type::Lab(_) => json!({ "value": 10, "upper": 20, "lower": 5 }),
        Type::Date => json!(TODAY),
    }
}

fn number_json(number: &Number) -> Value {
    serde_json::from_str(&number.to_string()).unwrap_or(json!(0))
}

fn search(protocol: &Protocol, reader: &RecordReader<'_>, mut record: Map<String, Value>) -> Option<Value> {
    let score = |record: &Map<String, Value>| -> Option<(f64, Verdict)> {
        let record = reader.deserialize(&Value::Object(record.clone())).record.ok()?;
        let report = evaluate(protocol, &record);
        let near: f64 = protocol
            .criteria
            .iter()
            .map(|criterion| nearness(protocol, &record, &criterion.rule.passes(criterion.kind), true))
            .chain(protocol.assumptions.iter().map(|assumption| nearness(protocol, &record, &assumption.test, true)))
            .sum();
        let verdict = if report.contradicts.is_empty() { report.verdict } else { Verdict::Undetermined };
        Some((near, verdict))
    };
    let limits = limits(protocol);
    let mut best = score(&record)?;
    for _ in 0..ROUNDS {
        for id in 0..protocol.facts.len() {
            if best.1 == Verdict::Eligible {
                return Some(Value::Object(record));
            }
            let name = &protocol.facts[id].about.name;
            let mut chosen = None;
            for candidate in candidates(protocol, id, &limits) {
                let before = record.insert(name.clone(), candidate.clone());
                if let Some(found) = score(&record)
                    && found.0 > best.0 + 1e-9
                {
                    best = found;
                    chosen = Some(candidate);
                }
                if let Some(before) = before {
                    record.insert(name.clone(), before);
                }
            }
            if let Some(chosen) = chosen {
                record.insert(name.clone(), chosen);
            }
        }
    }
    (best.1 == Verdict::Eligible).then_some(Value::Object(record))
}

/// How near a test is to what is wanted of it, from 0 to 1: the share of its parts that are so.
fn nearness(protocol: &Protocol, record: &Record, test: &Test, wanted: bool) -> f64 {
    let parts = |tests: &[Test]| -> Vec<f64> { tests.iter().map(|test| nearness(protocol, record, test, wanted)).collect() };
    match test {
        Test::Not(inner) => nearness(protocol, record, inner, !wanted),
        Test::And(tests) | Test::Or(tests) => {
            let parts = parts(tests);
            if matches!(test, Test::And(_)) == wanted {
                parts.iter().sum::<f64>() / parts.len() as f64
            } else {
                parts.into_iter().fold(0.0, f64::max)
            }
        }
        Test::Define(id) => match &protocol.defines[*id].body {
            DefineBody::Test(test) => nearness(protocol, record, test, wanted),
            DefineBody::Number(..) | DefineBody::Date(_) | DefineBody::Inlined => 0.0,
        },
        atom => match truth(protocol, record, atom) {
            Truth::Unknown => 0.4,
            truth if truth == Truth::from(wanted) => 1.0,
            Truth::True | Truth::False => 0.0,
        },
    }
}

/// The literals that the criteria compare with.
fn limits(protocol: &Protocol) -> Vec<Number> {
    let mut found: BTreeSet<Number> = BTreeSet::from([Number::whole(0), Number::whole(1), Number::whole(10), Number::whole(100)]);
    for criterion in &protocol.criteria {
        walk::literals(protocol, &criterion.rule.test, &mut |number| {
            for near in [number.clone(), number.add(&Number::whole(1)), number.sub(&Number::whole(1))] {
                found.insert(near);
            }
        });
    }
    found.into_iter().filter(|number| number_json(number).is_number()).take(40).collect()
}

fn candidates(protocol: &Protocol, id: FactId, limits: &[Number]) -> Vec<Value> {
    let fact = &protocol.facts[id];
    match &fact.ty {
        Type::Boolean | Type::Attested(_) => vec![json!(false), json!(true)],
        Type::OneOf(members) | Type::Scale(members) => members.iter().map(|member| json!(member)).collect(),
        Type::SetOf(members) => std::iter::once(json!([]))
            .chain(members.iter().map(|member| json!([member])))
            .chain([json!(members.to_vec())])
            .collect(),
        Type::Integer(_) | Type::Number(_) | Type::Quantity(..) => limits.iter().map(number_json).collect(),
        Type::Lab(_) => limits
            .iter()
            .map(|limit| json!({ "value": number_json(limit), "upper": 20, "lower": 5, "date": TODAY }))
            .collect(),
        Type::Date => days().map(|day| json!(day_text(day))).collect(),
        Type::Events(events) => {
            let mut lists = vec![json!([])];
            for day in days() {
                for variant in 0..3 {
                    let mut event = Map::new();
                    event.insert("date".into(), json!(day_text(day)));
                    if events.lasting {
                        event.insert("end".into(), json!(day_text(day)));
                    }
                    for (name, ty) in &events.attributes {
                        event.insert(name.clone(), attribute(ty, variant, limits));
                    }
                    lists.push(json!([event]));
                }
            }
            lists
        }
    }
}

fn attribute(ty: &Type, variant: usize, limits: &[Number]) -> Value {
    match ty {
        Type::Boolean | Type::Attested(_) => json!(variant == 1),
        Type::OneOf(members) | Type::Scale(members) => json!(members[variant.min(members.len() - 1)]),
        Type::Integer(Some((low, high))) | Type::Number(Some((low, high))) | Type::Quantity(_, Some((low, high))) => {
            number_json(if variant == 1 { high } else { low })
        }
        Type::Integer(None) | Type::Number(None) | Type::Quantity(_, None) => {
            limits.get(variant * limits.len() / 3).map_or(json!(1), number_json)
        }
        ty => ordinary_value(ty, &Role::Fact),
    }
}

/// Days around the one on which samples stand.
fn days() -> impl Iterator<Item = i32> {
    let today = Days::parse(TODAY).map_or(0, |days| days.first);
    let years = [1, 2, 6, 10, 20, 30, 45, 65].into_iter().map(move |n| add(today, -n, CalendarUnit::Years));
    let days = [0, 3, 10, 25, 60, 200].into_iter().map(move |n| today - n);
    days.chain(years).chain([today + 30])
}
