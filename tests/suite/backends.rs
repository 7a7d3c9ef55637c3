//! Every way to ask a protocol about a record, behind one trait.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use lind::emit::{Emitted, Samples, Target};
use lind::evaluate::{Printer, RecordReader, View, evaluate, invalid_json};
use lind::protocol::{Criterion, Protocol};
use serde_json::{Value, json};

use super::support::{have, have_engine, root, tool};

/// Something that reports on records of a protocol.
pub trait Backend {
    fn name(&self) -> &'static str;

    /// One report for each record text; none where the backend's runtime is not installed.
    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>>;

    /// Whether a record with this report from `evaluate` reaches it. One that sees the parsed record cannot
    /// tell a repeated key, and a typed table holds nothing that its loader refuses.
    fn takes(&self, _record: &str, report: &Value) -> bool {
        codes(report).all(|code| code != "repeated-key")
    }
}

/// The codes of the mistakes that a report tells.
fn codes(report: &Value) -> impl Iterator<Item = &str> {
    report["invalid"].as_array().into_iter().flatten().filter_map(|mistake| mistake["code"].as_str())
}

/// Every backend, or those of `LIND_BACKENDS`.
pub fn all() -> Vec<Box<dyn Backend>> {
    let mut all: Vec<Box<dyn Backend>> = vec![
        Box::new(Reference),
        Box::new(Rust),
        Box::new(Python),
        Box::new(TypeScript),
        Box::new(R),
        Box::new(RFrames),
        Box::new(DuckDb),
        Box::new(PostgreSql),
        Box::new(Spark),
    ];
    if let Ok(asked) = std::env::var("LIND_BACKENDS") {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI asks every backend");
        all.retain(|backend| asked.split(',').any(|name| name == backend.name()));
        assert!(!all.is_empty(), "no backend is named in `{asked}`");
    }
    all
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

    fn takes(&self, _record: &str, _report: &Value) -> bool {
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
        let program = compiled("checker.rs", &text, "checker", Command::new("rustc").args(["-D", "warnings"]));
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
        let module = Self::module(protocol).filter(|_| have("node"))?;
        Some(run(Command::new("node").arg(module), records))
    }
}

impl TypeScript {
    /// The module that `tsc` makes of the checker.
    pub fn module(protocol: &Protocol) -> Option<PathBuf> {
        let text = Target::TypeScript.emit(protocol, &Samples::default()).text;
        have("tsc").then(|| compiled("checker.mts", &text, "checker.mjs", Command::new(tool("tsc")).args(TSC)))
    }
}

/// The emitted R checker.
pub struct R;

impl Backend for R {
    fn name(&self) -> &'static str {
        "r"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("Rscript") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let source = write(folder.path().join("checker.r"), &Target::R.emit(protocol, &Samples::default()).text);
        // A warning would be a mistake.
        let script = format!("options(warn = 2); source('{}'); checker$main()", source.display());
        Some(run(Command::new("Rscript").args(["--vanilla", "-e", &script]), records))
    }
}

/// The emitted R checker, asked about data frames.
pub struct RFrames;

impl Backend for RFrames {
    fn name(&self) -> &'static str {
        "r-frames"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("Rscript") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let emitted = Target::R.emit(protocol, &Samples::default());
        let source = write(folder.path().join("checker.r"), &emitted.text);
        let script = root().join("tests/engines/r_frames.r");
        let rows = run(Command::new("Rscript").arg("--vanilla").arg(script).arg(source), records);
        Some(rows.iter().map(|row| report_of(protocol, row, &emitted)).collect())
    }

    fn takes(&self, _record: &str, report: &Value) -> bool {
        codes(report).all(|code| IN_A_TABLE.contains(&code))
    }
}

/// The emitted view, over a table in `DuckDB`.
pub struct DuckDb;

