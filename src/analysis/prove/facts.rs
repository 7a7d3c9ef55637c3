//! Facts that can never matter: whatever is said of them, the verdict stays.
//!
//! Two subjects who differ in one fact alone are one record of the protocol
//! beside the same protocol with that fact under another name; the question
//! whether they can differ in their verdicts is that of an amendment.

use std::time::Instant;

use super::{Finding, Prover};
use crate::analysis::encode::{Beyond, Tri};
use crate::analysis::question::{Answer, Questions};
use crate::analysis::sample::values_of;
use crate::protocol::{FactId, Protocol, walk};

impl Prover<'_> {
    /// The facts that criteria read and that decide nothing, those aside that only redundant criteria read.
    pub(super) fn idle_facts(&mut self) {
        let redundant = |i: usize| {
            self.findings.iter().any(|found| matches!(found, Finding::NeverFails(own) | Finding::Implied(own, _) if *own == i))
        };
        let mut wanted = vec![false; self.protocol.facts.len()];
        for criterion in self.protocol.criteria.iter().enumerate().filter(|(i, _)| !redundant(*i)).map(|(_, own)| own) {
            walk::all_facts(self.protocol, criterion.rule.tests()).into_iter().for_each(|fact| wanted[fact] = true);
        }
        for fact in (0..wanted.len()).filter(|fact| wanted[*fact]) {
            if self.decides_here(fact) {
                continue;
            }
            match decides(self.protocol, fact, self.until) {
                Answer::Yes(_) => {}
                Answer::No(_) => self.findings.push(Finding::IdleFact(fact)),
                Answer::Undecided(why) => {
                    let name = &self.protocol.facts[fact].about.name;
                    self.undecided(format!("whether `{name}` ever decides who is eligible: {why}"));
                }
            }
        }
    }

    /// Whether the ordinary subject is no longer eligible with another value: a quick way to see most facts matter.
    fn decides_here(&self, fact: FactId) -> bool {
        let key = self.questions.encoder.keys.key_of(0, fact);
        values_of(self.protocol, fact).into_iter().any(|value| {
            let mut subject = self.questions.base().clone();
            subject.set(key, value);
            self.questions.accepts(&subject, false, &|judged| !judged[0].is_eligible())
        })
    }
}

/// Somebody who is eligible, and is not with another value of one fact.
fn decides(protocol: &Protocol, fact: FactId, until: Option<Instant>) -> Answer {
    if until.is_some_and(|until| Instant::now() >= until) {
        return Answer::Undecided("the time is up".into());
    }
    let mut other = protocol.clone();
    // No name of the language has a space in it.
    other.facts[fact].about.name.push_str(" otherwise");
    let mut questions = Questions::new(vec![protocol, &other]).until(until);
    let sides = questions.outcomes().map(|outcomes| outcomes.into_iter().collect::<Result<Vec<Tri>, Beyond>>());
    let (mine, theirs) = match sides {
        [Ok(mine), Ok(theirs)] => (questions.verdicts(0, &mine), questions.verdicts(1, &theirs)),
        [Err(Beyond(why)), _] | [_, Err(Beyond(why))] => return Answer::Undecided(why),
    };
    questions.found(&[mine.eligible, !theirs.eligible])
}
