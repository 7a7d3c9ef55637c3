//! Lines from tokens: what fits stays on one line, the rest is broken at its groups.

use std::ops::Range;

use super::groups::Group;
use super::tokens::Token;

/// Columns of a line.
const WIDTH: usize = 100;

/// Where a token goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Behind the token before it.
    Inline,
    /// On a line of its own, so far indented.
    Line(usize),
    /// On the line, in a column.
    Column(usize),
    /// On the line, two spaces off, below its like on the line above.
    Aligned,
}

/// A line, and where the text on it starts that is aligned with the lines around it.
#[derive(Debug, Default)]
struct Line {
    text: String,
    aligned: Option<usize>,
}

/// Writes tokens in their order.
pub(super) struct Printer<'t> {
    tokens: &'t [Token],
    lines: Vec<Line>,
    /// How far the line in hand is indented.
    indent: usize,
}

impl<'t> Printer<'t> {
    pub fn new(tokens: &'t [Token]) -> Self {
        Self { tokens, lines: Vec::new(), indent: 0 }
    }

    fn line(&mut self, indent: usize, blank: bool) {
        if blank && !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines.push(Line { text: " ".repeat(indent), aligned: None });
        self.indent = indent;
    }

    fn column(&self) -> usize {
        self.lines.last().map_or(0, |line| line.text.chars().count())
    }

    fn push(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push_str(text);
        }
    }

    /// Goes where a token belongs, writing the comments before it.
    pub fn go(&mut self, token: usize, mut place: Place) {
        let tokens = self.tokens;
        let (opens, last) = (matches!(place, Place::Line(0)), token + 1 == tokens.len());
        for comment in &tokens[token].comments {
            let (indent, after) = match place {
                Place::Line(0) if comment.outer || self.lines.is_empty() => (0, 0),
                Place::Line(0) => (2, 0),
                Place::Line(indent) => (indent, indent),
                Place::Inline | Place::Column(_) | Place::Aligned => (self.indent + 2, self.indent + 2),
            };
            if comment.beside && !self.lines.is_empty() {
                self.push("  ");
            } else {
                self.line(indent, comment.blank);
            }
            self.push(&comment.text);
            place = Place::Line(after);
        }
        let inline = !last && token > 0 && !glued(tokens[token - 1].text(), tokens[token].text());
        match place {
            // Nothing stands at the end of the file.
            Place::Line(_) if last && opens => {}
            Place::Line(indent) => self.line(indent, tokens[token].blank),
            Place::Inline => self.push(if inline { " " } else { "" }),
            Place::Column(column) => self.push(&" ".repeat(column.saturating_sub(self.column()).max(1))),
            Place::Aligned => {
                self.push("  ");
                let at = self.lines.last().map(|line| line.text.len());
                self.lines.last_mut().iter_mut().for_each(|line| line.aligned = at);
            }
        }
    }

    /// Writes a token where it goes.
    pub fn token(&mut self, token: usize, place: Place) {
        self.go(token, place);
        self.written(token);
    }

    /// Writes a run of tokens, the first of which is in place.
    pub fn run(&mut self, tokens: Range<usize>, groups: &[Group]) {
        let tail = tokens.end;
        self.parts(&Group { tokens, breaks: Vec::new(), fill: false, inner: Vec::new() }, groups, tail);
    }

    /// Columns that a run takes on one line; none if it cannot stand on one, or takes more than are there.
    pub fn width(&self, range: Range<usize>) -> Option<usize> {
        let mut width = 0;
        for i in range.clone() {
            let token = &self.tokens[i];
            if i > range.start {
                width += usize::from(!glued(self.tokens[i - 1].text(), token.text()));
                if !token.comments.is_empty() {
                    return None;
                }
            }
            width += token.width()?;
            if width > WIDTH {
                return None;
            }
        }
        Some(width)
    }

    /// Whether a run fits on one line from a column on.
    pub fn fits(&self, range: Range<usize>, column: usize) -> bool {
        self.width(range).is_some_and(|width| column + width <= WIDTH)
    }

    /// Indents what is broken within the line in hand by two more.
    pub fn hang(&mut self) {
        self.indent += 2;
    }

    /// Writes a group whose first token is in place; `tail` is where a line can next be broken behind it.
    fn group(&mut self, group: &Group, tail: usize) {
        if self.fits(group.tokens.start..tail, self.column()) {
            self.run(group.tokens.clone(), &[]);
        } else {
            self.parts(group, &group.inner, tail);
        }
    }

    fn parts(&mut self, group: &Group, inner: &[Group], tail: usize) {
        let indent = self.indent;
        let mut inner = inner.iter().peekable();
        let mut at = group.tokens.start;
        while at < group.tokens.end {
            let first = at == group.tokens.start;
            if !first {
                self.go(at, self.place(group, at, indent));
            }
            match inner.next_if(|part| part.tokens.start == at) {
                Some(part) => {
                    at = part.tokens.end;
                    let here = group.breaks.iter().map(|(token, _)| *token).find(|token| *token >= at);
                    let next = inner.peek().and_then(|next| next.breaks.first()).map(|(token, _)| *token);
                    self.group(part, tail.min(here.unwrap_or(tail)).min(next.unwrap_or(tail)));
                }
                None => {
                    self.written(at);
                    at += 1;
                }
            }
        }
    }

    fn place(&self, group: &Group, at: usize, indent: usize) -> Place {
        let Ok(i) = group.breaks.binary_search_by_key(&at, |(token, _)| *token) else { return Place::Inline };
        let more = group.breaks[i].1;
        let opening = i == 0 || more == 0;
        let next = group.breaks.get(i + 1).map_or(group.tokens.end, |(token, _)| *token);
        // A line that is filled goes on while the next member fits.
        if group.fill && !opening && self.fits(at..next, self.column() + 1) {
            return Place::Inline;
        }
        Place::Line(indent + more)
    }

    /// Writes a token that is in place.
    fn written(&mut self, token: usize) {
        let below = self.column() + 1;
        for (i, text) in self.tokens[token].lines.iter().enumerate() {
            match (i, text.is_empty()) {
                (0, _) => {}
                (_, true) => self.lines.push(Line::default()),
                (_, false) => self.lines.push(Line { text: " ".repeat(below), aligned: None }),
            }
            self.push(text);
        }
    }

    /// All lines, texts aligned; each line ends with a line feed.
    pub fn finish(mut self) -> String {
        self.align();
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(line.text.trim_end());
            text.push('\n');
        }
        text
    }

    /// Aligns the texts of neighbouring lines, where all of them still fit.
    fn align(&mut self) {
        let keyword = |line: &Line| line.text.split(' ').next().unwrap_or_default().to_string();
        for run in self.lines.chunk_by_mut(|a, b| a.aligned.is_some() && b.aligned.is_some() && keyword(a) == keyword(b)) {
            let before = |line: &Line| line.aligned.map_or(0, |at| line.text[..at].chars().count());
            let column = run.iter().map(before).max().unwrap_or(0);
            let fits = |line: &Line| column - before(line) + line.text.chars().count() <= WIDTH;
            if run.iter().all(fits) {
                for line in run {
                    let missing = column - before(line);
                    if let Some(at) = line.aligned {
                        line.text.insert_str(at, &" ".repeat(missing));
                    }
                }
            }
        }
    }
}

/// Whether nothing stands between two tokens on a line.
fn glued(before: &str, after: &str) -> bool {
    matches!(after, ")" | "," | ":" | ".")
        || matches!(before, "(" | ".")
        || after == "(" && matches!(before, "count" | "latest" | "earliest" | "highest" | "lowest")
}
