//! Streams of small manifests, documents in, rows out.

mod faults;
mod framed;
mod made;
mod pages;
mod same;
mod steps;

use super::{Around, PageRows, Positions, RowReader, Wants};
use crate::components::decode::{Documents, Surroundings};
use crate::data::batch::value_at;
use crate::data::json::{Writing, write};
use crate::data::{Type, Value};
use crate::diagnostic::{Report, render};
use crate::expr::{Root, Slots};
use crate::fault::Fault;
use crate::http::Headers;
use crate::plan::{BoundStream, Columns, Given, Options, bind, load_text};
use crate::state::Mark;
use crate::text::Sources;
use arrow_array::{Array as _, RecordBatch};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;

/// Binds the stream `rows` of a manifest that has nothing else.
pub(super) fn stream(settings: &str) -> BoundStream {
    let request = if settings.contains("generate:") { "" } else { "request: GET /rows, " };
    let text = format!(
        "connector: t\nbase: https://t.example\nparams: {{ limit: integer = 3 }}\nstreams:\n  rows: {{ {request}{settings} }}\n"
    );
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let loaded = load_text(Path::new("t.yaml"), text.as_bytes(), &mut sources, &mut report, &Options::default());
    assert!(!report.has_errors(), "{}", render::text(&report.sorted(), &sources, false));
    let plan = Arc::new(loaded.plan.unwrap());
    let bound = bind(&plan, &Given::default(), &mut sources, &mut report, &Options::default());
    let bound = bound.unwrap_or_else(|| panic!("{}", render::text(&report.sorted(), &sources, false)));
    bound.streams["rows"].clone()
}

/// Positions written as whole numbers in texts.
struct Numbers;

impl Positions for Numbers {
    fn mark(&self, value: &Value) -> Result<Option<Mark>, Fault> {
        let number = match value {
            Value::Null | Value::Absent => return Ok(None),
            Value::Int(number) => Some(*number),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        let unfit = || Fault::new(crate::fault::Kind::Data, "read a position", "it is no whole number");
        number.map(|number| Some(Mark { order: i128::from(number), text: value.clone() })).ok_or_else(unfit)
    }
}

pub(super) fn scope() -> Slots {
    let limit = Value::Map(Arc::new(vec![("limit".into(), Value::Int(3))]));
    Slots::new(vec![(Root::PARAMS, limit)], jiff::Timestamp::UNIX_EPOCH)
}

/// Reads documents as a first page, from a start if there is one.
pub(super) fn read_from(reader: &RowReader, documents: &Documents, start: Option<&Mark>) -> Result<PageRows, Fault> {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-kind", "test".parse().unwrap());
    let (headers, scope) = (Headers::new(headers), scope());
    reader.read(documents, &around(&scope, &headers, start))
}

pub(super) fn around<'a>(scope: &'a Slots, headers: &'a Headers, start: Option<&'a Mark>) -> Around<'a> {
    Around { scope, status: 200, headers, start, positions: Some(&Numbers), first_page: true, before: None }
}

pub(super) fn read_text(stream: &BoundStream, wants: &Wants<'_>, body: &[u8]) -> Result<PageRows, Fault> {
    let reader = RowReader::new(stream, wants)?;
    let (headers, scope) = (Headers::default(), scope());
    let around = Surroundings { headers: &headers, scope: &scope, most: 64 << 20 };
    let documents = reader.decode(Bytes::copy_from_slice(body), &around)?;
    read_from(&reader, &documents, None)
}

fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &Writing::default(), &mut out).unwrap();
    out
}

/// Shows a batch: a line of JSON values a row.
pub(super) fn show(stream: &BoundStream, batch: &RecordBatch) -> String {
    let typed = match &stream.columns {
        Columns::Typed(columns) => columns.as_slice(),
        _ => &[],
    };
    let schema = batch.schema();
    let types: Vec<Type> = schema
        .fields()
        .iter()
        .map(|field| match typed.iter().find(|column| column.name == *field.name()) {
            Some(column) => column.of.clone(),
            None if field.metadata().is_empty() => Type::String,
            None => Type::Json,
        })
        .collect();
    let cell = |column: usize, row: usize| {
        let array = batch.column(column);
        // The text itself: a record is compared byte by byte.
        if types[column] == Type::Json && !array.is_null(row) {
            return arrow_array::cast::AsArray::as_string::<i32>(array).value(row).to_owned();
        }
        json(&value_at(array, &types[column], row))
    };
    let line = |row: usize| (0..types.len()).map(|column| cell(column, row)).collect::<Vec<_>>().join(" ") + "\n";
    (0..batch.num_rows()).map(line).collect()
}

/// Shows a page: rows, rows that are gone, refused ones, notes.
pub(super) fn shown(stream: &BoundStream, page: &PageRows) -> String {
    let mut out = page.batches.iter().map(|(batch, _)| show(stream, batch)).collect::<String>();
    for (gone, _) in &page.deleted {
        show(stream, gone).lines().for_each(|line| out.push_str(&format!("gone {line}\n")));
    }
    for refused in &page.refused {
        let column = refused.column.as_deref().unwrap_or("-");
        let key = refused.key.as_deref().unwrap_or("-");
        out.push_str(&format!("refused {} {column} {key}: {}\n", refused.record, refused.reason));
    }
    page.notes.iter().for_each(|note| out.push_str(&format!("note {}\n", note.text)));
    out
}

pub(super) fn check(settings: &str, body: &str, expected: &str) {
    let stream = stream(settings);
    let found = match read_text(&stream, &Wants::default(), body.as_bytes()) {
        Ok(page) => shown(&stream, &page),
        Err(fault) => format!("fault: {fault}\n"),
    };
    let expected: String = expected.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
    assert_eq!(found, expected, "\n{settings}\n{body}");
}
