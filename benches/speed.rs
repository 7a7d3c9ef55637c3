//! How fast the library is, as ratios and growth exponents measured in one run.
//!
//! Run all of it with `cargo bench --bench speed`, or one section with
//! `cargo bench --bench speed -- growth` (`growth`, `nesting`, `evaluate`, `reading`,
//! `screen`, `diff`, `adversarial`).

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lind::analysis::{Change, Depth, diff, samples};
use lind::calendar::{Days, day_text};
use lind::emit::{Samples, Target};
use lind::evaluate::{Printer, Record, RecordReader, Report, Verdict, evaluate};
use lind::protocol::Protocol;
use lind::span::Source;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const PROTOCOL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/protocols/NCT05106972.lind");

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    type Section = fn(&mut Table);
    let sections: [(&str, Section); 7] = [
        ("growth", growth),
        ("nesting", nesting),
        ("evaluate", evaluation),
        ("reading", reading),
        ("screen", screening),
        ("diff", amending),
        ("adversarial", adversarial),
    ];
    let mut table = Table::default();
    for (name, section) in sections {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            println!("\n# {name}\n");
            section(&mut table);
        }
    }
    table.print();
}

// ---------------------------------------------------------------- measuring

/// The lines that have a target.
#[derive(Default)]
struct Table(Vec<(String, f64, Bound)>);

/// What a figure is held to.
#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Table {
    fn add(&mut self, line: impl Into<String>, figure: f64, target: Bound) {
        self.0.push((line.into(), figure, target));
    }

    fn print(&self) {
        println!("\n# targets\n\n{:<52} {:>12} {:>14}", "", "measured", "target");
        for (line, figure, target) in &self.0 {
            let (sign, bound, met) = match target {
                Bound::AtMost(bound) => ("<=", *bound, figure <= bound),
                Bound::AtLeast(bound) => (">=", *bound, figure >= bound),
            };
            let verdict = if met { "met" } else { "MISSED" };
            println!("{line:<52} {:>12} {:>14}  {verdict}", short(*figure), format!("{sign} {}", short(bound)));
        }
    }
}

fn short(figure: f64) -> String {
    if figure.abs() < 1000.0 { format!("{figure:.2}") } else { grouped(figure) }
}

/// A whole number with commas.
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The best of at least three runs, and of as many as fit into a fifth of a second.
fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    let mut least = f64::INFINITY;
    let mut runs = 0;
    while runs < 3 || started.elapsed() < Duration::from_millis(200) {
        let start = Instant::now();
        // What it made is dropped outside the time: both sides of a ratio make something.
        let made = black_box(work());
        least = least.min(start.elapsed().as_secs_f64());
        drop(made);
        runs += 1;
    }
    least
}

