//! Which facts keep a test open: those unknown or partial in its unknown
//! operands, descending through unknown operands only.
//!
//! A fact that is unknown, and of which it is unknown whether it applies, is
//! open for both reasons: what its `when` lacks is listed with it.

use super::Truth;
use super::engine::{Engine, Operand};
use super::pick::attribute;
use super::record::{End, Event, Value};
use crate::protocol::{
    DateExpr, DefineBody, FactId, MemberExpr, Num, Pick, Place, Selection, SetExpr, Test, Type, Which,
};

/// A set of facts.
#[derive(Debug, Clone)]
pub(super) struct Facts(Vec<bool>);

impl Facts {
    pub fn none(count: usize) -> Self {
        Self(vec![false; count])
    }

    pub fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    /// In order of declaration.
    pub fn list(&self) -> Vec<FactId> {
        self.0.iter().enumerate().filter(|(_, open)| **open).map(|(id, _)| id).collect()
    }

    /// Whether it is new.
    fn add(&mut self, fact: FactId) -> bool {
        !std::mem::replace(&mut self.0[fact], true)
    }
}

impl Engine<'_> {
    /// Adds what keeps `test` open; nothing, where it is decided.
    pub fn missing(&self, test: &Test, facts: &mut Facts) {
        if self.test(test) != Truth::Unknown {
            return;
        }
        match test {
            Test::Fact(place) => self.place(*place, facts),
            Test::Define(id) => {
                if let DefineBody::Test(test) = &self.protocol.defines[*id].body {
                    self.missing(test, facts);
                }
            }
            Test::Pick(pick) => self.missing_pick(pick, facts),
            Test::Not(inner) => self.missing(inner, facts),
            Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => {
                tests.iter().for_each(|test| self.missing(test, facts));
            }
            Test::If(parts) => match self.test(&parts[0]) {
                Truth::True => self.missing(&parts[1], facts),
                Truth::False => self.missing(&parts[2], facts),
                Truth::Unknown => parts.iter().for_each(|test| self.missing(test, facts)),
            },
            Test::Compare(_, left, right) => {
                self.missing_num(left, facts);
                self.missing_num(right, facts);
            }
            Test::Member(member, _) => self.missing_member(member, facts),
            Test::Has(set, _) => self.missing_set(set, facts),
            Test::Date(date, _, anchor) => {
                self.missing_date(date, facts);
                self.missing_date(anchor, facts);
            }
            Test::Some(selection) => self.missing_selection(selection, facts),
        }
    }

    /// An unknown fact, or the fact of an event whose attribute is unknown.
    fn place(&self, place: Place, facts: &mut Facts) {
        let Place::Fact(id) = place else {
            if let Some((_, fact)) = self.event {
                facts.add(fact);
            }
            return;
        };
        // What was listed before has been followed already.
        if !facts.add(id) {
            return;
        }
        if let (Some(when), Value::Unknown) = (&self.protocol.facts[id].when, &self.record[id]) {
            // The condition is read of the record, not of an event.
            Engine::new(self.protocol, self.record).missing(when, facts);
        }
    }

    fn missing_num(&self, num: &Num, facts: &mut Facts) {
        // What is exact keeps nothing open, whatever it was computed from.
        if matches!(self.num(num), Operand::Known(span) if span.is_exact()) {
            return;
        }
        match num {
            Num::Literal(_) => {}
            Num::Place(place) | Num::Lab(place, _) => self.place(*place, facts),
            Num::Rank(member) => self.missing_member(member, facts),
            Num::Define(id) => {
                if let DefineBody::Number(num, _) = &self.protocol.defines[*id].body {
                    self.missing_num(num, facts);
                }
            }
            Num::Sum(terms) | Num::Product(terms) => terms.iter().for_each(|term| self.missing_num(&term.num, facts)),
            Num::Convert(inner, _, _) => self.missing_num(inner, facts),
            Num::Elapsed(_, dates) => dates.iter().for_each(|date| self.missing_date(date, facts)),
            Num::Count(selection) => self.missing_selection(selection, facts),
            Num::Size(set) => self.missing_set(set, facts),
            Num::Pick(pick) => self.missing_pick(pick, facts),
        }
    }

    fn missing_date(&self, date: &DateExpr, facts: &mut Facts) {
        if matches!(self.date(date), Operand::Known(days) if days.is_exact()) {
            return;
        }
        match date {
            DateExpr::Literal(_) => {}
            DateExpr::Place(place) | DateExpr::Lab(place) => self.place(*place, facts),
            DateExpr::Define(id) => {
                if let DefineBody::Date(date) = &self.protocol.defines[*id].body {
                    self.missing_date(date, facts);
                }
            }
            DateExpr::Pick(pick) => self.missing_pick(pick, facts),
        }
    }

    fn missing_member(&self, member: &MemberExpr, facts: &mut Facts) {
        if matches!(self.member(member), Operand::Known(_)) {
            return;
        }
        match member {
            MemberExpr::Place(place) => self.place(*place, facts),
            MemberExpr::Pick(pick) => self.missing_pick(pick, facts),
        }
    }

    fn missing_set(&self, set: &SetExpr, facts: &mut Facts) {
        match set {
            SetExpr::Place(place) => {
                if matches!(self.value(*place), Value::Unknown) {
                    self.place(*place, facts);
                }
            }
            SetExpr::Pick(pick) => {
                if !matches!(self.pick(pick), Operand::Known(_)) {
                    self.missing_pick(pick, facts);
                }
            }
        }
    }

    /// What leaves open which events are selected.
    fn missing_selection(&self, selection: &Selection, facts: &mut Facts) {
        let mut doubtful = Vec::new();
        let known = self.select(selection, |event, truth| {
            if truth == Truth::Unknown {
                doubtful.push(event);
            }
        });
        if known == Operand::Unknown {
            self.place(Place::Fact(selection.events), facts);
            // Of an unknown list nothing says that the window matters, but its anchor would be read.
            if let Some((_, anchor)) = &selection.window {
                self.missing_date(anchor, facts);
            }
        }
        for event in doubtful {
            if let Some(condition) = &selection.condition {
                self.within(event, selection.events).missing(condition, facts);
            }
            if let Some((relation, anchor)) = &selection.window {
                let moment = self.date(anchor);
                if self.in_window(selection.events, event, *relation, &moment) == Truth::Unknown {
                    self.missing_date(anchor, facts);
                    if self.is_loose(event, selection.events) {
                        facts.add(selection.events);
                    }
                }
            }
        }
    }

    /// Whether the days of an event are not wholly known.
    fn is_loose(&self, event: &Event, fact: FactId) -> bool {
        let lasting = matches!(&self.protocol.facts[fact].ty, Type::Events(events) if events.lasting);
        let end_is_loose = match event.end {
            End::Unknown => true,
            End::Ongoing => false,
            End::On(days) => !days.is_exact(),
        };
        event.date.is_none_or(|days| !days.is_exact()) || (lasting && end_is_loose)
    }

    fn missing_pick(&self, pick: &Pick, facts: &mut Facts) {
        self.missing_selection(&pick.selection, facts);
        let ordered_by_date = matches!(pick.which, Which::Latest | Which::Earliest);
        let mut loose = false;
        self.select(&pick.selection, |event, truth| {
            if truth == Truth::False {
                return;
            }
            let value_is_loose = match attribute(event, pick.attribute) {
                None => true,
                Some(Value::Date(days)) => !days.is_exact(),
                Some(_) => false,
            };
            let date_is_loose = ordered_by_date && event.date.is_none_or(|days| !days.is_exact());
            loose |= value_is_loose || date_is_loose;
        });
        if loose {
            facts.add(pick.selection.events);
        }
    }
}
