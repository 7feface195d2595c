//! The files below `schemas/`.

use crate::walk::each;
use serde_json::Value as Json;
use std::path::Path;
use weir::manifest::Document;

const REWRITE: &str = "WEIR_WRITE_SCHEMAS=1 cargo test --test schemas";

#[test]
fn the_files_are_what_the_types_give() {
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the files instead of comparing them")]
    let write = std::env::var_os("WEIR_WRITE_SCHEMAS").is_some();
    for document in Document::ALL {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(document.file());
        if write {
            std::fs::write(&file, document.published()).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        assert!(there == document.published(), "schemas/{} is out of date; write it anew: {REWRITE}", document.file());
    }
}

#[test]
fn every_property_is_described() {
    let mut bare = Vec::new();
    for document in Document::ALL {
        each(document.schema(), "", &mut |schema, at| {
            for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
                let told = property.get("description").and_then(Json::as_str).unwrap_or_default();
                if told.trim().is_empty() {
                    bare.push(format!("{} {at}: `{name}`", document.file()));
                }
            }
        });
    }
    assert!(bare.is_empty(), "write a doc comment for\n{}", bare.join("\n"));
}

#[test]
fn short_forms_have_examples_that_hold() {
    for document in Document::ALL {
        each(document.schema(), "", &mut |schema, at| {
            let Some(pattern) = schema.get("pattern").and_then(Json::as_str) else { return };
            let place = format!("{} {at}", document.file());
            let examples = schema.get("examples").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
            assert!(!examples.is_empty(), "{place}: an editor has nothing to complete");
            let pattern = regex::Regex::new(pattern).unwrap();
            for example in examples {
                assert!(pattern.is_match(example.as_str().unwrap()), "{place}: {example} is refused by {pattern}");
            }
        });
    }
}

#[test]
fn definitions_have_names_for_people() {
    for document in Document::ALL {
        let definitions = document.schema()["$defs"].as_object().unwrap();
        for (name, definition) in definitions {
            let readable = name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.ends_with("Spec");
            assert!(readable, "{}: `{name}` is no name for people", document.file());
            assert!(definition.get("title").is_none(), "{}: `{name}` is titled twice", document.file());
        }
    }
}

#[test]
fn examples_are_valid() {
    for document in Document::ALL {
        let root = document.schema();
        each(root, "", &mut |schema, at| {
            let Some(examples) = schema.get("examples").and_then(Json::as_array) else { return };
            // Those of patterns have a test of their own.
            if schema["type"] == "string" {
                return;
            }
            let mut alone = schema.clone();
            alone["$defs"] = root["$defs"].clone();
            let validator = jsonschema::validator_for(&alone).unwrap();
            for example in examples {
                assert!(validator.is_valid(example), "{} {at}: {example} is no example", document.file());
            }
        });
    }
}
