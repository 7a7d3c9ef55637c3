//! Facts, definitions, statements and criteria.

use super::Checker;
use super::value::{Leaf, Typed};
use crate::diagnostic::{Code, did_you_mean};
use crate::protocol::{
    About, Code as TerminologyCode, Criterion, CriterionKind, Define, DefineBody, DefineReading, Fact, Place, Reading,
    Role, Rule, Statement, Test, Type, registry, walk,
};
use crate::syntax::ast::{self, Item, Name, RuleBody, Text};

impl Checker<'_> {
    pub(super) fn about(&mut self, name: &Name, text: &Text) -> About {
        let mut codes = Vec::new();
        for code in &text.codes {
            self.check_code(code);
            codes.push(TerminologyCode { system: code.system.text.clone(), code: code.code.value.clone() });
        }
        About {
            name: name.text.clone(),
            text: text.verbatim.as_ref().map(|text| text.value.clone()),
            notes: text.notes.iter().map(|note| note.value.clone()).collect(),
            codes,
            line: self.line(name.span),
        }
    }

    fn check_code(&mut self, code: &ast::CodeRef) {
        let system = code.system.text.as_str();
        let known = registry::CODE_SYSTEMS.iter().map(|(name, _)| *name);
        if !known.clone().any(|name| name == system) {
            let help = did_you_mean(system, known.clone())
                .map_or_else(|| format!("known systems: {}", known.collect::<Vec<_>>().join(", ")), |near| format!("did you mean `{near}`?"));
            self.push(
                Code::UnknownCodeSystem
                    .at(code.system.span, format!("`{system}` is no code system that lind knows"))
                    .label("unknown system")
                    .help(help),
            );
            return;
        }
        let wrong = match system {
            "loinc" => !loinc_check(&code.code.value),
            "snomed" => !snomed_check(&code.code.value),
            _ => code.code.value.trim().is_empty(),
        };
        if wrong {
            let message = match code.code.value.trim() {
                "" => format!("this {system} code is empty"),
                value => format!("`{value}` is no {system} code: its check digit is wrong"),
            };
            self.push(
                Code::CodeCheckDigit
                    .at(code.code.span, message)
                    .label("mistyped?")
                    .help("look the code up again, with its display"),
            );
        }
    }

    /// The keys of the record, in order of declaration.
    pub(super) fn declare_facts(&mut self) {
        let ast = self.ast;
        for (i, item) in ast.items.iter().enumerate() {
            match item {
                Item::Fact(fact) => {
                    let ty = fact.ty.as_ref().and_then(|ty| self.type_of(ty, false));
                    self.declare_fact((i, None), &fact.name, &fact.text, Role::Fact, ty);
                }
                Item::Anchor(anchor) => {
                    self.declare_fact((i, None), &anchor.name, &anchor.text, Role::Anchor, Some(Type::Date));
                }
                Item::Criterion(criterion) => {
                    if let RuleBody::Attested(by) = &criterion.rule.body {
                        let ty = Type::Attested(by.text.clone());
                        self.declare_fact((i, None), &criterion.name, &criterion.text, Role::Attestation, Some(ty));
                    }
                    for (j, reading) in criterion.readings.iter().enumerate() {
                        if let RuleBody::Attested(by) = &reading.rule.body {
                            let ty = Type::Attested(by.text.clone());
                            self.declare_fact((i, Some(j)), &reading.name, &reading.text, Role::Attestation, Some(ty));
                        }
                    }
                }
                Item::Trial(_)
                | Item::Values(_)
                | Item::Define(_)
                | Item::Assume(_)
                | Item::Hypothesis(_)
                | Item::Intervention(_)
                | Item::Arm(_) => {}
            }
        }
    }

    fn declare_fact(&mut self, key: (usize, Option<usize>), name: &Name, text: &Text, role: Role, ty: Option<Type>) {
        // A name that is taken, or a type that was refused, is reported already; reading it is poison.
        if self.names.declared.get(&name.text) != Some(&name.span) {
            return;
        }
        let codes = if role == Role::Attestation { Text::default() } else { text.clone() };
        let mut about = self.about(name, &codes);
        about.text = text.verbatim.as_ref().map(|text| text.value.clone());
        if let Some(ty) = ty {
            self.facts.insert(key, self.protocol.facts.len());
            self.protocol.facts.push(Fact { about, role, ty, when: None });
        }
    }

    /// Definitions, each behind those that it reads.
    pub(super) fn check_defines(&mut self) {
        let ast = self.ast;
        let order = self.define_order();
        for i in order {
            let Item::Define(define) = &ast.items[i] else { continue };
            if self.names.declared.get(&define.name.text) != Some(&define.name.span) {
                // A second one of that name: checked for its own mistakes, never read.
                self.typed(&define.body);
                continue;
            }
            let typed = if self.names.cyclic.contains(&define.name.text) { Typed::Poison } else { self.typed(&define.body) };
            let about = self.about(&define.name, &define.text);
            let mut readings = Vec::new();
            for reading in &define.readings {
                let RuleBody::Expr(body) = &reading.rule.body else { continue };
                let alternative = self.typed(body);
                let (a, b) = (typed.describe(), alternative.describe());
                if !matches!((&typed, &alternative), (Typed::Poison, _) | (_, Typed::Poison)) && a != b {
                    self.push(
                        Code::TypeMismatch
                            .at(body.span, format!("the definition is {a}, this reading {b}"))
                            .label(format!("this is {b}"))
                            .related(define.body.span, format!("this is {a}"))
                            .help("a reading stands in the place of the definition, so it is of its type"),
                    );
                }
                let about = self.about(&reading.name, &reading.text);
                self.open_question(&define.name, reading);
                readings.push(DefineReading { about, written: self.written(body.span), body: body_of(&alternative) });
            }
            let mut body = body_of(&typed);
            let (depth, mut size) = (self.depth().body(&body), self.size().body(&body));
            self.note_depth(depth, define.name.span);
            let typed = if self.fits(size, define.name.span) {
                typed
            } else {
                (body, size) = (DefineBody::Inlined, 0);
                Typed::Poison
            };
            self.define_sizes.push(size);
            self.define_ids.insert(i, self.protocol.defines.len());
            self.define_depths.push(depth);
            self.protocol.defines.push(Define { about, written: self.written(define.body.span), body, readings });
            self.defines.insert(i, typed);
        }
    }

    /// The indices of the definitions, each behind those that it uses; a search with its own stack.
    fn define_order(&self) -> Vec<usize> {
        let ast = self.ast;
        let mut order = Vec::new();
        let mut state = vec![0u8; ast.items.len()];
        // Where each definition is used decides nothing here; what it uses does.
        let spans: Vec<(u32, u32, usize)> = ast
            .items
            .iter()
            .enumerate()
            .filter_map(|(i, item)| match item {
                Item::Define(define) => Some((define.span.start, define.span.end, i)),
                _ => None,
            })
            .collect();
        let mut reads: Vec<Vec<usize>> = vec![Vec::new(); ast.items.len()];
        for (name, uses) in &self.names.uses {
            let Some(crate::resolve::Operand::Define(target)) = self.names.operands.get(name) else { continue };
            for at in uses {
                let k = spans.partition_point(|(start, _, _)| *start <= at.start);
                if let Some((_, end, i)) = k.checked_sub(1).map(|k| spans[k])
                    && at.end <= end
                {
                    reads[i].push(*target);
                }
            }
        }
        for edges in &mut reads {
            edges.sort_unstable();
        }
        for (_, _, start) in spans {
            let mut stack = vec![(start, 0)];
            while let Some((i, next)) = stack.pop() {
                if next == 0 && state[i] != 0 {
                    continue;
                }
                state[i] = 1;
                if let Some(target) = reads[i].get(next) {
                    stack.push((i, next + 1));
                    if state[*target] == 0 {
                        stack.push((*target, 0));
                    }
                } else {
                    state[i] = 2;
                    order.push(i);
                }
            }
        }
        order
    }

    /// Where facts apply; conditions may read other conditional facts, but not in a circle.
    pub(super) fn check_whens(&mut self) {
        let ast = self.ast;
        for (i, item) in ast.items.iter().enumerate() {
            let Item::Fact(fact) = item else { continue };
            let Some(when) = &fact.when else { continue };
            if self.names.cyclic.contains(&fact.name.text) {
                continue;
            }
            let test = self.test(when);
            if let (Some(test), Some(id)) = (test, self.facts.get(&(i, None))) {
                self.protocol.facts[*id].when = Some(test);
            }
        }
        // Kahn's order over the conditional facts.
        let reads: Vec<(usize, Vec<usize>)> = self
            .protocol
            .facts
            .iter()
            .enumerate()
            .filter_map(|(id, fact)| {
                let when = fact.when.as_ref()?;
                let reads = walk::facts(&self.protocol, when);
                Some((id, reads.into_iter().filter(|other| self.protocol.facts[*other].when.is_some()).collect()))
            })
            .collect();
        let mut waiting: std::collections::HashMap<usize, usize> = reads.iter().map(|(id, reads)| (*id, reads.len())).collect();
        let mut readers: std::collections::HashMap<usize, Vec<usize>> = std::collections::HashMap::new();
        for (id, reads) in &reads {
            for other in reads {
                readers.entry(*other).or_default().push(*id);
            }
        }
        let mut ready: std::collections::VecDeque<usize> = reads.iter().filter(|(_, r)| r.is_empty()).map(|(id, _)| *id).collect();
        while let Some(id) = ready.pop_front() {
            self.protocol.conditional.push(id);
            for reader in readers.get(&id).into_iter().flatten() {
                if let Some(left) = waiting.get_mut(reader) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push_back(*reader);
                    }
                }
            }
        }
    }

    pub(super) fn check_statement(&mut self, statement: &ast::Statement) -> Option<Statement> {
        let test = self.test(&statement.body);
        let about = self.about(&statement.name, &statement.text);
        let written = self.written(statement.body.span);
        let test = test?;
        let (depth, size) = (self.depth().test(&test), self.size().test(&test));
        self.note_depth(depth, statement.name.span);
        if !self.fits(size, statement.name.span) {
            return None;
        }
        Some(Statement { about, written, test })
    }

    /// The criterion that stands at index `i` of the tree.
    pub(super) fn check_criterion(&mut self, i: usize, criterion: &ast::Criterion) {
        let kind = match criterion.kind {
            ast::CriterionKind::Include => CriterionKind::Include,
            ast::CriterionKind::Exclude => CriterionKind::Exclude,
        };
        let rule = self.rule(&criterion.rule, (i, None));
        let about = self.about(&criterion.name, &criterion.text);
        let mut readings = Vec::new();
        for (j, reading) in criterion.readings.iter().enumerate() {
            let rule = self.rule(&reading.rule, (i, Some(j)));
            let about = self.about(&reading.name, &reading.text);
            self.open_question(&criterion.name, reading);
            readings.extend(rule.map(|rule| Reading { about, rule }));
        }
        let arms: Option<Vec<usize>> = (!criterion.arms.is_empty()).then(|| {
            let mut ids: Vec<usize> = criterion
                .arms
                .iter()
                .filter_map(|arm| self.protocol.arms.iter().position(|known| known.about.name == arm.text))
                .collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        });
        let Some(rule) = rule else { return };
        let attested = {
            let attests = |test: &Test| {
                let mut found = false;
                walk::places(&self.protocol, test, &mut |place| {
                    found |= match place {
                        Place::Fact(id) => matches!(self.protocol.facts[id].ty, Type::Attested(_)),
                        Place::EventDate | Place::EventEnd | Place::Attribute(_) => false,
                    };
                });
                found || self.reads_attested_attribute(test)
            };
            attests(&rule.test) || rule.unless.as_ref().is_some_and(attests)
        };
        self.protocol.criteria.push(Criterion { about, kind, arms, rule, readings, attested });
    }

    /// Whether a condition over events asks an attested attribute.
    fn reads_attested_attribute(&self, test: &Test) -> bool {
        let mut events = None;
        let mut found = false;
        walk::places(&self.protocol, test, &mut |place| match place {
            Place::Fact(id) => {
                if let Type::Events(ty) = &self.protocol.facts[id].ty {
                    events = Some(ty);
                }
            }
            Place::Attribute(i) => {
                let ty = events.and_then(|ty| ty.attributes.get(i));
                found |= matches!(ty, Some((_, Type::Attested(_))));
            }
            Place::EventDate | Place::EventEnd => {}
        });
        found
    }

    fn open_question(&mut self, of: &Name, reading: &ast::Reading) {
        if reading.name.text.is_empty() {
            return;
        }
        let text = reading.text.verbatim.as_ref().map(|text| format!(": {}", text.value)).unwrap_or_default();
        self.push(
            Code::OpenQuestion
                .at(reading.name.span, format!("`{}` can also be read as `{}`{text}", of.text, reading.name.text))
                .label("an open question for the sponsor")
                .related(of.span, "this is what compiles"),
        );
    }

    fn rule(&mut self, rule: &ast::Rule, key: (usize, Option<usize>)) -> Option<Rule> {
        let test = match &rule.body {
            RuleBody::Attested(_) => {
                let fact = self.facts.get(&key).copied();
                fact.map(|id| Test::Fact(Place::Fact(id)))
            }
            RuleBody::Expr(body) => self.test(body),
        };
        let unless = rule.unless.as_ref().map(|unless| self.test(unless));
        let written = self.written(rule.span);
        let (test, unless) = (test?, match unless {
            Some(unless) => Some(unless?),
            None => None,
        });
        let measured = |measure: walk::Measure<'_>| measure.test(&test).max(unless.as_ref().map_or(0, |unless| measure.test(unless)));
        let (depth, size) = (measured(self.depth()), measured(self.size()));
        self.note_depth(depth + 2, rule.span);
        if !self.fits(size, rule.span) {
            return None;
        }
        Some(Rule { test, unless, written })
    }
}

