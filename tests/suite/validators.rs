//! Two validators of JSON Schema that share nothing: one in Rust, one in JavaScript.
//!
//! The second reads schemas in its strict mode, which is a linter: keywords that are unknown, that the rest of
//! the schema ignores, or that ask a type which is not declared are errors there.

use std::io::Write;
use std::process::{Command, Stdio};

use boon::{Compiler, Draft, Schemas};
use serde_json::{Value, json};

use super::support::{have, root, there};

/// A schema, and what is held against it.
pub struct Question {
    pub schema: String,
    pub instances: Vec<Value>,
}

/// What the validator in Rust accepts, question by question.
#[expect(clippy::unnecessary_wraps, reason = "the other validator may be missing")]
pub fn boon(questions: &[Question]) -> Option<Vec<Vec<bool>>> {
    let answer = |question: &Question| {
        let schema: Value = serde_json::from_str(&question.schema).unwrap();
        let id = schema["$id"].as_str().unwrap().to_string();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource(&id, schema).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(&id, &mut schemas).unwrap_or_else(|error| panic!("{id} is no valid schema: {error:#}"));
        question.instances.iter().map(|instance| schemas.validate(instance, index).is_ok()).collect()
    };
    Some(questions.iter().map(answer).collect())
}

/// What Ajv accepts; a schema that its strict mode finds fault with is a panic.
pub fn ajv(questions: &[Question]) -> Option<Vec<Vec<bool>>> {
    let modules = root().join("target/tools/node_modules");
    let installed = Command::new("node").arg("-e").arg("require(process.argv[1])").arg(modules.join("ajv/dist/2020.js")).output();
    if !have("node") || !there("`ajv`", installed.is_ok_and(|out| out.status.success())) {
        return None;
    }
    let script = root().join("tests/engines/ajv_rows.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .arg(modules.join("_"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let line = |q: &Question| {
        let schema: Value = serde_json::from_str(&q.schema).unwrap();
        json!({ "schema": schema, "instances": q.instances }).to_string() + "\n"
    };
    let lines: String = questions.iter().map(line).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}