impl Backend for DuckDb {
    fn name(&self) -> &'static str {
        "duckdb"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        have_engine("duckdb").then(|| rows(Target::DuckDb, "duckdb_rows.py", &[], protocol, records))
    }

    fn takes(&self, _record: &str, report: &Value) -> bool {
        codes(report).all(|code| IN_A_TABLE.contains(&code))
    }
}

/// The emitted view, over a table in `PostgreSQL`.
pub struct PostgreSql;

impl Backend for PostgreSql {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("psql") {
            return None;
        }
        let socket = &SERVER.get_or_init(serve).0;
        Some(rows(Target::PostgreSql, "postgresql_rows.py", &[socket], protocol, records))
    }

    fn takes(&self, record: &str, report: &Value) -> bool {
        // A number below every double is zero elsewhere; this database refuses to load it.
        !record.contains("e-400") && codes(report).all(|code| IN_A_TABLE.contains(&code))
    }
}

/// One server for all tests, and where its socket is. It ends when its standard input does: with the tests.
static SERVER: OnceLock<(String, Child)> = OnceLock::new();

fn serve() -> (String, Child) {
    let script = root().join("tests/engines/postgresql.sh");
    let mut server = Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut socket = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut socket).unwrap();
    assert!(!socket.trim().is_empty(), "the server of PostgreSQL does not start");
    (socket.trim().to_string(), server)
}

/// The emitted view, over a table in `Spark`.
pub struct Spark;

impl Backend for Spark {
    fn name(&self) -> &'static str {
        "spark"
    }

    fn reports(&self, protocol: &Protocol, records: &[String]) -> Option<Vec<Value>> {
        if !have("java") || !have_engine("pyspark") {
            return None;
        }
        let emitted = Target::Spark.emit(protocol, &Samples::default());
        let records: Vec<String> = records.iter().map(|record| record.replace('\n', " ")).collect();
        let asked = json!({ "checker": emitted.text, "records": records });
        let answer = SESSION.get_or_init(|| Mutex::new(begin())).lock().unwrap().ask(&asked);
        assert_eq!(answer.len(), records.len(), "a row for each record");
        Some(answer.iter().map(|row| report_of(protocol, row, &emitted)).collect())
    }

    fn takes(&self, _record: &str, report: &Value) -> bool {
        codes(report).all(|code| IN_A_TABLE.contains(&code))
    }
}

/// One session of Spark for all tests: to start one takes longer than most questions. It ends with the tests.
static SESSION: OnceLock<Mutex<Session>> = OnceLock::new();

struct Session {
    child: Child,
    answers: BufReader<ChildStdout>,
    /// What Spark has to say of itself: in a file, since nobody reads it unless it fails.
    said: std::fs::File,
}

fn begin() -> Session {
    let script = root().join("tests/engines/spark_rows.py");
    let said = tempfile::tempfile().unwrap();
    let mut command = Command::new(tool("python3"));
    command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let answers = BufReader::new(child.stdout.take().unwrap());
    Session { child, answers, said }
}

impl Session {
    fn ask(&mut self, asked: &Value) -> Vec<Value> {
        writeln!(self.child.stdin.as_mut().unwrap(), "{asked}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        if answer.is_empty() {
            let mut errors = String::new();
            self.said.rewind().unwrap();
            self.said.read_to_string(&mut errors).unwrap();
            panic!("Spark failed:\n{errors}");
        }
        serde_json::from_str(&answer).unwrap()
    }
}

/// What can be wrong with a record that a typed table holds.
const IN_A_TABLE: &[&str] = &[
    "not-a-date",
    "undeclared-member",
    "repeated-member",
    "out-of-range",
    "limits-out-of-order",
    "end-before-start",
    "does-not-apply",
];

/// Runs a script of `tests/engines` on an emitted view, and makes a report of each row.
fn rows(target: Target, script: &str, arguments: &[&str], protocol: &Protocol, records: &[String]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let emitted = target.emit(protocol, &Samples::default());
    let source = write(folder.path().join(target.file()), &emitted.text);
    let script = root().join("tests/engines").join(script);
    let rows = run(Command::new(tool("python3")).arg("-B").arg(script).arg(source).args(arguments), records);
    rows.iter().map(|row| report_of(protocol, row, &emitted)).collect()
}

