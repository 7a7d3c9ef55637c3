//! Symbolic subject records: what one protocol, or two together, can be told.
//!
//! Each fact becomes a handful of propositions: whether it is known, which
//! member it is, on which side of each limit it lies. Lists of events hold as
//! many events as the tests can tell apart (each test needs a few witnesses,
//! and more change nothing). Numbers and days that are compared with each other
//! are settled by the theories in [`super::linear`] and [`super::days`]; what is
//! both, a duration beside a number, by the two together.
//!
//! ```text
//!  dates    what is asked of days, and the days that answer it
//!  numbers  what is asked of sums, and the numbers that answer it
//!  tied     days that are numbers too
//!  edges    the limits that were asked for
//! ```

mod dates;
mod edges;
mod numbers;
mod tied;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use self::dates::{DayAtom, DayInfo};
use self::edges::Asked;
use self::numbers::{Form, NumInfo};
use self::tied::Ties;
use super::days::{Circles, DayVar, Step};
use super::linear::NumVar;
use super::logic::{Lit, Logic, Solved};
use crate::calendar::Day;
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
    ties: Ties,
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
            ties: Ties::default(),
        }
    }

    /// Whether there is a record for which these hold.
    pub fn ask(&mut self, assumptions: &[Lit], wishes: &Wishes<'_>) -> Found {
        self.logic.refill();
        let (mut branches, mut parted, mut plain) = (numbers::MAX_BRANCHES, 0, true);
        for _ in 0..MAX_OBJECTIONS {
            if let Some(why) = self.logic.spent() {
                return Found::Undecided(why);
            }
            let first = self.ties.plain().filter(|_| plain);
            let given: Vec<Lit> = assumptions.iter().copied().chain(first).collect();
            match self.logic.solve(&given) {
                Solved::No => {
                    let core = self.logic.core();
                    if first.is_none_or(|first| !core.contains(&first)) {
                        return Found::No(core);
                    }
                    (plain, parted) = (false, 0);
                    continue;
                }
                Solved::GaveUp => return Found::Undecided(self.logic.spent().unwrap_or("the search took more steps than it may")),
                Solved::Yes => {}
            }
            match self.check(wishes, &mut branches) {
                Ok(values) => return Found::Yes(values),
                Err(Objection::Clause(clause)) => self.logic.clause(&clause),
                Err(Objection::Parted) if parted < tied::MAX_PARTED => parted += 1,
                Err(Objection::Parted) if first.is_some() => (plain, parted) = (false, 0),
                Err(Objection::Parted) => return Found::Undecided("durations and the numbers beside them take too long to reconcile"),
                Err(Objection::GaveUp(why)) => return Found::Undecided(why),
            }
        }
        Found::Undecided("the search took more steps than it may")
    }

    /// The numbers and days of the model, or why it has none.
    fn check(&mut self, wishes: &Wishes<'_>, branches: &mut usize) -> Result<Values, Objection> {
        let numbers = self.check_numbers(wishes, branches)?;
        let told = self.reconcile(&numbers)?;
        let days = self.check_days(wishes, &told)?;
        Ok(Values { numbers, days })
    }
}

/// Why a model will not do.
enum Objection {
    /// It is not so, of any record.
    Clause(Vec<Lit>),
    /// Days and numbers come to different answers; what both have to keep to has been stated.
    Parted,
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
