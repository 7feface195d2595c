//! The files below `schemas/`.

use crate::walk::each;
use serde_json::Value as Json;
use std::path::Path;
use weir::manifest::Document;
use weir::report::schema::Form;

const REWRITE: &str = "WEIR_WRITE_SCHEMAS=1 cargo test --test schemas";

#[test]
fn the_files_are_what_the_types_give() {
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the files instead of comparing them")]
    let write = std::env::var_os("WEIR_WRITE_SCHEMAS").is_some();
    let documents = Document::ALL.map(|document| (document.file(), document.published()));
    for (name, published) in documents.into_iter().chain(Form::ALL.map(|form| (form.file(), form.published()))) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
        if write {
            std::fs::write(&file, &published).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        assert!(there == published, "schemas/{name} is out of date; write it anew: {REWRITE}");
    }
}

#[test]
fn every_property_is_described() {
    let mut bare = Vec::new();
    let documents = Document::ALL.map(|document| (document.file(), document.schema().clone()));
    for (file, root) in documents.into_iter().chain(Form::ALL.map(|form| (form.file(), form.schema()))) {
        each(&root, "", &mut |schema, at| {
            for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
                let told = property.get("description").and_then(Json::as_str).unwrap_or_default();
                // A tag is the name of what is described around it, and a map by sign has its signs as keys.
                let of_itself = property.get("const").is_some() || at.ends_with("/properties/ends");
                if told.trim().is_empty() && !of_itself {
                    bare.push(format!("{file} {at}: `{name}`"));
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

/// What is written fits what is published.
#[test]
fn receipts_and_events_fit_their_schemas() {
    let receipt: serde_json::Value = serde_json::from_str(include_str!("receipt.json")).unwrap();
    let read: weir::event::Receipt = serde_json::from_value(receipt.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), receipt);
    let valid = |form: Form, value: &Json| jsonschema::validator_for(&form.schema()).unwrap().is_valid(value);
    assert!(valid(Form::Receipt, &receipt));
    let ended = serde_json::json!({ "event": "run_ended", "receipt": receipt });
    assert!(valid(Form::Events, &ended));
    let mut without = receipt;
    without.as_object_mut().unwrap().remove("outcome");
    assert!(!valid(Form::Receipt, &without));
    for line in include_str!("events.jsonl").lines() {
        let event: weir::event::Event = serde_json::from_str(line).unwrap();
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written, serde_json::from_str::<Json>(line).unwrap());
        assert!(valid(Form::Events, &written), "{line}");
    }
    assert!(!valid(Form::Events, &serde_json::json!({ "event": "page", "stream": "s" })));
}
