//! Civil dates, partial dates as ranges of days, and windows.
//!
//! Days are counted from 1970-01-01 in the proleptic Gregorian calendar. There
//! is no clock and no time zone. Distances count forward from the earlier date
//! and clamp to the end of the month: 29 February plus one year is 28 February.

use std::fmt;

/// A day, as the number of days since 1970-01-01.
pub type Day = i32;

/// Earlier than every date that can be written.
pub const BEFORE_ALL: Day = i32::MIN / 2;
/// Later than every date that can be written: `"ongoing"`.
pub const AFTER_ALL: Day = i32::MAX / 2;

/// Days from 1970-01-01 to the given civil date.
///
/// Counts whole 400-year eras from 1 March of year 0, so that the leap day
/// ends its year and needs no case of its own.
pub fn day_from_civil(year: i32, month: u32, day: u32) -> Day {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of the month.
pub fn civil_from_day(day: Day) -> (i32, u32, u32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year, month as u32, day_of_month as u32)
}

/// How many days the month has.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A calendar unit in which distances between dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// Twelve months.
    Years,
    /// Calendar months.
    Months,
    /// Seven days.
    Weeks,
    /// Days.
    Days,
}

impl CalendarUnit {
    /// The word for it, in the plural.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Years => "years",
            Self::Months => "months",
            Self::Weeks => "weeks",
            Self::Days => "days",
        }
    }
}

/// A positive distance between two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distance {
    /// How many, at least 1.
    pub count: i32,
    /// Of what.
    pub unit: CalendarUnit,
}

/// The longest distance that can be written, in years.
pub const MAX_DISTANCE_YEARS: i64 = 1_000;

impl Distance {
    /// The day that lies this distance after `day`.
    pub fn after(self, day: Day) -> Day {
        add(day, self.count, self.unit)
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.unit.word())
    }
}

/// `day` plus `count` units, clamped to the end of the month; the two ends of time stay where they are.
pub fn add(day: Day, count: i32, unit: CalendarUnit) -> Day {
    if day <= BEFORE_ALL || day >= AFTER_ALL {
        return day;
    }
    match unit {
        CalendarUnit::Days => day + count,
        CalendarUnit::Weeks => day + 7 * count,
        CalendarUnit::Months => add_months(day, count),
        CalendarUnit::Years => add_months(day, 12 * count),
    }
}

fn add_months(day: Day, months: i32) -> Day {
    let (year, month, day_of_month) = civil_from_day(day);
    let total = year * 12 + month as i32 - 1 + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
    day_from_civil(year, month, day_of_month.min(days_in_month(year, month)))
}

/// The greatest whole n, negative too, with `from` + n units <= `to`.
pub fn completed(unit: CalendarUnit, from: Day, to: Day) -> i32 {
    let months = match unit {
        CalendarUnit::Days => return to - from,
        CalendarUnit::Weeks => return (to - from).div_euclid(7),
        CalendarUnit::Months => 1,
        CalendarUnit::Years => 12,
    };
    let (y1, m1, d1) = civil_from_day(from);
    let (y2, m2, d2) = civil_from_day(to);
    let apart = (y2 - y1) * 12 + m2 as i32 - m1 as i32;
    // In the month of `to`, the day of `from` is clamped to the month's end.
    let short = d1.min(days_in_month(y2, m2)) > d2;
    (apart - i32::from(short)).div_euclid(months)
}

/// A date that is known to lie between two days, both included. A full date is one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The earliest day it can be.
    pub first: Day,
    /// The latest day it can be.
    pub last: Day,
}

impl Days {
    /// One day.
    pub const fn on(day: Day) -> Self {
        Self { first: day, last: day }
    }

