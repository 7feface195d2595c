//! Settings of which a stream takes one.

use super::Stream;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::text::Span;

pub(super) fn check(stream: &Stream<'_>, report: &mut Report) {
    let spec = stream.spec;
    if let (Some(incremental), Some(changes)) = (&spec.incremental, &spec.changes) {
        let (first, second) = ordered(("incremental", incremental.key), ("changes", changes.key));
        report.push(
            Diagnostic::new(Code::E0607, second.1, format!("`{}` beside `{}`", second.0, first.0))
                .also(first.1, "the other one")
                .help("a stream has `incremental` or `changes`: the list again, or a feed of what changed"),
        );
    }
    let sources: Vec<(&str, Span)> = [
        spec.from.as_ref().map(|held| ("from", held.key)),
        spec.job.as_ref().map(|held| ("job", held.key)),
        spec.generate.as_ref().map(|held| ("generate", held.key)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [one, other, ..] = sources.as_slice() {
        let (first, second) = ordered(*one, *other);
        report.push(
            Diagnostic::new(Code::E0613, second.1, format!("`{}` beside `{}`", second.0, first.0))
                .also(first.1, "the other one")
                .help(format!("rows come from one source; keep `{}` or `{}`", first.0, second.0)),
        );
    }
    if spec.hydrate.is_some() && spec.get.is_none() && !stream.damaged {
        report.push(
            Diagnostic::new(Code::E0102, stream.plan.span, "`hydrate: get` needs `get`")
                .help("add the request for one row: `get: GET /items/{{ key.id }}`"),
        );
    }
    if let Some(file) = &spec.file
        && let (Some(request), Some(content)) = (&file.request, &file.content)
    {
        let (request, _) = request.split();
        let (first, second) = ordered(("request", request.span), ("content", content.span));
        report.push(
            Diagnostic::new(Code::E0613, second.1, "a file has `request` or `content`")
                .also(first.1, "the other one")
                .help("keep the one that gives the bytes"),
        );
    }
}

type Setting<'a> = (&'a str, Span);

fn ordered<'a>(one: Setting<'a>, other: Setting<'a>) -> (Setting<'a>, Setting<'a>) {
    if one.1.start <= other.1.start { (one, other) } else { (other, one) }
}
