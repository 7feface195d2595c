//! One step of a way into a value.

use std::fmt;
use std::sync::Arc;

/// A member, an element or all elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Key(Arc<str>),
    /// Counts from the end if negative.
    Index(i64),
    /// All elements of a list, all values of a map.
    Every,
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) if crate::name::is_name(key) => write!(out, ".{key}"),
            Step::Key(key) => write!(out, "['{}']", key.replace('\\', "\\\\").replace('\'', "\\'")),
            Step::Index(index) => write!(out, "[{index}]"),
            Step::Every => out.write_str("[*]"),
        }
    }
}
