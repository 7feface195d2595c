//! What a destination in memory holds: shared, so that it outlives the sink that wrote it.

use crate::event::{Outcome, Receipt};
use crate::sinks::book::BookStream;
use crate::sinks::refusals::{RefusedKey, RefusedWritten};
use crate::sinks::{Fence, Promotion, QuarantineEntry, StoredState};
use crate::state::{Generation, PartitionKey};
use std::collections::{BTreeMap, BTreeSet};

/// A row as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryRow {
    /// Its key as JSON, where rows have one.
    pub key: Option<String>,
    /// The row as a JSON line, without the line end.
    pub line: String,
    pub order: Option<i128>,
    pub partition: PartitionKey,
    pub pass: u64,
    /// It is marked as deleted.
    pub deleted: bool,
}

/// The table of one generation.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    next: u64,
    rows: BTreeMap<u64, MemoryRow>,
    by_key: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct MemoryStream {
    pub(super) book: BookStream,
    pub(super) shown: Table,
    pub(super) hidden: Table,
    pub(super) refused: BTreeMap<RefusedKey, RefusedWritten>,
    /// Keys that were deleted, and where: part of the guard until the run ends.
    pub(super) deleted: BTreeMap<String, i128>,
}

/// A destination in memory, with its ledger.
#[derive(Debug, Default)]
pub struct Store {
    pub(super) fence: Fence,
    pub(super) next_seq: u64,
    pub(super) units: BTreeSet<(Fence, u64)>,
    /// Which sink holds it, by a number of its own; process and run.
    pub(super) holder: Option<(u64, u32, String)>,
    pub(super) holders: u64,
    pub(super) streams: BTreeMap<(String, String), MemoryStream>,
    pub(super) receipts: Vec<(String, Receipt)>,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) deleted: u64,
}

impl Store {
    /// Returns the rows that readers of a stream see, in the order they came.
    pub fn rows(&self, connection: &str, stream: &str) -> Vec<MemoryRow> {
        self.of(connection, stream).map_or_else(Vec::new, |kept| kept.shown.rows.values().cloned().collect())
    }

    pub fn pending(&self, connection: &str, stream: &str) -> Vec<crate::state::Pending> {
        self.of(connection, stream).map_or_else(Vec::new, |kept| kept.book.pending.values().cloned().collect())
    }

    pub fn current(&self, connection: &str, stream: &str) -> Generation {
        self.of(connection, stream).map_or(0, |kept| kept.book.current)
    }

    pub fn states(&self) -> Vec<StoredState> {
        let mut states = Vec::new();
        for ((connection, stream), kept) in &self.streams {
            states.extend(kept.book.states.iter().map(|(partition, kept)| StoredState {
                connection: connection.clone(),
                stream: stream.clone(),
                partition: partition.clone(),
                version: kept.version,
                state: kept.state.clone(),
            }));
        }
        states
    }

    /// Lists the refused records of the current generations.
    pub fn quarantine(&self) -> Vec<QuarantineEntry> {
        let mut entries = Vec::new();
        for ((connection, stream), kept) in &self.streams {
            let shown = |of: &&RefusedWritten| of.generation == kept.book.current || of.generation == 0;
            entries.extend(kept.refused.values().filter(shown).map(|refused| refused.entry(connection, stream)));
        }
        entries
    }

    /// Lists receipts, the newest first; one without an end is interrupted where nobody holds the store.
    pub fn receipts(&self) -> Vec<Receipt> {
        let mut receipts: Vec<Receipt> = self.receipts.iter().rev().map(|(_, receipt)| receipt.clone()).collect();
        for receipt in &mut receipts {
            if receipt.outcome == Outcome::Running && self.holder.is_none() {
                receipt.outcome = Outcome::Interrupted;
            }
        }
        receipts
    }

    /// The units that are durable, in order.
    pub fn units(&self) -> Vec<(Fence, u64)> {
        self.units.iter().copied().collect()
    }

    /// Lets the lock go as if it were lost: the sink that had it writes on until it is fenced off.
    pub fn lose_lock(&mut self) {
        self.holder = None;
    }

    fn of(&self, connection: &str, stream: &str) -> Option<&MemoryStream> {
        self.streams.get(&(connection.to_owned(), stream.to_owned()))
    }
}

impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn append(&mut self, row: MemoryRow) {
        self.rows.insert(self.next, row);
        self.next += 1;
    }

    pub(super) fn get(&self, key: &str) -> Option<&MemoryRow> {
        self.rows.get(self.by_key.get(key)?)
    }

    /// Writes a row by its key, guarded by the position.
    pub(super) fn upsert(&mut self, key: &str, row: MemoryRow, done: &mut Done) {
        match self.by_key.get(key) {
            None => {
                self.by_key.insert(key.to_owned(), self.next);
                self.append(row);
                done.created += 1;
            }
            Some(at) => {
                let Some(kept) = self.rows.get_mut(at) else { return };
                if is_older(row.order, kept.order) || *kept == row {
                    done.unchanged += 1;
                } else {
                    *kept = row;
                    done.updated += 1;
                }
            }
        }
    }

    pub(super) fn replace(&mut self, key: &str, row: MemoryRow) {
        if let Some(kept) = self.by_key.get(key).and_then(|at| self.rows.get_mut(at)) {
            *kept = row;
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(at) = self.by_key.remove(key) {
            self.rows.remove(&at);
        }
    }

    /// Removes rows; returns how many.
    pub(super) fn retain(&mut self, keep: impl Fn(&MemoryRow) -> bool) -> u64 {
        let before = self.rows.len();
        self.rows.retain(|_, row| keep(row));
        self.by_key.retain(|_, at| self.rows.contains_key(at));
        (before - self.rows.len()) as u64
    }
}

/// An older row never overwrites a newer one; nothing is known of a row without a position.
pub(super) fn is_older(arriving: Option<i128>, kept: Option<i128>) -> bool {
    matches!((arriving, kept), (Some(arriving), Some(kept)) if arriving < kept)
}

impl MemoryStream {
    /// Takes back what abandoned passes wrote.
    pub(super) fn discard(&mut self, abandoned: &[crate::sinks::book::Abandoned], hidden: bool) {
        let gone = |partition: &PartitionKey, pass: u64| {
            let digest = partition.digest();
            abandoned.iter().any(|abandoned| abandoned.holds(&digest, pass))
        };
        let table = if hidden { &mut self.hidden } else { &mut self.shown };
        table.retain(|row| !gone(&row.partition, row.pass));
        let generation = abandoned.first().map(|abandoned| abandoned.generation);
        self.refused.retain(|_, kept| Some(kept.generation) != generation || !gone(&kept.partition, kept.pass));
    }

    /// Rows and refused records of partitions that were not found go; returns how many rows.
    pub(super) fn drop_vanished(&mut self, to: Generation, promotion: &Promotion) -> u64 {
        let Some(found) = &promotion.found else { return 0 };
        let found: BTreeSet<&PartitionKey> = found.iter().collect();
        self.refused.retain(|_, kept| kept.generation != to || found.contains(&kept.partition));
        self.hidden.retain(|row| found.contains(&row.partition))
    }
}
