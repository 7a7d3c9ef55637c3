//! A record that is changed fact by fact, for searches that ask the same tests again and again.

use std::collections::BTreeSet;

use super::engine::Engine;
use super::record::{RecordReader, Value};
use super::{Outcome, Truth, outcome};
use crate::protocol::{CriterionKind, FactId, Protocol, Rule, Test};

/// A record in the making. What is set is read as a record's value would be; an invalid value is unknown.
#[derive(Debug)]
pub struct Draft<'p> {
    protocol: &'p Protocol,
    reader: RecordReader<'p>,
    /// As set; none, where that is not valid.
    set: Vec<Option<Value>>,
    /// As evaluated: what does not apply is marked so.
    values: Vec<Value>,
    /// The facts for which the record would be invalid.
    wrong: BTreeSet<FactId>,
    /// The facts whose condition reads a fact, directly or through others.
    dependents: Vec<Vec<FactId>>,
}

impl<'p> Draft<'p> {
    /// A record that says nothing.
    pub fn new(protocol: &'p Protocol) -> Self {
        let count = protocol.facts.len();
        let mut dependents = vec![Vec::new(); count];
        for id in &protocol.conditional {
            if let Some(when) = &protocol.facts[*id].when {
                for read in crate::protocol::walk::facts(protocol, when) {
                    dependents[read].push(*id);
                }
            }
        }
        let (set, values) = (vec![Some(Value::Unknown); count], vec![Value::Unknown; count]);
        Self { protocol, reader: RecordReader::new(protocol), set, values, wrong: BTreeSet::new(), dependents }
    }

    /// Sets one fact, and decides anew which facts apply that depend on it.
    pub fn set(&mut self, fact: FactId, value: &serde_json::Value) {
        self.set[fact] = self.reader.value(fact, value);
        let mut open = vec![fact];
        while let Some(fact) = open.pop() {
            let applies = match &self.protocol.facts[fact].when {
                Some(when) => self.truth(when),
                None => Truth::True,
            };
            let valid = match &self.set[fact] {
                Some(value) => applies != Truth::False || value.carries_nothing(),
                None => false,
            };
            if valid {
                self.wrong.remove(&fact);
            } else {
                self.wrong.insert(fact);
            }
            let set = || self.set[fact].clone().unwrap_or(Value::Unknown);
            self.values[fact] = if applies == Truth::False { Value::NotApplicable } else { set() };
            open.extend(&self.dependents[fact]);
        }
    }

    /// The facts that make the record invalid: set to what they cannot be, or to anything where they do not apply.
    pub fn wrong(&self) -> impl Iterator<Item = FactId> {
        self.wrong.iter().copied()
    }

    /// What a criterion with this rule says.
    pub fn outcome(&self, kind: CriterionKind, rule: &Rule) -> Outcome {
        crate::stack::with_stack(self.protocol.depth, || outcome(&Engine::new(self.protocol, &self.values), kind, rule))
    }

    /// Whether a fact may apply.
    pub fn applies(&self, fact: FactId) -> bool {
        self.values[fact] != Value::NotApplicable
    }

    /// The truth of a test.
    pub fn truth(&self, test: &Test) -> Truth {
        crate::stack::with_stack(self.protocol.depth, || Engine::new(self.protocol, &self.values).test(test))
    }
}
