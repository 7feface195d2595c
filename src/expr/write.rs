//! Values in text.

use super::instant;
use crate::data::Value;
use std::fmt::Write as _;

/// The longest text that an expression builds, in bytes. Templates end at 8 KiB, so beyond that it is data.
pub const LONGEST: usize = 1 << 20;

/// Appends a scalar as text.
pub(super) fn scalar(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Text(text) => out.push_str(text),
        Value::Int(int) => _ = write!(out, "{int}"),
        Value::Number(digits) => out.push_str(digits),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Time(time) => out.push_str(&instant::text(time)?),
        Value::Absent => return Err("the value is absent and stands in text; give `| default(…)`".to_owned()),
        Value::Null => return Err("the value is null and stands in text; give `| default(…)`".to_owned()),
        Value::List(_) => return Err("a list can't stand in text; write `| join(',')` or `| json`".to_owned()),
        Value::Map(_) => return Err("a map can't stand in text; write `| json`".to_owned()),
    }
    bounded(out.len())
}

/// Refuses a text that has become too long.
pub(crate) fn bounded(length: usize) -> Result<(), String> {
    if length > LONGEST { Err("the text is longer than 1 MiB".to_owned()) } else { Ok(()) }
}
