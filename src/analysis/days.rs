//! Days that satisfy comparisons of each other: a theory beside the solver.
//!
//! Every comparison of dates in the language comes down to `step(x) <= y`,
//! where the step is monotone: a distance of the calendar, or the start or end
//! of a month or year. Such systems are closed under taking the lesser and the
//! greater of two solutions, so raising lower bounds to their fixpoint decides
//! them exactly, calendar clamping and all; what raised a bound last explains a
//! conflict.

use std::collections::VecDeque;

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
const MAX_RAISES: usize = 4_000_000;

/// An index of a day that is looked for.
pub(super) type DayVar = usize;

/// The span of a partial date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Period {
    Month,
    Year,
}

/// A monotone function of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Step {
    /// Plus months, then plus days.
    Shift { months: i32, days: i32 },
    /// The first day of the period.
    Start(Period),
    /// The last day of the period.
    End(Period),
    /// The first day of a period that is not before.
    NextStart(Period),
}

impl Step {
    /// A distance and some days more.
    pub fn shift(count: i32, unit: CalendarUnit, slack: i32) -> Self {
        match unit {
            CalendarUnit::Days => Self::Shift { months: 0, days: count + slack },
            CalendarUnit::Weeks => Self::Shift { months: 0, days: 7 * count + slack },
            CalendarUnit::Months => Self::Shift { months: count, days: slack },
            CalendarUnit::Years => Self::Shift { months: 12 * count, days: slack },
        }
    }

    /// Where it leads from `day`.
    pub fn apply(self, day: Day) -> Day {
        match self {
            Self::Shift { months, days } => add(day, months, CalendarUnit::Months) + days,
            Self::Start(period) => start(period, day),
            Self::End(period) => end(period, day),
            Self::NextStart(period) => {
                let first = start(period, day);
                if first == day { day } else { end(period, day) + 1 }
            }
        }
    }

    /// The last day from which it leads no further than `limit`.
    fn last_within(self, limit: Day) -> Day {
        match self {
            Self::Shift { months, days } => {
                let limit = limit - days;
                // Clamping makes the distance back differ by at most the length of a month's end.
                let mut day = add(limit, -months, CalendarUnit::Months);
                while add(day + 1, months, CalendarUnit::Months) <= limit {
                    day += 1;
                }
                while add(day, months, CalendarUnit::Months) > limit {
                    day -= 1;
                }
                day
            }
            Self::Start(period) => end(period, limit),
            Self::End(period) => if end(period, limit) == limit { limit } else { start(period, limit) - 1 },
            Self::NextStart(period) => start(period, limit),
        }
    }

    /// The least and the most that it moves any day.
    pub fn reach(self) -> (Day, Day) {
        match self {
            Self::Shift { months: 0, days } => (days, days),
            Self::Shift { months, days } => {
                // Four years hold every month's end and every leap day but those that centuries lack.
                let starts = LEAP_CYCLE.0..LEAP_CYCLE.1;
                let moved = starts.map(|day| add(day, months, CalendarUnit::Months) - day);
                let (least, most) = moved.fold((Day::MAX, Day::MIN), |(least, most), n| (least.min(n), most.max(n)));
                let lacking = if months.abs() < 48 { 0 } else { 1 + months.abs() / 1_200 };
                let (shorter, longer) = if months < 0 { (0, lacking) } else { (lacking, 0) };
                (least - shorter + days, most + longer + days)
            }
            Self::Start(Period::Month) => (-30, 0),
            Self::Start(Period::Year) => (-365, 0),
            Self::End(Period::Month) | Self::NextStart(Period::Month) => (0, 31),
            Self::End(Period::Year) | Self::NextStart(Period::Year) => (0, 366),
        }
    }
}

fn start(period: Period, day: Day) -> Day {
    let (year, month, _) = civil_from_day(day);
    match period {
        Period::Month => day_from_civil(year, month, 1),
        Period::Year => day_from_civil(year, 1, 1),
    }
}

fn end(period: Period, day: Day) -> Day {
    let (year, month, _) = civil_from_day(day);
    match period {
        Period::Month => day_from_civil(year, month, days_in_month(year, month)),
        Period::Year => day_from_civil(year, 12, 31),
    }
}

/// `step(from) <= to`, or, where it does not hold, `step(from) > to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub from: DayVar,
    pub step: Step,
    pub to: DayVar,
    pub holds: bool,
}

impl Rule {
    /// The variable whose lower bound follows, and from which: `left >= f(right)`.
    fn sides(&self) -> (DayVar, DayVar) {
        if self.holds { (self.to, self.from) } else { (self.from, self.to) }
    }

