//! One test binary; most of what it tests is data.
//!
//! `LIND_BLESS=1 cargo test` rewrites every golden file; look at the diff.

#![allow(missing_docs, reason = "tests speak for themselves")]

mod suite {
    pub mod architecture;
    pub mod amendments;
    pub mod backends;
    pub mod browser;
    pub mod cases;
    pub mod cli;
    pub mod conformance;
    pub mod coverage;
    pub mod determinism;
    pub mod diagnostics;
    pub mod diff_cli;
    pub mod differential;
    pub mod explanations;
    pub mod format;
    pub mod gate;
    pub mod generate;
    pub mod generated;
    pub mod golden;
    pub mod language_server;
    pub mod named_subjects;
    pub mod oracle;
    pub mod project;
    pub mod properties;
    pub mod readme;
    pub mod records_of_trials;
    pub mod reference;
    pub mod scenarios;
    pub mod schemas;
    pub mod support;
    pub mod tree_sitter;
    pub mod validators;
    pub mod worlds;
}
