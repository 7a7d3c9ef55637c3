//! What an amendment does: who newly gets in, who is newly kept out, and what else it changes.
//!
//! In: two versions of a protocol. Out: a [`Diff`], a flat list of [`Item`]s
//! beside the verdict and the transitions between verdicts, each with a
//! subject that proves it. The question is asked criterion by criterion, which
//! attributes every subject to the change that moves it.

use super::encode::{Beyond, Tri};
use super::logic::Lit;
use super::matching::{Matched, matched};
use super::plain::plain_changes;
use super::question::{Answer, Questions, Verdicts, Witness, is_eligible};
use crate::evaluate::{Outcome, Report, Verdict};
use crate::protocol::{About, Criterion, DefineBody, DefineId, Protocol, Rule, walk};

/// What a change does to a set of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// The same subjects are let in.
    Equivalent,
    /// Some more, nobody less.
    Widened,
    /// Some less, nobody more.
    Narrowed,
    /// Some more and some less.
    Shifted,
    /// Others altogether.
    Disjoint,
    /// Nobody any more.
    Emptied,
    /// Somebody, where there was nobody.
    Opened,
    /// Nobody, before and after.
    Empty,
    /// It could not be decided.
    Undecided,
}

impl Change {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::Equivalent,
        Self::Widened,
        Self::Narrowed,
        Self::Shifted,
        Self::Disjoint,
        Self::Emptied,
        Self::Opened,
        Self::Empty,
        Self::Undecided,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Shifted => "shifted",
            Self::Disjoint => "disjoint",
            Self::Emptied => "emptied",
            Self::Opened => "opened",
            Self::Empty => "empty",
            Self::Undecided => "undecided",
        }
    }

    /// The same change seen from the other side.
    #[must_use]
    pub const fn mirror(self) -> Self {
        match self {
            Self::Widened => Self::Narrowed,
            Self::Narrowed => Self::Widened,
            Self::Emptied => Self::Opened,
            Self::Opened => Self::Emptied,
            same => same,
        }
    }

    fn of(lost: &Answer, gained: &Answer, common: &Answer) -> Self {
        if [lost, gained, common].iter().any(|answer| matches!(answer, Answer::Undecided(_))) {
            return Self::Undecided;
        }
        match (lost.is_yes(), gained.is_yes(), common.is_yes()) {
            (false, false, true) => Self::Equivalent,
            (false, true, true) => Self::Widened,
            (true, false, true) => Self::Narrowed,
            (true, true, true) => Self::Shifted,
            (true, true, false) => Self::Disjoint,
            (true, false, false) => Self::Emptied,
            (false, true, false) => Self::Opened,
            (false, false, false) => Self::Empty,
        }
    }
}

/// What part of a protocol a change is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// Who is studied, as a whole.
    Population,
    /// A criterion.
    Criterion,
    /// What is recorded of a subject, and what is taken to be true.
    Fact,
    /// An arm or an intervention.
    Arm,
    /// What is given, how much and when.
    Dosing,
    /// The design and the registry's fields.
    Design,
    /// Words alone.
    Text,
}

impl Area {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Criterion => "criterion",
            Self::Fact => "fact",
            Self::Arm => "arm",
            Self::Dosing => "dosing",
            Self::Design => "design",
            Self::Text => "text",
        }
    }
}

/// One side of a change, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The line of the declaration, from 1; 0 where it has none.
    pub line: usize,
    /// The protocol's own words, or the value of a field.
    pub text: Option<String>,
    /// The expression.
    pub logic: Option<String>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Item {
    /// The stable name of the kind of change.
    pub rule: &'static str,
    /// Where it is.
    pub area: Area,
    /// What it is about: the name of the criterion, fact, arm or field.
    pub name: String,
    /// The sentence.
    pub sentence: String,
    /// As it was.
    pub before: Option<Written>,
    /// As it is.
    pub after: Option<Written>,
    /// Of a criterion: what happens to those whom it lets pass by itself.
    pub change: Option<Change>,
    /// Of a criterion: it changes whom it lets pass, yet no verdict of a complete record; these criteria hold it.
    pub masked_by: Option<Vec<String>>,
    /// Somebody who gets in by this change.
    pub gained: Option<Witness>,
    /// Somebody who is kept out by this change.
    pub lost: Option<Witness>,
    /// Facts that are read now and were not before.
    pub needs: Vec<String>,
    /// What both sides mean, definitions opened up: part of the fingerprint.
    pub(super) meaning: String,
    /// What the consumers of the subject schema have to know: whether records that were valid may not be now.
    pub breaking: bool,
}

