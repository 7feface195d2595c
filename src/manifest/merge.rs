//! What a stream inherits (SEMANTICS section 1), on the tree, so that every piece keeps its place.
//!
//! Later wins: connector < `defaults` < stream < its `request` map. What comes out is read as the typed manifest; its
//! streams are whole in themselves.

use crate::text::{Content, Entry, Node};

/// Keys of the connector that each stream takes; those of requests without a stream are compiled from the connector.
const FROM_CONNECTOR: [&str; 8] = ["headers", "query", "errors", "limits", "encode", "retry", "timeouts", "cache"];
/// Plain maps, merged name by name on one level.
const PLAIN_MAPS: [&str; 4] = ["headers", "query", "variables", "types"];
/// What a stream that takes its records from another one does not inherit.
const NOT_WITH_FROM: [&str; 5] = ["request", "job", "for_each", "incremental", "changes"];

/// Returns the manifest with every stream made whole.
pub fn merge(root: &Node) -> Node {
    let Content::Map(entries) = &root.content else { return root.clone() };
    let inherited: Vec<Entry> =
        entries.iter().filter(|entry| FROM_CONNECTOR.contains(&entry.key.as_str())).cloned().collect();
    let defaults = root.get("defaults").map(|defaults| defaults.entries().to_vec()).unwrap_or_default();
    let base = over(&inherited, &defaults);
    let whole = entries.iter().filter(|entry| entry.key != "defaults" && entry.value.content != Content::Null);
    let whole = whole.map(|entry| {
        let value = match entry.key.as_str() {
            "streams" => each(&entry.value, |stream| self_contained(&base, stream)),
            "dynamic" => each(&entry.value, |group| {
                let Content::Map(keys) = &group.value.content else { return group.value.clone() };
                let keys = keys.iter().map(|key| match key.key.as_str() {
                    "stream" => Entry { value: self_contained(&base, key), ..key.clone() },
                    _ => key.clone(),
                });
                Node { span: group.value.span, content: Content::Map(keys.collect()) }
            }),
            _ => entry.value.clone(),
        };
        Entry { value, ..entry.clone() }
    });
    Node { span: root.span, content: Content::Map(whole.collect()) }
}

fn each(named: &Node, value: impl Fn(&Entry) -> Node) -> Node {
    let entries = named.entries().iter().map(|entry| Entry { value: value(entry), ..entry.clone() });
    Node { span: named.span, content: Content::Map(entries.collect()) }
}

/// Makes one stream whole.
fn self_contained(base: &[Entry], stream: &Entry) -> Node {
    let own = match &stream.value.content {
        Content::Text(_) => {
            vec![Entry { key: "request".into(), key_span: stream.key_span, value: stream.value.clone() }]
        }
        Content::Map(entries) => entries.clone(),
        _ => return stream.value.clone(),
    };
    let has = |key: &str| own.iter().any(|entry| entry.key == key && entry.value.content != Content::Null);
    let from = own.iter().find(|entry| entry.key == "from");
    // Without `page` there is nothing to page through: the records stand in another stream's answers.
    let pages = from.is_none_or(|from| from.value.get("record").is_some_and(|record| record.get("page").is_some()));
    let base: Vec<Entry> = base
        .iter()
        .filter(|entry| {
            let key = entry.key.as_str();
            let of_requests = from.is_some() && NOT_WITH_FROM.contains(&key);
            let paging = (from.is_some() && !pages || has("generate")) && key == "paginate";
            let generated = has("generate") && key == "request";
            let other = key == "incremental" && has("changes") || key == "changes" && has("incremental");
            !(of_requests || paging || generated || other)
        })
        .cloned()
        .collect();
    let merged = over(&base, &own);
    // The map form of `request` holds keys that belong to the request and win over the stream's.
    let long = merged.iter().find(|entry| entry.key == "request").and_then(|entry| match &entry.value.content {
        Content::Map(inner) => Some(inner.clone()),
        _ => None,
    });
    let merged = match long {
        Some(inner) => {
            let rest: Vec<Entry> = merged.into_iter().filter(|entry| entry.key != "request").collect();
            over(&rest, &inner)
        }
        None => merged,
    };
    Node { span: stream.value.span, content: Content::Map(merged) }
}

/// Puts later keys over earlier ones; null takes a key away.
fn over(earlier: &[Entry], later: &[Entry]) -> Vec<Entry> {
    let mut merged: Vec<Entry> = earlier.iter().filter(|entry| entry.value.content != Content::Null).cloned().collect();
    for entry in later {
        let known = merged.iter().position(|known| known.key == entry.key);
        if entry.value.content == Content::Null {
            merged.retain(|known| known.key != entry.key);
            continue;
        }
        let Some(at) = known else {
            merged.push(entry.clone());
            continue;
        };
        let key = entry.key.as_str();
        if PLAIN_MAPS.contains(&key) {
            merged[at] =
                Entry { value: names_over(&merged[at].value, &entry.value, key == "headers"), ..entry.clone() };
        } else if key == "errors" {
            // The stream's rules come first.
            let rules = entry.value.items().iter().chain(merged[at].value.items()).cloned().collect();
            merged[at] =
                Entry { value: Node { span: entry.value.span, content: Content::List(rules) }, ..entry.clone() };
        } else {
            merged[at] = entry.clone();
        }
    }
    merged
}

fn names_over(earlier: &Node, later: &Node, fold_case: bool) -> Node {
    let (Content::Map(before), Content::Map(after)) = (&earlier.content, &later.content) else { return later.clone() };
    let same = |one: &str, other: &str| if fold_case { one.eq_ignore_ascii_case(other) } else { one == other };
    let mut merged: Vec<Entry> =
        before.iter().filter(|entry| !after.iter().any(|new| same(&new.key, &entry.key))).cloned().collect();
    merged.extend(after.iter().filter(|entry| entry.value.content != Content::Null).cloned());
    Node { span: later.span, content: Content::Map(merged) }
}
