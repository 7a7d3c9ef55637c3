//! The protocols of a project against those of a git revision.

use std::io;
use std::path::Path;
use std::process::Command;

use super::super::project::Project;

/// A version before and one after, as `lind diff` takes them.
pub type Pair = (String, String);

/// What has changed since a revision. What is new there, or unchanged, is told on standard error;
/// none, where git cannot say.
pub fn changed(project: &Project, revision: &str) -> io::Result<Option<Vec<Pair>>> {
    let Some(files) = project.files(&[]) else { return Ok(None) };
    if revision.starts_with('-') || !git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?.0 {
        eprintln!("lind: git knows no revision `{revision}` here");
        return Ok(None);
    }
    let mut pairs = Vec::new();
    for file in files {
        let path = file.display().to_string();
        // Without this git tells a path from the root of the repository.
        let relative = if Path::new(&path).starts_with("..") { path.clone() } else { format!("./{path}") };
        let (stands, bytes) = git(&["show", &format!("{revision}:{relative}")])?;
        if !stands {
            eprintln!("{path}: a new protocol, which {revision} does not have");
        } else if std::fs::read(&file).is_ok_and(|now| now == bytes) {
            eprintln!("{path}: as in {revision}");
        } else {
            pairs.push((format!("git:{revision}:{relative}"), path));
        }
    }
    Ok(Some(pairs))
}

/// Whether git succeeds, and what it prints. Nothing reaches a shell.
fn git(arguments: &[&str]) -> io::Result<(bool, Vec<u8>)> {
    let output = Command::new("git").args(arguments).output();
    let output = output.map_err(|error| io::Error::new(error.kind(), format!("git could not be run: {error}")))?;
    Ok((output.status.success(), output.stdout))
}