impl Item {
    pub(super) fn new(rule: &'static str, area: Area, name: &str, sentence: String) -> Self {
        Self {
            rule,
            area,
            name: name.into(),
            sentence,
            before: None,
            after: None,
            change: None,
            masked_by: None,
            gained: None,
            lost: None,
            needs: Vec::new(),
            meaning: String::new(),
            breaking: false,
        }
    }

    /// A fingerprint over what changed, not over how it is told.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut take = |text: &str| {
            for byte in text.bytes().chain([0]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        take(self.rule);
        take(&self.name);
        take(&self.meaning);
        for side in [&self.before, &self.after] {
            let side = side.clone().unwrap_or_default();
            take(side.text.as_deref().unwrap_or(""));
            take(side.logic.as_deref().unwrap_or(""));
        }
        format!("{hash:016x}")
    }
}

/// A subject who goes from one verdict to another.
#[derive(Debug, Clone)]
pub struct Transition {
    /// What the version before says.
    pub from: Verdict,
    /// What the version after says.
    pub to: Verdict,
    /// Somebody; none, where nobody goes this way.
    pub witness: Option<Witness>,
    /// Whether that could not be decided.
    pub undecided: bool,
}

/// What the change comes to under one reading or hypothesis.
#[derive(Debug, Clone)]
pub struct Under {
    /// `criterion: reading`, `define: reading` or `hypothesis`.
    pub name: String,
    /// What the change does there.
    pub change: Change,
}

/// What an amendment does.
#[derive(Debug)]
pub struct Diff {
    /// To the subjects who are eligible, of those of whom everything is known.
    pub change: Change,
    /// Somebody who is newly let in.
    pub gained: Option<Witness>,
    /// Somebody who is newly kept out.
    pub lost: Option<Witness>,
    /// Somebody who is eligible before and after.
    pub common: Option<Witness>,
    /// Every change, in the order of the new version.
    pub items: Vec<Item>,
    /// The six ways from one verdict to another, records with gaps included.
    pub transitions: Vec<Transition>,
    /// For each arm of both versions, where some criterion is for some arms only: the change to its subjects.
    pub arms: Vec<Under>,
    /// The readings and hypotheses, where the change is asked under each.
    pub under: Vec<Under>,
    /// What could not be decided, and why.
    pub undecided: Vec<String>,
}

impl Diff {
    /// Whether nothing changed at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// What is asked beside the verdict.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    /// The transitions between verdicts, records with gaps included.
    pub transitions: bool,
    /// The change under each reading and hypothesis.
    pub readings: bool,
}

impl Depth {
    /// All of it.
    pub const FULL: Self = Self { transitions: true, readings: true };
}

/// Compares two versions of a protocol.
pub fn diff(before: &Protocol, after: &Protocol, depth: Depth) -> Diff {
    let deepest = before.depth.max(after.depth).max(before.criteria.len() / 8).max(after.criteria.len() / 8);
    crate::stack::with_stack(deepest, || compare(before, after, depth))
}

fn compare(before: &Protocol, after: &Protocol, depth: Depth) -> Diff {
    let mut items = plain_changes(before, after);
    let mut nothing = Diff {
        change: Change::Undecided,
        gained: None,
        lost: None,
        common: None,
        items: Vec::new(),
        transitions: Vec::new(),
        arms: Vec::new(),
        under: Vec::new(),
        undecided: Vec::new(),
    };
    let questions = match Questions::new(vec![before, after]) {
        Ok(questions) => questions,
        Err(Beyond(why)) => {
            nothing.items = items;
            nothing.undecided.push(format!("an assumption: {why}"));
            return nothing;
        }
    };
    let mut comparison = Comparison { before, after, questions, diff: nothing };
    comparison.run(depth);
    let mut diff = comparison.diff;
    diff.items.append(&mut items);
    diff
}

struct Comparison<'p> {
    before: &'p Protocol,
    after: &'p Protocol,
    questions: Questions<'p>,
    diff: Diff,
}

/// The outcomes of one side, unless a criterion lies outside what can be decided.
struct Side {
    outcomes: Vec<Result<Tri, Beyond>>,
    verdicts: Option<Verdicts>,
}

