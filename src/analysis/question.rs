//! Asking for subjects: is there a record for which this holds?
//!
//! Every subject that is found is replayed through `evaluate` before it is
//! shown; one that does not replay makes the answer undecided.

use serde_json::{Map, Value};

use super::encode::{Beyond, Encoder, Tri};
use super::logic::Lit;
use super::space::{Found, Wishes};
use super::subject::{BaseWishes, Keys, Subject};
use crate::evaluate::{Report, Verdict};
use crate::protocol::{Criterion, CriterionKind, Protocol, Rule, walk};

/// Clauses that one question may learn before it is given up.
const BUDGET: u64 = 20_000;

/// What a question came to.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Yes(Subject),
    /// Nobody; these of the given literals cannot hold together.
    No(Vec<Lit>),
    Undecided(String),
}

impl Answer {
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }
}

/// A subject that proves something, as each version would record it.
#[derive(Debug, Clone)]
pub struct Witness {
    /// The record for each version asked about.
    pub records: Vec<Map<String, Value>>,
    /// What each version says of it.
    pub reports: Vec<Report>,
    /// The keys in which it differs from an ordinary subject who is eligible, where there is one.
    pub differs: Vec<String>,
}

/// When a subject is eligible for one version, and when ineligible; undetermined is neither.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdicts {
    pub eligible: Lit,
    pub ineligible: Lit,
}

/// Questions about the subjects of one protocol, or of two versions of one.
pub(super) struct Questions<'p> {
    pub encoder: Encoder<'p>,
    /// No assumption that is taken to hold is false.
    world: Vec<Lit>,
    /// Which assumptions of each side are taken to hold.
    held: Vec<Vec<usize>>,
    /// An ordinary subject: eligible, once one is known.
    pub base: Subject,
}

impl<'p> Questions<'p> {
    pub fn new(sides: Vec<&'p Protocol>) -> Result<Self, Beyond> {
        let count = sides.len();
        let keys = Keys::new(sides);
        let mut base = Subject::ordinary(&keys);
        base.fit(&keys);
        let mut encoder = Encoder::new(keys, BUDGET);
        let mut stated = Vec::new();
        for side in 0..count {
            for (i, assumption) in encoder.keys.sides[side].assumptions.iter().enumerate() {
                stated.push((side, i, encoder.test(side, &assumption.test)?));
            }
        }
        // What one version alone assumes would hide what the change does to the others; it is taken to hold only
        // where it speaks of a fact that the other version does not have.
        let mut world = Vec::new();
        let mut held = vec![Vec::new(); count];
        for (side, i, tri) in &stated {
            let reads = walk::facts(encoder.keys.sides[*side], &encoder.keys.sides[*side].assumptions[*i].test);
            let own = reads.iter().any(|fact| (0..count).any(|other| encoder.keys.fact_of(other, encoder.keys.key_of(*side, *fact)).is_none()));
            if own || (0..count).all(|other| stated.iter().any(|(at, _, same)| *at == other && same == tri)) {
                world.push(!tri.f);
                held[*side].push(*i);
            }
        }
        Ok(Self { encoder, world, held, base })
    }

