//! `lind lsp`, as an editor sees it: a scripted client over standard input and output.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::support::{read, root};

/// An editor with one text.
struct Client {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: i64,
    version: i64,
    /// What the server found of each version of the text.
    found: HashMap<i64, Vec<Value>>,
}

const URI: &str = "file:///p%20q.lind";

impl Client {
    fn start(text: &str) -> Self {
        Self::open(URI, text)
    }

    fn open(uri: &str, text: &str) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_lind"));
        server.args(["lsp", "--stdio"]).env("XDG_CACHE_HOME", root().join("target/editor é"));
        let mut server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = server.stdin.take();
        let output = BufReader::new(server.stdout.take().unwrap());
        let mut client = Self { server, input, output, next: 0, version: 1, found: HashMap::new() };
        let answer = client.call("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
        assert_eq!(answer["serverInfo"]["name"], "lind");
        client.tell("initialized", json!({}));
        client.tell("textDocument/didOpen", json!({ "textDocument": { "uri": uri, "languageId": "lind", "version": 1, "text": text } }));
        client
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server ended");
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        let message: Value = serde_json::from_slice(&text).unwrap();
        if message["method"] == "textDocument/publishDiagnostics" {
            let found = message["params"]["diagnostics"].as_array().unwrap().clone();
            self.found.insert(message["params"]["version"].as_i64().unwrap_or(-1), found);
        }
        message
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The whole response to a request.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        let response = self.ask(method, params);
        assert_eq!(response.get("error"), None, "{response}");
        response["result"].clone()
    }

