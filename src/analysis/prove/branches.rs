//! Branches that nobody takes, and bands of a table that leave a gap or overlap.

use std::collections::BTreeSet;

use super::{Finding, Prover};
use crate::analysis::encode::Beyond;
use crate::analysis::logic::Lit;
use crate::analysis::question::Answer;
use crate::number::Number;
use crate::protocol::{Comparison, DefineBody, DefineId, Num, Place, Test, Type, walk};

impl<'p> Prover<'p> {
    /// The branches of every criterion: of an `if`, and of what is joined by `or`.
    pub(super) fn branches(&mut self) {
        for (i, criterion) in self.protocol.criteria.iter().enumerate() {
            let mut way = Way { criterion: i, given: Vec::new(), defines: BTreeSet::new() };
            for test in criterion.rule.tests() {
                self.branches_of(test, &mut way);
            }
        }
    }

    fn branches_of(&mut self, test: &'p Test, way: &mut Way) {
        match test {
            Test::Not(inner) => self.branches_of(inner, way),
            Test::And(tests) | Test::SomeOf(_, _, tests) => tests.iter().for_each(|test| self.branches_of(test, way)),
            Test::Or(tests) => {
                self.bands(way.criterion, tests);
                for test in tests {
                    let what = format!("the alternative on {}", self.reads(test));
                    if self.is_taken(test, true, &what, way) {
                        self.branches_of(test, way);
                    }
                }
            }
            Test::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.branches_of(condition, way);
                for (branch, holds) in [(then, true), (otherwise, false)] {
                    let what = format!("the branch where the condition on {} is {holds}", self.reads(condition));
                    if !self.is_taken(condition, holds, &what, way) {
                        continue;
                    }
                    if let Ok(tri) = self.questions.encoder.test(0, condition) {
                        way.given.push(if holds { tri.t } else { tri.f });
                        self.branches_of(branch, way);
                        way.given.pop();
                    }
                }
            }
            Test::Define(id) => {
                if let (DefineBody::Test(test), true) = (&self.protocol.defines[*id].body, way.defines.insert(*id)) {
                    self.branches_of(test, way);
                }
            }
            Test::Fact(_) | Test::Pick(_) | Test::Compare(..) | Test::Member(..) | Test::Has(..) | Test::Date(..) | Test::Some(_) => {}
        }
    }

    /// Whether somebody who comes this way is one for whom the test is so; if not, that is found.
    fn is_taken(&mut self, test: &'p Test, holds: bool, what: &str, way: &Way) -> bool {
        let answer = match self.questions.encoder.test(0, test) {
            Ok(tri) => self.questions.apart(&[&way.given[..], &[if holds { tri.t } else { tri.f }]].concat()),
            Err(Beyond(why)) => Answer::Undecided(why),
        };
        match answer {
            Answer::Yes(_) => return true,
            Answer::No(_) => {
                let found = Finding::DeadBranch(way.criterion, what.into());
                if !self.findings.contains(&found) {
                    self.findings.push(found);
                }
            }
            Answer::Undecided(why) => {
                let name = &self.protocol.criteria[way.criterion].about.name;
                self.undecided(format!("whether {what} in `{name}` is ever taken: {why}"));
            }
        }
        false
    }

    fn reads(&self, test: &Test) -> String {
        let names: Vec<String> =
            walk::facts(self.protocol, test).into_iter().map(|fact| format!("`{}`", self.protocol.facts[fact].about.name)).collect();
        names.join(" and ")
    }

    /// Rows of a table, each of which asks something within a band of one number: do the bands meet?
    fn bands(&mut self, criterion: usize, rows: &[Test]) {
        let conjuncts: Vec<Vec<&Test>> = rows.iter().map(conjuncts).collect();
        let Some(first) = conjuncts.first() else { return };
        let numbers: Vec<&Num> = first.iter().filter_map(|test| limit(test)).map(|(num, ..)| num).collect();
        for number in numbers {
            let bands: Option<Vec<Band>> = conjuncts.iter().map(|row| Band::of(row, number)).collect();
            let Some(mut bands) = bands else { continue };
            bands.sort_by(|a, b| a.low.cmp(&b.low));
            let steps = self.goes_in_steps(number);
            for pair in bands.windows(2) {
                let found = match (&pair[0].high, &pair[1].low) {
                    (Some((high, in_high)), Some((low, in_low))) => {
                        let next = if steps { high.add(&Number::whole(1)) } else { high.clone() };
                        // Of whole numbers the bands meet where one begins right after the other ends.
                        let meet = if steps && *in_high && *in_low { low <= &next } else { low < high || low == high && (*in_high || *in_low) };
                        let overlap = low < high || low == high && *in_high && *in_low;
                        if overlap {
                            Some(Finding::BandOverlap(criterion, self.number_reads(number), low.to_string(), high.to_string()))
                        } else if meet {
                            None
                        } else {
                            Some(Finding::BandGap(criterion, self.number_reads(number), high.to_string(), low.to_string()))
                        }
                    }
                    _ => Some(Finding::BandOverlap(criterion, self.number_reads(number), String::new(), String::new())),
                };
                self.findings.extend(found.filter(|found| !self.findings.contains(found)));
            }
            return;
        }
    }

    fn goes_in_steps(&self, number: &Num) -> bool {
        match number {
            Num::Place(Place::Fact(fact)) => matches!(self.protocol.facts[*fact].ty, Type::Integer(_)),
            Num::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Number(inner, _) => self.goes_in_steps(inner),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => false,
            },
            Num::Rank(_) | Num::Elapsed(..) | Num::Count(_) | Num::Size(_) => true,
            Num::Literal(_) | Num::Place(_) | Num::Lab(..) | Num::Sum(_) | Num::Product(_) | Num::Convert(..) | Num::Pick(_) => false,
        }
    }

    fn number_reads(&self, number: &Num) -> String {
        if let Num::Define(id) = number {
            return format!("`{}`", self.protocol.defines[*id].about.name);
        }
        let mut names = Vec::new();
        walk::num(self.protocol, number, &mut |place| {
            if let Place::Fact(fact) = place {
                names.push(format!("`{}`", self.protocol.facts[fact].about.name));
            }
        });
        names.dedup();
        names.join(" and ")
    }
}

