//! A diff for the terminal.

use std::io::{self, Write};

use serde_json::Value;

use super::Told;
use super::super::output::IsTerminalLike;
use crate::analysis::{Change, Item, Witness, Written};
use crate::diagnostic::Severity;
use crate::protocol::Protocol;

/// Writes it.
pub fn write(out: &mut (impl Write + IsTerminalLike), told: &Told<'_>) -> io::Result<()> {
    let colour = out.style().colour;
    let paint = |code: &str, text: &str| if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() };
    let diff = told.diff;
    writeln!(out, "{}\n", headline(told))?;
    for item in &diff.items {
        let severity = told.profile.severity(item);
        let rule = match severity {
            Severity::Error => paint("31;1", item.rule),
            Severity::Warning => paint("33;1", item.rule),
            Severity::Info => paint("36", item.rule),
        };
        writeln!(out, "{rule}  {}{}", item.name, lines(item))?;
        writeln!(out, "  {}", item.sentence)?;
        for (sign, code, side) in [("-", "31", &item.before), ("+", "32", &item.after)] {
            for line in side.iter().flat_map(|side| shown(side, item)) {
                writeln!(out, "  {}", paint(code, &format!("{sign} {line}")))?;
            }
        }
        if let Some(by) = &item.masked_by {
            writeln!(out, "  {}", paint("33;1", &masked(by)))?;
        }
        for (what, witness) in [("newly in", &item.gained), ("newly out", &item.lost)] {
            if let Some(witness) = witness {
                writeln!(out, "  {what}: {}", sentence(witness, told.protocols))?;
            }
        }
        if !item.needs.is_empty() {
            writeln!(out, "  reads now: {}", item.needs.join(", "))?;
        }
        if let Some(approval) = told.approvals.of(item) {
            writeln!(out, "  approved by {}: {}", approval.by, approval.reason)?;
        } else if severity > Severity::Info {
            writeln!(out, "  fingerprint {}", item.fingerprint())?;
        }
        writeln!(out)?;
    }
    if !diff.transitions.is_empty() {
        writeln!(out, "from           to             somebody who goes that way, records with gaps included")?;
        for transition in &diff.transitions {
            let who = match &transition.witness {
                Some(witness) => sentence(witness, told.protocols),
                None if transition.undecided => "undecided".into(),
                None => "nobody".into(),
            };
            writeln!(out, "{:<13}  {:<13}  {who}", transition.from.word(), transition.to.word())?;
        }
        writeln!(out)?;
    }
    for arm in &diff.arms {
        writeln!(out, "subjects of the arm {}: {}", arm.name, arm.change.word())?;
    }
    if !diff.arms.is_empty() {
        writeln!(out)?;
    }
    if diff.under.iter().any(|under| under.change != diff.change) {
        writeln!(out, "under another reading or hypothesis the change comes to something else:")?;
        for under in &diff.under {
            let mark = if under.change == diff.change { " " } else { "*" };
            writeln!(out, "{mark} {:<13}  {}", under.change.word(), under.name)?;
        }
        writeln!(out)?;
    }
    if let Some(moves) = told.cohort {
        let moved: usize = moves.moved.values().map(|(count, _)| count).sum();
        writeln!(out, "cohort: {moved} of {} subjects change verdict", moves.records)?;
        for ((from, to), (count, names)) in &moves.moved {
            let more = if *count > names.len() { ", …" } else { "" };
            writeln!(out, "  {from} -> {to}: {count} ({}{more})", names.join(", "))?;
        }
        writeln!(out)?;
    }
    for why in &diff.undecided {
        writeln!(out, "{} {why}", paint("31;1", "undecided:"))?;
    }
    writeln!(out, "{}", summary(told))
}

/// What happened to the eligible subjects, in a sentence.
pub fn headline(told: &Told<'_>) -> String {
    let name = |protocol: &Protocol, version: &str| match &protocol.header.version {
        Some(number) => format!("{} version {number} ({version})", protocol.header.id),
        None => format!("{} ({version})", protocol.header.id),
    };
    let [before, after] = told.protocols;
    format!("{} -> {}\neligibility: {}", name(before, &told.before.name), name(after, &told.after.name), meaning(told))
}

