//! Subjects: what their records say, those of a model, and how far they differ from others.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::encode::Encoder;
use super::keys::Keys;
use super::sample::{TODAY, likely, number_json};
use super::space::{Date, Raw, Values};
use crate::calendar::{Day, Days, day_text};
use crate::diagnostic::Code;
use crate::evaluate::{Report, evaluate};
use crate::number::Number;
use crate::protocol::Type;

/// A subject: what its records say, told as what differs from another one's.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    base: Rc<[Value]>,
    own: BTreeMap<usize, Value>,
}

impl Subject {
    /// Nothing unusual is said of it; everything is known that applies to those who are like it. Where the
    /// version named last has a sample, that is it.
    pub fn ordinary(keys: &Keys<'_>) -> Self {
        let mut values: Vec<Value> = (0..keys.all.len()).map(|key| keys.usual(key)).collect();
        for (side, protocol) in keys.sides.iter().enumerate() {
            let last = side + 1 == keys.sides.len();
            let has_more = (0..protocol.facts.len()).any(|fact| keys.fact_of(keys.sides.len() - 1, keys.key_of(side, fact)).is_none());
            if !last && !has_more {
                continue;
            }
            let sample = Some(likely(protocol)).filter(|sample| keys.readers[side].deserialize(sample).record.is_ok());
            let sample = sample.as_ref().and_then(Value::as_object);
            for (fact, own) in protocol.facts.iter().enumerate() {
                let Some(value) = sample.and_then(|sample| sample.get(&own.about.name)) else { continue };
                match (&mut values[keys.key_of(side, fact)], value) {
                    // A laboratory value of which all is known has a date.
                    (Value::Object(lab), Value::Object(sample)) => lab.extend(sample.clone()),
                    (known, value) => known.clone_from(value),
                }
            }
        }
        Self::of(values)
    }

    /// The subject of whom all of this is said.
    pub fn of(values: Vec<Value>) -> Self {
        Self { base: values.into(), own: BTreeMap::new() }
    }

    /// What is said under a key.
    pub fn get(&self, key: usize) -> &Value {
        self.own.get(&key).unwrap_or(&self.base[key])
    }

    /// Says something else under a key.
    pub fn set(&mut self, key: usize, value: Value) {
        if self.base[key] == value {
            self.own.remove(&key);
        } else {
            self.own.insert(key, value);
        }
    }

    /// Says what the other subject says.
    pub fn reset(&mut self, key: usize) {
        self.own.remove(&key);
    }

    /// The keys in which it differs from what it was made from.
    pub fn own(&self) -> impl Iterator<Item = usize> {
        self.own.keys().copied()
    }

    /// The same subject, from which others can be told.
    pub fn settled(&self) -> Self {
        let mut values = self.base.to_vec();
        self.own.iter().for_each(|(key, value)| values[*key].clone_from(value));
        Self::of(values)
    }

    /// The record of one side: what it cannot record is unknown to it.
    pub fn record(&self, keys: &Keys<'_>, side: usize) -> Map<String, Value> {
        let facts = keys.sides[side].facts.iter().enumerate();
        let mut record: Map<String, Value> =
            facts.map(|(fact, own)| (own.about.name.clone(), self.get(keys.key_of(side, fact)).clone())).collect();
        if keys.differ {
            let reader = &keys.readers[side];
            for _ in 0..=keys.sides[side].conditional.len() {
                let Err(errors) = reader.deserialize(&Value::Object(record.clone())).record else { break };
                for error in errors {
                    let name = error.path.trim_start_matches("$.").split(['[', '.']).next().unwrap_or_default().to_string();
                    let only_here = keys.sides[side].fact(&name).is_some_and(|fact| keys.all[keys.key_of(side, fact)].differs);
                    if only_here && matches!(error.code, Code::DoesNotApply | Code::OutOfRange | Code::UndeclaredMember) {
                        record.insert(name, Value::Null);
                    }
                }
            }
        }
        record
    }

    /// What one side says of a record, read as anybody's would be; none, if it is not valid there.
    pub fn report(keys: &Keys<'_>, side: usize, record: &Value) -> Option<Report> {
        let read = keys.readers[side].deserialize(record).record.ok()?;
        Some(evaluate(keys.sides[side], &read))
    }

    /// The subject of a model; what the model does not speak of is as it is of `base`.
    pub fn of_model(encoder: &Encoder<'_>, values: &Values, base: &Self) -> Self {
        let mut subject = base.clone();
        for (key, raw) in encoder.raws() {
            let again = if encoder.keys.all[key].repeated { encoder.again(key, raw, values) } else { Vec::new() };
            subject.set(key, value(encoder, raw, &encoder.keys.all[key].ty, values, &again));
        }
        subject
    }
}

