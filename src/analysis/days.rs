//! Days that satisfy comparisons of each other: a theory beside the solver.
//!
//! Every comparison of dates in the language comes down to `step(x) <= y`,
//! where the step is monotone: a distance of the calendar, or the start or end
//! of a month or year. Such systems are closed under taking the lesser and the
//! greater of two solutions, so raising lower bounds to their fixpoint decides
//! them exactly, calendar clamping and all; what raised a bound last explains a
//! conflict.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use crate::calendar::{CalendarUnit, Day, add, civil_from_day, day_from_civil, days_in_month};

/// The first day that a record can say: 0001-01-01.
pub(super) const FIRST: Day = -719_162;
/// The last day that a record can say: 9999-12-31.
pub(super) const LAST: Day = 2_932_896;

/// Days after which the calendar repeats itself.
const ERA: Day = 146_097;

/// The days of 2024 to 2027.
const LEAP_CYCLE: (Day, Day) = (19_723, 21_184);

/// Bounds are raised at most so often before the question is given up.
const MAX_RAISES: usize = 2_000_000;

/// An index of a day that is looked for.
pub(super) type DayVar = usize;

/// The span of a partial date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Period {
    Month,
    Year,
}

impl Period {
    /// The first day of the period that a day is in.
    pub fn start(self, day: Day) -> Day {
        let (year, month, _) = civil_from_day(day);
        day_from_civil(year, if self == Self::Month { month } else { 1 }, 1)
    }

    /// The last day of the period that a day is in.
    pub fn end(self, day: Day) -> Day {
        let (year, month, _) = civil_from_day(day);
        let month = if self == Self::Month { month } else { 12 };
        day_from_civil(year, month, days_in_month(year, month))
    }

    /// The first day of a period that is not before a day.
    pub fn next_start(self, day: Day) -> Day {
        if self.start(day) == day { day } else { self.end(day) + 1 }
    }

    /// The first day of the last period that ends by a day.
    fn last_ended(self, day: Day) -> Day {
        if self.end(day) == day { self.start(day) } else { self.start(self.start(day) - 1) }
    }
}

/// A distance: plus months, then plus days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Step {
    months: i32,
    days: i32,
}

impl Step {
    /// A distance and some days more.
    pub fn shift(count: i32, unit: CalendarUnit, slack: i32) -> Self {
        match unit {
            CalendarUnit::Days => Self { months: 0, days: count + slack },
            CalendarUnit::Weeks => Self { months: 0, days: 7 * count + slack },
            CalendarUnit::Months => Self { months: count, days: slack },
            CalendarUnit::Years => Self { months: 12 * count, days: slack },
        }
    }

    /// The distance without the day that strictness adds.
    pub fn without_slack(self) -> Self {
        if self.months == 0 { self } else { Self { days: 0, ..self } }
    }

    /// So many days more.
    pub fn plus(self, days: i32) -> Self {
        Self { days: self.days + days, ..self }
    }

    /// Whether the two differ in days alone.
    pub fn is_parallel(self, other: Self) -> bool {
        self.months == other.months
    }

    /// Where it leads from `day`.
    pub fn apply(self, day: Day) -> Day {
        add(day, self.months, CalendarUnit::Months) + self.days
    }

    /// The last day from which it leads no further than `limit`.
    pub fn last_within(self, limit: Day) -> Day {
        let limit = limit - self.days;
        if self.months == 0 {
            return limit;
        }
        // Clamping makes the distance back differ by at most the length of a month's end.
        let mut day = add(limit, -self.months, CalendarUnit::Months);
        while add(day + 1, self.months, CalendarUnit::Months) <= limit {
            day += 1;
        }
        while add(day, self.months, CalendarUnit::Months) > limit {
            day -= 1;
        }
        day
    }

