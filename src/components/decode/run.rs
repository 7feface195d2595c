//! What decoders give: JSON documents, whatever the body was, so that one reader reads all.

use crate::data::json::quote;
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use crate::http::Headers;
use bytes::Bytes;
use std::fmt;

/// The documents of a body.
#[derive(Clone, Debug, PartialEq)]
pub enum Documents {
    /// One JSON document.
    One(Bytes),
    /// One JSON document a line.
    Lines(Bytes),
    /// Whole records one after the other, with commas between them: a piece of a long list, and where it begins in the
    /// body.
    Piece { bytes: Bytes, at: u64 },
}

/// What a decoder may look at beside the body.
pub struct Surroundings<'a> {
    pub headers: &'a Headers,
    /// The names of the request, and `response.status` and `response.headers`.
    pub scope: &'a dyn Scope,
    /// What a compressed body may unpack to, in bytes.
    pub most: u64,
}

/// How a body can be cut into pieces while it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// It is one JSON document.
    Document,
    /// It is one JSON document a line.
    Lines,
}

/// Makes documents of a body. It knows no other kind.
pub trait Decoder: Send + Sync + fmt::Debug {
    fn decode(&self, body: Bytes, around: &Surroundings<'_>) -> Result<Documents, Fault>;

    /// Says whether the bytes are JSON as they come, so that a long body need not be held.
    fn frames(&self) -> Option<Frames> {
        None
    }
}

impl Documents {
    /// Counts the bytes.
    pub fn len(&self) -> usize {
        match self {
            Documents::One(bytes) | Documents::Lines(bytes) | Documents::Piece { bytes, .. } => bytes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Shows the beginning of a body: short, on one line, with nothing that a terminal would obey.
pub(super) fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..1000).unwrap_or(body));
    let mut out = String::new();
    quote(&text.chars().take(200).collect::<String>(), &mut out);
    out.chars().flat_map(|char| if char.is_control() { char.escape_default().collect() } else { vec![char] }).collect()
}

pub(super) fn fault(message: impl Into<String>) -> Fault {
    Fault::new(Kind::Source, "decode the answer", message)
}
