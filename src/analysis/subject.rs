//! Subjects of one protocol or of two versions together: their keys, and their records.
//!
//! Facts of two versions are one where they have the same name and types that
//! can carry the same values; a fact whose type changed beyond that is two.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::alike::Alike;
use super::encode::{Encoder, reads_event};
use super::sample::{TODAY, likely, number_json, ordinary_value};
use super::space::{Date, Raw, Values};
use crate::calendar::{Day, Days, day_text};
use crate::diagnostic::Code;
use crate::evaluate::{RecordReader, Report, evaluate};
use crate::number::Number;
use crate::protocol::{
    DateExpr, Define, DefineBody, FactId, MemberExpr, Members, Num, Pick, Protocol, Role, Rule, Selection, SetExpr, Term, Test, Type,
};

/// More events of one list are not told apart.
const MAX_SLOTS: usize = 96;

/// A key of the record, in one version or in both.
#[expect(clippy::struct_excessive_bools, reason = "none of them decides another")]
pub(super) struct Key {
    pub name: String,
    pub ty: Type,
    /// How many events of a list the tests can tell apart.
    pub slots: usize,
    /// How often an event is in the list tells it from others.
    pub repeated: bool,
    /// Its events are asked for others of the same list.
    pub nests: bool,
    pub too_many: bool,
    /// The two versions record it differently: for other subjects, in another range, with other members.
    pub differs: bool,
    anchor: bool,
}

/// The keys of the records of one protocol, or of two versions.
pub(super) struct Keys<'p> {
    pub sides: Vec<&'p Protocol>,
    pub all: Vec<Key>,
    of_facts: Vec<Vec<usize>>,
    facts: Vec<Vec<Option<FactId>>>,
    members: Vec<HashMap<usize, Rc<[usize]>>>,
    /// Whether any key differs between the versions.
    pub differ: bool,
    /// For each criterion of the version after, the one of the version before that says the same.
    unchanged: Vec<Option<usize>>,
    /// What reads the records of each side.
    readers: Vec<RecordReader<'p>>,
    /// Of the first and the last event of a list all is told that they need of their own list, as of those that decide.
    pub full_ends: bool,
}

impl<'p> Keys<'p> {
    pub fn new(sides: Vec<&'p Protocol>, full_ends: bool) -> Self {
        let mut all: Vec<Key> = Vec::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let mut keys = Vec::new();
        for protocol in &sides {
            let mut own = Vec::new();
            for fact in &protocol.facts {
                let ty = without_range(&fact.ty);
                let present = by_name.get(fact.about.name.as_str()).copied();
                let merged = present.and_then(|key| merge(&all[key].ty, &ty).map(|ty| (key, ty)));
                let key = if let Some((key, ty)) = merged {
                    all[key].ty = ty;
                    key
                } else {
                    all.push(Key {
                        name: fact.about.name.clone(),
                        ty,
                        slots: 0,
                        repeated: false,
                        nests: false,
                        too_many: false,
                        differs: false,
                        anchor: fact.role == Role::Anchor,
                    });
                    by_name.insert(&fact.about.name, all.len() - 1);
                    all.len() - 1
                };
                own.push(key);
            }
            keys.push(own);
        }
        let facts = keys
            .iter()
            .map(|own| {
                let mut facts = vec![None; all.len()];
                own.iter().enumerate().for_each(|(fact, key)| facts[*key] = Some(fact));
                facts
            })
            .collect();
        let members = sides
            .iter()
            .zip(&keys)
            .map(|(protocol, own)| {
                let maps = protocol.facts.iter().zip(own).filter_map(|(fact, key)| {
                    let (mine, merged) = (members_of(&fact.ty)?, members_of(&all[*key].ty)?);
                    (mine != merged).then(|| {
                        let index = |name: &String| merged.iter().position(|member| member == name).unwrap_or(0);
                        (*key, mine.iter().map(index).collect())
                    })
                });
                maps.collect()
            })
            .collect();
        let readers = sides.iter().map(|protocol| RecordReader::new(protocol)).collect();
        let mut keys = Self { sides, all, of_facts: keys, facts, members, differ: false, unchanged: Vec::new(), readers, full_ends };
        keys.compare();
        keys.count_slots();
        keys
    }

