//! Exact numbers.
//!
//! A literal is its decimal; a JSON number is the shortest decimal that reads
//! back as its double. Arithmetic is rational and comparison cross-multiplies,
//! so `16.1 - 13.1 > 3` is false, here and in every backend. Small values stay
//! in machine words; what outgrows them moves to big integers without a change
//! of meaning.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

/// Literals and recorded numbers lie below this power of ten, and above its inverse.
pub const MAX_MAGNITUDE: i32 = 21;
/// A literal may have this many significant digits; a double tells no more apart.
pub const MAX_DIGITS: usize = 17;

/// An exact rational number.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// Numerator over a positive denominator, not necessarily in lowest terms.
    ///
    /// Half of what the machine multiplies in: products and their sums never overflow 128 bits.
    Small(i64, i64),
    Big(Arc<BigRational>),
}

/// Why a text is no number of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// It does not read as `-?digits[.digits][e±digits]`.
    Malformed,
    /// More than [`MAX_DIGITS`] significant digits.
    TooManyDigits,
    /// Outside ±10^[`MAX_MAGNITUDE`], or nearer to zero than its inverse.
    OutOfRange,
}

impl Number {
    /// The whole number `n`.
    pub const fn whole(n: i64) -> Self {
        Self(Repr::Small(n, 1))
    }

    /// `numerator / denominator`.
    ///
    /// # Panics
    /// Where the denominator is zero.
    pub fn ratio(numerator: i64, denominator: i64) -> Self {
        assert!(denominator != 0, "a ratio needs a denominator");
        let sign = if denominator < 0 { -1 } else { 1 };
        Self::small(i128::from(numerator) * sign, i128::from(denominator) * sign)
    }

    /// `mantissa * 10^exponent`, with |exponent| at most 60.
    pub fn decimal(mantissa: i64, exponent: i32) -> Self {
        match 10i64.checked_pow(exponent.unsigned_abs()) {
            Some(power) if exponent < 0 => Self(Repr::Small(mantissa, power)),
            Some(power) => Self::small(i128::from(mantissa) * i128::from(power), 1),
            None => {
                let power = BigInt::from(10).pow(exponent.unsigned_abs());
                Self::from_big(if exponent >= 0 {
                    BigRational::from_integer(BigInt::from(mantissa) * power)
                } else {
                    BigRational::new(BigInt::from(mantissa), power)
                })
            }
        }
    }

