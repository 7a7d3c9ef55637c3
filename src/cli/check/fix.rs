//! Fixes that may be applied unread.
//!
//! A fix that only spells otherwise is safe as it stands. Of a protocol that
//! has a meaning already, every fix has to prove that it keeps it: the text
//! after it is compared with the text before as an amendment is, and only what
//! comes out as equivalent, with nothing else changed, is applied.

use std::collections::HashSet;

use crate::analysis::{Area, Change, Depth, diff};
use crate::compile;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::protocol::Protocol;
use crate::span::Source;

/// A text after its fixes.
pub struct Fixed {
    pub text: String,
    /// What was fixed: the code and the line in the text at hand then.
    pub applied: Vec<(&'static str, usize)>,
}

/// Applies fixes until none is left that may be applied.
pub fn fixed(source: &Source) -> Fixed {
    let mut fixed = Fixed { text: source.text().to_string(), applied: Vec::new() };
    let mut refused: HashSet<String> = HashSet::new();
    loop {
        let source = Source::new(source.name(), fixed.text.as_str());
        let compilation = compile(&source);
        let before = Before { protocol: compilation.protocol.as_ref(), errors: errors(&compilation.diagnostics) };
        let next = compilation.diagnostics.iter().filter(|finding| !finding.fixes.is_empty()).find_map(|finding| {
            let text = applied(&fixed.text, &finding.fixes)?;
            // What was refused once is refused in every round.
            (!refused.contains(&text)).then_some((finding, text))
        });
        let Some((finding, text)) = next else { return fixed };
        if before.keeps(finding, &text) {
            fixed.applied.push((finding.code.name(), source.position(finding.span.start).line));
            fixed.text = text;
        } else {
            refused.insert(text);
        }
    }
}

fn errors(found: &[Diagnostic]) -> usize {
    found.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error).count()
}

/// What a text means, and how much is wrong with it.
struct Before<'a> {
    protocol: Option<&'a Protocol>,
    errors: usize,
}

impl Before<'_> {
    /// Whether a fix mends something and changes no meaning.
    fn keeps(&self, finding: &Diagnostic, text: &str) -> bool {
        let after = compile(&Source::new("fixed", text));
        match (self.protocol, &after.protocol) {
            (Some(before), Some(after)) => {
                let change = diff(before, after, Depth::FULL);
                change.change == Change::Equivalent && change.undecided.is_empty() && change.items.iter().all(|item| item.area == Area::Text)
            }
            (Some(_), None) => false,
            // Nothing is meant yet that could be changed; only what is spelt otherwise is applied.
            (None, _) => {
                finding.fixes.iter().all(|fix| fix.applicability == Applicability::Safe) && errors(&after.diagnostics) < self.errors
            }
        }
    }
}

/// The text with the changes of one finding; none where they overlap.
fn applied(text: &str, fixes: &[Fix]) -> Option<String> {
    let mut fixes: Vec<&Fix> = fixes.iter().collect();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    if fixes.windows(2).any(|pair| pair[0].span.end > pair[1].span.start) {
        return None;
    }
    let mut text = text.to_string();
    for fix in fixes.iter().rev() {
        let (mut start, mut end) = (fix.span.start as usize, fix.span.end as usize);
        // A line that holds nothing any more goes with what it held.
        if fix.replacement.is_empty() && start < end {
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let rest = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
            if text[line..start].trim().is_empty() && text[end..rest].trim().is_empty() {
                (start, end) = (line, rest);
            }
        }
        text.replace_range(start..end, &fix.replacement);
    }
    Some(text)
}
