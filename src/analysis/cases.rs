//! Test subjects that show what each part of a protocol does.
//!
//! In: a [`Protocol`]. Out: [`Case`]s, each with the record, the report that
//! `evaluate` gives, and the reason why it is there; and what could not be
//! covered, with the reason. Each condition of a criterion decides its outcome
//! once as true and once as false (modified condition/decision coverage), each
//! limit is met, just missed and just passed, each fact is missing once.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::encode::{Beyond, Tri};
use super::logic::Lit;
use super::judge::Judged;
use super::question::{Answer, Questions};
use super::subject::Subject;
use crate::evaluate::{Outcome, Report, Truth, Verdict};
use crate::number::Number;
use crate::protocol::{Comparison, DefineBody, MemberExpr, Num, Place, Protocol, Rule, SetExpr, SetTest, Test, Type, walk};

/// A subject, and why it is there.
#[derive(Debug, Clone)]
pub struct Case {
    /// A name that is stable as long as the protocol is: `adult/age/limit-2`.
    pub name: String,
    /// The reason, in a sentence.
    pub why: String,
    /// The record.
    pub record: Map<String, Value>,
    /// What `evaluate` says of it.
    pub report: Report,
}

/// The cases of a protocol, and what they cover.
#[derive(Debug, Default)]
pub struct Cases {
    /// In the order of the criteria.
    pub cases: Vec<Case>,
    /// Conditions of criteria, each counted as true and as false.
    pub conditions: usize,
    /// Those that decide an outcome in some case.
    pub decided: usize,
    /// What is not covered, and why.
    pub uncovered: Vec<String>,
}

/// Generates the cases.
pub fn cases(protocol: &Protocol) -> Cases {
    crate::stack::with_stack(protocol.depth.max(protocol.criteria.len() / 8), || {
        let steps = steps(protocol);
        Maker { protocol, steps: &steps, questions: Questions::new(vec![protocol]), seen: HashSet::new(), made: Cases::default() }.run()
    })
}

/// A value that a condition turns on and that has no number of its own in a record: a count, a member, a set.
struct Step<'p> {
    condition: &'p Test,
    what: String,
    at: Test,
}

/// Types with more members are not gone through one by one.
const MAX_MEMBERS: usize = 16;

/// What each condition is asked of besides numbers and dates: counts on and around their limit, members on both
/// sides of theirs, and each member of a set alone, or alone missing.
fn steps(protocol: &Protocol) -> Vec<Step<'_>> {
    let rules = protocol.criteria.iter().flat_map(|criterion| criterion.rule.tests());
    let mut found = Vec::new();
    for condition in rules.flat_map(|test| walk::conditions(protocol, test)) {
        let mut add = |what: String, at: Test| found.push(Step { condition, what, at });
        match condition {
            Test::Compare(_, num @ (Num::Count(_) | Num::Size(_)), Num::Literal(limit))
            | Test::Compare(_, Num::Literal(limit), num @ (Num::Count(_) | Num::Size(_))) => {
                let Some(limit) = limit.to_i64() else { continue };
                for (n, word) in [(limit, "at the limit"), (limit - 1, "one below the limit"), (limit + 1, "one above the limit")] {
                    if n >= 0 {
                        add(format!("their number is {n}, {word}"), Test::Compare(Comparison::Equal, num.clone(), Num::Literal(Number::whole(n))));
                    }
                }
            }
            Test::Member(member @ MemberExpr::Place(place @ Place::Fact(_)), among) => {
                let members = protocol.members_at(*place, None);
                let is_scale = matches!(protocol.type_at(*place, None), Some(Type::Scale(_)));
                let differs = |i: usize, j: usize| among.contains(&(i as u16)) != among.contains(&(j as u16));
                for (i, name) in members.iter().enumerate() {
                    let is_limit = i > 0 && differs(i, i - 1) || i + 1 < members.len() && differs(i, i + 1);
                    if is_limit && is_scale || !is_scale && members.len() <= MAX_MEMBERS {
                        add(format!("the member is `{name}`"), Test::Member(member.clone(), vec![i as u16]));
                    }
                }
            }
            Test::Has(set @ SetExpr::Place(Place::Fact(_)), question) => {
                let members = protocol.members_of_set(set, None);
                if members.len() > MAX_MEMBERS {
                    continue;
                }
                let has = |question: SetTest| Test::Has(set.clone(), question);
                for (i, name) in members.iter().enumerate() {
                    let own = vec![i as u16];
                    match question {
                        SetTest::Any => {}
                        SetTest::AnyOf(_) | SetTest::AnyExcept(_) => {
                            let others = Test::Not(Box::new(has(SetTest::AnyExcept(own.clone()))));
                            add(format!("the set is `{name}` alone"), Test::And(vec![has(SetTest::AnyOf(own)), others]));
                        }
                        SetTest::AllOf(wanted) if wanted.contains(&(i as u16)) => {
                            let rest = wanted.iter().copied().filter(|other| *other != i as u16).collect();
                            let without = Test::Not(Box::new(has(SetTest::AnyOf(own))));
                            add(format!("of the set `{name}` alone is missing"), Test::And(vec![has(SetTest::AllOf(rest)), without]));
                        }
                        SetTest::AllOf(_) => {}
                    }
                }
            }
            _ => {}
        }
    }
    found
}

