//! A stream gets its table, and its state is bound to its definition.

use super::drift::Drift;
use super::layout::Layout;
use super::stream::{Shaped, StreamRow};
use super::swap::what_is;
use super::trouble::{Tried, refused};
use crate::fault::{Fault, Kind};
use crate::sinks::{Changes, Mode, StreamTarget};
use rusqlite::{Connection, OptionalExtension, params};

/// What shaping a stream gave.
pub(super) struct Shape {
    pub(super) shaped: Shaped,
    pub(super) changes: Changes,
    pub(super) notes: Vec<String>,
}

/// Shapes a stream, within a transaction.
pub(super) fn shape(db: &Connection, connection: &str, target: &StreamTarget) -> Tried<Shape> {
    check_name(&target.table).map_err(refused)?;
    check_owner(db, connection, target)?;
    let mut row = match StreamRow::find(db, connection, &target.stream)? {
        Some(row) => row,
        None => StreamRow::create(db, connection, target)?,
    };
    if row.name != target.table {
        return Err(told(format!(
            "stream {} is kept in table {}, not in {}; name that table, or run `weir state rm` and drop it",
            target.stream, row.name, target.table
        )));
    }
    // A state that was forgotten keeps only the numbers that go on.
    let known = row.digest.is_some() && has_state(db, row.id)?;
    bind(&mut row, target, known).map_err(refused)?;
    let mut changes = Changes::default();
    let mut notes = Vec::new();
    let there = what_is(db, &row.name)?;
    if there.as_deref() == Some("view") || (there.is_some() && row.layout.is_none()) {
        let what = there.as_deref().unwrap_or("table");
        return Err(told(format!(
            "there is a {what} {} that weir did not create; choose another destination",
            row.name
        )));
    }
    if target.mode == Mode::Replace {
        // A new table takes the types of the day; what is wrong with them is told before anything is read.
        notes = Layout::of(target, None).map_err(refused)?.renamed();
        changes.created = there.is_none();
    } else if there.is_none() {
        if known && row.layout.is_some() {
            return Err(told(format!(
                "table {} is gone, but its state says what was read into it; run `weir state rm` to read it again",
                row.name
            )));
        }
        let layout = Layout::of(target, None).map_err(refused)?;
        db.execute_batch(&layout.create(&row.name))?;
        notes = layout.renamed();
        changes.created = true;
        row.layout = Some(layout);
    } else if let Some(old) = row.layout.take() {
        let new = Layout::of(target, Some(&old)).map_err(refused)?;
        let drift = Drift::between(&row.name, &old, &new).map_err(refused)?;
        changes = drift.told();
        let (layout, left_out) = drift.apply(db, &row.name, &old, &new)?;
        notes.extend(left_out);
        row.layout = Some(layout);
    }
    row.save(db)?;
    let deleted = "select 1 from _weir_deleted where stream = ?1 limit 1";
    let has_deleted = db.query_row(deleted, [row.id], |_| Ok(())).optional()?.is_some();
    Ok(Shape { shaped: Shaped { row, target: target.clone(), has_deleted }, changes, notes })
}

fn check_name(table: &str) -> Result<(), Fault> {
    let lower = table.to_ascii_lowercase();
    let wrong = if lower.starts_with("_weir_") {
        "names that begin with _weir_ are the ledger's"
    } else if lower.starts_with("sqlite_") {
        "names that begin with sqlite_ are SQLite's"
    } else if table.is_empty() || table.contains('\0') {
        "it is empty or holds a NUL"
    } else {
        return Ok(());
    };
    Err(Fault::new(Kind::Config, "shape a table", format!("a table can't be called {table:?}: {wrong}")))
}

/// Two streams never share a table, also if their names differ only in upper and lower letters.
fn check_owner(db: &Connection, connection: &str, target: &StreamTarget) -> Tried<()> {
    let other: Option<(String, String)> = db
        .query_row(
            "select connection, stream from _weir_streams where name = ?1 collate nocase
             and (connection <> ?2 or stream <> ?3)",
            params![target.table, connection, target.stream],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((connection, stream)) = other else { return Ok(()) };
    let said = format!(
        "table {} belongs to stream {stream} of connection {connection}; choose another destination for stream {}",
        target.table, target.stream
    );
    Err(told(said))
}

fn has_state(db: &Connection, id: i64) -> Tried<bool> {
    let sql = "select 1 from _weir_state where stream = ?1 and state is not null limit 1";
    Ok(db.query_row(sql, [id], |_| Ok(())).optional()?.is_some())
}

/// Binds the state to the definition; a state of another definition is not gone on with.
fn bind(row: &mut StreamRow, target: &StreamTarget, known: bool) -> Result<(), Fault> {
    if let Some(digest) = row.digest
        && digest != target.digest
        && known
    {
        return Err(crate::sinks::definition::changed(&target.stream, &row.definition, &target.definition));
    }
    row.digest = Some(target.digest);
    row.definition.clone_from(&target.definition);
    Ok(())
}

fn told(said: String) -> super::trouble::Trouble {
    refused(Fault::new(Kind::Config, "shape a table", said))
}
