//! Random records, every backend: all must say the same.

use lind::protocol::Protocol;
use serde_json::Value;

use super::backends::{Backend, Reference, agree, all};
use super::conformance::suites;
use super::generate::Generator;
use super::support::Random;

/// Records for each protocol; `LIND_RECORDS` asks for more.
fn count() -> usize {
    std::env::var("LIND_RECORDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

/// Where a backend does not say what `evaluate` says.
fn differences(protocol: &Protocol, records: &[String]) -> Vec<String> {
    let reference = Reference.reports(protocol, records).unwrap();
    let mut found = Vec::new();
    for backend in all() {
        let taken: Vec<usize> = (0..records.len()).filter(|i| backend.takes(&records[*i], &reference[*i])).collect();
        let texts: Vec<String> = taken.iter().map(|i| records[*i].clone()).collect();
        let Some(reports) = backend.reports(protocol, &texts) else { continue };
        for (i, report) in taken.iter().zip(&reports) {
            if !agree(&reference[*i], report) {
                found.push(format!("[{0}] on {1}\n  evaluate: {2}\n  {0}: {report}", backend.name(), records[*i], reference[*i]));
            }
        }
    }
    found
}

#[test]
fn random_records_get_the_same_report_everywhere() {
    let suites = suites();
    let disagreements = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for suite in &suites {
            let disagreements = &disagreements;
            scope.spawn(move || {
                let generator = Generator::new(&suite.protocol);
                let mut random = Random(0xD1FF ^ (suite.name.len() as u64) << 8);
                let records: Vec<String> =
                    (0..count()).map(|_| Value::Object(generator.record(&mut random)).to_string()).collect();
                let found = differences(&suite.protocol, &records);
                disagreements.lock().unwrap().extend(found.into_iter().map(|found| format!("{} {found}", suite.name)));
            });
        }
    });
    let found = disagreements.into_inner().unwrap();
    assert!(found.is_empty(), "{} disagreements, the first:\n{}", found.len(), found[0]);
}

/// Texts and names that would break out of a comment, a string or a name, if anything let them.
const HOSTILE: &str = r#"trial HOSTILE
  title "@ts-nocheck coding: unicode_escape"
  version "coding: rot13 */ -- {} ${x} `x`"

fact self: boolean "\" ''' \"\"\" */ // # -- ${} ` \\"
fact self_: boolean "harmless \\nimport os; os._exit(3)\\n"
fact class: boolean "@ts-expect-error"
fact toString: boolean "@ts-ignore"
fact s: boolean
fact e: events { date_: date, lambda: boolean, oneself: boolean }
fact type: one of { None, True, select, crate }
fact constructor: set of { fn, def }
fact select: boolean "'; DROP TABLE subject; --"
fact order: integer
fact verdict: boolean
fact invalid: date "$$ ); \\copy"
fact subject: lab 'U/L'
fact include_T: boolean
fact null_: set of { null, true_, table }
define every: class or s
define check: years from 2000-01-01 to 2020-01-01
include Self: "*/ } fn main() { } /* \"" self or not self_
include T: "@ts-expect-error ''' \"\"\" {0} %s \\n" not toString and every and type in { None, crate } and check > 3 years
include select: "'' '; SELECT 1; --" ((select or verdict or include_T) and order + 1 > 2) or null_ has null
exclude table: "/* $body$" subject > 2 ULN and invalid before 2020-01-01
exclude print: "\\x41 \\u{41} \\N{BULLET}" e where (lambda or oneself) ever or constructor has def
"#;

#[test]
fn nothing_in_a_protocol_breaks_out_of_a_checker() {
    // A string of 10,000 characters, with all that ends strings and comments somewhere.
    let long = r#"\"\" ''' */ -- # // $$ ${} ` \\ "#.repeat(400);
    // Line ends that only some languages know, and characters that are no letters.
    let odd = "\0\u{2028}print(1)\u{2029}exit()\u{85}x\u{b}y\u{c}z\u{1}\u{7f}\u{fffe}\u{feff}\r\n  os.exit()";
    let text = format!("{HOSTILE}include long: \"{long}\" s\ninclude odd: \"{odd}\" s\nfact odd_fact: boolean \"{odd}\"\n");
    let protocol = super::support::protocol("hostile", &text);
    // What makes a text read in another order than it stands never comes so far.
    for mark in ["\u{202E}", "\u{2066}"] {
        let text = format!("trial T\nfact s: boolean \"a{mark}b\"\ninclude x: \"x\" s\n");
        assert!(lind::compile(&lind::span::Source::new("t", text)).protocol.is_none(), "{mark:?}");
    }
    let generator = Generator::new(&protocol);
    let mut random = Random(0xBAD);
    let records: Vec<String> = (0..200).map(|_| Value::Object(generator.record(&mut random)).to_string()).collect();
    let found = differences(&protocol, &records);
    assert!(found.is_empty(), "{} disagreements, the first:\n{}", found.len(), found[0]);
}
