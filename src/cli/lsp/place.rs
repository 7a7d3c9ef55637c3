//! Places as editors count them: lines from 0, columns in UTF-16 code units.

use lsp_types::{Position, Range};

use crate::span::{Source, Span};

/// The place of a byte.
pub fn position(source: &Source, offset: usize) -> Position {
    let offset = offset.min(source.text().len());
    let line = source.position(offset as u32).line;
    let before = source.text().get(source.line_start(line)..offset).unwrap_or_default();
    Position { line: line as u32 - 1, character: before.encode_utf16().count() as u32 }
}

/// The byte of a place; beyond the end of a line, its end.
pub fn offset(source: &Source, position: Position) -> usize {
    let start = source.line_start(position.line as usize + 1);
    let line = source.text()[start..].split(['\n', '\r']).next().unwrap_or_default();
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= position.character as usize {
            return start + at;
        }
        units += c.len_utf16();
    }
    start + line.len()
}

/// The place of a span.
pub fn range(source: &Source, span: Span) -> Range {
    Range { start: position(source, span.start as usize), end: position(source, span.end as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf_16_units() {
        let source = Source::new("t", "a𝛼é\r\nb");
        assert_eq!(position(&source, 5), Position { line: 0, character: 3 });
        assert_eq!(offset(&source, Position { line: 0, character: 3 }), 5);
        assert_eq!(offset(&source, Position { line: 0, character: 2 }), 5, "the middle of a pair is its end");
        assert_eq!(offset(&source, Position { line: 0, character: 99 }), 7);
        assert_eq!(offset(&source, Position { line: 1, character: 1 }), 10);
        assert_eq!(offset(&source, Position { line: 9, character: 9 }), 10);
    }
}
