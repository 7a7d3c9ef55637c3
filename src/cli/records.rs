//! Streams of subject records: NDJSON line by line, JSON and YAML whole.
//!
//! NDJSON is read in constant memory; a line longer than a record may be is
//! skipped and reported, never held.

use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::path::Path;

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::diagnostic::Code;
use crate::evaluate::record::{MAX_RECORD, Read as ReadRecord};
use crate::evaluate::{RecordError, RecordReader};

/// What a stream of records is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Input {
    /// One JSON object on each line.
    Ndjson,
    /// One JSON object, or a list of them.
    Json,
    /// One YAML mapping, a list of them, or several documents.
    Yaml,
}

impl Input {
    /// By the ending of a file's name; standard input is taken for NDJSON.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::Ndjson,
        }
    }
}

/// The largest file of JSON or YAML that is read whole, in bytes; NDJSON has no limit.
const MAX_WHOLE: u64 = 256 * 1024 * 1024;

/// Calls `visit` with each record of a file that is read whole, and its place; `read_bytes` hears how much that was.
pub fn each(
    stream: impl BufRead,
    input: Input,
    reader: &RecordReader<'_>,
    read_bytes: impl FnOnce(u64),
    visit: &mut dyn FnMut(String, ReadRecord) -> io::Result<()>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    stream.take(MAX_WHOLE + 1).read_to_end(&mut bytes)?;
    read_bytes(bytes.len() as u64);
    if bytes.len() as u64 > MAX_WHOLE {
        let message = format!("the file has more than {MAX_WHOLE} bytes; write it as NDJSON, which is read line by line");
        return visit("1".into(), failed(Code::RecordTooLarge, message));
    }
    match input {
        Input::Yaml => yaml(&bytes, reader, visit),
        Input::Json | Input::Ndjson => json(&bytes, reader, visit),
    }
}

fn failed(code: Code, message: String) -> ReadRecord {
    ReadRecord { subject: None, record: Err(vec![RecordError { path: "$".into(), code, message }]) }
}

/// A batch of lines is full when it holds so many bytes.
const BATCH: usize = 1 << 20;

/// Some lines of NDJSON.
#[derive(Default)]
pub struct Batch {
    /// How much of the stream it stands for.
    pub bytes: u64,
    text: Vec<u8>,
    lines: Vec<(u64, Line)>,
}

enum Line {
    /// In the text of the batch.
    At(Range<usize>),
    /// Longer than a record may be, by so many bytes in all.
    TooLong(u64),
}

impl Batch {
    /// Calls `visit` with the number of each line and its record; blank lines have none.
    pub fn each(&self, reader: &RecordReader<'_>, mut visit: impl FnMut(u64, ReadRecord)) {
        for (number, line) in &self.lines {
            match line {
                Line::TooLong(length) => {
                    let message = format!("the record has {length} bytes; {MAX_RECORD} is the limit");
                    visit(*number, failed(Code::RecordTooLarge, message));
                }
                Line::At(range) => {
                    let mut text = &self.text[range.clone()];
                    if *number == 1 {
                        text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
                    }
                    if !text.trim_ascii().is_empty() {
                        visit(*number, reader.json(text));
                    }
                }
            }
        }
    }

    /// Reads lines, in the place of those it held, until it is full; whether the stream may go on.
    fn fill(&mut self, stream: &mut impl BufRead, number: &mut u64) -> io::Result<bool> {
        self.bytes = 0;
        self.text.clear();
        self.lines.clear();
        while self.text.len() < BATCH {
            let start = self.text.len();
            let taken = stream.by_ref().take(MAX_RECORD as u64 + 2).read_until(b'\n', &mut self.text)?;
            if taken == 0 {
                return Ok(false);
            }
            *number += 1;
            self.bytes += taken as u64;
            if self.text.last() == Some(&b'\n') || taken <= MAX_RECORD {
                self.lines.push((*number, Line::At(start..self.text.len())));
            } else {
                let skipped = skip_line(stream)?;
                self.text.truncate(start);
                self.bytes += skipped;
                self.lines.push((*number, Line::TooLong(taken as u64 + skipped)));
            }
        }
        Ok(true)
    }
}