/// What a definition contributes to the protocol.
fn body_of(typed: &Typed) -> DefineBody {
    match typed {
        Typed::Test(test) => DefineBody::Test(test.clone()),
        Typed::Value(choice) => match choice.single() {
            Some(Leaf::Number(numeric)) if numeric.literal.is_none() => {
                DefineBody::Number(numeric.num.clone(), numeric.unit.clone())
            }
            Some(Leaf::Date(date)) => DefineBody::Date(date.clone()),
            _ => DefineBody::Inlined,
        },
        Typed::Poison => DefineBody::Inlined,
    }
}

/// LOINC's check digit: Luhn's scheme over the digits before the hyphen.
fn loinc_check(code: &str) -> bool {
    let Some((body, check)) = code.split_once('-') else { return false };
    if body.is_empty() || check.len() != 1 || !body.bytes().chain(check.bytes()).all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b - b'0') * if i % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

/// SNOMED CT's check digit: Verhoeff's scheme over the dihedral group D5.
fn snomed_check(code: &str) -> bool {
    if !(6..=18).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    // The group's product, from its definition: rotations 0 to 4, reflections 5 to 9.
    let times = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    const STEP: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    code.bytes().rev().enumerate().fold(0, |sum, (i, b)| {
        let permuted = (0..i % 8).fold(usize::from(b - b'0'), |digit, _| STEP[digit]);
        times(sum, permuted)
    }) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_tell_typing_errors() {
        for code in ["5902-2", "5901-4", "6301-6", "5195-3", "42595-9", "11011-4", "1751-7", "1975-2", "777-3", "1834-1", "82810-3", "63895-7", "2106-3"] {
            assert!(loinc_check(code), "{code}");
        }
        for code in ["5902-3", "5920-2", "59022", "-2", "5902-", "a-1"] {
            assert!(!loinc_check(code), "{code}");
        }
        for code in ["61977001", "103611000119102", "19943007", "716203000", "389026000", "28670008", "17709002", "37372002", "13920009", "11836002", "93870000", "109841003", "58381000", "50711007", "235875008", "408335007", "77386006", "413712001"] {
            assert!(snomed_check(code), "{code}");
        }
        for code in ["61977002", "16977001", "1", "", "6197700a"] {
            assert!(!snomed_check(code), "{code}");
        }
    }
}
