//! Bounds of windows in requests.

use super::Stream;
use crate::data::Type;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::text::{Content, Node, Sources, Span};

/// The end of a window is exclusive: as a date it names a day that is not part of it (SEMANTICS rule 7).
pub(super) fn check(stream: &Stream<'_>, sources: &Sources, report: &mut Report) {
    let Some((field, _)) = stream.plan.cursor_field() else { return };
    let dated =
        stream.plan.columns.known().iter().any(|column| column.name == field && matches!(column.of, Type::Date(_)));
    if !dated {
        return;
    }
    let mut texts = Vec::new();
    let requests = stream.spec.job.iter().flat_map(|job| {
        let (_, parts) = job.create.split();
        [parts.query.map(|query| query.iter().filter_map(|entry| entry.value.as_ref()).collect::<Vec<_>>()), None]
            .into_iter()
            .flatten()
            .flatten()
            .chain(parts.json.map(|held| &held.value))
            .chain(parts.form.map(|held| &held.value))
            .collect::<Vec<_>>()
    });
    let own = stream.spec.query.iter().flat_map(|query| query.iter().filter_map(|entry| entry.value.as_ref()));
    let bodies = [&stream.spec.json, &stream.spec.form].into_iter().flatten().map(|held| &held.value);
    for node in own.chain(bodies).chain(requests) {
        collect(node, &mut texts);
    }
    for (text, span) in texts {
        for (at, _) in text.match_indices("window.end") {
            let rest = text[at + "window.end".len()..].trim_start();
            let filter = rest.strip_prefix('|').map(str::trim_start);
            if filter.is_some_and(|filter| filter.starts_with("date")) {
                let span = sources.inner(span, at..at + "window.end".len());
                report.push(
                    Diagnostic::new(Code::E0609, span, "`window.end` is the first day after the window")
                        .help("`window.last` is its last day, for an API that includes the end"),
                );
            }
        }
    }
}

fn collect<'a>(node: &'a Node, texts: &mut Vec<(&'a str, Span)>) {
    match &node.content {
        Content::Text(text) => texts.push((text, node.span)),
        Content::List(items) => items.iter().for_each(|item| collect(item, texts)),
        Content::Map(entries) => entries.iter().for_each(|entry| collect(&entry.value, texts)),
        _ => {}
    }
}
