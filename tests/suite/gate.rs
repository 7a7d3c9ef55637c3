//! The gate in CI: formats for other tools, what is let stand, and the action as a runner runs it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::support::{read, root, there};

const PROTOCOL: &str = "\
trial T
  allow       unused-fact \"never comes up in a header\"

fact hba1c: quantity '%'  \"HbA1c <&>\"
fact spare: boolean
  \"Spare\"
  allow unused-fact \"for the site\"

include uncontrolled:
  \"HbA1c of at least 7.0 %, said é\"
  hba1c > 7.0 '%'

exclude other:
  \"Of 3 %\"
  hba1c == 3 '%'
";

fn lind(folder: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_lind")).args(arguments).current_dir(folder).output();
    command.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder(protocol: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a b.lind"), protocol).unwrap();
    folder
}

/// Whether a log is SARIF 2.1.0, by the schema that its committee published.
fn valid(log: &Value) {
    let path = root().join("target/tools/sarif-2.1.0.json");
    if !there("the schema of SARIF", path.exists()) {
        return;
    }
    let schema: Value = serde_json::from_str(&read(&path)).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("sarif.json", schema).unwrap();
    let index = compiler.compile("sarif.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(log, index) {
        panic!("{error:#}");
    }
}

#[test]
fn sarif_is_valid_and_says_all_that_was_found() {
    let folder = folder(PROTOCOL);
    let output = lind(folder.path(), &["check", "--format", "sarif", "a b.lind"]);
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    valid(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<&str> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    // A protocol with errors is not asked what it allows in vain.
    assert_eq!(rules, ["comparator-against-text", "foreign-operator", "unused-fact"]);
    assert_eq!(results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.lind");
    assert_eq!(results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "=");
    assert_eq!(results[2]["suppressions"], json!([{ "kind": "inSource", "justification": "for the site" }]));
    let diff = lind(&root(), &["diff", "--format", "sarif", "protocols/NCT05106972.lind", "protocols/NCT05948982.lind"]);
    valid(&serde_json::from_slice(&diff.stdout).unwrap());
}

#[test]
fn annotations_and_junit_carry_any_text() {
    let folder = folder(PROTOCOL);
    let github = text(&lind(folder.path(), &["check", "--format", "github", "a b.lind"]).stdout);
    assert_eq!(github.lines().count(), 2, "{github}");
    assert!(github.contains("::error file=a b.lind,line=15,endLine=15,col=9,endColumn=11,title=foreign-operator::`==` is written `=`"), "{github}");
    let junit = text(&lind(folder.path(), &["check", "--format", "junit", "a b.lind"]).stdout);
    assert!(junit.contains("tests=\"2\" failures=\"1\"") && junit.contains("<failure message=\"`==` is written `=`\"/>"), "{junit}");
    let strict = text(&lind(folder.path(), &["check", "--format", "junit", "--fail-on", "warning", "a b.lind"]).stdout);
    assert!(strict.contains("failures=\"2\""), "{strict}");
}

#[test]
fn what_is_allowed_is_counted_and_what_is_allowed_in_vain_is_told() {
    let folder = folder(&PROTOCOL.replace("==", "="));
    let output = lind(folder.path(), &["check", "--fail-on", "warning", "a b.lind"]);
    let shown = text(&output.stdout);
    assert!(shown.contains("unused-allow") && !shown.contains("unused-fact\n"), "{shown}");
    assert!(shown.ends_with("a b.lind: 2 warnings, 1 allowed\n"), "{shown}");
    // What only a proof can find is asked for only where it is proven.
    let proof = "trial T\n\nfact a: boolean  \"A\"\n\ninclude x:\n  \"X\"\n  allow never-fails \"why\"\n  a\n";
    std::fs::write(folder.path().join("p.lind"), proof).unwrap();
    assert!(text(&lind(folder.path(), &["check", "p.lind"]).stdout).ends_with("no findings\n"));
    assert!(text(&lind(folder.path(), &["check", "--prove", "p.lind"]).stdout).contains("unused-allow"));
    std::fs::write(folder.path().join("p.lind"), proof.replace("  a\n", "  a or not a\n")).unwrap();
    let proven = text(&lind(folder.path(), &["check", "--prove", "--fail-on", "warning", "p.lind"]).stdout);
    assert_eq!(proven, "p.lind: no findings, 1 allowed\n");
}

#[test]
fn a_baseline_hides_what_was_there_and_shows_what_is_new() {
    let folder = folder(&PROTOCOL.replace("hba1c == 3 '%'", "hba1c > 8.0 '%'"));
    let run = |arguments: &[&str]| lind(folder.path(), &[&["check", "--fail-on", "info"], arguments, &["a b.lind"]].concat());
    assert_eq!(run(&["--write-baseline", "base.yaml"]).status.code(), Some(1));
    let output = run(&["--baseline", "base.yaml"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{}", text(&output.stdout));
    // It serves from every folder, and whatever a file is called by.
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    for name in ["../a b.lind", folder.path().join("./inner/../a b.lind").to_str().unwrap()] {
        let output = lind(&inner, &["check", "--fail-on", "info", "--baseline", "../base.yaml", name]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{name}");
    }
    // What is no baseline is never replaced by one.
    let protocol = std::fs::read_to_string(folder.path().join("a b.lind")).unwrap();
    let output = run(&["--write-baseline", "a b.lind"]);
    assert!(output.status.code() == Some(2) && text(&output.stderr).ends_with("it is not replaced\n"), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(folder.path().join("a b.lind")).unwrap(), protocol);
    // Lines above it do not matter; a second finding like it does.
    let now = std::fs::read_to_string(folder.path().join("a b.lind")).unwrap();
    std::fs::write(folder.path().join("a b.lind"), now.replace("trial T", "# One\n# Two\ntrial T") + "\nfact extra: boolean  \"More\"\n").unwrap();
    let output = run(&["--baseline", "base.yaml"]);
    assert!(output.status.code() == Some(1) && text(&output.stdout).contains("`extra` is used nowhere"), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("1 warning, 1 allowed, 4 in the baseline\n"), "{}", text(&output.stdout));
    std::fs::write(folder.path().join("a b.lind"), "trial T\n").unwrap();
    assert_eq!(text(&run(&["--baseline", "base.yaml"]).stderr), "lind: 4 entries of the baseline fit nothing any more\n");
    std::fs::write(folder.path().join("base.yaml"), "- 1\n").unwrap();
    assert_eq!(run(&["--baseline", "base.yaml"]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn links_stay_links_what_is_read_only_stays_and_a_reader_may_go() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder("trial T\nfact a:   boolean \"A\"\ninclude x: \"X\" a\n");
    let (file, link) = (folder.path().join("a b.lind"), folder.path().join("link.lind"));
    symlink("a b.lind", &link).unwrap();
    assert!(lind(folder.path(), &["fmt", "link.lind"]).status.success());
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().contains("fact a: boolean"));
    std::fs::write(&file, "trial T\nfact a:   boolean \"A\"\ninclude x: \"X\" a\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    let output = lind(folder.path(), &["fmt", "a b.lind"]);
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("read-only"), "{}", text(&output.stderr));
    assert!(std::fs::read_to_string(&file).unwrap().contains("fact a:   boolean"));
    // A pipe that nobody reads.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lind"));
    let status = command.args(["fmt", "--check", "missing.lind"]).current_dir(folder.path()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_string()
}

#[test]
fn the_action_checks_and_comments() {
    let folder = tempfile::tempdir().unwrap();
    let (here, protocol) = (folder.path(), folder.path().join("p.lind"));
    std::fs::write(&protocol, "trial T\n\nfact a: integer  \"A\"\n\ninclude x:\n  \"At least 3\"\n  a >= 3\n").unwrap();
    git(here, &["init", "-q"]);
    git(here, &["add", "p.lind"]);
    git(here, &["commit", "-q", "-m", "first"]);
    let base = git(here, &["rev-parse", "HEAD"]);
    // A `gh` that keeps what it was asked to write.
    let bin = here.join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("gh"), "#!/bin/sh\necho \"$@\" > gh.args\ncat \"$5\" > gh.body\n").unwrap();
    std::fs::hard_link(env!("CARGO_BIN_EXE_lind"), bin.join("lind")).or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_lind"), bin.join("lind")).map(drop)).unwrap();
    git(here, &["init", "-q"]);
    assert!(Command::new("chmod").args(["+x", "bin/gh"]).current_dir(here).status().unwrap().success());
    let run = |fail_on: &str| {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(root().join("action.sh"));
        command.current_dir(here).env("PATH", path).env("LIND_PROTOCOLS", "*.lind none/*.lind").env("LIND_BASE", &base);
        command.env("LIND_PULL_REQUEST", "7").env("LIND_DIFF_FAIL_ON", fail_on).env("LIND_FAIL_ON", "warning").env_remove("GITHUB_STEP_SUMMARY");
        command.output().unwrap()
    };
    let same = run("");
    assert_eq!((same.status.code(), text(&same.stdout)), (Some(0), String::new()), "{}", text(&same.stderr));
    assert!(!here.join("gh.args").exists(), "nothing changed, so nothing is said");
    std::fs::write(&protocol, "trial T\n\nfact a: integer  \"A\"\n\ninclude x:\n  \"At least 2\"\n  a >= 2\n").unwrap();
    assert_eq!(run("").status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(here.join("gh.args")).unwrap().split(" --body-file").next(), Some("pr comment 7"));
    let body = std::fs::read_to_string(here.join("gh.body")).unwrap();
    assert!(body.contains("widened") && body.contains('|'), "{body}");
    assert_eq!(run("widened").status.code(), Some(1));
    std::fs::write(&protocol, "trial T\nfact a: integer  \"A\"\ninclude x: \"At least 3 years\" a > 2\n").unwrap();
    let rough = run("");
    let told = text(&rough.stdout);
    assert!(rough.status.code() == Some(1) && told.contains("title=lind fmt") && told.contains("title=number-not-in-logic"), "{told}");
}

#[test]
fn what_ci_reads_is_yaml_and_names_what_exists() {
    let read = |name: &str| -> serde_json::Value { serde_yaml::from_str(&std::fs::read_to_string(root().join(name)).unwrap()).unwrap() };
    let action = read("action.yml");
    let script = std::fs::read_to_string(root().join("action.sh")).unwrap();
    let environment = action["runs"]["steps"][1]["env"].as_object().unwrap();
    for (name, value) in environment {
        assert!(name == "GH_TOKEN" || script.contains(name.as_str()), "{name} is read nowhere");
        if let Some(input) = value.as_str().unwrap().strip_prefix("${{ inputs.") {
            assert!(action["inputs"].get(input.trim_end_matches(" }}")).is_some(), "{input}");
        }
    }
    assert_eq!(environment.len() - 3, action["inputs"].as_object().unwrap().len() - 1, "every input is handed on");
    for hook in read(".pre-commit-hooks.yaml").as_array().unwrap() {
        let command = hook["entry"].as_str().unwrap().strip_prefix("lind ").unwrap();
        assert_eq!(lind(&root(), &[command, "--help"]).status.code(), Some(0));
    }
}

#[test]
fn fixes_are_applied_that_keep_the_meaning_and_no_others() {
    let text = "trial T\n\nfact a: integer  \"A\"\n\n include x:\n  \"At least 3\"\n  a => 3\n\nexclude y:\n  \"More than 9, or 4\"\n  a == 4 || a > 9;\n\nexclude z:\n  \"Of 2,5\"\n  a < 2,5\n";
    let folder = folder(text);
    let output = lind(folder.path(), &["check", "--fix", "a b.lind"]);
    let now = std::fs::read_to_string(folder.path().join("a b.lind")).unwrap();
    let expected = text.replace(" include", "include").replace("=>", ">=").replace("==", "=").replace("||", "or").replace(';', "");
    assert_eq!(now, expected, "a decimal comma needs somebody who knows: {}", text_of(&output));
    assert!(text_of(&output).contains("a b.lind:5: fixed indented-declaration\n"), "{}", text_of(&output));
    assert!(text_of(&output).contains("a b.lind:15: not fixed decimal-comma: it may change the meaning"), "{}", text_of(&output));
    assert_eq!(output.status.code(), Some(1), "what is left is found");

    // Of a protocol that has a meaning, only what keeps it is applied.
    let text = "trial T\n\nfact a: integer  \"A\"\nanchor v: \"V\"\nfact b: date  \"B\"\n\ninclude x:\n  \"At least 3 years, 4\"\n  allow unused-fact \"long gone\"\n  years from b to v > 3 years and a >= 4\n";
    std::fs::write(folder.path().join("a b.lind"), text).unwrap();
    lind(folder.path(), &["check", "--fix", "a b.lind"]);
    let now = std::fs::read_to_string(folder.path().join("a b.lind")).unwrap();
    assert_eq!(now, text.replace("  allow unused-fact \"long gone\"\n", ""), "a comparison is never changed unread");
    assert_eq!(lind(folder.path(), &["check", "--fix", "-"]).status.code(), Some(2));
}

#[test]
fn a_fix_of_logic_is_applied_by_proof_and_refused_with_a_subject_who_speaks_against_it() {
    let protocol = "trial T\n\nanchor v: \"V\"\nfact b: date  \"B\"\nfact hba1c: quantity '%'  \"HbA1c\"\n\ndefine age: years from b to v\n\n\
        include adult:\n  \"Aged at least 18 years\"\n  age > 17 years\n\ninclude sugar:\n  \"HbA1c of at least 7 %\"\n  hba1c > 6 '%'\n";
    let folder = folder(protocol);
    let output = lind(folder.path(), &["check", "--fix", "a b.lind"]);
    let now = std::fs::read_to_string(folder.path().join("a b.lind")).unwrap();
    // Whole years above 17 are those from 18 on; of a percentage there is 6.5.
    assert_eq!(now, protocol.replace("> 17 years", ">= 18 years"), "{}", text_of(&output));
    let told = text(&output.stderr);
    let (fixed, refused) = told.split_once('\n').unwrap();
    assert_eq!(fixed, "a b.lind:11: fixed number-not-in-text");
    assert!(refused.starts_with("a b.lind:15: not fixed number-not-in-text: it does not mean the same: hba1c 6.") && refused.contains("would go from"), "{told}");
    // What another criterion hides is a change all the same: the criterion by itself decides.
    let hidden = protocol.replace("> 17 years", ">= 18 years") + "\ninclude diabetic:\n  \"HbA1c of 7 % or more\"\n  hba1c >= 7 '%'\n";
    std::fs::write(folder.path().join("a b.lind"), &hidden).unwrap();
    let told = text_of(&lind(folder.path(), &["check", "--fix", "a b.lind"]));
    assert!(told.contains("not fixed number-not-in-text: it does not mean the same"), "{told}");
    assert_eq!(std::fs::read_to_string(folder.path().join("a b.lind")).unwrap(), hidden);
}

fn text_of(output: &Output) -> String {
    text(&output.stderr) + &text(&output.stdout)
}
