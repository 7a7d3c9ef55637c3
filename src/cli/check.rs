//! `lind check`: every finding in every file.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use super::Exit;
use super::load::load;
use super::output::{Format, Output, count_line, write_findings};
use crate::analysis::prove;
use crate::compile;
use crate::diagnostic::Severity;
use crate::findings::findings;

/// Check protocols: every mistake in every file, each at its place.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lind check protocols/NCT05106972.lind
  lind check --fail-on warning protocols/*.lind
  lind check --prove protocols/NCT05106972.lind
  lind check --format json draft.lind | jq .code")]
pub struct Args {
    /// The protocols; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Exit with 1 if a finding is at least this bad
    #[arg(long, value_enum, default_value = "error")]
    fail_on: Level,
    /// Prove what can be proven besides: nobody eligible, criteria that can never fail or that others
    /// imply, what each reading and hypothesis does
    #[arg(long)]
    prove: bool,
    /// Leave out open questions; the last line still counts them
    #[arg(long)]
    quiet: bool,
}

/// A level of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    Info,
    Warning,
    Error,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Info => Self::Info,
            Level::Warning => Self::Warning,
            Level::Error => Self::Error,
        }
    }
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let mut out = Output::new();
    let mut exit = Exit::Clean;
    for path in &args.files {
        let (source, unreadable) = load(path);
        if let Some(diagnostic) = unreadable {
            write_findings(&mut out, args.format, &source, &[diagnostic])?;
            exit = Exit::CouldNotRun;
            continue;
        }
        let compilation = compile(&source);
        let mut found = compilation.diagnostics;
        if let (true, Some(protocol)) = (args.prove, &compilation.protocol) {
            found.extend(findings(&source, protocol, &prove(protocol)));
            found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end, diagnostic.code));
        }
        let failing = found.iter().any(|diagnostic| diagnostic.severity() >= args.fail_on.into());
        if failing && exit == Exit::Clean {
            exit = Exit::Findings;
        }
        let shown: Vec<_> =
            found.iter().filter(|d| !args.quiet || d.severity() > Severity::Info).cloned().collect();
        write_findings(&mut out, args.format, &source, &shown)?;
        if args.format == Format::Human {
            writeln!(out, "{}: {}", source.name(), count_line(&found))?;
        }
    }
    out.flush()?;
    Ok(exit)
}
