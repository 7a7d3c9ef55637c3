//! The one text in which a record holds its criteria, cut into criteria.

use crate::protocol::CriterionKind;

/// A criterion of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub kind: CriterionKind,
    /// In the record's own words, Markdown undone; what is nested in it stands on lines of its own.
    pub text: String,
    /// The number that it bears in the record.
    pub number: Option<usize>,
    /// The lines above it that head a group of criteria.
    pub under: Option<String>,
}

/// What the text holds.
#[derive(Debug, Default)]
pub(super) struct Criteria {
    pub items: Vec<Item>,
    /// What stands before the first heading.
    pub preamble: Vec<String>,
}

/// Cuts a text.
pub(super) fn criteria(text: &str) -> Criteria {
    let mut found = Criteria::default();
    let headed = text.lines().any(|line| heading(line).is_some());
    let mut kind = (!headed).then_some(CriterionKind::Include);
    let mut under: Option<String> = None;
    // Where the bullets of this section stand; what is deeper belongs to the bullet above it.
    let mut column: Option<usize> = None;
    let mut apart = true;
    // A list within the item above it, at the same depth: the item's number, and the last one of the list.
    let mut inner: Option<(usize, usize)> = None;
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if line.is_empty() {
            apart = true;
            continue;
        }
        if let Some(next) = heading(line) {
            (kind, under, column, inner) = (Some(next), None, None, None);
            continue;
        }
        let Some(kind) = kind else {
            found.preamble.push(plain(line));
            continue;
        };
        let (marker, rest) = marker(line);
        let number: Option<usize> = marker.and_then(|marker| marker.parse().ok());
        let deeper = column.is_some_and(|column| indent > column + 1);
        let last = found.items.last_mut().filter(|last| last.kind == kind && column.is_some());
        // A line that was added to the item announces nothing: it may head what follows.
        let above = last.as_ref().and_then(|last| last.number.filter(|_| !last.text.contains('\n') && announces(&last.text)));
        inner = match (number, inner, above) {
            (Some(1), None, Some(above)) if !deeper => Some((above, 1)),
            (Some(n), Some((above, last)), _) if n == last + 1 && (n != above + 1 || comes_again(n, &lines[at + 1..])) => Some((above, n)),
            (Some(_), Some(_), _) if !deeper => None,
            (_, inner, _) => inner,
        };
        let nested = deeper || inner.is_some() && number.is_some();
        match (marker, last) {
            (Some(_), Some(last)) if nested => last.text.push_str(&format!("\n{}", plain(line))),
            // A line that goes on, or a remark below a bullet.
            // A line that heads a list of its own goes on with nothing.
            (None, Some(last)) if (!apart || indent > column.unwrap_or(0)) && !heads(line, &lines[at + 1..]) => last.text.push_str(&format!("\n{}", plain(line))),
            (None, _) if line.ends_with(':') => (under, inner) = (Some(plain(line)), None),
            _ => {
                column = column.or(Some(indent));
                found.items.push(Item { kind, text: plain(rest), number, under: under.clone() });
            }
        }
        apart = false;
    }
    found
}

/// Whether a line is a heading of the list that starts right behind it.
fn heads(line: &str, rest: &[&str]) -> bool {
    let next = rest.iter().map(|line| line.trim()).find(|line| !line.is_empty());
    line.ends_with(':') && next.is_some_and(|next| marker(next).0 == Some("1"))
}

/// Whether a text says that a list follows.
fn announces(text: &str) -> bool {
    let text = text.trim_end().to_lowercase();
    text.ends_with(':') || ["except", "except for", "either", "following", "unless"].iter().any(|word| text.ends_with(word))
}

/// Whether a number comes once more before the one behind it: then the first belongs to a list within another.
fn comes_again(number: usize, rest: &[&str]) -> bool {
    let section = rest.iter().take_while(|line| heading(line).is_none());
    let numbers: Vec<usize> = section.filter_map(|line| marker(line.trim()).0?.parse().ok()).collect();
    // The inner list may go on first.
    let behind = numbers.iter().zip(number + 1..).take_while(|(next, expected)| **next == *expected).count();
    numbers.get(behind) == Some(&number)
}

/// Whether a line opens the inclusion or the exclusion criteria.
fn heading(line: &str) -> Option<CriterionKind> {
    let bare = line.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words: Vec<&str> = bare.split_whitespace().collect();
    let (first, rest) = match &words[..] {
        ["key" | "main" | "general" | "major" | "patient" | "subject", first, rest @ ..] | [first, rest @ ..] => (*first, rest),
        [] => return None,
    };
    let kind = match first {
        "inclusion" => CriterionKind::Include,
        "exclusion" => CriterionKind::Exclude,
        _ => return None,
    };
    // A heading is short; a sentence that starts so is none.
    matches!(rest, [] | ["criteria" | "criterion"]).then_some(kind).or_else(|| {
        (line.trim_end().ends_with(':') && rest.first().is_some_and(|word| word.starts_with("criteri"))).then_some(kind)
    })
}

