//! `lind import`: a protocol from a record of the registry.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::Exit;
use super::output::Output;
use crate::registry::{Study, import};

/// The largest record that is read, in bytes.
const MAX_STUDY: u64 = 64 * 1024 * 1024;

/// Start a protocol from a ClinicalTrials.gov record (API version 2).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The header, the arms and every criterion come in the record's own words. Each criterion is attested by
somebody until you write its expression, so the protocol checks and builds at once.

Examples:
  lind import NCT01234567.json > NCT01234567.lind
  lind check NCT01234567.lind --registry NCT01234567.json

Exit codes: 0 imported, 2 could not run.")]
pub struct Args {
    /// The record, as `https://clinicaltrials.gov/api/v2/studies/NCT…` gives it; `-` is standard input
    record: PathBuf,
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let imported = study(&args.record).and_then(|study| import(&study).map_err(|why| format!("{}: {why}", args.record.display())));
    match imported {
        Ok(imported) => {
            let mut out = Output::new();
            out.write_all(imported.text.as_bytes())?;
            out.flush()?;
            for remark in imported.remarks {
                tell!("lind: {remark}");
            }
            Ok(Exit::Clean)
        }
        Err(message) => {
            tell!("lind: {message}");
            Ok(Exit::CouldNotRun)
        }
    }
}

/// Reads a record.
pub fn study(path: &Path) -> Result<Study, String> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(MAX_STUDY + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_STUDY + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    if bytes.len() as u64 > MAX_STUDY {
        return Err(format!("`{}` has more than {MAX_STUDY} bytes", path.display()));
    }
    Study::read(&bytes).map_err(|why| format!("{}: {why}", path.display()))
}
