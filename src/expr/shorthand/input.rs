//! Inputs of an action: a type, with `!` if it must be given.

use super::types::{IsAlias, TypeShort, parse_type};
use crate::diagnostic::Problem;

pub const PATTERN: &str = super::types::PATTERN;
pub const EXAMPLES: &[&str] = &["string!", "string", "list<string>", "json"];

/// Reads an input.
pub fn parse_input(text: &str, is_alias: IsAlias) -> Result<TypeShort, Problem> {
    parse_type(text, is_alias)
}
