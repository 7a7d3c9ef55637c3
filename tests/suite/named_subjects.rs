//! `lind test`: named subjects, what is expected of them, and what they cover.

use std::path::Path;
use std::process::{Command, Output};

use super::support::{files, root};

const PROTOCOL: &str = "trial T\n\nfact age: integer  \"Age\"\nfact no: boolean  \"No\"\n\ninclude adult:\n  \"At least 18\"\n  age >= 18 or no\n";
const CASES: &str = "\
# Kept.
base:
  age: 30
  no: false
cases:
- name: grown up   # kept too
  verdict: eligible

- # a child
  name: a child
  why: \"young\"
  record:
    age: 12
  verdict: eligible
  fails: []

- name: nobody knows
  record: {age: null}
  needs: [no]
  verdict: undetermined
# The end.
";

fn lind(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lind")).args(arguments).current_dir(folder).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder(cases: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.lind"), PROTOCOL).unwrap();
    std::fs::write(folder.path().join("p.cases.yaml"), cases).unwrap();
    folder
}

#[test]
fn the_shipped_protocols_do_as_their_subjects_expect_and_are_covered_whole() {
    for path in files("protocols", "lind") {
        let output = lind(&root(), &["test", "--require", "true,false,unknown", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    }
}

#[test]
fn what_is_not_as_expected_is_told_with_its_line() {
    let folder = folder(CASES);
    let output = lind(folder.path(), &["test", "p.lind"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "\
p.cases.yaml:9: `a child`: the verdict is ineligible, expected eligible; it fails `adult`, expected nothing
p.cases.yaml:17: `nobody knows`: it needs `age`, expected `no`
p.cases.yaml: 3 cases, 2 not as expected
2 conditions: 1 seen true, 2 seen false, 1 seen unknown
";
    assert_eq!(out(&output), expected);
    let junit = out(&lind(folder.path(), &["test", "--format", "junit", "p.lind"]));
    assert!(junit.contains("tests=\"3\" failures=\"2\""), "{junit}");
    let required = lind(folder.path(), &["test", "--require", "true,unknown", "p.lind"]);
    assert!(out(&required).ends_with("  not covered: in `adult`, the condition on `no` as true, unknown\n"), "{}", out(&required));
}

#[test]
fn expectations_are_updated_in_place_and_nothing_else() {
    let folder = folder(CASES);
    let output = lind(folder.path(), &["test", "--update", "p.lind"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let now = std::fs::read_to_string(folder.path().join("p.cases.yaml")).unwrap();
    let expected = CASES
        .replace("    age: 12\n  verdict: eligible\n  fails: []\n", "    age: 12\n  verdict: ineligible\n  fails: [adult]\n")
        .replace("  needs: [no]\n  verdict: undetermined\n", "  verdict: undetermined\n  needs: [age]\n");
    assert_eq!(now, expected);
    assert_eq!(lind(folder.path(), &["test", "p.lind"]).status.code(), Some(0));
    // What cannot be changed without losing something is left to its author.
    let flow = "cases: [{name: a, verdict: eligible, record: {age: 3, no: false}}]\n";
    std::fs::write(folder.path().join("p.cases.yaml"), flow).unwrap();
    let left = lind(folder.path(), &["test", "--update", "p.lind"]);
    assert!(left.status.code() == Some(2) && err(&left).contains("only you can change it"), "{}", err(&left));
    assert_eq!(std::fs::read_to_string(folder.path().join("p.cases.yaml")).unwrap(), flow);
}

#[test]
fn a_file_to_start_from_is_generated_once() {
    let folder = folder("");
    std::fs::remove_file(folder.path().join("p.cases.yaml")).unwrap();
    let missing = lind(folder.path(), &["test", "p.lind"]);
    assert!(missing.status.code() == Some(2) && err(&missing).contains("lind test --new"), "{}", err(&missing));
    assert_eq!(lind(folder.path(), &["test", "--new", "p.lind"]).status.code(), Some(0));
    assert_eq!(lind(folder.path(), &["test", "--require", "true,false,unknown", "p.lind"]).status.code(), Some(0));
    assert_eq!(lind(folder.path(), &["test", "--new", "p.lind"]).status.code(), Some(2), "it is never written over");
}

#[test]
fn a_file_of_cases_that_says_nothing_sensible_is_refused() {
    for (text, says) in [
        ("cases:\n- name: a\n", "`a` expects nothing"),
        ("cases:\n- name: a\n  verdict: fine\n", "`fine` is no verdict"),
        ("cases:\n- name: a\n  verdict: eligible\n- name: a\n  verdict: eligible\n", "two cases are called `a`"),
        ("cases:\n- name: a\n  verdicts: eligible\n", "unknown field `verdicts`"),
        ("cases: 3\n", "line 1"),
    ] {
        let folder = folder(text);
        let output = lind(folder.path(), &["test", "p.lind"]);
        assert!(output.status.code() == Some(2) && err(&output).contains(says), "{text}: {}", err(&output));
    }
    let folder = folder("cases:\n- name: a\n  verdict: eligible\n  record: {age: 1, ages: 2}\n- name: b\n  invalid: [undeclared-key]\n  record: {ages: 2}\n");
    let output = lind(folder.path(), &["test", "p.lind"]);
    let told = out(&output);
    assert!(told.contains("p.cases.yaml:2: `a`: the record is invalid: `undeclared-key`; $.ages:") && told.contains("2 cases, 1 not as"), "{told}");
}
