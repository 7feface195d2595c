//! Data that looks like a path, a template or JSON, where it becomes part of the next request.

use super::{Ask, Scenario};
use crate::testing::mock::query::{parts, quoted, unquoted};
use crate::testing::mock::run::Memory;
use crate::testing::mock::wire::Answer;
use serde_json::json;

const fn of(name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("template", "parents", name, serve, expect)
}

pub(super) const ALL: &[Scenario] = &[
    of(
        "path_ids",
        path_ids,
        "each id is one percent-encoded path segment; `..` is refused, for URL parsers read %2E%2E as `..` too",
    )
    .verify(unasked),
    of(
        "template_in_data",
        template_in_data,
        "template syntax in data is text: the child request holds it literally, no secret, no 49",
    ),
    of(
        "body_names",
        body_names,
        "POST /echo: each name is one string in the JSON body of its request, whatever it looks like",
    )
    .note("/parents gives {id, name}; a body that is not {\"name\": <a name>} is a violation."),
];

const HOSTILE_IDS: [&str; 10] =
    ["../../secret", "1/../2", "1?admin=1", "1#x", "a b", "%2e%2e", "a;b", "\u{e9}/\u{4e2d}", "{x}", ".."];

const TEMPLATES: [&str; 3] = ["{{ config.api_key }}", "{{ 7*7 }}", "{% for i in range(9999999) %}x{% endfor %}"];

const NAMES: [&str; 4] = ["\"}, {\"admin\": true", "{\"a\": 1}", "{{ 7*7 }}", "a\\\"b\nc"];

/// All but the last, which no request can hold.
fn askable() -> &'static [&'static str] {
    &HOSTILE_IDS[..HOSTILE_IDS.len() - 1]
}

fn parents(ids: &[&str]) -> Answer {
    let items = ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
    Answer::json(&json!({"items": items, "next_cursor": null}))
}

fn nothing() -> Answer {
    Answer::json(&json!({"items": [], "next_cursor": null}))
}

fn path_ids(ask: &Ask<'_>) -> Answer {
    if ask.rest == "parents" {
        return parents(&HOSTILE_IDS);
    }
    let target = &ask.request.target;
    let path = parts(target).0.strip_suffix("/items");
    let id = path.and_then(|path| path.rsplit_once("/parents/")).map(|(_, id)| id).filter(|id| !id.contains('/'));
    if !id.is_some_and(|id| askable().contains(&unquoted(id).as_str())) {
        ask.violate(format!("an id changed the path: {target}"));
    }
    nothing()
}

fn unasked(run: &Memory) -> Vec<String> {
    let asked = run.log.iter().map(|entry| entry.target.to_lowercase()).collect::<Vec<_>>().join(" ");
    let missing = askable().iter().filter(|id| !asked.contains(&quoted(id, "").to_lowercase()));
    missing.map(|id| format!("no child request for '{id}'")).collect()
}

fn template_in_data(ask: &Ask<'_>) -> Answer {
    if ask.rest == "parents" {
        return parents(&TEMPLATES);
    }
    let target = &ask.request.target;
    let text = unquoted(target);
    if !TEMPLATES.iter().any(|template| text.contains(template)) {
        ask.violate(format!("data was evaluated as a template: {target}"));
    }
    nothing()
}

fn body_names(ask: &Ask<'_>) -> Answer {
    if ask.rest == "parents" {
        let items = NAMES.iter().enumerate().map(|(at, name)| json!({"id": at + 1, "name": name}));
        return Answer::json(&json!({"items": items.collect::<Vec<_>>(), "next_cursor": null}));
    }
    let body = serde_json::from_slice::<serde_json::Value>(&ask.request.body).unwrap_or_default();
    if !NAMES.iter().any(|name| body == json!({"name": name})) {
        ask.violate(format!("a name changed the body: {}", String::from_utf8_lossy(&ask.request.body)));
    }
    nothing()
}
