//! The settings of a project file, each with its own mistakes.

use std::path::{Path, PathBuf};

use super::yaml::{self, Node, Value};
use super::{Level, Project, adjustable};
use crate::cli::diff::policy::Profile;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::emit::Target;
use crate::span::{Source, Span};

const SETTINGS: [&str; 7] = ["protocols", "out", "targets", "lints", "baseline", "profile", "approvals"];

/// Reads them; what is wrong stays out of the project.
pub fn read(source: &Source, path: &Path) -> (Project, Vec<Diagnostic>) {
    let mut reader = Reader {
        root: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        project: Project { file: Some(path.into()), ..Project::default() },
        found: Vec::new(),
    };
    match yaml::parse(source) {
        Err(diagnostic) => reader.found.push(*diagnostic),
        Ok(None) => {}
        Ok(Some(node)) => reader.settings(&node),
    }
    reader.found.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code));
    (reader.project, reader.found)
}

struct Reader {
    root: PathBuf,
    project: Project,
    found: Vec<Diagnostic>,
}

impl Reader {
    fn settings(&mut self, node: &Node) {
        for (name, key, value) in self.entries(node, "the project file holds settings, such as `protocols: [protocols/*.lind]`") {
            match name {
                "protocols" => self.protocols(value),
                "out" => self.project.out = self.path(value),
                "targets" => self.targets(value),
                "lints" => self.lints(value),
                "baseline" => self.project.baseline = self.later(value),
                "profile" => self.project.profile = self.word(value, "a profile", &Profile::ALL),
                "approvals" => self.project.approvals = self.later(value),
                _ => self.found.push(unknown(key, name, &SETTINGS)),
            }
        }
    }

    fn protocols(&mut self, node: &Node) {
        for pattern in self.list(node, "a list such as `[protocols/*.lind]`") {
            let Some(text) = self.text(pattern, "a file or a pattern such as `protocols/*.lind`") else { continue };
            let plain = self.root.join(text);
            let mut files = if plain.exists() { vec![plain] } else { Vec::new() };
            if files.is_empty() {
                let folder = glob::Pattern::escape(&self.root.to_string_lossy());
                match glob::glob(&Path::new(&folder).join(text).to_string_lossy()) {
                    Ok(paths) => files.extend(paths.filter_map(Result::ok).filter(|path| path.is_file())),
                    Err(error) => {
                        self.found.push(Code::WrongSetting.at(pattern.span, format!("`{text}` is no pattern: {}", error.msg)));
                        continue;
                    }
                }
            }
            if files.is_empty() {
                self.found.push(
                    Code::NoProtocols
                        .at(pattern.span, format!("no file fits `{text}`"))
                        .label("fits nothing")
                        .help("paths are told from the folder of the project file; `*` stands for any name, `**` for any folders"),
                );
            }
            files.retain(|file| !self.project.protocols.contains(file));
            self.project.protocols.extend(files);
        }
    }

    fn targets(&mut self, node: &Node) {
        let words: Vec<(&str, Target)> = Target::ALL.into_iter().map(|target| (target.name(), target)).collect();
        let mut named: Vec<(&str, Span, Option<&Node>)> = Vec::new();
        for entry in self.list(node, "a list such as `[python, subject-schema]`") {
            if let Value::Map(_) = entry.value {
                named.extend(self.entries(entry, "").into_iter().map(|(name, key, folder)| (name, key, Some(folder))));
            } else if let Some(name) = self.text(entry, "a target") {
                named.push((name, entry.span, None));
            }
        }
        // In a list of words and mappings a target can stand twice without a key that does.
        let mut places: Vec<(Target, Span)> = Vec::new();
        for (name, at, folder) in named {
            let Some(target) = self.known(at, name, "a target", &words) else { continue };
            if let Some((_, first)) = places.iter().find(|(other, _)| *other == target) {
                self.found.push(repeated(name, at, *first));
                continue;
            }
            places.push((target, at));
            let folder = folder.and_then(|folder| self.path(folder));
            self.project.targets.push((target, folder));
        }
    }

