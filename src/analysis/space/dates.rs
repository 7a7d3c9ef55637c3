//! Dates: what is asked of them in propositions, and the days that answer it.

use std::collections::BTreeMap;

use super::super::days::{At, Bounds, DayVar, NoDays, Period, Rule, Step};
use super::super::logic::Lit;
use super::{Date, Objection, Term, Theory, Wishes};
use crate::calendar::{AFTER_ALL, BEFORE_ALL, CalendarUnit, Day};

/// One day that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayInfo {
    /// Whether its value matters.
    pub(super) alive: Lit,
    /// Of the last day of a date: the first one, and whether they are the same.
    pub(super) same_as: Option<(DayVar, Lit)>,
    /// The date that it is the first or last day of.
    pub(super) date: Option<usize>,
    pub(super) fixed: Option<Day>,
}

pub(super) struct DayAtom {
    pub(super) from: DayVar,
    pub(super) step: Step,
    pub(super) to: DayVar,
    pub(super) lit: Lit,
}

/// A day of the same date as another, later than it by so much where the guard holds.
struct Kin {
    var: DayVar,
    least: Day,
    most: Day,
    guard: Option<Lit>,
}

/// A step, and the least and the most that it moves a day.
#[derive(Clone, Copy)]
struct Length {
    step: Step,
    reach: (Day, Day),
}

impl Length {
    /// Whether from `step(from) <= to` it follows that the other step, from a day later than `from` by at most
    /// `from_later`, leads no further than a day later than `to` by at least `to_later`.
    fn implies(self, other: Self, from_later: Day, to_later: Day) -> bool {
        let apart = from_later + other.reach.1 <= self.reach.0 + to_later;
        // Of steps that differ in days alone it is known day by day which leads further.
        apart || self.step.is_parallel(other.step) && from_later <= 0 && other.reach.1 <= self.reach.1 + to_later
    }
}

impl Theory {
    /// A new date; `alive` says when it is there to be known at all.
    pub fn date(&mut self, known: Lit, alive: Lit) -> Date {
        let alive = self.logic.and([known, alive]);
        let (exact, month) = (self.logic.likely(), self.logic.fresh());
        let year = self.logic.and([!exact, !month]);
        self.logic.clause(&[!exact, !month]);
        let first = self.days.len();
        let date = Some(self.dates.len());
        self.days.push(DayInfo { alive, same_as: None, date, fixed: None });
        let last = self.days.len();
        self.days.push(DayInfo { alive, same_as: Some((first, exact)), date, fixed: None });
        self.dates.push((month, year, first, last));
        Date { known, exact, month, first, last }
    }

    /// A new day, of no date; `alive` says when its value matters.
    pub fn day(&mut self, alive: Lit) -> DayVar {
        self.days.push(DayInfo { alive, same_as: None, date: None, fixed: None });
        self.days.len() - 1
    }

    fn fixed(&mut self, day: Day) -> DayVar {
        if let Some(var) = self.fixed.get(&day) {
            return *var;
        }
        let var = self.days.len();
        self.days.push(DayInfo { alive: self.logic.yes(), same_as: None, date: None, fixed: Some(day) });
        self.fixed.insert(day, var);
        var
    }

    /// `from` plus a distance plus `slack` days is not after `to`.
    pub fn not_after(&mut self, from: Term, distance: (i32, CalendarUnit), slack: i32, to: Term) -> Lit {
        let step = Step::shift(distance.0, distance.1, slack);
        let endless = |term: Term| matches!(term, Term::Day(day) if day <= BEFORE_ALL || day >= AFTER_ALL);
        match (from, to) {
            (Term::Day(a), Term::Day(b)) => {
                let a = crate::calendar::add(a, distance.0, distance.1) + slack;
                self.logic.constant(a <= b)
            }
            (Term::Day(day), Term::Var(_)) if endless(from) => self.logic.constant(day < 0),
            (Term::Var(_), Term::Day(day)) if endless(to) => self.logic.constant(day > 0),
            (Term::Day(day), Term::Var(var)) => {
                let from = self.fixed(day);
                self.atom(from, step, var)
            }
            (Term::Var(var), Term::Day(day)) => {
                let to = self.fixed(day);
                self.atom(var, step, to)
            }
            (Term::Var(from), Term::Var(to)) => self.atom(from, step, to),
        }
    }

    pub(super) fn reach(&mut self, step: Step) -> (Day, Day) {
        *self.reaches.entry(step).or_insert_with(|| step.reach())
    }

    pub(super) fn atom(&mut self, from: DayVar, step: Step, to: DayVar) -> Lit {
        if let Some(asked) = &mut self.asked {
            asked.days.insert((from, step.without_slack(), to));
        }
        let (least, most) = self.reach(step);
        if from == to && (least > 0 || most <= 0) {
            return self.logic.constant(most <= 0);
        }
        if let Some(lit) = self.day_index.get(&(from, step, to)) {
            return *lit;
        }
        let lit = self.logic.fresh();
        let index = self.day_atoms.len();
        self.day_atoms.push(DayAtom { from, step, to, lit });
        self.day_index.insert((from, step, to), lit);
        self.relate(index);
        // Where both dates are exact, it is a question about two days, however it was asked.
        let (plain_from, plain_to) = (self.days[from].same_as, self.days[to].same_as);
        if plain_from.is_some() || plain_to.is_some() {
            let plain = self.atom(plain_from.map_or(from, |p| p.0), step, plain_to.map_or(to, |p| p.0));
            let mut clause: Vec<Lit> = [plain_from, plain_to].into_iter().flatten().map(|(_, exact)| !exact).collect();
            clause.extend([!lit, plain]);
            self.logic.clause(&clause);
            let end = clause.len();
            clause[end - 2..].copy_from_slice(&[lit, !plain]);
            self.logic.clause(&clause);
        }
        lit
    }

