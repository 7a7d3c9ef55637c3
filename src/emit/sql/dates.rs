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
        let open = format!(
            "CASE WHEN {first} = {last} THEN {} WHEN {first} IS NULL THEN {} ELSE {} END",
            Self::nothing(),
            Self::list(unknown),
            Self::list(partial)
        );
        Days { applies: self.applies(place), first, last, endless, open: Open(Some(open)) }
    }

    /// The truth of a relation between what lasts from one day to another and an anchor.
    pub fn lies(relation: Relation, start: [&str; 2], end: [&str; 2], anchor: &Days) -> String {
        let one_day = start == end;
        let latest_start = if one_day { start[1].to_string() } else { format!("LEAST({}, {})", start[1], end[1]) };
        let earliest_end = if one_day { end[0].to_string() } else { format!("GREATEST({}, {})", end[0], start[0]) };
        let (first, last) = (&anchor.first, &anchor.last);
        let nearest = match relation {
            Relation::Before | Relation::OnOrBefore | Relation::AtLeastBefore(_) | Relation::MoreBefore(_) => last.clone(),
            Relation::OnOrAfter | Relation::After | Relation::AtLeastAfter(_) | Relation::MoreAfter(_) => first.clone(),
            Relation::On
            | Relation::WithinBefore(_)
            | Relation::WithinAfter(_)
            | Relation::WithinOf(_)
            | Relation::LessBefore(_)
            | Relation::LessAfter(_) => {
                format!("CASE WHEN {first} <= {} THEN LEAST(GREATEST({first}, {}), {last}) ELSE {first} END", end[1], start[0])
            }
        };
        let holds = |start: &str, end: &str, anchor: &str| Self::holds(relation, start, end, anchor);
        if first == last && one_day && start[0] == start[1] {
            return holds(start[0], end[0], first);
        }
        let mut sure = holds(&latest_start, &earliest_end, first);
        if first != last {
            sure = format!("{sure} AND {}", holds(&latest_start, &earliest_end, last));
        }
        format!("CASE WHEN {sure} THEN TRUE WHEN NOT ({}) THEN FALSE END", holds(start[0], end[1], &nearest))
    }

    fn holds(relation: Relation, start: &str, end: &str, anchor: &str) -> String {
        let later = |day: &str, distance: Distance| D::later(day, distance);
        match relation {
            Relation::Before => format!("{start} < {anchor}"),
            Relation::OnOrBefore => format!("{start} <= {anchor}"),
            Relation::On => format!("{start} <= {anchor} AND {anchor} <= {end}"),
            Relation::OnOrAfter => format!("{anchor} <= {end}"),
            Relation::After => format!("{anchor} < {end}"),
            Relation::WithinBefore(n) => format!("{start} <= {anchor} AND {anchor} <= {}", later(end, n)),
            Relation::WithinAfter(n) => format!("{anchor} <= {end} AND {start} <= {}", later(anchor, n)),
            Relation::WithinOf(n) => format!("{anchor} <= {} AND {start} <= {}", later(end, n), later(anchor, n)),
            Relation::LessBefore(n) => format!("{start} <= {anchor} AND {anchor} < {}", later(end, n)),
            Relation::LessAfter(n) => format!("{anchor} <= {end} AND {start} < {}", later(anchor, n)),
            Relation::AtLeastBefore(n) => format!("{} <= {anchor}", later(start, n)),
            Relation::AtLeastAfter(n) => format!("{} <= {end}", later(anchor, n)),
            Relation::MoreBefore(n) => format!("{} < {anchor}", later(start, n)),
            Relation::MoreAfter(n) => format!("{} < {end}", later(anchor, n)),
        }
    }
}
