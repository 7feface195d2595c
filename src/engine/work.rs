//! The one deciding task of a run: what is asked next, what is handed over to the destination next.
//!
//! It owns all state and waits only in [`Work::step`]; fetches and decoding run beside it as futures, the writer runs
//! beside it in [`sync`](super::sync). No channel lies between planner, frontier and packer.

use super::context::Context;
use super::flight::Arrival;
use super::packer::Packer;
use super::part::{Part, Place, Queued};
use super::reading::{CHUNK, Feed, Phase, Reading};
use crate::event::{Event, Failure};
use crate::fault::{Fault, Kind};
use crate::sinks::{Abilities, CommitUnit, Fence, Known, Promotion, StreamPart, StreamTarget};
use crate::state::{Generation, PartitionKey};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeMap;
use tokio::time::{Instant, sleep_until};

/// A run that is going on.
pub(super) struct Work {
    pub cx: Context,
    pub streams: Vec<Reading>,
    /// The partitions that are being read, in the order of the run.
    pub parts: BTreeMap<Place, Part<Arrival>>,
    pub flights: FuturesUnordered<BoxFuture<'static, Arrival>>,
    pub slots: u32,
    pub flying: u32,
    pub memory: Memory,
    pub packer: Packer,
    pub abilities: Abilities,
    pub fence: Fence,
    pub seq: u64,
    pub requests: u64,
    pub requests_left: Option<u64>,
    /// Pages that arrived.
    pub answered: u64,
    pub bytes: u64,
    pub commits: u64,
    /// Pages that are durable.
    pub durable: u64,
    /// Pages of the unit that the destination has.
    pub committing: u64,
    /// A page lacks memory: what is read is to be handed over.
    pub pressed: bool,
    /// When something that waits may go on.
    pub wake: Option<Instant>,
    pub checkpointed: Instant,
    /// The last step staged rows.
    pub staged: bool,
    /// Nothing more is begun.
    pub stopping: bool,
    pub cancelled: bool,
    pub failure: Option<Fault>,
}

/// The memory of pages, by where they are.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub most: u64,
    /// Estimated for those on their way.
    pub flying: u64,
    pub parked: u64,
    pub writing: u64,
}

/// What the destination is to do next.
pub(super) enum Step {
    Prepare { stream: usize, target: Box<StreamTarget>, replace: bool },
    States { stream: usize, name: String, keys: Vec<PartitionKey> },
    Stage(Box<StreamPart>),
    Checkpoint(CommitUnit),
    Commit(CommitUnit),
    Promote { stream: usize, name: String, generation: Generation, promotion: Promotion },
    Done,
}

impl Work {
    /// Goes on until the destination has something to do; `idle`: it has nothing to do now.
    ///
    /// Dropping the future loses nothing: all state lies in `self`.
    pub(super) async fn step(&mut self, idle: bool) -> Step {
        loop {
            if self.cx.cancel.is_cancelled() && !self.cancelled {
                self.cancelled = true;
                self.stop();
            }
            self.advance(idle);
            if let Some(step) = idle.then(|| self.wants()).flatten() {
                return step;
            }
            let cancelled = self.cx.cancel.clone();
            let wake = self.wakes_at();
            tokio::select! {
                biased;
                () = cancelled.cancelled(), if !self.cancelled => {}
                Some(arrival) = self.flights.next(), if !self.flights.is_empty() => self.arrived(arrival),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                else => std::future::pending().await,
            }
        }
    }

    /// Decides all that can be decided without waiting.
    fn advance(&mut self, idle: bool) {
        self.begin_streams();
        self.release_parents();
        if !self.stopping {
            self.fill_queues();
            self.open_parts();
            self.admit(idle);
        }
        self.end_streams();
    }

