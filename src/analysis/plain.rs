//! What changed beside eligibility, declaration by declaration: no subject proves it.

use std::collections::HashMap;

use super::alike::Alike;
use super::diff::{Area, Item, Written, listed};
use crate::number::Number;
use crate::protocol::{About, Arm, Fact, Give, Header, Members, Protocol, Range, Rhythm, Role, Schedule, Statement, Type};

/// Everything that changed of facts, statements, readings, arms, dosing, design and the registry's fields.
pub(super) fn plain_changes(before: &Protocol, after: &Protocol, alike: &Alike<'_, '_>) -> Vec<Item> {
    let mut found = Vec::new();
    facts(before, after, alike, &mut found);
    statements(["assumption-added", "assumption-removed", "assumption-changed"], "the assumption", &before.assumptions, &after.assumptions, &mut found);
    statements(["hypothesis-added", "hypothesis-removed", "hypothesis-changed"], "the hypothesis", &before.hypotheses, &after.hypotheses, &mut found);
    defines(before, after, &mut found);
    readings(before, after, &mut found);
    interventions(before, after, &mut found);
    arms(before, after, &mut found);
    header(&before.header, &after.header, &mut found);
    found
}

fn item(rule: &'static str, area: Area, name: &str, sentence: String, before: Option<Written>, after: Option<Written>) -> Item {
    let mut item = Item::new(rule, area, name, sentence);
    (item.before, item.after) = (before, after);
    item
}

/// Pairs what has the same name; what is alone on a side comes alone.
fn paired<'a, T>(before: &'a [T], after: &'a [T], about: impl Fn(&T) -> &About) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let mut open: HashMap<&str, &'a T> = before.iter().map(|old| (about(old).name.as_str(), old)).collect();
    let mut pairs: Vec<_> = after.iter().map(|new| (open.remove(about(new).name.as_str()), Some(new))).collect();
    pairs.extend(before.iter().filter(|old| open.contains_key(about(old).name.as_str())).map(|old| (Some(old), None)));
    pairs
}

fn words(about: &About, logic: Option<String>) -> Written {
    Written { line: about.line, text: about.text.clone(), logic }
}

fn facts(before: &Protocol, after: &Protocol, alike: &Alike<'_, '_>, found: &mut Vec<Item>) {
    let shown = |fact: &Fact| words(&fact.about, Some(type_text(&fact.ty)));
    for (old, new) in paired(&before.facts, &after.facts, |fact| &fact.about) {
        let name = new.or(old).map_or("", |fact| &fact.about.name);
        let anchor = new.or(old).is_some_and(|fact| fact.role == Role::Anchor);
        let mut change = match (old, new) {
            // An attestation comes and goes with its criterion.
            (None, Some(new)) if new.role != Role::Attestation => {
                let rule = if anchor { "anchor-added" } else { "fact-added" };
                let sentence = format!("`{name}` can be recorded now; records without it stay valid, and leave it unknown");
                item(rule, Area::Fact, name, sentence, None, Some(shown(new)))
            }
            (Some(old), None) if old.role != Role::Attestation => {
                let rule = if anchor { "anchor-removed" } else { "fact-removed" };
                let sentence = format!("`{name}` is no longer declared: a record that carries it is invalid");
                item(rule, Area::Fact, name, sentence, Some(shown(old)), None)
            }
            (Some(old), Some(new)) => {
                let (effects, breaking) = fact_effects(old, new, alike);
                if effects.is_empty() {
                    if old.about.text != new.about.text || old.about.codes != new.about.codes || old.about.notes != new.about.notes {
                        let sentence = format!("the text, notes or codes of `{name}` change");
                        found.push(item("text-changed", Area::Text, name, sentence, Some(shown(old)), Some(shown(new))));
                    }
                    continue;
                }
                let sentence = format!("`{name}`: {}", effects.join("; "));
                let mut change = item("fact-changed", Area::Fact, name, sentence, Some(shown(old)), Some(shown(new)));
                change.meaning = format!("{:?} -> {:?}", old.when, new.when);
                change.breaking = breaking;
                change
            }
            _ => continue,
        };
        change.breaking |= matches!(change.rule, "fact-removed" | "anchor-removed");
        found.push(change);
    }
}

