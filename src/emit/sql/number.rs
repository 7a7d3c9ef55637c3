//! Exact numbers where a database has doubles and decimals of so many digits.
//!
//! A recorded number is the shortest decimal of its double, and those are
//! ordered as the doubles are: comparing them needs no arithmetic, and a
//! number of the protocol that is no such decimal lies between two of them.
//! What is calculated becomes a fraction of decimals; comparisons
//! cross-multiply, and every factor gets its share of the digits there are:
//! the widest for which no number on the way has more.

use super::dialect::Dialect;
use super::expression::Calculated;
use super::float;
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

/// The digits of what is counted: days between two dates, events of a record, places in a list.
pub(super) const OF_A_COUNT: usize = 8;

/// The fewest digits of a factor with which a comparison is worth printing.
const LEAST_SHARE: usize = 6;

/// The digits of an exact number: before the point and behind it.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Width {
    pub before: usize,
    pub behind: usize,
}

impl Width {
    /// What holds a value of either.
    fn or(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), behind: self.behind.max(other.behind) }
    }

    fn of_literal(text: &str) -> Self {
        let (before, behind) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
        Self { before: before.len(), behind: behind.len() }
    }
}

/// Why a comparison cannot be printed.
enum Cannot {
    /// A number in it would have more digits than there are.
    Fit,
    /// Which of two fractions is the lesser.
    Order,
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
            (Self::Literal(one), some) | (some, Self::Literal(one)) if *one == Number::whole(1) => some.clone(),
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
}

/// An expression for an exact number, and its digits.
#[derive(Clone, PartialEq)]
struct Term {
    text: String,
    width: Width,
}

/// A fraction: above and, where it is not one, below, which is positive.
struct Fraction {
    above: Term,
    below: Option<Term>,
}

struct Fractions {
    /// Digits of a factor from the record; none where there is no limit.
    share: Option<Width>,
    /// The numbers of the record that were printed.
    factors: Vec<(String, Option<FactId>)>,
}

impl Fractions {
    fn print<D: Dialect>(&mut self, number: &Exact) -> Result<Fraction, Cannot> {
        let whole = |text: String, width: Width| Fraction { above: Term { text, width }, below: None };
        Ok(match number {
            Exact::Recorded(value, whence) => {
                self.factors.extend(whence.clone());
                match self.share {
                    None => whole(D::unlimited(value), Width { before: 0, behind: 0 }),
                    Some(share) => whole(D::factor(value, share.before + share.behind, share.behind), share),
                }
            }
            Exact::Whole(value) => {
                let text = if self.share.is_none() { D::unlimited(value) } else { D::count(value) };
                whole(text, Width { before: OF_A_COUNT, behind: 0 })
            }
            Exact::Literal(number) => {
                let term = |text: &str| Term { text: D::decimal(text), width: Width::of_literal(text) };
                match number.to_string().split_once('/') {
                    None => Fraction { above: term(&number.to_string()), below: None },
                    Some((n, d)) => Fraction { above: term(n), below: Some(term(d)) },
                }
            }
            Exact::Sum(parts) | Exact::Difference(parts) => {
                let sign = if matches!(number, Exact::Sum(_)) { "+" } else { "-" };
                let [a, b] = [self.print::<D>(&parts[0])?, self.print::<D>(&parts[1])?];
                if a.below == b.below {
                    return Ok(Fraction { above: added::<D>(&a.above, sign, &b.above)?, below: a.below });
                }
                let (left, right) = (multiplied::<D>(&a.above, b.below.as_ref())?, multiplied::<D>(&b.above, a.below.as_ref())?);
                Fraction { above: added::<D>(&left, sign, &right)?, below: product::<D>(a.below, b.below)? }
            }
            Exact::Product(parts) => {
                let [a, b] = [self.print::<D>(&parts[0])?, self.print::<D>(&parts[1])?];
                let above = multiplied::<D>(&a.above, Some(&b.above))?;
                Fraction { above: bracketed(above), below: product::<D>(a.below, b.below)? }
            }
            Exact::Inverse(inner) => {
                let of = self.print::<D>(inner)?;
                let below = of.below.unwrap_or_else(|| Term { text: D::decimal("1"), width: Width::of_literal("1") });
                // By zero nothing is divided.
                let above = format!("(CASE WHEN {n} > 0 THEN {below} WHEN {n} < 0 THEN -{below} END)", n = of.above.text, below = below.text);
                let under = Term { text: format!("abs({})", of.above.text), width: of.above.width };
                Fraction { above: Term { text: above, width: below.width }, below: Some(under) }
            }
            Exact::Either(which, parts) => {
                let [a, b] = [self.print::<D>(&parts[0])?, self.print::<D>(&parts[1])?];
                if a.below != b.below {
                    return Err(Cannot::Order);
                }
                let text = format!("{which}({}, {})", a.above.text, b.above.text);
                Fraction { above: fitting::<D>(text, a.above.width.or(b.above.width))?, below: a.below }
            }
        })
    }
}

