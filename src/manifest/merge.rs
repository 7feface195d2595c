//! What a stream inherits (SEMANTICS section 1), on the tree, so that every piece keeps its place.
//!
//! Later wins: connector < `defaults` < stream < its `request` map. What comes out is read as the typed manifest; its
//! streams are whole in themselves.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::text::{Content, Entry, Node};

/// Keys of the connector that each stream takes; those of requests without a stream are compiled from the connector.
const FROM_CONNECTOR: [&str; 8] = ["headers", "query", "errors", "limits", "encode", "retry", "timeouts", "cache"];
/// Plain maps, merged name by name on one level.
const PLAIN_MAPS: [&str; 4] = ["headers", "query", "variables", "types"];
/// What a stream that takes its records from another one does not inherit.
const NOT_WITH_FROM: [&str; 5] = ["request", "job", "for_each", "incremental", "changes"];

/// So many keys and values all streams together may have, with what they inherit. A file has at most a tenth of it.
const MOST_NODES: usize = 1_000_000;

/// Returns the manifest with every stream made whole. Streams that would make it too large are left as unknown, and
/// the first of them is told.
pub fn merge(root: &Node, report: &mut Report) -> Node {
    let Content::Map(entries) = &root.content else { return root.clone() };
    let inherited: Vec<Entry> =
        entries.iter().filter(|entry| FROM_CONNECTOR.contains(&entry.key.as_str())).cloned().collect();
    let around = Around {
        connector: over(&[], &inherited),
        defaults: root.get("defaults").map(|defaults| said(defaults.entries())).unwrap_or_default(),
    };
    let mut left = Some(MOST_NODES);
    let mut bounded = |stream: &Entry| {
        let unknown = Node { span: stream.value.span, content: Content::Unknown };
        let Some(before) = left else { return unknown };
        let merged = self_contained(&around, stream);
        left = before.checked_sub(nodes(&merged));
        if left.is_some() {
            return merged;
        }
        let told =
            format!("the file is too large: with what streams inherit it has more than {MOST_NODES} keys and values");
        report.push(Diagnostic::new(Code::E0009, stream.key_span, told).help(
            "each stream takes all of `headers`, `query`, `errors` and of `defaults`; \
             move what only some of them need out of there",
        ));
        unknown
    };
    let whole = entries.iter().filter(|entry| entry.key != "defaults" && entry.value.content != Content::Null);
    let whole = whole.map(|entry| {
        let value = match entry.key.as_str() {
            "streams" => each(&entry.value, &mut bounded),
            "dynamic" => each(&entry.value, |group| {
                let Content::Map(keys) = &group.value.content else { return group.value.clone() };
                let keys = keys.iter().map(|key| match key.key.as_str() {
                    "stream" => Entry { value: bounded(key), ..key.clone() },
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

/// What stands around a stream.
struct Around {
    connector: Vec<Entry>,
    defaults: Vec<Entry>,
}

/// Returns the keys of a level as they count: no credentials is a way to ask, too.
fn said(keys: &[Entry]) -> Vec<Entry> {
    let said = keys.iter().map(|entry| match (entry.key.as_str(), &entry.value.content) {
        ("auth", Content::Null) => {
            let none = Node { span: entry.value.span, content: Content::Text("none".into()) };
            Entry { value: none, ..entry.clone() }
        }
        _ => entry.clone(),
    });
    said.collect()
}

/// Counts the keys and values of a tree.
fn nodes(node: &Node) -> usize {
    let inner: usize = node.entries().iter().map(|entry| 1 + nodes(&entry.value)).sum();
    1 + inner + node.items().iter().map(nodes).sum::<usize>()
}

fn each(named: &Node, mut value: impl FnMut(&Entry) -> Node) -> Node {
    let entries = named.entries().iter().map(|entry| Entry { value: value(entry), ..entry.clone() });
    Node { span: named.span, content: Content::Map(entries.collect()) }
}

/// Makes one stream whole.
fn self_contained(around: &Around, stream: &Entry) -> Node {
    let own = match &stream.value.content {
        Content::Text(_) => {
            vec![Entry { key: "request".into(), key_span: stream.key_span, value: stream.value.clone() }]
        }
        Content::Map(entries) => said(entries),
        _ => return stream.value.clone(),
    };
    let written = |key: &str| own.iter().find(|entry| entry.key == key);
    let has = |key: &str| written(key).is_some_and(|entry| entry.value.content != Content::Null);
    let default = |key: &str| around.defaults.iter().find(|entry| entry.key == key);
    let from = written("from").or_else(|| default("from")).filter(|from| from.value.content != Content::Null);
    // Without `page` there is nothing to page through: the records stand in another stream's answers.
    let pages = from.is_none_or(|from| from.value.get("record").is_some_and(|record| record.get("page").is_some()));
    let defaults: Vec<Entry> = around
        .defaults
        .iter()
        .filter(|entry| {
            let key = entry.key.as_str();
            let of_requests = from.is_some() && NOT_WITH_FROM.contains(&key);
            let paging = (from.is_some() && !pages || has("generate")) && key == "paginate";
            // A request of the stream's own takes the place of the inherited one with all that its map holds.
            let request = (has("generate") || written("request").is_some()) && key == "request";
            let other = key == "incremental" && has("changes") || key == "changes" && has("incremental");
            !(of_requests || paging || request || other)
        })
        .cloned()
        .collect();
    let inherited = level_over(&around.connector, &defaults);
    Node { span: stream.value.span, content: Content::Map(level_over(&inherited, &own)) }
}

/// Puts a level over what it inherits. The map form of `request` holds keys that belong to the request and win over those
/// beside it.
fn level_over(earlier: &[Entry], level: &[Entry]) -> Vec<Entry> {
    let request = level.iter().find(|entry| entry.key == "request");
    let Some(Content::Map(inner)) = request.map(|entry| &entry.value.content) else { return over(earlier, level) };
    let rest: Vec<Entry> = level.iter().filter(|entry| entry.key != "request").cloned().collect();
    over(&over(earlier, &rest), inner)
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
            merged.push(Entry { value: names_over(None, &entry.value, &entry.key), ..entry.clone() });
            continue;
        };
        let key = entry.key.as_str();
        if PLAIN_MAPS.contains(&key) {
            merged[at] = Entry { value: names_over(Some(&merged[at].value), &entry.value, key), ..entry.clone() };
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

/// Puts the names of a plain map over the inherited ones. A null that takes nothing away is left to be sent only where
/// nulls are sent: in `variables`.
fn names_over(earlier: Option<&Node>, later: &Node, key: &str) -> Node {
    let Content::Map(after) = &later.content else { return later.clone() };
    if !PLAIN_MAPS.contains(&key) {
        return later.clone();
    }
    let before = earlier.map(Node::entries).unwrap_or_default();
    let same = |one: &str, other: &str| if key == "headers" { one.eq_ignore_ascii_case(other) } else { one == other };
    let mut merged: Vec<Entry> =
        before.iter().filter(|entry| !after.iter().any(|new| same(&new.key, &entry.key))).cloned().collect();
    let stays = |entry: &&Entry| {
        let takes = key != "variables" || before.iter().any(|known| same(&known.key, &entry.key));
        entry.value.content != Content::Null || !takes
    };
    merged.extend(after.iter().filter(stays).cloned());
    Node { span: later.span, content: Content::Map(merged) }
}
