//! `lind cases`: test subjects that show what each part of a protocol does.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::Exit;
use super::load::{load, protocol_of};
use super::output::Output;
use crate::analysis::{Cases, cases};
use crate::evaluate::View;
use crate::protocol::Protocol;

/// Generate test subjects: each condition decides once both ways, each limit is met and just missed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each case has a name, the reason why it is there, the record and the report that every checker has to
give. What is not covered is told with its reason on standard error.

Examples:
  lind cases protocols/NCT05106972.lind
  lind cases protocols/NCT05106972.lind --format ndjson > cases.ndjson

Exit codes: 0 cases were generated, 2 could not run.")]
pub struct Args {
    /// The protocol
    protocol: PathBuf,
    /// How cases are written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// How cases are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each: name, verdict, reason.
    Table,
    /// A JSON object on each line: name, why, record, report.
    Ndjson,
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let Some(protocol) = protocol_of(load(&args.protocol), "a protocol with errors has no cases")? else {
        return Ok(Exit::CouldNotRun);
    };
    let made = cases(&protocol);
    let mut out = Output::new();
    write(&mut out, args.format, &protocol, &made)?;
    out.flush()?;
    let mut errors = io::stderr().lock();
    for why in &made.uncovered {
        writeln!(errors, "not covered: {why}")?;
    }
    writeln!(
        errors,
        "{} cases; {} of {} conditions decide their criterion, each counted as true and as false",
        made.cases.len(),
        made.decided,
        made.conditions
    )?;
    Ok(Exit::Clean)
}

fn write(out: &mut Output, format: Format, protocol: &Protocol, made: &Cases) -> io::Result<()> {
    for case in &made.cases {
        match format {
            Format::Table => writeln!(out, "{:<32}  {:<12}  {}", case.name, case.report.verdict.word(), case.why)?,
            Format::Ndjson => {
                let report = View { protocol, report: &case.report, subject: None };
                writeln!(out, "{}", json!({ "name": case.name, "why": case.why, "record": case.record, "report": report }))?;
            }
        }
    }
    Ok(())
}
