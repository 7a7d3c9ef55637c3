//! The protocols of a project against those of a git revision.

use std::path::{Path, PathBuf};

use super::super::project::Project;
use super::version::git;

/// A version before and one after, as `lind diff` takes them.
pub type Pair = (String, String);

/// What has changed since a revision. What is new there, or unchanged, is told on standard error;
/// none, where git cannot say.
pub fn changed(project: &Project, revision: &str) -> Option<Vec<Pair>> {
    let files = project.files(&[])?;
    pairs(&files, revision).map_err(|message| tell!("lind: {message}")).ok()
}

fn pairs(files: &[PathBuf], revision: &str) -> Result<Vec<Pair>, String> {
    if revision.starts_with('-') || !git(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?.status.success() {
        return Err(format!("git knows no revision `{revision}` here"));
    }
    let mut pairs = Vec::new();
    for file in files {
        let path = file.display().to_string();
        // Without this git tells a path from the root of the repository.
        let relative = if Path::new(&path).starts_with("..") { path.clone() } else { format!("./{path}") };
        let shown = git(&["show", &format!("{revision}:{relative}")])?;
        if !shown.status.success() {
            tell!("{path}: a new protocol, which {revision} does not have");
        } else if std::fs::read(file).is_ok_and(|now| now == shown.stdout) {
            tell!("{path}: as in {revision}");
        } else {
            pairs.push((format!("git:{revision}:{relative}"), path));
        }
    }
    Ok(pairs)
}
