//! What an amendment does: who newly gets in, who is newly kept out, and what else it changes.
//!
//! In: two versions of a protocol. Out: a [`Diff`], a flat list of [`Item`]s
//! beside the verdict and the transitions between verdicts, each with a
//! subject that proves it. The question is asked criterion by criterion, which
//! attributes every subject to the change that moves it.

mod comparison;
mod readings;
mod words;

pub use words::RULES;

use std::time::Duration;

use super::question::{Answer, Witness};
use crate::evaluate::Verdict;
use crate::protocol::Protocol;
pub(super) use words::listed;

/// What a change does to a set of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// The same subjects are let in.
    Equivalent,
    /// Some more, nobody less.
    Widened,
    /// Some less, nobody more.
    Narrowed,
    /// Some more and some less.
    Shifted,
    /// Others altogether.
    Disjoint,
    /// Nobody any more.
    Emptied,
    /// Somebody, where there was nobody.
    Opened,
    /// Nobody, before and after.
    Empty,
    /// It could not be decided.
    Undecided,
}

impl Change {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::Equivalent,
        Self::Widened,
        Self::Narrowed,
        Self::Shifted,
        Self::Disjoint,
        Self::Emptied,
        Self::Opened,
        Self::Empty,
        Self::Undecided,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Shifted => "shifted",
            Self::Disjoint => "disjoint",
            Self::Emptied => "emptied",
            Self::Opened => "opened",
            Self::Empty => "empty",
            Self::Undecided => "undecided",
        }
    }

    /// The same change seen from the other side.
    #[must_use]
    pub const fn mirror(self) -> Self {
        match self {
            Self::Widened => Self::Narrowed,
            Self::Narrowed => Self::Widened,
            Self::Emptied => Self::Opened,
            Self::Opened => Self::Emptied,
            same => same,
        }
    }

    fn of(lost: &Answer, gained: &Answer, common: &Answer) -> Self {
        if [lost, gained, common].iter().any(|answer| matches!(answer, Answer::Undecided(_))) {
            return Self::Undecided;
        }
        Self::between(lost.is_yes(), gained.is_yes(), common.is_yes())
    }

    const fn between(lost: bool, gained: bool, common: bool) -> Self {
        match (lost, gained, common) {
            (false, false, true) => Self::Equivalent,
            (false, true, true) => Self::Widened,
            (true, false, true) => Self::Narrowed,
            (true, true, true) => Self::Shifted,
            (true, true, false) => Self::Disjoint,
            (true, false, false) => Self::Emptied,
            (false, true, false) => Self::Opened,
            (false, false, false) => Self::Empty,
        }
    }
}

/// What part of a protocol a change is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// Who is studied, as a whole.
    Population,
    /// A criterion.
    Criterion,
    /// What is recorded of a subject, and what is taken to be true.
    Fact,
    /// An arm or an intervention.
    Arm,
    /// What is given, how much and when.
    Dosing,
    /// The design and the registry's fields.
    Design,
    /// Words alone.
    Text,
}

impl Area {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Criterion => "criterion",
            Self::Fact => "fact",
            Self::Arm => "arm",
            Self::Dosing => "dosing",
            Self::Design => "design",
            Self::Text => "text",
        }
    }
}

/// One side of a change, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The line of the declaration, from 1; 0 where it has none.
    pub line: usize,
    /// The protocol's own words, or the value of a field.
    pub text: Option<String>,
    /// The expression.
    pub logic: Option<String>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Item {
    /// The stable name of the kind of change.
    pub rule: &'static str,
    /// Where it is.
    pub area: Area,
    /// What it is about: the name of the criterion, fact, arm or field.
    pub name: String,
    /// The sentence.
    pub sentence: String,
    /// As it was.
    pub before: Option<Written>,
    /// As it is.
    pub after: Option<Written>,
    /// Of a criterion: what happens to those whom it lets pass by itself.
    pub change: Option<Change>,
    /// Of a criterion: it changes whom it lets pass, yet no verdict of a complete record; these criteria hold it.
    pub masked_by: Option<Vec<String>>,
    /// Somebody who gets in by this change.
    pub gained: Option<Witness>,
    /// Somebody who is kept out by this change.
    pub lost: Option<Witness>,
    /// Facts that are read now and were not before.
    pub needs: Vec<String>,
    /// What both sides mean, definitions opened up: part of the fingerprint.
    pub(super) meaning: String,
    /// What the consumers of the subject schema have to know: whether records that were valid may not be now.
    pub breaking: bool,
}

