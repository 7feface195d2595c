//! Rows that were appended before, so that none is appended twice.

use super::loops::Plain;
use crate::state::{RowHash, RowHashes};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

type Hasher = BuildHasherDefault<Plain>;

/// Rows that came, to be looked up; what a state keeps of them, too.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    rows: RowHashes,
    counts: HashMap<u64, u32, Hasher>,
    /// Those of the page that is being looked at.
    page: Vec<RowHash>,
    /// The newest of those that found no room: an API that moves its rows while they are read gives them again soon.
    lost: [HashSet<u64, Hasher>; 2],
    /// At so many rows it is worth looking for some that will not come again.
    worth: usize,
}

impl From<RowHashes> for Recent {
    fn from(rows: RowHashes) -> Self {
        Self { counts: rows.counts(), rows, ..Self::default() }
    }
}

impl Recent {
    /// Says whether a row came before, in this pass or in the ones that are known. Of rows with a key an equal record is the
    /// same row; without one it may stand several times.
    pub(super) fn repeats(&self, known: &Recent, row: RowHash, keyed: bool) -> bool {
        let (here, before) = (self.count(row.hash), known.count(row.hash));
        if keyed {
            return here > 0 || before > 0 || self.lost.iter().any(|lost| lost.contains(&row.hash));
        }
        // How often a row came that may have found no room, nobody knows: better twice than never.
        before > here && !self.rows.may_have_lost(row.order)
    }

    /// Remembers a row.
    pub(super) fn insert(&mut self, row: RowHash, keyed: bool) {
        let count = self.counts.entry(row.hash).or_insert(0);
        if keyed && *count > 0 {
            return;
        }
        *count += 1;
        self.page.push(row);
    }

    /// Ends a page: its rows are part of the next state.
    pub(super) fn end_page(&mut self) {
        let lost = self.rows.add(std::mem::take(&mut self.page));
        if lost.is_empty() {
            return;
        }
        self.counts = self.rows.counts();
        for row in lost {
            self.lost[0].insert(row.hash);
        }
        if self.lost[0].len() > RowHashes::MOST / 2 {
            self.lost.swap(0, 1);
            self.lost[0].clear();
        }
    }

    /// Notes that rows before a position will not come again.
    pub(super) fn forget_before(&mut self, floor: i128) {
        if self.rows.len() < self.worth.max(1000) {
            return;
        }
        self.rows.forget_before(floor);
        self.counts = self.rows.counts();
        self.worth = 2 * self.rows.len();
    }

    /// Returns what a state keeps.
    pub(super) fn rows(&self) -> &RowHashes {
        &self.rows
    }

    fn count(&self, hash: u64) -> u32 {
        self.counts.get(&hash).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a page; returns which of its rows are new.
    fn page(recent: &mut Recent, known: &Recent, keyed: bool, hashes: &[u64]) -> Vec<u64> {
        let mut new = Vec::new();
        for hash in hashes {
            let row = RowHash { hash: *hash, order: Some((*hash).into()) };
            if !recent.repeats(known, row, keyed) {
                new.push(*hash);
            }
            recent.insert(row, keyed);
        }
        recent.end_page();
        new
    }

    #[test]
    fn equal_rows_without_a_key_stand_as_often_as_they_came() {
        let (mut first, none) = (Recent::default(), Recent::default());
        assert_eq!(page(&mut first, &none, false, &[1, 1, 2]), [1, 1, 2]);
        let mut second = Recent::default();
        assert_eq!(page(&mut second, &first, false, &[1, 1, 1]), [1]);
        assert_eq!(page(&mut second, &first, false, &[1, 2, 2]), [1, 2]);
    }

    #[test]
    fn equal_rows_with_a_key_are_one() {
        let (mut first, none) = (Recent::default(), Recent::default());
        assert_eq!(page(&mut first, &none, true, &[1, 1, 2]), [1, 2]);
        let mut second = Recent::from(first.rows().clone());
        assert_eq!(page(&mut second, &first, true, &[1, 3, 3, 2]), [3]);
    }

    #[test]
    fn a_row_that_moved_between_pages_is_recognised_though_older_ones_found_no_room() {
        let (mut recent, none) = (Recent::default(), Recent::default());
        let most = RowHashes::MOST as u64;
        // Newest first, and each page begins with the last row of the one before.
        let mut new = 0;
        for from in (0..2 * most / 1000).rev().map(|page| page * 1000) {
            let hashes: Vec<u64> = (from..=from + 1000).rev().collect();
            new += page(&mut recent, &none, true, &hashes).len();
        }
        assert_eq!(new as u64, 2 * most + 1);
        assert!(recent.rows().is_short() && recent.rows().len() <= RowHashes::MOST * 5 / 4);
    }

    #[test]
    fn what_will_not_come_again_takes_no_room() {
        let (mut recent, none) = (Recent::default(), Recent::default());
        for from in (0..2 * RowHashes::MOST as u64).step_by(1000) {
            page(&mut recent, &none, true, &(from..from + 1000).collect::<Vec<_>>());
            recent.forget_before(i128::from(from));
        }
        assert!(recent.rows().len() < 10_000 && !recent.rows().is_short());
        assert_eq!(recent.counts.len(), recent.rows().len());
    }
}
