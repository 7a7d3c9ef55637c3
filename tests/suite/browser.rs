//! The checker in TypeScript as a browser runs it: one module in a page, nothing around it.

use std::process::Command;

use serde_json::Value;

use super::backends::{Backend, Reference, TypeScript, agree};
use super::generate::Generator;
use super::support::{Random, files, have, protocol, read, tool};

/// The page writes its reports into itself, where the browser prints them.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><body><script type="application/json" id="records">RECORDS</script><script type="module">
MODULE
const records = JSON.parse(document.getElementById("records").textContent);
document.body.textContent = JSON.stringify(records.map((record) => checkJson(record)));
</script></body>"#;

#[test]
fn a_browser_gives_the_same_reports() {
    if !have("chromium") {
        return;
    }
    for path in files("protocols", "lind") {
        let protocol = protocol(&path.display().to_string(), &read(&path));
        let Some(module) = TypeScript::module(&protocol) else { return };
        let generator = Generator::new(&protocol);
        let mut random = Random(0x00B2_05E2);
        let records: Vec<String> = (0..500).map(|_| Value::Object(generator.record(&mut random)).to_string()).collect();
        // Nothing that a record or a checker says may end the script that it stands in.
        let inert = |text: &str| text.replace("</", "<\\/").replace("<!--", "<\\!--");
        let page = PAGE.replace("MODULE", &inert(&read(&module))).replace("RECORDS", &inert(&serde_json::to_string(&records).unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("page.html");
        std::fs::write(&address, page).unwrap();
        let output = Command::new(tool("chromium"))
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("file://{}", address.display()))
            .output()
            .unwrap();
        let page = String::from_utf8(output.stdout).unwrap();
        let said = page.split_once("<body>").and_then(|(_, rest)| rest.split_once("</body>")).unwrap_or_else(|| panic!("{page}")).0;
        let said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
        let reports: Vec<Value> = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        let expected = Reference.reports(&protocol, &records).unwrap();
        assert_eq!(reports.len(), expected.len());
        for ((record, report), expected) in records.iter().zip(&reports).zip(&expected) {
            assert!(agree(expected, report), "{record}\n  evaluate: {expected}\n  browser: {report}");
        }
    }
}
