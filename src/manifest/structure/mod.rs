//! The structural check: does a document have the shape that its schema describes?
//!
//! It walks the generated schema, so that there is one definition of the language, and says in the author's words what
//! does not hold; serde stops at the first error and a validator hides it in a union. It gives back the tree without
//! what did not hold, so that later checks speak of the rest only. A test holds its verdict against `jsonschema`'s.

mod advice;
mod message;
mod number;
mod union;
mod wanted;

pub use number::to_json;

use crate::diagnostic::{Code, Diagnostic, Fix, Report};
use crate::manifest::schema::{Document, resolve};
use crate::text::{Content, Entry, Node, Sources, Span};
use number::Numeral;
use regex::Regex;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// Checks a document and returns what of it holds.
pub fn check(document: Document, root: &Node, sources: &Sources, report: &mut Report) -> Option<Node> {
    let mut walker = Walker { root: document.schema(), sources, report };
    let holder = root.entries().first().map_or(Span { end: root.span.start, ..root.span }, |entry| entry.key_span);
    walker.node(walker.root, root, &At { holder, key: None, is_item: false })
}

/// Where a value stands: findings about what is missing point at the key that holds it.
struct At<'a> {
    holder: Span,
    key: Option<&'a str>,
    /// An item of the list that the key holds.
    is_item: bool,
}

impl At<'_> {
    /// Names the value in the author's words.
    fn name(&self) -> String {
        match (self.key, self.is_item) {
            (Some(key), false) => format!("`{key}`"),
            (Some(key), true) => format!("an item of `{key}`"),
            (None, _) => "the file".to_owned(),
        }
    }
}

struct Walker<'a> {
    root: &'static Json,
    sources: &'a Sources,
    report: &'a mut Report,
}

impl Walker<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// Offers the right word, quoted where the wrong one is; whether it was meant only the author knows.
    fn fix(&self, span: Span, word: &str) -> Fix {
        let text = &self.sources.get(span.source).text;
        let quote = text.get(span.start as usize..).and_then(|rest| rest.chars().next());
        let quote = quote.filter(|quote| matches!(quote, '"' | '\'')).map_or(String::new(), String::from);
        Fix { span, replacement: format!("{quote}{word}{quote}"), safe: false }
    }

    /// Returns the value without what did not hold; `None` if nothing of it can be used.
    fn node(&mut self, schema: &'static Json, node: &Node, at: &At<'_>) -> Option<Node> {
        let hint = schema;
        let schema = resolve(self.root, schema);
        if node.content == Content::Unknown {
            return None;
        }
        if schema == &Json::Bool(true) {
            return Some(node.clone());
        }
        if schema.get("anyOf").is_some() {
            return self.union(schema, hint, node, at);
        }
        if !takes(self.root, schema, node) {
            self.wrong_type(&[schema], hint, node, at);
            return None;
        }
        let words = schema.get("enum").and_then(Json::as_array);
        if let Some(words) = words.filter(|words| !words.iter().any(|word| word.as_str() == node.as_text())) {
            self.wrong_word(words, node, at);
            return None;
        }
        match &node.content {
            Content::Text(text) => self.text(schema, text, node.span).then(|| node.clone()),
            Content::Number(digits) => self.number(schema, digits, node.span).then(|| node.clone()),
            Content::List(items) => {
                let Some(each) = schema.get("items") else { return Some(node.clone()) };
                let kept = items.iter().filter_map(|item| {
                    let at = At { holder: start_of(item), key: at.key, is_item: true };
                    self.node(each, item, &at)
                });
                Some(Node { span: node.span, content: Content::List(kept.collect()) })
            }
            Content::Map(entries) => self.map(schema, node, entries, at),
            _ => Some(node.clone()),
        }
    }

    fn map(&mut self, schema: &'static Json, node: &Node, entries: &[Entry], at: &At<'_>) -> Option<Node> {
        let properties = schema.get("properties").and_then(Json::as_object);
        let required: Vec<&str> =
            schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        let mut usable = true;
        // The known keys that are not written here; found once, for thousands may be unknown.
        let mut free: Option<Vec<&str>> = None;
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries {
            let here = At { holder: entry.key_span, key: Some(&entry.key), is_item: false };
            let value = match (properties.and_then(|known| known.get(&entry.key)), schema.get("additionalProperties")) {
                (Some(property), _) => {
                    let value = self.node(property, &entry.value, &here);
                    usable &= value.is_some() || !required.contains(&entry.key.as_str());
                    value
                }
                (None, Some(Json::Bool(false))) => {
                    let known: Vec<&str> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
                    let taken = |key: &str| entries.iter().any(|other| other.key == key);
                    let free = free.get_or_insert_with(|| known.iter().copied().filter(|key| !taken(key)).collect());
                    self.unknown_key(entry, &known, free, at);
                    None
                }
                // A name that an author gave stays known when its value did not hold.
                (None, Some(each)) => Some(
                    self.node(each, &entry.value, &here)
                        .unwrap_or(Node { span: entry.value.span, content: Content::Unknown }),
                ),
                (None, None) => Some(entry.value.clone()),
            };
            if let Some(value) = value {
                kept.push(Entry { key: entry.key.clone(), key_span: entry.key_span, value });
            }
        }
        for name in required {
            if !entries.iter().any(|entry| entry.key == name) {
                self.missing_key(name, schema, entries, at);
                usable = false;
            }
        }
        usable.then_some(Node { span: node.span, content: Content::Map(kept) })
    }

    fn number(&mut self, schema: &Json, digits: &str, span: Span) -> bool {
        let numeral = Numeral::parse(digits);
        let (least, greatest) = (schema.get("minimum"), schema.get("maximum"));
        if numeral.within(least, greatest) {
            return true;
        }
        let shown = |bound: Option<&Json>| bound.map_or(String::new(), ToString::to_string);
        let help = if least.and_then(Json::as_u64) == Some(1) && numeral.within(None, greatest) {
            "write a number of at least 1".to_owned()
        } else {
            format!("write a number from {} to {}", shown(least), shown(greatest))
        };
        self.push(Diagnostic::new(Code::E0106, span, format!("{digits} is out of range")).help(help));
        false
    }

    fn text(&mut self, schema: &Json, text: &str, span: Span) -> bool {
        if text_holds(schema, text) {
            return true;
        }
        self.wrong_form(schema, text, span);
        false
    }
}

