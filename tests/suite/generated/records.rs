//! Records of a generated protocol, aimed at its limits.

use std::collections::BTreeMap;

use lind::calendar::{Day, add, day_from_civil, day_text};
use lind::evaluate::RecordReader;
use lind::number::Number;
use lind::protocol::{Fact, Part, Protocol, Range, Type};
use serde_json::{Map, Value, json};

use super::super::support::Random;
use super::limits::{Limits, Spot, about, round, spots};

/// How often each kind of value was produced.
pub type Tally = BTreeMap<String, usize>;

/// Every kind of value that records are made of; the test fails where one of them never comes up.
pub const AIMS: &[&str] = &[
    "number just below a limit", "number at a limit", "number just above a limit", "number solved for a comparison",
    "day just before a limit", "day at a limit", "day just after a limit", "month", "year", "leap day", "end of the calendar", "ongoing",
    "fact missing", "fact null", "part missing", "empty list", "empty set", "end of a range", "spelling of a number",
    "mistake: wrong type", "mistake: undeclared key", "mistake: undeclared member", "mistake: repeated member", "mistake: no date",
    "mistake: out of range", "mistake: not finite", "mistake: lone surrogate", "mistake: repeated key",
];

/// Marks a text that stands in the record without quotes: what no parsed value can carry.
const RAW: &str = "raw:";

/// The text of a record.
pub fn text(record: &Value) -> String {
    let mut text = record.to_string();
    while let Some(start) = text.find(&format!("\"{RAW}")) {
        let end = start + 1 + text[start + 1..].find('"').expect("a string ends");
        let raw = text[start + 1 + RAW.len()..end].replace('~', "\"").replace('^', "\\");
        text.replace_range(start..=end, &raw);
    }
    text
}

/// Draws records.
pub struct Aim<'p> {
    protocol: &'p Protocol,
    limits: Limits<'p>,
    reader: RecordReader<'p>,
    pub tally: Tally,
    /// The days that the record at hand speaks of so far.
    used: Vec<Day>,
}

impl<'p> Aim<'p> {
    pub fn new(protocol: &'p Protocol) -> Self {
        Self { protocol, limits: Limits::of(protocol), reader: RecordReader::new(protocol), tally: Tally::new(), used: Vec::new() }
    }

    fn count(&mut self, what: &str) {
        debug_assert!(AIMS.contains(&what), "{what}");
        *self.tally.entry(what.to_string()).or_default() += 1;
    }

    pub fn record(&mut self, random: &mut Random) -> Value {
        let bases = [(2024, 2, 29), (2023, 3, 31), (2026, 3, 16), (2000, 2, 28), (2025, 1, 1), (1900, 3, 1), (2024, 12, 31)];
        let (year, month, day) = *random.choose(&bases);
        self.used = vec![day_from_civil(year, month, day)];
        // Some records say nearly everything, some nearly nothing.
        let unknown = *random.choose(&[2, 5, 20, 60]);
        let mut record = Map::new();
        for fact in &self.protocol.facts {
            match (random.once_in(unknown), random.once_in(2)) {
                (true, true) => self.count("fact missing"),
                (true, false) => {
                    self.count("fact null");
                    record.insert(fact.about.name.clone(), Value::Null);
                }
                (false, _) => drop(record.insert(fact.about.name.clone(), self.value(&fact.ty, random))),
            }
        }
        for _ in 0..random.below(4) {
            self.solve(&mut record, random);
        }
        let mut record = Value::Object(record);
        if !random.once_in(8) {
            self.drop_what_does_not_apply(&mut record);
        }
        if random.once_in(10) {
            self.mistake(record.as_object_mut().expect("a record"), random);
        }
        record
    }

    /// Most records say nothing of what does not apply.
    fn drop_what_does_not_apply(&self, record: &mut Value) {
        for _ in 0..4 {
            let Err(errors) = self.reader.json(text(record).as_bytes()).record else { return };
            for error in errors.iter().filter(|error| error.code.name() == "does-not-apply") {
                record.as_object_mut().expect("a record").remove(error.path.trim_start_matches("$."));
            }
        }
    }

    fn value(&mut self, ty: &Type, random: &mut Random) -> Value {
        match ty {
            Type::Boolean | Type::Attested(_) => json!(random.once_in(2)),
            Type::OneOf(members) | Type::Scale(members) => json!(random.choose(members)),
            Type::SetOf(members) => {
                let chance = 1 + random.below(4);
                let chosen: Vec<&String> = members.iter().filter(|_| random.once_in(chance)).collect();
                if chosen.is_empty() {
                    self.count("empty set");
                }
                json!(chosen)
            }
            Type::Integer(range) => self.number(range, true, random),
            Type::Number(range) | Type::Quantity(_, range) => self.number(range, false, random),
            Type::Lab(_) => self.lab(random),
            Type::Date => self.date(random),
            Type::Events(_) => {
                let list: Vec<Value> = (0..random.below(5)).map(|_| self.event(ty, random)).collect();
                if list.is_empty() {
                    self.count("empty list");
                }
                Value::Array(list)
            }
        }
    }

