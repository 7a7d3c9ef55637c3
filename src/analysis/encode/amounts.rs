//! Amounts: sums of facts that may range between two ends, their quotients, and their comparisons.

use super::super::linear::{Linear, NumVar};
use super::super::logic::Lit;
use super::{Encoded, Encoder, Tri, beyond};
use crate::number::Number;
use crate::protocol::Comparison;

/// All numbers between two sums, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub low: Linear,
    pub high: Linear,
}

impl Range {
    pub fn exact(sum: Linear) -> Self {
        Self { low: sum.clone(), high: sum }
    }

    pub fn constant(number: Number) -> Self {
        Self::exact(Linear::constant(number))
    }

    /// The number that it is for every subject, if it is one.
    pub fn as_constant(&self) -> Option<&Number> {
        (self.low.is_constant() && self.low == self.high).then_some(&self.low.constant)
    }

    fn is_exact(&self) -> bool {
        self.low == self.high
    }

    pub fn scale(&self, factor: &Number) -> Self {
        let (low, high) = (self.low.scale(factor), self.high.scale(factor));
        if factor.is_negative() { Self { low: high, high: low } } else { Self { low, high } }
    }

    pub fn add(&self, other: &Self) -> Self {
        Self { low: self.low.add(&other.low), high: self.high.add(&other.high) }
    }

    fn sub(&self, other: &Self) -> Self {
        self.add(&other.scale(&Number::whole(-1)))
    }

    /// The product, where one of the two is a constant.
    fn times(&self, other: &Self) -> Encoded<Self> {
        match (self.as_constant(), other.as_constant()) {
            (_, Some(factor)) => Ok(self.scale(factor)),
            (Some(factor), None) => Ok(other.scale(factor)),
            (None, None) => beyond("facts are multiplied with each other, or a quotient of facts is compared with a fact"),
        }
    }

    fn ends(&self) -> Vec<&Linear> {
        if self.is_exact() { vec![&self.low] } else { vec![&self.low, &self.high] }
    }
}

/// What a number is, where a condition holds.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub known: Lit,
    pub over: Range,
    /// What it is divided by.
    pub under: Option<Range>,
}

/// A number operand: does not apply, or is one of the cases, or is unknown.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    pub na: Lit,
    pub cases: Vec<Case>,
}

impl Amount {
    /// One number, where it is known.
    pub fn exact(na: Lit, known: Lit, sum: Linear) -> Self {
        Self { na, cases: vec![Case { known, over: Range::exact(sum), under: None }] }
    }

    /// The constant that it is, and where it is known.
    pub fn as_constant(&self) -> Option<(&Number, Lit)> {
        match &self.cases[..] {
            [Case { known, over, under: None }] => Some((over.as_constant()?, *known)),
            _ => None,
        }
    }

    pub fn scale(&self, factor: &Number) -> Self {
        let cases = self.cases.iter().map(|case| Case { over: case.over.scale(factor), ..case.clone() });
        Self { na: self.na, cases: cases.collect() }
    }
}

