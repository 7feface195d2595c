//! What this program is tested, shown and measured with: an API of its own.

pub mod demo;
pub mod mock;