    fn number(&mut self, range: &Range, whole: bool, random: &mut Random) -> Value {
        let ends = range.as_ref().map(|(low, high)| [low, high].map(|end: &Number| end.to_string().parse::<f64>().unwrap_or(0.0)));
        if let Some(ends) = ends
            && random.once_in(4)
        {
            self.count("end of a range");
            return spelled(*random.choose(&ends));
        }
        let limit = *random.choose(&self.limits.numbers);
        let step = if whole { 1.0 } else { *random.choose(&[1.0, 0.1, 1e-6]) };
        let drawn = match random.below(3) {
            0 => {
                self.count("number just below a limit");
                limit - step
            }
            1 => {
                self.count("number at a limit");
                limit
            }
            _ => {
                self.count("number just above a limit");
                limit + step
            }
        };
        let drawn = ends.map_or(drawn, |[low, high]| drawn.clamp(low, high));
        let drawn = if whole { drawn.round().clamp(-1e15, 1e15) } else { round(drawn) };
        if random.once_in(24) {
            self.count("spelling of a number");
            let small = drawn.round().clamp(1.0, 9.0);
            let spelling = *random.choose(&["X.0", "X0e-1", "Xe0", "0.Xe1", "X.000000000000000000000000000001", "-0", "-0.0", "0e5", "1e-400"]);
            // A fraction that no double holds is none, so each of these is whole, or zero.
            return json!(format!("{RAW}{}", spelling.replace('X', &small.to_string())));
        }
        spelled(drawn)
    }

    fn lab(&mut self, random: &mut Random) -> Value {
        let mut lab = Map::new();
        for part in ["value", "upper", "lower"] {
            if random.once_in(5) {
                self.count("part missing");
                continue;
            }
            let value = self.number(&None, false, random);
            // Limits are mostly in order.
            let value = match (part, value.as_f64()) {
                ("upper", Some(upper)) if !random.once_in(6) => spelled(upper.abs() + 50.0),
                ("lower", Some(lower)) if !random.once_in(6) => spelled(lower.abs().min(40.0)),
                _ => value,
            };
            lab.insert(part.into(), value);
        }
        if random.once_in(2) {
            lab.insert("date".into(), self.date(random));
        }
        Value::Object(lab)
    }

    fn event(&mut self, ty: &Type, random: &mut Random) -> Value {
        let Type::Events(events) = ty else { return Value::Null };
        let mut event = Map::new();
        let mut keys: Vec<(&str, &Type)> = vec![("date", &Type::Date)];
        keys.extend(events.attributes.iter().map(|(name, ty)| (name.as_str(), ty)));
        for (name, ty) in keys {
            if random.once_in(7) {
                self.count("part missing");
            } else {
                event.insert(name.to_string(), if random.once_in(20) { Value::Null } else { self.value(ty, random) });
            }
        }
        if events.lasting && !random.once_in(4) {
            let end = if random.once_in(4) {
                self.count("ongoing");
                json!("ongoing")
            } else {
                self.date(random)
            };
            event.insert("end".into(), end);
        }
        Value::Object(event)
    }

    /// A date at some distance of one that the record speaks of, or a day beside that.
    fn date(&mut self, random: &mut Random) -> Value {
        if random.once_in(60) {
            self.count("end of the calendar");
            return json!(random.choose(&["0001-01-01", "9999-12-31", "0001", "9999", "9999-12"]));
        }
        let from = if !self.limits.days.is_empty() && random.once_in(5) { *random.choose(&self.limits.days) } else { *random.choose(&self.used) };
        let at = match (random.below(4), self.limits.distances.is_empty()) {
            (0, _) | (_, true) => from,
            (side, false) => {
                let distance = *random.choose(&self.limits.distances);
                add(from, if side == 1 { distance.count } else { -distance.count }, distance.unit)
            }
        };
        let beside = [-1, 0, 0, 1][random.below(4)];
        self.count(["day just before a limit", "day at a limit", "day just after a limit"][(beside + 1) as usize]);
        let day = (at + beside).clamp(day_from_civil(1, 1, 1), day_from_civil(9999, 12, 31));
        self.used.push(day);
        let text = day_text(day);
        if text.ends_with("-02-29") {
            self.count("leap day");
        }
        match random.below(10) {
            0 => {
                self.count("year");
                json!(text[..4])
            }
            1 => {
                self.count("month");
                json!(text[..7])
            }
            _ => json!(text),
        }
    }

