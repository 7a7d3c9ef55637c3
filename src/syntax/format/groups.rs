//! Where a line may be broken, read off the grammar's pairs.

use std::ops::Range;

use pest::iterators::Pair;

use super::tokens::Token;
use crate::span::Span;
use crate::syntax::parse::{R, span};

/// A run of tokens that stands on one line if it fits, and else is broken at each of its breaks.
#[derive(Debug)]
pub(super) struct Group {
    pub tokens: Range<usize>,
    /// The tokens that open a line, and how far they are indented.
    pub breaks: Vec<(usize, usize)>,
    /// Whether a line is broken only where it is full.
    pub fill: bool,
    pub inner: Vec<Group>,
}

/// The tokens that a pair covers.
pub(super) fn range(tokens: &[Token], pair: &Pair<'_, R>) -> Range<usize> {
    covered(tokens, span(pair))
}

fn covered(tokens: &[Token], span: Span) -> Range<usize> {
    let index = |offset: u32| tokens.partition_point(|token| token.start < offset as usize);
    index(span.start)..index(span.end)
}

/// The groups within a pair, outermost first; `bracketed` says that a bracket stands right around it.
pub(super) fn groups(tokens: &[Token], pair: Pair<'_, R>, bracketed: bool) -> Vec<Group> {
    let whole = span(&pair);
    let which = pair.as_rule();
    let mut breaks = Vec::new();
    let mut inner = Vec::new();
    // What stands in brackets is indented, and the bracket that closes it opens a line.
    let bracket = |inside: Range<usize>, breaks: &mut Vec<(usize, usize)>| {
        breaks.retain(|(_, indent)| *indent > 0);
        breaks.extend([(inside.start, 2), (inside.end, 0)]);
    };
    for part in pair.into_inner() {
        // Most parts break no line, and finding their tokens is a search each.
        let here = || range(tokens, &part);
        let mut within = bracketed && which == R::expression;
        match (which, part.as_rule()) {
            (R::chain, R::kw_and | R::kw_or) => breaks.push((here().start, if bracketed { 0 } else { 2 })),
            (R::conditional, R::kw_else) => breaks.push((here().start, 0)),
            (R::case, R::kw_then) | (R::rule, R::exception) => breaks.push((here().start, 2)),
            (R::group | R::events | R::some_of, R::expression) | (R::count | R::pick, R::selection) => {
                within = true;
                bracket(here(), &mut breaks);
            }
            (R::members, R::name) | (R::events_type, R::attribute) => bracket(here(), &mut breaks),
            _ => {}
        }
        inner.extend(groups(tokens, part, within));
    }
    if breaks.is_empty() {
        return inner;
    }
    vec![Group { tokens: covered(tokens, whole), breaks, fill: which == R::members, inner }]
}
