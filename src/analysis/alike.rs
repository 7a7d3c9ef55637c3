//! Whether two versions say the same by construction: the same test, over facts that are recorded alike.
//!
//! In: the keys of two versions. Out: yes, where no record whatever can tell
//! two tests apart; no, where that would have to be asked.

use std::cell::RefCell;
use std::collections::HashMap;

use super::keys::Keys;
use crate::protocol::{
    Bound, Criterion, DateExpr, Define, DefineBody, DefineId, FactId, MemberExpr, Num, Pick, Place, Protocol, Rule, Selection, SetExpr, Term, Test,
};

/// Compares tests of the version before with tests of the version after.
pub(super) struct Alike<'k, 'p> {
    keys: &'k Keys<'p>,
    before: &'p Protocol,
    after: &'p Protocol,
    /// Whether it is enough that a fact is the same one, though the versions record it differently.
    loosely: bool,
    /// Definitions that were compared already.
    defines: RefCell<HashMap<(DefineId, DefineId), bool>>,
    /// Facts that both versions record alike, whatever decides whether they apply included.
    facts: RefCell<HashMap<FactId, bool>>,
}

impl<'k, 'p> Alike<'k, 'p> {
    /// For the keys of two versions.
    pub fn new(keys: &'k Keys<'p>) -> Self {
        Self { keys, before: keys.sides[0], after: keys.sides[1], loosely: false, defines: RefCell::default(), facts: RefCell::default() }
    }

    /// The same, of what is asked alone: whether a fact is recorded alike is another question.
    pub fn of_words(keys: &'k Keys<'p>) -> Self {
        Self { loosely: true, ..Self::new(keys) }
    }

    /// Whether two criteria let the same records pass.
    pub fn criteria(&self, a: &Criterion, b: &Criterion) -> bool {
        a.kind == b.kind && self.rules(&a.rule, &b.rule)
    }

    /// Whether two rules ask the same.
    pub fn rules(&self, a: &Rule, b: &Rule) -> bool {
        self.conditions(a.unless.as_ref(), b.unless.as_ref()) && self.test(&a.test, &b.test)
    }

    /// Whether two conditions ask the same, where there are any.
    pub fn conditions(&self, a: Option<&Test>, b: Option<&Test>) -> bool {
        match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => self.test(a, b),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn tests(&self, a: &[Test], b: &[Test]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.test(a, b))
    }

    /// Whether two tests ask the same.
    pub fn test(&self, a: &Test, b: &Test) -> bool {
        match (a, b) {
            (Test::Fact(a), Test::Fact(b)) => self.place(*a, *b),
            (Test::Define(a), Test::Define(b)) => self.define(*a, *b),
            (Test::Pick(a), Test::Pick(b)) => self.pick(a, b),
            (Test::Not(a), Test::Not(b)) => self.test(a, b),
            (Test::And(a), Test::And(b)) | (Test::Or(a), Test::Or(b)) => self.tests(a, b),
            (Test::If(a), Test::If(b)) => self.tests(&a[..], &b[..]),
            (Test::SomeOf(how, k, a), Test::SomeOf(other, l, b)) => how == other && k == l && self.tests(a, b),
            (Test::Compare(op, a, x), Test::Compare(other, b, y)) => op == other && self.num(a, b) && self.num(x, y),
            (Test::Member(a, among), Test::Member(b, others)) => among == others && self.member(a, b),
            (Test::Has(a, what), Test::Has(b, other)) => what == other && self.set(a, b),
            (Test::Date(a, how, x), Test::Date(b, other, y)) => how == other && self.date(a, b) && self.date(x, y),
            (Test::Some(a), Test::Some(b)) => self.selection(a, b),
            _ => false,
        }
    }

    fn num(&self, a: &Num, b: &Num) -> bool {
        match (a, b) {
            (Num::Literal(a), Num::Literal(b)) => a == b,
            (Num::Place(a), Num::Place(b)) => self.place(*a, *b),
            (Num::Lab(a, part), Num::Lab(b, other)) => part == other && self.place(*a, *b),
            (Num::Rank(a), Num::Rank(b)) => self.member(a, b),
            (Num::Define(a), Num::Define(b)) => self.define(*a, *b),
            (Num::Sum(a), Num::Sum(b)) | (Num::Product(a), Num::Product(b)) => self.terms(a, b),
            (Num::Convert(a, factor, shift), Num::Convert(b, other, moved)) => factor == other && shift == moved && self.num(a, b),
            (Num::Elapsed(unit, a), Num::Elapsed(other, b)) => unit == other && a.iter().zip(b.iter()).all(|(a, b)| self.date(a, b)),
            (Num::Count(a), Num::Count(b)) => self.selection(a, b),
            (Num::Size(a), Num::Size(b)) => self.set(a, b),
            (Num::Pick(a), Num::Pick(b)) => self.pick(a, b),
            _ => false,
        }
    }

