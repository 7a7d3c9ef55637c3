//! Days that are numbers too: where a duration stands beside anything but a constant.
//!
//! In: durations, as sums of numbers; a model, and the numbers that answer it. Out: the days that are those numbers;
//! or, where the calendar does not allow them, what a calendar does allow around there, stated as clauses, so that
//! the question is asked again. Each clause holds of every record, so nobody is lost by it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::days::{DayVar, FIRST, LAST, Period, Step};
use super::super::linear::{Linear, NumVar};
use super::super::logic::Lit;
use super::{Objection, Term, Theory, Wishes};
use crate::calendar::{CalendarUnit, Day, completed};
use crate::number::Number;

/// How often days and numbers may come to different answers to one question.
pub(super) const MAX_PARTED: usize = 300;

/// The calendar repeats itself after so many days, which are so many months.
const ERA: (i64, i64) = (146_097, 4_800);

/// A day that so many months lead to lies within so many days of where months of mean length would lead.
const OFF: i64 = 5;

/// So many days before and after a day are looked at for steps as long as from there.
const MOST_AROUND: Day = 1_500;

/// A whole number of completed units between two days.
struct Elapsed {
    unit: CalendarUnit,
    from: Term,
    to: Term,
    count: NumVar,
}

/// The numbers that stand for days and durations.
#[derive(Default)]
pub(super) struct Ties {
    days: BTreeMap<DayVar, NumVar>,
    elapsed: Vec<Elapsed>,
    index: HashMap<(CalendarUnit, Term, Term), NumVar>,
    /// The comparisons of days, the durations of so many units and the dates of which it is stated how far apart
    /// they put the numbers.
    apart: BTreeSet<usize>,
    lengths: BTreeSet<(usize, i32)>,
    /// That no two days lie so that it depends on leap days and the lengths of months how many units are complete.
    plain: Option<Lit>,
    spans: BTreeSet<usize>,
}

impl Ties {
    /// What to look for first, since it is found without a calendar: it costs nothing where nobody is like that.
    pub fn plain(&self) -> Option<Lit> {
        self.plain
    }

    /// Where a number is wished to lie that stands for a day or a duration.
    pub fn wish(&self, var: NumVar, wishes: &Wishes<'_>) -> Option<Number> {
        let whole = |n: i32| Number::whole(i64::from(n));
        if let Some((day, _)) = self.days.iter().find(|(_, number)| **number == var) {
            return (wishes.day)(*day).map(whole);
        }
        let day = |term: Term| match term {
            Term::Day(day) => Some(day),
            Term::Var(var) => (wishes.day)(var),
        };
        let Elapsed { unit, from, to, .. } = self.elapsed.iter().find(|elapsed| elapsed.count == var)?;
        Some(whole(completed(*unit, day(*from)?, day(*to)?)))
    }
}

/// Where the numbers and the calendar part.
enum Parting {
    /// A comparison of days, by index.
    Atom(usize),
    /// A duration, by index.
    Elapsed(usize),
    /// A date that is a month or a year: by index, and which.
    Date(usize, Period, Lit),
    /// A day that is not a number yet.
    Untied(DayVar),
}

impl Theory {
    /// The completed units between two days, as a sum of numbers; the days are not the ends of time.
    pub fn elapsed(&mut self, unit: CalendarUnit, from: Term, to: Term) -> Linear {
        let apart = self.day_number(to).sub(&self.day_number(from));
        if unit == CalendarUnit::Days {
            return apart;
        }
        if let Some(count) = self.ties.index.get(&(unit, from, to)) {
            return Linear::var(*count);
        }
        let yes = self.logic.yes();
        let count = self.number(yes, yes, true).var;
        self.ties.index.insert((unit, from, to), count);
        self.ties.elapsed.push(Elapsed { unit, from, to, count });
        let (length, off) = match unit {
            CalendarUnit::Days | CalendarUnit::Weeks => (Number::whole(7), 0),
            CalendarUnit::Months => (Number::ratio(ERA.0, ERA.1), OFF),
            CalendarUnit::Years => (Number::ratio(12 * ERA.0, ERA.1), OFF),
        };
        // The units that are complete fit between the two days, and one more does not.
        let beyond = apart.sub(&Linear::var(count).scale(&length));
        let (fits, over) = (self.at_least(&beyond, -off), self.at_most_zero(&beyond.sub(&Linear::constant(length.add(&Number::whole(off)))), true));
        self.logic.clause(&[fits]);
        self.logic.clause(&[over]);
        self.plain(unit, from, to, count);
        Linear::var(count)
    }