impl<'p> Comparison<'p> {
    fn run(&mut self, depth: Depth) {
        if self.questions.nobody_fits() {
            self.diff.undecided.push("the assumptions of the two versions contradict each other: no record fits them".into());
            self.criteria_as_text();
            return;
        }
        let (old, new) = (self.side(0), self.side(1));
        let pairs = matched(self.before, self.after, &old.outcomes, &new.outcomes, &mut self.questions);
        let both = old.verdicts.zip(new.verdicts);
        if let Some((old, new)) = both {
            self.common(old, new);
        }
        let changed: Vec<&Matched> = pairs.iter().filter(|pair| !pair.is_same(&old.outcomes, &new.outcomes)).collect();
        let (mut gained, mut lost) = (Answer::No(Vec::new()), Answer::No(Vec::new()));
        for pair in &pairs {
            let item = self.item(pair, &old, &new, &mut gained, &mut lost);
            self.diff.items.extend(item);
        }
        let Some((old_verdicts, new_verdicts)) = both else { return };
        let scoped = self.before.is_scoped() || self.after.is_scoped();
        if scoped && !gained.is_yes() {
            gained = self.entering(old_verdicts, new_verdicts, &[], None);
        }
        if scoped && !lost.is_yes() {
            lost = self.leaving(old_verdicts, new_verdicts, &[], None);
        }
        let common = if self.diff.common.is_some() { Answer::Yes(self.questions.base.clone()) } else { Answer::No(Vec::new()) };
        if self.diff.undecided.is_empty() {
            self.diff.change = Change::of(&lost, &gained, &common);
        }
        self.diff.gained = self.shown(&gained);
        self.diff.lost = self.shown(&lost);
        if scoped {
            self.arms(&old.outcomes, &new.outcomes);
        }
        if changed.is_empty() && !scoped {
            return;
        }
        if depth.transitions {
            self.transitions(old_verdicts, new_verdicts);
        }
        if depth.readings && !changed.is_empty() {
            self.readings(&old.outcomes, &new.outcomes);
        }
    }

    /// The change to the subjects of each arm: the verdict of a subject is the best of the arms, and can hide it.
    fn arms(&mut self, old: &[Result<Tri, Beyond>], new: &[Result<Tri, Beyond>]) {
        for (i, arm) in self.before.arms.iter().enumerate() {
            let Some(j) = self.after.arms.iter().position(|other| other.about.name == arm.about.name) else { continue };
            let mut of = |protocol: &Protocol, outcomes: &[Result<Tri, Beyond>], arm: usize| {
                let applies = |criterion: &Criterion| criterion.arms.as_ref().is_none_or(|arms| arms.contains(&arm));
                let own = protocol.criteria.iter().zip(outcomes).filter(|(criterion, _)| applies(criterion));
                let known: Option<Vec<Tri>> = own.map(|(_, outcome)| outcome.as_ref().ok().copied()).collect();
                known.map(|known| self.questions.encoder.both(&known).t)
            };
            let (was, is) = (of(self.before, old, i), of(self.after, new, j));
            let change = self.change_between(was, is, &[]);
            if change == Change::Undecided {
                self.diff.undecided.push(format!("what happens to the subjects of the arm `{}`", arm.about.name));
            }
            self.diff.arms.push(Under { name: arm.about.name.clone(), change });
        }
        // What changes an arm is not masked, though the best of the arms stays.
        if self.diff.arms.iter().any(|arm| arm.change != Change::Equivalent) {
            self.diff.items.iter_mut().for_each(|item| item.masked_by = None);
        }
    }

    /// What happens to those for whom a literal holds.
    fn change_between(&mut self, was: Option<Lit>, is: Option<Lit>, given: &[Lit]) -> Change {
        let (Some(was), Some(is)) = (was, is) else { return Change::Undecided };
        let mut ask = |lits: [Lit; 2]| self.questions.found(&[&lits, given].concat());
        let (lost, gained, common) = (ask([was, !is]), ask([!was, is]), ask([was, is]));
        Change::of(&lost, &gained, &common)
    }

    /// Where nothing can be proven, the criteria are compared as they are written.
    fn criteria_as_text(&mut self) {
        let pairs = super::matching::by_name(self.before, self.after);
        for pair in pairs {
            let (old, new) = (pair.before.map(|i| &self.before.criteria[i]), pair.after.map(|i| &self.after.criteria[i]));
            if let (Some(old), Some(new)) = (old, new)
                && written(old) == (Written { line: old.about.line, ..written(new) })
            {
                continue;
            }
            let name = &new.or(old).map_or("", |criterion| &criterion.about.name);
            let mut item = Item::new("criterion-undecided", Area::Criterion, name, format!("`{name}` changed; what that does is not decided"));
            (item.before, item.after, item.change) = (old.map(written), new.map(written), Some(Change::Undecided));
            self.diff.items.push(item);
        }
    }

