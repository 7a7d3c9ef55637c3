//! Selections of events, and `latest` and its kin.

use super::dates::Taken;
use super::{Encoded, Encoder, Env, Lit, Linear, Raw, Slot, Term, beyond};
use super::super::space::Date;
use crate::calendar::{AFTER_ALL, BEFORE_ALL, CalendarUnit, Day};
use crate::protocol::{Bound, Comparison, Pick, Place, Selection, Which};

/// The events of a selection, each surely or possibly in it.
pub(super) struct Selected {
    /// Nothing can be in it, whatever is known of the list.
    pub(super) empty: Lit,
    pub(super) known: Lit,
    pub(super) sure: Vec<Lit>,
    pub(super) possible: Vec<Lit>,
}

impl<'p> Encoder<'p> {

    pub(super) fn select(&mut self, side: usize, selection: &'p Selection, env: &Env) -> Encoded<Selected> {
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
    pub(super) fn extents(&mut self, slot: &Slot) -> Vec<Taken> {
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
    pub(super) fn picked(&self, side: usize, pick: &Pick, env: &Env) -> Encoded<Option<Env>> {
        let key = self.keys.key_of(side, pick.selection.events);
        match env.slot_of(pick) {
            Some(slot) => Ok(slot.map(|slot| env.within(key, slot))),
            None => beyond("an aggregate stands where none is expected"),
        }
    }

    /// When a pick has a value, and which events it may be taken from; they agree on it then.
    pub(super) fn pick(&mut self, side: usize, pick: &'p Pick, env: &Env) -> Encoded<(Lit, Vec<Lit>)> {
        let Selected { sure, possible, .. } = self.select(side, &pick.selection, env)?;
        let key = self.keys.key_of(side, pick.selection.events);
        let raw = self.raw(key)?;
        let Raw::Events { slots, .. } = &*raw else { return beyond("events of what has none") };
        match pick.which {
            Which::Latest | Which::Earliest => self.pick_by_date(pick, slots, &sure, &possible),
            Which::Highest | Which::Lowest => self.pick_by_value(pick, slots, &sure, &possible),
        }
    }

    pub(super) fn pick_by_date(&mut self, pick: &Pick, slots: &[Slot], sure: &[Lit], possible: &[Lit]) -> Encoded<(Lit, Vec<Lit>)> {
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
    pub(super) fn surely_before(&mut self, a: &Slot, b: &Slot) -> Lit {
        let earlier = self.theory.not_after(Term::Var(a.date.last), (0, CalendarUnit::Days), 1, Term::Var(b.date.first));
        self.and([a.date.known, b.date.known, earlier])
    }

    pub(super) fn attribute_known(&mut self, slot: &Slot, place: Place) -> Encoded<Lit> {
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
    pub(super) fn same_attribute(&mut self, a: &Slot, b: &Slot, place: Place) -> Encoded<Lit> {
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

    pub(super) fn same(&mut self, a: &[Lit], b: &[Lit]) -> Lit {
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

    pub(super) fn same_number(&mut self, a: usize, b: usize) -> Lit {
        self.sign(Comparison::Equal, &Linear::var(a).sub(&Linear::var(b)))
    }

    pub(super) fn same_day(&mut self, a: &Date, b: &Date) -> Lit {
        let (before, after) = (self.not_after(Term::Var(a.first), Term::Var(b.first)), self.not_after(Term::Var(b.first), Term::Var(a.first)));
        self.and([a.exact, b.exact, before, after])
    }

    pub(super) fn pick_by_value(&mut self, pick: &Pick, slots: &[Slot], sure: &[Lit], possible: &[Lit]) -> Encoded<(Lit, Vec<Lit>)> {
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
            let at_end = self.at_bound(&slots[i], pick);
            decided.push(self.or([!open, !chosen[i], at_end]));
        }
        Ok((self.and(decided), chosen))
    }

    /// Whether the attribute of one event lies beyond that of another.
    pub(super) fn exceeds(&mut self, a: &Slot, b: &Slot, place: Place, highest: bool) -> Encoded<Lit> {
        let Place::Attribute(i) = place else { return beyond("the greatest or least of dates") };
        Ok(match (&*a.attributes[i], &*b.attributes[i]) {
            (Raw::Number(a), Raw::Number(b)) => self.further(a.var, b.var, highest),
            (Raw::Lab { parts: a, .. }, Raw::Lab { parts: b, .. }) => self.further(a[0].var, b[0].var, highest),
            (Raw::Member { members: a, .. }, Raw::Member { members: b, .. }) => {
                let mut ways = Vec::new();
                for (x, a) in a.iter().enumerate() {
                    for (_, b) in b.iter().enumerate().filter(|(y, _)| if highest { x > *y } else { x < *y }) {
                        ways.push(self.and([*a, *b]));
                    }
                }
                self.or(ways)
            }
            _ => return beyond("the greatest or least of dates"),
        })
    }

    pub(super) fn further(&mut self, a: usize, b: usize, highest: bool) -> Lit {
        let op = if highest { Comparison::Greater } else { Comparison::Less };
        self.sign(op, &Linear::var(a).sub(&Linear::var(b)))
    }

    /// Whether the type leaves nothing beyond the attribute of the event.
    pub(super) fn at_bound(&mut self, slot: &Slot, pick: &Pick) -> Lit {
        let (Place::Attribute(i), Some(bound)) = (pick.attribute, &pick.bound) else { return self.no() };
        match (&*slot.attributes[i], bound) {
            (Raw::Number(quantity), Bound::Number(bound)) => {
                self.sign(Comparison::Equal, &Linear::var(quantity.var).sub(&Linear::constant(bound.clone())))
            }
            (Raw::Member { members, .. }, Bound::Member(bound)) => members[usize::from(*bound)],
            _ => self.no(),
        }
    }
}
