//! A page at its end: rows that are bad or left out go, what stays becomes batches.

use super::form::Form;
use super::row::{Fate, Rows};
use super::{Order, PageRows, RefusedRow, RowReader, absent, keys, positions};
use crate::data::batch::value_at;
use crate::data::json::{self, Scanner, Wanted};
use crate::data::{Map, Value};
use crate::fault::{Fault, Kind};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use arrow_select::filter::FilterBuilder;
use bytes::Bytes;
use std::sync::Arc;

/// So much of a refused record is kept.
const RAW: usize = 1 << 20;

/// Makes the batches of a page.
pub(super) fn finish(reader: &RowReader, mut rows: Rows<'_>, envelope: Value) -> Result<PageRows, Fault> {
    let form = rows.form;
    let extracted = rows.fates.len();
    let columns: Vec<ArrayRef> = std::mem::take(&mut rows.cells.columns).into_iter().map(|one| one.finish()).collect();
    let places = match form.position {
        Some(at) => positions::find(&mut rows, &columns[at]),
        None => positions::Places::default(),
    };
    let is = |fate: &Fate| rows.fates.iter().map(|known| known == fate).collect::<Vec<bool>>();
    let (kept, gone) = (is(&Fate::Kept), is(&Fate::Deleted));
    let order = |chosen: &[bool]| -> Option<Order> {
        form.position?;
        Some(places.orders.iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|(order, _)| *order).collect())
    };
    let live = chosen(&columns, &kept)?;
    let batch = batch(form, &form.schema, &live, count(&kept))?;
    let mut bytes = batch.get_array_memory_size();
    let mut deleted = Vec::new();
    if gone.contains(&true) {
        let dead = chosen(&columns, &gone)?;
        let batch = self::batch(form, &form.gone, &dead, count(&gone))?;
        bytes += batch.get_array_memory_size();
        deleted.push((batch, order(&gone)));
    }
    let key_columns: Vec<ArrayRef> = form.key.iter().map(|at| Arc::clone(&live[*at])).collect();
    let hashes = rows.hashes.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(hash, _)| *hash).collect();
    let gone_hashes = rows.hashes.iter().zip(&gone).filter(|(_, gone)| **gone).map(|(hash, _)| *hash).collect();
    let rows_kept = count(&kept);
    let end = |at: Option<usize>| at.filter(|_| reader.needs.ends).map(|at| record(&rows, at));
    Ok(PageRows {
        batches: if rows_kept > 0 { vec![(batch, order(&kept))] } else { Vec::new() },
        deleted,
        refused: refused(&rows, &columns),
        seen_max: places.seen_max,
        null_positions: places.missing,
        positions: places.there,
        all_older: places.all_older,
        envelope,
        list: list(&rows, &reader.needs.list),
        extracted: extracted as u64,
        kept: (rows_kept + count(&gone)) as u64,
        first: end((extracted > 0).then_some(0)),
        last: end(extracted.checked_sub(1)),
        records: rows.all.digest(),
        keys: keys::hashes(form, &key_columns, rows_kept),
        hashes,
        gone_hashes,
        parents: if form.extras.parents { parents(&rows, &live, &kept) } else { Vec::new() },
        bytes: bytes as u64,
        notes: absent::notes(&rows),
    })
}

fn count(chosen: &[bool]) -> usize {
    chosen.iter().filter(|chosen| **chosen).count()
}

/// Leaves the rows out that are not chosen.
fn chosen(columns: &[ArrayRef], rows: &[bool]) -> Result<Vec<ArrayRef>, Fault> {
    if !rows.contains(&false) {
        return Ok(columns.to_vec());
    }
    let filter = FilterBuilder::new(&BooleanArray::from(rows.to_vec())).optimize().build();
    columns.iter().map(|column| filter.filter(column).map_err(internal)).collect()
}

fn batch(form: &Form, schema: &SchemaRef, columns: &[ArrayRef], rows: usize) -> Result<RecordBatch, Fault> {
    let columns = form.emitted.iter().map(|at| Arc::clone(&columns[*at])).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(internal)
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::new(Kind::Internal, "build a batch", format!("the columns do not fit their schema: {error}"))
        .caused_by(error)
}

fn refused(rows: &Rows<'_>, columns: &[ArrayRef]) -> Vec<RefusedRow> {
    let mut all = Vec::new();
    for (row, fate) in rows.fates.iter().enumerate() {
        let Fate::Refused { column, reason } = fate else { continue };
        let (from, to) = rows.spans[row];
        let raw = rows.page.original(from, to);
        all.push(RefusedRow {
            record: row as u64,
            column: column.map(|at| rows.form.columns[at].name.clone()),
            reason: reason.clone(),
            key: keys::shown(rows.form, columns, row),
            raw: Bytes::copy_from_slice(raw.get(..RAW).unwrap_or(raw)),
        });
    }
    all
}

/// Returns a raw record; null if it is none.
fn record(rows: &Rows<'_>, at: usize) -> Value {
    let (from, to) = rows.spans[at];
    json::read(&rows.page.text[from..to]).unwrap_or(Value::Null)
}

/// Returns what of the list of records is wanted.
fn list(rows: &Rows<'_>, wanted: &Wanted) -> Value {
    if wanted.is_nothing() {
        return Value::Absent;
    }
    let length = rows.spans.len();
    let items = rows.spans.iter().enumerate().map(|(at, (from, to))| match wanted.at(at, length) {
        Some(wanted) => {
            let mut scan = Scanner::from(&rows.page.text[..*to], *from);
            wanted.read(&mut scan).unwrap_or(Value::Null)
        }
        None => Value::Null,
    });
    Value::List(Arc::new(items.collect()))
}

/// Returns rows as their children see them (SEMANTICS rule 32).
fn parents(rows: &Rows<'_>, columns: &[ArrayRef], chosen: &[bool]) -> Vec<Value> {
    let form = rows.form;
    let raw: Vec<usize> = if form.untyped {
        chosen.iter().enumerate().filter(|(_, chosen)| **chosen).map(|(row, _)| row).collect()
    } else {
        Vec::new()
    };
    let names: Vec<Arc<str>> = form.columns.iter().map(|column| column.name.as_str().into()).collect();
    (0..count(chosen))
        .map(|row| {
            let column =
                |(at, name): (usize, &Arc<str>)| (Arc::clone(name), value_at(&columns[at], &form.columns[at].of, row));
            let mut members: Map = Map::new();
            if !form.untyped {
                members = names.iter().enumerate().map(column).collect();
            } else if form.steps.is_empty() {
                if let Value::Map(all) = record(rows, raw[row]) {
                    members = all.to_vec();
                }
            } else if let Some(at) = names.iter().position(|name| **name == *"record")
                && let Value::Map(all) = value_at(&columns[at], &form.columns[at].of, row)
            {
                members = all.to_vec();
            }
            if form.untyped {
                for at in &form.key {
                    let (name, value) = column((*at, &names[*at]));
                    members.retain(|(known, _)| *known != name);
                    members.push((name, value));
                }
            }
            Value::Map(Arc::new(members))
        })
        .collect()
}
