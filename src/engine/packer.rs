//! Puts segments of many partitions into one unit, which is durable as a whole.

use crate::sinks::{Cadence, CommitUnit, Facts, Fence, Mode, Refused, Rows, Staged, StreamPart};
use crate::state::{Generation, PartitionKey, PendingChange, StateChange};
use indexmap::IndexMap;
use std::collections::HashMap;
use tokio::time::Instant;

/// What one page adds to a unit.
#[derive(Debug)]
pub(super) struct Segment {
    pub stream: String,
    pub mode: Mode,
    pub generation: Generation,
    pub rows: Vec<Rows>,
    pub refused: Vec<Refused>,
    pub state: StateChange,
    pub facts: Facts,
}

/// The unit that is being filled.
#[derive(Debug, Default)]
pub(super) struct Packer {
    parts: IndexMap<String, Part>,
    bytes: u64,
    /// The bytes of it that are staged: they take no memory any more.
    staged: u64,
    pages: u64,
    /// Pages that a checkpoint holds already.
    secured: u64,
    since: Option<Instant>,
}

#[derive(Debug)]
struct Part {
    part: StreamPart,
    states: HashMap<PartitionKey, usize>,
}

impl Packer {
    /// Adds a page; says whether its partition had no state in this unit before.
    pub(super) fn add(&mut self, segment: Segment, now: Instant) -> bool {
        self.since.get_or_insert(now);
        self.bytes += segment.rows.iter().map(|rows| rows.bytes).sum::<u64>();
        self.bytes += segment.refused.iter().map(|refused| refused.raw.len() as u64).sum::<u64>();
        let part = self.parts.entry(segment.stream.clone()).or_insert_with(|| Part {
            part: StreamPart {
                stream: segment.stream,
                generation: segment.generation,
                mode: segment.mode,
                rows: Vec::new(),
                staged: Vec::new(),
                refused: Vec::new(),
                states: Vec::new(),
                edges: Vec::new(),
                pending: PendingChange::default(),
                facts: Facts::default(),
            },
            states: HashMap::new(),
        });
        part.part.rows.extend(segment.rows.into_iter().filter(|rows| rows.batch.num_rows() > 0));
        part.part.refused.extend(segment.refused);
        part.part.facts.pages += segment.facts.pages;
        self.pages += segment.facts.pages;
        part.part.facts.read += segment.facts.read;
        part.put(segment.state)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The bytes of it that take memory.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Says whether it is time to hand the unit over; `pressed`: a page lacks memory.
    pub(super) fn is_due(&self, cadence: &Cadence, now: Instant, pressed: bool) -> bool {
        let Some(since) = self.since.filter(|_| !self.is_empty()) else { return false };
        pressed
            || cadence.every_page
            || self.bytes + self.staged >= cadence.bytes
            || now.duration_since(since) >= cadence.time
    }

    /// Says whether a kill would lose much of what was read: half of what is safe, or more. A run begins with small units
    /// and ends with large ones, so that their number grows with the logarithm of the pages only.
    pub(super) fn is_much(&self, durable: u64) -> bool {
        self.at_risk() > 0 && 2 * self.at_risk() >= durable + self.secured
    }

    /// The pages in it.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// The pages in it that no checkpoint holds.
    pub(super) fn at_risk(&self) -> u64 {
        self.pages - self.secured
    }

    /// The pages in it that a checkpoint holds.
    pub(super) fn secured(&self) -> u64 {
        self.secured
    }

    /// Notes that a checkpoint holds its first pages.
    pub(super) fn checkpointed(&mut self, pages: u64) {
        self.secured = pages.min(self.pages);
    }

    /// Returns when the unit is due by time.
    pub(super) fn due_at(&self, cadence: &Cadence) -> Option<Instant> {
        self.since.filter(|_| !self.is_empty()).map(|since| since + cadence.time)
    }

    /// Takes the rows that are not staged yet, one stream after the other.
    pub(super) fn to_stage(&mut self) -> Option<StreamPart> {
        let part = self.parts.values_mut().find(|part| !part.part.rows.is_empty())?;
        let mut taken = part.part.clone();
        let rows = std::mem::take(&mut part.part.rows);
        let bytes = rows.iter().map(|rows| rows.bytes).sum::<u64>();
        self.bytes -= bytes;
        self.staged += bytes;
        taken.rows = rows;
        taken.staged.clear();
        taken.refused.clear();
        Some(taken)
    }

    /// Notes that rows are staged.
    pub(super) fn staged(&mut self, stream: &str, staged: Staged) {
        if let Some(part) = self.parts.get_mut(stream) {
            part.part.staged.push(staged);
        }
    }

    /// Returns the unit as it stands, for a checkpoint.
    pub(super) fn so_far(&self, seq: u64, fence: Fence) -> CommitUnit {
        CommitUnit { seq, fence, parts: self.parts.values().map(|part| part.part.clone()).collect() }
    }

    /// Closes the unit.
    pub(super) fn take(&mut self, seq: u64, fence: Fence) -> CommitUnit {
        let parts = std::mem::take(&mut self.parts);
        (self.bytes, self.staged, self.pages, self.secured, self.since) = (0, 0, 0, 0, None);
        CommitUnit { seq, fence, parts: parts.into_values().map(|part| part.part).collect() }
    }
}

impl Part {
    /// A partition stands once in a unit: its first `expect`, its last state, the first that it takes back.
    fn put(&mut self, state: StateChange) -> bool {
        match self.states.get(&state.partition) {
            Some(at) => {
                let known = &mut self.part.states[*at];
                known.next = state.next;
                known.discard = known.discard.or(state.discard);
                false
            }
            None => {
                self.states.insert(state.partition.clone(), self.part.states.len());
                self.part.states.push(state);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::PartitionState;
    use std::time::Duration;

    fn page(partition: &str) -> Segment {
        let partition = PartitionKey::from_text(partition);
        Segment {
            stream: "items".into(),
            mode: Mode::Upsert,
            generation: 0,
            rows: Vec::new(),
            refused: Vec::new(),
            state: StateChange { partition, expect: 0, next: PartitionState::default(), discard: None },
            facts: Facts { pages: 1, read: 1 },
        }
    }

    #[test]
    fn many_small_partitions_are_few_units() {
        let cadence = Cadence { bytes: 8 << 20, time: Duration::from_secs(2), every_page: false };
        let (mut packer, mut durable, mut units, now) = (Packer::default(), 0, 0, Instant::now());
        for at in 0..20_000 {
            packer.add(page(&at.to_string()), now);
            let close = packer.is_much(durable);
            if packer.is_due(&cadence, now, close) {
                let unit = packer.take(units, 1);
                durable += unit.parts[0].facts.pages;
                units += 1;
            }
        }
        assert!(durable > 10_000 && units < 30, "{durable} pages in {units} units");
    }

    #[test]
    fn a_kill_loses_less_than_half_of_what_was_read() {
        let (mut packer, mut durable, now) = (Packer::default(), 0, Instant::now());
        for at in 0..500 {
            packer.add(page("{}"), now);
            assert!(at == 0 || 2 * packer.pages <= durable + 2, "{durable} are durable, {} are not", packer.pages);
            if packer.is_much(durable) {
                durable += packer.take(at, 1).parts[0].facts.pages;
            }
        }
        for _ in 0..10 {
            packer.add(page("{}"), now);
        }
        packer.checkpointed(packer.pages);
        assert!(!packer.is_much(0));
    }
}
