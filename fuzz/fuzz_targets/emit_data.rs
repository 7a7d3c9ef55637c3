//! The protocol as data and the schemas hold the words of a protocol as they are, and nothing else differs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lind::emit::{Samples, Target};
use serde_json::Value;

/// A value with every string emptied.
fn emptied(value: &Value) -> Value {
    match value {
        Value::String(_) => "".into(),
        Value::Array(items) => items.iter().map(emptied).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), emptied(value))).collect(),
        _ => value.clone(),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((worded, harmless)) = lind_fuzz::worded(data) else { return };
    let emit = |target: Target, protocol| target.emit(protocol, &Samples::default()).text;
    let json = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
    for target in [Target::ProtocolJson, Target::SubjectSchema, Target::EligibleSchema, Target::ReportSchema] {
        let (found, expected) = (json(&emit(target, &worded)), json(&emit(target, &harmless)));
        assert_eq!(emptied(&found), emptied(&expected));
    }
    let of_json = json(&emit(Target::ProtocolJson, &worded));
    let of_yaml: Value = serde_yaml::from_str(&emit(Target::ProtocolYaml, &worded)).expect("it is YAML");
    assert_eq!(of_json, of_yaml);
    if let Some(title) = &worded.header.title {
        assert_eq!(of_json.pointer("/trial/title").and_then(Value::as_str), Some(title.as_str()), "{of_json}");
    }
});
