//! Tests and values as SQL expressions.
//!
//! A test is a boolean whose NULL is unknown: AND, OR and NOT of SQL are those
//! of Kleene. Beside it stands the list of the facts that keep it open, which
//! counts only where the test is NULL. A date is the two days between which it
//! lies, a number its two ends; both are NULL where it is unknown.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::dialect::Dialect;
use super::layers::DEFINE;
use super::number::Width;
use super::shared::Shared;
use crate::protocol::{FactId, HowMany, MemberExpr, Members, Place, Protocol, SetExpr, SetTest, Test};

/// The facts that keep something open: an expression for a list, or nothing.
#[derive(Clone)]
pub(super) struct Open(pub Option<String>);

/// A test.
#[derive(Clone)]
pub(super) struct Truth {
    pub value: String,
    pub open: Open,
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

/// What is always true.
pub(super) const ALWAYS: &str = "TRUE";

/// A test of no more letters is calculated as quickly as it is read.
const QUICK: usize = 60;

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
    /// The values that are read in several places.
    pub shared: Shared,
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
            shared: Shared::default(),
            names: 0,
            dialect: PhantomData,
        }
    }

    /// A value that may be read again: a mark for it, made of what was read since. What is said of an event has no
    /// column to stand in.
    pub fn share(&mut self, value: String, since: usize) -> String {
        if self.events.is_empty() { self.shared.mark(value, &self.reads[since..]) } else { value }
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
        if name.contains(".open") || name.contains(".applies") || name.starts_with(DEFINE) {
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
    pub fn applied(applies: &[&Option<String>], condition: String) -> String {
        let mut parts: Vec<String> = applies.iter().filter_map(|applies| (*applies).clone()).collect();
        parts.push(condition);
        if parts.len() == 1 { parts.remove(0) } else { format!("({})", parts.join(" AND ")) }
    }

    // ------------------------------------------------------------ tests

    pub fn test(&mut self, test: &Test) -> Truth {
        let since = self.reads.len();
        let mut truth = self.printed(test);
        let again = match test {
            // Quick to read again, as it is made of what is shared itself.
            Test::Fact(_) | Test::Define(_) | Test::Not(_) | Test::And(_) | Test::Or(_) => false,
            Test::Compare(..) | Test::Member(..) | Test::Has(..) => truth.value.len() > QUICK,
            Test::If(_) | Test::SomeOf(..) | Test::Date(..) | Test::Some(_) | Test::Pick(_) => true,
        };
        if again {
            truth.value = self.share(truth.value, since);
        }
        truth
    }

    fn printed(&mut self, test: &Test) -> Truth {
        let since = self.reads.len();
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
                let value = if test.value == ALWAYS {
                    format!("{} > 0", D::length(&events))
                } else {
                    D::any(&self.share(D::map(&events, &event, &test.value), since))
                };
                let open = self.open_selection(selection, &events, &event, &test, of.as_ref());
                Truth { value, open }
            }
        }
    }

    fn define(&mut self, id: usize) -> Truth {
        let name = format!("{DEFINE}{}", self.protocol.defines[id].about.name);
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
        // A branch that is not taken leaves nothing open.
        let then = Self::when(&format!("({}) IS NOT FALSE AND ({}) IS NULL", condition.value, then.value), then.open);
        let otherwise = Self::when(&format!("({}) IS NOT TRUE AND ({}) IS NULL", condition.value, otherwise.value), otherwise.open);
        Truth { value, open: Self::join([Self::guarded(&condition), then, otherwise]) }
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

    // ------------------------------------------------------------ members and sets

    fn literals(members: &Members, among: &[u16]) -> String {
        let names: Vec<String> = among.iter().map(|i| format!("'{}'", members[usize::from(*i)])).collect();
        names.join(", ")
    }

    pub fn place_single(&mut self, place: Place) -> Single {
        let value = self.at(place, "");
        let open = self.unknown_place(place);
        Single { applies: self.applies(place), open: Self::when(&format!("{value} IS NULL"), open), value }
    }

    pub fn member(&mut self, member: &MemberExpr) -> Single {
        match member {
            MemberExpr::Place(place) => self.place_single(*place),
            MemberExpr::Pick(pick) => self.pick_single(pick),
        }
    }

    /// A set; one that does not apply is empty.
    pub fn set(&mut self, set: &SetExpr) -> Single {
        match set {
            SetExpr::Place(place) => {
                let single = self.place_single(*place);
                let Some(applies) = single.applies else { return single };
                let value = format!("CASE WHEN {applies} THEN {} ELSE {} END", single.value, Self::nothing());
                Single { applies: None, value, open: Self::when(&applies, single.open) }
            }
            SetExpr::Pick(pick) => self.pick_single(pick),
        }
    }

    fn has(&mut self, set: &SetExpr, question: &SetTest) -> Truth {
        let members = self.protocol.members_of_set(set, self.event());
        let set = self.set(set);
        let names = |among: &[u16]| among.iter().map(|i| members[usize::from(*i)].clone()).collect::<Vec<_>>();
        let value = match question {
            SetTest::Any => format!("{} > 0", D::length(&set.value)),
            SetTest::AnyOf(among) => D::has_any_of(&set.value, &names(among)),
            SetTest::AnyExcept(among) => {
                let others: Vec<u16> = (0..members.len() as u16).filter(|i| !among.contains(i)).collect();
                if others.is_empty() { format!("{} < 0", D::length(&set.value)) } else { D::has_any_of(&set.value, &names(&others)) }
            }
            SetTest::AllOf(among) => D::has_all_of(&set.value, &names(among)),
        };
        Truth { value, open: set.open }
    }

    // ------------------------------------------------------------ the record

    pub fn cannot(&mut self, what: &str) {
        self.gaps.push(format!("{} cannot say {what}", D::NAME));
    }

    /// Prints what is read of the record, not of an event.
    pub fn outside<T>(&mut self, print: impl FnOnce(&mut Self) -> T) -> T {
        let events = std::mem::take(&mut self.events);
        let printed = print(self);
        self.events = events;
        printed
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
}
