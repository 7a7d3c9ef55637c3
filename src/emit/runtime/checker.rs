// ---------------------------------------------------------------- how it works
//
// A test is true, false or unknown; logic is strong Kleene. A value is known,
// unknown, or not applicable; a test over what does not apply is false. What is
// unknown carries the facts that keep it open, one bit each, so that a report
// can name them. Numbers are exact: whole numerators over whole denominators.

/// A set, one bit for each place that something may have in it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bits<const WORDS: usize>([u64; WORDS]);

/// Facts, by their places in `FACTS`.
pub type Facts = Bits<FACT_WORDS>;

/// Members of a type, by their places in it.
pub type Set = Bits<MEMBER_WORDS>;

impl<const WORDS: usize> Bits<WORDS> {
    pub const NONE: Self = Self([0; WORDS]);

    pub const fn one(place: usize) -> Self {
        let mut bits = [0; WORDS];
        bits[place / 64] = 1 << (place % 64);
        Self(bits)
    }

    fn has(self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    fn and(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
        self
    }

    fn without(mut self, place: usize) -> Self {
        self.0[place / 64] &= !(1 << (place % 64));
        self
    }

    fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// One of three truth values.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Truth {
    True,
    False,
    Unknown(Facts),
}

use Truth::{False, True};

impl Truth {
    fn open(self) -> Facts {
        match self {
            Truth::Unknown(facts) => facts,
            True | False => Facts::NONE,
        }
    }

    fn between(sure: bool, possible: bool, facts: Facts) -> Self {
        match (sure, possible) {
            (true, _) => True,
            (false, true) => Truth::Unknown(facts),
            (false, false) => False,
        }
    }

    fn of(value: bool) -> Self {
        if value { True } else { False }
    }
}

/// A member of an enumeration: its place in it.
pub type Member = usize;

/// What a record says of a fact, or what a computation comes to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value<T> {
    NotApplicable,
    Unknown(Facts),
    Known(T),
}

impl<T> Value<T> {
    pub const fn missing(fact: usize) -> Self {
        Value::Unknown(Facts::one(fact))
    }

    fn map<U>(self, f: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Value::NotApplicable => Value::NotApplicable,
            Value::Unknown(facts) => Value::Unknown(facts),
            Value::Known(value) => Value::Known(f(value)),
        }
    }
}

// ---------------------------------------------------------------- tests of tests

pub fn is_true(value: &Value<bool>) -> Truth {
    match value {
        Value::NotApplicable => False,
        Value::Unknown(facts) => Truth::Unknown(*facts),
        Value::Known(value) => Truth::of(*value),
    }
}

pub fn negate(test: Truth) -> Truth {
    match test {
        True => False,
        False => True,
        unknown => unknown,
    }
}

/// One decisive test decides; else one that is unknown leaves it open.
fn join(tests: impl IntoIterator<Item = Truth>, decisive: bool) -> Truth {
    let mut open: Option<Facts> = None;
    for test in tests {
        match test {
            True if decisive => return True,
            False if !decisive => return False,
            True | False => {}
            Truth::Unknown(facts) => open = Some(open.map_or(facts, |open| open.and(facts))),
        }
    }
    open.map_or(Truth::of(!decisive), Truth::Unknown)
}

pub fn every(tests: &[Truth]) -> Truth {
    join(tests.iter().copied(), false)
}

pub fn either(tests: &[Truth]) -> Truth {
    join(tests.iter().copied(), true)
}

/// If ... then ... else ...: where the condition is unknown, what both branches share.
pub fn choose(condition: Truth, then: Truth, otherwise: Truth) -> Truth {
    match condition {
        True => then,
        False => otherwise,
        Truth::Unknown(_) if then == otherwise && matches!(then, True | False) => then,
        Truth::Unknown(facts) => Truth::Unknown(facts.and(then.open()).and(otherwise.open())),
    }
}

#[derive(Clone, Copy)]
pub enum HowMany {
    AtLeast,
    AtMost,
    Exactly,
}

pub fn some_of(how: HowMany, wanted: usize, tests: &[Truth]) -> Truth {
    let sure = tests.iter().filter(|test| **test == True).count();
    let possible = tests.iter().filter(|test| **test != False).count();
    let facts = tests.iter().fold(Facts::NONE, |facts, test| facts.and(test.open()));
    match how {
        HowMany::AtLeast => Truth::between(sure >= wanted, possible >= wanted, facts),
        HowMany::AtMost => Truth::between(possible <= wanted, sure <= wanted, facts),
        HowMany::Exactly => Truth::between(sure == wanted && possible == wanted, sure <= wanted && wanted <= possible, facts),
    }
}

// ---------------------------------------------------------------- exact numbers

/// A whole number of any size: its sign and its digits to base 2^32, least first.
#[derive(Clone, PartialEq, Debug)]
pub struct Whole {
    negative: bool,
    digits: Vec<u32>,
}

impl Whole {
    fn new(value: i128) -> Self {
        let mut rest = value.unsigned_abs();
        let mut digits = Vec::new();
        while rest > 0 {
            digits.push(rest as u32);
            rest >>= 32;
        }
        Self { negative: value < 0, digits }
    }

    fn signed(negative: bool, mut digits: Vec<u32>) -> Self {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self { negative: negative && !digits.is_empty(), digits }
    }

    fn compare_sizes(a: &[u32], b: &[u32]) -> std::cmp::Ordering {
        a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
    }

    fn add(&self, other: &Self) -> Self {
        let (large, small) = match Self::compare_sizes(&self.digits, &other.digits) {
            std::cmp::Ordering::Less => (other, self),
            _ => (self, other),
        };
        let mut digits = Vec::with_capacity(large.digits.len() + 1);
        let mut carry = 0i64;
        for (i, digit) in large.digits.iter().enumerate() {
            let second = i64::from(*small.digits.get(i).unwrap_or(&0));
            let sum = i64::from(*digit) + carry + if large.negative == small.negative { second } else { -second };
            digits.push(sum as u32);
            carry = sum >> 32;
        }
        if carry > 0 {
            digits.push(carry as u32);
        }
        Self::signed(large.negative, digits)
    }

    fn mul(&self, other: &Self) -> Self {
        let mut digits = vec![0u32; self.digits.len() + other.digits.len()];
        for (i, a) in self.digits.iter().enumerate() {
            let mut carry = 0u64;
            for (j, b) in other.digits.iter().enumerate() {
                let sum = u64::from(*a) * u64::from(*b) + u64::from(digits[i + j]) + carry;
                digits[i + j] = sum as u32;
                carry = sum >> 32;
            }
            digits[i + other.digits.len()] = carry as u32;
        }
        Self::signed(self.negative != other.negative, digits)
    }

    fn neg(mut self) -> Self {
        self.negative = !self.negative && !self.digits.is_empty();
        self
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self.negative, other.negative) {
            (false, true) => std::cmp::Ordering::Greater,
            (true, false) => std::cmp::Ordering::Less,
            (false, false) => Self::compare_sizes(&self.digits, &other.digits),
            (true, true) => Self::compare_sizes(&other.digits, &self.digits),
        }
    }
}