/// The best times of several pieces of work, taken in turn so that a busy machine strikes all alike.
fn in_turn<const N: usize>(rounds: usize, mut work: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut least = [f64::INFINITY; N];
    for _ in 0..rounds {
        for (work, least) in work.iter_mut().zip(&mut least) {
            let start = Instant::now();
            work();
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    least
}

/// By which power the second time has grown over the first.
fn exponent(sizes: [f64; 2], times: [f64; 2]) -> f64 {
    (times[1] / times[0]).ln() / (sizes[1] / sizes[0]).ln()
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

fn compiled(name: &str, text: &str) -> Protocol {
    let compilation = lind::compile(&Source::new(name, text));
    let warnings: Vec<String> = compilation
        .diagnostics
        .iter()
        .filter(|d| d.severity() > lind::diagnostic::Severity::Info)
        .take(5)
        .map(|d| format!("{}: {}", d.code.name(), d.message))
        .collect();
    assert!(warnings.is_empty(), "{name} is meant to be clean:\n{}", warnings.join("\n"));
    compilation.protocol.expect("a protocol without errors")
}

/// A small generator of random numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn choose<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

// ---------------------------------------------------------------- growth

const SIZES: [usize; 4] = [20, 200, 2_000, 20_000];

/// A protocol of `count` criteria over about as many facts.
///
/// Ten kinds in turn: limits of laboratories, windows over events, sets, ages,
/// booleans, scales, quantities and attested statements. Every text says what
/// its expression asks. A tag such as `E17` keeps texts apart and is no number.
fn generated(count: usize) -> String {
    let mut facts = String::from(
        "trial BENCH0001\n  title \"A generated protocol\"\n  version \"1\"\n  sponsor \"Nobody\" other\n  condition \"None\"\n\
         \nanchor registration: \"Registration\"\nfact birth_date: date \"Date of birth\"\n\
         fact sex: one of { female, male } \"Sex\"\ndefine age: years from birth_date to registration\n",
    );
    let mut criteria = String::new();
    for i in 0..count {
        let limit = 2 + i % 7;
        let _ = match i % 10 {
            0 => {
                let _ = writeln!(facts, "fact enzyme_{i}: lab 'U/L'\n  \"Enzyme E{i}\"");
                writeln!(criteria, "exclude enzyme_{i}_high:\n  \"Enzyme E{i} above {limit} ULN\"\n  enzyme_{i} > {limit} ULN")
            }
            1 => {
                let _ = writeln!(facts, "fact drug_{i}: events\n  \"Doses of drug D{i}\"");
                writeln!(criteria, "exclude drug_{i}_recent:\n  \"Drug D{i} within {limit} weeks before registration\"\n  drug_{i} within {limit} weeks before registration")
            }
            2 => {
                let _ = writeln!(facts, "fact viruses_{i}: set of {{ hepatitis_b, hepatitis_c, hiv, cmv, other }}\n  \"Viruses of panel V{i}\"");
                writeln!(criteria, "exclude virus_{i}:\n  \"Hepatitis C or HIV found by panel V{i}\"\n  viruses_{i} has any of {{ hepatitis_c, hiv }}")
            }
            3 => {
                let (low, high) = (18 + i % 5, 60 + i % 9);
                let _ = writeln!(facts, "fact stratum_{i}: boolean\n  \"Belongs to stratum S{i}\"");
                writeln!(criteria, "include age_{i}:\n  \"Aged between {low} and {high} years, where in stratum S{i}\"\n  if stratum_{i} then age in {low} years .. {high} years")
            }
            4 => {
                let _ = writeln!(facts, "fact disease_{i}: boolean\n  \"Has disease X{i}\"\n  code snomed \"716203000\"");
                writeln!(criteria, "include without_{i}:\n  \"Free of disease X{i}\"\n  not disease_{i}")
            }
            5 => {
                let _ = writeln!(facts, "fact count_{i}: quantity '10*9/L'\n  \"Cell count K{i}\"");
                writeln!(criteria, "include count_{i}_enough:\n  \"Cell count K{i} of at least {}0 x 10^9/L\"\n  count_{i} >= {}0 '10*9/L'", limit + 5, limit + 5)
            }
            6 => {
                let _ = writeln!(facts, "fact toxicity_{i}: events {{ grade: scale {{ mild, moderate, severe, fatal }}, end: date }}\n  \"Toxicities of agent T{i}\"");
                writeln!(criteria, "exclude toxicity_{i}_severe:\n  \"Severe toxicity of agent T{i} within {limit} months before registration\"\n  note \"The last day counts\"\n  toxicity_{i} where (grade >= severe) within {limit} months before registration")
            }
            7 => {
                let _ = writeln!(facts, "fact pregnant_{i}: boolean when sex = female\n  \"Pregnancy test P{i}\"\nfact nursing_{i}: boolean when sex = female\n  \"Nursing N{i}\"");
                writeln!(criteria, "exclude pregnancy_{i}:\n  \"Pregnancy by test P{i} or nursing N{i}\"\n  pregnant_{i} or nursing_{i}\n  reading by_test_{i}:\n    \"the test alone\"\n    pregnant_{i}")
            }
            8 => {
                let _ = writeln!(facts, "fact clotting_{i}: lab 's'\n  \"Clotting time C{i}\"\nfact control_{i}: quantity 's'\n  \"Clotting time of the control C{i}\"");
                writeln!(criteria, "exclude clotting_{i}_long:\n  \"Clotting C{i} prolonged by more than {limit} seconds\"\n  clotting_{i} - control_{i} > {limit} seconds")
            }
            _ => writeln!(criteria, "include judged_{i}:\n  \"Suitable by judgement J{i}\"\n  attested by investigator"),
        };
    }
    format!("{facts}\n{criteria}")
}

fn growth(table: &mut Table) {
    let texts: Vec<String> = SIZES.iter().map(|count| generated(*count)).collect();
    let sources: Vec<Source> = texts.iter().map(|text| Source::new("generated", text.as_str())).collect();
    let protocols: Vec<Protocol> = texts.iter().map(|text| compiled("generated", text)).collect();
    print!("{:<30}", "criteria");
    SIZES.iter().for_each(|size| print!(" {:>14}", grouped(*size as f64)));
    println!("  exponents");
    print!("{:<30}", "facts");
    protocols.iter().for_each(|protocol| print!(" {:>14}", grouped(protocol.facts.len() as f64)));
    print!("\n{:<30}", "bytes");
    texts.iter().for_each(|text| print!(" {:>14}", grouped(text.len() as f64)));
    println!();

    let compiling: Vec<f64> = sources.iter().map(|source| best(|| lind::compile(source))).collect();
    table.add("compile, exponent from 20 to 20,000 criteria", line("compile", &compiling), Bound::AtMost(1.1));

    let sampling: Vec<f64> = protocols.iter().map(|protocol| best(|| samples(protocol))).collect();
    line("samples", &sampling);
    let shown: Vec<Samples> = protocols.iter().map(samples).collect();
    let mut building = sampling;
    for target in Target::ALL {
        let times: Vec<f64> =
            protocols.iter().zip(&shown).map(|(protocol, shown)| best(|| target.emit(protocol, shown))).collect();
        line(&format!("emit {}", target.name()), &times);
        building.iter_mut().zip(&times).for_each(|(sum, time)| *sum += time);
    }
    table.add("build, exponent from 20 to 20,000 criteria", line("build: samples and every emit", &building), Bound::AtMost(1.1));
    let whole: Vec<f64> = compiling.iter().zip(&building).map(|(a, b)| a + b).collect();
    line("compile and build", &whole);
    let worst = whole.windows(2).map(|pair| pair[0] / pair[1]).fold(0.0, f64::max);
    table.add("build, a size over the next one, ten times as large", worst, Bound::AtMost(1.0));
}

/// Prints the times of one piece of work over all sizes, with the exponent of each step; returns that of the
/// whole way.
fn line(name: &str, times: &[f64]) -> f64 {
    print!("{name:<30}");
    times.iter().for_each(|time| print!(" {:>14}", milliseconds(*time)));
    let powers: Vec<f64> = times
        .windows(2)
        .zip(SIZES.windows(2))
        .map(|(times, sizes)| exponent([sizes[0] as f64, sizes[1] as f64], [times[0], times[1]]))
        .collect();
    println!("  {}", powers.iter().map(|power| format!("{power:.2}")).collect::<Vec<_>>().join(" "));
    let last = SIZES.len() - 1;
    exponent([SIZES[0] as f64, SIZES[last] as f64], [times[0], times[last]])
}

// ---------------------------------------------------------------- amendments

/// One criterion changes: what the engine takes to say what that does, witnesses included.
fn amending(table: &mut Table) {
    const SIZES: [usize; 4] = [50, 200, 1_000, 5_000];
    let verdict = Depth::VERDICT;
    let three_valued = Depth::TRANSITIONS;
    println!("{:<34} {:>14} {:>14} {:>14}", "one criterion changed", "verdict", "three-valued", "with readings");
    let row = |name: &str, before: &Protocol, after: &Protocol| {
        let found = diff(before, after, verdict);
        let small = before.criteria.len() < 100;
        let depths = if small { vec![verdict, three_valued, Depth::FULL] } else { vec![verdict] };
        let times: Vec<f64> = depths.iter().map(|depth| best(|| diff(before, after, *depth))).collect();
        print!("{name:<34}");
        times.iter().for_each(|time| print!(" {:>14}", milliseconds(*time)));
        println!("{}", if found.change == Change::Narrowed { "" } else { "  undecided within its budget" });
        times
    };
    let text = std::fs::read_to_string(PROTOCOL).expect("the shipped protocol");
    let longer = text.replace("albumin within 3 weeks before", "albumin within 4 weeks before");
    let shipped = row("NCT05106972", &compiled("before", &text), &parsed_protocol(&longer));
    table.add("diff of NCT05106972, three-valued, in ms", shipped[1] * 1e3, Bound::AtMost(0.5));
    let mut times = Vec::new();
    for size in SIZES {
        let text = generated(size);
        let stricter = text.replacen("count_5 >= ", "count_5 > ", 1);
        times.push(row(&format!("{} criteria", grouped(size as f64)), &compiled("before", &text), &parsed_protocol(&stricter))[0]);
    }
    table.add("diff of 1,000 criteria, in ms", times[2] * 1e3, Bound::AtMost(20.0));
    table.add("diff of 5,000 criteria, in ms", times[3] * 1e3, Bound::AtMost(120.0));
    let power = exponent([1_000.0, 5_000.0], [times[2], times[3]]);
    println!("\ngrowth from 1,000 to 5,000 criteria: exponent {power:.2}");
}

/// Amendments made to be hard: each is decided, or given up within its budget.
fn adversarial(table: &mut Table) {
    type Shape = fn(usize) -> [String; 2];
    let shapes: [(&str, Shape, [usize; 3]); 4] = [
        ("pigeons, one hole too few", pigeons, [6, 8, 10]),
        ("parity of bits, in two orders", parity, [6, 10, 14]),
        ("even weights that sum up to odd", weights, [10, 20, 40]),
        ("dates in a circle", circle, [6, 12, 24]),
    ];
    println!("{:<40} {:>12}  said", "made to be hard", "time");
    let mut slowest: f64 = 0.0;
    for (name, shape, sizes) in shapes {
        for size in sizes {
            let [before, after] = shape(size).map(|text| parsed_protocol(&text));
            let start = Instant::now();
            let found = diff(&before, &after, Depth::VERDICT);
            let seconds = start.elapsed().as_secs_f64();
            slowest = slowest.max(seconds);
            println!("{:<40} {:>12}  {}", format!("{size} {name}"), milliseconds(seconds), found.change.word());
        }
    }
    table.add("the slowest of what is made to be hard, in s", slowest, Bound::AtMost(30.0));
}

/// A protocol of one hard criterion and one easy one.
fn hard(names: &[String], ty: &str, test: &str) -> String {
    let facts: Vec<String> = names.iter().map(|name| format!("fact {name}: {ty}\n")).collect();
    format!("trial HARD-1\nfact other: boolean\n{}include hard: \"Hard\" {test}\ninclude besides: \"Besides\" other\n", facts.concat())
}

fn named(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{prefix}_{i}")).collect()
}

/// Each pigeon sits in a hole, alone: no resolution shows in few steps that there are too few holes.
fn pigeons(count: usize) -> [String; 2] {
    let sits = |pigeon: usize, hole: usize| format!("sits_{pigeon}_{hole}");
    let facts: Vec<String> = (0..count).flat_map(|pigeon| (1..count).map(move |hole| sits(pigeon, hole))).collect();
    let listed = |names: Vec<String>, between: &str| names.join(between);
    let some = (0..count).map(|pigeon| format!("({})", listed((1..count).map(|hole| sits(pigeon, hole)).collect(), " or ")));
    let alone = (1..count).map(|hole| format!("at most 1 of ({})", listed((0..count).map(|pigeon| sits(pigeon, hole)).collect(), ", ")));
    let test = listed(some.chain(alone).collect(), " and ");
    [hard(&facts, "boolean", &test), hard(&facts, "boolean", &format!("{test} and other"))]
}

/// Whether an odd number of bits is set, asked from the first and from the last.
fn parity(count: usize) -> [String; 2] {
    let bits = named("bit", count);
    let asked = |order: Vec<&String>| {
        let (mut defined, mut last) = (String::new(), "other".to_string());
        for (i, bit) in order.into_iter().enumerate() {
            let _ = writeln!(defined, "define odd_{i}: if {bit} then (not {last}) else {last}");
            last = format!("odd_{i}");
        }
        format!("{}{defined}", hard(&bits, "boolean", &last))
    };
    [asked(bits.iter().collect()), asked(bits.iter().rev().collect())]
}

/// Even weights, some of which would have to sum up to an odd number.
fn weights(count: usize) -> [String; 2] {
    let parts = named("part", count);
    let sum: Vec<String> = parts.iter().enumerate().map(|(i, name)| format!("{} * {name}", 2 * (i * i + 7 * i + 11))).collect();
    ["301", "401"].map(|total| hard(&parts, "integer in 0 .. 1", &format!("{} = {total}", sum.join(" + "))))
}

/// Each date a while before the next, and the last before the first.
fn circle(count: usize) -> [String; 2] {
    let days = named("day", count);
    ["1 months", "30 days"].map(|most| {
        let steps = (0..count).map(|i| format!("{} within {most} before {}", days[i], days[(i + 1) % count]));
        let steps: Vec<String> = steps.chain([format!("{} before {}", days[0], days[1])]).collect();
        hard(&days, "date", &steps.join(" and "))
    })
}

/// A version whose text no longer fits its logic, which is a warning.
fn parsed_protocol(text: &str) -> Protocol {
    lind::compile(&Source::new("after", text)).protocol.expect("a protocol without errors")
}

// ---------------------------------------------------------------- nesting

fn nesting(table: &mut Table) {
    type Shape = fn(usize) -> String;
    let shapes: [(&str, Shape); 3] = [
        ("bare parentheses", |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth))),
        ("`and` and `or` in turn", |depth| {
            let opening: String = (0..depth).map(|i| if i % 2 == 0 { "(a and " } else { "(b or " }).collect();
            format!("{opening}c{}", ")".repeat(depth))
        }),
        ("`not` at each level", |depth| format!("{}a{}", "not (".repeat(depth), ")".repeat(depth))),
    ];
    println!("{:<30} {:>12} {:>12} {:>12} {:>12}", "compile, levels", 1, 10, 100, 1000);
    for (name, shape) in shapes {
        let times = [1, 10, 100, 1000].map(|depth| {
            let text = format!(
                "trial BENCH0001\n  title \"Nested\"\nanchor registration: \"Registration\"\n\
                 fact a: boolean \"A\"\nfact b: boolean \"B\"\nfact c: boolean \"C\"\n\
                 include nested:\n  \"The nested one\"\n  {}\n",
                shape(depth)
            );
            let source = Source::new("nested", text);
            assert!(lind::compile(&source).protocol.is_some(), "{name} {depth} deep does not compile");
            best(|| lind::compile(&source))
        });
        print!("{name:<30}");
        times.iter().for_each(|time| print!(" {:>12}", milliseconds(*time)));
        // What one level adds, in the range before and in the last one.
        let [few, many] = [(times[2] - times[1]) / 90.0, (times[3] - times[2]) / 900.0];
        println!("  a level adds {:.2} then {:.2} microseconds", few * 1e6, many * 1e6);
        let power = exponent([100.0, 1000.0], [times[2], times[3]]);
        table.add(format!("nesting, {name}, exponent to 1,000"), power, Bound::AtMost(1.1));
    }
}

// ---------------------------------------------------------------- records

/// A day as text, so many days before the last one on which anybody is registered.
fn day(back: u64) -> String {
    let last = Days::parse("2026-06-30").map_or(0, |days| days.first);
    day_text(last - back as i32)
}

/// How much of a record is left out.
#[derive(Clone, Copy)]
enum Unknowns {
    /// Nothing: the record is complete.
    None,
    /// One value in so many.
    OneIn(u64),
    /// All but one value in so many.
    AllBut(u64),
}

/// A subject of NCT05106972; `sound` is one whom every criterion lets in.
fn subject(random: &mut Random, unknowns: Unknowns, sound: bool) -> Map<String, Value> {
    let mut record = Map::new();
    let registered = random.below(300);
    let ago = |days: u64| day(registered + days);
    // One criterion or another fails in most cohorts.
    let off = |random: &mut Random, n: u64| !sound && random.once_in(n);
    let female = random.once_in(2);
    let years = if off(random, 12) { random.below(90) } else { 25 + random.below(30) };
    let cirrhosis = if off(random, 8) { random.below(1500) } else { 2200 + random.below(2000) };
    let hepatitis = cirrhosis + random.below(2000);
    let decompensation = random.below(cirrhosis.max(1));
    let treatment = if off(random, 8) { random.below(200) } else { 250 + random.below(500) }.min(cirrhosis);
    let mut partial = |days: u64| {
        let text = ago(days);
        // Patients remember a month, or a year.
        let length = if sound { 10 } else { [4, 7, 10, 10, 10, 10, 10, 10, 10, 10][random.below(10) as usize] };
        text[..length].to_string()
    };
    let onsets = [partial(hepatitis), partial(cirrhosis), partial(decompensation)];
    let mut put = |key: &str, value: Value| drop(record.insert(key.to_string(), value));
    put("registration", json!(ago(0)));
    put("birth_date", json!(ago(years * 366 + 20 + random.below(200))));
    put("sex", json!(if female { "female" } else { "male" }));
    put("causes", if off(random, 10) { json!(["hepatitis_b", random.choose(&["alcohol", "hepatitis_c", "hepatitis_d", "other"])]) } else { json!(["hepatitis_b"]) });
    put("decompensated", json!(!off(random, 15)));
    for (key, onset) in ["hepatitis_onset", "cirrhosis_onset", "decompensation_onset"].into_iter().zip(onsets) {
        put(key, json!(onset));
    }
    let unsuitable = !random.once_in(3);
    put("transplant_unsuitable", json!(unsuitable));
    put("donor_liver", json!(unsuitable && random.once_in(10)));
    for key in ["bleeding_tendency", "bleeding", "encephalopathy", "encephalopathy_ever"] {
        put(key, json!(off(random, 25)));
    }
    put("treatment_start", json!(ago(treatment)));
    for key in ["symptom_relief", "life_improved"] {
        put(key, json!(off(random, 10)));
    }
    put("liver_malignancy", json!(off(random, 30)));
    let family = random.choose(&["parent", "sibling", "grandparent", "collateral"]);
    put("family_liver_malignancy", if off(random, 12) { json!([family]) } else { json!([]) });
    let hypersplenism = random.once_in(4);
    put("hypersplenism", json!(hypersplenism));
    put("needs_splenectomy", json!(hypersplenism && off(random, 5)));
    put("other_tumors", if off(random, 15) { json!([random.choose(&["benign", "malignant"])]) } else { json!([]) });
    let tenths = |n: u64| n as f64 / 10.0;
    let control = 110 + random.below(20);
    let pt = control + if off(random, 6) { random.below(90) } else { random.below(30) };
    put("pt", json!({ "value": tenths(pt), "upper": 14.5, "lower": 11.0, "date": ago(random.below(10)) }));
    put("pt_control", json!(tenths(control)));
    put("pt_baseline", json!(tenths(control + random.below(10))));
    let infusions: Vec<Value> = (0..random.below(4))
        .map(|_| json!({ "date": ago(if off(random, 6) { random.below(30) } else { 25 + random.below(300) }) }))
        .collect();
    put("albumin", json!(infusions));
    let bleeds: Vec<Value> = (0..random.below(3))
        .map(|_| {
            let ended = if off(random, 6) { random.below(40) } else { 35 + random.below(300) };
            json!({ "date": ago(ended + random.below(6)), "end": ago(ended), "significant": random.once_in(2) })
        })
        .collect();
    put("gi_bleed", json!(bleeds));
    for key in ["peritonitis", "peritonitis_ever", "bacterial"] {
        put(key, json!(off(random, 25)));
    }
    put("active_viral", if off(random, 20) { json!(["hepatitis_b", "cmv"]) } else { json!(["hepatitis_b"]) });
    for key in ["pregnant", "lactating"] {
        let here = off(random, 20);
        put(key, json!(female && here));
    }
    put("consent", json!(!off(random, 40)));
    put("inappropriate", json!(off(random, 40)));
    for (i, value) in record.values_mut().enumerate() {
        // The date of registration and the sex stand in every record.
        let lost = match unknowns {
            _ if i == 0 || i == 2 => false,
            Unknowns::None => false,
            Unknowns::OneIn(n) => random.once_in(n),
            Unknowns::AllBut(n) => !random.once_in(n),
        };
        if lost {
            *value = Value::Null;
        }
    }
    record
}

/// Records as lines of JSON; an unknown value is written as null in one record and left out of the next.
fn lines(count: usize, mut unknowns: impl FnMut(&mut Random) -> (Unknowns, bool)) -> Vec<String> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    (0..count)
        .map(|i| {
            let (unknowns, sound) = unknowns(&mut random);
            let mut record = subject(&mut random, unknowns, sound);
            if i % 2 == 0 {
                record.retain(|_, value| !value.is_null());
            }
            Value::Object(record).to_string()
        })
        .collect()
}

