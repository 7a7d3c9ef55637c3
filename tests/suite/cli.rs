//! The command, as a user runs it: each kind of bad input has a clear error, and nothing is lost.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::support::root;

fn lind(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lind"));
    command.args(arguments).current_dir(root()).env_remove("CLICOLOR_FORCE").env("COLUMNS", "100");
    command
}

fn run(arguments: &[&str]) -> Output {
    lind(arguments).output().unwrap()
}

fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = lind(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("the process ended by itself")
}

const NCT: &str = "protocols/NCT05106972.lind";

/// Checks a protocol given as bytes; the finding and the exit code.
fn check_bytes(bytes: &[u8]) -> (String, i32) {
    let output = with_input(&["check", "-"], bytes);
    assert_eq!(err(&output), "");
    (out(&output), code(&output))
}

// ---------------------------------------------------------------- protocols

#[test]
fn a_clean_protocol_exits_with_zero_and_findings_with_one() {
    let clean = run(&["check", NCT]);
    assert_eq!((code(&clean), out(&clean).lines().last()), (0, Some("protocols/NCT05106972.lind: 15 open questions")));
    assert_eq!(code(&run(&["check", "--fail-on", "info", NCT])), 1);
    let (text, exit) = check_bytes(b"trial T\ninclude a: \"A\" b\n");
    assert!(text.contains("unknown-name") && text.contains("1 error"), "{text}");
    assert_eq!(exit, 1);
}

#[test]
fn files_that_are_no_protocol_say_why() {
    for (bytes, code, says) in [
        (&b""[..], "empty-file", "is empty"),
        (b"\xEF\xBB\xBF  \n", "empty-file", "is empty"),
        (b"trial T\n\x00\x01", "binary-file", "byte 8 is NUL"),
        (b"trial T\nfact caf\xE9: boolean\n", "not-utf8", "byte 16 is 0xE9, on line 2"),
    ] {
        let (text, exit) = check_bytes(bytes);
        assert!(text.contains(code) && text.contains(says), "{text}");
        assert_eq!(exit, 2);
    }
    let missing = run(&["check", "no/such/file.lind"]);
    assert!(out(&missing).contains("unreadable-file") && out(&missing).contains("no/such/file.lind"));
    assert_eq!(code(&missing), 2);
    let folder = run(&["check", "protocols"]);
    assert!(out(&folder).contains("unreadable-file"));
    let large = vec![b'#'; 10 * 1024 * 1024];
    let (text, exit) = check_bytes(&large);
    assert!(text.contains("file-too-large"), "{text}");
    assert_eq!(exit, 2);
}

#[test]
fn deep_and_broken_texts_end_in_findings() {
    let deep = |n: usize| format!("trial T\nfact a: boolean\ninclude x: \"A\"\n  {}a{}\ninclude y: \"B\" a &&\n", "(".repeat(n), ")".repeat(n));
    let (text, exit) = check_bytes(deep(100_000).as_bytes());
    assert!(text.contains("too-deep") && text.contains("foreign-operator"), "the rest is still checked: {text}");
    assert_eq!(exit, 1);
    let (text, _) = check_bytes(deep(1_000).as_bytes());
    assert!(!text.contains("too-deep"), "{text}");
    for nested in [
        "if a then a else ".repeat(14_000) + "a",
        "e where ".repeat(1_600) + "a ever",
        "years from ".repeat(20_000) + "d",
        "hours from ".repeat(60_000) + "d",
        "years from # which?\n  ".repeat(20_000) + "d",
        "not ".repeat(100_000) + "a",
        "!".repeat(100_000) + "a",
        "a and (".repeat(30_000),
        "a and if ".repeat(4_000),
        "- ".repeat(50_000),
        "{".repeat(50_000),
    ] {
        let text = format!("trial T\nfact a: boolean\nfact d: date\nfact e: events\ninclude x: \"A\" {nested}\n");
        let (_, exit) = check_bytes(text.as_bytes());
        assert!(exit <= 1, "ended with {exit}");
    }
    let (text, _) = check_bytes(format!("trial T\n  title \"{}\"\n", "x".repeat(70_000)).as_bytes());
    assert!(text.contains("string-too-long"), "{text}");
    let (text, _) = check_bytes(b"trial T\nfact a: boolean\ninclude x: \"never closed\n  a\nfact b: boolean\ninclude y: \"B\" b and\n");
    assert!(text.contains("unclosed-string") && text.contains("missing-operand"), "{text}");
}