/// The word for the change and what it means.
pub fn meaning(told: &Told<'_>) -> String {
    let change = told.diff.change;
    let means = match change {
        Change::Equivalent if told.diff.is_empty() => "nothing changed",
        Change::Equivalent if told.diff.arms.iter().any(|arm| arm.change != Change::Equivalent) => {
            "the same subjects are eligible for some arm; for which ones, changes"
        }
        Change::Equivalent if told.diff.transitions.iter().any(|transition| transition.witness.is_some()) => {
            "of whom everything is known the same subjects are eligible; where data are missing, verdicts change"
        }
        Change::Equivalent => "the same subjects are eligible, ineligible and undetermined",
        Change::Widened => "some subjects are newly eligible, nobody less",
        Change::Narrowed => "some subjects are no longer eligible, nobody more",
        Change::Shifted => "some subjects are newly eligible, and some no longer",
        Change::Disjoint => "nobody who was eligible is, and others are",
        Change::Emptied => "nobody can be eligible any more",
        Change::Opened => "somebody can be eligible, where nobody could",
        Change::Empty => "nobody can be eligible, before and after",
        Change::Undecided => "it could not be decided",
    };
    format!("{}: {means}", change.word())
}

/// What a masked change is told as.
pub fn masked(by: &[String]) -> String {
    if by.is_empty() {
        return "masked: it lets other subjects pass, yet changes no verdict".into();
    }
    format!("masked: no verdict changes, because of {}", by.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
}

fn lines(item: &Item) -> String {
    let line = |side: &Option<Written>| side.as_ref().map(|side| side.line).filter(|line| *line > 0);
    match (line(&item.before), line(&item.after)) {
        (Some(before), Some(after)) => format!("  (line {before} -> {after})"),
        (Some(before), None) => format!("  (line {before} before)"),
        (None, Some(after)) => format!("  (line {after})"),
        (None, None) => String::new(),
    }
}

/// What is worth showing of a side: what differs.
fn shown(side: &Written, item: &Item) -> Vec<String> {
    let other = |side: &Written| if item.before.as_ref() == Some(side) { item.after.clone() } else { item.before.clone() };
    let other = other(side).unwrap_or_default();
    let mut lines = Vec::new();
    if let Some(text) = side.text.as_ref().filter(|_| side.text != other.text) {
        lines.push(format!("\"{text}\""));
    }
    if let Some(logic) = side.logic.as_ref().filter(|_| side.logic != other.logic) {
        lines.push(logic.clone());
    }
    lines
}

/// A subject in a sentence: in what they differ from an ordinary one, and what each version says.
pub fn sentence(witness: &Witness, protocols: [&Protocol; 2]) -> String {
    let values: Vec<String> = witness.differs.iter().map(|key| value(witness, key)).collect();
    let who = if values.is_empty() { "an ordinary eligible subject".into() } else { values.join(", ") };
    let says = |side: usize| {
        let report = &witness.reports[side];
        let failing: Vec<&str> = protocols[side]
            .criteria
            .iter()
            .zip(&report.outcomes)
            .filter(|(_, outcome)| **outcome == crate::evaluate::Outcome::Fail)
            .map(|(criterion, _)| criterion.about.name.as_str())
            .collect();
        if failing.is_empty() { report.verdict.word().to_string() } else { format!("{} by {}", report.verdict.word(), failing.join(", ")) }
    };
    if witness.reports.len() < 2 {
        return who;
    }
    format!("{who} ({} -> {})", says(0), says(1))
}

/// What the record says under a key.
pub fn value(witness: &Witness, key: &str) -> String {
    let found = witness.records.iter().rev().find_map(|record| record.get(key));
    match found {
        None | Some(Value::Null) => format!("{key} unknown"),
        Some(value) => format!("{key} {}", compact(value)),
    }
}

fn compact(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".into(),
        Value::Array(list) => list.iter().map(compact).collect::<Vec<_>>().join(" + "),
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(key, value)| format!("{key} {}", compact(value))).collect();
            format!("({})", parts.join(", "))
        }
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        value => value.to_string(),
    }
}

/// `3 changes: 1 warning, 2 notes`.
pub fn summary(told: &Told<'_>) -> String {
    let count = |severity| told.diff.items.iter().filter(|item| told.profile.severity(item) == severity).count();
    let part = |n: usize, word: &str| (n > 0).then(|| format!("{n} {word}{}", if n == 1 { "" } else { "s" }));
    let parts: Vec<String> =
        [part(count(Severity::Error), "error"), part(count(Severity::Warning), "warning"), part(count(Severity::Info), "note")]
            .into_iter()
            .flatten()
            .collect();
    let items = told.diff.items.len();
    if items == 0 {
        return "no changes".into();
    }
    format!("{items} change{}: {}", if items == 1 { "" } else { "s" }, parts.join(", "))
}
