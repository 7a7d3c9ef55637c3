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
        let (names, found) = resolve::resolve(&ast);
        diagnostics.extend(found);
        let (protocol, found) = check::check(source, &ast, &names);
        diagnostics.extend(found);
        (protocol, diagnostics)
    });
    diagnostics.iter_mut().for_each(|diagnostic| diagnostic.align(source.text()));
    diagnostics.sort_by(|a, b| (a.span.start, a.span.end, a.code).cmp(&(b.span.start, b.span.end, b.code)));
    let failed = diagnostics.iter().any(|d| d.severity() == diagnostic::Severity::Error);
    Compilation { protocol: protocol.filter(|_| !failed), diagnostics }
}