    /// Marks what the two versions record differently, and which criteria they state alike.
    fn compare(&mut self) {
        let [before, after] = self.sides[..] else { return };
        let range = |ty: &Type| match ty {
            Type::Integer(range) | Type::Number(range) | Type::Quantity(_, range) => range.clone(),
            _ => None,
        };
        let shared: Vec<(usize, FactId, FactId)> =
            (0..self.all.len()).filter_map(|key| Some((key, self.facts[0][key]?, self.facts[1][key]?))).collect();
        for (key, old, new) in &shared {
            let (old, new) = (&before.facts[*old].ty, &after.facts[*new].ty);
            self.all[*key].differs = range(old) != range(new) || members_of(old) != members_of(new);
        }
        let alike = Alike::new(self);
        let differ: Vec<usize> = shared.iter().filter(|(_, old, new)| !alike.facts(*old, *new)).map(|(key, ..)| *key).collect();
        let by_name: HashMap<&str, usize> =
            before.criteria.iter().enumerate().map(|(i, criterion)| (criterion.about.name.as_str(), i)).collect();
        let unchanged = after.criteria.iter().map(|criterion| {
            let old = *by_name.get(criterion.about.name.as_str())?;
            alike.criteria(&before.criteria[old], criterion).then_some(old)
        });
        self.unchanged = unchanged.collect();
        self.differ = !differ.is_empty();
        differ.into_iter().for_each(|key| self.all[key].differs = true);
    }

    /// The criterion of the version before that one of the version after repeats.
    pub fn unchanged(&self, criterion: usize) -> Option<usize> {
        self.unchanged.get(criterion).copied().flatten()
    }

    pub fn key_of(&self, side: usize, fact: FactId) -> usize {
        self.of_facts[side][fact]
    }

    pub fn fact_of(&self, side: usize, key: usize) -> Option<FactId> {
        self.facts[side][key]
    }

    /// What is said under a key of nobody in particular.
    pub fn usual(&self, key: usize) -> Value {
        let of = |side: usize| self.facts[side][key].map(|fact| &self.sides[side].facts[fact]);
        let Some(fact) = (0..self.sides.len()).rev().find_map(of) else { return Value::Null };
        match ordinary_value(&fact.ty, &fact.role) {
            Value::Object(mut lab) => {
                lab.insert("date".into(), json!(TODAY));
                Value::Object(lab)
            }
            value => value,
        }
    }

    /// Where the members of a side stand among those of the key; none, where they are the same.
    pub fn members(&self, side: usize, key: usize) -> Option<Rc<[usize]>> {
        self.members[side].get(&key).cloned()
    }

    /// How many events the tests of all sides can tell apart: keeping one witness for each
    /// "some", one more than a count is compared with, and two for each pick changes no outcome.
    ///
    /// Where a count stands opposite another one or a fact, no number of witnesses is enough. All other events are
    /// then told apart by which counts they surely, possibly or do not add to; one of each such kind, as often as
    /// there are any, changes no outcome.
    fn count_slots(&mut self) {
        let same = (self.sides.len() == 2).then(|| Same::of(self));
        // What nests within events is asked once for each of them: a few rounds reach the innermost.
        const ROUNDS: usize = 6;
        let full_ends = self.full_ends;
        for round in 0..ROUNDS {
            let mut count = Count {
                keys: self,
                same: same.as_ref(),
                seen: HashSet::new(),
                told: vec![Told::default(); self.all.len()],
                side: 0,
                within: None,
                nested: false,
            };
            for side in 0..count.keys.sides.len() {
                count.side = side;
                if !same.as_ref().is_some_and(|same| same.words) {
                    count.seen.clear();
                }
                count.protocol();
            }
            let Count { told, nested, .. } = count;
            let mut changed = false;
            let slots: Vec<usize> = self.all.iter().map(|key| key.slots).collect();
            for (key, (own_key, told)) in self.all.iter_mut().zip(told.into_iter().enumerate()) {
                let kinds = |counts: usize| u32::try_from(counts).ok().and_then(|counts| 3usize.checked_pow(counts)).unwrap_or(usize::MAX);
                // Counts that are asked for different events are not told apart from each other.
                let more_kinds = |counts: usize| kinds(told.counts.saturating_add(counts)) - kinds(told.counts);
                let for_others = told.counts_for.iter().filter(|(outer, _)| **outer != own_key);
                let for_others = for_others.map(|(outer, counts)| more_kinds(*counts).saturating_mul(slots[*outer].max(1)));
                let for_each = told.by_each.saturating_add(told.counts_for.get(&own_key).map_or(0, |counts| more_kinds(*counts)));
                key.nests = for_each > 0;
                let ends = if key.nests && full_ends { 2 } else { 0 };
                let own = for_others.fold(told.own.saturating_add(kinds(told.counts) - 1).saturating_add(ends), usize::saturating_add);
                let slots = own.saturating_add(for_each.saturating_mul(own));
                let grown = key.slots != slots.min(MAX_SLOTS);
                changed |= grown;
                key.slots = slots.min(MAX_SLOTS);
                key.repeated |= told.counts > 0 || !told.counts_for.is_empty();
                key.too_many |= slots > MAX_SLOTS || grown && round + 1 == ROUNDS;
            }
            if !changed || !nested {
                break;
            }
        }
    }
}

