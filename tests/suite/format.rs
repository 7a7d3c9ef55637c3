//! `lind fmt`: what is laid out says the same, and stays as it is.

use std::collections::HashMap;

use lind::span::Source;
use lind::syntax::{Unformatted, format, parse};

use super::support::{Random, files, golden, read, root};

/// The tree as text, without the places, and with every comment.
fn tree(text: &str) -> String {
    let (ast, found) = parse(&Source::new("t", text));
    assert!(found.is_empty(), "{found:?}\n{text}");
    let mut tree = format!("{:?}", ast.items);
    while let Some(at) = tree.find("Span { ") {
        let end = at + tree[at..].find('}').unwrap();
        tree.replace_range(at..=end, "_");
    }
    let comments: Vec<&str> = ast.comments.iter().map(|comment| comment.text.trim_end()).collect();
    tree + &comments.join("\n")
}

fn formatted(text: &str) -> String {
    format(&Source::new("t", text)).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

/// Every protocol of the project that has no syntax error.
fn readable() -> Vec<String> {
    let folders = ["protocols", "tests/diagnostics", "tests/diff", "tests/eligible", "tests/format"];
    let texts = folders.iter().flat_map(|folder| files(folder, "lind")).map(|path| read(&path));
    texts.filter(|text| !matches!(format(&Source::new("t", text.as_str())), Err(Unformatted::Errors(_)))).collect()
}

#[test]
fn it_says_the_same_and_stays_as_it_is() {
    let texts = readable();
    assert!(texts.len() > 150, "{}", texts.len());
    for text in texts {
        let once = formatted(&text);
        // The tree of a long text is a long text; the longest are left to the formatter's own comparison.
        assert!(text.len() > 12_000 || tree(&once) == tree(&text), "{text}");
        assert_eq!(formatted(&once), once);
    }
}

#[test]
fn the_shipped_protocols_are_laid_out() {
    for path in files("protocols", "lind") {
        let text = read(&path);
        assert_eq!(formatted(&text), text, "{}: run `lind fmt`", path.display());
    }
}

#[test]
fn each_rule_of_the_style_shows() {
    let text = read(&root().join("tests/format/everything.lind"));
    golden(&root().join("tests/format/everything.formatted"), &formatted(&text));
}

/// A word, number, string or mark with the white space before it; comments are white space.
fn cut(text: &str) -> Vec<(String, String)> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens) = (0, Vec::new());
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'#') {
            at += if bytes[at] == b'#' { text[at..].find('\n').unwrap_or(text.len() - at) } else { 1 };
        }
        let space = text[start..at].to_string();
        let Some(&first) = bytes.get(at) else { break };
        let length = match first {
            b'"' => 2 + text[at + 1..].find('"').unwrap(),
            b'\'' => 2 + text[at + 1..].find('\'').unwrap(),
            _ => text[at..].find(|c: char| c.is_whitespace() || c == '#').unwrap_or(text.len() - at),
        };
        tokens.push((space, text[at..at + length].to_string()));
        at += length;
    }
    tokens
}

#[test]
fn how_a_text_was_laid_out_before_makes_no_difference() {
    let mut random = Random(0x0F0_12A7);
    for path in files("protocols", "lind") {
        let text = read(&path);
        for _ in 0..40 {
            let mut other = String::new();
            for (space, token) in cut(&text) {
                let opens = space.ends_with('\n') || space.is_empty();
                // Whether a text stands beside its type is the author's, and so are empty lines and comments.
                let kept = opens || space.contains('#') || space.contains("\n\n") || token.starts_with('"') || token == "label";
                let spaces = [" ", "  ", "\n ", " \t ", "\n       ", "\r\n\t"];
                other.push_str(if kept { space.as_str() } else { spaces[random.below(spaces.len())] });
                other.push_str(&token);
            }
            same(&formatted(&other), &text);
        }
    }
}

