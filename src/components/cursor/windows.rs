//! Windows: the stretches of positions that one request after the other asks for (SEMANTICS rules 7 to 10).

use super::Positions;
use crate::data::{Duration, Value};
use crate::state::{Asked, Covered, Mark};
use jiff::ToSpan as _;
use std::sync::Arc;

/// A stretch of positions, start inclusive, end exclusive.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// `None`: from the very beginning.
    pub start: Option<Mark>,
    /// `None`: what positions are has no present.
    pub end: Option<Mark>,
    /// The last position before the end, for APIs that include it.
    pub last: Option<Mark>,
    /// No further window follows in this pass.
    pub is_final: bool,
}

impl Window {
    /// Returns the window as state keeps it.
    pub fn asked(&self, now: jiff::Timestamp) -> Asked {
        Asked { start: self.start.clone(), end: self.end.clone(), now }
    }
}

impl Positions {
    /// Returns the windows from a position to the end of the pass, in order. There is none if nothing lies between.
    pub fn windows(&self, from: Option<&Mark>, end: Option<&Mark>) -> impl Iterator<Item = Window> {
        let mut next = self.first(from, end);
        std::iter::from_fn(move || {
            let window = next.take()?;
            if !window.is_final {
                next = self.follow(&window).map(|start| self.window(Some(&start), end));
            }
            Some(window)
        })
    }

    fn first(&self, from: Option<&Mark>, end: Option<&Mark>) -> Option<Window> {
        match (from, end) {
            // The API filters by the start alone, perhaps: one request tells whether there is something.
            (Some(from), Some(end)) if from >= end && self.window.is_none() => {
                Some(self.cut_at(Some(from), Some(from.max(end)), true))
            }
            (Some(from), Some(end)) if from >= end => None,
            _ => Some(self.window(from, end)),
        }
    }

    /// Returns the window as it was asked, for a pass that goes on.
    pub fn reopen(&self, asked: &Asked) -> Window {
        let end = self.end(asked.now);
        let is_final = asked.end.is_none() || end.is_none() || asked.end >= end;
        self.cut_at(asked.start.as_ref(), asked.end.as_ref(), is_final)
    }

    /// Returns where the window after one begins: at its end, or at its `last` where requests use that.
    pub fn follow(&self, window: &Window) -> Option<Mark> {
        let last = window.last.as_ref().filter(|last| self.uses_last && window.start.as_ref() < Some(last));
        // Nothing lies between a day and the next one, so there nothing overlaps.
        last.filter(|_| !self.of.is_day()).or(window.end.as_ref()).cloned()
    }

    /// Returns what `window` is in expressions. An absent start drops its key (SEMANTICS rule 10).
    pub fn value(&self, window: &Window) -> Value {
        let members = [("start", &window.start), ("end", &window.end), ("last", &window.last)];
        let members = members.into_iter().filter_map(|(name, mark)| Some((name.into(), self.shown(mark.as_ref()?))));
        Value::Map(Arc::new(members.collect()))
    }

    /// Moves the position over a window that was read completely; never back, never above `bound` (COMMIT A1).
    pub fn close(&self, covered: &mut Covered, window: &Window, seen: Option<&Mark>, bound: Option<&Mark>) {
        let to = if window.is_final { seen.cloned().max(window.start.clone()) } else { self.follow(window) };
        self.advance(covered, window, to, bound);
    }

    /// Moves the position over the pages of a window that came in ascending order so far.
    pub fn ascend(&self, covered: &mut Covered, window: &Window, seen: Option<&Mark>, bound: Option<&Mark>) {
        self.advance(covered, window, seen.cloned(), bound);
    }

    #[expect(clippy::unused_self, reason = "the position moves by the rules of the positions")]
    fn advance(&self, covered: &mut Covered, window: &Window, to: Option<Mark>, bound: Option<&Mark>) {
        let Some(to) = to else { return };
        let to = bound.map_or(to.clone(), |bound| to.min(bound.clone()));
        covered.advance(window.start.as_ref(), &to);
    }

    /// Returns the rest of a window from a position on, where an API gives no more of it (`cap`). `None`: all rows had
    /// the position that the window begins with, so that nothing would change.
    pub fn narrow(&self, window: &Window, to: &Mark) -> Option<Window> {
        (window.start.as_ref() < Some(to)).then(|| self.cut_at(Some(to), window.end.as_ref(), window.is_final))
    }

    fn window(&self, from: Option<&Mark>, end: Option<&Mark>) -> Window {
        let cut = match (&self.window, from, end) {
            // Numbers have no length of time: they are read in one.
            (Some(length), Some(from), Some(end)) if self.of.is_instant(from) => {
                self.next_cut(from.order, length).filter(|cut| *cut < end.order).map(|cut| self.at(cut))
            }
            _ => None,
        };
        let is_final = cut.is_none();
        self.cut_at(from, cut.as_ref().or(end), is_final)
    }

    fn cut_at(&self, start: Option<&Mark>, end: Option<&Mark>, is_final: bool) -> Window {
        let last = end.and_then(|end| {
            let before = self.before(end)?;
            // A window shorter than the granularity still has its own start.
            Some(start.map_or(before.clone(), |start| before.max(start.clone())))
        });
        Window { start: start.cloned(), end: end.cloned(), last, is_final }
    }

    /// Returns the position one granularity before another one.
    fn before(&self, mark: &Mark) -> Option<Mark> {
        if !self.of.is_instant(mark) {
            return None;
        }
        self.moved(mark.order, &self.granularity, false).map(|order| self.at(order))
    }

    /// Returns the bound after an instant: of the calendar for `d w mo y`, else counted from the instant (rule 8).
    fn next_cut(&self, from: i128, length: &Duration) -> Option<i128> {
        if !length.is_calendar() || !length.exact.is_zero() {
            return self.moved(from, length, true).filter(|next| *next > from);
        }
        let next = self.zoned(self.moved(self.floor(from, length)?, length, true)?)?;
        // A day that begins at one o'clock, for clocks were set, is followed by days that begin at midnight.
        let next = next.start_of_day().ok()?.timestamp().as_nanosecond();
        Some(next).filter(|next| *next > from)
    }

    /// Cuts an instant down to the smallest unit of the calendar that a duration has.
    pub(super) fn floor(&self, nanos: i128, by: &Duration) -> Option<i128> {
        let zoned = self.zoned(nanos)?;
        let day = zoned.start_of_day().ok()?;
        let floored = if by.days > 0 {
            day
        } else if by.weeks > 0 {
            let back = i64::from(zoned.weekday().to_monday_zero_offset());
            day.checked_sub(back.days()).ok()?.start_of_day().ok()?
        } else if by.months > 0 {
            zoned.first_of_month().ok()?.start_of_day().ok()?
        } else {
            zoned.first_of_year().ok()?.start_of_day().ok()?
        };
        Some(floored.timestamp().as_nanosecond())
    }
}
