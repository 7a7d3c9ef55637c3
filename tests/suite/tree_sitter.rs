//! The Tree-sitter grammar: it is what is generated, and it reads whatever the compiler reads.

use std::path::Path;
use std::process::Command;

use lind::compile;
use lind::diagnostic::Severity;
use lind::span::Source;

use super::support::{files, have, read, root, tool};

const GRAMMAR: &str = "editors/tree-sitter-lind";

/// Runs the command line of Tree-sitter; its caches stay below `target`.
fn tree_sitter(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let home = root().join("target/tree-sitter");
    std::fs::create_dir_all(&home).unwrap();
    let mut command = Command::new(tool("tree-sitter"));
    let output = command.args(arguments).current_dir(folder).env("HOME", &home).env("XDG_CACHE_HOME", &home).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// Every protocol of this repository that has no mistake of syntax, the blocks of the guide included.
fn readable() -> Vec<(String, String)> {
    let folders = ["protocols", "src", "tests"];
    let texts = folders.iter().flat_map(|folder| files(folder, "lind")).map(|path| (path.display().to_string(), read(&path)));
    let guide = read(&root().join("docs/guide.md"));
    let blocks = guide.split("```lind\n").skip(1).enumerate().map(|(i, rest)| (format!("guide {i}"), rest.split("```").next().unwrap_or_default().to_string()));
    let wrong = |text: &String| {
        let found = compile(&Source::new("text", text.as_str())).diagnostics;
        found.iter().any(|diagnostic| diagnostic.code.phase() == "syntax" && diagnostic.severity() == Severity::Error)
    };
    texts.chain(blocks).filter(|(_, text)| !wrong(text)).collect()
}

#[test]
fn the_tree_sitter_grammar_reads_what_the_compiler_reads() {
    if !have("tree-sitter") {
        return;
    }
    let grammar = root().join(GRAMMAR);
    // What is committed is what the grammar generates.
    let fresh = tempfile::tempdir().unwrap();
    for file in ["grammar.js", "tree-sitter.json"] {
        std::fs::copy(grammar.join(file), fresh.path().join(file)).unwrap();
    }
    let (done, told) = tree_sitter(fresh.path(), &["generate", "--abi", "14"]);
    assert!(done, "{told}");
    for file in ["src/parser.c", "src/grammar.json", "src/node-types.json"] {
        assert!(read(&fresh.path().join(file)) == read(&grammar.join(file)), "{file} has drifted; run `tree-sitter generate --abi 14`");
    }
    let (done, told) = tree_sitter(&grammar, &["test"]);
    assert!(done, "{told}");

    // Each text, read without an error; and one with a mistake, so that this can fail.
    let mut paths = String::new();
    let texts = readable();
    assert!(texts.len() > 150, "only {} protocols", texts.len());
    for (i, (_, text)) in texts.iter().enumerate() {
        let path = fresh.path().join(format!("{i}.lind"));
        std::fs::write(&path, text).unwrap();
        paths.push_str(&format!("{}\n", path.display()));
    }
    std::fs::write(fresh.path().join("paths"), paths).unwrap();
    let path = grammar.display().to_string();
    let (done, told) = tree_sitter(fresh.path(), &["parse", "-p", &path, "--quiet", "--paths", "paths"]);
    let numbers = told.lines().filter(|line| line.contains("ERROR") || line.contains("MISSING"));
    let named: Vec<String> = numbers
        .map(|line| {
            let number = Path::new(line.split_whitespace().next().unwrap()).file_stem().and_then(|stem| stem.to_str()?.parse::<usize>().ok());
            format!("{}: {line}", number.map_or("", |i| &texts[i].0))
        })
        .collect();
    assert!(done && named.is_empty(), "{}\n{told}", named.join("\n"));
    std::fs::write(fresh.path().join("wrong.lind"), "trial T\ninclude x: a >> 3\n").unwrap();
    assert!(!tree_sitter(fresh.path(), &["parse", "-p", &path, "--quiet", "wrong.lind"]).0);

    // The query names only what the grammar has, and colours the shipped protocol.
    let (done, told) = tree_sitter(&grammar, &["query", "queries/highlights.scm", "../../protocols/NCT05106972.lind"]);
    assert!(done, "{told}");
    for capture in ["keyword", "string", "number", "type", "function", "comment", "variable", "operator", "constant", "namespace"] {
        assert!(told.contains(&format!("- {capture},")), "nothing is coloured as {capture}");
    }
}