/// A rational number: a numerator over a positive denominator.
///
/// The product of two numbers of 64 bits lies within 2^126, and so the sum of two such products within
/// 2^127: with 128 bits what is small is compared, added and multiplied exactly, and cannot overflow.
#[derive(Clone, Debug)]
pub enum Number {
    Small(i64, i64),
    Big(Box<(Whole, Whole)>),
}

impl Number {
    pub const fn whole(value: i64) -> Self {
        Number::Small(value, 1)
    }

    /// From decimal texts of numerator and denominator.
    pub fn ratio(numerator: &str, denominator: &str) -> Self {
        match (numerator.parse(), denominator.parse()) {
            (Ok(n), Ok(d)) => Number::Small(n, d),
            _ => Number::Big(Box::new((parse_whole(numerator), parse_whole(denominator)))),
        }
    }

    fn of(n: i128, d: i128) -> Self {
        // Conversions that can fail are no part of the oldest edition, which `rustc` takes by default.
        let narrow = |n: i128| if (n as i64) as i128 == n { Some(n as i64) } else { None };
        match (narrow(n), narrow(d)) {
            (Some(n), Some(d)) => Number::Small(n, d),
            _ => Number::Big(Box::new((Whole::new(n), Whole::new(d)))),
        }
    }

    fn big(&self) -> (Whole, Whole) {
        match self {
            Number::Small(n, d) => (Whole::new((*n).into()), Whole::new((*d).into())),
            Number::Big(big) => (**big).clone(),
        }
    }

    fn is_whole(&self) -> bool {
        // Only recorded numbers are asked: decimals of 17 digits, whose denominator is a power of ten.
        match self {
            Number::Small(n, d) => n % d == 0,
            Number::Big(big) => big.1.digits == [1],
        }
    }

    fn neg(&self) -> Self {
        match self {
            Number::Small(n, d) => Number::of(-i128::from(*n), (*d).into()),
            Number::Big(big) => Number::Big(Box::new((big.0.clone().neg(), big.1.clone()))),
        }
    }

    fn add(&self, other: &Self) -> Self {
        if let (Number::Small(a, b), Number::Small(c, d)) = (self, other) {
            // Decimals share a denominator; without this a long sum would multiply them all.
            let (x, y) = if b == d { (1, 1) } else if b % d == 0 { (1, b / d) } else if d % b == 0 { (d / b, 1) } else { (*d, *b) };
            let [a, b, c, x, y] = [*a, *b, *c, x, y].map(i128::from);
            return Number::of(a * x + c * y, b * x);
        }
        let ((a, b), (c, d)) = (self.big(), other.big());
        Number::Big(Box::new((a.mul(&d).add(&c.mul(&b)), b.mul(&d))))
    }

    fn mul(&self, other: &Self) -> Self {
        if let (Number::Small(a, b), Number::Small(c, d)) = (self, other) {
            let [a, b, c, d] = [*a, *b, *c, *d].map(i128::from);
            return Number::of(a * c, b * d);
        }
        let ((a, b), (c, d)) = (self.big(), other.big());
        Number::Big(Box::new((a.mul(&c), b.mul(&d))))
    }

    fn compare_big(&self, other: &Self) -> std::cmp::Ordering {
        let ((a, b), (c, d)) = (self.big(), other.big());
        a.mul(&d).compare(&c.mul(&b))
    }

    /// One over it; it is not zero.
    fn inverse(&self) -> Self {
        match self {
            Number::Small(n, d) => Number::of(i128::from(*d) * i128::from(n.signum()), i128::from(*n).abs()),
            Number::Big(big) => {
                let (n, d) = (**big).clone();
                Number::Big(Box::new(if n.negative { (d.neg(), n.neg()) } else { (d, n) }))
            }
        }
    }
}

impl PartialOrd for Number {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if let (Number::Small(a, b), Number::Small(c, d)) = (self, other) {
            let [a, b, c, d] = [*a, *b, *c, *d].map(i128::from);
            return Some((a * d).cmp(&(c * b)));
        }
        Some(self.compare_big(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(std::cmp::Ordering::Equal)
    }
}

fn parse_whole(text: &str) -> Whole {
    let ten = Whole::new(10);
    let digits = text.trim_start_matches('-');
    let value = digits.bytes().fold(Whole::new(0), |sum, b| sum.mul(&ten).add(&Whole::new(i128::from(b - b'0'))));
    if text.starts_with('-') { value.neg() } else { value }
}

/// A number, or numbers from low to high of which one is meant; facts keep open which.
#[derive(Clone, Debug)]
pub enum Span {
    Exact(Number),
    Between(Box<(Number, Number)>, Facts),
}

impl Span {
    fn between(low: Number, high: Number, facts: Facts) -> Self {
        if low == high { Self::Exact(low) } else { Self::Between(Box::new((low, high)), facts) }
    }

    fn low(&self) -> &Number {
        match self {
            Self::Exact(number) => number,
            Self::Between(ends, _) => &ends.0,
        }
    }

    fn high(&self) -> &Number {
        match self {
            Self::Exact(number) => number,
            Self::Between(ends, _) => &ends.1,
        }
    }

    /// Something that grows with the number, of each end.
    fn map(&self, of: impl Fn(&Number) -> Number) -> Self {
        match self {
            Self::Exact(number) => Self::Exact(of(number)),
            Self::Between(ends, facts) => Self::Between(Box::new((of(&ends.0), of(&ends.1))), *facts),
        }
    }

    fn neg(&self) -> Self {
        match self {
            Self::Exact(number) => Self::Exact(number.neg()),
            Self::Between(ends, facts) => Self::Between(Box::new((ends.1.neg(), ends.0.neg())), *facts),
        }
    }

    fn add(&self, other: &Self, facts: Facts) -> Self {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => Self::Exact(a.add(b)),
            (a, b) => Self::between(a.low().add(b.low()), a.high().add(b.high()), facts),
        }
    }

    fn mul(&self, other: &Self, facts: Facts) -> Self {
        if let (Self::Exact(a), Self::Exact(b)) = (self, other) {
            return Self::Exact(a.mul(b));
        }
        let ([a, b], [c, d]) = ([self.low(), self.high()], [other.low(), other.high()]);
        let corners = [a.mul(c), a.mul(d), b.mul(c), b.mul(d)];
        let least = corners.iter().fold(&corners[0], |least, corner| if corner < least { corner } else { least });
        let greatest = corners.iter().fold(&corners[0], |greatest, corner| if corner > greatest { corner } else { greatest });
        Self::between(least.clone(), greatest.clone(), facts)
    }

    /// One over it; none where it may be zero.
    fn inverse(&self) -> Option<Self> {
        let zero = Number::whole(0);
        match self {
            _ if *self.low() <= zero && zero <= *self.high() => None,
            Self::Exact(number) => Some(Self::Exact(number.inverse())),
            Self::Between(ends, facts) => Some(Self::Between(Box::new((ends.1.inverse(), ends.0.inverse())), *facts)),
        }
    }
}

