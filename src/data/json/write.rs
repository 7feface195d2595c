//! Values as JSON text, digits kept.

use super::flaw::DEEPEST;
use crate::data::{Style, Time, Value};
use std::fmt::Write as _;

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    /// The members of maps by their names, so that equal values are equal texts.
    pub sorted: bool,
    /// The longest text, in bytes.
    pub most: usize,
    /// Prints a time.
    pub time: fn(&Time) -> Result<String, String>,
}

impl Default for Writing {
    fn default() -> Self {
        Self { sorted: false, most: usize::MAX, time: |time| Ok(plain_time(time)) }
    }
}

/// Appends a value without white space; absent is null.
pub fn write(value: &Value, how: &Writing, out: &mut String) -> Result<(), String> {
    nested(value, how, out, 0)
}

/// Appends the canonical form: no white space, the members of maps by name, so that equal values are equal texts.
pub fn write_canonical(value: &Value, out: &mut String) {
    let how = Writing { sorted: true, ..Writing::default() };
    // Values come from texts of bounded depth and from expressions of bounded size, and times print plainly.
    let written = write(value, &how, out);
    debug_assert!(written.is_ok(), "a value that can't be written: {written:?}");
}

fn plain_time(time: &Time) -> String {
    if time.style == Style::Date {
        return time.at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    }
    time.at.to_string()
}

fn nested(value: &Value, how: &Writing, out: &mut String, depth: usize) -> Result<(), String> {
    if depth > 2 * DEEPEST {
        return Err("the value is nested too deep".to_owned());
    }
    match value {
        Value::Absent | Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Int(number) => _ = write!(out, "{number}"),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(text) => quote(text, out),
        Value::Time(time) => quote(&(how.time)(time)?, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                nested(item, how, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Map(members) => {
            let mut ordered: Vec<_> = members.iter().collect();
            if how.sorted {
                ordered.sort_by(|one, other| one.0.cmp(&other.0));
            }
            out.push('{');
            for (at, (name, value)) in ordered.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(name, out);
                out.push(':');
                nested(value, how, out, depth + 1)?;
            }
            out.push('}');
        }
    }
    if out.len() > how.most { Err("the text is longer than 1 MiB".to_owned()) } else { Ok(()) }
}

/// Appends a JSON text without the white space between its tokens: it stays on one line.
pub fn write_compact(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&text[from..at]);
                at += 1;
                from = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&text[from..]);
}

/// Appends a text as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

/// Appends what stands between the quotes of a JSON string.
pub fn escape(text: &str, out: &mut String) {
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
    #[test]
    fn a_compact_text_keeps_every_token() {
        let mut out = String::new();
        write_compact("{ \"a b\" :\n [ 1.50 , \"x \\\" y\\\\\" ],\t\"c\": {} }\r\n", &mut out);
        assert_eq!(out, r#"{"a b":[1.50,"x \" y\\"],"c":{}}"#);
    }
}
