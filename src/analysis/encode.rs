//! Tests as formulas: when is it true of a symbolic record, and when false.
//!
//! This mirrors `evaluate` construct by construct; what is neither true nor
//! false is unknown. What it cannot express exactly it refuses, with a reason;
//! it never approximates.

use std::collections::HashMap;
use std::rc::Rc;

use super::linear::Linear;
use super::logic::Lit;
use super::space::{Date, Raw, Slot, Term, Theory};
use super::subject::Keys;
use crate::calendar::{AFTER_ALL, BEFORE_ALL, CalendarUnit, Day, Relation};
use crate::number::Number;
use crate::protocol::{
    Bound, Comparison, DateExpr, DefineBody, DefineId, FactId, HowMany, MemberExpr, Num, Part, Pick, Place, Protocol,
    Selection, SetExpr, SetTest, Test, Type, Which,
};

/// When a test is true, and when it is false; never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tri {
    pub t: Lit,
    pub f: Lit,
}

impl Tri {
    pub fn not(self) -> Self {
        Self { t: self.f, f: self.t }
    }
}

/// Why a test lies outside what can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond(pub String);

type Encoded<T> = Result<T, Beyond>;

fn beyond<T>(reason: &str) -> Encoded<T> {
    Err(Beyond(reason.into()))
}

/// What stands for the names that only have a meaning somewhere.
#[derive(Clone, Default)]
struct Env {
    /// The event in hand: its key and slot.
    event: Option<(usize, usize)>,
    /// The slots that picks stand for; none for a pick without a value.
    picks: Vec<(*const Pick, Option<usize>)>,
}

impl Env {
    fn within(&self, key: usize, slot: usize) -> Self {
        Self { event: Some((key, slot)), picks: self.picks.clone() }
    }

    fn with(&self, pick: &Pick, slot: Option<usize>) -> Self {
        let mut env = self.clone();
        env.picks.push((std::ptr::from_ref(pick), slot));
        env
    }

    fn slot_of(&self, pick: &Pick) -> Option<Option<usize>> {
        self.picks.iter().rev().find(|(known, _)| std::ptr::eq(*known, pick)).map(|(_, slot)| *slot)
    }
}

/// A date operand: does not apply, or is one of the cases, or is unknown.
struct Dates {
    na: Lit,
    cases: Vec<(Lit, Term, Term)>,
}

/// A number operand: does not apply, or is known to be a fraction of sums, or is unknown.
struct Amount {
    na: Lit,
    known: Lit,
    over: Linear,
    under: Option<Linear>,
}

/// A whole number between two ends, seen through "is it at least k".
struct Whole {
    na: Lit,
    cases: Vec<(Lit, Ends)>,
    /// It is compared as `factor * whole + shift`.
    factor: Number,
    shift: Number,
}

/// What a whole number is computed from.
#[derive(Clone)]
enum Ends {
    /// Completed units between two dates.
    Elapsed(CalendarUnit, (Term, Term), (Term, Term)),
    /// How many of the first surely, of the second possibly.
    Count(Vec<Lit>, Vec<Lit>),
    /// The position of the literal that holds.
    Rank(Vec<Lit>),
}

enum Operand {
    Amount(Amount),
    Whole(Whole),
}

/// The events of a selection, each surely or possibly in it.
struct Selected {
    /// Nothing can be in it, whatever is known of the list.
    empty: Lit,
    known: Lit,
    sure: Vec<Lit>,
    possible: Vec<Lit>,
}

/// Encodes the tests of the sides of a question over one symbolic record.
pub(super) struct Encoder<'p> {
    pub theory: Theory,
    pub keys: Keys<'p>,
    raws: Vec<Option<Rc<Raw>>>,
    /// That every fact is known, dates to the day.
    pub complete: Lit,
    defines: HashMap<(usize, DefineId), Tri>,
    whens: HashMap<(usize, FactId), Tri>,
    replaced: Vec<(usize, DefineId, &'p DefineBody)>,
}

impl<'p> Encoder<'p> {
    /// An encoder for one protocol or for two versions of one.
    pub fn new(keys: Keys<'p>, budget: u64) -> Self {
        let mut theory = Theory::new(budget);
        let complete = theory.logic.fresh();
        let raws = keys.all.iter().map(|_| None).collect();
        Self { theory, keys, raws, complete, defines: HashMap::new(), whens: HashMap::new(), replaced: Vec::new() }
    }

