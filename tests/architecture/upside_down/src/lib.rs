//! The root may name everything.

pub mod cli;
pub mod text;

pub use plan::Plan;
