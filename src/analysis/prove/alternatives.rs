//! What each reading and each hypothesis would come to: nobody eligible, others eligible, criteria that keep nobody out.
//!
//! One is tried at a time, all else at its default.

use std::collections::BTreeSet;

use super::{Alternative, Effect, Finding, Prover, among};
use crate::analysis::encode::{Beyond, Tri};
use crate::analysis::logic::Lit;
use crate::analysis::question::Answer;
use crate::protocol::{FactId, Rule, walk};

impl<'p> Prover<'p> {
    /// The outcomes under one reading.
    fn under_reading(&mut self, tris: &[Tri], i: usize, reading: usize) -> Vec<Tri> {
        self.questions.forget();
        let criterion = &self.protocol.criteria[i];
        let mut other = tris.to_vec();
        other[i] = self.questions.open_reading(0, criterion.kind, &criterion.readings[reading].rule);
        other
    }

    pub(super) fn readings(&mut self, tris: &[Tri], anybody: bool) {
        let eligible = self.questions.verdicts(0, tris).eligible;
        for (i, criterion) in self.protocol.criteria.iter().enumerate() {
            for (r, reading) in criterion.readings.iter().enumerate() {
                let other = self.under_reading(tris, i, r);
                let name = reading.about.name.clone();
                let alternative = self.questions.verdicts(0, &other).eligible;
                match self.questions.found(&[alternative]) {
                    Answer::No(_) => {
                        let criteria = self.all_at_fault(&other, &[]);
                        self.findings.push(Finding::ReadingEmpties(i, name, criteria));
                        continue;
                    }
                    Answer::Undecided(why) => {
                        self.undecided.push(format!("`{}` read as `{name}`: {why}", criterion.about.name));
                        continue;
                    }
                    Answer::Yes(_) => {}
                }
                if !anybody {
                    continue;
                }
                match self.effect(eligible, alternative) {
                    Ok(effect) => {
                        self.findings.push(Finding::ReadingEffect(i, name.clone(), effect));
                        let reads = self.facts_of(&[&criterion.rule, &reading.rule]);
                        self.redundant_under(&Alternative::Reading(i, name), &other, &[], reads);
                    }
                    Err(why) => self.undecided.push(format!("`{}` read as `{name}`: {why}", criterion.about.name)),
                }
            }
        }
    }

    /// What an alternative does to who is eligible.
    fn effect(&mut self, eligible: Lit, alternative: Lit) -> Result<Effect, String> {
        let more = self.questions.found(&[alternative, !eligible]);
        let fewer = self.questions.found(&[eligible, !alternative]);
        match (more, fewer) {
            (Answer::Undecided(why), _) | (_, Answer::Undecided(why)) => Err(why),
            (more, fewer) => Ok(match (more.is_yes(), fewer.is_yes()) {
                (false, false) => Effect::Equivalent,
                (true, false) => Effect::Wider,
                (false, true) => Effect::Narrower,
                (true, true) => Effect::Other,
            }),
        }
    }

    /// What would follow from each hypothesis, alone and with each reading.
    pub(super) fn hypotheses(&mut self, tris: &[Tri], anybody: bool) {
        for (h, hypothesis) in self.protocol.hypotheses.iter().enumerate() {
            let holds = match self.questions.encoder.test(0, &hypothesis.test) {
                Ok(tri) => !tri.f,
                Err(Beyond(why)) => {
                    self.undecided.push(format!("the hypothesis `{}`: {why}", hypothesis.about.name));
                    continue;
                }
            };
            let eligible = self.questions.verdicts(0, tris).eligible;
            match self.questions.found(&[eligible, holds]) {
                Answer::Yes(_) => {}
                Answer::No(_) => {
                    let criteria = if anybody { self.all_at_fault(tris, &[holds]) } else { Vec::new() };
                    self.findings.push(Finding::HypothesisEmpties(h, criteria));
                    continue;
                }
                Answer::Undecided(why) => {
                    self.undecided.push(format!("the hypothesis `{}`: {why}", hypothesis.about.name));
                    continue;
                }
            }
            let reads = walk::all_facts(self.protocol, [&hypothesis.test]).into_iter().collect();
            self.redundant_under(&Alternative::Hypothesis(h), tris, &[holds], reads);
            self.with_readings(tris, h, holds);
        }
    }

