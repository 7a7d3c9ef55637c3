//! A record to a protocol that checks and builds as it stands: every criterion
//! in the record's own words, attested until somebody writes its expression.

use std::collections::HashSet;

use super::criteria::{criteria, plain};
use super::record::{ArmGroup, Section, Study, age};
use crate::compile;
use crate::diagnostic::Severity;
use crate::protocol::CriterionKind;
use crate::protocol::registry::{self, Words};
use crate::span::Source;
use crate::syntax::format;

/// What a record gives.
#[derive(Debug)]
pub struct Imported {
    /// The protocol, laid out.
    pub text: String,
    /// What could not be taken over as it is, one sentence each.
    pub remarks: Vec<String>,
}

/// Writes the protocol that a record states.
pub fn import(study: &Study) -> Result<Imported, String> {
    let section = &study.protocol_section;
    let mut writer = Writer { text: String::new(), remarks: Vec::new() };
    writer.header(section);
    writer.criteria(section.eligibility_module.eligibility_criteria.as_deref().unwrap_or_default());
    writer.design(section);
    let Writer { text, mut remarks } = writer;
    let text = mended(text, &mut remarks)?;
    let text = format(&Source::new("imported", text)).map_err(|_| "what was imported cannot be laid out".to_string())?;
    Ok(Imported { text, remarks })
}

/// The text, with each line that contradicts the rest of the record turned into a comment.
fn mended(mut text: String, remarks: &mut Vec<String>) -> Result<String, String> {
    loop {
        let source = Source::new("imported", text.as_str());
        let found = compile(&source).diagnostics;
        let Some(error) = found.iter().find(|diagnostic| diagnostic.severity() == Severity::Error) else { return Ok(text) };
        let line = source.position(error.span.start).line;
        let written = text.lines().nth(line - 1).unwrap_or_default();
        // Fields of the header and what an arm gives stand on one line each.
        let word = written.split_whitespace().next().unwrap_or_default();
        if !written.starts_with("  ") || word.starts_with(['#', '"']) || word == "label" {
            return Err(format!("the record gives a protocol with an error: {} (`{}`)", error.message, written.trim()));
        }
        remarks.push(format!("left out `{}`: {}", written.split_whitespace().collect::<Vec<_>>().join(" "), error.message));
        let lines = text.lines().enumerate().map(|(i, old)| {
            if i + 1 == line { format!("  # left out: {}: {}", error.message, old.trim()) } else { old.to_string() }
        });
        text = lines.collect::<Vec<_>>().join("\n") + "\n";
    }
}

struct Writer {
    text: String,
    remarks: Vec<String>,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A word of the registry as the language spells it, if it is one that both know.
    fn word(&mut self, value: Option<&String>, words: Words, what: &str) -> Option<String> {
        let value = value.filter(|value| !value.trim().is_empty())?;
        let word = value.to_lowercase();
        if words.contains(&word.as_str()) {
            return Some(word);
        }
        self.remarks.push(format!("the {what} `{}` was left out: it is none that is known", value.escape_debug()));
        None
    }

    /// A string of the language that says what the record says, on one line.
    fn quoted(&mut self, text: &str) -> String {
        let mut safe = String::with_capacity(text.len() + 2);
        for c in plain(text).replace('\n', " ").chars() {
            match c {
                '"' | '\\' => safe.extend(['\\', c]),
                // These make text read in another order than it stands.
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => {
                    self.remarks.push(format!("a direction mark (U+{:04X}) was taken out of a text", c as u32));
                }
                c if c.is_control() => safe.push(' '),
                c => safe.push(c),
            }
        }
        format!("\"{safe}\"")
    }