    /// The least and the most that it moves any day.
    pub fn reach(self) -> (Day, Day) {
        let Self { months, days } = self;
        if months == 0 {
            return (days, days);
        }
        // Four years hold every month's end and every leap day but those that centuries lack.
        // Within a month only the last days, which may clamp, are moved otherwise than the first.
        let starts = (LEAP_CYCLE.0..LEAP_CYCLE.1).scan(civil_from_day(LEAP_CYCLE.0), |civil, day| {
            let (year, month, date) = *civil;
            *civil = match date {
                _ if date < days_in_month(year, month) => (year, month, date + 1),
                _ if month < 12 => (year, month + 1, 1),
                _ => (year + 1, 1, 1),
            };
            Some((day, date))
        });
        let starts = starts.filter(|(_, date)| *date == 1 || *date >= 28).map(|(day, _)| day);
        let moved = starts.map(|day| add(day, months, CalendarUnit::Months) - day);
        let (least, most) = moved.fold((Day::MAX, Day::MIN), |(least, most), n| (least.min(n), most.max(n)));
        // Up to three years there is a run without a leap day among them; beyond that, allow for every century.
        let lacking = if months.abs() <= 36 { 0 } else { 2 + months.abs() / 1_200 };
        (least - lacking + days, most + lacking + days)
    }
}

/// A day in a rule: a variable, or, where the variable is the first day of a period, perhaps its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub var: DayVar,
    /// The variable is the first day of such a period.
    pub period: Option<Period>,
    /// The last day of the period is meant.
    pub last: bool,
}

impl At {
    /// A day by itself.
    pub fn day(var: DayVar) -> Self {
        Self { var, period: None, last: false }
    }

    /// The day, given the variable.
    fn of(self, var: Day) -> Day {
        match self.period {
            Some(period) if self.last => period.end(var),
            _ => var,
        }
    }

    /// The least value of the variable for which the day is not before `day`.
    fn not_before(self, day: Day) -> Day {
        match self.period {
            Some(period) if self.last => period.start(day),
            Some(period) => period.next_start(day),
            None => day,
        }
    }

    /// The greatest value of the variable for which the day is not after `day`.
    fn not_after(self, day: Day) -> Day {
        match self.period {
            Some(period) if self.last => period.last_ended(day),
            Some(period) => period.start(day),
            None => day,
        }
    }
}

/// `step(from) <= to`, or, where it does not hold, `step(from) > to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub from: At,
    pub step: Step,
    pub to: At,
    pub holds: bool,
}

impl Rule {
    /// What is bounded from below, and by what: `left >= f(right)`.
    fn sides(&self) -> (At, At) {
        if self.holds { (self.to, self.from) } else { (self.from, self.to) }
    }

    fn left(&self) -> DayVar {
        self.sides().0.var
    }

    fn right(&self) -> DayVar {
        self.sides().1.var
    }

    /// The least value of the left variable, given the least of the right.
    fn least(&self, right: Day) -> Day {
        let (to, from) = self.sides();
        let day = from.of(right);
        to.not_before(if self.holds { self.step.apply(day) } else { self.step.last_within(day) + 1 })
    }

    /// The greatest value of the right variable, given the greatest of the left.
    fn greatest(&self, left: Day) -> Day {
        let (to, from) = self.sides();
        let day = to.of(left);
        from.not_after(if self.holds { self.step.last_within(day) } else { self.step.apply(day) - 1 })
    }

    /// By how much the left variable exceeds the right, at least, as far as the step tells.
    fn gain(&self) -> Day {
        let (least, most) = self.step.reach();
        (if self.holds { least } else { 1 - most }) - self.rounding()
    }

    /// What going back to the start of a period can lose.
    fn rounding(&self) -> Day {
        match self.sides().0 {
            At { period: Some(Period::Month), last: true, .. } => 30,
            At { period: Some(Period::Year), last: true, .. } => 365,
            _ => 0,
        }
    }
}

