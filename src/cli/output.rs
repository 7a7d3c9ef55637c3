//! What the terminal can show, and findings in the form that was asked for.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

use crate::diagnostic::render::{Style, render};
use crate::diagnostic::{Diagnostic, Severity, json};
use crate::span::Source;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Drawn, with the lines they speak of.
    Human,
    /// One JSON object for each finding, one on a line.
    Json,
}

/// Whether to colour what goes to a stream: `NO_COLOR` and `TERM=dumb` forbid it.
pub fn colour(stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return false;
    }
    set("CLICOLOR_FORCE") || stream.is_terminal()
}

fn style(stream: &impl IsTerminal) -> Style {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let ascii = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|locale| !locale.to_uppercase().contains("UTF") && stream.is_terminal());
    Style { colour: colour(stream), unicode: !ascii, width: columns.unwrap_or(100) }
}

/// Writes findings of one source.
pub fn write_findings(
    out: &mut (impl Write + IsTerminalLike),
    format: Format,
    source: &Source,
    diagnostics: &[Diagnostic],
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(render(source, diagnostics, out.style()).as_bytes()),
        Format::Json => diagnostics.iter().try_for_each(|diagnostic| writeln!(out, "{}", json::to_json(source, diagnostic))),
    }
}

/// Standard output that outlives its reader: what nobody reads is dropped, the run goes on to its exit code.
pub struct Output {
    out: io::BufWriter<io::StdoutLock<'static>>,
    closed: bool,
}

impl Output {
    /// Standard output, buffered.
    pub fn new() -> Self {
        Self { out: io::BufWriter::with_capacity(1 << 16, io::stdout().lock()), closed: false }
    }

    /// Whether the reader has gone.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn outlive<T>(&mut self, result: io::Result<T>, otherwise: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.out.write(bytes);
        self.outlive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.out.flush();
        self.outlive(result, ())
    }
}

impl IsTerminalLike for Output {
    fn style(&self) -> Style {
        style(self.out.get_ref())
    }
}

/// Something that knows how it may be drawn on.
pub trait IsTerminalLike {
    /// The style it takes.
    fn style(&self) -> Style;
}

impl IsTerminalLike for io::StderrLock<'_> {
    fn style(&self) -> Style {
        style(self)
    }
}

/// `1 error, 2 warnings, 3 open questions`.
pub fn count_line(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|d| d.severity() == severity).count();
    let part = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts: Vec<String> = [
        part(count(Severity::Error), "error", "errors"),
        part(count(Severity::Warning), "warning", "warnings"),
        part(count(Severity::Info), "open question", "open questions"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "no findings".into() } else { parts.join(", ") }
}