/// What of the version after says the same as in the version before, and so tells no further events apart.
struct Same {
    /// The same words mean the same throughout: facts and definitions have the same places and meanings.
    words: bool,
    whens: HashSet<FactId>,
    defines: HashSet<usize>,
    statements: HashSet<String>,
    readings: HashSet<(usize, usize)>,
}

impl Same {
    fn of(keys: &Keys<'_>) -> Self {
        let [before, after] = keys.sides[..] else { unreachable!("asked of two versions") };
        let alike = Alike::new(keys);
        let whens = (0..after.facts.len()).filter(|fact| {
            let key = keys.key_of(1, *fact);
            after.facts[*fact].when.is_some() && keys.fact_of(0, key).is_some_and(|old| alike.facts(old, *fact))
        });
        let define = |name: &str| before.defines.iter().position(|own| own.about.name == name);
        let defines: HashSet<usize> = (0..after.defines.len())
            .filter(|i| define(&after.defines[*i].about.name).is_some_and(|old| alike.definitions(&before.defines[old], &after.defines[*i])))
            .collect();
        let old: HashMap<&str, &Test> =
            before.assumptions.iter().chain(&before.hypotheses).map(|own| (own.about.name.as_str(), &own.test)).collect();
        let new = after.assumptions.iter().chain(&after.hypotheses);
        let statements = new.filter(|own| old.get(own.about.name.as_str()).is_some_and(|old| alike.test(old, &own.test)));
        let mut readings = HashSet::new();
        for (i, criterion) in after.criteria.iter().enumerate() {
            let Some(old) = keys.unchanged(i).map(|old| &before.criteria[old].readings) else { continue };
            readings.extend((0..criterion.readings.len()).filter(|r| old.iter().any(|old| alike.rules(&old.rule, &criterion.readings[*r].rule))).map(|r| (i, r)));
        }
        let words = keys.of_facts[0] == keys.of_facts[1] && before.defines.len() == after.defines.len() && defines.len() == after.defines.len()
            && before.defines.iter().zip(&after.defines).all(|(old, new)| old.about.name == new.about.name);
        Self { words: words && !keys.differ, whens: whens.collect(), defines, statements: statements.map(|own| own.about.name.clone()).collect(), readings }
    }
}

/// How many events of a list are told apart.
#[derive(Clone, Default)]
struct Told {
    /// By facts, anchors and events of other lists.
    own: usize,
    /// How many counts of them stand opposite more than constants.
    counts: usize,
    /// By each event of the same list, of those of which it matters.
    by_each: usize,
    /// How many such counts are asked for each event of a list, by list.
    counts_for: BTreeMap<usize, usize>,
}

/// What a test can tell of the events of a list.
#[derive(Clone, Copy)]
enum Tells {
    /// Whether there are so many.
    AtMost(usize),
    /// How many there are.
    HowMany,
}