#[test]
fn a_long_chain_of_definitions_neither_overflows_nor_hangs() {
    let mut text = String::from("trial T\nfact a: boolean\ndefine d0: a\n");
    for i in 1..1_800 {
        text.push_str(&format!("define d{i}: not d{}\n", i - 1));
    }
    text.push_str("include x: \"X\" d1799\n");
    let (found, exit) = check_bytes(text.as_bytes());
    assert_eq!(exit, 0, "{found}");
    let record = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(record.path(), "{\"a\": true}\n").unwrap();
    let protocol = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(protocol.path(), text).unwrap();
    let output = run(&["screen", protocol.path().to_str().unwrap(), record.path().to_str().unwrap()]);
    assert!(code(&output) == 0 && out(&output).contains("ineligible"), "{}{}", out(&output), err(&output));
}

#[test]
fn files_are_laid_out_in_place_or_left_alone_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.lind");
    let (file, rough) = (path.to_str().unwrap(), "trial T\r\ninclude a: attested  by subject # why\r\n");
    std::fs::write(&path, rough).unwrap();
    let check = run(&["fmt", "--check", file]);
    assert_eq!((code(&check), out(&check)), (1, format!("{file}:2: laid out otherwise from here on\n")));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), rough, "--check writes nothing");
    let written = run(&["fmt", file]);
    assert_eq!((code(&written), out(&written)), (0, format!("{file}: formatted\n")));
    let smooth = "trial T\r\ninclude a: attested by subject  # why\r\n";
    assert_eq!(std::fs::read_to_string(&path).unwrap(), smooth, "its line ends stay");
    let again = run(&["fmt", file]);
    assert_eq!((code(&again), out(&again)), (0, String::new()));
    assert_eq!(code(&run(&["fmt", "--check", file])), 0);
    assert_eq!(out(&with_input(&["fmt", "-"], rough.as_bytes())), smooth);

    let broken = "trial T\ninclude a: (b\n";
    std::fs::write(&path, broken).unwrap();
    let left = run(&["fmt", file]);
    assert_eq!((code(&left), out(&left)), (2, String::new()));
    assert!(err(&left).contains("unclosed-parenthesis") && err(&left).contains("has 1 error; it was left as it is"), "{}", err(&left));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
    assert_eq!(out(&with_input(&["fmt", "-"], broken.as_bytes())), "", "half a file is never handed on");

    let deep = format!("trial T\nfact a: boolean\ninclude x: \"A\"\n  {}a{}\n", "(not ".repeat(1_000), ")".repeat(1_000));
    let once = out(&with_input(&["fmt", "-"], deep.as_bytes()));
    assert_eq!(once.matches('(').count(), 1_000);
    assert_eq!(code(&with_input(&["fmt", "--check", "-"], once.as_bytes())), 0);
}

#[test]
fn findings_can_be_read_by_programs() {
    let output = with_input(&["check", "--format", "json", "-"], b"trial T\ninclude a: \"A\" b\n");
    let finding: Value = serde_json::from_str(out(&output).lines().next().unwrap()).unwrap();
    assert_eq!(finding["code"], "unknown-name");
    assert_eq!(finding["span"]["start"], json!({ "byte": 23, "line": 2, "column": 16 }));
}

#[test]
fn colours_follow_the_terminal_and_no_color() {
    let coloured = |name: &str, value: &str| {
        let output = lind(&["check", "-"]).env(name, value).stdin(Stdio::null()).output().unwrap();
        out(&output).contains('\u{1b}')
    };
    assert!(!coloured("NO_COLOR", "1"));
    assert!(!coloured("LIND_NOTHING", "1"), "a pipe gets no colours");
    assert!(coloured("CLICOLOR_FORCE", "1"));
}

#[test]
fn usage_mistakes_exit_with_two_and_help_with_zero() {
    for arguments in [&["frobnicate"][..], &["check"], &["screen", NCT], &["build", "--target", "cobol", NCT], &["explain", "no-such-code"]] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(!err(&output).is_empty());
    }
    for arguments in [&["--help"][..], &["check", "--help"], &["build", "--help"], &["screen", "--help"], &["--version"]] {
        assert_eq!(code(&run(arguments)), 0);
    }
    for command in ["check", "build", "screen", "explain", "completions"] {
        assert!(out(&run(&[command, "--help"])).contains("Examples:"), "{command}");
    }
    assert!(out(&run(&["completions", "bash"])).contains("lind"));
    assert!(err(&run(&["explain", "unit-mismatc"])).contains("did you mean `unit-mismatch`?"));
    assert!(out(&run(&["explain", "unit-mismatch"])).starts_with("# unit-mismatch"));
}

// ---------------------------------------------------------------- build