/// A cohort: seven in ten complete, two with gaps, one nearly empty; a third meet every criterion.
fn cohort(count: usize) -> Vec<String> {
    lines(count, |random| {
        let sound = random.once_in(3);
        match random.below(10) {
            0 => (Unknowns::AllBut(8), sound),
            1 | 2 => (Unknowns::OneIn(10), sound),
            _ => (Unknowns::None, sound),
        }
    })
}

fn shipped() -> Protocol {
    let text = std::fs::read_to_string(PROTOCOL).expect("the shipped protocol");
    lind::compile(&Source::new("NCT05106972.lind", text)).protocol.expect("a protocol without errors")
}

fn parsed(reader: &RecordReader<'_>, lines: &[String]) -> Vec<Record> {
    lines.iter().map(|line| reader.json(line.as_bytes()).record.unwrap_or_else(|errors| panic!("{}\n{line}", errors[0]))).collect()
}

// ---------------------------------------------------------------- evaluating

fn evaluation(table: &mut Table) {
    const COUNT: usize = 4_000;
    let protocol = shipped();
    let reader = RecordReader::new(&protocol);
    let kinds = [
        ("a cohort", cohort(COUNT)),
        ("complete and eligible", lines(COUNT, |_| (Unknowns::None, true))),
        ("mostly unknown", lines(COUNT, |_| (Unknowns::AllBut(8), false))),
    ];
    println!("{:<26} {:>14} {:>10} {:>10} {:>14} {:>12}", "records", "a second", "eligible", "ineligible", "undetermined", "ns a record");
    for (name, lines) in kinds {
        let records = parsed(&reader, &lines);
        let mut verdicts = [0usize; 3];
        records.iter().for_each(|record| verdicts[evaluate(&protocol, record).verdict as usize] += 1);
        let [ineligible, undetermined, eligible] = verdicts;
        let time = best(|| records.iter().filter(|record| evaluate(&protocol, record).verdict == Verdict::Eligible).count());
        let rate = records.len() as f64 / time;
        println!("{name:<26} {:>14} {eligible:>10} {ineligible:>10} {undetermined:>14} {:>12.0}", grouped(rate), 1e9 / rate);
        if name == "a cohort" {
            table.add("evaluate, records a second, a cohort", rate, Bound::AtLeast(1e6));
        }
    }
}

