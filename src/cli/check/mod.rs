//! `lind check`: every finding in every file.

mod baseline;
mod fix;
mod machine;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;

use super::files::write_whole;
use super::load::load;
use super::output::{Output, count_line, write_findings};
use super::project::{Level as Lint, Levels, Project, adjustable};
use super::{Exit, output};
use crate::allow::Allowed;
use crate::analysis::prove;
use crate::compile;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::findings::findings;
use crate::registry::{self, Study};
use crate::span::{Source, Span};
use baseline::Baseline;

/// Check protocols: every mistake in every file, each at its place.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lind check protocols/NCT05106972.lind
  lind check --fail-on warning protocols/*.lind
  lind check --prove protocols/NCT05106972.lind
  lind check --format json draft.lind | jq .code
  lind check --format sarif protocols/*.lind > lind.sarif
  lind check --registry NCT05106972.json protocols/NCT05106972.lind
  lind check --write-baseline baseline.yaml old.lind && lind check --baseline baseline.yaml old.lind

A declaration may `allow CODE \"reason\"` among its notes: that warning or open question is not shown
there any more. An `allow` that nothing needs is a finding itself; errors cannot be allowed.")]
pub struct Args {
    /// The protocols, those of the project if left out; `-` is standard input
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
    /// What is not proven in so many seconds is told as not proven
    #[arg(long, value_name = "SECONDS", default_value = "300", requires = "prove")]
    time_limit: u64,
    /// Apply the fixes that are safe, then check: those that only spell otherwise, and of a protocol that has
    /// a meaning already those that are proven to keep it
    #[arg(long)]
    fix: bool,
    /// Compare with a record of ClinicalTrials.gov (API version 2), field by field
    #[arg(long, value_name = "RECORD")]
    registry: Option<PathBuf>,
    /// Do not show findings of these codes; the last line counts them
    #[arg(long, value_delimiter = ',', value_name = "CODE", value_parser = code)]
    allow: Vec<Code>,
    /// Take findings of these codes for warnings
    #[arg(long, value_delimiter = ',', value_name = "CODE", value_parser = code)]
    warn: Vec<Code>,
    /// Take findings of these codes for errors
    #[arg(long, value_delimiter = ',', value_name = "CODE", value_parser = code)]
    error: Vec<Code>,
    /// Leave out open questions; the last line still counts them
    #[arg(long)]
    quiet: bool,
    /// Warnings and open questions that were there before, which are not shown again
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found now, errors apart, as a baseline
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Drawn, with the lines they speak of.
    Human,
    /// One JSON object for each finding, one on a line.
    Json,
    /// SARIF 2.1.0, with fixes that are safe and what was allowed.
    Sarif,
    /// Annotations for a GitHub workflow.
    Github,
    /// JUnit XML: each finding a test, failed where --fail-on reaches it.
    Junit,
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

/// A code whose level can be set.
fn code(name: &str) -> Result<Code, String> {
    adjustable(name, Span::default()).map_err(|why| format!("{}; {}", why.message, why.help.unwrap_or_default()))
}

/// The levels of the project, and over them those of the command line.
fn levels(args: &Args, project: &Project) -> Levels {
    let mut levels = project.levels.clone();
    for (codes, level) in [(&args.allow, Lint::Allow), (&args.warn, Lint::Warn), (&args.error, Lint::Error)] {
        codes.iter().for_each(|code| levels.set(*code, level));
    }
    levels
}

/// What one file came to.
struct Checked {
    source: Source,
    found: Vec<Diagnostic>,
    allowed: Vec<Allowed>,
    /// What the project or the command line sets to `allow`.
    waived: Vec<Diagnostic>,
    /// What the baseline holds.
    known: Vec<Diagnostic>,
}

impl Checked {
    /// The last line on a file: nothing is left out in silence.
    fn summary(&self) -> String {
        let mut line = format!("{}: {}", self.source.name(), count_line(&self.found));
        for (n, what) in [(self.allowed.len(), "allowed"), (self.waived.len(), "set to allow"), (self.known.len(), "in the baseline")] {
            if n > 0 {
                line.push_str(&format!(", {n} {what}"));
            }
        }
        line
    }
}

/// Runs it.
pub fn run(args: &Args, project: &Project) -> io::Result<Exit> {
    let Some(files) = project.files(&args.files) else { return Ok(Exit::CouldNotRun) };
    let levels = levels(args, project);
    let mut out = Output::new();
    let of_project = project.baseline.as_deref().filter(|_| args.write_baseline.is_none());
    let known = args.baseline.as_deref().or(of_project.filter(|path| super::project::is_there(path, "baseline")));
    let mut baseline = match known.map_or_else(|| Ok(Baseline::default()), Baseline::load) {
        Ok(baseline) => baseline,
        Err(message) => {
            tell!("lind: {message}");
            return Ok(Exit::CouldNotRun);
        }
    };
    let study = match args.registry.as_deref().map(super::import::study).transpose() {
        Ok(study) => study,
        Err(message) => {
            tell!("lind: {message}");
            return Ok(Exit::CouldNotRun);
        }
    };
    let mut exit = Exit::Clean;
    let mut checked = Vec::new();
    for path in &files {
        if args.fix && !mend(path)? {
            exit = Exit::CouldNotRun;
            continue;
        }
        let (mut file, readable) = check(path, args.prove.then(|| Duration::from_secs(args.time_limit)), study.as_ref());
        (file.found, file.waived) = levels.apply(file.found);
        (file.found, file.known) = baseline.sort(&file.source, file.found);
        let failing = file.found.iter().any(|diagnostic| diagnostic.severity() >= args.fail_on.into());
        if !readable {
            exit = Exit::CouldNotRun;
        } else if failing && exit == Exit::Clean {
            exit = Exit::Findings;
        }
        checked.push((file, readable));
    }
    if let Some(path) = &args.write_baseline {
        let all = checked.iter().flat_map(|(file, _)| file.found.iter().map(|diagnostic| (&file.source, diagnostic)));
        if let Err(message) = baseline::write(path, all) {
            tell!("lind: {message}");
            return Ok(Exit::CouldNotRun);
        }
    }
    write(&mut out, args, checked)?;
    out.flush()?;
    match baseline.stale() {
        0 => {}
        1 => tell!("lind: 1 entry of the baseline fits nothing any more"),
        n => tell!("lind: {n} entries of the baseline fit nothing any more"),
    }
    Ok(exit)
}

/// Applies the fixes of one file; false if it could not be written.
fn mend(path: &Path) -> io::Result<bool> {
    let mut errors = io::stderr().lock();
    if path == Path::new("-") {
        writeln!(errors, "lind: --fix writes to the file it mends, and standard input is none")?;
        return Ok(false);
    }
    let (source, unreadable) = load(path);
    if unreadable.is_some() {
        // The check that follows says why.
        return Ok(true);
    }
    let fixed = fix::fixed(&source);
    if !fixed.applied.is_empty()
        && let Err(error) = write_whole(path, fixed.text.as_bytes())
    {
        writeln!(errors, "lind: {error}")?;
        return Ok(false);
    }
    for (code, line) in &fixed.applied {
        writeln!(errors, "{}:{line}: fixed {code}", source.name())?;
    }
    for (code, line, why) in &fixed.refused {
        writeln!(errors, "{}:{line}: not fixed {code}: {why}", source.name())?;
    }
    Ok(true)
}

/// Checks one file, and proves what can be proven in the time that is given; false if it could not be read.
fn check(path: &Path, proving: Option<Duration>, study: Option<&Study>) -> (Checked, bool) {
    let (source, unreadable) = load(path);
    if let Some(diagnostic) = unreadable {
        return (Checked { source, found: vec![diagnostic], allowed: Vec::new(), waived: Vec::new(), known: Vec::new() }, false);
    }
    let compilation = compile(&source);
    let (mut found, mut allowed, mut allows) = (compilation.diagnostics, compilation.allowed, compilation.allows);
    let mut more = Vec::new();
    let mut asked = Vec::new();
    if let (Some(time), Some(protocol)) = (proving, &compilation.protocol) {
        more.extend(findings(&source, protocol, &prove(protocol, Some(time))));
        asked.push("proof");
    }
    if let Some(study) = study {
        more.extend(registry::compare(&source, study));
        asked.push("registry");
    }
    let (more, reasoned) = allows.sort(more);
    found.extend(more);
    allowed.extend(reasoned);
    if compilation.protocol.is_some() {
        found.extend(asked.iter().flat_map(|phase| allows.unused(Some(phase))));
    }
    found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end, diagnostic.code));
    (Checked { source, found, allowed, waived: Vec::new(), known: Vec::new() }, true)
}

fn write(out: &mut Output, args: &Args, checked: Vec<(Checked, bool)>) -> io::Result<()> {
    let shown = |found: &[Diagnostic]| -> Vec<Diagnostic> {
        found.iter().filter(|d| !args.quiet || d.severity() > Severity::Info).cloned().collect()
    };
    if let Format::Human | Format::Json = args.format {
        let format = if args.format == Format::Json { output::Format::Json } else { output::Format::Human };
        for (file, readable) in &checked {
            write_findings(out, format, &file.source, &shown(&file.found))?;
            if args.format == Format::Human && *readable {
                writeln!(out, "{}", file.summary())?;
            }
        }
        return Ok(());
    }
    let checked: Vec<Checked> = checked.into_iter().map(|(file, _)| Checked { found: shown(&file.found), ..file }).collect();
    match args.format {
        Format::Human | Format::Json => Ok(()),
        Format::Sarif => writeln!(out, "{:#}", machine::sarif(&checked)),
        Format::Github => out.write_all(machine::github(&checked).as_bytes()),
        Format::Junit => out.write_all(machine::junit(&checked, args.fail_on.into()).as_bytes()),
    }
}
