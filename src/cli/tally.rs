//! What a cohort came to: verdicts, and who was lost at which criterion.

use serde_json::{Value, json};

use crate::evaluate::{Outcome, Report, Verdict};
use crate::protocol::Protocol;

/// Counts over a stream of reports.
#[derive(Debug)]
pub struct Tally {
    /// Records of any kind.
    pub records: u64,
    /// Records without a verdict.
    pub invalid: u64,
    eligible: u64,
    undetermined: u64,
    ineligible: u64,
    contradicting: u64,
    criteria: Vec<Counts>,
}

/// Counts of one criterion.
#[derive(Debug, Clone, Default)]
struct Counts {
    fail: u64,
    unknown: u64,
    /// Subjects whose first failing criterion it is.
    lost: u64,
}

impl Tally {
    pub fn new(protocol: &Protocol) -> Self {
        Self {
            records: 0,
            invalid: 0,
            eligible: 0,
            undetermined: 0,
            ineligible: 0,
            contradicting: 0,
            criteria: vec![Counts::default(); protocol.criteria.len()],
        }
    }

    pub fn add_invalid(&mut self) {
        self.records += 1;
        self.invalid += 1;
    }

    pub fn add(&mut self, report: &Report) {
        self.records += 1;
        match report.verdict {
            Verdict::Eligible => self.eligible += 1,
            Verdict::Undetermined => self.undetermined += 1,
            Verdict::Ineligible => self.ineligible += 1,
        }
        self.contradicting += u64::from(!report.contradicts.is_empty());
        let mut lost = report.verdict != Verdict::Ineligible;
        for (counts, outcome) in self.criteria.iter_mut().zip(&report.outcomes) {
            match outcome {
                Outcome::Pass => {}
                Outcome::Unknown => counts.unknown += 1,
                Outcome::Fail => {
                    counts.fail += 1;
                    counts.lost += u64::from(!lost);
                    lost = true;
                }
            }
        }
    }

    /// Adds what another part of the stream came to, behind this one.
    pub fn join(&mut self, other: &Self) {
        self.records += other.records;
        self.invalid += other.invalid;
        self.eligible += other.eligible;
        self.undetermined += other.undetermined;
        self.ineligible += other.ineligible;
        self.contradicting += other.contradicting;
        for (own, other) in self.criteria.iter_mut().zip(&other.criteria) {
            own.fail += other.fail;
            own.unknown += other.unknown;
            own.lost += other.lost;
        }
    }

    pub fn json(&self, protocol: &Protocol) -> Value {
        let criteria = protocol.criteria.iter().zip(&self.criteria).map(|(criterion, counts)| {
            json!({
                "criterion": criterion.about.name,
                "kind": criterion.kind.word(),
                "fail": counts.fail,
                "unknown": counts.unknown,
                "lost": counts.lost,
            })
        });
        json!({
            "records": self.records,
            "eligible": self.eligible,
            "undetermined": self.undetermined,
            "ineligible": self.ineligible,
            "invalid": self.invalid,
            "contradicting_assumptions": self.contradicting,
            "criteria": criteria.collect::<Vec<_>>(),
        })
    }

    /// The table that ends a run.
    pub fn text(&self, protocol: &Protocol) -> String {
        let mut text = format!(
            "{} {}: {} eligible, {} undetermined, {} ineligible, {} invalid\n",
            self.records,
            if self.records == 1 { "record" } else { "records" },
            self.eligible, self.undetermined, self.ineligible, self.invalid
        );
        if self.contradicting > 0 {
            text.push_str(&format!("{} contradict an assumption of the protocol\n", self.contradicting));
        }
        let width = protocol.criteria.iter().map(|c| c.about.name.len() + 8).max().unwrap_or(0).max(9);
        text.push_str(&format!("\n{:<width$}  {:>8}  {:>8}  {:>8}  {:>8}\n", "criterion", "fail", "unknown", "lost", "left"));
        // Without a verdict nobody is lost at a criterion, nor left.
        let mut left = self.records - self.invalid;
        for (criterion, counts) in protocol.criteria.iter().zip(&self.criteria) {
            left -= counts.lost;
            let name = format!("{} {}", criterion.kind.word(), criterion.about.name);
            text.push_str(&format!(
                "{name:<width$}  {:>8}  {:>8}  {:>8}  {left:>8}\n",
                counts.fail, counts.unknown, counts.lost
            ));
        }
        text
    }
}
