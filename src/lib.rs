pub mod calendar;
pub mod number;
pub mod span;
pub mod units;
