//! What is left of a program without its comments and what its strings say.

use tree_sitter::{Language, Node, Parser};

/// The words and marks of a program, by a grammar of its language; comments left out, strings emptied.
pub fn of_language(language: &Language, text: &str) -> Vec<String> {
    let mut parser = Parser::new();
    parser.set_language(language).expect("a grammar of a version that is read");
    let tree = parser.parse(text, None).expect("a text is parsed whatever it says");
    assert!(!tree.root_node().has_error(), "it does not parse:\n{text}");
    let mut found = Vec::new();
    leaves(tree.root_node(), text, &mut found);
    found
}

fn leaves(node: Node<'_>, text: &str, found: &mut Vec<String>) {
    if node.kind().contains("comment") {
        return;
    }
    if node.kind().contains("string") && !node.kind().contains("template") {
        found.push("\"\"".into());
    } else if node.child_count() == 0 {
        found.push(text[node.byte_range()].into());
    } else {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            leaves(child, text, found);
        }
    }
}

/// The same of a script in SQL: comments to the end of the line and between marks, strings in quotes and in dollars.
pub fn of_sql(text: &str) -> Vec<String> {
    without_words(text, false)
}

/// The same for Spark, to which a comment that ends with a backslash goes on in the next line.
pub fn of_spark(text: &str) -> Vec<String> {
    without_words(text, true)
}

fn without_words(text: &str, goes_on: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            let mut ends = rest.match_indices('\n').map(|(at, _)| at);
            ends.find(|at| !goes_on || !rest[..*at].ends_with('\\')).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            closed(rest, "*/").expect("a comment is closed")
        } else if matches!(first, '\'' | '"' | '`') {
            let length = quoted(rest, first).expect("a string is closed");
            // A name in quotes is no word of the protocol's text.
            found.push(if first == '\'' { "''".into() } else { rest[..length].into() });
            length
        } else if first == '$' && dollar(rest).is_some() {
            let tag = dollar(rest).unwrap_or_default();
            let body = closed(&rest[tag.len()..], tag).expect("a body is closed");
            // A body in dollars is a script of its own.
            found.push(tag.into());
            found.extend(without_words(&rest[tag.len()..body], goes_on));
            tag.len() + body
        } else if first.is_whitespace() {
            first.len_utf8()
        } else if first.is_alphanumeric() || first == '_' {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(rest[..word].into());
            word
        } else {
            found.push(first.into());
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// The same of a script in R: comments to the end of the line, strings in quotes with escapes.
pub fn of_r(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if matches!(first, '\'' | '"' | '`') {
            let length = escaped(rest, first).expect("a string is closed");
            // A name in backticks is no word of the protocol's text.
            found.push(if first == '`' { rest[..length].into() } else { "\"\"".into() });
            length
        } else if first.is_whitespace() {
            first.len_utf8()
        } else {
            found.push(first.into());
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// How long a string is in which a backslash takes the next character with it.
fn escaped(text: &str, quote: char) -> Option<usize> {
    let mut marks = text.char_indices().skip(1);
    while let Some((at, mark)) = marks.next() {
        match mark {
            '\\' => drop(marks.next()),
            _ if mark == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn closed(text: &str, mark: &str) -> Option<usize> {
    text.find(mark).map(|at| at + mark.len())
}

/// A quote within is doubled.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text[at..].find(quote)? + 1;
        if !text[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

/// The tag that opens a string in dollars.
fn dollar(text: &str) -> Option<&str> {
    let end = 1 + text[1..].find('$')?;
    text[1..end].chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| &text[..=end])
}
