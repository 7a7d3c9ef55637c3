//! Exact numbers where a database has doubles and decimals of so many digits.
//!
//! A recorded number is the shortest decimal of its double, and those are
//! ordered as the doubles are: comparing them needs no arithmetic, and a
//! number of the protocol that is no such decimal lies between two of them.
//! What is calculated becomes a fraction of decimals; comparisons
//! cross-multiply, and every factor gets its share of the digits there are.

use super::dialect::Dialect;
use super::expression::Calculated;
use crate::number::Number;
use crate::protocol::{Comparison, FactId};

/// A number as it comes about.
#[derive(Clone)]
pub(super) enum Exact {
    /// A number of the record, and where it stands if it is looked up in the record itself.
    Recorded(String, Option<(String, Option<FactId>)>),
    /// A whole number that the database counts.
    Whole(String),
    Literal(Number),
    Sum(Box<[Exact; 2]>),
    Difference(Box<[Exact; 2]>),
    Product(Box<[Exact; 2]>),
    Inverse(Box<Exact>),
    /// The lesser or the greater of two.
    Either(&'static str, Box<[Exact; 2]>),
}

/// What a fraction takes: factors above and below, digits of literals, additions.
#[derive(Clone, Copy, Default)]
struct Weight {
    above: usize,
    below: usize,
    digits: usize,
}

impl Exact {
    pub fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Literal(a), Self::Literal(b)) => Self::Literal(a.add(b)),
            (Self::Literal(zero), some) | (some, Self::Literal(zero)) if zero.is_zero() => some.clone(),
            _ => Self::Sum(Box::new([self.clone(), other.clone()])),
        }
    }

    pub fn minus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Literal(a), Self::Literal(b)) => Self::Literal(a.sub(b)),
            _ => Self::Difference(Box::new([self.clone(), other.clone()])),
        }
    }

    pub fn times(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Literal(a), Self::Literal(b)) => Self::Literal(a.mul(b)),
            _ => Self::Product(Box::new([self.clone(), other.clone()])),
        }
    }

    pub fn inverted(&self) -> Self {
        match self {
            Self::Literal(a) if !a.is_zero() => Number::whole(1).div(a).map_or_else(|| Self::Inverse(Box::new(self.clone())), Self::Literal),
            _ => Self::Inverse(Box::new(self.clone())),
        }
    }

    pub fn either(&self, which: &'static str, other: &Self) -> Self {
        Self::Either(which, Box::new([self.clone(), other.clone()]))
    }

    fn is_plain(&self) -> bool {
        matches!(self, Self::Recorded(..) | Self::Whole(_) | Self::Literal(_))
    }

    fn weight(&self) -> Weight {
        match self {
            Self::Recorded(..) | Self::Whole(_) => Weight { above: 1, ..Weight::default() },
            Self::Literal(number) => {
                let text = number.to_string();
                Weight { digits: text.bytes().filter(u8::is_ascii_digit).count(), ..Weight::default() }
            }
            Self::Sum(parts) | Self::Difference(parts) => {
                let [a, b] = [parts[0].weight(), parts[1].weight()];
                Weight { above: (a.above + b.below).max(b.above + a.below), below: a.below + b.below, digits: a.digits + b.digits + 1 }
            }
            Self::Product(parts) => {
                let [a, b] = [parts[0].weight(), parts[1].weight()];
                Weight { above: a.above + b.above, below: a.below + b.below, digits: a.digits + b.digits }
            }
            Self::Inverse(inner) => {
                let of = inner.weight();
                Weight { above: of.below, below: of.above, ..of }
            }
            Self::Either(_, parts) => {
                let [a, b] = [parts[0].weight(), parts[1].weight()];
                Weight { above: a.above.max(b.above), below: a.below.max(b.below), digits: a.digits.max(b.digits) }
            }
        }
    }
}

/// A fraction: above and, where it is not one, below, which is positive.
struct Fraction {
    above: String,
    below: Option<String>,
}

fn multiplied(a: &str, b: Option<&String>) -> String {
    b.map_or_else(|| a.to_string(), |b| format!("{a} * {b}"))
}

struct Fractions<'c> {
    /// Digits of a factor, in all and behind the point.
    share: Option<(usize, usize)>,
    calculated: &'c mut Calculated,
}