    /// Reads a decimal as the language writes it.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let (mantissa, exponent) = parse_decimal(text)?;
        Ok(Self::decimal(mantissa, exponent))
    }

    /// Reads an exact factor such as `133.322`, `5/9` or `4.54609e-3` without the digit limit.
    ///
    /// # Panics
    /// On text that is no such factor: it is for the tables of this crate.
    pub(crate) fn constant(text: &str) -> Self {
        let part = |text: &str| Self::parse(text).unwrap_or_else(|_| panic!("`{text}` is no constant"));
        match text.split_once('/') {
            Some((n, d)) => part(n).div(&part(d)).expect("a constant is not divided by zero"),
            None => part(text),
        }
    }

    /// The shortest decimal that reads back as `value`; `None` where it is not
    /// finite or outside the stated magnitudes.
    pub fn from_f64(value: f64) -> Option<Self> {
        shortest_decimal(value).map(|(mantissa, exponent)| Self::decimal(mantissa, exponent))
    }

    /// A fraction over a positive denominator, in as few words as hold it.
    fn small(numerator: i128, denominator: i128) -> Self {
        if let (Ok(n), Ok(d)) = (i64::try_from(numerator), i64::try_from(denominator)) {
            return Self(Repr::Small(n, d));
        }
        let common = numerator.gcd(&denominator);
        match (i64::try_from(numerator / common), i64::try_from(denominator / common)) {
            (Ok(n), Ok(d)) => Self(Repr::Small(n, d)),
            _ => Self(Repr::Big(Arc::new(BigRational::new(numerator.into(), denominator.into())))),
        }
    }

    fn from_big(value: BigRational) -> Self {
        match (value.numer().to_i64(), value.denom().to_i64()) {
            (Some(n), Some(d)) => Self(Repr::Small(n, d)),
            _ => Self(Repr::Big(Arc::new(value))),
        }
    }

    /// As a big rational, in lowest terms.
    pub fn to_big(&self) -> BigRational {
        match &self.0 {
            Repr::Small(n, d) => BigRational::new(BigInt::from(*n), BigInt::from(*d)),
            Repr::Big(value) => (**value).clone(),
        }
    }

    /// Numerator and positive denominator in lowest terms, as decimal text.
    pub fn fraction(&self) -> (String, String) {
        let value = self.to_big();
        (value.numer().to_string(), value.denom().to_string())
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n == 0,
            Repr::Big(value) => value.is_zero(),
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n < 0,
            Repr::Big(value) => value.is_negative(),
        }
    }

    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small(n, d) => n % d == 0,
            Repr::Big(value) => value.is_integer(),
        }
    }

    /// The greatest whole number that is not above it.
    #[must_use]
    pub fn floor(&self) -> Self {
        match &self.0 {
            Repr::Small(n, d) => Self(Repr::Small(n.div_euclid(*d), 1)),
            Repr::Big(value) => Self::from_big(value.floor()),
        }
    }

    /// As a machine integer, where it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(n, d) if n % d == 0 => Some(n / d),
            Repr::Small(..) => None,
            Repr::Big(value) if value.is_integer() => value.numer().to_i64(),
            Repr::Big(_) => None,
        }
    }

    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Repr::Small(a, b), Repr::Small(c, d)) if b == d => Self::small(i128::from(*a) + i128::from(*c), i128::from(*b)),
            (Repr::Small(a, b), Repr::Small(c, d)) => Self::small(wide(*a, *d) + wide(*c, *b), wide(*b, *d)),
            _ => Self::from_big(self.to_big() + other.to_big()),
        }
    }

    /// The negative.
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Repr::Small(n, d) => Self::small(-i128::from(*n), i128::from(*d)),
            Repr::Big(value) => Self::from_big(-(**value).clone()),
        }
    }

    /// The difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// The product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Repr::Small(a, b), Repr::Small(c, d)) => Self::small(wide(*a, *c), wide(*b, *d)),
            _ => Self::from_big(self.to_big() * other.to_big()),
        }
    }

    /// The quotient; `None` where `other` is zero.
    pub fn div(&self, other: &Self) -> Option<Self> {
        match (&self.0, &other.0) {
            _ if other.is_zero() => None,
            (Repr::Small(a, b), Repr::Small(c, d)) => {
                let sign = i128::from(c.signum());
                Some(Self::small(wide(*a, *d) * sign, wide(*b, *c) * sign))
            }
            _ => Some(Self::from_big(self.to_big() / other.to_big())),
        }
    }
}

