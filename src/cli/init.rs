//! `lind init`: a project to start from.

use std::fs::{File, create_dir_all};
use std::io::{self, Write};
use std::path::PathBuf;

use super::Exit;
use super::files::named;
use super::output::Output;

/// Write a project to start from: lind.yaml, a protocol, and its test cases.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is overwritten: if one of the files is there, none is written.

Examples:
  lind init
  lind init my-trial && cd my-trial && lind check && lind test && lind build

Exit codes: 0 written, 2 could not run.")]
pub struct Args {
    /// The folder of the project
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
}

/// What is written, each file by its place in the project.
const FILES: [(&str, &str); 3] = [
    (super::project::FILE, include_str!("init/lind.yaml")),
    ("protocols/EXAMPLE-1.lind", include_str!("init/EXAMPLE-1.lind")),
    ("protocols/EXAMPLE-1.cases.yaml", include_str!("init/EXAMPLE-1.cases.yaml")),
];

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let files = FILES.map(|(place, text)| (args.folder.join(place).components().collect::<PathBuf>(), text));
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        tell!("lind: `{}` is there already; nothing was written", path.display());
        return Ok(Exit::CouldNotRun);
    }
    let mut out = Output::new();
    for (path, text) in files {
        let folder = path.parent().unwrap_or(&args.folder);
        // A file that appeared in between is not overwritten either.
        let written = create_dir_all(folder).and_then(|()| File::create_new(&path)).and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tell!("lind: {}", named(&path, "write", &error));
            return Ok(Exit::CouldNotRun);
        }
        writeln!(out, "{}", path.display())?;
    }
    out.flush()?;
    Ok(Exit::Clean)
}
