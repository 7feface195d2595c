//! Values, column types and what turns one into the other.

pub mod batch;
mod cast;
pub mod duration;
pub mod json;
mod param;
mod step;
mod types;
mod value;

pub use cast::{Cast, CastError, cast, scaled};
pub use duration::Duration;
pub use param::ParamType;
pub use step::Step;
pub use types::{Moment, Type, TypeFlaw, When};
pub use value::{Map, Style, Time, Value, number};
