//! The analysis against `evaluate`: record by record, and against every record of small worlds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lind::analysis::{Change, Depth, Pinned, diff, pin, prove};
use lind::evaluate::{RecordReader, Verdict, evaluate};
use lind::protocol::Protocol;
use serde_json::{Map, Value, json};

use super::conformance::suites;
use super::generate::Generator;
use super::support::{Random, files, protocol, read, root};

pub fn asked(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// What pinning records came to.
#[derive(Default)]
struct Tally {
    agrees: AtomicUsize,
    skipped: AtomicUsize,
    beyond: AtomicUsize,
    reasons: Mutex<std::collections::BTreeMap<String, usize>>,
}

impl Tally {
    fn add(&self, name: &str, protocol: &Protocol, record: &Value) -> Option<String> {
        match pin(protocol, record) {
            Pinned::Agrees(_) => drop(self.agrees.fetch_add(1, Ordering::Relaxed)),
            Pinned::Skipped => drop(self.skipped.fetch_add(1, Ordering::Relaxed)),
            Pinned::Beyond(why) => {
                self.beyond.fetch_add(1, Ordering::Relaxed);
                *self.reasons.lock().unwrap().entry(format!("{name}: {why}")).or_default() += 1;
            }
            Pinned::Differs(how) => return Some(format!("{name} on {record}: {how}")),
        }
        None
    }
}

#[test]
fn the_analysis_reads_every_record_as_evaluate_does() {
    let suites = suites();
    let (tally, wrong) = (Tally::default(), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for suite in &suites {
            let (tally, wrong) = (&tally, &wrong);
            scope.spawn(move || {
                let mut records: Vec<Value> = suite.vectors.iter().filter_map(|vector| serde_json::from_str(&vector.text).ok()).collect();
                let generator = Generator::new(&suite.protocol);
                let mut random = Random(0x0BEEF ^ (suite.name.len() as u64) << 8);
                records.extend((0..asked("LIND_PINS", 4)).map(|_| Value::Object(generator.record(&mut random))));
                for record in &records {
                    wrong.lock().unwrap().extend(tally.add(&suite.name, &suite.protocol, record));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let [agrees, skipped, beyond] = [&tally.agrees, &tally.skipped, &tally.beyond].map(|count| count.load(Ordering::Relaxed));
    println!("{:#?}", tally.reasons.lock().unwrap());
    println!("{agrees} records agree, {skipped} say nothing, {beyond} of protocols beyond the fragment");
    assert!(wrong.is_empty(), "{} records are read otherwise, the first:\n{}", wrong.len(), wrong[0]);
    assert!(agrees > 600, "{agrees} {skipped} {beyond}");
}

/// Protocols of which a hasty proof would say that nobody can be eligible.
#[test]
fn somebody_is_eligible_though_it_takes_a_second_look() {
    for path in files("tests/eligible", "lind") {
        let protocol = protocol("p", &read(&path));
        let proof = prove(&protocol, None);
        let witness = proof.eligible.unwrap_or_else(|| panic!("{}: {:?} {:?}", path.display(), proof.findings, proof.undecided));
        assert_eq!(witness.reports[0].verdict, Verdict::Eligible, "{}", path.display());
    }
}

// ---------------------------------------------------------------- small worlds

/// A small protocol: a few facts with few values, criteria drawn from the constructs of the language.
struct World {
    random: Random,
}

const FACTS: &str = "anchor visit: \"Visit\"
fact flag: boolean
fact other: attested by investigator
fact colour: one of { red, green, blue }
fact marks: set of { m, n }
fact grade: scale { none, mild, severe }
fact age: integer in 0 .. 9
fact level: quantity 'mg/dL'
fact alt: lab 'U/L'
fact onset: date
fact falls: events { end: date, bad: boolean, size: number }
fact carrying: boolean when colour = red
fact late: date when flag
";

impl World {
    fn test(&mut self, depth: usize) -> String {
        let random = &mut self.random;
        if depth > 0 && !random.once_in(3) {
            return match random.below(7) {
                0 => format!("not {}", self.bracketed(depth)),
                1 => format!("{} and {}", self.bracketed(depth), self.bracketed(depth)),
                2 => format!("{} or {}", self.bracketed(depth), self.bracketed(depth)),
                3 => format!("{} and {} and {}", self.bracketed(depth), self.bracketed(depth), self.bracketed(depth)),
                4 => format!("if {} then {} else {}", self.bracketed(depth), self.bracketed(depth), self.bracketed(depth)),
                5 => format!(
                    "{} {} of ({}, {}, {})",
                    self.random.choose(&["at least", "at most", "exactly"]),
                    1 + self.random.below(2),
                    self.test(0),
                    self.test(0),
                    self.test(0)
                ),
                _ => format!("if {} then {}", self.bracketed(depth), self.bracketed(depth)),
            };
        }
        self.atom()
    }

    fn bracketed(&mut self, depth: usize) -> String {
        format!("({})", self.test(depth - 1))
    }

    fn atom(&mut self) -> String {
        let op = *self.random.choose(&["=", "!=", "<", "<=", ">", ">="]);
        let n = self.random.below(4);
        match self.random.below(22) {
            0 => "flag".into(),
            1 => "other".into(),
            2 => format!("colour = {}", self.random.choose(&["red", "green", "blue"])),
            3 => "colour in { red, blue }".into(),
            4 => format!("marks has {}", self.random.choose(&["m", "n", "any", "all of { m, n }", "any except { m }"])),
            5 => format!("grade {op} {}", self.random.choose(&["none", "mild", "severe"])),
            6 => format!("age {op} {}", n + 3),
            7 => format!("level {op} {n} 'mg/dL'"),
            8 => format!("level {op} {n}.5 'mg/dL'"),
            9 => format!("alt {op} {} ULN", self.random.choose(&["1", "1.5", "2"])),
            10 => format!("alt - alt.lower {op} {} 'U/L'", n * 10),
            11 => format!("onset {} visit", self.random.choose(&["before", "on or before", "on", "on or after", "after"])),
            12 => format!("onset {} visit", self.window()),
            13 => format!("years from onset to visit {op} {n} years"),
            14 => format!("months from onset to visit {op} {} months", 5 + n),
            15 => format!("falls {} visit", self.window()),
            16 => format!("falls where ({}) {} visit", self.inner(), self.window()),
            17 => format!("count(falls where ({})) {op} {}", self.inner(), n.min(2)),
            18 => match self.random.below(3) {
                0 => format!("{}(falls).bad", self.random.choose(&["latest", "earliest"])),
                1 => format!("latest(falls where ({})).size {op} {n}", self.inner()),
                _ => format!("count(falls) / 2 {op} {}", 1 + n.min(1)),
            },
            19 => format!("{}(falls).size {op} {n}", self.random.choose(&["highest", "lowest", "latest", "earliest"])),
            20 => self.random.choose(&["carrying", "falls ever", "late before visit"]).to_string(),
            _ => format!("count(marks) {op} {}", n.min(2)),
        }
    }

    fn inner(&mut self) -> String {
        let n = self.random.below(4);
        let op = *self.random.choose(&["<", "<=", ">", ">="]);
        match self.random.below(5) {
            0 => "bad".into(),
            1 => "not bad".into(),
            2 => format!("size {op} {n}"),
            3 => format!("bad and size {op} {n}"),
            _ => "bad or end before visit".into(),
        }
    }

    fn window(&mut self) -> String {
        let length = *self.random.choose(&["3 weeks", "21 days", "22 days", "6 months", "26 weeks", "1 years"]);
        let side = *self.random.choose(&["before", "after"]);
        match self.random.below(5) {
            0 => format!("within {length} {side}"),
            1 => format!("within {length} of"),
            2 => format!("more than {length} {side}"),
            3 => format!("at least {length} {side}"),
            _ => format!("less than {length} {side}"),
        }
    }

    fn criterion(&mut self, name: &str) -> String {
        let kind = *self.random.choose(&["include", "exclude"]);
        let unless = if self.random.once_in(5) { format!(" unless {}", self.atom()) } else { String::new() };
        format!("{kind} {name}: \"{name}\" {}{unless}\n", self.test(2))
    }

    /// Two versions: one, two or three criteria, of which some are changed, added or taken away.
    fn pair(&mut self) -> (String, String) {
        let names = ["a", "b", "c"];
        let own = 1 + self.random.below(3);
        let before: Vec<String> = names[..own].iter().map(|name| self.criterion(name)).collect();
        let mut after = before.clone();
        match self.random.below(6) {
            0 => after.push(self.criterion("d")),
            1 if own > 1 => drop(after.remove(0)),
            2 => {
                // A small change: one word for its neighbour.
                let swaps = [("<=", "<"), (" >= ", " > "), ("before", "after"), ("within", "less than"), ("21 days", "3 weeks"), ("6 months", "26 weeks"), ("ULN", "LLN"), ("latest", "earliest"), ("mild", "severe")];
                let (from, to) = *self.random.choose(&swaps);
                after[0] = after[0].replacen(from, to, 1);
            }
            _ => after[0] = self.criterion("a"),
        }
        let whole = |criteria: &[String]| format!("trial T\n{FACTS}{}", criteria.concat());
        (whole(&before), whole(&after))
    }
}

/// Values that lie on, below and above whatever the tests of the small worlds compare with.
fn values(fact: &str, random: &mut Random) -> Value {
    let some = |random: &mut Random, of: &[Value]| random.choose(of).clone();
    let day = |random: &mut Random| {
        some(random, &[
            json!("2024-03-15"), json!("2024-03-14"), json!("2024-03-16"), json!("2024-02-23"), json!("2024-02-22"), json!("2024-04-05"),
            json!("2024-04-06"), json!("2023-09-15"), json!("2023-09-14"), json!("2023-09-16"), json!("2024-09-15"), json!("2024-09-13"),
            json!("2023-03-15"), json!("2025-03-15"), json!("2022-03-15"), json!("2021-03-16"), json!("2023-08-15"), json!("2024-08-31"),
        ])
    };
    match fact {
        "flag" | "other" | "carrying" => json!(random.once_in(2)),
        "colour" => some(random, &[json!("red"), json!("green"), json!("blue")]),
        "marks" => some(random, &[json!([]), json!(["m"]), json!(["n"]), json!(["m", "n"])]),
        "grade" => some(random, &[json!("none"), json!("mild"), json!("severe")]),
        "age" => json!(random.below(10)),
        "level" => some(random, &[json!(0), json!(0.5), json!(1), json!(1.2), json!(2), json!(2.5), json!(3), json!(3.7), json!(9)]),
        "alt" => {
            let value = some(random, &[json!(10), json!(20), json!(30), json!(31), json!(40), json!(45), json!(60), json!(80)]);
            json!({ "value": value, "upper": some(random, &[json!(30), json!(40)]), "lower": some(random, &[json!(0), json!(10)]), "date": "2024-03-01" })
        }
        "visit" => some(random, &[json!("2024-03-15"), json!("2024-03-15"), json!("2024-08-31"), json!("2023-02-28"), json!("2024-02-29")]),
        "onset" | "late" => day(random),
        "falls" => {
            let events = (0..random.below(4)).map(|_| {
                let date = day(random);
                let end = if random.once_in(3) { json!("ongoing") } else { date.clone() };
                json!({ "date": date, "end": end, "bad": random.once_in(2), "size": random.below(5) })
            });
            Value::Array(events.collect())
        }
        other => panic!("{other}"),
    }
}

fn record(random: &mut Random, gaps: bool) -> Value {
    let facts = FACTS.lines().filter_map(|line| line.strip_prefix("fact ").or(line.strip_prefix("anchor ")));
    let mut record = Map::new();
    for line in facts {
        let name = line.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        let applies = match name {
            "carrying" => record.get("colour") == Some(&json!("red")),
            "late" => record.get("flag") == Some(&json!(true)),
            _ => true,
        };
        let mut value = if applies { values(name, random) } else { Value::Null };
        if gaps && random.once_in(4) {
            value = match &value {
                Value::String(text) if text.len() == 10 && random.once_in(2) => json!(text[..*random.choose(&[4, 7])]),
                _ => Value::Null,
            };
        }
        record.insert(name.into(), value);
    }
    Value::Object(record)
}

/// What is wrong with what the analysis says of a pair, if anything; and whether it was undecided.
fn check(before: &Protocol, after: &Protocol, random: &mut Random) -> Result<bool, String> {
    let found = diff(before, after, Depth::TRANSITIONS);
    let undecided = !found.undecided.is_empty();
    // Each witness was replayed by the analysis; replay it here as a reader of the output would.
    let shown = found.transitions.iter().filter_map(|t| Some((t.witness.as_ref()?, Some((t.from, t.to)))));
    for (witness, verdicts) in shown.chain(found.gained.iter().chain(&found.lost).chain(&found.common).map(|witness| (witness, None))) {
        let verdict = |protocol: &Protocol, record: &Map<String, Value>| {
            let text = Value::Object(record.clone()).to_string();
            RecordReader::new(protocol).json(text.as_bytes()).record.map(|record| evaluate(protocol, &record).verdict)
        };
        let (Ok(was), Ok(is)) = (verdict(before, &witness.records[0]), verdict(after, &witness.records[1])) else {
            return Err(format!("an invalid witness: {:?}", witness.records));
        };
        if verdicts.is_some_and(|expected| expected != (was, is)) {
            return Err(format!("a witness for {verdicts:?} shows {was:?} {is:?}"));
        }
    }
    let (old_reader, new_reader) = (RecordReader::new(before), RecordReader::new(after));
    for round in 0..asked("LIND_TRIES", 60) {
        let gaps = round % 2 == 1;
        let tried = record(random, gaps);
        let (Ok(old), Ok(new)) = (old_reader.deserialize(&tried).record, new_reader.deserialize(&tried).record) else { continue };
        let (was, is) = (evaluate(before, &old).verdict, evaluate(after, &new).verdict);
        let possible = |from: Verdict, to: Verdict| {
            found.transitions.is_empty() && found.undecided.is_empty()
                || found.transitions.iter().any(|t| (t.from, t.to) == (from, to) && t.witness.is_none() && !t.undecided)
        };
        if was != is && possible(was, is) && !undecided {
            return Err(format!("nobody is said to go from {was:?} to {is:?}, yet {tried} does"));
        }
        if gaps || undecided {
            continue;
        }
        let eligible = (was == Verdict::Eligible, is == Verdict::Eligible);
        let refuted = match found.change {
            Change::Equivalent => eligible.0 != eligible.1,
            Change::Widened => eligible == (true, false),
            Change::Narrowed => eligible == (false, true),
            Change::Shifted | Change::Undecided => false,
            Change::Disjoint => eligible == (true, true),
            Change::Emptied => eligible.1,
            Change::Opened => eligible.0,
            Change::Empty => eligible.0 || eligible.1,
        };
        if refuted {
            return Err(format!("said to be {}, yet {tried} goes from {was:?} to {is:?}", found.change.word()));
        }
    }
    let mirrored = diff(after, before, Depth::VERDICT);
    if mirrored.change != found.change.mirror() && found.undecided.is_empty() && mirrored.undecided.is_empty() {
        return Err(format!("{} one way, {} the other", found.change.word(), mirrored.change.word()));
    }
    Ok(undecided)
}

#[test]
fn what_is_proven_of_an_amendment_holds_for_every_record_that_is_tried() {
    let (wrong, undecided, done) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()), AtomicUsize::new(0));
    let pairs = asked("LIND_PAIRS", 60);
    std::thread::scope(|scope| {
        for thread in 0..2u64 {
            let (wrong, undecided, done) = (&wrong, &undecided, &done);
            scope.spawn(move || {
                let seed = asked("LIND_SEED", 1747) as u64;
                let mut world = World { random: Random(0x9E37_79B9 + thread * 77 + seed) };
                for _ in 0..pairs / 2 {
                    let (before, after) = world.pair();
                    let old = protocol("before", &before);
                    // A word for its neighbour does not always make a protocol.
                    let Some(new) = lind::compile(&lind::span::Source::new("after", after.clone())).protocol else { continue };
                    let criteria = |text: &str| text[text.find("\ninclude").or(text.find("\nexclude")).unwrap_or(0)..].to_string();
                    match check(&old, &new, &mut world.random) {
                        Ok(true) => undecided.lock().unwrap().push(format!("{}{}", criteria(&before), criteria(&after))),
                        Ok(false) => {}
                        Err(how) => wrong.lock().unwrap().push(format!("{how}\nbefore:{}\nafter:{}", criteria(&before), criteria(&after))),
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (wrong, undecided) = (wrong.into_inner().unwrap(), undecided.into_inner().unwrap());
    let done = done.into_inner();
    println!("{done} pairs, {} undecided, {} refuted", undecided.len(), wrong.len());
    assert!(done > pairs * 4 / 5, "too few pairs compile: {done}");
    if let Some(first) = undecided.first() {
        println!("the first that is undecided: {first}");
    }
    assert!(wrong.is_empty(), "{} of {pairs} pairs are refuted, the first:\n{}", wrong.len(), wrong[0]);
}

/// Records that spoke against what was once proven of an amendment.
#[test]
fn nothing_is_denied_that_a_known_record_does() {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("tests/counterexamples")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 3, "{}", folders.len());
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let versions = ["before.lind", "after.lind"].map(|version| protocol(&name, &read(&folder.join(version))));
        let record = read(&folder.join("record.json"));
        let [was, is] = versions.each_ref().map(|version| evaluate(version, &RecordReader::new(version).json(record.as_bytes()).record.unwrap()).verdict);
        assert_ne!(was, is, "{name}: the record speaks for nothing");
        let found = diff(&versions[0], &versions[1], Depth { time: Some(Duration::from_secs(10)), ..Depth::TRANSITIONS });
        let lets_in = matches!(found.change, Change::Widened | Change::Shifted | Change::Disjoint | Change::Opened | Change::Undecided);
        assert!(is != Verdict::Eligible || lets_in, "{name}: said to be {}, yet {record} goes from {was:?} to {is:?}", found.change.word());
        let denied = found.transitions.iter().any(|t| (t.from, t.to) == (was, is) && t.witness.is_none() && !t.undecided);
        assert!(!denied && !found.transitions.is_empty(), "{name}: nobody is said to go from {was:?} to {is:?}, yet {record} does");
    }
}
