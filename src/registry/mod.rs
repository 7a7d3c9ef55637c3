//! Records of ClinicalTrials.gov, API version 2.
//!
//! In: the JSON of one study. Out: a protocol to start from ([`import()`]), or
//! what a protocol says otherwise than its record ([`compare()`]). What the
//! record holds is text of strangers: none of it becomes an expression.

mod compare;
mod criteria;
mod import;
mod record;

pub use compare::compare;
pub use import::{Imported, import};
pub use record::Study;
