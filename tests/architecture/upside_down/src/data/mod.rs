mod cast;
mod step;
mod value;

pub use step::Step;
pub use value::Value;

pub trait Family {}
