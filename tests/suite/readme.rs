//! The README's code blocks run.
