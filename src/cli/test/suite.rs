//! `NAME.cases.yaml`: named subjects, and what the protocol has to say of them.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::evaluate::{Outcome, Record, RecordReader, Report, Verdict, evaluate};
use crate::protocol::Protocol;

/// The largest file of cases that is read, in bytes.
const MAX_SUITE: u64 = 64 * 1024 * 1024;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The record that every case starts from.
    #[serde(default)]
    pub base: Map<String, Value>,
    /// The cases, in order.
    pub cases: Vec<Case>,
}

/// A subject, and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(from = "Written")]
pub struct Case {
    /// Who it is, in a few words.
    pub name: String,
    /// What differs from the base; `null` makes unknown what the base knows.
    pub record: Map<String, Value>,
    /// What has to come out.
    pub expect: Expect,
}

/// A case as the file has it: flat, for serde's own flattening would bend numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    /// Why it is there; for those who read the file.
    #[serde(default, rename = "why")]
    _why: Option<String>,
    #[serde(default)]
    record: Map<String, Value>,
    verdict: Option<String>,
    fails: Option<Vec<String>>,
    needs: Option<Vec<String>>,
    invalid: Option<Vec<String>>,
}

impl From<Written> for Case {
    fn from(written: Written) -> Self {
        let Written { name, _why, record, verdict, fails, needs, invalid } = written;
        Self { name, record, expect: Expect { verdict, fails, needs, invalid } }
    }
}

/// What has to come out; what is left out is not compared.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Expect {
    /// `eligible`, `ineligible` or `undetermined`.
    pub verdict: Option<String>,
    /// The criteria that fail, in order.
    pub fails: Option<Vec<String>>,
    /// The facts that keep the verdict open, in order.
    pub needs: Option<Vec<String>>,
    /// The codes of what is wrong with the record, in order.
    pub invalid: Option<Vec<String>>,
}

impl Suite {
    /// Reads a file of cases.
    pub fn load(path: &Path) -> Result<(Self, String), String> {
        let failed = |error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", path.display());
        let size = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
        if size > MAX_SUITE {
            return Err(failed(&format!("it has {size} bytes; {MAX_SUITE} is the limit")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        Self::parse(&text).map(|suite| (suite, text.clone())).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads the text of one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let suite: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        let mut seen = std::collections::HashSet::new();
        for case in &suite.cases {
            if !seen.insert(&case.name) {
                return Err(format!("two cases are called `{}`", case.name));
            }
            let expect = &case.expect;
            if expect.verdict.is_none() && expect.invalid.is_none() {
                return Err(format!("`{}` expects nothing: give it a `verdict`, or what is `invalid`", case.name));
            }
            if let Some(verdict) = expect.verdict.as_deref().filter(|word| !["eligible", "ineligible", "undetermined"].contains(word)) {
                return Err(format!("`{}`: `{verdict}` is no verdict: eligible, ineligible or undetermined", case.name));
            }
        }
        Ok(suite)
    }
}

impl Case {
    /// The whole record.
    pub fn whole(&self, base: &Map<String, Value>) -> Map<String, Value> {
        let mut record = base.clone();
        record.extend(self.record.clone());
        record
    }
}

/// What came out.
pub enum Found {
    /// A report.
    Report(Report),
    /// The record is invalid: the codes, and the messages.
    Invalid(Vec<String>, Vec<String>),
}

impl Found {
    /// Evaluates a record.
    pub fn of(protocol: &Protocol, record: &Map<String, Value>) -> (Option<Record>, Self) {
        match RecordReader::new(protocol).json(Value::Object(record.clone()).to_string().as_bytes()).record {
            Ok(record) => {
                let report = evaluate(protocol, &record);
                (Some(record), Self::Report(report))
            }
            Err(errors) => {
                let codes = errors.iter().map(|error| error.code.name().to_string()).collect();
                (None, Self::Invalid(codes, errors.iter().map(ToString::to_string).collect()))
            }
        }
    }

    /// As a file of cases would expect it.
    pub fn expectation(&self, protocol: &Protocol) -> Expect {
        match self {
            Self::Invalid(codes, _) => Expect { invalid: Some(codes.clone()), ..Expect::default() },
            Self::Report(report) => {
                let failing = protocol.criteria.iter().zip(&report.outcomes).filter(|(_, outcome)| **outcome == Outcome::Fail);
                let fails = failing.map(|(criterion, _)| criterion.about.name.clone()).collect();
                let needs = report.missing.iter().map(|fact| protocol.facts[*fact].about.name.clone()).collect();
                let only = |verdict: Verdict, list: Vec<String>| (report.verdict == verdict).then_some(list);
                Expect {
                    verdict: Some(report.verdict.word().into()),
                    fails: only(Verdict::Ineligible, fails),
                    needs: only(Verdict::Undetermined, needs),
                    invalid: None,
                }
            }
        }
    }
}

impl Expect {
    /// What differs from what came out, one sentence each.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let list = |names: &[String]| if names.is_empty() { "nothing".into() } else { format!("`{}`", names.join("`, `")) };
        if let Some(codes) = found.invalid.as_ref().filter(|_| self.invalid.is_none()) {
            return vec![format!("the record is invalid: {}", list(codes))];
        }
        if let Some(expected) = self.verdict.as_ref().filter(|_| self.verdict != found.verdict) {
            let found = found.verdict.as_deref().unwrap_or("invalid");
            differences.push(format!("the verdict is {found}, expected {expected}"));
        }
        let lists = [("fails", &self.fails, &found.fails), ("needs", &self.needs, &found.needs), ("is invalid by", &self.invalid, &found.invalid)];
        for (verb, expected, found) in lists {
            let found = found.clone().unwrap_or_default();
            if let Some(expected) = expected.as_ref().filter(|expected| **expected != found) {
                differences.push(format!("it {verb} {}, expected {}", list(&found), list(expected)));
            }
        }
        differences
    }
}