    fn protocol(&self, side: usize) -> &'p Protocol {
        self.keys.sides[side]
    }

    /// Puts other bodies in the place of definitions, until the next call.
    pub fn replace(&mut self, replaced: Vec<(usize, DefineId, &'p DefineBody)>) {
        self.replaced = replaced;
        self.defines.clear();
    }

    fn body(&self, side: usize, id: DefineId) -> &'p DefineBody {
        let other = self.replaced.iter().find(|(at, define, _)| *at == side && *define == id);
        other.map_or(&self.protocol(side).defines[id].body, |(_, _, body)| body)
    }

    /// What the symbolic record says under a key.
    pub fn raw_of(&self, key: usize) -> Option<&Rc<Raw>> {
        self.raws[key].as_ref()
    }

    fn yes(&self) -> Lit {
        self.theory.logic.yes()
    }

    fn no(&self) -> Lit {
        self.theory.logic.no()
    }

    fn and(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        self.theory.logic.and(lits)
    }

    fn or(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        self.theory.logic.or(lits)
    }

    fn clause(&mut self, lits: &[Lit]) {
        self.theory.logic.clause(lits);
    }

    // ------------------------------------------------------------ what a record may say

    fn raw(&mut self, key: usize) -> Encoded<Rc<Raw>> {
        if let Some(raw) = &self.raws[key] {
            return Ok(raw.clone());
        }
        let ty = self.keys.all[key].ty.clone();
        let slots = self.keys.all[key].slots;
        let raw = self.value(&ty, self.yes(), slots)?;
        self.raws[key] = Some(raw.clone());
        // It is valid for every side that knows the fact.
        for side in 0..self.keys.sides.len() {
            if let Some(fact) = self.keys.fact_of(side, key) {
                self.valid(side, fact, key, &raw)?;
            }
        }
        Ok(raw)
    }

    fn value(&mut self, ty: &Type, alive: Lit, slots: usize) -> Encoded<Rc<Raw>> {
        let logic = &mut self.theory.logic;
        let known = logic.likely();
        Ok(Rc::new(match ty {
            Type::Boolean | Type::Attested(_) => Raw::Boolean { known, value: logic.fresh() },
            Type::OneOf(members) | Type::Scale(members) => {
                let lits: Vec<Lit> = members.iter().map(|_| logic.fresh()).collect();
                for (i, lit) in lits.iter().enumerate() {
                    logic.clause(&[!*lit, known]);
                    // A chain of "one of those before" forbids pairs without listing them.
                    if lits.len() <= 8 {
                        lits[..i].iter().for_each(|other| logic.clause(&[!*lit, !*other]));
                    }
                }
                if lits.len() > 8 {
                    let mut before = logic.no();
                    for lit in &lits {
                        logic.clause(&[!*lit, !before]);
                        before = logic.or([before, *lit]);
                    }
                }
                let mut any = lits.clone();
                any.push(!known);
                logic.clause(&any);
                Raw::Member { known, members: lits }
            }
            Type::SetOf(members) => {
                let lits: Vec<Lit> = members.iter().map(|_| logic.fresh()).collect();
                lits.iter().for_each(|lit| logic.clause(&[!*lit, known]));
                Raw::Set { known, members: lits }
            }
            Type::Integer(_) => Raw::Number(self.theory.number(known, alive, true)),
            Type::Number(_) | Type::Quantity(..) => Raw::Number(self.theory.number(known, alive, false)),
            Type::Lab(_) => {
                let parts = [known, logic.likely(), logic.likely()].map(|known| self.theory.number(known, alive, false));
                let dated = self.theory.logic.likely();
                let date = self.theory.date(dated, alive);
                let both = self.and([parts[1].known, parts[2].known]);
                let gap = Linear::var(parts[2].var).sub(&Linear::var(parts[1].var));
                let ordered = self.theory.at_most_zero(&gap, false);
                self.clause(&[!both, ordered]);
                Raw::Lab { parts, date }
            }
            Type::Date => Raw::Date(self.theory.date(known, alive)),
            Type::Events(events) => {
                let mut found: Vec<Slot> = Vec::with_capacity(slots);
                for _ in 0..slots {
                    let present = self.theory.logic.fresh();
                    self.clause(&[!present, known]);
                    if let Some(last) = found.last() {
                        self.clause(&[!present, last.present]);
                    }
                    let dated = self.theory.logic.likely();
                    let date = self.theory.date(dated, present);
                    let end = if events.lasting {
                        let (ongoing, ended) = (self.theory.logic.fresh(), self.theory.logic.likely());
                        let end = self.theory.date(ended, present);
                        self.clause(&[!ongoing, !ended]);
                        let both = self.and([present, ended, dated]);
                        let ordered = self.not_after(Term::Var(date.first), Term::Var(end.last));
                        self.clause(&[!both, ordered]);
                        Some(super::space::End { ongoing, date: end })
                    } else {
                        None
                    };
                    let attributes = events
                        .attributes
                        .iter()
                        .map(|(_, ty)| {
                            let raw = self.value(ty, present, 0)?;
                            self.in_range(&raw, ty);
                            Ok(raw)
                        })
                        .collect::<Encoded<_>>()?;
                    found.push(Slot { present, date, end, attributes });
                }
                Raw::Events { known, slots: found }
            }
        }))
    }

    fn not_after(&mut self, from: Term, to: Term) -> Lit {
        self.theory.not_after(from, (0, CalendarUnit::Days), 0, to)
    }

    /// A number lies in its plausible range.
    fn in_range(&mut self, raw: &Raw, ty: &Type) {
        let (Raw::Number(quantity), Type::Integer(Some((low, high))) | Type::Number(Some((low, high))) | Type::Quantity(_, Some((low, high)))) =
            (raw, ty)
        else {
            return;
        };
        let value = Linear::var(quantity.var);
        let below = self.theory.at_most_zero(&value.sub(&Linear::constant(high.clone())), false);
        let above = self.theory.at_most_zero(&Linear::constant(low.clone()).sub(&value), false);
        self.clause(&[!quantity.known, below]);
        self.clause(&[!quantity.known, above]);
    }

    /// States what makes the value valid for one side, and what completeness asks of it.
    fn valid(&mut self, side: usize, fact: FactId, key: usize, raw: &Raw) -> Encoded<()> {
        let protocol = self.protocol(side);
        let own = &protocol.facts[fact];
        self.in_range(raw, &own.ty);
        if let (Raw::Member { members, .. } | Raw::Set { members, .. }, Some(map)) = (raw, self.keys.members(side, key)) {
            let foreign: Vec<Lit> = members.iter().enumerate().filter(|(i, _)| !map.contains(i)).map(|(_, lit)| *lit).collect();
            foreign.into_iter().for_each(|lit| self.clause(&[!lit]));
        }
        let na = if own.when.is_some() { self.when(side, fact)?.f } else { self.no() };
        let complete = self.complete;
        match raw {
            Raw::Boolean { known, value } => {
                self.clause(&[!na, !*known, !*value]);
                self.clause(&[!complete, na, *known]);
            }
            Raw::Member { known, .. } => {
                self.clause(&[!na, !*known]);
                self.clause(&[!complete, na, *known]);
            }
            Raw::Set { known, members } => {
                members.iter().for_each(|lit| self.clause(&[!na, !*lit]));
                self.clause(&[!complete, na, *known]);
            }
            Raw::Number(quantity) => {
                self.clause(&[!na, !quantity.known]);
                self.clause(&[!complete, na, quantity.known]);
            }
            Raw::Lab { parts, date } => {
                for known in parts.iter().map(|part| part.known).chain([date.known]) {
                    self.clause(&[!na, !known]);
                    self.clause(&[!complete, na, known]);
                }
                self.clause(&[!complete, date.exact]);
            }
            Raw::Date(date) => {
                self.clause(&[!na, !date.known]);
                self.clause(&[!complete, na, date.known]);
                self.clause(&[!complete, date.exact]);
            }
            Raw::Events { known, slots } => {
                self.clause(&[!complete, na, *known]);
                for slot in slots {
                    self.clause(&[!na, !slot.present]);
                    self.complete_slot(slot);
                }
            }
        }
        Ok(())
    }

    fn complete_slot(&mut self, slot: &Slot) {
        let complete = self.complete;
        self.clause(&[!complete, slot.date.known]);
        self.clause(&[!complete, slot.date.exact]);
        if let Some(end) = &slot.end {
            self.clause(&[!complete, end.ongoing, end.date.known]);
            self.clause(&[!complete, end.date.exact]);
        }
        for attribute in &slot.attributes {
            match &**attribute {
                Raw::Boolean { known, .. } | Raw::Member { known, .. } | Raw::Set { known, .. } | Raw::Events { known, .. } => {
                    self.clause(&[!complete, *known]);
                }
                Raw::Number(quantity) => self.clause(&[!complete, quantity.known]),
                Raw::Lab { parts, date } => {
                    parts.iter().for_each(|part| self.clause(&[!complete, part.known]));
                    self.clause(&[!complete, date.known]);
                    self.clause(&[!complete, date.exact]);
                }
                Raw::Date(date) => {
                    self.clause(&[!complete, date.known]);
                    self.clause(&[!complete, date.exact]);
                }
            }
        }
    }

    /// Whether a fact applies.
    fn when(&mut self, side: usize, fact: FactId) -> Encoded<Tri> {
        if let Some(tri) = self.whens.get(&(side, fact)) {
            return Ok(*tri);
        }
        let tri = match &self.protocol(side).facts[fact].when {
            Some(when) => self.test_in(side, when, &Env::default())?,
            None => Tri { t: self.yes(), f: self.no() },
        };
        self.whens.insert((side, fact), tri);
        Ok(tri)
    }

    // ------------------------------------------------------------ tests

    /// When a test of one side is true, and when it is false.
    pub fn test(&mut self, side: usize, test: &'p Test) -> Encoded<Tri> {
        self.test_in(side, test, &Env::default())
    }

    fn test_in(&mut self, side: usize, test: &'p Test, env: &Env) -> Encoded<Tri> {
        match test {
            Test::Define(id) => {
                if let Some(tri) = self.defines.get(&(side, *id)) {
                    return Ok(*tri);
                }
                let DefineBody::Test(test) = self.body(side, *id) else { return beyond("a definition is no test") };
                let tri = self.test_in(side, test, &Env::default())?;
                self.defines.insert((side, *id), tri);
                Ok(tri)
            }
            Test::Not(inner) => Ok(self.test_in(side, inner, env)?.not()),
            Test::And(tests) => {
                let parts = self.all(side, tests, env)?;
                Ok(self.both(&parts))
            }
            Test::Or(tests) => {
                let parts: Vec<Tri> = self.all(side, tests, env)?.into_iter().map(Tri::not).collect();
                Ok(self.both(&parts).not())
            }
            Test::If(parts) => {
                let [c, x, y] = &**parts;
                let (c, x, y) = (self.test_in(side, c, env)?, self.test_in(side, x, env)?, self.test_in(side, y, env)?);
                let mut branch = |x: Lit, y: Lit| {
                    let ways = [self.and([c.t, x]), self.and([c.f, y]), self.and([x, y])];
                    self.or(ways)
                };
                Ok(Tri { t: branch(x.t, y.t), f: branch(x.f, y.f) })
            }
            Test::SomeOf(how, wanted, tests) => {
                let parts = self.all(side, tests, env)?;
                let sure: Vec<Lit> = parts.iter().map(|part| part.t).collect();
                let possible: Vec<Lit> = parts.iter().map(|part| !part.f).collect();
                let logic = &mut self.theory.logic;
                let (enough, at_all) = (logic.at_least(&sure, *wanted), logic.at_least(&possible, *wanted));
                let (over, maybe_over) = (logic.at_least(&sure, wanted + 1), logic.at_least(&possible, wanted + 1));
                Ok(match how {
                    HowMany::AtLeast => Tri { t: enough, f: !at_all },
                    HowMany::AtMost => Tri { t: !maybe_over, f: over },
                    HowMany::Exactly => Tri { t: logic.and([enough, !maybe_over]), f: logic.or([over, !at_all]) },
                })
            }
            Test::Fact(_) | Test::Pick(_) | Test::Compare(..) | Test::Member(..) | Test::Has(..) | Test::Date(..) | Test::Some(_) => {
                self.atom(side, test, env)
            }
        }
    }

    fn all(&mut self, side: usize, tests: &'p [Test], env: &Env) -> Encoded<Vec<Tri>> {
        tests.iter().map(|test| self.test_in(side, test, env)).collect()
    }

    pub fn both(&mut self, parts: &[Tri]) -> Tri {
        Tri { t: self.and(parts.iter().map(|part| part.t)), f: self.or(parts.iter().map(|part| part.f)) }
    }

    /// An atom: where it reads `latest` and its kin, for each event that may be meant.
    fn atom(&mut self, side: usize, test: &'p Test, env: &Env) -> Encoded<Tri> {
        let Some(pick) = self.open_pick(side, test, env) else { return self.plain_atom(side, test, env) };
        let without = self.atom(side, test, &env.with(pick, None))?;
        let (decided, chosen) = self.pick(side, pick, env)?;
        let (mut t, mut f) = (vec![decided], vec![decided]);
        for (slot, chosen) in chosen.into_iter().enumerate() {
            let with = self.atom(side, test, &env.with(pick, Some(slot)))?;
            t.push(self.or([!chosen, with.t]));
            f.push(self.or([!chosen, with.f]));
        }
        let (t, f) = (self.and(t), self.and(f));
        Ok(Tri { t: self.or([without.t, t]), f: self.or([without.f, f]) })
    }

    fn plain_atom(&mut self, side: usize, test: &'p Test, env: &Env) -> Encoded<Tri> {
        match test {
            Test::Fact(place) => self.boolean(side, *place, env),
            Test::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => self.boolean(side, pick.attribute, &env),
                None => Ok(self.unknown()),
            },
            Test::Compare(op, left, right) => self.compare(side, *op, left, right, env),
            Test::Member(member, among) => {
                let Some((na, lits)) = self.member(side, member, env)? else { return Ok(self.unknown()) };
                let (inside, outside): (Vec<_>, Vec<_>) = lits.iter().enumerate().partition(|(i, _)| among.contains(&(*i as u16)));
                let t = self.or(inside.into_iter().map(|(_, lit)| *lit));
                let f = self.or(outside.into_iter().map(|(_, lit)| *lit).chain([na]));
                Ok(Tri { t, f })
            }
            Test::Has(set, question) => {
                let Some((na, known, lits)) = self.set(side, set, env)? else { return Ok(self.unknown()) };
                let of = |wanted: &dyn Fn(&u16) -> bool| -> Vec<Lit> {
                    lits.iter().enumerate().filter(|(i, _)| wanted(&(*i as u16))).map(|(_, lit)| *lit).collect()
                };
                let holds = match question {
                    SetTest::Any => self.or(lits.iter().copied()),
                    SetTest::AnyOf(wanted) => self.or(of(&|i| wanted.contains(i))),
                    SetTest::AnyExcept(except) => self.or(of(&|i| !except.contains(i))),
                    SetTest::AllOf(wanted) => self.and(of(&|i| wanted.contains(i))),
                };
                let (t, f) = (self.and([known, holds]), self.and([known, !holds]));
                // Of a set that does not apply the question is asked as of an empty one.
                let f = self.or([f, na]);
                Ok(Tri { t, f })
            }
            Test::Date(date, relation, anchor) => {
                let (date, anchor) = (self.date(side, date, env)?, self.date(side, anchor, env)?);
                let extents: Vec<_> = date.cases.iter().map(|(guard, first, last)| (*guard, (*first, *last), (*first, *last))).collect();
                let tri = self.window(&extents, *relation, &anchor.cases);
                let f = self.or([tri.f, date.na, anchor.na]);
                Ok(Tri { t: tri.t, f })
            }
            Test::Some(selection) => {
                let selected = self.select(side, selection, env)?;
                let t = self.or(selected.sure.iter().copied());
                let none = self.and(selected.possible.iter().map(|lit| !*lit).chain([selected.known]).collect::<Vec<_>>());
                let f = self.or([none, selected.empty]);
                Ok(Tri { t, f })
            }
            Test::Define(_) | Test::Not(_) | Test::And(_) | Test::Or(_) | Test::If(_) | Test::SomeOf(..) => self.test_in(side, test, env),
        }
    }

    fn unknown(&self) -> Tri {
        Tri { t: self.no(), f: self.no() }
    }

    // ------------------------------------------------------------ places

    /// What stands at a place, and whether it does not apply.
    fn place(&mut self, side: usize, place: Place, env: &Env) -> Encoded<(Rc<Raw>, Lit)> {
        match (place, env.event) {
            (Place::Fact(fact), _) => {
                let key = self.keys.key_of(side, fact);
                let raw = self.raw(key)?;
                let na = if self.protocol(side).facts[fact].when.is_some() { self.when(side, fact)?.f } else { self.no() };
                Ok((raw, na))
            }
            (Place::Attribute(i), Some((key, slot))) => {
                let raw = self.raw(key)?;
                match &*raw {
                    Raw::Events { slots, .. } => Ok((slots[slot].attributes[i].clone(), self.no())),
                    _ => beyond("an attribute of what has no events"),
                }
            }
            (Place::Attribute(_) | Place::EventDate | Place::EventEnd, _) => beyond("a part of no event"),
        }
    }

    fn boolean(&mut self, side: usize, place: Place, env: &Env) -> Encoded<Tri> {
        let (raw, na) = self.place(side, place, env)?;
        let Raw::Boolean { known, value } = &*raw else { return beyond("a test of what is not boolean") };
        let (t, f) = (self.and([*known, *value]), self.and([*known, !*value]));
        let f = self.or([f, na]);
        Ok(Tri { t, f })
    }

    /// The literals of the members as the side numbers them; none, where a pick has no value.
    fn member(&mut self, side: usize, member: &'p MemberExpr, env: &Env) -> Encoded<Option<(Lit, Vec<Lit>)>> {
        let (place, env) = match member {
            MemberExpr::Place(place) => (*place, env.clone()),
            MemberExpr::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => (pick.attribute, env),
                None => return Ok(None),
            },
        };
        let (raw, na) = self.place(side, place, &env)?;
        let Raw::Member { members, .. } = &*raw else { return beyond("a member of what has none") };
        Ok(Some((na, self.own_members(side, place, members))))
    }

    fn set(&mut self, side: usize, set: &'p SetExpr, env: &Env) -> Encoded<Option<(Lit, Lit, Vec<Lit>)>> {
        let (place, env) = match set {
            SetExpr::Place(place) => (*place, env.clone()),
            SetExpr::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => (pick.attribute, env),
                None => return Ok(None),
            },
        };
        let (raw, na) = self.place(side, place, &env)?;
        let Raw::Set { known, members } = &*raw else { return beyond("a set of what is none") };
        Ok(Some((na, *known, self.own_members(side, place, members))))
    }

    fn own_members(&self, side: usize, place: Place, members: &[Lit]) -> Vec<Lit> {
        match place {
            Place::Fact(fact) => match self.keys.members(side, self.keys.key_of(side, fact)) {
                Some(map) => map.iter().map(|i| members[*i]).collect(),
                None => members.to_vec(),
            },
            Place::Attribute(_) | Place::EventDate | Place::EventEnd => members.to_vec(),
        }
    }

    // ------------------------------------------------------------ dates

    fn case(date: &Date) -> (Lit, Term, Term) {
        (date.known, Term::Var(date.first), Term::Var(date.last))
    }

    fn date(&mut self, side: usize, date: &'p DateExpr, env: &Env) -> Encoded<Dates> {
        let no = self.no();
        match date {
            DateExpr::Literal(day) => Ok(Dates { na: no, cases: vec![(self.yes(), Term::Day(*day), Term::Day(*day))] }),
            DateExpr::Place(place) => self.date_at(side, *place, env),
            DateExpr::Lab(place) => {
                let (raw, na) = self.place(side, *place, env)?;
                let Raw::Lab { date, .. } = &*raw else { return beyond("the date of what is no laboratory value") };
                Ok(Dates { na, cases: vec![Self::case(date)] })
            }
            DateExpr::Define(id) => match self.body(side, *id) {
                DefineBody::Date(date) => self.date(side, date, env),
                DefineBody::Test(_) | DefineBody::Number(..) | DefineBody::Inlined => beyond("a definition is no date"),
            },
            DateExpr::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => self.date_at(side, pick.attribute, &env),
                None => Ok(Dates { na: no, cases: Vec::new() }),
            },
        }
    }

    fn date_at(&mut self, side: usize, place: Place, env: &Env) -> Encoded<Dates> {
        let no = self.no();
        if let (Place::EventDate | Place::EventEnd, Some((key, slot))) = (place, env.event) {
            let raw = self.raw(key)?;
            let Raw::Events { slots, .. } = &*raw else { return beyond("a date of what has no events") };
            let slot = &slots[slot];
            let cases = match (place, &slot.end) {
                (Place::EventDate, _) => vec![Self::case(&slot.date)],
                (_, Some(end)) => vec![Self::case(&end.date), (end.ongoing, Term::Day(AFTER_ALL), Term::Day(AFTER_ALL))],
                (_, None) => Vec::new(),
            };
            return Ok(Dates { na: no, cases });
        }
        let (raw, na) = self.place(side, place, env)?;
        let Raw::Date(date) = &*raw else { return beyond("a date of what is none") };
        Ok(Dates { na, cases: vec![Self::case(date)] })
    }

    /// Whether days lie so to an anchor; each part says when it is so, what the days are, what the anchor.
    fn window(&mut self, extents: &[(Lit, (Term, Term), (Term, Term))], relation: Relation, anchors: &[(Lit, Term, Term)]) -> Tri {
        let (mut t, mut f) = (Vec::new(), Vec::new());
        for (guard, start, end) in extents {
            for (known, first, last) in anchors {
                // The last day that the start can be, the first that the end can be; the end is never before the start.
                let (a, b) = (self.not_late(relation, start.1, *first), self.not_late(relation, end.1, *first));
                let (c, d) = (self.not_early(relation, end.0, *last), self.not_early(relation, start.0, *last));
                let (not_late, not_early) = (self.or([a, b]), self.or([c, d]));
                t.push(self.and([*guard, *known, not_late, not_early]));
                let (not_late, not_early) = (self.not_late(relation, start.0, *last), self.not_early(relation, end.1, *first));
                let possible = self.and([not_late, not_early]);
                f.push(self.and([*guard, *known, !possible]));
            }
        }
        Tri { t: self.or(t), f: self.or(f) }
    }

    /// The part of a relation that asks of the first day not to be too late.
    fn not_late(&mut self, relation: Relation, start: Term, anchor: Term) -> Lit {
        let none = (0, CalendarUnit::Days);
        let of = |n: crate::calendar::Distance| (n.count, n.unit);
        match relation {
            Relation::Before => self.theory.not_after(start, none, 1, anchor),
            Relation::OnOrBefore | Relation::On | Relation::WithinBefore(_) | Relation::LessBefore(_) => {
                self.theory.not_after(start, none, 0, anchor)
            }
            Relation::WithinAfter(n) | Relation::WithinOf(n) => !self.theory.not_after(anchor, of(n), 1, start),
            Relation::LessAfter(n) => !self.theory.not_after(anchor, of(n), 0, start),
            Relation::AtLeastBefore(n) => self.theory.not_after(start, of(n), 0, anchor),
            Relation::MoreBefore(n) => self.theory.not_after(start, of(n), 1, anchor),
            Relation::OnOrAfter | Relation::After | Relation::AtLeastAfter(_) | Relation::MoreAfter(_) => self.yes(),
        }
    }

    /// The part of a relation that asks of the last day not to be too early.
    fn not_early(&mut self, relation: Relation, end: Term, anchor: Term) -> Lit {
        let none = (0, CalendarUnit::Days);
        let of = |n: crate::calendar::Distance| (n.count, n.unit);
        match relation {
            Relation::After => self.theory.not_after(anchor, none, 1, end),
            Relation::OnOrAfter | Relation::On | Relation::WithinAfter(_) | Relation::LessAfter(_) => {
                self.theory.not_after(anchor, none, 0, end)
            }
            Relation::WithinBefore(n) | Relation::WithinOf(n) => !self.theory.not_after(end, of(n), 1, anchor),
            Relation::LessBefore(n) => !self.theory.not_after(end, of(n), 0, anchor),
            Relation::AtLeastAfter(n) => self.theory.not_after(anchor, of(n), 0, end),
            Relation::MoreAfter(n) => self.theory.not_after(anchor, of(n), 1, end),
            Relation::Before | Relation::OnOrBefore | Relation::AtLeastBefore(_) | Relation::MoreBefore(_) => self.yes(),
        }
    }

    // ------------------------------------------------------------ numbers

    fn compare(&mut self, side: usize, op: Comparison, left: &'p Num, right: &'p Num, env: &Env) -> Encoded<Tri> {
        match (self.num(side, left, env)?, self.num(side, right, env)?) {
            (Operand::Amount(a), Operand::Amount(b)) => self.compare_amounts(op, &a, &b),
            (Operand::Whole(a), Operand::Amount(b)) if b.over.is_constant() && b.under.is_none() => {
                self.compare_whole(op, &a, &b.over.constant, b.known, b.na)
            }
            (Operand::Amount(a), Operand::Whole(b)) if a.over.is_constant() && a.under.is_none() => {
                self.compare_whole(op.mirrored(), &b, &a.over.constant, a.known, a.na)
            }
            (Operand::Whole(_), _) | (_, Operand::Whole(_)) => {
                beyond("a duration or a count is compared with something that is not a constant")
            }
        }
    }

    fn compare_amounts(&mut self, op: Comparison, a: &Amount, b: &Amount) -> Encoded<Tri> {
        let known = self.and([a.known, b.known]);
        let na = self.or([a.na, b.na]);
        let (over, under) = match (&a.under, &b.under) {
            (None, None) => (a.over.sub(&b.over), None),
            (Some(under), None) => (a.over.sub(&product(&b.over, under)?), Some(under)),
            (None, Some(under)) => (product(&a.over, under)?.sub(&b.over), Some(under)),
            (Some(x), Some(y)) if x == y => (a.over.sub(&b.over), Some(x)),
            (Some(_), Some(_)) => return beyond("two quotients with different divisors are compared"),
        };
        let (sure, not) = match under {
            None => {
                let holds = self.sign(op, &over);
                (holds, !holds)
            }
            Some(under) => {
                // Multiplied by the divisor, which turns the comparison round where it is negative.
                let (positive, negative) = (self.sign(Comparison::Greater, under), self.sign(Comparison::Less, under));
                let (plain, turned) = (self.sign(op, &over), self.sign(op.mirrored(), &over));
                let ways = [self.and([positive, plain]), self.and([negative, turned])];
                let against = [self.and([positive, !plain]), self.and([negative, !turned])];
                (self.or(ways), self.or(against))
            }
        };
        let (t, f) = (self.and([known, !na, sure]), self.and([known, not]));
        let f = self.or([f, na]);
        Ok(Tri { t, f })
    }

    /// Whether a sum stands so to zero.
    fn sign(&mut self, op: Comparison, sum: &Linear) -> Lit {
        let theory = &mut self.theory;
        match op {
            Comparison::Less => theory.at_most_zero(sum, true),
            Comparison::LessOrEqual => theory.at_most_zero(sum, false),
            Comparison::Greater => !theory.at_most_zero(sum, false),
            Comparison::GreaterOrEqual => !theory.at_most_zero(sum, true),
            Comparison::Equal => {
                let (most, below) = (theory.at_most_zero(sum, false), theory.at_most_zero(sum, true));
                theory.logic.and([most, !below])
            }
        }
    }

    fn compare_whole(&mut self, op: Comparison, whole: &Whole, limit: &Number, known: Lit, na: Lit) -> Encoded<Tri> {
        let Some(limit) = limit.sub(&whole.shift).div(&whole.factor) else { return beyond("a duration or a count times zero") };
        let op = if whole.factor.is_negative() { op.mirrored() } else { op };
        // k <= n for whole n: from the least whole number that is not below (or is above) the limit.
        let not_below = limit.neg().floor().neg();
        let above = limit.floor().add(&Number::whole(1));
        let (Some(not_below), Some(above)) = (small(&not_below), small(&above)) else {
            return beyond("a duration or a count is compared with a number beyond all days");
        };
        let (mut t, mut f) = (Vec::new(), Vec::new());
        for (guard, ends) in &whole.cases {
            let (holds, fails) = match op {
                Comparison::GreaterOrEqual => (self.low_is(ends, not_below)?, !self.high_is(ends, not_below)?),
                Comparison::Greater => (self.low_is(ends, above)?, !self.high_is(ends, above)?),
                Comparison::Less => (!self.high_is(ends, not_below)?, self.low_is(ends, not_below)?),
                Comparison::LessOrEqual => (!self.high_is(ends, above)?, self.low_is(ends, above)?),
                Comparison::Equal => {
                    let (least, over) = (self.low_is(ends, not_below)?, self.high_is(ends, above)?);
                    let (beyond, short) = (self.low_is(ends, above)?, !self.high_is(ends, not_below)?);
                    let holds = if not_below == above { self.no() } else { self.and([least, !over]) };
                    (holds, self.or([beyond, short]))
                }
            };
            t.push(self.and([*guard, known, holds]));
            f.push(self.and([*guard, known, fails]));
        }
        f.extend([whole.na, na]);
        let t = self.or(t);
        Ok(Tri { t: self.and([t, !whole.na, !na]), f: self.or(f) })
    }

    /// Whether the least that it can be is at least `k`.
    fn low_is(&mut self, ends: &Ends, k: i32) -> Encoded<Lit> {
        Ok(match ends {
            Ends::Elapsed(unit, from, to) => self.theory.not_after(from.1, (k, *unit), 0, to.0),
            Ends::Count(sure, _) => self.theory.logic.at_least(sure, usize::try_from(k).unwrap_or(0)),
            Ends::Rank(lits) => self.or(lits.iter().skip(usize::try_from(k).unwrap_or(0)).copied()),
        })
    }

    /// Whether the greatest that it can be is at least `k`.
    fn high_is(&mut self, ends: &Ends, k: i32) -> Encoded<Lit> {
        Ok(match ends {
            Ends::Elapsed(unit, from, to) => self.theory.not_after(from.0, (k, *unit), 0, to.1),
            Ends::Count(_, possible) => self.theory.logic.at_least(possible, usize::try_from(k).unwrap_or(0)),
            Ends::Rank(_) => return self.low_is(ends, k),
        })
    }

    fn num(&mut self, side: usize, num: &'p Num, env: &Env) -> Encoded<Operand> {
        let (yes, no) = (self.yes(), self.no());
        let amount = |na, known, over| Operand::Amount(Amount { na, known, over, under: None });
        let whole = |na, cases| {
            Operand::Whole(Whole { na, cases, factor: Number::whole(1), shift: Number::whole(0) })
        };
        Ok(match num {
            Num::Literal(number) => amount(no, yes, Linear::constant(number.clone())),
            Num::Place(place) => self.quantity(side, *place, Part::Value, env)?,
            Num::Lab(place, part) => self.quantity(side, *place, *part, env)?,
            Num::Rank(member) => match self.member(side, member, env)? {
                Some((na, lits)) => {
                    let known = self.or(lits.iter().copied());
                    whole(na, vec![(known, Ends::Rank(lits))])
                }
                None => whole(no, Vec::new()),
            },
            Num::Define(id) => match self.body(side, *id) {
                DefineBody::Number(num, _) => self.num(side, num, env)?,
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => return beyond("a definition is no number"),
            },
            Num::Sum(terms) => {
                let mut sum: Option<Operand> = None;
                for term in terms {
                    let mut value = self.num(side, &term.num, env)?;
                    if term.inverse {
                        value = scaled(value, &Number::whole(-1));
                    }
                    sum = Some(match sum {
                        None => value,
                        Some(sum) => self.plus(sum, value)?,
                    });
                }
                return sum.ok_or_else(|| Beyond("a sum of nothing".into()));
            }
            Num::Product(terms) => {
                let mut result: Option<Operand> = None;
                for term in terms {
                    let value = self.num(side, &term.num, env)?;
                    result = Some(match result {
                        None if !term.inverse => value,
                        None => self.times(amount(no, yes, Linear::constant(Number::whole(1))), value, true)?,
                        Some(so_far) => self.times(so_far, value, term.inverse)?,
                    });
                }
                return result.ok_or_else(|| Beyond("a product of nothing".into()));
            }
            Num::Convert(inner, factor, shift) => {
                let inner = scaled(self.num(side, inner, env)?, factor);
                self.plus(inner, amount(no, yes, Linear::constant(shift.clone())))?
            }
            Num::Elapsed(unit, dates) => {
                let (from, to) = (self.date(side, &dates[0], env)?, self.date(side, &dates[1], env)?);
                let endless = |term: Term| term == Term::Day(AFTER_ALL);
                let mut cases = Vec::new();
                for (known_from, first, last) in &from.cases {
                    for (known_to, earliest, latest) in &to.cases {
                        // There is no duration up to a day that has not come.
                        if ![*first, *last, *earliest, *latest].into_iter().any(endless) {
                            let guard = self.and([*known_from, *known_to]);
                            cases.push((guard, Ends::Elapsed(*unit, (*first, *last), (*earliest, *latest))));
                        }
                    }
                }
                let na = self.or([from.na, to.na]);
                whole(na, cases)
            }
            Num::Count(selection) => {
                let Selected { empty, known, sure, possible } = self.select(side, selection, env)?;
                let known = self.or([known, empty]);
                whole(no, vec![(known, Ends::Count(sure, possible))])
            }
            Num::Size(set) => match self.set(side, set, env)? {
                Some((na, known, lits)) => {
                    let known = self.or([known, na]);
                    whole(no, vec![(known, Ends::Count(lits.clone(), lits))])
                }
                None => whole(no, Vec::new()),
            },
            Num::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => self.quantity(side, pick.attribute, Part::Value, &env)?,
                None => amount(no, no, Linear::constant(Number::whole(0))),
            },
        })
    }

    fn quantity(&mut self, side: usize, place: Place, part: Part, env: &Env) -> Encoded<Operand> {
        let (raw, na) = self.place(side, place, env)?;
        let quantity = match (&*raw, part) {
            (Raw::Number(quantity), Part::Value) => *quantity,
            (Raw::Lab { parts, .. }, Part::Value) => parts[0],
            (Raw::Lab { parts, .. }, Part::Upper) => parts[1],
            (Raw::Lab { parts, .. }, Part::Lower) => parts[2],
            _ => return beyond("a number of what is none"),
        };
        Ok(Operand::Amount(Amount { na, known: quantity.known, over: Linear::var(quantity.var), under: None }))
    }

    fn plus(&mut self, a: Operand, b: Operand) -> Encoded<Operand> {
        Ok(match (a, b) {
            (Operand::Amount(a), Operand::Amount(b)) => {
                let (over, under) = match (a.under, b.under) {
                    (None, None) => (a.over.add(&b.over), None),
                    (Some(under), None) => (a.over.add(&product(&b.over, &under)?), Some(under)),
                    (None, Some(under)) => (product(&a.over, &under)?.add(&b.over), Some(under)),
                    (Some(x), Some(y)) if x == y => (a.over.add(&b.over), Some(x)),
                    (Some(_), Some(_)) => return beyond("two quotients with different divisors are added"),
                };
                Operand::Amount(Amount { na: self.or([a.na, b.na]), known: self.and([a.known, b.known]), over, under })
            }
            (Operand::Whole(mut whole), Operand::Amount(other)) | (Operand::Amount(other), Operand::Whole(mut whole)) => {
                if !other.over.is_constant() || other.under.is_some() {
                    return beyond("a duration or a count is added to something that is not a constant");
                }
                whole.shift = whole.shift.add(&other.over.constant);
                Operand::Whole(self.guarded(whole, &other))
            }
            (Operand::Whole(_), Operand::Whole(_)) => return beyond("durations or counts are added to each other"),
        })
    }

    /// A whole number beside an operand that may not be known.
    fn guarded(&mut self, mut whole: Whole, other: &Amount) -> Whole {
        whole.na = self.or([whole.na, other.na]);
        for (guard, _) in &mut whole.cases {
            *guard = self.theory.logic.and([*guard, other.known]);
        }
        whole
    }

    fn times(&mut self, a: Operand, b: Operand, inverse: bool) -> Encoded<Operand> {
        Ok(match (a, b) {
            (Operand::Amount(a), Operand::Amount(b)) => {
                let (na, known) = (self.or([a.na, b.na]), self.and([a.known, b.known]));
                if !inverse {
                    let over = product(&a.over, &b.over)?;
                    let under = match (a.under, b.under) {
                        (None, under) | (under, None) => under,
                        (Some(_), Some(_)) => return beyond("two quotients are multiplied"),
                    };
                    Operand::Amount(Amount { na, known, over, under })
                } else if b.over.is_constant() && b.under.is_none() {
                    match Number::whole(1).div(&b.over.constant) {
                        Some(factor) => Operand::Amount(Amount { na, known, over: a.over.scale(&factor), under: a.under }),
                        // Division by zero has no value.
                        None => Operand::Amount(Amount { na, known: self.no(), over: a.over, under: a.under }),
                    }
                } else if a.under.is_none() && b.under.is_none() {
                    Operand::Amount(Amount { na, known, over: a.over, under: Some(b.over) })
                } else {
                    return beyond("a quotient is divided again by a fact");
                }
            }
            (Operand::Whole(whole), Operand::Amount(other)) => {
                let constant = other.over.is_constant() && other.under.is_none();
                let factor = if inverse { Number::whole(1).div(&other.over.constant) } else { Some(other.over.constant.clone()) };
                match factor {
                    Some(factor) if constant && !factor.is_zero() => {
                        let whole = self.guarded(whole, &other);
                        scaled(Operand::Whole(whole), &factor)
                    }
                    _ => return beyond("a duration or a count is multiplied by something that is not a constant"),
                }
            }
            (Operand::Amount(other), Operand::Whole(whole)) if !inverse => return self.times(Operand::Whole(whole), Operand::Amount(other), false),
            (Operand::Amount(_) | Operand::Whole(_), Operand::Whole(_)) => return beyond("a product of durations or counts"),
        })
    }

    // ------------------------------------------------------------ events

    fn select(&mut self, side: usize, selection: &'p Selection, env: &Env) -> Encoded<Selected> {
        let key = self.keys.key_of(side, selection.events);
        if env.event.is_some_and(|(outer, _)| outer == key) {
            return beyond("events are selected by events of the same list");
        }
        let anchor = match &selection.window {
            Some((relation, anchor)) => Some((*relation, self.date(side, anchor, env)?)),
            None => None,
        };
        let (raw, na) = self.place(side, Place::Fact(selection.events), env)?;
        let Raw::Events { known, slots } = &*raw else { return beyond("events of what has none") };
        let wanted = self.keys.all[key].too_many;
        if wanted {
            return beyond("more events would have to be told apart than can be searched");
        }
        let empty = match &anchor {
            Some((_, anchor)) => self.or([na, anchor.na]),
            None => na,
        };
        let (mut sure, mut possible) = (Vec::new(), Vec::new());
        for (i, slot) in slots.iter().enumerate() {
            let mut parts = Vec::new();
            if let Some(condition) = &selection.condition {
                parts.push(self.test_in(side, condition, &env.within(key, i))?);
            }
            if let Some((relation, anchor)) = &anchor {
                let extents = self.extents(slot);
                parts.push(self.window(&extents, *relation, &anchor.cases));
            }
            let tri = self.both(&parts);
            sure.push(self.and([!empty, slot.present, tri.t]));
            possible.push(self.and([!empty, slot.present, !tri.f]));
        }
        Ok(Selected { empty, known: *known, sure, possible })
    }

    /// The days that an event may take up, by what is known of it.
    fn extents(&mut self, slot: &Slot) -> Vec<(Lit, (Term, Term), (Term, Term))> {
        let day = |day: Day| Term::Day(day);
        let dated = (Term::Var(slot.date.first), Term::Var(slot.date.last));
        let starts = [(slot.date.known, dated), (!slot.date.known, (day(BEFORE_ALL), day(AFTER_ALL)))];
        let mut found = Vec::new();
        for (known, start) in starts {
            match &slot.end {
                None => found.push((known, start, start)),
                Some(end) => {
                    let ended = (Term::Var(end.date.first), Term::Var(end.date.last));
                    let cases = [
                        (end.date.known, ended),
                        (end.ongoing, (day(AFTER_ALL), day(AFTER_ALL))),
                        (self.and([!end.date.known, !end.ongoing]), (start.0, day(AFTER_ALL))),
                    ];
                    for (case, days) in cases {
                        found.push((self.and([known, case]), start, days));
                    }
                }
            }
        }
        found
    }

    /// The event in hand where a pick has been given one; none, where it has no value.
    fn picked(&self, side: usize, pick: &Pick, env: &Env) -> Encoded<Option<Env>> {
        let key = self.keys.key_of(side, pick.selection.events);
        match env.slot_of(pick) {
            Some(slot) => Ok(slot.map(|slot| env.within(key, slot))),
            None => beyond("an aggregate stands where none is expected"),
        }
    }

    /// When a pick has a value, and which events it may be taken from; they agree on it then.
    fn pick(&mut self, side: usize, pick: &'p Pick, env: &Env) -> Encoded<(Lit, Vec<Lit>)> {
        let Selected { sure, possible, .. } = self.select(side, &pick.selection, env)?;
        let key = self.keys.key_of(side, pick.selection.events);
        let raw = self.raw(key)?;
        let Raw::Events { slots, .. } = &*raw else { return beyond("events of what has none") };
        match pick.which {
            Which::Latest | Which::Earliest => self.pick_by_date(pick, slots, &sure, &possible),
            Which::Highest | Which::Lowest => self.pick_by_value(pick, slots, &sure, &possible),
        }
    }

    fn pick_by_date(&mut self, pick: &Pick, slots: &[Slot], sure: &[Lit], possible: &[Lit]) -> Encoded<(Lit, Vec<Lit>)> {
        let latest = pick.which == Which::Latest;
        let mut chosen = Vec::new();
        for (i, slot) in slots.iter().enumerate() {
            // It may be the last one if no event that is surely selected surely comes later.
            let mut parts = vec![possible[i]];
            for (j, other) in slots.iter().enumerate().filter(|(j, _)| *j != i) {
                let later = self.surely_before(if latest { slot } else { other }, if latest { other } else { slot });
                parts.push(!self.and([sure[j], later]));
            }
            chosen.push(self.and(parts));
        }
        let mut decided = vec![self.or(sure.iter().copied())];
        for i in 0..slots.len() {
            let known = self.attribute_known(&slots[i], pick.attribute)?;
            decided.push(self.or([!chosen[i], known]));
            for j in 0..i {
                let same = self.same_attribute(&slots[i], &slots[j], pick.attribute)?;
                decided.push(self.or([!chosen[i], !chosen[j], same]));
            }
        }
        Ok((self.and(decided), chosen))
    }

    /// Whether the last day of one lies before the first day of the other; an unknown date may be any.
    fn surely_before(&mut self, a: &Slot, b: &Slot) -> Lit {
        let earlier = self.theory.not_after(Term::Var(a.date.last), (0, CalendarUnit::Days), 1, Term::Var(b.date.first));
        self.and([a.date.known, b.date.known, earlier])
    }

    fn attribute_known(&mut self, slot: &Slot, place: Place) -> Encoded<Lit> {
        Ok(match place {
            Place::EventDate => slot.date.known,
            Place::EventEnd => match &slot.end {
                Some(end) => self.or([end.ongoing, end.date.known]),
                None => self.no(),
            },
            Place::Attribute(i) => match &*slot.attributes[i] {
                Raw::Boolean { known, .. } | Raw::Member { known, .. } | Raw::Set { known, .. } => *known,
                Raw::Number(quantity) => quantity.known,
                Raw::Lab { parts, .. } => parts[0].known,
                Raw::Date(date) => date.known,
                Raw::Events { .. } => return beyond("events within events"),
            },
            Place::Fact(_) => return beyond("an aggregate of a fact"),
        })
    }

    /// Whether two events, of which the attribute is known, surely agree on it.
    fn same_attribute(&mut self, a: &Slot, b: &Slot, place: Place) -> Encoded<Lit> {
        Ok(match place {
            Place::EventDate => self.same_day(&a.date, &b.date),
            Place::EventEnd => match (&a.end, &b.end) {
                (Some(a), Some(b)) => {
                    let same = self.same_day(&a.date, &b.date);
                    let ways = [self.and([a.date.known, b.date.known, same]), self.and([a.ongoing, b.ongoing])];
                    self.or(ways)
                }
                _ => self.no(),
            },
            Place::Attribute(i) => match (&*a.attributes[i], &*b.attributes[i]) {
                (Raw::Boolean { value: a, .. }, Raw::Boolean { value: b, .. }) => self.same(&[*a], &[*b]),
                (Raw::Member { members: a, .. }, Raw::Member { members: b, .. })
                | (Raw::Set { members: a, .. }, Raw::Set { members: b, .. }) => self.same(a, b),
                (Raw::Number(a), Raw::Number(b)) => self.same_number(a.var, b.var),
                (Raw::Lab { parts: a, .. }, Raw::Lab { parts: b, .. }) => self.same_number(a[0].var, b[0].var),
                (Raw::Date(a), Raw::Date(b)) => self.same_day(a, b),
                _ => return beyond("events within events"),
            },
            Place::Fact(_) => return beyond("an aggregate of a fact"),
        })
    }

    fn same(&mut self, a: &[Lit], b: &[Lit]) -> Lit {
        let parts: Vec<Lit> = a
            .iter()
            .zip(b)
            .map(|(a, b)| {
                let ways = [self.and([*a, *b]), self.and([!*a, !*b])];
                self.or(ways)
            })
            .collect();
        self.and(parts)
    }

    fn same_number(&mut self, a: usize, b: usize) -> Lit {
        self.sign(Comparison::Equal, &Linear::var(a).sub(&Linear::var(b)))
    }

    fn same_day(&mut self, a: &Date, b: &Date) -> Lit {
        let (before, after) = (self.not_after(Term::Var(a.first), Term::Var(b.first)), self.not_after(Term::Var(b.first), Term::Var(a.first)));
        self.and([a.exact, b.exact, before, after])
    }

    fn pick_by_value(&mut self, pick: &Pick, slots: &[Slot], sure: &[Lit], possible: &[Lit]) -> Encoded<(Lit, Vec<Lit>)> {
        let highest = pick.which == Which::Highest;
        let known: Vec<Lit> = slots.iter().map(|slot| self.attribute_known(slot, pick.attribute)).collect::<Encoded<_>>()?;
        let mut chosen = Vec::new();
        // Nothing known and surely selected exceeds it; and it is taken only if nothing known and doubtful does.
        let mut decided = Vec::new();
        for i in 0..slots.len() {
            let mut parts = vec![sure[i], known[i]];
            let mut exceeded = Vec::new();
            for j in (0..slots.len()).filter(|j| *j != i) {
                let more = self.exceeds(&slots[j], &slots[i], pick.attribute, highest)?;
                parts.push(!self.and([sure[j], known[j], more]));
                exceeded.push(self.and([possible[j], known[j], more]));
            }
            let own = self.and(parts);
            let exceeded = self.or(exceeded);
            decided.push(self.or([!own, !exceeded]));
            chosen.push(own);
        }
        decided.push(self.or(chosen.iter().copied()));
        let open: Vec<Lit> = (0..slots.len()).map(|i| self.and([possible[i], !known[i]])).collect();
        let open = self.or(open);
        for i in 0..slots.len() {
            let at_end = self.at_bound(&slots[i], pick)?;
            decided.push(self.or([!open, !chosen[i], at_end]));
        }
        Ok((self.and(decided), chosen))
    }

    /// Whether the attribute of one event lies beyond that of another.
    fn exceeds(&mut self, a: &Slot, b: &Slot, place: Place, highest: bool) -> Encoded<Lit> {
        let Place::Attribute(i) = place else { return beyond("the greatest or least of dates") };
        Ok(match (&*a.attributes[i], &*b.attributes[i]) {
            (Raw::Number(a), Raw::Number(b)) => self.further(a.var, b.var, highest),
            (Raw::Lab { parts: a, .. }, Raw::Lab { parts: b, .. }) => self.further(a[0].var, b[0].var, highest),
            (Raw::Member { members: a, .. }, Raw::Member { members: b, .. }) => {
                let mut ways = Vec::new();
                for x in 0..a.len() {
                    for y in 0..b.len() {
                        if if highest { x > y } else { x < y } {
                            ways.push(self.and([a[x], b[y]]));
                        }
                    }
                }
                self.or(ways)
            }
            _ => return beyond("the greatest or least of dates"),
        })
    }

    fn further(&mut self, a: usize, b: usize, highest: bool) -> Lit {
        let op = if highest { Comparison::Greater } else { Comparison::Less };
        self.sign(op, &Linear::var(a).sub(&Linear::var(b)))
    }

    /// Whether the type leaves nothing beyond the attribute of the event.
    fn at_bound(&mut self, slot: &Slot, pick: &Pick) -> Encoded<Lit> {
        let (Place::Attribute(i), Some(bound)) = (pick.attribute, &pick.bound) else { return Ok(self.no()) };
        Ok(match (&*slot.attributes[i], bound) {
            (Raw::Number(quantity), Bound::Number(bound)) => {
                self.sign(Comparison::Equal, &Linear::var(quantity.var).sub(&Linear::constant(bound.clone())))
            }
            (Raw::Member { members, .. }, Bound::Member(bound)) => members[usize::from(*bound)],
            _ => self.no(),
        })
    }

    // ------------------------------------------------------------ picks in atoms

    /// A pick that an atom reads and that stands for nothing yet, the innermost first.
    fn open_pick(&self, side: usize, test: &'p Test, env: &Env) -> Option<&'p Pick> {
        match test {
            Test::Pick(pick) => self.open_in_pick(side, pick, env),
            Test::Compare(_, left, right) => self.open_in_num(side, left, env).or_else(|| self.open_in_num(side, right, env)),
            Test::Member(MemberExpr::Pick(pick), _) | Test::Has(SetExpr::Pick(pick), _) => self.open_in_pick(side, pick, env),
            Test::Date(date, _, anchor) => self.open_in_date(side, date, env).or_else(|| self.open_in_date(side, anchor, env)),
            Test::Some(selection) => self.open_in_selection(side, selection, env),
            Test::Fact(_) | Test::Member(MemberExpr::Place(_), _) | Test::Has(SetExpr::Place(_), _) => None,
            Test::Define(_) | Test::Not(_) | Test::And(_) | Test::Or(_) | Test::If(_) | Test::SomeOf(..) => None,
        }
    }

    fn open_in_pick(&self, side: usize, pick: &'p Pick, env: &Env) -> Option<&'p Pick> {
        if env.slot_of(pick).is_some() {
            return None;
        }
        self.open_in_selection(side, &pick.selection, env).or(Some(pick))
    }

    fn open_in_selection(&self, side: usize, selection: &'p Selection, env: &Env) -> Option<&'p Pick> {
        selection.window.as_ref().and_then(|(_, anchor)| self.open_in_date(side, anchor, env))
    }

    fn open_in_date(&self, side: usize, date: &'p DateExpr, env: &Env) -> Option<&'p Pick> {
        match date {
            DateExpr::Pick(pick) => self.open_in_pick(side, pick, env),
            DateExpr::Define(id) => match self.body(side, *id) {
                DefineBody::Date(date) => self.open_in_date(side, date, env),
                DefineBody::Test(_) | DefineBody::Number(..) | DefineBody::Inlined => None,
            },
            DateExpr::Literal(_) | DateExpr::Place(_) | DateExpr::Lab(_) => None,
        }
    }

    fn open_in_num(&self, side: usize, num: &'p Num, env: &Env) -> Option<&'p Pick> {
        match num {
            Num::Pick(pick) | Num::Rank(MemberExpr::Pick(pick)) | Num::Size(SetExpr::Pick(pick)) => self.open_in_pick(side, pick, env),
            Num::Define(id) => match self.body(side, *id) {
                DefineBody::Number(num, _) => self.open_in_num(side, num, env),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => None,
            },
            Num::Sum(terms) | Num::Product(terms) => terms.iter().find_map(|term| self.open_in_num(side, &term.num, env)),
            Num::Convert(inner, _, _) => self.open_in_num(side, inner, env),
            Num::Elapsed(_, dates) => dates.iter().find_map(|date| self.open_in_date(side, date, env)),
            Num::Count(selection) => self.open_in_selection(side, selection, env),
            Num::Literal(_) | Num::Place(_) | Num::Lab(..) => None,
            Num::Rank(MemberExpr::Place(_)) | Num::Size(SetExpr::Place(_)) => None,
        }
    }
}

/// A whole number of units that the calendar can add.
fn small(number: &Number) -> Option<i32> {
    number.to_i64().and_then(|n| i32::try_from(n).ok()).filter(|n| n.abs() <= 100_000)
}

/// The product of two sums, one of which is a constant.
fn product(a: &Linear, b: &Linear) -> Encoded<Linear> {
    match (a.is_constant(), b.is_constant()) {
        (_, true) => Ok(a.scale(&b.constant)),
        (true, false) => Ok(b.scale(&a.constant)),
        (false, false) => beyond("facts are multiplied with each other"),
    }
}

fn scaled(operand: Operand, factor: &Number) -> Operand {
    match operand {
        Operand::Amount(amount) => Operand::Amount(Amount { over: amount.over.scale(factor), ..amount }),
        Operand::Whole(whole) => {
            Operand::Whole(Whole { factor: whole.factor.mul(factor), shift: whole.shift.mul(factor), ..whole })
        }
    }
}
