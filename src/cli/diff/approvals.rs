//! Changes that somebody approved, by the fingerprint of what changed.

use std::path::Path;

use serde::Deserialize;

use crate::analysis::{Diff, Item};

/// One approval.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Of the change, as `lind diff` shows it.
    fingerprint: String,
    /// Who approved it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The approvals of a file.
#[derive(Debug, Default)]
pub struct Approvals(Vec<Approval>);

impl Approvals {
    /// Reads them; without a file there are none.
    pub fn load(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let list: Vec<Approval> = serde_yaml::from_str(&text)
            .map_err(|error| format!("`{}` is no list of approvals (fingerprint, by, reason): {error}", path.display()))?;
        if let Some(approval) = list.iter().find(|approval| approval.by.trim().is_empty() || approval.reason.trim().is_empty()) {
            return Err(format!("`{}`: the approval of {} says not by whom, or not why", path.display(), approval.fingerprint));
        }
        Ok(Self(list))
    }

    /// The approval of a change.
    pub fn of(&self, item: &Item) -> Option<&Approval> {
        if self.0.is_empty() {
            return None;
        }
        let fingerprint = item.fingerprint();
        self.0.iter().find(|approval| approval.fingerprint == fingerprint)
    }

    /// The fingerprints of approvals that fit no change.
    pub fn stale(&self, diff: &Diff) -> Vec<String> {
        let present: Vec<String> = if self.0.is_empty() { Vec::new() } else { diff.items.iter().map(Item::fingerprint).collect() };
        self.0.iter().filter(|approval| !present.contains(&approval.fingerprint)).map(|approval| format!("`{}`", approval.fingerprint)).collect()
    }
}
