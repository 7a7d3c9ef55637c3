//! `lind test`: named subjects against what is expected of them, and what they cover.

mod suite;
mod update;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Exit;
use super::files::write_whole;
use super::load::{load, protocol_of};
use super::output::Output;
use super::project::Project;
use super::report::{self, Case as Tested};
use crate::analysis::cases;
use crate::evaluate::{Record, Truth, truth};
use crate::protocol::{Protocol, Test, walk};
use suite::{Expect, Found, Suite};

/// Test protocols on named subjects: verdicts, reasons, and which conditions were seen true, false and unknown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The cases of `p.lind` stand beside it, in `p.cases.yaml`:

  base:                      # the record that every case starts from
    screening: \"2026-03-16\"
    birth_date: \"1970-01-01\"
  cases:
    - name: too old
      record: {birth_date: \"1940-01-01\"}     # what differs; null makes it unknown
      verdict: ineligible
      fails: [adult]                         # `needs` where undetermined; `invalid` for a bad record

What a case does not say is not compared.

Examples:
  lind test protocols/*.lind
  lind test --require true,false protocols/NCT05106972.lind
  lind test --new draft.lind       # write the cases that `lind cases` generates
  lind test --update draft.lind    # take what comes out for what is expected; read the diff

Exit codes: 0 as expected, 1 not, 2 could not run.")]
pub struct Args {
    /// The protocols; those of the project, if left out
    files: Vec<PathBuf>,
    /// How it is told
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Fail unless each condition was seen so in some case
    #[arg(long, value_delimiter = ',', value_name = "VALUE")]
    require: Vec<Seen>,
    /// Write what comes out into the files of cases
    #[arg(long)]
    update: bool,
    /// Write a file of generated cases for a protocol that has none
    #[arg(long, conflicts_with = "update")]
    new: bool,
}

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For the terminal.
    Human,
    /// JUnit XML.
    Junit,
}

/// What a condition can be seen as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Seen {
    True,
    False,
    Unknown,
}

impl Seen {
    const ALL: [(Self, Truth, &'static str); 3] =
        [(Self::True, Truth::True, "true"), (Self::False, Truth::False, "false"), (Self::Unknown, Truth::Unknown, "unknown")];
}

/// Runs it.
pub fn run(args: &Args, project: &Project) -> io::Result<Exit> {
    let Some(files) = project.files(&args.files) else { return Ok(Exit::CouldNotRun) };
    let mut out = Output::new();
    let mut exit = Exit::Clean;
    let mut tested = Vec::new();
    for path in &files {
        let done = match protocol_of(load(path), "a protocol with errors is not tested")? {
            None => Err(String::new()),
            Some(protocol) if args.new => begin(&protocol, &suite_of(path), &mut out),
            Some(protocol) => one(&protocol, &suite_of(path), args, &mut out, &mut tested),
        };
        match done {
            Ok(true) => {}
            Ok(false) if exit == Exit::Clean => exit = Exit::Findings,
            Ok(false) => {}
            Err(message) => {
                if !message.is_empty() {
                    tell!("lind: {message}");
                }
                exit = Exit::CouldNotRun;
            }
        }
    }
    if args.format == Format::Junit {
        out.write_all(report::junit("lind test", &tested).as_bytes())?;
    }
    out.flush()?;
    Ok(exit)
}

/// The file of cases that belongs to a protocol.
fn suite_of(path: &Path) -> PathBuf {
    path.with_extension("cases.yaml")
}

/// Writes a file to start from.
fn begin(protocol: &Protocol, path: &Path, out: &mut Output) -> Result<bool, String> {
    if path.exists() {
        return Err(format!("`{}` is there already; --update takes over what comes out", path.display()));
    }
    let made = cases(protocol);
    let text = update::starting(&protocol.header.id, &made, |record| Found::of(protocol, record).1.expectation(protocol));
    write_whole(path, text.as_bytes()).map_err(|error| error.to_string())?;
    writeln!(out, "{}: {} cases", path.display(), made.cases.len()).map_err(|error| error.to_string())?;
    Ok(true)
}

/// Tests one protocol: whether all is as expected.
fn one(protocol: &Protocol, path: &Path, args: &Args, out: &mut Output, tested: &mut Vec<Tested>) -> Result<bool, String> {
    if !path.exists() {
        return Err(format!("there is no `{}`; `lind test --new` writes one to start from", path.display()));
    }
    let (suite, text) = Suite::load(path)?;
    let places = update::places(&text);
    let name = path.display().to_string();
    let mut coverage = Coverage::new(protocol);
    let mut expectations: Vec<Option<Expect>> = Vec::new();
    let mut failed = Vec::new();
    for (i, case) in suite.cases.iter().enumerate() {
        let (record, found) = Found::of(protocol, &case.whole(&suite.base));
        if let Some(record) = record {
            coverage.see(protocol, &record);
        }
        let now = found.expectation(protocol);
        let mut differences = case.expect.differences(&now);
        expectations.push((!differences.is_empty()).then_some(now));
        if let (false, Found::Invalid(_, messages)) = (differences.is_empty(), &found) {
            differences.extend(messages.iter().cloned());
        }
        let message = differences.join("; ");
        if !differences.is_empty() {
            let line = places.get(i).filter(|_| places.len() == suite.cases.len()).map_or(String::new(), |place| format!(":{}", place.start + 1));
            failed.push(format!("{name}{line}: `{}`: {message}", case.name));
        }
        tested.push(Tested { class: name.clone(), name: case.name.clone(), fails: !message.is_empty() && !args.update, message });
    }
    if args.update && !failed.is_empty() {
        let new = update::updated(&text, &expectations)
            .ok_or_else(|| format!("`{name}` is laid out so that only you can change it: one key a line below each `- name:`"))?;
        write_whole(path, new.as_bytes()).map_err(|error| error.to_string())?;
    }
    let uncovered = coverage.uncovered(protocol, &args.require);
    for why in &uncovered {
        tested.push(Tested { class: format!("{name} coverage"), name: why.clone(), fails: true, message: "seen in no case".into() });
    }
    if args.format == Format::Human {
        tell(out, &name, suite.cases.len(), &failed, args.update, &coverage, &uncovered).map_err(|error| error.to_string())?;
    }
    Ok((failed.is_empty() || args.update) && uncovered.is_empty())
}

fn tell(
    out: &mut Output,
    name: &str,
    cases: usize,
    failed: &[String],
    updated: bool,
    coverage: &Coverage<'_>,
    uncovered: &[String],
) -> io::Result<()> {
    for failure in failed {
        writeln!(out, "{failure}")?;
    }
    let how = match (failed.len(), updated) {
        (0, _) => "all as expected".to_string(),
        (n, true) => format!("{n} updated; read the diff"),
        (n, false) => format!("{n} not as expected"),
    };
    let plural = if cases == 1 { "case" } else { "cases" };
    writeln!(out, "{name}: {cases} {plural}, {how}")?;
    let seen = Seen::ALL.map(|(_, _, word)| format!("{} seen {word}", coverage.count(word)));
    writeln!(out, "{} conditions: {}", coverage.conditions.len(), seen.join(", "))?;
    for why in uncovered {
        writeln!(out, "  not covered: {why}")?;
    }
    Ok(())
}

/// What each condition of each criterion came to.
struct Coverage<'p> {
    /// The criterion, the condition, and whether it was seen true, false, unknown.
    conditions: Vec<(usize, &'p Test, [bool; 3])>,
}

impl<'p> Coverage<'p> {
    fn new(protocol: &'p Protocol) -> Self {
        let mut conditions = Vec::new();
        for (i, criterion) in protocol.criteria.iter().enumerate() {
            for test in std::iter::once(&criterion.rule.test).chain(&criterion.rule.unless) {
                conditions.extend(walk::conditions(protocol, test).into_iter().map(|condition| (i, condition, [false; 3])));
            }
        }
        Self { conditions }
    }

    fn see(&mut self, protocol: &Protocol, record: &Record) {
        for (_, condition, seen) in &mut self.conditions {
            let now = truth(protocol, record, condition);
            for (i, (_, truth, _)) in Seen::ALL.iter().enumerate() {
                seen[i] |= *truth == now;
            }
        }
    }

    fn count(&self, word: &str) -> usize {
        let i = Seen::ALL.iter().position(|(_, _, known)| *known == word).unwrap_or(0);
        self.conditions.iter().filter(|(_, _, seen)| seen[i]).count()
    }

    /// Each condition that was not seen as it had to be, in a sentence.
    fn uncovered(&self, protocol: &Protocol, required: &[Seen]) -> Vec<String> {
        let mut uncovered = Vec::new();
        for (criterion, condition, seen) in &self.conditions {
            let missing: Vec<&str> =
                Seen::ALL.iter().zip(seen).filter(|((kind, _, _), seen)| !**seen && required.contains(kind)).map(|((_, _, word), _)| *word).collect();
            if !missing.is_empty() {
                let facts: Vec<String> =
                    walk::facts(protocol, condition).into_iter().map(|fact| format!("`{}`", protocol.facts[fact].about.name)).collect();
                let criterion = &protocol.criteria[*criterion].about.name;
                uncovered.push(format!("in `{criterion}`, the condition on {} as {}", facts.join(" and "), missing.join(", ")));
            }
        }
        uncovered
    }
}
