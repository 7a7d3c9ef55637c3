//! lind.
pub mod analysis;
pub mod calendar;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod emit;
pub mod evaluate;
pub mod number;
pub mod protocol;
pub mod resolve;
pub mod span;
mod stack;
pub mod syntax;
pub mod units;

use diagnostic::Diagnostic;
use protocol::Protocol;
use span::Source;

/// What compiling a source gives.
#[derive(Debug)]
pub struct Compilation {
    /// The protocol, unless a finding is an error.
    pub protocol: Option<Protocol>,
    /// Every finding, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Text to protocol: parse, resolve, check. Every mistake is found in one run.
pub fn compile(source: &Source) -> Compilation {
    // The tree is dropped where it was built: dropping recurses as deep as walking does.
    let (protocol, mut diagnostics) = stack::with_stack(syntax::depth(source.text()), || {
        let (ast, mut diagnostics) = syntax::parse(source);
        let unread = diagnostics.iter().any(|d| d.severity() == diagnostic::Severity::Error);
        let (names, mut found) = resolve::resolve(&ast);
        let (protocol, checked) = check::check(source, &ast, &names);
        found.extend(checked);
        // What seems to be missing may stand in what could not be read.
        found.retain(|d| !(unread && d.code.is_about_absence()));
        diagnostics.extend(found);
        (protocol, diagnostics)
    });
    diagnostics.iter_mut().for_each(|diagnostic| diagnostic.align(source.text()));
    diagnostics.sort_by(|a, b| (a.span.start, a.span.end, a.code).cmp(&(b.span.start, b.span.end, b.code)));
    let failed = diagnostics.iter().any(|d| d.severity() == diagnostic::Severity::Error);
    let protocol = protocol.filter(|_| !failed);
    debug_assert!(
        protocol.as_ref().is_none_or(|protocol| protocol.broken_invariants().is_empty()),
        "{:?}",
        protocol.map(|protocol| protocol.broken_invariants())
    );
    Compilation { protocol, diagnostics }
}
