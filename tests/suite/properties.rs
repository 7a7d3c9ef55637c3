//! What holds of every protocol and record.

use lind::compile;
use lind::evaluate::{Outcome, RecordReader, evaluate};
use lind::span::Source;
use proptest::prelude::*;
use serde_json::Value;

use super::conformance::suites;
use super::generate::Generator;
use super::support::{Random, files, read};

#[test]
fn filling_in_an_unknown_never_flips_a_verdict() {
    let mut steps = 0;
    for suite in suites() {
        let generator = Generator::new(&suite.protocol);
        let reader = RecordReader::new(&suite.protocol);
        let mut random = Random(0x5EED_0001 ^ suite.name.len() as u64);
        for _ in 0..1_500 {
            let mut record = generator.record(&mut random);
            let mut before: Option<Vec<Outcome>> = None;
            for _ in 0..8 {
                let text = Value::Object(record.clone()).to_string();
                if let Ok(read) = reader.json(text.as_bytes()).record {
                    let outcomes = evaluate(&suite.protocol, &read).outcomes;
                    if let Some(before) = &before {
                        for (i, (was, is)) in before.iter().zip(&outcomes).enumerate() {
                            assert!(
                                *was == Outcome::Unknown || was == is,
                                "{}: {} went from {was:?} to {is:?} when an unknown was filled in:\n{text}",
                                suite.name,
                                suite.protocol.criteria[i].about.name
                            );
                        }
                        steps += 1;
                    }
                    before = Some(outcomes);
                } else {
                    // What was filled in made the record invalid; that is another record.
                    before = None;
                }
                generator.fill(&mut record, &mut random);
            }
        }
    }
    assert!(steps > 20_000, "only {steps} steps were taken");
}

/// What keeps a verdict open is enough: with all of it known, nothing is left open but what no fact decides.
#[test]
fn an_open_verdict_names_what_is_missing() {
    let protocol = super::support::protocol("NCT05106972", &read(&super::support::root().join("protocols/NCT05106972.lind")));
    let reader = RecordReader::new(&protocol);
    let eligible = lind::analysis::samples(&protocol).eligible.unwrap();
    let mut random = Random(77);
    let mut open = 0;
    for _ in 0..2_000 {
        let mut record = eligible.as_object().unwrap().clone();
        let chance = 2 + random.below(30);
        record.retain(|_, _| !random.once_in(chance));
        if let Ok(read) = reader.json(Value::Object(record).to_string().as_bytes()).record {
            let report = evaluate(&protocol, &read);
            let undetermined = report.verdict == lind::evaluate::Verdict::Undetermined;
            assert_eq!(undetermined, !report.missing.is_empty(), "this protocol divides nothing and takes no latest event");
            open += usize::from(undetermined);
        }
    }
    assert!(open > 500, "{open}");
}

fn mutated(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let scraps = ["(", ")", "{", "\"", "'", "\n", "\n  ", ":", " and ", " or ", " not ", "if ", " 3,5 ", "#", "..", "é", "“", "\u{202E}", "include x: ", "1e9", " unless "];
    for _ in 0..=random.below(6) {
        let at = random.below(chars.len());
        match random.below(4) {
            0 => drop(chars.remove(at)),
            1 => chars.truncate(at.max(10)),
            2 => {
                let end = (at + random.below(40)).min(chars.len());
                chars.drain(at..end);
            }
            _ => {
                let scrap: Vec<char> = random.choose(&scraps).chars().collect();
                chars.splice(at..at, scrap);
            }
        }
        if chars.is_empty() {
            chars.push(' ');
        }
    }
    chars.into_iter().collect()
}

#[test]
fn no_broken_protocol_makes_the_compiler_panic() {
    let mut random = Random(0xBAD_F00D);
    let texts: Vec<String> = files("protocols", "lind").iter().chain(&files("tests/diagnostics", "lind")).map(|path| read(path)).collect();
    for _ in 0..3_000 {
        let text = mutated(&texts[random.below(texts.len())], &mut random);
        let source = Source::new("mutated", text);
        let compilation = compile(&source);
        for diagnostic in &compilation.diagnostics {
            let end = source.text().len() as u32;
            assert!(diagnostic.span.start <= end && diagnostic.span.end <= end, "a place outside the file");
            assert!(source.text().is_char_boundary(diagnostic.span.start as usize), "{diagnostic:?}");
            assert!(source.text().is_char_boundary(diagnostic.span.end as usize), "{diagnostic:?}");
        }
        if let Some(protocol) = compilation.protocol {
            assert_eq!(protocol.broken_invariants(), Vec::<&str>::new());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_the_compiler_panic(text in "\\PC{0,200}") {
        compile(&Source::new("any", text));
    }

    #[test]
    fn no_text_makes_the_record_reader_panic(text in "[\\[\\]{}\":,a-z0-9.eE+\\- ]{0,120}") {
        let protocol = super::support::protocol("p", "trial T\nfact a: boolean\nfact n: number\nfact e: events { end: date, k: integer }\ninclude x: \"x\" a or n > 3 or count(e where (k > 1)) > 2\n");
        let _ = RecordReader::new(&protocol).json(text.as_bytes());
    }
}
