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

/// Whether a test reads a definition, directly or through others.
pub fn reads_define(protocol: &Protocol, test: &Test, wanted: usize) -> bool {
    let measure = Measure { join: usize::max, defines: &reaches(protocol, wanted) };
    // A definition that reaches the wanted one is deeper than any test can nest without it.
    measure.test(test) > REACHES
}

/// Deeper than any test nests.
const REACHES: usize = 1 << 40;

/// The depth of each definition, those that reach `wanted` marked as deeper than anything.
fn reaches(protocol: &Protocol, wanted: usize) -> Vec<usize> {
    let mut depths = vec![0; protocol.defines.len()];
    depths[wanted] = REACHES;
    // Definitions may be declared in any order: as many rounds as they can nest.
    for _ in 0..protocol.defines.len() {
        let next: Vec<usize> = protocol
            .defines
            .iter()
            .enumerate()
            .map(|(i, define)| if i == wanted { REACHES } else { Measure { join: usize::max, defines: &depths }.body(&define.body) })
            .collect();
        if next == depths {
            break;
        }
        depths = next;
    }
    depths
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

/// The facts that tests read, and those that decide whether these apply.
pub fn all_facts<'t>(protocol: &Protocol, tests: impl IntoIterator<Item = &'t Test>) -> BTreeSet<FactId> {
    let mut found: BTreeSet<FactId> = tests.into_iter().flat_map(|test| facts(protocol, test)).collect();
    let mut open: Vec<FactId> = found.iter().copied().collect();
    while let Some(fact) = open.pop() {
        if let Some(when) = &protocol.facts[fact].when {
            open.extend(facts(protocol, when).into_iter().filter(|fact| found.insert(*fact)));
        }
    }
    found
}

/// A measure of a tree: one for each node, and what its parts come to together.
///
/// With `max` it is how deep the tree nests, with a sum how large it is; the
/// measures of definitions stand in `defines`, so nothing is opened twice.
#[derive(Clone, Copy)]
pub struct Measure<'a> {
    /// How the parts of a node come together.
    pub join: fn(usize, usize) -> usize,
    /// The measures of the definitions.
    pub defines: &'a [usize],
}

impl Measure<'_> {
    fn node(self, parts: impl IntoIterator<Item = usize>) -> usize {
        parts.into_iter().fold(0, self.join).saturating_add(1)
    }

    fn define(self, id: usize) -> usize {
        self.defines.get(id).copied().unwrap_or(0)
    }

    /// Of a test.
    pub fn test(self, test: &Test) -> usize {
        match test {
            Test::Fact(_) | Test::Member(MemberExpr::Place(_), _) | Test::Has(SetExpr::Place(_), _) => 1,
            Test::Define(id) => self.node([self.define(*id)]),
            Test::Pick(pick) | Test::Member(MemberExpr::Pick(pick), _) | Test::Has(SetExpr::Pick(pick), _) => {
                self.node([self.selection(&pick.selection)])
            }
            Test::Not(inner) => self.node([self.test(inner)]),
            Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => {
                self.node(tests.iter().map(|test| self.test(test)))
            }
            Test::If(parts) => self.node(parts.iter().map(|test| self.test(test))),
            Test::Compare(_, left, right) => self.node([self.num(left), self.num(right)]),
            Test::Date(date, _, anchor) => self.node([self.date(date), self.date(anchor)]),
            Test::Some(selection) => self.node([self.selection(selection)]),
        }
    }

    fn selection(self, selection: &Selection) -> usize {
        let condition = selection.condition.iter().map(|test| self.test(test));
        self.node(condition.chain(selection.window.iter().map(|(_, anchor)| self.date(anchor))))
    }

    /// Of a number.
    pub fn num(self, value: &Num) -> usize {
        match value {
            Num::Literal(_) | Num::Place(_) | Num::Lab(..) => 1,
            Num::Rank(MemberExpr::Place(_)) | Num::Size(SetExpr::Place(_)) => 1,
            Num::Rank(MemberExpr::Pick(pick)) | Num::Size(SetExpr::Pick(pick)) | Num::Pick(pick) => {
                self.node([self.selection(&pick.selection)])
            }
            Num::Define(id) => self.node([self.define(*id)]),
            Num::Sum(terms) | Num::Product(terms) => self.node(terms.iter().map(|term| self.num(&term.num))),
            Num::Convert(inner, _, _) => self.node([self.num(inner)]),
            Num::Elapsed(_, dates) => self.node(dates.iter().map(|date| self.date(date))),
            Num::Count(selection) => self.node([self.selection(selection)]),
        }
    }

    /// Of a date.
    pub fn date(self, date: &DateExpr) -> usize {
        match date {
            DateExpr::Literal(_) | DateExpr::Place(_) | DateExpr::Lab(_) => 1,
            DateExpr::Define(id) => self.node([self.define(*id)]),
            DateExpr::Pick(pick) => self.node([self.selection(&pick.selection)]),
        }
    }

    /// Of what a definition stands for.
    pub fn body(self, body: &DefineBody) -> usize {
        match body {
            DefineBody::Test(test) => self.test(test),
            DefineBody::Number(num, _) => self.num(num),
            DefineBody::Date(date) => self.date(date),
            DefineBody::Inlined => 0,
        }
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

/// The conditions of a test, definitions opened up, each once: what is true, false or unknown by itself.
pub fn conditions<'p>(protocol: &'p Protocol, test: &'p Test) -> Vec<&'p Test> {
    let (mut found, mut opened) = (Vec::new(), BTreeSet::new());
    let mut left = vec![test];
    while let Some(test) = left.pop() {
        match test {
            Test::Not(inner) => left.push(inner),
            Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => left.extend(tests.iter().rev()),
            Test::If(parts) => left.extend(parts.iter().rev()),
            Test::Define(id) => {
                if let (true, DefineBody::Test(test)) = (opened.insert(*id), &protocol.defines[*id].body) {
                    left.push(test);
                }
            }
            Test::Fact(_) | Test::Pick(_) | Test::Compare(..) | Test::Member(..) | Test::Has(..) | Test::Date(..) | Test::Some(_) => {
                found.push(test);
            }
        }
    }
    found
}
