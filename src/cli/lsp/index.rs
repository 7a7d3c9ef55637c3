//! Where each name stands, and which declaration it means.

use lsp_types::{Location, Uri};

use super::document::Document;
use super::place::range;
use crate::resolve::{Names, Operand};
use crate::span::Span;
use crate::syntax::ast::{Ast, Item, Name};

/// A space of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Operand,
    /// Criteria, assumptions and hypotheses, which nothing refers to.
    Criterion,
    Arm,
    Intervention,
}

/// A name where it stands.
#[derive(Debug, Clone)]
pub struct Occurrence {
    pub span: Span,
    pub space: Space,
    pub name: String,
    /// The declaration, by its index in the tree.
    pub item: usize,
    pub declares: bool,
}

/// Every name, in the order of the text.
#[derive(Debug, Default)]
pub struct Index(Vec<Occurrence>);

impl Index {
    pub fn new(ast: &Ast, names: &Names) -> Self {
        let mut found = Vec::new();
        let mut add = |name: &str, span: Span, space, item, declares| {
            found.push(Occurrence { span, space, name: name.to_string(), item, declares });
        };
        for (name, operand) in &names.operands {
            let (Operand::Fact(item) | Operand::Anchor(item) | Operand::Define(item) | Operand::Values(item)
            | Operand::Attested(item) | Operand::AttestedReading(item, _)) = *operand;
            if let Some(span) = names.declared.get(name) {
                add(name, *span, Space::Operand, item, true);
            }
            names.uses.get(name).into_iter().flatten().for_each(|span| add(name, *span, Space::Operand, item, false));
        }
        for (i, item) in ast.items.iter().enumerate() {
            let mut declare = |name: &Name, space| add(&name.text, name.span, space, i, true);
            match item {
                Item::Trial(_) | Item::Anchor(_) | Item::Fact(_) | Item::Values(_) | Item::Define(_) => {}
                Item::Assume(statement) | Item::Hypothesis(statement) => declare(&statement.name, Space::Criterion),
                Item::Criterion(criterion) => {
                    if names.declared.get(&criterion.name.text) != Some(&criterion.name.span) {
                        declare(&criterion.name, Space::Criterion);
                    }
                    for arm in &criterion.arms {
                        if let Some(item) = names.arms.get(&arm.text) {
                            add(&arm.text, arm.span, Space::Arm, *item, false);
                        }
                    }
                }
                Item::Intervention(intervention) => declare(&intervention.name, Space::Intervention),
                Item::Arm(arm) => {
                    declare(&arm.name, Space::Arm);
                    for give in &arm.gives {
                        if let Some(item) = names.interventions.get(&give.intervention.text) {
                            add(&give.intervention.text, give.intervention.span, Space::Intervention, *item, false);
                        }
                    }
                }
            }
        }
        found.retain(|occurrence| !occurrence.name.is_empty());
        found.sort_by_key(|occurrence| occurrence.span);
        Self(found)
    }

    /// The name at a place, or just before it.
    pub fn at(&self, offset: usize) -> Option<&Occurrence> {
        let offset = offset as u32;
        let behind = self.0.partition_point(|occurrence| occurrence.span.start <= offset);
        self.0[..behind].last().filter(|occurrence| offset <= occurrence.span.end)
    }

    /// Where the same is meant.
    pub fn alike(&self, name: &Occurrence) -> impl Iterator<Item = &Occurrence> {
        self.0.iter().filter(move |other| other.space == name.space && other.name == name.name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Occurrence> {
        self.0.iter()
    }
}

/// Where the name at a place is declared.
pub fn definition(document: &Document, uri: &Uri, at: usize) -> Option<Location> {
    let index = &document.now().index;
    let declared = index.alike(index.at(at)?).find(|occurrence| occurrence.declares)?;
    Some(Location { uri: uri.clone(), range: range(document.source(), declared.span) })
}

/// Where the name at a place stands.
pub fn references(document: &Document, uri: &Uri, at: usize, declared: bool) -> Vec<Location> {
    let index = &document.now().index;
    let Some(name) = index.at(at) else { return Vec::new() };
    let alike = index.alike(name).filter(|occurrence| declared || !occurrence.declares);
    alike.map(|occurrence| Location { uri: uri.clone(), range: range(document.source(), occurrence.span) }).collect()
}

/// The span and the name of a declaration.
pub fn item(item: &Item) -> (Span, &Name) {
    match item {
        Item::Trial(trial) => (trial.span, &trial.id),
        Item::Anchor(anchor) => (anchor.span, &anchor.name),
        Item::Fact(fact) => (fact.span, &fact.name),
        Item::Values(values) => (values.span, &values.name),
        Item::Define(define) => (define.span, &define.name),
        Item::Assume(statement) | Item::Hypothesis(statement) => (statement.span, &statement.name),
        Item::Criterion(criterion) => (criterion.span, &criterion.name),
        Item::Intervention(intervention) => (intervention.span, &intervention.name),
        Item::Arm(arm) => (arm.span, &arm.name),
    }
}
