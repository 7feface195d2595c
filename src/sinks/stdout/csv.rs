//! Rows as CSV, with a heading. Null is an empty cell, an empty text is `""`.
//!
//! A text that a spreadsheet would take for a formula begins with an apostrophe; so does one that began with an apostrophe,
//! so that taking one away gives back what was there.

use crate::fault::Fault;
use crate::sinks::column::Column;
use crate::sinks::json_line::{plain, value};
use crate::sinks::written::Fraction;
use arrow_array::{Array, RecordBatch};

pub(super) fn heading(batch: &RecordBatch, extra: Option<&str>, guard: bool, out: &mut Vec<u8>) {
    let schema = batch.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str()).chain(extra);
    for (at, name) in names.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        text(name, guard, out);
    }
    out.push(b'\n');
}

/// Appends rows; `last` is the cell of a column of ours.
pub(super) fn rows(batch: &RecordBatch, last: Option<&str>, guard: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut columns = Vec::new();
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        columns.push(Column::of(field, array.as_ref())?);
    }
    let mut buffer = Vec::new();
    for row in 0..batch.num_rows() {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            cell(column, row, guard, &mut buffer, out);
        }
        if let Some(last) = last {
            out.push(b',');
            out.extend_from_slice(last.as_bytes());
        }
        out.push(b'\n');
    }
    Ok(())
}

fn cell(column: &Column<'_>, row: usize, guard: bool, buffer: &mut Vec<u8>, out: &mut Vec<u8>) {
    match column {
        _ if column.is_null(row) => {}
        Column::Text(array) | Column::Json(array) => text(array.value(row), guard, out),
        Column::Bytes(array) => {
            use base64::Engine as _;
            let encoded = base64::engine::general_purpose::STANDARD.encode(array.value(row));
            text(&encoded, guard, out);
        }
        Column::List(array, _) if array.is_valid(row) => {
            buffer.clear();
            value(column, row, buffer);
            text(&String::from_utf8_lossy(buffer), guard, out);
        }
        _ => plain(column, row, Fraction::Short, out),
    }
}

fn text(text: &str, guard: bool, out: &mut Vec<u8>) {
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<f64>().is_ok();
    let guarded = guard && !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']);
    let quoted = text.is_empty()
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace)
        || text.contains([',', '"', '\n', '\r']);
    if quoted {
        out.push(b'"');
    }
    if guarded {
        out.push(b'\'');
    }
    if quoted {
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn cells_are_quoted_and_guarded() {
        let cases = [
            ("plain", "plain"),
            ("", "\"\""),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            ("-5", "-5"),
            ("+4.5e3", "+4.5e3"),
            ("-inf", "'-inf"),
            ("-x", "'-x"),
            ("@sum", "'@sum"),
            ("'quoted", "''quoted"),
            ("\tx", "\"'\tx\""),
        ];
        for (given, expected) in cases {
            let mut out = Vec::new();
            text(given, true, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{given}");
            let mut raw = Vec::new();
            text(given, false, &mut raw);
            assert_eq!(
                String::from_utf8(raw).unwrap(),
                expected.replacen('\'', "", usize::from(expected.contains('\'')))
            );
        }
    }
}
