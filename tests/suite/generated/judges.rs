//! Whatever can contradict `evaluate`: the backends, and the schemas under a validator.

use boon::{Compiler, SchemaIndex, Schemas};
use lind::emit::{Gap, Samples, Target};
use lind::evaluate::{RecordReader, Verdict, evaluate};
use lind::protocol::{Criterion, Protocol, Test, walk};
use serde_json::Value;

use super::super::backends::{Backend, Reference, agree, all};

/// Says of records what `evaluate` says, or something else.
pub trait Judge {
    fn name(&self) -> &'static str;

    /// What it says otherwise of each record that it can see; none where it is not installed.
    fn contradicts(&self, protocol: &Protocol, texts: &[String], told: &[Value]) -> Option<Vec<Said>>;
}

/// What a judge has to say of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Same,
    /// Such a record does not reach it.
    Unseen,
    Otherwise(String),
}

/// Engines that take minutes to plan what is generated: too long for the slice that runs with the other tests.
const SLOW: &[&str] = &["spark", "r"];

/// All of them, or those that `LIND_BACKENDS` names; `schemas` is one. An engine of [`SLOW`] has to be named.
pub fn judges() -> Vec<Box<dyn Judge>> {
    let named = std::env::var_os("LIND_BACKENDS").is_some();
    let asked = |name: &str| name != Reference.name() && (named || !SLOW.contains(&name));
    let backends = all().into_iter().filter(|backend| asked(backend.name()));
    let mut judges: Vec<Box<dyn Judge>> = backends.map(|backend| Box::new(Checker(backend)) as Box<dyn Judge>).collect();
    if std::env::var("LIND_BACKENDS").map_or(true, |asked| asked.split(',').any(|name| name == "schemas")) {
        judges.push(Box::new(SchemasOfBoon));
    }
    judges
}

struct Checker(Box<dyn Backend>);

impl Judge for Checker {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn contradicts(&self, protocol: &Protocol, texts: &[String], told: &[Value]) -> Option<Vec<Said>> {
        let Some(sayable) = sayable(protocol, self.0.name()) else { return Some(vec![Said::Unseen; texts.len()]) };
        let told = if sayable.criteria.len() + sayable.assumptions.len() == protocol.criteria.len() + protocol.assumptions.len() { told.to_vec() } else { Reference.reports(&sayable, texts)? };
        let taken: Vec<usize> = (0..texts.len()).filter(|i| self.0.takes(&texts[*i], &told[*i])).collect();
        let seen: Vec<String> = taken.iter().map(|i| texts[*i].clone()).collect();
        let reports = self.0.reports(&sayable, &seen)?;
        let mut said = vec![Said::Unseen; texts.len()];
        for (i, report) in taken.into_iter().zip(reports) {
            said[i] = if agree(&told[i], &report) { Said::Same } else { Said::Otherwise(report.to_string()) };
        }
        Some(said)
    }
}

/// The protocol without the criteria and assumptions that a target lists as beyond it; none where it is a `when`.
fn sayable(protocol: &Protocol, target: &str) -> Option<Protocol> {
    let target = Target::ALL.into_iter().find(|known| known.name() == target);
    let gaps = target.map(|target| target.emit(protocol, &Samples::default()).gaps).unwrap_or_default();
    let beyond: Vec<&str> = gaps.iter().filter(|gap| gap.reason.ends_with("its column is NULL")).map(|gap| gap.about.as_str()).collect();
    if beyond.iter().any(|about| protocol.fact(about).is_some()) {
        return None;
    }
    let defines: Vec<usize> = (0..protocol.defines.len()).filter(|i| beyond.contains(&protocol.defines[*i].about.name.as_str())).collect();
    let is_beyond = |name: &str, test: &Test| beyond.contains(&name) || defines.iter().any(|define| walk::reads_define(protocol, test, *define));
    let mut sayable = protocol.clone();
    sayable.criteria.retain(|criterion| !criterion.rule.tests().any(|test| is_beyond(&criterion.about.name, test)));
    sayable.assumptions.retain(|assumption| !is_beyond(&assumption.about.name, &assumption.test));
    Some(sayable)
}

/// The schemas of records, under a validator in Rust.
struct SchemasOfBoon;

/// A schema that is ready to judge.
struct Compiled {
    schemas: Schemas,
    index: SchemaIndex,
    gaps: Vec<Gap>,
}

impl Compiled {
    fn new(protocol: &Protocol, target: Target) -> Self {
        let emitted = target.emit(protocol, &Samples::default());
        let schema: Value = serde_json::from_str(&emitted.text).unwrap();
        let id = schema["$id"].as_str().unwrap().to_string();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(boon::Draft::V2020_12);
        compiler.add_resource(&id, schema).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(&id, &mut schemas).unwrap_or_else(|error| panic!("{id} is no valid schema: {error:#}"));
        Self { schemas, index, gaps: emitted.gaps }
    }