    /// The least value of the left side, given the least of the right.
    fn least(&self, right: Day) -> Day {
        if self.holds { self.step.apply(right) } else { self.step.last_within(right) + 1 }
    }

    /// The greatest value of the right side, given the greatest of the left.
    fn greatest(&self, left: Day) -> Day {
        if self.holds { self.step.last_within(left) } else { self.step.apply(left) - 1 }
    }

    /// By how much the left side exceeds the right, at least.
    fn gain(&self) -> Day {
        let (least, most) = self.step.reach();
        if self.holds { least } else { 1 - most }
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
            let Step::Shift { months, days } = rule.step else {
                total += rule.gain();
                continue;
            };
            if months == 0 {
                // Days between a distance and its way back count with them.
                match open.last_mut() {
                    Some((_, between)) => *between += rule.gain(),
                    None => total += rule.gain(),
                }
                continue;
            }
            match open.pop() {
                Some((Rule { step: Step::Shift { months: same, days: out }, holds, .. }, between)) if same == months && holds != rule.holds => {
                    let over = if holds { out + between - days } else { days - out };
                    let loss = if holds && over < 0 { over - 4 } else if holds { 0 } else if between < 0 { over + between - 4 } else { over };
                    let net = 1 + loss;
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

/// Whether going round a circle of rules gains from every day on: it has no end but the limits of time.
fn always_gains(circle: &[Rule], from: Day) -> bool {
    if gain(circle) > 0 {
        return true;
    }
    // Rounds never pass over a day where they could rest, and the calendar repeats itself.
    let mut day = from;
    while day <= from + ERA {
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

/// The least and greatest days of each variable under some rules.
#[derive(Debug)]
pub(super) struct Bounds<'r> {
    pub least: Vec<Day>,
    pub greatest: Vec<Day>,
    rules: &'r [Rule],
    by_right: Vec<Vec<usize>>,
    by_left: Vec<Vec<usize>>,
    /// The rule that raised the least day last.
    raised: Vec<Option<usize>>,
    /// The rule that lowered the greatest day last.
    lowered: Vec<Option<usize>>,
    raises: usize,
    /// Circles that are known to come to rest.
    at_rest: Vec<Vec<usize>>,
}

impl<'r> Bounds<'r> {
    /// All of time for so many variables.
    pub fn new(count: usize, rules: &'r [Rule]) -> Self {
        let mut by_right: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut by_left: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (i, rule) in rules.iter().enumerate() {
            let (left, right) = rule.sides();
            by_right[right].push(i);
            by_left[left].push(i);
        }
        Self {
            least: vec![FIRST; count],
            greatest: vec![LAST; count],
            rules,
            by_right,
            by_left,
            raised: vec![None; count],
            lowered: vec![None; count],
            raises: 0,
            at_rest: Vec::new(),
        }
    }

    /// Tightens the bounds to the least and greatest solutions of the rules.
    pub fn tighten(&mut self) -> Result<(), NoDays> {
        let all: Vec<DayVar> = (0..self.least.len()).filter(|var| !self.by_left[*var].is_empty() || !self.by_right[*var].is_empty()).collect();
        self.raise(all.clone())?;
        self.lower(all)
    }

    /// Settles one variable as near to `wish` as the rules allow.
    pub fn settle(&mut self, var: DayVar, wish: Day) -> Result<(), NoDays> {
        self.least[var] = wish.clamp(self.least[var], self.greatest[var]);
        self.raise(vec![var])?;
        self.greatest[var] = self.least[var];
        self.lower(vec![var])
    }

    /// Raises what follows from the least days of some variables.
    fn raise(&mut self, from: Vec<DayVar>) -> Result<(), NoDays> {
        let mut queue = VecDeque::from(from);
        let mut since = 0u32;
        while let Some(right) = queue.pop_front() {
            for i in &self.by_right[right] {
                let rule = &self.rules[*i];
                let (left, _) = rule.sides();
                let least = rule.least(self.least[right]);
                if least <= self.least[left] {
                    continue;
                }
                self.least[left] = least;
                self.raised[left] = Some(*i);
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
                    && let Some(circle) = circle(self.rules, left, &self.raised)
                    && !self.at_rest.contains(&circle)
                {
                    let rules: Vec<Rule> = circle.iter().map(|i| self.rules[*i]).collect();
                    let start = self.least[rules[0].sides().1];
                    if always_gains(&rules, start) {
                        return Err(NoDays::Conflict(circle));
                    }
                    self.at_rest.push(circle);
                }
                if !queue.contains(&left) {
                    queue.push_back(left);
                }
            }
        }
        Ok(())
    }

    /// Lowers what follows from the greatest days of some variables; a solution is known to exist.
    fn lower(&mut self, from: Vec<DayVar>) -> Result<(), NoDays> {
        let mut queue = VecDeque::from(from);
        while let Some(left) = queue.pop_front() {
            for i in &self.by_left[left] {
                let rule = &self.rules[*i];
                let (_, right) = rule.sides();
                let greatest = rule.greatest(self.greatest[left]);
                if greatest >= self.greatest[right] {
                    continue;
                }
                self.greatest[right] = greatest;
                self.lowered[right] = Some(*i);
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
        let mut core = chain(self.rules, var, &self.raised, |rule| rule.sides().1);
        core.extend(chain(self.rules, var, &self.lowered, |rule| rule.sides().0));
        core.sort_unstable();
        core.dedup();
        core
    }
}

/// The rules that led to the bound of a variable, back to the limits they started from.
fn chain(rules: &[Rule], var: DayVar, because: &[Option<usize>], before: impl Fn(&Rule) -> DayVar) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = var;
    while let Some(i) = because[at] {
        if found.contains(&i) {
            break;
        }
        found.push(i);
        at = before(&rules[i]);
    }
    found
}

/// The rules of a circle among those that raised bounds, in the order in which they raise, if the way back
/// from `var` runs into one.
fn circle(rules: &[Rule], var: DayVar, raised: &[Option<usize>]) -> Option<Vec<usize>> {
    let mut seen = vec![None; raised.len()];
    let mut way = Vec::new();
    let mut at = var;
    loop {
        if let Some(start) = seen[at] {
            return Some(way[start..].iter().rev().copied().collect());
        }
        seen[at] = Some(way.len());
        let i = raised[at]?;
        way.push(i);
        at = rules[i].sides().1;
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
        Rule { from, step, to, holds }
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
            Step::Start(Period::Month),
            Step::End(Period::Month),
            Step::NextStart(Period::Year),
            Step::End(Period::Year),
            Step::NextStart(Period::Month),
        ];
        for step in steps {
            for d in (day("1999-01-20")..day("2004-03-05")).chain(day("1900-02-20")..day("1900-03-05")) {
                let last = step.last_within(d);
                assert!(step.apply(last) <= d && step.apply(last + 1) > d, "{step:?} {d}");
                let (least, most) = step.reach();
                assert!((least..=most).contains(&(step.apply(d) - d)), "{step:?} {d}");
            }
        }
    }

    #[test]
    fn a_circle_that_always_gains_is_a_conflict() {
        let before = Step::shift(0, Days, 1);
        let rules = [rule(0, before, 1, true), rule(1, before, 2, true), rule(2, before, 0, true)];
        assert!(matches!(Bounds::new(3, &rules).tighten(), Err(NoDays::Conflict(core)) if core.len() == 3));
    }

    #[test]
    fn what_only_some_months_allow_is_found() {
        // Six months after x, and yet within 26 weeks of it: only where six months are short enough.
        let rules = [rule(0, Step::shift(6, Months, 0), 1, true), rule(0, Step::shift(26, Weeks, 1), 1, false)];
        let mut bounds = Bounds::new(2, &rules);
        bounds.least[0] = day("2025-03-01");
        bounds.tighten().unwrap();
        bounds.settle(0, day("2025-09-01")).unwrap();
        bounds.settle(1, day("2026-03-01")).unwrap();
        let (x, y) = (bounds.least[0], bounds.least[1]);
        assert!(add(x, 6, Months) <= y && y <= x + 182);
        // No half-year has only 180 days.
        let rules = [rules[0], rule(0, Step::shift(180, Days, 1), 1, false)];
        assert!(matches!(Bounds::new(2, &rules).tighten(), Err(NoDays::Conflict(_))));
    }

    #[test]
    fn a_partial_date_is_a_whole_month() {
        let rules = [
            rule(0, Step::End(Period::Month), 1, true),
            rule(1, Step::Start(Period::Month), 0, true),
            rule(0, Step::NextStart(Period::Month), 1, true),
        ];
        let mut bounds = Bounds::new(2, &rules);
        bounds.tighten().unwrap();
        bounds.settle(0, day("2024-02-10")).unwrap();
        assert_eq!((bounds.least[0], bounds.least[1]), (day("2024-03-01"), day("2024-03-31")));
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
        assert!(matches!(Bounds::new(3, &rules).tighten(), Err(NoDays::Conflict(core)) if core.len() == 3));
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
                    rule(0, Step::Shift { months, days: draw(7) as i32 - 3 }, 1, draw(2) == 0)
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
