//! Expressions, places and short forms: everything an author writes inside a text.

pub mod shorthand;
