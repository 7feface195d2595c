//! Params that nothing reads.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::Plan;
use crate::plan::known::Known;
use crate::text::{Named, Sources};
use std::collections::HashSet;

pub(super) fn check(known: &Known<'_>, _plan: &Plan, sources: &Sources, report: &mut Report) {
    // What stands in a part that did not hold was not compiled; the text itself says whether it reads a param.
    let broken = report.has_errors();
    let mut read = None;
    for entry in known.spec.params.iter().flat_map(Named::iter) {
        let name = entry.name.as_str();
        if known.used.contains(name) || known.params.broken.contains(name) {
            continue;
        }
        if broken {
            let text = &sources.get(entry.span.source).text;
            if read.get_or_insert_with(|| words(text)).contains(name) {
                continue;
            }
        }
        let known_by_type = matches!(known.params.types.get(name), Some(crate::data::ParamType::File));
        if known_by_type {
            continue;
        }
        report.push(
            Diagnostic::new(Code::E0608, entry.span, format!("nothing uses the param `{name}`"))
                .help(format!("use it as `{{{{ params.{name} }}}}`, or take it away")),
        );
    }
}

/// Lists the params that a text reads, as far as the text alone shows it.
fn words(text: &str) -> HashSet<&str> {
    let after = text.match_indices("params").map(|(at, found)| &text[at + found.len()..]);
    let word = |rest: &'_ str| rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    after
        .filter_map(|rest| rest.strip_prefix('.').or_else(|| rest.strip_prefix("['")))
        .map(|rest| &rest[..word(rest)])
        .collect()
}
