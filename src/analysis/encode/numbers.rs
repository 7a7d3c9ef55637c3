//! Numbers: sums, quotients, durations, counts, and their comparisons.
//!
//! A duration or a count that stands opposite constants alone is seen through "is it at least k", which dates and
//! events answer by themselves. Beside anything else it becomes an amount, like a fact.

use super::amounts::{Amount, Case, Range};
use super::{Encoded, Encoder, Env, Lit, Linear, Raw, Tally, Term, Tri, beyond, reads_event};
use super::events::Selected;
use crate::calendar::{AFTER_ALL, CalendarUnit};
use crate::number::Number;
use crate::protocol::{Comparison, DefineBody, Num, Part, Place};

/// A whole number between two ends, seen through "is it at least k".
#[derive(Clone)]
pub(super) struct Whole {
    pub(super) na: Lit,
    pub(super) cases: Vec<(Lit, Ends)>,
    /// It is compared as `factor * whole + shift`.
    pub(super) factor: Number,
    pub(super) shift: Number,
}

/// What a whole number is computed from.
#[derive(Clone)]
pub(super) enum Ends {
    /// Completed units between two dates.
    Elapsed(CalendarUnit, (Term, Term), (Term, Term)),
    /// How many of the first surely, of the second possibly.
    Count(Counted),
}

/// Literals that are counted.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) sure: Vec<Lit>,
    pub(super) possible: Vec<Lit>,
    /// They stand for events, of which there may be more than the symbolic record holds.
    pub(super) events: bool,
}

impl Counted {
    /// What is known exactly wherever it is known.
    fn exact(lits: Vec<Lit>) -> Self {
        Self { sure: lits.clone(), possible: lits, events: false }
    }
}

pub(super) enum Operand {
    Amount(Amount),
    Whole(Whole),
}

impl<'p> Encoder<'p> {
    pub(super) fn compare(&mut self, side: usize, op: Comparison, left: &'p Num, right: &'p Num, env: &Env) -> Encoded<Tri> {
        let (left, right) = (self.num(side, left, env)?, self.num(side, right, env)?);
        if let Some(tri) = self.compare_to_constant(op, &left, &right) {
            return Ok(tri);
        }
        if let Some(tri) = self.compare_to_constant(op.mirrored(), &right, &left) {
            return Ok(tri);
        }
        match (&left, &right) {
            (Operand::Whole(whole), Operand::Amount(amount)) if let Some(tri) = self.compare_counted(op, whole, amount)? => return Ok(tri),
            (Operand::Amount(amount), Operand::Whole(whole)) if let Some(tri) = self.compare_counted(op.mirrored(), whole, amount)? => return Ok(tri),
            (Operand::Whole(a), Operand::Whole(b)) => {
                if let Some(gap) = self.join_counts(a, &b.scale(&Number::whole(-1))) {
                    let zero = Operand::Amount(Amount::exact(self.no(), self.yes(), Linear::constant(Number::whole(0))));
                    if let Some(tri) = self.compare_to_constant(op, &Operand::Whole(gap), &zero) {
                        return Ok(tri);
                    }
                }
            }
            _ => {}
        }
        let (left, right) = (self.amount(left)?, self.amount(right)?);
        self.compare_amounts(op, &left, &right)
    }

    /// A duration or a count against a constant, where there are dates that far apart.
    fn compare_to_constant(&mut self, op: Comparison, whole: &Operand, limit: &Operand) -> Option<Tri> {
        let (Operand::Whole(whole), Operand::Amount(amount)) = (whole, limit) else { return None };
        let (limit, known) = amount.as_constant()?;
        self.compare_whole(op, whole, limit, known, amount.na)
    }

    /// A count that is known exactly, against what is no constant: number by number.
    fn compare_counted(&mut self, op: Comparison, whole: &Whole, other: &Amount) -> Encoded<Option<Tri>> {
        let (mut t, mut f) = (Vec::new(), vec![whole.na, other.na]);
        for (guard, ends) in &whole.cases {
            let Ends::Count(Counted { sure, events: false, .. }) = ends else { return Ok(None) };
            for n in 0..=sure.len() {
                let (reached, passed) = (self.theory.logic.at_least(sure, n), self.theory.logic.at_least(sure, n + 1));
                let value = whole.factor.mul(&Number::whole(n as i64)).add(&whole.shift);
                let value = Amount::exact(self.no(), self.yes(), Linear::constant(value));
                let tri = self.compare_amounts(op, &value, other)?;
                t.push(self.and([*guard, !whole.na, reached, !passed, tri.t]));
                f.push(self.and([*guard, reached, !passed, tri.f]));
            }
        }
        Ok(Some(Tri { t: self.or(t), f: self.or(f) }))
    }

