//! Questions about one protocol: so far, which subjects show it best.
//!
//! In: a [`Protocol`]. Out: records, each replayed through the evaluator
//! before it is given out. No syntax stands behind this line.

mod cases;
mod days;
mod diff;
mod linear;
mod logic;
mod matching;
mod pin;
mod plain;
mod encode;
mod prove;
mod question;
mod sample;
mod space;
mod subject;

pub use cases::{Case, Cases, cases};
pub use diff::{Area, Change, Depth, Diff, Item, RULES, Transition, Under, Written, diff, outcome_of};
pub use pin::{Pinned, pin};
pub use prove::{Effect, Finding, Proof, prove};
pub use question::Witness;
pub use sample::samples;
