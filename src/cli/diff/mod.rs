//! `lind diff`: what an amendment does, with subjects that prove it.

mod annotate;
mod approvals;
mod cohort;
mod human;
mod json;
mod markdown;
pub mod policy;
mod since;
mod version;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::Exit;
use super::output::Output;
use super::project::Project;
use crate::analysis::{Area, Change, Depth, Diff, Item, diff};
use crate::protocol::Protocol;
use approvals::Approvals;
pub use human::value;
use policy::{FailOn, Profile};
use version::Version;

/// Say what an amendment does: who newly gets in, who is newly kept out, with proof.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A version is a file, or `git:REV:path` for a file of a git revision.

Eligibility is compared by proof, not by text: every subject that is shown was replayed through both
versions, and `equivalent` means that no such subject exists. What cannot be decided says so.

Examples:
  lind diff v1.lind v2.lind
  lind diff git:main:protocols/NCT05106972.lind protocols/NCT05106972.lind --format markdown
  lind diff v1.lind v2.lind --fail-on widened,masked --approvals approvals.yaml
  lind diff v1.lind v2.lind --cohort cohort.ndjson
  lind diff --since main           # what has changed in the protocols of lind.yaml
  git config diff.lind.command 'lind diff --git'     # with `*.lind diff=lind` in .gitattributes

Exit codes: 0 nothing of what --fail-on names, 1 something of it, 2 could not run, 3 undecided.")]
pub struct Args {
    /// The version before, and the version after; if left out, each protocol of the project against a revision
    #[arg(num_args = 2..=9, value_names = ["OLD", "NEW"])]
    versions: Vec<String>,
    /// The git revision that the protocols of the project are compared with
    #[arg(long, value_name = "REV", default_value = "HEAD", conflicts_with = "versions")]
    since: String,
    /// How it is told
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Exit with 1 if the change is one of these: `widened` (somebody gets in), `narrowed` (somebody is kept
    /// out), another word for it, `masked`, a rule such as `dose-changed`, a severity such as `warning`, or `any`
    #[arg(long, value_delimiter = ',', value_name = "WHAT")]
    fail_on: Vec<FailOn>,
    /// Whose eyes the severities are for; what the project says, or `amendment`, if left out
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Changes that were approved: a YAML list of `fingerprint`, `by` and `reason`
    #[arg(long, value_name = "FILE")]
    approvals: Option<PathBuf>,
    /// Subjects to run through both versions: who changes verdict
    #[arg(long, value_name = "RECORDS")]
    cohort: Option<PathBuf>,
    /// The key that names the subject in the cohort; it is no fact of the protocol
    #[arg(long, value_name = "KEY", requires = "cohort")]
    id: Option<String>,
    /// What is not answered in so many seconds is undecided
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    time_limit: u64,
    /// Be git's external diff driver: take the arguments that git gives
    #[arg(long)]
    git: bool,
}

/// How a diff is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For the terminal.
    Human,
    /// One JSON document; `docs/diff.schema.json` is its schema.
    Json,
    /// Tables for a pull request or a regulator.
    Markdown,
    /// The Markdown as a page of its own.
    Html,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations for a GitHub workflow.
    Github,
    /// JUnit XML: each change a test that fails where --fail-on names it.
    Junit,
}

/// What the printers need.
struct Told<'a> {
    diff: &'a Diff,
    before: &'a Version,
    after: &'a Version,
    protocols: [&'a Protocol; 2],
    profile: Profile,
    fail_on: &'a [FailOn],
    approvals: &'a Approvals,
    cohort: Option<&'a cohort::Moves>,
}

impl Told<'_> {
    /// Whether a change is one that `--fail-on` names and nobody approved.
    fn fails(&self, item: &Item) -> bool {
        self.approvals.of(item).is_none() && self.fail_on.iter().any(|what| what.names_item(item, self.profile))
    }

    /// Whether `--fail-on` names what happens to the eligible subjects, and some change that may do it is not approved.
    fn verdict_fails(&self) -> bool {
        let changes = || std::iter::once(self.diff.change).chain(self.diff.arms.iter().map(|arm| arm.change));
        let named = self.fail_on.iter().any(|what| changes().any(|change| what.names_change(change)));
        let acts = |item: &&Item| item.area != Area::Text && item.rule != "header-changed";
        named && self.diff.items.iter().filter(acts).any(|item| self.approvals.of(item).is_none())
    }
}