    /// Sets a number so that a comparison is just met, or just missed.
    fn solve(&mut self, record: &mut Map<String, Value>, random: &mut Random) {
        if self.limits.equations.is_empty() {
            return;
        }
        let (left, right) = *random.choose(&self.limits.equations);
        let mut places: Vec<Spot> = Vec::new();
        [left, right].iter().for_each(|side| spots(side, &mut places));
        if places.is_empty() {
            return;
        }
        let spot = *random.choose(&places);
        let fact = &self.protocol.facts[spot.0];
        let difference = |x: f64| {
            let at = |other: Spot| if other == spot { Some(x) } else { said(record, &self.protocol.facts[other.0], other.1) };
            Some(about(left, &at)? - about(right, &at)?)
        };
        let (Some(at_zero), Some(at_one)) = (difference(0.0), difference(1.0)) else { return };
        let solution = round(-at_zero / (at_one - at_zero));
        if !solution.is_finite() || solution.abs() > 1e20 {
            return;
        }
        let whole = matches!(fact.ty, Type::Integer(_));
        let step = if whole { 1.0 } else { *random.choose(&[0.1, 1e-6]) };
        let value = [solution - step, solution, solution, solution + step][random.below(4)];
        let value = if whole { value.round() } else { round(value) };
        if let Type::Integer(Some((low, high))) | Type::Number(Some((low, high))) | Type::Quantity(_, Some((low, high))) = &fact.ty
            && Number::from_f64(value).is_none_or(|value| value < *low || value > *high)
        {
            return;
        }
        self.count("number solved for a comparison");
        match spot.1 {
            None => drop(record.insert(fact.about.name.clone(), spelled(value))),
            Some(part) => {
                let lab = record.entry(fact.about.name.clone()).or_insert_with(|| json!({}));
                if let Value::Object(lab) = lab {
                    lab.insert(part.key().into(), spelled(value));
                }
            }
        }
    }

    /// Puts one mistake into a record.
    fn mistake(&mut self, record: &mut Map<String, Value>, random: &mut Random) {
        let which = random.below(9);
        let fits = |fact: &&Fact| match which {
            3 => matches!(fact.ty, Type::SetOf(_)),
            4 => matches!(fact.ty, Type::Date),
            5 | 6 => matches!(fact.ty, Type::Integer(_) | Type::Number(_) | Type::Quantity(..)),
            _ => true,
        };
        let fitting: Vec<&Fact> = self.protocol.facts.iter().filter(fits).collect();
        if fitting.is_empty() {
            return;
        }
        let fact = *random.choose(&fitting);
        let is_list = matches!(fact.ty, Type::SetOf(_));
        let (what, value) = match which {
            0 => ("wrong type", random.choose(&[json!(3), json!("x"), json!([[]]), json!({}), json!(true), json!([null]), json!(2.5)]).clone()),
            1 => ("undeclared key", Value::Null),
            2 if is_list => ("undeclared member", json!(["red", "no_such"])),
            2 => ("undeclared member", json!("no_such")),
            3 => ("repeated member", json!(["abacavir", "abacavir"])),
            4 => ("no date", json!(random.choose(&["2023-02-29", "2024-2-9", "0000", "2024-13", "2024-04-31", "", "20240101", "２０２４"]))),
            5 => ("out of range", random.choose(&[json!(1e21), json!(-1e22), json!(1e-22), json!(1_000_000)]).clone()),
            6 => ("not finite", json!(format!("{RAW}1e400"))),
            7 if is_list => ("lone surrogate", json!([format!("{RAW}~^ud800~")])),
            7 => ("lone surrogate", json!(format!("{RAW}~^udfff~"))),
            _ => ("repeated key", json!(format!("{RAW}null, ~{}~: null", fact.about.name))),
        };
        self.count(&format!("mistake: {what}"));
        let key = if what == "undeclared key" { "no_such_fact".into() } else { fact.about.name.clone() };
        record.insert(key, value);
    }
}

/// What a record says at a spot, as a float.
fn said(record: &Map<String, Value>, fact: &Fact, part: Option<Part>) -> Option<f64> {
    let value = record.get(&fact.about.name)?;
    part.map_or_else(|| value.as_f64(), |part| value[part.key()].as_f64())
}

/// Whole numbers without a fraction.
fn spelled(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}
