//! Rows of a unit go into their table.

use super::bind;
use super::statements::Statements;
use super::stream::Shaped;
use super::tables::{quoted, signed};
use super::trouble::{Tried, refused};
use crate::fault::{Fault, Kind};
use crate::sinks::column::Column;
use crate::sinks::json_line;
use crate::sinks::written::Fraction;
use crate::sinks::{Mode, Rows, StreamPart};
use crate::state::Digest;
use rusqlite::hooks::Action;
use rusqlite::{Connection, OptionalExtension, Statement, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What SQLite says it did to rows, told by its update hook.
#[derive(Debug, Default)]
pub(super) struct Tally {
    inserted: AtomicU64,
    updated: AtomicU64,
}

impl Tally {
    pub(super) fn listen(db: &mut Connection) -> rusqlite::Result<Arc<Self>> {
        let tally = Arc::new(Self::default());
        let heard = Arc::clone(&tally);
        db.update_hook(Some(move |action: Action, _: &str, _: &str, _: i64| match action {
            Action::SQLITE_INSERT => _ = heard.inserted.fetch_add(1, Ordering::Relaxed),
            Action::SQLITE_UPDATE => _ = heard.updated.fetch_add(1, Ordering::Relaxed),
            _ => {}
        }))?;
        Ok(tally)
    }

    fn take(&self) -> (u64, u64) {
        (self.inserted.swap(0, Ordering::Relaxed), self.updated.swap(0, Ordering::Relaxed))
    }
}

/// What became of rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) deleted: u64,
}

/// Writes the rows of a part, in their order.
pub(super) fn write(
    db: &Connection,
    shaped: &mut Shaped,
    part: &StreamPart,
    tally: &Tally,
    marked_at: &str,
) -> Tried<Done> {
    let mut done = Done::default();
    if part.rows.is_empty() {
        return Ok(done);
    }
    let mut has_deleted = shaped.has_deleted;
    let (table, layout) = shaped.table(part.mode, part.generation)?;
    let statements = Statements { table: quoted(&table), layout, target: &shaped.target };
    let mut writer = Writer { db, statements, stream: shaped.row.id, marked_at, buffer: Vec::with_capacity(256) };
    for rows in &part.rows {
        if rows.deleted {
            done.deleted += writer.delete(rows, part.mode, &mut has_deleted)?;
            continue;
        }
        tally.take();
        let written = writer.put(rows, has_deleted)?;
        let (created, updated) = tally.take();
        done.created += created;
        done.updated += updated;
        done.unchanged += written.saturating_sub(created + updated);
    }
    shaped.has_deleted = has_deleted;
    Ok(done)
}

struct Writer<'a> {
    db: &'a Connection,
    statements: Statements<'a>,
    stream: i64,
    marked_at: &'a str,
    buffer: Vec<u8>,
}

