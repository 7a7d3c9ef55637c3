//! What the shipped protocols compile to, whole files under `tests/golden/`.

use lind::analysis::samples;
use lind::compile;
use lind::diagnostic::Severity;
use lind::emit::Target;
use lind::span::Source;

use super::support::{files, golden, protocol, read, root};

#[test]
fn shipped_protocols_compile_to_their_golden_files() {
    for path in files("protocols", "lind") {
        let protocol = protocol(&path.display().to_string(), &read(&path));
        assert_eq!(protocol.broken_invariants(), Vec::<&str>::new());
        let samples = samples(&protocol);
        assert!(samples.subject.is_some() && samples.eligible.is_some(), "{}: no sample was found", path.display());
        for target in Target::ALL {
            let emitted = target.emit(&protocol, &samples);
            assert_eq!(emitted.text, target.emit(&protocol, &samples).text, "the same input gives the same bytes");
            golden(&root().join("tests/golden").join(&protocol.header.id).join(target.file()), &emitted.text);
        }
    }
}

#[test]
fn shipped_protocols_raise_open_questions_only() {
    for path in files("protocols", "lind") {
        let found = compile(&Source::new("p", read(&path))).diagnostics;
        let bad: Vec<_> = found.iter().filter(|d| d.severity() > Severity::Info).map(|d| &d.message).collect();
        assert!(bad.is_empty(), "{}: {bad:?}", path.display());
    }
    let nct = read(&root().join("protocols/NCT05106972.lind"));
    assert_eq!(compile(&Source::new("p", nct)).diagnostics.len(), 15, "fourteen readings and one hypothesis");
}

#[test]
fn the_shipped_trial_states_what_the_registry_does() {
    let protocol = protocol("NCT05106972", &read(&root().join("protocols/NCT05106972.lind")));
    let kinds: Vec<&str> = protocol.criteria.iter().map(|criterion| criterion.kind.word()).collect();
    assert_eq!(kinds, [vec!["include"; 7], vec!["exclude"; 12]].concat(), "seven inclusion criteria, then twelve exclusion criteria");
    assert!(protocol.criteria.iter().all(|criterion| criterion.about.text.is_some()));
    assert_eq!(protocol.criteria[0].about.text.as_deref(), Some("Aged between 20 and 60 (male or female)"));
    assert_eq!(protocol.arms.len(), 1);
    assert_eq!(protocol.arms[0].participants, protocol.header.enrollment);
}

#[test]
fn the_data_says_the_same_in_yaml_and_in_json() {
    // Words that readers of YAML 1.1 take for booleans or dates, and words that only end in one.
    let words = ["y", "No", "on", "2026-03-01", "-- y", "x - no", "a: no", "- off", "'", "# y", "", "=", "?", "| y", "\u{85}y", "\u{2028}no", "~"];
    let mut texts: Vec<String> = files("protocols", "lind").iter().map(|path| read(path)).collect();
    texts.extend(words.map(|word| {
        format!("trial T\n  title \"{word}\"\n  condition \"{word}\"\nfact y: boolean \"{word}\"\n  note \"{word}\"\n  note \"no\"\ninclude no: \"{word}\" y\n")
    }));
    for text in texts {
        let protocol = protocol("words", &text);
        let emit = |target: Target| target.emit(&protocol, &lind::emit::Samples::default()).text;
        let json: serde_json::Value = serde_json::from_str(&emit(Target::ProtocolJson)).unwrap();
        let yaml = emit(Target::ProtocolYaml);
        assert_eq!(serde_yaml::from_str::<serde_json::Value>(&yaml).unwrap(), json, "{yaml}");
        let unquoted = |line: &str, word: &str| line.trim() == format!("- {word}") || line.split_once(": ").is_some_and(|(_, value)| value == word);
        for word in ["y", "no", "No", "on", "off", "2026-03-01"] {
            assert!(!yaml.lines().any(|line| unquoted(line, word)), "{yaml}");
        }
    }
}