#[test]
fn build_writes_everything_and_never_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = run(&["build", NCT, "--out", path]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let written = folder.path().join("NCT05106972");
    let names: Vec<String> = {
        let mut names: Vec<String> = std::fs::read_dir(&written).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(
        names,
        ["checker.duckdb.sql", "checker.postgresql.sql", "checker.py", "checker.r", "checker.rs", "checker.spark.sql", "checker.ts", "eligible.schema.json", "protocol.json", "protocol.schema.json", "protocol.yaml", "report.schema.json", "subject.schema.json"]
    );
    for name in &names {
        let golden = root().join("tests/golden/NCT05106972").join(name);
        assert_eq!(std::fs::read(written.join(name)).unwrap(), std::fs::read(golden).unwrap(), "{name}");
    }
    // An error leaves what was there.
    let broken = folder.path().join("broken.lind");
    std::fs::write(&broken, "trial NCT05106972\ninclude a: \"A\" b\n").unwrap();
    let output = run(&["build", broken.to_str().unwrap(), "--out", path]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("unknown-name") && err(&output).contains("nothing was written"));
    assert!(written.join("checker.py").metadata().unwrap().len() > 1_000);
    // A folder in the place of a file cannot be replaced, and no scrap is left.
    let blocked = written.join("protocol.json");
    std::fs::remove_file(&blocked).unwrap();
    std::fs::create_dir(&blocked).unwrap();
    let output = run(&["build", NCT, "--out", path, "--target", "protocol-json"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("cannot write") && err(&output).contains("protocol.json"), "{}", err(&output));
    assert!(std::fs::read_dir(&written).unwrap().all(|e| !e.unwrap().file_name().to_string_lossy().contains("tmp")));
    // A file in the place of the folder.
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let output = run(&["build", NCT, "--out", file.to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("cannot create"), "{}", err(&output));
}

#[test]
fn two_protocols_of_one_trial_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["build", NCT, NCT, "--out", folder.path().to_str().unwrap(), "--target", "report-schema"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("are both NCT05106972"));
}

// ---------------------------------------------------------------- screen

fn screen(arguments: &[&str], records: &[u8]) -> (String, String, i32) {
    let mut all = vec!["screen", NCT, "-"];
    all.extend(arguments);
    let output = with_input(&all, records);
    (out(&output), err(&output), code(&output))
}

#[test]
fn bad_records_are_reported_with_their_place_and_never_dropped() {
    for (record, code_name, says) in [
        ("[1, 2]", "record-not-object", "not a list"),
        ("7", "record-not-object", "not a number"),
        ("null", "record-not-object", "not null"),
        ("{\"sex\": \"male\"", "record-syntax", "EOF"),
        ("{\"pt_control\": NaN}", "record-syntax", "no JSON"),
        ("{\"pt_control\": 1e400}", "not-finite", "$.pt_control"),
        ("{\"pt_control\": 1234567890123456789012345678901234567890}", "out-of-range", "10^21"),
        ("{\"birth_date\": \"2026-02-30\"}", "not-a-date", "2026-02-30"),
        ("{\"sexx\": \"male\"}", "undeclared-key", "did you mean `sex`?"),
        ("{\"sex\": \"male\", \"sex\": \"female\"}", "repeated-key", "stands twice"),
        ("{\"sex\": \"male\", \"pregnant\": true}", "does-not-apply", "$.pregnant"),
        ("{\"gi_bleed\": [{\"date\": \"2026-01-02\", \"end\": \"2026-01-01\"}]}", "end-before-start", "$.gi_bleed[0].end"),
    ] {
        let (text, _, exit) = screen(&[], format!("{record}\n{{}}\n").as_bytes());
        assert!(text.contains(code_name) && text.contains(says), "{record}: {text}");
        assert!(text.contains("2 records: 0 eligible, 1 undetermined, 0 ineligible, 1 invalid"), "{text}");
        assert_eq!(exit, 1);
    }
    let nested = format!("{{\"sex\": {}1{}}}\n", "[".repeat(5_000), "]".repeat(5_000));
    let (text, _, _) = screen(&[], nested.as_bytes());
    assert!(text.contains("1 invalid"), "{text}");
    let (text, _, _) = screen(&[], format!("{}\n", "[".repeat(100_000)).as_bytes());
    assert!(text.contains("record-syntax"), "{text}");
    let mut large = vec![b' '; 50 * 1024 * 1024];
    large.extend(b"\n{}\n");
    let (text, _, exit) = screen(&[], &large);
    assert!(text.contains("record-too-large") && text.contains("1 undetermined"), "{text}");
    assert_eq!(exit, 1);
    let (text, _, _) = screen(&[], b"{\"sex\": \"\xFF\"}\n");
    assert!(text.contains("record-syntax"), "{text}");
}

#[test]
fn every_format_of_records_gives_the_same_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let files = [
        write("a.ndjson", "{\"sex\":\"male\",\"bleeding\":true}\n\n{\"sex\":\"female\"}\n"),
        write("b.json", "[{\"sex\":\"male\",\n\"bleeding\":true}, {\"sex\":\"female\"}]"),
        write("c.yaml", "- sex: male\n  bleeding: true\n- sex: female\n"),
        write("d.yml", "sex: male\nbleeding: true\n---\nsex: female\n"),
    ];
    for file in &files {
        let output = run(&["screen", NCT, file, "--format", "json"]);
        let document: Value = serde_json::from_str(&out(&output)).unwrap();
        let verdicts: Vec<&str> = document["reports"].as_array().unwrap().iter().map(|r| r["verdict"].as_str().unwrap()).collect();
        assert_eq!(verdicts, ["ineligible", "undetermined"], "{file}");
        assert_eq!(document["summary"]["records"], 2);
    }
    let yaml = write("bad.yaml", "pt_control: .nan\nbirth_date: 2026-02-30\nsex: male\nsex: female\n");
    let output = run(&["screen", NCT, &yaml]);
    for code_name in ["not-finite", "not-a-date", "repeated-key"] {
        assert!(out(&output).contains(code_name), "{}", out(&output));
    }
}

#[test]
fn a_cohort_ends_in_a_summary_with_attrition() {
    let records = b"{\"bleeding\":true}\n{\"encephalopathy\":true,\"bleeding\":true}\n{\"encephalopathy\":true}\n{}\n";
    let (text, _, exit) = screen(&[], records);
    assert_eq!(exit, 0);
    let row = |name: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{text}"));
        line.split_whitespace().skip(2).map(String::from).collect()
    };
    assert_eq!(row("include no_bleeding"), ["2", "2", "2", "2"], "fails two, unknown in two, two lost here, two left");
    assert_eq!(row("include no_encephalopathy"), ["2", "2", "1", "1"]);
    let (text, _, _) = screen(&["--explain"], records);
    assert!(text.contains("fail     include no_bleeding") && text.contains("not (bleeding_tendency or bleeding)"), "{text}");
}

