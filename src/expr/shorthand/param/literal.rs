//! Literals of a default: what YAML would read in a flow list, with the digits kept.

use crate::data::Value;
use crate::diagnostic::{Code, Problem};
use std::ops::Range;
use std::sync::Arc;

/// Reads a scalar or a `[list]` of scalars at a range.
pub(super) fn parse(text: &str, range: Range<usize>) -> Result<Value, Problem> {
    let written = &text[range.clone()];
    let problem = |message: &str, help: &str| Err(Problem::new(Code::E0203, range.clone(), message).help(help));
    if written.trim() != written {
        return problem("spaces around the default", "leave them out, or quote the text");
    }
    if written.starts_with("{{") {
        return problem("a default is a fixed value, no expression", "write the value itself");
    }
    if written.starts_with('{') {
        return problem("a map can't be written here", "use the long form with `default`");
    }
    if matches!(written, "null" | "~") {
        return problem("null is no default", "leave it out: a param that is not given is null");
    }
    let Some(inner) = written.strip_prefix('[') else {
        return scalar(text, range);
    };
    let Some(inner) = inner.strip_suffix(']') else {
        return problem("the list is not closed", "write for example `[a, b]`");
    };
    let mut values = Vec::new();
    for element in elements(inner, range.start + 1) {
        let found = &text[element.clone()];
        let start = element.start + found.len() - found.trim_start().len();
        let element = start..start + found.trim().len();
        if element.is_empty() {
            return Err(Problem::new(Code::E0203, element, "an empty element").help("an empty text is `''`"));
        }
        if text[element.clone()].starts_with(['[', '{']) {
            return Err(Problem::new(Code::E0203, element, "a list of a default has plain values")
                .help("use the long form with `default`"));
        }
        values.push(scalar(text, element)?);
    }
    Ok(Value::List(Arc::new(values)))
}

/// Splits at commas outside of quotes; one after the last element is allowed, as in YAML.
fn elements(inner: &str, offset: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut start = 0;
    let mut escaped = false;
    for (at, sign) in inner.char_indices() {
        let begins = inner[start..at].trim().is_empty();
        match (sign, quote) {
            _ if escaped => escaped = false,
            ('\\', Some('"')) => escaped = true,
            (sign, Some(open)) if sign == open => quote = None,
            ('\'' | '"', None) if begins => quote = Some(sign),
            (',', None) => {
                found.push(offset + start..offset + at);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        found.push(offset + start..offset + inner.len());
    }
    found
}

fn scalar(text: &str, range: Range<usize>) -> Result<Value, Problem> {
    let written = &text[range.clone()];
    let unread = |message: &str| Problem::new(Code::E0203, range.clone(), message).help("write for example `'a text'`");
    match written.as_bytes().first() {
        Some(b'\'') => {
            let inner = written[1..].strip_suffix('\'').ok_or_else(|| unread("the quote is not closed"))?;
            let plain = inner.replace("''", "");
            if plain.contains('\'') {
                return Err(unread("a quote inside a quoted text is written twice"));
            }
            Ok(Value::Text(inner.replace("''", "'").into()))
        }
        Some(b'"') => {
            let text =
                serde_json::from_str::<String>(written).map_err(|_| unread("the text in quotes can't be read"))?;
            Ok(Value::Text(text.into()))
        }
        _ => Ok(plain(written)),
    }
}

/// Reads a plain scalar by the core schema; a number that would not print back keeps its digits.
fn plain(written: &str) -> Value {
    match written {
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        "null" | "Null" | "NULL" | "~" => return Value::Null,
        _ => {}
    }
    let number = written.parse::<f64>().is_ok() && written.bytes().any(|b| b.is_ascii_digit());
    match written.parse::<i64>() {
        Ok(number) if number.to_string() == written => Value::Int(number),
        _ if number => Value::Number(written.into()),
        _ => Value::Text(written.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_yaml_reads_them() {
        let text = |text: &str| Value::Text(text.into());
        let list = |values: &[Value]| Value::List(Arc::new(values.to_vec()));
        let cases = [
            ("true", Value::Bool(true)),
            ("no", text("no")),
            ("12", Value::Int(12)),
            ("1.50", Value::Number("1.50".into())),
            ("007", Value::Number("007".into())),
            ("99999999999999999999", Value::Number("99999999999999999999".into())),
            ("2024-01-01", text("2024-01-01")),
            ("'12'", text("12")),
            ("'it''s'", text("it's")),
            (r#""a\"b""#, text("a\"b")),
            ("[a, 'b, c', 1,]", list(&[text("a"), text("b, c"), Value::Int(1)])),
            ("[it's, b]", list(&[text("it's"), text("b")])),
            ("[]", list(&[])),
        ];
        for (written, expected) in cases {
            assert_eq!(parse(written, 0..written.len()), Ok(expected), "{written}");
        }
        for (written, range) in [("[a,,b]", 3..3), ("'a'b'", 0..5), ("[[a]]", 1..4), ("\"a", 0..2)] {
            assert_eq!(parse(written, 0..written.len()).unwrap_err().range, range, "{written}");
        }
    }
}
