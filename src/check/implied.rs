//! What the criteria imply against what the header says: ages and sex.
//!
//! Only what every eligible subject must satisfy counts, and completed years
//! are whole numbers, so the comparison is exact.

use std::collections::HashSet;

use super::Checker;
use crate::calendar::{CalendarUnit, Relation};
use crate::diagnostic::Code;
use crate::number::Number;
use crate::protocol::{
    Comparison, CriterionKind, DateExpr, DefineBody, FactId, MemberExpr, Num, Place, Protocol, SetExpr, Test, Type,
};
use crate::units::Unit;

/// The least and greatest completed age in years, each with the criterion that asks for it.
#[derive(Default)]
struct Ages {
    least: Option<(Number, usize)>,
    greatest: Option<(Number, usize)>,
    /// Whether a criterion speaks of the age in a way that is not followed.
    unsure: bool,
}

impl Checker<'_> {
    pub(super) fn check_implied(&mut self) {
        self.check_ages();
        self.check_sex();
    }

    fn check_ages(&mut self) {
        let Some(at) = self.field("ages") else { return };
        let mut ages = Ages::default();
        for (i, criterion) in self.protocol.criteria.iter().enumerate() {
            if criterion.arms.is_none() && criterion.rule.unless.is_none() {
                let wanted = criterion.kind == CriterionKind::Include;
                necessary(&self.protocol, &criterion.rule.test, wanted, &mut |test, wanted| {
                    age_bound(&self.protocol, test, wanted, i, &mut ages);
                });
            }
        }
        if ages.unsure {
            return;
        }
        let years = Unit::calendar(CalendarUnit::Years);
        let header = |age: &Option<(Number, Unit)>| {
            age.as_ref().and_then(|(number, unit)| unit.conversion(&years).map(|(factor, _)| number.mul(&factor)))
        };
        let (minimum, maximum) = (&self.protocol.header.minimum_age, &self.protocol.header.maximum_age);
        // Ages in weeks or days are no completed years; nothing is claimed of them.
        if [minimum, maximum].iter().any(|age| age.is_some() && header(age).is_none()) {
            return;
        }
        let pairs = [("minimum", header(minimum), ages.least), ("maximum", header(maximum), ages.greatest)];
        for (word, said, implied) in pairs {
            let show = |age: &Option<Number>| age.as_ref().map_or("none".to_string(), |age| format!("{age} years"));
            let implied_age = implied.as_ref().map(|(age, _)| age.clone());
            if said == implied_age {
                continue;
            }
            let mut diagnostic = Code::HeaderAges
                .at(at, format!("the header's {word} age is {}, that of the criteria {}", show(&said), show(&implied_age)))
                .label(format!("{word}: {}", show(&said)))
                .help("a registry searches by the header, a site screens by the criteria: mend the one that is wrong");
            if let Some((_, i)) = implied
                && let Some(span) = self.criterion_span(i)
            {
                diagnostic = diagnostic.related(span, format!("asks for {}", show(&implied_age)));
            }
            self.push(diagnostic);
        }
    }

    fn criterion_span(&self, index: usize) -> Option<crate::span::Span> {
        let name = &self.protocol.criteria.get(index)?.about.name;
        self.ast.items.iter().find_map(|item| match item {
            crate::syntax::ast::Item::Criterion(criterion) if criterion.name.text == *name => Some(criterion.name.span),
            _ => None,
        })
    }

    fn check_sex(&mut self) {
        let (Some(at), Some(said)) = (self.field("sex"), self.protocol.header.sex.clone()) else { return };
        let sexes: Vec<FactId> = self
            .protocol
            .facts
            .iter()
            .enumerate()
            .filter(|(_, fact)| matches!(fact.about.name.as_str(), "sex" | "gender") && matches!(fact.ty, Type::OneOf(_)))
            .map(|(id, _)| id)
            .collect();
        let mut implied: Option<(String, usize)> = None;
        for (i, criterion) in self.protocol.criteria.iter().enumerate() {
            if criterion.arms.is_some() || criterion.rule.unless.is_some() {
                continue;
            }
            // What a criterion asks of a fact that applies to some subjects only, it asks of no others.
            let protocol = &self.protocol;
            let mut asked = vec![(&criterion.rule.test, criterion.kind == CriterionKind::Include)];
            let mut seen: HashSet<FactId> = HashSet::new();
            let mut next = 0;
            while let Some((test, wanted)) = asked.get(next).copied() {
                next += 1;
                necessary(protocol, test, wanted, &mut |test, wanted| {
                    let facts = asked_of(test).filter(|id| wanted && seen.insert(*id));
                    let whens = facts.filter_map(|id| protocol.facts[id].when.as_ref());
                    asked.extend(whens.map(|when| (when, true)));
                    let Test::Member(MemberExpr::Place(Place::Fact(id)), among) = test else { return };
                    if !sexes.contains(id) {
                        return;
                    }
                    let Type::OneOf(members) = &protocol.facts[*id].ty else { return };
                    let left: Vec<&String> =
                        members.iter().enumerate().filter(|(n, _)| among.contains(&(*n as u16)) == wanted).map(|(_, m)| m).collect();
                    if let [only] = left[..]
                        && matches!(only.as_str(), "female" | "male")
                    {
                        implied = Some((only.clone(), i));
                    }
                });
            }
        }
        let asked = implied.as_ref().map_or("all", |(sex, _)| sex.as_str());
        if said == asked {
            return;
        }
        let mut diagnostic = Code::HeaderSex
            .at(at, format!("the header says sex `{said}`, the criteria admit `{asked}`"))
            .label(format!("`{said}` here"))
            .help("a registry searches by the header, a site screens by the criteria: mend the one that is wrong");
        if let Some((_, i)) = implied
            && let Some(span) = self.criterion_span(i)
        {
            diagnostic = diagnostic.related(span, format!("admits `{asked}` only"));
        }
        self.push(diagnostic);
    }
}