/// Counting how many events can be told apart.
struct Count<'k, 'p> {
    keys: &'k Keys<'p>,
    same: Option<&'k Same>,
    /// Atoms that have their witnesses already.
    seen: HashSet<String>,
    told: Vec<Told>,
    side: usize,
    /// The list of whose events the atom is asked.
    within: Option<usize>,
    /// Whether any events are selected by others.
    nested: bool,
}

impl<'p> Count<'_, 'p> {
    fn sides(&self) -> &'p Protocol {
        self.keys.sides[self.side]
    }

    fn protocol(&mut self) {
        let protocol = self.sides();
        // Of the version after only what is new.
        let same = self.same.filter(|_| self.side == 1);
        for (i, criterion) in protocol.criteria.iter().enumerate() {
            if same.is_none() || self.keys.unchanged(i).is_none() {
                self.rule(&criterion.rule);
            }
            let readings = criterion.readings.iter().enumerate();
            readings.filter(|(r, _)| same.is_none_or(|same| !same.readings.contains(&(i, *r)))).for_each(|(_, own)| self.rule(&own.rule));
        }
        let statements = protocol.assumptions.iter().chain(&protocol.hypotheses);
        statements.filter(|own| same.is_none_or(|same| !same.statements.contains(&own.about.name))).for_each(|own| self.test(&own.test));
        for fact in &protocol.conditional {
            if same.is_none_or(|same| !same.whens.contains(fact)) {
                protocol.facts[*fact].when.iter().for_each(|when| self.test(when));
            }
        }
        for (i, define) in protocol.defines.iter().enumerate() {
            if same.is_some_and(|same| same.defines.contains(&i)) {
                continue;
            }
            for body in bodies(define) {
                match body {
                    DefineBody::Test(test) => self.test(test),
                    DefineBody::Number(num, _) => self.num(num, Some(1)),
                    DefineBody::Date(date) => self.date(date),
                    DefineBody::Inlined => {}
                }
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        self.test(&rule.test);
        rule.unless.iter().for_each(|test| self.test(test));
    }

    /// An atom over a selection: `what` tells it from others over the same one.
    fn add(&mut self, selection: &Selection, what: &str, tells: Tells) {
        let key = self.keys.key_of(self.side, selection.events);
        // What does not depend on the event in hand is asked once, not of each event.
        let outer = std::mem::take(&mut self.within);
        self.within = outer.filter(|_| reads_event(selection));
        if self.seen.insert(format!("{what} {:?} {selection:?}", self.within)) {
            let by_own = self.within == Some(key);
            let times = self.within.filter(|_| !by_own).map_or(1, |outer| self.keys.all[outer].slots.max(1));
            self.nested |= self.within.is_some();
            let told = &mut self.told[key];
            match tells {
                Tells::AtMost(events) => {
                    let total = if by_own { &mut told.by_each } else { &mut told.own };
                    *total = total.saturating_add(events.saturating_mul(times));
                }
                Tells::HowMany => *self.within.map_or(&mut told.counts, |outer| told.counts_for.entry(outer).or_default()) += 1,
            }
        }
        if let Some((_, anchor)) = &selection.window {
            self.date(anchor);
        }
        if let Some(condition) = &selection.condition {
            self.within = Some(key);
            self.test(condition);
        }
        self.within = outer;
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Fact(_) | Test::Define(_) | Test::Member(MemberExpr::Place(_), _) | Test::Has(SetExpr::Place(_), _) => {}
            Test::Pick(pick) | Test::Member(MemberExpr::Pick(pick), _) | Test::Has(SetExpr::Pick(pick), _) => self.pick(pick),
            Test::Not(inner) => self.test(inner),
            Test::And(tests) | Test::Or(tests) | Test::SomeOf(_, _, tests) => tests.iter().for_each(|test| self.test(test)),
            Test::If(parts) => parts.iter().for_each(|test| self.test(test)),
            Test::Compare(_, left, right) => {
                // To count to more than so many takes more events than to count how many there are.
                const MOST: usize = 16;
                let reach = Some(reach(self.sides(), left, right)).filter(|reach| *reach <= MOST && are_plain(self.sides(), left, right));
                self.num(left, reach);
                self.num(right, reach);
            }
            Test::Date(date, _, anchor) => {
                self.date(date);
                self.date(anchor);
            }
            Test::Some(selection) => self.add(selection, "some", Tells::AtMost(1)),
        }
    }

    fn pick(&mut self, pick: &Pick) {
        self.add(&pick.selection, &format!("{:?} {:?}", pick.which, pick.attribute), Tells::AtMost(2));
    }

    fn date(&mut self, date: &DateExpr) {
        if let DateExpr::Pick(pick) = date {
            self.pick(pick);
        }
    }

    fn num(&mut self, num: &Num, reach: Option<usize>) {
        match num {
            Num::Literal(_) | Num::Place(_) | Num::Lab(..) | Num::Rank(MemberExpr::Place(_)) | Num::Size(SetExpr::Place(_)) => {}
            // A definition is counted where it is compared, whatever it may be read as.
            Num::Define(id) => {
                for body in bodies(&self.sides().defines[*id]) {
                    if let DefineBody::Number(num, _) = body {
                        self.num(num, reach);
                    }
                }
            }
            Num::Sum(terms) | Num::Product(terms) => terms.iter().for_each(|term| self.num(&term.num, reach)),
            Num::Convert(inner, _, _) => self.num(inner, reach),
            Num::Elapsed(_, dates) => dates.iter().for_each(|date| self.date(date)),
            Num::Count(selection) => match reach {
                Some(reach) => self.add(selection, &format!("count to {reach}"), Tells::AtMost(reach + 1)),
                None => self.add(selection, "count", Tells::HowMany),
            },
            Num::Pick(pick) | Num::Rank(MemberExpr::Pick(pick)) | Num::Size(SetExpr::Pick(pick)) => self.pick(pick),
        }
    }
}

