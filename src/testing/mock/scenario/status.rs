//! Status codes, waits, rate limits, and answers that are no data.

use super::rows::{cursor_body, five_parents, seq};
use super::{Ask, Scenario};
use crate::testing::mock::clock::Clock;
use crate::testing::mock::run::{Host, Memory};
use crate::testing::mock::wire::Answer;
use serde_json::json;
use std::time::Duration;

const fn of(style: &'static str, name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("http", style, name, serve, expect)
}

pub(super) const ALL: &[Scenario] = &[
    of("cursor", "h429_seconds", h429_seconds, "waits the second asked for, then all 100 ids")
        .ids(1, 100)
        .most(4)
        .succeeds()
        .verify(|run| early(run, 950)),
    of("cursor", "h429_date", h429_date, "waits until the date, then all 100 ids")
        .ids(1, 100)
        .most(4)
        .succeeds()
        .verify(|run| early(run, 1900)),
    of("cursor", "h429_bare", h429_bare, "backs off with growing waits, then all 100 ids")
        .ids(1, 100)
        .most(7)
        .succeeds()
        .verify(flat),
    of("cursor", "h429_forever", h429_forever, "gives up after a bounded number of tries").most(12).fails(),
    of("cursor", "h429_day", h429_day, "fails within seconds and says for how long the server wants to be left alone")
        .most(2)
        .fails(),
    of("cursor", "h503_twice", h503_twice, "retries, then all 100 ids").ids(1, 100).most(5).succeeds(),
    of(
        "cursor",
        "h500_page3",
        h500_page3,
        "fails; says which request; pages before it may be written, the state covers no more",
    )
    .most(15)
    .fails(),
    of("cursor", "h401", h401, "fails at once: 401 and 403 are not retried more than once").most(3).fails(),
    of("cursor", "h200_error", h200_error, "fails: a 200 with an error body is no empty page").most(8).fails(),
    of("none", "graphql_errors", graphql_errors, "fails: GraphQL errors beside partial data are no success")
        .most(8)
        .fails(),
    of("none", "h200_html", h200_html, "fails: a login page is not data").most(8).fails(),
    of("none", "h204", |_| Answer::bare(204), "zero records or a clear failure; no panic").most(8),
    of("none", "empty_200", |_| Answer::raw(""), "fails: 200 with an empty body is not an empty result")
        .most(8)
        .fails(),
    of("none", "h206_partial", h206_partial, "fails: a 206 nobody asked for is a part, not the whole").most(8).fails(),
    of(
        "cursor",
        "rate_strict",
        rate_strict,
        "the declared rate (5/s in the test's manifest) is kept, first second included: no 429 is ever earned",
    )
    .ids(1, 500)
    .succeeds(),
    of("parents", "concurrency_2", concurrency_2, "never more than 2 requests at once when the manifest says so")
        .ids(1, 100)
        .succeeds()
        .verify(crowded),
];

/// Answers the first requests of the first page with an error.
fn limited(ask: &Ask<'_>, times: u64, retry_after: Option<&str>, status: u16) -> Answer {
    let cursor = ask.get("cursor").unwrap_or("");
    if ask.count(cursor) > times || !cursor.is_empty() {
        return Answer::json(&cursor_body(ask, &seq(1, 100)));
    }
    let answer = Answer::json(&json!({"error": "rate limited"})).status(status);
    match retry_after {
        Some(value) => answer.header("Retry-After", value),
        None => answer,
    }
}

fn h429_seconds(ask: &Ask<'_>) -> Answer {
    limited(ask, 1, Some("1"), 429)
}

fn h429_date(ask: &Ask<'_>) -> Answer {
    limited(ask, 1, Some(&httpdate::fmt_http_date(Clock::wall() + Duration::from_secs(3))), 429)
}

fn h429_bare(ask: &Ask<'_>) -> Answer {
    limited(ask, 3, None, 429)
}

fn h429_forever(_: &Ask<'_>) -> Answer {
    Answer::json(&json!({"error": "rate limited"})).status(429)
}

