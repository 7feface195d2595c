//! The laws that let the structural check follow a union (see `components::forms`), and that it knows every keyword.

use crate::walk::{branches, each, kind, types};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use weir::manifest::Document;

/// What the structural check reads, and what only people and editors read.
const CHECKED: [&str; 12] = [
    "$ref",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "format",
];
const READ: [&str; 6] = ["$schema", "$id", "$defs", "title", "description", "examples"];

#[test]
fn the_check_knows_every_keyword() {
    for document in Document::ALL {
        each(document.schema(), "", &mut |schema, at| {
            for keyword in schema.as_object().into_iter().flat_map(|map| map.keys()) {
                let known = CHECKED.contains(&keyword.as_str()) || READ.contains(&keyword.as_str());
                assert!(known, "{} {at}: the structural check does not know `{keyword}`", document.file());
            }
        });
    }
}

#[test]
fn unions_keep_their_laws() {
    for document in Document::ALL {
        let root = document.schema();
        each(root, "", &mut |schema, at| {
            if schema.get("anyOf").is_some() {
                let broken = broken(root, schema, at);
                assert!(broken.is_empty(), "{} {at}: {}", document.file(), broken.join("; "));
            }
        });
    }
}

fn broken(root: &Json, schema: &Json, at: &str) -> Vec<String> {
    let all: Vec<&Json> = branches(root, schema, at).into_iter().map(|(branch, _)| branch).collect();
    let mut broken = Vec::new();
    if all.contains(&&Json::Bool(true)) {
        broken.push("a branch that takes everything hides the others".to_owned());
    }
    let kinds: Vec<&str> = all.iter().filter_map(|branch| kind(branch)).collect();
    let names: BTreeSet<&str> = kinds.iter().copied().collect();
    if names.len() < kinds.len() {
        broken.push(format!("two kinds of one name among {kinds:?}"));
    }
    let count = |of: &str| all.iter().filter(|one| kind(one).is_none() && types(one).contains(&of)).count();
    for (what, most) in [("object", 1), ("array", 1), ("boolean", 1), ("null", 1)] {
        if count(what) > most {
            broken.push(format!("{} branches of type {what}", count(what)));
        }
    }
    let numbers = all.iter().filter(|one| types(one).iter().any(|name| matches!(*name, "integer" | "number"))).count();
    if numbers > 1 {
        broken.push(format!("{numbers} branches take numbers"));
    }
    let words: Vec<&Json> = all.iter().copied().filter(|branch| branch.get("enum").is_some()).collect();
    if words.len() > 1 {
        broken.push(format!("bare words stand in {} enums", words.len()));
    }
    // A kind beside a free map that has a key of its name could be either.
    for free in all.iter().filter(|one| kind(one).is_none()) {
        for name in free.get("properties").and_then(Json::as_object).into_iter().flat_map(|known| known.keys()) {
            if names.contains(name.as_str()) {
                broken.push(format!("`{name}` is a kind and a key"));
            }
        }
    }
    broken
}

#[test]
fn every_schema_takes_one_type_and_patterns_stand_on_texts() {
    for document in Document::ALL {
        each(document.schema(), "", &mut |schema, at| {
            let place = format!("{} {at}", document.file());
            let keywords: Vec<&str> =
                schema.as_object().into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
            let follows = keywords.contains(&"$ref") || keywords.contains(&"anyOf");
            let takes_anything = keywords.iter().all(|keyword| READ.contains(keyword));
            assert!(follows || takes_anything || types(schema).len() == 1, "{place}: {schema}");
            for (keyword, on) in
                [("pattern", "string"), ("enum", "string"), ("properties", "object"), ("items", "array")]
            {
                assert!(schema.get(keyword).is_none() || types(schema) == [on], "{place}: `{keyword}` needs type {on}");
            }
            assert!(
                schema.get("minimum").is_some() == (types(schema) == ["integer"]),
                "{place}: a range stands on whole numbers, all of them"
            );
            let closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
            assert!(schema.get("properties").is_none() || closed, "{place}: a map with known keys is closed");
        });
    }
}

#[test]
fn broken_laws_are_found() {
    let root = serde_json::json!({ "anyOf": [
        { "type": "object", "properties": { "a": {} }, "additionalProperties": false },
        { "type": "object", "additionalProperties": {} },
        { "type": "object", "properties": { "a": {} }, "required": ["a"], "additionalProperties": false },
        { "type": "string", "enum": ["b"] },
        { "type": "string", "enum": ["c"] },
    ] });
    let found = broken(&root, &root, "").join("; ");
    assert_eq!(found, "2 branches of type object; bare words stand in 2 enums; `a` is a kind and a key");
}