    /// A stream that is read for its children only ends when none of them wants more of its rows.
    fn release_parents(&mut self) {
        // Children stand behind their parents, so a grandparent is released after its child.
        for at in (0..self.streams.len()).rev() {
            let stream = &self.streams[at];
            let is_idle = stream.phase != Phase::Reading || matches!(stream.feed, Feed::Finished) && stream.active == 0;
            let wanted = |child: &usize| {
                let child = &self.streams[*child];
                child.phase < Phase::Closing && child.tally.asked.is_none() && child.tally.failure.is_none()
            };
            if stream.writes() || is_idle || stream.job.children.iter().any(wanted) {
                continue;
            }
            self.streams[at].stop_feeding();
            self.drop_parts(at);
        }
    }

    /// Stops reading the partitions of a stream; requests on the wire count for nothing.
    pub(super) fn drop_parts(&mut self, at: usize) {
        let of_stream: Vec<Place> =
            self.parts.iter().filter(|(_, part)| part.job == at).map(|(place, _)| place.clone()).collect();
        for place in of_stream {
            self.land(&place);
            self.parts.remove(&place);
            self.streams[at].active -= 1;
        }
    }

    /// Begins streams whose needs have ended.
    fn begin_streams(&mut self) {
        for at in 0..self.streams.len() {
            let stream = &self.streams[at];
            if stream.phase != Phase::Waiting {
                continue;
            }
            let needs = &stream.job.needs;
            if needs.iter().any(|need| self.streams[*need].phase != Phase::Ended) {
                continue;
            }
            let failed = needs.iter().find(|need| !self.streams[**need].tally.is_complete());
            let cause =
                failed.map(|need| format!("it needs `{}`, which is not complete", self.streams[*need].job.stream));
            let stream = &mut self.streams[at];
            if let Some(cause) = cause {
                stream.tally.skipped = Some(cause);
                stream.stop_feeding();
                stream.phase = Phase::Closing;
            } else {
                stream.phase = if stream.writes() { Phase::Preparing } else { Phase::Reading };
            }
        }
    }

    /// Takes partitions from lists and products, a few at a time.
    fn fill_queues(&mut self) {
        for (rank, stream) in self.streams.iter_mut().enumerate() {
            while stream.phase == Phase::Reading && stream.queue.len() < CHUNK {
                let Feed::Product(product) = &mut stream.feed else { break };
                match product.next() {
                    Ok(Some(partition)) => {
                        let order = stream.job.order.as_ref();
                        let asked = order.is_none_or(|order| stream.run.is_asked_for(&partition, &order.partition));
                        if asked && stream.met.insert(partition.key.digest()) {
                            let place = vec![u32::try_from(rank).unwrap_or(u32::MAX), stream.next_root];
                            stream.next_root = stream.next_root.saturating_add(1);
                            stream.queue.push_back(Queued { place, partition });
                        }
                    }
                    Ok(None) => stream.feed = Feed::Finished,
                    Err(fault) => {
                        stream.tally.broke(&fault);
                        stream.feed = Feed::Finished;
                    }
                }
            }
        }
        for at in 0..self.streams.len() {
            self.streams[at].turn_to_later();
            if self.streams[at].phase == Phase::Reading && self.streams[at].pages_left == Some(0) {
                self.spend_pages(at);
            }
        }
        // A stream that is read for its children only has no state.
        for stream in self.streams.iter_mut().filter(|stream| !stream.writes()) {
            stream.ready.extend(stream.queue.drain(..).map(|queued| (queued, Known::default())));
        }
    }

    /// Opens partitions in the order of the run, a few more than there are slots.
    fn open_parts(&mut self) {
        let most = 2 * self.slots as usize + 2;
        while self.parts.len() < most + self.feeding() {
            // What waits for another stream or for its table is not begun.
            let first = |stream: &Reading| {
                let next = stream.ready.front().filter(|_| stream.phase == Phase::Reading);
                next.map(|(queued, _)| queued.place.clone())
            };
            let next = self.streams.iter().enumerate().filter_map(|(at, stream)| Some((first(stream)?, at))).min();
            let Some((_, at)) = next else { break };
            if let Some((queued, known)) = self.streams[at].ready.pop_front() {
                self.open(at, queued, known);
            }
        }
    }

