//! Who of a real cohort changes verdict.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::super::records::{Input, each, each_batch};
use crate::evaluate::record::Read;
use crate::evaluate::{RecordReader, evaluate};
use crate::protocol::Protocol;

/// Subjects who go from one verdict to another.
#[derive(Debug, Default)]
pub struct Moves {
    /// How many records there are.
    pub records: usize,
    /// How many of them neither version can read: of those nothing is known.
    pub invalid: usize,
    /// By the verdicts before and after: how many, and who, up to a limit.
    pub moved: BTreeMap<(&'static str, &'static str), (usize, Vec<String>)>,
}

/// How many subjects of one kind are named.
pub const NAMED: usize = 20;

/// The verdict on a record that is not valid.
const INVALID: &str = "invalid";

/// Runs every record through both versions.
pub fn moves(path: &Path, id: Option<&str>, before: &Protocol, after: &Protocol) -> Result<Moves, String> {
    let (old, new) = (verdicts(path, id, before)?, verdicts(path, id, after)?);
    let mut moves = Moves { records: old.len(), ..Moves::default() };
    for ((name, was), (_, is)) in old.into_iter().zip(new) {
        moves.invalid += usize::from(was == INVALID && is == INVALID);
        if was != is {
            let (count, names) = moves.moved.entry((was, is)).or_default();
            *count += 1;
            if names.len() < NAMED {
                names.push(name);
            }
        }
    }
    Ok(moves)
}

/// The name and verdict of each record.
fn verdicts(path: &Path, id: Option<&str>, protocol: &Protocol) -> Result<Vec<(String, &'static str)>, String> {
    let told = |error: std::io::Error| format!("cannot read `{}`: {error}", path.display());
    if id.is_some_and(|key| protocol.fact(key).is_some()) {
        return Err(format!("`{}` is a fact of the protocol and cannot name the subject", id.unwrap_or_default()));
    }
    let reader = RecordReader::new(protocol).with_subject_key(id.map(str::to_string));
    let stream = BufReader::with_capacity(1 << 16, File::open(path).map_err(told)?);
    let mut found = Vec::new();
    let mut take = |place: String, read: Read| {
        let verdict = read.record.as_ref().map_or(INVALID, |record| evaluate(protocol, record).verdict.word());
        found.push((read.subject.unwrap_or(place), verdict));
    };
    match Input::of(path) {
        Input::Ndjson => each_batch(stream, 1, |batches| {
            batches.iter().for_each(|batch| batch.each(&reader, |number, read| take(number.to_string(), read)));
            Ok(())
        }),
        input => each(stream, input, &reader, |_| {}, &mut |place, read| {
            take(place, read);
            Ok(())
        }),
    }
    .map_err(told)?;
    Ok(found)
}
