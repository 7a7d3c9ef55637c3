//! The limits of a protocol: what its records are aimed at.

use std::str::FromStr;

use lind::calendar::{CalendarUnit, Day, Days, Distance};
use lind::emit::{Samples, Target};
use lind::protocol::{Num, Part, Place, Protocol, Test, walk};
use serde_json::Value;

/// What a protocol compares with.
pub struct Limits<'p> {
    /// In the units of the comparisons, and as they would be recorded in others.
    pub numbers: Vec<f64>,
    pub distances: Vec<Distance>,
    pub days: Vec<Day>,
    /// Comparisons in criteria: their two sides.
    pub equations: Vec<(&'p Num, &'p Num)>,
}

impl<'p> Limits<'p> {
    pub fn of(protocol: &'p Protocol) -> Self {
        let mut limits = Self { numbers: vec![0.0, 1.0, 2.0, 10.0], distances: Vec::new(), days: Vec::new(), equations: Vec::new() };
        let data: Value = serde_json::from_str(&Target::ProtocolJson.emit(protocol, &Samples::default()).text).unwrap();
        let mut conversions = Vec::new();
        ["criteria", "defines", "assumptions", "facts"].iter().for_each(|part| limits.gather(&data[part], &mut conversions));
        let known = limits.numbers.clone();
        for (factor, shift) in conversions {
            limits.numbers.extend(known.iter().map(|number| round((number - shift) / factor)));
        }
        // A completed unit is a distance: `age >= 18 years` changes on a birthday.
        for number in known.iter().filter(|number| number.fract() == 0.0 && (1.0..=120.0).contains(*number)) {
            let units = [CalendarUnit::Years, CalendarUnit::Months, CalendarUnit::Weeks, CalendarUnit::Days];
            limits.distances.extend(units.map(|unit| Distance { count: *number as i32, unit }));
        }
        limits.numbers.retain(|number| number.is_finite());
        for test in protocol.criteria.iter().flat_map(|criterion| criterion.rule.tests()) {
            for condition in walk::conditions(protocol, test) {
                if let Test::Compare(_, left, right) = condition {
                    limits.equations.push((left, right));
                }
            }
        }
        limits
    }

    fn gather(&mut self, value: &Value, conversions: &mut Vec<(f64, f64)>) {
        match value {
            Value::Object(map) => {
                if let (Some(factor), Some(shift)) = (map.get("factor").and_then(number_of), map.get("shift").and_then(number_of)) {
                    conversions.push((factor, shift));
                }
                if let (Some(count), Some(unit)) = (map.get("count").and_then(Value::as_i64), map.get("unit").and_then(unit_of)) {
                    self.distances.push(Distance { count: count as i32, unit });
                }
                map.iter().filter(|(key, _)| !matches!(key.as_str(), "line" | "factor" | "shift")).for_each(|(_, inner)| self.gather(inner, conversions));
            }
            Value::Array(list) => list.iter().for_each(|inner| self.gather(inner, conversions)),
            Value::Number(_) => self.numbers.extend(number_of(value)),
            Value::String(text) => {
                self.days.extend(Days::parse(text).filter(|days| days.is_exact() && text.len() == 10).map(|days| days.first));
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => {
            let (over, under) = text.split_once('/').unwrap_or((text, "1"));
            Some(f64::from_str(over).ok()? / f64::from_str(under).ok()?)
        }
        _ => value.as_f64(),
    }
}

fn unit_of(value: &Value) -> Option<CalendarUnit> {
    let units = [CalendarUnit::Years, CalendarUnit::Months, CalendarUnit::Weeks, CalendarUnit::Days];
    units.into_iter().find(|unit| Some(unit.word()) == value.as_str())
}

/// To ten significant digits: what a clinic would record, and where limits lie.
pub fn round(value: f64) -> f64 {
    format!("{value:.9e}").parse().unwrap_or(value)
}

/// Where a number of the record stands: a fact, or a part of a lab.
pub type Spot = (usize, Option<Part>);

/// The numbers of a record that an expression reads, in order.
pub fn spots(num: &Num, found: &mut Vec<Spot>) {
    match num {
        Num::Place(Place::Fact(id)) => found.push((*id, None)),
        Num::Lab(Place::Fact(id), part) => found.push((*id, Some(*part))),
        Num::Sum(terms) | Num::Product(terms) => terms.iter().for_each(|term| spots(&term.num, found)),
        Num::Convert(inner, _, _) => spots(inner, found),
        _ => {}
    }
}

/// About what an expression comes to, where it is made of recorded numbers alone.
pub fn about(num: &Num, at: &dyn Fn(Spot) -> Option<f64>) -> Option<f64> {
    let float = |number: &lind::number::Number| number_of(&Value::String(number.to_string()));
    match num {
        Num::Literal(number) => float(number),
        Num::Place(Place::Fact(id)) => at((*id, None)),
        Num::Lab(Place::Fact(id), part) => at((*id, Some(*part))),
        Num::Sum(terms) => terms.iter().try_fold(0.0, |sum, term| {
            let value = about(&term.num, at)?;
            Some(if term.inverse { sum - value } else { sum + value })
        }),
        Num::Product(terms) => terms.iter().try_fold(1.0, |product, term| {
            let value = about(&term.num, at)?;
            Some(if term.inverse { product / value } else { product * value })
        }),
        Num::Convert(inner, factor, shift) => Some(about(inner, at)? * float(factor)? + float(shift)?),
        _ => None,
    }
}
