//! Symbolic subject records: what one protocol, or two together, can be told.
//!
//! Each fact becomes a handful of propositions: whether it is known, which
//! member it is, on which side of each limit it lies. Lists of events hold as
//! many events as the tests can tell apart (each test needs a few witnesses,
//! and more change nothing). Numbers and days that are compared with each other
//! are settled by the theories in [`super::linear`] and [`super::days`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::days::{At, Bounds, Circles, DayVar, NoDays, Period, Rule, Step};
use super::linear::{Constraint, Kind, Linear, NoNumbers, NumVar, Wish, common_measure, nearest, recordable, solve};
use super::logic::{Lit, Logic, Solved};
use crate::calendar::{AFTER_ALL, BEFORE_ALL, CalendarUnit, Day};
use crate::number::Number;

/// A day in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Var(DayVar),
    /// A literal, or one of the ends of time.
    Day(Day),
}

/// A date of a symbolic record.
#[derive(Debug, Clone)]
pub(super) struct Date {
    pub known: Lit,
    /// One day; else a whole month, or a whole year.
    pub exact: Lit,
    pub month: Lit,
    pub first: DayVar,
    pub last: DayVar,
}

/// A number of a symbolic record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantity {
    pub known: Lit,
    pub var: NumVar,
}

/// One day that is looked for.
#[derive(Debug, Clone, Copy)]
struct DayInfo {
    /// Whether its value matters.
    alive: Lit,
    /// Of the last day of a date: the first one, and whether they are the same.
    same_as: Option<(DayVar, Lit)>,
    /// The date that it is the first or last day of.
    date: Option<usize>,
    fixed: Option<Day>,
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

struct DayAtom {
    from: DayVar,
    step: Step,
    to: DayVar,
    lit: Lit,
}

/// A sum whose limits are ordered: `(b, false)` stands for `< b`, `(b, true)` for `<= b`.
struct Form {
    terms: BTreeMap<NumVar, Number>,
    limits: BTreeMap<(Number, bool), Lit>,
}

struct NumInfo {
    alive: Lit,
    whole: bool,
    /// The forms it stands in.
    forms: Vec<usize>,
}

/// The solver and the theories beside it.
pub(super) struct Theory {
    pub logic: Logic,
    days: Vec<DayInfo>,
    day_atoms: Vec<DayAtom>,
    day_index: HashMap<(DayVar, Step, DayVar), Lit>,
    /// The atoms between two days, by their order.
    day_pairs: HashMap<(DayVar, DayVar), Vec<usize>>,
    fixed: HashMap<Day, DayVar>,
    reaches: HashMap<Step, (Day, Day)>,
    /// Of each date: whether it is a month, a year, and its first and last day.
    dates: Vec<(Lit, Lit, DayVar, DayVar)>,
    circles: Circles,
    /// The comparisons that were asked for since recording began, if it did.
    asked: Option<Asked>,
    numbers: Vec<NumInfo>,
    forms: Vec<Form>,
    form_index: BTreeMap<Vec<(NumVar, Number)>, usize>,
}

/// What a question came to.
pub(super) enum Found {
    /// There is such a record: here are its numbers and days.
    Yes(Values),
    /// There is none; these assumptions cannot hold together.
    No(Vec<Lit>),
    Undecided(&'static str),
}

/// The numbers and days of a model.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub numbers: BTreeMap<NumVar, Number>,
    pub days: Vec<Day>,
}

/// How often the theories may object to one question.
const MAX_OBJECTIONS: usize = 1_500;

/// How often numbers may be rounded for one question.
const MAX_BRANCHES: usize = 400;

/// Where values are wished to lie.
pub(super) struct Wishes<'a> {
    pub number: &'a dyn Fn(NumVar) -> Option<Number>,
    pub day: &'a dyn Fn(DayVar) -> Option<Day>,
    /// Days in the order in which they are settled.
    pub first: &'a [DayVar],
}

impl Theory {
    pub fn new(budget: u64) -> Self {
        Self {
            logic: Logic::new(budget),
            days: Vec::new(),
            day_atoms: Vec::new(),
            day_index: HashMap::new(),
            day_pairs: HashMap::new(),
            fixed: HashMap::new(),
            reaches: HashMap::new(),
            dates: Vec::new(),
            circles: Circles::default(),
            asked: None,
            numbers: Vec::new(),
            forms: Vec::new(),
            form_index: BTreeMap::new(),
        }
    }

    // ------------------------------------------------------------ days

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

    fn reach(&mut self, step: Step) -> (Day, Day) {
        *self.reaches.entry(step).or_insert_with(|| step.reach())
    }