/// A product that cannot overflow.
const fn wide(a: i64, b: i64) -> i128 {
    a as i128 * b as i128
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a, b), Repr::Small(c, d)) if b == d => a.cmp(c),
            (Repr::Small(a, b), Repr::Small(c, d)) => wide(*a, *d).cmp(&wide(*c, *b)),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A finite decimal as digits (`1.5`, `100000000`), anything else as `n/d`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_big();
        let mut denominator = value.denom().clone();
        let mut scale = [0u32; 2];
        for (prime, count) in [2u32, 5].iter().zip(scale.iter_mut()) {
            while (&denominator % *prime).is_zero() {
                denominator /= *prime;
                *count += 1;
            }
        }
        if denominator != BigInt::from(1) {
            return write!(f, "{}/{}", value.numer(), value.denom());
        }
        let places = scale[0].max(scale[1]) as usize;
        let scaled = value.numer() * BigInt::from(10).pow(places as u32) / value.denom();
        let digits = format!("{:0>width$}", scaled.abs().to_string(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if value.is_negative() { "-" } else { "" };
        if places == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

/// Mantissa and exponent of a decimal text, within the stated limits.
fn parse_decimal(text: &str) -> Result<(i64, i32), NumberError> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = match rest.split_once(['e', 'E']) {
        Some((digits, exponent)) => {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
                return Err(NumberError::Malformed);
            }
            // An exponent too long to read is out of range either way.
            let size = unsigned.parse::<i32>().unwrap_or(i32::MAX / 4).min(i32::MAX / 4);
            (digits, if exponent.starts_with('-') { -size } else { size })
        }
        None => (rest, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    let all: String = [whole, fraction].concat();
    let kept = all.trim_end_matches('0');
    let dropped = all.len() - kept.len();
    let significant = kept.trim_start_matches('0');
    if significant.is_empty() {
        return Ok((0, 0));
    }
    let exponent = exponent - fraction.len() as i32 + dropped as i32;
    let magnitude = exponent.saturating_add(significant.len() as i32);
    if !(1 - MAX_MAGNITUDE..=MAX_MAGNITUDE).contains(&magnitude) {
        return Err(NumberError::OutOfRange);
    }
    if significant.len() > MAX_DIGITS {
        return Err(NumberError::TooManyDigits);
    }
    let mantissa: i64 = significant.parse().map_err(|_| NumberError::TooManyDigits)?;
    Ok((if negative { -mantissa } else { mantissa }, exponent))
}

/// The shortest decimal of a double, as mantissa and exponent.
#[expect(clippy::float_cmp, reason = "the fast path is proven only by an exact round trip")]
fn shortest_decimal(value: f64) -> Option<(i64, i32)> {
    if value == 0.0 {
        return Some((0, 0));
    }
    // A decimal of at most 15 digits is recovered from its double without
    // loss, so two of them never share one: the first that reads back is the
    // shortest. The power is exact and the division correctly rounded.
    let size = value.abs();
    if (1e-6..1e15).contains(&size) {
        let mut power = 1.0;
        for exponent in 0..10 {
            let scaled = (value * power).round();
            if scaled.abs() >= 1e15 {
                break;
            }
            if scaled / power == value {
                return Some((scaled as i64, -exponent));
            }
            power *= 10.0;
        }
    }
    // Everything else takes the standard library's shortest form.
    if value.is_finite() { parse_decimal(&format!("{value:e}")).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(n("16.1").sub(&n("13.1")), n("3"));
        assert_eq!(n("0.1").add(&n("0.2")), n("0.3"));
        assert_eq!(n("1").div(&n("3")).unwrap().mul(&n("3")), n("1"));
        assert!(n("1").div(&n("0.0")).is_none());
    }

    #[test]
    fn doubles_become_their_shortest_decimal() {
        for (double, text) in [
            (16.1, "16.1"),
            (0.1, "0.1"),
            (1e8, "100000000"),
            (-2.5, "-2.5"),
            (5e-7, "0.0000005"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (0.300_000_000_000_000_04, "0.30000000000000004"),
        ] {
            assert_eq!(Number::from_f64(double).unwrap().to_string(), text);
        }
        for outside in [f64::NAN, f64::INFINITY, 1e21, 1e39, 1e-22, 5e-324] {
            assert!(Number::from_f64(outside).is_none(), "{outside}");
        }
        assert!(Number::from_f64(9.99e20).is_some());
        assert!(Number::from_f64(1e-21).is_some());
    }

    #[test]
    fn the_fast_path_gives_the_standard_shortest_form() {
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..200_000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let places = 10f64.powi((seed % 9) as i32);
            let value = ((seed >> 20) % 1_000_000_000) as f64 / places;
            assert_eq!(shortest_decimal(value), parse_decimal(&format!("{value:e}")).ok().map(normal), "{value}");
        }
        fn normal((mut mantissa, mut exponent): (i64, i32)) -> (i64, i32) {
            while exponent > 0 {
                mantissa *= 10;
                exponent -= 1;
            }
            (mantissa, exponent)
        }
    }

    #[test]
    fn limits_are_stated() {
        assert_eq!(Number::parse("12345678901234567").map(|n| n.to_string()), Ok("12345678901234567".into()));
        assert_eq!(Number::parse("123456789012345678"), Err(NumberError::TooManyDigits));
        assert_eq!(Number::parse("1e21"), Err(NumberError::OutOfRange));
        assert_eq!(Number::parse("1e999999999999"), Err(NumberError::OutOfRange));
        assert_eq!(Number::parse("1e"), Err(NumberError::Malformed));
        assert_eq!(Number::parse("0e999").map(|n| n.to_string()), Ok("0".into()));
    }

    #[test]
    fn what_outgrows_machine_words_stays_exact() {
        let big = n("99999999999999999e4");
        let mut product = Number::whole(1);
        for _ in 0..10 {
            product = product.mul(&big);
        }
        for _ in 0..10 {
            product = product.div(&big).unwrap();
        }
        assert_eq!(product, Number::whole(1));
        assert!(n("1e-21").mul(&n("1e-21")) > Number::whole(0));
    }

    #[test]
    fn fractions_print_as_fractions() {
        assert_eq!(Number::ratio(5, -9).to_string(), "-5/9");
        assert_eq!(Number::ratio(1, 8).to_string(), "0.125");
        assert_eq!(n("-0.05").to_string(), "-0.05");
    }
}
