//! Values, column types and what turns one into the other.

mod step;
mod value;

pub use step::Step;
pub use value::{Map, Style, Time, Value};