impl Encoder<'_> {
    /// Joins the cases of two amounts.
    fn join(&mut self, a: &Amount, b: &Amount, how: impl Fn(&Case, &Case) -> Encoded<Option<(Range, Option<Range>)>>) -> Encoded<Amount> {
        let mut cases = Vec::new();
        for x in &a.cases {
            for y in &b.cases {
                if let Some((over, under)) = how(x, y)? {
                    cases.push(Case { known: self.and([x.known, y.known]), over, under });
                }
            }
        }
        Ok(Amount { na: self.or([a.na, b.na]), cases })
    }

    pub(super) fn sum(&mut self, a: &Amount, b: &Amount) -> Encoded<Amount> {
        self.join(a, b, |x, y| {
            Ok(Some(match (&x.under, &y.under) {
                (None, None) => (x.over.add(&y.over), None),
                // Brought over one divisor, the sum ranges no further only if the divisor is one number.
                (Some(under), None) if under.is_exact() => (x.over.add(&y.over.times(under)?), Some(under.clone())),
                (None, Some(under)) if under.is_exact() => (x.over.times(under)?.add(&y.over), Some(under.clone())),
                (Some(u), Some(v)) if u == v && u.is_exact() => (x.over.add(&y.over), Some(u.clone())),
                (Some(_), Some(_)) => return beyond("two quotients with different divisors are added"),
                (Some(_), None) | (None, Some(_)) => return beyond("something is added to a quotient by a number that is not exactly known"),
            }))
        })
    }

    pub(super) fn product(&mut self, a: &Amount, b: &Amount) -> Encoded<Amount> {
        self.join(a, b, |x, y| {
            let ((None, under) | (under, None)) = (&x.under, &y.under) else { return beyond("two quotients are multiplied") };
            Ok(Some((x.over.times(&y.over)?, under.clone())))
        })
    }

    pub(super) fn quotient(&mut self, a: &Amount, b: &Amount) -> Encoded<Amount> {
        self.join(a, b, |x, y| match (&x.under, &y.under, y.over.as_constant()) {
            // Division by zero has no value.
            (under, None, Some(number)) => Ok(Number::whole(1).div(number).map(|factor| (x.over.scale(&factor), under.clone()))),
            (None, None, None) => Ok(Some((x.over.clone(), Some(y.over.clone())))),
            _ => beyond("a quotient is divided again, or divided by"),
        })
    }

    pub(super) fn compare_amounts(&mut self, op: Comparison, a: &Amount, b: &Amount) -> Encoded<Tri> {
        let na = self.or([a.na, b.na]);
        let (mut t, mut f) = (Vec::new(), vec![na]);
        for x in &a.cases {
            for y in &b.cases {
                let known = self.and([x.known, y.known]);
                let tri = self.compare_cases(op, x, y)?;
                t.push(self.and([known, !na, tri.t]));
                f.push(self.and([known, tri.f]));
            }
        }
        Ok(Tri { t: self.or(t), f: self.or(f) })
    }

    /// A comparison is decided where all choices within the ranges decide it alike; the ends are enough to tell.
    fn compare_cases(&mut self, op: Comparison, a: &Case, b: &Case) -> Encoded<Tri> {
        let (gaps, under) = match (&a.under, &b.under) {
            (None, None) => {
                let gap = a.over.sub(&b.over);
                return Ok(self.compare_ends(op, &gap.ends()));
            }
            (Some(under), None) => (gaps(&a.over, &b.over, under)?, under),
            (None, Some(under)) => (gaps(&b.over, &a.over, under)?.iter().map(|gap| gap.scale(&Number::whole(-1))).collect(), under),
            (Some(u), Some(v)) if u == v && u.is_exact() => (a.over.sub(&b.over).ends().into_iter().cloned().collect(), u),
            (Some(_), Some(_)) => return beyond("two quotients with different divisors are compared"),
        };
        // Multiplied by the divisor, which turns the comparison round where it is negative.
        let (positive, negative) = (self.sign(Comparison::Greater, &under.low), self.sign(Comparison::Less, &under.high));
        let gaps: Vec<&Linear> = gaps.iter().collect();
        let (plain, turned) = (self.compare_ends(op, &gaps), self.compare_ends(op.mirrored(), &gaps));
        let (t, f) = ([self.and([positive, plain.t]), self.and([negative, turned.t])], [self.and([positive, plain.f]), self.and([negative, turned.f])]);
        Ok(Tri { t: self.or(t), f: self.or(f) })
    }

    /// How all of these stand to zero.
    fn compare_ends(&mut self, op: Comparison, ends: &[&Linear]) -> Tri {
        let mut all = |op: Comparison, holds: bool| {
            let lits: Vec<Lit> = ends.iter().map(|end| self.sign(op, end)).map(|lit| if holds { lit } else { !lit }).collect();
            self.and(lits)
        };
        if op == Comparison::Equal && ends.len() > 1 {
            let (equal, less, greater) = (all(op, true), all(Comparison::Less, true), all(Comparison::Greater, true));
            return Tri { t: equal, f: self.or([less, greater]) };
        }
        Tri { t: all(op, true), f: all(op, false) }
    }

    /// Whether a sum stands so to zero.
    pub(super) fn sign(&mut self, op: Comparison, sum: &Linear) -> Lit {
        match op {
            Comparison::Less => self.at_most_zero(sum, true),
            Comparison::LessOrEqual => self.at_most_zero(sum, false),
            Comparison::Greater => !self.at_most_zero(sum, false),
            Comparison::GreaterOrEqual => !self.at_most_zero(sum, true),
            Comparison::Equal => {
                let (most, below) = (self.at_most_zero(sum, false), self.at_most_zero(sum, true));
                self.and([most, !below])
            }
        }
    }

    fn at_most_zero(&mut self, sum: &Linear, strict: bool) -> Lit {
        let holds = self.theory.at_most_zero(sum, strict);
        if sum.terms.len() == 2
            && let Some((var, events)) = sum.terms.keys().find_map(|var| Some((*var, *self.counted.get(var)?)))
            && self.by_count.insert((holds, var))
        {
            self.count_by_count(holds, sum, strict, var, events);
        }
        holds
    }

    /// What a count and one other number come to, for each count that the told events give: the search need not
    /// find that out one conflict at a time.
    fn count_by_count(&mut self, holds: Lit, sum: &Linear, strict: bool, var: NumVar, events: usize) {
        let grows = !sum.terms[&var].is_negative();
        for n in 0..=events {
            let n = Linear::constant(Number::whole(n as i64));
            let (below, above) = (Linear::var(var).sub(&n), n.sub(&Linear::var(var)));
            let (not_above, not_below) = (self.theory.at_most_zero(&below, false), self.theory.at_most_zero(&above, false));
            let rest = sum.sub(&below.scale(&sum.terms[&var]));
            let with = self.theory.at_most_zero(&rest, strict);
            let (least, most) = if grows { (not_below, not_above) } else { (not_above, not_below) };
            self.clause(&[!least, !holds, with]);
            self.clause(&[!most, !with, holds]);
        }
    }
}

/// `over - other * under`, at each end of the three.
fn gaps(over: &Range, other: &Range, under: &Range) -> Encoded<Vec<Linear>> {
    let mut found = Vec::new();
    for divisor in under.ends() {
        let product = other.times(&Range::exact(divisor.clone()))?;
        for a in over.ends() {
            found.extend(product.ends().into_iter().map(|b| a.sub(b)));
        }
    }
    Ok(found)
}
