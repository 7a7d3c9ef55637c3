//! A version of a protocol: a file, or a file of a git revision.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use super::super::load::{load, protocol_of, text_of};
use crate::protocol::Protocol;

/// A version that compiles.
pub struct Version {
    /// As it was asked for.
    pub name: String,
    /// What it compiles to.
    pub protocol: Protocol,
}

impl Version {
    /// Loads and compiles; where it is no protocol, says why on standard error.
    pub fn load(name: &str) -> io::Result<Option<Self>> {
        let loaded = match name.strip_prefix("git:").map(|rest| rest.split_once(':')) {
            Some(Some((revision, path))) => match show(revision, path) {
                Ok(bytes) => text_of(name, bytes),
                Err(message) => {
                    tell!("lind: {message}");
                    return Ok(None);
                }
            },
            Some(None) => {
                tell!("lind: `{name}` is no version: write `git:REV:path`");
                return Ok(None);
            }
            None => load(Path::new(name)),
        };
        let protocol = protocol_of(loaded, &format!("`{name}` has errors, so what an amendment does cannot be said"))?;
        Ok(protocol.map(|protocol| Self { name: name.into(), protocol }))
    }
}

/// The bytes of a file of a revision.
fn show(revision: &str, path: &str) -> Result<Vec<u8>, String> {
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    // A path is told from the root of the repository, unless it says that it is relative.
    let output = git(&["show", &format!("{revision}:{path}")])?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("git does not show `{revision}:{path}`: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// How git ends, and what it prints. Nothing of the arguments reaches a shell.
pub fn git(arguments: &[&str]) -> Result<Output, String> {
    Command::new("git").args(arguments).output().map_err(|error| format!("git could not be run: {error}"))
}
