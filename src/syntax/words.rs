//! The words of a text by their kind, for an editor to colour.

use std::collections::HashMap;

use pest::iterators::Pairs;

use super::ast::Ast;
use super::parse::{R, read, span};
use crate::diagnostic::Diagnostic;
use crate::span::{Source, Span};

/// What a word is to the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A word of the language.
    Keyword,
    /// A number or a date.
    Number,
    /// A string.
    Text,
    /// A unit.
    Unit,
    /// A comment.
    Comment,
    /// A word from the registry's vocabulary: a kind, a status, a route.
    Vocabulary,
}

/// Reads a source into a tree, as [`super::parse`] does, with every word that has a kind by itself, in order; names
/// are left to who knows what they mean.
pub fn parse_words(source: &Source) -> (Ast, Vec<Diagnostic>, Vec<(Span, Word)>) {
    read(source, |scanned, pairs, _| {
        let comments = scanned.comments.iter().map(|comment| (comment.span, Word::Comment));
        let mut found: Vec<(Span, Word)> = comments.chain(pairs.into_iter().flat_map(words)).collect();
        found.retain(|(span, _)| span.end > span.start);
        found.sort_by_key(|(span, _)| (span.start, span.end));
        found
    })
}

fn words(read: Pairs<'_, R>) -> impl Iterator<Item = (Span, Word)> {
    // Which rules are words of the language, each asked once.
    let mut keywords: HashMap<R, bool> = HashMap::new();
    read.flatten().filter_map(move |pair| {
        let kind = match pair.as_rule() {
            R::number | R::date => Word::Number,
            R::string => Word::Text,
            R::unit | R::unit_word | R::limit => Word::Unit,
            R::kind | R::route | R::code_name => Word::Vocabulary,
            other => {
                let is_keyword = *keywords.entry(other).or_insert_with(|| {
                    let name = format!("{other:?}");
                    ["kw_", "w_", "t_", "word_of_"].iter().any(|prefix| name.starts_with(prefix))
                });
                if !is_keyword {
                    return None;
                }
                // A rule such as `t_integer` holds more than its word.
                let at = span(&pair);
                let length = pair.as_str().find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(pair.as_str().len());
                return Some((Span::new(at.start as usize, at.start as usize + length), Word::Keyword));
            }
        };
        Some((span(&pair), kind))
    })
}