    /// The sum of two counts, as one count of both their literals; none, where it is no such count.
    fn join_counts(&mut self, a: &Whole, b: &Whole) -> Option<Whole> {
        const MOST: usize = 400;
        let ([(guard_a, Ends::Count(own))], [(guard_b, Ends::Count(other))]) = (&a.cases[..], &b.cases[..]) else { return None };
        let times = |one: &Number| {
            let size = if one.is_negative() { one.neg() } else { one.clone() };
            size.to_i64().and_then(|n| usize::try_from(n).ok()).filter(|_| size.is_whole() && !size.is_zero())
        };
        let one = b.factor.div(&a.factor)?;
        let Some(times) = times(&one).filter(|n| n * other.sure.len() + own.sure.len() <= MOST) else {
            // The other way round the factor may be whole.
            return if times(&a.factor.div(&b.factor)?).is_some_and(|n| n > 1) { self.join_counts(b, a) } else { None };
        };
        if one.is_negative() && (own.events || other.events) {
            return None;
        }
        let mut sum = own.clone();
        let mut shift = a.shift.add(&b.shift);
        for _ in 0..times {
            if one.is_negative() {
                // What is taken away counts where it is not there.
                sum.sure.extend(other.possible.iter().map(|lit| !*lit));
                sum.possible.extend(other.sure.iter().map(|lit| !*lit));
                shift = shift.sub(&a.factor.mul(&Number::whole(other.sure.len() as i64)));
            } else {
                sum.sure.extend(&other.sure);
                sum.possible.extend(&other.possible);
            }
        }
        sum.events |= other.events;
        let guard = self.and([*guard_a, *guard_b]);
        Some(Whole { na: self.or([a.na, b.na]), cases: vec![(guard, Ends::Count(sum))], factor: a.factor.clone(), shift })
    }

    /// The number as a sum.
    pub(super) fn amount(&mut self, operand: Operand) -> Encoded<Amount> {
        let Whole { na, cases, factor, shift } = match operand {
            Operand::Amount(amount) => return Ok(amount),
            Operand::Whole(whole) => whole,
        };
        let mut found = Vec::new();
        for (known, ends) in cases {
            let range = match ends {
                Ends::Elapsed(unit, from, to) => {
                    Range { low: self.theory.elapsed(unit, from.1, to.0), high: self.theory.elapsed(unit, from.0, to.1) }
                }
                Ends::Count(Counted { events: true, .. }) => return beyond("counts of events that cannot be told apart are compared"),
                Ends::Count(Counted { sure, possible, .. }) => Range { low: self.counted(&sure), high: self.counted(&possible) },
            };
            found.push(Case { known, over: range.scale(&factor).add(&Range::constant(shift.clone())), under: None });
        }
        Ok(Amount { na, cases: found })
    }

    /// How many of these hold, as a number.
    fn counted(&mut self, lits: &[Lit]) -> Linear {
        if let Some(var) = self.counts.get(lits) {
            return Linear::var(*var);
        }
        let count = self.at_least_as_many(lits);
        for n in 0..=lits.len() {
            let (more, reached) = (self.more_than(&count, n), self.theory.logic.at_least(lits, n + 1));
            self.clause(&[!more, reached]);
        }
        count
    }

    /// How many of these events there are, of which a list may hold each more than once.
    pub(super) fn repeated(&mut self, lits: &[Lit]) -> Linear {
        if let Some(var) = self.counts.get(lits) {
            return Linear::var(*var);
        }
        let count = self.at_least_as_many(lits);
        let closed = self.closed();
        for n in 0..=lits.len() {
            let (more, reached) = (self.more_than(&count, n), self.theory.logic.at_least(lits, n + 1));
            // Once there is one, there may be any number of it.
            if n > 0 { self.clause(&[!closed, !more, reached]) } else { self.clause(&[!more, reached]) }
        }
        count
    }

    fn at_least_as_many(&mut self, lits: &[Lit]) -> Linear {
        let yes = self.yes();
        let var = self.theory.number(yes, yes, true).var;
        self.counts.insert(lits.into(), var);
        self.counted.insert(var, lits.len());
        let count = Linear::var(var);
        let none = self.sign(Comparison::GreaterOrEqual, &count);
        self.clause(&[none]);
        for n in 0..lits.len() {
            let (more, reached) = (self.more_than(&count, n), self.theory.logic.at_least(lits, n + 1));
            self.clause(&[more, !reached]);
        }
        count
    }