    fn side(&mut self, side: usize) -> Side {
        let outcomes = self.questions.criteria(side);
        let known: Option<Vec<Tri>> = outcomes.iter().map(|outcome| outcome.as_ref().ok().copied()).collect();
        for (criterion, outcome) in self.questions.protocol(side).criteria.iter().zip(&outcomes) {
            if let Err(Beyond(why)) = outcome {
                let reason = format!("`{}`: {why}", criterion.about.name);
                if !self.diff.undecided.contains(&reason) {
                    self.diff.undecided.push(reason);
                }
            }
        }
        let verdicts = known.map(|known| self.questions.verdicts(side, &known));
        Side { outcomes, verdicts }
    }

    fn decided(&mut self, answer: Answer, about: &str) -> Answer {
        if let Answer::Undecided(why) = &answer {
            self.diff.undecided.push(format!("{about}: {why}"));
        }
        answer
    }

    fn shown(&self, answer: &Answer) -> Option<Witness> {
        match answer {
            Answer::Yes(subject) => Some(self.questions.witness(subject)),
            Answer::No(_) | Answer::Undecided(_) => None,
        }
    }

    /// Somebody who is eligible on both sides is the ordinary subject; else somebody who is on one.
    fn common(&mut self, old: Verdicts, new: Verdicts) {
        let answer = self.questions.complete(&[old.eligible, new.eligible], &|reports| reports.iter().all(is_eligible));
        let answer = self.decided(answer, "whether somebody is eligible before and after");
        if let Answer::Yes(subject) = answer {
            self.questions.base = subject;
            self.diff.common = Some(self.questions.witness(&self.questions.base));
            return;
        }
        for (side, verdicts) in [(1, new), (0, old)] {
            if let Answer::Yes(subject) = self.questions.complete(&[verdicts.eligible], &|reports| is_eligible(&reports[side])) {
                self.questions.base = subject;
            }
        }
    }

    /// Somebody who gets in, and whom the criterion (of the version before) did not let pass.
    fn entering(&mut self, old: Verdicts, new: Verdicts, by: &[Lit], criterion: Option<usize>) -> Answer {
        let lits = [&[new.eligible, !old.eligible], by].concat();
        let by = |report: &Report| criterion.is_none_or(|i| report.outcomes[i] != Outcome::Pass);
        self.questions.complete(&lits, &|reports| !is_eligible(&reports[0]) && is_eligible(&reports[1]) && by(&reports[0]))
    }

    /// Somebody who is kept out, and whom the criterion (of the version after) does not let pass.
    fn leaving(&mut self, old: Verdicts, new: Verdicts, by: &[Lit], criterion: Option<usize>) -> Answer {
        let lits = [&[old.eligible, !new.eligible], by].concat();
        let by = |report: &Report| criterion.is_none_or(|i| report.outcomes[i] != Outcome::Pass);
        self.questions.complete(&lits, &|reports| is_eligible(&reports[0]) && !is_eligible(&reports[1]) && by(&reports[1]))
    }

