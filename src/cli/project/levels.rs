//! How bad findings are in a project: `allow`, `warn` or `error`, code by code.

use std::collections::HashMap;

use crate::allow::unknown_code;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::span::Span;

/// What a project makes of a kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is counted, and not shown.
    Allow,
    /// It is shown.
    Warn,
    /// It is as bad as a mistake: `lind check` fails, `lind build` writes nothing.
    Error,
}

impl Level {
    pub const ALL: [(&'static str, Self); 3] = [("allow", Self::Allow), ("warn", Self::Warn), ("error", Self::Error)];
}

/// The levels that differ from what the codes say themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(HashMap<Code, Level>);

impl Levels {
    pub fn set(&mut self, code: Code, level: Level) {
        self.0.insert(code, level);
    }

    /// Sets the level of each finding; those that are allowed come back apart.
    pub fn apply(&self, found: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let (mut shown, mut waived) = (Vec::new(), Vec::new());
        for mut diagnostic in found {
            match self.0.get(&diagnostic.code) {
                None => {}
                Some(Level::Allow) => {
                    waived.push(diagnostic);
                    continue;
                }
                Some(Level::Warn) => diagnostic.level = Severity::Warning,
                Some(Level::Error) => diagnostic.level = Severity::Error,
            }
            shown.push(diagnostic);
        }
        (shown, waived)
    }
}

/// The code of that name, if its level may be set: what is an error by itself stays one.
pub fn adjustable(name: &str, at: Span) -> Result<Code, Box<Diagnostic>> {
    match Code::from_name(name) {
        None => Err(unknown_code(at, name).into()),
        Some(code) if code.severity() == Severity::Error => Err(Code::ErrorAllowed
            .at(at, format!("`{name}` is an error and stays one"))
            .label("an error")
            .help("what has no meaning gets none by being allowed")
            .into()),
        Some(code) => Ok(code),
    }
}