/// What a definition may stand for.
fn bodies(define: &Define) -> impl Iterator<Item = &DefineBody> {
    std::iter::once(&define.body).chain(define.readings.iter().map(|reading| &reading.body))
}

/// The signs with which counts enter a comparison, and whether anything does that is no constant.
#[derive(Default)]
struct Signs {
    events: [bool; 2],
    members: [bool; 2],
    other: bool,
}

/// Whether the counts of events in a comparison stand opposite constants alone.
fn are_plain(protocol: &Protocol, left: &Num, right: &Num) -> bool {
    let mut signs = Signs::default();
    signs.add(protocol, left, false);
    signs.add(protocol, right, true);
    let Signs { events, members, other } = signs;
    match events {
        [false, false] => true,
        [true, true] => false,
        [_, negative] => !other && !members[usize::from(!negative)],
    }
}

impl Signs {
    fn add(&mut self, protocol: &Protocol, num: &Num, negative: bool) {
        match num {
            Num::Literal(_) => {}
            Num::Place(_) | Num::Lab(..) | Num::Elapsed(..) | Num::Pick(_) => self.other = true,
            Num::Rank(_) | Num::Size(_) => self.members[usize::from(negative)] = true,
            Num::Count(_) => self.events[usize::from(negative)] = true,
            Num::Define(id) => {
                for body in bodies(&protocol.defines[*id]) {
                    if let DefineBody::Number(num, _) = body {
                        self.add(protocol, num, negative);
                    }
                }
            }
            Num::Sum(terms) => terms.iter().for_each(|term| self.add(protocol, &term.num, negative != term.inverse)),
            Num::Convert(inner, factor, _) => self.add(protocol, inner, negative != factor.is_negative()),
            Num::Product(terms) => {
                let literal = |term: &&Term| if let Num::Literal(number) = &term.num { Some(number.is_negative()) } else { None };
                let turned = terms.iter().filter_map(|term| literal(&term)).filter(|negative| *negative).count() % 2 == 1;
                let open: Vec<&Term> = terms.iter().filter(|term| literal(term).is_none()).collect();
                self.other |= open.len() > 1 || open.iter().any(|term| term.inverse);
                open.iter().for_each(|term| self.add(protocol, &term.num, negative != turned));
            }
        }
    }
}

/// A count that no comparison of these two tells from a greater one.
///
/// `factor * count + shift` is compared with a limit, so the count that matters
/// is (limit - shift) / factor: all that is added, over the least that it can be
/// multiplied by.
fn reach(protocol: &Protocol, left: &Num, right: &Num) -> usize {
    let (mut sum, mut scale) = (Number::whole(0), Number::whole(1));
    for num in [left, right] {
        constants(protocol, num, &mut sum, &mut scale);
    }
    sum.mul(&scale).floor().to_i64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
}

