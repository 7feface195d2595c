//! Puts segments of many partitions into one unit, which is durable as a whole.

use crate::sinks::{Cadence, CommitUnit, Facts, Fence, Mode, Refused, Rows, Staged, StreamPart};
use crate::state::{Generation, PartitionKey, PendingChange, StateChange};
use indexmap::IndexMap;
use std::collections::{HashMap, VecDeque};
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

/// The unit that is being filled; seldom one that waits behind it.
#[derive(Debug, Default)]
pub(super) struct Packer {
    packs: VecDeque<Pack>,
}

#[derive(Debug)]
struct Pack {
    parts: IndexMap<String, Part>,
    bytes: u64,
    /// The bytes of it that are staged: they take no memory any more.
    staged: u64,
    pages: u64,
    /// Pages that a checkpoint holds already.
    secured: u64,
    since: Instant,
}

#[derive(Debug)]
struct Part {
    part: StreamPart,
    states: HashMap<PartitionKey, usize>,
}

impl Packer {
    /// Adds a page; says whether its partition had no state in this unit before.
    ///
    /// What takes back an abandoned pass comes in the unit after the last one that brings something of that pass: a unit
    /// takes back what was durable before it.
    pub(super) fn add(&mut self, segment: Segment, now: Instant) -> bool {
        let brings = |pack: &Pack| {
            let part = pack.parts.get(&segment.stream);
            segment.state.discard.is_some()
                && part.is_some_and(|part| part.states.contains_key(&segment.state.partition))
        };
        if self.packs.back().is_none_or(brings) {
            self.packs.push_back(Pack {
                parts: IndexMap::new(),
                bytes: 0,
                staged: 0,
                pages: 0,
                secured: 0,
                since: now,
            });
        }
        self.packs.back_mut().expect("there is one at least").add(segment)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packs.is_empty()
    }

    /// The bytes that stand in it.
    pub(super) fn bytes(&self) -> u64 {
        self.packs.iter().map(|pack| pack.bytes).sum()
    }

    /// The bytes of the unit that is closed next.
    pub(super) fn first_bytes(&self) -> u64 {
        self.packs.front().map_or(0, |pack| pack.bytes)
    }

    /// Says whether it is time to hand the unit over; `pressed`: a page lacks memory.
    pub(super) fn is_due(&self, cadence: &Cadence, now: Instant, pressed: bool) -> bool {
        let Some(first) = self.packs.front() else { return false };
        let is_old = now.duration_since(first.since) >= cadence.time;
        pressed || cadence.every_page || first.bytes + first.staged >= cadence.bytes || is_old || self.packs.len() > 1
    }

    /// Says whether a kill would lose much of what was read: half of what is safe, or more. A run begins with small units
    /// and ends with large ones, so that their number grows with the logarithm of the pages only.
    pub(super) fn is_much(&self, durable: u64) -> bool {
        self.at_risk() > 0 && 2 * self.at_risk() >= durable + self.secured()
    }

    /// The pages that no checkpoint holds.
    pub(super) fn at_risk(&self) -> u64 {
        self.packs.iter().map(|pack| pack.pages - pack.secured).sum()
    }

    /// The pages that a checkpoint holds.
    pub(super) fn secured(&self) -> u64 {
        self.packs.iter().map(|pack| pack.secured).sum()
    }

    /// The pages of the unit that is closed next.
    pub(super) fn first_pages(&self) -> u64 {
        self.packs.front().map_or(0, |pack| pack.pages)
    }

    /// Notes that a checkpoint holds the first pages of the unit that is closed next.
    pub(super) fn checkpointed(&mut self, pages: u64) {
        if let Some(first) = self.packs.front_mut() {
            first.secured = pages.min(first.pages);
        }
    }

    /// Returns when the unit is due by time.
    pub(super) fn due_at(&self, cadence: &Cadence) -> Option<Instant> {
        self.packs.front().map(|first| first.since + cadence.time)
    }

