//! The README's code blocks run, in a fresh folder, and print what the README shows.
//!
//! `$ ` opens a command; the lines behind it are its output, where `...` stands
//! for any lines and `@@` for any number. Blocks with `file=` are written down.

use std::path::Path;
use std::process::Command;

use super::support::{have, read, root};

struct Block {
    info: String,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| *line != "```").map(String::from).collect();
            found.push(Block { info: info.to_string(), lines });
        }
    }
    found
}

#[test]
fn its_commands_print_what_it_shows() {
    if !have("python3") {
        return;
    }
    for (page, least) in [("README.md", 9), ("docs/ci.md", 8)] {
        let commands = runs(page);
        assert!(commands >= least, "only {commands} commands were found in {page}");
    }
}

/// Runs the blocks of a page in a fresh folder; how many commands there were.
fn runs(page: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for name in ["protocols", "examples"] {
        copy(&root().join(name), &folder.path().join(name));
    }
    let mut commands = 0;
    for block in blocks(&read(&root().join(page))) {
        if let Some(file) = block.info.split_whitespace().find_map(|word| word.strip_prefix("file=")) {
            std::fs::write(folder.path().join(file), block.lines.join("\n") + "\n").unwrap();
        }
        if block.info != "console" {
            continue;
        }
        let mut previous = 0;
        let mut lines = block.lines.iter().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("no command before `{line}`"));
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push(line.as_str());
            }
            // This is that command.
            if command == "cargo test" {
                continue;
            }
            commands += 1;
            if command == "echo $?" {
                assert_eq!(expected, [previous.to_string()], "the exit code");
                continue;
            }
            let (text, code) = run(command, folder.path());
            previous = code;
            let found: Vec<&str> = text.lines().map(str::trim_end).collect();
            assert!(matches(&expected, &found), "`{command}` prints\n{text}\nbut {page} shows\n{}", expected.join("\n"));
        }
    }
    commands
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

fn run(command: &str, folder: &Path) -> (String, i32) {
    let command = command.replace("cargo run --release --", "lind");
    let binary = Path::new(env!("CARGO_BIN_EXE_lind")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}; }} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
}

/// Whether lines fit a pattern with `...` for any lines.
fn matches(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skip| matches(rest, &lines[skip..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, others)| fits(first, line) && matches(rest, others)),
    }
}

/// Whether a line fits one with `@@` for digits; runs of spaces count as one.
fn fits(pattern: &str, line: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    let (pattern, line) = (words(pattern), words(line));
    pattern.len() == line.len()
        && pattern.iter().zip(&line).all(|(p, l)| word_fits(p, l))
}

fn word_fits(pattern: &str, word: &str) -> bool {
    let mut parts = pattern.split("@@");
    let Some(mut rest) = parts.next().and_then(|first| word.strip_prefix(first)) else { return false };
    for part in parts {
        let Some(behind) = rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(part) else { return false };
        rest = behind;
    }
    rest.is_empty()
}

#[test]
fn its_counts_are_true() {
    let text = read(&root().join("README.md"));
    assert!(text.contains("over a thousand vectors"));
    let vectors: usize = super::conformance::suites().iter().map(|suite| suite.vectors.len()).sum();
    assert!(vectors > 1_000);
}
