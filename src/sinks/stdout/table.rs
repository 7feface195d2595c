//! Rows for people: aligned, as wide as the terminal, with the types in the heading.

use crate::diagnostic::clean;
use crate::fault::Fault;
use crate::sinks::column::{Column, ColumnKind};
use crate::sinks::json_line::{plain, value};
use crate::sinks::written::Fraction;
use arrow_array::RecordBatch;

/// No column is cut below this many characters, and none is wider than that.
const LEAST: usize = 6;
const MOST: usize = 60;
const GAP: usize = 2;

/// The columns as the first rows made them: later rows keep to them.
pub(super) struct Table {
    widths: Vec<usize>,
    right: Vec<bool>,
}

impl Table {
    /// Lays out a table by its first rows, and writes its heading.
    pub(super) fn begin(batch: &RecordBatch, width: Option<usize>, out: &mut Vec<u8>) -> Result<Self, Fault> {
        let schema = batch.schema_ref();
        let mut heads = Vec::new();
        let (mut widths, mut right) = (Vec::new(), Vec::new());
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            let kind = ColumnKind::of(field)?;
            let column = Column::of(field, array.as_ref())?;
            let head = (clean(field.name()), kind.to_string());
            let longest = (0..batch.num_rows()).map(|row| length(&cell(&column, row))).max().unwrap_or(0);
            widths.push(longest.max(length(&head.0)).max(length(&head.1)).min(MOST));
            right.push(matches!(kind, ColumnKind::Integer | ColumnKind::Number | ColumnKind::Decimal { .. }));
            heads.push(head);
        }
        let all = widths.len();
        if let Some(width) = width {
            fit(&mut widths, width);
        }
        let table = Self { widths, right };
        let shown = table.widths.len();
        table.line(heads.iter().map(|(name, _)| name.clone()), out);
        table.line(heads.iter().map(|(_, kind)| kind.clone()), out);
        table.line(table.widths.iter().map(|width| "─".repeat(*width)), out);
        if shown < all {
            let hidden: Vec<&str> = heads[shown..].iter().map(|(name, _)| name.as_str()).collect();
            let more = format!("… and {} columns more: {}", all - shown, hidden.join(", "));
            out.extend_from_slice(cut(&more, width.unwrap_or(usize::MAX)).as_bytes());
            out.push(b'\n');
        }
        Ok(table)
    }

    pub(super) fn rows(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), Fault> {
        let mut columns = Vec::new();
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            columns.push(Column::of(field, array.as_ref())?);
        }
        for row in 0..batch.num_rows() {
            self.line(columns.iter().map(|column| cell(column, row)), out);
        }
        Ok(())
    }

    fn line(&self, cells: impl Iterator<Item = String>, out: &mut Vec<u8>) {
        let mut line = String::new();
        for ((text, width), right) in cells.zip(&self.widths).zip(&self.right) {
            let text = cut(&text, *width);
            let pad = " ".repeat(width.saturating_sub(length(&text)));
            if !line.is_empty() {
                line.push_str(&" ".repeat(GAP));
            }
            line.push_str(if *right { &pad } else { &text });
            line.push_str(if *right { &text } else { &pad });
        }
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }
}

/// Cuts the widest columns first; what does not fit even so is left out at the end.
fn fit(widths: &mut Vec<usize>, width: usize) {
    while widths.len() > 1 && widths.iter().map(|own| LEAST.min(*own) + GAP).sum::<usize>() > width + GAP {
        widths.pop();
    }
    let needed = |widths: &[usize]| widths.iter().map(|own| own + GAP).sum::<usize>().saturating_sub(GAP);
    while needed(widths) > width {
        let Some(widest) = widths.iter_mut().max_by_key(|own| **own).filter(|own| **own > LEAST) else { break };
        *widest -= 1;
    }
}

/// A cell on one line, without anything that a terminal obeys.
fn cell(column: &Column<'_>, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column {
        Column::Text(array) | Column::Json(array) => shown(array.value(row)),
        Column::Bytes(_) | Column::List(..) => {
            let mut text = Vec::new();
            value(column, row, &mut text);
            shown(&String::from_utf8_lossy(&text))
        }
        _ => {
            let mut text = Vec::new();
            plain(column, row, Fraction::Short, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}

fn shown(text: &str) -> String {
    let end = text.char_indices().nth(MOST + 1).map_or(text.len(), |(end, _)| end);
    let mut out = String::new();
    for char in text[..end].chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            _ => out.push(char),
        }
    }
    clean(&out)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
