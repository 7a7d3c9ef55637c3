//! `latest`, `earliest`, `highest`, `lowest`: the value that every possible choice gives.

use super::Truth;
use super::engine::{Engine, Operand};
use super::record::{End, Event, Value};
use crate::calendar::{AFTER_ALL, BEFORE_ALL, Days};
use crate::protocol::{Bound, Pick, Place, Which};

impl<'a> Engine<'a> {
    /// The value of the attribute, never [`Value::Unknown`].
    pub fn pick(&self, pick: &Pick) -> Operand<Value> {
        let mut events: Vec<(&'a Event, Truth)> = Vec::new();
        let selected = self.select(&pick.selection, |event, truth| {
            if truth != Truth::False {
                events.push((event, truth));
            }
        });
        match selected {
            Operand::NotApplicable => return Operand::NotApplicable,
            Operand::Unknown => return Operand::Unknown,
            Operand::Known(()) => {}
        }
        // Over a selection that may be empty there is nothing to take.
        if events.iter().all(|(_, truth)| *truth != Truth::True) {
            return Operand::Unknown;
        }
        let value = match pick.which {
            Which::Latest => chosen(&events, pick.attribute, |days| (days.first, days.last)),
            // Time reversed: the earliest is the latest seen from the other end.
            Which::Earliest => chosen(&events, pick.attribute, |days| (-days.last, -days.first)),
            Which::Highest => extreme(&events, pick, true),
            Which::Lowest => extreme(&events, pick, false),
        };
        value.map_or(Operand::Unknown, Operand::Known)
    }
}

/// What stands at an attribute; a lab is its value.
pub(super) fn attribute(event: &Event, place: Place) -> Option<Value> {
    let value = match place {
        Place::EventDate => event.date.map(Value::Date),
        Place::EventEnd => match event.end {
            End::Unknown => None,
            End::Ongoing => Some(Value::Date(Days::on(AFTER_ALL))),
            End::On(days) => Some(Value::Date(days)),
        },
        Place::Attribute(i) => Some(event.attributes[i].clone()),
        Place::Fact(_) => None,
    };
    match value? {
        Value::Unknown | Value::NotApplicable => None,
        Value::Lab(lab) => lab.value.clone().map(Value::Number),
        value => Some(value),
    }
}

/// The attribute on which all events agree that may be the last one.
fn chosen(events: &[(&Event, Truth)], place: Place, order: impl Fn(Days) -> (i32, i32)) -> Option<Value> {
    let days = |event: &Event| order(event.date.unwrap_or(Days { first: BEFORE_ALL, last: AFTER_ALL }));
    // No event before this day can be the last: one that is surely selected comes later.
    let threshold = events.iter().filter(|(_, truth)| *truth == Truth::True).map(|(event, _)| days(event).0).max()?;
    let mut candidates = events.iter().filter(|(event, _)| days(event).1 >= threshold);
    let value = attribute(candidates.next()?.0, place)?;
    // Two partial dates agree on nothing, though they be written alike: each is a day of its own.
    let exact = !matches!(value, Value::Date(days) if !days.is_exact());
    candidates.all(|(event, _)| exact && attribute(event, place).as_ref() == Some(&value)).then_some(value)
}

/// The extreme over the events surely selected, if nothing else could exceed it.
fn extreme(events: &[(&Event, Truth)], pick: &Pick, highest: bool) -> Option<Value> {
    let mut best: Option<Value> = None;
    let mut open = false;
    for (event, truth) in events {
        match (attribute(event, pick.attribute), truth) {
            (None, _) => open = true,
            (Some(value), Truth::True) => best = Some(match best {
                None => value,
                Some(best) => better(best, value, highest)?,
            }),
            (Some(_), Truth::Unknown | Truth::False) => {}
        }
    }
    let best = best?;
    if open && !at_bound(&best, pick.bound.as_ref()) {
        return None;
    }
    let doubtful = events.iter().filter(|(_, truth)| *truth == Truth::Unknown);
    let exceeded = doubtful.filter_map(|(event, _)| attribute(event, pick.attribute)).any(|value| exceeds(&value, &best, highest));
    (!exceeded).then_some(best)
}

/// The greater (or lesser) of two values; of two partial dates, the range of the greater one.
fn better(a: Value, b: Value, highest: bool) -> Option<Value> {
    Some(match (a, b) {
        (Value::Number(a), Value::Number(b)) => Value::Number(if (b > a) == highest { b } else { a }),
        (Value::Member(a), Value::Member(b)) => Value::Member(if highest { a.max(b) } else { a.min(b) }),
        (Value::Date(a), Value::Date(b)) => Value::Date(if highest {
            Days { first: a.first.max(b.first), last: a.last.max(b.last) }
        } else {
            Days { first: a.first.min(b.first), last: a.last.min(b.last) }
        }),
        _ => return None,
    })
}

/// Whether a value may lie beyond the extreme.
fn exceeds(value: &Value, best: &Value, highest: bool) -> bool {
    match (value, best) {
        (Value::Number(a), Value::Number(b)) => if highest { a > b } else { a < b },
        (Value::Member(a), Value::Member(b)) => if highest { a > b } else { a < b },
        (Value::Date(a), Value::Date(b)) => if highest { a.last > b.first } else { a.first < b.last },
        _ => true,
    }
}

/// Whether the type of the attribute leaves nothing beyond the value.
fn at_bound(value: &Value, bound: Option<&Bound>) -> bool {
    match (value, bound) {
        (Value::Number(value), Some(Bound::Number(bound))) => value == bound,
        (Value::Member(value), Some(Bound::Member(bound))) => value == bound,
        _ => false,
    }
}
