//! Whatever can contradict `evaluate`: the backends, and the schemas under a validator.

use lind::emit::{Emitted, Gap, Samples, Target};
use lind::evaluate::{RecordReader, Verdict, evaluate};
use lind::protocol::{Criterion, Protocol, Test, walk};
use serde_json::Value;

use super::super::validators::{self, Question};
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
const SLOW: &[&str] = &["spark"];

/// All of them, or those that `LIND_BACKENDS` names; `schemas` is one. An engine of [`SLOW`] has to be named.
pub fn judges() -> Vec<Box<dyn Judge>> {
    let named = std::env::var_os("LIND_BACKENDS").is_some();
    let asked = |name: &str| name != Reference.name() && (named || !SLOW.contains(&name));
    let backends = all().into_iter().filter(|backend| asked(backend.name()));
    let mut judges: Vec<Box<dyn Judge>> = backends.map(|backend| Box::new(Checker(backend)) as Box<dyn Judge>).collect();
    let validators = [Validated("schemas-boon", validators::boon), Validated("schemas-ajv", validators::ajv)];
    let asked = std::env::var("LIND_BACKENDS");
    for validator in validators {
        if asked.as_ref().map_or(true, |asked| asked.split(',').any(|name| name == "schemas" || name == validator.0)) {
            judges.push(Box::new(validator));
        }
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

/// The schemas of records, under a validator.
struct Validated(&'static str, fn(&[Question]) -> Option<Vec<Vec<bool>>>);

impl Judge for Validated {
    fn name(&self) -> &'static str {
        self.0
    }

    fn contradicts(&self, protocol: &Protocol, texts: &[String], told: &[Value]) -> Option<Vec<Said>> {
        // Only what any JSON reader takes reaches a validator, and it cannot tell a repeated key.
        let reaches = |i: &usize| !codes(&told[*i]).any(|(_, code)| code == "repeated-key");
        let seen: Vec<(usize, Value)> =
            (0..texts.len()).filter(reaches).filter_map(|i| serde_json::from_str(&texts[i]).ok().map(|record| (i, record))).collect();
        let records: Vec<Value> = seen.iter().map(|(_, record)| record.clone()).collect();
        // Of a protocol with many criteria nearly every record is refused by some other one; so each is asked alone too.
        let protocols: Vec<Protocol> = std::iter::once(protocol.clone()).chain(protocol.criteria.iter().map(|c| alone(protocol, c))).collect();
        let none = Samples::default();
        let subject = Target::SubjectSchema.emit(protocol, &none);
        let eligible: Vec<Emitted> = protocols.iter().map(|one| Target::EligibleSchema.emit(one, &none)).collect();
        let mut questions = vec![
            Question { schema: Target::ReportSchema.emit(protocol, &none).text, instances: told.to_vec() },
            Question { schema: subject.text.clone(), instances: records.clone() },
        ];
        questions.extend(eligible.iter().map(|emitted| Question { schema: emitted.text.clone(), instances: records.clone() }));
        let answers = self.1(&questions)?;
        let mut said = vec![Said::Unseen; texts.len()];
        for (at, (i, _)) in seen.iter().enumerate() {
            let wrong = subject_wrong(&subject.gaps, answers[1][at], &told[*i])
                .or_else(|| (!answers[0][*i]).then(|| "the report schema refuses the report".to_string()))
                .or_else(|| {
                    let mut each = protocols.iter().zip(&eligible).zip(&answers[2..]);
                    each.find_map(|((one, emitted), accepted)| eligible_wrong(one, &emitted.gaps, accepted[at], &texts[*i]))
                });
            said[*i] = wrong.map_or(Said::Same, Said::Otherwise);
        }
        Some(said)
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
fn subject_wrong(gaps: &[Gap], accepted: bool, told: &Value) -> Option<String> {
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
        gaps.iter().any(|gap| gap.reason.contains(reason) && format!("{field}.").starts_with(&format!("$.{}.", gap.about)))
    };
    (accepted && !codes(told).all(listed)).then(|| "the subject schema accepts an invalid record, and lists no gap for it".to_string())
}

/// What the eligible schema says wrongly: it may let through a criterion that its gaps list, and nothing else.
fn eligible_wrong(protocol: &Protocol, gaps: &[Gap], accepted: bool, text: &str) -> Option<String> {
    let Ok(read) = RecordReader::new(protocol).json(text.as_bytes()).record else { return None };
    let report = evaluate(protocol, &read);
    let about = || protocol.criteria.iter().map(|criterion| criterion.about.name.as_str()).collect::<Vec<_>>().join(", ");
    if report.verdict == Verdict::Eligible {
        return (!accepted).then(|| format!("the eligible schema of {} refuses an eligible record", about()));
    }
    let let_by = |criterion: &Criterion, outcome: lind::evaluate::Outcome| {
        outcome == lind::evaluate::Outcome::Pass || gaps.iter().any(|gap| gap.about == criterion.about.name)
    };
    let passes = |arm: usize| protocol.criteria.iter().zip(&report.outcomes).all(|(criterion, outcome)| !criterion.is_for(arm) || let_by(criterion, *outcome));
    let excused = if protocol.is_scoped() { (0..protocol.arms.len()).any(passes) } else { passes(0) };
    (accepted && !excused).then(|| format!("the eligible schema of {} accepts a record that is not eligible, and lists no gap for it", about()))
}
