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
use super::project::Project;
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
    /// The protocols, those of the project if left out; `-` is standard input
    files: Vec<PathBuf>,
    /// Where to write; what the project says, or `lind-out`, if left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to generate; what the project says, or everything, if left out
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
pub fn run(args: &Args, project: &Project) -> io::Result<Exit> {
    let Some(files) = project.files(&args.files) else { return Ok(Exit::CouldNotRun) };
    let plan = plan(args, project);
    let mut out = Output::new();
    let mut exit = Exit::Clean;
    let mut built: HashMap<String, String> = HashMap::new();
    for path in &files {
        let (source, unreadable) = load(path);
        if let Some(diagnostic) = unreadable {
            write_findings(&mut io::stderr().lock(), Format::Human, &source, &[diagnostic])?;
            exit = Exit::CouldNotRun;
            continue;
        }
        let compilation = compile(&source);
        let (found, _) = project.levels.apply(compilation.diagnostics);
        let shown: Vec<_> = found.into_iter().filter(|d| d.severity() > Severity::Info).collect();
        write_findings(&mut io::stderr().lock(), Format::Human, &source, &shown)?;
        let failed = shown.iter().any(|d| d.severity() == Severity::Error);
        let Some(protocol) = compilation.protocol.filter(|_| !failed) else {
            tell!("lind: {} has errors; nothing was written for it", source.name());
            exit = Exit::CouldNotRun;
            continue;
        };
        let id = protocol.header.id.clone();
        if let Some(first) = built.insert(id.to_lowercase(), source.name().to_string()) {
            tell!("lind: {} and {first} are both {id}; only {first} was written", source.name());
            exit = Exit::CouldNotRun;
            continue;
        }
        let done = if args.check { compare_all(&protocol, &plan, &mut out) } else { write_all(&protocol, &plan, args.gaps, &mut out) };
        match done {
            Ok(true) => {}
            Ok(false) if exit == Exit::Clean => exit = Exit::Findings,
            Ok(false) => {}
            Err(error) => {
                tell!("lind: {error}");
                exit = Exit::CouldNotRun;
            }
        }
    }
    out.flush()?;
    Ok(exit)
}

/// What is generated, and the folder that each goes into: the command line wins over the project.
fn plan(args: &Args, project: &Project) -> Vec<(Target, PathBuf)> {
    let own = project.targets.iter().map(|(target, folder)| (*target, folder.clone().filter(|_| args.out.is_none())));
    let wanted: Vec<(Target, Option<PathBuf>)> = match (args.target.is_empty(), project.targets.is_empty()) {
        (true, false) => own.collect(),
        (true, true) => Target::ALL.map(|target| (target, None)).into(),
        (false, _) => args.target.iter().map(|target| (*target, own.clone().find(|(own, _)| own == target).and_then(|(_, folder)| folder))).collect(),
    };
    let out = args.out.as_ref().or(project.out.as_ref()).cloned().unwrap_or_else(|| PathBuf::from("lind-out"));
    let ordered = Target::ALL.into_iter().filter_map(|target| wanted.iter().find(|(other, _)| *other == target));
    ordered.map(|(target, folder)| (*target, folder.clone().unwrap_or_else(|| out.clone()))).collect()
}

/// Everything that was asked for, generated before anything is written: a failure leaves no half set.
fn emit_all(protocol: &Protocol, plan: &[(Target, PathBuf)]) -> Vec<(PathBuf, Emitted)> {
    let samples = samples(protocol);
    plan.iter().map(|(target, folder)| (folder.join(&protocol.header.id).join(target.file()), target.emit(protocol, &samples))).collect()
}

/// Whether every file is there and says what it has to.
fn compare_all(protocol: &Protocol, plan: &[(Target, PathBuf)], out: &mut impl Write) -> io::Result<bool> {
    let mut same = true;
    for (path, file) in emit_all(protocol, plan) {
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

fn write_all(protocol: &Protocol, plan: &[(Target, PathBuf)], gaps: bool, out: &mut impl Write) -> io::Result<bool> {
    let emitted = emit_all(protocol, plan);
    writeln!(out, "{}: {} criteria, {} facts", protocol.header.id, protocol.criteria.len(), protocol.facts.len())?;
    for (path, file) in emitted {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| named(folder, "create", &error))?;
        }
        write_whole(&path, file.text.as_bytes())?;
        let counted = match file.gaps.len() {
            0 => String::new(),
            1 => "  1 gap".into(),
            n => format!("  {n} gaps"),
        };
        writeln!(out, "  {:<48} {:>7} bytes{counted}", path.display().to_string(), file.text.len())?;
        if gaps {
            for gap in &file.gaps {
                writeln!(out, "    {}: {}", gap.about, gap.reason)?;
            }
        }
    }
    Ok(true)
}
