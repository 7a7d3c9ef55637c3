//! `lind screen`: a verdict with reasons for each subject of a cohort.

use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use super::load::{load, protocol_of};
use super::output::Output;
use super::records::{Batch, Input, each, each_batch};
use super::tally::Tally;
use crate::evaluate::record::Read as ReadRecord;
use crate::evaluate::{Outcome, Printer, RecordError, RecordReader, Report, Verdict, evaluate, invalid_json};
use crate::protocol::Protocol;

/// Screen subjects: a verdict with reasons for each record, and a summary.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Records are JSON (.json: one object or a list), YAML (.yaml, .yml) or NDJSON (anything else, and
standard input): an object with one key for each fact, anchor and attested criterion. A key that is
missing, or null, is unknown.

Examples:
  lind screen protocols/NCT05106972.lind cohort.ndjson
  lind screen protocols/NCT05106972.lind subject.yaml --explain
  cat cohort.ndjson | lind screen protocols/NCT05106972.lind - --format ndjson --id subject > reports.ndjson

Exit codes: 0 every record has a verdict, 1 some record is invalid, 2 could not run to the end.")]
pub struct Args {
    /// The protocol
    protocol: PathBuf,
    /// The records; `-` is standard input
    #[arg(required = true)]
    records: Vec<PathBuf>,
    /// Say of each criterion what it came to
    #[arg(long)]
    explain: bool,
    /// How reports are written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// What the records are written in, whatever their files are called
    #[arg(long, value_enum)]
    input: Option<Input>,
    /// The key that names the subject; it is no fact of the protocol
    #[arg(long, value_name = "KEY")]
    id: Option<String>,
    /// How many threads screen NDJSON; all cores, unless said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

/// How reports are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each subject, and a summary.
    Table,
    /// One JSON document with all reports and the summary.
    Json,
    /// One JSON report on each line; the summary goes to standard error.
    Ndjson,
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let Some(protocol) = protocol_of(load(&args.protocol), "nobody can be screened by a protocol with errors")? else {
        return Ok(Exit::CouldNotRun);
    };
    if let Some(key) = &args.id
        && protocol.fact(key).is_some()
    {
        tell!("lind: `{key}` is a fact of the protocol and cannot name the subject");
        return Ok(Exit::CouldNotRun);
    }
    let desk = Desk {
        args,
        protocol: &protocol,
        reader: RecordReader::new(&protocol).with_subject_key(args.id.clone()),
        printer: Printer::new(&protocol),
    };
    let mut screening = Screening { desk: &desk, tally: Tally::new(&protocol), out: Output::new(), first: true };
    screening.start()?;
    let mut exit = Exit::Clean;
    for path in &args.records {
        if !screening.file(path)? {
            exit = Exit::CouldNotRun;
        }
    }
    screening.finish()?;
    if screening.tally.invalid > 0 && exit == Exit::Clean {
        exit = Exit::Findings;
    }
    Ok(exit)
}

/// What every thread needs to turn records into reports.
struct Desk<'a> {
    args: &'a Args,
    protocol: &'a Protocol,
    reader: RecordReader<'a>,
    printer: Printer<'a>,
}

/// A run over a cohort.
struct Screening<'a> {
    desk: &'a Desk<'a>,
    tally: Tally,
    out: Output,
    first: bool,
}

/// Files smaller than this are read before a bar could be looked at.
const WORTH_A_BAR: u64 = 8 * 1024 * 1024;

