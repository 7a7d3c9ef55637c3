//! What to colour how: words by the grammar, names by what they mean.

use lsp_types::{SemanticToken, SemanticTokens};

use super::document::Document;
use super::index::Space;
use super::place::position;
use crate::span::Span;
use crate::syntax::ast::Item;
use crate::syntax::Word;

/// The kinds of token, as the legend has them.
pub const TYPES: [&str; 11] =
    ["keyword", "number", "string", "type", "comment", "enumMember", "variable", "function", "event", "class", "method"];

/// Every token of a text.
pub fn tokens(document: &Document) -> SemanticTokens {
    let now = document.now();
    let text = now.source.text();
    let mut found: Vec<(Span, usize, bool)> = now
        .words
        .iter()
        .map(|(span, word)| {
            let kind = match word {
                Word::Keyword => 0,
                Word::Number => 1,
                Word::Text => 2,
                Word::Unit => 3,
                Word::Comment => 4,
                Word::Vocabulary => 5,
            };
            (*span, kind, false)
        })
        .collect();
    found.extend(now.index.iter().map(|name| {
        let kind = match (name.space, &now.ast.items[name.item]) {
            (Space::Operand, Item::Define(_)) => 7,
            (Space::Operand, Item::Anchor(_)) => 8,
            (Space::Operand, Item::Values(_)) => 5,
            (Space::Operand, Item::Criterion(_)) | (Space::Criterion, _) => 10,
            (Space::Operand, _) => 6,
            (Space::Arm | Space::Intervention, _) => 9,
        };
        (name.span, kind, name.declares)
    }));
    found.sort_by_key(|(span, ..)| *span);
    let mut data = Vec::new();
    let (mut line, mut character) = (0, 0);
    let mut end = 0;
    for (span, kind, declares) in found {
        // What overlaps was coloured by who came first.
        if span.start < end {
            continue;
        }
        end = span.end;
        // A token stands on one line.
        let mut start = span.start as usize;
        for part in span.text(text).split('\n') {
            let part_start = start + (part.len() - part.trim_start().len());
            start += part.len() + 1;
            let length = part.trim().encode_utf16().count() as u32;
            if length == 0 {
                continue;
            }
            let at = position(&now.source, part_start);
            let delta_start = if at.line == line { at.character - character } else { at.character };
            data.push(SemanticToken {
                delta_line: at.line - line,
                delta_start,
                length,
                token_type: kind as u32,
                token_modifiers_bitset: u32::from(declares),
            });
            (line, character) = (at.line, at.character);
        }
    }
    SemanticTokens { result_id: None, data }
}
