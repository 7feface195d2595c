//! Replace: a new table is built beside the one that readers see, and takes its place in one step.

use super::held::{self, Held};
use super::layout::{Layout, PARTITION};
use super::stream::{BuildingRow, Shaped};
use super::swap::{is_empty, swap, what_is};
use super::tables::{self, quoted, signed};
use super::trouble::{Tried, refused};
use crate::fault::{Fault, Kind};
use crate::sinks::{Building, CommitFault, Counts, Promotion, StreamCounts, StreamTarget};
use crate::state::Generation;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

/// An unfinished generation is dropped when it is older.
const OLD: SignedDuration = SignedDuration::from_hours(24);

/// Begins the next generation, or returns the one being built if it still fits.
pub(super) fn build(held: &mut Held, target: &StreamTarget, now: Timestamp) -> Tried<Building> {
    held.failpoint.hit("replace.before_build")?;
    let fence = held.fence;
    let transaction = held::begin(&mut held.db)?;
    tables::touch(&transaction, fence)?;
    let shaped = held::known_stream(&mut held.streams, &target.stream)?;
    let layout = Layout::of(target, None).map_err(refused)?;
    let mut row = shaped.row.clone();
    if let Some(building) = &row.building {
        let table = row.building_table(building.generation);
        let fits = building.layout == layout && now.duration_since(building.since) < OLD;
        if fits && what_is(&transaction, &table)?.is_some() {
            return Ok(building.told(fence));
        }
        drop_generation(&transaction, shaped, building.generation)?;
    }
    let generation = row.last.max(row.current) + 1;
    transaction.execute_batch(&layout.create(&row.building_table(generation)))?;
    row.last = generation;
    row.building = Some(BuildingRow { generation, since: now, begun_by: fence, layout });
    row.save(&transaction)?;
    transaction.commit()?;
    shaped.row = row;
    Ok(Building { generation, since: now, found: false })
}

fn drop_generation(db: &Connection, shaped: &Shaped, generation: Generation) -> Tried<()> {
    db.execute_batch(&format!("drop table if exists {}", quoted(&shaped.row.building_table(generation))))?;
    db.execute(
        "delete from _weir_quarantine where stream = ?1 and generation = ?2",
        params![shaped.row.id, signed(generation)],
    )?;
    Ok(())
}

/// Swaps. It is one transaction with the ledger's current generation and the end of the building one.
pub(super) fn promote(held: &mut Held, stream: &str, to: Generation, promotion: &Promotion) -> Tried<Counts> {
    let (fence, run) = (held.fence, held.run().to_owned());
    held.failpoint.hit("replace.before_swap")?;
    let transaction = held::begin(&mut held.db)?;
    tables::touch(&transaction, fence)?;
    let shaped = held::known_stream(&mut held.streams, stream)?;
    if shaped.row.current == to || held::is_done(&transaction, promotion.fence, promotion.seq)? {
        return Ok(Counts::default());
    }
    let Some(building) = shaped.row.building.clone().filter(|building| building.generation == to) else {
        let said = format!("stream {stream} has no generation {to} to be shown");
        return Err(refused(Fault::new(Kind::Internal, "promote", said)));
    };
    let table = shaped.row.building_table(to);
    let vanished = drop_vanished(&transaction, shaped, &building, &table, promotion)?;
    let name = shaped.row.name.clone();
    let mut row = shaped.row.clone();
    let would_empty = what_is(&transaction, &name)?.is_some() && !is_empty(&transaction, &name)?;
    let is_refused = !promotion.allow_empty && would_empty && is_empty(&transaction, &table)?;
    if promotion.gives_up || is_refused {
        // The next run reads again: an empty generation is nothing to go on with.
        drop_generation(&transaction, shaped, to)?;
        row.building = None;
        row.save(&transaction)?;
        transaction.commit()?;
        shaped.row = row;
        if promotion.gives_up {
            return Ok(Counts::default());
        }
        let said = format!(
            "stream {stream} was read without a row, so table {name} stays as it was; `--allow-empty` lets an empty one take its place"
        );
        return Err(CommitFault::Failed(Fault::new(Kind::Source, "promote", said)).into());
    }
    // An index of ours that only served while it was built; the name would stand in the way of the next.
    transaction.execute_batch(&format!("drop index if exists {}", quoted(&format!("_weir_pass_{table}"))))?;
    transaction.execute_batch(&format!("drop index if exists {}", quoted(&format!("_weir_pass_{name}"))))?;
    let failpoint = held.failpoint.clone();
    let notes = swap(&transaction, &table, &name, || Ok(failpoint.hit("replace.in_swap")?))?;
    row.current = to;
    row.building = None;
    let renamed = building.layout.renamed();
    row.layout = Some(building.layout);
    row.save(&transaction)?;
    transaction
        .execute("delete from _weir_quarantine where stream = ?1 and generation < ?2", params![row.id, signed(to)])?;
    held::record(&transaction, promotion.fence, promotion.seq, &run)?;
    held.failpoint.hit("replace.before_commit")?;
    held::finish(transaction, promotion.fence, promotion.seq)?;
    shaped.row = row;
    held::after(&held.failpoint, "replace.after_swap")?;
    held.bring_back();
    let mut counts = Counts::default();
    counts.streams.insert(stream.to_owned(), StreamCounts { deleted: Some(vanished), ..StreamCounts::default() });
    counts.notes = notes.into_iter().chain(renamed).map(|note| (stream.to_owned(), note)).collect();
    Ok(counts)
}

/// Rows of partitions that the finishing run did not find go.
fn drop_vanished(
    db: &Connection,
    shaped: &Shaped,
    building: &BuildingRow,
    table: &str,
    promotion: &Promotion,
) -> Tried<u64> {
    let Some(found) = &promotion.found else { return Ok(0) };
    db.execute_batch("create temp table if not exists found(partition blob primary key); delete from temp.found")?;
    for partition in found {
        db.prepare_cached("insert or ignore into temp.found values(?1)")?.execute([partition.digest().bytes()])?;
    }
    db.execute(
        "delete from _weir_quarantine where stream = ?1 and generation = ?2 and partition not in (select partition from temp.found)",
        params![shaped.row.id, signed(building.generation)],
    )?;
    if !building.layout.tagged {
        let said = format!("the rows of stream {} do not say of which partition they are", shaped.row.stream);
        return Err(refused(Fault::new(Kind::Internal, "promote", said)));
    }
    let sql = format!(
        "delete from {} where {PARTITION} is null or {PARTITION} not in (select partition from temp.found)",
        quoted(table)
    );
    Ok(db.execute(&sql, [])? as u64)
}