/// What a change of a fact does to its records, and whether records that were valid may not be now.
fn fact_effects(old: &Fact, new: &Fact, alike: &Alike<'_, '_>) -> (Vec<String>, bool) {
    let (mut effects, mut breaking) = (Vec::new(), false);
    if old.ty != new.ty {
        match (&old.ty, &new.ty) {
            (Type::OneOf(a), Type::OneOf(b)) | (Type::SetOf(a), Type::SetOf(b)) | (Type::Scale(a), Type::Scale(b)) => {
                let only = |a: &Members, b: &Members| -> Vec<String> { a.iter().filter(|member| !b.contains(member)).cloned().collect() };
                let (gone, come) = (only(a, b), only(b, a));
                if !gone.is_empty() {
                    effects.push(format!("{} can no longer be recorded", listed(&gone)));
                    breaking = true;
                }
                if !come.is_empty() {
                    effects.push(format!("{} can be recorded now", listed(&come)));
                }
                if gone.is_empty() && come.is_empty() {
                    effects.push("its members stand in another order".into());
                }
            }
            (Type::Quantity(a, r), Type::Quantity(b, s)) if a == b => (breaking, effects) = range_effects(r, s),
            (Type::Integer(r), Type::Integer(s)) | (Type::Number(r), Type::Number(s)) => (breaking, effects) = range_effects(r, s),
            (Type::Attested(a), Type::Attested(b)) => effects.push(format!("attested by {b}, no longer by {a}")),
            (Type::Boolean, Type::Attested(_)) | (Type::Attested(_), Type::Boolean) => {
                effects.push(format!("{} instead of {}; the same values are valid", type_text(&new.ty), type_text(&old.ty)));
            }
            (Type::Quantity(a, _), Type::Quantity(b, _)) | (Type::Lab(a), Type::Lab(b)) => {
                effects.push(format!("recorded in '{b}' instead of '{a}': the same number means another quantity, so the two are compared as different facts"));
                breaking = true;
            }
            (a, b) => {
                effects.push(format!("{} instead of {}: compared as different facts", type_text(b), type_text(a)));
                breaking = true;
            }
        }
    }
    if !alike.conditions(old.when.as_ref(), new.when.as_ref()) {
        effects.push("it applies to other subjects".into());
        breaking = true;
    }
    (effects, breaking)
}

fn range_effects(old: &Range, new: &Range) -> (bool, Vec<String>) {
    let text = |range: &Range| range.as_ref().map_or("any value".into(), |(low, high)| format!("{low} .. {high}"));
    let narrower = match (old, new) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some((low, high)), Some((new_low, new_high))) => new_low > low || new_high < high,
    };
    (narrower, vec![format!("plausible in {}, no longer in {}", text(new), text(old))])
}

fn statements(rules: [&'static str; 3], what: &str, before: &[Statement], after: &[Statement], found: &mut Vec<Item>) {
    let shown = |statement: &Statement| words(&statement.about, Some(statement.written.clone()));
    let held = if rules[0] == "assumption-added" { "; what one version alone assumes is not taken to hold, but of facts that it alone has" } else { "" };
    for (old, new) in paired(before, after, |statement| &statement.about) {
        let name = new.or(old).map_or("", |statement| &statement.about.name);
        let change = match (old, new) {
            (None, Some(new)) => item(rules[0], Area::Fact, name, format!("{what} `{name}` is added{held}"), None, Some(shown(new))),
            (Some(old), None) => item(rules[1], Area::Fact, name, format!("{what} `{name}` is removed{held}"), Some(shown(old)), None),
            (Some(old), Some(new)) if old.written != new.written => {
                item(rules[2], Area::Fact, name, format!("{what} `{name}` states something else{held}"), Some(shown(old)), Some(shown(new)))
            }
            _ => continue,
        };
        found.push(change);
    }
}

fn defines(before: &Protocol, after: &Protocol, found: &mut Vec<Item>) {
    for (old, new) in paired(&before.defines, &after.defines, |define| &define.about) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        if old.written != new.written {
            let name = &new.about.name;
            let sentence = format!("`{name}` is defined otherwise; what that does stands at the criteria that use it");
            let shown = |define: &crate::protocol::Define| words(&define.about, Some(define.written.clone()));
            found.push(item("define-changed", Area::Criterion, name, sentence, Some(shown(old)), Some(shown(new))));
        }
    }
}

