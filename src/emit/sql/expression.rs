//! Tests and values as SQL expressions.
//!
//! A test is a boolean whose NULL is unknown: AND, OR and NOT of SQL are those
//! of Kleene. Beside it stands the list of the facts that keep it open, which
//! counts only where the test is NULL. A date is the two days between which it
//! lies, a number its two ends; both are NULL where it is unknown.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::dialect::Dialect;
use super::number::{Exact, Width, holds_between};
use crate::number::Number;
use crate::protocol::{
    Comparison, DefineBody, FactId, HowMany, MemberExpr, Members, Num, Part, Place, Protocol, SetExpr, SetTest, Term, Test, Type,
};

/// The facts that keep something open: an expression for a list, or nothing.
#[derive(Clone)]
pub(super) struct Open(pub Option<String>);

/// A test.
#[derive(Clone)]
pub(super) struct Truth {
    pub value: String,
    pub open: Open,
}

/// A number between two ends. Where `applies` is false the test over it is.
struct Range {
    applies: Option<String>,
    low: Exact,
    /// Absent where it is `low`.
    high: Option<Exact>,
    open: Open,
}

impl Range {
    fn high(&self) -> &Exact {
        self.high.as_ref().unwrap_or(&self.low)
    }
}

/// A date between two days.
pub(super) struct Days {
    pub applies: Option<String>,
    pub first: String,
    pub last: String,
    /// Whether it may be later than every date.
    pub endless: bool,
    pub open: Open,
}

/// One value of several kinds: a member or a set.
pub(super) struct Single {
    pub applies: Option<String>,
    pub value: String,
    pub open: Open,
}

/// Where a number of the record takes part in arithmetic: a column, or an attribute of the events of one.
pub(super) type Calculated = BTreeMap<(String, Option<FactId>), Width>;

/// Prints the tests of one protocol.
pub(super) struct Printer<'a, D> {
    pub protocol: &'a Protocol,
    /// What could not be said since this was last taken.
    pub gaps: Vec<String>,
    /// The numbers that are calculated with, and the digits they may have, before and behind the point.
    pub calculated: Calculated,
    /// The columns of other tests that were read: definitions, and conditions of facts.
    pub reads: Vec<String>,
    /// The events in hand, from the outermost: the fact and the name of the event.
    pub events: Vec<(FactId, String)>,
    names: usize,
    dialect: PhantomData<D>,
}

impl<'a, D: Dialect> Printer<'a, D> {
    pub fn new(protocol: &'a Protocol) -> Self {
        Self {
            protocol,
            gaps: Vec::new(),
            calculated: Calculated::new(),
            reads: Vec::new(),
            events: Vec::new(),
            names: 0,
            dialect: PhantomData,
        }
    }

    pub fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    // ------------------------------------------------------------ what is open

    pub fn nothing() -> String {
        D::texts(&[])
    }

