//! How bad a change is, and for whom; what a run is to fail on.

use std::str::FromStr;

use clap::ValueEnum;

use crate::analysis::{Area, Change, Item, RULES};
use crate::diagnostic::Severity;

/// Whose eyes the severities are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A reviewer of the amendment: whatever changes verdicts, or means to and does not.
    Amendment,
    /// Safety: who newly gets in, and what they are given.
    Safety,
    /// Subjects who are in: who would fail now, and what changes for them.
    Enrolled,
    /// Those who produce and read subject records.
    Data,
}

impl Profile {
    /// Every profile, as it is named.
    pub const ALL: [(&'static str, Self); 4] =
        [("amendment", Self::Amendment), ("safety", Self::Safety), ("enrolled", Self::Enrolled), ("data", Self::Data)];

    /// How bad a change is under this profile.
    pub fn severity(self, item: &Item) -> Severity {
        let undecided = item.change == Some(Change::Undecided);
        let moves = item.gained.is_some() || item.lost.is_some();
        let given = matches!(item.area, Area::Dosing | Area::Arm);
        match self {
            _ if undecided => Severity::Error,
            Self::Amendment if item.masked_by.is_some() || moves || given || item.breaking => Severity::Warning,
            Self::Amendment if item.rule == "attester-changed" => Severity::Warning,
            Self::Amendment if item.area == Area::Design && item.rule != "header-changed" => Severity::Warning,
            Self::Amendment if matches!(item.name.as_str(), "minimum age" | "maximum age" | "sex") => Severity::Warning,
            Self::Safety if item.gained.is_some() || item.area == Area::Dosing => Severity::Error,
            Self::Safety if item.masked_by.is_some() || item.area == Area::Arm => Severity::Warning,
            Self::Enrolled if item.lost.is_some() => Severity::Error,
            Self::Enrolled if given => Severity::Warning,
            Self::Data if item.breaking => Severity::Error,
            Self::Data if item.area == Area::Fact || !item.needs.is_empty() => Severity::Warning,
            Self::Amendment | Self::Safety | Self::Enrolled | Self::Data => Severity::Info,
        }
    }
}

/// Something that a run can fail on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailOn {
    /// What happens to the subjects who are eligible.
    Change(Change),
    /// A criterion that changed without effect.
    Masked,
    /// A kind of change.
    Rule(&'static str),
    /// A change at least this bad.
    Severity(Severity),
    /// Any change at all.
    Any,
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(change) = Change::ALL.into_iter().find(|change| change.word() == text) {
            return Ok(Self::Change(change));
        }
        if let Some((rule, _)) = RULES.iter().find(|(rule, _)| *rule == text) {
            return Ok(Self::Rule(rule));
        }
        match text {
            "masked" => Ok(Self::Masked),
            "info" => Ok(Self::Severity(Severity::Info)),
            "warning" => Ok(Self::Severity(Severity::Warning)),
            "error" => Ok(Self::Severity(Severity::Error)),
            "any" => Ok(Self::Any),
            _ => {
                let words = Change::ALL.into_iter().map(Change::word).chain(["masked", "warning", "error", "any"]);
                let near = crate::diagnostic::did_you_mean(text, words.clone().chain(RULES.iter().map(|(rule, _)| *rule)));
                Err(near.map_or_else(
                    || format!("it is one of {}, or the name of a rule", words.collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `{near}`?"),
                ))
            }
        }
    }
}

impl FailOn {
    /// Whether it names what happens to the eligible subjects as a whole: `widened` is whatever lets somebody
    /// in, `narrowed` whatever keeps somebody out.
    pub fn names_change(&self, change: Change) -> bool {
        match self {
            Self::Change(Change::Widened) => {
                matches!(change, Change::Widened | Change::Shifted | Change::Disjoint | Change::Opened)
            }
            Self::Change(Change::Narrowed) => {
                matches!(change, Change::Narrowed | Change::Shifted | Change::Disjoint | Change::Emptied)
            }
            Self::Change(own) => *own == change,
            Self::Masked | Self::Rule(_) | Self::Severity(_) | Self::Any => false,
        }
    }

    /// Whether it names a single change.
    pub fn names_item(&self, item: &Item, profile: Profile) -> bool {
        match self {
            Self::Change(_) => false,
            Self::Masked => item.masked_by.is_some(),
            Self::Rule(rule) => item.rule == *rule,
            Self::Severity(severity) => profile.severity(item) >= *severity,
            Self::Any => true,
        }
    }
}