/// Adds up the sizes of the constants of a number, and multiplies how far its factors can stretch it.
fn constants(protocol: &Protocol, num: &Num, sum: &mut Number, scale: &mut Number) {
    let size = |number: &Number| if number.is_negative() { number.neg() } else { number.clone() };
    let stretched = |scale: &Number, factor: &Number| {
        let factor = size(factor);
        let inverse = Number::whole(1).div(&factor).unwrap_or_else(|| Number::whole(1));
        scale.mul(&factor.max(inverse))
    };
    match num {
        Num::Literal(number) => *sum = sum.add(&size(number)),
        Num::Sum(terms) => terms.iter().for_each(|term| constants(protocol, &term.num, sum, scale)),
        Num::Product(terms) => {
            let mut product = Some(Number::whole(1));
            for term in terms {
                if let Num::Literal(number) = &term.num {
                    *scale = stretched(scale, number);
                    product = product.map(|product| stretched(&product, number));
                } else {
                    product = None;
                    constants(protocol, &term.num, sum, scale);
                }
            }
            // Of constants alone it is a constant itself.
            *sum = sum.add(&product.unwrap_or_else(|| Number::whole(0)));
        }
        Num::Convert(inner, factor, shift) => {
            *scale = stretched(scale, factor);
            *sum = sum.add(&size(shift));
            constants(protocol, inner, sum, scale);
        }
        Num::Define(id) => {
            for body in bodies(&protocol.defines[*id]) {
                if let DefineBody::Number(num, _) = body {
                    constants(protocol, num, sum, scale);
                }
            }
        }
        Num::Place(_) | Num::Lab(..) | Num::Rank(_) | Num::Elapsed(..) | Num::Count(_) | Num::Size(_) | Num::Pick(_) => {}
    }
}

fn members_of(ty: &Type) -> Option<&Members> {
    match ty {
        Type::OneOf(members) | Type::SetOf(members) | Type::Scale(members) => Some(members),
        _ => None,
    }
}

/// Ranges are asked of each side by itself.
fn without_range(ty: &Type) -> Type {
    match ty {
        Type::Integer(_) => Type::Integer(None),
        Type::Number(_) => Type::Number(None),
        Type::Quantity(unit, _) => Type::Quantity(unit.clone(), None),
        Type::Attested(_) => Type::Boolean,
        ty => ty.clone(),
    }
}

/// A type that carries the values of both, where they can be the same values.
fn merge(a: &Type, b: &Type) -> Option<Type> {
    let union = |a: &Members, b: &Members| -> Members {
        a.iter().chain(b.iter().filter(|member| !a.contains(member))).cloned().collect()
    };
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (Type::OneOf(a), Type::OneOf(b)) => Some(Type::OneOf(union(a, b))),
        (Type::SetOf(a), Type::SetOf(b)) => Some(Type::SetOf(union(a, b))),
        (Type::Scale(a), Type::Scale(b)) => Some(Type::Scale(union(a, b))),
        _ => None,
    }
}

/// A subject: what its records say, told as what differs from another one's.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    base: Rc<[Value]>,
    own: BTreeMap<usize, Value>,
}

impl Subject {
    /// Nothing unusual is said of it; everything is known that applies to those who are like it. Where the
    /// version named last has a sample, that is it.
    pub fn ordinary(keys: &Keys<'_>) -> Self {
        let mut values: Vec<Value> = (0..keys.all.len()).map(|key| keys.usual(key)).collect();
        for (side, protocol) in keys.sides.iter().enumerate() {
            let last = side + 1 == keys.sides.len();
            let has_more = (0..protocol.facts.len()).any(|fact| keys.fact_of(keys.sides.len() - 1, keys.key_of(side, fact)).is_none());
            if !last && !has_more {
                continue;
            }
            let sample = Some(likely(protocol)).filter(|sample| keys.readers[side].deserialize(sample).record.is_ok());
            let sample = sample.as_ref().and_then(Value::as_object);
            for (fact, own) in protocol.facts.iter().enumerate() {
                let Some(value) = sample.and_then(|sample| sample.get(&own.about.name)) else { continue };
                match (&mut values[keys.key_of(side, fact)], value) {
                    // A laboratory value of which all is known has a date.
                    (Value::Object(lab), Value::Object(sample)) => lab.extend(sample.clone()),
                    (known, value) => known.clone_from(value),
                }
            }
        }
        Self::of(values)
    }

