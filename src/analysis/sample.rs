//! Sample records: an ordinary valid one, and one that is certainly eligible.
//!
//! The eligible one is found by local search: of each criterion that does not
//! pass, the facts are set one by one to the value among a few (members, the
//! protocol's own limits and their neighbours, days around an anchor) that
//! brings the criteria reading it nearest to passing. Only those are asked
//! again, so the search grows with the protocol and no faster. What is found
//! is checked by the evaluator; where nothing is found, nothing is claimed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::calendar::{CalendarUnit, Days, add, day_text};
use crate::emit::Samples;
use crate::evaluate::{Draft, RecordReader, Truth, Verdict, evaluate};
use crate::number::Number;
use crate::protocol::{DefineBody, FactId, Protocol, Role, Test, Type, walk};

const ROUNDS: usize = 4;
/// The day on which samples stand.
pub(super) const TODAY: &str = "2026-03-16";
/// How many limits of the criteria that read a fact are tried for it.
const MAX_LIMITS: usize = 24;

/// The samples of a protocol.
pub fn samples(protocol: &Protocol) -> Samples {
    let record = likely(protocol);
    let reader = RecordReader::new(protocol);
    match reader.deserialize(&record).record {
        Ok(read) => {
            let report = evaluate(protocol, &read);
            let eligible = report.verdict == Verdict::Eligible && report.contradicts.is_empty();
            Samples { eligible: eligible.then(|| record.clone()), subject: Some(record) }
        }
        Err(_) => Samples::default(),
    }
}

/// A record that is likely to be valid, and to be eligible.
pub(super) fn likely(protocol: &Protocol) -> Value {
    let mut search = Search::new(protocol);
    for _ in 0..ROUNDS {
        if !search.round() {
            break;
        }
    }
    search.record()
}

/// A search over records.
struct Search<'p> {
    protocol: &'p Protocol,
    /// What must be true: each criterion passing, each assumption.
    goals: Vec<Test>,
    /// The facts that a goal reads, those of their `when` included.
    reads: Vec<Vec<FactId>>,
    /// The goals that read a fact.
    readers: Vec<Vec<usize>>,
    values: Vec<Value>,
    draft: Draft<'p>,
}

impl<'p> Search<'p> {
    fn new(protocol: &'p Protocol) -> Self {
        let passes = protocol.criteria.iter().map(|criterion| criterion.rule.passes(criterion.kind));
        let goals: Vec<Test> = passes.chain(protocol.assumptions.iter().map(|assumption| assumption.test.clone())).collect();
        let reads: Vec<Vec<FactId>> = goals.iter().map(|goal| walk::all_facts(protocol, [goal]).into_iter().collect()).collect();
        let mut readers = vec![Vec::new(); protocol.facts.len()];
        for (goal, facts) in reads.iter().enumerate() {
            facts.iter().for_each(|fact| readers[*fact].push(goal));
        }
        let values: Vec<Value> = protocol.facts.iter().map(|fact| ordinary_value(&fact.ty, &fact.role)).collect();
        let mut draft = Draft::new(protocol);
        values.iter().enumerate().for_each(|(id, value)| draft.set(id, value));
        Self { protocol, goals, reads, readers, values, draft }
    }

    /// One pass over the goals that are not reached; whether anything changed.
    fn round(&mut self) -> bool {
        let mut changed = false;
        for goal in 0..self.goals.len() {
            if self.draft.truth(&self.goals[goal]) == Truth::True {
                continue;
            }
            for fact in self.reads[goal].clone() {
                if self.improve(fact) {
                    changed = true;
                    if self.draft.truth(&self.goals[goal]) == Truth::True {
                        break;
                    }
                }
            }
        }
        changed
    }

    /// Sets a fact to the value that serves its readers best; whether that is another one.
    fn improve(&mut self, fact: FactId) -> bool {
        let mut best = self.nearness(fact);
        let before = self.values[fact].clone();
        let mut chosen = before.clone();
        for candidate in self.candidates(fact) {
            self.draft.set(fact, &candidate);
            let near = self.nearness(fact);
            if near > best + 1e-9 {
                best = near;
                chosen = candidate;
            }
        }
        self.draft.set(fact, &chosen);
        let changed = chosen != before;
        self.values[fact] = chosen;
        changed
    }

    fn nearness(&self, fact: FactId) -> f64 {
        self.readers[fact].iter().map(|goal| nearness(self.protocol, &self.draft, &self.goals[*goal], true)).sum()
    }

    fn candidates(&self, id: FactId) -> Vec<Value> {
        let goals = self.readers[id].iter().take(MAX_LIMITS).map(|goal| &self.goals[*goal]);
        candidates(&self.protocol.facts[id].ty, &limits(self.protocol, goals))
    }

    /// The record as it would be written: a fact that does not apply carries nothing.
    fn record(&self) -> Value {
        let mut record = Map::new();
        for (id, fact) in self.protocol.facts.iter().enumerate() {
            let value = if self.draft.applies(id) { self.values[id].clone() } else { Value::Null };
            record.insert(fact.about.name.clone(), value);
        }
        Value::Object(record)
    }
}

/// A few values of a fact, on both sides of what the criteria that read it compare with.
pub(super) fn values_of(protocol: &Protocol, fact: FactId) -> Vec<Value> {
    let tests = protocol.criteria.iter().flat_map(|criterion| criterion.rule.tests());
    let reading = tests.filter(|test| walk::facts(protocol, test).contains(&fact)).take(MAX_LIMITS);
    candidates(&protocol.facts[fact].ty, &limits(protocol, reading))
}

