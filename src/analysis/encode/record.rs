//! What a symbolic record may say, and what makes it valid and complete.

use std::rc::Rc;

use super::super::space::{Date, End, Quantity};
use super::{Encoded, Encoder, Env, Lit, Linear, Raw, Slot, Term, Tri};
use crate::calendar::CalendarUnit;
use crate::protocol::{FactId, Type};

impl Encoder<'_> {
    pub fn raw(&mut self, key: usize) -> Encoded<Rc<Raw>> {
        if let Some(raw) = self.raws.get(&key) {
            return Ok(raw.clone());
        }
        let ty = self.keys.all[key].ty.clone();
        let slots = self.keys.all[key].slots;
        let raw = self.value(&ty, self.yes(), slots)?;
        self.raws.insert(key, raw.clone());
        // It is valid for every side that knows the fact.
        for side in 0..self.keys.sides.len() {
            if let Some(fact) = self.keys.fact_of(side, key) {
                self.valid(side, fact, key, &raw)?;
            }
        }
        Ok(raw)
    }

    pub(super) fn value(&mut self, ty: &Type, alive: Lit, slots: usize) -> Encoded<Rc<Raw>> {
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
                        Some(End { ongoing, date: end })
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
                    let slot = Slot { present, date, end, attributes };
                    found.iter().for_each(|earlier| self.in_order(earlier, &slot));
                    found.push(slot);
                }
                Raw::Events { known, slots: found }
            }
        }))
    }

    /// The order of events in a list means nothing, so they stand by their first days, those without a date last:
    /// every list is searched once, not in each of its orders.
    fn in_order(&mut self, earlier: &Slot, later: &Slot) {
        let ordered = self.not_after(Term::Var(earlier.date.first), Term::Var(later.date.first));
        self.clause(&[!later.present, !later.date.known, earlier.date.known]);
        self.clause(&[!later.present, !earlier.date.known, !later.date.known, ordered]);
    }

    pub(super) fn not_after(&mut self, from: Term, to: Term) -> Lit {
        self.theory.not_after(from, (0, CalendarUnit::Days), 0, to)
    }

    /// A number lies in its plausible range.
    pub(super) fn in_range(&mut self, raw: &Raw, ty: &Type) {
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
    pub(super) fn valid(&mut self, side: usize, fact: FactId, key: usize, raw: &Raw) -> Encoded<()> {
        let protocol = self.protocol(side);
        let own = &protocol.facts[fact];
        if self.keys.all[key].differs {
            // What a side cannot record is unknown to it: see `as_recorded`. It has to be known to one of them.
            if side + 1 == self.keys.sides.len() {
                self.valid_somewhere(key, raw)?;
            }
            return Ok(());
        }
        self.in_range(raw, &own.ty);
        let na = if own.when.is_some() { self.when(side, fact)?.f } else { self.no() };
        self.valid_where(na, raw);
        Ok(())
    }

    /// States that a value may be carried where some side can record it, and has to be known there if all is.
    fn valid_somewhere(&mut self, key: usize, raw: &Raw) -> Encoded<()> {
        let mut nowhere = Vec::new();
        for side in 0..self.keys.sides.len() {
            if let Some(fact) = self.keys.fact_of(side, key) {
                let na = self.when(side, fact)?.f;
                let can = self.can_record(side, fact, key, raw);
                nowhere.push(self.or([na, !can]));
            }
        }
        let nowhere = self.and(nowhere);
        self.valid_where(nowhere, raw);
        Ok(())
    }

    /// Whether the value is one that the side's type has: in its range, among its members.
    fn can_record(&mut self, side: usize, fact: FactId, key: usize, raw: &Raw) -> Lit {
        let ty = &self.protocol(side).facts[fact].ty;
        match (raw, ty) {
            (Raw::Number(quantity), Type::Integer(Some((low, high))) | Type::Number(Some((low, high))) | Type::Quantity(_, Some((low, high)))) => {
                let value = Linear::var(quantity.var);
                let below = self.theory.at_most_zero(&value.sub(&Linear::constant(high.clone())), false);
                let above = self.theory.at_most_zero(&Linear::constant(low.clone()).sub(&value), false);
                self.and([below, above])
            }
            (Raw::Member { members, .. } | Raw::Set { members, .. }, _) => match self.keys.members(side, key) {
                Some(map) => {
                    let foreign: Vec<Lit> = members.iter().enumerate().filter(|(i, _)| !map.contains(i)).map(|(_, lit)| !*lit).collect();
                    self.and(foreign)
                }
                None => self.yes(),
            },
            _ => self.yes(),
        }
    }

    /// What a side sees of a value that the versions record differently: nothing, where it cannot record it.
    pub(super) fn as_recorded(&mut self, side: usize, fact: FactId, key: usize, raw: &Rc<Raw>, na: Lit) -> Rc<Raw> {
        if !self.keys.all[key].differs {
            return raw.clone();
        }
        let can = self.can_record(side, fact, key, raw);
        let seen = self.and([can, !na]);
        let mut gate = |lit: Lit| self.theory.logic.and([lit, seen]);
        Rc::new(match &**raw {
            Raw::Boolean { known, value } => Raw::Boolean { known: gate(*known), value: *value },
            Raw::Member { known, members } => {
                Raw::Member { known: gate(*known), members: members.iter().map(|lit| gate(*lit)).collect() }
            }
            Raw::Set { known, members } => {
                Raw::Set { known: gate(*known), members: members.iter().map(|lit| gate(*lit)).collect() }
            }
            Raw::Number(quantity) => Raw::Number(Quantity { known: gate(quantity.known), ..*quantity }),
            Raw::Lab { parts, date } => Raw::Lab {
                parts: parts.map(|part| Quantity { known: gate(part.known), ..part }),
                date: Date { known: gate(date.known), ..date.clone() },
            },
            Raw::Date(date) => Raw::Date(Date { known: gate(date.known), ..date.clone() }),
            // Whether the list is empty is asked where it is selected from.
            Raw::Events { .. } => return raw.clone(),
        })
    }

    /// States what a value that applies nowhere carries, and what completeness asks of it elsewhere.
    fn valid_where(&mut self, na: Lit, raw: &Raw) {
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
    }

    pub(super) fn complete_slot(&mut self, slot: &Slot) {
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
    pub(super) fn when(&mut self, side: usize, fact: FactId) -> Encoded<Tri> {
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
}