impl Item {
    pub(super) fn new(rule: &'static str, area: Area, name: &str, sentence: String) -> Self {
        Self {
            rule,
            area,
            name: name.into(),
            sentence,
            before: None,
            after: None,
            change: None,
            masked_by: None,
            gained: None,
            lost: None,
            needs: Vec::new(),
            meaning: String::new(),
            breaking: false,
        }
    }

    /// A fingerprint over what changed, not over how it is told.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut take = |text: &str| {
            for byte in text.bytes().chain([0]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        take(self.rule);
        take(&self.name);
        take(&self.meaning);
        for side in [&self.before, &self.after] {
            let side = side.clone().unwrap_or_default();
            take(side.text.as_deref().unwrap_or(""));
            take(side.logic.as_deref().unwrap_or(""));
        }
        format!("{hash:016x}")
    }
}

/// A subject who goes from one verdict to another.
#[derive(Debug, Clone)]
pub struct Transition {
    /// What the version before says.
    pub from: Verdict,
    /// What the version after says.
    pub to: Verdict,
    /// Somebody; none, where nobody goes this way.
    pub witness: Option<Witness>,
    /// Whether that could not be decided.
    pub undecided: bool,
}

/// What the change comes to under one reading or hypothesis.
#[derive(Debug, Clone)]
pub struct Under {
    /// `criterion: reading`, `define: reading` or `hypothesis`.
    pub name: String,
    /// What the change does there.
    pub change: Change,
}

/// What an amendment does.
#[derive(Debug)]
pub struct Diff {
    /// To the subjects who are eligible, of those of whom everything is known.
    pub change: Change,
    /// Somebody who is newly let in.
    pub gained: Option<Witness>,
    /// Somebody who is newly kept out.
    pub lost: Option<Witness>,
    /// Somebody who is eligible before and after.
    pub common: Option<Witness>,
    /// Every change, in the order of the new version.
    pub items: Vec<Item>,
    /// The six ways from one verdict to another, records with gaps included.
    pub transitions: Vec<Transition>,
    /// For each arm of both versions, where some criterion is for some arms only: the change to its subjects.
    pub arms: Vec<Under>,
    /// The readings and hypotheses, where the change is asked under each.
    pub under: Vec<Under>,
    /// What could not be decided, and why.
    pub undecided: Vec<String>,
}

impl Diff {
    /// Whether nothing changed at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the verdict is open, and how many answers are.
    fn open(&self) -> (bool, usize) {
        let transitions = self.transitions.iter().filter(|transition| transition.undecided).count();
        let under = self.arms.iter().chain(&self.under).filter(|under| under.change == Change::Undecided).count();
        (self.change == Change::Undecided, self.undecided.len() + transitions + under)
    }
}

/// What is asked beside the verdict.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    /// The transitions between verdicts, records with gaps included.
    pub transitions: bool,
    /// The change under each reading and hypothesis.
    pub readings: bool,
    /// What is not answered by then is undecided; without it, only the steps are counted.
    pub time: Option<Duration>,
}

impl Depth {
    /// All of it.
    pub const FULL: Self = Self { transitions: true, readings: true, time: None };

    /// The verdict alone.
    pub const VERDICT: Self = Self { transitions: false, readings: false, time: None };

    /// The verdict and the transitions.
    pub const TRANSITIONS: Self = Self { transitions: true, readings: false, time: None };
}

/// Compares two versions of a protocol.
pub fn diff(before: &Protocol, after: &Protocol, depth: Depth) -> Diff {
    let deepest = before.depth.max(after.depth).max(before.criteria.len() / 8).max(after.criteria.len() / 8);
    crate::stack::with_stack(deepest, || comparison::compare(before, after, depth))
}

