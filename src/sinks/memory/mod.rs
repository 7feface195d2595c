//! A destination in memory with the whole semantics: for tests, and for embedders that keep what they read.
//!
//! The store is shared: a sink that is dropped without being closed is a holder that died.

mod store;

pub use store::{MemoryRow, Store};

use super::book::{BookBuilding, StateWritten, abandoned, check_owner, columns, states_of};
use super::column::Column;
use super::failpoint::{FailAction, Failpoint, Injected};
use super::json_line::{Lines, value};
use super::lock::held_by;
use super::refusals;
use super::{
    Abilities, Building, Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, Mode, Opening, Promotion,
    Rows, Sink, Staged, StreamCounts, StreamPart, StreamTarget,
};
use crate::event::{Outcome, Receipt};
use crate::fault::{Fault, Kind};
use crate::state::{Generation, PartitionKey};
use arrow_array::Array as _;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Done, MemoryStream, is_older};

/// A store as a destination.
pub struct MemorySink {
    store: Arc<Mutex<Store>>,
    failpoint: Failpoint,
    held: Option<Held>,
}

struct Held {
    number: u64,
    fence: Fence,
    connection: String,
    run: String,
    now: jiff::Timestamp,
    targets: BTreeMap<String, StreamTarget>,
}

impl MemorySink {
    pub fn new(store: Arc<Mutex<Store>>, failpoint: Failpoint) -> Self {
        Self { store, failpoint, held: None }
    }

    fn take(&mut self, opening: &Opening) -> Result<Ledger, Fault> {
        self.leave();
        let store = &mut *lock(&self.store);
        if let Some((_, pid, run)) = &store.holder {
            return Err(held_by("memory", Some((*pid, run))));
        }
        store.holders += 1;
        store.fence += 1;
        store.holder = Some((store.holders, opening.pid, opening.run.clone()));
        let mut interrupted = None;
        for (of, receipt) in store.receipts.iter_mut().filter(|(_, receipt)| receipt.outcome == Outcome::Running) {
            receipt.outcome = Outcome::Interrupted;
            if *of == opening.connection {
                interrupted = Some(receipt.clone());
            }
        }
        store.receipts.push((opening.connection.clone(), opening.receipt.clone()));
        store.streams.values_mut().for_each(|stream| stream.deleted.clear());
        let own = store.streams.iter().filter(|((connection, _), _)| *connection == opening.connection);
        let ledger = Ledger {
            fence: store.fence,
            next_seq: store.next_seq.max(1),
            streams: own.map(|((_, name), stream)| (name.clone(), stream.book.ledger(store.fence))).collect(),
            interrupted,
        };
        self.held = Some(Held {
            number: store.holders,
            fence: store.fence,
            connection: opening.connection.clone(),
            run: opening.run.clone(),
            now: opening.now,
            targets: BTreeMap::new(),
        });
        Ok(ledger)
    }

    fn leave(&mut self) {
        let Some(held) = self.held.take() else { return };
        let mut store = lock(&self.store);
        if store.holder.as_ref().is_some_and(|(number, ..)| *number == held.number) {
            store.holder = None;
        }
    }

    /// Fails as asked. A crash also lets the store go.
    fn hit(&mut self, name: &'static str, durable: bool) -> Result<(), CommitFault> {
        let Err(injected) = self.failpoint.hit(name) else { return Ok(()) };
        if injected.is_crash() {
            self.leave();
        }
        Err(told(injected, durable))
    }

    fn shape_now(&mut self, target: &StreamTarget) -> Result<Changes, Fault> {
        let held = self.held.as_mut().ok_or_else(super::desk::not_open)?;
        let store = &mut *lock(&self.store);
        let all = store.streams.iter();
        let all =
            all.map(|((connection, stream), kept)| (connection.as_str(), stream.as_str(), kept.book.table.as_str()));
        check_owner(target, &held.connection, all)?;
        let key = (held.connection.clone(), target.stream.clone());
        let created = !store.streams.contains_key(&key);
        let stream = store.streams.entry(key).or_default();
        stream.book.bind(target)?;
        stream.book.table.clone_from(&target.table);
        held.targets.insert(target.stream.clone(), target.clone());
        Ok(Changes { created, ..Changes::default() })
    }

