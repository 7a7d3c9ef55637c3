//! The pass before the grammar: comments, nesting, and foreign characters.
//!
//! The grammar is recursive, so how deep a text nests is measured here, before
//! anything recurses. Characters that come from elsewhere (smart quotes,
//! merge-conflict markers) are reported once and replaced by white space or
//! plain quotes of the same length, so that every later span still fits the
//! source.

use super::ast::Comment;
use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::span::Span;

/// How deep parentheses, braces and `if` may nest.
pub const MAX_NESTING: usize = 1_024;
/// The longest string, in bytes.
pub const MAX_STRING: usize = 65_536;

/// What the pass found.
pub(super) struct Scanned {
    /// The text with comments and foreign characters blanked; as long as the source.
    pub text: String,
    pub comments: Vec<Comment>,
    pub diagnostics: Vec<Diagnostic>,
    /// The deepest nesting that is left.
    pub depth: usize,
    /// Where nesting went too deep and the rest of a declaration was blanked.
    pub blanked: Vec<Span>,
}

/// Looks through `source` once, from start to end.
pub(super) fn scan(source: &str) -> Scanned {
    let mut scanner = Scanner {
        bytes: source.as_bytes(),
        text: source.as_bytes().to_vec(),
        at: 0,
        comments: Vec::new(),
        diagnostics: Vec::new(),
        blanked: Vec::new(),
        nesting: Nesting::default(),
    };
    scanner.run(source);
    Scanned {
        // Only whole characters were replaced, by ASCII of the same length.
        text: String::from_utf8(scanner.text).unwrap_or_else(|_| source.to_string()),
        comments: scanner.comments,
        diagnostics: scanner.diagnostics,
        depth: scanner.nesting.deepest,
        blanked: scanner.blanked,
    }
}

/// How deep the brackets and conditions of a text nest, as far as they are read.
pub fn depth(source: &str) -> usize {
    scan(source).depth
}

/// How deep the scanner stands: open brackets, and the `if`s open within each.
#[derive(Default)]
struct Nesting {
    open: Vec<usize>,
    ifs: usize,
    deepest: usize,
    /// Where the declaration in hand first went deeper.
    first: Option<usize>,
}

impl Nesting {
    fn now(&self) -> usize {
        self.open.len() + self.ifs
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    text: Vec<u8>,
    at: usize,
    comments: Vec<Comment>,
    diagnostics: Vec<Diagnostic>,
    blanked: Vec<Span>,
    nesting: Nesting,
}

impl Scanner<'_> {
    fn run(&mut self, source: &str) {
        if source.starts_with('\u{FEFF}') {
            self.blank(0, 3);
            self.at = 3;
        }
        while let Some(&byte) = self.bytes.get(self.at) {
            let line_start = self.at == 0 || self.bytes[self.at - 1] == b'\n';
            if line_start {
                if self.conflict_marker() {
                    continue;
                }
                if byte.is_ascii_alphabetic() {
                    let deepest = self.nesting.deepest;
                    self.nesting = Nesting { deepest, ..Nesting::default() };
                }
            }
            match byte {
                b'#' => self.comment(source),
                b'"' => self.string(source),
                b'\'' => self.unit(source),
                b'(' | b'{' => self.open(),
                b')' | b'}' => {
                    if let Some(ifs) = self.nesting.open.pop() {
                        self.nesting.ifs = ifs;
                    }
                    self.at += 1;
                }
                b'a'..=b'z' | b'A'..=b'Z' => self.word(),
                0x80.. => self.foreign(source),
                _ => self.at += 1,
            }
        }
    }