    /// What one pair of criteria comes to; nothing, where neither words nor meaning changed.
    fn item(&mut self, pair: &Matched, old: &Side, new: &Side, gained: &mut Answer, lost: &mut Answer) -> Option<Item> {
        let (before, after) = (self.before, self.after);
        let yes = self.questions.encoder.theory.logic.yes();
        let everybody = Tri { t: yes, f: !yes };
        let outcome = |of: &[Result<Tri, Beyond>], i: Option<usize>| i.map_or(Ok(everybody), |i| of[i].clone());
        let (was, is) = (outcome(&old.outcomes, pair.before), outcome(&new.outcomes, pair.after));
        let (old_criterion, new_criterion) = (pair.before.map(|i| &before.criteria[i]), pair.after.map(|i| &after.criteria[i]));
        let name = new_criterion.or(old_criterion).map_or_else(String::new, |criterion| criterion.about.name.clone());
        let (written_before, written_after) = (old_criterion.map(written), new_criterion.map(written));
        let same_words = written_before.as_ref().map(|w| &w.text) == written_after.as_ref().map(|w| &w.text);
        let same_logic = written_before.as_ref().map(|w| &w.logic) == written_after.as_ref().map(|w| &w.logic);
        let rescoped = old_criterion.zip(new_criterion).is_some_and(|(old, new)| arm_names(before, old) != arm_names(after, new));
        let renamed = old_criterion.zip(new_criterion).is_some_and(|(old, new)| old.about.name != new.about.name);
        let turned = old_criterion.zip(new_criterion).is_some_and(|(old, new)| old.kind != new.kind);
        let (Ok(was), Ok(is)) = (was.clone(), is.clone()) else {
            if same_words && same_logic && was == is && !rescoped {
                return None;
            }
            let mut item = Item::new("criterion-undecided", Area::Criterion, &name, format!("`{name}` changed; what that does is not decided"));
            (item.before, item.after, item.change) = (written_before, written_after, Some(Change::Undecided));
            return Some(item);
        };
        // What is split or merged means the same, together with its parts.
        let same = was == is || !pair.parts.is_empty();
        if same && same_words && same_logic && !rescoped && !renamed && !turned && pair.parts.is_empty() {
            return None;
        }
        let change = if same { Change::Equivalent } else { self.change_of(was, is, &name) };
        let mut item = Item::new("", Area::Criterion, &name, String::new());
        (item.before, item.after, item.change) = (written_before, written_after, Some(change));
        let (rule, sentence) = told(pair, old_criterion, new_criterion, change, Words { same_text: same_words, same_logic, rescoped, renamed, turned });
        (item.rule, item.sentence) = (rule, sentence);
        if item.rule == "criterion-rewritten" && old_criterion.zip(new_criterion).is_some_and(|(old, new)| old.attested && new.attested) {
            item.rule = "attester-changed";
            item.sentence = format!("`{name}` rests on somebody else's word, or on it otherwise; what makes it pass is the same");
        }
        if item.rule == "criterion-reworded" {
            item.area = Area::Text;
        }
        item.needs = self.newly_read(old_criterion, new_criterion);
        item.meaning = format!("{} -> {}", meaning(before, old_criterion), meaning(after, new_criterion));
        if let (false, Some((old_verdicts, new_verdicts))) = (same && !rescoped, old.verdicts.zip(new.verdicts)) {
            let entered = self.entering(old_verdicts, new_verdicts, &[!was.t], pair.before);
            let entered = self.decided(entered, &format!("who gets in by `{name}`"));
            let left = self.leaving(old_verdicts, new_verdicts, &[!is.t], pair.after);
            let left = self.decided(left, &format!("who is kept out by `{name}`"));
            if change != Change::Equivalent && !rescoped
                && let (Answer::No(in_core), Answer::No(out_core)) = (&entered, &left)
                && self.diff.common.is_some()
            {
                let mut holding = Vec::new();
                if !in_core.is_empty() {
                    self.masking(1, new, pair.after, !was.t, &mut holding);
                }
                if !out_core.is_empty() {
                    self.masking(0, old, pair.before, !is.t, &mut holding);
                }
                item.masked_by = Some(holding);
            }
            item.gained = self.shown(&entered);
            item.lost = self.shown(&left);
            if entered.is_yes() && !gained.is_yes() {
                *gained = entered;
            }
            if left.is_yes() && !lost.is_yes() {
                *lost = left;
            }
        }
        Some(item)
    }

    /// What happens to those whom a criterion lets pass, taken by itself.
    fn change_of(&mut self, was: Tri, is: Tri, name: &str) -> Change {
        let lost = self.questions.found(&[was.t, !is.t]);
        let gained = self.questions.found(&[!was.t, is.t]);
        let common = self.questions.found(&[was.t, is.t]);
        for answer in [&lost, &gained, &common] {
            self.decided(answer.clone(), &format!("what happens to `{name}`"));
        }
        Change::of(&lost, &gained, &common)
    }

    /// The criteria of a side that nobody passes for whom `moved` holds, together with the changed one.
    fn masking(&mut self, side: usize, of: &Side, own: Option<usize>, moved: Lit, names: &mut Vec<String>) {
        let complete = self.questions.encoder.complete;
        let pass = |i: usize| of.outcomes[i].as_ref().ok().map(|tri| tri.t);
        let others: Vec<Lit> = (0..of.outcomes.len()).filter(|i| Some(*i) != own).filter_map(pass).collect();
        let fixed: Vec<Lit> = own.and_then(pass).into_iter().chain([moved, complete]).collect();
        // The core of the verdict as a whole names no criterion: it is asked again, one by one.
        if let Answer::No(core) = self.questions.ask(&[others, fixed.clone()].concat(), &|_| true) {
            let core = self.questions.minimal(&core, &fixed);
            for (i, criterion) in self.questions.protocol(side).criteria.iter().enumerate() {
                if pass(i).is_some_and(|lit| core.contains(&lit)) && !names.contains(&criterion.about.name) {
                    names.push(criterion.about.name.clone());
                }
            }
        }
    }