    fn build_now(&mut self, target: &StreamTarget, now: jiff::Timestamp) -> Result<Building, Fault> {
        self.hit("replace.before_build", false).map_err(fault)?;
        let held = self.held.as_ref().ok_or_else(super::desk::not_open)?;
        let store = &mut *lock(&self.store);
        check_fence(store, held.fence).map_err(fault)?;
        let key = (held.connection.clone(), target.stream.clone());
        let stream = store.streams.get_mut(&key).ok_or_else(|| unshaped(&target.stream))?;
        if let Some(building) = stream.book.still_building(target, now) {
            return Ok(building.told(held.fence));
        }
        let generation = stream.book.next_generation();
        if let Some(old) = &stream.book.building {
            let old = old.generation;
            stream.refused.retain(|_, kept| kept.generation != old);
        }
        stream.hidden = store::Table::default();
        stream.book.last = generation;
        stream.book.building =
            Some(BookBuilding { generation, since: now, begun_by: held.fence, columns: columns(target) });
        Ok(Building { generation, since: now, found: false })
    }

    fn commit_now(&mut self, unit: &CommitUnit) -> Result<Counts, CommitFault> {
        self.hit("memory.before_commit", false)?;
        let held = self.held.as_ref().ok_or_else(|| CommitFault::Failed(super::desk::not_open()))?;
        let mut counts = Counts::default();
        {
            let store = &mut *lock(&self.store);
            check_fence(store, unit.fence)?;
            if store.units.contains(&(unit.fence, unit.seq)) {
                return Ok(Counts::default());
            }
            verify(store, held, unit)?;
            for part in &unit.parts {
                let key = (held.connection.clone(), part.stream.clone());
                let found = store.streams.get_mut(&key).zip(held.targets.get(&part.stream));
                let (stream, target) = found.ok_or_else(|| CommitFault::Failed(unshaped(&part.stream)))?;
                let (done, refused) = add(stream, target, part, held).map_err(CommitFault::Failed)?;
                let count: &mut StreamCounts = counts.streams.entry(part.stream.clone()).or_default();
                let plus = |kept: &mut Option<u64>, more: u64| *kept = Some(kept.unwrap_or(0) + more);
                plus(&mut count.created, done.created);
                plus(&mut count.updated, done.updated);
                plus(&mut count.unchanged, done.unchanged);
                plus(&mut count.deleted, done.deleted);
                count.refused += refused;
            }
            store.units.insert((unit.fence, unit.seq));
            store.next_seq = unit.seq + 1;
        }
        self.hit("memory.after_commit", true)?;
        Ok(counts)
    }

    fn promote_now(&mut self, name: &str, to: Generation, promotion: &Promotion) -> Result<Counts, CommitFault> {
        for place in ["replace.before_swap", "replace.in_swap", "replace.before_commit"] {
            self.hit(place, false)?;
        }
        let held = self.held.as_ref().ok_or_else(|| CommitFault::Failed(super::desk::not_open()))?;
        let vanished;
        {
            let store = &mut *lock(&self.store);
            check_fence(store, promotion.fence)?;
            let key = (held.connection.clone(), name.to_owned());
            let stream = store.streams.get_mut(&key).ok_or_else(|| CommitFault::Failed(unshaped(name)))?;
            if stream.book.current == to || store.units.contains(&(promotion.fence, promotion.seq)) {
                return Ok(Counts::default());
            }
            if stream.book.building.as_ref().is_none_or(|building| building.generation != to) {
                let said = format!("stream {name} has no generation {to} to be shown");
                return Err(CommitFault::Failed(Fault::new(Kind::Internal, "promote", said)));
            }
            vanished = stream.drop_vanished(to, promotion);
            stream.book.building = None;
            let hidden = std::mem::take(&mut stream.hidden);
            if promotion.gives_up {
                stream.refused.retain(|_, kept| kept.generation != to);
                return Ok(Counts::default());
            }
            if !promotion.allow_empty && hidden.is_empty() && !stream.shown.is_empty() {
                stream.refused.retain(|_, kept| kept.generation != to);
                let said = format!(
                    "stream {name} was read without a row, so what was there stays; `--allow-empty` lets an empty one take its place"
                );
                return Err(CommitFault::Failed(Fault::new(Kind::Source, "promote", said)));
            }
            stream.shown = hidden;
            stream.book.current = to;
            stream.refused.retain(|_, kept| kept.generation >= to);
            store.units.insert((promotion.fence, promotion.seq));
            store.next_seq = promotion.seq + 1;
        }
        self.hit("replace.after_swap", true)?;
        let mut counts = Counts::default();
        counts.streams.insert(name.to_owned(), StreamCounts { deleted: Some(vanished), ..StreamCounts::default() });
        Ok(counts)
    }

