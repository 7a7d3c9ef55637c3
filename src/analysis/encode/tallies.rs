//! Lists that hold an event more than once: how often, so that their counts are those of a model.

use std::collections::BTreeMap;

use super::super::linear::{Constraint, Kind, Linear, Wish, solve};
use super::super::logic::{Lit, Solved};
use super::super::space::{Raw, Values};
use super::Encoder;
use super::amounts::Range;
use crate::number::Number;
use crate::protocol::Comparison;

/// How many events of a list there are, where that stands opposite more than constants.
#[derive(Clone)]
pub(super) struct Tally {
    pub key: usize,
    /// Where the event is there that it is asked of, and full if it is of the same list.
    pub there: Lit,
    /// The event that it is asked of, by list and slot.
    pub of: Option<(usize, usize)>,
    pub sure: Vec<Lit>,
    pub possible: Vec<Lit>,
    pub count: Range,
}

impl Tally {
    /// Whether it is the same count, asked again.
    pub fn is(&self, other: &Self) -> bool {
        (self.key, self.of, self.there, &self.count) == (other.key, other.of, other.there, &other.count)
    }

    /// Whether for each kind of event that adds to one of the two, but not to the other, one is told: not where they
    /// are asked of different events; and what is told for an event of the list need not be full, as what else is counted.
    pub fn is_told_with(&self, other: &Self) -> bool {
        let own = |tally: &Self| tally.of.is_some_and(|(key, _)| key == tally.key);
        let once = self.of.is_none() || other.of.is_none();
        self.key == other.key && (self.of == other.of || once && !own(self) && !own(other))
    }

    /// What is surely and what is possibly counted, and how much that is.
    pub fn ends(&self) -> [(&[Lit], &Linear); 2] {
        [(&self.sure, &self.count.low), (&self.possible, &self.count.high)]
    }
}

/// An event that would have to be said more often is said once.
const MOST: i64 = 2_000;

/// Of so many kinds of events is told how many of each a list holds.
const MOST_KINDS: usize = 81;

impl Encoder<'_> {
    /// States that each count is the sum of how many events there are of each kind that adds to it; false, if all of
    /// that has been stated. It takes a number for each kind, so it is left until a question turns on it.
    ///
    /// The kinds are those of the counts that are asked of no event. One event of each kind that a list holds is told.
    pub fn tell_kinds(&mut self) -> bool {
        let mut told = false;
        for key in 0..self.keys.all.len() {
            let mut counts: Vec<Tally> = Vec::new();
            for tally in self.tallies.iter().filter(|tally| tally.key == key && tally.of.is_none()) {
                if counts.iter().all(|known| known.count != tally.count) {
                    counts.push(tally.clone());
                }
            }
            let kinds = u32::try_from(counts.len()).ok().and_then(|counts| 3usize.checked_pow(counts)).unwrap_or(usize::MAX);
            let known = self.kinds_of.insert(key, counts.len());
            if !counts.is_empty() && known != Some(counts.len()) && kinds <= MOST_KINDS && !self.keys.all[key].nests {
                self.count_kinds(&counts, kinds);
                told = true;
            }
        }
        told
    }

    fn count_kinds(&mut self, counts: &[Tally], kinds: usize) {
        let mut sums: Vec<[Linear; 2]> = counts.iter().map(|tally| [tally.count.low.clone(), tally.count.high.clone()]).collect();
        // An event adds to each count not at all, possibly, or surely.
        for kind in 1..kinds {
            let adds: Vec<usize> = (0..counts.len()).map(|i| kind / 3usize.pow(i as u32) % 3).collect();
            let mut events = Vec::new();
            for slot in 0..counts[0].sure.len() {
                let each = counts.iter().zip(&adds).map(|(tally, adds)| match adds {
                    0 => [!tally.possible[slot], !tally.sure[slot]],
                    1 => [tally.possible[slot], !tally.sure[slot]],
                    _ => [tally.possible[slot], tally.sure[slot]],
                });
                events.push(self.theory.logic.and(each.flatten()));
            }
            // Most kinds are of no event: what is counted twice over, or contradicts itself.
            events.retain(|event| self.theory.logic.solve(&[*event]) != Solved::No);
            if events.is_empty() {
                continue;
            }
            let number = self.repeated(&events);
            for (sums, adds) in sums.iter_mut().zip(adds) {
                for (sum, least) in sums.iter_mut().zip([2, 1]) {
                    if adds >= least {
                        *sum = sum.sub(&number);
                    }
                }
            }
        }
        for sum in sums.iter().flatten() {
            let none_over = self.sign(Comparison::Equal, sum);
            self.clause(&[none_over]);
        }
    }

    /// How often each event of a list has to be said again; never, where that does not come to the counts of the
    /// model: then the evaluator says so.
    pub fn again(&self, key: usize, raw: &Raw, values: &Values) -> Vec<usize> {
        let Raw::Events { slots, .. } = raw else { return Vec::new() };
        let holds = |lit: Lit| self.theory.logic.holds(lit);
        let mut constraints = Vec::new();
        let mut open = false;
        for tally in self.tallies.iter().filter(|tally| tally.key == key && holds(tally.there)) {
            for (lits, count) in [(&tally.sure, &tally.count.low), (&tally.possible, &tally.count.high)] {
                let once = lits.iter().filter(|lit| holds(**lit)).count() as i64;
                let Some(more) = of_model(count, values).map(|count| count.sub(&Number::whole(once))) else { return Vec::new() };
                open |= !more.is_zero();
                let one = |sign: i64| lits.iter().enumerate().filter(|(_, lit)| holds(**lit)).map(|(slot, _)| (slot, Number::whole(sign))).collect();
                constraints.push(Constraint { terms: one(1), bound: more.clone(), strict: false });
                constraints.push(Constraint { terms: one(-1), bound: more.neg(), strict: false });
            }
        }
        if !open {
            return Vec::new();
        }
        for slot in 0..slots.len() {
            constraints.push(Constraint { terms: BTreeMap::from([(slot, Number::whole(-1))]), bound: Number::whole(0), strict: false });
        }
        let wish = |_| Wish { near: Number::whole(0), kind: Kind::Whole };
        let Ok(found) = solve(&constraints, wish, &mut 50) else { return Vec::new() };
        let times = |slot: usize| found.get(&slot).and_then(Number::to_i64).filter(|n| *n <= MOST).and_then(|n| usize::try_from(n).ok());
        (0..slots.len()).map(|slot| times(slot).unwrap_or(0)).collect()
    }
}

/// What a sum comes to in a model.
fn of_model(sum: &Linear, values: &Values) -> Option<Number> {
    sum.terms.iter().try_fold(sum.constant.clone(), |total, (var, n)| Some(total.add(&n.mul(values.numbers.get(var)?))))
}
