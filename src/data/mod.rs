//! Values, column types and what turns one into the other.

mod value;

pub use value::{Map, Style, Time, Value};
