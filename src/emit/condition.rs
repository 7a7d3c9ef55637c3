//! Tests as JSON Schema: which records make a test certainly true, or false.
//!
//! A schema sees one record and compares values with constants. What it cannot
//! see (two facts against each other, distances between dates, arithmetic)
//! leaves the schema too wide: [`Condition::exact`] tells.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::number::Number;
use crate::protocol::{
    Comparison, CriterionKind, DefineBody, FactId, HowMany, MemberExpr, Members, Num, Part, Place, Protocol, Rule,
    Selection, SetExpr, SetTest, Test,
};

/// A schema that accepts at least every record it should.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub schema: Value,
    /// Why it may accept more, where it may.
    pub gaps: Vec<String>,
}

impl Condition {
    fn exact(schema: Value) -> Self {
        Self { schema, gaps: Vec::new() }
    }

    fn gap(reason: &str) -> Self {
        Self { schema: json!(true), gaps: vec![reason.to_string()] }
    }

    /// Whether it accepts just what it should.
    pub fn is_exact(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// Where a test stands: in the record, or in an event of a fact.
#[derive(Clone, Copy)]
pub(super) struct Conditions<'a> {
    protocol: &'a Protocol,
    event: Option<FactId>,
    /// How many more tests may be written out; a chain of `if` doubles with each case.
    left: &'a Cell<usize>,
}

/// How many tests one criterion may be written out into.
pub(super) const MAX_TESTS: usize = 5_000;

/// Tests of at most so many parts are written out by cases.
const MAX_CASES: usize = 6;

impl<'a> Conditions<'a> {
    /// Conditions on a record; `left` bounds what is written out.
    pub fn new(protocol: &'a Protocol, left: &'a Cell<usize>) -> Self {
        Self { protocol, event: None, left }
    }

    /// The records that a criterion certainly lets pass.
    pub fn passes(&self, kind: CriterionKind, rule: &Rule) -> Condition {
        let lets_in = self.certainly(&rule.test, kind == CriterionKind::Include);
        match &rule.unless {
            Some(unless) => any(vec![lets_in, self.certainly(unless, true)]),
            None => lets_in,
        }
    }