pub const fn literal(number: Number) -> Value<Span> {
    Value::Known(Span::Exact(number))
}

pub fn number(value: &Value<Number>) -> Value<Span> {
    value.clone().map(Span::Exact)
}

fn open_span(value: &Value<Span>) -> Facts {
    match value {
        Value::NotApplicable | Value::Known(Span::Exact(_)) => Facts::NONE,
        Value::Unknown(facts) | Value::Known(Span::Between(_, facts)) => *facts,
    }
}

#[derive(Clone, Copy)]
pub enum Sign {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[inline(always)] // The sign is written out in each call: inlined, its match folds away.
pub fn compare(left: Value<Span>, sign: Sign, right: Value<Span>) -> Truth {
    let facts = open_span(&left).and(open_span(&right));
    let (left, right) = match (left, right) {
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => return False,
        (Value::Known(left), Value::Known(right)) => (left, right),
        _ => return Truth::Unknown(facts),
    };
    let exact = matches!((&left, &right), (Span::Exact(_), Span::Exact(_)));
    let ((a, b), (c, d)) = ((left.low(), left.high()), (right.low(), right.high()));
    match sign {
        Sign::Less => Truth::between(b < c, !exact && a < d, facts),
        Sign::LessOrEqual => Truth::between(b <= c, !exact && a <= d, facts),
        Sign::Greater => Truth::between(a > d, !exact && b > c, facts),
        Sign::GreaterOrEqual => Truth::between(a >= d, !exact && b >= c, facts),
        Sign::Equal => Truth::between(exact && a == c, !exact && a <= d && c <= b, facts),
    }
}

/// Joins known values from the left; one that does not apply decides, one that is unknown leaves it open.
fn fold<const N: usize>(terms: [(bool, Value<Span>); N], join: impl Fn(bool, Span, Span, Facts) -> Option<Span>) -> Value<Span> {
    if terms.iter().any(|(_, term)| matches!(term, Value::NotApplicable)) {
        return Value::NotApplicable;
    }
    let facts = terms.iter().fold(Facts::NONE, |facts, (_, term)| facts.and(open_span(term)));
    let mut result: Option<Span> = None;
    for (flag, term) in terms {
        let Value::Known(term) = term else { return Value::Unknown(facts) };
        result = match result {
            None => Some(term),
            Some(so_far) => match join(flag, so_far, term, facts) {
                None => return Value::Unknown(facts),
                joined => joined,
            },
        };
    }
    result.map_or(Value::Unknown(facts), Value::Known)
}

/// A sum; the flag marks what is subtracted.
pub fn total<const N: usize>(terms: [(bool, Value<Span>); N]) -> Value<Span> {
    fold(terms, |minus, sum, term, facts| Some(sum.add(&if minus { term.neg() } else { term }, facts)))
}

/// A product; the flag marks what is divided by, which is never zero.
pub fn product<const N: usize>(terms: [(bool, Value<Span>); N]) -> Value<Span> {
    fold(terms, |divides, product, factor, facts| Some(product.mul(&if divides { factor.inverse()? } else { factor }, facts)))
}

pub fn convert(value: Value<Span>, factor: &Number, shift: &Number) -> Value<Span> {
    value.map(|span| span.map(|number| number.mul(factor).add(shift)))
}

// ---------------------------------------------------------------- dates

/// A day: its number since 1970-01-01, by which days are told apart, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    number: i32,
    year: i16,
    month: u8,
    of_month: u8,
}

impl Day {
    /// Earlier and later than every date that can be written.
    const BEFORE_ALL: Self = Self { number: -1_000_000_000, year: 0, month: 0, of_month: 0 };
    const AFTER_ALL: Self = Self { number: 1_000_000_000, year: 0, month: 0, of_month: 0 };

    pub const fn new(year: i16, month: u8, of_month: u8) -> Self {
        Self { number: day_number(year as i32, month as i32, of_month as i32), year, month, of_month }
    }

    /// The number of the day so far after it, clamped to the end of its month.
    fn after(self, count: i32, unit: Unit) -> i32 {
        let months = match unit {
            _ if self == Self::BEFORE_ALL || self == Self::AFTER_ALL => return self.number,
            Unit::Days => return self.number + count,
            Unit::Weeks => return self.number + 7 * count,
            Unit::Months => count,
            Unit::Years => 12 * count,
        };
        let total = 12 * i32::from(self.year) + i32::from(self.month) - 1 + months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        day_number(year, month, i32::from(self.of_month).min(month_length(year, month)))
    }
}

impl PartialEq for Day {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Day {}

impl PartialOrd for Day {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Day {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number.cmp(&other.number)
    }
}

/// A date that lies between two days; where they differ, facts keep it open.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    first: Day,
    last: Day,
    facts: Facts,
}

impl Days {
    pub const fn on(day: Day) -> Self {
        Self { first: day, last: day, facts: Facts::NONE }
    }

    fn is_exact(self) -> bool {
        self.first == self.last
    }

    fn open(self) -> Facts {
        if self.is_exact() { Facts::NONE } else { self.facts }
    }
}

