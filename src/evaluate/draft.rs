//! A record that is changed fact by fact, for searches that ask the same tests again and again.

use super::Truth;
use super::engine::Engine;
use super::record::{RecordReader, Value};
use crate::protocol::{FactId, Protocol, Test};

/// A record in the making. What is set is read as a record's value would be; an invalid value is unknown.
#[derive(Debug)]
pub struct Draft<'p> {
    protocol: &'p Protocol,
    reader: RecordReader<'p>,
    /// As set.
    set: Vec<Value>,
    /// As evaluated: what does not apply is marked so.
    values: Vec<Value>,
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
        let unknown = vec![Value::Unknown; count];
        Self { protocol, reader: RecordReader::new(protocol), set: unknown.clone(), values: unknown, dependents }
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
            self.values[fact] = if applies == Truth::False { Value::NotApplicable } else { self.set[fact].clone() };
            open.extend(&self.dependents[fact]);
        }
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
