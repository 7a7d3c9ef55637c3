//! The guide's examples compile, and the reference is what the code's own tables say.

use std::collections::BTreeMap;

use lind::compile;
use lind::diagnostic::{Code, Severity};
use lind::evaluate::RecordReader;
use lind::evaluate::record::expectation;
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

/// A type as it is declared, and a value of it as a record has it.
const TYPES: [(&str, &str); 11] = [
    ("boolean", "true"),
    ("attested by investigator", "true"),
    ("one of { mild, severe }", "\"mild\""),
    ("set of { mild, severe }", "[\"mild\", \"severe\"]"),
    ("scale { mild, severe }", "\"mild\""),
    ("integer", "3"),
    ("number", "3.5"),
    ("quantity 'mg/dL'", "3.5"),
    ("lab 'mg/dL'", "{ \"value\": 3.5, \"upper\": 1.2, \"lower\": 0.5, \"date\": \"2026-03-01\" }"),
    ("date", "\"2026-03\""),
    ("events { grade: integer }", "[{ \"date\": \"2026-03-01\", \"grade\": 2 }]"),
];

/// What may be asked of a fact `x`; the compiler says of which type.
const QUESTIONS: [&str; 18] = [
    "x",
    "x = mild",
    "x >= severe",
    "x in { mild }",
    "x has mild",
    "x has any except { mild }",
    "x = 3",
    "x >= 3",
    "x in 1 .. 3",
    "x + 1 >= 3",
    "x >= 3 'mg/dL'",
    "x >= 3 ULN",
    "x on or after 2026-03-01",
    "x within 3 months before visit",
    "years from x to visit >= 18 years",
    "x ever",
    "count(x) >= 2",
    "latest(x).grade >= 2",
];

fn types() -> String {
    let compiled = |ty: &str, question: &str| {
        let text = format!("trial T\nanchor visit: \"Visit\"\nfact x: {ty} \"X\"\ninclude a: \"A\"\n  {question}\n");
        compile(&Source::new("types", text)).protocol
    };
    let row = |(ty, value): (&str, &str)| {
        let asked: Vec<&str> = QUESTIONS.into_iter().filter(|question| compiled(ty, question).is_some()).collect();
        let protocol = compiled(ty, asked.first().unwrap_or_else(|| panic!("nothing can be asked of `{ty}`"))).unwrap();
        let record = format!("{{\"x\": {value}}}");
        let read = RecordReader::new(&protocol).json(record.as_bytes()).record;
        read.unwrap_or_else(|errors| panic!("{ty}: {errors:?}"));
        let asked: Vec<String> = asked.iter().map(|question| format!("`{question}`")).collect();
        format!("| `{ty}` | {}, as in `{value}` | {} |\n", expectation(&protocol.facts.iter().find(|fact| fact.about.name == "x").unwrap().ty), asked.join(" "))
    };
    TYPES.into_iter().map(row).collect()
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
         ## Types\n\nWhat a fact `x` of each type looks like in a record, and which of these questions the compiler lets be asked of it:\n\n\
         | declared as | in a record | asked as |\n|---|---|---|\n{}\n\
         ## Words of the registry\n\n| where | words |\n|---|---|\n{}\n\
         ## Code systems\n\n| name | system |\n|---|---|\n{}\n## Findings\n{}",
        with.join(" "),
        without.join(" "),
        types(),
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
