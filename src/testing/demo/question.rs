//! Asks the table itself: what a receipt says is believed only if the rows say so too.

use crate::fault::{Fault, Kind};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// The table of the stream `items`.
#[derive(Debug)]
pub struct Table(Connection);

/// What the rows are, by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub rows: u64,
    /// Different ids.
    pub ids: u64,
}

impl Found {
    /// How many of so many rows are missing.
    pub fn lost(self, of: u64) -> u64 {
        of.saturating_sub(self.ids)
    }

    /// How many rows stand there more than once.
    pub fn doubled(self) -> u64 {
        self.rows - self.ids
    }
}

fn fault(error: &rusqlite::Error) -> Fault {
    Fault::new(Kind::Internal, "ask the table", error.to_string())
}

impl Table {
    /// Opens the database to be read only.
    pub fn open(database: &Path) -> Result<Self, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(database, flags).map(Self).map_err(|error| fault(&error))
    }

    pub fn found(&self) -> Result<Found, Fault> {
        let of = |row: &rusqlite::Row<'_>| Ok(Found { rows: number(row, 0)?, ids: number(row, 1)? });
        let found = self.0.query_row("SELECT count(*), count(DISTINCT id) FROM items", [], of);
        found.map_err(|error| fault(&error))
    }

    /// How many of these ids are there in a version of at least this.
    pub fn there(&self, ids: &[usize], version: u32) -> Result<u64, Fault> {
        let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let text = format!("SELECT count(*) FROM items WHERE id IN ({ids}) AND version >= {version}");
        self.0.query_row(&text, [], |row| number(row, 0)).map_err(|error| fault(&error))
    }

    /// The rows that changed last, as texts under their columns.
    pub fn newest(&self, columns: &[&str], count: usize) -> Result<Vec<Vec<String>>, Fault> {
        let text = format!(
            "SELECT {} FROM items ORDER BY updated_at DESC, version DESC, id LIMIT {count}",
            columns.join(", ")
        );
        let rows = || {
            let mut statement = self.0.prepare(&text)?;
            let row = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get_ref(at).map(shown)).collect();
            statement.query_map([], row)?.collect::<Result<Vec<Vec<String>>, _>>()
        };
        rows().map_err(|error| fault(&error))
    }
}

fn number(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get(at).map(i64::unsigned_abs)
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
