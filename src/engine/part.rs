//! A partition that is being read: what it waits for, and what its pages looked like so far.

use super::asking::Asking;
use super::loops::{Keys, Loops};
use super::partitions::Partition;
use super::pass::Pass;
use super::stream::StreamRun;
use crate::state::{Page, PartitionState, Version};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Where something stands in the order of a run: stream, partition, page, row of the page, child.
pub(super) type Place = Vec<u32>;

/// A partition whose state was not looked up yet, and its place in the order.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub place: Place,
    pub partition: Partition,
}

/// A partition that is being read.
pub(super) struct Part<A> {
    pub job: usize,
    pub partition: Partition,
    /// The version of its state after what is packed.
    pub version: Version,
    /// Its state after what is packed.
    pub state: PartitionState,
    pub pass: Pass,
    /// Pages that may be asked now, in their order.
    pub wanted: VecDeque<Page>,
    /// Pages that were asked before their turn.
    pub asked_ahead: Vec<Page>,
    /// Pages that probably come after the next one.
    pub guessed: Vec<Page>,
    /// The page that is looked at next.
    pub expected: u64,
    pub flying: u32,
    /// Pages that arrived before those before them.
    pub parked: BTreeMap<u64, A>,
    /// Answers to requests of an earlier pass count for nothing.
    pub epoch: u32,
    pub tries: Tries,
    /// Nothing is asked before this.
    pub not_before: Option<Instant>,
    pub loops: Loops,
    pub keys: Keys,
    /// What the API said first and last that there is in all.
    pub claimed: Option<(u64, u64)>,
    /// Pages of this run.
    pub pages: u64,
    /// The pass began anew because its place in the API was gone: once a run.
    pub begun_anew: bool,
    pub pages_restarted: bool,
    /// The next request is the first one of a pass that goes on.
    pub resuming: bool,
    /// How many child partitions were made of its rows.
    pub offspring: u32,
}

/// The tries of one request.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries {
    pub count: u32,
    pub since: Option<Instant>,
    pub waited: Duration,
    /// How long of it nobody got a page.
    pub in_vain: Duration,
    /// How many pages the run had when it last had to wait.
    pub answered: u64,
    /// An identifier that stays the same over all of them.
    pub uuid: String,
}

impl<A> Part<A> {
    pub(super) fn new(job: usize, partition: Partition, version: Version, state: PartitionState, pass: Pass) -> Self {
        Self {
            job,
            partition,
            version,
            state,
            pass,
            wanted: VecDeque::new(),
            asked_ahead: Vec::new(),
            guessed: Vec::new(),
            expected: 0,
            flying: 0,
            parked: BTreeMap::new(),
            epoch: 0,
            tries: Tries::default(),
            not_before: None,
            loops: Loops::default(),
            keys: Keys::default(),
            claimed: None,
            pages: 0,
            begun_anew: false,
            pages_restarted: false,
            resuming: false,
            offspring: 0,
        }
    }

    /// Says what is asked for a page.
    pub(super) fn asking(&self, page: Page, run: &StreamRun, first_page: bool) -> Asking {
        Asking {
            page,
            partition: self.partition.clone(),
            asked: self.pass.asked.clone(),
            received: self.pass.rows,
            since: run.since(&self.pass),
            first_page,
            uuid: self.tries.uuid.clone(),
        }
    }

    /// Begins with a page; what was asked before counts for nothing.
    pub(super) fn begin(&mut self, page: Page) {
        self.epoch += 1;
        self.parked.clear();
        self.wanted.clear();
        self.asked_ahead.clear();
        self.guessed.clear();
        self.expected = page.index;
        self.wanted.push_back(page);
        self.tries = Tries::default();
    }

    /// Goes on with a pass that takes the place of the present one.
    pub(super) fn replace_pass(&mut self, pass: Pass) {
        self.pass = pass;
        self.loops = Loops::default();
        self.keys = Keys::default();
        self.claimed = None;
    }
}
