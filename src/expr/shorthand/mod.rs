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

/// Says what is wrong with a text that should have a form; `None` if its parser takes it.
///
/// Forms go by the names that the schema gives them.
pub fn problem(form: &str, text: &str) -> Option<crate::diagnostic::Problem> {
    // Whether a word is an alias is looked up later; here any may be one.
    let any = |_: &str| false;
    match form {
        "address" => address::parse_address(text).err(),
        "duration" => duration::parse_duration(text).err(),
        "field" => field::parse_field(text, &any).err(),
        "reference" => field::parse_ref(text).err(),
        "host" => host::parse_host(text).err(),
        "input" => input::parse_input(text, &any).err(),
        "name" => name::parse_name(text).err(),
        "param" => param::parse_param(text, &any).err(),
        "param type" => types::parse_param_type(text, &any).err(),
        "type" => types::parse_type(text, &any).err(),
        "place" | "optional place" => place_problem(text),
        "pushdown" => pushdown::parse_pushdown(text).err(),
        "rate" => rate::parse_rate(text).err(),
        "request" => request::parse_request(text).err(),
        "size" => size::parse_size(text).err(),
        "source" => source::parse_source(text).err(),
        "version" => version::parse_version(text).err(),
        "requirement" => version::parse_requires(text).err(),
        _ => None,
    }
}

fn place_problem(text: &str) -> Option<crate::diagnostic::Problem> {
    let (place, _) = place::split_optional(text);
    super::place::compile(place).err().or_else(|| place::parse_place(text).err())
}
