//! What an author wrote, with the place of every piece of it.
//!
//! Bytes come in from a file and leave as a [`Node`] tree whose spans reach into quoted and block scalars. Nothing
//! here knows the manifest language; nothing here reports to a person (a [`Flaw`] is turned into a diagnostic above).

mod cut;
mod json;
mod node;
mod offsets;
mod read;
mod scalar;
mod source;
mod typed;
mod yaml;

pub use node::{Content, Entry, Node};
pub use read::{LARGEST, read};
pub use scalar::{float, integer};
pub use source::{Flaw, FlawKind, OffsetMap, Place, Source, SourceId, Sources, Span};
pub use typed::{Digits, Held, Named, NamedEntry, ReadError, Spanned, from_node};
pub use yaml::{DEEPEST, MOST_NODES};

#[cfg(test)]
mod tests;
