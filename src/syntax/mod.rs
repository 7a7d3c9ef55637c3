//! Text to tree.
//!
//! In: a [`Source`](crate::span::Source). Out: an [`ast::Ast`] and what is
//! wrong with the text. Parsing never fails, whatever the text: what cannot be
//! read is skipped up to the next declaration and reported. [`format`] lays a
//! text out anew.

pub mod ast;
mod declarations;
mod expressions;
mod format;
mod parse;
mod scan;
mod words;

pub use format::{Unformatted, format};
pub use parse::parse;
pub use scan::{MAX_NESTING, MAX_STRING, depth};
pub use words::{Word, parse_words};