impl Fractions<'_> {
    fn print<D: Dialect>(&mut self, number: &Exact) -> Result<Fraction, String> {
        let whole = |above: String| Fraction { above, below: None };
        let exact = |value: &str, share: Option<(usize, usize)>| {
            share.map_or_else(|| D::unlimited(value), |(digits, scale)| D::factor(value, digits, scale))
        };
        Ok(match number {
            Exact::Recorded(value, whence) => {
                if let (Some(whence), Some(share)) = (whence, self.share) {
                    let least = self.calculated.entry(whence.clone()).or_insert(share);
                    *least = ((least.0 - least.1).min(share.0 - share.1) + least.1.min(share.1), least.1.min(share.1));
                }
                whole(exact(value, self.share))
            }
            Exact::Whole(value) => whole(exact(value, self.share)),
            Exact::Literal(number) => match number.to_string().split_once('/') {
                None => whole(D::decimal(&number.to_string())),
                Some((n, d)) => Fraction { above: D::decimal(n), below: Some(D::decimal(d)) },
            },
            Exact::Sum(parts) | Exact::Difference(parts) => {
                let sign = if matches!(number, Exact::Sum(_)) { "+" } else { "-" };
                let [a, b] = [self.print::<D>(&parts[0])?, self.print::<D>(&parts[1])?];
                if a.below == b.below {
                    return Ok(Fraction { above: format!("({} {sign} {})", a.above, b.above), below: a.below });
                }
                let (left, right) = (multiplied(&a.above, b.below.as_ref()), multiplied(&b.above, a.below.as_ref()));
                Fraction { above: format!("({left} {sign} {right})"), below: product(a.below, b.below) }
            }
            Exact::Product(parts) => {
                let [a, b] = [self.print::<D>(&parts[0])?, self.print::<D>(&parts[1])?];
                Fraction { above: format!("({} * {})", a.above, b.above), below: product(a.below, b.below) }
            }
            Exact::Inverse(inner) => {
                let of = self.print::<D>(inner)?;
                let below = of.below.unwrap_or_else(|| D::decimal("1"));
                // By zero nothing is divided.
                let above = format!("CASE WHEN {n} > 0 THEN {below} WHEN {n} < 0 THEN -{below} END", n = of.above);
                Fraction { above: format!("({above})"), below: Some(format!("abs({})", of.above)) }
            }
            Exact::Either(which, parts) => {
                let [a, b] = [self.print::<D>(&parts[0])?, self.print::<D>(&parts[1])?];
                if a.below != b.below {
                    return Err(format!("{} cannot say which of two fractions is the lesser", D::NAME));
                }
                Fraction { above: format!("{which}({}, {})", a.above, b.above), below: a.below }
            }
        })
    }
}

fn product(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(format!("({a} * {b})")),
        (a, b) => a.or(b),
    }
}

/// The comparison of two numbers, NULL where one of them is; an error says what the database cannot.
pub(super) fn holds_between<D: Dialect>(a: &Exact, op: Comparison, b: &Exact, calculated: &mut Calculated) -> Result<String, String> {
    match (a, b) {
        (Exact::Literal(a), Exact::Literal(b)) => {
            let holds = match op {
                Comparison::Equal => a == b,
                Comparison::Less => a < b,
                Comparison::LessOrEqual => a <= b,
                Comparison::Greater => a > b,
                Comparison::GreaterOrEqual => a >= b,
            };
            return Ok(if holds { "TRUE" } else { "FALSE" }.into());
        }
        (Exact::Recorded(value, _) | Exact::Whole(value), Exact::Literal(limit)) => {
            return against::<D>(value, op, limit);
        }
        (Exact::Literal(limit), Exact::Recorded(value, _) | Exact::Whole(value)) => {
            return against::<D>(value, op.mirrored(), limit);
        }
        (Exact::Recorded(a, _) | Exact::Whole(a), Exact::Recorded(b, _) | Exact::Whole(b)) => {
            return Ok(format!("{a} {} {b}", op.symbol()));
        }
        (a, b) => debug_assert!(!a.is_plain() || !b.is_plain()),
    }
    let (left, right) = (a.weight(), b.weight());
    let factors = (left.above + right.below).max(right.above + left.below).max(1);
    let share = match D::DIGITS {
        None => None,
        Some(digits) => {
            let left_over = (digits - 2).saturating_sub(left.digits + right.digits) / factors;
            if left_over < 6 {
                return Err(format!("{} has {digits} digits for an exact number, too few for these factors", D::NAME));
            }
            // No more than 17 before the point: the rest of what a double may hold is refused, not rounded.
            let before = left_over.div_ceil(2).min(17);
            Some((left_over, left_over - before))
        }
    };
    let mut fractions = Fractions { share, calculated };
    let (left, right) = (fractions.print::<D>(a)?, fractions.print::<D>(b)?);
    let (left, right) = (multiplied(&left.above, right.below.as_ref()), multiplied(&right.above, left.below.as_ref()));
    Ok(format!("{left} {} {right}", op.symbol()))
}

/// A recorded number against one of the protocol: against the greatest double that does not exceed it.
fn against<D: Dialect>(value: &str, op: Comparison, limit: &Number) -> Result<String, String> {
    let (floor, exact) = floor(limit).ok_or_else(|| format!("{} compares no recorded number with `{limit}`", D::NAME))?;
    let sign = match (op, exact) {
        (Comparison::Equal, false) => return Ok(format!("({value} IS NULL AND NULL)")),
        (op, true) => op,
        (Comparison::Less | Comparison::LessOrEqual, false) => Comparison::LessOrEqual,
        (Comparison::Greater | Comparison::GreaterOrEqual, false) => Comparison::Greater,
    };
    Ok(format!("{value} {} {}", sign.symbol(), D::double(&floor.to_string())))
}

/// The greatest double whose shortest decimal does not exceed the number, and whether it is the number.
fn floor(number: &Number) -> Option<(f64, bool)> {
    if number.is_zero() {
        return Some((0.0, true));
    }
    let text = number.to_string();
    let mut double = match text.split_once('/') {
        None => text.parse::<f64>().ok()?,
        Some((n, d)) => n.parse::<f64>().ok()? / d.parse::<f64>().ok()?,
    };
    // A few steps at most: it was rounded at most three times.
    for _ in 0..8 {
        if Number::from_f64(double)? > *number {
            double = double.next_down();
        } else if Number::from_f64(double.next_up())? <= *number {
            double = double.next_up();
        } else {
            let exact = Number::from_f64(double)? == *number;
            return Some((double, exact));
        }
    }
    None
}
