//! Questions about one protocol: who can be eligible, and which criteria matter.

mod alternatives;
mod branches;
mod facts;

use std::time::{Duration, Instant};

use super::encode::Tri;
use super::logic::Lit;
use super::judge::Judged;
use super::question::{Answer, Questions, Witness};
use crate::evaluate::Outcome;
use crate::protocol::{Protocol, walk};

/// What is known of a protocol for sure.
#[derive(Debug)]
pub struct Proof {
    /// Somebody who is eligible.
    pub eligible: Option<Witness>,
    /// What was found, in the order of the criteria.
    pub findings: Vec<Finding>,
    /// What could not be decided, and why.
    pub undecided: Vec<String>,
}

/// Something proven of a protocol. Criteria are indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The assumptions contradict each other: no record fits them.
    AssumptionsContradict,
    /// Nobody can be eligible; these criteria alone keep everybody out.
    NobodyEligible(Vec<usize>),
    /// Nobody can be eligible for an arm; these of its criteria alone keep everybody out.
    ArmEmpty(usize, Vec<usize>),
    /// Nobody passes both criteria, though somebody passes each.
    Contradict(usize, usize),
    /// A part of a criterion, in words, that nobody gets to.
    DeadBranch(usize, String),
    /// Between two bands of a number, in words, lies a gap from one limit to the next.
    BandGap(usize, String, String, String),
    /// Two bands of a number, in words, overlap from one limit to the next; where no limits are given, one of them has
    /// no end.
    BandOverlap(usize, String, String, String),
    /// A fact that criteria read, and that never decides who is eligible.
    IdleFact(usize),
    /// The criterion lets everybody pass.
    NeverFails(usize),
    /// Whoever passes these others passes the criterion.
    Implied(usize, Vec<usize>),
    /// A reading of a criterion (by name) under which nobody can be eligible; these criteria alone keep everybody out.
    ReadingEmpties(usize, String, Vec<usize>),
    /// What a reading does to who is eligible.
    ReadingEffect(usize, String, Effect),
    /// A hypothesis (by index) under which nobody can be eligible; these criteria alone keep everybody out.
    HypothesisEmpties(usize, Vec<usize>),
    /// Nobody can be eligible under a hypothesis and a reading of a criterion together.
    HypothesisAndReadingEmpty(usize, usize, String),
    /// Under an alternative a criterion keeps nobody out whom these others let in, though by default it does.
    RedundantUnder(Alternative, usize, Vec<usize>),
}

/// Something that is tried in the place of the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternative {
    /// A reading of a criterion, by name.
    Reading(usize, String),
    /// A hypothesis, by index.
    Hypothesis(usize),
}

/// What an alternative does to the set of eligible subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The same subjects.
    Equivalent,
    /// More.
    Wider,
    /// Fewer.
    Narrower,
    /// Some more and some fewer.
    Other,
}

/// Proves what can be proven of one protocol; what is not answered in the time that is given, if any, is undecided.
pub fn prove(protocol: &Protocol, time: Option<Duration>) -> Proof {
    crate::stack::with_stack(protocol.depth.max(protocol.criteria.len() / 8), || Prover::run(protocol, time))
}

struct Prover<'p> {
    protocol: &'p Protocol,
    questions: Questions<'p>,
    until: Option<Instant>,
    findings: Vec<Finding>,
    undecided: Vec<String>,
}

impl<'p> Prover<'p> {
    fn run(protocol: &'p Protocol, time: Option<Duration>) -> Proof {
        let until = time.and_then(|time| Instant::now().checked_add(time));
        let questions = Questions::new(vec![protocol]).until(until);
        let mut prover = Self { protocol, questions, until, findings: Vec::new(), undecided: Vec::new() };
        let eligible = prover.all();
        prover.findings.sort_by_key(Finding::criterion);
        Proof { eligible, findings: prover.findings, undecided: prover.undecided }
    }

    fn all(&mut self) -> Option<Witness> {
        if self.questions.nobody_fits() {
            self.findings.push(Finding::AssumptionsContradict);
            return None;
        }
        let tris: Vec<Tri> = (0..self.protocol.criteria.len()).map(|i| self.questions.open_criterion(0, i)).collect();
        let verdicts = self.questions.verdicts(0, &tris);
        let witness = match self.questions.ordinary(&[verdicts.eligible], &|judged| judged[0].is_eligible()) {
            Answer::Yes(subject) => {
                let witness = self.questions.witness(&subject);
                self.questions.settle(&subject);
                if witness.is_none() {
                    self.undecided.push("whether anybody is eligible: the subject that was found does not replay".into());
                    return None;
                }
                witness
            }
            Answer::No(_) => {
                self.nobody(&tris);
                None
            }
            Answer::Undecided(why) => {
                self.undecided.push(format!("whether anybody is eligible: {why}"));
                return None;
            }
        };
        if witness.is_some() {
            if self.protocol.is_scoped() {
                self.arms(&tris);
            } else {
                (0..tris.len()).for_each(|i| self.redundancy(&tris, i));
            }
            self.idle_facts();
        }
        self.branches();
        self.readings(&tris, witness.is_some());
        self.hypotheses(&tris, witness.is_some());
        witness
    }

