//! Lists of events in SQL: which are selected, and the attribute of one of several.

use super::dialect::Dialect;
use super::expression::{ALWAYS, Days, Open, Printer, Single, Truth};
use super::number::{Exact, holds_between};
use crate::calendar::Relation;
use crate::protocol::{Bound, Comparison, FactId, Part, Pick, Place, Selection, Type, Which};

impl<D: Dialect> Printer<'_, D> {
    /// The events of a selection, none where its window cannot apply, and the window's anchor.
    pub fn select(&mut self, selection: &Selection) -> (String, Option<(Relation, Days)>) {
        let since = self.reads.len();
        let window = selection.window.as_ref().map(|(relation, anchor)| (*relation, self.date(anchor)));
        let name = &self.protocol.facts[selection.events].about.name;
        let mut events = self.column(&format!("{name}.events"));
        let mut applies: Vec<String> = self.applies(Place::Fact(selection.events)).into_iter().collect();
        applies.extend(window.iter().filter_map(|(_, anchor)| anchor.applies.clone()));
        if !applies.is_empty() {
            events = self.share(format!("CASE WHEN {} THEN {events} ELSE {} END", applies.join(" AND "), D::NO_EVENTS), since);
        }
        (events, window)
    }

    /// Takes an event of the selection in hand; gives the name it has.
    pub fn enter(&mut self, selection: &Selection) -> String {
        let name = self.name("_e");
        self.events.push((selection.events, name.clone()));
        name
    }

    pub fn leave(&mut self) {
        self.events.pop();
    }

    /// Whether the event in hand is selected.
    pub fn selected(&mut self, selection: &Selection, window: Option<&(Relation, Days)>) -> Truth {
        let condition = selection.condition.as_ref().map(|condition| self.test(condition));
        let window = window.map(|(relation, anchor)| self.in_window(selection.events, *relation, anchor));
        match (condition, window) {
            (None, None) => Truth { value: ALWAYS.into(), open: Open(None) },
            (Some(test), None) | (None, Some(test)) => test,
            (Some(condition), Some(window)) => Truth {
                value: format!("({} AND {})", condition.value, window.value),
                open: Self::join([Self::guarded(&condition), Self::guarded(&window)]),
            },
        }
    }

    fn in_window(&mut self, fact: FactId, relation: Relation, anchor: &Days) -> Truth {
        let (date, end) = (["date.first", "date.last"].map(|f| self.in_event(f)), ["end.first", "end.last"].map(|f| self.in_event(f)));
        let lasting = matches!(&self.protocol.facts[fact].ty, Type::Events(events) if events.lasting);
        let start = [format!("coalesce({}, {})", date[0], D::BEFORE_ALL), format!("coalesce({}, {})", date[1], D::AFTER_ALL)];
        let mut loose = format!("{} IS NULL OR {0} <> {}", date[0], date[1]);
        let value = if lasting {
            let end_days = [format!("coalesce({}, {})", end[0], start[0]), format!("coalesce({}, {})", end[1], D::AFTER_ALL)];
            loose = format!("{loose} OR {} IS NULL OR {0} <> {}", end[0], end[1]);
            Self::lies(relation, [&start[0], &start[1]], [&end_days[0], &end_days[1]], anchor)
        } else {
            Self::lies(relation, [&start[0], &start[1]], [&start[0], &start[1]], anchor)
        };
        let open = Self::join([anchor.open.clone(), Self::when(&loose, self.this_fact(fact))]);
        Truth { value, open }
    }

    /// What leaves open which events are selected.
    pub fn open_selection(&mut self, selection: &Selection, events: &str, event: &str, test: &Truth, window: Option<&(Relation, Days)>) -> Open {
        let anchor = window.map_or(Open(None), |(_, anchor)| anchor.open.clone());
        let unknown = Self::list(Self::join([self.unknown_fact(selection.events), anchor]));
        let doubtful = match &test.open.0 {
            None => Self::nothing(),
            Some(open) => D::flat_map(&D::filter(events, event, &format!("({}) IS NULL", test.value)), event, open),
        };
        Open(Some(format!("CASE WHEN {events} IS NULL THEN {unknown} ELSE {doubtful} END")))
    }

    pub fn pick_single(&mut self, pick: &Pick) -> Single {
        let (value, _, open) = self.pick(pick);
        Single { applies: None, open: Self::when(&format!("{value} IS NULL"), open), value }
    }

    /// The value that every choice gives, for a date its first and last day, and what keeps it open.
    pub fn pick(&mut self, pick: &Pick) -> (String, String, Open) {
        let since = self.reads.len();
        let (events, window) = self.select(&pick.selection);
        let event = self.enter(&pick.selection);
        let test = self.selected(&pick.selection, window.as_ref());
        let ty = self.protocol.type_at(pick.attribute, self.event()).cloned();
        let is_date = matches!(ty, Some(Type::Date));
        let members = self.protocol.members_at(pick.attribute, self.event());
        let by_date = matches!(pick.which, Which::Latest | Which::Earliest);
        let ranked = !by_date && !members.is_empty();
        let (value, last) = match &ty {
            Some(Type::Date) => (self.at(pick.attribute, ".first"), self.at(pick.attribute, ".last")),
            Some(Type::Lab(_)) => {
                let value = D::field(&self.at(pick.attribute, ""), Part::Value.key());
                (value.clone(), value)
            }
            Some(Type::SetOf(_)) => {
                let value = D::sorted(&self.at(pick.attribute, ""));
                (value.clone(), value)
            }
            _ => {
                let value = self.at(pick.attribute, "");
                let value = if ranked { D::position(&D::texts(&members), &value) } else { value };
                (value.clone(), value)
            }
        };
        let (first_day, last_day) = (self.in_event("date.first"), self.in_event("date.last"));
        let mut loose = format!("{value} IS NULL");
        if is_date {
            loose = format!("{loose} OR {value} <> {last}");
        }
        if by_date {
            loose = format!("{loose} OR {first_day} IS NULL OR {first_day} <> {last_day}");
        }
        self.leave();
        let picked = ty.as_ref().map_or("", |ty| D::picked(ty, ranked));
        let record = D::record(picked, &[
            ("t", test.value.clone()),
            ("v", value),
            ("w", last),
            ("f", format!("coalesce({first_day}, {})", D::BEFORE_ALL)),
            ("l", format!("coalesce({last_day}, {})", D::AFTER_ALL)),
        ]);
        let list = self.share(D::filter(&D::map(&events, &event, &record), "_p", "_p.t IS NOT FALSE"), since);
        let selected = self.name("_c");
        let (low, high) = if by_date {
            self.chosen(pick.which == Which::Latest, is_date, &selected)
        } else {
            self.extreme(pick, is_date, &selected)
        };
        let wrap = |body: String| {
            let body = if ranked { D::element(&D::texts(&members), &body) } else { body };
            D::bound(&selected, &list, &body)
        };
        let of_choice = self.open_selection(&pick.selection, &events, &event, &test, window.as_ref());
        let possible = D::filter(&events, &event, &format!("({}) IS NOT FALSE AND ({loose})", test.value));
        let of_values = Self::when(&format!("{} > 0", D::length(&possible)), self.this_fact(pick.selection.events));
        let (low, high) = (self.share(wrap(low), since), self.share(wrap(high), since));
        (low, high, Self::join([of_choice, of_values]))
    }

    /// The value on which all events agree that may be the last, or the first.
    fn chosen(&mut self, latest: bool, is_date: bool, selected: &str) -> (String, String) {
        let sure = D::filter(selected, "_p", "_p.t");
        let candidates = if latest {
            let threshold = D::greatest_of(&D::map(&sure, "_p", "_p.f"));
            D::bound("_k", &threshold, &D::filter(selected, "_p", "_p.l >= _k"))
        } else {
            let threshold = D::least_of(&D::map(&sure, "_p", "_p.l"));
            D::bound("_k", &threshold, &D::filter(selected, "_p", "_p.f <= _k"))
        };
        let name = self.name("_d");
        let unknown = D::length(&D::filter(&name, "_p", "_p.v IS NULL"));
        let values = D::count_distinct(&name, "_p", "_p.v");
        let mut agree = format!("{unknown} = 0 AND {values} = 1");
        if is_date {
            // Two partial dates agree on nothing, though they be written alike.
            let partial = D::length(&D::filter(&name, "_p", "_p.v <> _p.w"));
            agree = format!("{unknown} = 0 AND ({} = 1 OR {values} = 1 AND {partial} = 0)", D::length(&name));
        }
        let take = |part: &str| {
            let body = format!("CASE WHEN {agree} THEN {} END", D::field(&D::element(&name, "1"), part));
            D::bound(&name, &candidates, &body)
        };
        (take("v"), take("w"))
    }

    /// The extreme over the events surely selected, if nothing else could exceed it.
    fn extreme(&mut self, pick: &Pick, is_date: bool, selected: &str) -> (String, String) {
        let highest = pick.which == Which::Highest;
        let best = |list: &str| if highest { D::greatest_of(list) } else { D::least_of(list) };
        let sure = D::filter(selected, "_p", "_p.t AND _p.v IS NOT NULL");
        let (low, high) = (best(&D::map(&sure, "_p", "_p.v")), best(&D::map(&sure, "_p", "_p.w")));
        let unknown = D::length(&D::filter(selected, "_p", "_p.v IS NULL"));
        // What may exceed it: a doubtful value beyond the nearer end of the best.
        let beyond = if highest { "_p.w > _k" } else { "_p.v < _k" };
        let nearer = if highest { &low } else { &high };
        let exceeds = D::bound("_k", nearer, &D::length(&D::filter(selected, "_p", &format!("_p.t IS NULL AND {beyond}"))));
        let bound = match &pick.bound {
            None => None,
            Some(Bound::Member(i)) => Some(format!("{low} = {}", i + 1)),
            Some(Bound::Number(bound)) if !is_date => {
                holds_between::<D>(&Exact::Recorded(low.clone(), None), Comparison::Equal, &Exact::Literal(bound.clone()), &mut self.calculated).ok()
            }
            Some(Bound::Number(_)) => None,
        };
        let closed = bound.map_or(format!("{unknown} = 0"), |bound| format!("({unknown} = 0 OR {bound})"));
        let take = |end: &str| format!("CASE WHEN {closed} AND {exceeds} = 0 THEN {end} END");
        (take(&low), take(&high))
    }
}
