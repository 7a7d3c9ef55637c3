//! Questions about one protocol: so far, which subjects show it best.
//!
//! In: a [`Protocol`]. Out: records, each replayed through the evaluator
//! before it is given out. No syntax stands behind this line.

mod sample;

pub use sample::samples;