    /// All of them.
    pub fn join(opens: impl IntoIterator<Item = Open>) -> Open {
        let mut lists: Vec<String> = Vec::new();
        for list in opens.into_iter().filter_map(|open| open.0) {
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        match lists.len() {
            0 => Open(None),
            1 => Open(lists.pop()),
            _ => Open(Some(D::concat(&lists))),
        }
    }

    /// What is open under a condition.
    pub fn when(condition: &str, open: Open) -> Open {
        Open(open.0.map(|list| format!("CASE WHEN {condition} THEN {list} ELSE {} END", Self::nothing())))
    }

    /// What keeps a test open; nothing where it is decided.
    pub fn guarded(test: &Truth) -> Open {
        Self::when(&format!("({}) IS NULL", test.value), test.open.clone())
    }

    /// The list itself.
    pub fn list(open: Open) -> String {
        open.0.unwrap_or_else(Self::nothing)
    }

    /// A fact that is unknown, with what its condition lacks.
    pub fn unknown_fact(&mut self, id: FactId) -> Open {
        let fact = &self.protocol.facts[id];
        if fact.when.is_some() {
            return Open(Some(self.column(&format!("{}.open", fact.about.name))));
        }
        Open(Some(D::texts(std::slice::from_ref(&fact.about.name))))
    }

    pub fn this_fact(&self, id: FactId) -> Open {
        Open(Some(D::texts(std::slice::from_ref(&self.protocol.facts[id].about.name))))
    }

    /// The fact of the event in hand, or the one at the place.
    pub fn unknown_place(&mut self, place: Place) -> Open {
        match (place, self.events.last()) {
            (Place::Fact(id), _) => self.unknown_fact(id),
            (_, Some((fact, _))) => self.this_fact(*fact),
            (_, None) => Open(None),
        }
    }

    // ------------------------------------------------------------ places

    /// A column of the subject. Those that stand for tests come from the layer before.
    pub fn column(&mut self, name: &str) -> String {
        if name.contains(".open") || name.contains(".applies") || name.starts_with("define.") {
            self.reads.push(name.to_string());
        }
        format!("_s.{}", D::ident(name))
    }

    /// That a fact may apply; absent where it always does.
    pub fn applies(&mut self, place: Place) -> Option<String> {
        let Place::Fact(id) = place else { return None };
        let fact = &self.protocol.facts[id];
        fact.when.as_ref()?;
        Some(format!("{} IS NOT FALSE", self.column(&format!("{}.applies", fact.about.name))))
    }

    /// What stands at a place, or a part of it that was taken from its text.
    pub fn at(&mut self, place: Place, part: &str) -> String {
        match place {
            Place::Fact(id) => self.column(&format!("{}{part}", self.protocol.facts[id].about.name)),
            Place::EventDate => self.in_event(&format!("date{part}")),
            Place::EventEnd => self.in_event(&format!("end{part}")),
            Place::Attribute(i) => {
                let event = self.events.last().map(|(fact, _)| *fact);
                let name = self.protocol.attribute(i, event).map(|(name, _)| name.clone()).unwrap_or_default();
                self.in_event(&format!("{name}{part}"))
            }
        }
    }

    pub fn in_event(&self, field: &str) -> String {
        let event = self.events.last().map_or("_e", |(_, name)| name);
        format!("{event}.{}", D::ident(field))
    }

    pub fn event(&self) -> Option<FactId> {
        self.events.last().map(|(fact, _)| *fact)
    }

    /// A condition on what may not apply: false where it does not.
    fn applied(applies: &[&Option<String>], condition: String) -> String {
        let mut parts: Vec<String> = applies.iter().filter_map(|applies| (*applies).clone()).collect();
        parts.push(condition);
        if parts.len() == 1 { parts.remove(0) } else { format!("({})", parts.join(" AND ")) }
    }

    // ------------------------------------------------------------ tests

    pub fn test(&mut self, test: &Test) -> Truth {
        match test {
            Test::Fact(place) => {
                let applies = self.applies(*place);
                let value = Self::applied(&[&applies], self.at(*place, ""));
                Truth { value, open: self.unknown_place(*place) }
            }
            Test::Define(id) => self.define(*id),
            Test::Pick(pick) => {
                let single = self.pick_single(pick);
                Truth { value: single.value, open: single.open }
            }
            Test::Not(inner) => {
                let inner = self.test(inner);
                Truth { value: format!("NOT ({})", inner.value), open: inner.open }
            }
            Test::And(tests) => self.all(tests, " AND "),
            Test::Or(tests) => self.all(tests, " OR "),
            Test::If(parts) => self.choose(parts),
            Test::SomeOf(how, count, tests) => self.some_of(*how, *count, tests),
            Test::Compare(op, left, right) => self.compare(*op, left, right),
            Test::Member(member, among) => {
                let members = self.protocol.members_of(member, self.event());
                let single = self.member(member);
                let value = if among.is_empty() {
                    format!("({} IS NULL AND NULL)", single.value)
                } else {
                    format!("{} IN ({})", single.value, Self::literals(&members, among))
                };
                Truth { value: Self::applied(&[&single.applies], value), open: single.open }
            }
            Test::Has(set, question) => self.has(set, question),
            Test::Date(date, relation, anchor) => {
                let (date, anchor) = (self.date(date), self.date(anchor));
                let value = Self::lies(*relation, [&date.first, &date.last], [&date.first, &date.last], &anchor);
                let value = Self::applied(&[&date.applies, &anchor.applies], value);
                Truth { value, open: Self::join([date.open, anchor.open]) }
            }
            Test::Some(selection) => {
                let (events, of) = self.select(selection);
                let event = self.enter(selection);
                let test = self.selected(selection, of.as_ref());
                self.leave();
                let sure = D::length(&D::filter(&events, &event, &test.value));
                let open = D::length(&D::filter(&events, &event, &format!("({}) IS NULL", test.value)));
                let value = format!("CASE WHEN {sure} > 0 THEN TRUE WHEN {open} = 0 THEN FALSE END");
                let open = self.open_selection(selection, &events, &event, &test, of.as_ref());
                Truth { value, open }
            }
        }
    }

    fn define(&mut self, id: usize) -> Truth {
        let name = format!("define.{}", self.protocol.defines[id].about.name);
        let value = self.column(&name);
        Truth { value, open: Open(Some(self.column(&format!("{name}.open")))) }
    }

    fn tests(&mut self, tests: &[Test]) -> Vec<Truth> {
        tests.iter().map(|test| self.test(test)).collect()
    }

    fn all(&mut self, tests: &[Test], with: &str) -> Truth {
        let tests = self.tests(tests);
        let values: Vec<String> = tests.iter().map(|test| test.value.clone()).collect();
        Truth { value: format!("({})", values.join(with)), open: Self::join(tests.iter().map(Self::guarded)) }
    }

    fn choose(&mut self, parts: &[Test; 3]) -> Truth {
        let [condition, then, otherwise] = parts.each_ref().map(|test| self.test(test));
        let value = format!(
            "CASE WHEN {c} THEN {t} WHEN NOT ({c}) THEN {o} WHEN ({t}) = ({o}) THEN {t} END",
            c = condition.value,
            t = then.value,
            o = otherwise.value
        );
        let open = format!(
            "CASE WHEN {c} THEN {} WHEN NOT ({c}) THEN {} ELSE {} END",
            Self::list(then.open.clone()),
            Self::list(otherwise.open.clone()),
            Self::list(Self::join([condition.open, Self::guarded(&then), Self::guarded(&otherwise)])),
            c = condition.value,
        );
        Truth { value, open: Open(Some(open)) }
    }

    fn some_of(&mut self, how: HowMany, count: usize, tests: &[Test]) -> Truth {
        let tests = self.tests(tests);
        let each = |state: &str| {
            let counted = tests.iter().map(|test| format!("CASE WHEN ({}) {state} THEN 1 ELSE 0 END", test.value));
            format!("({})", counted.collect::<Vec<_>>().join(" + "))
        };
        let (sure, possible) = (each("IS TRUE"), each("IS NOT FALSE"));
        let value = match how {
            HowMany::AtLeast => format!("CASE WHEN {sure} >= {count} THEN TRUE WHEN {possible} < {count} THEN FALSE END"),
            HowMany::AtMost => format!("CASE WHEN {possible} <= {count} THEN TRUE WHEN {sure} > {count} THEN FALSE END"),
            HowMany::Exactly => format!(
                "CASE WHEN {sure} = {count} AND {possible} = {count} THEN TRUE \
                 WHEN {sure} > {count} OR {possible} < {count} THEN FALSE END"
            ),
        };
        Truth { value, open: Self::join(tests.iter().map(Self::guarded)) }
    }

    fn compare(&mut self, op: Comparison, left: &Num, right: &Num) -> Truth {
        let (left, right) = (self.num(left), self.num(right));
        let open = Self::join([left.open.clone(), right.open.clone()]);
        let applies = [&left.applies, &right.applies];
        let printed = {
            let mut ends = |a: &Exact, op, b: &Exact| holds_between::<D>(a, op, b, &mut self.calculated);
            if left.high.is_none() && right.high.is_none() {
                ends(&left.low, op, &right.low)
            } else {
                Self::compare_ends(op, &left, &right, &mut ends)
            }
        };
        match printed {
            Ok(value) => Truth { value: Self::applied(&applies, value), open },
            Err(reason) => {
                self.gaps.push(reason);
                Truth { value: "CAST(NULL AS BOOLEAN)".into(), open }
            }
        }
    }

    fn compare_ends(
        op: Comparison,
        left: &Range,
        right: &Range,
        ends: &mut impl FnMut(&Exact, Comparison, &Exact) -> Result<String, String>,
    ) -> Result<String, String> {
        let (sure, never) = match op {
            Comparison::Less => (ends(left.high(), op, &right.low)?, ends(&left.low, Comparison::GreaterOrEqual, right.high())?),
            Comparison::LessOrEqual => (ends(left.high(), op, &right.low)?, ends(&left.low, Comparison::Greater, right.high())?),
            Comparison::Greater => (ends(&left.low, op, right.high())?, ends(left.high(), Comparison::LessOrEqual, &right.low)?),
            Comparison::GreaterOrEqual => (ends(&left.low, op, right.high())?, ends(left.high(), Comparison::Less, &right.low)?),
            Comparison::Equal => {
                let sure = [
                    ends(&left.low, Comparison::GreaterOrEqual, right.high())?,
                    ends(left.high(), Comparison::LessOrEqual, &right.low)?,
                ];
                let never = [ends(&left.low, Comparison::Greater, right.high())?, ends(left.high(), Comparison::Less, &right.low)?];
                (sure.join(" AND "), never.join(" OR "))
            }
        };
        Ok(format!("CASE WHEN {sure} THEN TRUE WHEN {never} THEN FALSE END"))
    }

    // ------------------------------------------------------------ members and sets

    fn literals(members: &Members, among: &[u16]) -> String {
        let names: Vec<String> = among.iter().map(|i| format!("'{}'", members[usize::from(*i)])).collect();
        names.join(", ")
    }

    fn place_single(&mut self, place: Place) -> Single {
        let value = self.at(place, "");
        let open = self.unknown_place(place);
        Single { applies: self.applies(place), open: Self::when(&format!("{value} IS NULL"), open), value }
    }

    fn member(&mut self, member: &MemberExpr) -> Single {
        match member {
            MemberExpr::Place(place) => self.place_single(*place),
            MemberExpr::Pick(pick) => self.pick_single(pick),
        }
    }

    /// A set; one that does not apply is empty.
    fn set(&mut self, set: &SetExpr) -> Single {
        match set {
            SetExpr::Place(place) => {
                let single = self.place_single(*place);
                let value = match single.applies {
                    Some(applies) => format!("CASE WHEN {applies} THEN {} ELSE {} END", single.value, Self::nothing()),
                    None => single.value,
                };
                Single { applies: None, value, open: single.open }
            }
            SetExpr::Pick(pick) => self.pick_single(pick),
        }
    }

    fn has(&mut self, set: &SetExpr, question: &SetTest) -> Truth {
        let members = self.protocol.members_of_set(set, self.event());
        let set = self.set(set);
        let list = |among: &[u16]| D::texts(&among.iter().map(|i| members[usize::from(*i)].clone()).collect::<Vec<_>>());
        let value = match question {
            SetTest::Any => format!("{} > 0", D::length(&set.value)),
            SetTest::AnyOf(among) => D::has_any_of(&set.value, &list(among)),
            SetTest::AnyExcept(among) => {
                let others: Vec<u16> = (0..members.len() as u16).filter(|i| !among.contains(i)).collect();
                if others.is_empty() { format!("{} < 0", D::length(&set.value)) } else { D::has_any_of(&set.value, &list(&others)) }
            }
            SetTest::AllOf(among) => D::has_all_of(&set.value, &list(among)),
        };
        Truth { value, open: set.open }
    }

    // ------------------------------------------------------------ numbers

    fn num(&mut self, num: &Num) -> Range {
        match num {
            Num::Literal(number) => Range { applies: None, low: Exact::Literal(number.clone()), high: None, open: Open(None) },
            Num::Place(place) => {
                let single = self.place_single(*place);
                self.recorded(*place, "", single)
            }
            Num::Lab(place, part) => self.lab(*place, *part),
            Num::Rank(member) => {
                let members = self.protocol.members_of(member, self.event());
                let single = self.member(member);
                let value = format!("{} - 1", D::position(&D::texts(&members), &single.value));
                Range { applies: single.applies, low: Exact::Whole(format!("({value})")), high: None, open: single.open }
            }
            Num::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Number(num, _) => self.outside(|printer| printer.num(num)),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => self.no_number("a definition that is no number"),
            },
            Num::Sum(terms) => self.total(terms),
            Num::Product(terms) => self.product(terms),
            Num::Convert(inner, factor, shift) => {
                let range = self.num(inner);
                let convert = |end: &Exact| end.times(&Exact::Literal(factor.clone())).plus(&Exact::Literal(shift.clone()));
                Range { low: convert(&range.low), high: range.high.as_ref().map(convert), ..range }
            }
            Num::Elapsed(unit, dates) => {
                let (from, to) = (self.date(&dates[0]), self.date(&dates[1]));
                let ended = |value: String| {
                    let ends: Vec<&String> = [&from, &to].into_iter().filter(|d| d.endless).map(|d| &d.last).collect();
                    let beyond: Vec<String> = ends.iter().map(|end| format!("{end} = {}", D::AFTER_ALL)).collect();
                    if beyond.is_empty() { value } else { format!("CASE WHEN {} THEN NULL ELSE {value} END", beyond.join(" OR ")) }
                };
                let low = ended(D::completed(*unit, &from.last, &to.first));
                let high = ended(D::completed(*unit, &from.first, &to.last));
                let applies = match (from.applies, to.applies) {
                    (Some(from), Some(to)) => Some(format!("{from} AND {to}")),
                    (from, to) => from.or(to),
                };
                let open = Self::when(&format!("{low} IS DISTINCT FROM {high} OR {low} IS NULL"), Self::join([from.open, to.open]));
                Range { applies, low: Exact::Whole(low), high: Some(Exact::Whole(high)), open }
            }
            Num::Count(selection) => {
                let (events, of) = self.select(selection);
                let event = self.enter(selection);
                let test = self.selected(selection, of.as_ref());
                self.leave();
                let low = D::length(&D::filter(&events, &event, &test.value));
                let high = D::length(&D::filter(&events, &event, &format!("({}) IS NOT FALSE", test.value)));
                let open = self.open_selection(selection, &events, &event, &test, of.as_ref());
                Range { applies: None, low: Exact::Whole(low), high: Some(Exact::Whole(high)), open }
            }
            Num::Size(set) => {
                let set = self.set(set);
                Range { applies: None, low: Exact::Whole(D::length(&set.value)), high: None, open: set.open }
            }
            Num::Pick(pick) => {
                let single = self.pick_single(pick);
                self.events.push((pick.selection.events, String::new()));
                let lab = matches!(self.protocol.type_at(pick.attribute, self.event()), Some(Type::Lab(_)));
                let range = self.recorded(pick.attribute, if lab { ".value" } else { "" }, single);
                self.leave();
                range
            }
        }
    }