    fn accepts(&self, record: &Value) -> bool {
        self.schemas.validate(record, self.index).is_ok()
    }
}

impl Judge for SchemasOfBoon {
    fn name(&self) -> &'static str {
        "schemas"
    }

    fn contradicts(&self, protocol: &Protocol, texts: &[String], told: &[Value]) -> Option<Vec<Said>> {
        let subject = Compiled::new(protocol, Target::SubjectSchema);
        let report = Compiled::new(protocol, Target::ReportSchema);
        // Of a protocol with many criteria nearly every record is refused by some other one; so each is asked alone too.
        let protocols: Vec<Protocol> = std::iter::once(protocol.clone()).chain(protocol.criteria.iter().map(|c| alone(protocol, c))).collect();
        let eligible: Vec<Compiled> = protocols.iter().map(|one| Compiled::new(one, Target::EligibleSchema)).collect();
        let judge = |(text, told): (&String, &Value)| {
            // Only what any JSON reader takes reaches a validator, and it cannot tell a repeated key.
            let Ok(record) = serde_json::from_str::<Value>(text) else { return Said::Unseen };
            if codes(told).any(|(_, code)| code == "repeated-key") {
                return Said::Unseen;
            }
            let wrong = subject_wrong(&subject, &record, told)
                .or_else(|| (!report.accepts(told)).then(|| "the report schema refuses the report".to_string()))
                .or_else(|| protocols.iter().zip(&eligible).find_map(|(one, schema)| eligible_wrong(one, schema, text, &record)));
            wrong.map_or(Said::Same, Said::Otherwise)
        };
        Some(texts.iter().zip(told).map(judge).collect())
    }
}

fn alone(protocol: &Protocol, criterion: &Criterion) -> Protocol {
    let mut one = protocol.clone();
    one.criteria = vec![criterion.clone()];
    one
}

/// The paths and codes of the mistakes that a report tells.
fn codes(report: &Value) -> impl Iterator<Item = (&str, &str)> {
    let mistakes = report["invalid"].as_array().into_iter().flatten();
    mistakes.map(|mistake| (mistake["path"].as_str().unwrap_or(""), mistake["code"].as_str().unwrap_or("")))
}

/// What the subject schema says wrongly: it may let through what its gaps list, and nothing else.
fn subject_wrong(schema: &Compiled, record: &Value, told: &Value) -> Option<String> {
    let accepted = schema.accepts(record);
    if codes(told).next().is_none() {
        return (!accepted).then(|| "the subject schema refuses a valid record".to_string());
    }
    // The part of a gap's reason that a mistake of the code must find in it.
    let listed = |(path, code): (&str, &str)| {
        let reason = match code {
            "limits-out-of-order" => "lower limit",
            "end-before-start" => "an end lies",
            "does-not-apply" => "does not apply is not checked",
            _ => return false,
        };
        let field: String = path.split('[').enumerate().map(|(i, part)| if i == 0 { part } else { part.split_once(']').map_or("", |(_, rest)| rest) }).collect();
        schema.gaps.iter().any(|gap| gap.reason.contains(reason) && format!("{field}.").starts_with(&format!("$.{}.", gap.about)))
    };
    (accepted && !codes(told).all(listed)).then(|| "the subject schema accepts an invalid record, and lists no gap for it".to_string())
}

/// What the eligible schema says wrongly: it may let through a criterion that its gaps list, and nothing else.
fn eligible_wrong(protocol: &Protocol, schema: &Compiled, text: &str, record: &Value) -> Option<String> {
    let Ok(read) = RecordReader::new(protocol).json(text.as_bytes()).record else { return None };
    let report = evaluate(protocol, &read);
    let accepted = schema.accepts(record);
    let about = || protocol.criteria.iter().map(|criterion| criterion.about.name.as_str()).collect::<Vec<_>>().join(", ");
    if report.verdict == Verdict::Eligible {
        return (!accepted).then(|| format!("the eligible schema of {} refuses an eligible record", about()));
    }
    let let_by = |criterion: &Criterion, outcome: lind::evaluate::Outcome| {
        outcome == lind::evaluate::Outcome::Pass || schema.gaps.iter().any(|gap| gap.about == criterion.about.name)
    };
    let passes = |arm: usize| protocol.criteria.iter().zip(&report.outcomes).all(|(criterion, outcome)| !criterion.is_for(arm) || let_by(criterion, *outcome));
    let excused = if protocol.is_scoped() { (0..protocol.arms.len()).any(passes) } else { passes(0) };
    (accepted && !excused).then(|| format!("the eligible schema of {} accepts a record that is not eligible, and lists no gap for it", about()))
}