    /// No more events are surely counted than possibly; and where each event that adds to one count adds to another,
    /// that one is no less.
    fn order_tallies(&mut self, new: &Tally) {
        let yes = self.yes();
        self.contained(yes, (&new.sure, &new.count.low), (&new.possible, &new.count.high));
        let known: Vec<Tally> = self.tallies.iter().filter(|tally| tally.is_told_with(new)).cloned().collect();
        for tally in known {
            for (own, other) in new.ends().into_iter().zip(tally.ends()) {
                for (some, all) in [(own, other), (other, own)] {
                    let among: Vec<Lit> = some.0.iter().zip(all.0).map(|(lit, other)| self.theory.logic.or([!*lit, *other])).collect();
                    let among = self.and(among.into_iter().chain([tally.there, new.there]));
                    self.contained(among, some, all);
                }
            }
        }
    }

    /// Where some events are among others, there are no more of them; and where there are as many, they are the same.
    fn contained(&mut self, within: Lit, (some, less): (&[Lit], &Linear), (all, more): (&[Lit], &Linear)) {
        let (ordered, as_many) = (self.sign(Comparison::LessOrEqual, &less.sub(more)), self.sign(Comparison::LessOrEqual, &more.sub(less)));
        self.clause(&[!within, ordered]);
        for (one, other) in some.iter().zip(all) {
            self.clause(&[!within, !as_many, !*other, *one]);
        }
    }

    fn more_than(&mut self, count: &Linear, n: usize) -> Lit {
        self.sign(Comparison::Greater, &count.sub(&Linear::constant(Number::whole(n as i64))))
    }

    fn compare_whole(&mut self, op: Comparison, whole: &Whole, limit: &Number, known: Lit, na: Lit) -> Option<Tri> {
        let limit = limit.sub(&whole.shift).div(&whole.factor)?;
        let op = if whole.factor.is_negative() { op.mirrored() } else { op };
        // k <= n for whole n: from the least whole number that is not below (or is above) the limit.
        let not_below = limit.neg().floor().neg();
        let above = limit.floor().add(&Number::whole(1));
        let (not_below, above) = (small(&not_below)?, small(&above)?);
        let (mut t, mut f) = (Vec::new(), Vec::new());
        for (guard, ends) in &whole.cases {
            let (holds, fails) = match op {
                Comparison::GreaterOrEqual => (self.low_is(ends, not_below), !self.high_is(ends, not_below)),
                Comparison::Greater => (self.low_is(ends, above), !self.high_is(ends, above)),
                Comparison::Less => (!self.high_is(ends, not_below), self.low_is(ends, not_below)),
                Comparison::LessOrEqual => (!self.high_is(ends, above), self.low_is(ends, above)),
                Comparison::Equal => {
                    let (least, over) = (self.low_is(ends, not_below), self.high_is(ends, above));
                    let (beyond, short) = (self.low_is(ends, above), !self.high_is(ends, not_below));
                    let holds = if not_below == above { self.no() } else { self.and([least, !over]) };
                    (holds, self.or([beyond, short]))
                }
            };
            t.push(self.and([*guard, known, holds]));
            f.push(self.and([*guard, known, fails]));
        }
        f.extend([whole.na, na]);
        let t = self.or(t);
        Some(Tri { t: self.and([t, !whole.na, !na]), f: self.or(f) })
    }

    /// Whether the least that it can be is at least `k`.
    fn low_is(&mut self, ends: &Ends, k: i32) -> Lit {
        match ends {
            Ends::Elapsed(unit, from, to) => self.theory.not_after(from.1, (k, *unit), 0, to.0),
            Ends::Count(counted) => self.are_at_least(&counted.sure, k),
        }
    }

    /// Whether the greatest that it can be is at least `k`.
    fn high_is(&mut self, ends: &Ends, k: i32) -> Lit {
        match ends {
            Ends::Elapsed(unit, from, to) => self.theory.not_after(from.0, (k, *unit), 0, to.1),
            Ends::Count(counted) => self.are_at_least(&counted.possible, k),
        }
    }

