//! Seeded mutations of a document, as an author who is tired, in a hurry or at home in another format would make them.

use crate::walk::each;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use weir::manifest::Document;
use weir::text::{Content, Entry, Node};

/// Values that fit almost nowhere, written as YAML.
const VALUES: [&str; 60] = [
    "0",
    "3",
    "-1",
    "1.0",
    "3.00",
    "2.5",
    "1e3",
    "1.5e1",
    "255",
    "256",
    "256.0",
    "65536",
    "4294967295",
    "4294967296",
    "9007199254740993.0",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551615.0",
    "18446744073709551616",
    "1e19",
    "1e20",
    "99999999999999999999999999999999999999999999",
    "1e400",
    "-0.0",
    "0x1F",
    "0o17",
    "+5",
    "017",
    ".inf",
    "-.inf",
    ".nan",
    "0.1",
    "true",
    "false",
    "null",
    "~",
    "\"\"",
    "x",
    "no",
    "\"404\"",
    "[]",
    "{}",
    "[a]",
    "[{}]",
    "[null]",
    "{ a: null }",
    "link",
    "{ link: {} }",
    "{ none: {} }",
    "{ cursor: { next: $.a } }",
    "{ choose: { by: m, of: { a: none } } }",
    "\"{{ params.n }}\"",
    "\"{{ \"",
    "$.x",
    "7d",
    "GET /x",
    "integer!",
    "\"string -> a.b <- $.c\"",
    "{ link: {}, page: {} }",
];

/// Pseudo-random numbers that are the same everywhere.
pub(crate) struct Lcg(u64);

impl Lcg {
    pub(crate) fn new(seed: u64) -> Self {
        let mut lcg = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D);
        lcg.below(2);
        lcg
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What mutations are made of.
pub(crate) struct Material {
    values: Vec<Node>,
    words: Vec<String>,
}

impl Material {
    pub(crate) fn new(parse: impl Fn(&str) -> Node) -> Self {
        let mut words = BTreeSet::new();
        for document in Document::ALL {
            each(document.schema(), "", &mut |schema, _| {
                words.extend(
                    schema.get("properties").and_then(Json::as_object).into_iter().flatten().map(|(k, _)| k.clone()),
                );
                let all = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
                words.extend(all.filter_map(Json::as_str).map(str::to_owned));
            });
        }
        Self { values: VALUES.iter().map(|value| parse(value)).collect(), words: words.into_iter().collect() }
    }

    /// Changes one place of a document.
    pub(crate) fn mutate(&self, root: &mut Node, random: &mut Lcg) {
        let elsewhere = {
            let mut index = random.below(count(root));
            node_at(root, &mut index).cloned().expect("the index is below the count")
        };
        let mut index = random.below(count(root));
        let node = node_at(root, &mut index).expect("the index is below the count");
        match random.below(14) {
            0 => *node = random.pick(&self.values).clone(),
            1 => *node = elsewhere,
            2 => delete(node, random),
            3 => self.rename(node, random),
            4 => wrap(node, Content::List),
            5 => {
                let key = ["cursor", "gzip", "choose", "set", "a"][random.below(5)];
                wrap(node, |inner| Content::Map(inner.into_iter().map(|value| entry(key, value)).collect()));
            }
            6 => unwrap(node, random),
            7 => duplicate(node, random),
            8 => {
                let value = if random.below(2) == 0 { elsewhere } else { random.pick(&self.values).clone() };
                let key = random.pick(&self.words).clone();
                insert(node, &key, value, random);
            }
            9 => swap(node, random),
            10 => *node = text(random.pick(&self.words).as_str()),
            11 => bare(node),
            12 => {
                let kind = random.pick(&self.words).clone();
                let settings = random.pick(&self.values).clone();
                node.content = Content::Map(vec![entry(&kind, settings)]);
            }
            _ => misspell(node, random),
        }
    }

