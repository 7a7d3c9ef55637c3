//! Lines with indentation, for the targets that are code.

/// Builds a text line by line.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    indent: usize,
}

impl Writer {
    pub fn line(&mut self, line: &str) {
        if !line.is_empty() {
            for _ in 0..self.indent {
                self.text.push_str("    ");
            }
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    pub fn indented(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 1;
        write(self);
        self.indent -= 1;
    }

    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// A text as comment lines: folded at a width, without anything that could end a line early.
///
/// Control characters and direction marks are written as escapes, so that a
/// text can neither break out of its comment nor read in another order than it
/// stands.
pub(super) fn comment_lines(text: &str, width: usize) -> Vec<String> {
    let visible: String = text
        .chars()
        .flat_map(|c| {
            let hidden = c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
            if hidden { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] }
        })
        .collect();
    let mut lines = vec![String::new()];
    for word in visible.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_string());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

/// A string literal in double quotes: ASCII, whatever the text; `escaped` spells what is not.
pub(super) fn ascii_literal(text: &str, escaped: impl Fn(u32) -> String) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            ' '..='~' => literal.push(c),
            _ => literal.push_str(&escaped(c as u32)),
        }
    }
    literal.push('"');
    literal
}
