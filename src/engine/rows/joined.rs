//! Pieces of a page joined, and rows left out of it.

use super::absent::ABSENT;
use super::{Order, PageRows, RefusedRow, RowNote};
use crate::data::Value;
use crate::state::Digest;
use arrow_array::{BooleanArray, RecordBatch};
use std::ops::Range;

impl PageRows {
    /// Returns a page without records.
    pub fn none() -> Self {
        Self {
            batches: Vec::new(),
            deleted: Vec::new(),
            refused: Vec::new(),
            seen_max: None,
            null_positions: 0,
            positions: 0,
            all_older: false,
            envelope: Value::Absent,
            list: Value::Absent,
            extracted: 0,
            kept: 0,
            last: None,
            first: None,
            records: Digest::default(),
            keys: Vec::new(),
            hashes: Vec::new(),
            gone_hashes: Vec::new(),
            parents: Vec::new(),
            bytes: 0,
            notes: Vec::new(),
        }
    }

    /// Adds the next piece of the same page.
    pub fn join(&mut self, rows: PageRows) {
        let before = self.extracted;
        let placed = |refused: RefusedRow| RefusedRow { record: refused.record + before, ..refused };
        self.refused.extend(rows.refused.into_iter().map(placed));
        self.seen_max = match (self.seen_max.take(), rows.seen_max) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        self.null_positions += rows.null_positions;
        self.positions += rows.positions;
        if rows.extracted > 0 {
            self.all_older = rows.all_older && (self.all_older || before == 0);
        }
        self.records = rows.records;
        if rows.envelope != Value::Absent {
            self.envelope = rows.envelope;
        }
        if rows.list != Value::Absent {
            self.list = rows.list;
        }
        self.extracted += rows.extracted;
        self.kept += rows.kept;
        self.first = self.first.take().or(rows.first);
        self.last = rows.last.or(self.last.take());
        self.keys.extend(rows.keys);
        self.hashes.extend(rows.hashes);
        self.gone_hashes.extend(rows.gone_hashes);
        self.parents.extend(rows.parents);
        self.bytes += rows.bytes;
        self.join_notes(before > 0, rows.extracted > 0, rows.notes);
        self.batches.extend(rows.batches);
        self.deleted.extend(rows.deleted);
    }

    /// A column that one of the pieces has is not absent.
    fn join_notes(&mut self, had_records: bool, has_records: bool, notes: Vec<RowNote>) {
        if had_records && has_records {
            self.notes.retain(|note| note.code != ABSENT || notes.contains(note));
        }
        self.notes.extend(notes.into_iter().filter(|note| note.code != ABSENT || !had_records));
    }

    /// The page counts as one without records.
    pub fn empty(&mut self) {
        self.forget_rows();
        (self.extracted, self.records) = (0, Digest::default());
        (self.first, self.last, self.seen_max) = (None, None, None);
        self.parents.clear();
    }

    /// Its rows are durable already.
    pub fn forget_rows(&mut self) {
        self.batches.clear();
        self.deleted.clear();
        self.refused.clear();
        self.keys.clear();
        self.hashes.clear();
        self.gone_hashes.clear();
        self.kept = 0;
    }

    /// Leaves out rows with a position within a range.
    pub fn drop_within(&mut self, range: &Range<i128>) {
        let kept = |of: &Option<Order>, row: usize| {
            of.as_ref().and_then(|of| of.get(row).copied().flatten()).is_none_or(|of| !range.contains(&of))
        };
        for (pieces, hashes) in [(&mut self.batches, &mut self.hashes), (&mut self.deleted, &mut self.gone_hashes)] {
            let mut all = Vec::new();
            for (batch, orders) in &mut *pieces {
                let keep: Vec<bool> = (0..batch.num_rows()).map(|row| kept(orders, row)).collect();
                retain(batch, orders, &keep);
                all.extend(keep);
            }
            pieces.retain(|(batch, _)| batch.num_rows() > 0);
            let mut all = all.into_iter();
            hashes.retain(|_| all.next().unwrap_or(true));
        }
    }

    /// Counts the rows that are written.
    pub fn count(&self) -> u64 {
        self.batches.iter().map(|(batch, _)| batch.num_rows() as u64).sum()
    }

    /// Keeps the rows for which a mask holds.
    pub fn retain<E>(&mut self, mask: impl Fn(&RecordBatch) -> Result<BooleanArray, E>) -> Result<(), E> {
        let mut kept = Vec::new();
        for (batch, order) in &mut self.batches {
            let keep: Vec<bool> = mask(batch)?.iter().map(|keep| keep.unwrap_or(false)).collect();
            retain(batch, order, &keep);
            kept.extend(keep);
        }
        let mut kept = kept.into_iter();
        self.hashes.retain(|_| kept.next().unwrap_or(true));
        self.batches.retain(|(batch, _)| batch.num_rows() > 0);
        self.kept = self.count();
        Ok(())
    }

    /// Keeps the first rows only.
    pub fn cut_to(&mut self, most: u64) {
        let mut left = usize::try_from(most).unwrap_or(usize::MAX);
        for (batch, order) in &mut self.batches {
            let count = batch.num_rows().min(left);
            left -= count;
            if count < batch.num_rows() {
                *batch = batch.slice(0, count);
                *order = order.take().map(|order| order[..count].into());
            }
        }
        self.batches.retain(|(batch, _)| batch.num_rows() > 0);
    }
}

pub(in crate::engine) fn retain(batch: &mut RecordBatch, order: &mut Option<Order>, keep: &[bool]) {
    if keep.iter().all(|keep| *keep) {
        return;
    }
    let mask = BooleanArray::from(keep.to_vec());
    *batch = arrow_select::filter::filter_record_batch(batch, &mask).expect("the mask is as long as the batch");
    *order = order.take().map(|order| order.iter().zip(keep).filter(|(_, keep)| **keep).map(|(at, _)| *at).collect());
}