fn readings(before: &Protocol, after: &Protocol, found: &mut Vec<Item>) {
    for (old, new) in paired(&before.criteria, &after.criteria, |criterion| &criterion.about) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        for (was, is) in paired(&old.readings, &new.readings, |reading| &reading.about) {
            let reading = is.or(was).map_or("", |reading| &reading.about.name);
            let name = format!("{}: {reading}", new.about.name);
            let shown = |reading: &crate::protocol::Reading| words(&reading.about, Some(reading.rule.written.clone()));
            let (rule, does) = match (was, is) {
                (None, Some(_)) => ("reading-added", "is added"),
                (Some(_), None) => ("reading-removed", "is removed"),
                (Some(was), Some(is)) if was.rule.written != is.rule.written => ("reading-changed", "asks something else"),
                _ => continue,
            };
            let sentence = format!("the reading `{reading}` of `{}` {does}", new.about.name);
            found.push(item(rule, Area::Criterion, &name, sentence, was.map(shown), is.map(shown)));
        }
    }
}

fn interventions(before: &Protocol, after: &Protocol, found: &mut Vec<Item>) {
    for (old, new) in paired(&before.interventions, &after.interventions, |intervention| &intervention.about) {
        let name = new.or(old).map_or("", |intervention| &intervention.about.name);
        let shown = |i: &crate::protocol::Intervention| words(&i.about, Some(format!("{} {}", i.kind, i.label.as_deref().unwrap_or(""))));
        let (rule, does) = match (old, new) {
            (None, Some(_)) => ("intervention-added", "is added"),
            (Some(_), None) => ("intervention-removed", "is removed"),
            (Some(old), Some(new)) if shown(old) != (Written { line: old.about.line, ..shown(new) }) => ("intervention-changed", "changes"),
            _ => continue,
        };
        found.push(item(rule, Area::Arm, name, format!("the intervention `{name}` {does}"), old.map(shown), new.map(shown)));
    }
}

fn arms(before: &Protocol, after: &Protocol, found: &mut Vec<Item>) {
    let shown = |arm: &Arm| {
        let size = arm.participants.map_or(String::new(), |n| format!(", {n} participants"));
        words(&arm.about, Some(format!("{}{}{size}", arm.kind, arm.label.as_ref().map_or(String::new(), |label| format!(" `{label}`")))))
    };
    for (old, new) in paired(&before.arms, &after.arms, |arm| &arm.about) {
        let name = new.or(old).map_or("", |arm| &arm.about.name);
        match (old, new) {
            (None, Some(new)) => found.push(item("arm-added", Area::Arm, name, format!("the arm `{name}` is added"), None, Some(shown(new)))),
            (Some(old), None) => found.push(item("arm-removed", Area::Arm, name, format!("the arm `{name}` is removed"), Some(shown(old)), None)),
            (Some(old), Some(new)) => {
                if shown(old).logic != shown(new).logic {
                    found.push(item("arm-changed", Area::Arm, name, format!("the kind, label or size of the arm `{name}` changes"), Some(shown(old)), Some(shown(new))));
                } else if old.about.text != new.about.text {
                    found.push(item("text-changed", Area::Text, name, format!("the text of the arm `{name}` changes"), Some(shown(old)), Some(shown(new))));
                }
                given((before, old), (after, new), found);
            }
            (None, None) => {}
        }
    }
}

