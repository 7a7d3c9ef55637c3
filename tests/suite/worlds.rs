//! The analysis against brute force: pairs of protocols so small that every record can be tried.
//!
//! Whatever the analysis says that somebody does comes with a record, which is
//! replayed here; whatever it says that nobody does must hold for every record
//! of the world. So nothing depends on the worlds being complete.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lind::analysis::{Change, Depth, Diff, Witness, diff};
use lind::evaluate::{Draft, RecordReader, Verdict, evaluate};
use lind::protocol::Protocol;
use lind::span::Source;
use serde_json::{Map, Value, json};

use super::amendments::asked;
use super::support::Random;

/// A fact of small worlds: its declaration, every value that a test can tell apart, and its tests.
struct Fact {
    name: &'static str,
    declared: &'static [&'static str],
    values: fn() -> Vec<Value>,
    test: fn(&mut Random) -> String,
}

const FACTS: &[Fact] = &[
    Fact {
        name: "flag",
        declared: &["fact flag: boolean"],
        values: || vec![json!(true), json!(false)],
        test: |_| "flag".into(),
    },
    Fact {
        name: "colour",
        declared: &["fact colour: one of { red, green, blue }", "fact colour: one of { red, blue, green, grey }"],
        values: || ["red", "green", "blue", "grey"].map(|value| json!(value)).to_vec(),
        test: |random| match random.below(3) {
            0 => "colour in { red, blue }".into(),
            1 => format!("colour != {}", random.choose(&["red", "green", "blue"])),
            _ => format!("colour = {}", random.choose(&["red", "green", "blue"])),
        },
    },
    Fact {
        name: "marks",
        declared: &["fact marks: set of { m, n }", "fact marks: set of { m, n } when colour = red"],
        values: || vec![json!([]), json!(["m"]), json!(["n"]), json!(["m", "n"])],
        test: |random| match random.below(3) {
            0 => format!("count(marks) {} {}", operator(random), random.below(3)),
            _ => format!("marks has {}", random.choose(&["m", "n", "any", "all of { m, n }", "any except { m }"])),
        },
    },
    Fact {
        name: "grade",
        declared: &["fact grade: scale { none, mild, severe }"],
        values: || ["none", "mild", "severe"].map(|value| json!(value)).to_vec(),
        test: |random| format!("grade {} {}", operator(random), random.choose(&["none", "mild", "severe"])),
    },
    Fact {
        name: "a",
        declared: &["fact a: integer in 0 .. 3", "fact a: integer in 1 .. 4", "fact a: integer in 0 .. 3 when flag"],
        values: || (0..5).map(|n| json!(n)).collect(),
        test: |random| match random.below(6) {
            0 => format!("a {} b", operator(random)),
            1 => format!("a + b {} {}", operator(random), random.below(6)),
            2 => format!("a - 2 * b {} {}", operator(random), random.below(3)),
            3 => format!("a / b {} {}", operator(random), 1 + random.below(2)),
            4 => format!("a in {} .. {}", random.below(2), 2 + random.below(2)),
            _ => format!("a {} {}", operator(random), random.below(4)),
        },
    },
    Fact {
        name: "b",
        declared: &["fact b: integer in 0 .. 3"],
        values: || (0..4).map(|n| json!(n)).collect(),
        test: |random| match random.below(4) {
            0 => format!("b - a {} {}", operator(random), random.below(2)),
            _ => format!("b {} {}", operator(random), random.below(4)),
        },
    },
    Fact {
        name: "level",
        declared: &["fact level: quantity 'mg/dL'", "fact level: quantity 'mg/dL' in 1 .. 8"],
        values: || [0.5, 1.0, 1.2, 1.5, 1.7, 2.0, 9.0].map(|value| json!(value)).to_vec(),
        test: |random| format!("level {} {}", operator(random), random.choose(&["1 'mg/dL'", "1.5 'mg/dL'", "2 'mg/dL'", "0.02 'g/L'"])),
    },
    Fact {
        name: "alt",
        declared: &["fact alt: lab 'U/L'"],
        values: || {
            let pairs = [(10, [5, 10, 15, 20, 25]), (0, [-5, 0, 5, 0, 5]), (-10, [-25, -20, -15, -10, -5])];
            let known = pairs.iter().flat_map(|(upper, values)| values.map(|value| json!({ "value": value, "upper": upper })));
            known.chain([json!({ "value": 5 }), json!({ "upper": 5 })]).collect()
        },
        test: |random| format!("alt {} {} ULN", operator(random), 1 + random.below(2)),
    },
    Fact {
        name: "onset",
        declared: &["fact onset: date", "fact onset: date when flag"],
        values: dates,
        test: |random| match random.below(8) {
            0 | 1 => format!("onset {} visit", random.choose(&["before", "on or before", "on", "on or after", "after"])),
            2 => format!("days from onset to visit {} {} days", operator(random), random.below(3)),
            3 => format!("{} {} {}", elapsed(random), operator(random), elapsed(random)),
            _ => format!("onset {} visit", window(random)),
        },
    },
    Fact {
        name: "course",
        declared: &["fact course: quantity months"],
        values: || [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0].map(|value| json!(value)).to_vec(),
        test: |random| match random.below(3) {
            0 => format!("months from onset to visit {} course", operator(random)),
            1 => format!("course - (months from onset to visit) {} {} months", operator(random), random.below(2)),
            _ => format!("course {} {} months", operator(random), random.below(3)),
        },
    },
    Fact {
        name: "planned",
        declared: &["fact planned: integer in 0 .. 3"],
        values: || (0..4).map(|n| json!(n)).collect(),
        test: |random| match random.below(4) {
            0 => format!("count(falls) {} planned", operator(random)),
            3 if random.once_in(8) => format!("falls where (count(falls {} date) {} planned) ever", window(random), operator(random)),
            1 => format!("planned - count(falls where (bad)) {} {}", operator(random), random.below(2)),
            _ => format!("planned {} {}", operator(random), random.below(4)),
        },
    },
    Fact {
        name: "visit",
        declared: &["anchor visit: \"Visit\""],
        values: dates,
        test: |random| format!("visit {} 2024-03-02", random.choose(&["before", "on", "after"])),
    },
    Fact {
        name: "falls",
        declared: &["fact falls: events { bad: boolean }"],
        values: || {
            let dates = [json!("2024-03-14"), json!("2024-03-13"), json!("2024-03-01"), json!("2024-03"), Value::Null];
            let flags = [json!(true), json!(false), Value::Null];
            let kinds: Vec<Value> = dates.iter().flat_map(|date| flags.iter().map(move |bad| json!({ "date": date, "bad": bad }))).collect();
            let mut lists = vec![json!([])];
            for (i, first) in kinds.iter().enumerate() {
                lists.push(json!([first]));
                lists.extend(kinds[i..].iter().map(|second| json!([first, second])));
            }
            lists
        },
        test: |random| match random.below(10) {
            // Events that need each other take long to search.
            8 | 9 if !random.once_in(20) => "falls where (bad) ever".into(),
            9 => {
                let which = random.choose(&["latest", "earliest"]);
                match random.below(3) {
                    0 => format!("falls where ({which}(falls {} date).bad) ever", window(random)),
                    1 => format!("falls where (date {} {which}(falls {} date).date) ever", window(random), window(random)),
                    _ => format!("count(falls where (bad and {which}(falls {} date).bad)) {} 1", window(random), operator(random)),
                }
            }
            6 => format!("count(falls where (bad)) {} count(falls {} 2024-03-15)", operator(random), window(random)),
            7 => format!("{}(falls{}).date {} 2024-03-15", random.choose(&["highest", "lowest"]), random.choose(&["", " where (bad)"]), window(random)),
            8 => format!("falls where ({}falls {} date) ever", random.choose(&["", "not ", "bad and not "]), window(random)),
            0 => "falls ever".into(),
            1 => format!("{}(falls).bad", random.choose(&["latest", "earliest"])),
            2 => format!("count(falls where (bad)) {} {}", operator(random), random.below(2)),
            3 => format!("count(falls) {} {}", operator(random), random.below(2)),
            4 => format!("falls where ({}) {} 2024-03-15", random.choose(&["bad", "not bad"]), window(random)),
            _ => format!("falls {} 2024-03-15", window(random)),
        },
    },
];

