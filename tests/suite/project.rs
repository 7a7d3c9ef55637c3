//! The project file, as a user meets it: what it settles, what it leaves to the command line, what is wrong in it.

use std::path::Path;
use std::process::{Command, Output};

fn lind(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lind"));
    command.args(arguments).current_dir(folder).env("COLUMNS", "100").env_remove("CLICOLOR_FORCE").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = lind(folder, arguments);
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What is said of a project file beside a folder of one protocol; nothing, if nothing is wrong with it.
pub fn told(settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "lind.yaml", settings);
    write(folder.path(), "protocols/p.lind", PROTOCOL);
    let (code, out, errors) = run(folder.path(), &["fmt", "--check", "protocols/p.lind"]);
    assert_eq!((code, out.as_str()), (if errors.is_empty() { 0 } else { 2 }, ""), "{errors}");
    errors
}

const PROTOCOL: &str = "trial T\n\nfact a: integer      \"A\"\nfact spare: boolean  \"Spare\"\n\ninclude x: a >= 3\n";

fn project(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "lind.yaml", settings);
    write(folder.path(), "protocols/p.lind", PROTOCOL);
    folder
}

#[test]
fn a_project_to_start_from_passes_its_own_checks_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(folder.path(), &["init", "trial"]);
    let files = ["trial/lind.yaml", "trial/protocols/EXAMPLE-1.lind", "trial/protocols/EXAMPLE-1.cases.yaml"];
    assert_eq!((code, out.lines().collect::<Vec<_>>()), (0, files.to_vec()));
    let trial = folder.path().join("trial");
    let strict: [&[&str]; 6] =
        [&["check", "--fail-on", "info"], &["check", "--prove", "--fail-on", "warning"], &["fmt", "--check"], &["test"], &["build"], &["build", "--check"]];
    for arguments in strict {
        let (code, out, errors) = run(&trial, arguments);
        assert_eq!((code, errors.as_str()), (0, ""), "{arguments:?}: {out}");
    }
    // One of the files is changed, the others go: none is written.
    write(&trial, "lind.yaml", "protocols: []\n");
    std::fs::remove_dir_all(trial.join("protocols")).unwrap();
    let (code, _, errors) = run(&trial, &["init"]);
    assert_eq!((code, errors.as_str()), (2, "lind: `./lind.yaml` is there already; nothing was written\n"));
    assert!(!trial.join("protocols").exists());
    assert_eq!(std::fs::read_to_string(trial.join("lind.yaml")).unwrap(), "protocols: []\n");
}

#[test]
fn commands_find_the_project_above_and_tell_paths_from_where_they_stand() {
    let folder = project("protocols: [protocols/*.lind]\nout: made\ntargets: [python, {json-schema: schemas}]\n".replace("json-schema", "subject-schema").as_str());
    let deep = folder.path().join("protocols/notes/old");
    std::fs::create_dir_all(&deep).unwrap();
    let (code, out, _) = run(&deep, &["check"]);
    assert_eq!((code, out.lines().last()), (0, Some("../../../protocols/p.lind: 2 warnings")));
    assert_eq!(run(&deep, &["build"]).0, 0);
    let made = |path: &str| folder.path().join(path).is_file();
    assert!(made("made/T/checker.py") && made("schemas/T/subject.schema.json") && !made("made/T/checker.rs"));
    assert_eq!(run(&deep, &["build", "--check"]).0, 0);
    // The command line wins: another folder, another target.
    assert_eq!(run(folder.path(), &["build", "--out", "other", "--target", "rust"]).0, 0);
    assert!(made("other/T/checker.rs") && !made("other/T/checker.py"));
    let elsewhere = tempfile::tempdir().unwrap();
    let named = folder.path().display().to_string();
    assert!(run(elsewhere.path(), &["check", "--project", &named]).1.ends_with("p.lind: 2 warnings\n"));
    let (code, _, errors) = run(elsewhere.path(), &["check"]);
    assert!(code == 2 && errors.contains("`lind init` writes one"), "{errors}");
    write(folder.path(), "lind.yaml", "out: made\n");
    let (code, _, errors) = run(folder.path(), &["test"]);
    assert!(code == 2 && errors.contains("lind.yaml has none under `protocols`"), "{errors}");
}