    /// The readings that a hypothesis leaves with nobody.
    fn with_readings(&mut self, tris: &[Tri], h: usize, holds: Lit) {
        for (i, criterion) in self.protocol.criteria.iter().enumerate() {
            for (r, reading) in criterion.readings.iter().enumerate() {
                let other = self.under_reading(tris, i, r);
                let eligible = self.questions.verdicts(0, &other).eligible;
                let alone = self.questions.found(&[eligible]).is_yes();
                let name = &reading.about.name;
                match self.questions.found(&[eligible, holds]) {
                    Answer::No(_) if alone => self.findings.push(Finding::HypothesisAndReadingEmpty(h, i, name.clone())),
                    Answer::Undecided(why) => {
                        let hypothesis = &self.protocol.hypotheses[h].about.name;
                        self.undecided.push(format!("`{}` read as `{name}` under `{hypothesis}`: {why}", criterion.about.name));
                    }
                    Answer::Yes(_) | Answer::No(_) => {}
                }
            }
        }
    }

    /// The fewest criteria that keep everybody out; none are named where each arm has its own.
    fn all_at_fault(&mut self, tris: &[Tri], holds: &[Lit]) -> Vec<usize> {
        if self.protocol.is_scoped() {
            return Vec::new();
        }
        let every: Vec<usize> = (0..tris.len()).collect();
        self.at_fault(tris, &every, holds)
    }

    /// The criteria that under an alternative keep nobody out whom the others let in, and by default do. Only those
    /// are asked that have to do with what the alternative reads.
    fn redundant_under(&mut self, alternative: &Alternative, tris: &[Tri], holds: &[Lit], reads: BTreeSet<FactId>) {
        if self.protocol.is_scoped() {
            return;
        }
        for k in self.connected(reads) {
            if self.findings.iter().any(|found| matches!(found, Finding::NeverFails(own) | Finding::Implied(own, _) if *own == k)) {
                continue;
            }
            let others = (0..tris.len()).filter(|j| *j != k).map(|j| tris[j].t);
            let asked: Vec<Lit> = others.chain([!tris[k].t]).chain(holds.iter().copied()).collect();
            match self.questions.found(&asked) {
                Answer::Yes(_) => {}
                Answer::No(core) => {
                    let fixed: Vec<Lit> = [!tris[k].t, self.questions.encoder.complete].iter().chain(holds).copied().collect();
                    let core = self.questions.minimal(&core, &fixed);
                    let by = among(tris, &core).into_iter().filter(|j| *j != k).collect();
                    self.findings.push(Finding::RedundantUnder(alternative.clone(), k, by));
                }
                Answer::Undecided(why) => {
                    let name = &self.protocol.criteria[k].about.name;
                    self.undecided(format!("whether `{name}` follows from the others under each reading and hypothesis: {why}"));
                }
            }
        }
    }

    fn facts_of(&self, rules: &[&'p Rule]) -> BTreeSet<FactId> {
        walk::all_facts(self.protocol, rules.iter().flat_map(|rule| rule.tests())).into_iter().collect()
    }

    /// The criteria that read one of these facts, or one that those read, and so on; an assumption connects its facts.
    fn connected(&self, mut facts: BTreeSet<FactId>) -> Vec<usize> {
        let criteria: Vec<BTreeSet<FactId>> = self.protocol.criteria.iter().map(|own| self.facts_of(&[&own.rule])).collect();
        let assumed = self.protocol.assumptions.iter().map(|own| walk::all_facts(self.protocol, [&own.test]).into_iter().collect());
        let groups: Vec<BTreeSet<FactId>> = criteria.iter().cloned().chain(assumed).collect();
        loop {
            let before = facts.len();
            for group in groups.iter().filter(|group| !group.is_disjoint(&facts)).cloned().collect::<Vec<_>>() {
                facts.extend(group);
            }
            if facts.len() == before {
                return (0..criteria.len()).filter(|i| !criteria[*i].is_disjoint(&facts)).collect();
            }
        }
    }
}