struct Maker<'p> {
    protocol: &'p Protocol,
    steps: &'p [Step<'p>],
    questions: Questions<'p>,
    /// Records that are there already, as text.
    seen: HashSet<String>,
    made: Cases,
}

impl<'p> Maker<'p> {
    fn run(mut self) -> Cases {
        let mut tris = Vec::new();
        for (i, criterion) in self.protocol.criteria.iter().enumerate() {
            let tri = self.questions.criterion(0, i).unwrap_or_else(|Beyond(why)| {
                self.made.uncovered.push(format!("`{}`: {why}", criterion.about.name));
                self.questions.open_criterion(0, i)
            });
            tris.push(tri);
        }
        let verdicts = self.questions.verdicts(0, &tris);
        match self.questions.ordinary(&[verdicts.eligible], &|judged| judged[0].is_eligible()) {
            Answer::Yes(subject) => {
                self.questions.settle(&subject);
                let subject = self.questions.base().clone();
                self.add("eligible", "an ordinary subject who is eligible, and of whom everything is known", &subject);
            }
            Answer::No(_) => self.made.uncovered.push("nobody can be eligible".into()),
            Answer::Undecided(why) => self.made.uncovered.push(format!("an eligible subject: {why}")),
        }
        for i in 0..tris.len() {
            self.criterion(&tris, i);
        }
        self.missing_facts();
        self.made
    }

    fn add(&mut self, name: &str, why: &str, subject: &Subject) {
        let Some(mut shown) = self.questions.witness(subject) else {
            return self.made.uncovered.push(format!("`{name}`: the subject that was found does not replay"));
        };
        let (Some(record), Some(report)) = (shown.records.pop(), shown.reports.pop()) else { return };
        if self.seen.insert(Value::Object(record.clone()).to_string()) {
            self.made.cases.push(Case { name: name.into(), why: why.into(), record, report });
        }
    }

    /// Every condition of a criterion, both ways, and every limit in it.
    fn criterion(&mut self, tris: &[Tri], i: usize) {
        let criterion = &self.protocol.criteria[i];
        let name = &criterion.about.name;
        let mut atoms: Vec<&'p Test> = Vec::new();
        for condition in criterion.rule.tests().flat_map(|test| walk::conditions(self.protocol, test)) {
            if !atoms.iter().any(|known| std::ptr::eq(*known, condition)) {
                atoms.push(condition);
            }
        }
        let others: Vec<Lit> = (0..tris.len()).filter(|j| *j != i).map(|j| tris[j].t).collect();
        for (n, atom) in atoms.iter().enumerate() {
            let what = self.described(atom);
            let label = format!("{name}/{}", n + 1);
            let Some((own, decides)) = self.deciding(i, &criterion.rule, atom) else { continue };
            for (side, word) in [(own.t, "true"), (own.f, "false")] {
                self.made.conditions += 1;
                // Best where the other criteria pass, so that it decides the verdict too.
                let alone = [&others[..], &[side, decides]].concat();
                let mut answer = self.questions.found(&alone);
                if !answer.is_yes() {
                    answer = self.questions.found(&[side, decides]);
                }
                match answer {
                    Answer::Yes(subject) => {
                        let Some(subject) = self.still_deciding(&subject, i, atom) else {
                            self.made.uncovered.push(format!("in `{name}`, {what} as {word}: the subject that was found does not replay"));
                            continue;
                        };
                        self.made.decided += 1;
                        self.add(&format!("{label}/{word}"), &format!("in `{name}`, {what} is {word}, and that decides the outcome"), &subject);
                    }
                    Answer::No(_) => self.made.uncovered.push(format!(
                        "in `{name}`, {what} never decides the outcome by being {word}: whatever else is so, something else decides it"
                    )),
                    Answer::Undecided(why) => self.made.uncovered.push(format!("in `{name}`, {what} as {word}: {why}")),
                }
            }
            self.limits(&others, decides, &label, name, atom);
        }
    }

