//! Values as JSON text, digits kept.

use crate::data::{Style, Value};
use std::fmt::Write as _;

/// Appends the canonical form: no white space, the members of maps by name, so that equal values are equal texts.
pub fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Absent | Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Int(number) => _ = write!(out, "{number}"),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(text) => quote(text, out),
        Value::Time(time) if time.style == Style::Date => {
            _ = write!(out, "\"{}\"", time.at.to_zoned(jiff::tz::TimeZone::UTC).date());
        }
        Value::Time(time) => _ = write!(out, "\"{}\"", time.at),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Map(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|one, other| one.0.cmp(&other.0));
            out.push('{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(name, out);
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
    }
}

/// Appends a text as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0x00..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        if escape.is_empty() {
            _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn equal_values_are_equal_texts() {
        let map = |members: &[(&str, Value)]| {
            Value::Map(Arc::new(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect()))
        };
        let (one, two) = (("b", Value::Number("1.10".into())), ("a", Value::Text("x\"\u{1}é\n".into())));
        let mut texts = [String::new(), String::new()];
        write_canonical(&map(&[one.clone(), two.clone()]), &mut texts[0]);
        write_canonical(&map(&[two, one]), &mut texts[1]);
        assert_eq!(texts[0], r#"{"a":"x\"\u0001é\n","b":1.10}"#);
        assert_eq!(texts[0], texts[1]);
    }
}
