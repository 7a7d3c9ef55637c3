//! The words of a text, each with the comments and the empty lines before it.

use crate::syntax::scan::Scanned;

/// A word, number, string, unit or mark.
#[derive(Debug, Default)]
pub(super) struct Token {
    /// The first byte in the source.
    pub start: usize,
    /// As written; a string that runs over lines is cut into them, without their indentation.
    pub lines: Vec<String>,
    /// What stands between the token before and this one.
    pub comments: Vec<Comment>,
    /// Whether an empty line stands right before it.
    pub blank: bool,
    /// Whether it stands on the line where the token before ends.
    pub beside: bool,
}

/// A comment, from `#` on.
#[derive(Debug)]
pub(super) struct Comment {
    pub text: String,
    /// Whether an empty line stands right before it.
    pub blank: bool,
    /// Whether it stands behind something on its line.
    pub beside: bool,
    /// Whether it starts in the first column.
    pub outer: bool,
}

impl Token {
    /// What it says on its first line.
    pub fn text(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// Columns, where it is of one line.
    pub fn width(&self) -> Option<usize> {
        match &self.lines[..] {
            [line] => Some(line.chars().count()),
            _ => None,
        }
    }
}

/// Cuts a text into tokens; the last is empty and carries the comments at the end.
///
/// `atoms` are the starts and ends, in order, of what the grammar alone can tell
/// apart: numbers with a sign, dates, the identifier of the trial, strings.
pub(super) fn tokens(source: &str, scanned: &Scanned, atoms: &[(usize, usize)]) -> Vec<Token> {
    let bytes = scanned.text.as_bytes();
    let mut atoms = atoms.iter().copied().peekable();
    let mut comments = scanned.comments.iter().map(|comment| comment.span).peekable();
    let mut tokens: Vec<Token> = Vec::new();
    let mut next = Token { beside: true, ..Token::default() };
    let (mut at, mut breaks) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if let Some(comment) = comments.next_if(|comment| comment.start as usize == at) {
            let end = comment.end as usize;
            let outer = at == 0 || matches!(bytes[at - 1], b'\n' | b'\r');
            let beside = breaks == 0 && !outer;
            next.comments.push(Comment { text: source[at..end].trim_end().into(), blank: breaks > 1, beside, outer });
            next.beside = false;
            (at, breaks) = (end, 0);
            continue;
        }
        match byte {
            b'\n' | b'\r' => {
                // A carriage return belongs to the line feed behind it.
                breaks += usize::from(byte == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
                at += 1;
            }
            _ if byte.is_ascii_whitespace() => at += 1,
            _ => {
                while atoms.next_if(|(start, _)| *start < at).is_some() {}
                let atom = atoms.next_if(|(start, _)| *start == at).map(|(_, end)| end);
                let end = atom.unwrap_or_else(|| end_of(bytes, at)).max(at + 1);
                next.start = at;
                next.blank = breaks > 1;
                next.beside &= breaks == 0;
                next.lines = lines(&source[at..end]);
                // A comma behind the last member says nothing.
                if next.text() == "}" && tokens.last().is_some_and(|last| last.text() == ",") {
                    let comma = tokens.pop().unwrap_or_default();
                    next.comments.splice(0..0, comma.comments);
                }
                tokens.push(std::mem::replace(&mut next, Token { beside: true, ..Token::default() }));
                (at, breaks) = (end, 0);
            }
        }
    }
    next.start = source.len();
    next.lines.push(String::new());
    tokens.push(next);
    tokens
}

/// Where the word or mark that starts at `at` ends.
fn end_of(bytes: &[u8], at: usize) -> usize {
    let while_ = |fits: fn(u8) -> bool| at + bytes[at..].iter().take_while(|b| fits(**b)).count();
    match bytes[at] {
        b if b.is_ascii_alphanumeric() => while_(|b| b.is_ascii_alphanumeric() || b == b'_'),
        b'.' => while_(|b| b == b'.'),
        b'<' | b'>' | b'=' | b'!' => while_(|b| matches!(b, b'<' | b'>' | b'=' | b'!')),
        b if b.is_ascii() => at + 1,
        // What is beyond ASCII is a mistake outside strings, and a file with mistakes is not formatted.
        _ => while_(|b| !b.is_ascii()),
    }
}

/// The lines of a string as the language folds them: what indents a line is not part of it.
fn lines(text: &str) -> Vec<String> {
    if !text.contains(['\n', '\r']) {
        return vec![text.into()];
    }
    let mut lines: Vec<String> = text.replace("\r\n", "\n").split(['\n', '\r']).map(String::from).collect();
    let last = lines.len() - 1;
    for (i, line) in lines.iter_mut().enumerate() {
        if i < last {
            line.truncate(line.trim_end_matches([' ', '\t']).len());
        }
        if i > 0 {
            *line = line.trim_start_matches(|c: char| c.is_ascii_whitespace()).to_string();
        }
    }
    lines
}

/// What a string says, its line breaks folded as the parser folds them.
pub(super) fn folded(text: &str) -> String {
    let lines = lines(text);
    let last = lines.len() - 1;
    let kept = lines.iter().enumerate().filter(|(i, line)| *i == 0 || *i == last || !line.is_empty());
    kept.map(|(_, line)| line.as_str()).collect::<Vec<_>>().join(" ")
}
