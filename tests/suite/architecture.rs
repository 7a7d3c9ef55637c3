//! Who may import whom: the table of the house, held here.

use super::support::{files, read, root};

/// A module and the modules of this crate that it may name.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("span", &[]),
    ("stack", &[]),
    ("number", &[]),
    ("calendar", &[]),
    ("units", &["calendar", "number"]),
    ("diagnostic", &["span"]),
    ("syntax", &["calendar", "diagnostic", "span", "stack"]),
    ("allow", &["diagnostic", "span", "syntax"]),
    ("resolve", &["diagnostic", "span", "syntax"]),
    ("protocol", &["calendar", "number", "units"]),
    ("check", &["calendar", "diagnostic", "number", "protocol", "resolve", "span", "syntax", "units"]),
    ("evaluate", &["calendar", "diagnostic", "number", "protocol", "stack"]),
    ("emit", &["calendar", "diagnostic", "evaluate", "number", "protocol", "stack", "units"]),
    ("analysis", &["calendar", "diagnostic", "emit", "evaluate", "number", "protocol", "stack", "units"]),
    ("findings", &["analysis", "diagnostic", "protocol", "span"]),
    ("registry", &["compile", "diagnostic", "protocol", "span", "syntax"]),
    (
        "cli",
        &[
            "allow", "analysis", "check", "cli", "compile", "diagnostic", "emit", "evaluate", "findings", "front", "protocol",
            "registry", "resolve", "span", "stack", "syntax", "units",
        ],
    ),
];

/// The modules of the crate that a text names as `crate::…`.
fn imports(text: &str) -> Vec<String> {
    // Tests may name what they like.
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let mut found = Vec::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            found.push(line[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let source = root().join("src");
    let mut wrong = Vec::new();
    for path in files("src", "rs") {
        let inner = path.strip_prefix(&source).unwrap();
        let top = inner.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_string();
        if matches!(top.as_str(), "lib" | "main") || inner.starts_with("emit/runtime") {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(module, _)| *module == top) else {
            wrong.push(format!("{top} does not stand in the table"));
            continue;
        };
        for import in imports(&read(&path)) {
            if import != top && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} names crate::{import}", inner.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn emitters_do_not_know_each_other() {
    let targets = ["data", "eligible_schema", "protocol_schema", "python", "r", "report_schema", "rust", "typescript"];
    for target in targets.iter().chain(&["sql/mod"]) {
        let text = read(&root().join("src/emit").join(format!("{target}.rs")));
        for other in targets.iter().filter(|other| *other != target) {
            assert!(!text.contains(&format!("super::{other}")), "{target} knows {other}");
        }
    }
}

#[test]
fn nothing_passes_over_our_own_enums() {
    // The meaning is spelled out: a new kind of test must be decided in each of these.
    for file in ["src/evaluate/engine.rs", "src/evaluate/missing.rs", "src/emit/data.rs", "src/protocol/walk.rs", "src/analysis/encode/mod.rs", "src/analysis/encode/numbers.rs"] {
        let text = read(&root().join(file));
        let wildcard = text.lines().position(|line| line.trim_start().starts_with("_ => unreachable") || line.contains("todo!("));
        assert_eq!(wildcard, None, "{file}");
    }
}

#[test]
fn the_entry_point_is_short() {
    assert!(read(&root().join("src/main.rs")).lines().count() < 25);
}
