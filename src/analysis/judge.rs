//! What each version says of a subject that is changed key by key.
//!
//! In: the sides of a question, and subjects that differ in a few keys. Out:
//! the outcome of every criterion, by the evaluator itself; only criteria that
//! read what changed are asked again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::keys::Keys;
use super::subject::Subject;
use crate::evaluate::{Draft, Outcome, Truth, Verdict};
use crate::protocol::{CriterionKind, FactId, Protocol, Rule, Test, walk};

/// What one side says of a subject.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub outcomes: Vec<Outcome>,
    pub verdict: Verdict,
}

impl Judged {
    /// Whether the subject is eligible.
    pub fn is_eligible(&self) -> bool {
        self.verdict == Verdict::Eligible
    }
}

/// Judges subjects one after the other.
pub(super) struct Judge<'p> {
    sides: Vec<Side<'p>>,
    /// By key: the sides and the criteria that read it.
    readers: Vec<Vec<(usize, usize)>>,
    /// What the subject at hand says other than the ordinary one.
    own: BTreeMap<usize, Value>,
    base: Subject,
}

struct Side<'p> {
    protocol: &'p Protocol,
    draft: Draft<'p>,
    outcomes: Vec<Outcome>,
    /// For a criterion that the side before states alike, that one: it is asked once.
    repeats: Vec<Option<usize>>,
    /// The assumptions that are taken to hold.
    held: Vec<&'p Test>,
}

impl<'p> Judge<'p> {
    /// A judge at whose hand is `base`.
    pub fn new(keys: &Keys<'p>, base: Subject, held: Vec<Vec<&'p Test>>) -> Self {
        let mut readers = vec![Vec::new(); keys.all.len()];
        let mut sides = Vec::new();
        for ((side, protocol), held) in keys.sides.iter().copied().enumerate().zip(held) {
            let mut draft = Draft::new(protocol);
            (0..protocol.facts.len()).for_each(|fact| draft.set(fact, base.get(keys.key_of(side, fact))));
            let repeats: Vec<Option<usize>> =
                (0..protocol.criteria.len()).map(|i| if side == 1 { keys.unchanged(i) } else { None }).collect();
            for (i, criterion) in protocol.criteria.iter().enumerate().filter(|(i, _)| repeats[*i].is_none()) {
                for fact in walk::all_facts(protocol, criterion.rule.tests()) {
                    readers[keys.key_of(side, fact)].push((side, i));
                }
            }
            sides.push(Side { protocol, draft, outcomes: vec![Outcome::Unknown; protocol.criteria.len()], repeats, held });
        }
        let mut judge = Self { sides, readers, own: BTreeMap::new(), base };
        for side in 0..judge.sides.len() {
            for i in 0..judge.sides[side].outcomes.len() {
                judge.ask(side, i);
            }
        }
        judge
    }

    /// Takes the subject at hand for the one that others are told from.
    pub fn settle(&mut self, base: Subject) {
        self.base = base;
        self.own.clear();
    }

    fn ask(&mut self, side: usize, i: usize) {
        let Side { protocol, draft, repeats, .. } = &self.sides[side];
        let criterion = &protocol.criteria[i];
        let outcome = match repeats[i] {
            Some(old) => self.sides[0].outcomes[old],
            None => draft.outcome(criterion.kind, &criterion.rule),
        };
        self.sides[side].outcomes[i] = outcome;
    }

    /// Takes a subject to hand, one of those that differ from the settled one in a few keys.
    pub fn look(&mut self, keys: &Keys<'_>, subject: &Subject) {
        let told: BTreeMap<usize, Value> = subject.own().map(|key| (key, subject.get(key).clone())).collect();
        let touched: BTreeSet<usize> = told.keys().chain(self.own.keys()).copied().collect();
        let mut again = BTreeSet::new();
        for key in touched {
            let value = told.get(&key).unwrap_or_else(|| self.base.get(key));
            if value == self.own.get(&key).unwrap_or_else(|| self.base.get(key)) {
                continue;
            }
            for (side, own) in self.sides.iter_mut().enumerate() {
                if let Some(fact) = keys.fact_of(side, key) {
                    own.draft.set(fact, value);
                }
            }
            again.extend(self.readers[key].iter().copied());
        }
        self.own = told;
        for (side, i) in again {
            self.ask(side, i);
        }
        if let [first, second] = &mut self.sides[..] {
            for (i, old) in second.repeats.iter().enumerate() {
                if let Some(old) = old {
                    second.outcomes[i] = first.outcomes[*old];
                }
            }
        }
    }

    /// What each side says of the subject at hand.
    pub fn judged(&self) -> Vec<Judged> {
        self.sides
            .iter()
            .map(|side| Judged { outcomes: side.outcomes.clone(), verdict: Verdict::of_criteria(side.protocol, &side.outcomes) })
            .collect()
    }

    /// What a rule of one side says of the subject at hand.
    pub fn outcome(&self, side: usize, kind: CriterionKind, rule: &Rule) -> Outcome {
        self.sides[side].draft.outcome(kind, rule)
    }

    /// What one criterion says of the subject at hand.
    pub fn of(&self, side: usize, criterion: usize) -> Outcome {
        self.sides[side].outcomes[criterion]
    }

    /// The truth of a test of one side for the subject at hand.
    pub fn truth(&self, side: usize, test: &Test) -> Truth {
        self.sides[side].draft.truth(test)
    }

    /// Whether a fact of one side may apply to the subject at hand.
    pub fn applies(&self, side: usize, fact: FactId) -> bool {
        self.sides[side].draft.applies(fact)
    }

    /// The keys under which the subject at hand says what both versions ought to record and one cannot.
    pub fn wrong(&self, keys: &Keys<'_>) -> Vec<usize> {
        let of = |(side, own): (usize, &Side<'_>)| own.draft.wrong().map(|fact| keys.key_of(side, fact)).collect::<Vec<_>>();
        self.sides.iter().enumerate().flat_map(of).filter(|key| !keys.all[*key].differs).collect()
    }

    /// Whether some assumption that is taken to hold is false of the subject at hand.
    pub fn contradicts(&self) -> bool {
        self.sides.iter().any(|side| side.held.iter().any(|test| side.draft.truth(test) == Truth::False))
    }
}
