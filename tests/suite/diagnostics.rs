//! One fixture for each diagnostic, with a snapshot that shows source and message together.

use std::collections::BTreeSet;

use lind::compile;
use lind::diagnostic::Code;
use lind::diagnostic::render::{Style, render};
use lind::evaluate::RecordReader;
use lind::span::Source;

use super::support::{files, golden, protocol, read, root};

/// Codes that no text file can show; each has a test of its own in `cli.rs`.
pub const WITHOUT_FIXTURE: &[Code] = &[
    Code::UnreadableFile,
    Code::BinaryFile,
    Code::NotUtf8,
    Code::FileTooLarge,
    Code::EmptyFile,
    Code::TooDeep,
    Code::StringTooLong,
    Code::RecordTooLarge,
];

#[test]
fn every_code_has_a_fixture_that_raises_it() {
    let style = Style { colour: false, unicode: true, width: 100 };
    let mut shown = BTreeSet::new();
    let mut wrong = Vec::new();
    for path in files("tests/diagnostics", "lind") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let phase = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let Some(code) = Code::from_name(&name) else {
            wrong.push(format!("{name} is no code"));
            continue;
        };
        if code.phase() != phase {
            wrong.push(format!("{name} belongs to {}", code.phase()));
        }
        shown.insert(code);
        let text = read(&path);
        let (raised, snapshot) = if phase == "record" {
            record_snapshot(&name, &text, &read(&path.with_extension("json")), code)
        } else {
            let source = Source::new(format!("{name}.lind"), text);
            let mut found = found_in(&source, &phase);
            if phase == "registry" {
                found.extend(against(&source, &read(&path.with_extension("json"))));
            }
            (found.iter().any(|d| d.code == code), render(&source, &found, style))
        };
        if !raised {
            wrong.push(format!("{name} is not raised by its fixture:\n{snapshot}"));
        }
        golden(&path.with_extension("txt"), &snapshot);
    }
    for path in files("tests/diagnostics/project", "yaml") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let snapshot = super::project::told(&read(&path));
        shown.extend(Code::from_name(&name));
        if !snapshot.lines().any(|line| line == name) {
            wrong.push(format!("{name} is not raised by its project file:\n{snapshot}"));
        }
        golden(&path.with_extension("txt"), &snapshot);
    }
    let missing: Vec<&str> =
        Code::ALL.iter().filter(|code| !shown.contains(code) && !WITHOUT_FIXTURE.contains(code)).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "codes without a fixture: {missing:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is found in a text; of the phase `proof` also what is proven of it.
pub fn found_in(source: &Source, phase: &str) -> Vec<lind::diagnostic::Diagnostic> {
    let compilation = compile(source);
    let mut found = compilation.diagnostics;
    if let ("proof", Some(protocol)) = (phase, &compilation.protocol) {
        found = lind::findings::findings(source, protocol, &lind::analysis::prove(protocol, None));
    }
    found
}

/// What a protocol says otherwise than a record of the registry.
pub fn against(source: &Source, record: &str) -> Vec<lind::diagnostic::Diagnostic> {
    lind::registry::compare(source, &lind::registry::Study::read(record.as_bytes()).unwrap())
}

fn record_snapshot(name: &str, text: &str, record: &str, code: Code) -> (bool, String) {
    let protocol = protocol(name, text);
    let errors = RecordReader::new(&protocol).json(record.as_bytes()).record.err().unwrap_or_default();
    let snapshot = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n";
    (errors.iter().any(|error| error.code == code), snapshot)
}

#[test]
fn seven_mistakes_in_one_file_give_seven_findings() {
    let source = Source::new("seven.lind", read(&root().join("tests/diagnostics/seven-mistakes.source")));
    let found = compile(&source).diagnostics;
    let errors: Vec<&str> =
        found.iter().filter(|d| d.severity() == lind::diagnostic::Severity::Error).map(|d| d.code.name()).collect();
    let expected = [
        "missing-colon",
        "unknown-unit",
        "foreign-operator",
        "unknown-name",
        "unit-mismatch",
        "unclosed-parenthesis",
        "unknown-member",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn a_smart_quote_in_the_place_of_an_operand_is_told() {
    let source = Source::new("quote.lind", read(&root().join("tests/diagnostics/syntax/quote-for-operand.source")));
    let found = compile(&source).diagnostics;
    assert!(found.iter().any(|d| d.code == Code::SmartQuotes), "{found:?}");
}

/// What is asked of a fact that applies to women only, no man passes.
#[test]
fn what_applies_to_some_is_asked_of_no_others() {
    let found = |test: &str| {
        let text = format!(
            "trial T\n  sex all\n\nfact sex: one of {{ female, male }} \"Sex\"\nfact hcg: one of {{ negative, positive }} when sex = female \"hCG\"\n\n{test}\n"
        );
        compile(&Source::new("t", text)).diagnostics.iter().any(|finding| finding.code == Code::HeaderSex)
    };
    assert!(found("include h: \"hCG negative\" hcg = negative"));
    assert!(found("exclude h: \"hCG not negative\" not (hcg = negative)"));
    assert!(!found("exclude h: \"hCG positive\" hcg = positive"));
    assert!(!found("include h: \"hCG negative\" hcg = negative or sex = male"));
}
