//! What the fuzz targets share: a protocol with the input's words in every place that takes words, and the skeleton of
//! what is emitted for it, which must not depend on them.

mod skeleton;

use lind::protocol::Protocol;
use lind::span::Source;

pub use skeleton::{of_language, of_r, of_spark, of_sql};

/// Names that are words of some target; the protocols are named with them.
const NAMES: [&str; 24] = [
    "class", "select", "type", "T", "self", "None", "True", "crate", "table", "lambda", "function", "constructor",
    "order", "user", "fn", "async", "let", "null_", "from_", "check", "s", "e", "import", "hasOwnProperty",
];

/// The protocol of a text, if it is one.
pub fn compiled(text: &str) -> Option<Protocol> {
    lind::compile(&Source::new("fuzzed", text)).protocol
}

/// Two protocols that differ only in their words: those of the input, and harmless ones.
///
/// The first byte chooses the names; the rest is cut at line feeds into the words of the places that take any.
pub fn worded(data: &[u8]) -> Option<(Protocol, Protocol)> {
    let (first, rest) = data.split_first()?;
    let name = |i: usize| NAMES[(usize::from(*first) + i) % NAMES.len()];
    let input = String::from_utf8_lossy(rest);
    let mut words = input.split('\n').map(literal);
    let words: Vec<String> = (0..12).map(|_| words.next().unwrap_or_default()).collect();
    let harmless: Vec<String> = words.iter().map(|word| if word.is_empty() { String::new() } else { "x".into() }).collect();
    Some((compiled(&text(&words, name))?, compiled(&text(&harmless, name))?))
}

/// What a string holds to say so much; the language refuses bidirectional marks and NUL before anything is emitted.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn text<'n>(words: &[String], name: impl Fn(usize) -> &'n str) -> String {
    let w = |i: usize| &words[i % words.len()];
    let [a, b, c, d, e, f, g] = std::array::from_fn(|i| name(i));
    format!(
        r#"trial FUZZED
  title    "{}"
  official "{}"
  version  "{}"

anchor visit: "{}"

fact {a}: boolean "{}"
  note "{}"
fact {b}: one of {{ {c}, {d} }} "{}"
  code snomed "{}"
fact {e}: quantity 'mg/dL' "{}"
fact {f}: events {{ {g}: boolean }} "{}"

define {c}: years from 2000-01-01 to visit

include {d}:
  "{}"
  {a} or {b} = {c} or {f} where ({g}) within 3 weeks before visit

exclude {g}:
  "{}"
  {e} > 7.5 'mg/dL' and {c} > 3 years
  reading {a}: "{}"
    {e} > 7 'mg/dL'

include attested_one: "{}" attested by {f}

intervention {b}: drug "{}"

arm {e}: experimental "{}"
  label "{}"
  give {b} oral
"#,
        w(0), w(1), w(2), w(3), w(4), w(5), w(6), w(7), w(8), w(9), w(10), w(11), w(0), w(1), w(2), w(3), w(4),
    )
}

/// Panics where the words of a protocol change more than words in what is emitted for it.
pub fn same_skeleton(target: lind::emit::Target, data: &[u8], skeleton: impl Fn(&str) -> Vec<String>) {
    let Some((worded, harmless)) = worded(data) else { return };
    let emitted = |protocol| target.emit(protocol, &lind::emit::Samples::default()).text;
    let (found, expected) = (emitted(&worded), emitted(&harmless));
    let (shape, harmless_shape) = (skeleton(&found), skeleton(&expected));
    if let Some(at) = shape.iter().zip(&harmless_shape).position(|(a, b)| a != b) {
        panic!("`{}` stands where `{}` should, in\n{found}", shape[at], harmless_shape[at]);
    }
    assert_eq!(shape.len(), harmless_shape.len(), "{found}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_names_is_a_protocol_and_its_words_are_the_inputs() {
        for first in 0..NAMES.len() {
            let data = [&[first as u8], &b"\n\"\"\" */ -- \\\nx"[..]].concat();
            let (worded, harmless) = worded(&data).unwrap_or_else(|| panic!("choice {first} does not compile"));
            assert_eq!(worded.header.title.as_deref(), Some(""));
            assert_eq!(worded.header.official_title.as_deref(), Some("\"\"\" */ -- \\"));
            assert_eq!(harmless.header.official_title.as_deref(), Some("x"));
        }
    }

    #[test]
    fn what_breaks_out_is_seen() {
        let python = |text: &str| of_language(&tree_sitter_python::LANGUAGE.into(), text);
        assert_eq!(python("x = 'a'  # b\n"), python("x = 'c'\n"));
        assert_ne!(python("x = 'a'\n"), python("x = 'a'; y = 'b'\n"));
        assert_eq!(of_sql("SELECT 'it''s' -- x\n, $$ 'a' $$"), of_sql("SELECT '' , $$ /* b */ 'c' $$"));
        assert_eq!(of_r("x <- \"a\\\"b\" # c\n"), of_r("x <- 'd'"));
        assert_ne!(of_r("x <- \"a\"; y"), of_r("x <- \"a; y\""));
        assert_ne!(of_sql("SELECT 'it'; x"), of_sql("SELECT 'it; x'"));
        assert_ne!(of_spark("-- a \\\nb"), of_spark("-- a\nb"));
    }
}