    /// The subject of whom all of this is said.
    pub fn of(values: Vec<Value>) -> Self {
        Self { base: values.into(), own: BTreeMap::new() }
    }

    /// What is said under a key.
    pub fn get(&self, key: usize) -> &Value {
        self.own.get(&key).unwrap_or(&self.base[key])
    }

    /// Says something else under a key.
    pub fn set(&mut self, key: usize, value: Value) {
        if self.base[key] == value {
            self.own.remove(&key);
        } else {
            self.own.insert(key, value);
        }
    }

    /// Says what the other subject says.
    pub fn reset(&mut self, key: usize) {
        self.own.remove(&key);
    }

    /// The keys in which it differs from what it was made from.
    pub fn own(&self) -> impl Iterator<Item = usize> {
        self.own.keys().copied()
    }

    /// The same subject, from which others can be told.
    pub fn settled(&self) -> Self {
        let mut values = self.base.to_vec();
        self.own.iter().for_each(|(key, value)| values[*key].clone_from(value));
        Self::of(values)
    }

    /// The record of one side: what it cannot record is unknown to it.
    pub fn record(&self, keys: &Keys<'_>, side: usize) -> Map<String, Value> {
        let facts = keys.sides[side].facts.iter().enumerate();
        let mut record: Map<String, Value> =
            facts.map(|(fact, own)| (own.about.name.clone(), self.get(keys.key_of(side, fact)).clone())).collect();
        if keys.differ {
            let reader = &keys.readers[side];
            for _ in 0..=keys.sides[side].conditional.len() {
                let Err(errors) = reader.deserialize(&Value::Object(record.clone())).record else { break };
                for error in errors {
                    let name = error.path.trim_start_matches("$.").split(['[', '.']).next().unwrap_or_default().to_string();
                    let only_here = keys.sides[side].fact(&name).is_some_and(|fact| keys.all[keys.key_of(side, fact)].differs);
                    if only_here && matches!(error.code, Code::DoesNotApply | Code::OutOfRange | Code::UndeclaredMember) {
                        record.insert(name, Value::Null);
                    }
                }
            }
        }
        record
    }

    /// What one side says of a record, read as anybody's would be; none, if it is not valid there.
    pub fn report(keys: &Keys<'_>, side: usize, record: &Value) -> Option<Report> {
        let read = keys.readers[side].deserialize(record).record.ok()?;
        Some(evaluate(keys.sides[side], &read))
    }

    /// The subject of a model; what the model does not speak of is as it is of `base`.
    pub fn of_model(encoder: &Encoder<'_>, values: &Values, base: &Self) -> Self {
        let mut subject = base.clone();
        for (key, raw) in encoder.raws() {
            let again = if encoder.keys.all[key].repeated { encoder.again(key, raw, values) } else { Vec::new() };
            subject.set(key, value(encoder, raw, &encoder.keys.all[key].ty, values, &again));
        }
        subject
    }
}

