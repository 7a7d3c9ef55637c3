//! Generated protocols and records, put to every backend and both schemas.
//!
//! `LIND_PROTOCOLS=50 LIND_RECORDS=20000 LIND_SEED=7 cargo test --release generated -- --nocapture`
//! asks more; `LIND_BACKENDS=duckdb,schemas` asks some only. What disagrees with `evaluate` is shrunk
//! and printed so that it can be pasted into `tests/conformance`.

mod draw;
mod expressions;
mod judges;
mod kinds;
mod limits;
mod node;
mod records;
mod shrink;
mod sketch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;

use self::judges::judges;
use self::records::{AIMS, Aim, Tally};
use self::shrink::{Case, ask};
use super::coverage::{constructs, constructs_of};
use super::support::Random;

/// Criteria of each protocol.
const CRITERIA: usize = 12;
/// Records that go to a judge at once.
const BATCH: usize = 10_000;

/// What the language has and the data do not tell apart: it is looked for in the text.
const WRITTEN: &[&str] = &[
    " unless ", " when ", " for ", "define ", "assume ", "hypothesis ", "reading ", "values ", "attested by subject",
    "attested by investigator", " ULN", " LLN", " != ", " in {", " .. ", "if ", " else ", " where ", " ever", " * ", " / ",
];

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// What all the workers found.
#[derive(Default)]
struct Found {
    seen: BTreeMap<&'static str, usize>,
    seconds: BTreeMap<&'static str, f64>,
    disagreements: BTreeMap<&'static str, usize>,
    shown: Vec<String>,
    produced: Tally,
    aims: Tally,
}

#[test]
fn generated_protocols_and_records_get_the_same_report_everywhere() {
    let protocols = setting("LIND_PROTOCOLS", 8);
    let records = setting("LIND_RECORDS", 250);
    let seed = setting("LIND_SEED", 1) as u64;
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Found::default());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= protocols {
                        break;
                    }
                    try_protocol(seed, i, records, &found);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    print_table("records", &found.seen.iter().map(|(name, n)| (format!("{name}, {:.0} s", found.seconds[name]), *n)).collect());
    print_table("constructs, in criteria", &found.produced);
    print_table("values", &found.aims);
    let told: Vec<String> = found.disagreements.iter().map(|(name, n)| format!("{name}: {n}")).collect();
    assert!(found.shown.is_empty(), "disagreements with `evaluate`: {}\n\n{}", told.join(", "), found.shown.join("\n\n"));
    let wanted: BTreeSet<String> = constructs().into_iter().chain(WRITTEN.iter().map(|word| (*word).to_string())).collect();
    let bare: Vec<&String> = wanted.iter().filter(|construct| !found.produced.contains_key(*construct)).collect();
    assert!(bare.is_empty(), "no criterion was generated with: {bare:?}");
    let bare: Vec<&&str> = AIMS.iter().filter(|aim| !found.aims.contains_key(**aim)).collect();
    assert!(bare.is_empty(), "no record was generated with: {bare:?}");
}

fn try_protocol(seed: u64, i: usize, count: usize, found: &Mutex<Found>) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (seed << 32) ^ (i as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03));
    let sketch = draw::sketch(&mut random, CRITERIA);
    let protocol = sketch.protocol().expect("what was drawn compiles");
    {
        let mut found = found.lock().unwrap();
        for criterion in constructs_of(&protocol) {
            criterion.into_iter().for_each(|construct| *found.produced.entry(construct).or_default() += 1);
        }
        for word in WRITTEN {
            let lines = sketch.lines().iter().filter(|line| line.contains(word)).count();
            if lines > 0 {
                *found.produced.entry((*word).to_string()).or_default() += lines;
            }
        }
    }
    let mut aim = Aim::new(&protocol);
    let judges = judges();
    // A judge that disagrees once is not asked again about this protocol: what it says would be the same.
    let mut silenced = BTreeSet::new();
    for start in (0..count).step_by(BATCH) {
        let records: Vec<Value> = (start..count.min(start + BATCH)).map(|_| aim.record(&mut random)).collect();
        for judge in judges.iter().filter(|judge| !silenced.contains(judge.name())).collect::<Vec<_>>() {
            let started = Instant::now();
            let Some(round) = ask(judge.as_ref(), &protocol, &records) else { continue };
            if let Some((at, said)) = &round.otherwise {
                println!("[{}] protocol {i}: {said}\n  on {}", judge.name(), records::text(&records[*at]));
            }
            let is_new = {
                let mut found = found.lock().unwrap();
                *found.seen.entry(judge.name()).or_default() += round.seen;
                *found.seconds.entry(judge.name()).or_default() += started.elapsed().as_secs_f64();
                if round.disagreements > 0 {
                    *found.disagreements.entry(judge.name()).or_default() += round.disagreements;
                }
                // Two shrunk cases of each judge are enough to start from.
                round.disagreements > 0 && found.shown.iter().filter(|shown| shown.starts_with(&format!("[{}]", judge.name()))).count() < 2
            };
            if round.disagreements > 0 {
                silenced.insert(judge.name());
            }
            if is_new {
                let shown = Case::shrunk(judge.as_ref(), &sketch, &records, round).shown();
                found.lock().unwrap().shown.push(shown);
            }
        }
    }
    let mut found = found.lock().unwrap();
    for (aim, n) in aim.tally {
        *found.aims.entry(aim).or_default() += n;
    }
}

fn print_table(title: &str, tally: &Tally) {
    println!("\n{title}");
    tally.iter().for_each(|(what, n)| println!("  {n:>9}  {what}"));
}