fn operator(random: &mut Random) -> &'static str {
    const ALL: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];
    ALL[random.below(ALL.len())]
}

fn elapsed(random: &mut Random) -> String {
    let unit = random.choose(&["days", "weeks"]);
    let (from, to) = *random.choose(&[("onset", "visit"), ("visit", "onset"), ("onset", "2024-03-31"), ("2024-02-29", "visit")]);
    let times = random.choose(&["", "", "2 * ", "7 * "]);
    format!("{times}({unit} from {from} to {to})")
}

fn window(random: &mut Random) -> String {
    let side = *random.choose(&["before", "after"]);
    match random.below(4) {
        0 => format!("within {} days {side}", 1 + random.below(2)),
        1 => format!("more than {} days {side}", 1 + random.below(2)),
        2 => format!("at least 2 days {side}"),
        _ => format!("less than 2 days {side}"),
    }
}

/// Days that lie to each other in every way that windows of two days tell apart, months and years among them.
fn dates() -> Vec<Value> {
    let days = ["2023-12-31", "2024-01-01", "2024-01-02", "2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04", "2024-03-15", "2024-03-30", "2024-03-31"];
    days.into_iter().chain(["2024-04-01", "2024-02", "2024-03", "2024-04", "2023", "2024"]).map(|date| json!(date)).collect()
}

