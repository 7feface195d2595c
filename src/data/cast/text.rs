//! Texts, words, booleans, and what has a text form of its own.

use super::{CastError, shown, time};
use crate::data::Value;
use std::sync::Arc;

/// A number keeps its digits as they were written (rule 28); a list or map is no text.
pub(super) fn string(value: &Value) -> Result<Arc<str>, CastError> {
    match value {
        Value::Text(text) | Value::Number(text) => Ok(text.clone()),
        Value::Int(number) => Ok(number.to_string().into()),
        Value::Bool(truth) => Ok(truth.to_string().into()),
        Value::Time(time) => Ok(time::print(time).into()),
        other => Err(CastError::unfit(other, "a text").hint("use `json`")),
    }
}

/// Rule 28: an unknown word is refused.
pub(super) fn word(value: &Value, words: &[String]) -> Result<Value, CastError> {
    let (Value::Text(_) | Value::Int(_) | Value::Number(_) | Value::Bool(_)) = value else {
        return Err(CastError::unfit(value, "a word"));
    };
    let text = string(value)?;
    if words.iter().any(|word| **word == *text) {
        return Ok(Value::Text(text));
    }
    let known = words.join(", ");
    let error = CastError::new(format!("{} is none of {known}", shown(&text)));
    Err(match crate::name::nearest(&text, words.iter().map(String::as_str)) {
        Some(word) => error.hint(format!("did you mean `{word}`?")),
        None => error,
    })
}

/// Rule 28: exactly `true` or `false`; no number is a boolean.
pub(super) fn boolean(value: &Value) -> Result<Value, CastError> {
    match value {
        Value::Bool(truth) => Ok(Value::Bool(*truth)),
        Value::Text(text) if &**text == "true" => Ok(Value::Bool(true)),
        Value::Text(text) if &**text == "false" => Ok(Value::Bool(false)),
        other => Err(CastError::unfit(other, "a boolean").hint("only `true` and `false` are read")),
    }
}

/// Gives the canonical form, `8-4-4-4-12` in lower case; 32 digits without hyphens are read too.
pub(super) fn uuid(value: &Value) -> Result<Value, CastError> {
    let unfit = || CastError::unfit(value, "a UUID");
    let Value::Text(text) = value else { return Err(unfit()) };
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let digits = groups.concat().to_ascii_lowercase();
    if !(lengths == [8, 4, 4, 4, 12] || lengths == [32]) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(unfit());
    }
    let part = |from: usize, to: usize| &digits[from..to];
    let canonical = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    Ok(Value::Text(canonical.into()))
}

/// Reads base64 of either alphabet, with or without padding, and gives the padded standard form.
pub(super) fn bytes(value: &Value) -> Result<Value, CastError> {
    let unfit =
        || CastError::unfit(value, "base64").hint("`bytes` are written in base64; use `string` for a plain text");
    let Value::Text(text) = value else { return Err(unfit()) };
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    let needed = (4 - body.len() % 4) % 4;
    if !body.bytes().all(known) || needed == 3 || (padding != 0 && padding != needed) || !ends_clean(body, needed) {
        return Err(unfit());
    }
    let standard = body.replace('-', "+").replace('_', "/");
    Ok(Value::Text(format!("{standard}{}", "=".repeat(needed)).into()))
}

/// Says whether the bits of the last letter that belong to no byte are zero: else two texts would be the same bytes.
fn ends_clean(body: &str, needed: usize) -> bool {
    let Some(last) = body.bytes().last() else { return true };
    let bits = match last {
        b'A'..=b'Z' => last - b'A',
        b'a'..=b'z' => last - b'a' + 26,
        b'0'..=b'9' => last - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    match needed {
        2 => bits.trailing_zeros() >= 4,
        1 => bits.trailing_zeros() >= 2,
        _ => true,
    }
}

/// Keeps an ISO 8601 text as it is: `P1Y2M10DT2H30M`, a fraction only in its last part.
pub(super) fn duration(value: &Value) -> Result<Value, CastError> {
    match value {
        Value::Text(text) if is_duration(text) => Ok(value.clone()),
        other => Err(CastError::unfit(other, "an ISO 8601 duration").hint("for example `P1DT12H`")),
    }
}

fn is_duration(text: &str) -> bool {
    let Some(body) = text.strip_prefix(['-', '+']).unwrap_or(text).strip_prefix('P') else { return false };
    let (date, time) = body.split_once('T').map_or((body, None), |(date, time)| (date, Some(time)));
    if time == Some("") || (date.is_empty() && time.is_none()) {
        return false;
    }
    let ends_in_fraction = |parts: &str| parts.contains(['.', ',']);
    if time.is_some() && ends_in_fraction(date) {
        return false;
    }
    has_parts(date, "YMWD") && time.is_none_or(|time| has_parts(time, "HMS"))
}

/// Says whether a text is numbers, each with one of the units, in the order of the units.
fn has_parts(mut text: &str, mut units: &str) -> bool {
    while !text.is_empty() {
        let Some(end) = text.find(|c: char| c.is_ascii_uppercase()) else { return false };
        let (number, unit) = (&text[..end], &text[end..=end]);
        let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let Some(at) = units.find(unit) else { return false };
        let last = end + 1 == text.len();
        if !digits(whole) || !digits(fraction) || (number.len() != whole.len() && !last) {
            return false;
        }
        units = &units[at + 1..];
        text = &text[end + 1..];
    }
    true
}
