//! `lind screen`: a verdict with reasons for each subject of a cohort.

use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use super::load::load;
use super::output::{Format as FindingFormat, Output, write_findings};
use super::records::{Input, each};
use super::tally::Tally;
use crate::compile;
use crate::diagnostic::Severity;
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
    let (source, unreadable) = load(&args.protocol);
    let mut errors = io::stderr().lock();
    if let Some(diagnostic) = unreadable {
        write_findings(&mut errors, FindingFormat::Human, &source, &[diagnostic])?;
        return Ok(Exit::CouldNotRun);
    }
    let compilation = compile(&source);
    let Some(protocol) = compilation.protocol else {
        let found: Vec<_> = compilation.diagnostics.into_iter().filter(|d| d.severity() == Severity::Error).collect();
        write_findings(&mut errors, FindingFormat::Human, &source, &found)?;
        writeln!(errors, "lind: nobody can be screened by a protocol with errors")?;
        return Ok(Exit::CouldNotRun);
    };
    drop(errors);
    if let Some(key) = &args.id
        && protocol.fact(key).is_some()
    {
        eprintln!("lind: `{key}` is a fact of the protocol and cannot name the subject");
        return Ok(Exit::CouldNotRun);
    }
    let mut screening = Screening {
        args,
        protocol: &protocol,
        tally: Tally::new(&protocol),
        printer: Printer::new(&protocol),
        line: Vec::new(),
        out: Output::new(),
        first: true,
    };
    let reader = RecordReader::new(&protocol).with_subject_key(args.id.clone());
    screening.start()?;
    let mut exit = Exit::Clean;
    for path in &args.records {
        if !screening.file(path, &reader)? {
            exit = Exit::CouldNotRun;
        }
    }
    screening.finish()?;
    if screening.tally.invalid > 0 && exit == Exit::Clean {
        exit = Exit::Findings;
    }
    Ok(exit)
}

/// A run over a cohort.
struct Screening<'a> {
    args: &'a Args,
    protocol: &'a Protocol,
    tally: Tally,
    printer: Printer<'a>,
    /// The report in hand.
    line: Vec<u8>,
    out: Output,
    first: bool,
}

/// Files smaller than this are read before a bar could be looked at.
const WORTH_A_BAR: u64 = 8 * 1024 * 1024;