/// A list's item has no key: what is missing in it is told at its first key, or where it begins.
fn start_of(item: &Node) -> Span {
    item.entries().first().map_or(Span { end: item.span.start + 1, ..item.span }, |entry| entry.key_span)
}

/// Says whether a text matches a schema's pattern.
fn text_holds(schema: &Json, text: &str) -> bool {
    static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let Some(pattern) = schema.get("pattern").and_then(Json::as_str) else { return true };
    let mut known = PATTERNS.lock().expect("nothing panics while it is held");
    if let Some(regex) = known.get(pattern) {
        return regex.is_match(text);
    }
    let regex = Regex::new(pattern).expect("patterns of the schema are ours");
    let matches = regex.is_match(text);
    known.insert(pattern.to_owned(), regex);
    matches
}

/// Lists the types that a schema takes.
fn types<'a>(root: &'a Json, schema: &'a Json) -> Vec<&'a str> {
    let schema = resolve(root, schema);
    if let Some(Json::Array(branches)) = schema.get("anyOf") {
        return branches.iter().flat_map(|branch| types(root, branch)).collect();
    }
    match schema.get("type") {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
        _ if schema.get("enum").is_some() => vec!["string"],
        _ => vec!["any"],
    }
}

/// Says whether a schema takes a value's type, whatever else it asks.
fn takes(root: &Json, schema: &Json, node: &Node) -> bool {
    types(root, schema).iter().any(|name| match (*name, &node.content) {
        ("any", _)
        | ("null", Content::Null)
        | ("boolean", Content::Bool(_))
        | ("number", Content::Number(_))
        | ("string", Content::Text(_))
        | ("array", Content::List(_))
        | ("object", Content::Map(_)) => true,
        ("integer", Content::Number(digits)) => Numeral::parse(digits).is_integer(),
        _ => false,
    })
}
