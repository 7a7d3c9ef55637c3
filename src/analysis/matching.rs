//! Which criterion of the new version is which of the old: by name, then by meaning, then by text.

use std::collections::HashMap;

use super::encode::{Beyond, Tri};
use super::question::Questions;
use crate::protocol::Protocol;

/// A criterion before and after; one of them is missing where it was added or removed.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    pub before: Option<usize>,
    pub after: Option<usize>,
    /// The criteria it was split into or merged from.
    pub parts: Vec<String>,
}

impl Matched {
    fn pair(before: usize, after: usize) -> Self {
        Self { before: Some(before), after: Some(after), parts: Vec::new() }
    }

    /// Whether both sides mean the same, by construction.
    pub fn is_same(&self, old: &[Result<Tri, Beyond>], new: &[Result<Tri, Beyond>]) -> bool {
        match (self.before, self.after) {
            (Some(before), Some(after)) => old[before].is_ok() && old[before] == new[after],
            _ => !self.parts.is_empty(),
        }
    }
}

/// By name alone.
pub(super) fn by_name(before: &Protocol, after: &Protocol) -> Vec<Matched> {
    let mut open: HashMap<&str, usize> =
        before.criteria.iter().enumerate().map(|(i, criterion)| (criterion.about.name.as_str(), i)).collect();
    let mut found: Vec<Matched> = after
        .criteria
        .iter()
        .enumerate()
        .map(|(i, criterion)| match open.remove(criterion.about.name.as_str()) {
            Some(before) => Matched::pair(before, i),
            None => Matched { before: None, after: Some(i), parts: Vec::new() },
        })
        .collect();
    let mut rest: Vec<usize> = open.into_values().collect();
    rest.sort_unstable();
    found.extend(rest.into_iter().map(|i| Matched { before: Some(i), after: None, parts: Vec::new() }));
    found
}

/// By name; what is left by meaning, then by text; what is left of that as split or merged, where it is.
pub(super) fn matched(
    before: &Protocol,
    after: &Protocol,
    old: &[Result<Tri, Beyond>],
    new: &[Result<Tri, Beyond>],
    questions: &mut Questions<'_>,
) -> Vec<Matched> {
    let mut pairs = by_name(before, after);
    let same_meaning = |b: usize, a: usize| old[b].is_ok() && old[b] == new[a];
    let same_text = |b: usize, a: usize| {
        let (b, a) = (&before.criteria[b].about.text, &after.criteria[a].about.text);
        b.is_some() && b == a
    };
    join(&mut pairs, same_meaning);
    join(&mut pairs, same_text);
    parts(&mut pairs, before, after, old, new, questions);
    pairs
}

/// Pairs up what is alone on each side.
fn join(pairs: &mut Vec<Matched>, alike: impl Fn(usize, usize) -> bool) {
    let mut gone: Vec<usize> = pairs.iter().filter(|pair| pair.after.is_none()).filter_map(|pair| pair.before).collect();
    for pair in pairs.iter_mut() {
        if let (None, Some(after)) = (pair.before, pair.after)
            && let Some(at) = gone.iter().position(|before| alike(*before, after))
        {
            pair.before = Some(gone.remove(at));
        }
    }
    pairs.retain(|pair| pair.after.is_some() || pair.before.is_some_and(|before| gone.contains(&before)));
}

/// What is alone on one side and means what several, alone on the other, mean together.
fn parts(
    pairs: &mut Vec<Matched>,
    before: &Protocol,
    after: &Protocol,
    old: &[Result<Tri, Beyond>],
    new: &[Result<Tri, Beyond>],
    questions: &mut Questions<'_>,
) {
    let gone: Vec<usize> = pairs.iter().filter(|pair| pair.after.is_none()).filter_map(|pair| pair.before).collect();
    let come: Vec<usize> = pairs.iter().filter(|pair| pair.before.is_none()).filter_map(|pair| pair.after).collect();
    // A name that is kept for one of the parts, and the whole that is kept for one of them, stay pairs.
    for whole in &gone {
        if let Some(these) = together(&old[*whole], &come, new, questions) {
            let names = these.iter().map(|i| after.criteria[*i].about.name.clone()).collect();
            pairs.retain(|pair| pair.before.is_some() || !pair.after.is_some_and(|i| these.contains(&i)));
            pairs.iter_mut().filter(|pair| pair.before == Some(*whole)).for_each(|pair| pair.parts.clone_from(&names));
            return;
        }
    }
    for whole in &come {
        if let Some(these) = together(&new[*whole], &gone, old, questions) {
            let names = these.iter().map(|i| before.criteria[*i].about.name.clone()).collect();
            pairs.retain(|pair| pair.after.is_some() || !pair.before.is_some_and(|i| these.contains(&i)));
            pairs.iter_mut().filter(|pair| pair.after == Some(*whole)).for_each(|pair| pair.parts.clone_from(&names));
            return;
        }
    }
}

/// Of several criteria those that are equal to one: all of them, or two or three.
fn together(whole: &Result<Tri, Beyond>, of: &[usize], outcomes: &[Result<Tri, Beyond>], questions: &mut Questions<'_>) -> Option<Vec<usize>> {
    const MAX: usize = 12;
    let whole = whole.as_ref().ok()?;
    if of.len() < 2 || of.len() > MAX {
        return None;
    }
    let mut equal = |these: &[usize]| {
        let parts: Option<Vec<Tri>> = these.iter().map(|i| outcomes[*i].as_ref().ok().copied()).collect();
        parts.is_some_and(|parts| questions.encoder.both(&parts) == *whole)
    };
    if equal(of) {
        return Some(of.to_vec());
    }
    for i in 0..of.len() {
        for j in i + 1..of.len() {
            if equal(&[of[i], of[j]]) {
                return Some(vec![of[i], of[j]]);
            }
            for k in j + 1..of.len() {
                if equal(&[of[i], of[j], of[k]]) {
                    return Some(vec![of[i], of[j], of[k]]);
                }
            }
        }
    }
    None
}
