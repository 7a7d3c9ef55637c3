//! `lind fmt`: one style for protocols.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Exit;
use super::files::write_whole;
use super::load::load;
use super::output::{Format, Output, count_line, write_findings};
use super::project::Project;
use crate::span::Source;
use crate::syntax::{Unformatted, format};

/// Lay protocols out in the one style: only white space changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lind fmt protocols/*.lind
  lind fmt --check protocols/*.lind
  lind fmt - < draft.lind
  lind fmt --check                 # the protocols of lind.yaml

What is written is read again first: it must say the same, comments included. A file with syntax
errors is left as it is.

Exit codes: 0 formatted, 1 --check found a file that is laid out otherwise, 2 a file was left alone.")]
pub struct Args {
    /// The protocols, those of the project if left out; `-` is standard input, written to standard output
    files: Vec<PathBuf>,
    /// Change nothing; list the files that are laid out otherwise
    #[arg(long)]
    check: bool,
}

/// Runs it.
pub fn run(args: &Args, project: &Project) -> io::Result<Exit> {
    let Some(files) = project.files(&args.files) else { return Ok(Exit::CouldNotRun) };
    let mut out = Output::new();
    let mut exit = Exit::Clean;
    for path in &files {
        match one(path, args.check, &mut out)? {
            Exit::Clean => {}
            Exit::Findings if exit == Exit::CouldNotRun => {}
            worse => exit = worse,
        }
    }
    out.flush()?;
    Ok(exit)
}

fn one(path: &Path, check: bool, out: &mut Output) -> io::Result<Exit> {
    let mut errors = io::stderr().lock();
    let (source, unreadable) = load(path);
    if let Some(diagnostic) = unreadable {
        write_findings(&mut errors, Format::Human, &source, &[diagnostic])?;
        return Ok(Exit::CouldNotRun);
    }
    let text = match format(&source) {
        Ok(text) => text,
        Err(Unformatted::Errors(found)) => {
            write_findings(&mut errors, Format::Human, &source, &found)?;
            writeln!(errors, "lind: {} has {}; it was left as it is", source.name(), count_line(&found))?;
            return Ok(Exit::CouldNotRun);
        }
        Err(Unformatted::Changed) => {
            let name = source.name();
            writeln!(errors, "lind: laid out, {name} would say something else; it was left as it is; please report the file")?;
            return Ok(Exit::CouldNotRun);
        }
    };
    let standard = path == Path::new("-");
    if check {
        return match first_difference(&source, &text) {
            None => Ok(Exit::Clean),
            Some(line) => {
                writeln!(out, "{}:{line}: laid out otherwise from here on", source.name())?;
                Ok(Exit::Findings)
            }
        };
    }
    if standard {
        out.write_all(text.as_bytes())?;
    } else if text != source.text() {
        if let Err(error) = write_whole(path, text.as_bytes()) {
            writeln!(errors, "lind: {error}")?;
            return Ok(Exit::CouldNotRun);
        }
        writeln!(out, "{}: formatted", source.name())?;
    }
    Ok(Exit::Clean)
}

/// The first line that would change.
fn first_difference(source: &Source, text: &str) -> Option<usize> {
    if source.text() == text {
        return None;
    }
    let same = source.text().split('\n').zip(text.split('\n')).take_while(|(old, new)| old == new).count();
    Some(same + 1)
}