/// How one comes to a branch.
struct Way {
    criterion: usize,
    /// What holds there.
    given: Vec<Lit>,
    /// The definitions that were opened up.
    defines: BTreeSet<DefineId>,
}

/// A run of numbers; each end with whether it belongs to it.
struct Band {
    low: Option<(Number, bool)>,
    high: Option<(Number, bool)>,
}

impl Band {
    /// The band that a row asks a number to lie in; none, where it asks for none, or for nothing else.
    fn of(row: &[&Test], number: &Num) -> Option<Self> {
        let same = |other: &Num| format!("{other:?}") == format!("{number:?}");
        let (own, rest): (Vec<&Test>, Vec<&Test>) = row.iter().partition(|test| limit(test).is_some_and(|(num, ..)| same(num)));
        let mut band = Self { low: None, high: None };
        for (_, op, bound) in own.iter().filter_map(|test| limit(test)) {
            match op {
                Comparison::Less => band.high = Some((bound.clone(), false)),
                Comparison::LessOrEqual => band.high = Some((bound.clone(), true)),
                Comparison::Greater => band.low = Some((bound.clone(), false)),
                Comparison::GreaterOrEqual => band.low = Some((bound.clone(), true)),
                Comparison::Equal => (band.low, band.high) = (Some((bound.clone(), true)), Some((bound.clone(), true))),
            }
        }
        (!own.is_empty() && !rest.is_empty()).then_some(band)
    }
}

fn conjuncts(test: &Test) -> Vec<&Test> {
    match test {
        Test::And(tests) => tests.iter().flat_map(conjuncts).collect(),
        test => vec![test],
    }
}

/// A number that is compared with a literal.
fn limit(test: &Test) -> Option<(&Num, Comparison, &Number)> {
    match test {
        Test::Compare(_, Num::Literal(_), Num::Literal(_)) => None,
        Test::Compare(op, number, Num::Literal(bound)) => Some((number, *op, bound)),
        Test::Compare(op, Num::Literal(bound), number) => Some((number, op.mirrored(), bound)),
        _ => None,
    }
}
