//! Pages that shift, repeat, lie, end early or never.

use super::rows::{SIZE, cursor_body, cursor_body_at, link_body, next_url, page_body, page_of, part, position, seq};
use super::{Ask, Scenario};
use crate::testing::mock::run::Host;
use crate::testing::mock::wire::Answer;
use serde_json::json;

const fn of(
    style: &'static str,
    name: &'static str,
    serve: fn(&Ask<'_>) -> Answer,
    expect: &'static str,
    most: usize,
) -> Scenario {
    Scenario::new("pagination", style, name, serve, expect).most(most)
}

pub(super) const ALL: &[Scenario] = &[
    of("page", "page_ok", page_ok, "all 500 ids once", 12).ids(1, 500).succeeds(),
    of("offset", "offset_ok", offset_ok, "all 500 ids once", 12).ids(1, 500).succeeds(),
    of("cursor", "cursor_ok", cursor_ok, "all 500 ids once", 11).ids(1, 500).succeeds(),
    of("link", "link_ok", link_ok, "all 500 ids once", 11).ids(1, 500).succeeds(),
    of("linkheader", "linkheader_ok", linkheader_ok, "all 500 ids once", 11).ids(1, 500).succeeds(),
    of("page", "page_drift_insert", page_drift_insert, "with a key: ids 1..500 each once; the shift is not lost", 14)
        .ids(1, 500)
        .succeeds()
        .note("Newest first; seven rows are inserted after page 1 was served."),
    of(
        "page",
        "page_drift_delete",
        page_drift_delete,
        "a warning or failure that names the changed total; never a silent ok",
        14,
    )
    .note("Five rows of page 1 vanish after it was served: ids 51..55 fall into the gap."),
    of("cursor", "cursor_repeat", cursor_repeat, "fails as a pagination loop, soon after the repeat", 5)
        .fails()
        .note("From page 3 on the server hands back the cursor it was asked with."),
    of("cursor", "cursor_endless", cursor_endless, "fails at the page limit (set it to 40 in the test)", 41)
        .fails()
        .note("A fresh cursor and the same 50 rows for ever."),
    of("cursor", "cursor_empty_string", cursor_empty_string, "ends after page 10: an empty string is the end", 10)
        .ids(1, 500)
        .succeeds(),
    of("cursor", "empty_middle", empty_middle, "all 500 ids: an empty page with a cursor is not the end", 12)
        .ids(1, 500)
        .succeeds(),
    of("page", "short_middle", short_middle, "all 480 ids: a short page in the middle is not the end", 12)
        .succeeds()
        .note("Page 3 has 30 of 50 rows (rows the caller may not see); has_more tells the truth."),
    of("page", "page_echo_last", page_echo_last, "ids 1..500 once; stops or fails soon, never loops", 13)
        .ids(1, 500)
        .note("Pages beyond the last repeat the last page; nothing says how many there are."),
    of("page", "page_beyond_404", page_beyond_404, "all 500 ids; the 404 beyond the end is the end, not a failure", 12)
        .ids(1, 500)
        .succeeds(),
    of("page", "total_changes", total_changes, "all 500 ids although total says 450, then 510", 12)
        .ids(1, 500)
        .succeeds(),
    of("offset", "limit_capped", limit_capped, "all 500 ids: the offset grows by what came, not by what was asked", 27)
        .ids(1, 500)
        .succeeds()
        .note("The server gives 20 rows whatever limit is asked."),
    of("link", "link_relative", link_relative, "all 500 ids: relative next URLs resolve against the request", 11)
        .ids(1, 500)
        .succeeds(),
    of("linkheader", "linkheader_awkward", linkheader_awkward, "all 200 ids from awkward Link headers", 5)
        .ids(1, 200)
        .succeeds(),
    of("cursor", "overlap_pages", overlap_pages, "with a key: 500 ids once although pages overlap by two", 12)
        .ids(1, 500)
        .succeeds(),
    of(
        "cursor",
        "cursor_expired",
        cursor_expired,
        "fails and keeps a resumable state; does not restart by itself for ever",
        12,
    )
    .fails()
    .note("The cursor of page 5 is always refused (410)."),
];

fn page_ok(ask: &Ask<'_>) -> Answer {
    Answer::json(&page_body(page_of(ask), &seq(1, 500)))
}

fn offset_ok(ask: &Ask<'_>) -> Answer {
    let (at, limit) = (ask.query.number("offset", 0), ask.query.number("limit", SIZE).min(SIZE));
    Answer::json(&json!({"items": part(&seq(1, 500), at, at + limit), "total": 500}))
}

fn cursor_ok(ask: &Ask<'_>) -> Answer {
    Answer::json(&cursor_body(ask, &seq(1, 500)))
}

fn link_ok(ask: &Ask<'_>) -> Answer {
    let (items, next) = link_body(ask, &seq(1, 500), |at| next_url(ask, at));
    Answer::json(&json!({"items": items, "next": next}))
}

fn linkheader_ok(ask: &Ask<'_>) -> Answer {
    let (items, next) = link_body(ask, &seq(1, 500), |at| next_url(ask, at));
    let answer = Answer::json(&json!({"items": items}));
    match next {
        Some(next) => answer.header("Link", format!("<{next}>; rel=\"next\"")),
        None => answer,
    }
}

fn page_drift_insert(ask: &Ask<'_>) -> Answer {
    let first = ask.query.number("page", 1) <= 1;
    let mut rows = seq(1, if first { 500 } else { 507 });
    rows.reverse();
    Answer::json(&page_body(page_of(ask), &rows))
}

fn page_drift_delete(ask: &Ask<'_>) -> Answer {
    let first = ask.query.number("page", 1) == 1;
    Answer::json(&page_body(page_of(ask), &seq(if first { 1 } else { 6 }, 500)))
}

fn cursor_repeat(ask: &Ask<'_>) -> Answer {
    let mut body = cursor_body(ask, &seq(1, 500));
    if ask.get("cursor") == Some("c100") {
        body["next_cursor"] = "c100".into();
    }
    Answer::json(&body)
}

fn cursor_endless(ask: &Ask<'_>) -> Answer {
    Answer::json(&json!({"items": seq(1, 50), "next_cursor": format!("f{}", ask.count(""))}))
}

fn cursor_empty_string(ask: &Ask<'_>) -> Answer {
    let mut body = cursor_body(ask, &seq(1, 500));
    if body["next_cursor"].is_null() {
        body["next_cursor"] = "".into();
    }
    Answer::json(&body)
}

fn empty_middle(ask: &Ask<'_>) -> Answer {
    if ask.get("cursor") == Some("c150") {
        return Answer::json(&json!({"items": [], "next_cursor": "x150", "total": 500}));
    }
    Answer::json(&cursor_body(ask, &seq(1, 500)))
}

fn short_middle(ask: &Ask<'_>) -> Answer {
    let mut body = page_body(page_of(ask), &seq(1, 500));
    if body["page"] == 3 {
        body["items"].as_array_mut().expect("a page has items").truncate(30);
    }
    Answer::json(&body)
}

fn page_echo_last(ask: &Ask<'_>) -> Answer {
    let body = page_body(page_of(ask).min(10), &seq(1, 500));
    Answer::json(&json!({"items": body["items"]}))
}

fn page_beyond_404(ask: &Ask<'_>) -> Answer {
    let body = page_body(page_of(ask), &seq(1, 500));
    if body["items"].as_array().is_some_and(|items| items.is_empty()) {
        return Answer::json(&json!({"error": "no such page"})).status(404);
    }
    Answer::json(&json!({"items": body["items"]}))
}

fn total_changes(ask: &Ask<'_>) -> Answer {
    let mut body = page_body(page_of(ask), &seq(1, 500));
    let total = match body["page"].as_i64() {
        Some(1) => 500,
        Some(3) => 510,
        _ => 450,
    };
    body["total"] = total.into();
    Answer::json(&body)
}

fn limit_capped(ask: &Ask<'_>) -> Answer {
    let at = ask.query.number("offset", 0);
    Answer::json(&json!({"items": part(&seq(1, 500), at, at + 20), "total": 500}))
}

fn link_relative(ask: &Ask<'_>) -> Answer {
    let make = |at: i64| match at % 100 {
        0 => format!("{}/items?cursor=c{at}", ask.path()),
        _ => format!("?cursor=c{at}"),
    };
    let (items, next) = link_body(ask, &seq(1, 500), make);
    Answer::json(&json!({"items": items, "next": next}))
}

fn linkheader_awkward(ask: &Ask<'_>) -> Answer {
    let at = position(ask.get("cursor"));
    let next = ask.url(&format!("items?x=a,b;c&cursor=c{}", at + SIZE), Host::A);
    let first = next_url(ask, 0);
    let header = match at {
        0 => format!("<{first}>; rel=\"first\", <{next}>; rel=\"next\""),
        50 => format!("<{next}>;rel=next"),
        100 => format!("<{next}>; title=\"a, <b>; rel=\\\"last\\\"\"; REL=\"prev next\""),
        _ => String::new(),
    };
    let answer = Answer::json(&json!({"items": part(&seq(1, 200), at, at + SIZE)}));
    if header.is_empty() { answer } else { answer.header("Link", header) }
}

fn overlap_pages(ask: &Ask<'_>) -> Answer {
    let at = position(ask.get("cursor"));
    let next = (at + SIZE < 500).then(|| format!("c{}", at + SIZE));
    Answer::json(&json!({"items": part(&seq(1, 500), (at - 2).max(0), at + SIZE), "next_cursor": next}))
}

fn cursor_expired(ask: &Ask<'_>) -> Answer {
    if ask.get("cursor") == Some("c200") {
        return Answer::json(&json!({"error": "cursor expired"})).status(410);
    }
    Answer::json(&cursor_body_at(position(ask.get("cursor")), &seq(1, 500)))
}
