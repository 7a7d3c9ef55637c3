//! lind.
pub mod calendar;
pub mod diagnostic;
pub mod number;
pub mod span;
pub mod syntax;
pub mod units;
