//! Numbers: sums, quotients, durations, counts, and their comparisons.

use super::{Beyond, Encoded, Encoder, Env, Lit, Linear, Raw, Term, Tri, beyond};
use super::events::Selected;
use crate::calendar::{AFTER_ALL, CalendarUnit};
use crate::number::Number;
use crate::protocol::{Comparison, DefineBody, Num, Part, Place};

/// A number operand: does not apply, or is known to be a fraction of sums, or is unknown.
pub(super) struct Amount {
    pub(super) na: Lit,
    pub(super) known: Lit,
    pub(super) over: Linear,
    pub(super) under: Option<Linear>,
}

/// A whole number between two ends, seen through "is it at least k".
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
        match (self.num(side, left, env)?, self.num(side, right, env)?) {
            (Operand::Amount(a), Operand::Amount(b)) => self.compare_amounts(op, &a, &b),
            (Operand::Whole(a), Operand::Amount(b)) if b.over.is_constant() && b.under.is_none() => {
                self.compare_whole(op, &a, &b.over.constant, b.known, b.na)
            }
            (Operand::Amount(a), Operand::Whole(b)) if a.over.is_constant() && a.under.is_none() => {
                self.compare_whole(op.mirrored(), &b, &a.over.constant, a.known, a.na)
            }
            (Operand::Whole(a), Operand::Amount(b)) => self.compare_counted(op, &a, &b),
            (Operand::Amount(a), Operand::Whole(b)) => self.compare_counted(op.mirrored(), &b, &a),
            (Operand::Whole(a), b @ Operand::Whole(_)) => match self.plus(Operand::Whole(a), scaled(b, &Number::whole(-1)))? {
                Operand::Whole(gap) => self.compare_whole(op, &gap, &Number::whole(0), self.yes(), self.no()),
                Operand::Amount(_) => beyond("a comparison of counts"),
            },
        }
    }

    /// A count that is known exactly, against what is no constant: number by number.
    pub(super) fn compare_counted(&mut self, op: Comparison, whole: &Whole, other: &Amount) -> Encoded<Tri> {
        let (mut t, mut f) = (Vec::new(), vec![whole.na, other.na]);
        for (guard, ends) in &whole.cases {
            let Ends::Count(Counted { sure, events: false, .. }) = ends else {
                return beyond("a duration, or a count of events, is compared with something that is not a constant");
            };
            for n in 0..=sure.len() {
                let (reached, passed) = (self.theory.logic.at_least(sure, n), self.theory.logic.at_least(sure, n + 1));
                let value = whole.factor.mul(&Number::whole(n as i64)).add(&whole.shift);
                let value = Amount { na: self.no(), known: self.yes(), over: Linear::constant(value), under: None };
                let tri = self.compare_amounts(op, &value, other)?;
                t.push(self.and([*guard, !whole.na, reached, !passed, tri.t]));
                f.push(self.and([*guard, reached, !passed, tri.f]));
            }
        }
        Ok(Tri { t: self.or(t), f: self.or(f) })
    }

    /// The sum of two counts, as one count of both their literals.
    pub(super) fn join_counts(&mut self, a: Whole, b: Whole) -> Encoded<Whole> {
        const MOST: usize = 400;
        let (Some(one), [(guard_a, Ends::Count(own))], [(guard_b, Ends::Count(other))]) = (b.factor.div(&a.factor), &a.cases[..], &b.cases[..]) else {
            return beyond("durations are added to each other, or compared with each other");
        };
        let (times, negative) = if one.is_negative() { (one.neg(), true) } else { (one, false) };
        let Some(times) = times.to_i64().and_then(|n| usize::try_from(n).ok()).filter(|n| n * other.sure.len() + own.sure.len() <= MOST) else {
            // The other way round the factor may be whole.
            let flipped = a.factor.div(&b.factor).is_some_and(|n| n.is_whole() && !n.is_zero() && b.factor.div(&a.factor).is_some_and(|m| !m.is_whole()));
            return if flipped { self.join_counts(b, a) } else { beyond("counts are added with weights that do not divide each other") };
        };
        if negative && (own.events || other.events) {
            return beyond("counts of events are compared with each other");
        }
        let mut sum = own.clone();
        let mut shift = a.shift.add(&b.shift);
        for _ in 0..times {
            if negative {
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
        Ok(Whole { na: self.or([a.na, b.na]), cases: vec![(guard, Ends::Count(sum))], factor: a.factor, shift })
    }

    pub(super) fn compare_amounts(&mut self, op: Comparison, a: &Amount, b: &Amount) -> Encoded<Tri> {
        let known = self.and([a.known, b.known]);
        let na = self.or([a.na, b.na]);
        let (over, under) = match (&a.under, &b.under) {
            (None, None) => (a.over.sub(&b.over), None),
            (Some(under), None) => (a.over.sub(&product(&b.over, under)?), Some(under)),
            (None, Some(under)) => (product(&a.over, under)?.sub(&b.over), Some(under)),
            (Some(x), Some(y)) if x == y => (a.over.sub(&b.over), Some(x)),
            (Some(_), Some(_)) => return beyond("two quotients with different divisors are compared"),
        };
        let (sure, not) = match under {
            None => {
                let holds = self.sign(op, &over);
                (holds, !holds)
            }
            Some(under) => {
                // Multiplied by the divisor, which turns the comparison round where it is negative.
                let (positive, negative) = (self.sign(Comparison::Greater, under), self.sign(Comparison::Less, under));
                let (plain, turned) = (self.sign(op, &over), self.sign(op.mirrored(), &over));
                let ways = [self.and([positive, plain]), self.and([negative, turned])];
                let against = [self.and([positive, !plain]), self.and([negative, !turned])];
                (self.or(ways), self.or(against))
            }
        };
        let (t, f) = (self.and([known, !na, sure]), self.and([known, not]));
        let f = self.or([f, na]);
        Ok(Tri { t, f })
    }

    /// Whether a sum stands so to zero.
    pub(super) fn sign(&mut self, op: Comparison, sum: &Linear) -> Lit {
        let theory = &mut self.theory;
        match op {
            Comparison::Less => theory.at_most_zero(sum, true),
            Comparison::LessOrEqual => theory.at_most_zero(sum, false),
            Comparison::Greater => !theory.at_most_zero(sum, false),
            Comparison::GreaterOrEqual => !theory.at_most_zero(sum, true),
            Comparison::Equal => {
                let (most, below) = (theory.at_most_zero(sum, false), theory.at_most_zero(sum, true));
                theory.logic.and([most, !below])
            }
        }
    }

    pub(super) fn compare_whole(&mut self, op: Comparison, whole: &Whole, limit: &Number, known: Lit, na: Lit) -> Encoded<Tri> {
        let Some(limit) = limit.sub(&whole.shift).div(&whole.factor) else { return beyond("a duration or a count times zero") };
        let op = if whole.factor.is_negative() { op.mirrored() } else { op };
        // k <= n for whole n: from the least whole number that is not below (or is above) the limit.
        let not_below = limit.neg().floor().neg();
        let above = limit.floor().add(&Number::whole(1));
        let (Some(not_below), Some(above)) = (small(&not_below), small(&above)) else {
            return beyond("a duration or a count is compared with a number beyond all days");
        };
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
        Ok(Tri { t: self.and([t, !whole.na, !na]), f: self.or(f) })
    }

    /// Whether the least that it can be is at least `k`.
    pub(super) fn low_is(&mut self, ends: &Ends, k: i32) -> Lit {
        match ends {
            Ends::Elapsed(unit, from, to) => self.theory.not_after(from.1, (k, *unit), 0, to.0),
            Ends::Count(counted) => self.theory.logic.at_least(&counted.sure, usize::try_from(k).unwrap_or(0)),
        }
    }

    /// Whether the greatest that it can be is at least `k`.
    pub(super) fn high_is(&mut self, ends: &Ends, k: i32) -> Lit {
        match ends {
            Ends::Elapsed(unit, from, to) => self.theory.not_after(from.0, (k, *unit), 0, to.1),
            Ends::Count(counted) => self.theory.logic.at_least(&counted.possible, usize::try_from(k).unwrap_or(0)),
        }
    }

    pub(super) fn num(&mut self, side: usize, num: &'p Num, env: &Env) -> Encoded<Operand> {
        let (yes, no) = (self.yes(), self.no());
        let amount = |na, known, over| Operand::Amount(Amount { na, known, over, under: None });
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
                        value = scaled(value, &Number::whole(-1));
                    }
                    sum = Some(match sum {
                        None => value,
                        Some(sum) => self.plus(sum, value)?,
                    });
                }
                return sum.ok_or_else(|| Beyond("a sum of nothing".into()));
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
                return result.ok_or_else(|| Beyond("a product of nothing".into()));
            }
            Num::Convert(inner, factor, shift) => {
                let inner = scaled(self.num(side, inner, env)?, factor);
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
                let Selected { empty, known, sure, possible } = self.select(side, selection, env)?;
                let known = self.or([known, empty]);
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
        Ok(Operand::Amount(Amount { na, known: quantity.known, over: Linear::var(quantity.var), under: None }))
    }

    pub(super) fn plus(&mut self, a: Operand, b: Operand) -> Encoded<Operand> {
        Ok(match (a, b) {
            (Operand::Amount(a), Operand::Amount(b)) => {
                let (over, under) = match (a.under, b.under) {
                    (None, None) => (a.over.add(&b.over), None),
                    (Some(under), None) => (a.over.add(&product(&b.over, &under)?), Some(under)),
                    (None, Some(under)) => (product(&a.over, &under)?.add(&b.over), Some(under)),
                    (Some(x), Some(y)) if x == y => (a.over.add(&b.over), Some(x)),
                    (Some(_), Some(_)) => return beyond("two quotients with different divisors are added"),
                };
                Operand::Amount(Amount { na: self.or([a.na, b.na]), known: self.and([a.known, b.known]), over, under })
            }
            (Operand::Whole(mut whole), Operand::Amount(other)) | (Operand::Amount(other), Operand::Whole(mut whole)) => {
                if !other.over.is_constant() || other.under.is_some() {
                    return beyond("a duration or a count is added to something that is not a constant");
                }
                whole.shift = whole.shift.add(&other.over.constant);
                Operand::Whole(self.guarded(whole, &other))
            }
            (Operand::Whole(a), Operand::Whole(b)) => Operand::Whole(self.join_counts(a, b)?),
        })
    }

    /// A whole number beside an operand that may not be known.
    pub(super) fn guarded(&mut self, mut whole: Whole, other: &Amount) -> Whole {
        whole.na = self.or([whole.na, other.na]);
        for (guard, _) in &mut whole.cases {
            *guard = self.theory.logic.and([*guard, other.known]);
        }
        whole
    }

    pub(super) fn times(&mut self, a: Operand, b: Operand, inverse: bool) -> Encoded<Operand> {
        Ok(match (a, b) {
            (Operand::Amount(a), Operand::Amount(b)) => {
                let (na, known) = (self.or([a.na, b.na]), self.and([a.known, b.known]));
                if !inverse {
                    let over = product(&a.over, &b.over)?;
                    let ((None, under) | (under, None)) = (a.under, b.under) else { return beyond("two quotients are multiplied") };
                    Operand::Amount(Amount { na, known, over, under })
                } else if b.over.is_constant() && b.under.is_none() {
                    match Number::whole(1).div(&b.over.constant) {
                        Some(factor) => Operand::Amount(Amount { na, known, over: a.over.scale(&factor), under: a.under }),
                        // Division by zero has no value.
                        None => Operand::Amount(Amount { na, known: self.no(), over: a.over, under: a.under }),
                    }
                } else if a.under.is_none() && b.under.is_none() {
                    Operand::Amount(Amount { na, known, over: a.over, under: Some(b.over) })
                } else {
                    return beyond("a quotient is divided again by a fact");
                }
            }
            (Operand::Whole(whole), Operand::Amount(other)) => {
                let constant = other.over.is_constant() && other.under.is_none();
                let factor = if inverse { Number::whole(1).div(&other.over.constant) } else { Some(other.over.constant.clone()) };
                match factor {
                    Some(factor) if constant && !factor.is_zero() => {
                        let whole = self.guarded(whole, &other);
                        scaled(Operand::Whole(whole), &factor)
                    }
                    _ => return beyond("a duration or a count is multiplied by something that is not a constant"),
                }
            }
            (Operand::Amount(other), Operand::Whole(whole)) if !inverse => return self.times(Operand::Whole(whole), Operand::Amount(other), false),
            (Operand::Amount(_) | Operand::Whole(_), Operand::Whole(_)) => return beyond("a product of durations or counts"),
        })
    }
}


/// A whole number of units that the calendar can add.
fn small(number: &Number) -> Option<i32> {
    number.to_i64().and_then(|n| i32::try_from(n).ok()).filter(|n| n.abs() <= 100_000)
}

/// The product of two sums, one of which is a constant.
fn product(a: &Linear, b: &Linear) -> Encoded<Linear> {
    match (a.is_constant(), b.is_constant()) {
        (_, true) => Ok(a.scale(&b.constant)),
        (true, false) => Ok(b.scale(&a.constant)),
        (false, false) => beyond("facts are multiplied with each other"),
    }
}

fn scaled(operand: Operand, factor: &Number) -> Operand {
    match operand {
        Operand::Amount(amount) => Operand::Amount(Amount { over: amount.over.scale(factor), ..amount }),
        Operand::Whole(whole) => {
            Operand::Whole(Whole { factor: whole.factor.mul(factor), shift: whole.shift.mul(factor), ..whole })
        }
    }
}
