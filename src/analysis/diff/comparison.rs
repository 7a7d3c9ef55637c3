//! The questions that an amendment raises, criterion by criterion.

use std::time::Instant;

use super::words::{Words, told};
use super::{Area, Change, Depth, Diff, Item, Transition, Under, Written};
use crate::analysis::alike::Alike;
use crate::analysis::encode::{Beyond, Tri};
use crate::analysis::judge::Judged;
use crate::analysis::logic::Lit;
use crate::analysis::matching::{Matched, by_name, matched};
use crate::analysis::plain::plain_changes;
use crate::analysis::question::{Answer, Questions, Verdicts, Witness};
use crate::evaluate::{Outcome, Verdict};
use crate::protocol::{Criterion, Protocol, walk};

pub(super) fn compare(before: &Protocol, after: &Protocol, depth: Depth) -> Diff {
    let until = depth.time.and_then(|time| Instant::now().checked_add(time));
    let ask = |full_ends: bool| {
        let mut comparison = Comparison { before, after, questions: Questions::with(vec![before, after], full_ends).until(until), diff: nothing() };
        comparison.run(depth);
        comparison
    };
    let Comparison { questions, mut diff, .. } = ask(false);
    // Where events need others of their own list, what is open is asked again of more of them.
    let in_time = until.is_none_or(|until| Instant::now() < until);
    if in_time && diff.open() != (false, 0) && questions.encoder.has_full() {
        let deeper = ask(true).diff;
        if deeper.open() < diff.open() {
            diff = deeper;
        }
    }
    diff.items.append(&mut plain_changes(before, after, &Alike::of_words(&questions.encoder.keys)));
    diff
}

fn nothing() -> Diff {
    Diff {
        change: Change::Undecided,
        gained: None,
        lost: None,
        common: None,
        items: Vec::new(),
        transitions: Vec::new(),
        arms: Vec::new(),
        under: Vec::new(),
        undecided: Vec::new(),
    }
}

pub(super) struct Comparison<'p> {
    pub(super) before: &'p Protocol,
    pub(super) after: &'p Protocol,
    pub(super) questions: Questions<'p>,
    pub(super) diff: Diff,
}

/// The outcomes of one side, unless a criterion lies outside what can be decided.
struct Side {
    outcomes: Vec<Result<Tri, Beyond>>,
    verdicts: Option<Verdicts>,
}

