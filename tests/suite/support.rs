//! What the tests share.

use std::path::{Path, PathBuf};

use lind::compile;
use lind::protocol::Protocol;
use lind::span::Source;

/// The project's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below a folder with an ending, in order.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Compares with a golden file, or rewrites it under `LIND_BLESS=1`.
pub fn golden(path: &Path, actual: &str) {
    if std::env::var_os("LIND_BLESS").is_some() {
        if std::fs::read_to_string(path).ok().as_deref() != Some(actual) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, actual).unwrap();
        }
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return;
    }
    let line = expected.lines().zip(actual.lines()).position(|(a, b)| a != b).unwrap_or(expected.lines().count().min(actual.lines().count()));
    panic!(
        "{} has drifted from line {}:\n  golden: {}\n  now:    {}\nrun `LIND_BLESS=1 cargo test` and look at the diff",
        path.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or("(no such line)"),
        actual.lines().nth(line).unwrap_or("(no such line)"),
    );
}

/// The protocol in a text that has to compile.
pub fn protocol(name: &str, text: &str) -> Protocol {
    let compilation = compile(&Source::new(name, text));
    compilation.protocol.unwrap_or_else(|| {
        let found: Vec<String> = compilation.diagnostics.iter().map(|d| format!("{}: {}", d.code.name(), d.message)).collect();
        panic!("{name} does not compile:\n{}", found.join("\n"))
    })
}

/// A small generator of random numbers: enough for tests, the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn choose<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A program that `.ci/tools` installs, or the one on the path.
pub fn tool(program: &str) -> PathBuf {
    let places = ["target/tools/node_modules/.bin", "target/tools/python/bin", "target/tools/bin"];
    let installed = places.iter().map(|place| root().join(place).join(program)).find(|path| path.exists());
    installed.unwrap_or_else(|| program.into())
}

/// Whether a program that a test needs is there; under CI it has to be.
pub fn have(program: &str) -> bool {
    told(program, std::process::Command::new(tool(program)).arg("--version"))
}

/// The same for an engine that is a module of Python.
pub fn have_engine(module: &str) -> bool {
    told(module, std::process::Command::new(tool("python3")).args(["-c", &format!("import {module}")]))
}

fn told(what: &str, command: &mut std::process::Command) -> bool {
    there(&format!("`{what}`"), command.output().is_ok_and(|out| out.status.success()))
}

/// Says loudly of something that `.ci/tools` installs that it is missing; under CI it has to be there.
pub fn there(what: &str, found: bool) -> bool {
    if !found {
        let message = format!("{what} is not installed, so what needs it was NOT tested");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
        eprintln!("\n*** {message} ***\n");
    }
    found
}