/// What tests compare with, and what lies on both sides of it.
fn limits<'t>(protocol: &Protocol, tests: impl Iterator<Item = &'t Test>) -> Vec<Value> {
    let mut limits: BTreeSet<Number> = [0, 1, 10, 100].into_iter().map(Number::whole).collect();
    for test in tests {
        walk::literals(protocol, test, &mut |number| {
            let one = Number::whole(1);
            limits.extend([number.clone(), number.add(&one), number.sub(&one)]);
        });
    }
    limits.iter().take(2 * MAX_LIMITS).map(number_json).collect()
}

/// How near a test is to what is wanted of it, from 0 to 1: the share of its parts that are so.
fn nearness(protocol: &Protocol, draft: &Draft<'_>, test: &Test, wanted: bool) -> f64 {
    match test {
        Test::Not(inner) => nearness(protocol, draft, inner, !wanted),
        Test::And(tests) | Test::Or(tests) => {
            let parts = tests.iter().map(|test| nearness(protocol, draft, test, wanted));
            if matches!(test, Test::And(_)) == wanted {
                parts.sum::<f64>() / tests.len() as f64
            } else {
                parts.fold(0.0, f64::max)
            }
        }
        Test::Define(id) => match &protocol.defines[*id].body {
            DefineBody::Test(test) => nearness(protocol, draft, test, wanted),
            DefineBody::Number(..) | DefineBody::Date(_) | DefineBody::Inlined => 0.0,
        },
        atom => match draft.truth(atom) {
            Truth::Unknown => 0.4,
            truth if truth == Truth::from(wanted) => 1.0,
            Truth::True | Truth::False => 0.0,
        },
    }
}

/// The number as a record says it.
pub(super) fn number_json(number: &Number) -> Value {
    match number.to_i64() {
        Some(whole) => json!(whole),
        None => serde_json::from_str(&number.to_string()).unwrap_or(Value::Null),
    }
}

pub(super) fn ordinary_value(ty: &Type, role: &Role) -> Value {
    match ty {
        Type::Boolean => json!(false),
        Type::Attested(_) => json!(*role == Role::Attestation),
        Type::OneOf(members) | Type::Scale(members) => json!(members.first()),
        Type::SetOf(_) | Type::Events(_) => json!([]),
        Type::Integer(range) | Type::Number(range) | Type::Quantity(_, range) => {
            range.as_ref().map_or(json!(1), |(low, _)| number_json(low))
        }
        Type::Lab(_) => json!({ "value": 10, "upper": 20, "lower": 5 }),
        Type::Date => json!(TODAY),
    }
}

/// A few values of the type; one that is not valid leaves the fact unknown.
fn candidates(ty: &Type, limits: &[Value]) -> Vec<Value> {
    match ty {
        Type::Boolean | Type::Attested(_) => vec![json!(false), json!(true)],
        Type::OneOf(members) | Type::Scale(members) => members.iter().take(64).map(|member| json!(member)).collect(),
        Type::SetOf(members) => std::iter::once(json!([]))
            .chain(members.iter().take(64).map(|member| json!([member])))
            .chain([json!(members.to_vec())])
            .collect(),
        Type::Integer(_) | Type::Number(_) | Type::Quantity(..) => limits.to_vec(),
        Type::Lab(_) => {
            limits.iter().map(|limit| json!({ "value": limit, "upper": 20, "lower": 5, "date": TODAY })).collect()
        }
        Type::Date => days().map(|day| json!(day_text(day))).collect(),
        Type::Events(events) => {
            let mut lists = vec![json!([])];
            for day in days() {
                for variant in 0..3 {
                    let mut event = Map::new();
                    event.insert("date".into(), json!(day_text(day)));
                    if events.lasting {
                        event.insert("end".into(), json!(day_text(day)));
                    }
                    for (name, ty) in &events.attributes {
                        event.insert(name.clone(), attribute(ty, variant, limits));
                    }
                    lists.push(json!([event]));
                }
            }
            lists
        }
    }
}

fn attribute(ty: &Type, variant: usize, limits: &[Value]) -> Value {
    match ty {
        Type::Boolean | Type::Attested(_) => json!(variant == 1),
        Type::OneOf(members) | Type::Scale(members) => json!(members[variant.min(members.len() - 1)]),
        Type::Integer(Some((low, high))) | Type::Number(Some((low, high))) | Type::Quantity(_, Some((low, high))) => {
            number_json(if variant == 1 { high } else { low })
        }
        Type::Integer(None) | Type::Number(None) | Type::Quantity(_, None) => {
            limits.get(variant * limits.len() / 3).cloned().unwrap_or(json!(1))
        }
        ty => ordinary_value(ty, &Role::Fact),
    }
}

/// Days around the one on which samples stand.
fn days() -> impl Iterator<Item = i32> {
    let today = Days::parse(TODAY).map_or(0, |days| days.first);
    let years = [1, 2, 6, 10, 20, 30, 45, 65].into_iter().map(move |n| add(today, -n, CalendarUnit::Years));
    let days = [0, 3, 10, 25, 60, 200].into_iter().map(move |n| today - n);
    days.chain(years).chain([today + 30])
}
