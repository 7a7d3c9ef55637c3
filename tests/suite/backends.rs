//! Every way to ask a protocol about a record, behind one trait.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use lind::emit::{Samples, Target};
use lind::evaluate::{Printer, RecordReader, View, evaluate, invalid_json};
use lind::protocol::Protocol;
use serde_json::Value;

use super::support::{have, root, tool};

/// Something that reports on records of a protocol.
pub trait Backend {
    fn name(&self) -> &'static str;

    /// One report for each record text; none where the backend's runtime is not installed.
    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>>;

    /// Whether it reads the record's text; one that sees the parsed record cannot tell a repeated key.
    fn reads_text(&self) -> bool {
        false
    }
}

pub fn all() -> Vec<Box<dyn Backend>> {
    vec![Box::new(Reference), Box::new(Rust), Box::new(Python), Box::new(TypeScript)]
}

/// `evaluate`: the meaning.
pub struct Reference;

impl Backend for Reference {
    fn name(&self) -> &'static str {
        "evaluate"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        let reader = RecordReader::new(protocol);
        let report = |text: &String| match reader.json(text.as_bytes()).record {
            Ok(record) => {
                let report = evaluate(protocol, &record);
                // The quick printer of `screen` prints what serde does.
                let mut line = Vec::new();
                Printer::new(protocol).print(&mut line, "s", &report);
                let view = View { protocol, report: &report, subject: Some("s") };
                assert_eq!(String::from_utf8(line).unwrap(), serde_json::to_string(&view).unwrap());
                serde_json::to_value(View { subject: None, ..view }).unwrap()
            }
            Err(errors) => invalid_json(protocol, &errors, None),
        };
        Some(records.iter().map(report).collect())
    }

    fn reads_text(&self) -> bool {
        true
    }
}

/// The emitted Rust checker, compiled.
pub struct Rust;

impl Backend for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("rustc") {
            return None;
        }
        let text = Target::Rust.emit(protocol, &Samples::default()).text;
        let program = compiled("checker.rs", &text, "checker", Command::new("rustc").args(["--edition", "2021", "-D", "warnings"]));
        Some(run(&mut Command::new(program), records))
    }
}

/// What a compiler makes of a checker. It is kept under `target`, for the next test that emits the same text.
fn compiled(name: &str, text: &str, product: &str, compiler: &mut Command) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    let version = Command::new(compiler.get_program()).arg("--version").output().unwrap().stdout;
    (name, text, format!("{compiler:?}"), version).hash(&mut hasher);
    let kept = root().join("target/checkers").join(format!("{:016x}", hasher.finish()));
    if !kept.exists() {
        let folders = root().join("target/checkers");
        std::fs::create_dir_all(&folders).unwrap();
        let folder = tempfile::tempdir_in(folders).unwrap();
        write(folder.path().join(name), text);
        let built = compiler.arg(name).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&[built.stdout, built.stderr].concat()).into_owned();
        assert!(built.status.success() && said.is_empty(), "{name} does not compile without a word:\n{said}");
        // Another test may have been quicker.
        let _ = std::fs::rename(folder.keep(), &kept);
    }
    kept.join(product)
}

/// The emitted Python checker.
pub struct Python;

impl Backend for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("python3") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let source = write(folder.path().join("checker.py"), &Target::Python.emit(protocol, &Samples::default()).text);
        Some(run(Command::new("python3").args(["-B", "-W", "error"]).arg(source), records))
    }
}

/// The emitted TypeScript checker, compiled to JavaScript and run by Node.
pub struct TypeScript;

/// What `tsc` has to find nothing wrong with: strict, and then some. Its own library is not ours to check.
const TSC: &[&str] = &[
    "--skipLibCheck",
    "--strict",
    "--noUncheckedIndexedAccess",
    "--exactOptionalPropertyTypes",
    "--noImplicitReturns",
    "--noFallthroughCasesInSwitch",
    "--erasableSyntaxOnly",
    "--target",
    "es2022",
    "--module",
    "es2022",
];

impl Backend for TypeScript {
    fn name(&self) -> &'static str {
        "typescript"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("node") || !have("tsc") {
            return None;
        }
        let text = Target::TypeScript.emit(protocol, &Samples::default()).text;
        let module = compiled("checker.mts", &text, "checker.mjs", Command::new(tool("tsc")).args(TSC));
        Some(run(Command::new("node").arg(module), records))
    }
}

fn write(path: PathBuf, text: &str) -> PathBuf {
    std::fs::write(&path, text).unwrap();
    path
}

/// Feeds a checker one record a line and reads one report a line.
fn run(command: &mut Command, records: &[String]) -> Vec<Value> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = records.iter().map(|record| record.replace('\n', " ") + "\n").collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the checker failed:\n{errors}");
    let reports: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert_eq!(reports.len(), records.len(), "a report for each record\n{errors}");
    reports
}

/// A report as backends are compared: of mistakes, their places and codes, in any order.
pub fn comparable(report: &Value) -> Value {
    let mut report = report.clone();
    if let Some(mistakes) = report.get_mut("invalid").and_then(Value::as_array_mut) {
        let mut told: Vec<String> = mistakes.iter().map(|m| format!("{} {}", m["path"].as_str().unwrap_or(""), m["code"].as_str().unwrap_or(""))).collect();
        told.sort();
        *mistakes = told.into_iter().map(Value::String).collect();
    }
    report
}