/// Visits what must be true (or false) for the whole test to be so.
fn necessary(protocol: &Protocol, test: &Test, wanted: bool, visit: &mut dyn FnMut(&Test, bool)) {
    match (test, wanted) {
        (Test::And(tests), true) | (Test::Or(tests), false) => {
            tests.iter().for_each(|test| necessary(protocol, test, wanted, visit));
        }
        (Test::Not(inner), _) => necessary(protocol, inner, !wanted, visit),
        (Test::Define(id), _) => {
            if let DefineBody::Test(test) = &protocol.defines[*id].body {
                necessary(protocol, test, wanted, visit);
            }
        }
        _ => visit(test, wanted),
    }
}

/// The facts of which a test is false where they do not apply.
fn asked_of(test: &Test) -> impl Iterator<Item = FactId> {
    let number = |num: &Num| match num {
        Num::Place(place) | Num::Lab(place, _) | Num::Rank(MemberExpr::Place(place)) => Some(*place),
        _ => None,
    };
    let places = match test {
        Test::Fact(place) | Test::Member(MemberExpr::Place(place), _) | Test::Has(SetExpr::Place(place), _) => [Some(*place), None],
        Test::Compare(_, left, right) => [number(left), number(right)],
        _ => [None, None],
    };
    places.into_iter().flatten().filter_map(|place| match place {
        Place::Fact(id) => Some(id),
        Place::EventDate | Place::EventEnd | Place::Attribute(_) => None,
    })
}

/// An age as a test reads it.
struct Age {
    /// What one of its units is in years.
    years: Number,
    /// Whether it counts completed units.
    completed: bool,
}

/// Notes the bound that a test sets on the age.
fn age_bound(protocol: &Protocol, test: &Test, wanted: bool, criterion: usize, ages: &mut Ages) {
    match test {
        Test::Compare(op, left, right) => {
            let (op, age, literal) = match (left, right) {
                (age, Num::Literal(literal)) => (*op, age, literal),
                (Num::Literal(literal), age) => (op.mirrored(), age, literal),
                _ => return,
            };
            if let Some(age) = age_of(protocol, age) {
                ages.bound(if wanted { op } else { negated(op) }, literal, &age, wanted, criterion);
            }
        }
        // Born at least so long before is an age of at least so much.
        Test::Date(DateExpr::Place(Place::Fact(id)), Relation::AtLeastBefore(distance), _) if is_birth(protocol, *id) => {
            let unit = Unit::calendar(distance.unit);
            let (count, one) = (Number::whole(i64::from(distance.count)), Number::whole(1));
            match unit.conversion(&Unit::calendar(CalendarUnit::Years)) {
                Some((years, _)) if wanted => ages.at_least(count.mul(&years), criterion),
                Some((years, _)) if years == one => ages.at_most(count.sub(&one), criterion),
                _ => ages.unsure = true,
            }
        }
        Test::Date(DateExpr::Place(Place::Fact(id)), _, _) if is_birth(protocol, *id) => ages.unsure = true,
        _ => {}
    }
}

impl Ages {
    fn at_least(&mut self, age: Number, criterion: usize) {
        if self.least.as_ref().is_none_or(|(least, _)| age > *least) {
            self.least = Some((age, criterion));
        }
    }

    fn at_most(&mut self, age: Number, criterion: usize) {
        if self.greatest.as_ref().is_none_or(|(greatest, _)| age < *greatest) {
            self.greatest = Some((age, criterion));
        }
    }

    fn bound(&mut self, op: Comparison, literal: &Number, age: &Age, wanted: bool, criterion: usize) {
        // Completed units are whole: above 20 is from 21.
        let one = Number::whole(1);
        match op {
            Comparison::GreaterOrEqual => self.at_least(literal.mul(&age.years), criterion),
            Comparison::LessOrEqual => self.at_most(literal.mul(&age.years), criterion),
            Comparison::Greater if age.completed => self.at_least(literal.add(&one).mul(&age.years), criterion),
            Comparison::Less if age.completed => self.at_most(literal.sub(&one).mul(&age.years), criterion),
            Comparison::Equal if wanted => {
                self.at_least(literal.mul(&age.years), criterion);
                self.at_most(literal.mul(&age.years), criterion);
            }
            Comparison::Greater | Comparison::Less => self.unsure = true,
            Comparison::Equal => {}
        }
    }
}

fn is_birth(protocol: &Protocol, fact: FactId) -> bool {
    protocol.facts[fact].about.name.contains("birth")
}

/// The age that a number is: completed units since birth, or a fact of that name.
fn age_of(protocol: &Protocol, num: &Num) -> Option<Age> {
    let in_years = |unit: &Unit| unit.conversion(&Unit::calendar(CalendarUnit::Years)).map(|(factor, _)| factor);
    match num {
        Num::Define(id) => match &protocol.defines[*id].body {
            DefineBody::Number(num, _) => age_of(protocol, num),
            DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => None,
        },
        Num::Elapsed(unit, dates) => match &dates[0] {
            DateExpr::Place(Place::Fact(id)) if is_birth(protocol, *id) => {
                Some(Age { years: in_years(&Unit::calendar(*unit))?, completed: true })
            }
            _ => None,
        },
        Num::Place(Place::Fact(id)) => match &protocol.facts[*id].ty {
            Type::Quantity(unit, _) if protocol.facts[*id].about.name == "age" => {
                Some(Age { years: in_years(unit)?, completed: false })
            }
            _ => None,
        },
        _ => None,
    }
}

fn negated(op: Comparison) -> Comparison {
    match op {
        Comparison::Equal => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}
