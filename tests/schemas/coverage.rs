//! Every key, kind and word of the schemas occurs in a valid document.

use crate::corpus::cases;
use crate::walk::{branches, each, kind, resolve, types};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use weir::manifest::{Document, to_json};
use weir::text::Sources;

#[test]
fn every_key_kind_and_word_occurs_in_a_valid_document() {
    let cases = cases();
    let mut missing = Vec::new();
    for document in Document::ALL {
        let schema = document.schema();
        let mut seen = Seen { root: schema, places: BTreeSet::new() };
        for case in cases.iter().filter(|case| case.document == document) {
            seen.follow(schema, "", &to_json(&case.node(&mut Sources::default()).1));
        }
        // Tests may stand in the manifest as well as beside it; here they are followed once, as files.
        let elsewhere = document == Document::Manifest;
        let test = Document::Test.schema();
        each(schema, "", &mut |part, at| {
            for place in places(part, at) {
                let of_tests = elsewhere && test.pointer(&place).is_some_and(|_| place.starts_with("/$defs/"));
                if !seen.places.contains(&place) && !of_tests && !is_test(&place, elsewhere) {
                    missing.push(format!("{} {place}", document.file()));
                }
            }
        });
    }
    assert!(missing.is_empty(), "in no document below tests/valid:\n{}", missing.join("\n"));
}

fn is_test(place: &str, elsewhere: bool) -> bool {
    elsewhere && place.starts_with("/$defs/Test/")
}

/// Lists what must occur of one schema: its keys (a kind is one) and its words.
fn places(schema: &Json, at: &str) -> Vec<String> {
    let keys = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    let words = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
    keys.filter(|(key, _)| *key != "$schema")
        .map(|(key, _)| format!("{at}/properties/{key}"))
        .chain(words.filter_map(Json::as_str).map(|word| format!("{at}/enum/{word}")))
        .collect()
}

/// Follows documents through a schema and notes what they use.
struct Seen<'a> {
    root: &'a Json,
    places: BTreeSet<String>,
}

impl Seen<'_> {
    fn follow(&mut self, schema: &Json, at: &str, value: &Json) {
        let root = self.root;
        let (schema, at) = resolve(root, schema, at);
        if schema.get("anyOf").is_some() {
            let all = branches(root, schema, &at);
            for (branch, at) in &all {
                if applies(root, schema, branch, value) {
                    self.follow(branch, at, value);
                }
            }
            // A kind is written as a bare word or as a key; either shows it.
            let word = value.as_str().or_else(|| value.as_object()?.keys().next().map(String::as_str));
            for (branch, at) in &all {
                if let Some(word) = word.filter(|word| kind(branch) == Some(word)) {
                    self.places.insert(format!("{at}/properties/{word}"));
                    let bare = all.iter().filter(|(one, _)| one.get("enum").is_some());
                    self.places.extend(bare.map(|(_, at)| format!("{at}/enum/{word}")));
                }
            }
            return;
        }
        match value {
            Json::String(word) => {
                self.places.insert(format!("{at}/enum/{word}"));
            }
            Json::Array(items) => {
                for item in items {
                    if let Some(each) = schema.get("items") {
                        self.follow(each, &format!("{at}/items"), item);
                    }
                }
            }
            Json::Object(map) => {
                for (key, value) in map {
                    if let Some(property) = schema.get("properties").and_then(|known| known.get(key)) {
                        let place = format!("{at}/properties/{key}");
                        self.follow(property, &place, value);
                        self.places.insert(place);
                    } else if let Some(each) = schema.get("additionalProperties") {
                        self.follow(each, &format!("{at}/additionalProperties"), value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Says whether a branch of a union is the one that a value takes.
fn applies(root: &Json, union: &Json, branch: &Json, value: &Json) -> bool {
    let Json::Object(map) = value else {
        let name = match value {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => return types(branch).iter().any(|name| matches!(*name, "integer" | "number")),
            Json::String(_) => "string",
            _ => "array",
        };
        return types(branch).contains(&name);
    };
    if !types(branch).contains(&"object") {
        return false;
    }
    let all = branches(root, union, "");
    let named = all.iter().any(|(one, _)| kind(one).is_some_and(|name| map.len() == 1 && map.contains_key(name)));
    match kind(branch) {
        Some(name) => map.len() == 1 && map.contains_key(name),
        None => !named,
    }
}
