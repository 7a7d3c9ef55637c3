//! A diff for machines that read findings: SARIF, GitHub annotations, JUnit.

use serde_json::{Value, json};

use super::Told;
use super::human::{masked, meaning, sentence};
use crate::analysis::{Item, RULES};
use crate::cli::report::{self, Case, annotation, level, sarif_log, uri};
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
    sarif_log(&rules, &results)
}

/// Annotations for a GitHub workflow.
pub fn github(told: &Told<'_>) -> String {
    let mut text = annotation(Severity::Info, &[("title", "eligibility".into())], &meaning(told));
    for item in &told.diff.items {
        let place = [("file", told.after.name.clone()), ("line", line(item).to_string()), ("title", item.rule.into())];
        text.push_str(&annotation(told.profile.severity(item), &place, &message(told, item)));
    }
    text
}

/// JUnit XML: each change is a test, and one that `--fail-on` names is a failure.
pub fn junit(told: &Told<'_>) -> String {
    let case = |class: &str, name: &str, fails: bool, message: String| Case { class: class.into(), name: name.into(), fails, message };
    let mut cases = vec![case("eligibility", told.diff.change.word(), told.verdict_fails(), meaning(told))];
    cases.extend(told.diff.items.iter().map(|item| case(item.rule, &item.name, told.fails(item), message(told, item))));
    report::junit("lind diff", &cases)
}