    /// Where both dates are exact, it is a duration between two days, however it was asked.
    fn plain(&mut self, unit: CalendarUnit, from: Term, to: Term, count: NumVar) {
        let first = |theory: &Self, term: Term| match term {
            Term::Var(var) => theory.days[var].same_as,
            Term::Day(_) => None,
        };
        let ends = [first(self, from), first(self, to)];
        if ends.iter().all(Option::is_none) {
            return;
        }
        let [plain_from, plain_to] = [(from, ends[0]), (to, ends[1])].map(|(term, end)| end.map_or(term, |(first, _)| Term::Var(first)));
        let gap = self.elapsed(unit, plain_from, plain_to).sub(&Linear::var(count));
        let guards: Vec<Lit> = ends.into_iter().flatten().map(|(_, exact)| !exact).collect();
        for bound in [self.at_least(&gap, 0), !self.at_least(&gap, 1)] {
            self.logic.clause(&[&guards[..], &[bound]].concat());
        }
    }

    /// A day as a number: how many days it lies after the first of 1970.
    fn day_number(&mut self, term: Term) -> Linear {
        let constant = |day: Day| Linear::constant(Number::whole(i64::from(day)));
        let var = match term {
            Term::Day(day) => return constant(day),
            Term::Var(var) => var,
        };
        if let Some(day) = self.days[var].fixed {
            return constant(day);
        }
        if let Some(number) = self.ties.days.get(&var) {
            return Linear::var(*number);
        }
        // Of a day that is not there to be known the number is any.
        let yes = self.logic.yes();
        let number = self.number(yes, yes, true).var;
        self.ties.days.insert(var, number);
        let day = Linear::var(number);
        let bounds = [self.at_least(&day, i64::from(FIRST)), !self.at_least(&day, i64::from(LAST) + 1)];
        bounds.into_iter().for_each(|bound| self.logic.clause(&[bound]));
        if let Some((first, exact)) = self.days[var].same_as {
            let longer = day.sub(&self.day_number(Term::Var(first)));
            let (some, none) = (self.at_least(&longer, 0), !self.at_least(&longer, 1));
            self.logic.clause(&[some]);
            self.logic.clause(&[!exact, none]);
        }
        day
    }

    /// The sum is at least so much.
    fn at_least(&mut self, sum: &Linear, least: i64) -> Lit {
        !self.at_most_zero(&sum.sub(&Linear::constant(Number::whole(least))), true)
    }

    /// The days that the numbers of the model are; or else that they part, once what lies between is stated.
    pub(super) fn reconcile(&mut self, numbers: &BTreeMap<NumVar, Number>) -> Result<BTreeMap<DayVar, Day>, Objection> {
        if self.ties.days.is_empty() {
            return Ok(BTreeMap::new());
        }
        let whole = |var: &NumVar| numbers.get(var).and_then(Number::to_i64).and_then(|n| i32::try_from(n).ok());
        let told: BTreeMap<DayVar, Day> = self.ties.days.iter().filter_map(|(day, number)| Some((*day, whole(number)?))).collect();
        let counts: Vec<Option<i32>> = self.ties.elapsed.iter().map(|elapsed| whole(&elapsed.count)).collect();
        let partings = self.partings(&told, &counts);
        if partings.is_empty() {
            return Ok(told.into_iter().filter(|(day, _)| self.logic.holds(self.days[*day].alive)).collect());
        }
        for parting in partings {
            match parting {
                Parting::Atom(atom) => self.part_atom(atom, &told),
                Parting::Elapsed(elapsed) => self.part_elapsed(elapsed, counts[elapsed], &told),
                Parting::Date(date, period, kind) => self.part_date(date, period, kind, &told),
                Parting::Untied(day) => drop(self.day_number(Term::Var(day))),
            }
        }
        Err(Objection::Parted)
    }