/// The report that a row of a view stands for.
fn report_of(protocol: &Protocol, row: &Value, emitted: &Emitted) -> Value {
    let mut report = json!({ "protocol": protocol.header.id });
    if let Some(version) = &protocol.header.version {
        report["version"] = json!(version);
    }
    let mistakes: Vec<(&str, &str)> =
        row["invalid"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().rsplit_once(' ').unwrap()).collect();
    if !mistakes.is_empty() {
        assert!(row["verdict"].is_null(), "an invalid subject gets no verdict: {row}");
        // Only what the file lists as a gap may be refused where `evaluate` takes it.
        let is_gap = |path: &str| emitted.gaps.iter().any(|gap| gap.reason.contains("calculated with") && path_is(path, &gap.about));
        report["refused"] = mistakes.iter().filter(|(path, code)| *code == "out-of-range" && is_gap(path)).map(|(path, _)| json!(path)).collect();
        report["invalid"] = mistakes.iter().map(|(path, code)| json!({ "path": path, "code": code })).collect();
        return report;
    }
    let outcome = |criterion: &Criterion| match row[format!("{}_{}", criterion.kind.word(), criterion.about.name)] {
        Value::Bool(true) => "pass",
        Value::Bool(false) => "fail",
        Value::Null => "unknown",
        ref other => panic!("no outcome: {other}"),
    };
    let criteria = |arm: Option<usize>| -> Value {
        let each = protocol.criteria.iter().map(|criterion| {
            let applies = arm.is_none_or(|arm| criterion.arms.as_ref().is_none_or(|arms| arms.contains(&arm)));
            (criterion.about.name.clone(), json!(if applies { outcome(criterion) } else { "not_applicable" }))
        });
        Value::Object(each.collect())
    };
    report["verdict"] = row["verdict"].clone();
    report["missing"] = row["missing"].clone();
    report["criteria"] = criteria(None);
    if protocol.is_scoped() {
        let arms = protocol.arms.iter().enumerate().map(|(i, arm)| {
            let of = |what: &str| row[format!("arm_{}_{what}", arm.about.name)].clone();
            (arm.about.name.clone(), json!({ "verdict": of("verdict"), "missing": of("missing"), "criteria": criteria(Some(i)) }))
        });
        report["arms"] = Value::Object(arms.collect());
    }
    report["attested"] = protocol.criteria.iter().filter(|c| c.attested).map(|c| json!(c.about.name)).collect();
    report["contradicts"] = row["contradicts"].clone();
    report
}

/// Whether a path leads to a field that a gap names: the places in lists do not count.
fn path_is(path: &str, field: &str) -> bool {
    let plain: String = path.split('[').enumerate().map(|(i, part)| if i == 0 { part } else { part.split_once(']').unwrap().1 }).collect();
    plain == format!("$.{field}")
}

/// Whether two reports say the same, or the second is a refusal that its file announces.
pub fn agree(expected: &Value, found: &Value) -> bool {
    let refused = found["refused"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut plain = found.clone();
    plain.as_object_mut().unwrap().remove("refused");
    if refused.is_empty() || comparable(expected) == comparable(&plain) {
        return comparable(expected) == comparable(&plain);
    }
    // Beside the refusals all else is told alike, but what does not apply: that is decided of a record without mistakes.
    let others = |report: &Value| -> Vec<String> {
        let told = comparable(report)["invalid"].as_array().cloned().unwrap_or_default();
        let is_refused = |told: &str| refused.iter().any(|path| told == format!("{} out-of-range", path.as_str().unwrap_or_default()));
        told.iter().filter_map(Value::as_str).filter(|told| !is_refused(told) && !told.ends_with(" does-not-apply")).map(str::to_string).collect()
    };
    others(expected) == others(found)
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
