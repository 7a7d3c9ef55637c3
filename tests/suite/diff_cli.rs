//! `lind diff` as a user runs it: formats, policies, approvals, cohorts, git.

use std::path::Path;
use std::process::{Command, Output};

use boon::{Compiler, Schemas};
use serde_json::Value;

use super::support::{read, root};

/// A folder with the shipped protocol, a version with a longer window of albumin, and one that changes a dose.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = read(&root().join("protocols/NCT05106972.lind"));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("v1.lind", &text);
    write("v2.lind", &text.replace("albumin within 3 weeks before", "albumin within 4 weeks before"));
    write("dose.lind", &text.replace("1e8", "2e8"));
    write("cohort.ndjson", &read(&root().join("examples/cohort.ndjson")));
    folder
}

fn lind(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lind")).args(arguments).current_dir(folder).env_remove("CLICOLOR_FORCE").output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn the_json_keeps_its_published_schema() {
    let folder = workspace();
    let schema: Value = serde_json::from_str(&read(&root().join("docs/diff.schema.json"))).unwrap();
    let id = schema["$id"].as_str().unwrap().to_string();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(boon::Draft::V2020_12);
    compiler.add_resource(&id, schema).unwrap();
    let index = compiler.compile(&id, &mut schemas).unwrap();
    for arguments in [["v1.lind", "v1.lind"], ["v1.lind", "v2.lind"], ["v2.lind", "dose.lind"]] {
        let output = lind(folder.path(), &[&["diff", "--format", "json", "--cohort", "cohort.ndjson", "--id", "subject"], &arguments[..]].concat());
        let document: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|error| panic!("{error}: {}", err(&output)));
        schemas.validate(&document, index).unwrap_or_else(|error| panic!("{arguments:?}: {error:#}"));
        // Both runs of one question are the same to the byte.
        let again = lind(folder.path(), &[&["diff", "--format", "json", "--cohort", "cohort.ndjson", "--id", "subject"], &arguments[..]].concat());
        assert_eq!(output.stdout, again.stdout);
    }
}

#[test]
fn what_a_run_fails_on_can_be_said_and_approved() {
    let folder = workspace();
    let exit = |arguments: &[&str]| code(&lind(folder.path(), &[&["diff", "v1.lind", "v2.lind"], arguments].concat()));
    assert_eq!(exit(&[]), Some(0));
    for what in ["narrowed", "criterion-narrowed", "warning", "any", "widened,narrowed"] {
        assert_eq!(exit(&["--fail-on", what]), Some(1), "{what}");
    }
    for what in ["widened", "masked", "error", "dose-changed"] {
        assert_eq!(exit(&["--fail-on", what]), Some(0), "{what}");
    }
    // Somebody who is in would be out: for those who are enrolled that is an error.
    assert_eq!(exit(&["--fail-on", "error", "--profile", "enrolled"]), Some(1));
    assert_eq!(exit(&["--fail-on", "error", "--profile", "safety"]), Some(0));
    let unknown = lind(folder.path(), &["diff", "v1.lind", "v2.lind", "--fail-on", "narowed"]);
    assert!(code(&unknown) == Some(2) && err(&unknown).contains("did you mean `narrowed`?"), "{}", err(&unknown));

    let document: Value = serde_json::from_str(&out(&lind(folder.path(), &["diff", "v1.lind", "v2.lind", "--format", "json"]))).unwrap();
    let fingerprint = document["items"][0]["fingerprint"].as_str().unwrap();
    let approve = |text: &str| std::fs::write(folder.path().join("approvals.yaml"), text).unwrap();
    approve(&format!("- fingerprint: {fingerprint}\n  by: M. Reviewer\n  reason: agreed\n- fingerprint: 0000000000000000\n  by: M.\n  reason: old\n"));
    let approved = lind(folder.path(), &["diff", "v1.lind", "v2.lind", "--fail-on", "any,narrowed", "--approvals", "approvals.yaml"]);
    assert_eq!(code(&approved), Some(0), "{}", out(&approved));
    assert!(out(&approved).contains("approved by M. Reviewer: agreed"));
    assert!(err(&approved).contains("`0000000000000000` fits no change any more"), "{}", err(&approved));
    approve("- fingerprint: 1\n  by: ''\n  reason: x\n");
    let unsigned = lind(folder.path(), &["diff", "v1.lind", "v2.lind", "--approvals", "approvals.yaml"]);
    assert_eq!(code(&unsigned), Some(2), "{}", err(&unsigned));
}

