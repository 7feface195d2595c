//! How a pass over a partition begins, goes on and ends. Pure: states in, states out (`docs/commit.md`).

use super::recent::Recent;
use crate::sinks::Mode;
use crate::state::{
    Asked, Digest, Generation, LastPage, Mark, Milestone, Open, Page, PartitionState, Round, RowHashes,
};
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
    /// Its first answer was there, and with it the bound.
    pub began: bool,
    pub full: bool,
    /// A token that was asked, also in an earlier run.
    pub milestone: Option<Milestone>,
    pub seen_max: Option<Mark>,
    pub rows: u64,
    pub recent: Recent,
    /// Rows of earlier passes, as they are known to the first commit.
    pub known: Recent,
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
    if open.generation != rules.generation || rules.feeds || is_other(open, rules) {
        return None;
    }
    let old = rules.counted && now.duration_since(open.since) > OLD;
    let begin = match &open.last {
        // The window before it was read to its end.
        None if open.page.index == 0 => Begin::First,
        None => return None,
        Some(_) if !rules.by_page || old => return None,
        // A page that could not be left is asked again, and its rows are durable.
        Some(last) if rules.counted || last.page == open.page => {
            Begin::Verify { last: last.clone(), then: open.page.clone() }
        }
        Some(_) => Begin::At(open.page.clone()),
    };
    Some(Pass {
        number: open.pass,
        asked: open.asked.clone(),
        bound: open.bound.clone(),
        began: open.last.is_some(),
        full: open.full,
        milestone: open.milestone,
        seen_max: open.seen_max.clone(),
        rows: open.rows,
        recent: open.recent.clone().into(),
        known: state.recent.clone().into(),
        discard: None,
        resumed: Some(open.asked.now),
        begin,
    })
}

/// A pass that was asked to be full is finished first; one that was not does not serve a full read.
fn is_other(open: &Open, rules: &Rules) -> bool {
    rules.full && !open.full && rules.mode != Mode::Replace
}

/// Returns the open pass that a new one takes over from, if the windows before its own need not be read again.
pub(super) fn left<'s>(state: &'s PartitionState, rules: &Rules) -> Option<&'s Open> {
    let keeps = |open: &&Open| {
        let whole = open.full || rules.mode == Mode::Replace;
        open.generation == rules.generation && !rules.feeds && whole && !is_other(open, rules)
    };
    state.open.as_ref().filter(keeps)
}

/// Begins a new pass.
pub(super) fn anew(state: &PartitionState, rules: &Rules, asked: Asked) -> Pass {
    let abandoned = state.open.as_ref().filter(|open| open.generation == rules.generation);
    let takes_back = match rules.mode {
        Mode::Replace => true,
        // The position of an ascending pass moved with its pages, unless it reads the whole.
        Mode::Append => !rules.ascending || rules.feeds && abandoned.is_some_and(|open| open.full),
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
        began: false,
        full: rules.full,
        milestone: None,
        seen_max: None,
        rows: 0,
        recent: Recent::default(),
        known: known.into(),
        discard,
        resumed: None,
        begin: Begin::First,
    }
}

/// Begins the pass over the window that follows.
pub(super) fn next(state: &PartitionState, before: &Pass, rules: &Rules, asked: Asked) -> Pass {
    // Where the state names that pass already, it has that number.
    let named = state.open.as_ref().filter(|open| open.last.is_none());
    let number = named.map_or(state.pass + 1, |open| open.pass);
    let bound = named.and_then(|open| open.bound.clone());
    let recent = if rules.feeds && before.full { before.recent.clone() } else { Recent::default() };
    let known = state.recent.clone().into();
    Pass { number, bound, discard: None, known, recent, full: before.full, ..anew(state, rules, asked) }
}

/// A page of a pass, as far as the state depends on it.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub page: Page,
    pub records: Digest,
    /// The next page; `None`: the pass has seen its end.
    pub next: Option<Page>,
    /// The window after the one that ends here.
    pub follows: Option<Asked>,
    /// Where a full read begins.
    pub origin: Option<Mark>,
    /// The position that a next read may begin at, if all rows up to the greatest seen were read.
    pub reached: Option<Mark>,
    /// Rows before this position will not come again.
    pub floor: Option<i128>,
    /// The begin of the round, where the run has a budget.
    pub round: Option<Timestamp>,
    pub at: Timestamp,
}

