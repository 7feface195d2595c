//! JSON: the writer of values, and the reader of pages.

mod write;

pub use write::{quote, write_canonical};
