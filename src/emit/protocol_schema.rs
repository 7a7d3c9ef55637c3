//! The published schema of the protocol as data: one for all protocols.

use super::Emitted;

pub(super) fn emit() -> Emitted {
    Emitted { text: include_str!("protocol.schema.json").to_string(), gaps: Vec::new() }
}