    /// The records for which a test is certainly so.
    pub fn certainly(&self, test: &Test, wanted: bool) -> Condition {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => return Condition::gap("a test with too many cases to write out"),
        }
        let each = |tests: &[Test], wanted: bool| tests.iter().map(|test| self.certainly(test, wanted)).collect();
        match test {
            Test::Fact(place) => self.atom(*place, wanted, json!({ "const": wanted })),
            Test::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Test(test) => self.certainly(test, wanted),
                DefineBody::Number(..) | DefineBody::Date(_) | DefineBody::Inlined => Condition::gap("a definition"),
            },
            Test::Not(inner) => self.certainly(inner, !wanted),
            Test::And(tests) if wanted => all(each(tests, true)),
            Test::And(tests) => any(each(tests, false)),
            Test::Or(tests) if wanted => any(each(tests, true)),
            Test::Or(tests) => all(each(tests, false)),
            Test::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                any(vec![
                    all(vec![self.certainly(condition, true), self.certainly(then, wanted)]),
                    all(vec![self.certainly(condition, false), self.certainly(otherwise, wanted)]),
                    all(vec![self.certainly(then, wanted), self.certainly(otherwise, wanted)]),
                ])
            }
            Test::SomeOf(how, count, tests) => self.some_of(*how, *count, tests, wanted),
            Test::Compare(op, left, right) => self.compare(*op, left, right, wanted),
            Test::Member(MemberExpr::Place(place), among) => {
                let members = self.members(*place);
                self.atom(*place, wanted, json!({ "enum": pick(&members, among, wanted) }))
            }
            Test::Has(SetExpr::Place(place), question) => self.has(*place, question, wanted),
            Test::Some(selection) => self.some(selection, wanted),
            Test::Date(..) => Condition::gap("JSON Schema compares no dates"),
            Test::Pick(_) | Test::Member(MemberExpr::Pick(_), _) | Test::Has(SetExpr::Pick(_), _) => {
                Condition::gap("JSON Schema takes no one of several events")
            }
        }
    }

    /// An atom over one place: its value satisfies `schema`, or it does not apply and the atom is false.
    fn atom(&self, place: Place, wanted: bool, schema: Value) -> Condition {
        let Some(name) = self.key(place) else { return Condition::gap("a fact outside the event") };
        let mut ways = vec![Condition::exact(json!({ "properties": { name.as_str(): schema }, "required": [name] }))];
        if let (Place::Fact(id), false) = (place, wanted)
            && let Some(when) = &self.protocol.facts[id].when
        {
            ways.push(Self::new(self.protocol, self.left).certainly(when, false));
        }
        any(ways)
    }

    /// The key under which a place stands in the object that the schema sees.
    fn key(&self, place: Place) -> Option<String> {
        match (place, self.event) {
            (Place::Fact(id), None) => Some(self.protocol.facts[id].about.name.clone()),
            (Place::Attribute(i), Some(_)) => self.protocol.attribute(i, self.event).map(|(name, _)| name.clone()),
            _ => None,
        }
    }

    fn members(&self, place: Place) -> Members {
        self.protocol.members_at(place, self.event)
    }

    fn some_of(&self, how: HowMany, count: usize, tests: &[Test], wanted: bool) -> Condition {
        if tests.len() > MAX_CASES {
            return Condition::gap("a count of many tests");
        }
        let holds = |n: usize| match how {
            HowMany::AtLeast => n >= count,
            HowMany::AtMost => n <= count,
            HowMany::Exactly => n == count,
        };
        // A choice of tests that are certainly true and others that are certainly
        // false decides it, if every way to fill in the rest gives a wanted number.
        let mut ways = Vec::new();
        for code in 0..3usize.pow(tests.len() as u32) {
            let states: Vec<usize> = (0..tests.len()).map(|i| code / 3usize.pow(i as u32) % 3).collect();
            let sure = states.iter().filter(|state| **state == 1).count();
            let open = states.iter().filter(|state| **state == 2).count();
            if (sure..=sure + open).all(|n| holds(n) == wanted) {
                let parts = states.iter().zip(tests).filter(|(state, _)| **state != 2);
                ways.push(all(parts.map(|(state, test)| self.certainly(test, *state == 1)).collect()));
            }
        }
        any(ways)
    }

    fn compare(&self, op: Comparison, left: &Num, right: &Num, wanted: bool) -> Condition {
        let (op, side, literal) = match (left, right) {
            (side, Num::Literal(literal)) => (op, side, literal),
            (Num::Literal(literal), side) => (op.mirrored(), side, literal),
            _ => return Condition::gap("JSON Schema compares a value with constants only, not two values"),
        };
        let Some(literal) = decimal(literal) else { return Condition::gap("a limit that is no short decimal") };
        let (keyword, negative) = bound(op, wanted);
        let limit = if negative { json!({ "type": "number", "not": { keyword: literal } }) } else { json!({ "type": "number", keyword: literal }) };
        match side {
            Num::Place(place) => self.atom(*place, wanted, limit),
            Num::Lab(place, part) => self.atom(*place, wanted, json!({
                "type": "object", "properties": { lab_key(*part): limit }, "required": [lab_key(*part)],
            })),
            Num::Size(SetExpr::Place(place)) => self.size(*place, op, &literal, wanted),
            _ => Condition::gap("JSON Schema does not calculate"),
        }
    }

    /// A number of members against a whole literal.
    fn size(&self, place: Place, op: Comparison, literal: &Value, wanted: bool) -> Condition {
        let Some(n) = literal.as_i64() else { return Condition::gap("a limit that is no whole number") };
        let (low, high) = match (op, wanted) {
            (Comparison::Less, true) | (Comparison::GreaterOrEqual, false) => (0, Some(n - 1)),
            (Comparison::LessOrEqual, true) | (Comparison::Greater, false) => (0, Some(n)),
            (Comparison::Greater, true) | (Comparison::LessOrEqual, false) => (n + 1, None),
            (Comparison::GreaterOrEqual, true) | (Comparison::Less, false) => (n, None),
            (Comparison::Equal, true) => (n, Some(n)),
            (Comparison::Equal, false) => return Condition::gap("a number of members that is not some number"),
        };
        if high.is_some_and(|high| high < 0) {
            return Condition::exact(json!(false));
        }
        let mut schema = json!({ "type": "array", "minItems": low.max(0) });
        if let Some(high) = high {
            schema["maxItems"] = json!(high);
        }
        // A set that does not apply is empty, which this does not tell from one that is unknown.
        self.atom(place, false, schema)
    }

    fn has(&self, place: Place, question: &SetTest, wanted: bool) -> Condition {
        let members = self.members(place);
        let contains = |names: Vec<String>| json!({ "type": "array", "contains": { "enum": names } });
        let only = |names: Vec<String>| {
            if names.is_empty() { json!({ "type": "array", "maxItems": 0 }) } else { json!({ "type": "array", "items": { "enum": names } }) }
        };
        let schema = match (question, wanted) {
            (SetTest::Any, true) => json!({ "type": "array", "minItems": 1 }),
            (SetTest::Any, false) => json!({ "type": "array", "maxItems": 0 }),
            (SetTest::AnyOf(among), true) => contains(pick(&members, among, true)),
            (SetTest::AnyOf(among), false) => only(pick(&members, among, false)),
            (SetTest::AnyExcept(among), true) => match pick(&members, among, false) {
                others if others.is_empty() => json!(false),
                others => contains(others),
            },
            (SetTest::AnyExcept(among), false) => only(pick(&members, among, true)),
            (SetTest::AllOf(among), true) => {
                let each = pick(&members, among, true).into_iter().map(|name| json!({ "contains": { "const": name } }));
                json!({ "type": "array", "allOf": each.collect::<Vec<_>>() })
            }
            (SetTest::AllOf(among), false) => {
                let each = pick(&members, among, true).into_iter().map(|name| json!({ "not": { "contains": { "const": name } } }));
                json!({ "type": "array", "anyOf": each.collect::<Vec<_>>() })
            }
        };
        self.atom(place, wanted, schema)
    }

    fn some(&self, selection: &Selection, wanted: bool) -> Condition {
        if selection.window.is_some() {
            return Condition::gap("JSON Schema compares no dates");
        }
        let within = Self { event: Some(selection.events), ..*self };
        let item = match &selection.condition {
            Some(condition) => within.certainly(condition, wanted),
            None if wanted => Condition::exact(json!(true)),
            None => Condition::exact(json!(false)),
        };
        let schema = if wanted {
            json!({ "type": "array", "contains": item.schema })
        } else {
            json!({ "type": "array", "items": item.schema })
        };
        let mut condition = self.atom(Place::Fact(selection.events), wanted, schema);
        condition.gaps.extend(item.gaps);
        condition
    }
}

