//! The explanation pages: their examples run.

use lind::diagnostic::{Code, Severity};
use lind::evaluate::RecordReader;
use lind::span::Source;

use super::diagnostics::{WITHOUT_FIXTURE, against, found_in};
use super::support::protocol;

/// The fenced blocks of a page: information string and text.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n") + "\n";
            blocks.push((info.to_string(), text));
        }
    }
    blocks
}

/// An example as a whole file.
fn whole(example: &str) -> Source {
    let opened = example.lines().any(|line| line.starts_with("trial"));
    Source::new("example.lind", if opened { example.to_string() } else { format!("trial EXAMPLE\n{example}") })
}

#[test]
fn every_page_explains_and_its_examples_run() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().copied() {
        let page = code.explanation();
        let mut say = |what: String| wrong.push(format!("{}: {what}", code.name()));
        if !page.starts_with(&format!("# {}\n", code.name())) {
            say("the page opens with another name".into());
        }
        if page.len() < 200 || !page.contains("## Why it matters") {
            say("the page explains too little".into());
        }
        let blocks = fences(page);
        let failing: Vec<_> = blocks.iter().filter(|(info, _)| info.contains("fails")).collect();
        let right: Vec<_> = blocks.iter().filter(|(info, _)| info == "lind").collect();
        if code.phase() == "record" && !WITHOUT_FIXTURE.contains(&code) {
            record_page(code, &blocks, &mut say);
            continue;
        }
        if code.phase() == "project" {
            project_page(code, &blocks, &mut say);
            continue;
        }
        // The test itself adds a header, so no example can lack one.
        let exempt = WITHOUT_FIXTURE.contains(&code) || code == Code::MissingTrial;
        if !exempt && (failing.is_empty() || right.is_empty()) {
            say("an example is missing".into());
        }
        for (_, example) in failing {
            let mut found = found_in(&whole(example), code.phase());
            found.extend(recorded(&whole(example), &blocks));
            if !found.iter().any(|d| d.code == code) {
                say(format!("the failing example raises {:?}", found.iter().map(|d| d.code.name()).collect::<Vec<_>>()));
            }
        }
        for (_, example) in right {
            let mut found = found_in(&whole(example), code.phase());
            found.extend(recorded(&whole(example), &blocks));
            for bad in found.iter().filter(|d| d.code == code || d.severity() == Severity::Error) {
                if code.severity() > Severity::Info || bad.severity() == Severity::Error {
                    say(format!("the corrected example raises {}: {}", bad.code.name(), bad.message));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What an example says otherwise than the record of the registry on its page.
fn recorded(source: &Source, blocks: &[(String, String)]) -> Vec<lind::diagnostic::Diagnostic> {
    let record = blocks.iter().find(|(info, _)| info == "json");
    record.map(|(_, record)| against(source, record)).unwrap_or_default()
}

fn project_page(code: Code, blocks: &[(String, String)], say: &mut dyn FnMut(String)) {
    let find = |info: &str| blocks.iter().find(|(found, _)| found == info).map(|(_, text)| super::project::told(text));
    let (Some(bad), Some(good)) = (find("yaml,fails"), find("yaml")) else {
        say("a page on project files shows a bad one and a good one".into());
        return;
    };
    if !bad.lines().any(|line| line == code.name()) {
        say(format!("the bad project file gives {bad}"));
    }
    if !good.is_empty() {
        say(format!("the good project file gives {good}"));
    }
}

fn record_page(code: Code, blocks: &[(String, String)], say: &mut dyn FnMut(String)) {
    let find = |info: &str| blocks.iter().find(|(found, _)| found == info).map(|(_, text)| text.clone());
    let (Some(lind), Some(bad), Some(good)) = (find("lind"), find("json,fails"), find("json")) else {
        say("a record page shows a protocol, a bad record and a good one".into());
        return;
    };
    let protocol = protocol(code.name(), whole(&lind).text());
    let reader = RecordReader::new(&protocol);
    let errors = reader.json(bad.as_bytes()).record.err().unwrap_or_default();
    if !errors.iter().any(|error| error.code == code) {
        say(format!("the bad record gives {errors:?}"));
    }
    if let Err(errors) = reader.json(good.as_bytes()).record {
        say(format!("the good record gives {errors:?}"));
    }
}