/// By how many days going round a circle of rules gains at the least, from where it is best entered; where
/// that is more than none, it rests nowhere.
///
/// A distance forward and the same distance back cancel, wherever the calendar
/// clamps: going forward and back never ends before the start.
fn gain(circle: &[Rule]) -> Day {
    let mut best = Day::MIN;
    for start in 0..circle.len() {
        let (mut total, mut open): (Day, Vec<(Rule, Day)>) = (0, Vec::new());
        for rule in circle[start..].iter().chain(&circle[..start]) {
            let Step { months, days } = rule.step;
            if months == 0 {
                // Days between a distance and its way back count with them.
                match open.last_mut() {
                    Some((_, between)) => *between += rule.gain(),
                    None => total += rule.gain(),
                }
                continue;
            }
            match open.pop() {
                Some((way @ Rule { step: Step { months: same, days: out }, holds, .. }, between)) if same == months && holds != rule.holds => {
                    let between = between - way.rounding();
                    let over = if holds { out + between - days } else { days - out };
                    let loss = match (holds, over < 0, between < 0) {
                        (true, true, _) => over - 4,
                        (true, false, _) => 0,
                        (false, _, true) => over + between - 4,
                        (false, _, false) => over,
                    };
                    let net = 1 + loss - rule.rounding();
                    match open.last_mut() {
                        Some((_, between)) => *between += net,
                        None => total += net,
                    }
                }
                Some((other, between)) => {
                    open.push((other, between));
                    open.push((*rule, 0));
                }
                None => open.push((*rule, 0)),
            }
        }
        let left: Day = open.iter().map(|(rule, between)| rule.gain() + between).sum();
        best = best.max(total + left);
    }
    best
}

/// What is known of circles of rules, whatever variables they go through.
#[derive(Debug, Default)]
pub(super) struct Circles(RefCell<HashMap<Vec<Turn>, bool>>);

/// A rule without its variables: its step, whether it holds, and the periods of its two sides.
type Turn = (Step, bool, Option<(Period, bool)>, Option<(Period, bool)>);

impl Circles {
    /// Whether going round a circle gains from every day on: it has no end but the limits of time.
    fn always_gain(&self, circle: &[Rule]) -> bool {
        let side = |at: At| at.period.map(|period| (period, at.last));
        let key = circle.iter().map(|rule| (rule.step, rule.holds, side(rule.from), side(rule.to))).collect();
        *self.0.borrow_mut().entry(key).or_insert_with(|| gain(circle) > 0 || never_rests(circle))
    }
}

/// Goes round until a round rests; it never passes over a day where it could, and the calendar repeats itself.
fn never_rests(circle: &[Rule]) -> bool {
    let mut day = 0;
    while day <= ERA {
        let round = circle.iter().fold(day, |day, rule| rule.least(day));
        if round <= day {
            return false;
        }
        day = round;
    }
    true
}

/// Why there are no such days.
#[derive(Debug)]
pub(super) enum NoDays {
    /// These rules (by index) and the limits of the variables cannot hold together.
    Conflict(Vec<usize>),
    /// It took too long to tell.
    GaveUp,
}

/// A bound that moved.
#[derive(Debug, Clone, Copy)]
struct Moved {
    rule: usize,
    /// What moved the bound that it followed from; none, where that stands at its limit.
    before: Option<usize>,
    to: Day,
}

/// The least and greatest days of each variable under some rules.
#[derive(Debug)]
pub(super) struct Bounds<'r> {
    pub least: Vec<Day>,
    pub greatest: Vec<Day>,
    rules: &'r [Rule],
    circles: &'r Circles,
    by_right: Vec<Vec<usize>>,
    by_left: Vec<Vec<usize>>,
    /// Every raise and lowering, each with the one that it followed from.
    log: Vec<Moved>,
    /// Where the log begins anew, after a bound was set that follows from nothing.
    begun: usize,
    /// What raised the least day last.
    raised: Vec<Option<usize>>,
    /// What lowered the greatest day last.
    lowered: Vec<Option<usize>>,
    raises: usize,
    /// Circles that are known to come to rest.
    at_rest: Vec<Vec<usize>>,
}

impl<'r> Bounds<'r> {
    /// All of time for so many variables.
    pub fn new(count: usize, rules: &'r [Rule], circles: &'r Circles) -> Self {
        let mut by_right: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut by_left: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (i, rule) in rules.iter().enumerate() {
            by_right[rule.right()].push(i);
            by_left[rule.left()].push(i);
        }
        Self {
            least: vec![FIRST; count],
            greatest: vec![LAST; count],
            rules,
            circles,
            by_right,
            by_left,
            log: Vec::new(),
            begun: 0,
            raised: vec![None; count],
            lowered: vec![None; count],
            raises: 0,
            at_rest: Vec::new(),
        }
    }

