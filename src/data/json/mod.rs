//! JSON: a reader that keeps digits and counts depth, and the writer of values.
//!
//! [`Scanner`] takes a text apart without building anything; [`read`] builds values, [`Wanted`] only parts of them. A
//! page is read by the scanner alone; values are built of what expressions ask for.

mod flaw;
mod read;
mod scan;
mod write;

pub use flaw::{DEEPEST, Flaw, What};
pub use read::{Wanted, read, value};
pub use scan::{Bookmark, Key, Scanner, run};
pub use write::{Writing, escape, quote, write, write_canonical, write_compact};
