//! Rows that come late, share a second, have no stamp, or come back older: what a state must survive.
//! Most have two phases; the test moves them on between two runs.

use super::rows::{cursor_body, instant, iso, seq, since, stamped};
use super::{Ask, Scenario};
use crate::testing::mock::query::{Query, parts};
use crate::testing::mock::run::{Host, Memory};
use crate::testing::mock::wire::Answer;
use serde_json::{Value, json};

const fn of(style: &'static str, name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("state", style, name, serve, expect)
}

pub(super) const ALL: &[Scenario] = &[
    of(
        "inc",
        "inc_equal_ts",
        inc_equal_ts,
        "after both runs 200 ids: rows that share the boundary second are not dropped",
    )
    .ids(1, 200)
    .succeeds()
    .verify(|run| late(run, &iso(3660)))
    .note("Ids 61..180 share one second; 61..120 are visible in phase 1, the rest from phase 2 on."),
    of(
        "parents",
        "inc_partition_fail",
        inc_partition_fail,
        "run 1 fails for parent 3 only, the other four are written; after run 2 all 100 ids",
    )
    .ids(1, 100)
    .verify(skipped_ahead),
    of("inc", "inc_tz_mixed", inc_tz_mixed, "after both runs ids 1..4: cursors compare as instants, not as text")
        .ids(1, 4)
        .succeeds()
        .verify(|run| late(run, "2026-03-01T02:30:00Z")),
    of("inc", "inc_clock", inc_clock, "after both runs 101 ids: the state is what was seen, never the local clock")
        .ids(1, 101)
        .succeeds()
        .verify(|run| late(run, &iso(6000)))
        .note("All rows are older than the client's clock; the new one is a second after the newest."),
    of("inc", "inc_late", inc_late, "with lookback >= 15 min: after both runs 101 ids")
        .ids(1, 101)
        .succeeds()
        .verify(|run| late(run, &iso(6000 - 900)))
        .note("Phase 2 shows a row stamped ten minutes before the newest row of phase 1."),
    of("inc", "inc_null_cursor", inc_null_cursor, "all 100 ids, those without a cursor value too")
        .ids(1, 100)
        .succeeds(),
    of("inc", "inc_regress", inc_regress, "three runs: the state never moves backwards")
        .succeeds()
        .verify(gone_back)
        .note("Phase 2 ignores since and returns old rows only."),
    of(
        "cursor",
        "hold_page5",
        hold_page5,
        "kill -9 while page 5 is held, run again: no id lost; with a key no duplicates",
    )
    .ids(1, 500),
    of(
        "inc",
        "slow_pages",
        slow_pages,
        "kill -9 at random moments until a run ends by itself: all 1000 ids, duplicates only within one page",
    )
    .ids(1, 1000),
    of(
        "cursor",
        "replace_empty",
        replace_empty,
        "replace mode: run 2 gets no rows; the old 100 stay unless the user allows an empty result",
    )
    .ids(1, 100),
    of("inc", "two_streams", two_streams, "stream one fails, stream two (items_b) is complete and its state is kept")
        .ids(1001, 1050),
];

fn inc(ask: &Ask<'_>, rows: Vec<Value>) -> Answer {
    Answer::json(&cursor_body(ask, &since(ask, rows)))
}

fn inc_equal_ts(ask: &Ask<'_>) -> Answer {
    let minute = |id: i64| if id <= 180 { id.min(61) } else { id };
    let last = if ask.phase() == 1 { 120 } else { 200 };
    let rows = (1..=last).map(|id| stamped(id, &iso(minute(i64::try_from(id).expect("ids are small")) * 60)));
    inc(ask, rows.collect())
}

fn inc_partition_fail(ask: &Ask<'_>) -> Answer {
    let Some(parent) = ask.parent() else {
        let parents = (1..=5).map(|id| json!({"id": id, "updated_at": iso(0)})).collect::<Vec<_>>();
        return Answer::json(&json!({"items": parents, "next_cursor": null}));
    };
    if parent == 3 && ask.phase() == 1 {
        return Answer::json(&json!({"error": "down"})).status(500);
    }
    let rows = seq((parent * 20).saturating_sub(19), parent * 20);
    Answer::json(&json!({"items": since(ask, rows), "next_cursor": null}))
}