/// What an arm is given, how much, how and when.
fn given(old: (&Protocol, &Arm), new: (&Protocol, &Arm), found: &mut Vec<Item>) {
    let name_of = |protocol: &Protocol, give: &Give| protocol.interventions[give.intervention].about.name.clone();
    let gives = |(protocol, arm): (&Protocol, &Arm)| -> Vec<(String, Give)> {
        arm.gives.iter().map(|give| (name_of(protocol, give), give.clone())).collect()
    };
    let (mut was, is) = (gives(old), gives(new));
    let line = |arm: &Arm, text: String| Some(Written { line: arm.about.line, text: None, logic: Some(text) });
    let arm = &new.1.about.name;
    for (name, new_give) in is {
        let Some(at) = was.iter().position(|(other, _)| *other == name) else {
            let sentence = format!("`{name}` is given in `{arm}` now");
            found.push(item("given-added", Area::Dosing, &name, sentence, None, line(new.1, give_text(&name, &new_give))));
            continue;
        };
        let (_, old_give) = was.remove(at);
        let what = format!("{arm}: {name}");
        let mut tell = |rule, sentence: String, a: String, b: String| {
            found.push(item(rule, Area::Dosing, &what, sentence, line(old.1, a), line(new.1, b)));
        };
        if old_give.dose != new_give.dose {
            let sentence = match (&old_give.dose, &new_give.dose) {
                (Some((a, b, unit)), Some((c, d, other))) if unit == other && a == b && c == d && !a.is_zero() => {
                    let times = c.div(a).map_or(String::new(), |times| format!(", {times} times as much"));
                    format!("the dose of `{name}` in `{arm}` goes from {a} to {c} '{unit}'{times}")
                }
                _ => format!("the dose of `{name}` in `{arm}` changes"),
            };
            tell("dose-changed", sentence, dose_text(&old_give), dose_text(&new_give));
        }
        if old_give.route != new_give.route {
            let route = |give: &Give| give.route.clone().unwrap_or_default();
            tell("route-changed", format!("the route of `{name}` in `{arm}` changes"), route(&old_give), route(&new_give));
        }
        if old_give.schedule != new_give.schedule {
            let text = |give: &Give| give.schedule.as_ref().map_or_else(|| "not stated".into(), schedule_text);
            let (a, b) = (text(&old_give), text(&new_give));
            let sentence = format!("the schedule of `{name}` in `{arm}` goes from {a} to {b}; subjects who are under way need a rule");
            tell("schedule-changed", sentence, a, b);
        }
    }
    for (name, give) in was {
        let sentence = format!("`{name}` is no longer given in `{arm}`");
        found.push(item("given-removed", Area::Dosing, &name, sentence, line(old.1, give_text(&name, &give)), None));
    }
}

fn dose_text(give: &Give) -> String {
    match &give.dose {
        Some((from, to, unit)) if from == to => format!("{from} '{unit}'"),
        Some((from, to, unit)) => format!("{from} .. {to} '{unit}'"),
        None => "not stated".into(),
    }
}

fn give_text(name: &str, give: &Give) -> String {
    let schedule = give.schedule.as_ref().map_or(String::new(), |schedule| format!(", {}", schedule_text(schedule)));
    format!("{name} {} {}{schedule}", dose_text(give), give.route.as_deref().unwrap_or(""))
}

