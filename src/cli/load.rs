//! Reading protocol files: every way in which a file can be no protocol has its own finding.

use std::io::{self, Read, Write};
use std::path::Path;

use super::output::{Format, write_findings};
use crate::compile;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::protocol::Protocol;
use crate::span::{Source, Span};

/// The largest protocol that is read, in bytes.
pub const MAX_PROTOCOL: u64 = 8 * 1024 * 1024;

/// What a file holds, as far as it is text, and what is wrong with it as a file.
pub fn load(path: &Path) -> (Source, Option<Diagnostic>) {
    let name = path.display().to_string();
    let failed = |diagnostic: Diagnostic| (Source::new(name.clone(), ""), Some(diagnostic));
    let start = Span::new(0, 0);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_PROTOCOL + 1).read_to_end(&mut bytes)
    } else {
        // One byte more than allowed tells a file that is too large from one that just fits.
        std::fs::File::open(path).and_then(|file| file.take(MAX_PROTOCOL + 1).read_to_end(&mut bytes))
    };
    if let Err(error) = read {
        return failed(
            Code::UnreadableFile
                .at(start, format!("cannot read `{name}`: {error}"))
                .help("check the path and the permissions"),
        );
    }
    text_of(&name, bytes)
}

/// The protocol that a file compiles to. Where it is none, says why on standard error, and what cannot be done so.
pub fn protocol_of(loaded: (Source, Option<Diagnostic>), cannot: &str) -> io::Result<Option<Protocol>> {
    let (source, unreadable) = loaded;
    let mut errors = io::stderr().lock();
    if let Some(diagnostic) = unreadable {
        write_findings(&mut errors, Format::Human, &source, &[diagnostic])?;
        return Ok(None);
    }
    let compilation = compile(&source);
    if compilation.protocol.is_none() {
        let found: Vec<_> = compilation.diagnostics.into_iter().filter(|d| d.severity() == Severity::Error).collect();
        write_findings(&mut errors, Format::Human, &source, &found)?;
        writeln!(errors, "lind: {cannot}")?;
    }
    Ok(compilation.protocol)
}

/// What bytes hold that were read elsewhere.
pub fn text_of(name: &str, bytes: Vec<u8>) -> (Source, Option<Diagnostic>) {
    let failed = |diagnostic: Diagnostic| (Source::new(name, ""), Some(diagnostic));
    let start = Span::new(0, 0);
    if bytes.len() as u64 > MAX_PROTOCOL {
        return failed(
            Code::FileTooLarge
                .at(start, format!("`{name}` has more than {MAX_PROTOCOL} bytes"))
                .help("a protocol of 20,000 criteria has less; is this a data file?"),
        );
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return failed(
            Code::BinaryFile
                .at(start, format!("`{name}` is no text: byte {at} is NUL"))
                .help("a protocol is written as UTF-8 text"),
        );
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
            return failed(
                Code::NotUtf8
                    .at(start, format!("`{name}` is no UTF-8: byte {at} is 0x{:02X}, on line {line}", bytes[at]))
                    .help("save the file as UTF-8"),
            );
        }
    };
    let empty = text.trim_start_matches('\u{FEFF}').trim().is_empty();
    let diagnostic = empty.then(|| {
        Code::EmptyFile
            .at(start, format!("`{name}` is empty"))
            .help("a protocol opens with `trial` and the registry's identifier, such as `trial NCT05106972`")
    });
    (Source::new(name, text), diagnostic)
}
