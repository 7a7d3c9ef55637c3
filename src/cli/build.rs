//! `lind build`: schemas, checkers and the protocol as data.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::Exit;
use super::files::{named, write_whole};
use super::load::load;
use super::output::{Format, Output, write_findings};
use crate::analysis::samples;
use crate::compile;
use crate::diagnostic::Severity;
use crate::emit::{Emitted, Target};
use crate::protocol::Protocol;

/// Generate everything that follows from a protocol: data, JSON Schemas, checkers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lind build protocols/NCT05106972.lind
  lind build protocols/*.lind --out generated
  lind build protocols/NCT05106972.lind --target python --target subject-schema
  lind build --check protocols/NCT05106972.lind --out generated

Each protocol gets a folder of its own, named after the trial. What a target cannot say is listed
as a gap, here and in the file.")]
pub struct Args {
    /// The protocols; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "lind-out")]
    out: PathBuf,
    /// What to generate; everything, if left out
    #[arg(long, value_enum)]
    target: Vec<Target>,
    /// Write nothing; exit with 1 if a file is missing or has drifted from its protocol
    #[arg(long)]
    check: bool,
    /// List every gap; a line with their number stands for them otherwise
    #[arg(long)]
    gaps: bool,
}

impl ValueEnum for Target {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// Runs it.
pub fn run(args: &Args) -> io::Result<Exit> {
    let mut out = Output::new();
    let mut exit = Exit::Clean;
    let mut built: HashMap<String, String> = HashMap::new();
    for path in &args.files {
        let (source, unreadable) = load(path);
        if let Some(diagnostic) = unreadable {
            write_findings(&mut io::stderr().lock(), Format::Human, &source, &[diagnostic])?;
            exit = Exit::CouldNotRun;
            continue;
        }
        let compilation = compile(&source);
        let shown: Vec<_> = compilation.diagnostics.into_iter().filter(|d| d.severity() > Severity::Info).collect();
        write_findings(&mut io::stderr().lock(), Format::Human, &source, &shown)?;
        let Some(protocol) = compilation.protocol else {
            eprintln!("lind: {} has errors; nothing was written for it", source.name());
            exit = Exit::CouldNotRun;
            continue;
        };
        let id = protocol.header.id.clone();
        if let Some(first) = built.insert(id.to_lowercase(), source.name().to_string()) {
            eprintln!("lind: {} and {first} are both {id}; only {first} was written", source.name());
            exit = Exit::CouldNotRun;
            continue;
        }
        let done = if args.check { compare_all(&protocol, args, &mut out) } else { write_all(&protocol, args, &mut out) };
        match done {
            Ok(true) => {}
            Ok(false) if exit == Exit::Clean => exit = Exit::Findings,
            Ok(false) => {}
            Err(error) => {
                eprintln!("lind: {error}");
                exit = Exit::CouldNotRun;
            }
        }
    }
    out.flush()?;
    Ok(exit)
}

/// Everything that was asked for, generated before anything is written: a failure leaves no half set.
fn emit_all(protocol: &Protocol, args: &Args) -> Vec<(Target, Emitted)> {
    let samples = samples(protocol);
    let targets = Target::ALL.into_iter().filter(|target| args.target.is_empty() || args.target.contains(target));
    targets.map(|target| (target, target.emit(protocol, &samples))).collect()
}

/// Whether every file is there and says what it has to.
fn compare_all(protocol: &Protocol, args: &Args, out: &mut impl Write) -> io::Result<bool> {
    let folder = args.out.join(&protocol.header.id);
    let mut same = true;
    for (target, file) in emit_all(protocol, args) {
        let path = folder.join(target.file());
        let drifted = match std::fs::read(&path) {
            Ok(bytes) if bytes == file.text.as_bytes() => continue,
            Ok(bytes) => {
                let pairs = bytes.split(|b| *b == b'\n').zip(file.text.as_bytes().split(|b| *b == b'\n'));
                format!("has drifted from line {} on", 1 + pairs.take_while(|(old, new)| old == new).count())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing".into(),
            Err(error) => return Err(named(&path, "read", &error)),
        };
        same = false;
        writeln!(out, "{} {drifted}; run `lind build` and commit it", path.display())?;
    }
    Ok(same)
}

fn write_all(protocol: &Protocol, args: &Args, out: &mut impl Write) -> io::Result<bool> {
    let folder = args.out.join(&protocol.header.id);
    std::fs::create_dir_all(&folder).map_err(|error| named(&folder, "create", &error))?;
    let emitted = emit_all(protocol, args);
    writeln!(out, "{}: {} criteria, {} facts", protocol.header.id, protocol.criteria.len(), protocol.facts.len())?;
    for (target, file) in emitted {
        let path = folder.join(target.file());
        write_whole(&path, file.text.as_bytes())?;
        let gaps = match file.gaps.len() {
            0 => String::new(),
            1 => "  1 gap".into(),
            n => format!("  {n} gaps"),
        };
        writeln!(out, "  {:<48} {:>7} bytes{gaps}", path.display().to_string(), file.text.len())?;
        if args.gaps {
            for gap in &file.gaps {
                writeln!(out, "    {}: {}", gap.about, gap.reason)?;
            }
        }
    }
    Ok(true)
}