/// The value of a model; of a list, how often each event is said again.
fn value(encoder: &Encoder<'_>, raw: &Raw, ty: &Type, values: &Values, again: &[usize]) -> Value {
    let holds = |lit| encoder.theory.logic.holds(lit);
    let number = |var| values.numbers.get(&var).map_or(Value::Null, number_json);
    match (raw, ty) {
        (Raw::Boolean { known, value }, _) => if holds(*known) { json!(holds(*value)) } else { Value::Null },
        (Raw::Member { known, members }, Type::OneOf(names) | Type::Scale(names)) if holds(*known) => {
            json!(members.iter().position(|lit| holds(*lit)).map(|i| &names[i]))
        }
        (Raw::Set { known, members }, Type::SetOf(names)) if holds(*known) => {
            json!(members.iter().zip(names.iter()).filter(|(lit, _)| holds(**lit)).map(|(_, name)| name).collect::<Vec<_>>())
        }
        (Raw::Number(quantity), _) if holds(quantity.known) => number(quantity.var),
        (Raw::Lab { parts, date }, _) => {
            let mut lab = Map::new();
            for (part, name) in parts.iter().zip(["value", "upper", "lower"]) {
                if holds(part.known) {
                    lab.insert(name.into(), number(part.var));
                }
            }
            if holds(date.known) {
                lab.insert("date".into(), date_json(encoder, date, values));
            }
            if lab.is_empty() { Value::Null } else { Value::Object(lab) }
        }
        (Raw::Date(date), _) if holds(date.known) => date_json(encoder, date, values),
        (Raw::Events { known, slots }, Type::Events(events)) if holds(*known) => {
            let present = slots.iter().enumerate().filter(|(_, slot)| holds(slot.present));
            let list = present.flat_map(|(i, slot)| {
                let mut event = Map::new();
                if holds(slot.date.known) {
                    event.insert("date".into(), date_json(encoder, &slot.date, values));
                }
                match &slot.end {
                    Some(end) if holds(end.ongoing) => drop(event.insert("end".into(), json!("ongoing"))),
                    Some(end) if holds(end.date.known) => {
                        event.insert("end".into(), date_json(encoder, &end.date, values));
                    }
                    _ => {}
                }
                for (raw, (name, ty)) in slot.attributes.iter().zip(&events.attributes) {
                    event.insert(name.clone(), value(encoder, raw, ty, values, &[]));
                }
                vec![Value::Object(event); 1 + again.get(i).copied().unwrap_or(0)]
            });
            Value::Array(list.collect())
        }
        _ => Value::Null,
    }
}

fn date_json(encoder: &Encoder<'_>, date: &Date, values: &Values) -> Value {
    let text = day_text(values.days[date.first]);
    let length = if encoder.theory.logic.holds(date.exact) {
        10
    } else if encoder.theory.logic.holds(date.month) {
        7
    } else {
        4
    };
    json!(text[..length])
}

/// Where the numbers and days of a symbolic record are wished to lie: where those of `base` do.
pub(super) struct BaseWishes {
    pub numbers: HashMap<usize, Number>,
    pub days: HashMap<usize, Day>,
    /// Anchors first: what lies around them follows.
    pub first: Vec<usize>,
}

impl BaseWishes {
    pub fn new(encoder: &Encoder<'_>, base: &Subject) -> Self {
        let mut wishes = Self { numbers: HashMap::new(), days: HashMap::new(), first: Vec::new() };
        for (key, raw) in encoder.raws() {
            if let (true, Raw::Date(date)) = (encoder.keys.all[key].anchor, &**raw) {
                wishes.first.push(date.first);
            }
            wishes.add(raw, base.get(key));
        }
        wishes
    }

    fn add(&mut self, raw: &Raw, value: &Value) {
        match raw {
            Raw::Boolean { .. } | Raw::Member { .. } | Raw::Set { .. } => {}
            Raw::Number(quantity) => self.number(quantity.var, value),
            Raw::Lab { parts, date } => {
                for (part, name) in parts.iter().zip(["value", "upper", "lower"]) {
                    self.number(part.var, value.get(name).unwrap_or(&json!(10)));
                }
                self.date(date, value.get("date").unwrap_or(&Value::Null));
            }
            Raw::Date(date) => self.date(date, value),
            Raw::Events { slots, .. } => {
                for slot in slots {
                    self.date(&slot.date, &Value::Null);
                    if let Some(end) = &slot.end {
                        self.date(&end.date, &Value::Null);
                    }
                    slot.attributes.iter().for_each(|attribute| self.add(attribute, &Value::Null));
                }
            }
        }
    }

    fn number(&mut self, var: usize, value: &Value) {
        if let Some(number) = value.as_number().and_then(|n| Number::parse(&n.to_string()).ok()) {
            self.numbers.insert(var, number);
        }
    }

    fn date(&mut self, date: &Date, value: &Value) {
        let day = value.as_str().and_then(Days::parse).or_else(|| Days::parse(TODAY)).map_or(0, |days| days.first);
        self.days.insert(date.first, day);
        self.days.insert(date.last, day);
    }
}
