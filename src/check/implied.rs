//! What the criteria imply against what the header says: ages and sex.
//!
//! Only what every eligible subject must satisfy counts, and completed years
//! are whole numbers, so the comparison is exact.

use super::Checker;
use crate::calendar::CalendarUnit;
use crate::diagnostic::Code;
use crate::number::Number;
use crate::protocol::{
    Comparison, CriterionKind, DateExpr, DefineBody, FactId, MemberExpr, Num, Place, Protocol, Test, Type,
};
use crate::units::Unit;

/// The least and greatest completed age in years, each with the criterion that asks for it.
#[derive(Default)]
struct Ages {
    least: Option<(Number, usize)>,
    greatest: Option<(Number, usize)>,
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
                necessary(&criterion.rule.test, wanted, &mut |test, wanted| {
                    age_bound(&self.protocol, test, wanted, i, &mut ages);
                });
            }
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
            let wanted = criterion.kind == CriterionKind::Include;
            necessary(&criterion.rule.test, wanted, &mut |test, wanted| {
                let Test::Member(MemberExpr::Place(Place::Fact(id)), among) = test else { return };
                if !sexes.contains(id) {
                    return;
                }
                let Type::OneOf(members) = &self.protocol.facts[*id].ty else { return };
                let left: Vec<&String> =
                    members.iter().enumerate().filter(|(n, _)| among.contains(&(*n as u16)) == wanted).map(|(_, m)| m).collect();
                if let [only] = left[..]
                    && matches!(only.as_str(), "female" | "male")
                {
                    implied = Some((only.clone(), i));
                }
            });
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
fn necessary(test: &Test, wanted: bool, visit: &mut dyn FnMut(&Test, bool)) {
    match (test, wanted) {
        (Test::And(tests), true) | (Test::Or(tests), false) => {
            tests.iter().for_each(|test| necessary(test, wanted, visit));
        }
        (Test::Not(inner), _) => necessary(inner, !wanted, visit),
        _ => visit(test, wanted),
    }
}

/// Notes the bound that a comparison of the age with a literal sets.
fn age_bound(protocol: &Protocol, test: &Test, wanted: bool, criterion: usize, ages: &mut Ages) {
    let Test::Compare(op, left, right) = test else { return };
    let (op, age, literal) = match (left, right) {
        (age, Num::Literal(literal)) => (*op, age, literal),
        (Num::Literal(literal), age) => (mirrored(*op), age, literal),
        _ => return,
    };
    let Some(in_years) = years_of_age(protocol, age) else { return };
    let literal = literal.mul(&in_years);
    let op = if wanted { op } else { negated(op) };
    // Completed years are whole: above 20 is from 21.
    let one = Number::whole(1);
    let lower = |n: Number, ages: &mut Ages| {
        if ages.least.as_ref().is_none_or(|(least, _)| n > *least) {
            ages.least = Some((n, criterion));
        }
    };
    let upper = |n: Number, ages: &mut Ages| {
        if ages.greatest.as_ref().is_none_or(|(greatest, _)| n < *greatest) {
            ages.greatest = Some((n, criterion));
        }
    };
    match op {
        Comparison::GreaterOrEqual => lower(literal, ages),
        Comparison::Greater => lower(literal.add(&one), ages),
        Comparison::LessOrEqual => upper(literal, ages),
        Comparison::Less => upper(literal.sub(&one), ages),
        Comparison::Equal if wanted => {
            lower(literal.clone(), ages);
            upper(literal, ages);
        }
        Comparison::Equal => {}
    }
}

/// What one unit of an age is in years, where the number is one: completed years since birth.
fn years_of_age(protocol: &Protocol, num: &Num) -> Option<Number> {
    match num {
        Num::Define(id) => match &protocol.defines[*id].body {
            DefineBody::Number(num, _) => years_of_age(protocol, num),
            _ => None,
        },
        Num::Elapsed(CalendarUnit::Years, dates) => match &dates[0] {
            DateExpr::Place(Place::Fact(id)) => {
                protocol.facts[*id].about.name.contains("birth").then(|| Number::whole(1))
            }
            _ => None,
        },
        Num::Place(Place::Fact(id)) => match &protocol.facts[*id].ty {
            Type::Quantity(unit, _) if protocol.facts[*id].about.name == "age" => {
                unit.conversion(&Unit::calendar(CalendarUnit::Years)).map(|(factor, _)| factor)
            }
            _ => None,
        },
        _ => None,
    }
}

fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Equal => Comparison::Equal,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
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
