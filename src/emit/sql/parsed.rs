//! What the first layer reads from texts: the days between which each date lies, those of events among them.

use super::dialect::{Dialect, ParsedPart};
use crate::protocol::{Events, Protocol, Type};

/// The days between which a date lies, read from its text.
pub(super) fn days<D: Dialect>(text: &str) -> [String; 2] {
    [D::first_day(text), D::last_day(text)]
}

pub(super) fn events_of(ty: &Type) -> Option<&Events> {
    if let Type::Events(events) = ty { Some(events) } else { None }
}

/// The parts of an event `_e` as the view reads it: the days of its dates, and its attributes.
pub(super) fn parsed_event<D: Dialect>(events: &Events) -> Vec<ParsedPart> {
    let mut parts = Vec::new();
    let mut add = |name: String, value: String, ty: &Type| parts.push(ParsedPart { name, value, ty: ty.clone() });
    let field = |name: &str| format!("_e.{}", D::ident(name));
    let [first, last] = days::<D>(&field("date"));
    add("date.first".into(), first, &Type::Date);
    add("date.last".into(), last, &Type::Date);
    if events.lasting {
        let [first, last] = days::<D>(&field("end"));
        let end = |day: String| format!("CASE WHEN {} = 'ongoing' THEN {} ELSE {day} END", field("end"), D::AFTER_ALL);
        add("end.first".into(), end(first), &Type::Date);
        add("end.last".into(), end(last), &Type::Date);
    }
    for (name, ty) in &events.attributes {
        let value = field(name);
        let part = if matches!(ty, Type::Lab(_)) { ".date" } else { "" };
        if matches!(ty, Type::Lab(_) | Type::Date) {
            let [first, last] = days::<D>(&if part.is_empty() { value.clone() } else { D::field(&value, "date") });
            add(format!("{name}{part}.first"), first, &Type::Date);
            add(format!("{name}{part}.last"), last, &Type::Date);
        }
        if *ty != Type::Date {
            add(name.clone(), value, ty);
        }
    }
    parts
}

/// The days of each date, and the events with theirs.
pub(super) fn parsed<D: Dialect>(protocol: &Protocol) -> Vec<(Vec<String>, String, String)> {
    let mut columns = Vec::new();
    for fact in &protocol.facts {
        let name = &fact.about.name;
        let value = format!("_s.{}", D::ident(name));
        let mut add = |part: &str, expression: String| columns.push((Vec::new(), D::ident(&format!("{name}{part}")), expression));
        match &fact.ty {
            Type::Date => {
                let [first, last] = days::<D>(&value);
                add(".first", first);
                add(".last", last);
            }
            Type::Lab(_) => {
                let [first, last] = days::<D>(&D::field(&value, "date"));
                add(".date.first", first);
                add(".date.last", last);
            }
            Type::Events(events) => {
                let parts = parsed_event::<D>(events);
                let parts: Vec<(&str, String)> = parts.iter().map(|part| (part.name.as_str(), part.value.clone())).collect();
                add(".events", D::map(&value, "_e", &D::record(&format!("_events.{name}"), &parts)));
            }
            Type::Boolean
            | Type::Attested(_)
            | Type::OneOf(_)
            | Type::SetOf(_)
            | Type::Scale(_)
            | Type::Integer(_)
            | Type::Number(_)
            | Type::Quantity(..) => {}
        }
    }
    columns
}

