//! The guide's examples compile, and the reference is what the code's own tables say.

use std::collections::BTreeMap;

use lind::compile;
use lind::diagnostic::{Code, Severity};
use lind::protocol::registry;
use lind::span::Source;
use lind::syntax::format;
use lind::units::known_codes;

use super::support::{golden, read, root};

fn codes() -> String {
    let mut phases: Vec<&str> = Vec::new();
    let mut text = String::new();
    for code in Code::ALL {
        if !phases.contains(&code.phase()) {
            phases.push(code.phase());
            text.push_str(&format!("\n### {}\n\n| code | | what it says |\n|---|---|---|\n", code.phase()));
        }
        let page = code.explanation();
        let first = page.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
        let sentence = first.split_inclusive(". ").next().unwrap_or(first).trim().replace('|', "\\|");
        text.push_str(&format!("| [`{0}`](../src/diagnostic/explain/{0}.md) | {1} | {2} |\n", code.name(), code.severity().name(), sentence));
    }
    text
}

fn vocabularies() -> String {
    let fields = ["status", "purpose", "allocation", "model", "masking", "phase", "sex", "healthy"];
    let mut rows: Vec<(String, registry::Words)> = fields.iter().map(|field| (format!("`{field}`"), registry::of_field(field))).collect();
    rows.push(("class of the `sponsor`".into(), registry::SPONSOR_CLASS));
    rows.push(("kind of an `intervention`".into(), registry::INTERVENTION_KIND));
    rows.push(("kind of an `arm`".into(), registry::ARM_KIND));
    let row = |(what, words): (String, registry::Words)| format!("| {what} | {} |\n", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" "));
    rows.into_iter().map(row).collect()
}

#[test]
fn the_reference_is_what_the_tables_say() {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (code, metric) in known_codes() {
        if metric { &mut with } else { &mut without }.push(format!("`{code}`"));
    }
    let systems: Vec<String> = registry::CODE_SYSTEMS.iter().map(|(name, uri)| format!("| `{name}` | {uri} |\n")).collect();
    let text = format!(
        "# Reference\n\nGenerated from the code's own tables; `LIND_BLESS=1 cargo test reference` writes it anew. The grammar, with an\n\
         example above each rule, is [grammar/lind.pest](../grammar/lind.pest); the language by example is in\n[guide.md](guide.md).\n\n\
         ## Units\n\nUnits are UCUM codes in quotes: atoms, multiplied with `.`, divided with `/`, raised by a number behind them\n\
         (`'10*9/L'`, `'mg/m2'`, `'kg.m-2'`). Braces annotate: `'{{cells}}'`. Words for time stand without quotes.\n\n\
         With a metric prefix (`m`, `u`, `k`, …) or without: {}\n\nWithout: {}\n\n\
         ## Words of the registry\n\n| where | words |\n|---|---|\n{}\n\
         ## Code systems\n\n| name | system |\n|---|---|\n{}\n## Findings\n{}",
        with.join(" "),
        without.join(" "),
        vocabularies(),
        systems.concat(),
        codes()
    );
    golden(&root().join("docs/reference.md"), &text);
}

#[test]
fn the_guide_compiles_and_is_laid_out() {
    let page = read(&root().join("docs/guide.md"));
    let mut files: BTreeMap<usize, String> = BTreeMap::new();
    let mut lines = page.lines();
    let mut number = 0;
    while let Some(line) = lines.next() {
        if line == "```lind" {
            let text = lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n") + "\n";
            number += usize::from(text.starts_with("trial"));
            files.entry(number).or_default().push_str(&format!("\n{text}"));
        }
    }
    assert!(!files.is_empty());
    for text in files.values() {
        let source = Source::new("guide.lind", text.trim_start());
        let found = compile(&source).diagnostics;
        let bad: Vec<String> =
            found.iter().filter(|d| d.severity() > Severity::Info).map(|d| format!("{} ({})", d.message, d.code.name())).collect();
        assert!(bad.is_empty(), "{}\n{text}", bad.join("\n"));
        assert_eq!(format(&source).unwrap(), source.text());
    }
}