const fn day_number(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn month_length(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[derive(Clone, Copy)]
pub enum Unit {
    Years,
    Months,
    Weeks,
    Days,
}

/// Completed units. Twelve months are a year, so as many years are completed as there are dozens of months.
fn completed(unit: Unit, from: Day, to: Day) -> i32 {
    let months = || {
        let whole = 12 * (i32::from(to.year) - i32::from(from.year)) + i32::from(to.month) - i32::from(from.month);
        let due = i32::from(from.of_month).min(month_length(to.year.into(), to.month.into()));
        if due > to.of_month.into() { whole - 1 } else { whole }
    };
    match unit {
        Unit::Days => to.number - from.number,
        Unit::Weeks => (to.number - from.number).div_euclid(7),
        Unit::Months => months(),
        Unit::Years => months().div_euclid(12),
    }
}

fn open_days(value: &Value<Days>) -> Facts {
    match value {
        Value::NotApplicable => Facts::NONE,
        Value::Unknown(facts) => *facts,
        Value::Known(days) => days.open(),
    }
}

/// Completed units between two dates.
pub fn elapsed(unit: Unit, from: &Value<Days>, to: &Value<Days>) -> Value<Span> {
    let facts = open_days(from).and(open_days(to));
    match (from, to) {
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => Value::NotApplicable,
        // There is no duration up to a day that has not come.
        (Value::Known(a), Value::Known(b)) if a.last != Day::AFTER_ALL && b.last != Day::AFTER_ALL => {
            let whole = |from, to| Number::whole(completed(unit, from, to).into());
            if a.is_exact() && b.is_exact() {
                return literal(whole(a.first, b.first));
            }
            Value::Known(Span::between(whole(a.last, b.first), whole(a.first, b.last), facts))
        }
        _ => Value::Unknown(facts),
    }
}

/// How a day must lie to an anchor.
#[derive(Clone, Copy)]
pub enum Relation {
    Before,
    OnOrBefore,
    On,
    OnOrAfter,
    After,
    WithinBefore(i32, Unit),
    WithinAfter(i32, Unit),
    WithinOf(i32, Unit),
    LessThanBefore(i32, Unit),
    LessThanAfter(i32, Unit),
    AtLeastBefore(i32, Unit),
    AtLeastAfter(i32, Unit),
    MoreThanBefore(i32, Unit),
    MoreThanAfter(i32, Unit),
}

/// Whether a day from start to end stands so to the anchor.
#[inline(always)] // The relation is written out in each call: inlined, its match folds away.
fn holds(relation: Relation, start: Day, end: Day, anchor: Day) -> bool {
    match relation {
        Relation::Before => start < anchor,
        Relation::OnOrBefore => start <= anchor,
        Relation::On => start <= anchor && anchor <= end,
        Relation::OnOrAfter => anchor <= end,
        Relation::After => anchor < end,
        Relation::WithinBefore(n, unit) => start <= anchor && anchor.number <= end.after(n, unit),
        Relation::WithinAfter(n, unit) => anchor <= end && start.number <= anchor.after(n, unit),
        Relation::WithinOf(n, unit) => anchor.number <= end.after(n, unit) && start.number <= anchor.after(n, unit),
        Relation::LessThanBefore(n, unit) => start <= anchor && anchor.number < end.after(n, unit),
        Relation::LessThanAfter(n, unit) => anchor <= end && start.number < anchor.after(n, unit),
        Relation::AtLeastBefore(n, unit) => start.after(n, unit) <= anchor.number,
        Relation::AtLeastAfter(n, unit) => anchor.after(n, unit) <= end.number,
        Relation::MoreThanBefore(n, unit) => start.after(n, unit) < anchor.number,
        Relation::MoreThanAfter(n, unit) => anchor.after(n, unit) < end.number,
    }
}

/// The truth of it for partial dates, each of which may be any of its days.
#[inline(always)]
fn extent_lies(relation: Relation, start: Days, end: Days, anchor: Days, facts: Facts) -> Truth {
    if start.is_exact() && end.is_exact() && anchor.is_exact() && start.first <= end.first {
        return Truth::of(holds(relation, start.first, end.first, anchor.first));
    }
    let (latest_start, earliest_end) = (start.last.min(end.last), end.first.max(start.first));
    let sure = holds(relation, latest_start, earliest_end, anchor.first) && holds(relation, latest_start, earliest_end, anchor.last);
    let nearest = match relation {
        Relation::Before | Relation::OnOrBefore | Relation::AtLeastBefore(..) | Relation::MoreThanBefore(..) => anchor.last,
        Relation::OnOrAfter | Relation::After | Relation::AtLeastAfter(..) | Relation::MoreThanAfter(..) => anchor.first,
        _ if anchor.first > end.last => anchor.first,
        _ => anchor.first.max(start.first).min(anchor.last),
    };
    Truth::between(sure, holds(relation, start.first, end.last, nearest), facts)
}

#[inline(always)]
pub fn lies(date: &Value<Days>, relation: Relation, anchor: &Value<Days>) -> Truth {
    let facts = open_days(date).and(open_days(anchor));
    match (date, anchor) {
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => False,
        (Value::Known(date), Value::Known(anchor)) => extent_lies(relation, *date, *date, *anchor, facts),
        _ => Truth::Unknown(facts),
    }
}

// ---------------------------------------------------------------- members and sets

pub fn is_in(value: &Value<Member>, members: &[Member]) -> Truth {
    match value {
        Value::NotApplicable => False,
        Value::Unknown(facts) => Truth::Unknown(*facts),
        Value::Known(member) => Truth::of(members.contains(member)),
    }
}

pub fn rank(value: &Value<Member>) -> Value<Span> {
    value.map(|member| Span::Exact(Number::whole(member as i64)))
}

fn ask(set: &Value<Set>, question: impl Fn(Set) -> bool) -> Truth {
    match set {
        Value::NotApplicable => Truth::of(question(Set::NONE)),
        Value::Unknown(facts) => Truth::Unknown(*facts),
        Value::Known(set) => Truth::of(question(*set)),
    }
}

pub fn has_any(set: &Value<Set>) -> Truth {
    ask(set, |set| set != Set::NONE)
}

pub fn has_any_of(set: &Value<Set>, members: &[Member]) -> Truth {
    ask(set, |set| members.iter().any(|member| set.has(*member)))
}

pub fn has_any_except(set: &Value<Set>, members: &[Member]) -> Truth {
    ask(set, |set| members.iter().fold(set, |set, member| set.without(*member)) != Set::NONE)
}

pub fn has_all_of(set: &Value<Set>, members: &[Member]) -> Truth {
    ask(set, |set| members.iter().all(|member| set.has(*member)))
}

/// How many members a set has; one that does not apply has none.
pub fn size(set: &Value<Set>) -> Value<Span> {
    match set {
        Value::NotApplicable => literal(Number::whole(0)),
        Value::Unknown(facts) => Value::Unknown(*facts),
        Value::Known(set) => literal(Number::whole(set.len() as i64)),
    }
}

// ---------------------------------------------------------------- labs

/// A laboratory value with the limits of normal that came with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Lab {
    pub value: Value<Number>,
    pub upper: Value<Number>,
    pub lower: Value<Number>,
    pub date: Value<Days>,
}

impl PartialEq for Days {
    fn eq(&self, other: &Self) -> bool {
        (self.first, self.last) == (other.first, other.last)
    }
}

/// A part of a lab.
pub fn part<T: Clone>(lab: &Value<Lab>, take: fn(&Lab) -> &Value<T>) -> Value<T> {
    match lab {
        Value::NotApplicable => Value::NotApplicable,
        Value::Unknown(facts) => Value::Unknown(*facts),
        Value::Known(lab) => take(lab).clone(),
    }
}

// ---------------------------------------------------------------- events

/// What every event has.
pub trait Event {
    /// The bit of the fact that lists it.
    const FACT: usize;
    const LASTING: bool;
    fn date(&self) -> &Value<Days>;
    fn end(&self) -> &Value<Days>;
}

fn is_loose(value: &Value<Days>) -> bool {
    !matches!(value, Value::Known(days) if days.is_exact())
}

fn in_window<E: Event>(event: &E, relation: Relation, anchor: &Value<Days>) -> Truth {
    let start = match event.date() {
        Value::Known(days) => *days,
        _ => Days { first: Day::BEFORE_ALL, last: Day::AFTER_ALL, facts: Facts::NONE },
    };
    let end = match event.end() {
        _ if !E::LASTING => start,
        Value::Known(days) => *days,
        _ => Days { first: start.first, last: Day::AFTER_ALL, facts: Facts::NONE },
    };
    let loose = is_loose(event.date()) || (E::LASTING && is_loose(event.end()));
    let facts = open_days(anchor).and(if loose { Facts::one(E::FACT) } else { Facts::NONE });
    match anchor {
        Value::Known(anchor) => extent_lies(relation, start, end, *anchor, facts),
        _ => Truth::Unknown(facts),
    }
}

/// The events that are selected, surely or possibly.
pub fn select<'a, E: Event>(
    events: &'a Value<Vec<E>>,
    condition: impl Fn(&E) -> Truth,
    window: Option<(Relation, Value<Days>)>,
) -> Value<impl Iterator<Item = (&'a E, Truth)>> {
    let list: &[E] = match (events, &window) {
        // A window over what does not apply is false of every event.
        (Value::NotApplicable, _) | (_, Some((_, Value::NotApplicable))) => &[],
        (Value::Unknown(facts), window) => {
            return Value::Unknown(window.as_ref().map_or(*facts, |(_, anchor)| facts.and(open_days(anchor))));
        }
        (Value::Known(events), _) => events,
    };
    let truth = move |event| match (condition(event), &window) {
        (test, Some((relation, anchor))) if test != False => every(&[test, in_window(event, *relation, anchor)]),
        (test, _) => test,
    };
    Value::Known(list.iter().map(move |event| (event, truth(event))).filter(|(_, truth)| *truth != False))
}