fn inc_tz_mixed(ask: &Ask<'_>) -> Answer {
    let stamps =
        ["2026-03-01T10:00:00+09:00", "2026-03-01T02:30:00Z", "2026-03-01T03:00:00+05:00", "2026-03-01T02:45:00Z"];
    let seen = if ask.phase() == 1 { 3 } else { 4 };
    inc(ask, stamps.iter().take(seen).enumerate().map(|(at, stamp)| stamped(at + 1, stamp)).collect())
}

fn inc_clock(ask: &Ask<'_>) -> Answer {
    inc(ask, hundred_and(ask, 6001))
}

fn inc_late(ask: &Ask<'_>) -> Answer {
    inc(ask, hundred_and(ask, 6000 - 600))
}

/// A hundred rows, and from phase 2 on one more.
fn hundred_and(ask: &Ask<'_>, seconds: i64) -> Vec<Value> {
    let mut rows = seq(1, 100);
    if ask.phase() > 1 {
        rows.push(stamped(101, &iso(seconds)));
    }
    rows
}

fn inc_null_cursor(ask: &Ask<'_>) -> Answer {
    let mut rows = seq(1, 100);
    rows[9]["updated_at"] = Value::Null;
    rows[19].as_object_mut().expect("rows are objects").shift_remove("updated_at");
    let (with, mut all): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row["updated_at"].is_string());
    all.extend(since(ask, with));
    Answer::json(&cursor_body(ask, &all))
}

fn inc_regress(ask: &Ask<'_>) -> Answer {
    if ask.phase() == 2 {
        return Answer::json(&cursor_body(ask, &seq(1, 40)));
    }
    inc(ask, seq(1, 100))
}

fn hold_page5(ask: &Ask<'_>) -> Answer {
    if ask.phase() == 1 && ask.get("cursor") == Some("c200") {
        ask.hold();
    }
    Answer::json(&cursor_body(ask, &seq(1, 500)))
}

fn slow_pages(ask: &Ask<'_>) -> Answer {
    ask.pause(50);
    inc(ask, seq(1, 1000))
}

fn replace_empty(ask: &Ask<'_>) -> Answer {
    let rows = if ask.phase() == 1 { seq(1, 100) } else { Vec::new() };
    Answer::json(&cursor_body(ask, &rows))
}

fn two_streams(ask: &Ask<'_>) -> Answer {
    if ask.rest.starts_with("items_b") {
        return inc(ask, seq(1001, 1050));
    }
    if ask.get("cursor") == Some("c50") {
        return Answer::json(&json!({"error": "down"})).status(500);
    }
    inc(ask, seq(1, 500))
}

/// The `since` that a phase began with; `None` where it asked for nothing, an absent one is empty.
fn began(run: &Memory, phase: i64) -> Option<String> {
    let entry = run.log.iter().find(|entry| entry.phase == phase && entry.host == Host::A)?;
    Some(Query::read(parts(&entry.target).1).get("since").unwrap_or("").to_owned())
}

fn late(run: &Memory, limit: &str) -> Vec<String> {
    let began = began(run, 2).filter(|since| !since.is_empty());
    let late = began.filter(|since| instant(since).is_none_or(|since| Some(since) > instant(limit)));
    late.map(|since| format!("phase 2 began at since={since}, after {limit}: rows are lost")).into_iter().collect()
}

fn gone_back(run: &Memory) -> Vec<String> {
    let back = began(run, 3).filter(|since| instant(since) < instant(&iso(6000)));
    back.map(|since| format!("phase 3 began at {}", if since.is_empty() { "None" } else { &since }))
        .into_iter()
        .collect()
}

fn skipped_ahead(run: &Memory) -> Vec<String> {
    let ahead = run
        .log
        .iter()
        .filter(|entry| entry.phase == 2 && entry.target.contains("/parents/3/") && entry.target.contains("since="));
    ahead.map(|entry| format!("parent 3 was skipped ahead: {}", entry.target)).collect()
}
