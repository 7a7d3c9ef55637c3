//! Any bytes as a record of a protocol with every type: read or refused, and the same when read again from its own JSON.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lind::evaluate::{RecordReader, Report, evaluate};
use lind::protocol::Protocol;
use serde_json::Value;

static PROTOCOL: LazyLock<Protocol> = LazyLock::new(|| {
    let text = r#"trial R
anchor visit: "Visit"
fact a: boolean "A"
fact b: one of { x, y } "B"
fact c: set of { x, y, z } "C"
fact d: scale { low, high } "D"
fact i: integer in 0 .. 10 "I"
fact n: number "N"
fact q: quantity 'mg/dL' "Q"
fact l: lab 'U/L' "L"
fact t: date "T"
fact v: events { end: date, k: integer, w: lab 'U/L', s: set of { x, y } } "V"
fact p: boolean when b = x "P"
include one: "One" a or c has any of { x, z } or d >= high or i > 3 or n * 2 > 7 or q in 1 'mg/dL' .. 3 'mg/dL'
include two: "Two" l > 2 ULN or t within 3 months before visit or count(v where (k > 1)) >= 2 or p
include three: "Three" latest(v).k > 3 or v where (w > 1 ULN or s has x) within 2 weeks before visit or b = y
"#;
    lind_fuzz::compiled(text).expect("it compiles")
});

fn report(json: &[u8]) -> Option<Value> {
    let read = RecordReader::new(&PROTOCOL).json(json).record.ok()?;
    Some(serde_json::to_value(said(&evaluate(&PROTOCOL, &read))).expect("a report is JSON"))
}

fn said(report: &Report) -> Vec<String> {
    let outcomes = report.outcomes.iter().map(|outcome| format!("{outcome:?}"));
    outcomes.chain([report.verdict.word().to_string()]).collect()
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(first) = report(bytes) {
        // What is read is JSON to everybody, and says the same when somebody else has written it anew.
        let value: Value = serde_json::from_slice(bytes).expect("what was read is JSON");
        assert_eq!(report(value.to_string().as_bytes()), Some(first), "{value}");
    }
});
