//! JSON and CSV: canonical, digits kept.

use super::{Function, Given};
use crate::data::{Value, json};
use crate::expr::types::Types;
use crate::expr::{instant, write};
use std::fmt::Write as _;
use std::sync::Arc;

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
            let broken = |flaw: json::Flaw| match flaw.what {
                json::What::Depth => format!("this JSON is nested deeper than {}", json::DEEPEST),
                json::What::Twice => format!("this text is no JSON: {} (byte {})", flaw.told(given.text()), flaw.at),
                _ => format!("this text is no JSON (byte {})", flaw.at),
            };
            json::read(given.text()).map_err(broken)
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
    let how = json::Writing { sorted: false, most: write::LONGEST, time: instant::text };
    let mut out = String::new();
    json::write(value, &how, &mut out)?;
    Ok(out)
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