    fn are_at_least(&mut self, lits: &[Lit], k: i32) -> Lit {
        let k = usize::try_from(k).unwrap_or(0);
        let logic = &mut self.theory.logic;
        let enough = logic.at_least(lits, k);
        if let Some(full) = self.full_of_counts.get(lits) {
            let full = logic.at_least(full, k);
            logic.clause(&[!enough, full]);
        }
        enough
    }

    pub(super) fn num(&mut self, side: usize, num: &'p Num, env: &Env) -> Encoded<Operand> {
        let (yes, no) = (self.yes(), self.no());
        let amount = |na, known, over| Operand::Amount(Amount::exact(na, known, over));
        let whole = |na, cases| {
            Operand::Whole(Whole { na, cases, factor: Number::whole(1), shift: Number::whole(0) })
        };
        Ok(match num {
            Num::Literal(number) => amount(no, yes, Linear::constant(number.clone())),
            Num::Place(place) => self.quantity(side, *place, Part::Value, env)?,
            Num::Lab(place, part) => self.quantity(side, *place, *part, env)?,
            Num::Rank(member) => match self.member(side, member, env)? {
                Some((na, lits)) => {
                    let known = self.or(lits.iter().copied());
                    // A position is how many of "at least the second, the third, …" hold.
                    let steps = (1..lits.len()).map(|k| self.or(lits[k..].iter().copied())).collect();
                    whole(na, vec![(known, Ends::Count(Counted::exact(steps)))])
                }
                None => whole(no, Vec::new()),
            },
            Num::Define(id) => match self.body(side, *id) {
                DefineBody::Number(num, _) => self.num(side, num, env)?,
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => return beyond("a definition is no number"),
            },
            Num::Sum(terms) => {
                let mut sum: Option<Operand> = None;
                for term in terms {
                    let mut value = self.num(side, &term.num, env)?;
                    if term.inverse {
                        value = value.scale(&Number::whole(-1));
                    }
                    sum = Some(match sum {
                        None => value,
                        Some(sum) => self.plus(sum, value)?,
                    });
                }
                return sum.map_or_else(|| beyond("a sum of nothing"), Ok);
            }
            Num::Product(terms) => {
                let mut result: Option<Operand> = None;
                for term in terms {
                    let value = self.num(side, &term.num, env)?;
                    result = Some(match result {
                        None if !term.inverse => value,
                        None => self.times(amount(no, yes, Linear::constant(Number::whole(1))), value, true)?,
                        Some(so_far) => self.times(so_far, value, term.inverse)?,
                    });
                }
                return result.map_or_else(|| beyond("a product of nothing"), Ok);
            }
            Num::Convert(inner, factor, shift) => {
                let inner = self.num(side, inner, env)?.scale(factor);
                self.plus(inner, amount(no, yes, Linear::constant(shift.clone())))?
            }
            Num::Elapsed(unit, dates) => {
                let (from, to) = (self.date(side, &dates[0], env)?, self.date(side, &dates[1], env)?);
                let endless = |term: Term| term == Term::Day(AFTER_ALL);
                let mut cases = Vec::new();
                for (known_from, first, last) in &from.cases {
                    for (known_to, earliest, latest) in &to.cases {
                        // There is no duration up to a day that has not come.
                        if ![*first, *last, *earliest, *latest].into_iter().any(endless) {
                            let guard = self.and([*known_from, *known_to]);
                            cases.push((guard, Ends::Elapsed(*unit, (*first, *last), (*earliest, *latest))));
                        }
                    }
                }
                let na = self.or([from.na, to.na]);
                whole(na, cases)
            }
            Num::Count(selection) => {
                let Selected { empty, known, sure, possible, own } = self.select(side, selection, env)?;
                let known = self.or([known, empty]);
                let key = self.keys.key_of(side, selection.events);
                let full = [&sure, &possible].map(|events| self.full_among(side, selection, own, events));
                if self.keys.all[key].repeated {
                    let [sure, possible] = match full {
                        [Some(sure), Some(possible)] => [sure, possible],
                        _ => [sure, possible],
                    };
                    let over = Range { low: self.repeated(&sure), high: self.repeated(&possible) };
                    let mut there = self.yes();
                    if let Some((outer, slot)) = env.event {
                        let full = if own { self.full(outer, slot) } else { there };
                        let present = self.is_there(outer, slot)?;
                        there = self.and([present, full]);
                    }
                    let of = env.event.filter(|_| reads_event(selection));
                    let tally = Tally { key, there, of, sure, possible, count: over.clone() };
                    if self.tallies.iter().all(|known| !known.is(&tally)) {
                        self.order_tallies(&tally);
                        self.tallies.push(tally);
                    }
                    return Ok(Operand::Amount(Amount { na: no, cases: vec![Case { known, over, under: None }] }));
                }
                for (events, full) in [&sure, &possible].into_iter().zip(full) {
                    self.full_of_counts.extend(full.map(|full| (events.as_slice().into(), full)));
                }
                whole(no, vec![(known, Ends::Count(Counted { sure, possible, events: true }))])
            }
            Num::Size(set) => match self.set(side, set, env)? {
                Some((na, known, lits)) => {
                    let known = self.or([known, na]);
                    whole(no, vec![(known, Ends::Count(Counted::exact(lits)))])
                }
                None => whole(no, Vec::new()),
            },
            Num::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => self.quantity(side, pick.attribute, Part::Value, &env)?,
                None => amount(no, no, Linear::constant(Number::whole(0))),
            },
        })
    }

    pub(super) fn quantity(&mut self, side: usize, place: Place, part: Part, env: &Env) -> Encoded<Operand> {
        let (raw, na) = self.place(side, place, env)?;
        let quantity = match (&*raw, part) {
            (Raw::Number(quantity), Part::Value) => *quantity,
            (Raw::Lab { parts, .. }, Part::Value) => parts[0],
            (Raw::Lab { parts, .. }, Part::Upper) => parts[1],
            (Raw::Lab { parts, .. }, Part::Lower) => parts[2],
            _ => return beyond("a number of what is none"),
        };
        Ok(Operand::Amount(Amount::exact(na, quantity.known, Linear::var(quantity.var))))
    }

    fn plus(&mut self, a: Operand, b: Operand) -> Encoded<Operand> {
        match (&a, &b) {
            (Operand::Whole(whole), Operand::Amount(other)) | (Operand::Amount(other), Operand::Whole(whole)) => {
                if let Some((number, known)) = other.as_constant() {
                    let whole = Whole { shift: whole.shift.add(number), ..whole.clone() };
                    return Ok(Operand::Whole(self.guarded(whole, other.na, known)));
                }
            }
            (Operand::Whole(a), Operand::Whole(b)) => {
                if let Some(sum) = self.join_counts(a, b) {
                    return Ok(Operand::Whole(sum));
                }
            }
            (Operand::Amount(_), Operand::Amount(_)) => {}
        }
        let (a, b) = (self.amount(a)?, self.amount(b)?);
        Ok(Operand::Amount(self.sum(&a, &b)?))
    }

    /// A whole number beside an operand that may not apply, or not be known.
    fn guarded(&mut self, mut whole: Whole, na: Lit, known: Lit) -> Whole {
        whole.na = self.or([whole.na, na]);
        for (guard, _) in &mut whole.cases {
            *guard = self.theory.logic.and([*guard, known]);
        }
        whole
    }

    fn times(&mut self, a: Operand, b: Operand, inverse: bool) -> Encoded<Operand> {
        let scaled = match (&a, &b) {
            (Operand::Whole(whole), Operand::Amount(other)) => Some((whole, other, inverse)),
            (Operand::Amount(other), Operand::Whole(whole)) if !inverse => Some((whole, other, false)),
            _ => None,
        };
        if let Some((whole, other, inverse)) = scaled
            && let Some((number, known)) = other.as_constant()
            && let Some(factor) = if inverse { Number::whole(1).div(number) } else { Some(number.clone()) }
        {
            let whole = self.guarded(whole.scale(&factor), other.na, known);
            return Ok(Operand::Whole(whole));
        }
        let (a, b) = (self.amount(a)?, self.amount(b)?);
        Ok(Operand::Amount(if inverse { self.quotient(&a, &b)? } else { self.product(&a, &b)? }))
    }
}

impl Whole {
    fn scale(&self, factor: &Number) -> Self {
        Self { factor: self.factor.mul(factor), shift: self.shift.mul(factor), ..self.clone() }
    }
}

impl Operand {
    fn scale(&self, factor: &Number) -> Self {
        match self {
            Self::Amount(amount) => Self::Amount(amount.scale(factor)),
            Self::Whole(whole) => Self::Whole(whole.scale(factor)),
        }
    }
}

/// A whole number of units that the calendar can add.
fn small(number: &Number) -> Option<i32> {
    number.to_i64().and_then(|n| i32::try_from(n).ok()).filter(|n| n.abs() <= 100_000)
}
