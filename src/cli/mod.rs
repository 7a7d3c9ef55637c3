//! The command line: the only place that reads files, writes files and knows a terminal.
//!
//! One file for each subcommand: its arguments, and a function that returns a
//! typed [`Exit`].

/// Says something on standard error. Nobody may be reading it any more, and that is no reason to stop.
macro_rules! tell {
    ($($told:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($told)*);
    }};
}

mod build;
mod cases;
mod check;
mod completions;
mod diff;
mod explain;
mod files;
mod fmt;
mod import;
mod init;
mod load;
mod lsp;
mod output;
mod project;
mod records;
mod report;
mod screen;
mod tally;
mod test;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project::Project;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to complain of.
    Clean,
    /// Findings at or above the level that was asked for.
    Findings,
    /// Something could not be decided.
    Undecided,
    /// It could not run: usage, a file, or errors in a protocol that a result was needed of.
    CouldNotRun,
}

impl Exit {
    /// The one that says more: what could not run, then findings, then what is undecided.
    fn worst(self, other: Self) -> Self {
        [Self::CouldNotRun, Self::Findings, Self::Undecided].into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Clean)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::Findings => Self::from(1),
            Exit::CouldNotRun => Self::from(2),
            Exit::Undecided => Self::from(3),
        }
    }
}

/// Compile clinical-trial protocols: check them, generate schemas and checkers, screen subjects, compare amendments.
#[derive(Debug, Parser)]
#[command(name = "lind", version, about, max_term_width = 100, after_help = "\
Examples:
  lind init
  lind check protocols/NCT05106972.lind
  lind fmt protocols/*.lind
  lind build protocols/NCT05106972.lind --out generated
  lind screen protocols/NCT05106972.lind cohort.ndjson
  lind diff v1.lind v2.lind
  lind explain unit-mismatch

Where a lind.yaml stands in the working directory or above, check, fmt, build, test and diff work on its
protocols when no file is named, by its settings; the command line wins.

Exit codes: 0 clean, 1 findings, 2 could not run, 3 undecided.")]
struct Cli {
    /// The project file, or its folder; the nearest lind.yaml here or above, if left out
    #[arg(long, global = true, value_name = "FILE")]
    project: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Check(check::Args),
    Fmt(fmt::Args),
    Build(build::Args),
    Screen(screen::Args),
    Diff(diff::Args),
    Cases(cases::Args),
    Test(test::Args),
    Import(import::Args),
    Lsp(lsp::Args),
    Explain(explain::Args),
    Completions(completions::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let _ = error.print();
            return if error.use_stderr() { Exit::CouldNotRun } else { Exit::Clean };
        }
    };
    let project = cli.project.as_deref();
    let result = match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Check(args) => within(project, |project| check::run(&args, project)),
        Command::Fmt(args) => within(project, |project| fmt::run(&args, project)),
        Command::Build(args) => within(project, |project| build::run(&args, project)),
        Command::Screen(args) => screen::run(&args),
        Command::Diff(args) => within(project, |project| diff::run(&args, project)),
        Command::Cases(args) => cases::run(&args),
        Command::Test(args) => within(project, |project| test::run(&args, project)),
        Command::Import(args) => import::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            tell!("lind: cannot write the output: {error}");
            Exit::CouldNotRun
        }
    }
}

/// Runs a command within its project; not at all, if the project file has mistakes.
fn within(named: Option<&Path>, command: impl FnOnce(&Project) -> io::Result<Exit>) -> io::Result<Exit> {
    match Project::of_run(named)? {
        Some(project) => command(&project),
        None => Ok(Exit::CouldNotRun),
    }
}