/// The value of a model; of a list, how often each event is said again.
fn value(encoder: &Encoder<'_>, raw: &Raw, ty: &Type, values: &Values, again: &[usize]) -> Value {
    let holds = |lit| encoder.theory.logic.holds(lit);
    let number = |var| values.numbers.get(&var).map_or(Value::Null, number_json);
    match (raw, ty) {
        (Raw::Boolean { known, value }, _) => if holds(*known) { json!(holds(*value)) } else { Value::Null },
        (Raw::Member { known, members }, Type::OneOf(names) | Type::Scale(names)) if holds(*known) => {
            json!(members.iter().position(|lit| holds(*lit)).map(|i| &names[i]))
        }
        (Raw::Set { known, members }, Type::SetOf(names)) if holds(*known) => {
            json!(members.iter().zip(names.iter()).filter(|(lit, _)| holds(**lit)).map(|(_, name)| name).collect::<Vec<_>>())
        }
        (Raw::Number(quantity), _) if holds(quantity.known) => number(quantity.var),
        (Raw::Lab { parts, date }, _) => {
            let mut lab = Map::new();
            for (part, name) in parts.iter().zip(["value", "upper", "lower"]) {
                if holds(part.known) {
                    lab.insert(name.into(), number(part.var));
                }
            }
            if holds(date.known) {
                lab.insert("date".into(), date_json(encoder, date, values));
            }
            if lab.is_empty() { Value::Null } else { Value::Object(lab) }
        }
        (Raw::Date(date), _) if holds(date.known) => date_json(encoder, date, values),
        (Raw::Events { known, slots }, Type::Events(events)) if holds(*known) => {
            let present = slots.iter().enumerate().filter(|(_, slot)| holds(slot.present));
            let list = present.flat_map(|(i, slot)| {
                let mut event = Map::new();
                if holds(slot.date.known) {
                    event.insert("date".into(), date_json(encoder, &slot.date, values));
                }
                match &slot.end {
                    Some(end) if holds(end.ongoing) => drop(event.insert("end".into(), json!("ongoing"))),
                    Some(end) if holds(end.date.known) => {
                        event.insert("end".into(), date_json(encoder, &end.date, values));
                    }
                    _ => {}
                }
                for (raw, (name, ty)) in slot.attributes.iter().zip(&events.attributes) {
                    event.insert(name.clone(), value(encoder, raw, ty, values, &[]));
                }
                vec![Value::Object(event); 1 + again.get(i).copied().unwrap_or(0)]
            });
            Value::Array(list.collect())
        }
        _ => Value::Null,
    }
}

fn date_json(encoder: &Encoder<'_>, date: &Date, values: &Values) -> Value {
    let text = day_text(values.days[date.first]);
    let length = if encoder.theory.logic.holds(date.exact) {
        10
    } else if encoder.theory.logic.holds(date.month) {
        7
    } else {
        4
    };
    json!(text[..length])
}

/// Where the numbers and days of a symbolic record are wished to lie: where those of `base` do.
pub(super) struct BaseWishes {
    pub numbers: HashMap<usize, Number>,
    pub days: HashMap<usize, Day>,
    /// Anchors first: what lies around them follows.
    pub first: Vec<usize>,
}

impl BaseWishes {
    pub fn new(encoder: &Encoder<'_>, base: &Subject) -> Self {
        let mut wishes = Self { numbers: HashMap::new(), days: HashMap::new(), first: Vec::new() };
        for (key, raw) in encoder.raws() {
            if let (true, Raw::Date(date)) = (encoder.keys.all[key].anchor, &**raw) {
                wishes.first.push(date.first);
            }
            wishes.add(raw, base.get(key));
        }
        wishes
    }

    fn add(&mut self, raw: &Raw, value: &Value) {
        match raw {
            Raw::Boolean { .. } | Raw::Member { .. } | Raw::Set { .. } => {}
            Raw::Number(quantity) => self.number(quantity.var, value),
            Raw::Lab { parts, date } => {
                for (part, name) in parts.iter().zip(["value", "upper", "lower"]) {
                    self.number(part.var, value.get(name).unwrap_or(&json!(10)));
                }
                self.date(date, value.get("date").unwrap_or(&Value::Null));
            }
            Raw::Date(date) => self.date(date, value),
            Raw::Events { slots, .. } => {
                for slot in slots {
                    self.date(&slot.date, &Value::Null);
                    if let Some(end) = &slot.end {
                        self.date(&end.date, &Value::Null);
                    }
                    slot.attributes.iter().for_each(|attribute| self.add(attribute, &Value::Null));
                }
            }
        }
    }

    fn number(&mut self, var: usize, value: &Value) {
        if let Some(number) = value.as_number().and_then(|n| Number::parse(&n.to_string()).ok()) {
            self.numbers.insert(var, number);
        }
    }

    fn date(&mut self, date: &Date, value: &Value) {
        let day = value.as_str().and_then(Days::parse).or_else(|| Days::parse(TODAY)).map_or(0, |days| days.first);
        self.days.insert(date.first, day);
        self.days.insert(date.last, day);
    }
}