    /// Takes the rows that are not staged yet, one stream after the other.
    pub(super) fn unstaged(&mut self) -> Option<StreamPart> {
        let pack = self.packs.front_mut()?;
        let part = pack.parts.values_mut().find(|part| !part.part.rows.is_empty())?;
        let rows = std::mem::take(&mut part.part.rows);
        let bytes = rows.iter().map(|rows| rows.bytes).sum::<u64>();
        pack.bytes -= bytes;
        pack.staged += bytes;
        let facts = part.part.facts;
        Some(StreamPart {
            stream: part.part.stream.clone(),
            generation: part.part.generation,
            mode: part.part.mode,
            rows,
            staged: Vec::new(),
            refused: Vec::new(),
            states: part.part.states.clone(),
            edges: Vec::new(),
            pending: PendingChange::default(),
            facts,
        })
    }

    /// Notes that rows are staged.
    pub(super) fn staged(&mut self, stream: &str, staged: Staged) {
        if let Some(part) = self.packs.front_mut().and_then(|pack| pack.parts.get_mut(stream)) {
            part.part.staged.push(staged);
        }
    }

    /// Returns the unit as it stands, for a checkpoint.
    pub(super) fn so_far(&self, seq: u64, fence: Fence) -> CommitUnit {
        let parts = self.packs.front().into_iter().flat_map(|pack| pack.parts.values());
        CommitUnit { seq, fence, parts: parts.map(|part| part.part.clone()).collect() }
    }

    /// Closes the unit.
    pub(super) fn take(&mut self, seq: u64, fence: Fence) -> CommitUnit {
        let parts = self.packs.pop_front().map(|pack| pack.parts).unwrap_or_default();
        CommitUnit { seq, fence, parts: parts.into_values().map(|part| part.part).collect() }
    }
}

impl Pack {
    fn add(&mut self, segment: Segment) -> bool {
        self.pages += segment.facts.pages;
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
        part.part.facts.read += segment.facts.read;
        part.put(segment.state)
    }
}

impl Part {
    /// A partition stands once in a unit: its first `expect`, its last state; only the first may take something back.
    fn put(&mut self, state: StateChange) -> bool {
        if let Some(at) = self.states.get(&state.partition) {
            self.part.states[*at].next = state.next;
            return false;
        }
        self.states.insert(state.partition.clone(), self.part.states.len());
        self.part.states.push(state);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::PartitionState;
    use std::time::Duration;

    fn segment(partition: &str, expect: u64, discard: Option<u64>) -> Segment {
        Segment {
            stream: "items".into(),
            mode: Mode::Append,
            generation: 0,
            rows: Vec::new(),
            refused: Vec::new(),
            state: StateChange {
                partition: PartitionKey::from_text(partition),
                expect,
                next: PartitionState::default(),
                discard,
            },
            facts: Facts { pages: 1, read: 0 },
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_back_waits_for_the_unit_after() {
        let (mut packer, now) = (Packer::default(), Instant::now());
        let cadence = Cadence { bytes: 1 << 20, time: std::time::Duration::from_mins(1), every_page: false };
        assert!(packer.add(segment("a", 0, Some(1)), now), "nothing of it stands in the unit");
        assert!(!packer.add(segment("a", 1, None), now));
        assert!(packer.add(segment("b", 0, None), now));
        assert!(!packer.is_due(&cadence, now, false));
        assert!(packer.add(segment("a", 1, Some(2)), now), "a unit of its own");
        assert!(packer.add(segment("b", 1, None), now), "nothing overtakes it");
        assert!(packer.is_due(&cadence, now, false));
        let told = |unit: CommitUnit| -> Vec<(String, u64, Option<u64>)> {
            let states = unit.parts.iter().flat_map(|part| &part.states);
            states.map(|state| (state.partition.to_string(), state.expect, state.discard)).collect()
        };
        assert_eq!(told(packer.take(1, 1)), [("a".into(), 0, Some(1)), ("b".into(), 0, None)]);
        assert_eq!(told(packer.take(2, 1)), [("a".into(), 1, Some(2)), ("b".into(), 1, None)]);
        assert!(packer.is_empty());
    }

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
            assert!(
                at == 0 || 2 * packer.packs.front().map_or(0, |pack| pack.pages) <= durable + 2,
                "{durable} are durable, {} are not",
                packer.packs.front().map_or(0, |pack| pack.pages)
            );
            if packer.is_much(durable) {
                durable += packer.take(at, 1).parts[0].facts.pages;
            }
        }
        for _ in 0..10 {
            packer.add(page("{}"), now);
        }
        packer.checkpointed(u64::MAX);
        assert!(!packer.is_much(0));
    }
}