/// Whether some event is selected.
pub fn happened<'a, E: 'a>(selected: Value<impl Iterator<Item = (&'a E, Truth)>>) -> Truth {
    match selected {
        Value::NotApplicable => False,
        Value::Unknown(facts) => Truth::Unknown(facts),
        Value::Known(events) => join(events.map(|(_, truth)| truth), true),
    }
}

pub fn count<'a, E: 'a>(selected: Value<impl Iterator<Item = (&'a E, Truth)>>) -> Value<Span> {
    selected.map(|events| {
        let (mut sure, mut possible, mut facts) = (0, 0, Facts::NONE);
        for (_, truth) in events {
            sure += i64::from(truth == True);
            possible += 1;
            facts = facts.and(truth.open());
        }
        Span::between(Number::whole(sure), Number::whole(possible), facts)
    })
}

/// What can be taken of an event: how two of it compare, and whether it is known wholly.
pub trait Attribute: Clone + PartialEq {
    /// Whether it may lie beyond another, in the direction asked.
    fn exceeds(&self, _other: &Self, _highest: bool) -> bool {
        true
    }
    /// The one that lies further.
    fn further(self, other: Self, highest: bool) -> Self {
        if other.exceeds(&self, highest) { other } else { self }
    }
    fn is_loose(&self) -> bool {
        false
    }
    fn kept_open_by(self, _facts: Facts) -> Self {
        self
    }
}

impl Attribute for bool {}
impl Attribute for Set {}

impl Attribute for Member {
    fn exceeds(&self, other: &Self, highest: bool) -> bool {
        if highest { self > other } else { self < other }
    }
}

impl Attribute for Number {
    fn exceeds(&self, other: &Self, highest: bool) -> bool {
        if highest { self > other } else { self < other }
    }
}

impl Attribute for Days {
    fn exceeds(&self, other: &Self, highest: bool) -> bool {
        if highest { self.last > other.first } else { self.first < other.last }
    }
    fn further(self, other: Self, highest: bool) -> Self {
        let end = |a: Day, b: Day| if highest { a.max(b) } else { a.min(b) };
        Self { first: end(self.first, other.first), last: end(self.last, other.last), facts: self.facts }
    }
    fn is_loose(&self) -> bool {
        !self.is_exact()
    }
    fn kept_open_by(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Which {
    Latest,
    Earliest,
    Highest,
    Lowest,
}

/// The attribute of one of the events, if every possible choice gives the same.
pub fn pick<'a, E: Event + 'a, T: Attribute>(
    which: Which,
    selected: Value<impl Iterator<Item = (&'a E, Truth)>>,
    attribute: impl Fn(&E) -> Value<T>,
    bound: Option<T>,
) -> Value<T> {
    let events: Vec<(&E, Truth)> = match selected {
        Value::NotApplicable => return Value::NotApplicable,
        Value::Unknown(facts) => return Value::Unknown(facts),
        Value::Known(events) => events.collect(),
    };
    let by_date = matches!(which, Which::Latest | Which::Earliest);
    let mut facts = Facts::NONE;
    for (event, truth) in &events {
        let value_is_loose = match attribute(event) {
            Value::Known(value) => value.is_loose(),
            _ => true,
        };
        let loose = value_is_loose || (by_date && is_loose(event.date()));
        facts = facts.and(truth.open()).and(if loose { Facts::one(E::FACT) } else { Facts::NONE });
    }
    let value = if by_date {
        chosen(which == Which::Latest, &events, attribute)
    } else {
        extreme(which == Which::Highest, &events, attribute, bound)
    };
    value.map_or(Value::Unknown(facts), |value| Value::Known(value.kept_open_by(facts)))
}

fn known<T>(value: Value<T>) -> Option<T> {
    match value {
        Value::Known(value) => Some(value),
        _ => None,
    }
}

fn chosen<E: Event, T: Attribute>(latest: bool, events: &[(&E, Truth)], attribute: impl Fn(&E) -> Value<T>) -> Option<T> {
    let days = |event: &E| match event.date() {
        Value::Known(days) if latest => (days.first.number, days.last.number),
        Value::Known(days) => (-days.last.number, -days.first.number),
        _ => (Day::BEFORE_ALL.number, Day::AFTER_ALL.number),
    };
    let threshold = events.iter().filter(|(_, truth)| *truth == True).map(|(event, _)| days(event).0).max()?;
    let mut candidates = events.iter().filter(|(event, _)| days(event).1 >= threshold).map(|(event, _)| known(attribute(event)));
    let first = candidates.next()??;
    // Two partial dates agree on nothing, though they be written alike.
    let exact = !first.is_loose();
    candidates.all(|value| exact && value.as_ref() == Some(&first)).then_some(first)
}

fn extreme<E: Event, T: Attribute>(
    highest: bool,
    events: &[(&E, Truth)],
    attribute: impl Fn(&E) -> Value<T>,
    bound: Option<T>,
) -> Option<T> {
    let values: Vec<(Option<T>, Truth)> = events.iter().map(|(event, truth)| (known(attribute(event)), *truth)).collect();
    let sure = values.iter().filter(|(_, truth)| *truth == True).filter_map(|(value, _)| value.clone());
    let best = sure.reduce(|best, value| best.further(value, highest))?;
    if values.iter().any(|(value, _)| value.is_none()) && bound.as_ref() != Some(&best) {
        return None;
    }
    let mut doubtful = values.iter().filter(|(_, truth)| *truth != True).filter_map(|(value, _)| value.as_ref());
    (!doubtful.any(|value| value.exceeds(&best, highest))).then_some(best)
}

// ---------------------------------------------------------------- JSON

/// A JSON value of a text. Of a repeated key the last counts.
#[derive(Clone, Debug)]
pub enum Json<'a> {
    Null,
    True,
    False,
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

type Entries<'a> = [(Cow<'a, str>, Json<'a>)];

const MAX_NESTING: usize = 128;

/// What a text should have had in a place.
type Expected = &'static str;

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.next() {
            self.at += 1;
        }
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, Expected> {
        if depth > MAX_NESTING {
            return Err("less nesting");
        }
        self.space();
        let value = match self.next() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.take("true") => Json::True,
            _ if self.take("false") => Json::False,
            _ if self.take("null") => Json::Null,
            _ => return Err("a value"),
        };
        self.space();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, Expected> {
        self.at += 1;
        let mut entries = Vec::new();
        self.space();
        if self.take("}") {
            return Ok(Json::Object(entries));
        }
        loop {
            self.space();
            if self.next() != Some(b'"') {
                return Err("a key");
            }
            let key = self.string()?;
            self.space();
            if !self.take(":") {
                return Err("`:`");
            }
            entries.push((key, self.value(depth + 1)?));
            if self.take("}") {
                return Ok(Json::Object(entries));
            }
            if !self.take(",") {
                return Err("`,` or `}`");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, Expected> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take("]") {
                return Ok(Json::Array(items));
            }
            if !self.take(",") {
                return Err("`,` or `]`");
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.next() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json<'a>, Expected> {
        let start = self.at;
        self.take("-");
        let leading_zero = self.next() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err("a number");
        }
        if self.take(".") && self.digits() == 0 {
            return Err("digits");
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            if self.digits() == 0 {
                return Err("digits");
            }
        }
        Ok(Json::Number(&self.text[start..self.at]))
    }

    /// A string: a piece of the text, unless an escape stands in it.
    fn string(&mut self) -> Result<Cow<'a, str>, Expected> {
        self.at += 1;
        let mut unescaped = String::new();
        loop {
            let start = self.at;
            while self.next().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            let piece = &self.text[start..self.at];
            if self.take("\"") {
                return Ok(if unescaped.is_empty() { piece.into() } else { (unescaped + piece).into() });
            }
            if !self.take("\\") {
                return Err(if self.next().is_none() { "`\"`" } else { "an escape" });
            }
            unescaped.push_str(piece);
            unescaped.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Expected> {
        let Some(c) = self.next() else { return Err("an escape") };
        self.at += 1;
        Ok(match c {
            b'"' | b'\\' | b'/' => c.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let code = if (0xD800..0xDC00).contains(&first) && self.take("\\u") {
                    match self.hex()? {
                        second @ 0xDC00..=0xDFFF => 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                        _ => return Err("the second half of a character"),
                    }
                } else {
                    first
                };
                match char::from_u32(code) {
                    Some(c) => c,
                    None => return Err("a character"),
                }
            }
            _ => return Err("an escape"),
        })
    }

    fn hex(&mut self) -> Result<u32, Expected> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err("four hexadecimal digits"),
        }
    }
}

pub fn parse_json(text: &str) -> Result<Json<'_>, String> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0).and_then(|value| if parser.at < text.len() { Err("the end") } else { Ok(value) });
    value.map_err(|expected| format!("the text is no JSON: expected {expected} at byte {}", parser.at))
}

fn json_string(text: &str, out: &mut String) {
    out.push('"');
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push_str(text);
    } else {
        text.chars().for_each(|c| match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        });
    }
    out.push('"');
}

fn json_strings<'a>(texts: impl Iterator<Item = &'a str>, out: &mut String) {
    out.push('[');
    for (i, text) in texts.enumerate() {
        if i > 0 {
            out.push(',');
        }
        json_string(text, out);
    }
    out.push(']');
}

