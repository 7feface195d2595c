//! A stream that is being read: where its partitions come from, and how far it is.

use super::jobs::Job;
use super::part::{Part, Queued};
use super::partitions::Product;
use super::pass::{self, Pass, Rules};
use super::rounds::Rounds;
use super::stream::StreamRun;
use super::tally::Tally;
use crate::fault::{Fault, Kind};
use crate::sinks::{Known, Mode};
use crate::state::{Digest, Generation, PartitionKey, PartitionState};
use jiff::Timestamp;
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// So many partitions are looked up in the ledger at once.
pub(super) const CHUNK: usize = 256;
/// A parent's next page waits while so many of its children stand in the queue.
pub(super) const MOST_QUEUED: usize = 1000;

/// A stream that is being read.
pub(super) struct Reading {
    pub job: Job,
    pub run: Arc<StreamRun>,
    pub phase: Phase,
    pub feed: Feed,
    pub queue: VecDeque<Queued>,
    /// Partitions whose state is known.
    pub ready: VecDeque<(Queued, Known)>,
    /// What an earlier run finished, where there is a budget.
    pub rounds: Rounds,
    /// A look-up in the ledger is on its way.
    pub looking_up: bool,
    /// Partitions that are being read.
    pub active: u32,
    pub flying: u32,
    /// The memory of its largest page so far.
    pub estimate: Option<u64>,
    pub generation: Generation,
    /// The begin of the generation that is being built.
    pub since: Option<Timestamp>,
    pub tally: Tally,
    /// Pages that are packed and not durable.
    pub uncommitted: u64,
    /// The partitions of this run, where vanished ones go at the swap.
    pub found: Vec<PartitionKey>,
    pub rows_left: Option<u64>,
    pub pages_left: Option<u64>,
    /// The first page of the stream was looked at.
    pub begun: bool,
    pub next_root: u32,
    /// Partitions that the run has met: whoever comes twice is read once.
    pub met: HashSet<Digest>,
}

/// How far a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// For streams that it needs.
    Waiting,
    /// Its table is being made ready.
    Preparing,
    Reading,
    /// All is read; not all is durable.
    Closing,
    Promoting,
    Ended,
}

/// Where partitions come from.
pub(super) enum Feed {
    Product(Product),
    /// The rows of its parents.
    Parents,
    Finished,
}

