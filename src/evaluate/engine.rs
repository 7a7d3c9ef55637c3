//! Tests and values over a record, in three values.
//!
//! An operand is not applicable, unknown, or known to lie in a range; an atom
//! over it is false, unknown, or decided when every choice in the ranges
//! decides it alike.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::Truth;
use super::record::{End, Event, Value};
use crate::calendar::{AFTER_ALL, BEFORE_ALL, Days, Extent, Relation, completed};
use crate::number::Number;
use crate::protocol::{
    Comparison, DateExpr, DefineBody, HowMany, MemberExpr, Num, Part, Pick, Place, Protocol, Selection, SetExpr, SetTest,
    Term, Test, Type,
};

/// A value that may not apply, or not be known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand<T> {
    NotApplicable,
    Unknown,
    Known(T),
}

impl<T> Operand<T> {
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Operand<U> {
        match self {
            Self::NotApplicable => Operand::NotApplicable,
            Self::Unknown => Operand::Unknown,
            Self::Known(value) => Operand::Known(f(value)),
        }
    }

    /// Both values; where one does not apply, neither does the pair.
    pub fn zip<U>(self, other: Operand<U>) -> Operand<(T, U)> {
        match (self, other) {
            (Self::NotApplicable, _) | (_, Operand::NotApplicable) => Operand::NotApplicable,
            (Self::Unknown, _) | (_, Operand::Unknown) => Operand::Unknown,
            (Self::Known(a), Operand::Known(b)) => Operand::Known((a, b)),
        }
    }

    /// The truth of an atom over it.
    pub fn decide(self, test: impl FnOnce(T) -> Truth) -> Truth {
        match self {
            Self::NotApplicable => Truth::False,
            Self::Unknown => Truth::Unknown,
            Self::Known(value) => test(value),
        }
    }
}

/// Possible numbers: all between two ends, both included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub low: Number,
    /// Absent where it is `low`, as it nearly always is.
    high: Option<Number>,
}

impl Span {
    pub fn exact(number: Number) -> Self {
        Self { low: number, high: None }
    }

    pub fn between(low: Number, high: Number) -> Self {
        if low == high { Self::exact(low) } else { Self { low, high: Some(high) } }
    }

    pub fn high(&self) -> &Number {
        self.high.as_ref().unwrap_or(&self.low)
    }

    pub fn is_exact(&self) -> bool {
        self.high.is_none()
    }
}

/// The record, and the event in hand within a `where`.
#[derive(Clone, Copy)]
pub(super) struct Engine<'a> {
    pub protocol: &'a Protocol,
    pub record: &'a [Value],
    /// The event, and the fact it belongs to.
    pub event: Option<(&'a Event, usize)>,
}

impl<'a> Engine<'a> {
    pub fn new(protocol: &'a Protocol, record: &'a [Value]) -> Self {
        Self { protocol, record, event: None }
    }

    pub fn within(&self, event: &'a Event, fact: usize) -> Self {
        Self { event: Some((event, fact)), ..*self }
    }

    // ------------------------------------------------------------ tests