// ---------------------------------------------------------------- reading records

/// What is wrong with a record, and where.
#[derive(Clone, Debug)]
pub struct Mistake {
    pub path: String,
    pub code: &'static str,
    pub message: String,
}

/// The way to a value from the record that holds it.
#[derive(Clone, Copy)]
enum Path<'a> {
    Record,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_name = |key: &str| {
            key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        match self {
            Path::Record => write!(out, "$"),
            Path::Key(outer, key) if is_name(key) => write!(out, "{outer}.{key}"),
            Path::Key(outer, key) => {
                let mut quoted = String::new();
                json_string(key, &mut quoted);
                write!(out, "{outer}[{quoted}]")
            }
            Path::Item(outer, i) => write!(out, "{outer}[{i}]"),
        }
    }
}

/// A value where it stands, and the fact that is unknown where it is.
#[derive(Clone, Copy)]
struct At<'a> {
    json: &'a Json<'a>,
    path: Path<'a>,
    fact: usize,
}

/// What an object has for each of the keys that are declared for it.
struct Object<'a, const N: usize> {
    keys: &'a [&'a str; N],
    values: [&'a Json<'a>; N],
    path: Path<'a>,
}

impl<const N: usize> Object<'_, N> {
    fn at(&self, key: usize, fact: usize) -> At<'_> {
        At { json: self.values[key], path: Path::Key(&self.path, self.keys[key]), fact }
    }
}

/// A JSON number: the shortest decimal that reads back as its double; none where that is out of range.
///
/// Decimals of at most 15 digits are told apart by doubles, as long as these are not subnormal. So one of
/// them is itself the shortest of its double: a shorter one would be read as another.
fn recorded(text: &str) -> Option<Number> {
    let double = || text.parse().ok().filter(|double: &f64| double.is_finite());
    decimal(text, 15).or_else(|| decimal(&format!("{:e}", double()?), 17))
}

/// A decimal, zero or from 10^-21 to below 10^21; none where it has more digits than so many.
fn decimal(text: &str, most: u32) -> Option<Number> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = 0i64;
    for byte in whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit) {
        digits = 10 * digits + i64::from(byte - b'0');
        if digits >= 10i64.pow(most) {
            return None;
        }
    }
    if digits == 0 {
        return Some(Number::whole(0));
    }
    let power = exponent.parse::<i32>().ok()?.checked_sub(fraction.len() as i32)?;
    if !(-21..21).contains(&(power.checked_add(digits.ilog10() as i32)?)) {
        return None;
    }
    let scale = 10i128.pow(power.unsigned_abs());
    let digits = i128::from(if text.starts_with('-') { -digits } else { digits });
    Some(if power < 0 { Number::of(digits, scale) } else { Number::of(digits * scale, 1) })
}