    /// Counts the partitions whose rows are others' partitions: they do not take their children's places.
    fn feeding(&self) -> usize {
        self.parts.values().filter(|part| !self.streams[part.job].job.children.is_empty()).count()
    }

    /// Ends streams of which all is read, and tells their children.
    fn end_streams(&mut self) {
        for at in 0..self.streams.len() {
            let parents = self.streams[at].job.parents.clone();
            let is_fed = matches!(self.streams[at].feed, Feed::Parents) && self.streams[at].phase == Phase::Reading;
            if is_fed && parents.iter().all(|parent| self.streams[*parent].phase >= Phase::Closing) {
                self.streams[at].feed = Feed::Finished;
                for parent in parents {
                    self.blame_parent(at, parent);
                }
                // Nothing else may happen that would have it done.
                self.streams[at].turn_to_later();
            }
            if self.streams[at].is_read() {
                self.streams[at].closes();
            }
            let stream = &mut self.streams[at];
            if stream.phase == Phase::Closing && stream.uncommitted == 0 {
                stream.phase = Phase::Ended;
                let was_complete = stream.tally.is_complete();
                stream.meets_expectations();
                // What is read and durable is shown, also where the user stops the rest; what is not as it should be is
                // thrown away.
                if stream.replaces() && was_complete && self.failure.is_none() {
                    stream.phase = Phase::Promoting;
                    continue;
                }
                self.tell_end(at);
            }
        }
    }

    /// A parent that is not complete leaves its children incomplete, or not begun at all.
    fn blame_parent(&mut self, child: usize, parent: usize) {
        let parent = &self.streams[parent];
        if parent.tally.is_complete() {
            return;
        }
        let why = parent.tally.failure.as_ref().or(parent.tally.unread.first().map(|unread| &unread.failure));
        let why =
            why.map_or_else(|| "it was not read to its end".to_owned(), |failure: &Failure| failure.message.clone());
        let cause = format!("its parent `{}` is not complete: {why}", parent.job.stream);
        let child = &mut self.streams[child];
        if child.tally.receipt.partitions == 0 && child.queue.is_empty() && child.ready.is_empty() && child.active == 0
        {
            child.tally.skipped = Some(cause);
        } else {
            let fault = Fault::new(Kind::Source, "read", cause);
            child.tally.failed(&PartitionKey::from_text("*"), None, &fault);
        }
    }

    pub(super) fn tell_end(&mut self, at: usize) {
        let stream = &self.streams[at];
        if stream.writes() {
            self.cx.listener.tell(&Event::StreamEnded { receipt: stream.tally.receipt() });
        }
    }

