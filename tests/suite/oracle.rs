//! The analysis against an SMT solver, which shares nothing with it but `protocol.json`.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lind::analysis::{Depth, diff};
use lind::emit::{Samples, Target};
use lind::protocol::{Protocol, Type};
use serde_json::{Value, json};

use super::amendments::asked;
use super::support::{Random, have_engine, root, tool};
use super::worlds::Pair;

/// What was said of a pair, and its texts.
struct Said {
    change: &'static str,
    /// None, where partial dates make more of them than the oracle knows of.
    transitions: Option<Vec<String>>,
    texts: String,
}

fn as_data(protocol: &Protocol) -> Value {
    serde_json::from_str(&Target::ProtocolJson.emit(protocol, &Samples::default()).text).unwrap()
}

#[test]
fn a_solver_of_another_make_says_the_same_of_amendments() {
    if !have_engine("z3") {
        return;
    }
    let wanted = asked("LIND_ORACLE", 150);
    let mut random = Random(0x0A11 ^ (asked("LIND_SEED", 1) as u64) << 20);
    let (mut lines, mut said, mut own) = (String::new(), Vec::new(), Duration::ZERO);
    while said.len() < wanted {
        let pair = Pair::draw(&mut random);
        let compiled = pair.texts.clone().map(|text| lind::compile(&lind::span::Source::new("world", text)).protocol);
        let [Some(before), Some(after)] = compiled else { continue };
        let has = |wanted: fn(&Type) -> bool| before.facts.iter().any(|fact| wanted(&fact.ty));
        let months = pair.texts.iter().any(|text| text.contains("months from"));
        if !pair.same_facts || months || has(|ty| matches!(ty, Type::Events(_))) {
            continue;
        }
        let start = Instant::now();
        let found = diff(&before, &after, Depth::TRANSITIONS);
        own += start.elapsed();
        let way = |t: &lind::analysis::Transition| format!("{} -> {}", t.from.word(), t.to.word());
        let mut transitions: Vec<String> = found.transitions.iter().filter(|t| t.witness.is_some()).map(way).collect();
        transitions.sort();
        let dated = has(|ty| matches!(ty, Type::Date));
        said.push(Said {
            change: found.change.word(),
            transitions: (!dated).then_some(transitions),
            texts: format!("{:?}\n{}\n{}", found.undecided, pair.texts[0], pair.texts[1]),
        });
        lines.push_str(&format!("{}\n", json!({ "before": as_data(&before), "after": as_data(&after) })));
    }
    let script = root().join("tests/engines/z3_amendments.py");
    let mut child = Command::new(tool("python3")).arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let answers: Vec<Value> = String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), said.len());
    let (mut seconds, mut decided) = (0.0, 0);
    for (own, answer) in said.iter().zip(&answers) {
        seconds += answer["seconds"].as_f64().unwrap();
        if own.change == "undecided" {
            continue;
        }
        decided += 1;
        assert_eq!(answer["change"], own.change, "z3 says {answer}, lind {:?}, of\n{}", own.transitions, own.texts);
        if let Some(transitions) = &own.transitions {
            assert_eq!(answer["transitions"], json!(transitions), "of\n{}", own.texts);
        }
    }
    let each = |seconds: f64| seconds * 1e3 / said.len() as f64;
    println!("{} pairs, {decided} decided, 0 answered otherwise; ms a pair: z3 {:.2}, lind {:.2}", said.len(), each(seconds), each(own.as_secs_f64()));
    assert!(decided * 100 >= said.len() * 99, "{decided} of {} are decided", said.len());
}