    /// Tightens the bounds to the least and greatest solutions of the rules.
    pub fn tighten(&mut self) -> Result<(), NoDays> {
        for rule in self.rules {
            for at in [rule.from, rule.to] {
                if let Some(period) = at.period {
                    self.greatest[at.var] = self.greatest[at.var].min(period.start(LAST));
                }
            }
        }
        let all: Vec<DayVar> = (0..self.least.len()).filter(|var| !self.by_left[*var].is_empty() || !self.by_right[*var].is_empty()).collect();
        self.raise(all.clone())?;
        self.lower(all)
    }

    /// Settles one variable as near to `wish` as the rules allow.
    pub fn settle(&mut self, var: DayVar, wish: Day) -> Result<(), NoDays> {
        let wish = self.period(var).map_or(wish, |period| period.start(wish));
        self.least[var] = wish.clamp(self.least[var], self.greatest[var]);
        self.begun = self.log.len();
        self.raise(vec![var])?;
        self.greatest[var] = self.least[var];
        self.lower(vec![var])
    }

    /// The period that a variable is the first day of.
    fn period(&self, var: DayVar) -> Option<Period> {
        let rules = self.by_left[var].iter().chain(&self.by_right[var]);
        rules.flat_map(|i| [self.rules[*i].from, self.rules[*i].to]).find(|at| at.var == var).and_then(|at| at.period)
    }

    /// Raises what follows from the least days of some variables.
    fn raise(&mut self, from: Vec<DayVar>) -> Result<(), NoDays> {
        let mut queue = VecDeque::from(from);
        let mut since = 0u32;
        while let Some(right) = queue.pop_front() {
            for i in &self.by_right[right] {
                let rule = &self.rules[*i];
                let left = rule.left();
                let least = rule.least(self.least[right]);
                if least <= self.least[left] {
                    continue;
                }
                self.least[left] = least;
                self.log.push(Moved { rule: *i, before: self.raised[right], to: least });
                self.raised[left] = Some(self.log.len() - 1);
                self.raises += 1;
                since += 1;
                if least > self.greatest[left] {
                    return Err(NoDays::Conflict(self.no_room(left)));
                }
                if self.raises > MAX_RAISES {
                    return Err(NoDays::GaveUp);
                }
                // What is raised again and again goes round in a circle: has that an end?
                if since > 16 && since.is_power_of_two()
                    && let Some(circle) = self.circle(left)
                    && !self.at_rest.contains(&circle)
                {
                    let rules: Vec<Rule> = circle.iter().map(|i| self.rules[*i]).collect();
                    if self.circles.always_gain(&rules) {
                        return Err(NoDays::Conflict(circle));
                    }
                    self.at_rest.push(circle);
                }
                // The way back is as long as the climb: looked at four times while that doubles, it costs little more.
                if since >= 256 && since.is_multiple_of(1 << (since.ilog2() - 2))
                    && let Some(rules) = self.endless(left)
                {
                    return Err(NoDays::Conflict(rules));
                }
                if !queue.contains(&left) {
                    queue.push_back(left);
                }
            }
        }
        Ok(())
    }

    /// The rules by which a variable has raised itself through a whole era: were there a day where they rest, one
    /// would lie within any era, and nothing that follows from an earlier day would have passed over it.
    fn endless(&self, var: DayVar) -> Option<Vec<usize>> {
        let now = self.least[var];
        let mut rules = Vec::new();
        let mut entry = self.raised[var];
        while let Some(Moved { rule, before, to }) = entry.filter(|i| *i >= self.begun).map(|i| self.log[i]) {
            if self.rules[rule].left() == var && now - to >= ERA {
                rules.sort_unstable();
                rules.dedup();
                return Some(rules);
            }
            rules.push(rule);
            entry = before;
        }
        None
    }

    /// Lowers what follows from the greatest days of some variables; a solution is known to exist.
    fn lower(&mut self, from: Vec<DayVar>) -> Result<(), NoDays> {
        let mut queue = VecDeque::from(from);
        while let Some(left) = queue.pop_front() {
            for i in &self.by_left[left] {
                let rule = &self.rules[*i];
                let right = rule.right();
                let greatest = rule.greatest(self.greatest[left]);
                if greatest >= self.greatest[right] {
                    continue;
                }
                self.greatest[right] = greatest;
                self.log.push(Moved { rule: *i, before: self.lowered[left], to: greatest });
                self.lowered[right] = Some(self.log.len() - 1);
                self.raises += 1;
                if greatest < self.least[right] {
                    return Err(NoDays::Conflict(self.no_room(right)));
                }
                if self.raises > MAX_RAISES {
                    return Err(NoDays::GaveUp);
                }
                if !queue.contains(&right) {
                    queue.push_back(right);
                }
            }
        }
        Ok(())
    }