    /// The days of the same date as this one, itself among them: how much later they are, at the least and at the
    /// most, and where that is so.
    fn kin(&self, var: DayVar) -> Vec<Kin> {
        let mut kin = vec![Kin { var, least: 0, most: 0, guard: None }];
        let Some(date) = self.days[var].date else { return kin };
        let (month, year, first, last) = self.dates[date];
        let (other, sign) = if var == first { (last, 1) } else { (first, -1) };
        for (least, most, guard) in [(0, 365, None), (27, 30, Some(month)), (364, 365, Some(year))] {
            let ends = [sign * least, sign * most];
            kin.push(Kin { var: other, least: ends[0].min(ends[1]), most: ends[0].max(ends[1]), guard });
        }
        kin
    }

    /// States what an atom has to do with those between the same two dates, as far as the lengths of the steps and
    /// of months and years tell: it saves the solver a detour each.
    fn relate(&mut self, index: usize) {
        let DayAtom { from, step, to, lit } = self.day_atoms[index];
        let own = Length { step, reach: self.reach(step) };
        let (from_kin, to_kin) = (self.kin(from), self.kin(to));
        for f in &from_kin {
            for t in &to_kin {
                // Both at once would be many clauses for what seldom matters.
                if f.guard.is_some() && t.guard.is_some() {
                    continue;
                }
                let guards: Vec<Lit> = [f.guard, t.guard].into_iter().flatten().map(|guard| !guard).collect();
                for other in self.day_pairs.get(&(f.var, t.var)).cloned().unwrap_or_default() {
                    let DayAtom { step, lit: its, .. } = self.day_atoms[other];
                    let length = Length { step, reach: self.reach(step) };
                    // `other` starts later by `f`, and may end later by `t`.
                    if own.implies(length, f.most, t.least) {
                        self.logic.clause(&[&guards[..], &[!lit, its]].concat());
                    }
                    if length.implies(own, -f.least, -t.most) {
                        self.logic.clause(&[&guards[..], &[!its, lit]].concat());
                    }
                }
                for other in self.day_pairs.get(&(t.var, f.var)).cloned().unwrap_or_default() {
                    let DayAtom { step, lit: its, .. } = self.day_atoms[other];
                    let reach = self.reach(step);
                    // From `from` to `to`, over to the other's start, back to its end and over to `from` again.
                    if own.reach.0 + t.least + reach.0 - f.most > 0 {
                        self.logic.clause(&[&guards[..], &[!lit, !its]].concat());
                    }
                    if own.reach.1 + t.most + reach.1 - f.least < 2 {
                        self.logic.clause(&[&guards[..], &[lit, its]].concat());
                    }
                }
            }
        }
        self.day_pairs.entry((from, to)).or_default().push(index);
    }

    /// The days of the model, or a clause that rules it out; some of them are told beforehand.
    pub(super) fn check_days(&self, wishes: &Wishes<'_>, told: &BTreeMap<DayVar, Day>) -> Result<Vec<Day>, Objection> {
        let holds = |lit: Lit| self.logic.holds(lit);
        // The two days of a date are one, or the ends of a period, by what it is in the model.
        let mut at: Vec<At> = (0..self.days.len()).map(At::day).collect();
        let mut why: Vec<Option<Lit>> = vec![None; self.days.len()];
        for (var, info) in self.days.iter().enumerate() {
            if let Some((first, exact)) = info.same_as.filter(|(_, exact)| holds(*exact)) {
                (at[var], why[var]) = (At::day(first), Some(exact));
            }
        }
        for (month, year, first, last) in self.dates.iter().copied() {
            for (kind, period) in [(month, Period::Month), (year, Period::Year)].into_iter().filter(|(kind, _)| holds(*kind)) {
                at[first] = At { var: first, period: Some(period), last: false };
                at[last] = At { var: first, period: Some(period), last: true };
                (why[first], why[last]) = (Some(kind), Some(kind));
            }
        }
        let mut rules = Vec::new();
        let mut reasons: Vec<Vec<Lit>> = Vec::new();
        for atom in &self.day_atoms {
            if !holds(self.days[atom.from].alive) || !holds(self.days[atom.to].alive) {
                continue;
            }
            let truth = holds(atom.lit);
            rules.push(Rule { from: at[atom.from], step: atom.step, to: at[atom.to], holds: truth });
            let mut reason = vec![if truth { atom.lit } else { !atom.lit }];
            reason.extend(why[atom.from]);
            reason.extend(why[atom.to]);
            reasons.push(reason);
        }
        let mut bounds = Bounds::new(self.days.len(), &rules, &self.circles);
        for (var, info) in self.days.iter().enumerate() {
            if let Some(day) = info.fixed.or_else(|| told.get(&var).copied()) {
                (bounds.least[var], bounds.greatest[var]) = (day, day);
            }
        }
        let object = |no: NoDays| match no {
            NoDays::GaveUp => Objection::GaveUp("the days take too long to reconcile"),
            NoDays::Conflict(core) => Objection::Clause(core.iter().flat_map(|i| reasons[*i].iter().map(|lit| !*lit)).collect()),
        };
        bounds.tighten().map_err(object)?;
        let order = wishes.first.iter().copied().chain(0..self.days.len());
        for var in order {
            if bounds.least[var] != bounds.greatest[var] && at[var].var == var && holds(self.days[var].alive) {
                let wish = (wishes.day)(var).unwrap_or(bounds.least[var]);
                // A solution is known by now; what is wished is no cause of anything.
                bounds.settle(var, wish).map_err(|_| Objection::GaveUp("the days take too long to reconcile"))?;
            }
        }
        Ok(at.iter().map(|at| bounds.least[at.var]).collect())
    }
}