    fn newly_read(&self, old: Option<&Criterion>, new: Option<&Criterion>) -> Vec<String> {
        let read = |protocol: &Protocol, criterion: Option<&Criterion>| -> Vec<String> {
            let tests = criterion.into_iter().flat_map(|criterion| std::iter::once(&criterion.rule.test).chain(&criterion.rule.unless));
            let facts: std::collections::BTreeSet<usize> = tests.flat_map(|test| walk::facts(protocol, test)).collect();
            facts.into_iter().map(|fact| protocol.facts[fact].about.name.clone()).collect()
        };
        let before = read(self.before, old);
        read(self.after, new).into_iter().filter(|fact| !before.contains(fact)).collect()
    }

    /// Whether somebody goes from each verdict to each other one, records with gaps included.
    fn transitions(&mut self, old: Verdicts, new: Verdicts) {
        const ALL: [Verdict; 3] = [Verdict::Eligible, Verdict::Undetermined, Verdict::Ineligible];
        let mut lits = |verdicts: Verdicts, verdict: Verdict| match verdict {
            Verdict::Eligible => verdicts.eligible,
            Verdict::Ineligible => verdicts.ineligible,
            Verdict::Undetermined => self.questions.encoder.theory.logic.and([!verdicts.eligible, !verdicts.ineligible]),
        };
        let before: Vec<Lit> = ALL.iter().map(|verdict| lits(old, *verdict)).collect();
        let after: Vec<Lit> = ALL.iter().map(|verdict| lits(new, *verdict)).collect();
        for (from, was) in ALL.iter().zip(&before) {
            for (to, is) in ALL.iter().zip(&after).filter(|(to, _)| *to != from) {
                let replays = |reports: &[Report]| reports[0].verdict == *from && reports[1].verdict == *to;
                // Somebody of whom everything is known says more than somebody of whom little is.
                let mut answer = self.questions.complete(&[*was, *is], &replays);
                if !answer.is_yes() {
                    answer = self.questions.ask(&[*was, *is], &replays);
                }
                let about = format!("whether somebody goes from {} to {}", from.word(), to.word());
                let answer = self.decided(answer, &about);
                let undecided = matches!(answer, Answer::Undecided(_));
                self.diff.transitions.push(Transition { from: *from, to: *to, witness: self.shown(&answer), undecided });
            }
        }
    }

    /// The change under each reading and hypothesis, one at a time, all else at its default.
    fn readings(&mut self, old: &[Result<Tri, Beyond>], new: &[Result<Tri, Beyond>]) {
        let (before, after) = (self.before, self.after);
        let sides = [(before, old), (after, new)];
        let named = [before, after].into_iter().flat_map(|protocol| &protocol.criteria);
        let named = named.flat_map(|own| own.readings.iter().map(|reading| (&own.about, &reading.about)));
        for (criterion, reading) in each_once(named) {
            let mut eligible = Vec::new();
            for (side, (protocol, outcomes)) in sides.iter().enumerate() {
                let mut outcomes: Vec<Result<Tri, Beyond>> = outcomes.to_vec();
                let found = protocol.criteria.iter().position(|own| own.about.name == criterion);
                if let Some(i) = found
                    && let Some(rule) = reading_of(&protocol.criteria[i], &reading)
                {
                    outcomes[i] = self.questions.passes(side, protocol.criteria[i].kind, rule);
                }
                eligible.push(self.eligible(side, &outcomes));
            }
            self.under(format!("{criterion}: {reading}"), &eligible, &[]);
        }
        self.define_readings();
        for (i, hypothesis) in after.hypotheses.iter().enumerate() {
            let mut holds = Vec::new();
            for (side, protocol) in [before, after].into_iter().enumerate() {
                let own = protocol.hypotheses.iter().find(|own| own.about.name == hypothesis.about.name);
                holds.extend(own.map(|own| self.questions.encoder.test(side, &own.test)));
            }
            let holds: Result<Vec<Lit>, Beyond> = holds.into_iter().map(|tri| tri.map(|tri| !tri.f)).collect();
            let eligible: Vec<Option<Lit>> = sides.iter().enumerate().map(|(side, (_, outcomes))| self.eligible(side, outcomes)).collect();
            let name = after.hypotheses[i].about.name.clone();
            match holds {
                Ok(holds) => self.under(name, &eligible, &holds),
                Err(_) => self.undecided_under(name),
            }
        }
    }