    pub fn protocol(&self, side: usize) -> &'p Protocol {
        self.encoder.keys.sides[side]
    }

    /// When a rule lets a subject pass, and when it does not.
    pub fn passes(&mut self, side: usize, kind: CriterionKind, rule: &'p Rule) -> Result<Tri, Beyond> {
        let test = self.encoder.test(side, &rule.test)?;
        let lets_in = match kind {
            CriterionKind::Include => test,
            CriterionKind::Exclude => test.not(),
        };
        match &rule.unless {
            None => Ok(lets_in),
            Some(unless) => {
                let unless = self.encoder.test(side, unless)?;
                Ok(self.encoder.both(&[lets_in.not(), unless.not()]).not())
            }
        }
    }

    /// The outcome of each criterion of a side.
    pub fn criteria(&mut self, side: usize) -> Vec<Result<Tri, Beyond>> {
        self.protocol(side).criteria.iter().map(|criterion| self.passes(side, criterion.kind, &criterion.rule)).collect()
    }

    /// The verdicts of a side, given the outcome of each of its criteria.
    pub fn verdicts(&mut self, side: usize, outcomes: &[Tri]) -> Verdicts {
        let protocol = self.protocol(side);
        let arms: Vec<Vec<Tri>> = if protocol.is_scoped() {
            let of = |arm: usize| {
                let applies = |criterion: &Criterion| criterion.arms.as_ref().is_none_or(|arms| arms.contains(&arm));
                protocol.criteria.iter().zip(outcomes).filter(|(criterion, _)| applies(criterion)).map(|(_, tri)| *tri).collect()
            };
            (0..protocol.arms.len()).map(of).collect()
        } else {
            vec![outcomes.to_vec()]
        };
        let arms: Vec<Tri> = arms.iter().map(|outcomes| self.encoder.both(outcomes)).collect();
        let logic = &mut self.encoder.theory.logic;
        Verdicts { eligible: logic.or(arms.iter().map(|arm| arm.t)), ineligible: logic.and(arms.iter().map(|arm| arm.f)) }
    }

    /// Whether nobody at all fits the assumptions.
    pub fn nobody_fits(&mut self) -> bool {
        matches!(self.complete(&[], &|_| true), Answer::No(_))
    }

    /// Looks for a subject of whom everything is known.
    pub fn complete(&mut self, lits: &[Lit], replays: &dyn Fn(&[Report]) -> bool) -> Answer {
        let complete = self.encoder.complete;
        let given: Vec<Lit> = lits.iter().copied().chain([complete]).collect();
        self.ask(&given, replays)
    }

    /// Looks for a subject of whom everything is known, and leaves it as it is found: enough where only whether
    /// there is one matters.
    pub fn found(&mut self, lits: &[Lit]) -> Answer {
        let complete = self.encoder.complete;
        let given: Vec<Lit> = lits.iter().copied().chain([complete]).collect();
        let answer = self.search(&given);
        match &answer {
            Answer::Yes(subject) if !self.replay(subject, &|_| true) => Answer::Undecided("the subject that was found does not replay".into()),
            _ => answer,
        }
    }

    /// Looks for a subject for whom the literals hold, and no assumption is false; replayed.
    pub fn ask(&mut self, lits: &[Lit], replays: &dyn Fn(&[Report]) -> bool) -> Answer {
        let subject = match self.search(lits) {
            Answer::Yes(subject) => subject,
            other => return other,
        };
        if !self.replay(&subject, replays) {
            return Answer::Undecided("the subject that was found does not replay".into());
        }
        Answer::Yes(self.nearest(subject, None, &|tried| self.replay(tried, replays)))
    }

    /// A subject of a model, as it is found.
    fn search(&mut self, lits: &[Lit]) -> Answer {
        let given: Vec<Lit> = self.world.iter().chain(lits).copied().collect();
        let base = BaseWishes::new(&self.encoder, &self.base);
        let wishes = Wishes {
            number: &|var| base.numbers.get(&var).cloned(),
            day: &|var| base.days.get(&var).copied(),
            first: &base.first,
        };
        let values = match self.encoder.theory.ask(&given, &wishes) {
            Found::Yes(values) => values,
            Found::No(core) => return Answer::No(core),
            Found::Undecided(why) => return Answer::Undecided(why.into()),
        };
        Answer::Yes(Subject::of_model(&self.encoder, &values, &self.base))
    }

    /// Whether every side reads its record, no assumption is false, and the reports are as they have to be.
    pub fn replay(&self, subject: &Subject, replays: &dyn Fn(&[Report]) -> bool) -> bool {
        let keys = &self.encoder.keys;
        let reports: Option<Vec<Report>> = (0..keys.sides.len()).map(|side| subject.report(keys, side)).collect();
        reports.is_some_and(|reports| {
            let fits = |(report, held): (&Report, &Vec<usize>)| !report.contradicts.iter().any(|i| held.contains(i));
            reports.iter().zip(&self.held).all(fits) && replays(&reports)
        })
    }

    /// The subject with as much as possible, but for some keys, set back to what an ordinary one says.
    pub fn nearest(&self, mut subject: Subject, keep: Option<&[usize]>, accepts: &dyn Fn(&Subject) -> bool) -> Subject {
        let kept = |key: &usize| keep.is_some_and(|keep| keep.contains(key));
        let differs: Vec<usize> = (0..subject.0.len()).filter(|key| !kept(key) && subject.0[*key] != self.base.0[*key]).collect();
        self.set_back(&mut subject, &differs, accepts);
        for key in differs {
            self.drop_events(&mut subject, key, accepts);
        }
        subject
    }

    /// Events that prove nothing.
    fn drop_events(&self, subject: &mut Subject, key: usize, accepts: &dyn Fn(&Subject) -> bool) {
        let is_events = matches!(self.encoder.keys.all[key].ty, crate::protocol::Type::Events(_));
        let mut i = 0;
        while is_events && subject.0[key].as_array().is_some_and(|list| i < list.len()) {
            let mut tried = subject.clone();
            if let Some(list) = tried.0[key].as_array_mut() {
                list.remove(i);
            }
            if accepts(&tried) {
                *subject = tried;
            } else {
                i += 1;
            }
        }
    }

    fn set_back(&self, subject: &mut Subject, keys: &[usize], accepts: &dyn Fn(&Subject) -> bool) {
        if keys.is_empty() {
            return;
        }
        let mut tried = subject.clone();
        keys.iter().for_each(|key| tried.0[*key] = self.base.0[*key].clone());
        if accepts(&tried) {
            *subject = tried;
        } else if keys.len() > 1 {
            let (left, right) = keys.split_at(keys.len() / 2);
            self.set_back(subject, left, accepts);
            self.set_back(subject, right, accepts);
        }
    }

    /// As it is shown.
    pub fn witness(&self, subject: &Subject) -> Witness {
        let keys = &self.encoder.keys;
        let sides = 0..keys.sides.len();
        let differs = (0..keys.all.len()).filter(|key| subject.0[*key] != self.base.0[*key]);
        Witness {
            records: sides.clone().map(|side| subject.record(keys, side)).collect(),
            reports: sides.filter_map(|side| subject.report(keys, side)).collect(),
            differs: differs.map(|key| keys.all[key].name.clone()).collect(),
        }
    }

    /// As few of the assumptions as cannot hold together, of those that a question named.
    pub fn minimal(&mut self, core: &[Lit], fixed: &[Lit]) -> Vec<Lit> {
        let mut kept: Vec<Lit> = core.iter().copied().filter(|lit| !fixed.contains(lit) && !self.world.contains(lit)).collect();
        let mut i = 0;
        while i < kept.len() {
            let mut fewer: Vec<Lit> = kept.clone();
            fewer.remove(i);
            let given: Vec<Lit> = fewer.iter().chain(fixed).copied().collect();
            match self.ask(&given, &|_| true) {
                Answer::No(_) => kept = fewer,
                Answer::Yes(_) | Answer::Undecided(_) => i += 1,
            }
        }
        kept
    }
}

/// Whether a report says that the subject is eligible.
pub(super) fn is_eligible(report: &Report) -> bool {
    report.verdict == Verdict::Eligible
}