// ---------------------------------------------------------------- reading

/// What a program of one's own would read such a record into.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "its fields are what is read")]
struct ByHand {
    registration: Option<String>,
    birth_date: Option<String>,
    sex: Option<String>,
    causes: Option<Vec<String>>,
    decompensated: Option<bool>,
    hepatitis_onset: Option<String>,
    cirrhosis_onset: Option<String>,
    decompensation_onset: Option<String>,
    transplant_unsuitable: Option<bool>,
    donor_liver: Option<bool>,
    bleeding_tendency: Option<bool>,
    bleeding: Option<bool>,
    encephalopathy: Option<bool>,
    encephalopathy_ever: Option<bool>,
    treatment_start: Option<String>,
    symptom_relief: Option<bool>,
    life_improved: Option<bool>,
    liver_malignancy: Option<bool>,
    family_liver_malignancy: Option<Vec<String>>,
    hypersplenism: Option<bool>,
    needs_splenectomy: Option<bool>,
    other_tumors: Option<Vec<String>>,
    pt: Option<LabByHand>,
    pt_control: Option<f64>,
    pt_baseline: Option<f64>,
    albumin: Option<Vec<EventByHand>>,
    gi_bleed: Option<Vec<EventByHand>>,
    peritonitis: Option<bool>,
    peritonitis_ever: Option<bool>,
    bacterial: Option<bool>,
    active_viral: Option<Vec<String>>,
    pregnant: Option<bool>,
    lactating: Option<bool>,
    consent: Option<bool>,
    inappropriate: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "its fields are what is read")]
