//! A diff for machines that read findings: SARIF, `GitHub` annotations, `JUnit`.

use serde_json::{Value, json};

use super::Told;
use super::human::{masked, meaning, sentence};
use super::markdown::html;
use crate::analysis::{Item, RULES};
use crate::diagnostic::Severity;

/// What a change is told as, in one paragraph.
fn message(told: &Told<'_>, item: &Item) -> String {
    let mut text = item.sentence.clone();
    if let Some(by) = &item.masked_by {
        text.push_str(&format!("; {}", masked(by)));
    }
    for (what, witness) in [("newly in", &item.gained), ("newly out", &item.lost)] {
        if let Some(witness) = witness {
            text.push_str(&format!("; {what}: {}", sentence(witness, told.protocols)));
        }
    }
    text
}

fn line(item: &Item) -> usize {
    item.after.as_ref().map_or(0, |side| side.line).max(1)
}

/// SARIF 2.1.0.
pub fn sarif(told: &Told<'_>) -> Value {
    let level = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let results: Vec<Value> = told
        .diff
        .items
        .iter()
        .map(|item| {
            let mut result = json!({
                "ruleId": item.rule,
                "level": level(told.profile.severity(item)),
                "message": { "text": message(told, item) },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(&told.after.name) },
                        "region": { "startLine": line(item) },
                    },
                }],
                "partialFingerprints": { "lindChange/v1": item.fingerprint() },
            });
            if let Some(approval) = told.approvals.of(item) {
                result["suppressions"] =
                    json!([{ "kind": "external", "justification": format!("{}: {}", approval.by, approval.reason) }]);
            }
            result
        })
        .collect();
    let mut used: Vec<&str> = told.diff.items.iter().map(|item| item.rule).collect();
    used.sort_unstable();
    used.dedup();
    let rules: Vec<Value> = RULES
        .iter()
        .filter(|(rule, _)| used.contains(rule))
        .map(|(rule, _)| json!({ "id": rule, "shortDescription": { "text": rule.replace('-', " ") } }))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "lind", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
        }],
    })
}

/// A name of a file as a relative reference.
fn uri(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Annotations for a `GitHub` workflow.
pub fn github(told: &Told<'_>) -> String {
    let mut text = format!("::notice title=eligibility::{}\n", workflow(&meaning(told), false));
    for item in &told.diff.items {
        let command = match told.profile.severity(item) {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        text.push_str(&format!(
            "::{command} file={},line={},title={}::{}\n",
            workflow(&told.after.name, true),
            line(item),
            workflow(item.rule, true),
            workflow(&message(told, item), false)
        ));
    }
    text
}

/// Text as a workflow command carries it.
fn workflow(text: &str, property: bool) -> String {
    let mut safe = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property {
        safe = safe.replace(':', "%3A").replace(',', "%2C");
    }
    safe
}

/// `JUnit` XML: each change is a test, and one that `--fail-on` names is a failure.
pub fn junit(told: &Told<'_>) -> String {
    let verdict_fails = told.verdict_fails();
    let failures = told.diff.items.iter().filter(|item| told.fails(item)).count() + usize::from(verdict_fails);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"lind diff\" tests=\"{}\" failures=\"{failures}\">\n",
        told.diff.items.len() + 1
    );
    let mut case = |class: &str, name: &str, fails: bool, message: &str| {
        text.push_str(&format!("<testcase classname=\"{}\" name=\"{}\">", html(class), html(name)));
        if fails {
            text.push_str(&format!("<failure message=\"{}\"/>", html(message)));
        } else {
            text.push_str(&format!("<system-out>{}</system-out>", html(message)));
        }
        text.push_str("</testcase>\n");
    };
    case("eligibility", told.diff.change.word(), verdict_fails, &meaning(told));
    for item in &told.diff.items {
        case(item.rule, &item.name, told.fails(item), &message(told, item));
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    text
}