    pub fn cannot(&mut self, what: &str) {
        self.gaps.push(format!("{} cannot say {what}", D::NAME));
    }

    fn no_number(&mut self, what: &str) -> Range {
        self.cannot(what);
        Range { applies: None, low: Exact::Whole("CAST(NULL AS INTEGER)".into()), high: None, open: Open(None) }
    }

    /// Prints what is read of the record, not of an event.
    pub fn outside<T>(&mut self, print: impl FnOnce(&mut Self) -> T) -> T {
        let events = std::mem::take(&mut self.events);
        let printed = print(self);
        self.events = events;
        printed
    }

    fn recorded(&mut self, place: Place, part: &str, single: Single) -> Range {
        let field = match place {
            Place::Fact(id) => self.protocol.facts[id].about.name.clone(),
            Place::EventDate | Place::EventEnd => String::new(),
            Place::Attribute(i) => self.protocol.attribute(i, self.event()).map(|(name, _)| name.clone()).unwrap_or_default(),
        };
        let event = if matches!(place, Place::Fact(_)) { None } else { self.event() };
        let whence = (format!("{field}{part}"), event);
        Range { applies: single.applies, low: Exact::Recorded(single.value, Some(whence)), high: None, open: single.open }
    }

    fn lab(&mut self, place: Place, part: Part) -> Range {
        let value = D::field(&self.at(place, ""), part.key());
        let open = self.open_lab(place);
        let single = Single { applies: self.applies(place), open: Self::when(&format!("{value} IS NULL"), open), value };
        self.recorded(place, &format!(".{}", part.key()), single)
    }