    /// Says what the idle destination is to do.
    fn wants(&mut self) -> Option<Step> {
        if let Some(at) = self.streams.iter().position(|stream| stream.phase == Phase::Preparing) {
            let stream = &self.streams[at];
            let target = stream.run.target.clone().expect("a stream that is written has a target");
            return Some(Step::Prepare { stream: at, target: Box::new(target), replace: stream.replaces() });
        }
        let enough = 2 * self.slots as usize + 2;
        for (at, stream) in self.streams.iter_mut().enumerate() {
            let wanting = !stream.queue.is_empty() && stream.ready.len() < enough && !stream.looking_up;
            if !self.stopping && stream.phase == Phase::Reading && wanting {
                stream.looking_up = true;
                let keys = stream.queue.iter().take(CHUNK).map(|queued| queued.partition.key.clone()).collect();
                return Some(Step::States { stream: at, name: stream.job.stream.clone(), keys });
            }
        }
        let now = Instant::now();
        // Checkpoints keep a unit safe where they are to be had; else the unit itself becomes durable.
        let much = self.cx.limits.early && self.packer.is_much(self.durable);
        let every = self.abilities.checkpoint.filter(|_| !self.packer.is_empty());
        let checkpoint = every.is_some_and(|every| much || now.duration_since(self.checkpointed) >= every);
        // Pages that come faster than they are staged must not hold back what makes them durable.
        let turn = self.staged && (checkpoint || self.packer.is_due(&self.abilities.cadence, now, false));
        self.staged = false;
        if self.abilities.stages
            && !turn
            && let Some(part) = self.packer.unstaged()
        {
            self.staged = true;
            self.memory.writing = part.rows.iter().map(|rows| rows.bytes).sum();
            return Some(Step::Stage(Box::new(part)));
        }
        let close = self.pressed || self.is_quiet() || (much && self.abilities.checkpoint.is_none());
        if self.packer.is_due(&self.abilities.cadence, now, close) {
            self.pressed = false;
            self.memory.writing = self.packer.first_bytes();
            self.committing = self.packer.first_pages();
            return Some(Step::Commit(self.packer.take(self.seq, self.fence)));
        }
        if checkpoint {
            self.checkpointed = now;
            return Some(Step::Checkpoint(self.packer.so_far(self.seq, self.fence)));
        }
        if let Some(at) = self.streams.iter().position(|stream| stream.phase == Phase::Promoting) {
            let stream = &self.streams[at];
            let promotion = Promotion {
                fence: self.fence,
                seq: self.seq,
                found: (!stream.run.is_whole()).then(|| stream.found.clone()),
                allow_empty: stream.job.order.as_ref().is_some_and(|order| order.allow_empty),
                gives_up: !stream.tally.is_complete(),
            };
            let name = stream.job.stream.clone();
            return Some(Step::Promote { stream: at, name, generation: stream.generation, promotion });
        }
        let over = self.streams.iter().all(|stream| stream.phase == Phase::Ended);
        let stopped = self.stopping && self.streams.iter().all(|stream| stream.phase != Phase::Promoting);
        ((over || stopped) && self.packer.is_empty()).then_some(Step::Done)
    }

    /// Says whether what is packed should not wait for more: a stream is read to its end, or all is.
    fn is_quiet(&self) -> bool {
        self.stopping || self.streams.iter().any(|stream| stream.phase == Phase::Closing && stream.uncommitted > 0)
    }

    fn wakes_at(&self) -> Option<Instant> {
        let due = self.packer.due_at(&self.abilities.cadence);
        let checkpoint = self.abilities.checkpoint.filter(|_| !self.packer.is_empty());
        let checkpoint = checkpoint.map(|every| self.checkpointed + every);
        [self.wake, due, checkpoint].into_iter().flatten().min()
    }

    /// Begins nothing more: requests on the wire are dropped, what is read and in order becomes durable.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.flights.clear();
        (self.flying, self.memory.flying, self.memory.parked) = (0, 0, 0);
        let why =
            if self.cancelled { "the run was stopped before it was read" } else { "the run ended before it was read" };
        let fault = Fault::new(Kind::Internal, "read", why).temporary();
        for part in self.parts.values() {
            let stream = &mut self.streams[part.job];
            if stream.phase < Phase::Closing {
                stream.tally.failed(&part.partition.key, stream.covered(part), &fault);
            }
        }
        for stream in &mut self.streams {
            stream.flying = 0;
            if stream.phase < Phase::Closing && (stream.has_more() || stream.tally.is_complete()) {
                stream.tally.cut(why);
            }
        }
        self.parts.clear();
    }

    /// Says whether so much is read and not safe that nothing more is asked for: the destination is slower than the API,
    /// and a kill would have it all read again.
    pub(super) fn is_ahead(&self) -> bool {
        let (safe, at_risk) = (self.durable + self.packer.secured(), self.committing + self.packer.at_risk());
        let few = 2 * u64::from(self.slots) + 2;
        // Whoever is ahead has much at risk: what is packed is handed over now, and nobody waits for a clock.
        self.cx.limits.early && !self.abilities.cadence.every_page && at_risk >= few && 2 * at_risk >= safe
    }
}
