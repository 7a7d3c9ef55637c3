//! Holding the analysis to `evaluate`: one record, pinned down, must get the same truth from both.

use serde_json::Value;

use super::encode::{Beyond, Encoder};
use super::linear::Linear;
use super::logic::Lit;
use super::question::Questions;
use super::space::{Date, Found, Raw, Term, Wishes};
use crate::calendar::{CalendarUnit, Day, Days};
use crate::evaluate::{RecordReader, Truth, truth};
use crate::number::Number;
use crate::protocol::{Protocol, Test, Type};

/// What pinning a record came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pinned {
    /// So many tests have the truth that `evaluate` gives them.
    Agrees(usize),
    /// The record is not valid, or says more than the symbolic record can.
    Skipped,
    /// A test that cannot be decided, and why.
    Beyond(String),
    /// The two differ: here is how.
    Differs(String),
}

/// Compares what the analysis and `evaluate` make of one record, test by test. For tests of `lind` itself.
pub fn pin(protocol: &Protocol, record: &Value) -> Pinned {
    crate::stack::with_stack(protocol.depth, || run(protocol, record))
}

fn run(protocol: &Protocol, record: &Value) -> Pinned {
    let Ok(read) = RecordReader::new(protocol).deserialize(record).record else { return Pinned::Skipped };
    let mut encoder = Questions::new(vec![protocol]).encoder;
    let mut pins = Vec::new();
    for key in 0..encoder.keys.all.len() {
        let (name, ty) = (encoder.keys.all[key].name.clone(), encoder.keys.all[key].ty.clone());
        let raw = match encoder.raw(key) {
            Ok(raw) => raw,
            Err(Beyond(why)) => return Pinned::Beyond(why),
        };
        if !encoder.pin(&raw, &ty, record.get(&name).unwrap_or(&Value::Null), &mut pins) {
            return Pinned::Skipped;
        }
    }
    let criteria = protocol.criteria.iter().flat_map(|criterion| {
        let readings = criterion.readings.iter().map(|reading| &reading.rule);
        std::iter::once(&criterion.rule).chain(readings).flat_map(|rule| std::iter::once(&rule.test).chain(&rule.unless))
    });
    let statements = protocol.assumptions.iter().chain(&protocol.hypotheses).map(|statement| &statement.test);
    let tests: Vec<&Test> = criteria.chain(statements).collect();
    let mut encoded = Vec::new();
    for test in tests {
        match encoder.test(0, test) {
            Ok(tri) => encoded.push((test, tri)),
            Err(Beyond(why)) => return Pinned::Beyond(why),
        }
    }
    match ask(&mut encoder, &pins, None) {
        Found::Yes(_) => {}
        Found::No(_) => return Pinned::Differs("the record is valid, yet it has no place among the symbolic ones".into()),
        Found::Undecided(why) => return Pinned::Beyond(why.into()),
    }
    for (test, tri) in &encoded {
        let expected = truth(protocol, &read, test);
        let impossible = match expected {
            Truth::True => vec![!tri.t, tri.f],
            Truth::False => vec![!tri.f, tri.t],
            Truth::Unknown => vec![tri.t, tri.f],
        };
        for lit in impossible {
            match ask(&mut encoder, &pins, Some(lit)) {
                Found::No(_) => {}
                Found::Yes(_) => return Pinned::Differs(format!("`evaluate` says {expected:?}, the analysis does not: {test:?}")),
                Found::Undecided(why) => return Pinned::Beyond(why.into()),
            }
        }
    }
    Pinned::Agrees(encoded.len())
}

fn ask(encoder: &mut Encoder<'_>, pins: &[Lit], lit: Option<Lit>) -> Found {
    let given: Vec<Lit> = pins.iter().copied().chain(lit).chain(encoder.is_closed()).collect();
    encoder.theory.ask(&given, &Wishes { number: &|_| None, day: &|_| None, first: &[] })
}