/// Reads values; what is wrong is noted, and stands as unknown.
#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn note<T>(&mut self, at: At, code: &'static str, message: impl Into<String>) -> Value<T> {
        self.mistakes.push(Mistake { path: at.path.to_string(), code, message: message.into() });
        Value::missing(at.fact)
    }

    fn wrong<T>(&mut self, at: At, expected: &str) -> Value<T> {
        match at.json {
            Json::Null => Value::missing(at.fact),
            Json::Number(text) if !text.parse::<f64>().is_ok_and(f64::is_finite) => {
                self.note(at, "not-finite", "the number is too large for any machine")
            }
            _ => self.note(at, "wrong-type", format!("expected {expected}")),
        }
    }

    /// The values of an object by the keys it may have; of a repeated key the last counts.
    fn object<'a, const N: usize>(&mut self, entries: &'a Entries<'a>, keys: &'a [&'a str; N], path: Path<'a>) -> Object<'a, N> {
        let mut object = Object { keys, values: [&Json::Null; N], path };
        // Most records hold their keys in the order of declaration, so the search goes on where it ended.
        let mut next = 0;
        for (key, json) in entries {
            match (next..N).chain(0..next).find(|place| keys[*place] == key) {
                Some(place) => {
                    object.values[place] = json;
                    next = place + 1;
                }
                None => {
                    let at = At { json, path: Path::Key(&path, key), fact: 0 };
                    let _: Value<()> = self.note(at, "undeclared-key", format!("the protocol declares no `{key}` here"));
                }
            }
        }
        object
    }

    fn boolean(&mut self, at: At) -> Value<bool> {
        match at.json {
            Json::True => Value::Known(true),
            Json::False => Value::Known(false),
            _ => self.wrong(at, "true or false"),
        }
    }

    fn number(&mut self, at: At, whole: bool, range: Option<(Number, Number)>, expected: &str) -> Value<Number> {
        let Json::Number(text) = at.json else { return self.wrong(at, expected) };
        match recorded(text) {
            None if !text.parse::<f64>().is_ok_and(f64::is_finite) => self.wrong(at, expected),
            None => self.note(at, "out-of-range", "numbers lie below 10^21 and, unless zero, above its inverse"),
            Some(number) if whole && !number.is_whole() => {
                self.note(at, "wrong-type", format!("expected {expected}, not a fraction"))
            }
            Some(number) => match range {
                Some((low, high)) if number < low || number > high => {
                    self.note(at, "out-of-range", "the number lies outside the plausible range")
                }
                _ => Value::Known(number),
            },
        }
    }

    fn member(&mut self, at: At, members: &[&str]) -> Value<Member> {
        let Json::String(text) = at.json else { return self.wrong(at, "a member, as a string") };
        match members.iter().position(|member| member == text) {
            Some(member) => Value::Known(member),
            None => self.note(at, "undeclared-member", format!("`{text}` is no member")),
        }
    }

    fn set(&mut self, at: At, members: &[&str]) -> Value<Set> {
        let Json::Array(items) = at.json else { return self.wrong(at, "a list of members") };
        let mut found = Set::NONE;
        for (i, json) in items.iter().enumerate() {
            let at = At { json, path: Path::Item(&at.path, i), ..at };
            if let Json::Null = json {
                let _: Value<()> = self.note(at, "wrong-type", "a set holds members, not null");
            }
            let Value::Known(member) = self.member(at, members) else { continue };
            if found.has(member) {
                let _: Value<()> = self.note(at, "repeated-member", format!("`{}` stands twice in the set", members[member]));
            }
            found = found.and(Set::one(member));
        }
        Value::Known(found)
    }

    fn date(&mut self, at: At) -> Value<Days> {
        let Json::String(text) = at.json else { return self.wrong(at, "a date") };
        match parse_date(text, at.fact) {
            Some(days) => Value::Known(days),
            None => self.note(at, "not-a-date", format!("`{text}` is no day, month or year of the calendar")),
        }
    }

    fn end(&mut self, at: At) -> Value<Days> {
        match at.json {
            Json::String(text) if text == "ongoing" => Value::Known(Days::on(Day::AFTER_ALL)),
            _ => self.date(at),
        }
    }

    fn lab(&mut self, at: At, unit: &str) -> Value<Lab> {
        let Json::Object(entries) = at.json else { return self.wrong(at, "an object with a `value`") };
        let parts = self.object(entries, &["value", "upper", "lower", "date"], at.path);
        let [value, upper, lower] = [0, 1, 2].map(|part| self.number(parts.at(part, at.fact), false, None, unit));
        if let (Value::Known(lower), Value::Known(upper)) = (&lower, &upper) {
            if lower > upper {
                let _: Value<()> = self.note(at, "limits-out-of-order", "the lower limit is above the upper limit");
            }
        }
        Value::Known(Lab { value, upper, lower, date: self.date(parts.at(3, at.fact)) })
    }

    fn events<E: Event>(&mut self, at: At, read: fn(&mut Self, &Entries<'_>, Path<'_>) -> E) -> Value<Vec<E>> {
        let Json::Array(items) = at.json else { return self.wrong(at, "a list of events") };
        let mut events = Vec::with_capacity(items.len());
        for (i, json) in items.iter().enumerate() {
            let at = At { json, path: Path::Item(&at.path, i), ..at };
            let Json::Object(entries) = json else {
                let expected = "expected an event: an object with a `date`";
                let _: Value<()> = self.note(at, "wrong-type", expected);
                continue;
            };
            let event = read(self, entries, at.path);
            if let (Value::Known(date), Value::Known(end)) = (event.date(), event.end()) {
                if E::LASTING && end.first != Day::AFTER_ALL && end.last < date.first {
                    let at = At { path: Path::Key(&at.path, "end"), ..at };
                    let _: Value<()> = self.note(at, "end-before-start", "the event ends before it starts");
                }
            }
            events.push(event);
        }
        Value::Known(events)
    }
}

fn parse_date(text: &str, fact: usize) -> Option<Days> {
    let part = |from: usize, to: usize| -> Option<i16> {
        let digits = text.as_bytes().get(from..to)?;
        digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i16::from(b - b'0')))
    };
    let range = |first, last| Some(Days { first, last, facts: Facts::one(fact) });
    let year = part(0, 4).filter(|year| *year >= 1)?;
    if text.len() == 4 {
        return range(Day::new(year, 1, 1), Day::new(year, 12, 31));
    }
    let month = part(5, 7).filter(|month| (1..=12).contains(month) && text.as_bytes()[4] == b'-')? as u8;
    let length = month_length(year.into(), month.into()) as u8;
    if text.len() == 7 {
        return range(Day::new(year, month, 1), Day::new(year, month, length));
    }
    let day = part(8, 10).map(|day| day as u8).filter(|day| (1..=length).contains(day) && text.as_bytes()[7] == b'-')?;
    (text.len() == 10).then(|| Days::on(Day::new(year, month, day)))
}

/// What may stand where a fact does not apply.
trait Nothing {
    fn is_nothing(&self) -> bool {
        false
    }
}

impl Nothing for bool {
    fn is_nothing(&self) -> bool {
        !self
    }
}

impl Nothing for Set {
    fn is_nothing(&self) -> bool {
        *self == Self::NONE
    }
}

