//! Fixes that may be applied unread.
//!
//! A fix that only spells otherwise is safe as it stands. Of a protocol that
//! has a meaning already, every fix has to prove that it keeps it: the text
//! after it is compared with the text before as an amendment is. Only what
//! comes out as equivalent is applied, and a criterion that is written
//! otherwise has to come to the same for every record by itself, gaps included.
//! What is refused is told, with a subject who would be judged otherwise.

use std::collections::HashMap;

use crate::analysis::{Area, Change, Depth, Diff, diff};
use crate::cli::diff::value;
use crate::compile;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::protocol::Protocol;
use crate::span::Source;

/// A text after its fixes.
pub struct Fixed {
    pub text: String,
    /// What was fixed: the code and the line in the text at hand then.
    pub applied: Vec<(&'static str, usize)>,
    /// What was left: the code, the line in the text as it is now, and why.
    pub refused: Vec<(&'static str, usize, String)>,
}

/// Applies fixes until none is left that may be applied.
pub fn fixed(source: &Source) -> Fixed {
    let mut fixed = Fixed { text: source.text().to_string(), applied: Vec::new(), refused: Vec::new() };
    let mut refused: HashMap<String, String> = HashMap::new();
    loop {
        let source = Source::new(source.name(), fixed.text.as_str());
        let compilation = compile(&source);
        let before = Before { protocol: compilation.protocol.as_ref(), errors: errors(&compilation.diagnostics) };
        let mut left = Vec::new();
        let next = compilation.diagnostics.iter().filter(|finding| !finding.fixes.is_empty()).find_map(|finding| {
            let text = applied(&fixed.text, &finding.fixes)?;
            let line = source.position(finding.span.start).line;
            match refused.get(&text) {
                // What was refused once is refused in every round.
                Some(why) => left.push((finding.code.name(), line, why.clone())),
                None => return Some((finding, line, text)),
            }
            None
        });
        let Some((finding, line, text)) = next else {
            fixed.refused = left;
            return fixed;
        };
        match before.keeps(finding, &text) {
            Ok(()) => {
                fixed.applied.push((finding.code.name(), line));
                fixed.text = text;
            }
            Err(why) => {
                refused.insert(text, why);
            }
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
    /// That a fix mends something and changes no meaning; else why it is not applied.
    fn keeps(&self, finding: &Diagnostic, text: &str) -> Result<(), String> {
        let after = compile(&Source::new("fixed", text));
        match (self.protocol, &after.protocol) {
            (Some(before), Some(after)) => same(before, after),
            (Some(_), None) => Err("it would leave an error".into()),
            // Nothing is meant yet that could be changed; only what is spelt otherwise is applied.
            (None, _) if finding.fixes.iter().any(|fix| fix.applicability == Applicability::NeedsReview) => {
                Err("it may change the meaning, and nothing can be proven of a protocol with errors; it is left to you".into())
            }
            (None, _) if errors(&after.diagnostics) >= self.errors => Err("it would leave as many errors".into()),
            (None, _) => Ok(()),
        }
    }
}

/// That two protocols are proven to mean the same, criterion by criterion; else what speaks against it.
fn same(before: &Protocol, after: &Protocol) -> Result<(), String> {
    let whole = diff(before, after, Depth::FULL);
    for item in &whole.items {
        match (item.area, item.rule) {
            (Area::Text, _) => {}
            // A verdict may hide what another criterion decides as well; by itself nothing is hidden.
            (Area::Criterion, rule) => {
                unmoved(&diff(&alone(before, &item.name), &alone(after, &item.name), Depth::FULL))?;
                if rule != "criterion-rewritten" {
                    return Err(format!("it is not proven to mean the same: {rule}"));
                }
            }
            (_, rule) => return Err(format!("it is not proven to mean the same: {rule}")),
        }
    }
    unmoved(&whole)
}

/// That no record goes from one verdict to another.
fn unmoved(found: &Diff) -> Result<(), String> {
    if let Some(transition) = found.transitions.iter().find(|transition| transition.witness.is_some()) {
        let who = transition.witness.iter().flat_map(|witness| witness.differs.iter().map(|key| value(witness, key)));
        let who = who.collect::<Vec<_>>().join(", ");
        let who = if who.is_empty() { "an ordinary subject".into() } else { who };
        return Err(format!("it does not mean the same: {who} would go from {} to {}", transition.from.word(), transition.to.word()));
    }
    let undecided = found.undecided.first().cloned().or_else(|| found.transitions.iter().any(|t| t.undecided).then(|| "whether a verdict changes".into()));
    let under = found.arms.iter().chain(&found.under).map(|under| under.change);
    match undecided {
        Some(why) => Err(format!("it is not proven to mean the same: {why} is undecided")),
        None if std::iter::once(found.change).chain(under).all(|change| matches!(change, Change::Equivalent | Change::Empty)) => Ok(()),
        None => Err("it does not mean the same under a reading, a hypothesis or for an arm".into()),
    }
}

/// The protocol with one criterion only, whose outcome then is the verdict.
fn alone(protocol: &Protocol, name: &str) -> Protocol {
    let mut alone = protocol.clone();
    alone.criteria.retain(|criterion| criterion.about.name == name);
    alone
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