    /// Where the numbers of the model are no days of it.
    fn partings(&self, told: &BTreeMap<DayVar, Day>, counts: &[Option<i32>]) -> Vec<Parting> {
        let alive = |day: DayVar| self.logic.holds(self.days[day].alive);
        let day = |var: DayVar| self.days[var].fixed.or_else(|| told.get(&var).copied());
        let mut partings = Vec::new();
        for (i, atom) in self.day_atoms.iter().enumerate().filter(|(_, atom)| alive(atom.from) && alive(atom.to)) {
            match (day(atom.from), day(atom.to)) {
                (Some(from), Some(to)) if (atom.step.apply(from) <= to) != self.logic.holds(atom.lit) => partings.push(Parting::Atom(i)),
                // What is compared with a number has to be one itself.
                (None, Some(_)) if self.days[atom.to].fixed.is_none() => partings.push(Parting::Untied(atom.from)),
                (Some(_), None) if self.days[atom.from].fixed.is_none() => partings.push(Parting::Untied(atom.to)),
                _ => {}
            }
        }
        for (i, (month, year, first, last)) in self.dates.iter().copied().enumerate().filter(|(_, date)| alive(date.2)) {
            let untied = match (day(first), day(last)) {
                (Some(_), None) => Some(last),
                (None, Some(_)) => Some(first),
                _ => None,
            };
            partings.extend(untied.map(Parting::Untied));
            let (Some(start), Some(end)) = (day(first), day(last)) else { continue };
            for (kind, period) in [(month, Period::Month), (year, Period::Year)] {
                if self.logic.holds(kind) && (period.start(start), period.end(start)) != (start, end) {
                    partings.push(Parting::Date(i, period, kind));
                }
            }
        }
        let end = |term: Term| match term {
            Term::Day(day) => Some(day),
            Term::Var(var) => day(var).filter(|_| alive(var)),
        };
        for (i, Elapsed { unit, from, to, .. }) in self.ties.elapsed.iter().enumerate() {
            if let (Some(from), Some(to), Some(count)) = (end(*from), end(*to), counts[i])
                && completed(*unit, from, to) != count
            {
                partings.push(Parting::Elapsed(i));
            }
        }
        partings
    }

    /// A comparison of two days: how far apart it puts the numbers wherever they lie, and what it says around the day at
    /// hand.
    fn part_atom(&mut self, atom: usize, told: &BTreeMap<DayVar, Day>) {
        let (from, step, to, lit) = { let atom = &self.day_atoms[atom]; (atom.from, atom.step, atom.to, atom.lit) };
        let (start, end) = (self.day_number(Term::Var(from)), self.day_number(Term::Var(to)));
        if let Some(day) = self.days[to].fixed {
            let late = self.at_least(&start, i64::from(step.last_within(day)) + 1);
            self.equate(lit, !late);
            return;
        }
        if let Some(day) = self.days[from].fixed {
            let reached = self.at_least(&end, i64::from(step.apply(day)));
            self.equate(lit, reached);
            return;
        }
        if self.ties.apart.insert(atom) {
            self.apart(&start, step, &end, lit);
        }
        if let Some(day) = told.get(&from) {
            self.around(&start, *day, step, &end, lit);
        }
    }

    /// How far apart two days are where the step from one leads no further than the other, and where it does.
    fn apart(&mut self, start: &Linear, step: Step, end: &Linear, holds: Lit) {
        let (least, most) = self.reach(step);
        let apart = end.sub(start);
        let (near, far) = (self.at_least(&apart, i64::from(least)), self.at_least(&apart, i64::from(most)));
        self.logic.clause(&[!holds, near]);
        self.logic.clause(&[holds, !far]);
        let plain = *self.ties.plain.get_or_insert_with(|| self.logic.likely());
        self.logic.clause(&[!plain, !near, far]);
    }

    fn equate(&mut self, a: Lit, b: Lit) {
        self.logic.clause(&[!a, b]);
        self.logic.clause(&[a, !b]);
    }

