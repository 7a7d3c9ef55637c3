//! What comes out: outcomes, verdicts, and their JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::record::RecordError;
use crate::protocol::{FactId, Protocol};

/// What a criterion says of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It lets the subject pass.
    Pass,
    /// It keeps the subject out.
    Fail,
    /// That depends on what is not known.
    Unknown,
}

impl Outcome {
    /// `pass`, `fail`, `unknown`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// What all criteria together say, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// One criterion fails.
    Ineligible,
    /// None fails, but not all pass.
    Undetermined,
    /// All pass.
    Eligible,
}

impl Verdict {
    /// The verdict of these outcomes.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        outcomes.into_iter().fold(Self::Eligible, |verdict, outcome| {
            verdict.min(match outcome {
                Outcome::Pass => Self::Eligible,
                Outcome::Fail => Self::Ineligible,
                Outcome::Unknown => Self::Undetermined,
            })
        })
    }

    /// The verdict of the outcomes of a protocol's criteria: with criteria for some arms, the best of the arms.
    pub fn of_criteria(protocol: &Protocol, outcomes: &[Outcome]) -> Self {
        if !protocol.is_scoped() {
            return Self::of(outcomes.iter().copied());
        }
        let of = |arm| Self::of(protocol.criteria.iter().zip(outcomes).filter(|(criterion, _)| criterion.is_for(arm)).map(|(_, o)| *o));
        (0..protocol.arms.len()).map(of).max().unwrap_or(Self::Ineligible)
    }

    /// `eligible`, `ineligible`, `undetermined`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::Ineligible => "ineligible",
            Self::Undetermined => "undetermined",
        }
    }
}

/// What the protocol says of one subject. Indices are those of the [`Protocol`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// For each criterion.
    pub outcomes: Vec<Outcome>,
    /// For the subject: with criteria that are for some arms, the best of the arms.
    pub verdict: Verdict,
    /// The facts that keep an undetermined verdict open, in order of declaration.
    pub missing: Vec<FactId>,
    /// For each arm, where some criterion is for some arms only.
    pub arms: Vec<ArmReport>,
    /// The assumptions that the record makes false.
    pub contradicts: Vec<usize>,
}

/// What the protocol says of one subject in one arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmReport {
    /// From the criteria that apply to the arm.
    pub verdict: Verdict,
    /// The facts that keep it open.
    pub missing: Vec<FactId>,
}

/// A report with the names that its indices stand for: the JSON that every checker returns.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The protocol.
    pub protocol: &'a Protocol,
    /// The report.
    pub report: &'a Report,
    /// What the subject is called, if it is called anything.
    pub subject: Option<&'a str>,
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("protocol", &self.protocol.header.id)?;
        if let Some(version) = &self.protocol.header.version {
            map.serialize_entry("version", version)?;
        }
        if let Some(subject) = self.subject {
            map.serialize_entry("subject", subject)?;
        }
        map.serialize_entry("verdict", self.report.verdict.word())?;
        map.serialize_entry("missing", &Names(self, &self.report.missing))?;
        map.serialize_entry("criteria", &Criteria(self, None))?;
        if !self.report.arms.is_empty() {
            map.serialize_entry("arms", &Arms(self))?;
        }
        map.serialize_entry("attested", &Attested(self.protocol))?;
        map.serialize_entry("contradicts", &Contradicted(self))?;
        map.end()
    }
}

/// Prints the reports of one protocol: what stays the same in all of them is escaped once.
///
/// What it prints is what serde prints of a [`View`] with a subject.
#[derive(Debug)]
pub struct Printer<'p> {
    protocol: &'p Protocol,
    /// Up to the subject.
    head: String,
    /// The name of each fact, as JSON.
    facts: Vec<String>,
    /// The name of each criterion, as a key and its colon.
    criteria: Vec<String>,
    /// From the end of the criteria to the assumptions that are contradicted.
    attested: String,
}

impl<'p> Printer<'p> {
    /// A printer for the protocol's reports.
    pub fn new(protocol: &'p Protocol) -> Self {
        let text = |text: &str| Value::from(text).to_string();
        let mut head = format!("{{\"protocol\":{}", text(&protocol.header.id));
        if let Some(version) = &protocol.header.version {
            head.push_str(&format!(",\"version\":{}", text(version)));
        }
        head.push_str(",\"subject\":");
        let attested: Vec<String> =
            protocol.criteria.iter().filter(|c| c.attested).map(|c| text(&c.about.name)).collect();
        Self {
            protocol,
            head,
            facts: protocol.facts.iter().map(|fact| text(&fact.about.name)).collect(),
            criteria: protocol.criteria.iter().map(|c| format!("{}:", text(&c.about.name))).collect(),
            attested: format!("}},\"attested\":[{}],\"contradicts\":[", attested.join(",")),
        }
    }

