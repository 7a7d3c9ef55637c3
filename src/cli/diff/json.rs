//! A diff as JSON; `docs/diff.schema.json` is its schema.

use serde_json::{Map, Value, json};

use super::Told;
use super::human::sentence;
use crate::analysis::{Item, Witness, Written};
use crate::diagnostic::Severity;
use crate::evaluate::View;

/// The version of this format.
const FORMAT: &str = "1";

/// The whole document.
pub fn document(told: &Told<'_>) -> Value {
    let diff = told.diff;
    let version = |i: usize| {
        let header = &told.protocols[i].header;
        let name = if i == 0 { &told.before.name } else { &told.after.name };
        json!({ "protocol": header.id, "version": header.version, "source": name })
    };
    let one = |shown: &Option<Witness>| shown.as_ref().map(|shown| witness(told, shown));
    let transitions: Vec<Value> = diff
        .transitions
        .iter()
        .map(|transition| {
            json!({
                "from": transition.from.word(),
                "to": transition.to.word(),
                "possible": if transition.undecided { Value::Null } else { json!(transition.witness.is_some()) },
                "witness": one(&transition.witness),
            })
        })
        .collect();
    let under: Vec<Value> = diff.under.iter().map(|under| json!({ "name": under.name, "change": under.change.word() })).collect();
    let mut document = json!({
        "format": FORMAT,
        "before": version(0),
        "after": version(1),
        "change": diff.change.word(),
        "gained": one(&diff.gained),
        "lost": one(&diff.lost),
        "common": one(&diff.common),
        "transitions": transitions,
        "arms": diff.arms.iter().map(|arm| json!({ "name": arm.name, "change": arm.change.word() })).collect::<Vec<_>>(),
        "under": under,
        "undecided": diff.undecided,
        "items": diff.items.iter().map(|own| item(told, own)).collect::<Vec<_>>(),
    });
    if let Some(moves) = told.cohort {
        let moved: Vec<Value> = moves
            .moved
            .iter()
            .map(|((from, to), (count, names))| json!({ "from": from, "to": to, "count": count, "subjects": names }))
            .collect();
        document["cohort"] = json!({ "records": moves.records, "moved": moved });
    }
    document
}

/// The word for a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn item(told: &Told<'_>, item: &Item) -> Value {
    let mut map = Map::new();
    map.insert("rule".into(), item.rule.into());
    map.insert("area".into(), item.area.word().into());
    map.insert("name".into(), item.name.clone().into());
    map.insert("severity".into(), severity(told.profile.severity(item)).into());
    map.insert("sentence".into(), item.sentence.clone().into());
    map.insert("fingerprint".into(), item.fingerprint().into());
    map.insert("before".into(), side(item.before.as_ref()));
    map.insert("after".into(), side(item.after.as_ref()));
    if let Some(change) = item.change {
        map.insert("change".into(), change.word().into());
        map.insert("masked".into(), item.masked_by.is_some().into());
        map.insert("masked_by".into(), item.masked_by.clone().unwrap_or_default().into());
        map.insert("gained".into(), item.gained.as_ref().map_or(Value::Null, |shown| witness(told, shown)));
        map.insert("lost".into(), item.lost.as_ref().map_or(Value::Null, |shown| witness(told, shown)));
        map.insert("needs".into(), item.needs.clone().into());
    }
    map.insert("breaking".into(), item.breaking.into());
    if let Some(approval) = told.approvals.of(item) {
        map.insert("approved".into(), json!({ "by": approval.by, "reason": approval.reason }));
    }
    Value::Object(map)
}

fn side(written: Option<&Written>) -> Value {
    written.map_or(Value::Null, |written| {
        json!({ "line": if written.line == 0 { Value::Null } else { json!(written.line) }, "text": written.text, "logic": written.logic })
    })
}

/// A subject: both records, both reports, and the sentence.
fn witness(told: &Told<'_>, witness: &Witness) -> Value {
    let report = |i: usize| {
        let view = View { protocol: told.protocols[i], report: &witness.reports[i], subject: None };
        serde_json::to_value(view).unwrap_or_default()
    };
    json!({
        "sentence": sentence(witness, told.protocols),
        "differs": witness.differs,
        "before": { "record": witness.records[0], "report": report(0) },
        "after": { "record": witness.records[1], "report": report(1) },
    })
}
