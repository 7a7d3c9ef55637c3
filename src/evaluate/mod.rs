//! What a protocol means for a subject: the reference that every backend must agree with.
//!
//! In: a [`Protocol`] and a [`Record`]. Out: a [`Report`] with an outcome for
//! each criterion, a verdict, and the facts whose absence keeps it open.
//! Logic is strong Kleene; filling in what is unknown never turns true into
//! false or false into true.

mod draft;
mod engine;
mod missing;
mod pick;
pub mod record;
mod report;
mod text;

pub use draft::Draft;
pub use record::{Record, RecordError, RecordReader};
pub use report::{ArmReport, Outcome, Printer, Report, Verdict, View, invalid_json};

use crate::protocol::{Criterion, CriterionKind, Protocol, Rule, Test};
use engine::Engine;
use missing::Facts;

/// One of three truth values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds, whatever is filled in.
    True,
    /// It does not, whatever is filled in.
    False,
    /// That depends on what is not known.
    Unknown,
}

impl Truth {
    /// The truth of a condition that holds surely, or at least possibly.
    pub const fn between(surely: bool, possibly: bool) -> Self {
        match (surely, possibly) {
            (true, _) => Self::True,
            (false, true) => Self::Unknown,
            (false, false) => Self::False,
        }
    }

    /// Negation.
    #[must_use]
    pub const fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Conjunction.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Disjunction.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// What the protocol says of the subject.
pub fn evaluate(protocol: &Protocol, record: &Record) -> Report {
    crate::stack::with_stack(protocol.depth, || evaluate_here(protocol, record))
}

/// The truth of one test for a record: what an analysis or a debugger asks.
pub fn truth(protocol: &Protocol, record: &Record, test: &Test) -> Truth {
    crate::stack::with_stack(protocol.depth, || Engine::new(protocol, record.values()).test(test))
}

fn evaluate_here(protocol: &Protocol, record: &Record) -> Report {
    let engine = Engine::new(protocol, record.values());
    let outcomes: Vec<Outcome> = protocol.criteria.iter().map(|criterion| outcome(&engine, criterion.kind, &criterion.rule)).collect();
    let contradicts = protocol
        .assumptions
        .iter()
        .enumerate()
        .filter(|(_, assumption)| engine.test(&assumption.test) == Truth::False)
        .map(|(i, _)| i)
        .collect();
    if !protocol.is_scoped() {
        let verdict = Verdict::of(outcomes.iter().copied());
        let missing = match verdict {
            Verdict::Undetermined => missing_of(&engine, protocol, &outcomes, &|_| true).list(),
            Verdict::Eligible | Verdict::Ineligible => Vec::new(),
        };
        return Report { outcomes, verdict, missing, arms: Vec::new(), contradicts };
    }
    let mut all = Facts::none(protocol.facts.len());
    let arms: Vec<ArmReport> = (0..protocol.arms.len())
        .map(|arm| {
            let applies = |criterion: &Criterion| criterion.is_for(arm);
            let own = protocol.criteria.iter().zip(&outcomes).filter(|(criterion, _)| applies(criterion)).map(|(_, o)| *o);
            let verdict = Verdict::of(own);
            let missing = match verdict {
                Verdict::Undetermined => missing_of(&engine, protocol, &outcomes, &applies),
                Verdict::Eligible | Verdict::Ineligible => Facts::none(protocol.facts.len()),
            };
            all.join(&missing);
            ArmReport { verdict, missing: missing.list() }
        })
        .collect();
    let verdict = arms.iter().map(|arm| arm.verdict).max().unwrap_or(Verdict::Ineligible);
    let missing = if verdict == Verdict::Undetermined { all.list() } else { Vec::new() };
    Report { outcomes, verdict, missing, arms, contradicts }
}

fn outcome(engine: &Engine<'_>, kind: CriterionKind, rule: &Rule) -> Outcome {
    let holds = engine.test(&rule.test);
    let lets_in = match kind {
        CriterionKind::Include => holds,
        CriterionKind::Exclude => holds.not(),
    };
    let passes = match &rule.unless {
        Some(unless) if lets_in != Truth::True => lets_in.or(engine.test(unless)),
        _ => lets_in,
    };
    match passes {
        Truth::True => Outcome::Pass,
        Truth::False => Outcome::Fail,
        Truth::Unknown => Outcome::Unknown,
    }
}

/// The facts that keep the unknown criteria open, of those that `applies` picks.
fn missing_of(engine: &Engine<'_>, protocol: &Protocol, outcomes: &[Outcome], applies: &dyn Fn(&Criterion) -> bool) -> Facts {
    let mut facts = Facts::none(protocol.facts.len());
    for (criterion, outcome) in protocol.criteria.iter().zip(outcomes) {
        if *outcome == Outcome::Unknown && applies(criterion) {
            engine.missing(&criterion.rule.test, &mut facts);
            criterion.rule.unless.iter().for_each(|unless| engine.missing(unless, &mut facts));
        }
    }
    facts
}