    /// Around `day` a step leads as far from every day: there it leads no further than `end` exactly where that lies so
    /// far from `start`.
    fn around(&mut self, start: &Linear, day: Day, step: Step, end: &Linear, holds: Lit) {
        let length = |day: Day| step.apply(day) - day;
        let same = length(day);
        let first = (1..=MOST_AROUND).take_while(|back| length(day - back) == same).last().map_or(day, |back| day - back);
        let last = (1..=MOST_AROUND).take_while(|on| length(day + on) == same).last().map_or(day, |on| day + on);
        let (before, after) = (!self.at_least(start, i64::from(first)), self.at_least(start, i64::from(last) + 1));
        let reached = self.at_least(&end.sub(start), i64::from(same));
        self.logic.clause(&[before, after, !holds, reached]);
        self.logic.clause(&[before, after, holds, !reached]);
    }

    /// A duration: how far so many units lead, from days around the one at hand.
    fn part_elapsed(&mut self, elapsed: usize, count: Option<i32>, told: &BTreeMap<DayVar, Day>) {
        let Elapsed { unit, from, to, count: var } = self.ties.elapsed[elapsed];
        let day = |theory: &Self, term: Term| match term {
            Term::Day(day) => Some(day),
            Term::Var(var) => theory.days[var].fixed.or_else(|| told.get(&var).copied()),
        };
        let (Some(start), Some(end), Some(count)) = (day(self, from), day(self, to), count) else { return };
        let units = completed(unit, start, end);
        // As many as the numbers say are too many, or one more would still fit.
        let units = if count > units { units + 1 } else { units };
        let reached = self.at_least(&Linear::var(var), i64::from(units));
        let (from, to) = (self.day_number(from), self.day_number(to));
        let step = Step::shift(units, unit, 0);
        if self.ties.lengths.insert((elapsed, units)) {
            self.apart(&from, step, &to, reached);
        }
        self.around(&from, start, step, &to, reached);
    }

    /// A date that is a month or a year starts where one starts, and ends where that ends.
    fn part_date(&mut self, date: usize, period: Period, kind: Lit, told: &BTreeMap<DayVar, Day>) {
        let (_, _, first, last) = self.dates[date];
        let Some(day) = told.get(&first).copied() else { return };
        let (first, last) = (self.day_number(Term::Var(first)), self.day_number(Term::Var(last)));
        if self.ties.spans.insert(2 * date + usize::from(period == Period::Year)) {
            let (least, most) = if period == Period::Month { (27, 30) } else { (364, 365) };
            let longer = last.sub(&first);
            let (long, short) = (self.at_least(&longer, least), !self.at_least(&longer, most + 1));
            self.logic.clause(&[!kind, long]);
            self.logic.clause(&[!kind, short]);
        }
        let start = period.start(day);
        let (after, next) = (self.at_least(&first, i64::from(start) + 1), self.at_least(&first, i64::from(period.end(day)) + 1));
        self.logic.clause(&[!kind, !after, next]);
        // As long as this one are the periods next to it, such as years without a leap day.
        let length = |start: Day| period.end(start) - start;
        let (mut from, mut until) = (start, start);
        while from > FIRST && length(period.start(from - 1)) == length(start) {
            from = period.start(from - 1);
        }
        while period.end(until) < LAST && length(period.end(until) + 1) == length(start) {
            until = period.end(until) + 1;
        }
        let (before, after) = (!self.at_least(&first, i64::from(from)), self.at_least(&first, i64::from(period.end(until)) + 1));
        let longer = last.sub(&first);
        let (long, over) = (self.at_least(&longer, i64::from(length(start))), self.at_least(&longer, i64::from(length(start)) + 1));
        self.logic.clause(&[!kind, before, after, long]);
        self.logic.clause(&[!kind, before, after, !over]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_lead_near_to_where_months_of_mean_length_would() {
        let mean = |months: i32| f64::from(months) * ERA.0 as f64 / ERA.1 as f64;
        for months in (0..60).chain([119, 1_199, 1_200, 2_399, 4_799, 4_800, 12_000]).flat_map(|n| [n, -n]) {
            let step = Step::shift(months, CalendarUnit::Months, 0);
            for day in (0..146_097).step_by(3).chain(-30_000..-25_000) {
                let off = f64::from(step.apply(day) - day) - mean(months);
                assert!(off.abs() < OFF as f64, "{months} months from {day}: {off}");
            }
        }
    }
}