/// The members chosen, or those that are not.
fn pick(members: &Members, among: &[u16], chosen: bool) -> Vec<String> {
    members.iter().enumerate().filter(|(i, _)| among.contains(&(*i as u16)) == chosen).map(|(_, m)| m.clone()).collect()
}

fn lab_key(part: Part) -> &'static str {
    part.key()
}

/// The keyword for a bound, and whether it is to be negated.
fn bound(op: Comparison, wanted: bool) -> (&'static str, bool) {
    match (op, wanted) {
        (Comparison::Less, true) | (Comparison::GreaterOrEqual, false) => ("exclusiveMaximum", false),
        (Comparison::LessOrEqual, true) | (Comparison::Greater, false) => ("maximum", false),
        (Comparison::Greater, true) | (Comparison::LessOrEqual, false) => ("exclusiveMinimum", false),
        (Comparison::GreaterOrEqual, true) | (Comparison::Less, false) => ("minimum", false),
        (Comparison::Equal, wanted) => ("const", !wanted),
    }
}

/// A literal that a double carries exactly enough for a validator to compare it.
fn decimal(number: &Number) -> Option<Value> {
    match super::json_number(number) {
        Value::String(_) => None,
        value => Some(value),
    }
}

/// All of them. A part that says nothing is left out; its gaps stay.
pub(super) fn all(parts: Vec<Condition>) -> Condition {
    let gaps = parts.iter().flat_map(|part| part.gaps.clone()).collect();
    if parts.iter().any(|part| part.schema == json!(false)) {
        return Condition::exact(json!(false));
    }
    let mut schemas: Vec<Value> = parts.into_iter().map(|part| part.schema).filter(|schema| *schema != json!(true)).collect();
    let schema = match schemas.len() {
        0 => json!(true),
        1 => schemas.remove(0),
        _ => json!({ "allOf": schemas }),
    };
    Condition { schema, gaps }
}

/// One of them. One that says nothing makes the whole say nothing.
pub(super) fn any(parts: Vec<Condition>) -> Condition {
    let gaps = parts.iter().flat_map(|part| part.gaps.clone()).collect();
    if parts.iter().any(|part| part.schema == json!(true) && part.is_exact()) {
        return Condition::exact(json!(true));
    }
    if parts.iter().any(|part| part.schema == json!(true)) {
        return Condition { schema: json!(true), gaps };
    }
    let mut schemas: Vec<Value> = parts.into_iter().map(|part| part.schema).filter(|schema| *schema != json!(false)).collect();
    let schema = match schemas.len() {
        0 => json!(false),
        1 => schemas.remove(0),
        _ => json!({ "anyOf": schemas }),
    };
    Condition { schema, gaps }
}