impl Writer<'_> {
    /// Inserts or upserts; returns how many rows came.
    fn put(&mut self, rows: &Rows, has_deleted: bool) -> Tried<u64> {
        let (names, columns) = self.columns(rows, |_| true)?;
        let keyed = !self.statements.layout.key.is_empty();
        let sql = if keyed { self.statements.upsert(&names) } else { self.statements.append(&names) };
        let mut statement = self.db.prepare_cached(&sql)?;
        let digest = rows.partition.digest();
        let count = rows.batch.num_rows();
        for row in 0..count {
            if has_deleted && keyed && self.was_deleted_later(rows, row)? {
                continue;
            }
            let next = self.bind(&mut statement, &columns, row)?;
            self.bind_hidden(&mut statement, next, rows, row, &digest, false)?;
            statement.raw_execute()?;
        }
        Ok(count as u64)
    }

    fn bind(&mut self, statement: &mut Statement<'_>, columns: &[Column<'_>], row: usize) -> Tried<usize> {
        for (at, column) in columns.iter().enumerate() {
            bind::bind(statement, at + 1, column, row, &mut self.buffer)?;
        }
        Ok(columns.len() + 1)
    }

    fn bind_hidden(
        &self,
        statement: &mut Statement<'_>,
        mut at: usize,
        rows: &Rows,
        row: usize,
        partition: &Digest,
        deleted: bool,
    ) -> Tried<()> {
        if self.statements.layout.ordered {
            bind::position(statement, at, order(rows, row))?;
            at += 1;
        }
        if self.statements.target.tagged {
            bind::blob(statement, at, partition.bytes())?;
            statement.raw_bind_parameter(at + 1, signed(rows.pass))?;
            at += 2;
        }
        if self.statements.layout.marked {
            statement.raw_bind_parameter(at, deleted.then_some(self.marked_at))?;
        }
        Ok(())
    }

    /// Marks or removes rows; returns how many there were.
    fn delete(&mut self, rows: &Rows, mode: Mode, has_deleted: &mut bool) -> Tried<u64> {
        let target = self.statements.target;
        if target.key.is_empty() {
            return Err(broken(&target.stream, "a deletion needs a key"));
        }
        let wanted = |name: &str| target.key.iter().any(|key| key == name) || target.position.as_deref() == Some(name);
        let (names, columns) = self.columns(rows, wanted)?;
        let digest = rows.partition.digest();
        let mut count = 0;
        if self.statements.layout.marked {
            let keyed = !self.statements.layout.key.is_empty();
            let sql = if keyed { self.statements.mark(&names) } else { self.statements.append(&names) };
            let mut statement = self.db.prepare_cached(&sql)?;
            let raise = self.statements.raise(&names).filter(|_| keyed);
            let mut raise = raise.map(|sql| self.db.prepare_cached(&sql)).transpose()?;
            for row in 0..rows.batch.num_rows() {
                let next = self.bind(&mut statement, &columns, row)?;
                self.bind_hidden(&mut statement, next, rows, row, &digest, true)?;
                let marked = statement.raw_execute()?;
                count += marked as u64;
                if let Some(raise) = raise.as_mut().filter(|_| marked == 0) {
                    let next = self.bind(raise, &columns, row)?;
                    self.bind_hidden(raise, next, rows, row, &digest, true)?;
                    raise.raw_execute()?;
                }
            }
            return Ok(count);
        }
        let key = self.key(rows)?;
        let guarded = mode != Mode::Append && self.statements.position().is_some();
        let position = self.position_column(rows)?;
        let mut remove = self.db.prepare_cached(&self.statements.delete())?;
        let mut exists = self.db.prepare_cached(&self.statements.exists())?;
        for row in 0..rows.batch.num_rows() {
            let next = self.bind(&mut remove, &key, row)?;
            if self.statements.position().is_some() {
                match &position {
                    _ if self.statements.layout.ordered => bind::position(&mut remove, next, order(rows, row))?,
                    Some(column) => bind::bind(&mut remove, next, column, row, &mut self.buffer)?,
                    None => remove.raw_bind_parameter(next, rusqlite::types::Null)?,
                }
            }
            let removed = remove.raw_execute()?;
            count += removed as u64;
            if !guarded {
                continue;
            }
            if removed == 0 {
                self.bind(&mut exists, &key, row)?;
                if exists.raw_query().next()?.is_some() {
                    continue;
                }
            }
            self.remember(rows, row, &key, has_deleted)?;
        }
        Ok(count)
    }

    /// A key that was deleted guards itself until the run ends.
    fn remember(&self, rows: &Rows, row: usize, key: &[Column<'_>], has_deleted: &mut bool) -> Tried<()> {
        // Without a position the order of receipt counts.
        let Some(order) = order(rows, row) else { return Ok(()) };
        *has_deleted = true;
        let mut statement = self.db.prepare_cached(
            "insert into _weir_deleted(stream, key, position) values(?1, ?2, ?3)
             on conflict(stream, key) do update set position = max(position, excluded.position)",
        )?;
        statement.execute(params![self.stream, key_digest(key, row).bytes(), bind::comparable(order)])?;
        Ok(())
    }

    fn was_deleted_later(&self, rows: &Rows, row: usize) -> Tried<bool> {
        let digest = key_digest(&self.key(rows)?, row);
        let mut look = self.db.prepare_cached("select position from _weir_deleted where stream = ?1 and key = ?2")?;
        let found: Option<Vec<u8>> =
            look.query_row(params![self.stream, digest.bytes()], |row| row.get(0)).optional()?;
        let Some(deleted) = found else { return Ok(false) };
        if order(rows, row).is_some_and(|order| comparable_is_less(order, &deleted)) {
            return Ok(true);
        }
        let mut forget = self.db.prepare_cached("delete from _weir_deleted where stream = ?1 and key = ?2")?;
        forget.execute(params![self.stream, digest.bytes()])?;
        Ok(false)
    }

    fn key<'b>(&self, rows: &'b Rows) -> Tried<Vec<Column<'b>>> {
        let mut columns = Vec::new();
        for name in &self.statements.target.key {
            columns.push(self.column(rows, name)?);
        }
        Ok(columns)
    }

    fn position_column<'b>(&self, rows: &'b Rows) -> Tried<Option<Column<'b>>> {
        let Some(name) = &self.statements.target.position else { return Ok(None) };
        let there = rows.batch.schema_ref().index_of(name).is_ok();
        if there { self.column(rows, name).map(Some) } else { Ok(None) }
    }

    fn column<'b>(&self, rows: &'b Rows, name: &str) -> Tried<Column<'b>> {
        let (Ok(field), Some(array)) = (rows.batch.schema_ref().field_with_name(name), rows.batch.column_by_name(name))
        else {
            return Err(broken(&self.statements.target.stream, &format!("rows arrive without column {name}")));
        };
        Column::of(field, array.as_ref()).map_err(refused)
    }

    /// Returns the columns that are wanted; a key is never null.
    fn columns<'b>(&self, rows: &'b Rows, wanted: impl Fn(&str) -> bool) -> Tried<(Vec<&'b str>, Vec<Column<'b>>)> {
        let target = self.statements.target;
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for (field, array) in rows.batch.schema_ref().fields().iter().zip(rows.batch.columns()) {
            if !wanted(field.name()) {
                continue;
            }
            if self.statements.layout.column(field.name()).is_none() {
                return Err(broken(&target.stream, &format!("the table has no column {}", field.name())));
            }
            if array.null_count() > 0 && (self.statements.layout.key.contains(field.name())) {
                return Err(broken(&target.stream, &format!("a row has no {}, which is its key", field.name())));
            }
            columns.push(Column::of(field, array.as_ref()).map_err(refused)?);
            names.push(field.name().as_str());
        }
        Ok((names, columns))
    }
}

fn order(rows: &Rows, row: usize) -> Option<i128> {
    rows.order.as_ref().and_then(|order| order.get(row).copied().flatten())
}

fn comparable_is_less(order: i128, than: &[u8]) -> bool {
    bind::comparable(order).as_slice() < than
}

fn key_digest(key: &[Column<'_>], row: usize) -> Digest {
    Digest::of(key.iter().map(|column| {
        let mut text = Vec::new();
        match column {
            Column::Text(_) | Column::Json(_) => json_line::value(column, row, &mut text),
            _ => json_line::plain(column, row, Fraction::Fixed, &mut text),
        }
        text
    }))
}

fn broken(stream: &str, what: &str) -> super::trouble::Trouble {
    refused(Fault::new(Kind::Internal, "commit", format!("stream {stream}: {what}")))
}