    /// A part that is unknown of a lab that is known keeps only the fact itself open.
    pub fn open_lab(&mut self, place: Place) -> Open {
        match place {
            Place::Fact(id) if self.protocol.facts[id].when.is_some() => {
                let lab = self.at(place, "");
                let (known, unknown) = (Self::list(self.this_fact(id)), Self::list(self.unknown_fact(id)));
                Open(Some(format!("CASE WHEN {} THEN {unknown} ELSE {known} END", D::is_missing(&lab))))
            }
            place => self.unknown_place(place),
        }
    }

    fn total(&mut self, terms: &[Term]) -> Range {
        let ranges: Vec<(bool, Range)> = terms.iter().map(|term| (term.inverse, self.num(&term.num))).collect();
        let end = |least: bool| {
            let ends = ranges.iter().map(|(inverse, range)| {
                let end = if least == *inverse { range.high() } else { &range.low };
                (*inverse, end)
            });
            ends.fold(Exact::Literal(Number::whole(0)), |sum, (inverse, end)| if inverse { sum.minus(end) } else { sum.plus(end) })
        };
        let spans = ranges.iter().any(|(_, range)| range.high.is_some());
        let (low, high) = (end(true), spans.then(|| end(false)));
        Self::calculated_from(ranges, low, high)
    }

