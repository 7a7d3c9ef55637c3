//! The page of each code as a file, for an editor to open from a finding.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, io};

use lsp_types::{CodeDescription, Uri};

use crate::cli::report;
use crate::diagnostic::Code;

/// Where the page of a code can be opened; nowhere, if there is no place to keep the pages.
pub fn link(code: Code) -> Option<CodeDescription> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| folder().filter(|folder| write(folder).is_ok())).as_ref()?;
    let page = report::uri(folder.join(page(code)).to_str()?);
    Some(CodeDescription { href: Uri::from(format!("file://{page}").as_str()) })
}

/// Each version has pages of its own, so that two servers do not write over one another's.
fn folder() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("lind").join(env!("CARGO_PKG_VERSION")))
}

fn page(code: Code) -> String {
    format!("{}.md", code.name())
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for code in Code::ALL {
        let (path, page) = (folder.join(page(*code)), code.explanation());
        if fs::read(&path).ok().as_deref() != Some(page.as_bytes()) {
            fs::write(path, page)?;
        }
    }
    Ok(())
}
