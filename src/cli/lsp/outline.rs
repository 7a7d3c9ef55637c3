//! The shape of a text: its declarations, what folds, and what is told beside the lines.

use lsp_types::{
    CodeLens, Command, DocumentSymbol, FoldingRange, InlayHint, InlayHintKind, Label, SymbolKind,
};

use super::document::Document;
use super::index::item;
use super::place::{position, range};
use crate::protocol::DefineBody;
use crate::syntax::ast::{Item, Reading};

/// The declarations, readings within their own.
pub fn symbols(document: &Document) -> Vec<DocumentSymbol> {
    let source = document.source();
    let reading = |reading: &Reading| DocumentSymbol {
        name: reading.name.text.clone(),
        detail: Some("reading".into()),
        kind: SymbolKind::Property,
        range: range(source, reading.span),
        selection_range: range(source, reading.name.span),
        tags: None,
        children: None,
        #[allow(deprecated, reason = "the type has no default without it")]
        deprecated: None,
    };
    let named = document.now().ast.items.iter().filter(|declared| !item(declared).1.text.is_empty());
    named
        .map(|declared| {
            let (span, name) = item(declared);
            let (kind, readings): (SymbolKind, &[Reading]) = match declared {
                Item::Trial(_) => (SymbolKind::Module, &[]),
                Item::Anchor(_) => (SymbolKind::Event, &[]),
                Item::Fact(_) => (SymbolKind::Variable, &[]),
                Item::Values(_) => (SymbolKind::Enum, &[]),
                Item::Define(define) => (SymbolKind::Function, &define.readings),
                Item::Assume(_) | Item::Hypothesis(_) => (SymbolKind::Constant, &[]),
                Item::Criterion(criterion) => (SymbolKind::Method, &criterion.readings),
                Item::Intervention(_) => (SymbolKind::Object, &[]),
                Item::Arm(_) => (SymbolKind::Class, &[]),
            };
            let children: Vec<_> = readings.iter().map(reading).collect();
            let keyword = span.text(source.text()).split_whitespace().next().unwrap_or_default().to_string();
            DocumentSymbol {
                name: name.text.clone(),
                detail: Some(keyword),
                kind,
                range: range(source, span),
                selection_range: range(source, name.span),
                tags: None,
                children: Some(children).filter(|children| !children.is_empty()),
                #[allow(deprecated, reason = "the type has no default without it")]
                deprecated: None,
            }
        })
        .collect()
}

/// Declarations of more than one line.
pub fn folding(document: &Document) -> Vec<FoldingRange> {
    let places = document.now().ast.items.iter().map(|declared| range(document.source(), item(declared).0));
    let long = places.filter(|range| range.start.line < range.end.line);
    long.map(|range| FoldingRange { start_line: range.start.line, end_line: range.end.line, ..FoldingRange::default() }).collect()
}

/// The unit that a definition comes to.
pub fn hints(document: &Document) -> Vec<InlayHint> {
    let now = document.now();
    let Some(protocol) = &now.protocol else { return Vec::new() };
    let mut hints = Vec::new();
    for declared in &now.ast.items {
        let Item::Define(define) = declared else { continue };
        let body = protocol.defines.iter().find(|other| other.about.name == define.name.text).map(|define| &define.body);
        if let Some(DefineBody::Number(_, unit)) = body.filter(|body| !matches!(body, DefineBody::Number(_, unit) if unit.is_one())) {
            hints.push(InlayHint {
                position: position(&now.source, define.name.span.end as usize),
                label: Label::String(format!(" in {unit}")),
                kind: Some(InlayHintKind::Type),
                text_edits: None,
                tooltip: None,
                padding_left: None,
                padding_right: None,
                data: None,
            });
        }
    }
    hints
}

/// The open readings of each criterion and definition.
pub fn lenses(document: &Document) -> Vec<CodeLens> {
    let mut lenses = Vec::new();
    for declared in &document.now().ast.items {
        let readings: &[Reading] = match declared {
            Item::Criterion(criterion) => &criterion.readings,
            Item::Define(define) => &define.readings,
            Item::Trial(_) | Item::Anchor(_) | Item::Fact(_) | Item::Values(_) | Item::Assume(_) | Item::Hypothesis(_)
            | Item::Intervention(_) | Item::Arm(_) => &[],
        };
        if !readings.is_empty() {
            let names: Vec<&str> = readings.iter().map(|reading| reading.name.text.as_str()).collect();
            let title = match names.len() {
                1 => format!("1 open reading: {}", names[0]),
                n => format!("{n} open readings: {}", names.join(", ")),
            };
            // It tells something; there is nothing to run.
            let command = Some(Command { title, ..Command::default() });
            lenses.push(CodeLens { range: range(document.source(), item(declared).1.span), command, data: None });
        }
    }
    lenses
}