    fn undecided(&mut self, what: String) {
        if !self.undecided.contains(&what) {
            self.undecided.push(what);
        }
    }

    /// Why nobody is eligible.
    fn nobody(&mut self, tris: &[Tri]) {
        if self.protocol.is_scoped() {
            self.arms(tris);
            return;
        }
        let every: Vec<usize> = (0..tris.len()).collect();
        let criteria = self.at_fault(tris, &every, &[]);
        let alone: Vec<bool> = tris.iter().map(|tri| self.questions.apart(&[tri.t]).is_yes()).collect();
        let reads: Vec<_> = self.protocol.criteria.iter().map(|own| walk::all_facts(self.protocol, own.rule.tests())).collect();
        for i in 0..tris.len() {
            for j in i + 1..tris.len() {
                let possible = alone[i] && alone[j] && criteria != [i, j] && !reads[i].is_disjoint(&reads[j]);
                if possible && matches!(self.questions.apart(&[tris[i].t, tris[j].t]), Answer::No(_)) {
                    self.findings.push(Finding::Contradict(i, j));
                }
            }
        }
        self.findings.push(Finding::NobodyEligible(criteria));
    }

    /// The arms for which nobody can be eligible.
    fn arms(&mut self, tris: &[Tri]) {
        for arm in 0..self.protocol.arms.len() {
            let own: Vec<usize> = (0..tris.len()).filter(|i| self.protocol.criteria[*i].is_for(arm)).collect();
            let passing: Vec<Lit> = own.iter().map(|i| tris[*i].t).collect();
            match self.questions.found(&passing) {
                Answer::Yes(_) => {}
                Answer::No(_) => {
                    let criteria = self.at_fault(tris, &own, &[]);
                    self.findings.push(Finding::ArmEmpty(arm, criteria));
                }
                Answer::Undecided(why) => {
                    let name = &self.protocol.arms[arm].about.name;
                    self.undecided(format!("whether anybody is eligible for `{name}`: {why}"));
                }
            }
        }
    }

    /// The fewest of these criteria that together keep everybody out, where something holds besides.
    fn at_fault(&mut self, tris: &[Tri], of: &[usize], holds: &[Lit]) -> Vec<usize> {
        let fixed: Vec<Lit> = [self.questions.encoder.complete].iter().chain(holds).copied().collect();
        let passing: Vec<Lit> = of.iter().map(|i| tris[*i].t).chain(holds.iter().copied()).collect();
        let core = match self.questions.found(&passing) {
            Answer::No(core) => core,
            Answer::Yes(_) | Answer::Undecided(_) => passing,
        };
        let core = self.questions.minimal(&core, &fixed);
        among(tris, &core)
    }

    /// Whether a criterion keeps nobody out whom the others let in.
    fn redundancy(&mut self, tris: &[Tri], i: usize) {
        let name = &self.protocol.criteria[i].about.name;
        let complete = self.questions.encoder.complete;
        match self.questions.complete(&[!tris[i].t], &|judged| judged[0].outcomes[i] != Outcome::Pass) {
            Answer::No(_) => return self.findings.push(Finding::NeverFails(i)),
            Answer::Undecided(why) => return self.undecided.push(format!("whether `{name}` can fail: {why}")),
            Answer::Yes(_) => {}
        }
        let others: Vec<Lit> = (0..tris.len()).filter(|j| *j != i).map(|j| tris[j].t).chain([!tris[i].t]).collect();
        let only_it = |judged: &[Judged]| {
            judged[0].outcomes.iter().enumerate().all(|(j, outcome)| (*outcome == Outcome::Pass) == (j != i))
        };
        match self.questions.complete(&others, &only_it) {
            Answer::Yes(_) => {}
            Answer::No(core) => {
                let core = self.questions.minimal(&core, &[!tris[i].t, complete]);
                let by = among(tris, &core).into_iter().filter(|j| *j != i).collect();
                self.findings.push(Finding::Implied(i, by));
            }
            Answer::Undecided(why) => self.undecided.push(format!("whether `{name}` follows from the others: {why}")),
        }
    }
}

/// The criteria whose passing is in the core.
fn among(tris: &[Tri], core: &[Lit]) -> Vec<usize> {
    (0..tris.len()).filter(|i| core.contains(&tris[*i].t)).collect()
}

impl Finding {
    /// The criterion it stands at; what concerns all of them comes first.
    pub fn criterion(&self) -> Option<usize> {
        match self {
            Self::AssumptionsContradict | Self::NobodyEligible(_) | Self::HypothesisEmpties(..) => None,
            Self::ArmEmpty(..) | Self::IdleFact(_) => None,
            Self::NeverFails(i)
            | Self::Contradict(i, _)
            | Self::DeadBranch(i, _)
            | Self::BandGap(i, ..)
            | Self::BandOverlap(i, ..)
            | Self::Implied(i, _)
            | Self::ReadingEmpties(i, ..)
            | Self::RedundantUnder(_, i, _)
            | Self::ReadingEffect(i, _, _)
            | Self::HypothesisAndReadingEmpty(_, i, _) => Some(*i),
        }
    }
}
