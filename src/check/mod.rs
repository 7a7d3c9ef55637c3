//! Tree and names to protocol: types, dimensions, windows, design, text.
//!
//! In: an [`Ast`] and its [`Names`]. Out: a [`Protocol`], unless something in
//! the file has no meaning, and every finding. A mistake poisons what contains
//! it and is reported once; the rest of the file is checked as if it were not
//! there.
//!
//! One file for each family of rules: [`types`] reads declared types,
//! [`expressions`] gives every expression a type, [`numbers`], [`members`] and
//! [`dates`] hold the rules of their kinds, [`header`] and [`design`] those of
//! the registry, [`text`] compares the verbatim text with the logic.

mod dates;
mod declarations;
mod design;
mod expressions;
mod header;
mod implied;
mod members;
mod numbers;
mod text;
mod types;
mod value;

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::protocol::walk::Measure;
use crate::protocol::{DefineId, FactId, Protocol};
use crate::resolve::{Names, Operand};
use crate::span::{Source, Span};
use crate::syntax::MAX_NESTING;
use crate::syntax::ast::{Ast, Item};
use value::Typed;

/// Checks a tree; `source` is what it was read from.
///
/// The protocol is absent where a finding is an error, here or in what was
/// found before: half a protocol must not be evaluated.
pub fn check(source: &Source, ast: &Ast, names: &Names) -> (Option<Protocol>, Vec<Diagnostic>) {
    let mut checker = Checker::new(source, ast, names);
    checker.run();
    let failed = checker.diagnostics.iter().any(|d| d.severity() == Severity::Error);
    ((!failed).then_some(checker.protocol), checker.diagnostics)
}

/// How many parts one test may come to, its definitions opened up wherever they are used.
const MAX_SIZE: usize = 100_000;

/// What the rules share.
struct Checker<'a> {
    source: &'a Source,
    ast: &'a Ast,
    names: &'a Names,
    protocol: Protocol,
    diagnostics: Vec<Diagnostic>,
    /// From the index of a declaration (and reading) to the key of the record that it declares.
    facts: HashMap<(usize, Option<usize>), FactId>,
    /// What each definition means, by the index of its declaration.
    defines: HashMap<usize, Typed>,
    /// The same by index into the protocol.
    define_ids: HashMap<usize, DefineId>,
    /// How deep each definition nests, and how many nodes it comes to with those that it uses.
    define_depths: Vec<usize>,
    define_sizes: Vec<usize>,
    /// The attributes in reach, within a `where`: the fact whose events are asked.
    scope: Option<FactId>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a Source, ast: &'a Ast, names: &'a Names) -> Self {
        Self {
            source,
            ast,
            names,
            protocol: Protocol::assemble(crate::protocol::Header::default()),
            diagnostics: Vec::new(),
            facts: HashMap::new(),
            defines: HashMap::new(),
            define_ids: HashMap::new(),
            define_depths: Vec::new(),
            define_sizes: Vec::new(),
            scope: None,
        }
    }

    fn run(&mut self) {
        let ast = self.ast;
        self.check_header();
        self.declare_facts();
        self.check_defines();
        self.check_whens();
        for item in &ast.items {
            match item {
                Item::Assume(statement) => {
                    if let Some(statement) = self.check_statement(statement) {
                        self.protocol.assumptions.push(statement);
                    }
                }
                Item::Hypothesis(statement) => {
                    if let Some(checked) = self.check_statement(statement) {
                        self.diagnostics.push(
                            Code::OpenHypothesis
                                .at(statement.name.span, format!("`{}` is contested and changes no verdict", statement.name.text))
                                .label("a hypothesis"),
                        );
                        self.protocol.hypotheses.push(checked);
                    }
                }
                Item::Intervention(intervention) => self.check_intervention(intervention),
                Item::Trial(_) | Item::Anchor(_) | Item::Fact(_) | Item::Values(_) | Item::Define(_) | Item::Criterion(_) | Item::Arm(_) => {}
            }
        }
        for item in &ast.items {
            if let Item::Arm(arm) = item {
                self.check_arm(arm);
            }
        }
        for (i, item) in ast.items.iter().enumerate() {
            if let Item::Criterion(criterion) = item {
                self.check_criterion(i, criterion);
            }
        }
        self.check_design();
        self.check_texts();
        if self.diagnostics.iter().all(|d| d.severity() != Severity::Error) {
            self.check_implied();
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The source text of a place, with white space folded.
    fn written(&self, span: Span) -> String {
        let text = span.text(self.source.text());
        let lines = text.lines().map(|line| {
            // A `#` within quotes is no comment; expressions hold none but units.
            let mut quoted = false;
            let end = line.char_indices().find(|(_, c)| {
                quoted ^= *c == '\'';
                *c == '#' && !quoted
            });
            end.map_or(line, |(end, _)| &line[..end])
        });
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    fn line(&self, span: Span) -> usize {
        self.source.position(span.start).line
    }

    /// The key of the record that an operand's name stands for.
    fn fact_of(&self, operand: Operand) -> Option<FactId> {
        let key = match operand {
            Operand::Fact(i) | Operand::Anchor(i) | Operand::Attested(i) => (i, None),
            Operand::AttestedReading(i, j) => (i, Some(j)),
            Operand::Define(_) | Operand::Values(_) => return None,
        };
        self.facts.get(&key).copied()
    }

    /// What measures how deep a tree nests.
    fn depth(&self) -> Measure<'_> {
        Measure { join: usize::max, defines: &self.define_depths }
    }

    /// What measures how large a tree is, definitions opened up wherever they are used.
    fn size(&self) -> Measure<'_> {
        Measure { join: usize::saturating_add, defines: &self.define_sizes }
    }

    /// Whether a tree is small enough to be evaluated; reports it where it is not.
    fn fits(&mut self, size: usize, span: Span) -> bool {
        if size > MAX_SIZE {
            self.push(
                Code::TooLarge
                    .at(span, format!("with the definitions that it uses, this comes to more than {MAX_SIZE} parts"))
                    .label("too large")
                    .help("a definition that is used twice is evaluated twice: state it with fewer on top of each other"),
            );
        }
        size <= MAX_SIZE
    }

    /// Notes how deep a test or value nests, its definitions included.
    fn note_depth(&mut self, depth: usize, span: Span) {
        if depth > 4 * MAX_NESTING && self.protocol.depth <= 4 * MAX_NESTING {
            self.push(
                Code::TooDeep
                    .at(span, format!("with the definitions that it uses, this nests more than {} deep", 4 * MAX_NESTING))
                    .label("too deep")
                    .help("state it with fewer definitions on top of each other"),
            );
        }
        self.protocol.depth = self.protocol.depth.max(depth);
    }
}
