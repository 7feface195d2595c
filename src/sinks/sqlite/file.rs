//! The database file: created by us before SQLite opens it, and never touched but through SQLite after that.

use super::trouble::{Tried, Trouble, refused, unreadable};
use crate::fault::{Fault, Kind};
use crate::sinks::lock::Lock;
use crate::sinks::private;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long another program may hold the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// Creates the file if it is not there, readable for its owner alone: SQLite gives its helpers the same mode.
pub(super) fn create(path: &Path, place: &str, lock: &Lock) -> Result<(), Fault> {
    match std::fs::metadata(path) {
        // Whoever removes the file begins anew; a file that lost its content is something else.
        Ok(found) if found.len() == 0 && lock.is_marked() => Err(unreadable(place, "the file is empty")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => private::create(path)
            .and_then(|file| file.sync_all())
            .and_then(|()| private::parent(path).map_or(Ok(()), |above| private::sync_folder(&above)))
            .map_err(|error| unusable(place, error)),
        Err(error) => Err(unusable(place, error)),
    }
}

pub(super) fn unusable(place: &str, error: io::Error) -> Fault {
    Fault::new(Kind::Destination, "open the destination", format!("{place} can't be used: {error}")).caused_by(error)
}

/// Opens the database to write.
pub(super) fn connect(path: &Path) -> Tried<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(256);
    let journal: String = db.query_row("pragma journal_mode=wal", [], |row| row.get(0))?;
    if !journal.eq_ignore_ascii_case("wal") {
        let said = format!("the file system does not let SQLite write ahead (journal mode {journal}); choose another");
        return Err(refused(Fault::new(Kind::Destination, "open the destination", said)));
    }
    // The swap of a generation needs the last two; they can't be set within a transaction.
    db.execute_batch(
        "pragma synchronous=full; pragma cache_size=-8192; pragma wal_autocheckpoint=0;
         pragma foreign_keys=off; pragma legacy_alter_table=on",
    )?;
    Ok(db)
}

/// Opens the database to look into it: to write if that is allowed, else to read.
pub(super) fn look_into(path: &Path) -> Tried<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let usable = |how| -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(path, flags | how)?;
        db.busy_timeout(PATIENCE)?;
        db.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
        Ok(db)
    };
    usable(OpenFlags::SQLITE_OPEN_READ_WRITE)
        .or_else(|_| usable(OpenFlags::SQLITE_OPEN_READ_ONLY))
        .map_err(Trouble::Sqlite)
}

/// The write-ahead log: its length is what has not come back to the database.
pub(super) struct Wal {
    path: std::path::PathBuf,
    next: u64,
}

impl Wal {
    const STEP: u64 = 64 << 20;
    const READERS: Duration = Duration::from_millis(250);

    pub(super) fn of(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Self { path: name.into(), next: Self::STEP }
    }

    /// Brings it back when it has grown by so much; a reader that stays in the way is tried again after as much more.
    pub(super) fn bring_back(&mut self, db: &Connection) {
        let length = || std::fs::metadata(&self.path).map_or(0, |found| found.len());
        if length() < self.next {
            return;
        }
        // What a checkpoint could not do is no failure of the commit before it.
        _ = db.busy_timeout(Self::READERS);
        _ = db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
        _ = db.busy_timeout(PATIENCE);
        self.next = length() + Self::STEP;
    }
}