impl Screening<'_> {
    /// Whether the file could be read.
    fn file(&mut self, path: &Path, reader: &RecordReader<'_>) -> io::Result<bool> {
        let standard_input = path == Path::new("-");
        let input = self.args.input.unwrap_or_else(|| Input::of(path));
        let (stream, size): (Box<dyn Read>, u64) = if standard_input {
            (Box::new(io::stdin().lock()), 0)
        } else {
            match std::fs::File::open(path).and_then(|file| Ok((file.metadata()?, file))) {
                Ok((metadata, _)) if metadata.is_dir() => {
                    eprintln!("lind: `{}` is a folder, not a file of records", path.display());
                    return Ok(false);
                }
                Ok((metadata, file)) => (Box::new(file), metadata.len()),
                Err(error) => {
                    eprintln!("lind: cannot read `{}`: {error}", path.display());
                    return Ok(false);
                }
            }
        };
        let bar = progress(size);
        let name = if standard_input { "-".to_string() } else { path.display().to_string() };
        let stream = BufReader::with_capacity(1 << 16, stream);
        let mut written = Ok(());
        let read = each(stream, input, reader, |bytes| bar.inc(bytes), &mut |place, record| {
            written = self.record(&format!("{name}:{place}"), record);
            // Stop reading where nobody listens; an error of the output is kept apart.
            if written.is_err() || self.out.is_closed() { Err(io::Error::from(io::ErrorKind::Other)) } else { Ok(()) }
        });
        bar.finish_and_clear();
        written?;
        if self.out.is_closed() {
            return Ok(false);
        }
        if let Err(error) = read {
            eprintln!("lind: cannot read `{name}` to its end: {error}");
            return Ok(false);
        }
        Ok(true)
    }

    fn record(&mut self, place: &str, read: ReadRecord) -> io::Result<()> {
        let subject = read.subject.as_deref().unwrap_or(place);
        match read.record {
            Ok(record) => {
                let report = evaluate(self.protocol, &record);
                self.tally.add(&report);
                self.report(subject, &report)
            }
            Err(errors) => {
                self.tally.add_invalid();
                self.invalid(subject, &errors)
            }
        }
    }

    fn start(&mut self) -> io::Result<()> {
        match self.args.format {
            Format::Json => write!(self.out, "{{\"reports\":["),
            Format::Ndjson => Ok(()),
            Format::Table if self.args.explain => Ok(()),
            Format::Table => writeln!(self.out, "{:<28}  {:<12}  why", "subject", "verdict"),
        }
    }

    fn separate(&mut self) -> io::Result<()> {
        let first = std::mem::replace(&mut self.first, false);
        if self.args.format == Format::Json { write!(self.out, "{}", if first { "\n" } else { ",\n" }) } else { Ok(()) }
    }

    fn report(&mut self, subject: &str, report: &Report) -> io::Result<()> {
        self.separate()?;
        match self.args.format {
            Format::Json | Format::Ndjson => {
                self.line.clear();
                self.printer.print(&mut self.line, subject, report)?;
                if self.args.format == Format::Ndjson {
                    self.line.push(b'\n');
                }
                self.out.write_all(&self.line)
            }
            Format::Table if self.args.explain => self.explain(subject, report),
            Format::Table => {
                let why = why(self.protocol, report);
                writeln!(self.out, "{subject:<28}  {:<12}  {why}", report.verdict.word())
            }
        }
    }

    fn invalid(&mut self, subject: &str, errors: &[RecordError]) -> io::Result<()> {
        self.separate()?;
        match self.args.format {
            Format::Json => write!(self.out, "{}", invalid_json(self.protocol, errors, Some(subject))),
            Format::Ndjson => writeln!(self.out, "{}", invalid_json(self.protocol, errors, Some(subject))),
            Format::Table => {
                for (i, error) in errors.iter().enumerate() {
                    let verdict = if i == 0 { "invalid" } else { "" };
                    let name = if i == 0 { subject } else { "" };
                    writeln!(self.out, "{name:<28}  {verdict:<12}  {error}")?;
                }
                Ok(())
            }
        }
    }

    /// Every criterion with its words, what it asks, and what it came to.
    fn explain(&mut self, subject: &str, report: &Report) -> io::Result<()> {
        writeln!(self.out, "{subject}: {}", report.verdict.word())?;
        for (arm, own) in self.protocol.arms.iter().zip(&report.arms) {
            writeln!(self.out, "  arm {}: {}", arm.about.name, own.verdict.word())?;
        }
        for (criterion, outcome) in self.protocol.criteria.iter().zip(&report.outcomes) {
            let note = if criterion.attested { "  (rests on somebody's word)" } else { "" };
            writeln!(self.out, "  {:<8} {} {}{note}", outcome.word(), criterion.kind.word(), criterion.about.name)?;
            if *outcome != Outcome::Pass {
                if let Some(text) = &criterion.about.text {
                    writeln!(self.out, "             \"{text}\"")?;
                }
                writeln!(self.out, "             {}", criterion.rule.written)?;
            }
        }
        if !report.missing.is_empty() {
            writeln!(self.out, "  missing: {}", fact_names(self.protocol, &report.missing))?;
        }
        for id in &report.contradicts {
            let assumption = &self.protocol.assumptions[*id];
            writeln!(self.out, "  contradicts the assumption {}: {}", assumption.about.name, assumption.written)?;
        }
        writeln!(self.out)
    }

    fn finish(&mut self) -> io::Result<()> {
        match self.args.format {
            Format::Json => {
                let summary = self.tally.json(self.protocol);
                writeln!(self.out, "\n],\n\"summary\":{summary}}}")?;
            }
            _ if self.out.is_closed() => {}
            Format::Ndjson => eprint!("{}", self.tally.text(self.protocol)),
            Format::Table => write!(self.out, "\n{}", self.tally.text(self.protocol))?,
        }
        self.out.flush()
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
