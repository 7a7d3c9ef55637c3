//! Going through a test: which facts it reads, how deep it nests.

use std::collections::BTreeSet;

use super::{
    DateExpr, DefineBody, FactId, MemberExpr, Num, Pick, Place, Protocol, Selection, SetExpr, Test,
};

/// Calls `visit` with every place that a test reads, in order, definitions opened up.
pub fn places(protocol: &Protocol, test: &Test, visit: &mut dyn FnMut(Place)) {
    match test {
        Test::Fact(place) => visit(*place),
        Test::Define(id) => define(protocol, *id, visit),
        Test::Pick(pick) => pick_places(protocol, pick, visit),
        Test::Not(inner) => places(protocol, inner, visit),
        Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => {
            tests.iter().for_each(|test| places(protocol, test, visit));
        }
        Test::If(parts) => parts.iter().for_each(|test| places(protocol, test, visit)),
        Test::Compare(_, left, right) => {
            num(protocol, left, visit);
            num(protocol, right, visit);
        }
        Test::Member(member, _) => member_places(protocol, member, visit),
        Test::Has(set, _) => set_places(protocol, set, visit),
        Test::Date(date, _, anchor) => {
            date_places(protocol, date, visit);
            date_places(protocol, anchor, visit);
        }
        Test::Some(selection) => selection_places(protocol, selection, visit),
    }
}

fn define(protocol: &Protocol, id: usize, visit: &mut dyn FnMut(Place)) {
    match &protocol.defines[id].body {
        DefineBody::Test(test) => places(protocol, test, visit),
        DefineBody::Number(inner, _) => num(protocol, inner, visit),
        DefineBody::Date(date) => date_places(protocol, date, visit),
        DefineBody::Inlined => {}
    }
}

/// The same for a number.
pub fn num(protocol: &Protocol, value: &Num, visit: &mut dyn FnMut(Place)) {
    match value {
        Num::Literal(_) => {}
        Num::Place(place) | Num::Lab(place, _) => visit(*place),
        Num::Rank(member) => member_places(protocol, member, visit),
        Num::Define(id) => define(protocol, *id, visit),
        Num::Sum(terms) | Num::Product(terms) => terms.iter().for_each(|term| num(protocol, &term.num, visit)),
        Num::Convert(inner, _, _) => num(protocol, inner, visit),
        Num::Elapsed(_, dates) => dates.iter().for_each(|date| date_places(protocol, date, visit)),
        Num::Count(selection) => selection_places(protocol, selection, visit),
        Num::Size(set) => set_places(protocol, set, visit),
        Num::Pick(pick) => pick_places(protocol, pick, visit),
    }
}

fn date_places(protocol: &Protocol, date: &DateExpr, visit: &mut dyn FnMut(Place)) {
    match date {
        DateExpr::Literal(_) => {}
        DateExpr::Place(place) | DateExpr::Lab(place) => visit(*place),
        DateExpr::Define(id) => define(protocol, *id, visit),
        DateExpr::Pick(pick) => pick_places(protocol, pick, visit),
    }
}

fn member_places(protocol: &Protocol, member: &MemberExpr, visit: &mut dyn FnMut(Place)) {
    match member {
        MemberExpr::Place(place) => visit(*place),
        MemberExpr::Pick(pick) => pick_places(protocol, pick, visit),
    }
}

fn set_places(protocol: &Protocol, set: &SetExpr, visit: &mut dyn FnMut(Place)) {
    match set {
        SetExpr::Place(place) => visit(*place),
        SetExpr::Pick(pick) => pick_places(protocol, pick, visit),
    }
}

fn pick_places(protocol: &Protocol, pick: &Pick, visit: &mut dyn FnMut(Place)) {
    selection_places(protocol, &pick.selection, visit);
}

fn selection_places(protocol: &Protocol, selection: &Selection, visit: &mut dyn FnMut(Place)) {
    visit(Place::Fact(selection.events));
    if let Some(condition) = &selection.condition {
        places(protocol, condition, visit);
    }
    if let Some((_, anchor)) = &selection.window {
        date_places(protocol, anchor, visit);
    }
}

