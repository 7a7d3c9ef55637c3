//! Propositional formulas over a SAT solver.
//!
//! Gates are hash-consed: the same formula is the same literal, so two versions
//! of a criterion that mean the same by construction cost nothing to compare.

use std::collections::HashMap;
use std::time::Instant;

use batsat::{Callbacks, Solver, SolverInterface, lbool};

pub(super) use batsat::Lit;

/// What a question came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Solved {
    Yes,
    No,
    /// The budget is spent.
    GaveUp,
}

/// Bounds the work by the clauses that are learned, for one question and for all of them, and by the clock.
#[derive(Debug)]
struct Budget {
    left: u64,
    in_all: u64,
    until: Option<Instant>,
}

impl Budget {
    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

impl Callbacks for Budget {
    fn on_new_clause(&mut self, _: &[Lit], _: batsat::ClauseKind) {
        self.left = self.left.saturating_sub(1);
        self.in_all = self.in_all.saturating_sub(1);
    }

    fn stop(&self) -> bool {
        self.left == 0 || self.in_all == 0 || self.is_late()
    }
}

/// Formulas, and a solver that knows them.
pub(super) struct Logic {
    solver: Solver<Budget>,
    yes: Lit,
    gates: HashMap<Box<[Lit]>, Lit>,
    counts: HashMap<(Box<[Lit]>, usize), Lit>,
    buffer: Vec<Lit>,
    budget: u64,
}

/// All questions together may take as much as so many that take all they may.
const QUESTIONS: u64 = 10;

impl Logic {
    /// A solver that learns at most `budget` clauses for one question, and ten times as many for all of them.
    pub fn new(budget: u64) -> Self {
        let mut solver = Solver::new(batsat::SolverOpts::default(), Budget { left: u64::MAX, in_all: QUESTIONS * budget, until: None });
        let yes = Lit::new(solver.new_var_default(), true);
        solver.add_clause_reuse(&mut vec![yes]);
        Self { solver, yes, gates: HashMap::new(), counts: HashMap::new(), buffer: Vec::new(), budget }
    }

    pub fn yes(&self) -> Lit {
        self.yes
    }

    pub fn no(&self) -> Lit {
        !self.yes
    }

    pub fn constant(&self, value: bool) -> Lit {
        if value { self.yes } else { !self.yes }
    }

    /// A new variable, which the solver tries as false first.
    pub fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var_default(), true)
    }

    /// A new variable, which the solver tries as true first.
    pub fn likely(&mut self) -> Lit {
        Lit::new(self.solver.new_var(lbool::TRUE, true), true)
    }

    /// One of them holds.
    pub fn clause(&mut self, lits: &[Lit]) {
        self.buffer.clear();
        self.buffer.extend_from_slice(lits);
        self.solver.add_clause_reuse(&mut self.buffer);
    }

    pub fn and(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        let mut parts: Vec<Lit> = lits.into_iter().filter(|lit| *lit != self.yes).collect();
        parts.sort_unstable();
        parts.dedup();
        // A literal and its negation are neighbours in this order.
        if parts.contains(&!self.yes) || parts.windows(2).any(|pair| pair[0] == !pair[1]) {
            return self.no();
        }
        match parts[..] {
            [] => return self.yes,
            [one] => return one,
            _ => {}
        }
        if let Some(gate) = self.gates.get(&parts[..]) {
            return *gate;
        }
        let gate = self.fresh();
        let mut all: Vec<Lit> = Vec::with_capacity(parts.len() + 1);
        all.push(gate);
        for part in &parts {
            self.clause(&[!gate, *part]);
            all.push(!*part);
        }
        self.clause(&all);
        self.gates.insert(parts.into_boxed_slice(), gate);
        gate
    }

    pub fn or(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        !self.and(lits.into_iter().map(|lit| !lit))
    }

    /// At least `k` of them hold.
    pub fn at_least(&mut self, lits: &[Lit], k: usize) -> Lit {
        if k == 0 {
            return self.yes;
        }
        if k > lits.len() {
            return self.no();
        }
        if k == 1 {
            return self.or(lits.iter().copied());
        }
        if k == lits.len() {
            return self.and(lits.iter().copied());
        }
        let key = (Box::from(lits), k);
        if let Some(gate) = self.counts.get(&key) {
            return *gate;
        }
        let (with, without) = (self.at_least(&lits[1..], k - 1), self.at_least(&lits[1..], k));
        let taken = self.and([lits[0], with]);
        let gate = self.or([taken, without]);
        self.counts.insert(key, gate);
        gate
    }

    /// How many propositions there are.
    pub fn size(&self) -> u32 {
        self.solver.num_vars()
    }

    /// Gives a new question the whole budget.
    pub fn refill(&mut self) {
        self.solver.cb_mut().left = self.budget;
    }

    /// Gives up whatever is asked later than this.
    pub fn stop_at(&mut self, until: Instant) {
        self.solver.cb_mut().until = Some(until);
    }

    /// Why nothing more is asked, if so.
    pub fn spent(&self) -> Option<&'static str> {
        let budget = self.solver.cb();
        if budget.is_late() {
            return Some("the time is up");
        }
        (budget.in_all == 0).then_some("all questions together took more steps than they may")
    }

    /// Whether something satisfies all clauses and these.
    pub fn solve(&mut self, assumptions: &[Lit]) -> Solved {
        let answer = self.solver.solve_limited(assumptions);
        if answer == lbool::TRUE {
            Solved::Yes
        } else if answer == lbool::FALSE {
            Solved::No
        } else {
            Solved::GaveUp
        }
    }

    /// Of the last model.
    pub fn holds(&self, lit: Lit) -> bool {
        self.solver.value_lit(lit) == lbool::TRUE
    }

    /// The assumptions of the last question that cannot hold together.
    pub fn core(&self) -> Vec<Lit> {
        self.solver.unsat_core().iter().map(|lit| !*lit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_mean_what_they_say() {
        let mut logic = Logic::new(1000);
        let lits: Vec<Lit> = (0..4).map(|_| logic.fresh()).collect();
        let two = logic.at_least(&lits, 2);
        for bits in 0..16u32 {
            let mut given: Vec<Lit> =
                lits.iter().enumerate().map(|(i, lit)| if bits >> i & 1 == 1 { *lit } else { !*lit }).collect();
            given.push(if bits.count_ones() >= 2 { two } else { !two });
            assert_eq!(logic.solve(&given), Solved::Yes);
            assert!(logic.holds(*given.last().unwrap()));
            *given.last_mut().unwrap() = !given[4];
            assert_eq!(logic.solve(&given), Solved::No);
        }
        assert_eq!(logic.and([lits[0], lits[1]]), logic.and([lits[1], lits[0], logic.yes()]));
        assert_eq!(logic.and([lits[0], !lits[0]]), logic.no());
    }

    #[test]
    fn the_core_names_assumptions_that_clash() {
        let mut logic = Logic::new(1000);
        let (a, b, c) = (logic.fresh(), logic.fresh(), logic.fresh());
        logic.clause(&[!a, !c]);
        assert_eq!(logic.solve(&[a, b, c]), Solved::No);
        let mut core = logic.core();
        core.sort_unstable();
        assert_eq!(core, [a, c]);
    }
}
