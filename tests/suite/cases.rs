//! Generated subjects: what they say of themselves holds, and they cover what they claim.

use lind::analysis::cases;
use lind::evaluate::{RecordReader, Verdict, evaluate};
use serde_json::Value;

use super::support::{files, protocol, read, root};

#[test]
fn every_case_replays_and_its_coverage_is_what_it_says() {
    for path in files("protocols", "lind") {
        let protocol = protocol("p", &read(&path));
        let made = cases(&protocol);
        let mut names = std::collections::BTreeSet::new();
        for case in &made.cases {
            assert!(names.insert(case.name.clone()), "{} stands twice", case.name);
            let text = Value::Object(case.record.clone()).to_string();
            let record = RecordReader::new(&protocol).json(text.as_bytes()).record.unwrap_or_else(|errors| panic!("{}: {errors:?}", case.name));
            assert_eq!(evaluate(&protocol, &record), case.report, "{}", case.name);
        }
        assert!(made.decided <= made.conditions);
        assert_eq!(made.cases[0].report.verdict, Verdict::Eligible, "{}", path.display());
        // Every criterion fails somewhere, and passes with it the only one that fails, unless another implies it.
        for i in 0..protocol.criteria.len() {
            let fails = made.cases.iter().any(|case| case.report.outcomes[i] == lind::evaluate::Outcome::Fail);
            assert!(fails, "{}: no case fails {}", path.display(), protocol.criteria[i].about.name);
        }
    }
}

#[test]
fn the_shipped_trial_is_covered_whole() {
    let protocol = protocol("p", &read(&root().join("protocols/NCT05106972.lind")));
    let made = cases(&protocol);
    assert_eq!((made.decided, made.conditions), (62, 62), "{:?}", made.uncovered);
    let has = |day: &str| made.cases.iter().any(|case| case.record["albumin"][0]["date"] == day);
    // Registered on 2026-03-16: day 21 is in, day 22 is out.
    assert!(has("2026-02-23") && has("2026-02-22"), "the limit of the window is not met and missed");
}

#[test]
fn what_can_never_decide_is_told() {
    let text = "trial T\nfact n: integer \"N\"\ninclude a: \"N\" n > 3 or n > 5\n";
    let made = cases(&protocol("t", text));
    assert_eq!(made.decided, 3, "{:?}", made.uncovered);
    assert!(made.uncovered.iter().any(|why| why.contains("never decides")), "{:?}", made.uncovered);
}