    fn lints(&mut self, node: &Node) {
        for (name, key, value) in self.entries(node, "`lints` gives findings a level, such as `unused-fact: allow`") {
            let level = self.word(value, "a level", &Level::ALL);
            match adjustable(name, key) {
                Ok(code) => level.into_iter().for_each(|level| self.project.levels.set(code, level)),
                Err(diagnostic) => self.found.push(*diagnostic),
            }
        }
    }

    /// The entries of a mapping, each key once.
    fn entries<'n>(&mut self, node: &'n Node, wanted: &str) -> Vec<(&'n str, Span, &'n Node)> {
        let mut entries: Vec<(&str, Span, &Node)> = Vec::new();
        let Value::Map(pairs) = &node.value else {
            if !matches!(node.value, Value::Nothing) {
                self.found.push(Code::WrongSetting.at(head(node), format!("{}, not {}", wanted, node.value.kind())));
            }
            return entries;
        };
        for (key, value) in pairs {
            let Value::Text(name) = &key.value else {
                self.found.push(Code::WrongSetting.at(key.span, format!("a name is expected here, not {}", key.value.kind())));
                continue;
            };
            if let Some((_, first, _)) = entries.iter().find(|(other, ..)| other == name) {
                self.found.push(repeated(name, key.span, *first));
            } else {
                entries.push((name, key.span, value));
            }
        }
        entries
    }

    /// The items of a list; one word alone is a list of one.
    fn list<'n>(&mut self, node: &'n Node, wanted: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Text(_) => std::slice::from_ref(node),
            Value::Nothing => &[],
            Value::Map(_) => {
                self.found.push(Code::WrongSetting.at(head(node), format!("{wanted} is expected here, not a mapping")));
                &[]
            }
        }
    }

    fn text<'n>(&mut self, node: &'n Node, wanted: &str) -> Option<&'n str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        self.found.push(Code::WrongSetting.at(head(node), format!("{wanted} is expected here, not {}", node.value.kind())));
        None
    }

    fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        self.known(node.span, text, what, words)
    }

    fn known<T: Copy>(&mut self, span: Span, text: &str, what: &str, words: &[(&str, T)]) -> Option<T> {
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if known.is_none() {
            let diagnostic = Code::WrongSetting.at(span, format!("`{text}` is not {what}")).label("unknown");
            self.found.push(diagnostic.help(offer(text, words.iter().map(|(word, _)| *word))));
        }
        known
    }

    /// A path, told from the folder of the project file.
    fn path(&mut self, node: &Node) -> Option<PathBuf> {
        self.text(node, "a path").map(|text| self.root.join(text))
    }

    /// The path of a file that may be written later, in a folder that is there.
    fn later(&mut self, node: &Node) -> Option<PathBuf> {
        let path = self.path(node)?;
        // One that is not there yet holds nothing; the commands that need it say so.
        let may_come = !path.exists() && path.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir());
        if !may_come && let Err(error) = std::fs::read(&path) {
            self.found.push(Code::UnreadableFile.at(node.span, format!("cannot read `{}`: {error}", path.display())).help("paths are told from the folder of the project file"));
            return None;
        }
        Some(path)
    }
}

/// Where a node begins: a mark under all of its lines would say no more.
fn head(node: &Node) -> Span {
    match &node.value {
        Value::Nothing | Value::Text(_) => node.span,
        Value::List(items) => items.first().map_or(node.span, head),
        Value::Map(entries) => entries.first().map_or(node.span, |(key, _)| key.span),
    }
}

/// The words of a list, or the nearest of them.
fn offer<'w>(text: &str, words: impl Iterator<Item = &'w str> + Clone) -> String {
    match did_you_mean(text, words.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of {}", words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}

fn repeated(name: &str, at: Span, first: Span) -> Diagnostic {
    Code::RepeatedSetting.at(at, format!("`{name}` stands here a second time")).related(first, "the first time").help("keep one of them")
}

fn unknown(span: Span, name: &str, known: &[&str]) -> Diagnostic {
    Code::UnknownSetting.at(span, format!("there is no setting `{name}`")).label("unknown").help(offer(name, known.iter().copied()))
}
