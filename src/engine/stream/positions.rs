//! How a stream's passes move: which window is asked, what bounds a position, where a next read begins.

use super::StreamRun;
use crate::components::cursor::{Positions, Window};
use crate::data::Value;
use crate::engine::got::Got;
use crate::engine::pass::Pass;
use crate::engine::rows;
use crate::fault::Fault;
use crate::sinks::Mode;
use crate::state::{Asked, Covered, Mark, PartitionState};
use jiff::Timestamp;

impl StreamRun {
    /// Returns the window that a new pass asks for.
    pub(in crate::engine) fn asked(&self, state: &PartitionState, full: bool, now: Timestamp) -> Asked {
        let Some(positions) = &self.positions else { return Asked { start: None, end: None, now } };
        let nothing = Covered::default();
        let from = if full || self.mode == Mode::Replace { &nothing } else { &state.covered };
        self.asked_from(positions.begin(from).from.as_ref(), now)
    }

    /// Returns the window that begins at a position.
    pub(in crate::engine) fn asked_from(&self, from: Option<&Mark>, now: Timestamp) -> Asked {
        let Some(positions) = &self.positions else { return Asked { start: None, end: None, now } };
        let end = positions.end(now);
        let first = positions.windows(from, end.as_ref()).next();
        first.map_or_else(|| Asked { start: from.cloned(), end: end.clone(), now }, |window| window.asked(now))
    }

    /// Where a read of the whole begins.
    pub(in crate::engine) fn origin(&self) -> Option<Mark> {
        self.positions.as_ref()?.begin(&Covered::default()).from
    }

    /// Says whether something before what is covered is to be read: then all of it is read.
    pub(in crate::engine) fn backfills(&self, state: &PartitionState) -> bool {
        self.positions.as_ref().is_some_and(|positions| positions.begin(&state.covered).backfill)
    }

    /// Returns the window after the one that a pass has read.
    pub(in crate::engine) fn next_window(&self, pass: &Pass) -> Option<Asked> {
        let positions = self.positions.as_ref()?;
        let window = positions.reopen(&pass.asked);
        if window.is_final {
            return None;
        }
        let (from, end) = (positions.follow(&window), positions.end(pass.asked.now));
        let next = positions.windows(from.as_ref(), end.as_ref()).next()?;
        Some(next.asked(pass.asked.now))
    }

    /// Rows older than this are left out here.
    pub(in crate::engine) fn since(&self, pass: &Pass) -> Option<Mark> {
        pass.asked.start.clone().filter(|_| self.client)
    }

    /// Returns what no position of a pass rises above.
    pub(in crate::engine) fn bound(&self, state: &PartitionState, pass: &Pass, got: &Got) -> Option<Mark> {
        // Without a date in the answer it is the time before it was asked for.
        let date = got.date.unwrap_or(pass.asked.now);
        self.positions.as_ref()?.bound(date, got.rows.seen_max.as_ref(), state.covered.position())
    }

    /// Returns the position that a next read may begin at, if the pass ends here or its rows ascend.
    pub(in crate::engine) fn reached(&self, pass: &Pass, ended: bool) -> Option<Mark> {
        let positions = self.positions.as_ref()?;
        let window: Window = positions.reopen(&pass.asked);
        // Without a bound nothing is known of what came while the pass was read.
        let (mut covered, seen, bound) = (Covered::default(), pass.seen_max.as_ref(), Some(pass.bound.as_ref()?));
        if ended {
            positions.close(&mut covered, &window, seen, bound);
        } else {
            positions.ascend(&mut covered, &window, seen, bound);
        }
        covered.position().cloned()
    }

    /// Rows before this will not come again, if the next read begins at a position.
    pub(in crate::engine) fn floor(&self, reached: &Mark) -> Option<i128> {
        // Not by `start`: one that is earlier tomorrow must find them.
        Some(self.positions.as_ref()?.back(reached).order)
    }

    pub(in crate::engine) fn reads_positions(&self) -> Option<&dyn rows::Positions> {
        self.positions.as_ref().map(|positions| positions as &dyn rows::Positions)
    }
}

impl rows::Positions for Positions {
    fn mark(&self, value: &Value) -> Result<Option<Mark>, Fault> {
        Positions::mark(self, value)
    }
}
