//! Dates, and how they lie to each other.

use super::{Encoded, Encoder, Env, Lit, Term, Tri, beyond};
use super::super::space::{Date, Raw};
use crate::calendar::{AFTER_ALL, CalendarUnit, Relation};
use crate::protocol::{DateExpr, DefineBody, Place};

/// A date operand: does not apply, or is one of the cases, or is unknown.
pub(super) struct Dates {
    pub(super) na: Lit,
    pub(super) cases: Vec<(Lit, Term, Term)>,
}

/// An extent in time, where a condition holds: where its first day lies, and where its last.
pub(super) type Taken = (Lit, (Term, Term), (Term, Term));

impl<'p> Encoder<'p> {
    pub(super) fn case(date: &Date) -> (Lit, Term, Term) {
        (date.known, Term::Var(date.first), Term::Var(date.last))
    }

    pub(super) fn date(&mut self, side: usize, date: &'p DateExpr, env: &Env) -> Encoded<Dates> {
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
            DateExpr::Pick(pick) if pick.which.is_extreme() => Ok(Dates { na: no, cases: self.extreme_date(side, pick, env)? }),
            DateExpr::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => self.date_at(side, pick.attribute, &env),
                None => Ok(Dates { na: no, cases: Vec::new() }),
            },
        }
    }

    pub(super) fn date_at(&mut self, side: usize, place: Place, env: &Env) -> Encoded<Dates> {
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
    pub(super) fn window(&mut self, extents: &[Taken], relation: Relation, anchors: &[(Lit, Term, Term)]) -> Tri {
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
    pub(super) fn not_late(&mut self, relation: Relation, start: Term, anchor: Term) -> Lit {
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
    pub(super) fn not_early(&mut self, relation: Relation, end: Term, anchor: Term) -> Lit {
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
}