impl Reading {
    /// Returns what decides how its passes go.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            mode: self.run.mode,
            generation: self.generation,
            ascending: self.run.ascending,
            by_page: self.run.by_page,
            counted: self.run.counted,
            feeds: !self.job.children.is_empty(),
            // Whoever has children is read whole: all of its rows are their partitions.
            full: !self.job.children.is_empty() || self.job.order.as_ref().is_none_or(|order| order.full),
            hashes: self.run.hashes,
        }
    }

    /// Begins a new pass. A read of the whole that was left goes on with its window.
    pub(super) fn anew(&self, state: &PartitionState, now: Timestamp) -> Pass {
        let mut rules = self.rules();
        let left = pass::left(state, &rules);
        rules.full |= left.is_some_and(|open| open.full) || self.run.backfills(state);
        let asked = match left {
            Some(open) => self.run.asked_from(open.asked.start.as_ref(), now),
            None => self.run.asked(state, rules.full, now),
        };
        pass::anew(state, &rules, asked)
    }

    /// Rows in this range were written by earlier runs: an append writes none twice, whether they were read for its
    /// children or the API gives more than it was asked for.
    pub(super) fn written(&self, state: &PartitionState) -> Option<Range<i128>> {
        if self.run.mode != Mode::Append || self.job.order.as_ref().is_none_or(|order| order.full) {
            return None;
        }
        let stretch = state.covered.stretches.first()?;
        let floor = self.run.floor(&stretch.to)?;
        Some(stretch.from.as_ref().map_or(i128::MIN, |from| from.order)..floor)
    }

    /// Says whether its rows are written.
    pub(super) fn writes(&self) -> bool {
        self.job.order.is_some()
    }

    pub(super) fn replaces(&self) -> bool {
        self.writes() && self.run.mode == Mode::Replace
    }

    /// Says whether all of it is read.
    pub(super) fn is_read(&self) -> bool {
        self.phase == Phase::Reading && self.active == 0 && !self.looking_up && !self.has_more()
    }

    /// Holds a complete read against what the manifest expects of one; a stream with positions reads only what is new.
    pub(super) fn meets_expectations(&mut self) {
        let asked = self.job.order.as_ref().filter(|order| !order.partition.is_empty());
        if let Some(order) = asked.filter(|_| self.tally.is_complete() && self.tally.receipt.partitions == 0) {
            let named: Vec<String> = order.partition.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let text = format!("no partition is `{}`, so nothing was read; look at the value", named.join(", "));
            self.tally.receipt.note("no_partition", text, true);
        }
        let reads_all = self.run.positions.is_none() || self.run.mode == Mode::Replace;
        if !self.tally.is_complete() || !reads_all || !self.writes() || self.rounds.spared > 0 {
            return;
        }
        let (read, (least, most)) = (self.tally.receipt.read, self.run.expects_rows);
        let told = match (least, most) {
            (Some(least), _) if read < least => format!("{read} records were read, `expect.min` is {least}"),
            (_, Some(most)) if read > most => format!("{read} records were read, `expect.max` is {most}"),
            _ => return,
        };
        self.tally.broke(&Fault::new(Kind::Contract, "read", told));
    }

    /// Says whether nothing is to be read after a pass, which is the only one that is active.
    pub(super) fn is_last(&self, pass: &Pass) -> bool {
        self.active == 1 && !self.looking_up && !self.has_more() && self.run.next_window(pass).is_none()
    }

    /// Says whether partitions are left, or may be, that were not begun.
    pub(super) fn has_more(&self) -> bool {
        let over = self.rounds.is_empty() || (self.rounds.is_over() && self.tally.is_complete());
        let queued = !self.queue.is_empty() || !self.ready.is_empty() || !over;
        queued || !matches!(self.feed, Feed::Finished) || self.phase < Phase::Reading
    }

    /// Turns to the partitions that an earlier run finished, when no other is left.
    pub(super) fn turn_to_later(&mut self) {
        let others = !self.queue.is_empty() || !self.ready.is_empty() || self.looking_up;
        if !self.rounds.is_empty() && !others && matches!(self.feed, Feed::Finished) {
            // A table that is replaced knows itself what is done, and whoever has children names them by its rows.
            let whole = self.replaces() || !self.job.children.is_empty();
            self.queue = self.rounds.turn(whole, self.active == 0, !self.tally.is_complete());
        }
    }

    /// Says whether it is not known yet if partitions are left.
    pub(super) fn may_be_all(&self) -> bool {
        let unknown = self.looking_up || !self.queue.is_empty() || !matches!(self.feed, Feed::Finished);
        unknown && !self.rounds.again && self.ready.is_empty()
    }

    /// All is read; what earlier runs of the round read counts with it.
    pub(super) fn closes(&mut self) {
        self.phase = Phase::Closing;
        if let Some(since) = self.rounds.spare() {
            let spared = self.rounds.spared;
            self.tally.complete += spared;
            self.tally.as_of(since);
            let text = format!("{spared} partitions were read by earlier runs, up to their budgets; all are read now");
            self.tally.receipt.note("round", text, false);
        }
    }

    /// Nothing more is begun; what is active goes on.
    pub(super) fn stop_feeding(&mut self) {
        self.feed = Feed::Finished;
        self.queue.clear();
        self.ready.clear();
        self.rounds.clear();
    }

    /// Says how far a partition was read, for people.
    pub(super) fn covered<A>(&self, part: &Part<A>) -> Option<String> {
        let position = Self::covered_to(&part.state).filter(|_| self.run.mode != Mode::Replace);
        position.or_else(|| (part.pages > 0).then(|| format!("page {}", part.expected)))
    }

    /// Returns what of a partition is covered, as the API writes it.
    fn covered_to(state: &PartitionState) -> Option<String> {
        let position = state.covered.position()?;
        let mut text = String::new();
        crate::data::json::write_canonical(&position.text, &mut text);
        Some(text.trim_matches('"').to_owned())
    }
}
