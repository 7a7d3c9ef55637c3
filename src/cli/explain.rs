//! `lind explain`: what a code means, why it matters, and what to write instead.

use std::io::{self, Write};

use super::Exit;
use super::output::Output;
use crate::diagnostic::{Code, did_you_mean};

/// Explain a diagnostic code; without one, list them all.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lind explain unit-mismatch
  lind explain")]
pub struct Args {
    /// The code, such as `unit-mismatch`
    code: Option<String>,
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let mut out = Output::new();
    let Some(name) = &args.code else {
        let mut phase = "";
        for code in Code::ALL {
            if code.phase() != phase {
                phase = code.phase();
                writeln!(out, "{phase}:")?;
            }
            writeln!(out, "  {:<26} {:<8} {}", code.name(), code.severity().name(), summary(*code))?;
        }
        out.flush()?;
        return Ok(Exit::Clean);
    };
    match Code::from_name(name) {
        Some(code) => {
            writeln!(out, "{}", code.explanation().trim_end())?;
            out.flush()?;
            Ok(Exit::Clean)
        }
        None => {
            let near = did_you_mean(name, Code::ALL.iter().map(|code| code.name()));
            let hint = near.map_or_else(|| "`lind explain` lists them".to_string(), |near| format!("did you mean `{near}`?"));
            tell!("lind: there is no code `{name}`; {hint}");
            Ok(Exit::CouldNotRun)
        }
    }
}

/// Characters of a line on a code.
const SUMMARY: usize = 90;

/// The first sentence of the page, cut between words.
fn summary(code: Code) -> String {
    let paragraph = code.explanation().lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let sentence = paragraph.split_inclusive(". ").next().unwrap_or(paragraph).trim();
    if sentence.chars().count() <= SUMMARY {
        return sentence.into();
    }
    let cut: String = sentence.chars().take(SUMMARY).collect();
    format!("{} …", cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words.trim_end_matches([',', ':', ';'])))
}
