//! How many events of a list the tests can tell apart.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::alike::Alike;
use super::super::encode::reads_event;
use super::Keys;
use super::reach::{are_plain, bodies, reach};
use crate::protocol::{DateExpr, DefineBody, FactId, MemberExpr, Num, Pick, Protocol, Rule, Selection, SetExpr, Test};

/// More events of one list are not told apart.
const MAX_SLOTS: usize = 96;

impl Keys<'_> {
    /// How many events the tests of all sides can tell apart: keeping one witness for each
    /// "some", one more than a count is compared with, and two for each pick changes no outcome.
    ///
    /// Where a count stands opposite another one or a fact, no number of witnesses is enough. All other events are
    /// then told apart by which counts they surely, possibly or do not add to; one of each such kind, as often as
    /// there are any, changes no outcome.
    pub(super) fn count_slots(&mut self) {
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
