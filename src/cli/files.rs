//! Files written whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes a file beside its place and then moves it there: a good file is never replaced by half of one.
///
/// A link stays one: what it leads to is written. A file that is not to be written is not.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let asked = path;
    // A link that leads nowhere yet leads where it says.
    let linked = std::fs::canonicalize(path).or_else(|_| std::fs::read_link(path).map(|to| path.with_file_name("").join(to)));
    let path = linked.as_deref().unwrap_or(path);
    if std::fs::metadata(path).is_ok_and(|existing| existing.permissions().readonly()) {
        return Err(named(asked, "write", &io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")));
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Ok(existing) = std::fs::metadata(path) {
            std::fs::set_permissions(&temporary, existing.permissions())?;
        }
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        named(asked, "write", &error)
    })
}

/// The error with what was tried, and where.
pub fn named(path: &Path, verb: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {verb} `{}`: {error}", path.display()))
}
