//! JSON as it is sent: members in the order they were written, numbers by their digits.

use crate::components::answer::text_of;
use crate::data::Value;
use crate::data::json::quote;

/// Appends a value as JSON. The error says what can't be sent.
pub(super) fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Absent | Value::Null => out.push_str("null"),
        Value::Bool(_) | Value::Int(_) => out.push_str(&text_of(value).unwrap_or_default()),
        Value::Number(digits) => out.push_str(&number(digits).ok_or(format!("`{digits}` is no number of JSON"))?),
        Value::Text(text) => quote(text, out),
        Value::Time(_) => quote(&text_of(value).unwrap_or_default(), out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Map(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(name, out);
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Returns the digits as JSON knows them: YAML also takes `007`, `+1` and `.5`.
fn number(digits: &str) -> Option<String> {
    let (sign, rest) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.get(1..).unwrap_or_default();
    let power = power.strip_prefix(['-', '+']).unwrap_or(power);
    if whole.is_empty() && fraction.is_empty()
        || !plain(whole)
        || !plain(fraction)
        || !plain(power)
        || power.is_empty() != exponent.is_empty()
    {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn numbers_keep_their_digits() {
        for (digits, expected) in [
            ("1.10", Some("1.10")),
            ("007", Some("7")),
            ("+1", Some("1")),
            (".5", Some("0.5")),
            ("-5.", Some("-5")),
            ("1E+400", Some("1E+400")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("1e", None),
            (".", None),
            (".inf", None),
        ] {
            assert_eq!(number(digits).as_deref(), expected, "{digits}");
        }
        let value = Value::Map(Arc::new(vec![
            ("b".into(), Value::List(Arc::new(vec![Value::Null, Value::Bool(true), Value::Text("\"\n".into())]))),
            ("a".into(), Value::Number("1.50".into())),
        ]));
        let mut out = String::new();
        write(&value, &mut out).unwrap();
        assert_eq!(out, r#"{"b":[null,true,"\"\n"],"a":1.50}"#);
    }
}
