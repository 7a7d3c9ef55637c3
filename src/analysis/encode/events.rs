//! Selections of events, and `latest` and its kin.

use super::dates::Taken;
use super::{Encoded, Encoder, Env, Lit, Linear, Raw, Slot, TOO_MANY, Term, Tri, beyond};
use super::super::space::Date;
use crate::calendar::{AFTER_ALL, BEFORE_ALL, CalendarUnit, Day};
use crate::protocol::{Bound, Comparison, DateExpr, Pick, Place, Selection, Test, Which, walk};

/// The events of a selection, each surely or possibly in it.
pub(super) struct Selected {
    /// Nothing can be in it, whatever is known of the list.
    pub(super) empty: Lit,
    pub(super) known: Lit,
    pub(super) sure: Vec<Lit>,
    pub(super) possible: Vec<Lit>,
    /// They are selected for an event of the same list.
    pub(super) own: bool,
}

impl<'p> Encoder<'p> {
    pub(super) fn select(&mut self, side: usize, selection: &'p Selection, env: &Env) -> Encoded<Selected> {
        let key = self.keys.key_of(side, selection.events);
        let anchor = match &selection.window {
            Some((relation, anchor)) => Some((*relation, self.date(side, anchor, env)?)),
            None => None,
        };
        let (raw, na) = self.place(side, Place::Fact(selection.events), env)?;
        let Raw::Events { known, slots } = &*raw else { return beyond("events of what has none") };
        if self.keys.all[key].too_many {
            return beyond(TOO_MANY);
        }
        let empty = match &anchor {
            Some((_, anchor)) => self.or([na, anchor.na]),
            None => na,
        };
        let own = env.event.is_some_and(|(outer, _)| outer == key) && reads_event(selection);
        self.reads_own |= own;
        let (mut sure, mut possible) = (Vec::new(), Vec::new());
        for (i, slot) in slots.iter().enumerate() {
            let mut parts = vec![Tri { t: slot.present, f: !slot.present }];
            if let Some(condition) = &selection.condition {
                parts.push(self.test_in(side, condition, &env.within(key, i))?);
            }
            if let Some((relation, anchor)) = &anchor {
                let extents = self.extents(slot);
                parts.push(self.window(&extents, *relation, &anchor.cases));
            }
            let tri = self.both(&parts);
            sure.push(self.and([!empty, tri.t]));
            possible.push(self.and([!empty, !tri.f]));
        }
        Ok(Selected { empty, known: *known, sure, possible, own })
    }

    /// Whether all the events are told that this one needs.
    ///
    /// One event may need another of its list, which needs a third, and so on without end. So only what is said of
    /// events that are full, or of a list that is closed, has to be so among those that are told; of the others an
    /// event may be meant that is not.
    pub(super) fn full(&mut self, key: usize, slot: usize) -> Lit {
        if let Some(full) = self.full.get(&(key, slot)) {
            return *full;
        }
        let (full, closed) = (self.theory.logic.likely(), self.closed());
        self.clause(&[!closed, full]);
        self.full.insert((key, slot), full);
        if self.keys.full_ends
            && let Some(Raw::Events { slots, .. }) = self.raws.get(&key).cloned().as_deref()
        {
            let next = slots.get(slot + 1).map_or(self.no(), |next| next.present);
            let is_end = if slot == 0 { self.yes() } else { !next };
            self.clause(&[!slots[slot].present, !is_end, full]);
        }
        full
    }

    /// What is asked of an event and reads others of its list: as said, where the event is full. Of others, that there
    /// is something among those that are told says that there is.
    pub(super) fn opened(&mut self, said: Tri, grows: bool, (key, slot): (usize, usize)) -> Tri {
        if let Some(opened) = self.opened.get(&(said, grows, key, slot)) {
            return *opened;
        }
        let full = self.full(key, slot);
        let logic = &mut self.theory.logic;
        let opened = Tri { t: logic.fresh(), f: logic.fresh() };
        self.clause(&[!opened.t, !opened.f]);
        self.clause(&[!full, !opened.t, said.t]);
        self.clause(&[!full, opened.f, !said.f]);
        let unless = if grows { self.no() } else { !full };
        self.clause(&[unless, opened.t, !said.t]);
        self.clause(&[unless, !opened.f, said.f]);
        self.opened.insert((said, grows, key, slot), opened);
        opened
    }

    /// Of the events that decide what is asked of none of their list, one is full: as many as may decide are told so.
    fn decides(&mut self, side: usize, selection: &Selection, own: bool, decided: Lit, by: &[Lit]) {
        if let Some(full) = self.full_among(side, selection, own, by) {
            self.clause(&[full, vec![!decided]].concat());
        }
    }

    /// Which of these are full, where that says more.
    ///
    /// Events are told for a selection as it stands in the protocol. One that depends on an event that is picked, or on
    /// a definition, is encoded for each event and each reading, and only for what is meant are there enough.
    pub(super) fn full_among(&mut self, side: usize, selection: &Selection, own: bool, events: &[Lit]) -> Option<Vec<Lit>> {
        let key = self.keys.key_of(side, selection.events);
        (self.keys.all[key].nests && !own && self.is_encoded_once(side, selection)).then(|| {
            let each = events.iter().enumerate().map(|(slot, lit)| {
                let full = self.full(key, slot);
                self.and([*lit, full])
            });
            each.collect()
        })
    }

    fn is_encoded_once(&self, side: usize, selection: &Selection) -> bool {
        let protocol = self.protocol(side);
        let reads_define = |test| (0..protocol.defines.len()).any(|id| walk::reads_define(protocol, test, id));
        has_plain_anchor(selection) && !selection.condition.as_ref().is_some_and(reads_define)
    }

