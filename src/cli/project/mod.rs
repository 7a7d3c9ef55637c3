//! The project file, `lind.yaml`: what the commands work on when nothing is named.
//!
//! It is looked for in the working directory and above, or named by
//! `--project`. In: its text. Out: a [`Project`] and every mistake in it, each
//! at its place. Paths in it are told from its own folder; the command line
//! wins over all of it.

mod levels;
mod settings;
mod yaml;

use std::io;
use std::path::{Path, PathBuf};

use super::load::load;
use super::output::{Format, write_findings};
use crate::cli::diff::policy::Profile;
use crate::diagnostic::{Code, Diagnostic};
use crate::emit::Target;
use crate::span::Source;
pub use levels::{Level, Levels, adjustable};

/// The name of the file.
pub const FILE: &str = "lind.yaml";

/// What a project says, or nothing where there is none.
#[derive(Debug, Default)]
pub struct Project {
    /// The project file, if there is one.
    file: Option<PathBuf>,
    protocols: Vec<PathBuf>,
    /// Where `lind build` writes.
    pub out: Option<PathBuf>,
    /// What it generates, and where that goes if it has a folder of its own.
    pub targets: Vec<(Target, Option<PathBuf>)>,
    /// How bad findings are.
    pub levels: Levels,
    /// What was found before.
    pub baseline: Option<PathBuf>,
    /// Whose eyes amendments are seen with.
    pub profile: Option<Profile>,
    /// Changes that were approved.
    pub approvals: Option<PathBuf>,
}

impl Project {
    /// The project that a run belongs to; none, with the reasons on standard error, if its file has mistakes.
    pub fn of_run(named: Option<&Path>) -> io::Result<Option<Self>> {
        let path = match named {
            Some(path) if path.is_dir() => path.join(FILE),
            Some(path) => path.into(),
            None => match above(&std::env::current_dir()?) {
                Some(path) => path,
                None => return Ok(Some(Self::default())),
            },
        };
        let (project, source, found) = Self::read(&path);
        if found.is_empty() {
            return Ok(Some(project));
        }
        write_findings(&mut io::stderr().lock(), Format::Human, &source, &found)?;
        Ok(None)
    }

    /// The project that a file belongs to, with what is wrong with its settings.
    pub fn of_file(path: &Path) -> Option<(Self, Source, Vec<Diagnostic>)> {
        let file = path.ancestors().skip(1).map(|folder| folder.join(FILE)).find(|file| file.is_file())?;
        Some(Self::read(&file))
    }

    fn read(path: &Path) -> (Self, Source, Vec<Diagnostic>) {
        let (source, unreadable) = load(path);
        // An empty one settles nothing, and marks the folder all the same.
        if let Some(diagnostic) = unreadable.filter(|diagnostic| diagnostic.code != Code::EmptyFile) {
            return (Self::default(), source, vec![diagnostic]);
        }
        let (project, found) = settings::read(&source, path);
        (project, source, found)
    }

    /// The files that a command works on: those that are named, or those of the project.
    pub fn files(&self, named: &[PathBuf]) -> Option<Vec<PathBuf>> {
        if !named.is_empty() {
            return Some(named.to_vec());
        }
        match &self.file {
            None => tell!("lind: no protocol is named, and there is no {FILE} here or above; `lind init` writes one to start from"),
            Some(file) if self.protocols.is_empty() => tell!("lind: no protocol is named, and {} has none under `protocols`", file.display()),
            Some(_) => return Some(self.protocols.clone()),
        }
        None
    }
}

/// Whether a file that the project names has been written yet; said, if not.
pub fn is_there(path: &Path, what: &str) -> bool {
    let found = path.exists();
    if !found {
        tell!("lind: the {what} `{}` is not there yet, and counts as empty", path.display());
    }
    found
}

/// The nearest project file in a folder or above it, told from there: `../lind.yaml`.
fn above(folder: &Path) -> Option<PathBuf> {
    let up = folder.ancestors().position(|folder| folder.join(FILE).is_file())?;
    Some(std::iter::repeat_n("..", up).collect::<PathBuf>().join(FILE))
}
