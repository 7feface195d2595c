//! What an author wrote, with the place of every piece of it.
//!
//! Bytes come in from a file and leave as a [`Node`] tree whose spans reach into quoted and block scalars. Nothing
//! here knows the manifest language; nothing here reports to a person (a [`Flaw`] is turned into a diagnostic above).

mod node;
mod source;

pub use node::{Content, Entry, Node};
pub use source::{Flaw, FlawKind, OffsetMap, Place, Source, SourceId, Sources, Span};
