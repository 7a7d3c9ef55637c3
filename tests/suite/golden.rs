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
