//! Questions about all the subjects of a protocol, or of two versions of one.
//!
//! ```text
//!  Protocol ──keys─────▶ Keys ──encode──▶ formulas ──space──▶ a model ──subject──▶ Subject ──evaluate──▶ shown
//!             the record        true, false         logic: SAT            a record       replayed
//!                                                   linear: sums
//!                                                   days: dates
//! ```
//!
//! In: one [`Protocol`](crate::protocol::Protocol), or two. Out: proofs, diffs,
//! cases and samples, each with records that were replayed through the
//! evaluator. Exact on its fragment, `undecided` with a reason outside it; no
//! syntax stands behind this line.

mod alike;
mod cases;
mod days;
mod diff;
mod encode;
mod judge;
mod keys;
mod linear;
mod logic;
mod matching;
mod pin;
mod plain;
mod prove;
mod question;
mod sample;
mod space;
mod subject;

pub use cases::{Case, Cases, cases};
pub use diff::{Area, Change, Depth, Diff, Item, RULES, Transition, Under, Written, diff};
pub use pin::{Pinned, pin};
pub use prove::{Alternative, Effect, Finding, Proof, prove};
pub use question::Witness;
pub use sample::samples;