    /// The change under each reading of a definition.
    fn define_readings(&mut self) {
        let sides = [self.before, self.after];
        let named = sides.into_iter().flat_map(|protocol| &protocol.defines);
        let named = named.flat_map(|own| own.readings.iter().map(|reading| (&own.about, &reading.about)));
        for (define, reading) in each_once(named) {
            let mut replaced: Vec<(usize, DefineId, &'p DefineBody)> = Vec::new();
            let mut out_of_reach = false;
            for (side, protocol) in sides.into_iter().enumerate() {
                let found = protocol.defines.iter().position(|own| own.about.name == define);
                if let Some(i) = found
                    && let Some(other) = protocol.defines[i].readings.iter().find(|own| own.about.name == reading)
                {
                    replaced.push((side, i, &other.body));
                    // Where it decides which facts apply, the records themselves would be others.
                    out_of_reach |= protocol.facts.iter().flat_map(|fact| &fact.when).any(|when| walk::reads_define(protocol, when, i))
                        || matches!(other.body, DefineBody::Inlined);
                }
            }
            let name = format!("{define}: {reading}");
            if out_of_reach {
                self.undecided_under(name);
                continue;
            }
            self.questions.encoder.replace(replaced);
            let mut eligible = Vec::new();
            for side in 0..2 {
                let outcomes = self.questions.criteria(side);
                eligible.push(self.eligible(side, &outcomes));
            }
            self.questions.encoder.replace(Vec::new());
            self.under(name, &eligible, &[]);
        }
    }

    fn eligible(&mut self, side: usize, outcomes: &[Result<Tri, Beyond>]) -> Option<Lit> {
        let known: Option<Vec<Tri>> = outcomes.iter().map(|outcome| outcome.as_ref().ok().copied()).collect();
        Some(self.questions.verdicts(side, &known?).eligible)
    }

    fn under(&mut self, name: String, eligible: &[Option<Lit>], given: &[Lit]) {
        match self.change_between(eligible[0], eligible[1], given) {
            Change::Undecided => self.undecided_under(name),
            change => self.diff.under.push(Under { name, change }),
        }
    }

    fn undecided_under(&mut self, name: String) {
        self.diff.undecided.push(format!("what the change comes to under `{name}`"));
        self.diff.under.push(Under { name, change: Change::Undecided });
    }
}

/// All that a criterion means: its rule, the definitions and facts it rests on, its arms.
fn meaning(protocol: &Protocol, criterion: Option<&Criterion>) -> String {
    let Some(criterion) = criterion else { return String::new() };
    let tests = || std::iter::once(&criterion.rule.test).chain(&criterion.rule.unless);
    let mut text = format!("{} {:?}", criterion.rule.written, arm_names(protocol, criterion));
    for (i, define) in protocol.defines.iter().enumerate() {
        if tests().any(|test| walk::reads_define(protocol, test, i)) {
            text.push_str(&format!("; {}: {}", define.about.name, define.written));
        }
    }
    for (i, fact) in protocol.facts.iter().enumerate() {
        if tests().any(|test| walk::facts(protocol, test).contains(&i)) {
            text.push_str(&format!("; {}: {:?} {:?}", fact.about.name, fact.ty, fact.when));
        }
    }
    text
}

/// The names of what has a reading, and of the reading; what both versions have, once.
fn each_once<'p>(named: impl Iterator<Item = (&'p About, &'p About)>) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for name in named.map(|(own, reading)| (own.name.clone(), reading.name.clone())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn reading_of<'p>(criterion: &'p Criterion, name: &str) -> Option<&'p Rule> {
    criterion.readings.iter().find(|reading| reading.about.name == name).map(|reading| &reading.rule)
}

/// As the criterion is written.
pub(super) fn written(criterion: &Criterion) -> Written {
    Written {
        line: criterion.about.line,
        text: criterion.about.text.clone(),
        logic: Some(format!("{} {}", criterion.kind.word(), criterion.rule.written)),
    }
}

pub(super) fn arm_names(protocol: &Protocol, criterion: &Criterion) -> Option<Vec<String>> {
    criterion.arms.as_ref().map(|arms| arms.iter().map(|arm| protocol.arms[*arm].about.name.clone()).collect())
}

/// What changed of a criterion beside its meaning.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, asked of one pair")]
struct Words {
    same_text: bool,
    same_logic: bool,
    rescoped: bool,
    renamed: bool,
    turned: bool,
}

/// The kind of change, and the sentence for it.
fn told(pair: &Matched, old: Option<&Criterion>, new: Option<&Criterion>, change: Change, words: Words) -> (&'static str, String) {
    let kind = |criterion: &Criterion| criterion.kind.word();
    let (old, new) = match (old, new) {
        (None, Some(new)) if !pair.parts.is_empty() => {
            return ("criterion-merged", format!("`{}` joins {}", new.about.name, listed(&pair.parts)));
        }
        (Some(old), None) if !pair.parts.is_empty() => {
            return ("criterion-split", format!("`{}` is split into {}", old.about.name, listed(&pair.parts)));
        }
        (None, Some(new)) => return ("criterion-added", format!("{} `{}` is added", kind(new), new.about.name)),
        (Some(old), None) => return ("criterion-removed", format!("{} `{}` is removed", kind(old), old.about.name)),
        (Some(old), Some(new)) => (old, new),
        (None, None) => return ("criterion-rewritten", String::new()),
    };
    let name = &new.about.name;
    let silent = if words.same_text && change != Change::Equivalent { ", though its text is the same" } else { "" };
    match change {
        Change::Widened => ("criterion-widened", format!("`{name}` lets more subjects pass{silent}")),
        Change::Narrowed => ("criterion-narrowed", format!("`{name}` lets fewer subjects pass{silent}")),
        Change::Shifted | Change::Disjoint => ("criterion-shifted", format!("`{name}` lets other subjects pass{silent}")),
        Change::Emptied => ("criterion-narrowed", format!("`{name}` lets nobody pass any more{silent}")),
        Change::Opened => ("criterion-widened", format!("`{name}` lets somebody pass, where it let nobody{silent}")),
        Change::Undecided => ("criterion-undecided", format!("`{name}` changed; what that does is not decided")),
        Change::Equivalent | Change::Empty if words.rescoped => ("criterion-rescoped", format!("`{name}` is for other arms")),
        Change::Equivalent | Change::Empty if words.turned => {
            ("criterion-moved", format!("`{name}` moves from {} to {}; it means the same", kind(old), kind(new)))
        }
        Change::Equivalent | Change::Empty if words.renamed => {
            ("criterion-renamed", format!("`{}` is called `{name}` now; it means the same", old.about.name))
        }
        Change::Equivalent | Change::Empty if words.same_logic => {
            ("criterion-reworded", format!("the text of `{name}` changes; its expression does not"))
        }
        Change::Equivalent | Change::Empty => ("criterion-rewritten", format!("`{name}` is written differently and means the same")),
    }
}

pub(super) fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The kinds of change, each with the one that undoes it.
pub const RULES: &[(&str, &str)] = &[
    ("allocation-changed", "allocation-changed"),
    ("anchor-added", "anchor-removed"),
    ("anchor-removed", "anchor-added"),
    ("arm-added", "arm-removed"),
    ("arm-changed", "arm-changed"),
    ("arm-removed", "arm-added"),
    ("assumption-added", "assumption-removed"),
    ("assumption-changed", "assumption-changed"),
    ("assumption-removed", "assumption-added"),
    ("attester-changed", "attester-changed"),
    ("criterion-added", "criterion-removed"),
    ("criterion-merged", "criterion-split"),
    ("criterion-moved", "criterion-moved"),
    ("criterion-narrowed", "criterion-widened"),
    ("criterion-removed", "criterion-added"),
    ("criterion-renamed", "criterion-renamed"),
    ("criterion-rescoped", "criterion-rescoped"),
    ("criterion-reworded", "criterion-reworded"),
    ("criterion-rewritten", "criterion-rewritten"),
    ("criterion-shifted", "criterion-shifted"),
    ("criterion-split", "criterion-merged"),
    ("criterion-undecided", "criterion-undecided"),
    ("criterion-widened", "criterion-narrowed"),
    ("define-changed", "define-changed"),
    ("dose-changed", "dose-changed"),
    ("enrollment-changed", "enrollment-changed"),
    ("fact-added", "fact-removed"),
    ("fact-changed", "fact-changed"),
    ("fact-removed", "fact-added"),
    ("given-added", "given-removed"),
    ("given-removed", "given-added"),
    ("header-changed", "header-changed"),
    ("hypothesis-added", "hypothesis-removed"),
    ("hypothesis-changed", "hypothesis-changed"),
    ("hypothesis-removed", "hypothesis-added"),
    ("intervention-added", "intervention-removed"),
    ("intervention-changed", "intervention-changed"),
    ("intervention-removed", "intervention-added"),
    ("masking-changed", "masking-changed"),
    ("model-changed", "model-changed"),
    ("reading-added", "reading-removed"),
    ("reading-changed", "reading-changed"),
    ("reading-removed", "reading-added"),
    ("route-changed", "route-changed"),
    ("schedule-changed", "schedule-changed"),
    ("text-changed", "text-changed"),
];
