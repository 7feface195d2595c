//! The published schemas: what they say, what the structural check makes of them, and what the cases show of them.
//!
//! `schemas/*.json` are written from the types. `WEIR_WRITE_SCHEMAS=1 cargo test --test schemas` writes them anew.

#[path = "schemas/corpus.rs"]
mod corpus;
#[path = "schemas/published.rs"]
mod published;