    fn close_now(&mut self, receipt: &Receipt) -> Result<(), Fault> {
        let held = self.held.as_ref().ok_or_else(super::desk::not_open)?;
        {
            let store = &mut *lock(&self.store);
            check_fence(store, held.fence).map_err(fault)?;
            store.receipts.retain(|(_, kept)| kept.run != receipt.run);
            store.receipts.push((held.connection.clone(), receipt.clone()));
            store.streams.values_mut().for_each(|stream| stream.deleted.clear());
        }
        self.leave();
        Ok(())
    }
}

impl Drop for MemorySink {
    fn drop(&mut self) {
        self.leave();
    }
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

fn told(injected: Injected, durable: bool) -> CommitFault {
    match injected.action {
        FailAction::Fail if !durable => CommitFault::Refused(injected.fault()),
        _ => CommitFault::Unknown(injected.fault()),
    }
}

fn check_fence(store: &Store, fence: Fence) -> Result<(), CommitFault> {
    if store.fence == fence {
        return Ok(());
    }
    let fault = Fault::new(Kind::Destination, "commit", "another run has taken over the destination");
    Err(CommitFault::Fenced(fault))
}

fn unshaped(stream: &str) -> Fault {
    Fault::new(Kind::Internal, "commit", format!("stream {stream} was not shaped before it was written"))
}

fn fault(fault: CommitFault) -> Fault {
    match fault {
        CommitFault::Refused(fault)
        | CommitFault::Conflict(fault)
        | CommitFault::Fenced(fault)
        | CommitFault::Unknown(fault)
        | CommitFault::Failed(fault) => fault,
    }
}

/// Refuses a unit that can't be written, before anything of it is: all of it or nothing.
fn verify(store: &Store, held: &Held, unit: &CommitUnit) -> Result<(), CommitFault> {
    let mut states: BTreeMap<&str, Vec<StateWritten>> = BTreeMap::new();
    for part in &unit.parts {
        let stream = store.streams.get(&(held.connection.clone(), part.stream.clone()));
        let found = stream.zip(held.targets.get(&part.stream));
        let (stream, target) = found.ok_or_else(|| CommitFault::Failed(unshaped(&part.stream)))?;
        let building = stream.book.building.as_ref().map(|building| building.generation);
        if part.mode == Mode::Replace && building != Some(part.generation) {
            let said = format!("generation {} is not being built", part.generation);
            return Err(CommitFault::Failed(Fault::new(Kind::Internal, "commit", said)));
        }
        for rows in &part.rows {
            Lines::of(target, &rows.batch).map_err(CommitFault::Failed)?;
            let is_null = |name: &String| rows.batch.column_by_name(name).is_some_and(|array| array.null_count() > 0);
            if part.mode != Mode::Append && target.key.iter().any(is_null) {
                let said = format!("a row of stream {} has no key", target.stream);
                return Err(CommitFault::Failed(Fault::new(Kind::Internal, "commit", said)));
            }
        }
        states.entry(&part.stream).or_default().extend(states_of(part));
    }
    for (name, states) in states {
        let stream = store.streams.get(&(held.connection.clone(), name.to_owned()));
        stream.map_or(Ok(()), |stream| stream.book.check(name, &states))?;
    }
    Ok(())
}

/// Adds a part to its stream; returns what became of rows, and how many refused records are new.
fn add(stream: &mut MemoryStream, target: &StreamTarget, part: &StreamPart, held: &Held) -> Result<(Done, u64), Fault> {
    let states = states_of(part);
    let abandoned = abandoned(part.generation, &states);
    if !abandoned.is_empty() {
        stream.discard(&abandoned, part.mode == Mode::Replace);
    }
    let mut done = Done::default();
    for rows in &part.rows {
        write(stream, target, part.mode, rows, held.now, &mut done)?;
    }
    let mut new = 0;
    for refused in refusals::of_part(part, &held.run, held.now) {
        new += u64::from(stream.refused.insert(refused.own_key(), refused).is_none());
    }
    stream.book.set(states);
    stream.book.pend(part.pending.clone());
    Ok((done, new))
}

fn write(
    stream: &mut MemoryStream,
    target: &StreamTarget,
    mode: Mode,
    rows: &Rows,
    now: jiff::Timestamp,
    done: &mut Done,
) -> Result<(), Fault> {
    let mut key = Vec::new();
    for name in &target.key {
        let found = rows.batch.schema_ref().field_with_name(name).ok().zip(rows.batch.column_by_name(name));
        if let Some((field, array)) = found {
            key.push(Column::of(field, array.as_ref())?);
        }
    }
    let keyed = mode != Mode::Append && !key.is_empty();
    let mut lines = Lines::of(target, &rows.batch)?;
    if rows.deleted {
        let kept = |name: &str| target.key.iter().any(|key| key == name) || target.position.as_deref() == Some(name);
        lines = lines.only(&rows.batch, kept);
    }
    let MemoryStream { shown, hidden, deleted, .. } = stream;
    let table = if mode == Mode::Replace { hidden } else { shown };
    for row in 0..rows.batch.num_rows() {
        let mut line = Vec::new();
        if rows.deleted {
            lines.write_deleted(row, now, &mut line);
        } else {
            lines.write(row, &mut line);
        }
        line.pop();
        let mut text = Vec::new();
        for column in &key {
            value(column, row, &mut text);
            text.push(b' ');
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let order = rows.order.as_ref().and_then(|order| order.get(row).copied().flatten());
        let written = MemoryRow {
            key: (!key.is_empty()).then(|| text.clone()),
            line: String::from_utf8_lossy(&line).into_owned(),
            order,
            partition: rows.partition.clone(),
            pass: rows.pass,
            deleted: rows.deleted,
        };
        match (keyed, rows.deleted) {
            (false, false) => {
                table.append(written);
                done.created += 1;
            }
            (false, true) if target.mark_deleted => {
                table.append(written);
                done.deleted += 1;
            }
            (false, true) => done.deleted += table.retain(|kept| kept.key.as_ref() != Some(&text)),
            (true, false) if is_older(order, deleted.get(&text).copied()) => done.unchanged += 1,
            (true, false) => {
                deleted.remove(&text);
                // Where a row was read has no part in what it says, but where rows are taken back by it.
                let mut written = written;
                if let Some(kept) = table.get(&text).filter(|kept| !target.tagged && kept.line == written.line) {
                    (written.partition, written.pass) = (kept.partition.clone(), kept.pass);
                }
                table.upsert(&text, written, done);
            }
            (true, true) => match table.get(&text) {
                Some(kept) if is_older(order, kept.order) => {}
                Some(kept) if target.mark_deleted => {
                    done.deleted += u64::from(!kept.deleted);
                    let order = order.or(kept.order);
                    table.replace(&text, MemoryRow { order, deleted: true, ..kept.clone() });
                }
                None if target.mark_deleted => {
                    table.upsert(&text, written, &mut Done::default());
                    done.deleted += 1;
                }
                found => {
                    done.deleted += u64::from(found.is_some());
                    table.remove(&text);
                    // Without a position the order of receipt counts.
                    if let Some(order) = order {
                        let kept = deleted.entry(text).or_insert(order);
                        *kept = order.max(*kept);
                    }
                }
            },
        }
    }
    Ok(())
}

impl Sink for MemorySink {
    fn abilities(&self) -> Abilities {
        Abilities::TABLES
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn open<'a>(&'a mut self, opening: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        Box::pin(ready(self.take(opening)))
    }

    fn states<'a>(&'a mut self, stream: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        let known = self.held.as_ref().ok_or_else(super::desk::not_open).map(|held| {
            let store = lock(&self.store);
            let kept = store.streams.get(&(held.connection.clone(), stream.to_owned()));
            of.iter().map(|partition| kept.map_or_else(Known::default, |kept| kept.book.known(partition))).collect()
        });
        Box::pin(ready(known))
    }

    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        Box::pin(ready(self.shape_now(target)))
    }

    fn build<'a>(
        &'a mut self,
        target: &'a StreamTarget,
        now: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<Building, Fault>> {
        Box::pin(ready(self.build_now(target, now)))
    }

    fn stage<'a>(&'a mut self, part: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>> {
        let said = format!("rows of stream {} can't be staged in memory", part.stream);
        Box::pin(ready(Err(Fault::new(Kind::Internal, "stage", said))))
    }

    fn checkpoint<'a>(&'a mut self, _: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(ready(Ok(())))
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        Box::pin(ready(self.commit_now(&unit)))
    }

    fn committed(&mut self, fence: Fence, seq: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let done = lock(&self.store).units.contains(&(fence, seq));
        Box::pin(ready(Ok(done)))
    }

    fn promote<'a>(
        &'a mut self,
        stream: &'a str,
        to: Generation,
        promotion: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>> {
        Box::pin(ready(self.promote_now(stream, to, promotion)))
    }

    fn close<'a>(&'a mut self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(ready(self.close_now(receipt)))
    }
}
