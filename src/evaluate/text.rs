//! What the JSON parser makes no difference of, or stops at, told from the text itself.
//!
//! Both are asked only of a record that is invalid anyway, so they cost nothing where it matters.

/// Whether a JSON text escapes one half of a surrogate pair without the other.
pub(super) fn escapes_half_a_character(text: &[u8]) -> bool {
    let half = |at: usize, high: bool| {
        let [b'\\', b'u', b'd' | b'D', which, ..] = text.get(at..).unwrap_or_default() else { return false };
        matches!((which, high), (b'8' | b'9' | b'a' | b'b' | b'A' | b'B', true) | (b'c'..=b'f' | b'C'..=b'F', false))
    };
    let mut at = 0;
    while let Some(ahead) = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += ahead;
        if half(at, true) && half(at + 6, false) {
            at += 12;
        } else if half(at, true) || half(at, false) {
            return true;
        } else {
            at += 2;
        }
    }
    false
}

/// Stands for a number that no double holds in a text that is read again.
pub(super) const INFINITE: &str = "\u{1}infinite";

/// What a string stands for, where none belongs.
pub(super) fn described(text: &str) -> &'static str {
    if text == INFINITE { "a number" } else { "a string" }
}

/// A JSON text with the mark in the place of each number that no double holds.
pub(super) fn with_infinities_marked(text: &[u8]) -> Vec<u8> {
    let mut marked = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => {
                let mut end = 1;
                while end < rest.len() && rest[end] != b'"' {
                    end += if rest[end] == b'\\' { 2 } else { 1 };
                }
                (end + 1).min(rest.len())
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
                rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len())
            }
            _ => 1,
        };
        let (token, behind) = rest.split_at(length);
        let is_number = matches!(first, b'-' | b'0'..=b'9');
        let value = if is_number { std::str::from_utf8(token).ok().and_then(|token| token.parse::<f64>().ok()) } else { None };
        match value {
            Some(value) if value.is_infinite() => marked.extend_from_slice(b"\"\\u0001infinite\""),
            _ => marked.extend_from_slice(token),
        }
        rest = behind;
    }
    marked
}
