//! How a pass over a partition begins, goes on and ends. Pure: states in, states out (`docs/commit.md`).

use crate::sinks::Mode;
use crate::state::{Asked, Digest, Generation, LastPage, Mark, Open, Page, PartitionState, RowHashes};
use jiff::{SignedDuration, Timestamp};

/// A page that is counted is not resumed after so long: rows will have moved.
const OLD: SignedDuration = SignedDuration::from_hours(1);

/// What of a stream decides how its passes go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub mode: Mode,
    /// 0 where rows are not replaced.
    pub generation: Generation,
    /// The API gives rows by ascending position: it moves page by page.
    pub ascending: bool,
    /// A pass may go on at a page.
    pub by_page: bool,
    /// Pages are counted: one is resumed only after the page before it was found unchanged.
    pub counted: bool,
    /// Other streams are read for its rows: every pass sees all of them.
    pub feeds: bool,
    /// The user asked for a full read.
    pub full: bool,
    /// Rows that were appended before are recognised.
    pub hashes: bool,
}

/// A pass that is being read.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub number: u64,
    pub asked: Asked,
    pub bound: Option<Mark>,
    pub full: bool,
    pub seen_max: Option<Mark>,
    pub rows: u64,
    pub recent: RowHashes,
    /// Rows of earlier passes, as they are known to the first commit.
    pub known: RowHashes,
    /// The abandoned pass whose rows the first commit takes back.
    pub discard: Option<u64>,
    /// When an earlier run left it.
    pub resumed: Option<Timestamp>,
    pub begin: Begin,
}

/// Where a pass begins in this run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Begin {
    First,
    At(Page),
    /// The last durable page is asked again; if it is still the same, the pass goes on.
    Verify {
        last: LastPage,
        then: Page,
    },
}

/// Says whether this generation holds the partition already.
pub(super) fn is_done(state: &PartitionState, rules: &Rules) -> bool {
    rules.mode == Mode::Replace && !rules.feeds && state.done_in == Some(rules.generation)
}

/// Goes on with the open pass, if it may.
pub(super) fn resume(state: &PartitionState, rules: &Rules, now: Timestamp) -> Option<Pass> {
    let open = state.open.as_ref()?;
    let old = rules.counted && now.duration_since(open.since) > OLD;
    // A pass that was asked to be full is finished first; one that was not does not serve a full read.
    let other = rules.full && !open.full;
    if open.generation != rules.generation || !rules.by_page || rules.feeds || old || other {
        return None;
    }
    let begin = match (&open.last, rules.counted) {
        (Some(last), true) => Begin::Verify { last: last.clone(), then: open.page.clone() },
        (None, true) => return None,
        (_, false) => Begin::At(open.page.clone()),
    };
    Some(Pass {
        number: open.pass,
        asked: open.asked.clone(),
        bound: open.bound.clone(),
        full: open.full,
        seen_max: open.seen_max.clone(),
        rows: open.rows,
        recent: open.recent.clone(),
        known: state.recent.clone(),
        discard: None,
        resumed: Some(open.asked.now),
        begin,
    })
}

/// Begins a new pass.
pub(super) fn anew(state: &PartitionState, rules: &Rules, asked: Asked) -> Pass {
    let abandoned = state.open.as_ref().filter(|open| open.generation == rules.generation);
    let takes_back = match rules.mode {
        Mode::Replace => true,
        Mode::Append => !rules.ascending,
        Mode::Upsert => false,
    };
    let again = (rules.mode == Mode::Replace && state.done_in == Some(rules.generation)).then_some(state.pass);
    let discard = abandoned.map(|open| open.pass).or(again).filter(|_| takes_back);
    let mut known = state.recent.clone();
    // Rows that stay are recognised.
    if let (Some(open), None) = (abandoned, discard) {
        known.merge(&open.recent);
    }
    Pass {
        number: state.pass + 1,
        asked,
        bound: None,
        full: rules.full,
        seen_max: None,
        rows: 0,
        recent: RowHashes::default(),
        known,
        discard,
        resumed: None,
        begin: Begin::First,
    }
}

/// A page of a pass, as far as the state depends on it.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub page: Page,
    pub records: Digest,
    /// The next page; `None`: the pass has seen its end.
    pub next: Option<Page>,
    /// The end was no sign of the source: nothing is known of what comes after.
    pub asked_end: bool,
    /// The position that a next read may begin at, if all rows up to the greatest seen were read.
    pub reached: Option<Mark>,
    /// Rows before this position will not come again.
    pub floor: Option<i128>,
    pub at: Timestamp,
}