    /// The outcome of a condition, and when it decides that of its criterion.
    fn deciding(&mut self, i: usize, rule: &'p Rule, atom: &'p Test) -> Option<(Tri, Lit)> {
        let kind = self.protocol.criteria[i].kind;
        let (yes, no) = (self.questions.encoder.theory.logic.yes(), self.questions.encoder.theory.logic.no());
        let own = self.questions.encoder.test(0, atom).ok()?;
        let mut with = |tri: Tri| {
            self.questions.encoder.force(Some((atom, tri)));
            let outcome = self.questions.passes(0, kind, rule);
            self.questions.encoder.force(None);
            outcome.ok()
        };
        let (held, failed) = (with(Tri { t: yes, f: no })?, with(Tri { t: no, f: yes })?);
        let logic = &mut self.questions.encoder.theory.logic;
        let ways = [logic.and([held.t, failed.f]), logic.and([held.f, failed.t])];
        Some((own, logic.or(ways)))
    }

    /// The subject, as near to the ordinary one as the condition still decides; none, if it does not to begin with.
    fn still_deciding(&self, subject: &Subject, i: usize, atom: &'p Test) -> Option<Subject> {
        let criterion = &self.protocol.criteria[i];
        let pass = criterion.rule.passes(criterion.kind);
        // `passes` copies the rule, so the condition is found again by its places.
        let at = places_of(self.protocol, &criterion.rule, atom);
        let (held, failed) = (with_truth(self.protocol, &pass, &at, true), with_truth(self.protocol, &pass, &at, false));
        let (wanted, outcomes) = self.questions.judged(subject, |judge| (judge.truth(0, atom), judge.judged()[0].outcomes.clone()));
        let decides = |tried: &Subject| {
            let others = self.questions.accepts(tried, true, &|judged| {
                let both = judged[0].outcomes.iter().zip(&outcomes).enumerate();
                both.into_iter().all(|(j, (is, was))| j == i || *was != Outcome::Pass || is == was)
            });
            others && self.questions.judged(tried, |judge| {
                let (held, failed) = (judge.truth(0, &held), judge.truth(0, &failed));
                judge.truth(0, atom) == wanted && held == failed.not() && held != Truth::Unknown
            })
        };
        decides(subject).then(|| self.questions.nearest(subject.clone(), None, &decides))
    }

    /// Each limit that a condition compares with: met, and just missed on both sides.
    ///
    /// Best where the condition decides the outcome and the other criteria pass, so that the verdict turns on it.
    fn limits(&mut self, others: &[Lit], decides: Lit, label: &str, name: &str, atom: &'p Test) {
        let mut edges = self.questions.encoder.edges(0, atom);
        let mut counted = None;
        for step in self.steps.iter().filter(|step| std::ptr::eq(step.condition, atom)) {
            let Ok(tri) = self.questions.encoder.test(0, &step.at) else { continue };
            edges.push((step.what.clone(), vec![tri.t]));
            // Where events are counted up to a limit, a date is decisive if their number just meets it.
            counted = counted.or(matches!(atom, Test::Compare(..)).then_some(tri.t));
        }
        for (n, (what, lits)) in edges.into_iter().enumerate() {
            let decisive = [others, &[decides], &lits].concat();
            let counted = counted.map(|counted| [&decisive[..], &[counted]].concat());
            let ways = counted.into_iter().chain([decisive, [others, &lits].concat(), lits]);
            let mut answers = ways.map(|way| self.questions.found(&way));
            let answer = answers.find(|answer| !matches!(answer, Answer::No(_)));
            if let Some(Answer::Yes(subject)) = answer {
                // What the condition reads stays; the rest goes back as far as every outcome stands.
                let keys = &self.questions.encoder.keys;
                let read: Vec<usize> = walk::facts(self.protocol, atom).into_iter().map(|fact| keys.key_of(0, fact)).collect();
                let outcomes = self.questions.judged(&subject, |judge| judge.judged()[0].outcomes.clone());
                let same = |judged: &[Judged]| judged[0].outcomes == outcomes;
                let subject = self.questions.nearest(subject, Some(&read), &|tried| self.questions.accepts(tried, true, &same));
                self.add(&format!("{label}/limit-{}", n + 1), &format!("in `{name}`, {what}"), &subject);
            }
        }
    }

