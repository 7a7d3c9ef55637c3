//! `lind completions`: completion scripts for shells.

use std::io::{self, Write};

use clap::CommandFactory;

use super::output::Output;
use super::{Cli, Exit};

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lind completions bash > ~/.local/share/bash-completion/completions/lind
  lind completions fish > ~/.config/fish/completions/lind.fish")]
pub struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let mut out = Output::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "lind", &mut out);
    out.flush()?;
    Ok(Exit::Clean)
}
