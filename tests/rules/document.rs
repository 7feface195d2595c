//! Whole manifests: what is found in them, and what their streams inherit.

use crate::page::Block;
use crate::value;
use serde_json::Value as Json;
use std::path::Path;
use weir::components::context::Tree;
use weir::diagnostic::{Diagnostic, Report, Severity, render};
use weir::manifest::{merge, to_json};
use weir::plan::{Options, load_text};
use weir::text::{Content, Sources, read};

/// Compares what is found with what the block says. No words at all: the block serves those that follow.
pub(crate) fn findings(block: &Block, expected: &[&str]) -> Vec<String> {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let path = Path::new("manifest.yaml");
    load_text(path, block.text.as_bytes(), &mut sources, &mut report, &Options::default());
    let expected = match expected {
        [] | ["ok"] => Vec::new(),
        words => wanted(words),
    };
    let named = |found: &Diagnostic| expected.iter().any(|wanted| wanted.code == found.code.name());
    let sorted = report.sorted();
    let found: Vec<&Diagnostic> =
        sorted.into_iter().filter(|found| found.severity != Severity::Note || named(found)).collect();
    let mut wrong = Vec::new();
    let mut left: Vec<&Diagnostic> = found.clone();
    for wanted in &expected {
        let fits = left.iter().position(|found| wanted.fits(found, &sources));
        match fits {
            Some(at) => {
                left.remove(at);
            }
            None => wrong.push(format!("not found: {} {} {}", wanted.code, wanted.place, wanted.words.join(" "))),
        }
    }
    for found in left {
        let place = place(found, &sources);
        let text = render::text(&[found], &sources, false);
        wrong.push(format!("not expected: {} {place}\n{text}", found.code.name()));
    }
    wrong
}

/// A finding that a block announces.
struct Wanted<'a> {
    code: &'a str,
    place: &'a str,
    words: Vec<&'a str>,
}

impl Wanted<'_> {
    fn fits(&self, found: &Diagnostic, sources: &Sources) -> bool {
        let told = format!("{} {}", found.message, found.help.as_deref().unwrap_or_default());
        found.code.name() == self.code
            && place(found, sources) == self.place
            && self.words.iter().all(|word| told.contains(word.trim_matches('"')))
    }
}

fn wanted<'a>(words: &[&'a str]) -> Vec<Wanted<'a>> {
    let mut wanted: Vec<Wanted<'a>> = Vec::new();
    for word in words {
        match wanted.last_mut() {
            _ if word.starts_with('E') => wanted.push(Wanted { code: word, place: "", words: Vec::new() }),
            Some(last) if word.starts_with('"') => last.words.push(word),
            Some(last) => last.place = word,
            None => panic!("`{word}` stands before any code"),
        }
    }
    wanted
}

fn place(found: &Diagnostic, sources: &Sources) -> String {
    let place = sources.get(found.primary.source).place(found.primary.start);
    format!("{}:{}", place.line, place.column)
}

/// Compares members of a stream, as it is once it took what it inherits.
pub(crate) fn effective(manifest: &Block, stream: &str, expected: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let (_, node, _) = read(&mut sources, "manifest.yaml", manifest.text.as_bytes(), false);
    let Some(node) = node else { return vec!["the manifest can't be read".to_owned()] };
    let merged = merge(&node, &mut Report::default());
    let named = merged.get("streams").and_then(|streams| streams.get(stream));
    let group = || merged.get("dynamic").and_then(|groups| groups.get(stream)).and_then(|group| group.get("stream"));
    let Some(found) = named.or_else(group).filter(|found| matches!(found.content, Content::Map(_))) else {
        return vec![format!("there is no stream `{stream}`")];
    };
    let found = to_json(found);
    let expected: Json = match serde_json::from_str(expected) {
        Ok(expected) => expected,
        Err(error) => return vec![format!("not JSON: {error}")],
    };
    let mut wrong = Vec::new();
    for (key, wanted) in expected.as_object().into_iter().flatten() {
        let known = found.get(key).unwrap_or(&Json::Null);
        // Texts are compared, so that digits and the order of keys count.
        let texts = [known, wanted].map(Json::to_string);
        if texts[0] != texts[1] {
            wrong.push(format!("`{key}` of `{stream}` is {known}, not {wanted}"));
        }
    }
    wrong
}

/// Compares what a stream's request sends as it is written: `query.v => 1.10`.
pub(crate) fn sent(manifest: &Block, stream: &str, table: &str) -> Vec<String> {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let path = Path::new("manifest.yaml");
    let loaded = load_text(path, manifest.text.as_bytes(), &mut sources, &mut report, &Options::default());
    let plan = loaded.plan.as_ref().and_then(|plan| plan.streams.get(stream));
    let Some(request) = plan.and_then(|stream| stream.source.request()) else {
        return vec![format!("the stream `{stream}` has no request")];
    };
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (address, expected) = line.split_once(" => ").unwrap_or((line, ""));
        let (parts, name) = match address.split_once('.') {
            Some(("query", name)) => (&request.message.query, name),
            Some(("header", name)) => (&request.message.headers, name),
            _ => return vec![format!("unknown address `{address}`")],
        };
        let found = match parts.iter().find(|part| part.name == name).map(|part| &part.value) {
            Some(Tree::Fixed(value)) => value::show(value),
            other => format!("{other:?}"),
        };
        if found != expected {
            wrong.push(format!("{address} sends {found}, not {expected}"));
        }
    }
    wrong
}
