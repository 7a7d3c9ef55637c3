//! Any text: every place that is told lies in it, and what has no errors keeps its meaning when it is laid out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lind::emit::{Samples, Target};
use lind::span::Source;

/// The protocol as data, but for where it stands in its text.
fn without_lines(json: &str) -> String {
    json.lines().filter(|line| !line.trim_start().starts_with("\"line\":")).collect()
}

fuzz_target!(|text: &str| {
    let source = Source::new("fuzzed", text);
    let compilation = lind::compile(&source);
    for diagnostic in &compilation.diagnostics {
        let spans = diagnostic.related.iter().map(|label| label.span).chain(diagnostic.fixes.iter().map(|fix| fix.span));
        for span in spans.chain([diagnostic.span]) {
            let (start, end) = (span.start as usize, span.end as usize);
            assert!(start <= end && text.is_char_boundary(start) && text.is_char_boundary(end), "{diagnostic:?}");
        }
    }
    if let Ok(laid_out) = lind::syntax::format(&source) {
        let again = Source::new("laid out", laid_out.as_str());
        assert_eq!(lind::syntax::format(&again).expect("what was laid out has no errors"), laid_out);
        let data = |protocol| without_lines(&Target::ProtocolJson.emit(protocol, &Samples::default()).text);
        let after = lind::compile(&again).protocol;
        assert_eq!(compilation.protocol.as_ref().map(data), after.as_ref().map(data));
    }
});