/// Two versions over a few facts.
pub struct Pair {
    facts: Vec<&'static Fact>,
    pub texts: [String; 2],
    /// Whether both versions record the same.
    pub same_facts: bool,
}

impl Pair {
    pub fn draw(random: &mut Random) -> Self {
        let mut facts: Vec<&'static Fact> = Vec::new();
        // A world of two long lists would take too long to try.
        let long = |fact: &Fact| matches!(fact.name, "falls" | "onset" | "visit");
        for _ in 0..=random.below(3) {
            let mut fact = random.choose(FACTS);
            // Days and lists take a hundred times as long to try as all else.
            while !random.once_in(asked("LIND_LONG", 6)) && (long(fact) || matches!(fact.name, "course" | "planned")) {
                fact = random.choose(FACTS);
            }
            if !(long(fact) && facts.iter().any(|known| long(known))) {
                facts.push(fact);
            }
        }
        let needs = |facts: &[&Fact], name: &str| facts.iter().any(|fact| fact.name == name);
        // What is compared with days or events needs some.
        for (name, other) in [("course", "onset"), ("planned", "falls")] {
            if needs(&facts, name) && !needs(&facts, other) {
                let crowded = facts.iter().any(|fact| long(fact));
                facts.retain(|fact| !crowded || fact.name != name);
                facts.extend(FACTS.iter().filter(|fact| !crowded && fact.name == other));
            }
        }
        if facts.is_empty() {
            facts.extend(FACTS.first());
        }
        if needs(&facts, "onset") {
            facts.extend(FACTS.iter().filter(|fact| fact.name == "visit"));
        }
        if needs(&facts, "a") || needs(&facts, "b") {
            facts.extend(FACTS.iter().filter(|fact| matches!(fact.name, "a" | "b")));
        }
        let mut declared: Vec<usize> = facts.iter().map(|fact| if random.once_in(6) { random.below(fact.declared.len()) } else { 0 }).collect();
        let conditions = |facts: &[&'static Fact], declared: &[usize]| -> Vec<&'static Fact> {
            let all: Vec<&str> = facts.iter().zip(declared).map(|(fact, i)| fact.declared[*i]).collect();
            let wants = |name: &str, when: &str| !needs(facts, name) && all.iter().any(|text| text.ends_with(when));
            FACTS.iter().filter(|fact| wants(fact.name, "when flag") && fact.name == "flag" || wants(fact.name, "when colour = red") && fact.name == "colour").collect()
        };
        let more = conditions(&facts, &declared);
        declared.extend(more.iter().map(|_| 0));
        facts.extend(more);
        let mut seen = BTreeSet::new();
        let kept: Vec<bool> = facts.iter().map(|fact| seen.insert(fact.name)).collect();
        let mut keep = kept.iter();
        declared.retain(|_| *keep.next().unwrap());
        let mut keep = kept.iter();
        facts.retain(|_| *keep.next().unwrap());

        let mut before: Vec<String> = (0..=random.below(3)).map(|i| criterion(random, &facts, i)).collect();
        let mut after = before.clone();
        match random.below(6) {
            0 => after.push(criterion(random, &facts, 7)),
            1 if before.len() > 1 => drop(after.remove(0)),
            2 => before.push(criterion(random, &facts, 7)),
            _ => after[0] = criterion(random, &facts, 0),
        }
        let text = |declared: &[usize], criteria: &[String]| {
            let lines: Vec<&str> = facts.iter().zip(declared).map(|(fact, i)| fact.declared[*i]).collect();
            format!("trial T\n{}\n{}", lines.join("\n"), criteria.concat())
        };
        let old = text(&declared, &before);
        // Now and then a fact is recorded otherwise.
        let recorded = declared.clone();
        if random.once_in(8) {
            let i = random.below(facts.len());
            declared[i] = random.below(facts[i].declared.len());
        }
        Self { texts: [old, text(&declared, &after)], same_facts: declared == recorded, facts }
    }

    /// How many records its world has.
    fn records(&self) -> usize {
        self.facts.iter().map(|fact| (fact.values)().len() + 1).product()
    }
}

fn criterion(random: &mut Random, facts: &[&'static Fact], i: usize) -> String {
    let unless = if random.once_in(6) { format!(" unless {}", atom(random, facts)) } else { String::new() };
    format!("{} c{i}: \"c\" {}{unless}\n", random.choose(&["include", "exclude"]), test(random, facts, 2))
}

fn atom(random: &mut Random, facts: &[&'static Fact]) -> String {
    let fact = *random.choose(facts);
    (fact.test)(random)
}

fn test(random: &mut Random, facts: &[&'static Fact], depth: usize) -> String {
    if depth == 0 || random.once_in(3) {
        return atom(random, facts);
    }
    let mut part = || format!("({})", test(random, facts, depth - 1));
    let (x, y, z) = (part(), part(), part());
    match random.below(6) {
        0 => format!("not {x}"),
        1 => format!("{x} and {y}"),
        2 => format!("{x} or {y}"),
        3 => format!("if {x} then {y} else {z}"),
        4 => format!("if {x} then {y}"),
        _ => format!("{} {} of ({x}, {y}, {z})", random.choose(&["at least", "at most", "exactly"]), 1 + random.below(2)),
    }
}

/// Whether nothing is left open by what a record says of a fact.
fn is_whole(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.starts_with(char::is_numeric) || text.len() == 10,
        Value::Array(list) => list.iter().all(|event| event.is_string() || event["bad"].is_boolean() && is_whole(&event["date"])),
        Value::Object(lab) => lab.contains_key("value") && lab.contains_key("upper"),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Every record of a small world, put to both versions fact by fact.
struct Tried<'p> {
    protocols: [&'p Protocol; 2],
    drafts: [Draft<'p>; 2],
    names: Vec<&'static str>,
    values: Vec<Vec<Value>>,
    said: Vec<usize>,
}

impl<'p> Tried<'p> {
    fn new(pair: &Pair, protocols: [&'p Protocol; 2]) -> Self {
        let values = pair.facts.iter().map(|fact| (fact.values)().into_iter().chain([Value::Null]).collect());
        let names = pair.facts.iter().map(|fact| fact.name).collect();
        Self { protocols, drafts: protocols.map(Draft::new), names, values: values.collect(), said: vec![0; pair.facts.len()] }
    }

    fn verdict(&self, side: usize) -> Verdict {
        Verdict::of(self.protocols[side].criteria.iter().map(|own| self.drafts[side].outcome(own.kind, &own.rule)))
    }

    /// Whether all is known of the record at hand that applies on some side.
    fn is_complete(&self) -> bool {
        self.names.iter().enumerate().all(|(i, name)| {
            let applies = |side: usize| self.protocols[side].fact(name).is_some_and(|fact| self.drafts[side].applies(fact));
            is_whole(&self.values[i][self.said[i]]) || !applies(0) && !applies(1)
        })
    }

    fn record(&self) -> Value {
        let said = self.names.iter().enumerate().map(|(i, name)| ((*name).to_string(), self.values[i][self.said[i]].clone()));
        Value::Object(said.collect())
    }

    /// What is wrong for some record, if anything is; `is_wrong` is asked of each that is valid for both versions.
    fn all(&mut self, next: usize, is_wrong: &dyn Fn(&Self, Verdict, Verdict) -> Option<String>) -> Option<String> {
        if next == self.values.len() {
            let valid = self.drafts.iter().all(|draft| draft.wrong().next().is_none());
            return if valid { is_wrong(self, self.verdict(0), self.verdict(1)) } else { None };
        }
        for i in 0..self.values[next].len() {
            self.said[next] = i;
            for (protocol, draft) in self.protocols.iter().zip(&mut self.drafts) {
                if let Some(fact) = protocol.fact(self.names[next]) {
                    draft.set(fact, &self.values[next][i]);
                }
            }
            let wrong = self.all(next + 1, is_wrong);
            if wrong.is_some() {
                return wrong;
            }
        }
        None
    }
}

/// What is wrong with what is said of a pair, if anything.
fn refuted(pair: &Pair, protocols: [&Protocol; 2], said: &Diff) -> Option<String> {
    let readers = protocols.map(RecordReader::new);
    let verdicts = |records: [&Map<String, Value>; 2]| -> Option<[Verdict; 2]> {
        let verdict = |side: usize| {
            let read = readers[side].deserialize(&Value::Object(records[side].clone())).record.ok()?;
            Some(evaluate(protocols[side], &read).verdict)
        };
        Some([verdict(0)?, verdict(1)?])
    };
    let shown = |witness: &Witness| verdicts([&witness.records[0], &witness.records[1]]);
    let eligible = [&said.lost, &said.gained, &said.common].map(|witness| witness.as_ref().and_then(&shown).map(|both| both.map(|verdict| verdict == Verdict::Eligible)));
    for (what, (is, expected)) in ["lost", "gained", "common"].iter().zip(eligible.into_iter().zip([[true, false], [false, true], [true, true]])) {
        if is.is_some_and(|is| is != expected) {
            return Some(format!("the witness for {what} shows {is:?}"));
        }
    }
    for transition in said.transitions.iter().filter(|transition| transition.witness.is_some()) {
        if transition.witness.as_ref().and_then(&shown) != Some([transition.from, transition.to]) {
            return Some(format!("the witness for {:?} to {:?} shows something else", transition.from, transition.to));
        }
    }
    let [lost, gained, common] = [&said.lost, &said.gained, &said.common].map(Option::is_some);
    let decided = said.change != Change::Undecided;
    Tried::new(pair, protocols).all(0, &|tried, was, is| {
        if decided && tried.is_complete() {
            let missed = match (was == Verdict::Eligible, is == Verdict::Eligible) {
                (true, false) => !lost,
                (false, true) => !gained,
                (true, true) => !common,
                (false, false) => false,
            };
            if missed {
                return Some(format!("said to be {}, yet {} goes from {was:?} to {is:?}", said.change.word(), tried.record()));
            }
        }
        let denied = said.transitions.iter().any(|t| (t.from, t.to) == (was, is) && t.witness.is_none() && !t.undecided);
        let silent = said.transitions.is_empty() && said.undecided.is_empty();
        let wrong = was != is && (denied || silent);
        wrong.then(|| format!("nobody is said to go from {was:?} to {is:?}, yet {} does", tried.record()))
    })
}

#[test]
fn nobody_in_a_small_world_refutes_what_is_said_of_an_amendment() {
    // A million pairs: LIND_WORLDS=1000000 LIND_LONG=60 LIND_RECORDS=1000.
    let (pairs, most) = (asked("LIND_WORLDS", 1_000), asked("LIND_RECORDS", usize::MAX));
    let (wrong, undecided, done, skipped) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()), AtomicUsize::new(0), AtomicUsize::new(0));
    let turned = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..2u64 {
            let (wrong, undecided, done, skipped, turned) = (&wrong, &undecided, &done, &skipped, &turned);
            scope.spawn(move || {
                let mut random = Random(0x5EED ^ ((asked("LIND_SEED", 1) as u64) << 16) ^ (thread << 48));
                for _ in 0..pairs / 2 {
                    let mut pair = Pair::draw(&mut random);
                    while pair.records() > most {
                        pair = Pair::draw(&mut random);
                    }
                    let compiled = pair.texts.clone().map(|text| lind::compile(&Source::new("world", text)).protocol);
                    let [Some(before), Some(after)] = compiled else {
                        skipped.fetch_add(1, Ordering::Relaxed);
                        continue;
                    };
                    // What takes a minute is undecided, as it is on the command line after some.
                    let time = Some(Duration::from_secs(60));
                    let said = diff(&before, &after, Depth { time, ..Depth::TRANSITIONS });
                    if !said.undecided.is_empty() {
                        undecided.lock().unwrap().push(format!("{:?}\n{}{}", said.undecided, pair.texts[0], pair.texts[1]));
                    }
                    if let Some(how) = refuted(&pair, [&before, &after], &said) {
                        wrong.lock().unwrap().push(format!("{how}\n{}\n{}", pair.texts[0], pair.texts[1]));
                    }
                    let back = diff(&after, &before, Depth { time, ..Depth::VERDICT });
                    if back.change != said.change.mirror() && back.change != Change::Undecided && said.change != Change::Undecided {
                        wrong.lock().unwrap().push(format!("{} there, {} back\n{}\n{}", said.change.word(), back.change.word(), pair.texts[0], pair.texts[1]));
                    }
                    turned.fetch_add(usize::from(said.change != Change::Equivalent), Ordering::Relaxed);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (wrong, undecided) = (wrong.into_inner().unwrap(), undecided.into_inner().unwrap());
    let [done, skipped, turned] = [done, skipped, turned].map(AtomicUsize::into_inner);
    println!("{done} pairs ({turned} not equivalent), {} undecided, {} refuted; {skipped} do not compile", undecided.len(), wrong.len());
    undecided.iter().take(asked("LIND_SHOW", 1)).for_each(|text| println!("undecided: {text}"));
    assert!(done > pairs / 2, "too few pairs compile: {done}");
    assert!(wrong.is_empty(), "{} of {done} pairs are refuted, the first:\n{}", wrong.len(), wrong[0]);
    assert!(undecided.len() * 100 <= done, "{} of {done} pairs are undecided", undecided.len());
}
