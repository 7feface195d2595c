//! Shapes of data beyond the older fault server: doubled keys, missing keys, very many parents.

use super::rows::{SIZE, page_of, part, stamped};
use super::{Ask, Scenario};
use crate::testing::mock::wire::Answer;
use serde_json::{Value, json};

const fn of(style: &'static str, name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("data", style, name, serve, expect)
}

pub(super) const ALL: &[Scenario] = &[
    of("none", "same_key_twice", same_key_twice, "an upsert keeps the last of two rows with one key in one batch")
        .ids(1, 2)
        .succeeds(),
    of("none", "key_missing", key_missing, "rows without a key are refused or set aside; never merged into one"),
    of("parents", "many_parents", many_parents, "all parents are kept, or a refusal; memory bounded")
        .note("?count= parents (20000), ?size= a page (1000), five rows each under /parents/<id>/items."),
    of("none", "echo", echo, "one record that repeats the request: method, target, headers, body"),
    of("none", "field_types", field_types, "a whole-value template keeps the type of each of these values")
        .ids(1, 1)
        .succeeds(),
    of("page", "page_size_ignored", page_size_ignored, "all 200 ids although the size asked for is not honoured")
        .ids(1, 200)
        .succeeds()
        .note("Pages have 50 rows whatever size is asked; a page beyond the last is empty."),
];

fn same_key_twice(_: &Ask<'_>) -> Answer {
    Answer::json(
        &json!({"items": [{"id": 1, "v": "a"}, {"id": 2, "v": "x"}, {"id": 1, "v": "b"}], "next_cursor": null}),
    )
}

fn key_missing(_: &Ask<'_>) -> Answer {
    Answer::json(
        &json!({"items": [{"id": 1, "v": "a"}, {"v": "b"}, {"id": null, "v": "c"}, {"id": 2, "v": "d"}, {"v": "e"}],
        "next_cursor": null}),
    )
}

fn many_parents(ask: &Ask<'_>) -> Answer {
    if let Some(parent) = ask.parent() {
        let rows = (1..=5).map(|at| stamped((parent - parent.min(1)) * 5 + at, "2026-01-01T00:00:00Z"));
        return Answer::json(&json!({"items": rows.collect::<Vec<_>>(), "next_cursor": null}));
    }
    let count = ask.query.count(&["count"]).unwrap_or(20_000);
    let size = ask.query.count(&["size"]).unwrap_or(1000).max(1);
    let page = usize::try_from(page_of(ask)).expect("a page is at least the first");
    let first = (page - 1).saturating_mul(size).min(count);
    let last = first.saturating_add(size).min(count);
    let items = (first + 1..=last).map(|id| json!({"id": id})).collect::<Vec<_>>();
    Answer::json(&json!({"items": items, "page": page, "has_more": last < count, "total": count}))
}

fn echo(ask: &Ask<'_>) -> Answer {
    let request = ask.request;
    let headers = request.headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value)));
    let headers = Value::Object(headers.collect());
    let body = String::from_utf8_lossy(&request.body);
    let record = json!({"id": 1, "method": request.method, "target": request.target, "headers": headers, "body": body});
    Answer::json(&json!({"items": [record], "next_cursor": null}))
}

fn field_types(_: &Ask<'_>) -> Answer {
    Answer::raw(
        "{\"items\":[{\"id\":1,\"big\":9007199254740993,\"padded\":\"00123\",\"yes\":true,\"nothing\":null,\
         \"list\":[1],\"decimal\":1.10}],\"next_cursor\":null}",
    )
}

fn page_size_ignored(ask: &Ask<'_>) -> Answer {
    let page = page_of(ask);
    let rows = super::rows::seq(1, 200);
    Answer::json(&json!({"items": part(&rows, (page - 1) * SIZE, page * SIZE)}))
}