    fn rename(&self, node: &mut Node, random: &mut Lcg) {
        let Content::Map(entries) = &mut node.content else { return };
        if entries.is_empty() {
            return;
        }
        let at = random.below(entries.len());
        let new = match random.below(3) {
            0 => random.pick(&self.words).clone(),
            1 => entries[at].key.to_uppercase(),
            _ => {
                let mut letters: Vec<char> = entries[at].key.chars().collect();
                if letters.len() > 1 {
                    letters.remove(random.below(letters.len()));
                } else {
                    letters.push('é');
                }
                letters.into_iter().collect()
            }
        };
        if entries.iter().all(|entry| entry.key != new) {
            entries[at].key = new;
        }
    }
}

fn count(node: &Node) -> usize {
    1 + node.items().iter().map(count).sum::<usize>()
        + node.entries().iter().map(|entry| count(&entry.value)).sum::<usize>()
}

/// Returns the node of an index in written order.
fn node_at<'a>(node: &'a mut Node, index: &mut usize) -> Option<&'a mut Node> {
    if *index == 0 {
        return Some(node);
    }
    *index -= 1;
    match &mut node.content {
        Content::List(items) => items.iter_mut().find_map(|item| node_at(item, index)),
        Content::Map(entries) => entries.iter_mut().find_map(|entry| node_at(&mut entry.value, index)),
        _ => None,
    }
}

fn text(text: &str) -> Node {
    Node { span: weir::text::Span::default(), content: Content::Text(text.to_owned()) }
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.to_owned(), key_span: weir::text::Span::default(), value }
}

fn delete(node: &mut Node, random: &mut Lcg) {
    match &mut node.content {
        Content::List(items) if !items.is_empty() => drop(items.remove(random.below(items.len()))),
        Content::Map(entries) if !entries.is_empty() => drop(entries.remove(random.below(entries.len()))),
        _ => {}
    }
}

fn wrap(node: &mut Node, around: impl FnOnce(Vec<Node>) -> Content) {
    node.content = around(vec![node.clone()]);
}

fn unwrap(node: &mut Node, random: &mut Lcg) {
    let inner = match &node.content {
        Content::List(items) if !items.is_empty() => random.pick(items).clone(),
        Content::Map(entries) if !entries.is_empty() => random.pick(entries).value.clone(),
        _ => return,
    };
    *node = inner;
}

fn duplicate(node: &mut Node, random: &mut Lcg) {
    match &mut node.content {
        Content::List(items) if !items.is_empty() => {
            let again = random.pick(items).clone();
            items.push(again);
        }
        Content::Map(entries) if !entries.is_empty() => {
            let again = random.pick(entries).clone();
            let key = format!("{}_2", again.key);
            if entries.iter().all(|entry| entry.key != key) {
                entries.push(Entry { key, ..again });
            }
        }
        _ => {}
    }
}

fn insert(node: &mut Node, key: &str, value: Node, random: &mut Lcg) {
    match &mut node.content {
        Content::List(items) => items.insert(random.below(items.len() + 1), value),
        Content::Map(entries) => {
            entries.retain(|entry| entry.key != key);
            entries.insert(random.below(entries.len() + 1), entry(key, value));
        }
        _ => {}
    }
}

fn swap(node: &mut Node, random: &mut Lcg) {
    let Content::Map(entries) = &mut node.content else { return };
    if entries.len() < 2 {
        return;
    }
    let (one, other) = (random.below(entries.len()), random.below(entries.len()));
    let value = entries[one].value.clone();
    entries[one].value = std::mem::replace(&mut entries[other].value, value);
}

/// `{ page: … }` becomes `page`, and `page` becomes `{ page: {} }`.
fn bare(node: &mut Node) {
    node.content = match &node.content {
        Content::Map(entries) if !entries.is_empty() => Content::Text(entries[0].key.clone()),
        Content::Text(word) => {
            let empty = Node { span: node.span, content: Content::Map(Vec::new()) };
            Content::Map(vec![entry(word, empty)])
        }
        other => other.clone(),
    };
}

fn misspell(node: &mut Node, random: &mut Lcg) {
    let Content::Text(written) = &mut node.content else { return };
    let mut letters: Vec<char> = written.chars().collect();
    let at = random.below(letters.len() + 1);
    if random.below(2) == 0 && at < letters.len() {
        letters.remove(at);
    } else {
        letters.insert(
            at,
            *random.pick(&['x', ' ', '!', '?', '{', '}', '$', '.', '-', '(', ')', '\n', '\t', 'É', '٣', '\u{1F600}']),
        );
    }
    *written = letters.into_iter().collect();
}

/// Writes a document as YAML of one line.
pub(crate) fn write(node: &Node) -> String {
    match &node.content {
        Content::Null | Content::Unknown => "null".to_owned(),
        Content::Bool(yes) => yes.to_string(),
        Content::Number(digits) => digits.clone(),
        Content::Text(text) => quoted(text),
        Content::List(items) => format!("[{}]", items.iter().map(write).collect::<Vec<_>>().join(", ")),
        Content::Map(entries) => {
            let entries = entries.iter().map(|entry| format!("{}: {}", quoted(&entry.key), write(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