    /// Reads `2026-03-01`, `2026-03` or `2026`; years run from 0001 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |range: std::ops::Range<usize>| -> Option<u32> {
            bytes.get(range)?.iter().try_fold(0u32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
        };
        let year = number(0..4).filter(|year| *year >= 1)? as i32;
        if bytes.len() == 4 {
            return Some(Self { first: day_from_civil(year, 1, 1), last: day_from_civil(year, 12, 31) });
        }
        let month = number(5..7).filter(|month| (1..=12).contains(month) && bytes[4] == b'-')?;
        let length = days_in_month(year, month);
        if bytes.len() == 7 {
            return Some(Self { first: day_from_civil(year, month, 1), last: day_from_civil(year, month, length) });
        }
        let day = number(8..10).filter(|day| (1..=length).contains(day) && bytes[7] == b'-')?;
        (bytes.len() == 10).then(|| Self::on(day_from_civil(year, month, day)))
    }

    /// Whether it is one day.
    pub const fn is_exact(self) -> bool {
        self.first == self.last
    }
}

/// A day as `2026-03-01`.
pub fn day_text(day: Day) -> String {
    let (year, month, day) = civil_from_day(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// How a day (or an event's days) must lie to an anchor date A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `before A`.
    Before,
    /// `on or before A`.
    OnOrBefore,
    /// `on A`.
    On,
    /// `on or after A`.
    OnOrAfter,
    /// `after A`.
    After,
    /// `within N before A`: d <= A <= d + N.
    WithinBefore(Distance),
    /// `within N after A`: A <= d <= A + N.
    WithinAfter(Distance),
    /// `within N of A`: either side.
    WithinOf(Distance),
    /// `less than N before A`: d <= A < d + N.
    LessBefore(Distance),
    /// `less than N after A`: A <= d < A + N.
    LessAfter(Distance),
    /// `at least N before A`: d + N <= A.
    AtLeastBefore(Distance),
    /// `at least N after A`: A + N <= d.
    AtLeastAfter(Distance),
    /// `more than N before A`: d + N < A.
    MoreBefore(Distance),
    /// `more than N after A`: A + N < d.
    MoreAfter(Distance),
}

/// The days that something takes up: its first day lies in `start`, its last in `end`.
///
/// A date is an `Extent` whose start and end are the same one day, so
/// `end` repeats `start`; an event that lasts has two dates of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Where the first day lies.
    pub start: Days,
    /// Where the last day lies.
    pub end: Days,
}

impl Extent {
    /// A single day, perhaps known only in part.
    pub const fn day(days: Days) -> Self {
        Self { start: days, end: days }
    }
}

impl Relation {
    /// Whether one of the days from `start` to `end` stands so to `anchor`, all three known.
    ///
    /// Every relation is "`start` is not too late and `end` is not too early",
    /// which is what lets partial dates be decided at their outermost days.
    fn holds(self, start: Day, end: Day, anchor: Day) -> bool {
        match self {
            Self::Before => start < anchor,
            Self::OnOrBefore => start <= anchor,
            Self::On => start <= anchor && anchor <= end,
            Self::OnOrAfter => anchor <= end,
            Self::After => anchor < end,
            Self::WithinBefore(n) => start <= anchor && anchor <= n.after(end),
            Self::WithinAfter(n) => anchor <= end && start <= n.after(anchor),
            Self::WithinOf(n) => anchor <= n.after(end) && start <= n.after(anchor),
            Self::LessBefore(n) => start <= anchor && anchor < n.after(end),
            Self::LessAfter(n) => anchor <= end && start < n.after(anchor),
            Self::AtLeastBefore(n) => n.after(start) <= anchor,
            Self::AtLeastAfter(n) => n.after(anchor) <= end,
            Self::MoreBefore(n) => n.after(start) < anchor,
            Self::MoreAfter(n) => n.after(anchor) < end,
        }
    }

    /// Whether it holds for every choice of days, and whether for some.
    pub fn surely_and_possibly(self, extent: Extent, anchor: Days) -> (bool, bool) {
        // Nearly every date is one day, and then there is one choice.
        let ordered = extent.start.first <= extent.end.first;
        if extent.start.is_exact() && extent.end.is_exact() && anchor.is_exact() && ordered {
            let holds = self.holds(extent.start.first, extent.end.first, anchor.first);
            return (holds, holds);
        }
        (self.surely(extent, anchor), self.possibly(extent, anchor))
    }

