//! The structural check against `jsonschema`, and serde after both.
//!
//! `WEIR_MUTATIONS=60000 cargo test --test schemas mutated` looks longer; `WEIR_SEED=123` plays one seed again.

use crate::corpus::{Case, cases};
use crate::mutate::{Lcg, Material, write};
use std::collections::BTreeMap;
use weir::diagnostic::{Report, render};
use weir::manifest::{Document, ManifestSpec, ProjectSpec, TestSpec, check_structure, merge, to_json};
use weir::text::{Node, Sources, from_node, read};

/// What the structural check, `jsonschema` and serde say of one document.
fn disagreement(
    document: Document,
    sources: &Sources,
    node: &Node,
    validator: &jsonschema::Validator,
) -> Option<String> {
    let mut report = Report::default();
    let kept = check_structure(document, node, sources, &mut report);
    let json = to_json(node);
    let refused = validator.iter_errors(&json).next();
    match (report.is_empty(), &refused) {
        (true, Some(error)) => {
            return Some(format!("only jsonschema refuses: {error} at {}", error.instance_path()));
        }
        (false, None) => {
            return Some(format!("only the check refuses: {}", render::text(&report.sorted(), sources, false)));
        }
        _ => {}
    }
    let kept = match kept {
        Some(kept) => kept,
        None if report.is_empty() => return Some("a clean check gave nothing back".into()),
        None => return None,
    };
    if report.is_empty() && kept != *node {
        return Some("a clean check gave another document back".into());
    }
    // What is left of a document with mistakes must be readable too, or later checks could say nothing.
    let failed = match document {
        Document::Manifest => {
            let whole = from_node::<ManifestSpec>(&kept).err();
            whole.or_else(|| from_node::<ManifestSpec>(&merge(&kept, &mut Report::default())).err())
        }
        Document::Project => from_node::<ProjectSpec>(&kept).err(),
        Document::Test => from_node::<TestSpec>(&kept).err(),
    };
    failed.map(|error| {
        let state = if report.is_empty() { "a clean check" } else { "the rest of a document" };
        format!("serde fails after {state}: {} at {}..{}", error.message, error.span.start, error.span.end)
    })
}

fn validators() -> BTreeMap<&'static str, jsonschema::Validator> {
    let build = |document: Document| {
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(document.schema())
            .unwrap()
    };
    Document::ALL.into_iter().map(|document| (document.file(), build(document))).collect()
}

#[test]
fn schemas_are_json_schemas() {
    for document in Document::ALL {
        jsonschema::meta::validate(document.schema()).unwrap();
    }
}

#[test]
fn valid_documents_are_clean() {
    let validators = validators();
    let mut unclean = Vec::new();
    for case in cases() {
        let mut sources = Sources::default();
        let (_, node) = case.node(&mut sources);
        let mut report = Report::default();
        check_structure(case.document, &node, &sources, &mut report);
        if !report.is_empty() {
            unclean.push(render::text(&report.sorted(), &sources, false));
        } else if let Some(what) = disagreement(case.document, &sources, &node, &validators[case.document.file()]) {
            unclean.push(format!("{}: {what}", case.name()));
        }
    }
    assert!(unclean.is_empty(), "{}", unclean.join("\n"));
}

#[test]
fn mutated_documents_get_one_verdict() {
    #[expect(clippy::disallowed_methods, reason = "how long to look, and which seed to play again")]
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seeds = match setting("WEIR_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("WEIR_MUTATIONS").unwrap_or(3_000),
    };
    let validators = validators();
    let cases: Vec<(Case, Node)> = cases()
        .into_iter()
        .map(|case| {
            let (_, node) = case.node(&mut Sources::default());
            (case, node)
        })
        .collect();
    let material = Material::new(|value| read(&mut Sources::default(), "value", value.as_bytes(), false).1.unwrap());
    let (mut failures, mut clean) = (Vec::new(), 0);
    for seed in seeds.clone() {
        let mut random = Lcg::new(seed);
        let (case, node) = &cases[random.below(cases.len())];
        let mut mutated = node.clone();
        for _ in 0..=random.below(3) {
            material.mutate(&mut mutated, &mut random);
        }
        // Written and read again, so that places are those of the mutated text.
        let text = write(&mutated);
        let mut sources = Sources::default();
        let (_, node, flaws) = read(&mut sources, "mutated.yaml", text.as_bytes(), false);
        assert!(flaws.is_empty(), "seed {seed}, {}: {flaws:?}\n{text}", case.name());
        let verdict = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            disagreement(case.document, &sources, node.as_ref().unwrap(), &validators[case.document.file()])
        }));
        let what = match verdict {
            Ok(None) => {
                clean += 1;
                continue;
            }
            Ok(Some(what)) => what,
            Err(_) => "a panic".to_owned(),
        };
        failures.push(format!("WEIR_SEED={seed} ({}): {what}", case.name()));
        if failures.len() > 20 {
            break;
        }
    }
    println!("{clean} of {} mutations agree", seeds.count());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
