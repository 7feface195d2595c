//! A page that was read, in one piece or several.

use super::pass::Pass;
use super::rows::{PageRows, RefusedRow};
use crate::data::Value;
use crate::event::EndSign;
use crate::http::Headers;
use crate::state::{Digest, Mark};
use arrow_array::{BooleanArray, RecordBatch};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// Rows and their positions.
pub(super) type Rows = (RecordBatch, Option<Arc<[Option<i128>]>>);

/// A page that was read.
#[derive(Debug)]
pub(super) struct Got {
    pub batches: Vec<Rows>,
    pub deleted: Vec<Rows>,
    pub refused: Vec<RefusedRow>,
    pub seen_max: Option<Mark>,
    pub null_positions: u64,
    pub positions: u64,
    pub all_older: bool,
    pub envelope: Value,
    pub list: Value,
    pub extracted: u64,
    pub kept: u64,
    pub first: Option<Value>,
    pub last: Option<Value>,
    pub records: Digest,
    pub keys: Vec<u64>,
    /// By batch: of each kept row's raw record.
    pub hashes: Vec<u64>,
    /// The same of deleted rows.
    pub gone_hashes: Vec<u64>,
    pub parents: Vec<Value>,
    pub bytes: u64,
    pub notes: Vec<(String, String, bool)>,
    pub status: u16,
    pub headers: Headers,
    pub url: Option<url::Url>,
    pub date: Option<Timestamp>,
    pub wire: u64,
    /// The partition's end, where a rule says so.
    pub end: Option<EndSign>,
    pieces: u32,
}

impl Got {
    /// Returns a page without records.
    pub(super) fn none() -> Self {
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
            first: None,
            last: None,
            records: Digest::default(),
            keys: Vec::new(),
            hashes: Vec::new(),
            gone_hashes: Vec::new(),
            parents: Vec::new(),
            bytes: 0,
            notes: Vec::new(),
            status: 200,
            headers: Headers::default(),
            url: None,
            date: None,
            wire: 0,
            pieces: 0,
            end: None,
        }
    }

    /// Returns the end that an error rule gives.
    pub(super) fn end(sign: EndSign) -> Self {
        Self { end: Some(sign), ..Self::none() }
    }

    /// Returns a page that was read in one piece.
    pub(super) fn of(rows: PageRows) -> Self {
        let mut got = Self::none();
        got.add(rows);
        got
    }

    /// Adds a piece of the page.
    pub(super) fn add(&mut self, rows: PageRows) {
        let is_first = self.pieces == 0;
        self.pieces += 1;
        self.refused.extend(rows.refused);
        self.seen_max = match (self.seen_max.take(), rows.seen_max) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        self.null_positions += rows.null_positions;
        self.positions += rows.positions;
        self.all_older = rows.all_older && (is_first || self.all_older || self.extracted == 0);
        self.records = if is_first { rows.records } else { Digest::of([self.records.bytes(), rows.records.bytes()]) };
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
        for note in rows.notes {
            self.notes.push((note.code.to_owned(), note.text, note.suspicious));
        }
        if rows.batch.num_rows() > 0 {
            self.batches.push((rows.batch, rows.order));
        }
        self.deleted.extend(rows.deleted.filter(|(batch, _)| batch.num_rows() > 0));
    }

    /// The page counts as one without records.
    pub(super) fn empty(&mut self) {
        self.forget_rows();
        (self.extracted, self.records) = (0, Digest::default());
        (self.first, self.last, self.seen_max) = (None, None, None);
        self.parents.clear();
    }

    /// Its rows are durable already.
    pub(super) fn forget_rows(&mut self) {
        self.batches.clear();
        self.deleted.clear();
        self.refused.clear();
        self.keys.clear();
        self.hashes.clear();
        self.gone_hashes.clear();
        self.kept = 0;
    }

    /// Leaves out rows that were appended before, and remembers those that will come again. Of rows with a key an equal
    /// record is the same row; without one it may stand several times.
    ///
    /// At most so many rows are let through; what comes after them is neither written nor remembered. Says whether there
    /// was more.
    pub(super) fn drop_known(
        &mut self,
        pass: &mut Pass,
        seen: &mut HashMap<u64, u32>,
        keyed: bool,
        most: Option<u64>,
    ) -> bool {
        let mut left = most.unwrap_or(u64::MAX);
        let mut cut = false;
        let mut is_new = |hash: u64, position: Option<i128>| {
            let recent = &pass.recent;
            let nth = seen.entry(hash).or_insert_with(|| recent.count(hash));
            let at = if keyed { 0 } else { *nth };
            let known = pass.known.contains(hash, at) || (keyed && *nth > 0);
            if !known && left == 0 {
                cut = true;
                return false;
            }
            pass.recent.insert(hash, at, position);
            *nth += 1;
            left -= u64::from(!known);
            !known
        };
        for (pieces, hashes) in [(&mut self.batches, &self.hashes), (&mut self.deleted, &self.gone_hashes)] {
            let mut hashes = hashes.iter();
            for (batch, order) in &mut *pieces {
                let of = |row: usize| order.as_ref().and_then(|order| order.get(row).copied().flatten());
                let keep: Vec<bool> =
                    (0..batch.num_rows()).map(|row| hashes.next().is_none_or(|hash| is_new(*hash, of(row)))).collect();
                retain(batch, order, &keep);
            }
            pieces.retain(|(batch, _)| batch.num_rows() > 0);
        }
        cut
    }

    /// Counts the rows that are written.
    pub(super) fn rows(&self) -> u64 {
        self.batches.iter().map(|(batch, _)| batch.num_rows() as u64).sum()
    }

    /// Keeps the rows for which a mask holds.
    pub(super) fn retain<E>(&mut self, mask: impl Fn(&RecordBatch) -> Result<BooleanArray, E>) -> Result<(), E> {
        let mut kept = Vec::new();
        for (batch, order) in &mut self.batches {
            let keep: Vec<bool> = mask(batch)?.iter().map(|keep| keep.unwrap_or(false)).collect();
            retain(batch, order, &keep);
            kept.extend(keep);
        }
        let mut kept = kept.into_iter();
        self.hashes.retain(|_| kept.next().unwrap_or(true));
        self.batches.retain(|(batch, _)| batch.num_rows() > 0);
        self.kept = self.rows();
        Ok(())
    }

    /// Keeps the first rows only.
    pub(super) fn cut_to(&mut self, most: u64) {
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

fn retain(batch: &mut RecordBatch, order: &mut Option<Arc<[Option<i128>]>>, keep: &[bool]) {
    if keep.iter().all(|keep| *keep) {
        return;
    }
    let mask = BooleanArray::from(keep.to_vec());
    *batch = arrow_select::filter::filter_record_batch(batch, &mask).expect("the mask is as long as the batch");
    *order = order.take().map(|order| order.iter().zip(keep).filter(|(_, keep)| **keep).map(|(at, _)| *at).collect());
}
