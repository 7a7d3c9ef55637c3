//! What a protocol says may stand: `allow CODE "reason"` on a declaration.
//!
//! In: a tree. Out: [`Allows`], which sorts findings into those that are shown
//! and those that somebody gave a reason for. Errors cannot be allowed: what
//! has no meaning gets none by being tolerated. An `allow` that nothing needs
//! any more is a finding itself.

use crate::diagnostic::{Applicability, Code, Diagnostic, Severity, did_you_mean};
use crate::span::Span;
use crate::syntax::ast::{self, Ast, Item, Reading, Text};

/// A finding that may stand, and why.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// In the protocol's own words.
    pub reason: String,
}

/// One `allow`, and the declaration it speaks for.
#[derive(Debug, Clone)]
struct Allow {
    code: Code,
    reason: String,
    at: Span,
    declaration: Span,
    /// The header speaks for the file as a whole too.
    header: bool,
    used: bool,
}

/// Every `allow` of a protocol.
#[derive(Debug, Clone, Default)]
pub struct Allows(Vec<Allow>);

impl Allows {
    /// Reads them off a tree; what cannot be allowed is reported.
    pub fn of(tree: &Ast) -> (Self, Vec<Diagnostic>) {
        let (mut allows, mut found) = (Vec::new(), Vec::new());
        for item in &tree.items {
            let (declaration, written) = written(item);
            let header = matches!(item, Item::Trial(_));
            for allow in written {
                match Code::from_name(&allow.code.text) {
                    None => found.push(unknown_code(allow.code.span, &allow.code.text)),
                    Some(code) if code.severity() == Severity::Error => found.push(
                        Code::ErrorAllowed
                            .at(allow.code.span, format!("`{}` is an error and cannot be allowed", code.name()))
                            .label("an error")
                            .help("what has no meaning gets none by being allowed; mend it"),
                    ),
                    Some(code) => {
                        let reason = allow.reason.value.clone();
                        allows.push(Allow { code, reason, at: allow.span, declaration, header, used: false });
                    }
                }
            }
        }
        (Self(allows), found)
    }

    /// Sorts findings: what stays, and what an `allow` gives a reason for.
    pub fn sort(&mut self, found: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Allowed>) {
        let mut allowed = Vec::new();
        let mut left = Vec::new();
        for diagnostic in found {
            match self.0.iter_mut().find(|allow| allow.covers(&diagnostic)) {
                Some(allow) => {
                    allow.used = true;
                    allowed.push(Allowed { diagnostic, reason: allow.reason.clone() });
                }
                None => left.push(diagnostic),
            }
        }
        (left, allowed)
    }

    /// What was allowed and did not come up, of what the compiler finds, or of a phase that has to be asked for.
    pub fn unused(&self, asked: Option<&str>) -> Vec<Diagnostic> {
        let phase = |code: Code| Some(code.phase()).filter(|phase| ["proof", "registry"].contains(phase));
        let idle = self.0.iter().filter(|allow| !allow.used && phase(allow.code) == asked);
        idle.map(|allow| {
            Code::UnusedAllow
                .at(allow.at, format!("`{}` does not come up here any more", allow.code.name()))
                .label("allows nothing")
                .help("delete it, or nobody will notice when it comes up again")
                .fix(allow.at, "", Applicability::Safe)
        })
        .collect()
    }
}

impl Allow {
    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let (span, whole) = (diagnostic.span, self.declaration);
        let file = self.header && span.end == 0;
        self.code == diagnostic.code && (file || whole.start <= span.start && span.end <= whole.end)
    }
}

/// That there is no finding of that name.
pub fn unknown_code(at: Span, name: &str) -> Diagnostic {
    let diagnostic = Code::UnknownCode.at(at, format!("there is no finding `{name}`")).label("unknown");
    match did_you_mean(name, Code::ALL.iter().map(|code| code.name())) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("`lind explain` lists them all"),
    }
}

/// A declaration and every `allow` in it.
fn written(item: &Item) -> (Span, Vec<&ast::Allow>) {
    match item {
        Item::Trial(trial) => (trial.span, trial.allows.iter().collect()),
        Item::Anchor(anchor) => (anchor.span, anchor.text.allows.iter().collect()),
        Item::Fact(fact) => (fact.span, fact.text.allows.iter().collect()),
        Item::Values(values) => (values.span, values.text.allows.iter().collect()),
        Item::Define(define) => (define.span, within(&define.text, &define.readings)),
        Item::Assume(statement) | Item::Hypothesis(statement) => (statement.span, statement.text.allows.iter().collect()),
        Item::Criterion(criterion) => (criterion.span, within(&criterion.text, &criterion.readings)),
        Item::Intervention(intervention) => (intervention.span, intervention.text.allows.iter().collect()),
        Item::Arm(arm) => (arm.span, arm.text.allows.iter().collect()),
    }
}

fn within<'a>(text: &'a Text, readings: &'a [Reading]) -> Vec<&'a ast::Allow> {
    text.allows.iter().chain(readings.iter().flat_map(|reading| &reading.text.allows)).collect()
}