    /// Why the least day of a variable lies behind its greatest.
    fn no_room(&self, var: DayVar) -> Vec<usize> {
        let mut core = Vec::new();
        for mut entry in [self.raised[var], self.lowered[var]] {
            while let Some(Moved { rule, before, .. }) = entry.map(|i| self.log[i]) {
                core.push(rule);
                entry = before;
            }
        }
        core.sort_unstable();
        core.dedup();
        core
    }

    /// The rules of a circle among those that raised bounds last, in the order in which they raise, if the way
    /// back from `var` runs into one.
    fn circle(&self, var: DayVar) -> Option<Vec<usize>> {
        let mut seen = vec![None; self.raised.len()];
        let mut way: Vec<usize> = Vec::new();
        let mut at = var;
        loop {
            if let Some(start) = seen[at] {
                return Some(way[start..].iter().rev().copied().collect());
            }
            seen[at] = Some(way.len());
            let Moved { rule, .. } = self.log[self.raised[at]?];
            way.push(rule);
            at = self.rules[rule].right();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{CalendarUnit::*, Days};

    fn day(text: &str) -> Day {
        Days::parse(text).unwrap().first
    }

    fn rule(from: DayVar, step: Step, to: DayVar, holds: bool) -> Rule {
        Rule { from: At::day(from), step, to: At::day(to), holds }
    }

    #[test]
    fn the_limits_are_those_of_records() {
        assert_eq!((FIRST, LAST), (day("0001-01-01"), day("9999-12-31")));
        assert_eq!(LEAP_CYCLE, (day("2024-01-01"), day("2028-01-01")));
    }

    #[test]
    fn steps_and_their_inverses_belong_together() {
        let steps = [
            Step::shift(6, Months, 0),
            Step::shift(-7, Months, 1),
            Step::shift(5, Years, 1),
            Step::shift(3, Weeks, 0),
        ];
        for step in steps {
            for d in (day("1999-01-20")..day("2004-03-05")).chain(day("1896-02-20")..day("1904-03-05")) {
                let last = step.last_within(d);
                assert!(step.apply(last) <= d && step.apply(last + 1) > d, "{step:?} {d}");
                let (least, most) = step.reach();
                assert!((least..=most).contains(&(step.apply(d) - d)), "{step:?} {d}");
            }
        }
    }

    #[test]
    fn no_distance_reaches_further_than_it_is_said_to() {
        for months in (0..50).chain([60, 119, 1_199, 1_200, 1_201, 2_400]).flat_map(|n| [n, -n]) {
            let step = Step { months, days: 0 };
            let (least, most) = step.reach();
            for d in (day("1790-01-01")..day("2110-01-01")).step_by(5).chain(day("1896-02-20")..day("1904-03-05")) {
                assert!((least..=most).contains(&(step.apply(d) - d)), "{step:?} {d}");
            }
        }
    }

    #[test]
    fn a_conflict_names_every_cause_though_it_went_round_a_circle() {
        // x a month before y, y within 30 days of x: it rests only in some months. In March, x is pushed on
        // and what brought it there has to be part of the conflict.
        let (x, y, after, by) = (0, 1, 2, 3);
        let rules = [
            rule(x, Step::shift(1, Months, 0), y, true),
            rule(x, Step::shift(30, Days, 1), y, false),
            rule(after, Step::shift(0, Days, 0), x, true),
            rule(x, Step::shift(0, Days, 0), by, true),
        ];
        let circles = Circles::default();
        let mut bounds = Bounds::new(4, &rules, &circles);
        (bounds.least[after], bounds.greatest[after]) = (day("2023-03-01"), day("2023-03-01"));
        (bounds.least[by], bounds.greatest[by]) = (day("2023-03-10"), day("2023-03-10"));
        match bounds.tighten() {
            Err(NoDays::Conflict(core)) => assert!(core.contains(&2) && core.contains(&3), "{core:?}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_circle_that_always_gains_is_a_conflict() {
        let before = Step::shift(0, Days, 1);
        let rules = [rule(0, before, 1, true), rule(1, before, 2, true), rule(2, before, 0, true)];
        assert!(matches!(Bounds::new(3, &rules, &Circles::default()).tighten(), Err(NoDays::Conflict(core)) if core.len() == 3));
    }

    #[test]
    fn what_only_some_months_allow_is_found() {
        // Six months after x, and yet within 26 weeks of it: only where six months are short enough.
        let rules = [rule(0, Step::shift(6, Months, 0), 1, true), rule(0, Step::shift(26, Weeks, 1), 1, false)];
        let circles = Circles::default();
        let mut bounds = Bounds::new(2, &rules, &circles);
        bounds.least[0] = day("2025-03-01");
        bounds.tighten().unwrap();
        bounds.settle(0, day("2025-09-01")).unwrap();
        bounds.settle(1, day("2026-03-01")).unwrap();
        let (x, y) = (bounds.least[0], bounds.least[1]);
        assert!(add(x, 6, Months) <= y && y <= x + 182);
        // No half-year has only 180 days.
        let rules = [rules[0], rule(0, Step::shift(180, Days, 1), 1, false)];
        assert!(matches!(Bounds::new(2, &rules, &Circles::default()).tighten(), Err(NoDays::Conflict(_))));
    }

    #[test]
    fn a_partial_date_is_a_whole_month() {
        // The 40 days after x end by the last day of a month that starts at y.
        let month = At { var: 1, period: Some(Period::Month), last: true };
        let rules = [Rule { from: At::day(0), step: Step::shift(40, Days, 0), to: month, holds: true }];
        let circles = Circles::default();
        let mut bounds = Bounds::new(2, &rules, &circles);
        bounds.tighten().unwrap();
        bounds.settle(0, day("2024-01-05")).unwrap();
        bounds.settle(1, day("2024-02-10")).unwrap();
        assert_eq!((bounds.least[0], bounds.least[1]), (day("2024-01-05"), day("2024-02-01")));
        bounds = Bounds::new(2, &rules, &circles);
        bounds.tighten().unwrap();
        bounds.settle(1, day("2024-02-10")).unwrap();
        bounds.settle(0, day("2030-01-01")).unwrap();
        assert_eq!((bounds.least[0], bounds.least[1]), (day("2024-01-20"), day("2024-02-01")));
    }

    #[test]
    fn a_distance_and_its_way_back_never_lose() {
        // At least five years after x, and less than five years after a day that is not later than x.
        let rules = [
            rule(0, Step::shift(5, Years, 1), 1, true),
            rule(2, Step::shift(5, Years, 1), 1, false),
            rule(2, Step::shift(0, Days, 0), 0, true),
        ];
        assert!(gain(&[rules[0], rules[1], rules[2]]) > 0);
        assert!(matches!(Bounds::new(3, &rules, &Circles::default()).tighten(), Err(NoDays::Conflict(core)) if core.len() == 3));
    }

    #[test]
    fn a_circle_that_is_said_to_gain_never_rests() {
        let mut seed = 7u64;
        let mut draw = |bound: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 20) % bound
        };
        for _ in 0..3_000 {
            let circle: Vec<Rule> = (0..2 + draw(4))
                .map(|_| {
                    let months = [0, 1, 6, 6, 60][draw(5) as usize];
                    let mut rule = rule(0, Step { months, days: draw(7) as i32 - 3 }, 1, draw(2) == 0);
                    if draw(4) == 0 {
                        rule.to = At { var: 1, period: Some([Period::Month, Period::Year][draw(2) as usize]), last: draw(2) == 0 };
                    }
                    rule
                })
                .collect();
            let claimed = gain(&circle);
            for start in (day("2023-01-25")..day("2024-04-02")).step_by(2) {
                let round = circle.iter().fold(start, |day, rule| rule.least(day));
                assert!(claimed <= 0 || round > start, "{circle:?} rests at {start}, yet gains {claimed}");
            }
        }
    }
}
