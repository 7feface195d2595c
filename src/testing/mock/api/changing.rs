//! Data that changes on demand, stamped by a virtual clock that moves only then.

use super::record::{Subject, seconds};
use super::seed::Draw;
use super::stamp::BASE;
use serde::Serialize;
use std::sync::Arc;

/// How many rows there are at first, and how many seconds apart.
const FIRST: usize = 1000;
const STEP: i64 = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: usize,
    pub(super) stamp: i64,
    version: usize,
    pub(super) deleted: bool,
}

impl Row {
    pub(super) fn subject(self) -> Subject {
        let version = Some((self.version, self.deleted.then_some(self.stamp)));
        Subject { id: self.id, updated_at: self.stamp, project: None, version }
    }
}

/// The ids of what a change did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub inserted: Vec<usize>,
    pub updated: Vec<usize>,
    pub deleted: Vec<usize>,
    /// The stamp of everything that was changed.
    pub at: i64,
}

#[derive(Debug)]
pub(super) struct Changing {
    /// In the order of ids; deleted rows stay as such.
    rows: Arc<Vec<Row>>,
    now: i64,
    seed: u64,
}

impl Default for Changing {
    fn default() -> Self {
        Changing::of(FIRST, 1)
    }
}

impl Changing {
    pub(super) fn of(count: usize, seed: u64) -> Changing {
        let row = |id: usize| Row { id, stamp: BASE + seconds(id) * STEP, version: 1, deleted: false };
        Changing { rows: Arc::new((1..=count).map(row).collect()), now: BASE + seconds(count + 1) * STEP, seed }
    }

    pub(super) fn rows(&self) -> Arc<Vec<Row>> {
        Arc::clone(&self.rows)
    }

    pub(super) fn now(&self) -> i64 {
        self.now
    }

    pub(super) fn set_now(&mut self, now: i64) {
        self.now = now;
    }

    /// Moves the clock on and changes so many rows that are there, each at most once.
    pub(super) fn change(&mut self, insert: usize, update: usize, delete: usize) -> Changed {
        self.now += STEP;
        self.seed = self.seed.wrapping_add(1);
        let mut rows = Vec::clone(&self.rows);
        let mut there = (0..rows.len()).filter(|at| !rows[*at].deleted).collect::<Vec<_>>();
        let mut draw = Draw::new(self.seed);
        let mut changed = Changed { at: self.now, ..Changed::default() };
        for turn in 0..(update + delete).min(there.len()) {
            let row = &mut rows[there.swap_remove(draw.below(there.len()))];
            (row.stamp, row.version, row.deleted) = (self.now, row.version + 1, turn >= update);
            if row.deleted { &mut changed.deleted } else { &mut changed.updated }.push(row.id);
        }
        for id in rows.len() + 1..=rows.len() + insert {
            rows.push(Row { id, stamp: self.now, version: 1, deleted: false });
            changed.inserted.push(id);
        }
        changed.updated.sort_unstable();
        changed.deleted.sort_unstable();
        self.rows = Arc::new(rows);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_as_many_rows_as_it_says() {
        let mut data = Changing::of(20, 3);
        let before = data.rows();
        let changed = data.change(7, 5, 2);
        assert_eq!((changed.inserted.len(), changed.updated.len(), changed.deleted.len()), (7, 5, 2));
        let after = data.rows();
        assert_eq!(after.len(), 27);
        assert_eq!(after.iter().filter(|row| row.deleted).count(), 2);
        let touched = after.iter().filter(|row| before.get(row.id - 1) != Some(row)).collect::<Vec<_>>();
        assert_eq!(touched.len(), 14);
        assert!(touched.iter().all(|row| row.stamp == changed.at && row.stamp > before[19].stamp));
        assert_eq!(data.change(0, 0, 100).deleted.len(), 25);
    }
}