#[test]
fn comments_may_stand_anywhere() {
    let mut random = Random(0xC0_4417);
    let texts: Vec<String> = readable().into_iter().filter(|text| text.len() < 3_000 && !text.contains("\\\"")).collect();
    for round in 0..1_500 {
        let text = &texts[random.below(texts.len())];
        let mut other = String::new();
        for (space, token) in cut(text) {
            other.push_str(&space);
            if !space.is_empty() && random.once_in(9) {
                let blank = if random.once_in(3) { "\n" } else { "" };
                let opens = space.ends_with('\n');
                other.push_str(&format!("# {round} ’µ \n{blank}{}", if opens { "" } else { "  " }));
            }
            other.push_str(&token);
        }
        // Behind a field's word, a name and so on a comment is white space like any other.
        let once = formatted(&other);
        assert_eq!(tree(&once), tree(&other), "{other}");
        assert_eq!(formatted(&once), once, "{other}");
    }
}

/// An expression drawn at random; every construct of the language comes up.
fn expression(random: &mut Random, depth: usize, seen: &mut HashMap<usize, usize>) -> String {
    let which = random.below(if depth == 0 { 9 } else { 22 });
    *seen.entry(which).or_default() += 1;
    let mut inner = |random: &mut Random| expression(random, depth.saturating_sub(1), seen);
    match which {
        0 => "pregnant".into(),
        1 => "not lactating_or_pregnant".into(),
        2 => format!("creatinine {} -1.5e3 'umol/L'", random.choose(&["<", "<=", ">", ">=", "=", "!="])),
        3 => "causes has any except { hepatitis_b, hepatitis_c, hepatitis_d, alcohol, autoimmune, fatty_liver, other }".into(),
        4 => "onset more than 5 years before registration".into(),
        5 => "pt - pt_control*2 / -3 + pt.upper > 3 seconds".into(),
        6 => "years from birth_date to registration in 20 years .. 60 years".into(),
        7 => "malignancy ever".into(),
        8 => "visit on or before 2015-01-01".into(),
        9 | 10 => format!("({} and {})", inner(random), inner(random)),
        11 | 12 => format!("({} or {} or {})", inner(random), inner(random), inner(random)),
        13 => format!("not ({})", inner(random)),
        14 => format!("(if {} then {} else if {} then {} else {})", inner(random), inner(random), inner(random), inner(random), inner(random)),
        15 => format!("(if {} then {})", inner(random), inner(random)),
        16 => format!("at least 2 of ({}, {}, {})", inner(random), inner(random), inner(random)),
        17 => format!("exactly 1 of ({})", inner(random)),
        18 => format!("bleed where ({}) within 4 weeks of registration", inner(random)),
        19 => format!("count(bleed where ({})) > 2", inner(random)),
        20 => format!("latest(bleed where ({}) after registration).grade >= severe", inner(random)),
        _ => format!("(kind in {{ skin, in_situ }} and not not {})", inner(random)),
    }
}

#[test]
fn whatever_is_written_is_laid_out() {
    let (mut random, mut seen) = (Random(0xF0_2AA7), HashMap::new());
    let (mut widest, mut lines) = (0, 0);
    for _ in 0..2_000 {
        let depth = 1 + random.below(4);
        let mut one = || expression(&mut random, depth, &mut seen);
        let text = format!(
            "trial T\nfact a: boolean when {}\ninclude x for k, l: \"a > b\" note \"n\" {} unless {}\n reading r: {}\ndefine d: {}\n",
            one(), one(), one(), one(), one()
        );
        let once = formatted(&text);
        assert_eq!(tree(&once), tree(&text), "{text}");
        assert_eq!(formatted(&once), once, "{text}");
        for line in once.lines().filter(|line| line.len() > 100) {
            assert!(line.trim_start().len() <= 100, "{line}");
            widest = widest.max(line.trim_start().len());
        }
        lines += once.lines().count();
    }
    assert!(seen.len() == 22 && lines > 20_000, "{seen:?} {lines}");
    assert!(widest <= 100, "a line of {widest} columns could have been broken");
}

/// Fails at the first line that differs.
fn same(left: &str, right: &str) {
    for (left, right) in left.lines().zip(right.lines()) {
        assert_eq!(left, right);
    }
    assert_eq!(left.len(), right.len());
}
