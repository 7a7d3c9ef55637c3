//! Findings for the machines of others: SARIF, GitHub annotations, JUnit.
//!
//! What the subcommands tell in these forms differs; how the forms are spelled
//! stands here once.

use serde_json::{Value, json};

use crate::diagnostic::Severity;

/// A SARIF 2.1.0 log with one run of `lind`; columns count characters.
pub fn sarif_log(rules: &[Value], results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "lind", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A severity as SARIF names it.
pub const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The name of a file as a relative reference.
pub fn uri(name: &str) -> String {
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

/// A workflow command of GitHub: properties by name, then what it says.
pub fn annotation(severity: Severity, properties: &[(&str, String)], message: &str) -> String {
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let properties: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={}", workflow(value, true))).collect();
    format!("::{command} {}::{}\n", properties.join(","), workflow(message, false))
}

/// Text as a workflow command carries it.
fn workflow(text: &str, property: bool) -> String {
    let mut safe = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property {
        safe = safe.replace(':', "%3A").replace(',', "%2C");
    }
    safe
}

/// A test of a JUnit suite.
pub struct Case {
    /// Where it belongs.
    pub class: String,
    /// What is tested.
    pub name: String,
    /// Whether it failed.
    pub fails: bool,
    /// What there is to say.
    pub message: String,
}

/// JUnit XML with one suite.
pub fn junit(suite: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.fails).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n",
        markup(suite),
        cases.len()
    );
    for case in cases {
        text.push_str(&format!("<testcase classname=\"{}\" name=\"{}\">", markup(&case.class), markup(&case.name)));
        text.push_str(&if case.fails {
            format!("<failure message=\"{}\"/>", markup(&case.message))
        } else {
            format!("<system-out>{}</system-out>", markup(&case.message))
        });
        text.push_str("</testcase>\n");
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    text
}

/// Text as HTML and XML carry it.
pub fn markup(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            // XML has no way to write these.
            c if c.is_control() && !matches!(c, '\n' | '\t') => safe.push('\u{FFFD}'),
            c => safe.push(c),
        }
    }
    safe
}
