//! One table takes another's place, with the user's indexes and triggers.

use super::tables::quoted;
use super::trouble::Tried;
use rusqlite::{Connection, OptionalExtension, params};

/// Gives a table the name of another, which goes, and runs what the user had made on that again. Returns what no longer
/// fits. Readers see one table under the name at every instant: it happens within the transaction.
pub(super) fn swap(db: &Connection, from: &str, to: &str, dropped: impl FnOnce() -> Tried<()>) -> Tried<Vec<String>> {
    let mut made = db.prepare(
        "select type, name, sql from sqlite_schema where type in ('index', 'trigger') and tbl_name = ?1 collate nocase
         and sql is not null and substr(name, 1, 6) <> '_weir_' order by rowid",
    )?;
    let made: Vec<(String, String, String)> =
        made.query_map([to], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    db.execute_batch(&format!("drop table if exists {}", quoted(to)))?;
    dropped()?;
    db.execute_batch(&format!("alter table {} rename to {}", quoted(from), quoted(to)))?;
    let mut left_out = Vec::new();
    for (kind, name, sql) in made {
        db.execute_batch("savepoint again")?;
        if let Err(error) = db.execute_batch(&sql) {
            db.execute_batch("rollback to again")?;
            left_out.push(format!("the {kind} {name} no longer fits table {to} and is gone ({error})"));
        }
        db.execute_batch("release again")?;
    }
    Ok(left_out)
}

/// Says what stands under a name: `table`, `view`, or nothing.
pub(super) fn what_is(db: &Connection, name: &str) -> Tried<Option<String>> {
    let sql = "select type from sqlite_schema where type in ('table', 'view') and name = ?1 collate nocase";
    Ok(db.query_row(sql, params![name], |row| row.get(0)).optional()?)
}

pub(super) fn is_empty(db: &Connection, table: &str) -> Tried<bool> {
    let sql = format!("select 1 from {} limit 1", quoted(table));
    Ok(db.query_row(&sql, [], |_| Ok(())).optional()?.is_none())
}