    fn terms(&self, a: &[Term], b: &[Term]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.inverse == b.inverse && self.num(&a.num, &b.num))
    }

    fn date(&self, a: &DateExpr, b: &DateExpr) -> bool {
        match (a, b) {
            (DateExpr::Literal(a), DateExpr::Literal(b)) => a == b,
            (DateExpr::Place(a), DateExpr::Place(b)) | (DateExpr::Lab(a), DateExpr::Lab(b)) => self.place(*a, *b),
            (DateExpr::Define(a), DateExpr::Define(b)) => self.define(*a, *b),
            (DateExpr::Pick(a), DateExpr::Pick(b)) => self.pick(a, b),
            _ => false,
        }
    }

    fn member(&self, a: &MemberExpr, b: &MemberExpr) -> bool {
        match (a, b) {
            (MemberExpr::Place(a), MemberExpr::Place(b)) => self.place(*a, *b),
            (MemberExpr::Pick(a), MemberExpr::Pick(b)) => self.pick(a, b),
            (MemberExpr::Place(_), MemberExpr::Pick(_)) | (MemberExpr::Pick(_), MemberExpr::Place(_)) => false,
        }
    }

    fn set(&self, a: &SetExpr, b: &SetExpr) -> bool {
        match (a, b) {
            (SetExpr::Place(a), SetExpr::Place(b)) => self.place(*a, *b),
            (SetExpr::Pick(a), SetExpr::Pick(b)) => self.pick(a, b),
            (SetExpr::Place(_), SetExpr::Pick(_)) | (SetExpr::Pick(_), SetExpr::Place(_)) => false,
        }
    }

    fn pick(&self, a: &Pick, b: &Pick) -> bool {
        let bound = match (&a.bound, &b.bound) {
            (None, None) => true,
            (Some(Bound::Number(a)), Some(Bound::Number(b))) => a == b,
            (Some(Bound::Member(a)), Some(Bound::Member(b))) => a == b,
            _ => false,
        };
        bound && a.which == b.which && a.attribute == b.attribute && self.selection(&a.selection, &b.selection)
    }

    fn selection(&self, a: &Selection, b: &Selection) -> bool {
        let condition = self.conditions(a.condition.as_ref(), b.condition.as_ref());
        let window = match (&a.window, &b.window) {
            (None, None) => true,
            (Some((how, a)), Some((other, b))) => how == other && self.date(a, b),
            (Some(_), None) | (None, Some(_)) => false,
        };
        condition && window && self.place(Place::Fact(a.events), Place::Fact(b.events))
    }

    fn place(&self, a: Place, b: Place) -> bool {
        match (a, b) {
            (Place::Fact(a), Place::Fact(b)) => self.facts(a, b),
            (Place::EventDate, Place::EventDate) | (Place::EventEnd, Place::EventEnd) => true,
            (Place::Attribute(a), Place::Attribute(b)) => a == b,
            _ => false,
        }
    }

    /// Whether both versions record a fact alike.
    pub fn facts(&self, a: FactId, b: FactId) -> bool {
        let key = self.keys.key_of(0, a);
        let same = key == self.keys.key_of(1, b);
        if !same || self.loosely {
            return same;
        }
        if self.keys.all[key].differs {
            return false;
        }
        let known = self.facts.borrow().get(&a).copied();
        known.unwrap_or_else(|| {
            let same = self.conditions(self.before.facts[a].when.as_ref(), self.after.facts[b].when.as_ref());
            self.facts.borrow_mut().insert(a, same);
            same
        })
    }

    fn define(&self, a: DefineId, b: DefineId) -> bool {
        let known = self.defines.borrow().get(&(a, b)).copied();
        known.unwrap_or_else(|| {
            let same = self.body(&self.before.defines[a].body, &self.after.defines[b].body);
            self.defines.borrow_mut().insert((a, b), same);
            same
        })
    }

    /// Whether two definitions mean the same, under each of their readings too.
    pub fn definitions(&self, a: &Define, b: &Define) -> bool {
        let readings = a.readings.len() == b.readings.len() && a.readings.iter().zip(&b.readings).all(|(a, b)| self.body(&a.body, &b.body));
        readings && self.body(&a.body, &b.body)
    }

    fn body(&self, a: &DefineBody, b: &DefineBody) -> bool {
        match (a, b) {
            (DefineBody::Test(a), DefineBody::Test(b)) => self.test(a, b),
            (DefineBody::Number(a, unit), DefineBody::Number(b, other)) => unit == other && self.num(a, b),
            (DefineBody::Date(a), DefineBody::Date(b)) => self.date(a, b),
            // What was put in the place of its name is compared there.
            (DefineBody::Inlined, DefineBody::Inlined) => true,
            _ => false,
        }
    }
}
