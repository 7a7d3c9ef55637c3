//! Times the generated checker in Rust beside the one by hand: `checkers COHORT MISTAKES ROUNDS`.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};

mod by_hand;
#[path = "../../tests/golden/NCT05106972/checker.rs"]
mod checker;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cohort, mistakes, rounds] = &arguments[..] else { panic!("checkers COHORT MISTAKES ROUNDS") };
    let [cohort, mistakes] = [cohort, mistakes].map(|path| std::fs::read_to_string(path).expect("records"));
    let lines: Vec<&str> = cohort.lines().collect();
    for line in mistakes.lines() {
        assert!(by_hand::read(line).is_err(), "by hand this is valid: {line}");
    }
    for line in lines.iter().copied().chain(mistakes.lines()) {
        assert_eq!(generated(line), hand_written(line), "on {line}");
    }

    let subjects: Vec<_> = lines.iter().map(|line| checker::read(&checker::parse_json(line).expect("JSON")).expect("valid")).collect();
    let by_hand: Vec<_> = lines.iter().map(|line| by_hand::read(line).expect("valid")).collect();
    let mut out = Vec::new();
    let record = in_turn(rounds, [
        &mut || subjects.iter().for_each(|subject| drop(black_box(checker::evaluate(black_box(subject))))),
        &mut || by_hand.iter().for_each(|subject| drop(black_box(by_hand::check(black_box(subject))))),
    ]);
    let line = in_turn(rounds, [
        &mut || lines.iter().for_each(|line| drop(black_box(checker::check_json(line)))),
        &mut || {
            lines.iter().for_each(|line| {
                out.clear();
                let subject = by_hand::read(line).expect("valid");
                serde_json::to_writer(&mut out, &by_hand::check(&subject)).expect("a report");
                black_box(&out);
            });
        },
    ]);
    let seconds = |times: [f64; 2]| times.map(|time| time / lines.len() as f64);
    println!("{}", json!({ "record": seconds(record), "line": seconds(line) }));
}

/// The best times of two pieces of work, taken in turn so that a busy machine strikes both alike.
fn in_turn(rounds: &str, work: [&mut dyn FnMut(); 2]) -> [f64; 2] {
    let [first, second] = work;
    let mut least = [f64::INFINITY; 2];
    for _ in 0..rounds.parse().expect("a number of rounds") {
        for (i, work) in [&mut *first, &mut *second].into_iter().enumerate() {
            let start = Instant::now();
            work();
            least[i] = least[i].min(start.elapsed().as_secs_f64());
        }
    }
    least
}

/// Verdict and outcomes as both sides tell them.
fn generated(line: &str) -> Value {
    let report: Value = serde_json::from_str(&checker::check_json(line)).expect("JSON");
    if !report["invalid"].is_null() {
        return json!("invalid");
    }
    let outcomes = report["criteria"].as_object().expect("criteria").values();
    let outcomes: Vec<Value> = outcomes
        .map(|word| match word.as_str() {
            Some("pass") => json!(true),
            Some("fail") => json!(false),
            _ => Value::Null,
        })
        .collect();
    json!([report["verdict"], outcomes])
}

fn hand_written(line: &str) -> Value {
    by_hand::read(line).map_or(json!("invalid"), |subject| {
        let report = by_hand::check(&subject);
        json!([report.verdict, report.criteria.all()])
    })
}