impl Screening<'_> {
    /// Whether the file could be read.
    fn file(&mut self, path: &Path) -> io::Result<bool> {
        let standard_input = path == Path::new("-");
        let input = self.desk.args.input.unwrap_or_else(|| Input::of(path));
        let (stream, size): (Box<dyn Read>, u64) = if standard_input {
            (Box::new(io::stdin().lock()), 0)
        } else {
            match std::fs::File::open(path).and_then(|file| Ok((file.metadata()?, file))) {
                Ok((metadata, _)) if metadata.is_dir() => {
                    tell!("lind: `{}` is a folder, not a file of records", path.display());
                    return Ok(false);
                }
                Ok((metadata, file)) => (Box::new(file), metadata.len()),
                Err(error) => {
                    tell!("lind: cannot read `{}`: {error}", path.display());
                    return Ok(false);
                }
            }
        };
        let bar = progress(size);
        let name = if standard_input { "-".to_string() } else { path.display().to_string() };
        let stream = BufReader::with_capacity(1 << 16, stream);
        let threads = match self.desk.args.threads {
            Some(threads) => usize::from(threads),
            None => thread::available_parallelism().map_or(1, NonZero::get),
        };
        let desk = self.desk;
        let mut written = Ok(());
        // Stop reading where nobody listens; an error of the output is kept apart.
        let mut heard = |screening: &mut Self, drawn: Vec<Drawn>| {
            written = drawn.into_iter().try_for_each(|drawn| screening.write(drawn));
            if written.is_err() || screening.out.is_closed() { Err(io::Error::from(io::ErrorKind::Other)) } else { Ok(()) }
        };
        let read = match input {
            Input::Ndjson => each_batch(stream, threads, |batches| {
                bar.inc(batches.iter().map(|batch| batch.bytes).sum());
                heard(self, desk.screen(&name, batches))
            }),
            Input::Json | Input::Yaml => each(stream, input, &desk.reader, |bytes| bar.inc(bytes), &mut |place, record| {
                let mut drawn = Drawn::new(desk.protocol);
                desk.record(&format!("{name}:{place}"), record, &mut drawn);
                heard(self, vec![drawn])
            }),
        };
        bar.finish_and_clear();
        written?;
        if self.out.is_closed() {
            return Ok(false);
        }
        if let Err(error) = read {
            tell!("lind: cannot read `{name}` to its end: {error}");
            return Ok(false);
        }
        Ok(true)
    }

    fn write(&mut self, drawn: Drawn) -> io::Result<()> {
        self.tally.join(&drawn.tally);
        let mut text = drawn.text.as_slice();
        if self.desk.args.format == Format::Json && !text.is_empty() && std::mem::replace(&mut self.first, false) {
            // Every report comes with a comma before it; the first has nothing to follow.
            text = &text[1..];
        }
        self.out.write_all(text)
    }

    fn start(&mut self) -> io::Result<()> {
        match self.desk.args.format {
            Format::Json => write!(self.out, "{{\"reports\":["),
            Format::Ndjson => Ok(()),
            Format::Table if self.desk.args.explain => Ok(()),
            Format::Table => writeln!(self.out, "{:<28}  {:<12}  why", "subject", "verdict"),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        let protocol = self.desk.protocol;
        match self.desk.args.format {
            Format::Json => {
                let summary = self.tally.json(protocol);
                writeln!(self.out, "\n],\n\"summary\":{summary}}}")?;
            }
            _ if self.out.is_closed() => {}
            Format::Ndjson => eprint!("{}", self.tally.text(protocol)),
            Format::Table => write!(self.out, "\n{}", self.tally.text(protocol))?,
        }
        self.out.flush()
    }
}

/// Reports as they will be written, and what they came to.
struct Drawn {
    text: Vec<u8>,
    tally: Tally,
}

impl Drawn {
    fn new(protocol: &Protocol) -> Self {
        Self { text: Vec::new(), tally: Tally::new(protocol) }
    }

    fn line(&mut self, line: impl std::fmt::Display) {
        self.text.extend_from_slice(format!("{line}\n").as_bytes());
    }
}