    /// Whether it holds for every choice of days; a last day never lies before a first one.
    pub fn surely(self, extent: Extent, anchor: Days) -> bool {
        let start = extent.start.last.min(extent.end.last);
        let end = extent.end.first.max(extent.start.first);
        self.holds(start, end, anchor.first) && self.holds(start, end, anchor.last)
    }

    /// Whether it holds for some choice of days.
    pub fn possibly(self, extent: Extent, anchor: Days) -> bool {
        let (start, end) = (extent.start.first, extent.end.last);
        // Move the anchor as near to the extent as its range lets it: where it
        // fails there, it fails everywhere.
        let anchor_day = match self {
            Self::Before
            | Self::OnOrBefore
            | Self::AtLeastBefore(_)
            | Self::MoreBefore(_) => anchor.last,
            Self::OnOrAfter
            | Self::After
            | Self::AtLeastAfter(_)
            | Self::MoreAfter(_) => anchor.first,
            Self::On
            | Self::WithinBefore(_)
            | Self::LessBefore(_)
            | Self::WithinAfter(_)
            | Self::LessAfter(_)
            | Self::WithinOf(_) => {
                if anchor.last < start {
                    anchor.last
                } else if anchor.first > end {
                    anchor.first
                } else {
                    anchor.first.max(start)
                }
            }
        };
        self.holds(start, end, anchor_day)
    }

    /// The distance in it, where it has one.
    pub const fn distance(self) -> Option<Distance> {
        match self {
            Self::Before | Self::OnOrBefore | Self::On | Self::OnOrAfter | Self::After => None,
            Self::WithinBefore(n)
            | Self::WithinAfter(n)
            | Self::WithinOf(n)
            | Self::LessBefore(n)
            | Self::LessAfter(n)
            | Self::AtLeastBefore(n)
            | Self::AtLeastAfter(n)
            | Self::MoreBefore(n)
            | Self::MoreAfter(n) => Some(n),
        }
    }