fn h429_day(ask: &Ask<'_>) -> Answer {
    h429_forever(ask).header("Retry-After", "86400")
}

fn h503_twice(ask: &Ask<'_>) -> Answer {
    limited(ask, 2, None, 503)
}

fn h500_page3(ask: &Ask<'_>) -> Answer {
    if ask.get("cursor") == Some("c100") {
        return Answer::json(&json!({"error": "boom"})).status(500);
    }
    Answer::json(&cursor_body(ask, &seq(1, 500)))
}

fn h401(_: &Ask<'_>) -> Answer {
    Answer::json(&json!({"error": "bad token"})).status(401)
}

fn h200_error(ask: &Ask<'_>) -> Answer {
    if ask.query.said(&["cursor"]).is_some() {
        return Answer::json(&json!({"error": {"code": 17, "message": "quota"}}));
    }
    Answer::json(&cursor_body(ask, &seq(1, 100)))
}

fn graphql_errors(_: &Ask<'_>) -> Answer {
    let rows = seq(1, 3);
    Answer::json(&json!({"data": {"items": rows}, "items": rows, "errors": [{"message": "timeout in node 4"}]}))
}

fn h200_html(_: &Ask<'_>) -> Answer {
    Answer::new(200, "text/html", "<!doctype html><title>Sign in</title>")
}

fn h206_partial(_: &Ask<'_>) -> Answer {
    Answer::json(&json!({"items": seq(1, 3)})).status(206).header("Content-Range", "bytes 0-199/1000")
}

fn rate_strict(ask: &Ask<'_>) -> Answer {
    let now = ask.world.clock.elapsed();
    let recent = {
        let mut memory = ask.run.lock();
        memory.recent.retain(|then| now.saturating_sub(*then) < Duration::from_secs(1));
        memory.recent.push(now);
        memory.recent.len()
    };
    if recent > 6 {
        ask.violate(format!("{recent} requests within a second"));
        return Answer::json(&json!({"error": "too fast"})).status(429);
    }
    Answer::json(&cursor_body(ask, &seq(1, 500)))
}

fn concurrency_2(ask: &Ask<'_>) -> Answer {
    ask.pause(50);
    Answer::json(&five_parents(ask))
}

/// The times between the requests to host A, in milliseconds.
fn gaps(run: &Memory) -> Vec<u64> {
    let times = run.log.iter().filter(|entry| entry.host == Host::A).map(|entry| entry.t_ms).collect::<Vec<_>>();
    times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect()
}

fn early(run: &Memory, least: u64) -> Vec<String> {
    let first = gaps(run).first().copied();
    first.filter(|gap| *gap < least).map(|_| "retried too early".to_owned()).into_iter().collect()
}

fn flat(run: &Memory) -> Vec<String> {
    match gaps(run)[..] {
        [first, _, third, ..] if third * 10 < first * 12 => vec!["the waits do not grow".to_owned()],
        _ => Vec::new(),
    }
}

fn crowded(run: &Memory) -> Vec<String> {
    if run.most_in_flight > 2 { vec![format!("{} at once", run.most_in_flight)] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mock::run::Entry;

    fn asked_at(times: &[u64]) -> Memory {
        let entry = |t_ms: u64| Entry {
            n: 1,
            t_ms,
            host: Host::A,
            phase: 1,
            method: String::new(),
            target: String::new(),
            headers: Vec::new(),
            body: String::new(),
            conn: 1,
        };
        Memory { log: times.iter().map(|time| entry(*time)).collect(), ..Memory::default() }
    }

    #[test]
    fn waits_are_judged_by_their_length() {
        for (times, early_at_950, does_not_grow) in [
            (&[][..], false, false),
            (&[5, 954], true, false),
            (&[5, 955], false, false),
            (&[0, 100, 200, 300], true, true),
            (&[0, 1000, 2000, 3200], false, false),
            (&[0, 1000, 2000, 3199], false, true),
        ] {
            let run = asked_at(times);
            assert_eq!(
                (!early(&run, 950).is_empty(), !flat(&run).is_empty()),
                (early_at_950, does_not_grow),
                "{times:?}"
            );
        }
    }
}
