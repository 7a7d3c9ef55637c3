//! Findings as SARIF, GitHub annotations and JUnit.

use serde_json::{Value, json};

use super::Checked;
use super::baseline::fingerprint;
use crate::cli::report::{self, Case, annotation, level, sarif_log, uri};
use crate::diagnostic::{Applicability, Code, Diagnostic, Severity};
use crate::span::{Source, Span};

/// The message, and what to do about it.
fn told(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}. {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

fn region(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

fn place(source: &Source, span: Span) -> Value {
    json!({ "artifactLocation": { "uri": uri(source.name()) }, "region": region(source, span) })
}

fn result(source: &Source, diagnostic: &Diagnostic) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.code.name(),
        "level": level(diagnostic.severity()),
        "message": { "text": told(diagnostic) },
        "locations": [{ "physicalLocation": place(source, diagnostic.span) }],
        "partialFingerprints": { "lindFinding/v1": fingerprint(source, diagnostic) },
    });
    if !diagnostic.related.is_empty() {
        let related = diagnostic.related.iter().enumerate().map(|(i, label)| {
            json!({ "id": i, "message": { "text": label.message }, "physicalLocation": place(source, label.span) })
        });
        result["relatedLocations"] = related.collect();
    }
    // SARIF knows no fix that needs review: those are not offered to be applied.
    if !diagnostic.fixes.is_empty() && diagnostic.fixes.iter().all(|fix| fix.applicability == Applicability::Safe) {
        let replacements = diagnostic.fixes.iter().map(|fix| {
            json!({ "deletedRegion": region(source, fix.span), "insertedContent": { "text": fix.replacement } })
        });
        result["fixes"] = json!([{
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(source.name()) },
                "replacements": replacements.collect::<Vec<_>>(),
            }],
        }]);
    }
    result
}

/// SARIF 2.1.0; what was allowed or was there before is in it, suppressed.
pub fn sarif(checked: &[Checked]) -> Value {
    let mut results = Vec::new();
    let mut used: Vec<Code> = Vec::new();
    for Checked { source, found, allowed, waived, known } in checked {
        let suppressed = |diagnostic: &Diagnostic, kind: &str, why: &str| {
            let mut result = result(source, diagnostic);
            result["suppressions"] = json!([{ "kind": kind, "justification": why }]);
            result
        };
        results.extend(found.iter().map(|diagnostic| result(source, diagnostic)));
        results.extend(allowed.iter().map(|allowed| suppressed(&allowed.diagnostic, "inSource", &allowed.reason)));
        results.extend(waived.iter().map(|waived| suppressed(waived, "external", "set to allow")));
        results.extend(known.iter().map(|known| suppressed(known, "external", "in the baseline")));
        used.extend(found.iter().chain(waived).chain(known).chain(allowed.iter().map(|allowed| &allowed.diagnostic)).map(|d| d.code));
    }
    used.sort_unstable();
    used.dedup();
    let rules: Vec<Value> = used.iter().map(|code| {
        json!({
            "id": code.name(),
            "shortDescription": { "text": code.name().replace('-', " ") },
            "help": { "text": code.explanation(), "markdown": code.explanation() },
            "defaultConfiguration": { "level": level(code.severity()) },
        })
    }).collect();
    sarif_log(&rules, &results)
}

/// Annotations for a GitHub workflow.
pub fn github(checked: &[Checked]) -> String {
    let mut text = String::new();
    for Checked { source, found, .. } in checked {
        for diagnostic in found {
            let (start, end) = (source.position(diagnostic.span.start), source.position(diagnostic.span.end));
            let mut properties = vec![("file", source.name().to_string()), ("line", start.line.to_string()), ("endLine", end.line.to_string())];
            // Columns are only read where both stand on one line.
            if start.line == end.line {
                properties.extend([("col", start.column.to_string()), ("endColumn", end.column.to_string())]);
            }
            properties.push(("title", diagnostic.code.name().into()));
            text.push_str(&annotation(diagnostic.severity(), &properties, &told(diagnostic)));
        }
    }
    text
}

/// JUnit XML: each finding is a test, and one at or above the level that was asked for has failed.
pub fn junit(checked: &[Checked], fails: Severity) -> String {
    let mut cases = Vec::new();
    for Checked { source, found, .. } in checked {
        for diagnostic in found {
            let at = source.position(diagnostic.span.start);
            let name = format!("{} at {}:{}", diagnostic.code.name(), at.line, at.column);
            cases.push(Case { class: source.name().into(), name, fails: diagnostic.severity() >= fails, message: told(diagnostic) });
        }
        if found.is_empty() {
            cases.push(Case { class: source.name().into(), name: "check".into(), fails: false, message: "no findings".into() });
        }
    }
    report::junit("lind check", &cases)
}
