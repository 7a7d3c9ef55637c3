//! What stands under the pointer: a declaration and who uses it, a finding and why it matters.

use lsp_types::{Contents, Hover, MarkupContent, MarkupKind};

use super::document::{Compiled, Document};
use super::index::{Occurrence, item};
use super::place::range;
use crate::protocol::{CriterionKind, DefineBody, Protocol};
use crate::syntax::ast::Item;

/// What there is to say of a place.
pub fn hover(document: &Document, at: usize) -> Option<Hover> {
    let now = document.now();
    let name = now.index.at(at);
    let mut parts: Vec<String> = name.into_iter().map(|name| declaration(document, now, name)).collect();
    let mut span = name.map(|name| name.span);
    for finding in now.found.iter().filter(|found| found.span.start as usize <= at && at <= found.span.end as usize) {
        parts.push(finding.code.explanation().trim().to_string());
        span = span.or(Some(finding.span));
    }
    let value = parts.join("\n\n---\n\n");
    let contents = Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(range(&now.source, span?)) })
}

/// A declaration as it is written, what it comes to, and who uses it.
fn declaration(document: &Document, now: &Compiled, name: &Occurrence) -> String {
    let declared = &now.ast.items[name.item];
    let (span, _) = item(declared);
    let written = span.text(now.source.text());
    let mut lines: Vec<&str> = written.lines().take(12).collect();
    if written.lines().count() > lines.len() {
        lines.push("  …");
    }
    let mut text = format!("```lind\n{}\n```", lines.join("\n"));
    if let Some(meaning) = document.protocol().and_then(|protocol| meaning(protocol, declared)) {
        text.push_str(&format!("\n\n{meaning}"));
    }
    let users: Vec<String> = now
        .ast
        .items
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != name.item)
        .map(|(_, other)| item(other))
        .filter(|(span, _)| now.index.alike(name).any(|use_| !use_.declares && span.start <= use_.span.start && use_.span.end <= span.end))
        .map(|(_, name)| format!("`{}`", name.text))
        .collect();
    if !users.is_empty() {
        text.push_str(&format!("\n\nUsed by {}.", users.join(", ")));
    }
    text
}

/// What a declaration comes to, in plain words.
fn meaning(protocol: &Protocol, declared: &Item) -> Option<String> {
    match declared {
        Item::Fact(fact) => {
            let fact = protocol.facts.iter().find(|other| other.about.name == fact.name.text)?;
            Some(format!("In a record: {}.", crate::evaluate::record::expectation(&fact.ty)))
        }
        Item::Define(define) => match &protocol.defines.iter().find(|other| other.about.name == define.name.text)?.body {
            DefineBody::Test(_) => Some("A test.".into()),
            DefineBody::Number(_, unit) if unit.is_one() => Some("A plain number.".into()),
            DefineBody::Number(_, unit) => Some(format!("A number in `{unit}`.")),
            DefineBody::Date(_) => Some("A date.".into()),
            DefineBody::Inlined => None,
        },
        Item::Criterion(criterion) => {
            let criterion = protocol.criteria.iter().find(|other| other.about.name == criterion.name.text)?;
            let (lets, keeps) = match criterion.kind {
                CriterionKind::Include => ("Lets a subject pass where", "keeps out where it is false"),
                CriterionKind::Exclude => ("Keeps a subject out where", "lets pass where it is false"),
            };
            let mut text = format!("{lets} `{}`; {keeps}; open where it is unknown.", criterion.rule.written);
            for reading in &criterion.readings {
                let said = reading.about.text.as_deref().unwrap_or_default();
                text.push_str(&format!("\n\nOpen reading `{}`: {said}: `{}`.", reading.about.name, reading.rule.written));
            }
            Some(text)
        }
        Item::Anchor(_) => Some("In a record: a date.".into()),
        Item::Trial(_) | Item::Values(_) | Item::Assume(_) | Item::Hypothesis(_) | Item::Intervention(_) | Item::Arm(_) => None,
    }
}
