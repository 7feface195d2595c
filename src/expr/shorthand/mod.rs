//! The short forms of a manifest: `string! <- $.x`, `GET /users`, `5000/h` (SEMANTICS 9).
//!
//! One file a form. Each has its parser, whose ranges are bytes of the given text, and beside it the `PATTERN` and the
//! `EXAMPLES` of its JSON Schema, so that an editor marks what the parser would refuse. The law between the two:
//! what the parser accepts, the pattern matches. Parsers know nothing of names elsewhere: aliases, streams, places and
//! expressions come back as they were written, with their range, and are looked up later.

pub mod address;
pub mod duration;
pub mod field;
pub mod host;
pub mod input;
pub mod name;
pub mod param;
pub mod place;
pub mod pushdown;
pub mod rate;
pub mod request;
pub mod size;
pub mod source;
pub mod types;
pub mod version;

mod braces;

#[cfg(test)]
mod law;

use std::ops::Range;

/// A part of a text, and where it stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub range: Range<usize>,
}

impl Piece {
    fn of(text: &str, range: Range<usize>) -> Self {
        Self { text: text[range.clone()].to_owned(), range }
    }
}

/// Finds the first character of a text, for a range that shows where reading stopped.
fn first(text: &str, at: usize) -> Range<usize> {
    at..at + text[at..].chars().next().map_or(0, char::len_utf8)
}