    /// Prints one report behind `out`.
    pub fn print(&self, out: &mut Vec<u8>, subject: &str, report: &Report) {
        if !report.arms.is_empty() {
            return append(out, &View { protocol: self.protocol, report, subject: Some(subject) });
        }
        out.extend_from_slice(self.head.as_bytes());
        append(out, subject);
        out.extend_from_slice(b",\"verdict\":\"");
        out.extend_from_slice(report.verdict.word().as_bytes());
        out.extend_from_slice(b"\",\"missing\":[");
        for (i, id) in report.missing.iter().enumerate() {
            out.extend_from_slice(comma(i));
            out.extend_from_slice(self.facts[*id].as_bytes());
        }
        out.extend_from_slice(b"],\"criteria\":{");
        for (i, (name, outcome)) in self.criteria.iter().zip(&report.outcomes).enumerate() {
            out.extend_from_slice(comma(i));
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(match outcome {
                Outcome::Pass => "\"pass\"".as_bytes(),
                Outcome::Fail => "\"fail\"".as_bytes(),
                Outcome::Unknown => "\"unknown\"".as_bytes(),
            });
        }
        out.extend_from_slice(self.attested.as_bytes());
        for (i, id) in report.contradicts.iter().enumerate() {
            out.extend_from_slice(comma(i));
            append(out, &self.protocol.assumptions[*id].about.name);
        }
        out.extend_from_slice(b"]}");
    }
}

fn append(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(out, value).expect("memory takes all that is written, and a report holds text alone");
}

/// What stands before an element of a list.
const fn comma(index: usize) -> &'static [u8] {
    if index == 0 { &[] } else { b"," }
}

struct Names<'a>(&'a View<'a>, &'a [FactId]);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|id| &self.0.protocol.facts[*id].about.name))
    }
}

/// The outcomes; for an arm, with those that do not apply to it.
struct Criteria<'a>(&'a View<'a>, Option<usize>);

impl Serialize for Criteria<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let criteria = self.0.protocol.criteria.iter().zip(&self.0.report.outcomes);
        serializer.collect_map(criteria.map(|(criterion, outcome)| {
            let applies = match (self.1, &criterion.arms) {
                (Some(arm), Some(arms)) => arms.contains(&arm),
                _ => true,
            };
            (&criterion.about.name, if applies { outcome.word() } else { "not_applicable" })
        }))
    }
}

struct Arms<'a>(&'a View<'a>);

impl Serialize for Arms<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let arms = self.0.protocol.arms.iter().zip(&self.0.report.arms).enumerate();
        serializer.collect_map(arms.map(|(i, (arm, report))| (&arm.about.name, OneArm(self.0, i, report))))
    }
}

struct OneArm<'a>(&'a View<'a>, usize, &'a ArmReport);

impl Serialize for OneArm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("verdict", self.2.verdict.word())?;
        map.serialize_entry("missing", &Names(self.0, &self.2.missing))?;
        map.serialize_entry("criteria", &Criteria(self.0, Some(self.1)))?;
        map.end()
    }
}

struct Attested<'a>(&'a Protocol);

impl Serialize for Attested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.criteria.iter().filter(|c| c.attested).map(|c| &c.about.name))
    }
}

struct Contradicted<'a>(&'a View<'a>);

impl Serialize for Contradicted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.report.contradicts.iter().map(|i| &self.0.protocol.assumptions[*i].about.name))
    }
}

/// What is returned for a record that is invalid: it has no verdict.
pub fn invalid_json(protocol: &Protocol, errors: &[RecordError], subject: Option<&str>) -> Value {
    let mut report = serde_json::Map::new();
    report.insert("protocol".into(), json!(protocol.header.id));
    if let Some(version) = &protocol.header.version {
        report.insert("version".into(), json!(version));
    }
    if let Some(subject) = subject {
        report.insert("subject".into(), json!(subject));
    }
    let errors = errors.iter().map(|error| json!({ "path": error.path, "code": error.code.name(), "message": error.message }));
    report.insert("invalid".into(), Value::Array(errors.collect()));
    Value::Object(report)
}
