// ---------------------------------------------------------------- how it works
//
// A test is true, false or unknown; logic is strong Kleene. A value is known,
// unknown, or not applicable; a test over what does not apply is false. What is
// unknown carries the facts that keep it open, one bit each, so that a report
// can name them. Numbers are exact: whole numerators over whole denominators.

/// A set of facts, one bit each.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Facts([u64; WORDS]);

impl Facts {
    pub const NONE: Self = Self([0; WORDS]);

    pub const fn one(fact: usize) -> Self {
        let mut bits = [0; WORDS];
        bits[fact / 64] = 1 << (fact % 64);
        Self(bits)
    }

    fn has(self, fact: usize) -> bool {
        self.0[fact / 64] >> (fact % 64) & 1 == 1
    }

    fn and(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
        self
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

/// What a record says of a fact, or what a computation comes to.
#[derive(Clone, PartialEq, Debug)]
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

fn all(tests: &[Truth], decisive: Truth) -> Truth {
    if tests.contains(&decisive) {
        return decisive;
    }
    let mut open = None;
    for test in tests {
        if let Truth::Unknown(facts) = test {
            open = Some(facts.and(open.unwrap_or(Facts::NONE)));
        }
    }
    open.map_or(negate(decisive), Truth::Unknown)
}

pub fn every(tests: &[Truth]) -> Truth {
    all(tests, False)
}

pub fn either(tests: &[Truth]) -> Truth {
    all(tests, True)
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
#[derive(Clone, Debug)]
pub enum Number {
    Small(i128, i128),
    Big(Whole, Whole),
}

impl Number {
    pub const fn whole(value: i128) -> Self {
        Number::Small(value, 1)
    }

    /// From decimal texts of numerator and denominator.
    pub fn ratio(numerator: &str, denominator: &str) -> Self {
        match (numerator.parse(), denominator.parse()) {
            (Ok(n), Ok(d)) => Number::Small(n, d),
            _ => Number::Big(parse_whole(numerator), parse_whole(denominator)),
        }
    }

    fn big(&self) -> (Whole, Whole) {
        match self {
            Number::Small(n, d) => (Whole::new(*n), Whole::new(*d)),
            Number::Big(n, d) => (n.clone(), d.clone()),
        }
    }

    fn is_zero(&self) -> bool {
        match self {
            Number::Small(n, _) => *n == 0,
            Number::Big(n, _) => n.digits.is_empty(),
        }
    }

    fn is_whole(&self) -> bool {
        // Only recorded numbers are asked, and those are decimals of 17 digits.
        match self {
            Number::Small(n, d) => n % d == 0,
            Number::Big(..) => false,
        }
    }

    fn neg(&self) -> Self {
        match self {
            Number::Small(n, d) if *n != i128::MIN => Number::Small(-n, *d),
            _ => {
                let (n, d) = self.big();
                Number::Big(n.neg(), d)
            }
        }
    }

    fn add(&self, other: &Self) -> Self {
        if let (Number::Small(a, b), Number::Small(c, d)) = (self, other) {
            if b == d {
                if let Some(n) = a.checked_add(*c) {
                    return Number::Small(n, *b);
                }
            } else if let (Some(x), Some(y), Some(z)) = (a.checked_mul(*d), c.checked_mul(*b), b.checked_mul(*d)) {
                if let Some(n) = x.checked_add(y) {
                    return Number::Small(n, z);
                }
            }
        }
        let ((a, b), (c, d)) = (self.big(), other.big());
        Number::Big(a.mul(&d).add(&c.mul(&b)), b.mul(&d))
    }

    fn mul(&self, other: &Self) -> Self {
        if let (Number::Small(a, b), Number::Small(c, d)) = (self, other) {
            if let (Some(n), Some(z)) = (a.checked_mul(*c), b.checked_mul(*d)) {
                return Number::Small(n, z);
            }
        }
        let ((a, b), (c, d)) = (self.big(), other.big());
        Number::Big(a.mul(&c), b.mul(&d))
    }

    /// One over it; it is not zero.
    fn inverse(&self) -> Self {
        match self {
            Number::Small(n, d) if *n > 0 => Number::Small(*d, *n),
            Number::Small(n, d) if *n != i128::MIN => Number::Small(-d, -n),
            _ => {
                let (n, d) = self.big();
                if n.negative { Number::Big(d.neg(), n.neg()) } else { Number::Big(d, n) }
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if let (Number::Small(a, b), Number::Small(c, d)) = (self, other) {
            if b == d {
                return Some(a.cmp(c));
            }
            if let (Some(x), Some(y)) = (a.checked_mul(*d), c.checked_mul(*b)) {
                return Some(x.cmp(&y));
            }
        }
        let ((a, b), (c, d)) = (self.big(), other.big());
        Some(a.mul(&d).compare(&c.mul(&b)))
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

/// Numbers from low to high, of which one is meant; where they differ, facts keep it open.
#[derive(Clone, Debug)]
pub struct Span {
    low: Number,
    high: Number,
    facts: Facts,
}

impl Span {
    fn new(low: Number, high: Number, facts: Facts) -> Self {
        let facts = if low == high { Facts::NONE } else { facts };
        Self { low, high, facts }
    }

    fn exact(number: Number) -> Self {
        Self { low: number.clone(), high: number, facts: Facts::NONE }
    }
}

pub fn literal(number: Number) -> Value<Span> {
    Value::Known(Span::exact(number))
}

pub fn number(value: &Value<Number>) -> Value<Span> {
    value.clone().map(Span::exact)
}

fn open_span(value: &Value<Span>) -> Facts {
    match value {
        Value::NotApplicable => Facts::NONE,
        Value::Unknown(facts) => *facts,
        Value::Known(span) => span.facts,
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

pub fn compare(left: Value<Span>, sign: Sign, right: Value<Span>) -> Truth {
    let facts = open_span(&left).and(open_span(&right));
    let (a, b) = match (left, right) {
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => return False,
        (Value::Known(a), Value::Known(b)) => (a, b),
        _ => return Truth::Unknown(facts),
    };
    match sign {
        Sign::Less => Truth::between(a.high < b.low, a.low < b.high, facts),
        Sign::LessOrEqual => Truth::between(a.high <= b.low, a.low <= b.high, facts),
        Sign::Greater => Truth::between(a.low > b.high, a.high > b.low, facts),
        Sign::GreaterOrEqual => Truth::between(a.low >= b.high, a.high >= b.low, facts),
        Sign::Equal => {
            let exact = a.low == a.high && b.low == b.high;
            Truth::between(exact && a.low == b.low, a.low <= b.high && b.low <= a.high, facts)
        }
    }
}

/// Joins known values from the left; one that does not apply decides, one that is unknown leaves it open.
fn fold(terms: Vec<Value<Span>>, join: impl Fn(usize, Span, Span) -> Option<(Number, Number)>) -> Value<Span> {
    if terms.iter().any(|term| matches!(term, Value::NotApplicable)) {
        return Value::NotApplicable;
    }
    let facts = terms.iter().fold(Facts::NONE, |facts, term| facts.and(open_span(term)));
    let mut result: Option<Span> = None;
    for (i, term) in terms.into_iter().enumerate() {
        let Value::Known(term) = term else { return Value::Unknown(facts) };
        result = Some(match result {
            None => term,
            Some(so_far) => match join(i, so_far, term) {
                Some((low, high)) => Span::new(low, high, facts),
                None => return Value::Unknown(facts),
            },
        });
    }
    result.map_or(Value::Unknown(facts), Value::Known)
}

/// A sum; the flag marks what is subtracted.
pub fn total(terms: Vec<(bool, Value<Span>)>) -> Value<Span> {
    let signs: Vec<bool> = terms.iter().map(|(minus, _)| *minus).collect();
    fold(terms.into_iter().map(|(_, term)| term).collect(), |i, sum, term| {
        Some(if signs[i] {
            (sum.low.add(&term.high.neg()), sum.high.add(&term.low.neg()))
        } else {
            (sum.low.add(&term.low), sum.high.add(&term.high))
        })
    })
}

/// A product; the flag marks what is divided by, which is never zero.
pub fn product(terms: Vec<(bool, Value<Span>)>) -> Value<Span> {
    let inverses: Vec<bool> = terms.iter().map(|(inverse, _)| *inverse).collect();
    fold(terms.into_iter().map(|(_, term)| term).collect(), |i, product, factor| {
        let zero = Number::whole(0);
        if inverses[i] && factor.low <= zero && zero <= factor.high {
            return None;
        }
        let ends = if inverses[i] { [factor.low.inverse(), factor.high.inverse()] } else { [factor.low, factor.high] };
        let corners: Vec<Number> = [&product.low, &product.high].iter().flat_map(|a| ends.iter().map(move |b| a.mul(b))).collect();
        let least = corners.iter().fold(&corners[0], |least, corner| if corner < least { corner } else { least });
        let greatest = corners.iter().fold(&corners[0], |greatest, corner| if corner > greatest { corner } else { greatest });
        Some((least.clone(), greatest.clone()))
    })
}

pub fn convert(value: Value<Span>, factor: &Number, shift: &Number) -> Value<Span> {
    value.map(|span| {
        let convert = |number: &Number| number.mul(factor).add(shift);
        Span::new(convert(&span.low), convert(&span.high), span.facts)
    })
}

// ---------------------------------------------------------------- dates

/// Earlier and later than every date that can be written.
const BEFORE_ALL: i32 = -1_000_000_000;
const AFTER_ALL: i32 = 1_000_000_000;

/// A date that lies between two days since 1970-01-01; where they differ, facts keep it open.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    first: i32,
    last: i32,
    facts: Facts,
}

impl Days {
    pub const fn on(day: i32) -> Self {
        Self { first: day, last: day, facts: Facts::NONE }
    }

    fn open(self) -> Facts {
        if self.first == self.last { Facts::NONE } else { self.facts }
    }
}

fn day_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_day(day: i32) -> (i32, i32, i32) {
    let (era, of_era) = ((day + 719_468).div_euclid(146_097), (day + 719_468).rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i32::from(month <= 2), month, of_month)
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

/// The day so far after another, clamped to the end of its month.
fn add(day: i32, count: i32, unit: Unit) -> i32 {
    let months = match unit {
        _ if day <= BEFORE_ALL || day >= AFTER_ALL => return day,
        Unit::Days => return day + count,
        Unit::Weeks => return day + 7 * count,
        Unit::Months => count,
        Unit::Years => 12 * count,
    };
    let (year, month, of_month) = civil_from_day(day);
    let total = year * 12 + month - 1 + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    day_from_civil(year, month, of_month.min(month_length(year, month)))
}

fn completed(unit: Unit, from: i32, to: i32) -> i32 {
    let ((y1, m1, _), (y2, m2, _)) = (civil_from_day(from), civil_from_day(to));
    let count = match unit {
        Unit::Days => return to - from,
        Unit::Weeks => return (to - from).div_euclid(7),
        Unit::Months => (y2 - y1) * 12 + m2 - m1,
        Unit::Years => y2 - y1,
    };
    if add(from, count, unit) > to { count - 1 } else { count }
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
        (Value::Known(a), Value::Known(b)) if [a.first, a.last, b.first, b.last].iter().all(|day| *day != AFTER_ALL) => {
            let whole = |from, to| Number::whole(i128::from(completed(unit, from, to)));
            Value::Known(Span::new(whole(a.last, b.first), whole(a.first, b.last), facts))
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
fn holds(relation: Relation, start: i32, end: i32, anchor: i32) -> bool {
    match relation {
        Relation::Before => start < anchor,
        Relation::OnOrBefore => start <= anchor,
        Relation::On => start <= anchor && anchor <= end,
        Relation::OnOrAfter => anchor <= end,
        Relation::After => anchor < end,
        Relation::WithinBefore(n, unit) => start <= anchor && anchor <= add(end, n, unit),
        Relation::WithinAfter(n, unit) => anchor <= end && start <= add(anchor, n, unit),
        Relation::WithinOf(n, unit) => anchor <= add(end, n, unit) && start <= add(anchor, n, unit),
        Relation::LessThanBefore(n, unit) => start <= anchor && anchor < add(end, n, unit),
        Relation::LessThanAfter(n, unit) => anchor <= end && start < add(anchor, n, unit),
        Relation::AtLeastBefore(n, unit) => add(start, n, unit) <= anchor,
        Relation::AtLeastAfter(n, unit) => add(anchor, n, unit) <= end,
        Relation::MoreThanBefore(n, unit) => add(start, n, unit) < anchor,
        Relation::MoreThanAfter(n, unit) => add(anchor, n, unit) < end,
    }
}

/// The truth of it for partial dates, each of which may be any of its days.
fn extent_lies(relation: Relation, start: Days, end: Days, anchor: Days, facts: Facts) -> Truth {
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

pub fn lies(date: &Value<Days>, relation: Relation, anchor: &Value<Days>) -> Truth {
    let facts = open_days(date).and(open_days(anchor));
    match (date, anchor) {
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => False,
        (Value::Known(date), Value::Known(anchor)) => extent_lies(relation, *date, *date, *anchor, facts),
        _ => Truth::Unknown(facts),
    }
}

// ---------------------------------------------------------------- members and sets

/// A member of an enumeration, with its position.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Member {
    rank: usize,
    name: &'static str,
}

pub fn is_in(value: &Value<Member>, names: &[&str]) -> Truth {
    match value {
        Value::NotApplicable => False,
        Value::Unknown(facts) => Truth::Unknown(*facts),
        Value::Known(member) => Truth::of(names.contains(&member.name)),
    }
}

pub fn rank(value: &Value<Member>) -> Value<Span> {
    value.clone().map(|member| Span::exact(Number::whole(member.rank as i128)))
}

fn ask(set: &Value<Vec<Member>>, question: impl Fn(&[Member]) -> bool) -> Truth {
    match set {
        Value::NotApplicable => Truth::of(question(&[])),
        Value::Unknown(facts) => Truth::Unknown(*facts),
        Value::Known(members) => Truth::of(question(members)),
    }
}

pub fn has_any(set: &Value<Vec<Member>>) -> Truth {
    ask(set, |members| !members.is_empty())
}

pub fn has_any_of(set: &Value<Vec<Member>>, names: &[&str]) -> Truth {
    ask(set, |members| members.iter().any(|member| names.contains(&member.name)))
}

pub fn has_any_except(set: &Value<Vec<Member>>, names: &[&str]) -> Truth {
    ask(set, |members| members.iter().any(|member| !names.contains(&member.name)))
}

pub fn has_all_of(set: &Value<Vec<Member>>, names: &[&str]) -> Truth {
    ask(set, |members| names.iter().all(|name| members.iter().any(|member| member.name == *name)))
}

/// How many members a set has; one that does not apply has none.
pub fn size(set: &Value<Vec<Member>>) -> Value<Span> {
    match set {
        Value::NotApplicable => literal(Number::whole(0)),
        Value::Unknown(facts) => Value::Unknown(*facts),
        Value::Known(members) => literal(Number::whole(members.len() as i128)),
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
    !matches!(value, Value::Known(days) if days.first == days.last)
}

fn in_window<E: Event>(event: &E, relation: Relation, anchor: &Value<Days>) -> Truth {
    let start = match event.date() {
        Value::Known(days) => *days,
        _ => Days { first: BEFORE_ALL, last: AFTER_ALL, facts: Facts::NONE },
    };
    let end = match event.end() {
        _ if !E::LASTING => start,
        Value::Known(days) => *days,
        _ => Days { first: start.first, last: AFTER_ALL, facts: Facts::NONE },
    };
    let loose = is_loose(event.date()) || (E::LASTING && is_loose(event.end()));
    let facts = open_days(anchor).and(if loose { Facts::one(E::FACT) } else { Facts::NONE });
    match anchor {
        Value::Known(anchor) => extent_lies(relation, start, end, *anchor, facts),
        _ => Truth::Unknown(facts),
    }
}

/// The events that are selected, surely or possibly.
pub type Selected<'a, E> = Value<Vec<(&'a E, Truth)>>;

pub fn select<'a, E: Event>(
    events: &'a Value<Vec<E>>,
    condition: impl Fn(&E) -> Truth,
    window: Option<(Relation, Value<Days>)>,
) -> Selected<'a, E> {
    let open = match &window {
        // A window over what does not apply is false of every event.
        Some((_, Value::NotApplicable)) => return Value::Known(Vec::new()),
        Some((_, anchor)) => open_days(anchor),
        None => Facts::NONE,
    };
    let events = match events {
        Value::NotApplicable => return Value::Known(Vec::new()),
        Value::Unknown(facts) => return Value::Unknown(facts.and(open)),
        Value::Known(events) => events,
    };
    let truth = |event: &E| match (condition(event), &window) {
        (test, Some((relation, anchor))) if test != False => every(&[test, in_window(event, *relation, anchor)]),
        (test, _) => test,
    };
    Value::Known(events.iter().map(|event| (event, truth(event))).filter(|(_, truth)| *truth != False).collect())
}

/// Whether some event is selected.
pub fn happened<E: Event>(selected: Selected<'_, E>) -> Truth {
    match selected {
        Value::NotApplicable => False,
        Value::Unknown(facts) => Truth::Unknown(facts),
        Value::Known(events) => either(&events.iter().map(|(_, truth)| *truth).collect::<Vec<_>>()),
    }
}

pub fn count<E: Event>(selected: Selected<'_, E>) -> Value<Span> {
    selected.map(|events| {
        let sure = events.iter().filter(|(_, truth)| *truth == True).count();
        let facts = events.iter().fold(Facts::NONE, |facts, (_, truth)| facts.and(truth.open()));
        Span::new(Number::whole(sure as i128), Number::whole(events.len() as i128), facts)
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
impl Attribute for Vec<Member> {}

impl Attribute for Member {
    fn exceeds(&self, other: &Self, highest: bool) -> bool {
        if highest { self.rank > other.rank } else { self.rank < other.rank }
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
        let end = |a: i32, b: i32| if highest { a.max(b) } else { a.min(b) };
        Self { first: end(self.first, other.first), last: end(self.last, other.last), facts: self.facts }
    }
    fn is_loose(&self) -> bool {
        self.first != self.last
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
pub fn pick<E: Event, T: Attribute>(
    which: Which,
    selected: Selected<'_, E>,
    attribute: impl Fn(&E) -> Value<T>,
    bound: Option<T>,
) -> Value<T> {
    let events = match selected {
        Value::NotApplicable => return Value::NotApplicable,
        Value::Unknown(facts) => return Value::Unknown(facts),
        Value::Known(events) => events,
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
        Value::Known(days) if latest => (days.first, days.last),
        Value::Known(days) => (-days.last, -days.first),
        _ => (BEFORE_ALL, AFTER_ALL),
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

/// A JSON value; of a repeated key the last counts.
#[derive(Clone, Debug)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

const MAX_NESTING: usize = 128;

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn error<T>(&self, expected: &str) -> Result<T, String> {
        Err(format!("the text is no JSON: expected {expected} at byte {}", self.at))
    }

    fn space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.text[self.at..].starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > MAX_NESTING {
            return self.error("less nesting");
        }
        self.space();
        let value = match self.text.as_bytes().get(self.at) {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.take("true") => Json::Bool(true),
            _ if self.take("false") => Json::Bool(false),
            _ if self.take("null") => Json::Null,
            _ => return self.error("a value"),
        };
        self.space();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut entries: Vec<(String, Json)> = Vec::new();
        let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
        self.space();
        if self.take("}") {
            return Ok(Json::Object(entries));
        }
        loop {
            self.space();
            if self.text.as_bytes().get(self.at) != Some(&b'"') {
                return self.error("a key");
            }
            let key = self.string()?;
            self.space();
            if !self.take(":") {
                return self.error("`:`");
            }
            let value = self.value(depth + 1)?;
            match places.get(&key) {
                Some(place) => entries[*place].1 = value,
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
            if self.take("}") {
                return Ok(Json::Object(entries));
            }
            if !self.take(",") {
                return self.error("`,` or `}`");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
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
                return self.error("`,` or `]`");
            }
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        let digits = |parser: &mut Self| {
            let count = parser.text.as_bytes()[parser.at..].iter().take_while(|b| b.is_ascii_digit()).count();
            parser.at += count;
            count
        };
        self.take("-");
        let leading_zero = self.text[self.at..].starts_with('0');
        let whole = digits(self);
        if whole == 0 || (leading_zero && whole > 1) {
            return self.error("a number");
        }
        if self.take(".") && digits(self) == 0 {
            return self.error("digits");
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            if digits(self) == 0 {
                return self.error("digits");
            }
        }
        Ok(Json::Number(self.text[start..self.at].to_string()))
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(c) = self.text[self.at..].chars().next() else { return self.error("`\"`") };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(value),
                '\\' => value.push(self.escape()?),
                c if c < ' ' => return self.error("an escape"),
                c => value.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let Some(c) = self.text[self.at..].chars().next() else { return self.error("an escape") };
        self.at += c.len_utf8();
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.hex()?;
                let code = if (0xD800..0xDC00).contains(&first) && self.take("\\u") {
                    let second = self.hex()?;
                    0x1_0000 + ((first - 0xD800) << 10) + second.wrapping_sub(0xDC00)
                } else {
                    first
                };
                match char::from_u32(code) {
                    Some(c) => c,
                    None => return self.error("a character"),
                }
            }
            _ => return self.error("an escape"),
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.error("four hexadecimal digits"),
        }
    }
}

pub fn parse_json(text: &str) -> Result<Json, String> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    if parser.at < text.len() { parser.error("the end") } else { Ok(value) }
}

fn json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
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

#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
}

fn step(path: &str, key: &str) -> String {
    let is_name = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name {
        return format!("{path}.{key}");
    }
    let mut quoted = String::new();
    json_string(key, &mut quoted);
    format!("{path}[{quoted}]")
}

/// The shortest decimal of a double: numerator and denominator.
fn shortest(value: f64) -> Option<Number> {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if value != 0.0 && !(-21..21).contains(&exponent) {
        return None;
    }
    let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
    let mantissa: i128 = digits.replace('.', "").parse().ok()?;
    let scale = 10i128.pow((exponent - places).unsigned_abs());
    Some(if exponent >= places { Number::Small(mantissa * scale, 1) } else { Number::Small(mantissa, scale) })
}

impl Reader {
    fn note<T>(&mut self, path: &str, code: &'static str, message: impl Into<String>) -> Option<T> {
        self.mistakes.push(Mistake { path: path.to_string(), code, message: message.into() });
        None
    }

    fn wrong<T>(&mut self, json: &Json, path: &str, expected: &str) -> Option<T> {
        if let Json::Number(text) = json {
            if !text.parse::<f64>().is_ok_and(f64::is_finite) {
                return self.note(path, "not-finite", "the number is too large for any machine");
            }
        }
        self.note(path, "wrong-type", format!("expected {expected}"))
    }

    fn boolean(&mut self, json: &Json, path: &str) -> Option<bool> {
        match json {
            Json::Null => None,
            Json::Bool(value) => Some(*value),
            other => self.wrong(other, path, "true or false"),
        }
    }

    fn number(&mut self, json: &Json, path: &str, whole: bool, range: Option<(Number, Number)>, expected: &str) -> Option<Number> {
        let text = match json {
            Json::Null => return None,
            Json::Number(text) => text,
            other => return self.wrong(other, path, expected),
        };
        let value: f64 = text.parse().unwrap_or(f64::INFINITY);
        if !value.is_finite() {
            return self.note(path, "not-finite", "the number is too large for any machine");
        }
        let Some(number) = shortest(value) else {
            return self.note(path, "out-of-range", "numbers lie below 10^21 and, unless zero, above its inverse");
        };
        if whole && !number.is_whole() {
            return self.note(path, "wrong-type", format!("expected {expected}, not a fraction"));
        }
        match range {
            Some((low, high)) if number < low || number > high => {
                self.note(path, "out-of-range", "the number lies outside the plausible range")
            }
            _ => Some(number),
        }
    }

    fn member(&mut self, json: &Json, path: &str, members: &'static [&'static str]) -> Option<Member> {
        let text = match json {
            Json::Null => return None,
            Json::String(text) => text,
            other => return self.wrong(other, path, "a member, as a string"),
        };
        match members.iter().position(|member| member == text) {
            Some(rank) => Some(Member { rank, name: members[rank] }),
            None => self.note(path, "undeclared-member", format!("`{text}` is no member")),
        }
    }

    fn set(&mut self, json: &Json, path: &str, members: &'static [&'static str]) -> Option<Vec<Member>> {
        let items = match json {
            Json::Null => return None,
            Json::Array(items) => items,
            other => return self.wrong(other, path, "a list of members"),
        };
        let mut found: Vec<Member> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let path = format!("{path}[{i}]");
            if let Json::Null = item {
                let _: Option<()> = self.note(&path, "wrong-type", "a set holds members, not null");
                continue;
            }
            match self.member(item, &path, members) {
                Some(member) if found.contains(&member) => {
                    let _: Option<()> = self.note(&path, "repeated-member", format!("`{}` stands twice in the set", member.name));
                }
                Some(member) => found.push(member),
                None => {}
            }
        }
        found.sort_by_key(|member| member.rank);
        Some(found)
    }

    fn date(&mut self, json: &Json, path: &str, fact: usize) -> Option<Days> {
        match json {
            Json::Null => None,
            Json::String(text) => match parse_date(text, fact) {
                Some(days) => Some(days),
                None => self.note(path, "not-a-date", format!("`{text}` is no day, month or year of the calendar")),
            },
            other => self.wrong(other, path, "a date"),
        }
    }

    fn end(&mut self, json: &Json, path: &str, fact: usize) -> Option<Days> {
        match json {
            Json::String(text) if text == "ongoing" => Some(Days::on(AFTER_ALL)),
            other => self.date(other, path, fact),
        }
    }

    fn lab(&mut self, json: &Json, path: &str, fact: usize, unit: &str) -> Option<Lab> {
        let entries = match json {
            Json::Null => return None,
            Json::Object(entries) => entries,
            other => return self.wrong(other, path, "an object with a `value`"),
        };
        let mut lab = Lab { value: Value::missing(fact), upper: Value::missing(fact), lower: Value::missing(fact), date: Value::missing(fact) };
        for (key, json) in entries {
            let path = step(path, key);
            match key.as_str() {
                "value" => lab.value = or_missing(self.number(json, &path, false, None, unit), fact),
                "upper" => lab.upper = or_missing(self.number(json, &path, false, None, unit), fact),
                "lower" => lab.lower = or_missing(self.number(json, &path, false, None, unit), fact),
                "date" => lab.date = or_missing(self.date(json, &path, fact), fact),
                _ => {
                    let _: Option<()> = self.note(&path, "undeclared-key", format!("a lab has no `{key}`"));
                }
            }
        }
        if let (Value::Known(lower), Value::Known(upper)) = (&lab.lower, &lab.upper) {
            if lower > upper {
                let _: Option<()> = self.note(path, "limits-out-of-order", "the lower limit is above the upper limit");
            }
        }
        Some(lab)
    }

    fn events<E: Event>(&mut self, json: &Json, path: &str, mut read: impl FnMut(&mut Self, &[(String, Json)], &str) -> E) -> Option<Vec<E>> {
        let items = match json {
            Json::Null => return None,
            Json::Array(items) => items,
            other => return self.wrong(other, path, "a list of events"),
        };
        let mut events = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let path = format!("{path}[{i}]");
            let Json::Object(entries) = item else {
                let _: Option<()> = self.wrong(item, &path, "an event: an object with a `date`");
                continue;
            };
            let event = read(self, entries, &path);
            if let (Value::Known(date), Value::Known(end)) = (event.date(), event.end()) {
                if E::LASTING && end.first != AFTER_ALL && end.last < date.first {
                    let _: Option<()> = self.note(&step(&path, "end"), "end-before-start", "the event ends before it starts");
                }
            }
            events.push(event);
        }
        Some(events)
    }

    fn undeclared(&mut self, path: &str, key: &str) {
        let _: Option<()> = self.note(&step(path, key), "undeclared-key", format!("the protocol declares no `{key}` here"));
    }
}

fn or_missing<T>(value: Option<T>, fact: usize) -> Value<T> {
    value.map_or(Value::missing(fact), Value::Known)
}

fn parse_date(text: &str, fact: usize) -> Option<Days> {
    let part = |from: usize, to: usize| -> Option<i32> {
        let digits = text.as_bytes().get(from..to)?;
        digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i32::from(b - b'0')))
    };
    let range = |first, last| Some(Days { first, last, facts: Facts::one(fact) });
    let year = part(0, 4).filter(|year| *year >= 1)?;
    if text.len() == 4 {
        return range(day_from_civil(year, 1, 1), day_from_civil(year, 12, 31));
    }
    let month = part(5, 7).filter(|month| (1..=12).contains(month) && text.as_bytes()[4] == b'-')?;
    let length = month_length(year, month);
    if text.len() == 7 {
        return range(day_from_civil(year, month, 1), day_from_civil(year, month, length));
    }
    let day = part(8, 10).filter(|day| (1..=length).contains(day) && text.as_bytes()[7] == b'-')?;
    (text.len() == 10).then(|| Days::on(day_from_civil(year, month, day)))
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

fn names(facts: Facts, out: &mut String) {
    json_strings(FACTS.iter().enumerate().filter(|(i, _)| facts.has(*i)).map(|(_, name)| *name), out);
}

/// The verdict of outcomes, and the facts that keep it open.
fn verdict(outcomes: &[Truth]) -> (usize, Facts) {
    if outcomes.contains(&False) {
        return (0, Facts::NONE);
    }
    let facts = outcomes.iter().fold(Facts::NONE, |facts, outcome| facts.and(outcome.open()));
    if outcomes.iter().all(|outcome| *outcome == True) { (2, Facts::NONE) } else { (1, facts) }
}

const VERDICTS: [&str; 3] = ["ineligible", "undetermined", "eligible"];

fn word(outcome: Truth) -> &'static str {
    match outcome {
        True => "pass",
        False => "fail",
        Truth::Unknown(_) => "unknown",
    }
}

fn applies_to(arms: Option<&[&str]>, arm: &str) -> bool {
    arms.is_none_or(|arms| arms.contains(&arm))
}

fn write_criteria(outcomes: &[Truth], arm: Option<&str>, out: &mut String) {
    out.push('{');
    for (i, ((name, arms, _), outcome)) in CRITERIA.iter().zip(outcomes).enumerate() {
        if i > 0 {
            out.push(',');
        }
        json_string(name, out);
        out.push(':');
        let applies = arm.is_none_or(|arm| applies_to(*arms, arm));
        json_string(if applies { word(*outcome) } else { "not_applicable" }, out);
    }
    out.push('}');
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

/// What the protocol says of a subject, as the report in JSON.
pub fn check(s: &Subject) -> String {
    let outcomes: Vec<Truth> = CRITERIA.iter().map(|(_, _, passes)| passes(s)).collect();
    let mut arms = String::new();
    let (best, facts) = if ARMS.is_empty() {
        verdict(&outcomes)
    } else {
        let (mut best, mut open) = (0, Facts::NONE);
        arms.push_str(",\"arms\":{");
        for (i, arm) in ARMS.iter().enumerate() {
            let own: Vec<Truth> = CRITERIA.iter().zip(&outcomes).filter(|((_, of, _), _)| applies_to(*of, arm)).map(|(_, o)| *o).collect();
            let (own_verdict, own_facts) = verdict(&own);
            best = best.max(own_verdict);
            open = open.and(own_facts);
            if i > 0 {
                arms.push(',');
            }
            json_string(arm, &mut arms);
            arms.push_str(":{\"verdict\":");
            json_string(VERDICTS[own_verdict], &mut arms);
            arms.push_str(",\"missing\":");
            names(own_facts, &mut arms);
            arms.push_str(",\"criteria\":");
            write_criteria(&outcomes, Some(*arm), &mut arms);
            arms.push('}');
        }
        arms.push('}');
        (best, if best == 1 { open } else { Facts::NONE })
    };
    let mut out = String::new();
    write_head(&mut out);
    out.push_str("\"verdict\":");
    json_string(VERDICTS[best], &mut out);
    out.push_str(",\"missing\":");
    names(facts, &mut out);
    out.push_str(",\"criteria\":");
    write_criteria(&outcomes, None, &mut out);
    out.push_str(&arms);
    out.push_str(",\"attested\":");
    json_strings(ATTESTED.iter().copied(), &mut out);
    out.push_str(",\"contradicts\":");
    json_strings(ASSUMPTIONS.iter().filter(|(_, holds)| holds(s) == False).map(|(name, _)| *name), &mut out);
    out.push('}');
    out
}

/// The same for a record as JSON text; what is wrong with it is the report.
pub fn check_json(text: &str) -> String {
    let mut out = String::new();
    match parse_json(text) {
        Ok(json) => match read(&json) {
            Ok(subject) => return check(&subject),
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
