//! What is true of every protocol, by name.

use std::collections::HashSet;

use super::{Place, Protocol, Test, Type, walk};

type Check = fn(&Protocol) -> bool;

impl Protocol {
    /// The names of the invariants that do not hold: none, for what `check` builds.
    pub fn broken_invariants(&self) -> Vec<&'static str> {
        let checks: [(_, Check); 5] = [
            ("fact names are unique", Self::facts_are_unique),
            ("criterion names are unique", Self::criteria_are_unique),
            ("conditional facts come behind what their condition reads", Self::conditional_is_ordered),
            ("every test reads declared facts, of the kind it needs", Self::places_exist),
            ("arms and interventions that are named exist", Self::arms_exist),
        ];
        checks.iter().filter(|(_, holds)| !holds(self)).map(|(name, _)| *name).collect()
    }

    fn facts_are_unique(&self) -> bool {
        let mut seen = HashSet::new();
        self.facts.iter().all(|fact| seen.insert(fact.about.name.as_str()))
    }

    fn criteria_are_unique(&self) -> bool {
        let mut seen = HashSet::new();
        self.criteria.iter().all(|criterion| seen.insert(criterion.about.name.as_str()))
    }

    fn conditional_is_ordered(&self) -> bool {
        let mut done = HashSet::new();
        self.conditional.iter().all(|id| {
            let reads = self.facts[*id].when.as_ref().map(|when| walk::facts(self, when)).unwrap_or_default();
            let ready = reads.iter().all(|fact| self.facts[*fact].when.is_none() || done.contains(fact));
            done.insert(*id);
            ready
        }) && done.len() == self.facts.iter().filter(|fact| fact.when.is_some()).count()
    }

    fn places_exist(&self) -> bool {
        let holds = |test: &Test| {
            let mut all = true;
            walk::places(self, test, &mut |place| {
                if let Place::Fact(id) = place {
                    all &= id < self.facts.len();
                }
            });
            all
        };
        let selections = self.criteria.iter().all(|criterion| match &criterion.rule.test {
            Test::Some(selection) => matches!(self.facts[selection.events].ty, Type::Events(_)),
            _ => true,
        });
        selections
            && self.criteria.iter().all(|c| holds(&c.rule.test) && c.rule.unless.as_ref().is_none_or(holds))
            && self.assumptions.iter().all(|statement| holds(&statement.test))
            && self.hypotheses.iter().all(|statement| holds(&statement.test))
    }

    fn arms_exist(&self) -> bool {
        self.criteria.iter().flat_map(|c| c.arms.iter().flatten()).all(|arm| *arm < self.arms.len())
            && self.arms.iter().flat_map(|arm| &arm.gives).all(|give| give.intervention < self.interventions.len())
    }
}