struct LabByHand {
    value: Option<f64>,
    upper: Option<f64>,
    lower: Option<f64>,
    date: Option<String>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "its fields are what is read")]
struct EventByHand {
    date: Option<String>,
    end: Option<String>,
    significant: Option<bool>,
}

fn reading(table: &mut Table) {
    let protocol = shipped();
    let reader = RecordReader::new(&protocol);
    let lines = cohort(4_000);
    let records = parsed(&reader, &lines);
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    let reports: Vec<Report> = records.iter().map(|record| evaluate(&protocol, record)).collect();
    let printer = Printer::new(&protocol);
    let write = |out: &mut Vec<u8>, report: &Report| {
        printer.print(out, "cohort.ndjson:1", report);
        out.push(b'\n');
    };
    let mut out = Vec::with_capacity(1 << 24);
    let mut written = 0;
    let [by_hand, value, read, report, whole] = in_turn(40, [
        &mut || lines.iter().for_each(|line| drop(black_box(serde_json::from_str::<ByHand>(line)))),
        &mut || lines.iter().for_each(|line| drop(black_box(serde_json::from_str::<Value>(line)))),
        &mut || lines.iter().for_each(|line| drop(black_box(reader.json(line.as_bytes())))),
        &mut || {
            out.clear();
            reports.iter().for_each(|report| write(&mut out, report));
            written = black_box(&out).len();
        },
        &mut || {
            let mut out = Vec::with_capacity(1 << 16);
            for line in &lines {
                let record = reader.json(line.as_bytes()).record.expect("a valid record");
                write(&mut out, &evaluate(&protocol, &record));
                if out.len() > 1 << 15 {
                    black_box(&out);
                    out.clear();
                }
            }
        },
    ]);
    assert!(lines.iter().all(|line| serde_json::from_str::<ByHand>(line).is_ok()));
    println!("{} records, {} bytes each, reports of {} bytes each\n", lines.len(), bytes / lines.len(), written / lines.len());
    println!("{:<44} {:>8} {:>12} {:>16}", "", "MB/s", "ns a record", "speed of serde");
    let rows = [
        ("serde_json into a struct of one's own", by_hand),
        ("serde_json into serde_json::Value", value),
        ("RecordReader::json", read),
        ("a report into JSON", report),
        ("read, evaluate, report (screen)", whole),
    ];
    for (name, time) in rows {
        let rate = bytes as f64 / time / 1e6;
        println!("{name:<44} {rate:>8.0} {:>12.0} {:>16.2}", time / lines.len() as f64 * 1e9, by_hand / time);
    }
    table.add("reading, over serde_json into a struct", by_hand / read, Bound::AtLeast(0.5));
}

