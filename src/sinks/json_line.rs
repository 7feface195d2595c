//! Rows as JSON lines, straight from Arrow: no value in between.
//!
//! Integers and numbers are JSON numbers with all digits; a decimal is a *string*, so that no reader passes it through a
//! float; moments are RFC 3339; bytes are base64; a JSON column stands as it came. The line of a stream without types is
//! its `record` byte for byte, but for line breaks between its tokens, which would end the line.

use super::StreamTarget;
use super::column::Column;
use super::written::{self, Fraction};
use crate::fault::Fault;
use arrow_array::{Array, RecordBatch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Writes the rows of one batch.
pub(super) struct Lines<'a> {
    /// The text before each value, and the column.
    columns: Vec<(Vec<u8>, Column<'a>)>,
    record: Option<&'a arrow_array::StringArray>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(target: &StreamTarget, batch: &'a RecordBatch) -> Result<Self, Fault> {
        let schema = batch.schema_ref();
        let mut record = None;
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            let column = Column::of(field, array.as_ref())?;
            if let Column::Text(text) | Column::Json(text) = &column
                && target.untyped
                && field.name() == "record"
            {
                record = Some(*text);
            }
            columns.push((member(field.name()), column));
        }
        Ok(Self { columns, record })
    }

    /// Keeps only some columns, by name.
    #[must_use]
    pub(super) fn only(mut self, batch: &RecordBatch, keep: impl Fn(&str) -> bool) -> Self {
        let schema = batch.schema();
        let mut at = 0;
        self.columns.retain(|_| {
            at += 1;
            keep(schema.field(at - 1).name())
        });
        self.record = None;
        self
    }

    /// Appends a row, with its line end.
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>) {
        if let Some(record) = self.record.filter(|record| record.is_valid(row)) {
            one_line(record.value(row), out);
        } else {
            self.object(row, out);
            out.push(b'}');
        }
        out.push(b'\n');
    }

    /// Appends a deletion: the columns of the row, and when it was marked.
    pub(super) fn write_deleted(&self, row: usize, at: jiff::Timestamp, out: &mut Vec<u8>) {
        self.object(row, out);
        if !self.columns.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(format!("\"_deleted_at\":\"{at}\"}}\n").as_bytes());
    }

    fn object(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, (name, column)) in self.columns.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name);
            value(column, row, out);
        }
    }
}

fn member(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 3);
    quoted(name, &mut out);
    out.push(b':');
    out
}

/// Appends a value as JSON.
pub(super) fn value(column: &Column<'_>, row: usize, out: &mut Vec<u8>) {
    if column.is_null(row) {
        return out.extend_from_slice(b"null");
    }
    match column {
        Column::Integer(array) => written::integer(array.value(row), out),
        Column::Number(array) => number(array.value(row), out),
        Column::Boolean(array) => out.extend_from_slice(if array.value(row) { b"true" } else { b"false" }),
        Column::Text(array) => quoted(array.value(row), out),
        Column::Json(array) => one_line(array.value(row), out),
        Column::Bytes(array) => {
            out.push(b'"');
            out.extend_from_slice(STANDARD.encode(array.value(row)).as_bytes());
            out.push(b'"');
        }
        Column::List(array, of) => {
            let offsets = array.value_offsets();
            let at = |index: usize| usize::try_from(offsets[index]).unwrap_or(0);
            out.push(b'[');
            for (nth, element) in (at(row)..at(row + 1)).enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                value(of, element, out);
            }
            out.push(b']');
        }
        moment_or_decimal => {
            out.push(b'"');
            plain(moment_or_decimal, row, Fraction::Short, out);
            out.push(b'"');
        }
    }
}

/// Appends a date, time, timestamp or decimal as it is written in any text.
pub(super) fn plain(column: &Column<'_>, row: usize, fraction: Fraction, out: &mut Vec<u8>) {
    match column {
        Column::Decimal(array) => written::decimal(array.value(row), array.scale(), out),
        Column::LongDecimal(array) => written::long_decimal(array.value(row), array.scale(), out),
        Column::Date(array) => written::date(array.value(row).into(), out),
        Column::Time(array) => written::time(array.value(row), fraction, out),
        Column::Timestamp(array) => written::instant(array.value(row), 6, fraction, out),
        Column::TimestampNs(array) => written::instant(array.value(row), 9, fraction, out),
        _ => value(column, row, out),
    }
}

fn number(number: f64, out: &mut Vec<u8>) {
    // What is no number has no JSON; serde writes null for it.
    serde_json::to_writer(out, &number).expect("memory takes what is written");
}

/// Appends JSON text; between its tokens a line break is a blank, within a string it can't stand.
fn one_line(text: &str, out: &mut Vec<u8>) {
    let from = out.len();
    out.extend_from_slice(text.as_bytes());
    if text.as_bytes().contains(&b'\n') || text.as_bytes().contains(&b'\r') {
        for byte in &mut out[from..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
}

const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut at = 0;
    while at < 0x20 {
        plain[at] = false;
        at += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain
};

/// Appends a text as a JSON string.
pub(super) fn quoted(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| !PLAIN[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
