//! A manifest reads neither environment nor files: `${VAR}` belongs into `weir.yaml`.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::known::Known;
use crate::text::{Content, Node, Sources};
use regex::Regex;
use std::sync::LazyLock;

static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{(?:[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?|(?:file|secret|env):[^}]*)\}").expect("it is a pattern")
});

/// Texts for people, where a variable means nothing.
const PROSE: [&str; 7] = ["description", "guide", "docs", "title", "examples", "tests", "tags"];

pub(super) fn check(known: &Known<'_>, sources: &Sources, report: &mut Report) {
    each(known.root, sources, report);
}

fn each(node: &Node, sources: &Sources, report: &mut Report) {
    match &node.content {
        Content::Text(text) => {
            for found in VARIABLE.find_iter(text) {
                let span = sources.inner(node.span, found.range());
                report.push(
                    Diagnostic::new(Code::E0706, span, format!("a manifest reads no environment and no files: `{}`", found.as_str()))
                        .help("declare a param and use `{{ params.name }}`; a connection in `weir.yaml` may give it from a variable"),
                );
            }
        }
        Content::List(items) => items.iter().for_each(|item| each(item, sources, report)),
        Content::Map(entries) => {
            let entries = entries.iter().filter(|entry| !PROSE.contains(&entry.key.as_str()));
            entries.for_each(|entry| each(&entry.value, sources, report));
        }
        _ => {}
    }
}
