//! Random records: directed by types, drawn to boundaries, with unknowns and partial dates.

use lind::protocol::{Protocol, Type, walk};
use serde_json::{Map, Value, json};

use super::support::Random;

/// Generates records of one protocol.
pub struct Generator<'p> {
    protocol: &'p Protocol,
    /// The protocol's own limits and their neighbours.
    limits: Vec<f64>,
}

impl<'p> Generator<'p> {
    pub fn new(protocol: &'p Protocol) -> Self {
        let mut limits = vec![0.0, 1.0, 2.0, 3.5, 10.0, 60.0];
        let tests = protocol.criteria.iter().map(|criterion| &criterion.rule.test);
        for test in tests.chain(protocol.assumptions.iter().map(|assumption| &assumption.test)) {
            walk::literals(protocol, test, &mut |number| {
                if let Ok(value) = number.to_string().parse::<f64>() {
                    limits.extend([value, value - 0.1, value + 0.1, value - 1.0, value + 1.0]);
                }
            });
        }
        limits.retain(|limit| limit.is_finite() && (*limit == 0.0 || limit.abs() > 1e-9) && limit.abs() < 1e20);
        Self { protocol, limits }
    }

    pub fn record(&self, random: &mut Random) -> Map<String, Value> {
        let mut record = Map::new();
        // Some records say nearly everything, some nearly nothing.
        let unknown = *random.choose(&[2, 4, 12, 40]);
        for fact in &self.protocol.facts {
            match (random.once_in(unknown), random.once_in(2)) {
                (true, true) => {}
                (true, false) => drop(record.insert(fact.about.name.clone(), Value::Null)),
                (false, _) => drop(record.insert(fact.about.name.clone(), self.value(&fact.ty, random))),
            }
        }
        record
    }

    pub fn value(&self, ty: &Type, random: &mut Random) -> Value {
        match ty {
            Type::Boolean | Type::Attested(_) => json!(random.once_in(2)),
            Type::OneOf(members) | Type::Scale(members) => json!(random.choose(members)),
            Type::SetOf(members) => {
                let chance = 1 + random.below(4);
                json!(members.iter().filter(|_| random.once_in(chance)).collect::<Vec<_>>())
            }
            Type::Integer(range) => match range {
                Some((low, high)) => {
                    let (low, high) = (low.to_i64().unwrap_or(0), high.to_i64().unwrap_or(9));
                    json!(low + random.below((high - low + 1) as usize) as i64)
                }
                None => json!(random.choose(&self.limits).round() as i64),
            },
            Type::Number(range) | Type::Quantity(_, range) => {
                let drawn = *random.choose(&self.limits);
                let within = |bound: &lind::number::Number| bound.to_string().parse::<f64>().unwrap_or(0.0);
                json!(range.as_ref().map_or(drawn, |(low, high)| drawn.clamp(within(low), within(high))))
            }
            Type::Lab(_) => {
                let mut lab = Map::new();
                for part in ["value", "upper", "lower"] {
                    if !random.once_in(4) {
                        let value = random.choose(&self.limits).abs();
                        let value = if part == "upper" { value + 100.0 } else { value };
                        lab.insert(part.into(), if random.once_in(8) { Value::Null } else { json!(value) });
                    }
                }
                if random.once_in(2) {
                    lab.insert("date".into(), date(random));
                }
                Value::Object(lab)
            }
            Type::Date => date(random),
            Type::Events(events) => {
                let list = (0..random.below(4)).map(|_| {
                    let mut event = Map::new();
                    if !random.once_in(6) {
                        event.insert("date".into(), date(random));
                    }
                    if events.lasting && !random.once_in(3) {
                        event.insert("end".into(), if random.once_in(4) { json!("ongoing") } else { date(random) });
                    }
                    for (name, ty) in &events.attributes {
                        if !random.once_in(4) {
                            event.insert(name.clone(), self.value(ty, random));
                        }
                    }
                    Value::Object(event)
                });
                Value::Array(list.collect())
            }
        }
    }

    /// Fills in one thing that is unknown or partial; none where everything is known.
    pub fn fill(&self, record: &mut Map<String, Value>, random: &mut Random) {
        let start = random.below(self.protocol.facts.len());
        for i in 0..self.protocol.facts.len() {
            let fact = &self.protocol.facts[(start + i) % self.protocol.facts.len()];
            let value = record.entry(fact.about.name.clone()).or_insert(Value::Null);
            if self.fill_value(value, &fact.ty, random) {
                return;
            }
        }
    }

    fn fill_value(&self, value: &mut Value, ty: &Type, random: &mut Random) -> bool {
        match (&mut *value, ty) {
            (Value::Null, _) => {
                *value = self.value(ty, random);
                true
            }
            (Value::String(text), Type::Date) => {
                let narrowed = narrow(text, random);
                let changed = narrowed != *text;
                *text = narrowed;
                changed
            }
            (Value::Object(lab), Type::Lab(unit)) => {
                let number = Type::Quantity(unit.clone(), None);
                ["value", "upper", "lower"].iter().any(|part| {
                    let slot = lab.entry((*part).to_string()).or_insert(Value::Null);
                    self.fill_value(slot, &number, random)
                })
            }
            (Value::Array(list), Type::Events(events)) => list.iter_mut().any(|event| {
                let Value::Object(event) = event else { return false };
                let slot = event.entry("date").or_insert(Value::Null);
                if self.fill_value(slot, &Type::Date, random) {
                    return true;
                }
                if events.lasting {
                    let slot = event.entry("end").or_insert(Value::Null);
                    if *slot != json!("ongoing") && self.fill_value(slot, &Type::Date, random) {
                        return true;
                    }
                }
                events.attributes.iter().any(|(name, ty)| {
                    let slot = event.entry(name.clone()).or_insert(Value::Null);
                    self.fill_value(slot, ty, random)
                })
            }),
            _ => false,
        }
    }
}

/// A date around a few fixed ones, often partial.
fn date(random: &mut Random) -> Value {
    let years = [1931, 1965, 1966, 1974, 2000, 2006, 2015, 2016, 2020, 2024, 2025, 2025, 2026, 2026, 2026];
    let year = random.choose(&years);
    let month = [1, 2, 2, 3, 3, 3, 6, 12][random.below(8)];
    let day = [1, 15, 16, 17, 28][random.below(5)];
    json!(match random.below(8) {
        0 => format!("{year:04}"),
        1 => format!("{year:04}-{month:02}"),
        2 if year % 4 == 0 => format!("{year:04}-02-29"),
        _ => format!("{year:04}-{month:02}-{day:02}"),
    })
}

/// One of the dates that a partial date may be.
fn narrow(text: &str, random: &mut Random) -> String {
    match text.len() {
        4 => format!("{text}-{:02}", 1 + random.below(12)),
        7 => format!("{text}-{:02}", 1 + random.below(28)),
        _ => text.to_string(),
    }
}