    fn header(&mut self, section: &Section) {
        let id = &section.identification_module;
        self.line("# Imported from the registry: each criterion is attested until its expression is written.\n");
        self.line(&format!("trial {}", slug(&id.nct_id, "UNKNOWN")));
        let mut ids: Vec<&String> = id.org_study_id_info.id.iter().chain(id.secondary_id_infos.iter().filter_map(|id| id.id.as_ref())).collect();
        ids.dedup();
        let texts = [("title", &id.brief_title), ("official", &id.official_title), ("summary", &section.description_module.brief_summary)];
        for (word, text) in texts {
            if let Some(text) = text {
                let text = self.quoted(text);
                self.line(&format!("  {word} {text}"));
            }
        }
        for text in ids.into_iter().filter(|other| **other != id.nct_id) {
            let text = self.quoted(text);
            self.line(&format!("  also {text}"));
        }
        let sponsor = &section.sponsor_collaborators_module.lead_sponsor;
        if let Some(name) = &sponsor.name {
            let name = self.quoted(name);
            let class = self.word(sponsor.class.as_ref(), registry::SPONSOR_CLASS, "class of the sponsor");
            self.line(&format!("  sponsor {name} {}", class.unwrap_or_default()));
        }
        for condition in &section.conditions_module.conditions {
            let condition = self.quoted(condition);
            self.line(&format!("  condition {condition}"));
        }
        let design = &section.design_module.design_info;
        let eligibility = &section.eligibility_module;
        let phase = section.phase();
        let words = [
            ("status", section.status_module.overall_status.as_ref()),
            ("purpose", design.primary_purpose.as_ref()),
            ("allocation", design.allocation.as_ref()),
            ("model", design.intervention_model.as_ref()),
            ("masking", design.masking_info.masking.as_ref()),
            ("phase", phase.as_ref()),
            ("sex", eligibility.sex.as_ref()),
        ];
        for (field, value) in words {
            if let Some(value) = self.word(value, registry::of_field(field), field) {
                self.line(&format!("  {field} {value}"));
            }
        }
        if let Some(count) = section.design_module.enrollment_info.count {
            let kind = self.word(section.design_module.enrollment_info.r#type.as_ref(), &["actual", "estimated"], "kind of enrollment");
            self.line(&format!("  enrollment {count} {}", kind.unwrap_or_default()));
        }
        self.ages(section);
        if let Some(healthy) = eligibility.healthy_volunteers {
            self.line(&format!("  healthy {}", if healthy { "yes" } else { "no" }));
        }
    }

    fn ages(&mut self, section: &Section) {
        let eligibility = &section.eligibility_module;
        let (low, high) = (age(eligibility.minimum_age.as_ref()), age(eligibility.maximum_age.as_ref()));
        for text in [&eligibility.minimum_age, &eligibility.maximum_age].into_iter().flatten() {
            if age(Some(text)).is_none() && text != "N/A" {
                self.remarks.push(format!("the age `{text}` was left out: it is no number of years, months, weeks, days, hours or minutes"));
            }
        }
        let written = |(number, unit): &(String, String)| format!("{number} {unit}");
        match (&low, &high) {
            (None, None) => {}
            (low, high) => {
                let low = low.as_ref().map_or("0 years".into(), written);
                self.line(&format!("  ages {low} .. {}", high.as_ref().map_or(String::new(), written)));
            }
        }
    }

    fn criteria(&mut self, text: &str) {
        let found = criteria(text);
        if found.items.is_empty() {
            self.remarks.push("the record has no criteria".into());
        } else if found.items.iter().all(|item| item.kind == CriterionKind::Include) {
            self.remarks.push("the record's text has no heading of exclusion criteria: every criterion became an `include`".into());
        }
        for line in &found.preamble {
            self.line(&format!("\n# {}", line.replace('\n', " ")));
        }
        let (mut counts, mut section, mut last) = ([0, 0], None, None);
        for item in &found.items {
            let (i, keyword, name) = match item.kind {
                CriterionKind::Include => (0, "include", "inclusion"),
                CriterionKind::Exclude => (1, "exclude", "exclusion"),
            };
            if section != Some(item.kind) {
                self.line(&format!("\n# {name}"));
                (section, last) = (Some(item.kind), None);
            }
            if item.number.is_some() && item.number <= last && item.under.is_none() {
                let words: Vec<&str> = item.text.split_whitespace().take(6).collect();
                self.remarks.push(format!(
                    "the numbers of the {name} criteria start again at `{}`: see whether what follows is part of the criterion above it",
                    words.join(" ")
                ));
            }
            last = item.number.or(last);
            counts[i] += 1;
            let said = self.quoted(&item.text);
            self.line(&format!("\n{keyword} {name}_{}:\n  {said}", counts[i]));
            if let Some(under) = &item.under {
                let under = self.quoted(under);
                self.line(&format!("  note {under}"));
            }
            if let Some(number) = item.number.filter(|number| *number != counts[i]) {
                self.line(&format!("  note \"numbered {number} in the record\""));
            }
            let by = if item.text.to_lowercase().contains("informed consent") { "subject" } else { "investigator" };
            self.line(&format!("  attested by {by}"));
        }
    }

    fn design(&mut self, section: &Section) {
        let module = &section.arms_interventions_module;
        if !module.interventions.is_empty() || !module.arm_groups.is_empty() {
            self.line("\n# design");
        }
        let mut names = HashSet::new();
        let called: Vec<String> = module.interventions.iter().map(|intervention| unique(&intervention.name, "intervention", &mut names)).collect();
        for (intervention, name) in module.interventions.iter().zip(&called) {
            let kind = self.word(intervention.r#type.as_ref(), registry::INTERVENTION_KIND, "kind of intervention");
            self.line(&format!("\nintervention {name}: {}", kind.unwrap_or_else(|| "other".into())));
            self.described(intervention.description.as_ref());
            for other in &intervention.other_names {
                let other = self.quoted(&format!("Also: {other}"));
                self.line(&format!("  note {other}"));
            }
            let label = self.quoted(&intervention.name);
            self.line(&format!("  label {label}"));
        }
        let mut names = HashSet::new();
        for arm in &module.arm_groups {
            let kind = self.word(arm.r#type.as_ref(), registry::ARM_KIND, "kind of arm");
            self.line(&format!("\narm {}: {}", unique(&arm.label, "arm", &mut names), kind.unwrap_or_else(|| "other".into())));
            self.arm(section, arm, &called);
        }
    }

    fn arm(&mut self, section: &Section, arm: &ArmGroup, called: &[String]) {
        self.described(arm.description.as_ref());
        let label = self.quoted(&arm.label);
        self.line(&format!("  label {label}"));
        let module = &section.arms_interventions_module;
        let given = module.given(arm);
        for (intervention, name) in module.interventions.iter().zip(called) {
            if given.iter().any(|given| std::ptr::eq(*given, intervention)) {
                self.line(&format!("  give {name}"));
            }
        }
    }

    fn described(&mut self, description: Option<&String>) {
        if let Some(description) = description.filter(|text| !text.trim().is_empty()) {
            let description = self.quoted(description);
            self.line(&format!("  {description}"));
        }
    }
}

/// A name out of a label.
fn slug(label: &str, otherwise: &str) -> String {
    let words: Vec<&str> = label.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(5).collect();
    let name = words.join("_");
    match name.bytes().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        Some(_) => format!("{otherwise}_{name}"),
        None => otherwise.to_string(),
    }
}

/// A name in lower case that no other has, and that no word of the language is.
fn unique(label: &str, otherwise: &str, names: &mut HashSet<String>) -> String {
    let mut name = slug(&label.to_lowercase(), otherwise);
    let probe = format!("trial T\nfact {name}: boolean\n");
    if compile(&Source::new("name", probe)).diagnostics.iter().any(|found| found.severity() == Severity::Error) {
        name.push('_');
    }
    let base = name.clone();
    let mut n = 1;
    while !names.insert(name.clone()) {
        n += 1;
        name = format!("{base}_{n}");
    }
    name
}