/// The mark of a list and what follows it: `*`, `-`, `•`, `1.`, `(2)`, `a)`.
fn marker(line: &str) -> (Option<&str>, &str) {
    let behind = |rest: &str| rest.starts_with(char::is_whitespace);
    for mark in ["*", "-", "•", "·", "–"] {
        if let Some(rest) = line.strip_prefix(mark).filter(|rest| behind(rest)) {
            return (Some(mark), rest.trim_start());
        }
    }
    let open = line.strip_prefix('(').unwrap_or(line);
    let length = open.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(0);
    let (label, rest) = open.split_at(length);
    let rest = rest.strip_prefix('\\').unwrap_or(rest);
    let short = !label.is_empty() && (label.len() == 1 || label.len() < 4 && label.bytes().all(|b| b.is_ascii_digit()));
    match rest.strip_prefix(['.', ')']).filter(|rest| short && behind(rest)) {
        Some(rest) => (Some(label), rest.trim_start()),
        None => (None, line),
    }
}

/// Text without the escapes of Markdown and of HTML, its white space folded line by line.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => plain.extend(chars.next()),
            c => plain.push(c),
        }
    }
    for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")] {
        plain = plain.replace(entity, c);
    }
    plain.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(CriterionKind, String)> {
        criteria(text).items.into_iter().map(|item| (item.kind, item.text)).collect()
    }

    #[test]
    fn lists_of_every_kind_are_cut_and_what_is_nested_stays_with_its_parent() {
        use CriterionKind::{Exclude, Include};
        let text = "Read this.\n\nInclusion Criteria:\n\n1. Age \\>= 18\n2. One of\n\n   * a \\* b\n   * c &lt; 3\n\nExclusion Criteria\n\n* Any\n  of these\n* Others: two\n\nNote: nobody else";
        let cut = criteria(text);
        assert_eq!(cut.preamble, ["Read this."]);
        assert_eq!(cut.items.iter().map(|item| item.number).collect::<Vec<_>>(), [Some(1), Some(2), None, None, None]);
        let expected = [
            (Include, "Age >= 18"),
            (Include, "One of\n* a * b\n* c < 3"),
            (Exclude, "Any\nof these"),
            (Exclude, "Others: two"),
            (Exclude, "Note: nobody else"),
        ];
        assert_eq!(texts(text), expected.map(|(kind, text)| (kind, text.to_string())));
    }

    #[test]
    fn a_list_that_an_item_announces_is_part_of_it() {
        let text = "Exclusion Criteria:\n1. Pregnant\n2. Any malignancy, except:\n1. Skin cancer\n2. In situ cancer\n3. Cured ones\n3. HIV\n4. Smoker";
        let texts: Vec<String> = texts(text).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["Pregnant", "Any malignancy, except:\n1. Skin cancer\n2. In situ cancer\n3. Cured ones", "HIV", "Smoker"]);
        let long = "Exclusion Criteria:\n1. Any malignancy, except:\n1. Skin cancer\n2. In situ cancer\n3. Cured ones\n2. HIV\n3. Smoker";
        let items = criteria(long).items;
        let cut: Vec<&str> = items.iter().map(|item| item.text.lines().last().unwrap()).collect();
        assert_eq!(cut, ["3. Cured ones", "HIV", "Smoker"]);
        // A cohort is no part of the criterion above it.
        let cohorts = criteria("Inclusion Criteria:\n1. Signed consent\n2. Adult\nCohort B:\n1. HER2 positive\n2. ECOG 0-1").items;
        assert_eq!(cohorts.iter().map(|item| item.text.as_str()).collect::<Vec<_>>(), ["Signed consent", "Adult", "HER2 positive", "ECOG 0-1"]);
        assert_eq!(cohorts[2].under.as_deref(), Some("Cohort B:"));
        // Nothing announces the second list.
        assert_eq!(criteria("Inclusion:\n1. A\n2. B\n1. C").items.len(), 3);
    }

    #[test]
    fn a_text_without_lists_or_headings_is_taken_paragraph_by_paragraph() {
        use CriterionKind::{Exclude, Include};
        assert_eq!(texts("Adults\n\nHealthy"), [(Include, "Adults".into()), (Include, "Healthy".into())]);
        let text = "INCLUSION CRITERIA:\nFor part A:\n- one\n- two\nExclusion criteria for all parts:\n- Inclusion in another trial";
        assert_eq!(texts(text), [(Include, "one".into()), (Include, "two".into()), (Exclude, "Inclusion in another trial".into())]);
        assert_eq!(criteria(text).items[1].under.as_deref(), Some("For part A:"));
    }
}
