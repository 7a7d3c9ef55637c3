//! A protocol-as-data compiler for clinical trials.
//!
//! ```text
//!  text ──syntax──▶ Ast ──resolve──▶ Names ──check──▶ Protocol ──┬──evaluate──▶ Report
//!        what was written   a table           what is meant      ├──emit──────▶ data, schemas, checkers
//!                                                                └──analysis──▶ proofs, amendments, subjects
//! ```
//!
//! Two trees, one table, one meaning, many printers. Functions of the front end
//! return what they made and every finding, never a `Result`: one run shows
//! every mistake. No syntax stands behind [`protocol`]; [`evaluate`] is the
//! meaning, and every printer in [`emit`] must agree with it.
//!
//! What is deliberately absent: a clock, implicit conversion, a way to ask
//! whether a fact is known, and anything that could run as code in a protocol
//! or a record.

// The grammar's code asks for it: pest's `std` is off, since its probe of the stack at every rule costs a third of
// the time of reading, and how deep a text nests is bounded before the grammar reads it.
extern crate alloc;

pub mod allow;
pub mod analysis;
pub mod calendar;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod emit;
pub mod evaluate;
pub mod findings;
pub mod number;
pub mod protocol;
pub mod registry;
pub mod resolve;
pub mod span;
mod stack;
pub mod syntax;
pub mod units;

use allow::{Allowed, Allows};
use diagnostic::Diagnostic;
use protocol::Protocol;
use resolve::Names;
use span::Source;
use syntax::ast::Ast;

/// What compiling a source gives.
#[derive(Debug)]
pub struct Compilation {
    /// The protocol, unless a finding is an error.
    pub protocol: Option<Protocol>,
    /// Every finding, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What the protocol gives a reason for.
    pub allowed: Vec<Allowed>,
    /// The reasons, for what is found later.
    pub allows: Allows,
}

/// Text to protocol: parse, resolve, check. Every mistake is found in one run.
pub fn compile(source: &Source) -> Compilation {
    // The tree is dropped where it was built: dropping recurses as deep as walking does.
    stack::with_stack(syntax::depth(source.text()), || {
        let (ast, diagnostics) = syntax::parse(source);
        front(source, &ast, diagnostics).1
    })
}

/// Tree to protocol, with what was found in reading the text; the names of the tree stand however broken it is.
///
/// Walks as deep as the text nests; who holds the tree has to have room to drop it.
fn front(source: &Source, ast: &Ast, mut diagnostics: Vec<Diagnostic>) -> (Names, Compilation) {
    let (names, protocol, allowed, allows) = {
        let unread = diagnostics.iter().any(|d| d.severity() == diagnostic::Severity::Error);
        let (names, mut found) = resolve::resolve(ast);
        let (protocol, checked) = check::check(source, ast, &names);
        found.extend(checked);
        let (mut allows, misread) = Allows::of(ast);
        let (mut found, allowed) = allows.sort(found);
        found.extend(misread);
        // Of a protocol that was not understood whole, nobody knows what else would come up.
        if protocol.is_some() {
            found.extend(allows.unused(None));
        }
        // What seems to be missing may stand in what could not be read.
        found.retain(|d| !(unread && d.code.is_about_absence()));
        diagnostics.extend(found);
        (names, protocol, allowed, allows)
    };
    diagnostics.iter_mut().for_each(|diagnostic| diagnostic.align(source.text()));
    diagnostics.sort_by_key(|a| (a.span.start, a.span.end, a.code));
    let failed = diagnostics.iter().any(|d| d.severity() == diagnostic::Severity::Error);
    let protocol = protocol.filter(|_| !failed);
    debug_assert!(
        protocol.as_ref().is_none_or(|protocol| protocol.broken_invariants().is_empty()),
        "{:?}",
        protocol.map(|protocol| protocol.broken_invariants())
    );
    (names, Compilation { protocol, diagnostics, allowed, allows })
}

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
