//! What runs a plan.

pub mod rows;
