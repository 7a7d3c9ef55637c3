//! What the project file of a text settles.

use std::path::PathBuf;

use lsp_types::{PublishDiagnosticsParams, Uri};

use super::document::told;
use crate::cli::project::{Levels, Project};
use crate::cli::report;

/// The levels of the project that a text belongs to, and what is wrong in its file.
pub fn of(uri: &Uri) -> (Levels, Option<PublishDiagnosticsParams>) {
    let Some((project, source, found)) = path(uri.as_ref()).and_then(|path| Project::of_file(&path)) else {
        return (Levels::default(), None);
    };
    let uri = Uri::from(format!("file://{}", report::uri(source.name())).as_str());
    let diagnostics = found.iter().map(|diagnostic| told(&source, &uri, diagnostic)).collect();
    (project.levels, Some(PublishDiagnosticsParams { uri, version: None, diagnostics }))
}

/// The path of a file's address.
fn path(uri: &str) -> Option<PathBuf> {
    let mut bytes = Vec::new();
    let mut rest = uri.strip_prefix("file://")?.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}