    /// The stable kebab-case name used in `protocol.json` and in generated code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::OnOrBefore => "on-or-before",
            Self::On => "on",
            Self::OnOrAfter => "on-or-after",
            Self::After => "after",
            Self::WithinBefore(_) => "within-before",
            Self::WithinAfter(_) => "within-after",
            Self::WithinOf(_) => "within-of",
            Self::LessBefore(_) => "less-than-before",
            Self::LessAfter(_) => "less-than-after",
            Self::AtLeastBefore(_) => "at-least-before",
            Self::AtLeastAfter(_) => "at-least-after",
            Self::MoreBefore(_) => "more-than-before",
            Self::MoreAfter(_) => "more-than-after",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Days::parse(text).unwrap().first
    }

    #[test]
    fn agrees_with_jiff_on_every_day_of_four_centuries() {
        let mut date = jiff::civil::date(1600, 1, 1);
        for number in day("1600-01-01")..=day("2000-12-31") {
            let (year, month, dom) = (i32::from(date.year()), date.month() as u32, date.day() as u32);
            assert_eq!(day_from_civil(year, month, dom), number);
            assert_eq!(civil_from_day(number), (year, month, dom));
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn months_clamp_as_jiff_does() {
        for start in ["2024-01-31", "2024-02-29", "2023-12-31", "2000-02-29", "1999-11-30"] {
            let date: jiff::civil::Date = start.parse().unwrap();
            for months in -30..=30 {
                let expected = date.checked_add(jiff::Span::new().months(months)).unwrap().to_string();
                assert_eq!(day_text(add(day(start), months, CalendarUnit::Months)), expected);
            }
        }
    }

    #[test]
    fn completed_units_count_birthdays() {
        let years = |a, b| completed(CalendarUnit::Years, day(a), day(b));
        assert_eq!(years("2000-02-29", "2021-02-27"), 20);
        assert_eq!(years("2000-02-29", "2021-02-28"), 21);
        assert_eq!(years("2026-03-01", "2026-02-28"), -1);
        assert_eq!(years("1966-03-16", "2026-03-15"), 59);
        assert_eq!(completed(CalendarUnit::Months, day("2024-01-31"), day("2024-02-29")), 1);
        assert_eq!(completed(CalendarUnit::Weeks, day("2024-01-10"), day("2024-01-09")), -1);
    }

    #[test]
    fn completed_is_the_greatest_that_fits() {
        for unit in [CalendarUnit::Years, CalendarUnit::Months, CalendarUnit::Weeks, CalendarUnit::Days] {
            for from in (day("1999-12-25")..day("2000-03-10")).step_by(3) {
                for to in (day("1996-01-01")..day("2004-03-05")).step_by(11) {
                    let n = completed(unit, from, to);
                    assert!(add(from, n, unit) <= to && add(from, n + 1, unit) > to);
                }
            }
        }
    }

    #[test]
    fn partial_dates_are_ranges_and_impossible_dates_are_refused() {
        assert_eq!(Days::parse("2024-02").unwrap().last, day("2024-02-29"));
        assert_eq!(Days::parse("2026").unwrap(), Days { first: day("2026-01-01"), last: day("2026-12-31") });
        for bad in ["2026-02-30", "2026-13", "26-01-01", "2026-1-1", "2026-01-01T00", "0000", "2026-", "", "２０２６"] {
            assert_eq!(Days::parse(bad), None, "{bad}");
        }
    }

    /// Every relation against a count of all choices of days.
    #[test]
    fn relations_agree_with_brute_force() {
        let n = Distance { count: 1, unit: CalendarUnit::Months };
        let relations = [
            Relation::Before,
            Relation::OnOrBefore,
            Relation::On,
            Relation::OnOrAfter,
            Relation::After,
            Relation::WithinBefore(n),
            Relation::WithinAfter(n),
            Relation::WithinOf(n),
            Relation::LessBefore(n),
            Relation::LessAfter(n),
            Relation::AtLeastBefore(n),
            Relation::AtLeastAfter(n),
            Relation::MoreBefore(n),
            Relation::MoreAfter(n),
        ];
        // The meaning of a single day, straight from the definition.
        let one = |relation: Relation, d: Day, a: Day| match relation {
            Relation::Before => d < a,
            Relation::OnOrBefore => d <= a,
            Relation::On => d == a,
            Relation::OnOrAfter => d >= a,
            Relation::After => d > a,
            Relation::WithinBefore(n) => d <= a && a <= n.after(d),
            Relation::WithinAfter(n) => a <= d && d <= n.after(a),
            Relation::WithinOf(n) => (d <= a && a <= n.after(d)) || (a <= d && d <= n.after(a)),
            Relation::LessBefore(n) => d <= a && a < n.after(d),
            Relation::LessAfter(n) => a <= d && d < n.after(a),
            Relation::AtLeastBefore(n) => n.after(d) <= a,
            Relation::AtLeastAfter(n) => n.after(a) <= d,
            Relation::MoreBefore(n) => n.after(d) < a,
            Relation::MoreAfter(n) => n.after(a) < d,
        };
        let base = day("2024-01-29");
        let mut seed = 7u32;
        let mut next = |bound: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as i32 % bound
        };
        for _ in 0..4_000 {
            let mut range = |spread: i32| {
                let first = base + next(70) - 35;
                Days { first, last: first + next(spread) }
            };
            let (start, end, anchor) = (range(6), range(6), range(6));
            for relation in relations {
                let mut results = Vec::new();
                let mut days = Vec::new();
                for a in anchor.first..=anchor.last {
                    for s in start.first..=start.last {
                        days.push(one(relation, s, a));
                        for e in end.first.max(s)..=end.last {
                            results.push((s..=e).any(|d| one(relation, d, a)));
                        }
                    }
                }
                let all = |r: &[bool]| r.iter().all(|x| *x);
                let any = |r: &[bool]| r.iter().any(|x| *x);
                let extent = Extent { start, end };
                if !results.is_empty() {
                    assert_eq!(relation.surely(extent, anchor), all(&results), "{relation:?} {extent:?} {anchor:?}");
                    assert_eq!(relation.possibly(extent, anchor), any(&results), "{relation:?} {extent:?} {anchor:?}");
                }
                assert_eq!(relation.surely(Extent::day(start), anchor), all(&days), "{relation:?}");
                assert_eq!(relation.possibly(Extent::day(start), anchor), any(&days), "{relation:?}");
            }
        }
    }
}
