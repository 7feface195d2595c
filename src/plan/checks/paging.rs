//! Paging must go on: its value reaches the request, its order is known where it restarts.

use super::Stream;
use crate::components::context::Late;
use crate::components::cursor::Order;
use crate::components::pagination::{PageValue, Paged};
use crate::components::request::Message;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::Source;

pub(super) fn check(stream: &Stream<'_>, report: &mut Report) {
    if let Some(changes) = &stream.plan.changes
        && let Some(pages) = &changes.pages
        && !stream.damaged
    {
        pages.all().into_iter().for_each(|paged| reaches(paged, &changes.request.message, report));
    }
    let Some(pages) = &stream.plan.pages else {
        let http = matches!(stream.plan.source, Source::Http(_));
        if http && stream.spec.paginate.is_none() && !stream.damaged {
            report.push(
                Diagnostic::new(Code::E0610, stream.plan.span, format!("`{}` is read as one page", stream.name))
                    .help("say how the API pages with `paginate`, or `paginate: none` if it does not"),
            );
        }
        return;
    };
    let Some(request) = stream.plan.source.request() else { return };
    for paged in pages.all() {
        if !stream.damaged {
            reaches(paged, &request.message, report);
        }
        let bounds = paged.kind.bounds();
        if let Some((_, cap)) = bounds.and_then(|bounds| bounds.cap.as_ref()) {
            // A cap that comes from a param, or an order that does, is decided when a connection is bound.
            let order = stream.plan.cursor.as_ref().map(|cursor| cursor.order.as_ref());
            let ascending = matches!(order, Some(Some(Late::Is(Order::Asc) | Late::From(_))));
            if !ascending {
                report.push(
                    Diagnostic::new(
                        Code::E0612,
                        *cap,
                        "`cap` restarts at the last position, so rows must come in order",
                    )
                    .help("write `order: asc` in `incremental`, and ask the API for that order"),
                );
            }
        }
    }
}

/// What a page gives must reach the request for the next one.
fn reaches(paged: &Paged, message: &Message, report: &mut Report) {
    // An expression over `page` that does not hold was meant to carry it: that is told already.
    let about_page = |told: &&Diagnostic| {
        told.code.name().starts_with("E03")
            && (told.message.contains("page") || told.help.as_ref().is_some_and(|help| help.contains("page")))
    };
    if report.sorted().iter().any(about_page) {
        return;
    }
    if let Some(carried) = paged.kind.carries()
        && !paged.kind.continues()
        && !paged.kind.put().iter().any(|put| put.value != PageValue::Size)
        && !message.reads("page")
    {
        report.push(
            Diagnostic::new(
                Code::E0601,
                paged.span,
                format!("the value of `{}` goes nowhere: every request would be the same", paged.kind.kind()),
            )
            .help(format!("write `into: query.{carried}`, or use `{{{{ page.{carried} }}}}` in the request")),
        );
    }
}