/// The term, if the database has as many digits.
fn fitting<D: Dialect>(text: String, width: Width) -> Result<Term, Cannot> {
    match D::DIGITS {
        Some(digits) if width.before + width.behind > digits => Err(Cannot::Fit),
        _ => Ok(Term { text, width }),
    }
}

fn added<D: Dialect>(a: &Term, sign: &str, b: &Term) -> Result<Term, Cannot> {
    let both = a.width.or(b.width);
    fitting::<D>(format!("({} {sign} {})", a.text, b.text), Width { before: both.before + 1, ..both })
}

fn multiplied<D: Dialect>(a: &Term, b: Option<&Term>) -> Result<Term, Cannot> {
    let Some(b) = b else { return Ok(a.clone()) };
    let before = a.width.before + b.width.before + usize::from(D::WIDENS);
    fitting::<D>(format!("{} * {}", a.text, b.text), Width { before, behind: a.width.behind + b.width.behind })
}

fn bracketed(term: Term) -> Term {
    Term { text: format!("({})", term.text), ..term }
}

fn product<D: Dialect>(a: Option<Term>, b: Option<Term>) -> Result<Option<Term>, Cannot> {
    Ok(match (a, b) {
        (Some(a), Some(b)) => Some(bracketed(multiplied::<D>(&a, Some(&b))?)),
        (a, b) => a.or(b),
    })
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
    let Some(digits) = D::DIGITS else {
        let mut fractions = Fractions { share: None, factors: Vec::new() };
        return compared::<D>(&mut fractions, a, op, b).map_err(|cannot| cannot.reason::<D>());
    };
    // The widest share for which everything fits. No more than 17 before the point: the rest of what a double
    // may hold is refused, not rounded.
    for share in (LEAST_SHARE..digits).rev() {
        let before = share.div_ceil(2).min(17);
        let share = Width { before, behind: (share - before).min(21) };
        let mut fractions = Fractions { share: Some(share), factors: Vec::new() };
        match compared::<D>(&mut fractions, a, op, b) {
            Err(Cannot::Fit) => {}
            Err(cannot @ Cannot::Order) => return Err(cannot.reason::<D>()),
            Ok(holds) => {
                for factor in fractions.factors {
                    let least = calculated.entry(factor).or_insert(share);
                    *least = Width { before: least.before.min(share.before), behind: least.behind.min(share.behind) };
                }
                return Ok(if D::FLOATS { float::or_exactly::<D>(a, op, b, holds) } else { holds });
            }
        }
    }
    Err(Cannot::Fit.reason::<D>())
}

fn compared<D: Dialect>(fractions: &mut Fractions, a: &Exact, op: Comparison, b: &Exact) -> Result<String, Cannot> {
    let (left, right) = (fractions.print::<D>(a)?, fractions.print::<D>(b)?);
    let (left, right) = (multiplied::<D>(&left.above, right.below.as_ref())?, multiplied::<D>(&right.above, left.below.as_ref())?);
    // Both are compared as numbers of one type.
    fitting::<D>(format!("{} {} {}", left.text, op.symbol(), right.text), left.width.or(right.width)).map(|term| term.text)
}

impl Cannot {
    fn reason<D: Dialect>(&self) -> String {
        match self {
            Self::Fit => format!("{} has {} digits for an exact number, too few for these factors", D::NAME, D::DIGITS.unwrap_or_default()),
            Self::Order => format!("{} cannot say which of two fractions is the lesser", D::NAME),
        }
    }
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