    /// Each fact that a criterion reads, unknown in an otherwise eligible subject.
    fn missing_facts(&mut self) {
        let mut read: BTreeSet<usize> = BTreeSet::new();
        for criterion in &self.protocol.criteria {
            for test in std::iter::once(&criterion.rule.test).chain(&criterion.rule.unless) {
                read.extend(walk::facts(self.protocol, test));
            }
        }
        for fact in read {
            let name = &self.protocol.facts[fact].about.name;
            let mut subject = self.questions.base().clone();
            let key = self.questions.encoder.keys.key_of(0, fact);
            if subject.get(key).is_null() {
                continue;
            }
            subject.set(key, Value::Null);
            self.questions.fit(&mut subject, false);
            let says = match self.questions.judged(&subject, |judge| judge.judged()[0].verdict) {
                Verdict::Undetermined => "which leaves the verdict open",
                Verdict::Eligible => "and the verdict stands without it",
                Verdict::Ineligible => "and the subject is out without it",
            };
            self.add(&format!("missing/{name}"), &format!("`{name}` is unknown, {says}"), &subject);
        }
    }

    /// A condition by the facts it reads.
    fn described(&self, atom: &Test) -> String {
        let names: Vec<String> =
            walk::facts(self.protocol, atom).into_iter().map(|fact| format!("`{}`", self.protocol.facts[fact].about.name)).collect();
        format!("the condition on {}", names.join(" and "))
    }
}

/// Which of the conditions of a rule it is, counted as [`with_truth`] counts; a definition may bring it in twice.
fn places_of(protocol: &Protocol, rule: &Rule, atom: &Test) -> Vec<usize> {
    let mut all = Vec::new();
    for test in std::iter::once(&rule.test).chain(&rule.unless) {
        every_leaf(protocol, test, &mut all);
    }
    (0..all.len()).filter(|i| std::ptr::eq(all[*i], atom)).collect()
}

/// The conditions of a test, definitions opened up wherever they are used.
fn every_leaf<'p>(protocol: &'p Protocol, test: &'p Test, found: &mut Vec<&'p Test>) {
    match test {
        Test::Not(inner) => every_leaf(protocol, inner, found),
        Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => tests.iter().for_each(|test| every_leaf(protocol, test, found)),
        Test::If(parts) => parts.iter().for_each(|test| every_leaf(protocol, test, found)),
        Test::Define(id) => {
            if let DefineBody::Test(test) = &protocol.defines[*id].body {
                every_leaf(protocol, test, found);
            }
        }
        Test::Fact(_) | Test::Pick(_) | Test::Compare(..) | Test::Member(..) | Test::Has(..) | Test::Date(..) | Test::Some(_) => found.push(test),
    }
}

/// The test with one condition taken for true or false: nothing but a conjunction or disjunction of nothing.
fn with_truth(protocol: &Protocol, test: &Test, at: &[usize], value: bool) -> Test {
    fn go(protocol: &Protocol, test: &Test, next: &mut usize, at: &[usize], value: bool) -> Test {
        let all = |tests: &[Test], next: &mut usize| tests.iter().map(|test| go(protocol, test, next, at, value)).collect::<Vec<_>>();
        match test {
            Test::Not(inner) => Test::Not(Box::new(go(protocol, inner, next, at, value))),
            Test::And(tests) => Test::And(all(tests, next)),
            Test::Or(tests) => Test::Or(all(tests, next)),
            Test::SomeOf(how, k, tests) => Test::SomeOf(*how, *k, all(tests, next)),
            Test::If(parts) => {
                let [c, x, y] = &**parts;
                Test::If(Box::new([c, x, y].map(|part| go(protocol, part, next, at, value))))
            }
            Test::Define(id) => match &protocol.defines[*id].body {
                DefineBody::Test(test) => go(protocol, test, next, at, value),
                DefineBody::Number(..) | DefineBody::Date(_) | DefineBody::Inlined => test.clone(),
            },
            Test::Fact(_) | Test::Pick(_) | Test::Compare(..) | Test::Member(..) | Test::Has(..) | Test::Date(..) | Test::Some(_) => {
                *next += 1;
                match (at.contains(&(*next - 1)), value) {
                    (true, true) => Test::And(Vec::new()),
                    (true, false) => Test::Or(Vec::new()),
                    (false, _) => test.clone(),
                }
            }
        }
    }
    go(protocol, test, &mut 0, at, value)
}