    fn calculated_from(ranges: Vec<(bool, Range)>, low: Exact, high: Option<Exact>) -> Range {
        let applies: Vec<String> = ranges.iter().filter_map(|(_, range)| range.applies.clone()).collect();
        let applies = (!applies.is_empty()).then(|| applies.join(" AND "));
        Range { applies, low, high, open: Self::join(ranges.into_iter().map(|(_, range)| range.open)) }
    }

    fn product(&mut self, terms: &[Term]) -> Range {
        let ranges: Vec<(bool, Range)> = terms.iter().map(|term| (term.inverse, self.num(&term.num))).collect();
        let spans = ranges.iter().filter(|(_, range)| range.high.is_some()).count();
        if spans > 1 || ranges.iter().any(|(inverse, range)| *inverse && range.high.is_some()) {
            return self.no_number("a product of two ranges, or a division by one");
        }
        let product = |high: bool| {
            let ends = ranges.iter().map(|(inverse, range)| {
                let end = if high { range.high() } else { &range.low };
                if *inverse { end.inverted() } else { end.clone() }
            });
            ends.reduce(|product, end| product.times(&end)).unwrap_or(Exact::Literal(Number::whole(1)))
        };
        if spans == 0 {
            let low = product(false);
            return Self::calculated_from(ranges, low, None);
        }
        // One range among exact factors: which end is the lesser depends on their signs.
        let (a, b) = (product(false), product(true));
        let (low, high) = (a.either("LEAST", &b), a.either("GREATEST", &b));
        Self::calculated_from(ranges, low, Some(high))
    }
}