impl Comparison<'_> {
    fn run(&mut self, depth: Depth) {
        if self.questions.nobody_fits() {
            self.diff.undecided.push("the assumptions of the two versions contradict each other: no record fits them".into());
            self.criteria_as_text();
            return;
        }
        let (old, new) = self.sides();
        let pairs = matched(self.before, self.after, &old.outcomes, &new.outcomes, &mut self.questions);
        let both = old.verdicts.zip(new.verdicts);
        if let Some((old, new)) = both {
            self.common(old, new);
        }
        let changed: Vec<&Matched> = pairs.iter().filter(|pair| !pair.is_same(&old.outcomes, &new.outcomes)).collect();
        for pair in &pairs {
            let item = self.item(pair, &old, &new);
            self.diff.items.extend(item);
        }
        let Some((old_verdicts, new_verdicts)) = both else { return };
        let scoped = self.before.is_scoped() || self.after.is_scoped();
        if scoped && self.diff.gained.is_none() {
            let gained = self.entering(old_verdicts, new_verdicts, &[], None);
            let gained = self.decided(gained, "whether somebody gets in");
            self.diff.gained = self.shown(&gained);
        }
        if scoped && self.diff.lost.is_none() {
            let lost = self.leaving(old_verdicts, new_verdicts, &[], None);
            let lost = self.decided(lost, "whether somebody is kept out");
            self.diff.lost = self.shown(&lost);
        }
        if self.diff.undecided.is_empty() {
            self.diff.change = Change::between(self.diff.lost.is_some(), self.diff.gained.is_some(), self.diff.common.is_some());
        }
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
        let everybody = self.questions.encoder.theory.logic.yes();
        for (i, arm) in self.before.arms.iter().enumerate() {
            let Some(j) = self.after.arms.iter().position(|other| other.about.name == arm.about.name) else { continue };
            let mut of = |side: usize, outcomes: &[Result<Tri, Beyond>], arm: usize| {
                let criteria = self.questions.protocol(side).criteria.iter().zip(outcomes);
                // What is for other arms matters not, though it lie outside what can be decided.
                let known = |(criterion, outcome): (&Criterion, &Result<Tri, Beyond>)| match outcome {
                    Err(_) if !criterion.is_for(arm) => Some(Tri { t: everybody, f: !everybody }),
                    outcome => outcome.as_ref().ok().copied(),
                };
                let known: Option<Vec<Tri>> = criteria.map(known).collect();
                known.map(|known| self.questions.of_arm(side, arm, &known).t)
            };
            let (was, is) = (of(0, old, i), of(1, new, j));
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
    pub(super) fn change_between(&mut self, was: Option<Lit>, is: Option<Lit>, given: &[Lit]) -> Change {
        let (Some(was), Some(is)) = (was, is) else { return Change::Undecided };
        let mut ask = |lits: [Lit; 2]| self.questions.found(&[&lits, given].concat());
        let (lost, gained, common) = (ask([was, !is]), ask([!was, is]), ask([was, is]));
        Change::of(&lost, &gained, &common)
    }

    /// Where nothing can be proven, the criteria are compared as they are written.
    fn criteria_as_text(&mut self) {
        let pairs = by_name(self.before, self.after);
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

    fn sides(&mut self) -> (Side, Side) {
        let [old, new] = self.questions.outcomes();
        (self.side(0, old), self.side(1, new))
    }

    fn side(&mut self, side: usize, outcomes: Vec<Result<Tri, Beyond>>) -> Side {
        let known: Option<Vec<Tri>> = outcomes.iter().map(|outcome| outcome.as_ref().ok().copied()).collect();
        for (criterion, outcome) in self.questions.protocol(side).criteria.iter().zip(&outcomes) {
            if let Err(Beyond(why)) = outcome {
                self.undecided(format!("`{}`: {why}", criterion.about.name));
            }
        }
        let verdicts = known.map(|known| self.questions.verdicts(side, &known));
        Side { outcomes, verdicts }
    }

    /// Notes once what could not be decided.
    pub(super) fn undecided(&mut self, what: String) {
        if !self.diff.undecided.contains(&what) {
            self.diff.undecided.push(what);
        }
    }

    fn decided(&mut self, answer: Answer, about: &str) -> Answer {
        if let Answer::Undecided(why) = &answer {
            self.undecided(format!("{about}: {why}"));
        }
        answer
    }

    fn shown(&mut self, answer: &Answer) -> Option<Witness> {
        let Answer::Yes(subject) = answer else { return None };
        let witness = self.questions.witness(subject);
        if witness.is_none() {
            self.undecided("a subject that was found does not replay".into());
        }
        witness
    }

    /// Somebody who is eligible on both sides is the ordinary subject; else somebody who is on one.
    fn common(&mut self, old: Verdicts, new: Verdicts) {
        let answer = self.questions.ordinary(&[old.eligible, new.eligible], &|judged| judged.iter().all(Judged::is_eligible));
        let answer = self.decided(answer, "whether somebody is eligible before and after");
        if let Answer::Yes(subject) = answer {
            self.diff.common = self.shown(&Answer::Yes(subject.clone()));
            self.questions.settle(&subject);
            return;
        }
        for (side, verdicts) in [(1, new), (0, old)] {
            if let Answer::Yes(subject) = self.questions.complete(&[verdicts.eligible], &|judged| judged[side].is_eligible()) {
                self.questions.settle(&subject);
            }
        }
    }

    /// Somebody who gets in, and whom the criterion (of the version before) did not let pass.
    fn entering(&mut self, old: Verdicts, new: Verdicts, by: &[Lit], criterion: Option<usize>) -> Answer {
        let by_it = |judged: &Judged| criterion.is_none_or(|i| judged.outcomes[i] != Outcome::Pass);
        self.moving([&[new.eligible, !old.eligible], by].concat(), old.ineligible, &|judged| {
            !judged[0].is_eligible() && judged[1].is_eligible() && by_it(&judged[0])
        })
    }

    /// Somebody who is kept out, and whom the criterion (of the version after) does not let pass.
    fn leaving(&mut self, old: Verdicts, new: Verdicts, by: &[Lit], criterion: Option<usize>) -> Answer {
        let by_it = |judged: &Judged| criterion.is_none_or(|i| judged.outcomes[i] != Outcome::Pass);
        self.moving([&[old.eligible, !new.eligible], by].concat(), new.ineligible, &|judged| {
            judged[0].is_eligible() && !judged[1].is_eligible() && by_it(&judged[1])
        })
    }

    /// Somebody for whom the literals hold; where that stays open, somebody who is ineligible once.
    fn moving(&mut self, mut lits: Vec<Lit>, ineligible: Lit, right: &dyn Fn(&[Judged]) -> bool) -> Answer {
        let answer = self.questions.complete(&lits, right);
        if !matches!(answer, Answer::Undecided(_)) {
            return answer;
        }
        lits.push(ineligible);
        let narrower = self.questions.complete(&lits, right);
        if narrower.is_yes() { narrower } else { answer }
    }

    /// What one pair of criteria comes to; nothing, where neither words nor meaning changed.
    fn item(&mut self, pair: &Matched, old: &Side, new: &Side) -> Option<Item> {
        let (before, after) = (self.before, self.after);
        if let (Some(i), Some(j)) = (pair.before, pair.after)
            && self.questions.encoder.keys.unchanged(j) == Some(i)
            && is_verbatim(before, &before.criteria[i], after, &after.criteria[j])
        {
            return None;
        }
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
            if self.diff.gained.is_none() {
                self.diff.gained.clone_from(&item.gained);
            }
            if self.diff.lost.is_none() {
                self.diff.lost.clone_from(&item.lost);
            }
        }
        Some(item)
    }

    /// What happens to those whom a criterion lets pass, taken by itself.
    fn change_of(&mut self, was: Tri, is: Tri, name: &str) -> Change {
        let lost = self.questions.apart(&[was.t, !is.t]);
        let gained = self.questions.apart(&[!was.t, is.t]);
        let common = self.questions.apart(&[was.t, is.t]);
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
        if let Answer::No(core) = self.questions.found(&[others, fixed.clone()].concat()) {
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
            let tests = criterion.into_iter().flat_map(|criterion| criterion.rule.tests());
            let facts: std::collections::BTreeSet<usize> = tests.flat_map(|test| walk::facts(protocol, test)).collect();
            facts.into_iter().map(|fact| protocol.facts[fact].about.name.clone()).collect()
        };
        let before = read(self.before, old);
        read(self.after, new).into_iter().filter(|fact| !before.contains(fact)).collect()
    }

    /// Somebody who goes from one verdict to another; of whom everything is known, where that can be.
    fn going(&mut self, from: Verdict, to: Verdict, lits: &[Lit]) -> Answer {
        let right = |judged: &[Judged]| judged[0].verdict == from && judged[1].verdict == to;
        let decided = from != Verdict::Undetermined && to != Verdict::Undetermined;
        let mut answer = if decided { self.questions.complete(lits, &right) } else { Answer::No(Vec::new()) };
        if !answer.is_yes() {
            answer = self.questions.ask(lits, &right);
        }
        self.decided(answer, &format!("whether somebody goes from {} to {}", from.word(), to.word()))
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
                // Who shows what the change does goes this way too.
                let goes = |seen: &&Witness| (seen.reports[0].verdict, seen.reports[1].verdict) == (*from, *to);
                let mut witness = [&self.diff.gained, &self.diff.lost].into_iter().flatten().find(goes).cloned();
                let mut undecided = false;
                if witness.is_none() {
                    let answer = self.going(*from, *to, &[*was, *is]);
                    witness = self.shown(&answer);
                    undecided = matches!(answer, Answer::Undecided(_)) || answer.is_yes() && witness.is_none();
                }
                self.diff.transitions.push(Transition { from: *from, to: *to, witness, undecided });
            }
        }
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

/// Whether a criterion says the same in the same words.
fn is_verbatim(before: &Protocol, old: &Criterion, after: &Protocol, new: &Criterion) -> bool {
    (&old.about.name, &old.about.text, &old.rule.written) == (&new.about.name, &new.about.text, &new.rule.written)
        && arm_names(before, old) == arm_names(after, new)
}

/// As the criterion is written.
pub(in crate::analysis) fn written(criterion: &Criterion) -> Written {
    Written {
        line: criterion.about.line,
        text: criterion.about.text.clone(),
        logic: Some(format!("{} {}", criterion.kind.word(), criterion.rule.written)),
    }
}

pub(in crate::analysis) fn arm_names(protocol: &Protocol, criterion: &Criterion) -> Option<Vec<String>> {
    criterion.arms.as_ref().map(|arms| arms.iter().map(|arm| protocol.arms[*arm].about.name.clone()).collect())
}
