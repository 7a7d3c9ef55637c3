//! The `lind` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lind::cli::main().into()
}
