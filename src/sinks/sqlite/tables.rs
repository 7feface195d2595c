//! The tables of the ledger, and what opening does with them.

use super::trouble::{Tried, Trouble, refused};
use crate::event::{Outcome, Receipt};
use crate::fault::{Fault, Kind};
use crate::sinks::{CommitFault, Fence};
use rusqlite::{Connection, OptionalExtension, params};

/// The version of these tables.
const FORMAT: i64 = 1;

const TABLES: &str = "
create table if not exists _weir_lock(one integer primary key check(one = 1), format integer not null, states integer not null,
  fence integer not null, pid integer, run text, connection text) strict;
create table if not exists _weir_commits(seq integer primary key, fence integer not null, run text) strict;
create table if not exists _weir_runs(id integer primary key, run text not null unique, connection text not null,
  receipt text not null) strict;
create table if not exists _weir_streams(id integer primary key, connection text not null, stream text not null,
  name text not null, digest blob, definition text not null, layout text, generation integer not null default 0,
  last integer not null default 0, building integer, since text, begun_by integer, building_layout text,
  unique(connection, stream)) strict;
create table if not exists _weir_state(id integer primary key, stream integer not null, partition blob not null,
  key text not null, version integer not null, state text, unique(stream, partition)) strict;
create table if not exists _weir_pending(id integer primary key, stream integer not null, partition blob not null,
  key text not null, names text not null, stamp blob not null, unique(stream, partition)) strict;
create table if not exists _weir_quarantine(id integer primary key, stream integer not null, generation integer not null,
  partition blob not null, hash blob not null, key_of text not null, pass integer not null, run text not null,
  at text not null, page integer not null, record integer not null, field text, reason text not null, key text,
  raw blob not null, unique(stream, generation, partition, hash)) strict;
create table if not exists _weir_deleted(id integer primary key, stream integer not null, key blob not null,
  position blob not null, unique(stream, key)) strict;
";

const LEDGER: [&str; 8] = [
    "_weir_lock",
    "_weir_commits",
    "_weir_runs",
    "_weir_streams",
    "_weir_state",
    "_weir_pending",
    "_weir_quarantine",
    "_weir_deleted",
];

/// So many commits and receipts are remembered.
const REMEMBERED: i64 = 10_000;
const RECEIPTS: i64 = 1000;

/// SQLite's integers are signed.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Says whether there is a ledger, and refuses one that a newer Weir wrote.
pub(super) fn check_format(db: &Connection, place: &str) -> Tried<bool> {
    let there = "select 1 from sqlite_schema where type = 'table' and name = '_weir_lock'";
    if db.query_row(there, [], |_| Ok(())).optional()?.is_none() {
        return Ok(false);
    }
    let kept: Option<(i64, i64)> = db
        .query_row("select format, states from _weir_lock", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(|error| Trouble::Unreadable(format!("the table _weir_lock ({error})")))?;
    let Some((format, states)) = kept else {
        return Err(Trouble::Unreadable("the table _weir_lock, which is empty,".into()));
    };
    if format > FORMAT || states > i64::from(crate::state::FORMAT) {
        let said = format!("{place} was written by a newer version of weir (format {format}); use that version");
        return Err(refused(Fault::new(Kind::Destination, "read the ledger", said)));
    }
    Ok(true)
}

/// Creates what is not there and takes the next fence, within a transaction.
pub(super) fn take(db: &Connection, pid: u32, run: &str, connection: &str) -> Tried<Fence> {
    db.execute_batch(TABLES)?;
    let fence: i64 = db.query_row(
        "insert into _weir_lock(one, format, states, fence, pid, run, connection) values(1, ?1, ?2, 1, ?3, ?4, ?5)
         on conflict(one) do update set format = ?1, states = ?2, fence = fence + 1, pid = ?3, run = ?4, connection = ?5
         returning fence",
        params![FORMAT, i64::from(crate::state::FORMAT), pid, run, connection],
        |row| row.get(0),
    )?;
    db.execute("delete from _weir_commits where seq <= (select max(seq) from _weir_commits) - ?1", [REMEMBERED])?;
    db.execute("delete from _weir_runs where id <= (select max(id) from _weir_runs) - ?1", [RECEIPTS])?;
    // Every unit of an earlier holder has ended: there is nothing left to guard against.
    db.execute("delete from _weir_deleted", [])?;
    Ok(unsigned(fence))
}

/// Begins each transaction: nobody else may have taken the ledger.
pub(super) fn touch(db: &Connection, fence: Fence) -> Tried<()> {
    let mut own = db.prepare_cached("update _weir_lock set fence = fence where fence = ?1")?;
    if own.execute([signed(fence)])? == 1 {
        return Ok(());
    }
    let fault = Fault::new(Kind::Destination, "commit", "another run has taken over the destination");
    Err(CommitFault::Fenced(fault).into())
}

/// Drops the tables of generations that nobody lists.
pub(super) fn sweep(db: &Connection) -> Tried<()> {
    let mut listed = db.prepare(
        "select name from sqlite_schema where type = 'table' and substr(name, 1, 6) = '_weir_' and name not in
         (select '_weir_' || name || '_' || building from _weir_streams where building is not null)",
    )?;
    let unlisted: Vec<String> = listed.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for table in unlisted.iter().filter(|table| !LEDGER.contains(&table.as_str())) {
        db.execute_batch(&format!("drop table {}", quoted(table)))?;
    }
    Ok(())
}

/// Marks the receipts of runs that had no end, and returns the newest of this connection.
pub(super) fn interrupt(db: &Connection, connection: &str) -> Tried<Option<Receipt>> {
    let mut open =
        db.prepare("select id, connection, receipt from _weir_runs where receipt like '%\"running\"%' order by id")?;
    let kept: Vec<(i64, String, String)> =
        open.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    let mut newest = None;
    for (id, of, text) in kept {
        let mut receipt = read_receipt(&text)?;
        if receipt.outcome != Outcome::Running {
            continue;
        }
        receipt.outcome = Outcome::Interrupted;
        db.execute("update _weir_runs set receipt = ?2 where id = ?1", params![id, written(&receipt)])?;
        if of == connection {
            newest = Some(receipt);
        }
    }
    Ok(newest)
}

pub(super) fn keep_receipt(db: &Connection, connection: &str, receipt: &Receipt) -> Tried<()> {
    db.execute(
        "insert into _weir_runs(run, connection, receipt) values(?1, ?2, ?3) on conflict(run) do update set receipt = ?3",
        params![receipt.run, connection, written(receipt)],
    )?;
    Ok(())
}

pub(super) fn read_receipt(text: &str) -> Tried<Receipt> {
    serde_json::from_str(text).map_err(|error| Trouble::Unreadable(format!("a receipt ({error})")))
}

pub(super) fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data has a JSON form")
}

/// Quotes an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
