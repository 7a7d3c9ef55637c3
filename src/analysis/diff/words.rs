//! How changes are told: the rules, and a sentence for each.

use super::Change;
use crate::analysis::matching::Matched;
use crate::protocol::Criterion;

/// What changed of a criterion beside its meaning.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, asked of one pair")]
pub(super) struct Words {
    pub same_text: bool,
    pub same_logic: bool,
    pub rescoped: bool,
    pub renamed: bool,
    pub turned: bool,
}

/// The kind of change, and the sentence for it.
pub(super) fn told(pair: &Matched, old: Option<&Criterion>, new: Option<&Criterion>, change: Change, words: Words) -> (&'static str, String) {
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
        Change::Equivalent | Change::Empty if words.same_logic && words.same_text => {
            ("criterion-rewritten", format!("`{name}` stands as it did and means the same; what it speaks of is declared differently"))
        }
        Change::Equivalent | Change::Empty if words.same_logic => {
            ("criterion-reworded", format!("the text of `{name}` changes; its expression does not"))
        }
        Change::Equivalent | Change::Empty => ("criterion-rewritten", format!("`{name}` is written differently and means the same")),
    }
}

pub(in crate::analysis) fn listed(names: &[String]) -> String {
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