    pub fn test(&self, test: &Test) -> Truth {
        match test {
            Test::Fact(place) => self.boolean(*place),
            Test::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Test(test) => self.test(test),
                DefineBody::Number(..) | DefineBody::Date(_) | DefineBody::Inlined => Truth::Unknown,
            },
            Test::Pick(pick) => self.picked(pick),
            Test::Not(inner) => self.test(inner).not(),
            Test::And(tests) => self.all(tests, Truth::False),
            Test::Or(tests) => self.all(tests, Truth::True),
            Test::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                match self.test(condition) {
                    Truth::True => self.test(then),
                    Truth::False => self.test(otherwise),
                    Truth::Unknown => {
                        let value = self.test(then);
                        if value != Truth::Unknown && value == self.test(otherwise) { value } else { Truth::Unknown }
                    }
                }
            }
            Test::SomeOf(how, wanted, tests) => self.some_of(*how, *wanted, tests),
            Test::Compare(op, left, right) => self.compare(*op, left, right),
            Test::Member(member, among) => self.among(member, among),
            Test::Has(set, question) => self.has(set, question),
            Test::Date(date, relation, anchor) => self.lies(date, *relation, anchor),
            Test::Some(selection) => self.some(selection),
        }
    }

    // What follows is kept out of `test`, whose frame is laid down at every level.

    #[inline(never)]
    fn picked(&self, pick: &Pick) -> Truth {
        self.pick(pick).decide(|value| match value {
            Value::Boolean(value) => value.into(),
            _ => Truth::Unknown,
        })
    }

    #[inline(never)]
    fn among(&self, member: &MemberExpr, among: &[u16]) -> Truth {
        self.member(member).decide(|i| among.contains(&i).into())
    }

    #[inline(never)]
    fn lies(&self, date: &DateExpr, relation: Relation, anchor: &DateExpr) -> Truth {
        self.date(date).zip(self.date(anchor)).decide(|(date, anchor)| {
            let (surely, possibly) = relation.surely_and_possibly(Extent::day(date), anchor);
            Truth::between(surely, possibly)
        })
    }

    /// A conjunction or disjunction: `decisive` from one decides it, unknown from one leaves it open.
    fn all(&self, tests: &[Test], decisive: Truth) -> Truth {
        let mut result = decisive.not();
        for test in tests {
            let truth = self.test(test);
            if truth == decisive {
                return decisive;
            }
            if truth == Truth::Unknown {
                result = Truth::Unknown;
            }
        }
        result
    }

    #[inline(never)]
    fn some_of(&self, how: HowMany, wanted: usize, tests: &[Test]) -> Truth {
        let (mut sure, mut possible) = (0, 0);
        for test in tests {
            match self.test(test) {
                Truth::True => {
                    sure += 1;
                    possible += 1;
                }
                Truth::Unknown => possible += 1,
                Truth::False => {}
            }
        }
        match how {
            HowMany::AtLeast => Truth::between(sure >= wanted, possible >= wanted),
            HowMany::AtMost => Truth::between(possible <= wanted, sure <= wanted),
            HowMany::Exactly => Truth::between(sure == wanted && possible == wanted, sure <= wanted && wanted <= possible),
        }
    }

    #[inline(never)]
    fn compare(&self, op: Comparison, left: &Num, right: &Num) -> Truth {
        // Nearly every comparison is of two exact numbers; they need no ranges.
        if let (Some(a), Some(b)) = (self.exact(left), self.exact(right)) {
            return holds(op, a.cmp(&b)).into();
        }
        self.num(left).zip(self.num(right)).decide(|(a, b)| {
            if a.is_exact() && b.is_exact() {
                return holds(op, a.low.cmp(&b.low)).into();
            }
            match op {
                Comparison::Less => Truth::between(a.high() < &b.low, a.low < *b.high()),
                Comparison::LessOrEqual => Truth::between(a.high() <= &b.low, a.low <= *b.high()),
                Comparison::Greater => Truth::between(a.low > *b.high(), a.high() > &b.low),
                Comparison::GreaterOrEqual => Truth::between(a.low >= *b.high(), a.high() >= &b.low),
                Comparison::Equal => Truth::between(false, a.low <= *b.high() && b.low <= *a.high()),
            }
        })
    }

    /// A number, where it is exact and cheap to tell; where this says nothing, [`Self::num`] decides.
    fn exact<'b>(&'b self, num: &'b Num) -> Option<Cow<'b, Number>> {
        match num {
            Num::Literal(number) => Some(Cow::Borrowed(number)),
            Num::Place(place) => match self.value(*place) {
                Value::Number(number) => Some(Cow::Borrowed(number)),
                _ => None,
            },
            Num::Lab(place, part) => match self.value(*place) {
                Value::Lab(lab) => lab.part(*part).map(Cow::Borrowed),
                _ => None,
            },
            Num::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Number(num, _) => self.exact(num),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => None,
            },
            Num::Sum(terms) => {
                let (first, rest) = terms.split_first()?;
                let mut sum = self.exact(&first.num)?;
                for term in rest {
                    let number = self.exact(&term.num)?;
                    sum = Cow::Owned(if term.inverse { sum.sub(&number) } else { sum.add(&number) });
                }
                Some(sum)
            }
            Num::Elapsed(unit, dates) => match (self.date(&dates[0]), self.date(&dates[1])) {
                (Operand::Known(from), Operand::Known(to)) if from.is_exact() && to.is_exact() && !is_endless(from) && !is_endless(to) => {
                    Some(Cow::Owned(Number::whole(i64::from(completed(*unit, from.first, to.first)))))
                }
                _ => None,
            },
            Num::Rank(_) | Num::Product(_) | Num::Convert(..) | Num::Count(_) | Num::Size(_) | Num::Pick(_) => None,
        }
    }

    #[inline(never)]
    fn has(&self, set: &SetExpr, question: &SetTest) -> Truth {
        let ask = |members: &[u16]| match question {
            SetTest::Any => !members.is_empty(),
            SetTest::AnyOf(wanted) => members.iter().any(|member| wanted.contains(member)),
            SetTest::AnyExcept(except) => members.iter().any(|member| !except.contains(member)),
            SetTest::AllOf(wanted) => wanted.iter().all(|member| members.contains(member)),
        };
        match set {
            SetExpr::Place(place) => match self.value(*place) {
                Value::Set(members) => ask(members).into(),
                Value::NotApplicable => ask(&[]).into(),
                _ => Truth::Unknown,
            },
            SetExpr::Pick(pick) => self.pick(pick).decide(|value| match value {
                Value::Set(members) => ask(&members).into(),
                _ => Truth::Unknown,
            }),
        }
    }

    // ------------------------------------------------------------ values

    /// What stands at a place. The dates of an event are read by [`Self::date`].
    pub fn value(&self, place: Place) -> &Value {
        match (place, self.event) {
            (Place::Fact(id), _) => &self.record[id],
            (Place::Attribute(i), Some((event, _))) => &event.attributes[i],
            (Place::Attribute(_) | Place::EventDate | Place::EventEnd, _) => &Value::Unknown,
        }
    }

    fn boolean(&self, place: Place) -> Truth {
        match self.value(place) {
            Value::Boolean(value) => (*value).into(),
            Value::NotApplicable => Truth::False,
            _ => Truth::Unknown,
        }
    }

    pub fn member(&self, member: &MemberExpr) -> Operand<u16> {
        match member {
            MemberExpr::Place(place) => match self.value(*place) {
                Value::Member(i) => Operand::Known(*i),
                Value::NotApplicable => Operand::NotApplicable,
                _ => Operand::Unknown,
            },
            MemberExpr::Pick(pick) => match self.pick(pick) {
                Operand::Known(Value::Member(i)) => Operand::Known(i),
                Operand::NotApplicable => Operand::NotApplicable,
                Operand::Known(_) | Operand::Unknown => Operand::Unknown,
            },
        }
    }

    pub fn num(&self, num: &Num) -> Operand<Span> {
        let known = |number: &Number| Operand::Known(Span::exact(number.clone()));
        match num {
            Num::Literal(number) => known(number),
            Num::Place(place) => match self.value(*place) {
                Value::Number(number) => known(number),
                Value::NotApplicable => Operand::NotApplicable,
                _ => Operand::Unknown,
            },
            Num::Lab(place, part) => match self.value(*place) {
                Value::Lab(lab) => lab.part(*part).map_or(Operand::Unknown, known),
                Value::NotApplicable => Operand::NotApplicable,
                _ => Operand::Unknown,
            },
            Num::Rank(member) => self.member(member).map(|i| Span::exact(Number::whole(i64::from(i)))),
            Num::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Number(num, _) => self.num(num),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => Operand::Unknown,
            },
            Num::Sum(terms) => self.fold(terms, |sum, inverse, term| {
                let (low, high) = if inverse { (term.high().neg(), term.low.neg()) } else { (term.low.clone(), term.high().clone()) };
                Some(if sum.is_exact() && term.is_exact() {
                    Span::exact(sum.low.add(&low))
                } else {
                    Span::between(sum.low.add(&low), sum.high().add(&high))
                })
            }),
            Num::Product(terms) => self.fold(terms, multiply),
            Num::Convert(inner, factor, shift) => self.num(inner).map(|span| {
                let convert = |number: &Number| number.mul(factor).add(shift);
                if span.is_exact() { Span::exact(convert(&span.low)) } else { Span::between(convert(&span.low), convert(span.high())) }
            }),
            Num::Elapsed(unit, dates) => {
                let dates = self.date(&dates[0]).zip(self.date(&dates[1]));
                match dates {
                    // There is no duration up to a day that has not come.
                    Operand::Known((from, to)) if is_endless(from) || is_endless(to) => Operand::Unknown,
                    dates => dates.map(|(from, to)| {
                        let whole = |n: i32| Number::whole(i64::from(n));
                        let low = completed(*unit, from.last, to.first);
                        if from.is_exact() && to.is_exact() {
                            return Span::exact(whole(low));
                        }
                        Span::between(whole(low), whole(completed(*unit, from.first, to.last)))
                    }),
                }
            }
            Num::Count(selection) => self.count(selection),
            Num::Size(set) => match set {
                SetExpr::Place(place) => match self.value(*place) {
                    Value::Set(members) => Operand::Known(Span::exact(Number::whole(members.len() as i64))),
                    Value::NotApplicable => Operand::Known(Span::exact(Number::whole(0))),
                    _ => Operand::Unknown,
                },
                SetExpr::Pick(pick) => match self.pick(pick) {
                    Operand::Known(Value::Set(members)) => Operand::Known(Span::exact(Number::whole(members.len() as i64))),
                    Operand::NotApplicable => Operand::NotApplicable,
                    Operand::Known(_) | Operand::Unknown => Operand::Unknown,
                },
            },
            Num::Pick(pick) => match self.pick(pick) {
                Operand::Known(Value::Number(number)) => known(&number),
                Operand::Known(Value::Lab(lab)) => lab.part(Part::Value).map_or(Operand::Unknown, known),
                Operand::NotApplicable => Operand::NotApplicable,
                Operand::Known(_) | Operand::Unknown => Operand::Unknown,
            },
        }
    }

    /// Joins the terms from the left; every one is looked at, since one that does not apply decides.
    fn fold(&self, terms: &[Term], join: impl Fn(&Span, bool, &Span) -> Option<Span>) -> Operand<Span> {
        let mut result: Option<Operand<Span>> = None;
        for term in terms {
            let value = self.num(&term.num);
            result = Some(match result {
                None => value,
                Some(so_far) => match so_far.zip(value) {
                    Operand::Known((so_far, value)) => {
                        join(&so_far, term.inverse, &value).map_or(Operand::Unknown, Operand::Known)
                    }
                    Operand::NotApplicable => Operand::NotApplicable,
                    Operand::Unknown => Operand::Unknown,
                },
            });
        }
        result.unwrap_or(Operand::Unknown)
    }

    pub fn date(&self, date: &DateExpr) -> Operand<Days> {
        match date {
            DateExpr::Literal(day) => Operand::Known(Days::on(*day)),
            DateExpr::Place(place) => match (place, self.event) {
                (Place::EventDate, Some((event, _))) => event.date.map_or(Operand::Unknown, Operand::Known),
                (Place::EventEnd, Some((event, _))) => match event.end {
                    End::Unknown => Operand::Unknown,
                    End::Ongoing => Operand::Known(Days::on(AFTER_ALL)),
                    End::On(days) => Operand::Known(days),
                },
                _ => match self.value(*place) {
                    Value::Date(days) => Operand::Known(*days),
                    Value::NotApplicable => Operand::NotApplicable,
                    _ => Operand::Unknown,
                },
            },
            DateExpr::Lab(place) => match self.value(*place) {
                Value::Lab(lab) => lab.date.map_or(Operand::Unknown, Operand::Known),
                Value::NotApplicable => Operand::NotApplicable,
                _ => Operand::Unknown,
            },
            DateExpr::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Date(date) => self.date(date),
                DefineBody::Test(_) | DefineBody::Number(..) | DefineBody::Inlined => Operand::Unknown,
            },
            DateExpr::Pick(pick) => match self.pick(pick) {
                Operand::Known(Value::Date(days)) => Operand::Known(days),
                Operand::NotApplicable => Operand::NotApplicable,
                Operand::Known(_) | Operand::Unknown => Operand::Unknown,
            },
        }
    }

    // ------------------------------------------------------------ events

    /// Calls `visit` with each event and whether it is selected.
    pub fn select(&self, selection: &Selection, mut visit: impl FnMut(&'a Event, Truth)) -> Operand<()> {
        let anchor = match &selection.window {
            Some((relation, anchor)) => match self.date(anchor) {
                // Each window over what does not apply is false, so it selects nothing.
                Operand::NotApplicable => return Operand::Known(()),
                anchor => Some((*relation, anchor)),
            },
            None => None,
        };
        let record: &'a [Value] = self.record;
        let events = match &record[selection.events] {
            Value::Events(events) => events,
            Value::NotApplicable => return Operand::Known(()),
            _ => return Operand::Unknown,
        };
        for event in events {
            let condition = match &selection.condition {
                Some(test) => self.within(event, selection.events).test(test),
                None => Truth::True,
            };
            let truth = match (condition, &anchor) {
                (Truth::False, _) | (_, None) => condition,
                (_, Some((relation, anchor))) => condition.and(self.in_window(selection.events, event, *relation, anchor)),
            };
            visit(event, truth);
        }
        Operand::Known(())
    }

    pub fn in_window(&self, fact: usize, event: &Event, relation: Relation, anchor: &Operand<Days>) -> Truth {
        match anchor {
            Operand::Known(anchor) => {
                let (surely, possibly) = relation.surely_and_possibly(self.extent(fact, event), *anchor);
                Truth::between(surely, possibly)
            }
            Operand::Unknown | Operand::NotApplicable => Truth::Unknown,
        }
    }

    /// The days that an event may take up.
    fn extent(&self, fact: usize, event: &Event) -> Extent {
        let start = event.date.unwrap_or(Days { first: BEFORE_ALL, last: AFTER_ALL });
        if !matches!(&self.protocol.facts[fact].ty, Type::Events(events) if events.lasting) {
            return Extent::day(start);
        }
        let end = match event.end {
            End::Unknown => Days { first: start.first, last: AFTER_ALL },
            End::Ongoing => Days::on(AFTER_ALL),
            End::On(days) => days,
        };
        Extent { start, end }
    }

    #[inline(never)]
    fn some(&self, selection: &Selection) -> Truth {
        let mut result = Truth::False;
        self.select(selection, |_, truth| result = result.or(truth)).decide(|()| result)
    }

    fn count(&self, selection: &Selection) -> Operand<Span> {
        let (mut sure, mut possible) = (0, 0);
        let known = self.select(selection, |_, truth| match truth {
            Truth::True => {
                sure += 1;
                possible += 1;
            }
            Truth::Unknown => possible += 1,
            Truth::False => {}
        });
        known.map(|()| Span::between(Number::whole(sure), Number::whole(possible)))
    }
}

/// Whether an ordering satisfies a comparison.
const fn holds(op: Comparison, ordering: Ordering) -> bool {
    match op {
        Comparison::Equal => ordering.is_eq(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

const fn is_endless(days: Days) -> bool {
    days.first == AFTER_ALL || days.last == AFTER_ALL
}

/// The product or quotient of two ranges; none where the divisor may be zero.
fn multiply(product: &Span, inverse: bool, factor: &Span) -> Option<Span> {
    let join = |a: &Number, b: &Number| if inverse { a.div(b) } else { Some(a.mul(b)) };
    if product.is_exact() && factor.is_exact() {
        return join(&product.low, &factor.low).map(Span::exact);
    }
    let zero = Number::whole(0);
    if inverse && factor.low <= zero && zero <= *factor.high() {
        return None;
    }
    let mut corners = Vec::with_capacity(4);
    for a in [&product.low, product.high()] {
        for b in [&factor.low, factor.high()] {
            corners.push(join(a, b)?);
        }
    }
    corners.sort();
    Some(Span::between(corners.first()?.clone(), corners.last()?.clone()))
}