impl Encoder<'_> {
    /// The literals that say what a value says; whether the symbolic one can.
    pub(super) fn pin(&mut self, raw: &Raw, ty: &Type, value: &Value, pins: &mut Vec<Lit>) -> bool {
        match (raw, ty) {
            (Raw::Boolean { known, value: lit }, _) => match value.as_bool() {
                Some(true) => pins.extend([*known, *lit]),
                Some(false) => pins.extend([*known, !*lit]),
                None => pins.push(!*known),
            },
            (Raw::Member { known, members }, Type::OneOf(names) | Type::Scale(names)) => match value.as_str() {
                Some(text) => pins.extend(names.iter().zip(members).filter(|(name, _)| *name == text).map(|(_, lit)| *lit)),
                None => pins.push(!*known),
            },
            (Raw::Set { known, members }, Type::SetOf(names)) => match value.as_array() {
                Some(list) => {
                    pins.push(*known);
                    let has = |name: &String| list.iter().any(|member| member == name.as_str());
                    pins.extend(names.iter().zip(members).map(|(name, lit)| if has(name) { *lit } else { !*lit }));
                }
                None => pins.push(!*known),
            },
            (Raw::Number(quantity), _) => return self.pin_number(quantity.known, quantity.var, value, pins),
            (Raw::Lab { parts, date }, _) => {
                for (part, name) in parts.iter().zip(["value", "upper", "lower"]) {
                    if !self.pin_number(part.known, part.var, value.get(name).unwrap_or(&Value::Null), pins) {
                        return false;
                    }
                }
                self.pin_date(date, value.get("date").unwrap_or(&Value::Null), pins);
            }
            (Raw::Date(date), _) => self.pin_date(date, value, pins),
            (Raw::Events { known, slots }, Type::Events(events)) => {
                let Some(list) = value.as_array() else {
                    pins.push(!*known);
                    return true;
                };
                if list.len() > slots.len() {
                    return false;
                }
                pins.push(*known);
                // As the symbolic events stand: by their first days, those without a date last.
                let mut list: Vec<&Value> = list.iter().collect();
                let first = |event: &Value| event.get("date").and_then(Value::as_str).and_then(Days::parse).map_or(Day::MAX, |days| days.first);
                list.sort_by_key(|event| first(event));
                for (i, slot) in slots.iter().enumerate() {
                    let Some(event) = list.get(i) else {
                        pins.push(!slot.present);
                        continue;
                    };
                    pins.push(slot.present);
                    self.pin_date(&slot.date, event.get("date").unwrap_or(&Value::Null), pins);
                    if let Some(end) = &slot.end {
                        let ended = event.get("end").unwrap_or(&Value::Null);
                        let ongoing = ended == "ongoing";
                        pins.push(if ongoing { end.ongoing } else { !end.ongoing });
                        self.pin_date(&end.date, if ongoing { &Value::Null } else { ended }, pins);
                    }
                    for (raw, (name, ty)) in slot.attributes.iter().zip(&events.attributes) {
                        if !self.pin(raw, ty, event.get(name).unwrap_or(&Value::Null), pins) {
                            return false;
                        }
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn pin_number(&mut self, known: Lit, var: usize, value: &Value, pins: &mut Vec<Lit>) -> bool {
        let Some(number) = value.as_number() else {
            pins.push(!known);
            return true;
        };
        let Some(number) = number.as_f64().and_then(Number::from_f64) else { return false };
        let gap = Linear::var(var).sub(&Linear::constant(number));
        let (most, below) = (self.theory.at_most_zero(&gap, false), self.theory.at_most_zero(&gap, true));
        pins.extend([known, most, !below]);
        true
    }

    fn pin_date(&mut self, date: &Date, value: &Value, pins: &mut Vec<Lit>) {
        let Some((text, days)) = value.as_str().and_then(|text| Some((text, Days::parse(text)?))) else {
            pins.push(!date.known);
            return;
        };
        pins.push(date.known);
        match text.len() {
            10 => pins.push(date.exact),
            7 => pins.extend([!date.exact, date.month]),
            _ => pins.extend([!date.exact, !date.month]),
        }
        let none = (0, CalendarUnit::Days);
        for (var, day) in [(date.first, days.first), (date.last, days.last)] {
            pins.push(self.theory.not_after(Term::Var(var), none, 0, Term::Day(day)));
            pins.push(self.theory.not_after(Term::Day(day), none, 0, Term::Var(var)));
        }
    }
}