    fn atom(&mut self, from: DayVar, step: Step, to: DayVar) -> Lit {
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

    /// The days of the model, or a clause that rules it out.
    fn check_days(&self, wishes: &Wishes<'_>) -> Result<Vec<Day>, Objection> {
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
            if let Some(day) = info.fixed {
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

    // ------------------------------------------------------------ numbers

    /// A new number; `alive` says when it is there to be known at all.
    pub fn number(&mut self, known: Lit, alive: Lit, whole: bool) -> Quantity {
        let alive = self.logic.and([known, alive]);
        self.numbers.push(NumInfo { alive, whole, forms: Vec::new() });
        Quantity { known, var: self.numbers.len() - 1 }
    }

    /// The sum is below zero, or, unless `strict`, zero.
    pub fn at_most_zero(&mut self, sum: &Linear, strict: bool) -> Lit {
        let Some((_, lead)) = sum.terms.first_key_value() else {
            return self.logic.constant(sum.constant.is_negative() || !strict && sum.constant.is_zero());
        };
        let lead = lead.clone();
        let unit = Number::whole(1).div(&lead).unwrap_or_else(|| Number::whole(1));
        let scaled = sum.scale(&unit);
        let bound = scaled.constant.neg();
        let form = self.form(&scaled);
        if lead.is_negative() { !self.limit(form, bound, !strict) } else { self.limit(form, bound, strict) }
    }

    fn form(&mut self, sum: &Linear) -> usize {
        let key: Vec<(NumVar, Number)> = sum.terms.iter().map(|(var, n)| (*var, n.clone())).collect();
        if let Some(form) = self.form_index.get(&key) {
            return *form;
        }
        let form = self.forms.len();
        key.iter().for_each(|(var, _)| self.numbers[*var].forms.push(form));
        self.forms.push(Form { terms: sum.terms.clone(), limits: BTreeMap::new() });
        self.form_index.insert(key, form);
        form
    }

    /// The form is at most the bound, or, where `strict`, below it.
    fn limit(&mut self, form: usize, bound: Number, strict: bool) -> Lit {
        if let Some(asked) = &mut self.asked {
            asked.limits.insert((form, bound.clone()));
        }
        let (mut bound, mut closed) = (bound, !strict);
        let terms = &self.forms[form].terms;
        if terms.keys().all(|var| self.numbers[*var].whole) {
            // A sum of multiples of whole numbers goes in steps.
            let step = common_measure(terms.values());
            let steps = bound.div(&step).unwrap_or_else(|| bound.clone());
            let floor = steps.floor();
            let within = if strict && floor == steps { floor.sub(&Number::whole(1)) } else { floor };
            (bound, closed) = (within.mul(&step), true);
        } else if terms.len() == 1 && !recordable(&bound) {
            // No record can say the bound itself.
            closed = false;
        }
        let key = (bound, closed);
        if let Some(lit) = self.forms[form].limits.get(&key) {
            return *lit;
        }
        let lit = self.logic.fresh();
        let below = self.forms[form].limits.range(..key.clone()).next_back().map(|(_, lit)| *lit);
        let above = self.forms[form].limits.range(key.clone()..).next().map(|(_, lit)| *lit);
        if let Some(below) = below {
            self.logic.clause(&[!below, lit]);
        }
        if let Some(above) = above {
            self.logic.clause(&[!lit, above]);
        }
        self.forms[form].limits.insert(key, lit);
        lit
    }

    /// What the model says of a form: at most two constraints, each with its reason.
    fn constraints(&self, form: usize) -> Vec<(Constraint, Lit)> {
        let Form { terms, limits } = &self.forms[form];
        let mut found = Vec::new();
        if let Some(((bound, closed), lit)) = limits.iter().find(|(_, lit)| self.logic.holds(**lit)) {
            found.push((Constraint { terms: terms.clone(), bound: bound.clone(), strict: !closed }, *lit));
        }
        if let Some(((bound, closed), lit)) = limits.iter().rev().find(|(_, lit)| !self.logic.holds(**lit)) {
            let terms = terms.iter().map(|(var, n)| (*var, n.neg())).collect();
            found.push((Constraint { terms, bound: bound.neg(), strict: *closed }, !*lit));
        }
        found
    }

    /// The numbers of the model, or a clause that rules it out.
    fn check_numbers(&self, wishes: &Wishes<'_>, left: &mut usize) -> Result<BTreeMap<NumVar, Number>, Objection> {
        let alive = |var: NumVar| self.logic.holds(self.numbers[var].alive);
        let wish = |var: NumVar| Wish {
            near: (wishes.number)(var).unwrap_or_else(|| Number::whole(1)),
            kind: if self.numbers[var].whole { Kind::Whole } else { Kind::Decimal },
        };
        let mut values = BTreeMap::new();
        for start in 0..self.numbers.len() {
            if !alive(start) || values.contains_key(&start) {
                continue;
            }
            // All numbers that are compared with it, directly or through others.
            let (mut group, mut forms) = (vec![start], Vec::new());
            let mut next = 0;
            while next < group.len() {
                for form in &self.numbers[group[next]].forms {
                    if !forms.contains(form) && self.forms[*form].terms.keys().all(|var| alive(*var)) {
                        forms.push(*form);
                        for var in self.forms[*form].terms.keys() {
                            if !group.contains(var) {
                                group.push(*var);
                            }
                        }
                    }
                }
                next += 1;
            }
            let (constraints, reasons): (Vec<Constraint>, Vec<Lit>) = forms.iter().flat_map(|form| self.constraints(*form)).unzip();
            match solve(&constraints, wish, left) {
                Ok(found) => values.extend(found),
                Err(NoNumbers::Conflict(core)) => return Err(Objection::Clause(core.iter().map(|i| !reasons[*i]).collect())),
                Err(NoNumbers::GaveUp) => return Err(Objection::GaveUp("only numbers that no record can say would do")),
            }
            for var in group {
                values.entry(var).or_insert_with(|| nearest(&None, &None, &wish(var)).unwrap_or_else(|| Number::whole(1)));
            }
        }
        Ok(values)
    }

    /// Begins to record which limits are asked for.
    pub fn record_edges(&mut self) {
        self.asked = Some(Asked::default());
    }

    /// The limits that were asked for since: met, and missed by the least there is on both sides.
    pub fn recorded_edges(&mut self) -> Vec<(String, Vec<Lit>)> {
        let Asked { days, limits } = self.asked.take().unwrap_or_default();
        let mut found = Vec::new();
        // Of a date that is exact the first day is the date.
        let plain = |var: DayVar| self.days[var].same_as.map_or(var, |(first, _)| first);
        let days: BTreeSet<_> = days.into_iter().map(|(from, step, to)| (plain(from), step, plain(to))).collect();
        for (from, step, to) in days {
            for (off, what) in [(0, "a date lies on the limit to the day"), (1, "a date lies a day beyond the limit"), (-1, "a date lies a day before the limit")] {
                let (reached, passed) = (self.atom(from, step.plus(off), to), self.atom(from, step.plus(off + 1), to));
                found.push((what.to_string(), vec![reached, !passed, self.days[from].alive, self.days[to].alive]));
            }
        }
        for (form, limit) in limits {
            let whole = self.forms[form].terms.keys().all(|var| self.numbers[*var].whole);
            let text = limit.to_string();
            let places = if whole { 0 } else { text.split_once('.').map_or(1, |(_, decimals)| decimals.len() as i32) };
            let step = Number::decimal(1, -places);
            let alive: Vec<Lit> = self.forms[form].terms.keys().map(|var| self.numbers[*var].alive).collect();
            for (value, what) in [
                (limit.clone(), format!("a value lies on the limit {text}")),
                (limit.add(&step), format!("a value lies just above the limit {text}")),
                (limit.sub(&step), format!("a value lies just below the limit {text}")),
            ] {
                let (most, below) = (self.limit(form, value.clone(), false), self.limit(form, value, true));
                found.push((what, [&alive[..], &[most, !below]].concat()));
            }
        }
        found
    }

    /// Whether there is a record for which these hold.
    pub fn ask(&mut self, assumptions: &[Lit], wishes: &Wishes<'_>) -> Found {
        self.logic.refill();
        let mut branches = MAX_BRANCHES;
        for _ in 0..MAX_OBJECTIONS {
            match self.logic.solve(assumptions) {
                Solved::No => return Found::No(self.logic.core()),
                Solved::GaveUp => return Found::Undecided("the search took more steps than it may"),
                Solved::Yes => {}
            }
            let checked = self.check_numbers(wishes, &mut branches).and_then(|numbers| Ok(Values { numbers, days: self.check_days(wishes)? }));
            match checked {
                Ok(values) => return Found::Yes(values),
                Err(Objection::Clause(clause)) => self.logic.clause(&clause),
                Err(Objection::GaveUp(why)) => return Found::Undecided(why),
            }
        }
        Found::Undecided("the search took more steps than it may")
    }
}

/// Comparisons that were asked for.
#[derive(Debug, Default)]
struct Asked {
    days: BTreeSet<(DayVar, Step, DayVar)>,
    limits: BTreeSet<(usize, Number)>,
}

/// Why a model will not do.
enum Objection {
    /// It is not so, of any record.
    Clause(Vec<Lit>),
    GaveUp(&'static str),
}

/// What a record may say of a fact, or an event of an attribute.
#[derive(Debug)]
pub(super) enum Raw {
    Boolean { known: Lit, value: Lit },
    /// One literal for each member.
    Member { known: Lit, members: Vec<Lit> },
    Set { known: Lit, members: Vec<Lit> },
    Number(Quantity),
    /// Value, upper and lower limit, date.
    Lab { parts: [Quantity; 3], date: Date },
    Date(Date),
    Events { known: Lit, slots: Vec<Slot> },
}

/// An event that a list may hold.
#[derive(Debug)]
pub(super) struct Slot {
    pub present: Lit,
    pub date: Date,
    pub end: Option<End>,
    pub attributes: Vec<Rc<Raw>>,
}

/// The end of an event: ongoing, or a date, or unknown.
#[derive(Debug)]
pub(super) struct End {
    pub ongoing: Lit,
    pub date: Date,
}