#[test]
fn a_cohort_shows_who_changes_verdict() {
    let folder = workspace();
    let text = out(&lind(folder.path(), &["diff", "v2.lind", "v1.lind", "--cohort", "cohort.ndjson", "--id", "subject"]));
    assert!(text.contains("of 7 subjects change verdict"), "{text}");
    // Without the key of the subject no record is valid: that nobody moves says nothing then.
    let unread = lind(folder.path(), &["diff", "v2.lind", "v1.lind", "--cohort", "cohort.ndjson"]);
    assert!(err(&unread).contains("neither version can read 7 of the 7 records of the cohort"), "{}", err(&unread));
    let none = lind(folder.path(), &["diff", "v1.lind", "v2.lind", "--cohort", "nobody.ndjson"]);
    assert!(code(&none) == Some(2) && err(&none).contains("cannot read `nobody.ndjson`"), "{}", err(&none));
}

#[test]
fn versions_come_from_git_too() {
    let folder = workspace();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(["-c", "user.name=t", "-c", "user.email=t@t"]).args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    git(&["init", "-q"]);
    std::fs::write(folder.path().join(".gitattributes"), "*.lind diff=lind\n").unwrap();
    git(&["add", "v1.lind", ".gitattributes"]);
    git(&["commit", "-qm", "one"]);
    std::fs::copy(folder.path().join("v2.lind"), folder.path().join("v1.lind")).unwrap();
    let output = lind(folder.path(), &["diff", "git:HEAD:v1.lind", "v1.lind"]);
    assert!(out(&output).contains("eligibility: narrowed"), "{}{}", out(&output), err(&output));
    let driver = format!("diff.lind.command={} diff --git", env!("CARGO_BIN_EXE_lind"));
    let shown = git(&["-c", &driver, "diff", "v1.lind"]);
    assert!(shown.contains("eligibility: narrowed"), "{shown}");
    for (bad, says) in [("git:HEAD", "git:REV:path"), ("git:nowhere:v1.lind", "git does not show"), ("git:--output=x:y", "is no revision")] {
        let output = lind(folder.path(), &["diff", bad, "v1.lind"]);
        assert!(code(&output) == Some(2) && err(&output).contains(says), "{bad}: {}", err(&output));
    }
}

#[test]
fn every_form_says_the_same_and_nothing_breaks_out_of_it() {
    let folder = workspace();
    let hostile = "trial T\nfact a: boolean \"x\"\ninclude a: \"| <script> `x` [l](http://x) *b* ::error:: %0A ]]> & \\\" @everyone\" a\n";
    std::fs::write(folder.path().join("a.lind"), hostile).unwrap();
    std::fs::write(folder.path().join("b.lind"), hostile.replace("\" a\n", "\" not a\n")).unwrap();
    let told = |format: &str| out(&lind(folder.path(), &["diff", "a.lind", "b.lind", "--format", format]));
    let markdown = told("markdown");
    let row = markdown.lines().find(|line| line.starts_with("| a |")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    assert!(!markdown.contains("<script>") && !markdown.contains("[l]("), "{markdown}");
    assert!(!told("html").contains("<script>"));
    let sarif: Value = serde_json::from_str(&told("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "criterion-shifted");
    let github = told("github");
    assert!(github.lines().all(|line| line.starts_with("::notice ") || line.starts_with("::warning ") || line.starts_with("::error ")), "{github}");
    let junit = told("junit");
    assert!(junit.starts_with("<?xml") && junit.matches("<testcase").count() == 2, "{junit}");
    let undecided = "trial T\nfact a: number \"x\"\nfact b: number \"y\"\ninclude a: \"t\" a * b > 3\n";
    std::fs::write(folder.path().join("c.lind"), undecided).unwrap();
    std::fs::write(folder.path().join("d.lind"), undecided.replace("> 3", "> 4")).unwrap();
    let output = lind(folder.path(), &["diff", "c.lind", "d.lind"]);
    assert!(code(&output) == Some(3) && out(&output).contains("undecided: `a`: facts are multiplied with each other"), "{}", out(&output));
}
