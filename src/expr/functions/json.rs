//! JSON and CSV: canonical, digits kept.

use super::number::number;
use super::{Function, Given};
use crate::data::{Map, Value};
use crate::expr::types::Types;
use crate::expr::write;
use std::fmt::Write as _;
use std::sync::Arc;

/// How deep JSON in a text may be nested.
const DEEPEST: usize = 128;

pub(super) const ALL: &[Function] = &[
    Function::filter(
        "json",
        "The value as JSON text without white space; absent is `null`.",
        Types::ANY,
        Types::TEXT,
        |given| canonical(given.input).map(|text| Value::Text(text.into())),
    )
    .sees_missing()
    .passes_secrets()
    .shows(&[
        ("{'a': [1.10, null, 'x']} | json", "\"{\\\"a\\\":[1.10,null,\\\"x\\\"]}\""),
        ("record.missing | json", "\"null\""),
    ]),
    Function::filter(
        "from_json",
        "A JSON text as a value; numbers keep their digits.",
        Types::TEXT,
        Types::ANY,
        |given| {
            let mut reader = Reader { bytes: given.text().as_bytes(), text: given.text(), at: 0 };
            let value = reader.value(0)?;
            reader.space();
            if reader.at == reader.bytes.len() { Ok(value) } else { Err(reader.broken()) }
        },
    )
    .shows(&[("'{\"a\": [1.10]}' | from_json", "{\"a\":[1.10]}")]),
    Function::filter(
        "csv",
        "A list as a line of CSV; lists of lists or maps as several, maps with a header.",
        Types::LIST,
        Types::TEXT,
        csv,
    )
    .shows(&[("['a', 'b,c', 1] | csv", "\"a,\\\"b,c\\\",1\""), ("[{'a': 1, 'b': 2}] | csv", "\"a,b\\n1,2\"")]),
];

/// Writes JSON without white space, members in their order.
pub(super) fn canonical(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    append(value, &mut out, 0)?;
    Ok(out)
}

fn append(value: &Value, out: &mut String, depth: usize) -> Result<(), String> {
    if depth > 2 * DEEPEST {
        return Err("the value is nested too deep".to_owned());
    }
    match value {
        Value::Absent | Value::Null => out.push_str("null"),
        Value::Text(text) => quote(text, out),
        Value::Time(_) => {
            let mut text = String::new();
            write::scalar(value, &mut text)?;
            quote(&text, out);
        }
        Value::Bool(_) | Value::Int(_) | Value::Number(_) => write::scalar(value, out)?,
        Value::List(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                append(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                append(value, out, depth + 1)?;
            }
            out.push('}');
        }
    }
    write::bounded(out.len())
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

/// Appends what stands between the quotes of a JSON text.
pub(super) fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => _ = write!(out, "\\u{:04x}", u32::from(control)),
            other => out.push(other),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn broken(&self) -> String {
        format!("this text is no JSON (byte {})", self.at)
    }

    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("this JSON is nested deeper than {DEEPEST}"));
        }
        self.space();
        for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        match self.bytes.get(self.at) {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'[') => self.list(depth),
            Some(b'{') => self.map(depth),
            Some(b'-' | b'0'..=b'9') => {
                let start = self.at;
                let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
                while self.bytes.get(self.at).is_some_and(part) {
                    self.at += 1;
                }
                number(&self.text[start..self.at]).ok_or_else(|| self.broken())
            }
            _ => Err(self.broken()),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut list = Vec::new();
        if self.eat(b']') {
            return Ok(Value::List(Arc::new(list)));
        }
        loop {
            list.push(self.value(depth + 1)?);
            if self.eat(b']') {
                return Ok(Value::List(Arc::new(list)));
            }
            if !self.eat(b',') {
                return Err(self.broken());
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut map = Map::new();
        if self.eat(b'}') {
            return Ok(Value::Map(Arc::new(map)));
        }
        loop {
            self.space();
            let key = self.string()?;
            if !self.eat(b':') {
                return Err(self.broken());
            }
            map.push((key, self.value(depth + 1)?));
            if self.eat(b'}') {
                return Ok(Value::Map(Arc::new(map)));
            }
            if !self.eat(b',') {
                return Err(self.broken());
            }
        }
    }

    /// Finds the end of a string and lets `serde_json` read its escapes.
    fn string(&mut self) -> Result<Arc<str>, String> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.broken());
        }
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(self.broken()),
            }
        }
        self.at += 1;
        let written = self.text.get(start..self.at).ok_or_else(|| self.broken())?;
        serde_json::from_str::<String>(written).map(Into::into).map_err(|_| self.broken())
    }
}

fn csv(given: &Given<'_>) -> Result<Value, String> {
    let Value::List(rows) = given.input else { return Ok(Value::Absent) };
    let mut out = String::new();
    match rows.first() {
        Some(Value::Map(first)) => {
            line(first.iter().map(|(key, _)| Value::Text(Arc::clone(key))), &mut out)?;
            for row in rows.iter() {
                out.push('\n');
                line(first.iter().map(|(key, _)| row.member(key).clone()), &mut out)?;
            }
        }
        Some(Value::List(_)) => {
            for (at, row) in rows.iter().enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                let Value::List(cells) = row else { return Err("a row is no list".to_owned()) };
                line(cells.iter().cloned(), &mut out)?;
            }
        }
        _ => line(rows.iter().cloned(), &mut out)?,
    }
    Ok(Value::Text(out.into()))
}

fn line(cells: impl Iterator<Item = Value>, out: &mut String) -> Result<(), String> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        let mut text = String::new();
        match &cell {
            Value::Absent | Value::Null => {}
            Value::List(_) | Value::Map(_) => text = canonical(&cell)?,
            _ => write::scalar(&cell, &mut text)?,
        }
        if text.contains([',', '"', '\n', '\r']) {
            let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
        } else {
            out.push_str(&text);
        }
        write::bounded(out.len())?;
    }
    Ok(())
}