impl<T> Nothing for Vec<T> {
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl Nothing for Number {}
impl Nothing for Member {}
impl Nothing for Days {}
impl Nothing for Lab {}

/// Applies a fact's condition; gives whether the record carries what it must not.
fn apply<T: Nothing>(value: &mut Value<T>, applies: Truth) -> bool {
    match (applies, &*value) {
        (False, Value::Known(known)) => {
            let carried = !known.is_nothing();
            *value = Value::NotApplicable;
            carried
        }
        (False, _) => {
            *value = Value::NotApplicable;
            false
        }
        (Truth::Unknown(open), Value::Unknown(facts)) => {
            *value = Value::Unknown(facts.and(open));
            false
        }
        _ => false,
    }
}

// ---------------------------------------------------------------- reports

/// What some criteria say together.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub enum Verdict {
    Ineligible,
    Undetermined,
    Eligible,
}

/// What one criterion says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Outcome {
    Pass,
    Fail,
    Unknown,
}

/// A verdict, and the facts that keep it open.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub verdict: Verdict,
    pub missing: Facts,
}

impl Standing {
    fn of(outcomes: impl IntoIterator<Item = Truth>) -> Self {
        match join(outcomes, false) {
            True => Self { verdict: Verdict::Eligible, missing: Facts::NONE },
            False => Self { verdict: Verdict::Ineligible, missing: Facts::NONE },
            Truth::Unknown(missing) => Self { verdict: Verdict::Undetermined, missing },
        }
    }
}

/// What the protocol says of a subject.
#[derive(Clone, Debug)]
pub struct Report {
    /// The verdict: the best of the arms, where criteria are for some of them.
    pub whole: Standing,
    /// In the order of `ARMS`.
    pub arms: Vec<Standing>,
    /// In the order of `CRITERIA`.
    pub outcomes: [Outcome; CRITERIA.len()],
    /// Which of `ASSUMPTIONS` the subject contradicts.
    pub contradicted: [bool; ASSUMPTIONS.len()],
}

fn applies_to(arms: Option<&[&str]>, arm: &str) -> bool {
    arms.is_none_or(|arms| arms.contains(&arm))
}

/// What the protocol says of a subject.
pub fn evaluate(s: &Subject) -> Report {
    let truths = criteria(s);
    let own = |arm: &&str| Standing::of(CRITERIA.iter().zip(truths).filter(|((_, of), _)| applies_to(*of, arm)).map(|(_, truth)| truth));
    let arms: Vec<Standing> = ARMS.iter().map(own).collect();
    let best = arms.iter().copied().reduce(|best, arm| match (best.verdict, arm.verdict) {
        (Verdict::Undetermined, Verdict::Undetermined) => Standing { missing: best.missing.and(arm.missing), ..best },
        (best_verdict, verdict) => if verdict > best_verdict { arm } else { best },
    });
    Report {
        whole: best.unwrap_or_else(|| Standing::of(truths)),
        arms,
        outcomes: truths.map(|truth| match truth {
            True => Outcome::Pass,
            False => Outcome::Fail,
            Truth::Unknown(_) => Outcome::Unknown,
        }),
        contradicted: assumptions(s).map(|truth| truth == False),
    }
}

impl Standing {
    fn write(&self, out: &mut String) {
        out.push_str(match self.verdict {
            Verdict::Ineligible => "\"verdict\":\"ineligible\",\"missing\":",
            Verdict::Undetermined => "\"verdict\":\"undetermined\",\"missing\":",
            Verdict::Eligible => "\"verdict\":\"eligible\",\"missing\":",
        });
        json_strings(FACTS.iter().enumerate().filter(|(i, _)| self.missing.has(*i)).map(|(_, name)| *name), out);
    }
}

impl Report {
    /// The report as JSON.
    pub fn write(&self, out: &mut String) {
        write_head(out);
        self.whole.write(out);
        self.write_criteria(None, out);
        for (i, (arm, standing)) in ARMS.iter().zip(&self.arms).enumerate() {
            out.push_str(if i == 0 { ",\"arms\":{" } else { "," });
            json_string(arm, out);
            out.push_str(":{");
            standing.write(out);
            self.write_criteria(Some(*arm), out);
            out.push_str(if i + 1 == ARMS.len() { "}}" } else { "}" });
        }
        out.push_str(",\"attested\":");
        json_strings(ATTESTED.iter().copied(), out);
        out.push_str(",\"contradicts\":");
        json_strings(ASSUMPTIONS.iter().zip(self.contradicted).filter(|(_, contradicted)| *contradicted).map(|(name, _)| *name), out);
        out.push('}');
    }

    fn write_criteria(&self, arm: Option<&str>, out: &mut String) {
        out.push_str(",\"criteria\":{");
        for (i, ((name, arms), outcome)) in CRITERIA.iter().zip(self.outcomes).enumerate() {
            out.push_str(if i > 0 { ",\"" } else { "\"" });
            out.push_str(name);
            out.push_str(match outcome {
                _ if !arm.is_none_or(|arm| applies_to(*arms, arm)) => "\":\"not_applicable\"",
                Outcome::Pass => "\":\"pass\"",
                Outcome::Fail => "\":\"fail\"",
                Outcome::Unknown => "\":\"unknown\"",
            });
        }
        out.push('}');
    }
}

fn write_head(out: &mut String) {
    out.push('{');
    for (key, value) in HEADER {
        json_string(key, out);
        out.push(':');
        json_string(value, out);
        out.push(',');
    }
}

fn write_invalid(mistakes: &[Mistake], out: &mut String) {
    write_head(out);
    out.push_str("\"invalid\":[");
    for (i, mistake) in mistakes.iter().enumerate() {
        out.push_str(if i > 0 { ",{\"path\":" } else { "{\"path\":" });
        json_string(&mistake.path, out);
        out.push_str(",\"code\":");
        json_string(mistake.code, out);
        out.push_str(",\"message\":");
        json_string(&mistake.message, out);
        out.push('}');
    }
    out.push_str("]}");
}

/// What the protocol says of a record in JSON, as a report in JSON; what is wrong with it is the report.
pub fn check_json(text: &str) -> String {
    let mut out = String::with_capacity(1024);
    match parse_json(text) {
        Ok(json) => match read(&json) {
            Ok(subject) => evaluate(&subject).write(&mut out),
            Err(mistakes) => write_invalid(&mistakes, &mut out),
        },
        Err(message) => write_invalid(&[Mistake { path: "$".into(), code: "record-syntax", message }], &mut out),
    }
    out
}

/// The same for bytes that may be no text.
pub fn check_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => check_json(text),
        Err(error) => {
            let mut out = String::new();
            let message = format!("the text is no UTF-8: byte {}", error.valid_up_to());
            write_invalid(&[Mistake { path: "$".into(), code: "record-syntax", message }], &mut out);
            out
        }
    }
}

/// Reads NDJSON records from standard input and writes a report for each.
fn main() -> std::io::Result<()> {
    use std::io::{BufRead, Write};
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        if !line.iter().all(u8::is_ascii_whitespace) {
            writeln!(out, "{}", check_bytes(&line))?;
        }
    }
    out.flush()
}