/// The facts that a test reads, those of their `when` not included.
pub fn facts(protocol: &Protocol, test: &Test) -> BTreeSet<FactId> {
    let mut found = BTreeSet::new();
    places(protocol, test, &mut |place| {
        if let Place::Fact(id) = place {
            found.insert(id);
        }
    });
    found
}

/// How deep a test nests; `defines` holds the depths of the definitions before it.
pub fn depth(test: &Test, defines: &[usize]) -> usize {
    let deepest = |tests: &[Test]| tests.iter().map(|test| depth(test, defines)).max().unwrap_or(0);
    1 + match test {
        Test::Fact(_) => 0,
        Test::Define(id) => defines.get(*id).copied().unwrap_or(0),
        Test::Pick(pick) => selection_depth(&pick.selection, defines),
        Test::Not(inner) => depth(inner, defines),
        Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => deepest(tests),
        Test::If(parts) => deepest(&parts[..]),
        Test::Compare(_, left, right) => num_depth(left, defines).max(num_depth(right, defines)),
        Test::Member(MemberExpr::Pick(pick), _) | Test::Has(SetExpr::Pick(pick), _) => {
            selection_depth(&pick.selection, defines)
        }
        Test::Member(..) | Test::Has(..) => 0,
        Test::Date(date, _, anchor) => date_depth(date, defines).max(date_depth(anchor, defines)),
        Test::Some(selection) => selection_depth(selection, defines),
    }
}

fn selection_depth(selection: &Selection, defines: &[usize]) -> usize {
    let condition = selection.condition.as_ref().map_or(0, |test| depth(test, defines));
    let anchor = selection.window.as_ref().map_or(0, |(_, anchor)| date_depth(anchor, defines));
    1 + condition.max(anchor)
}

/// The same for a number.
pub fn num_depth(value: &Num, defines: &[usize]) -> usize {
    1 + match value {
        Num::Literal(_) | Num::Place(_) | Num::Lab(..) => 0,
        Num::Rank(MemberExpr::Pick(pick)) | Num::Size(SetExpr::Pick(pick)) | Num::Pick(pick) => {
            selection_depth(&pick.selection, defines)
        }
        Num::Rank(MemberExpr::Place(_)) | Num::Size(SetExpr::Place(_)) => 0,
        Num::Define(id) => defines.get(*id).copied().unwrap_or(0),
        Num::Sum(terms) | Num::Product(terms) => {
            terms.iter().map(|term| num_depth(&term.num, defines)).max().unwrap_or(0)
        }
        Num::Convert(inner, _, _) => num_depth(inner, defines),
        Num::Elapsed(_, dates) => date_depth(&dates[0], defines).max(date_depth(&dates[1], defines)),
        Num::Count(selection) => selection_depth(selection, defines),
    }
}

/// The same for a date.
pub fn date_depth(date: &DateExpr, defines: &[usize]) -> usize {
    1 + match date {
        DateExpr::Literal(_) | DateExpr::Place(_) | DateExpr::Lab(_) => 0,
        DateExpr::Define(id) => defines.get(*id).copied().unwrap_or(0),
        DateExpr::Pick(pick) => selection_depth(&pick.selection, defines),
    }
}

/// Calls `visit` with every literal number that a test compares with, definitions opened up.
pub fn literals(protocol: &Protocol, test: &Test, visit: &mut dyn FnMut(&crate::number::Number)) {
    match test {
        Test::Not(inner) => literals(protocol, inner, visit),
        Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => {
            tests.iter().for_each(|test| literals(protocol, test, visit));
        }
        Test::If(parts) => parts.iter().for_each(|test| literals(protocol, test, visit)),
        Test::Define(id) => {
            if let DefineBody::Test(test) = &protocol.defines[*id].body {
                literals(protocol, test, visit);
            }
        }
        Test::Compare(_, left, right) => {
            for side in [left, right] {
                if let Num::Literal(number) = side {
                    visit(number);
                }
            }
        }
        Test::Some(selection) => selection.condition.iter().for_each(|test| literals(protocol, test, visit)),
        Test::Fact(_) | Test::Pick(_) | Test::Member(..) | Test::Has(..) | Test::Date(..) => {}
    }
}
