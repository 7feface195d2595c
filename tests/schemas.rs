//! The published schemas: what they say, what the structural check makes of them, and what the cases show of them.
//!
//! `schemas/*.json` are written from the types. `WEIR_WRITE_SCHEMAS=1 cargo test --test schemas` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "schemas/corpus.rs"]
mod corpus;
#[path = "schemas/coverage.rs"]
mod coverage;
#[path = "schemas/laws.rs"]
mod laws;
#[path = "schemas/mutate.rs"]
mod mutate;
#[path = "schemas/published.rs"]
mod published;
#[path = "schemas/verdicts.rs"]
mod verdicts;
#[path = "schemas/walk.rs"]
mod walk;
#[path = "schemas/words.rs"]
mod words;
