//! What the destination did, and what becomes of it: tables that are ready, states, units that are durable.

use super::packer::Packer;
use super::reading::Phase;
use super::work::Work;
use crate::event::Event;
use crate::fault::Fault;
use crate::sinks::{Building, Changes, Counts, Known, Staged};
use crate::state::PartitionKey;
use tokio::time::Instant;

impl Work {
    /// The destination answered: a table is ready, or can't be.
    pub(super) fn prepared(&mut self, at: usize, result: Result<(Changes, Option<Building>), Fault>) {
        let stream = &mut self.streams[at];
        match result {
            Ok((changes, building)) => {
                stream.phase = Phase::Reading;
                let tally = &mut stream.tally;
                for column in &changes.added {
                    tally.receipt.note(
                        "column_added",
                        format!("the column `{column}` is new in the destination"),
                        false,
                    );
                }
                for (column, from, to) in &changes.widened {
                    let text = format!("the column `{column}` was widened from {from} to {to}");
                    tally.receipt.note("column_widened", text, false);
                }
                if let Some(building) = building {
                    (stream.generation, stream.since) = (building.generation, Some(building.since));
                    tally.as_of(building.since);
                    tally.receipt.resumed_from = building.found.then_some(building.since);
                }
                let event = Event::StreamStarted {
                    stream: stream.job.stream.clone(),
                    mode: stream.run.mode.word().to_owned(),
                    resumed_from: stream.tally.receipt.resumed_from,
                };
                self.cx.listener.tell(&event);
            }
            Err(fault) => {
                stream.tally.broke(&fault);
                stream.stop_feeding();
                stream.phase = Phase::Closing;
            }
        }
    }

    /// The ledger answered what it knows of partitions.
    pub(super) fn known(&mut self, at: usize, keys: &[PartitionKey], result: Result<Vec<Known>, Fault>) {
        let has_budget = self.requests_left.is_some() || self.streams[at].pages_left.is_some();
        let stream = &mut self.streams[at];
        stream.looking_up = false;
        match result {
            Ok(states) => {
                for (key, known) in keys.iter().zip(states) {
                    // The queue may have been cleared since it was asked.
                    let Some(queued) = stream.queue.pop_front_if(|queued| queued.partition.key == *key) else { break };
                    // A budget is for those first that no run has finished: else the first ones were read for ever.
                    if let Some(state) = known.state.as_ref().filter(|_| has_budget && !stream.rounds.again) {
                        stream.rounds.saw(state);
                        if state.open.is_none() {
                            stream.rounds.put_off(state, queued);
                            continue;
                        }
                    }
                    stream.ready.push_back((queued, known));
                }
            }
            Err(fault) => self.breaks(fault),
        }
    }

    /// Rows are staged.
    pub(super) fn staged(&mut self, stream: &str, result: Result<Staged, Fault>) {
        self.memory.writing = 0;
        match result {
            Ok(staged) => self.packer.staged(stream, staged),
            Err(fault) => self.breaks(fault),
        }
    }

    /// A unit is durable.
    pub(super) fn committed(&mut self, seq: u64, pages: &[(String, u64)], rows: Vec<(String, u64)>, counts: &Counts) {
        self.memory.writing = 0;
        self.seq = seq + 1;
        self.commits += 1;
        self.durable += std::mem::take(&mut self.committing);
        self.checkpointed = Instant::now();
        for stream in &mut self.streams {
            let name = stream.job.stream.as_str();
            let durable = pages.iter().find(|(known, _)| known == name).map_or(0, |(_, pages)| *pages);
            stream.uncommitted -= durable.min(stream.uncommitted);
            if let Some(counts) = counts.streams.get(name).filter(|_| stream.writes()) {
                stream.tally.counted(counts);
            }
            for (_, text) in counts.notes.iter().filter(|(known, _)| known == name) {
                stream.tally.receipt.note("destination", text.clone(), false);
            }
        }
        self.cx.listener.tell(&Event::Committed { seq, rows, at: self.cx.clock.now() });
    }

    /// What was read up to now survives, also if the unit can't be closed.
    pub(super) fn secured(&mut self, pages: u64) {
        self.packer.checkpointed(pages);
    }

    /// A generation is what readers see, or stays what nobody sees.
    pub(super) fn promoted(&mut self, at: usize, result: Result<Counts, Fault>) {
        let stream = &mut self.streams[at];
        stream.phase = Phase::Ended;
        match result {
            Ok(counts) => {
                self.seq += 1;
                if let Some(counts) = counts.streams.get(&stream.job.stream) {
                    stream.tally.counted(counts);
                }
                for (_, text) in counts.notes.iter().filter(|(name, _)| *name == stream.job.stream) {
                    stream.tally.receipt.note("destination", text.clone(), false);
                }
            }
            Err(fault) => stream.tally.broke(&fault),
        }
        self.tell_end(at);
    }

    /// The run as a whole can't go on.
    pub(super) fn breaks(&mut self, fault: Fault) {
        // What was read and is not durable is not complete, nor is a table that nobody sees.
        for stream in self.streams.iter_mut().filter(|stream| stream.phase == Phase::Closing) {
            if stream.uncommitted > 0 || stream.replaces() {
                stream.tally.broke(&fault);
            }
        }
        self.failure.get_or_insert(fault);
        self.stop();
        self.packer = Packer::default();
        // What is read and not durable is not complete.
        for stream in self.streams.iter_mut().filter(|stream| stream.phase < Phase::Ended && stream.uncommitted > 0) {
            if stream.tally.is_complete() {
                stream.tally.cut("the destination did not take what was read");
            }
        }
    }
}