/// Calls `visit` with up to `at_once` batches of the lines of a stream of NDJSON, until it ends.
///
/// What was read before the stream broke is visited before the error is told.
pub fn each_batch(
    mut stream: impl BufRead,
    at_once: usize,
    mut visit: impl FnMut(&[Batch]) -> io::Result<()>,
) -> io::Result<()> {
    let mut batches: Vec<Batch> = std::iter::repeat_with(Batch::default).take(at_once).collect();
    let mut number = 0;
    loop {
        let (mut filled, mut goes_on) = (0, Ok(true));
        while filled < at_once && matches!(goes_on, Ok(true)) {
            goes_on = batches[filled].fill(&mut stream, &mut number);
            filled += 1;
        }
        visit(&batches[..filled])?;
        if !goes_on? {
            return Ok(());
        }
    }
}

/// Steps over the rest of a line without holding it.
fn skip_line(stream: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let step = end.map_or(buffer.len(), |end| end + 1);
        stream.consume(step);
        skipped += step as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

fn json(bytes: &[u8], reader: &RecordReader<'_>, visit: &mut dyn FnMut(String, ReadRecord) -> io::Result<()>) -> io::Result<()> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.trim_ascii_start().first() != Some(&b'[') {
        return visit("1".into(), reader.json(bytes));
    }
    // Raw values keep each record's own text, so that repeated keys and all numbers are seen as written.
    let mut records = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = serde::Deserializer::deserialize_seq(&mut deserializer, RawList(&mut records)).and_then(|()| deserializer.end());
    let count = records.len();
    for (i, record) in records.into_iter().enumerate() {
        visit((i + 1).to_string(), reader.json(record.get().as_bytes()))?;
    }
    match read {
        Ok(()) => Ok(()),
        // What stands before the mistake was read; what stands behind it cannot be.
        Err(error) => visit((count + 1).to_string(), failed(Code::RecordSyntax, format!("the text is no JSON from here on: {error}"))),
    }
}

/// Collects the elements of a JSON list up to the first that cannot be read.
struct RawList<'a, 'de>(&'a mut Vec<&'de RawValue>);

impl<'de> serde::de::Visitor<'de> for RawList<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(record) = seq.next_element()? {
            self.0.push(record);
        }
        Ok(())
    }
}

fn yaml(bytes: &[u8], reader: &RecordReader<'_>, visit: &mut dyn FnMut(String, ReadRecord) -> io::Result<()>) -> io::Result<()> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the text is no UTF-8: byte {}", error.valid_up_to());
            return visit("1".into(), failed(Code::RecordSyntax, message));
        }
    };
    // Each document is read twice, first for its kind: two streams over one text, in step.
    let mut kinds = serde_yaml::Deserializer::from_str(text);
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let mut number = 0;
    while let (Some(kind), Some(document)) = (kinds.next(), documents.next()) {
        number += 1;
        let kind = match serde_yaml::Value::deserialize(kind) {
            Ok(kind) => Some(kind),
            // Repeated keys make no value, yet the record reader tells them one by one.
            Err(error) if error.to_string().contains("duplicate") => None,
            // Beyond text that is no YAML nothing can be read.
            Err(error) => return visit(number.to_string(), failed(Code::RecordSyntax, error.to_string())),
        };
        if !matches!(kind, Some(serde_yaml::Value::Sequence(_))) {
            visit(number.to_string(), reader.deserialize(document))?;
            continue;
        }
        let mut records = Vec::new();
        let seed = YamlList { reader, records: &mut records };
        if let Err(error) = serde::de::DeserializeSeed::deserialize(seed, document) {
            records.push(failed(Code::RecordSyntax, error.to_string()));
        }
        for (i, record) in records.into_iter().enumerate() {
            visit(format!("{number}[{i}]"), record)?;
        }
    }
    Ok(())
}

/// Reads each element of a YAML list as a record.
struct YamlList<'a, 'p> {
    reader: &'a RecordReader<'p>,
    records: &'a mut Vec<ReadRecord>,
}

impl<'de> serde::de::DeserializeSeed<'de> for YamlList<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> serde::de::Visitor<'de> for YamlList<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        struct One<'a, 'p>(&'a RecordReader<'p>);
        impl<'de> serde::de::DeserializeSeed<'de> for One<'_, '_> {
            type Value = ReadRecord;
            fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<ReadRecord, D::Error> {
                Ok(self.0.deserialize(deserializer))
            }
        }
        while let Some(record) = seq.next_element_seed(One(self.reader))? {
            self.records.push(record);
        }
        Ok(())
    }
}
