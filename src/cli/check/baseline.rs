//! A baseline: what was found when `lind` was adopted, so that only what is new is shown.
//!
//! An entry is known by its code, its declaration and the words it stands at,
//! not by its line: a baseline survives edits elsewhere. Errors never enter it.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::files::write_whole;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Source;

/// One finding that was there before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    code: String,
    fingerprint: String,
    /// For those who read the file; nothing compares it.
    #[serde(default)]
    message: String,
}

/// What was there before, and how much of it has not come up again yet.
#[derive(Debug, Default)]
pub struct Baseline {
    /// Where its file stands; the files it speaks of are told from there.
    folder: PathBuf,
    left: HashMap<(String, String), usize>,
}

impl Baseline {
    /// Reads a baseline.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        let entries: Vec<Entry> =
            serde_yaml::from_str(&text).map_err(|error| format!("`{}` is no baseline: {error}", path.display()))?;
        let mut left = HashMap::new();
        for entry in entries {
            *left.entry((entry.file, entry.fingerprint)).or_default() += 1;
        }
        Ok(Self { folder: folder(path), left })
    }

    /// Sorts findings of a file: what is new, and what was there before.
    pub fn sort(&mut self, source: &Source, found: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        found.into_iter().partition(|diagnostic| {
            if diagnostic.code.severity() == Severity::Error {
                return true;
            }
            let key = (told_from(&self.folder, source), fingerprint(source, diagnostic));
            match self.left.get_mut(&key) {
                Some(n) if *n > 0 => {
                    *n -= 1;
                    false
                }
                _ => true,
            }
        })
    }

    /// How many entries fit nothing any more.
    pub fn stale(&self) -> usize {
        self.left.values().sum()
    }
}

/// Writes what was found as a baseline; a file that is something else is not replaced.
pub fn write<'a>(path: &Path, found: impl Iterator<Item = (&'a Source, &'a Diagnostic)>) -> Result<(), String> {
    if path.exists() {
        Baseline::load(path).map_err(|why| format!("{why}; it is not replaced"))?;
    }
    let text = document(&folder(path), found)?;
    write_whole(path, text.as_bytes()).map_err(|error| error.to_string())
}

fn document<'a>(folder: &Path, found: impl Iterator<Item = (&'a Source, &'a Diagnostic)>) -> Result<String, String> {
    let entries: Vec<Entry> = found
        .filter(|(_, diagnostic)| diagnostic.code.severity() < Severity::Error)
        .map(|(source, diagnostic)| Entry {
            file: told_from(folder, source),
            code: diagnostic.code.name().into(),
            fingerprint: fingerprint(source, diagnostic),
            message: diagnostic.message.clone(),
        })
        .collect();
    serde_yaml::to_string(&entries).map_err(|error| error.to_string())
}

fn folder(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let folder = absolute.parent().unwrap_or(&absolute);
    folder.canonicalize().unwrap_or_else(|_| folder.into())
}

/// The path of a source from a folder, whatever it was called by: a baseline serves from everywhere.
fn told_from(folder: &Path, source: &Source) -> String {
    let named = Path::new(source.name());
    let (true, Some(name)) = (named.exists(), named.file_name()) else { return source.name().into() };
    // The folder as it is, the file as it is called: a link may lead elsewhere tomorrow.
    let path = self::folder(named).join(name);
    let shared = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, folder.components().count() - shared);
    let told: PathBuf = up.chain(path.components().skip(shared)).collect();
    told.to_string_lossy().replace('\\', "/")
}

/// What a finding is known by from run to run.
pub fn fingerprint(source: &Source, diagnostic: &Diagnostic) -> String {
    let text = source.text();
    let before = text.get(..diagnostic.span.start as usize).unwrap_or_default();
    // A declaration opens in the first column; it is named up to its colon.
    let opening = text[before.rfind('\n').map_or(0, |at| at + 1)..].lines().next().into_iter();
    let head = opening.chain(before.lines().rev()).find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let head = head.map_or("", |line| line.split(':').next().unwrap_or(line));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in [diagnostic.code.name(), head, diagnostic.span.text(text)] {
        for byte in part.split_whitespace().flat_map(|word| word.bytes().chain([b' '])).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
