//! Diagnostics as JSON: one object per finding, places as bytes and as lines.

use serde_json::{Value, json};

use super::{Applicability, Diagnostic};
use crate::span::{Source, Span};

/// A place: byte offsets from 0, lines and columns (in characters) from 1.
fn place(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "start": { "byte": span.start, "line": start.line, "column": start.column },
        "end": { "byte": span.end, "line": end.line, "column": end.column },
    })
}

/// One diagnostic of `source`.
pub fn to_json(source: &Source, diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code.name(),
        "severity": diagnostic.severity().name(),
        "message": diagnostic.message,
        "file": source.name(),
        "span": place(source, diagnostic.span),
        "label": diagnostic.label,
        "related": diagnostic.related.iter().map(|label| json!({
            "span": place(source, label.span),
            "message": label.message,
        })).collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fixes": diagnostic.fixes.iter().map(|fix| json!({
            "span": place(source, fix.span),
            "replacement": fix.replacement,
            "applicability": match fix.applicability {
                Applicability::Safe => "safe",
                Applicability::NeedsReview => "needs-review",
            },
        })).collect::<Vec<_>>(),
    })
}
