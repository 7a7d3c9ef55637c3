//! Makes a disagreement as small as it can be, and shows it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use lind::protocol::Protocol;
use serde_json::{Value, json};

use super::super::backends::{Backend, Reference};
use super::judges::{Judge, Said};
use super::records::text;
use super::sketch::Sketch;

/// How long one disagreement is worked on.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a message begins where a judge could not be run.
const STOPPED: &str = "that it cannot be run";

/// What a judge says of records: the first with which it does not agree, and what it says.
pub struct Round {
    pub otherwise: Option<(usize, String)>,
    pub seen: usize,
    pub disagreements: usize,
}

/// Asks a judge; one that cannot even be run disagrees with all records. None where it is not installed.
pub fn ask(judge: &dyn Judge, protocol: &Protocol, records: &[Value]) -> Option<Round> {
    let texts: Vec<String> = records.iter().map(text).collect();
    let told = Reference.reports(protocol, &texts)?;
    match catch_unwind(AssertUnwindSafe(|| judge.contradicts(protocol, &texts, &told))) {
        Ok(said) => {
            let said = said?;
            let otherwise = said.iter().enumerate().find_map(|(i, said)| match said {
                Said::Otherwise(what) => Some((i, what.clone())),
                Said::Same | Said::Unseen => None,
            });
            let disagreements = said.iter().filter(|said| matches!(said, Said::Otherwise(_))).count();
            Some(Round { otherwise, seen: said.iter().filter(|said| **said != Said::Unseen).count(), disagreements })
        }
        Err(panic) => {
            let message = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it cannot be run".into());
            let first_lines = message.lines().take(12).collect::<Vec<_>>().join("\n");
            Some(Round { otherwise: Some((0, format!("{STOPPED}: {first_lines}"))), seen: records.len(), disagreements: records.len() })
        }
    }
}

/// A protocol and a record on which a judge disagrees.
pub struct Case<'j> {
    judge: &'j dyn Judge,
    sketch: Sketch,
    record: Value,
    said: String,
    deadline: Instant,
}

impl<'j> Case<'j> {
    /// The smallest that can be found, starting from records of which a judge says something else.
    pub fn shrunk(judge: &'j dyn Judge, sketch: &Sketch, records: &[Value], round: Round) -> Self {
        let (at, said) = round.otherwise.expect("a disagreement");
        let mut case = Case { judge, sketch: sketch.clone(), record: records[at].clone(), said, deadline: Instant::now() + PATIENCE };
        if case.said.starts_with(STOPPED) {
            case.record = case.culprit(records);
        }
        while case.shrink_sketch() | case.shrink_record() {}
        case
    }

    /// The record with which a judge that stops over some of them cannot be run.
    fn culprit(&self, records: &[Value]) -> Value {
        let Some(protocol) = self.sketch.protocol() else { return Value::Null };
        let mut records = records;
        while records.len() > 1 {
            let (left, right) = records.split_at(records.len() / 2);
            let fails = ask(self.judge, &protocol, left).is_some_and(|round| round.otherwise.is_some());
            records = if fails { left } else { right };
        }
        records[0].clone()
    }

    /// Whether they still disagree, of the record or at all.
    fn fails(&self, sketch: &Sketch, record: &Value) -> Option<String> {
        let round = ask(self.judge, &sketch.protocol()?, std::slice::from_ref(record))?;
        round.otherwise.map(|(_, said)| said)
    }

    fn is_late(&self) -> bool {
        Instant::now() > self.deadline
    }

    fn shrink_sketch(&mut self) -> bool {
        let mut changed = false;
        'again: while !self.is_late() {
            for sketch in self.sketch.smaller() {
                if self.is_late() {
                    break;
                }
                let (Some(before), Some(after)) = (self.sketch.protocol(), sketch.protocol()) else { continue };
                // A record says nothing of facts that are gone.
                let mut record = self.record.clone();
                if let Value::Object(map) = &mut record {
                    map.retain(|key, _| before.fact(key).is_none() || after.fact(key).is_some());
                }
                if let Some(said) = self.fails(&sketch, &record) {
                    (self.sketch, self.record, self.said, changed) = (sketch, record, said, true);
                    continue 'again;
                }
            }
            break;
        }
        changed
    }

    /// All smaller records are asked at once, unless the judge stops over one of them.
    fn shrink_record(&mut self) -> bool {
        let mut changed = false;
        while !self.is_late() {
            let records = smaller(&self.record);
            let step = if self.said.starts_with(STOPPED) { 1 } else { records.len().max(1) };
            let Some(protocol) = self.sketch.protocol() else { break };
            let found = records.chunks(step).take_while(|_| !self.is_late()).find_map(|records| {
                let (i, said) = ask(self.judge, &protocol, records)?.otherwise?;
                (step == 1 || !said.starts_with(STOPPED)).then(|| (records[i].clone(), said))
            });
            let Some((record, said)) = found else { break };
            (self.record, self.said, changed) = (record, said, true);
        }
        changed
    }

    /// As a vector of `tests/conformance`, with what each side says.
    pub fn shown(&self) -> String {
        let text = text(&self.record);
        let report = self.sketch.protocol().and_then(|protocol| Reference.reports(&protocol, std::slice::from_ref(&text)));
        let report = report.map(|mut reports| reports.remove(0)).unwrap_or_default();
        let wanted: &[&str] = if report["invalid"].is_array() { &["invalid"] } else { &["verdict", "criteria", "missing", "contradicts"] };
        let expect: serde_json::Map<String, Value> = wanted.iter().map(|key| ((*key).to_string(), report[key].clone())).collect();
        let record = serde_json::from_str::<Value>(&text).map_or_else(|_| json!({ "text": text }), |record| json!({ "record": record }));
        let vector = json!({ "name": "shrunk", "why": "", "expect": expect });
        format!(
            "[{}] says {}\n{}\n{} {}",
            self.judge.name(),
            self.said,
            serde_json::to_string_pretty(&json!({ "source": self.sketch.lines() })).unwrap_or_default(),
            vector,
            record
        )
    }
}

/// Every value with a piece less, or a plainer one in its place.
fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) => {
            let fewer = map.keys().map(|key| {
                let mut fewer = map.clone();
                fewer.remove(key);
                Value::Object(fewer)
            });
            let plainer = map.iter().flat_map(|(key, inner)| {
                smaller(inner).into_iter().map(|inner| {
                    let mut plainer = map.clone();
                    plainer.insert(key.clone(), inner);
                    Value::Object(plainer)
                })
            });
            fewer.chain(plainer).collect()
        }
        Value::Array(list) => {
            let fewer = (0..list.len()).map(|i| {
                let mut fewer = list.clone();
                fewer.remove(i);
                Value::Array(fewer)
            });
            let plainer = list.iter().enumerate().flat_map(|(i, inner)| {
                smaller(inner).into_iter().map(move |inner| {
                    let mut plainer = list.clone();
                    plainer[i] = inner;
                    Value::Array(plainer)
                })
            });
            fewer.chain(plainer).collect()
        }
        Value::Number(number) => {
            let plain = [json!(0), json!(1), json!(2), json!(10)];
            let known = plain.iter().position(|plain| plain.as_f64() == number.as_f64()).unwrap_or(plain.len());
            plain[..known].to_vec()
        }
        Value::String(text) if text.starts_with("raw:") => vec![json!(0), json!(1)],
        Value::Null | Value::Bool(_) | Value::String(_) => Vec::new(),
    }
}