#[test]
fn threads_change_nothing_but_the_time() {
    // Several batches of a mebibyte, with invalid and overlong lines among them.
    let cohort = std::fs::read_to_string(root().join("examples/cohort.ndjson")).unwrap();
    let mut lines: Vec<String> = cohort.lines().cycle().take(4_000).map(str::to_string).collect();
    lines[1_700] = "no record".into();
    lines[2_900] = String::new();
    let records = lines.join("\n");
    for format in ["table", "ndjson", "json"] {
        let screened = |threads| screen(&["-", "--id", "subject", "--format", format, "--threads", threads], records.as_bytes());
        let one = screened("1");
        assert!(one.0.contains("-:1701"), "{}", one.0);
        assert_eq!(one, screened("2"));
        assert_eq!(one, screened("5"));
        if format == "json" {
            let all: Value = serde_json::from_str(&one.0).unwrap();
            assert_eq!(all["reports"].as_array().unwrap().len(), 3_999);
            assert_eq!(all["summary"]["records"], 3_999);
        }
    }
}

#[test]
fn subjects_can_be_named() {
    let records = b"{\"id\":\"S-1\",\"bleeding\":true}\n{\"id\":7}\n";
    let (text, errors, _) = screen(&["--id", "id", "--format", "ndjson"], records);
    let reports: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((reports[0]["subject"].as_str(), reports[1]["subject"].as_str()), (Some("S-1"), Some("7")));
    assert!(errors.contains("2 records"), "the summary goes to standard error");
    let (_, errors, exit) = screen(&["--id", "sex"], b"{}\n");
    assert!(exit == 2 && errors.contains("is a fact of the protocol"));
}

#[test]
fn a_protocol_with_errors_screens_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let protocol = folder.path().join("p.lind");
    std::fs::write(&protocol, "trial T\ninclude a: \"A\" b\n").unwrap();
    let output = run(&["screen", protocol.to_str().unwrap(), "no-such-file.ndjson"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("unknown-name") && out(&output).is_empty());
    let output = run(&["screen", NCT, "no-such-file.ndjson"]);
    assert!(code(&output) == 2 && err(&output).contains("no-such-file.ndjson"));
}

#[test]
fn a_closed_pipe_ends_the_run_quietly() {
    let shell = |line: &str| {
        let output = Command::new("sh")
            .args(["-c", line])
            .env("LIND", env!("CARGO_BIN_EXE_lind"))
            .current_dir(root())
            .output()
            .unwrap();
        (out(&output), err(&output))
    };
    let (text, errors) = shell("yes '{}' | head -200000 | $LIND screen protocols/NCT05106972.lind - | head -2");
    assert_eq!((text.lines().count(), errors.as_str()), (2, ""));
    let (_, errors) = shell("$LIND explain | head -1 >/dev/null; $LIND completions bash | head -1 >/dev/null");
    assert_eq!(errors, "");
    // The exit code is that of the whole run, not of what was read of it.
    let (text, _) = shell("exec 3>&1; { $LIND check tests/diagnostics/names/unknown-name.lind; echo $? >&3; } | true");
    assert_eq!(text.trim(), "1");
}
