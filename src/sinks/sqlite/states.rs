//! States, pending partitions and refused records, as they become durable with rows.

use super::layout::{PARTITION, PASS};
use super::stream::Shaped;
use super::tables::{quoted, signed, unsigned, written};
use super::trouble::{Tried, Trouble};
use crate::fault::{Fault, Kind};
use crate::sinks::{CommitFault, Known, StreamPart, edge_key};
use crate::state::{Digest, PartitionKey, PartitionState, PendingChange, StateChange, Version};
use rusqlite::{Connection, OptionalExtension, params};

/// Reads what is known of a partition.
pub(super) fn known(db: &Connection, stream: i64, partition: &PartitionKey) -> Tried<Known> {
    let mut look = db.prepare_cached("select version, state from _weir_state where stream = ?1 and partition = ?2")?;
    let found: Option<(i64, Option<String>)> =
        look.query_row(params![stream, partition.digest().bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((version, state)) = found else { return Ok(Known::default()) };
    Ok(Known { version: unsigned(version), state: read_state(state.as_deref())? })
}

pub(super) fn read_state(text: Option<&str>) -> Tried<Option<PartitionState>> {
    let read = |text| serde_json::from_str(text);
    text.map(read).transpose().map_err(|error| Trouble::Unreadable(format!("a row of _weir_state ({error})")))
}

/// Compares and sets the states of a part, and takes back what abandoned passes wrote. It comes before the rows: what a
/// unit brings itself is never taken back by it.
pub(super) fn change(db: &Connection, shaped: &Shaped, part: &StreamPart) -> Tried<()> {
    for change in &part.states {
        if let Some(pass) = change.discard {
            discard(db, shaped, part, change, pass)?;
        }
        set(db, shaped, &change.partition, change.expect, &change.next)?;
    }
    for edge in &part.edges {
        set(db, shaped, &edge_key(&edge.edge), edge.expect, &edge.next)?;
    }
    Ok(())
}

fn set(db: &Connection, shaped: &Shaped, key: &PartitionKey, expect: Version, next: &PartitionState) -> Tried<()> {
    let (stream, digest, state) = (shaped.row.id, key.digest(), written(next));
    let changed = if expect == 0 {
        db.prepare_cached(
            "insert into _weir_state(stream, partition, key, version, state) values(?1, ?2, ?3, 1, ?4)
             on conflict(stream, partition) do nothing",
        )?
        .execute(params![stream, digest.bytes(), key.text(), state])?
    } else {
        db.prepare_cached(
            "update _weir_state set version = version + 1, state = ?3 where stream = ?1 and partition = ?2 and version = ?4",
        )?
        .execute(params![stream, digest.bytes(), state, signed(expect)])?
    };
    if changed == 1 {
        return Ok(());
    }
    let said = format!("somebody else changed the state of stream {}, partition {key}", shaped.row.stream);
    Err(CommitFault::Conflict(Fault::new(Kind::Internal, "commit", said)).into())
}

/// Takes back what an abandoned pass wrote.
fn discard(db: &Connection, shaped: &Shaped, part: &StreamPart, change: &StateChange, pass: u64) -> Tried<()> {
    let digest = change.partition.digest();
    let (table, layout) = shaped.table(part.mode, part.generation)?;
    if layout.tagged {
        index_passes(db, &table)?;
        let sql = format!("delete from {} where {PARTITION} = ?1 and {PASS} = ?2", quoted(&table));
        db.prepare_cached(&sql)?.execute(params![digest.bytes(), signed(pass)])?;
    }
    db.prepare_cached(
        "delete from _weir_quarantine where stream = ?1 and generation = ?2 and partition = ?3 and pass = ?4",
    )?
    .execute(params![shaped.row.id, signed(part.generation), digest.bytes(), signed(pass)])?;
    Ok(())
}

/// Most tables never need it, so it is built with the first pass that begins anew.
fn index_passes(db: &Connection, table: &str) -> Tried<()> {
    let index = quoted(&format!("_weir_pass_{table}"));
    db.execute_batch(&format!("create index if not exists {index} on {}({PARTITION}, {PASS})", quoted(table)))?;
    Ok(())
}

/// Additions come first; a completion counts only for the stamp it was begun with.
pub(super) fn pend(db: &Connection, stream: i64, pending: &PendingChange) -> Tried<()> {
    for added in &pending.added {
        db.prepare_cached(
            "insert into _weir_pending(stream, partition, key, names, stamp) values(?1, ?2, ?3, ?4, ?5)
             on conflict(stream, partition) do update set names = ?4, stamp = ?5",
        )?
        .execute(params![
            stream,
            added.partition.digest().bytes(),
            added.partition.text(),
            written(&added.names),
            added.stamp.bytes()
        ])?;
    }
    for (partition, stamp) in &pending.finished {
        db.prepare_cached("delete from _weir_pending where stream = ?1 and partition = ?2 and stamp = ?3")?
            .execute(params![stream, partition.digest().bytes(), stamp.bytes()])?;
    }
    Ok(())
}

/// Keeps refused records, each once. Returns how many are new.
pub(super) fn refuse(db: &Connection, stream: i64, part: &StreamPart, run: &str, at: &str) -> Tried<u64> {
    if part.refused.is_empty() {
        return Ok(0);
    }
    let count = |db: &Connection| -> rusqlite::Result<i64> {
        db.query_row("select count(*) from _weir_quarantine where stream = ?1", [stream], |row| row.get(0))
    };
    let before = count(db)?;
    for refused in &part.refused {
        db.prepare_cached(
            "insert into _weir_quarantine(stream, generation, partition, hash, key_of, pass, run, at, page, record, field,
             reason, key, raw) values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             on conflict(stream, generation, partition, hash) do update set pass = ?6, run = ?7, at = ?8, page = ?9,
             record = ?10, field = ?11, reason = ?12, key = ?13",
        )?
        .execute(params![
            stream,
            signed(part.generation),
            refused.partition.digest().bytes(),
            Digest::of([&refused.raw]).bytes(),
            refused.partition.text(),
            signed(refused.pass),
            run,
            at,
            signed(refused.page),
            signed(refused.record),
            refused.column,
            refused.reason,
            refused.key,
            &refused.raw[..],
        ])?;
    }
    Ok(unsigned(count(db)? - before))
}
