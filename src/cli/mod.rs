//! The command line: the only place that reads files, writes files and knows a terminal.
//!
//! One file for each subcommand: its arguments, and a function that returns a
//! typed [`Exit`].

mod build;
mod cases;
mod check;
mod completions;
mod diff;
mod explain;
mod files;
mod fmt;
mod import;
mod load;
mod lsp;
mod output;
mod records;
mod report;
mod screen;
mod tally;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
  lind check protocols/NCT05106972.lind
  lind fmt protocols/*.lind
  lind build protocols/NCT05106972.lind --out generated
  lind screen protocols/NCT05106972.lind cohort.ndjson
  lind diff v1.lind v2.lind
  lind explain unit-mismatch

Exit codes: 0 clean, 1 findings, 2 could not run, 3 undecided.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    let result = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Screen(args) => screen::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Cases(args) => cases::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("lind: cannot write the output: {error}");
            Exit::CouldNotRun
        }
    }
}
