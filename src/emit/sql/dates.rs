//! Dates in SQL: between which days they lie, and how they lie to each other.

use super::dialect::Dialect;
use super::expression::{Days, Open, Printer};
use crate::calendar::{Distance, Relation};
use crate::protocol::{DateExpr, DefineBody, Place};

impl<D: Dialect> Printer<'_, D> {
    pub fn date(&mut self, date: &DateExpr) -> Days {
        match date {
            DateExpr::Literal(day) => {
                let (year, month, of_month) = crate::calendar::civil_from_day(*day);
                let day = format!("DATE '{year:04}-{month:02}-{of_month:02}'");
                Days { applies: None, first: day.clone(), last: day, endless: false, open: Open(None) }
            }
            DateExpr::Place(place) => {
                let open = self.unknown_place(*place);
                let fact = match *place {
                    Place::Fact(id) => self.this_fact(id),
                    place => self.unknown_place(place),
                };
                self.days(*place, "", *place == Place::EventEnd, open, fact)
            }
            DateExpr::Lab(place) => {
                let open = self.open_lab(*place);
                let fact = match *place {
                    Place::Fact(id) => self.this_fact(id),
                    place => self.unknown_place(place),
                };
                self.days(*place, ".date", false, open, fact)
            }
            DateExpr::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Date(date) => self.outside(|printer| printer.date(date)),
                DefineBody::Test(_) | DefineBody::Number(..) | DefineBody::Inlined => {
                    self.cannot("a definition that is no date");
                    let day = "CAST(NULL AS DATE)".to_string();
                    Days { applies: None, first: day.clone(), last: day, endless: false, open: Open(None) }
                }
            },
            DateExpr::Pick(pick) => {
                let (first, last, open) = self.pick(pick);
                let endless = pick.attribute == Place::EventEnd;
                let open = Self::when(&format!("{first} IS DISTINCT FROM {last} OR {first} IS NULL"), open);
                Days { applies: None, first, last, endless, open }
            }
        }
    }

    fn days(&mut self, place: Place, part: &str, endless: bool, unknown: Open, partial: Open) -> Days {
        let (first, last) = (self.at(place, &format!("{part}.first")), self.at(place, &format!("{part}.last")));
        let (nothing, unknown, partial) = (Self::nothing(), Self::list(unknown), Self::list(partial));
        let open = if unknown == partial {
            format!("CASE WHEN {first} = {last} THEN {nothing} ELSE {unknown} END")
        } else {
            format!("CASE WHEN {first} = {last} THEN {nothing} WHEN {first} IS NULL THEN {unknown} ELSE {partial} END")
        };
        Days { applies: self.applies(place), first, last, endless, open: Open(Some(open)) }
    }

    /// The truth of a relation between what lasts from one day to another and an anchor.
    pub fn lies(relation: Relation, start: [&str; 2], end: [&str; 2], anchor: &Days) -> String {
        let one_day = start == end;
        let latest_start = if one_day { start[1].to_string() } else { format!("LEAST({}, {})", start[1], end[1]) };
        let earliest_end = if one_day { end[0].to_string() } else { format!("GREATEST({}, {})", end[0], start[0]) };
        let (first, last) = (&anchor.first, &anchor.last);
        // Each half of a relation that holds of an anchor holds of all later ones, or of all earlier ones, since a
        // distance keeps the order of the days it is added to. So it holds of all if it does of the first, or the last.
        let sure = Self::holds(relation, &latest_start, &earliest_end, last, first);
        if first == last && one_day && start[0] == start[1] {
            return sure;
        }
        // And of some if it does of the last, or the first. Both hold of one and the same if each holds of some: the
        // anchors of the first half, those of the second, and the range of days given are intervals, which have a day in
        // common if any two of them have one. The halves have the last day `end[1]`, as `start[0]` is never later.
        let possible = Self::holds(relation, start[0], end[1], first, last);
        format!("CASE WHEN {sure} THEN TRUE WHEN NOT ({possible}) THEN FALSE END")
    }

    /// What holds of an anchor where an early one is wanted, and of another where a late one is.
    fn holds(relation: Relation, start: &str, end: &str, early: &str, late: &str) -> String {
        let later = |day: &str, distance: Distance| D::later(day, distance);
        match relation {
            Relation::Before => format!("{start} < {late}"),
            Relation::OnOrBefore => format!("{start} <= {late}"),
            Relation::On => format!("{start} <= {late} AND {early} <= {end}"),
            Relation::OnOrAfter => format!("{early} <= {end}"),
            Relation::After => format!("{early} < {end}"),
            Relation::WithinBefore(n) => format!("{start} <= {late} AND {early} <= {}", later(end, n)),
            Relation::WithinAfter(n) => format!("{early} <= {end} AND {start} <= {}", later(late, n)),
            Relation::WithinOf(n) => format!("{early} <= {} AND {start} <= {}", later(end, n), later(late, n)),
            Relation::LessBefore(n) => format!("{start} <= {late} AND {early} < {}", later(end, n)),
            Relation::LessAfter(n) => format!("{early} <= {end} AND {start} < {}", later(late, n)),
            Relation::AtLeastBefore(n) => format!("{} <= {late}", later(start, n)),
            Relation::AtLeastAfter(n) => format!("{} <= {end}", later(early, n)),
            Relation::MoreBefore(n) => format!("{} < {late}", later(start, n)),
            Relation::MoreAfter(n) => format!("{} < {end}", later(early, n)),
        }
    }
}
