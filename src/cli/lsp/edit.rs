//! What an editor may change: layout, names, and what a finding offers.

use std::collections::HashMap;

use lsp_types::{CodeAction, CodeActionKind, CodeActionParams, Range, TextEdit, Uri, WorkspaceEdit};

use super::document::{Document, told};
use super::index::item;
use super::place::{position, range};
use crate::cli::load::text_of;
use crate::compile;
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::span::{Source, Span};
use crate::syntax::ast::{Item, Text};
use crate::syntax::format;

/// The text in the one style; nothing, where it has syntax errors or is so already.
///
/// The edit leaves alone the lines before the first and behind the last that change, and the cursor on them.
pub fn formatting(text: &str) -> Option<Vec<TextEdit>> {
    // What is no protocol to the compiler is none to lay out.
    let (source, unreadable) = text_of("the text", text.as_bytes().to_vec());
    if unreadable.is_some() {
        return None;
    }
    let new = format(&source).ok()?;
    if new == text {
        return Some(Vec::new());
    }
    let alike = |pair: &(&str, &str)| pair.0 == pair.1;
    let lines = |text: &'_ str| text.split_inclusive('\n').count();
    let before: usize = text.split_inclusive('\n').zip(new.split_inclusive('\n')).take_while(alike).map(|(line, _)| line.len()).sum();
    let (old_rest, new_rest) = (&text[before..], &new[before..]);
    let behind = old_rest.split_inclusive('\n').rev().zip(new_rest.split_inclusive('\n').rev());
    let behind: usize = behind.take(lines(old_rest).min(lines(new_rest))).take_while(alike).map(|(line, _)| line.len()).sum();
    let changed = Range { start: position(&source, before), end: position(&source, text.len() - behind) };
    Some(vec![TextEdit { range: changed, new_text: new_rest[..new_rest.len() - behind].into() }])
}

/// The place of the name that would be renamed.
pub fn prepare_rename(document: &Document, at: usize) -> Option<Range> {
    document.now().index.at(at).map(|name| range(document.source(), name.span))
}

/// A name by another one, everywhere; refused, where that would break something.
pub fn rename(document: &Document, uri: &Uri, at: usize, new: &str) -> Result<WorkspaceEdit, String> {
    let now = document.now();
    let name = now.index.at(at).ok_or("no name stands here")?;
    let spans: Vec<Span> = now.index.alike(name).map(|occurrence| occurrence.span).collect();
    let mut text = now.source.text().to_string();
    for span in spans.iter().rev() {
        text.replace_range(span.start as usize..span.end as usize, new);
    }
    // The new text has to say as much as the old one: a name that is taken, reserved or hidden is seen here.
    let found = compile(&Source::new("renamed", text)).diagnostics;
    let count = |found: &[Diagnostic]| found.iter().filter(|diagnostic| diagnostic.severity() > Severity::Info).count();
    if count(&found) > count(&now.found) {
        let why = found.iter().find(|diagnostic| diagnostic.message.contains(new)).or(found.first());
        return Err(format!("`{}` cannot become `{new}`: {}", name.name, why.map_or("", |why| &why.message)));
    }
    let edits = spans.iter().map(|span| TextEdit { range: range(&now.source, *span), new_text: new.into() }).collect();
    Ok(WorkspaceEdit { changes: Some(HashMap::from([(uri.clone(), edits)])), ..WorkspaceEdit::default() })
}

/// What the findings at a place offer.
pub fn actions(document: &Document, uri: &Uri, params: &CodeActionParams) -> Vec<CodeAction> {
    let now = document.now();
    let touches = |span: Span| {
        let here = range(&now.source, span);
        here.start <= params.range.end && params.range.start <= here.end
    };
    let mut actions = Vec::new();
    for finding in now.found.iter().filter(|finding| touches(finding.span)) {
        let action = |title: String, edits: Vec<TextEdit>, safe: bool| CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![told(&now.source, uri, finding)]),
            is_preferred: Some(safe),
            edit: Some(WorkspaceEdit { changes: Some(HashMap::from([(uri.clone(), edits)])), ..WorkspaceEdit::default() }),
            ..CodeAction::default()
        };
        if !finding.fixes.is_empty() {
            let edits = finding.fixes.iter().map(|fix| TextEdit { range: range(&now.source, fix.span), new_text: fix.replacement.clone() });
            let safe = finding.fixes.iter().all(|fix| fix.applicability == Applicability::Safe);
            actions.push(action(title(finding, now.source.text()), edits.collect(), safe));
        }
        if finding.code.severity() < Severity::Error
            && let Some(at) = now.ast.items.iter().find_map(|declared| allow_at(declared, finding.span))
        {
            let at = position(&now.source, at);
            let new_text = format!("\n  allow {} \"\"", finding.code.name());
            actions.push(action(format!("Let `{}` stand, with a reason", finding.code.name()), vec![TextEdit { range: Range { start: at, end: at }, new_text }], false));
        }
    }
    actions
}

fn title(finding: &Diagnostic, text: &str) -> String {
    match &finding.fixes[..] {
        [fix] if fix.replacement.trim().is_empty() => format!("Delete `{}`", fix.span.text(text).trim()),
        [fix] if fix.span.start == fix.span.end => format!("Insert `{}`", fix.replacement),
        [fix] => format!("Replace `{}` by `{}`", fix.span.text(text), fix.replacement),
        _ => format!("Mend `{}`", finding.code.name()),
    }
}

/// Where the declaration around a place takes an `allow`: behind its text.
fn allow_at(declared: &Item, span: Span) -> Option<usize> {
    let (whole, _) = item(declared);
    if !(whole.start <= span.start && span.end <= whole.end) {
        return None;
    }
    let text: &Text = match declared {
        Item::Trial(trial) => return Some(trial.id.span.end as usize),
        Item::Anchor(anchor) => &anchor.text,
        Item::Fact(fact) => &fact.text,
        Item::Values(values) => &values.text,
        Item::Define(define) => &define.text,
        Item::Assume(statement) | Item::Hypothesis(statement) => &statement.text,
        Item::Criterion(criterion) => &criterion.text,
        Item::Intervention(intervention) => &intervention.text,
        Item::Arm(arm) => &arm.text,
    };
    text.verbatim.as_ref().map(|text| text.span.end as usize)
}
