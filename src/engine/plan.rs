//! From an order to a run that can begin.

use super::context::Context;
use super::jobs::{self, Job};
use super::naming::Naming;
use super::order::Order;
use super::packer::Packer;
use super::partitions::Product;
use super::reading::{Feed, Phase, Reading};
use super::rounds::Rounds;
use super::stream::{StreamRun, mode};
use super::tally::Tally;
use super::work::{Memory, Work};
use crate::event::StreamReceipt;
use crate::fault::{Fault, Kind};
use crate::plan::Bound;
use crate::sinks::{Ledger, Mode, Sink};
use crate::state::PartitionKey;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::time::Instant;

/// Requests in flight where neither user nor connector says how many.
const SLOTS: u32 = 4;

impl Work {
    /// Decides what is read, and how it is written. A stream that can't be run fails; the others go on.
    pub(super) fn plan(bound: &Arc<Bound>, order: &Order, sink: &dyn Sink, cx: &Context) -> Result<Self, Fault> {
        let abilities = sink.abilities();
        let jobs = jobs::list(bound, order)?;
        let mut streams = Vec::new();
        for job in jobs {
            streams.push(stream(bound, job, abilities.modes, &sink.place(), cx)?);
        }
        let declared = streams.iter().filter_map(|stream| stream.run.declared_concurrency()).max();
        let slots = cx.limits.concurrency.or(declared).unwrap_or(SLOTS).max(1);
        Ok(Self {
            cx: cx.clone(),
            streams,
            parts: BTreeMap::new(),
            flights: futures_util::stream::FuturesUnordered::new(),
            slots,
            flying: 0,
            memory: Memory { most: cx.limits.memory, ..Memory::default() },
            packer: Packer::default(),
            abilities,
            fence: 0,
            seq: 0,
            requests: 0,
            requests_left: order.requests,
            answered: 0,
            bytes: 0,
            commits: 0,
            pressed: false,
            wake: None,
            durable: 0,
            committing: 0,
            checkpointed: Instant::now(),
            staged: false,
            stopping: false,
            cancelled: false,
            failure: None,
        })
    }

    /// The destination is open.
    pub(super) fn begins(&mut self, ledger: &Ledger) {
        (self.fence, self.seq) = (ledger.fence, ledger.next_seq);
        // Half of the memory at most may wait for the destination, so that pages have the other half.
        if !self.abilities.stages {
            self.abilities.cadence.bytes = self.abilities.cadence.bytes.min(self.memory.most / 2);
        }
        if let Some(every) = self.cx.limits.commit_every {
            self.abilities.cadence.time = self.abilities.cadence.time.min(every);
        }
    }

    /// Returns what became of each stream that was ordered.
    pub(super) fn receipts(&self) -> Vec<StreamReceipt> {
        self.streams.iter().filter(|stream| stream.writes()).map(|stream| stream.tally.receipt()).collect()
    }
}

fn stream(bound: &Arc<Bound>, job: Job, modes: &[Mode], place: &str, cx: &Context) -> Result<Reading, Fault> {
    let of = &bound.streams[&job.stream];
    let order = job.order.as_ref();
    let mode = match order {
        Some(order) => mode(of, order.mode, modes, place)?,
        // Rows that are read for others are kept nowhere.
        None => Mode::Append,
    };
    let run = Arc::new(StreamRun::new(bound, of, order, mode, !job.children.is_empty(), cx)?);
    if let Some((unknown, _)) = order.and_then(|order| order.partition.iter().find(|(name, _)| !run.naming.knows(name)))
    {
        let known = crate::name::listed(run.naming.names());
        let told = match known.as_str() {
            "" => format!("`{}` has no partitions, so `{unknown}` names none", job.stream),
            known => format!("`{}` has no partitions by `{unknown}`; they are by {known}", job.stream),
        };
        return Err(Fault::new(Kind::Config, "plan", told));
    }
    if order.is_some_and(|order| mode == Mode::Replace && !(order.partition.is_empty() && order.filter.is_empty())) {
        let told = format!("`{}` can't be replaced by a part of its rows; upsert or append them", job.stream);
        return Err(Fault::new(Kind::Config, "plan", told));
    }
    let feed =
        if run.naming.is_fed() { Feed::Parents } else { Feed::Product(Product::new(Arc::clone(&run.naming) as _)) };
    let (rows_left, pages_left) = order.map_or((None, None), |order| (order.limit, order.pages));
    let mut tally = Tally::new(&job.stream, mode.word());
    if run.reads_all_parents {
        tally.receipt.note("all_parents", "`changed_only`: this version reads the children of all parents", false);
    }
    Ok(Reading {
        job,
        run,
        phase: Phase::Waiting,
        feed,
        queue: VecDeque::new(),
        ready: VecDeque::new(),
        rounds: Rounds::default(),
        looking_up: false,
        active: 0,
        flying: 0,
        estimate: None,
        generation: 0,
        since: None,
        tally,
        uncommitted: 0,
        found: Vec::new(),
        rows_left,
        pages_left,
        begun: false,
        next_root: 0,
        met: HashSet::new(),
    })
}

/// Lists the partitions of a stream that are known without a request; a fault if the rows of others are needed for it.
pub fn partitions(bound: &Bound, stream: &str, context: &Context, most: usize) -> Result<Vec<PartitionKey>, Fault> {
    let Some(of) = bound.streams.get(stream) else {
        return Err(Fault::new(Kind::Config, "plan", format!("there is no stream `{stream}`")));
    };
    let naming = Arc::new(Naming::new(bound, of, context.clock.now())?);
    if naming.is_fed() {
        let parents = jobs::parents(of).join("`, `");
        return Err(Fault::new(
            Kind::Config,
            "plan",
            format!("the rows of `{parents}` are its partitions; read those"),
        ));
    }
    let mut product = Product::new(naming as _);
    let mut all = Vec::new();
    while all.len() < most {
        let Some(partition) = product.next()? else { break };
        all.push(partition.key);
    }
    Ok(all)
}
