//! A round reads every partition of a stream once, in as many runs as their budgets make of it.
//!
//! What an earlier run finished waits until all others are known. The partitions that the newest round has not reached
//! come first; if this run brought the round to its end, the rest is done and is not read again, so that runs in a loop
//! come to an end. Else, and that is also after a failure or when nothing of the round was left, a new round begins.

use super::part::Queued;
use crate::state::{PartitionState, Round};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Where a stream stands in its rounds, in a run with a budget.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// What earlier runs finished.
    later: Vec<Finished>,
    /// The begin of the newest round that is known.
    began: Option<Timestamp>,
    /// The begin of the round before it.
    before: Option<Timestamp>,
    /// All is known, and all of `later` was read in this round.
    settled: bool,
    /// This run finished a partition.
    pub went_on: bool,
    /// What is looked up now is read in any case.
    pub again: bool,
    /// So many partitions are complete without a request of this run.
    pub spared: u64,
}

#[derive(Debug)]
struct Finished {
    passes: u64,
    round: Option<Round>,
    queued: Queued,
}

impl Finished {
    fn began(&self) -> Option<Timestamp> {
        self.round.map(|round| round.began)
    }
}

impl Rounds {
    /// A partition's state is known.
    pub(super) fn saw(&mut self, state: &PartitionState) {
        self.began = self.began.max(state.round.map(|round| round.began));
    }

    /// A partition that is finished waits.
    pub(super) fn put_off(&mut self, state: &PartitionState, queued: Queued) {
        self.later.push(Finished { passes: state.pass, round: state.round, queued });
    }

    /// Returns the begin of the round that a partition is read in.
    pub(super) fn stamp(&mut self, now: Timestamp) -> Timestamp {
        let after = self.before.and_then(|before| before.checked_add(SignedDuration::from_nanos(1)).ok());
        *self.began.get_or_insert_with(|| after.map_or(now, |after| now.max(after)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.later.is_empty()
    }

    /// Says whether what waits need not be read, if nothing else failed.
    pub(super) fn is_over(&self) -> bool {
        self.settled && self.went_on
    }

    /// Returns what is read next, when nothing else is left to begin. `whole`: all of it is wanted; `quiet`: nothing is
    /// being read; `failed`: this run does not bring the round to its end.
    pub(super) fn turn(&mut self, whole: bool, quiet: bool, failed: bool) -> VecDeque<Queued> {
        let newest = self.began;
        let (mut turned, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.later).into_iter().partition(|finished| whole || finished.began() < newest);
        self.later = rest;
        self.settled = turned.is_empty();
        if self.settled && quiet && (failed || !self.went_on) {
            (self.before, self.began) = (self.began.take(), None);
            turned = std::mem::take(&mut self.later);
        }
        self.again |= !turned.is_empty();
        // The one that was read least often comes first.
        turned.sort_by_key(|finished| finished.passes);
        turned.into_iter().map(|finished| finished.queued).collect()
    }

    /// What waits stays as it is: returns since when it may have changed.
    pub(super) fn spare(&mut self) -> Option<Timestamp> {
        self.spared = self.later.len() as u64;
        let since = self.later.iter().filter_map(|finished| finished.round.map(|round| round.asked)).min();
        self.later.clear();
        since
    }

    pub(super) fn clear(&mut self) {
        self.later.clear();
    }
}