    pub(super) fn some(&mut self, side: usize, selection: &'p Selection, env: &Env) -> Encoded<Tri> {
        let selected = self.select(side, selection, env)?;
        let [t, possible] = [&selected.sure, &selected.possible].map(|lits| {
            let some = self.or(lits.iter().copied());
            self.decides(side, selection, selected.own, some, lits);
            some
        });
        let none = self.and([!possible, selected.known]);
        Ok(Tri { t, f: self.or([none, selected.empty]) })
    }

    /// Whether a list holds so many events that one stands in the slot.
    pub(super) fn is_there(&mut self, key: usize, slot: usize) -> Encoded<Lit> {
        match &*self.raw(key)? {
            Raw::Events { slots, .. } => Ok(slots[slot].present),
            _ => beyond("events of what has none"),
        }
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
        let selected = self.select(side, &pick.selection, env)?;
        let key = self.keys.key_of(side, pick.selection.events);
        let raw = self.raw(key)?;
        let Raw::Events { slots, .. } = &*raw else { return beyond("events of what has none") };
        let Selected { sure, possible, .. } = &selected;
        let (decided, chosen) = match pick.which {
            Which::Latest | Which::Earliest => self.pick_by_date(pick, slots, sure, possible)?,
            Which::Highest | Which::Lowest => self.pick_by_value(pick, slots, sure, possible)?,
        };
        let by: Vec<Lit> = sure.iter().zip(&chosen).map(|(sure, chosen)| self.theory.logic.and([*sure, *chosen])).collect();
        self.decides(side, &pick.selection, selected.own, decided, &by);
        Ok((decided, chosen))
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

    /// The greatest, or least, of dates: from the greatest first day that they surely have to the greatest last one.
    pub(super) fn extreme_date(&mut self, side: usize, pick: &'p Pick, env: &Env) -> Encoded<Vec<(Lit, Term, Term)>> {
        let Selected { sure, possible, .. } = self.select(side, &pick.selection, env)?;
        let key = self.keys.key_of(side, pick.selection.events);
        let highest = pick.which == Which::Highest;
        // Where the events surely and perhaps say so, and what days; `ongoing` is beyond them all.
        let (mut dated, mut ongoing, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for (i, possible) in possible.iter().enumerate() {
            let dates = self.date_at(side, pick.attribute, &env.within(key, i))?;
            let said = self.or(dates.cases.iter().map(|case| case.0));
            known.push(self.or([!*possible, said]));
            for (said, first, last) in dates.cases {
                let (surely, perhaps) = (self.and([sure[i], said]), self.and([*possible, !sure[i], said]));
                if first == Term::Day(AFTER_ALL) { ongoing.push((surely, perhaps)) } else { dated.push((surely, perhaps, first, last)) }
            }
        }
        let (some, endless) = (self.or(dated.iter().map(|said| said.0)), self.or(ongoing.iter().map(|said| said.0)));
        let ends = [self.theory.day(some), self.theory.day(some)].map(Term::Var);
        for (end, of) in ends.into_iter().zip([|said: &(Lit, Lit, Term, Term)| said.2, |said: &(Lit, Lit, Term, Term)| said.3]) {
            let mut reached = vec![!some];
            for said in &dated {
                let (no_later, no_earlier) = (self.not_after(of(said), end), self.not_after(end, of(said)));
                let (within, at_end) = if highest { (no_later, no_earlier) } else { (no_earlier, no_later) };
                self.clause(&[!said.0, within]);
                reached.push(self.and([said.0, at_end]));
            }
            self.clause(&reached);
        }
        // What is doubtful may lie beyond the end that is nearer to it.
        let within = dated.iter().map(|(_, perhaps, first, last)| {
            let within = if highest { self.not_after(*last, ends[0]) } else { self.not_after(ends[1], *first) };
            self.or([!*perhaps, within])
        });
        let within: Vec<Lit> = within.collect();
        let (known, within) = (self.and(known), self.and(within));
        let (after_all, no_date) = (Term::Day(AFTER_ALL), dated.iter().map(|said| !said.1));
        let cases = if highest {
            let none_perhaps = self.and(ongoing.iter().map(|said| !said.1));
            [self.and([known, some, !endless, within, none_perhaps]), self.and([known, endless])]
        } else {
            let no_date = self.and(no_date);
            [self.and([known, some, within]), self.and([known, !some, endless, no_date])]
        };
        Ok(vec![(cases[0], ends[0], ends[1]), (cases[1], after_all, after_all)])
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

/// Whether a selection depends on the event in hand: all else that it reads belongs to its own events.
pub fn reads_event(selection: &Selection) -> bool {
    selection.window.as_ref().is_some_and(|(_, anchor)| match anchor {
        DateExpr::Place(place) | DateExpr::Lab(place) => !matches!(place, Place::Fact(_)),
        DateExpr::Pick(pick) => reads_event(&pick.selection),
        DateExpr::Literal(_) | DateExpr::Define(_) => false,
    })
}

/// Whether what is asked of an event can only become true by more events of its list: a pick may take another one.
pub(super) fn grows(test: &Test) -> bool {
    matches!(test, Test::Some(selection) if has_plain_anchor(selection))
}

fn has_plain_anchor(selection: &Selection) -> bool {
    selection.window.as_ref().is_none_or(|(_, anchor)| !matches!(anchor, DateExpr::Pick(_) | DateExpr::Define(_)))
}
