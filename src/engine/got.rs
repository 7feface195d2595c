//! A page that was read, and the answer it came in.

use super::pass::Pass;
use super::rows::{PageRows, retain};
use crate::components::answer::Answer;
use crate::event::EndSign;
use crate::http::Headers;
use crate::state::RowHash;
use jiff::Timestamp;

/// A page that was read.
#[derive(Debug)]
pub(super) struct Got {
    pub rows: PageRows,
    pub status: u16,
    pub headers: Headers,
    pub url: Option<url::Url>,
    pub date: Option<Timestamp>,
    /// How many bytes came for it.
    pub wire: u64,
    /// The partition's end, where a rule says so.
    pub end: Option<EndSign>,
}

impl Got {
    /// Returns a page that was read and whose answer is not told yet.
    pub(super) fn of(rows: PageRows) -> Self {
        Self { rows, status: 200, headers: Headers::default(), url: None, date: None, wire: 0, end: None }
    }

    /// Returns a page without records, as an error rule makes one of an answer.
    pub(super) fn empty(answer: &Answer<'_>) -> Self {
        let mut got = Self::of(PageRows::none());
        (got.status, got.url, got.headers) = (answer.status, Some(answer.url.clone()), answer.headers.clone());
        got.rows.envelope = answer.body.clone();
        got
    }

    /// Returns the end that an error rule gives.
    pub(super) fn end(sign: EndSign) -> Self {
        Self { end: Some(sign), ..Self::of(PageRows::none()) }
    }

    /// Leaves out rows that were appended before, and remembers those that will come again.
    ///
    /// At most so many rows are let through; what comes after them is neither written nor remembered. Says whether there
    /// was more.
    pub(super) fn drop_known(&mut self, pass: &mut Pass, keyed: bool, most: Option<u64>) -> bool {
        let mut left = most.unwrap_or(u64::MAX);
        let mut cut = false;
        let mut is_new = |row: RowHash| {
            let is_new = !pass.recent.repeats(&pass.known, row, keyed);
            if is_new && left == 0 {
                cut = true;
                return false;
            }
            pass.recent.insert(row, keyed);
            left -= u64::from(is_new);
            is_new
        };
        let rows = &mut self.rows;
        for (pieces, hashes) in [(&mut rows.batches, &rows.hashes), (&mut rows.deleted, &rows.gone_hashes)] {
            let mut hashes = hashes.iter();
            for (batch, orders) in &mut *pieces {
                let of = |row: usize| orders.as_ref().and_then(|orders| orders.get(row).copied().flatten());
                let mut keep = |row| hashes.next().is_none_or(|hash| is_new(RowHash { hash: *hash, order: of(row) }));
                let keep: Vec<bool> = (0..batch.num_rows()).map(&mut keep).collect();
                retain(batch, orders, &keep);
            }
            pieces.retain(|(batch, _)| batch.num_rows() > 0);
        }
        pass.recent.end_page();
        cut
    }
}
