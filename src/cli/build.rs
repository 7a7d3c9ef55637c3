//! `lind build`.
use std::io;
use super::Exit;
/// Build.
#[derive(Debug, clap::Args)]
pub struct Args {}
pub fn run(_: &Args) -> io::Result<Exit> { Ok(Exit::CouldNotRun) }