/// Runs it.
pub fn run(args: &Args, project: &Project) -> io::Result<Exit> {
    let pairs = match &args.versions[..] {
        [] if !args.git => match since::changed(project, &args.since) {
            Some(pairs) => pairs,
            None => return Ok(Exit::CouldNotRun),
        },
        [old, new] if !args.git => vec![(old.clone(), new.clone())],
        // path, old file, old hex, old mode, new file, new hex, new mode
        [_, old, _, _, new, _, _, ..] if args.git => vec![(old.clone(), new.clone())],
        _ if args.git => {
            tell!("lind: --git takes the seven arguments that git gives to an external diff driver");
            return Ok(Exit::CouldNotRun);
        }
        _ => {
            tell!("lind: diff takes two versions: the one before and the one after");
            return Ok(Exit::CouldNotRun);
        }
    };
    if let (true, [(old, new)]) = (args.git, &pairs[..])
        && [old, new].contains(&&"/dev/null".to_string())
    {
        let what = if old == "/dev/null" { "a new protocol" } else { "the protocol is removed" };
        println!("{}: {what}", args.versions[0]);
        return Ok(Exit::Clean);
    }
    let whole = matches!(args.format, Format::Json | Format::Html | Format::Sarif | Format::Junit);
    if whole && pairs.len() > 1 {
        tell!("lind: {} protocols have changed, and this format is a document of one; name the two versions", pairs.len());
        return Ok(Exit::CouldNotRun);
    }
    let of_project = project.approvals.as_deref().filter(|path| super::project::is_there(path, "list of approvals"));
    let approvals = match Approvals::load(args.approvals.as_deref().or(of_project)) {
        Ok(approvals) => approvals,
        Err(message) => {
            tell!("lind: {message}");
            return Ok(Exit::CouldNotRun);
        }
    };
    let mut out = Output::new();
    let mut exit = Exit::Clean;
    // An approval is stale if it fits no change of any protocol.
    let mut stale: Option<Vec<String>> = None;
    for (old, new) in &pairs {
        let (Some(before), Some(after)) = (Version::load(old)?, Version::load(new)?) else {
            exit = exit.worst(Exit::CouldNotRun);
            continue;
        };
        let found = diff(&before.protocol, &after.protocol, Depth { time: Some(Duration::from_secs(args.time_limit)), ..Depth::FULL });
        exit = exit.worst(tell(args, args.profile.or(project.profile).unwrap_or(Profile::Amendment), &approvals, (&before, &after), &found, &mut out)?);
        let own = approvals.stale(&found);
        stale = Some(stale.map_or(own.clone(), |stale| stale.into_iter().filter(|fingerprint| own.contains(fingerprint)).collect()));
    }
    out.flush()?;
    for fingerprint in stale.into_iter().flatten() {
        tell!("lind: the approval of {fingerprint} fits no change any more");
    }
    Ok(exit)
}

/// Tells one amendment; how the run ends because of it.
fn tell(args: &Args, profile: Profile, approvals: &Approvals, (before, after): (&Version, &Version), found: &Diff, out: &mut Output) -> io::Result<Exit> {
    let moves = args.cohort.as_ref().map(|path| cohort::moves(path, args.id.as_deref(), &before.protocol, &after.protocol));
    let moves = match moves.transpose() {
        Ok(moves) => moves,
        Err(message) => {
            tell!("lind: {message}");
            return Ok(Exit::CouldNotRun);
        }
    };
    if let Some(cohort::Moves { records, invalid, .. }) = moves
        && invalid > 0
    {
        tell!("lind: neither version can read {invalid} of the {records} records of the cohort, so nothing is known of them; `lind screen` says why");
    }
    let told = Told {
        diff: found,
        before,
        after,
        protocols: [&before.protocol, &after.protocol],
        profile,
        fail_on: &args.fail_on,
        approvals,
        cohort: moves.as_ref(),
    };
    match args.format {
        Format::Human => human::write(out, &told)?,
        Format::Json => writeln!(out, "{:#}", json::document(&told))?,
        Format::Markdown => out.write_all(markdown::document(&told).as_bytes())?,
        Format::Html => out.write_all(markdown::page(&told).as_bytes())?,
        Format::Sarif => writeln!(out, "{:#}", annotate::sarif(&told))?,
        Format::Github => out.write_all(annotate::github(&told).as_bytes())?,
        Format::Junit => out.write_all(annotate::junit(&told).as_bytes())?,
    }
    Ok(if told.verdict_fails() || found.items.iter().any(|item| told.fails(item)) {
        Exit::Findings
    } else if found.change == Change::Undecided || !found.undecided.is_empty() {
        Exit::Undecided
    } else {
        Exit::Clean
    })
}
