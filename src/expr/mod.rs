//! Expressions, places and short forms: everything an author writes inside a text.