#[test]
fn levels_are_of_the_project_and_the_command_line_wins() {
    let folder = project("protocols: protocols/p.lind\nlints: {unused-fact: allow, missing-text: error}\n");
    let check = |arguments: &[&str]| {
        let (code, out, _) = run(folder.path(), &[&["check"], arguments].concat());
        (code, out.lines().last().unwrap_or_default().to_string())
    };
    let line = |counts: &str| format!("protocols/p.lind: {counts}");
    assert_eq!(check(&[]), (1, line("1 error, 1 set to allow")));
    assert_eq!(check(&["--warn", "missing-text"]), (0, line("1 warning, 1 set to allow")));
    assert_eq!(check(&["--allow", "missing-text,unused-fact"]), (0, line("no findings, 2 set to allow")));
    assert_eq!(check(&["--error", "unused-fact", "protocols/p.lind"]), (1, line("2 errors")));
    let (code, _, errors) = run(folder.path(), &["check", "--allow", "unit-mismatch"]);
    assert!(code == 2 && errors.contains("is an error and stays one"), "{errors}");
    let (code, _, errors) = run(folder.path(), &["check", "--allow", "unused-facts"]);
    assert!(code == 2 && errors.contains("did you mean `unused-fact`?"), "{errors}");
    let sarif = run(folder.path(), &["check", "--format", "sarif"]).1;
    assert!(sarif.contains("\"justification\": \"set to allow\"") && sarif.contains("\"level\": \"error\""), "{sarif}");
    // What a project calls an error stops the build.
    let (code, _, errors) = run(folder.path(), &["build"]);
    assert!(code == 2 && errors.contains("has errors; nothing was written for it"), "{errors}");
    // A baseline holds what was raised to an error as well: it was there before.
    assert_eq!(check(&["--write-baseline", "base.yaml"]).0, 1);
    write(folder.path(), "lind.yaml", "protocols: protocols/p.lind\nlints: {missing-text: error}\nbaseline: base.yaml\n");
    assert_eq!(check(&[]), (0, line("1 warning, 1 in the baseline")));
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git").args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_project_is_compared_with_a_revision() {
    let folder = project("protocols: [protocols/*.lind]\nprofile: safety\n");
    let here = folder.path();
    let (code, _, errors) = run(here, &["diff"]);
    assert!(code == 2 && errors.contains("git knows no revision `HEAD` here"), "{errors}");
    write(here, "protocols/q.lind", &PROTOCOL.replace("trial T", "trial Q"));
    git(here, &["init", "-q"]);
    git(here, &["add", "."]);
    git(here, &["commit", "-q", "-m", "first"]);
    let (code, out, errors) = run(&here.join("protocols"), &["diff"]);
    assert_eq!((code, out.as_str(), errors.as_str()), (0, "", "../protocols/p.lind: as in HEAD\n../protocols/q.lind: as in HEAD\n"));
    write(here, "protocols/p.lind", &PROTOCOL.replace(">= 3", ">= 2"));
    write(here, "protocols/r.lind", &PROTOCOL.replace("trial T", "trial R"));
    let (code, out, errors) = run(&here.join("protocols"), &["diff", "--fail-on", "error"]);
    assert_eq!(code, 1, "safety takes a widening for an error: {out}");
    assert!(out.contains("widened") && errors.contains("r.lind: a new protocol, which HEAD does not have"), "{out}{errors}");
    assert_eq!(run(here, &["diff", "--fail-on", "error", "--profile", "data"]).0, 0, "the command line wins");
    git(here, &["add", "."]);
    git(here, &["commit", "-q", "-m", "second"]);
    assert_eq!(run(here, &["diff", "--fail-on", "any"]).0, 0);
    assert_eq!(run(here, &["diff", "--fail-on", "any", "--since", "HEAD~1"]).0, 1);
    assert_eq!(run(here, &["diff", "--since", "--output=x"]).0, 2);
    write(here, "protocols/q.lind", &PROTOCOL.replace("trial T", "trial Q").replace(">= 3", ">= 4"));
    let (code, _, errors) = run(here, &["diff", "--format", "json", "--since", "HEAD~1"]);
    assert!(code == 2 && errors.contains("2 protocols have changed"), "{errors}");
}

#[test]
fn no_project_file_is_too_strange_to_be_told_of() {
    let deep = "[".repeat(100_000);
    let maps = "a: ".repeat(50).replace("a: ", "- ");
    for settings in ["", "# nothing\n", "---\n", "\u{feff}out: x\n", "protocols:\n"] {
        assert_eq!(told(settings), "", "{settings:?}");
    }
    for settings in [deep.as_str(), maps.as_str(), "- a\n", "a\n", "out: &a x\nprofile: *a\n", "out: x\n---\nout: y\n", "out: \"x\n", "? [a]\n: b\n", "é: ü\n", "protocols: ['[']\n", "\t- a: b"] {
        assert!(told(settings).contains("lind.yaml:"), "{settings:.40}: {}", told(settings));
    }
}