/// Returns the state after a page, which becomes durable with its rows.
pub(super) fn after(before: &PartitionState, pass: &Pass, rules: &Rules, read: &Read) -> PartitionState {
    let mut state = before.clone();
    state.pass = pass.number;
    state.recent.clone_from(pass.known.rows());
    if let Some(began) = read.round.filter(|_| rules.mode != Mode::Replace) {
        state.round = Some(Round { began, asked: pass.asked.now });
    }
    let ended = read.next.is_none();
    // A later run goes on with the window that follows, wherever this one stops.
    let goes_on = read.follows.as_ref().filter(|_| ended);
    // A read of the whole has neither its position nor its table before the last window.
    let moves =
        rules.mode != Mode::Replace && if pass.full { ended && goes_on.is_none() } else { ended || rules.ascending };
    if let (true, Some(reached)) = (moves, &read.reached) {
        let from = if pass.full { &read.origin } else { &pass.asked.start };
        state.covered.advance(from.as_ref(), reached);
    }
    if ended {
        state.open = None;
        // What feeds others is taken back as one if it is left: until its last window its rows are the open pass's.
        let is_one = goes_on.is_some() && rules.feeds;
        if rules.hashes && !is_one {
            state.recent.merge(pass.recent.rows());
        }
        if let Some(floor) = read.floor.filter(|_| moves) {
            state.recent.forget_before(floor);
        }
        if let Some(asked) = goes_on {
            // Who feeds others is read again from its first window, and all of it is taken back at once.
            state.pass += u64::from(!rules.feeds);
            let mut open = next_window(&state, pass, rules, asked.clone(), read.at);
            if is_one {
                open.recent = pass.recent.rows().clone();
            }
            state.open = Some(open);
        } else if rules.mode == Mode::Replace {
            state.done_in = Some(rules.generation);
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
        recent: pass.recent.rows().clone(),
        rows: pass.rows,
        since: read.at,
        full: pass.full,
        milestone: pass.milestone,
        job: None,
    });
    state
}

/// Returns the state after a page of which only the first rows were wanted: the pass can't go on after it, so the next
/// one takes back what it wrote, where nothing else recognises it.
pub(super) fn cut(before: &PartitionState, pass: &Pass, rules: &Rules, read: &Read) -> PartitionState {
    let mut state = before.clone();
    if rules.mode == Mode::Upsert {
        return state;
    }
    state.pass = pass.number;
    state.recent.clone_from(pass.known.rows());
    let mut open = next_window(&state, pass, rules, pass.asked.clone(), read.at);
    // A place that no pass goes on from.
    open.page.index = 1;
    (open.recent, open.rows) = (pass.recent.rows().clone(), pass.rows);
    state.open = Some(open);
    state
}

/// Returns a pass of which nothing was read yet. Where the one before it began before its window was over, that bounds
/// this one too: what comes into that window later is read next time.
fn next_window(state: &PartitionState, pass: &Pass, rules: &Rules, asked: Asked, at: Timestamp) -> Open {
    Open {
        pass: state.pass,
        generation: rules.generation,
        bound: pass.bound.clone().filter(|bound| asked.start.as_ref() > Some(bound)),
        asked,
        page: Page::first(),
        last: None,
        seen_max: None,
        recent: RowHashes::default(),
        rows: 0,
        since: at,
        full: pass.full,
        milestone: None,
        job: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Value;
    use crate::state::RowHash;

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
            follows: None,
            origin: None,
            reached: reached.map(mark),
            floor: reached,
            round: None,
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
            pass.recent.insert(RowHash { hash: 1, order: Some(3) }, true);
            pass.recent.end_page();
            let left = after(&state, &pass, &rules, &read(0, true, None));
            let next = anew(&left, &rules, asked());
            assert_eq!((next.number, next.discard), (2, discard), "{mode:?} {ascending}");
            assert_eq!(!next.known.rows().is_empty(), discard.is_none(), "{mode:?} {ascending}");
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
    fn a_page_that_could_not_be_left_is_asked_again_and_not_written_again() {
        let rules = rules(Mode::Append);
        let state = PartitionState::default();
        let mut stays = read(3, true, None);
        stays.next = Some(stays.page.clone());
        let left = after(&state, &anew(&state, &rules, asked()), &rules, &stays);
        let resumed = resume(&left, &rules, Timestamp::UNIX_EPOCH).map(|pass| pass.begin);
        assert!(matches!(resumed, Some(Begin::Verify { last, then }) if last.page == then));
    }

    #[test]
    fn a_read_remembers_that_a_window_follows() {
        let mut ends = read(0, false, Some(5));
        ends.follows = Some(Asked { start: Some(mark(5)), ..asked() });
        for (mode, full, moves) in [
            (Mode::Upsert, false, true),
            (Mode::Append, false, true),
            (Mode::Upsert, true, false),
            (Mode::Replace, false, false),
        ] {
            let rules = Rules { full, ..rules(mode) };
            let state = PartitionState::default();
            let left = after(&state, &anew(&state, &rules, asked()), &rules, &ends);
            assert_eq!(left.covered.position().is_some(), moves, "{mode:?} {full}");
            assert_eq!(left.done_in, None);
            // A later run finishes it, whether it is asked to be full or not, and though it reads by window only.
            let rules = Rules { full: false, by_page: false, counted: true, ..rules };
            let next = resume(&left, &rules, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!((&next.begin, next.number, next.full), (&Begin::First, 2, full));
            // Where it begins anew all the same, what was moved over is not read again.
            let taken = super::left(&left, &rules).map(|open| &open.asked.start);
            assert_eq!(taken, (!moves).then_some(&Some(mark(5))));
            let done = after(&left, &next, &rules, &read(0, false, Some(9)));
            assert_eq!((done.open, done.done_in), (None, (mode == Mode::Replace).then_some(1)));
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