impl Desk<'_> {
    /// Screens several batches, each on a thread of its own.
    fn screen(&self, name: &str, batches: &[Batch]) -> Vec<Drawn> {
        let one = |batch: &Batch| {
            let mut drawn = Drawn::new(self.protocol);
            let mut place = format!("{name}:");
            batch.each(&self.reader, |number, record| {
                place.truncate(name.len() + 1);
                place.push_str(&number.to_string());
                self.record(&place, record, &mut drawn);
            });
            drawn
        };
        let [first, rest @ ..] = batches else { return Vec::new() };
        thread::scope(|scope| {
            let others: Vec<_> = rest.iter().map(|batch| scope.spawn(|| one(batch))).collect();
            let mut drawn = vec![one(first)];
            drawn.extend(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))));
            drawn
        })
    }

    fn record(&self, place: &str, read: ReadRecord, drawn: &mut Drawn) {
        let subject = read.subject.as_deref().unwrap_or(place);
        match read.record {
            Ok(record) => {
                let report = evaluate(self.protocol, &record);
                drawn.tally.add(&report);
                self.report(subject, &report, drawn);
            }
            Err(errors) => {
                drawn.tally.add_invalid();
                self.invalid(subject, &errors, drawn);
            }
        }
    }

    fn report(&self, subject: &str, report: &Report, drawn: &mut Drawn) {
        match self.args.format {
            Format::Json => {
                drawn.text.extend_from_slice(b",\n");
                self.printer.print(&mut drawn.text, subject, report);
            }
            Format::Ndjson => {
                self.printer.print(&mut drawn.text, subject, report);
                drawn.text.push(b'\n');
            }
            Format::Table if self.args.explain => self.explain(subject, report, drawn),
            Format::Table => {
                let why = why(self.protocol, report);
                drawn.line(format_args!("{subject:<28}  {:<12}  {why}", report.verdict.word()));
            }
        }
    }

    fn invalid(&self, subject: &str, errors: &[RecordError], drawn: &mut Drawn) {
        match self.args.format {
            Format::Json => {
                let report = invalid_json(self.protocol, errors, Some(subject));
                drawn.text.extend_from_slice(format!(",\n{report}").as_bytes());
            }
            Format::Ndjson => drawn.line(invalid_json(self.protocol, errors, Some(subject))),
            Format::Table => {
                for (i, error) in errors.iter().enumerate() {
                    let verdict = if i == 0 { "invalid" } else { "" };
                    let name = if i == 0 { subject } else { "" };
                    drawn.line(format_args!("{name:<28}  {verdict:<12}  {error}"));
                }
            }
        }
    }

    /// Every criterion with its words, what it asks, and what it came to.
    fn explain(&self, subject: &str, report: &Report, drawn: &mut Drawn) {
        drawn.line(format_args!("{subject}: {}", report.verdict.word()));
        for (arm, own) in self.protocol.arms.iter().zip(&report.arms) {
            drawn.line(format_args!("  arm {}: {}", arm.about.name, own.verdict.word()));
        }
        for (criterion, outcome) in self.protocol.criteria.iter().zip(&report.outcomes) {
            let note = if criterion.attested { "  (rests on somebody's word)" } else { "" };
            drawn.line(format_args!("  {:<8} {} {}{note}", outcome.word(), criterion.kind.word(), criterion.about.name));
            if *outcome != Outcome::Pass {
                if let Some(text) = &criterion.about.text {
                    drawn.line(format_args!("             \"{text}\""));
                }
                drawn.line(format_args!("             {}", criterion.rule.written));
            }
        }
        if !report.missing.is_empty() {
            drawn.line(format_args!("  missing: {}", fact_names(self.protocol, &report.missing)));
        }
        for id in &report.contradicts {
            let assumption = &self.protocol.assumptions[*id];
            drawn.line(format_args!("  contradicts the assumption {}: {}", assumption.about.name, assumption.written));
        }
        drawn.line("");
    }
}

/// A bar on standard error for input that takes a while, if anybody sees it.
fn progress(size: u64) -> ProgressBar {
    if size < WORTH_A_BAR || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(size);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn fact_names(protocol: &Protocol, facts: &[usize]) -> String {
    facts.iter().map(|id| protocol.facts[*id].about.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The criteria that keep a subject out, or the facts that keep the verdict open.
fn why(protocol: &Protocol, report: &Report) -> String {
    let mut why = match report.verdict {
        Verdict::Eligible => String::new(),
        Verdict::Ineligible => {
            let failing = protocol.criteria.iter().zip(&report.outcomes).filter(|(_, outcome)| **outcome == Outcome::Fail);
            let names: Vec<&str> = failing.map(|(criterion, _)| criterion.about.name.as_str()).collect();
            format!("fails {}", names.join(", "))
        }
        Verdict::Undetermined if report.missing.is_empty() => "no fact is missing, yet a test has no value".into(),
        Verdict::Undetermined => format!("needs {}", fact_names(protocol, &report.missing)),
    };
    for id in &report.contradicts {
        if !why.is_empty() {
            why.push_str("; ");
        }
        why.push_str(&format!("contradicts {}", protocol.assumptions[*id].about.name));
    }
    why
}