fn schedule_text(schedule: &Schedule) -> String {
    let mut text = match &schedule.rhythm {
        Rhythm::Once => "once".into(),
        Rhythm::Doses(count, apart, unit) => format!("{count} doses {apart} {unit} apart"),
        Rhythm::Times(count, unit) => format!("{count} times a {}", unit.trim_end_matches('s')),
        Rhythm::Every(n, unit) => format!("every {n} {unit}"),
        Rhythm::On(unit, list) => format!("on {unit} {}", list.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
    };
    if let Some((unit, from)) = &schedule.from {
        text.push_str(&format!(" from {unit} {from}"));
    }
    if let Some((length, unit)) = &schedule.lasting {
        text.push_str(&format!(" for {length} {unit}"));
    }
    text
}

fn header(old: &Header, new: &Header, found: &mut Vec<Item>) {
    let text = |field: &Option<String>| field.clone();
    let age = |age: &Option<(Number, crate::units::Unit)>| age.as_ref().map(|(n, unit)| format!("{n} {unit}"));
    let enrollment = |header: &Header| {
        header.enrollment.map(|n| format!("{n}{}", header.enrollment_actual.map_or("", |actual| if actual { " actual" } else { " estimated" })))
    };
    let list = |items: &[String]| (!items.is_empty()).then(|| items.join("; "));
    type Field = (&'static str, &'static str, Option<String>, Option<String>);
    let fields: [Field; 18] = [
        ("id", "header-changed", Some(old.id.clone()), Some(new.id.clone())),
        ("title", "header-changed", text(&old.title), text(&new.title)),
        ("official", "header-changed", text(&old.official_title), text(&new.official_title)),
        ("summary", "header-changed", text(&old.summary), text(&new.summary)),
        ("version", "header-changed", text(&old.version), text(&new.version)),
        ("also", "header-changed", list(&old.other_ids), list(&new.other_ids)),
        ("sponsor", "header-changed", text(&old.sponsor), text(&new.sponsor)),
        ("status", "header-changed", text(&old.status), text(&new.status)),
        ("condition", "header-changed", list(&old.conditions), list(&new.conditions)),
        ("purpose", "header-changed", text(&old.purpose), text(&new.purpose)),
        ("allocation", "allocation-changed", text(&old.allocation), text(&new.allocation)),
        ("model", "model-changed", text(&old.model), text(&new.model)),
        ("masking", "masking-changed", text(&old.masking), text(&new.masking)),
        ("phase", "header-changed", text(&old.phase), text(&new.phase)),
        ("enrollment", "enrollment-changed", enrollment(old), enrollment(new)),
        ("sex", "header-changed", text(&old.sex), text(&new.sex)),
        ("minimum age", "header-changed", age(&old.minimum_age), age(&new.minimum_age)),
        ("maximum age", "header-changed", age(&old.maximum_age), age(&new.maximum_age)),
    ];
    let healthy = |header: &Header| header.healthy.map(|yes| if yes { "yes" } else { "no" }.to_string());
    let last: Field = ("healthy", "header-changed", healthy(old), healthy(new));
    for (name, rule, was, is) in fields.into_iter().chain([last]) {
        if was == is {
            continue;
        }
        let shown = |value: &Option<String>| value.as_ref().map_or_else(|| "nothing".into(), |value| format!("`{value}`"));
        let sample = if name == "enrollment" { "; no single subject can show it" } else { "" };
        let sentence = format!("{name} goes from {} to {}{sample}", shown(&was), shown(&is));
        let side = |value: Option<String>| value.map(|value| Written { line: 0, text: Some(value), logic: None });
        found.push(item(rule, Area::Design, name, sentence, side(was), side(is)));
    }
}

/// A type as the language writes it, near enough to be recognised.
fn type_text(ty: &Type) -> String {
    let members = |members: &Members| format!("{{ {} }}", members.join(", "));
    let range = |range: &Range| range.as_ref().map_or(String::new(), |(low, high)| format!(" in {low} .. {high}"));
    match ty {
        Type::Boolean => "boolean".into(),
        Type::Attested(by) => format!("attested by {by}"),
        Type::OneOf(of) => format!("one of {}", members(of)),
        Type::SetOf(of) => format!("set of {}", members(of)),
        Type::Scale(of) => format!("scale {}", members(of)),
        Type::Integer(within) => format!("integer{}", range(within)),
        Type::Number(within) => format!("number{}", range(within)),
        Type::Quantity(unit, within) => format!("quantity '{unit}'{}", range(within)),
        Type::Lab(unit) => format!("lab '{unit}'"),
        Type::Date => "date".into(),
        Type::Events(events) => {
            let end = events.lasting.then(|| "end: date".to_string());
            let attributes = events.attributes.iter().map(|(name, ty)| format!("{name}: {}", type_text(ty)));
            let all: Vec<String> = end.into_iter().chain(attributes).collect();
            if all.is_empty() { "events".into() } else { format!("events {{ {} }}", all.join(", ")) }
        }
    }
}