/// Returns the state after a page, which becomes durable with its rows.
pub(super) fn after(before: &PartitionState, pass: &Pass, rules: &Rules, read: &Read) -> PartitionState {
    let mut state = before.clone();
    state.pass = pass.number;
    state.recent.clone_from(&pass.known);
    let ended = read.next.is_none() && !read.asked_end;
    let moves = rules.mode != Mode::Replace && (ended || (rules.ascending && !pass.full));
    if let (true, Some(reached)) = (moves, &read.reached) {
        state.covered.advance(pass.asked.start.as_ref(), reached);
    }
    let mut recent = pass.recent.clone();
    if let Some(floor) = read.floor.filter(|_| moves) {
        recent.forget_before(floor);
        if ended {
            state.recent.forget_before(floor);
        }
    }
    if ended {
        state.open = None;
        if rules.mode == Mode::Replace {
            state.done_in = Some(rules.generation);
        }
        if rules.hashes {
            state.recent.merge(&recent);
        }
        return state;
    }
    let next = read.next.clone().unwrap_or_else(|| read.page.clone());
    state.open = Some(Open {
        pass: pass.number,
        generation: rules.generation,
        asked: pass.asked.clone(),
        bound: pass.bound.clone(),
        page: next,
        last: Some(LastPage { page: read.page.clone(), records: read.records }),
        seen_max: pass.seen_max.clone(),
        recent,
        rows: pass.rows,
        since: read.at,
        full: pass.full,
        job: None,
    });
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Value;

    fn rules(mode: Mode) -> Rules {
        Rules {
            mode,
            generation: u64::from(mode == Mode::Replace),
            ascending: false,
            by_page: true,
            counted: false,
            feeds: false,
            full: false,
            hashes: mode == Mode::Append,
        }
    }

    fn mark(order: i128) -> Mark {
        Mark { order, text: Value::Null }
    }

    fn asked() -> Asked {
        Asked { start: None, end: None, now: Timestamp::UNIX_EPOCH }
    }

    fn page(index: u64) -> Page {
        Page { index, token: Value::Absent }
    }

    fn read(index: u64, next: bool, reached: Option<i128>) -> Read {
        Read {
            page: page(index),
            records: Digest::default(),
            next: next.then(|| page(index + 1)),
            asked_end: false,
            reached: reached.map(mark),
            floor: reached,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_unsorted_pass_moves_its_position_at_its_end_only() {
        let (state, rules) = (PartitionState::default(), rules(Mode::Upsert));
        let pass = anew(&state, &rules, asked());
        let after_one = after(&state, &pass, &rules, &read(0, true, Some(7)));
        assert_eq!(after_one.covered.position(), None);
        assert_eq!(after_one.open.as_ref().map(|open| open.page.index), Some(1));
        let end = after(&after_one, &pass, &rules, &read(1, false, Some(9)));
        assert_eq!(end.covered.position(), Some(&mark(9)));
        assert_eq!((end.open, end.pass), (None, 1));
    }

    #[test]
    fn an_ascending_pass_moves_page_by_page_unless_it_is_full() {
        let state = PartitionState::default();
        let rules = Rules { ascending: true, ..rules(Mode::Upsert) };
        let mut pass = anew(&state, &rules, asked());
        assert_eq!(after(&state, &pass, &rules, &read(0, true, Some(7))).covered.position(), Some(&mark(7)));
        pass.full = true;
        assert_eq!(after(&state, &pass, &rules, &read(0, true, Some(7))).covered.position(), None);
    }

    #[test]
    fn an_abandoned_pass_is_taken_back_in_append_and_replace() {
        for (mode, ascending, discard) in [
            (Mode::Append, false, Some(1)),
            (Mode::Append, true, None),
            (Mode::Replace, false, Some(1)),
            (Mode::Upsert, false, None),
        ] {
            let rules = Rules { ascending, ..rules(mode) };
            let state = PartitionState::default();
            let mut pass = anew(&state, &rules, asked());
            pass.recent.insert(1, 0, Some(3));
            let left = after(&state, &pass, &rules, &read(0, true, None));
            let next = anew(&left, &rules, asked());
            assert_eq!((next.number, next.discard), (2, discard), "{mode:?} {ascending}");
            assert_eq!(next.known.contains(1, 0), discard.is_none(), "{mode:?} {ascending}");
        }
    }

    #[test]
    fn a_pass_goes_on_only_where_it_may() {
        let rules = rules(Mode::Upsert);
        let state = PartitionState::default();
        let left = after(&state, &anew(&state, &rules, asked()), &rules, &read(0, true, None));
        let now = Timestamp::UNIX_EPOCH;
        let later = now + SignedDuration::from_hours(2);
        assert_eq!(resume(&left, &rules, later).map(|pass| pass.begin), Some(Begin::At(page(1))));
        let counted = Rules { counted: true, ..rules };
        assert!(matches!(resume(&left, &counted, now).map(|pass| pass.begin), Some(Begin::Verify { .. })));
        for (rules, at) in [
            (counted, later),
            (Rules { full: true, ..rules }, now),
            (Rules { feeds: true, ..rules }, now),
            (Rules { by_page: false, ..rules }, now),
            (Rules { generation: 4, ..rules }, now),
        ] {
            assert!(resume(&left, &rules, at).is_none(), "{rules:?}");
        }
    }

    #[test]
    fn a_replaced_partition_is_done_once_a_generation() {
        let rules = rules(Mode::Replace);
        let state = PartitionState::default();
        let done = after(&state, &anew(&state, &rules, asked()), &rules, &read(0, false, Some(5)));
        assert!(is_done(&done, &rules) && done.covered.position().is_none());
        assert!(!is_done(&done, &Rules { feeds: true, ..rules }));
        assert_eq!(anew(&done, &Rules { feeds: true, ..rules }, asked()).discard, Some(1));
    }
}