    fn blank(&mut self, start: usize, end: usize) {
        for byte in &mut self.text[start..end] {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b' ';
            }
        }
    }

    fn line_end(&self, from: usize) -> usize {
        self.bytes[from..].iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |n| from + n)
    }

    fn conflict_marker(&mut self) -> bool {
        let end = self.line_end(self.at);
        let line = self.bytes[self.at..end].trim_ascii_end();
        let marks = line.iter().take_while(|b| **b == line[0]).count();
        // Seven marks and then a label or nothing; a longer row is somebody's ruler.
        if marks != 7 || !matches!(line[0], b'<' | b'=' | b'>' | b'|') || line.get(7).is_some_and(|b| *b != b' ') {
            return false;
        }
        self.diagnostics.push(
            Code::MergeConflict
                .at(Span::new(self.at, end), "a merge conflict was left in the file")
                .label("a conflict marker of the version control")
                .help("keep one of the two sides and delete the marker lines"),
        );
        self.blank(self.at, end);
        self.at = end;
        true
    }

    fn comment(&mut self, source: &str) {
        let end = self.line_end(self.at);
        let text = source[self.at + 1..end].trim_end_matches('\r').to_string();
        self.bidi(source, self.at, end);
        self.comments.push(Comment { span: Span::new(self.at, end), text });
        // To the grammar it is white space, so that nothing ends with the comment behind it.
        self.blank(self.at, end);
        self.at = end;
    }

    /// A string ends at its quote, or where the next line starts in the first column.
    fn string(&mut self, source: &str) {
        let start = self.at;
        let mut at = start + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'"' => {
                    at += 1;
                    break;
                }
                b'\\' => at += 1 + usize::from(self.bytes.get(at + 1).is_some_and(|b| *b != b'\n' && *b != b'\r')),
                b'\n' => {
                    if !matches!(self.bytes.get(at + 1), None | Some(b' ' | b'\t' | b'#' | b'\n' | b'\r')) {
                        break;
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        let end = at.min(self.bytes.len());
        if end - start > MAX_STRING {
            self.diagnostics.push(
                Code::StringTooLong
                    .at(Span::new(start, start + 1), format!("this string has {} bytes; {MAX_STRING} is the limit", end - start))
                    .label("starts here")
                    .help("is its closing quote missing?"),
            );
        }
        self.bidi(source, start, end);
        self.at = end;
    }

    fn unit(&mut self, source: &str) {
        let line_end = self.line_end(self.at);
        let close = self.bytes[self.at + 1..line_end].iter().position(|b| *b == b'\'');
        let start = self.at;
        self.at = close.map_or(line_end, |n| self.at + n + 2);
        self.bidi(source, start, self.at);
    }

    /// Characters that reorder what a reader sees, wherever they stand.
    fn bidi(&mut self, source: &str, start: usize, end: usize) {
        let Some(text) = source.get(start..end) else { return };
        if text.is_ascii() {
            return;
        }
        for (i, c) in text.char_indices().filter(|(_, c)| is_bidi(*c)) {
            self.report_bidi(start + i, c);
        }
    }

    fn report_bidi(&mut self, at: usize, c: char) {
        let span = Span::new(at, at + c.len_utf8());
        self.diagnostics.push(
            Code::BidiText
                .at(span, format!("the character U+{:04X} makes text read in another order than it stands", c as u32))
                .label("an invisible direction mark")
                .help("delete it; the words must mean what a reader sees")
                .fix(span, "", Applicability::NeedsReview),
        );
    }

    fn open(&mut self) {
        // The ifs outside a bracket still count: they hold it.
        self.nesting.open.push(self.nesting.ifs);
        self.deeper(1);
    }

    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        let rest = &self.bytes[self.at..];
        let next = &rest[rest.iter().take_while(|b| b.is_ascii_whitespace()).count()..];
        // Each of these holds an expression without a bracket around it; each case of an `else if` nests too.
        let nests = match word {
            b"if" => true,
            b"where" => next.first() != Some(&b'('),
            b"from" => true,
            _ => false,
        };
        if nests {
            let length = self.at - start;
            self.at = start;
            self.nesting.ifs += 1;
            self.deeper(length);
        }
    }

    /// Steps over `length` bytes that went one level deeper, or blanks the rest of the declaration.
    fn deeper(&mut self, length: usize) {
        let start = self.at;
        let first = *self.nesting.first.get_or_insert(start);
        if self.nesting.now() <= MAX_NESTING {
            self.nesting.deepest = self.nesting.deepest.max(self.nesting.now());
            self.at += length;
            return;
        }
        let mut end = self.line_end(start);
        while matches!(self.bytes.get(end + 1), Some(b' ' | b'\t' | b'#' | b'\n' | b'\r')) {
            end = self.line_end(end + 1);
        }
        self.diagnostics.push(
            Code::TooDeep
                .at(Span::new(start, start + length), format!("expressions nest at most {MAX_NESTING} deep"))
                .label("one level too many")
                .help("name a part with `define`; this declaration was read only up to its first bracket"),
        );
        // From the first bracket on, so that the grammar does not nest around a hole.
        self.blank(first, end);
        let before = self.text[..first].trim_ascii_end().len();
        self.blanked.push(Span::new(before, end));
        self.at = end;
    }

    /// A character beyond ASCII outside strings and comments.
    fn foreign(&mut self, source: &str) {
        let Some(c) = source[self.at..].chars().next() else { return };
        let (start, end) = (self.at, self.at + c.len_utf8());
        self.at = end;
        if is_bidi(c) {
            self.report_bidi(start, c);
            self.blank(start, end);
            return;
        }
        let quote = match c {
            '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{AB}' | '\u{BB}' => b'"',
            '\u{2018}' | '\u{2019}' | '\u{201A}' => b'\'',
            '\u{A0}' | '\u{2007}' | '\u{202F}' | '\u{3000}' => {
                self.blank(start, end);
                return;
            }
            '\u{2212}' => b'-',
            _ => return,
        };
        if c == '\u{2212}' {
            self.minus(start, end);
            return;
        }
        let close = self.closing_quote(source, end, quote);
        let span = Span::new(start, close.map_or(end, |(_, end)| end));
        let mut diagnostic = Code::SmartQuotes
            .at(span, format!("`{c}` is a typographic quote; write `{}`", quote as char))
            .label("pasted from a word processor?")
            .fix(Span::new(start, end), (quote as char).to_string(), Applicability::Safe);
        if let Some((close_start, close_end)) = close {
            diagnostic = diagnostic.fix(Span::new(close_start, close_end), (quote as char).to_string(), Applicability::Safe);
            self.blank(close_start, close_end);
            self.text[close_start] = quote;
            self.at = close_end;
        }
        self.blank(start, end);
        self.text[end - 1] = quote;
        self.diagnostics.push(diagnostic);
    }

    /// The typographic minus sign.
    fn minus(&mut self, start: usize, end: usize) {
        self.diagnostics.push(
            Code::ForeignOperator
                .at(Span::new(start, end), "`\u{2212}` is a typographic minus; write `-`")
                .label("pasted from a word processor?")
                .fix(Span::new(start, end), "-", Applicability::Safe),
        );
        self.blank(start, end);
        self.text[end - 1] = b'-';
    }

    /// The typographic quote that closes one on the same line.
    fn closing_quote(&self, source: &str, from: usize, quote: u8) -> Option<(usize, usize)> {
        let line = &source[from..self.line_end(from)];
        line.char_indices()
            .find(|(_, c)| match quote {
                b'"' => matches!(c, '\u{201C}' | '\u{201D}' | '\u{BB}' | '\u{AB}'),
                _ => matches!(c, '\u{2018}' | '\u{2019}'),
            })
            .map(|(i, c)| (from + i, from + i + c.len_utf8()))
    }
}

/// Embedding, override and isolate controls.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}
