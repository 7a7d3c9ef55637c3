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

/// A protocol whose limits lie in counts, members and windows: a change of any of them changes some case.
#[test]
fn no_limit_can_move_unseen() {
    let text = "trial T\nanchor v: \"V\"\nfact s: scale { i, ii, iii, iv } \"S\"\nfact k: one of { a, b, c } \"K\"\nfact m: set of { a, b, c } \"M\"\n\
        fact e: events \"E\"\nfact n: integer \"N\"\ninclude one: \"One\" s > ii and k in { a, b } and n < 7\n\
        include two: \"Two\" count(m) >= 2 and m has all of { a, b }\nexclude three: \"Three\" count(e within 6 months before v) >= 3\n";
    let made = cases(&protocol("as written", text)).cases;
    for (old, new) in [
        ("s > ii", "s >= ii"),
        ("s > ii", "s > iii"),
        ("k in { a, b }", "k in { a }"),
        ("k in { a, b }", "k in { a, b, c }"),
        ("n < 7", "n <= 7"),
        ("n < 7", "n < 6"),
        ("count(m) >= 2", "count(m) >= 3"),
        ("m has all of { a, b }", "m has all of { a }"),
        ("m has all of { a, b }", "m has any of { a, b }"),
        ("6 months", "5 months"),
        ("6 months", "7 months"),
        (">= 3", ">= 4"),
        (">= 3", ">= 2"),
    ] {
        let changed = protocol("changed", &text.replacen(old, new, 1));
        let reader = RecordReader::new(&changed);
        let seen = made.iter().any(|case| {
            let record = reader.json(Value::Object(case.record.clone()).to_string().as_bytes()).record.unwrap();
            evaluate(&changed, &record).verdict != case.report.verdict
        });
        assert!(seen, "`{old}` to `{new}` changes the verdict of no case");
    }
}