    fn change(&mut self, text: &str) {
        self.version += 1;
        let document = json!({ "uri": URI, "version": self.version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }

    /// What the server finds of the text as it is now.
    fn findings(&mut self) -> Vec<Value> {
        loop {
            if let Some(found) = self.found.remove(&self.version) {
                return found;
            }
            self.receive();
        }
    }

    fn at(&mut self, method: &str, line: u32, character: u32) -> Value {
        self.call(&format!("textDocument/{method}"), at(line, character))
    }

    fn whole(&mut self, method: &str) -> Value {
        self.call(&format!("textDocument/{method}"), json!({ "textDocument": { "uri": URI } }))
    }

    fn stop(mut self) {
        assert_eq!(self.call("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        drop(self.input.take());
        assert!(self.server.wait().unwrap().success());
    }
}

fn at(line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": character }, "context": { "includeDeclaration": true } })
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

fn lines(places: &Value) -> Vec<u64> {
    places.as_array().unwrap().iter().map(|place| place["range"]["start"]["line"].as_u64().unwrap()).collect()
}

const TEXT: &str = "\
trial T

anchor screening: \"Visit\"

fact birth_date: date          \"Born\"
fact sex: one of { female, male }  \"𝛼 Sex\"
fact creatinine: lab 'umol/L'  \"Creatinine\"
  code loinc \"14682-9\"
fact severity: scale { mild, severe }  \"Severity\"

define age: years from birth_date to screening

include adult:
  \"Aged 18 or more, 𝛼\" age >= 18 years

exclude kidney:
  \"Creatinine above 1.5 ULN\"
  creatinine > 1.5 ULN and severity = severe or sex = male
  reading alone: \"alone\" creatinine > 1.5 ULN

intervention drug_a: drug
arm one: experimental
  give drug_a oral
";

#[test]
fn a_finding_has_its_code_its_places_and_a_way_out() {
    let mut client = Client::start(TEXT);
    let found = client.findings();
    let mixed = found.iter().find(|found| found["code"] == "mixed-and-or").unwrap();
    assert_eq!((&mixed["severity"], &mixed["source"]), (&json!(1), &json!("lind")));
    // The link opens the page that `lind explain` prints.
    let page = mixed["codeDescription"]["href"].as_str().unwrap().strip_prefix("file://").unwrap().replace("%C3%A9", "é").replace("%20", " ");
    assert!(read(Path::new(&page)).starts_with("# mixed-and-or\n"), "{page}");
    assert_eq!(mixed["range"]["start"], json!({ "line": 17, "character": 45 }));
    assert_eq!(mixed["relatedInformation"][0]["location"]["range"]["start"]["character"], 23);
    // Columns are UTF-16: the letter before counts two.
    client.change(&TEXT.replace("or sex = male", "").replace("age >= 18 years", "age => 18 years"));
    let found = client.findings();
    let foreign = found.iter().find(|found| found["code"] == "foreign-operator").unwrap();
    assert_eq!(foreign["range"], json!({ "start": { "line": 13, "character": 28 }, "end": { "line": 13, "character": 30 } }));
    let params = json!({ "textDocument": { "uri": URI }, "range": foreign["range"], "context": { "diagnostics": [] } });
    let actions = client.call("textDocument/codeAction", params);
    assert_eq!(actions[0]["title"], "Replace `=>` by `>=`");
    assert_eq!(actions[0]["isPreferred"], true);
    assert_eq!(actions[0]["edit"]["changes"][URI], json!([{ "range": foreign["range"], "newText": ">=" }]));
    let hover = client.at("hover", 13, 28);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("# foreign-operator"), "{hover}");
    // What is closed has no findings any more.
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    let closed = client.receive();
    assert_eq!(closed["params"]["diagnostics"], json!([]));
    client.stop();
}

#[test]
fn a_warning_can_be_let_stand_from_the_editor() {
    let mut client = Client::start("trial T\n\nfact spare: boolean  \"Spare\"\n");
    let range = client.findings()[0]["range"].clone();
    let actions = client.call("textDocument/codeAction", json!({ "textDocument": { "uri": URI }, "range": range, "context": { "diagnostics": [] } }));
    let edit = &actions.as_array().unwrap().last().unwrap()["edit"]["changes"][URI][0];
    assert_eq!(edit["newText"], "\n  allow unused-fact \"\"");
    assert_eq!(edit["range"]["start"], json!({ "line": 2, "character": 28 }));
    client.change("trial T\n\nfact spare: boolean  \"Spare\"\n  allow unused-fact \"\"\n");
    assert!(client.findings().is_empty());
    client.stop();
}

#[test]
fn names_are_found_hovered_and_renamed() {
    let text = TEXT.replace("or sex = male", "and sex = male");
    let mut client = Client::start(&text);
    assert_eq!(lines(&json!([client.at("definition", 17, 5)])), [6]);
    assert_eq!(lines(&client.at("references", 6, 7)), [6, 17, 18]);
    assert_eq!(lines(&json!([client.at("definition", 22, 8)])), [20], "an intervention from the arm that gives it");
    let hover = client.at("hover", 17, 5);
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(said.contains("fact creatinine: lab 'umol/L'") && said.contains("14682-9") && said.contains("Used by `kidney`"), "{said}");
    let criterion = client.at("hover", 15, 9);
    let said = criterion["contents"]["value"].as_str().unwrap();
    assert!(said.contains("Keeps a subject out where `creatinine > 1.5 ULN") && said.contains("Open reading `alone`: alone"), "{said}");
    assert_eq!(client.at("prepareRename", 5, 6)["start"], json!({ "line": 5, "character": 5 }));
    let rename = |client: &mut Client, name: &str| {
        let mut params = at(5, 6);
        params["newName"] = json!(name);
        client.ask("textDocument/rename", params)
    };
    let edits = rename(&mut client, "gender")["result"]["changes"][URI].as_array().unwrap().clone();
    assert_eq!(edits.iter().map(|edit| &edit["range"]["start"]["line"]).collect::<Vec<_>>(), [5, 17]);
    for bad in ["age", "and", "two words", "3"] {
        assert!(rename(&mut client, bad)["error"]["message"].as_str().unwrap().starts_with("`sex` cannot become"), "{bad}");
    }
    client.stop();
}

#[test]
fn what_may_stand_at_a_place_is_offered_on_a_broken_text_too() {
    let text = TEXT.replace("or sex = male", "and sex = male") + "fact bleed: events { site: one of { gut, brain }, graded: integer, dose: lab 'U/L' }  \"Bleeding\"\n";
    let mut client = Client::start(&text);
    let mut offered = |line: &str| {
        let broken = text.replace("  reading alone", &format!("  {line}\n  reading alone"));
        client.change(&broken);
        let found = client.at("completion", 18, line.encode_utf16().count() as u32 + 2);
        found.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    for (line, expected) in [
        ("cre", "creatinine"),
        ("and ", "age"),
        ("and (creatinine > 1.5 ", "ULN"),
        ("and creatinine > 1.5 'um", "umol/L"),
        ("and sex = ", "female"),
        ("and severity in { mild, ", "severe"),
        ("and creatinine within 3 ", "weeks"),
        ("allow ", "number-not-in-text"),
        ("note \"x\" code ", "snomed"),
    ] {
        let labels = offered(line);
        // A unit is offered by its atoms; what is in the table is there.
        let expected = if expected == "umol/L" { "mol" } else { expected };
        assert!(labels.iter().any(|label| label == expected), "`{line}` offers {labels:?}");
    }
    // Within events their attributes, behind a point the parts, and what a text has already comes first.
    for (line, expected) in [
        ("and bleed where (", &["site", "graded", "dose", "date"][..]),
        ("and bleed where (graded > 2 and site = ", &["gut", "brain"]),
        ("and latest(bleed ever).", &["site", "graded", "dose", "date"]),
        ("and creatinine.", &["value", "upper", "lower", "date"]),
        ("and birth_date within 3 months before ", &["screening", "birth_date", "age"]),
        ("code snomed ", &[]),
        ("and bleed where (date within 3 months before ", &["screening", "birth_date", "age"]),
        ("and bleed where (dose.", &["value", "upper", "lower", "date"]),
        ("and nobody.", &[]),
        ("reading ", &[]),
    ] {
        assert_eq!(offered(line).into_iter().take(if line.ends_with('(') { 4 } else { 9 }).collect::<Vec<_>>(), expected, "{line}");
    }
    assert_eq!(offered("and creatinine > 1.5 '")[0], "umol/L");
    assert!(!offered("and sex = ").contains(&"creatinine".to_string()), "only members stand opposite an enumeration");
    assert!(offered("\"within a text ").is_empty());
    client.change("trial T\n  status \n");
    assert!(labels(&client.at("completion", 1, 9)).contains(&"recruiting"));
    client.change("trial T\n\n");
    assert!(labels(&client.at("completion", 1, 0)).contains(&"exclude"));
    client.stop();
}

#[test]
fn the_shape_of_a_text_is_told() {
    let text = TEXT.replace("or sex = male", "and sex = male");
    let mut client = Client::start(&text);
    let symbols = client.whole("documentSymbol");
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["T", "screening", "birth_date", "sex", "creatinine", "severity", "age", "adult", "kidney", "drug_a", "one"]);
    assert_eq!(symbols[8]["children"][0]["name"], "alone");
    let folds = client.whole("foldingRange");
    assert!(folds.as_array().unwrap().contains(&json!({ "startLine": 15, "endLine": 18 })), "{folds}");
    assert_eq!(client.whole("codeLens")[0]["command"]["title"], "1 open reading: alone");
    let hints = client.call("textDocument/inlayHint", json!({ "textDocument": { "uri": URI }, "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } } }));
    assert_eq!((&hints[0]["label"], &hints[0]["position"]), (&json!(" in years"), &json!({ "line": 10, "character": 10 })));
    let tokens: Vec<u64> = client.whole("semanticTokens/full")["data"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(&tokens[..10], [0, 0, 5, 0, 0, 2, 0, 6, 0, 0], "`trial`, then `anchor` two lines below");
    assert_eq!(&tokens[10..15], [0, 7, 9, 8, 1], "`screening`, which is declared here");
    let edits = client.whole("formatting");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = |end: &str| edits[0]["range"][end]["line"].as_u64().unwrap() as usize;
    assert_eq!((line("start"), line("end")), (4, 19), "what stays on either side is left alone");
    let edited = [&lines[..line("start")], &[edits[0]["newText"].as_str().unwrap()], &lines[line("end")..]].concat().concat();
    assert_eq!(edited, lind::syntax::format(&lind::span::Source::new("text", text.as_str())).unwrap());
    assert!(edited.contains("include adult:\n  \"Aged 18 or more, 𝛼\"\n  age >= 18 years\n"));
    client.change("trial T\ninclude x: (a\n");
    assert_eq!(client.whole("formatting"), Value::Null, "a broken text is left alone");
    client.stop();
}

#[test]
fn no_text_and_no_request_ends_it() {
    let mut client = Client::start("");
    for text in ["\u{0}", "include", "fact x: set of {", &"(".repeat(50_000), "include x: \"", &"é".repeat(5_000), "trial T\r\n\r\nfact é"] {
        client.change(text);
        client.findings();
        for method in ["documentSymbol", "foldingRange", "formatting", "semanticTokens/full", "codeLens"] {
            client.whole(method);
        }
        for (line, character) in [(0, 0), (0, 7), (1, 3), (99, 99)] {
            for method in ["hover", "completion", "definition", "references", "prepareRename"] {
                client.at(method, line, character);
            }
        }
    }
    assert_eq!(client.ask("textDocument/unheard", at(0, 0))["error"]["code"], -32601);
    assert_eq!(client.ask("textDocument/hover", json!({ "textDocument": { "uri": "file:///other" } }))["error"]["code"], -32602);
    client.stop();
}

/// A protocol of so many criteria.
fn long(criteria: usize) -> String {
    let mut text = read(&root().join("protocols/NCT05106972.lind"));
    let start = text.find("# ---------------------------------------------------------------- design").unwrap_or(text.len());
    let mut more = String::new();
    for i in 0..criteria - 19 {
        more.push_str(&format!("exclude more_{i}:\n  \"PT greater than {i} seconds\"\n  pt > {i} seconds and (causes has any except {{ hepatitis_b }} or age > {i} years)\n\n"));
    }
    text.insert_str(start, &more);
    text
}

#[test]
fn it_answers_while_somebody_types() {
    let text = long(500);
    let mut client = Client::start(&text);
    client.findings();
    let (line, word) = text.lines().enumerate().find_map(|(i, line)| Some((i as u32, line.strip_prefix("fact ")?.split(':').next()?))).unwrap();
    for i in 0..15 {
        // How fast, `benches/editor.py` measures; here it matters that the answer is about the new text.
        client.change(&format!("# {i}\n{text}"));
        let shown = client.at("hover", line + 1, 6).to_string();
        assert!(shown.contains(word), "{shown}");
        client.findings();
        client.change(&text);
        client.findings();
    }
    client.stop();
}

#[test]
fn levels_come_from_the_project_of_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let (file, settings) = (folder.path().join("a b/p.lind"), folder.path().join("lind.yaml"));
    std::fs::create_dir(folder.path().join("a b")).unwrap();
    std::fs::write(&settings, "lints: {unused-fact: allow, missing-text: error}\n").unwrap();
    let uri = format!("file://{}", file.display()).replace(' ', "%20");
    let mut client = Client::open(&uri, "trial T\nfact a: integer \"A\"\nfact b: integer \"B\"\ninclude x: a > 2\n");
    let found: Vec<Value> = client.findings().iter().map(|found| json!([found["code"], found["severity"]])).collect();
    assert_eq!(found, [json!(["missing-text", 1])]);
    assert_eq!(client.found.remove(&-1), Some(Vec::new()), "nothing is wrong in the project file");
    // Nothing is told again unless the levels are others.
    std::fs::write(&settings, "lints: {missing-text: allow}\nout: [a]\n").unwrap();
    client.tell("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    let found: Vec<Value> = client.findings().iter().map(|found| found["code"].clone()).collect();
    assert_eq!(found, ["unused-fact"]);
    let wrong = client.found.remove(&-1).unwrap();
    assert_eq!((wrong[0]["code"].as_str(), &wrong[0]["range"]["start"]), (Some("wrong-setting"), &json!({ "line": 1, "character": 6 })));
}