/// The command as a whole process against reading the same file into a struct of one's own.
fn screening(table: &mut Table) {
    let lines = cohort(100_000);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cohort.ndjson");
    std::fs::write(&path, lines.join("\n")).expect("room for the cohort");
    let screen = |threads: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lind"));
        command.args(["screen", PROTOCOL]).arg(&path).args(["--format", "ndjson"]);
        command.args(threads.iter().flat_map(|threads| ["--threads", *threads]));
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the command");
        assert!(status.success());
    };
    let [by_hand, one, all] = in_turn(5, [
        &mut || {
            let mut stream = BufReader::with_capacity(1 << 16, File::open(&path).expect("the cohort"));
            let mut line = String::new();
            while stream.read_line(&mut line).expect("a line") > 0 {
                drop(black_box(serde_json::from_str::<ByHand>(&line).expect("a record")));
                line.clear();
            }
        },
        &mut || screen(Some("1")),
        &mut || screen(None),
    ]);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{} records; {cores} cores\n", lines.len());
    println!("{:<44} {:>12} {:>16}", "", "records/s", "speed of serde");
    for (name, time) in [("serde_json into a struct of one's own", by_hand), ("lind screen --threads 1", one), ("lind screen", all)] {
        println!("{name:<44} {:>12} {:>16.2}", grouped(lines.len() as f64 / time), by_hand / time);
    }
    table.add("lind screen, over serde_json into a struct", by_hand / all, Bound::AtLeast(0.5));
}
