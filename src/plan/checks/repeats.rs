//! A request of a read is sent again when its answer is lost: what changes something must not stand there.

use super::Stream;
use crate::components::auth::RequestPlan;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::request::Method;

pub(super) fn check(stream: &Stream<'_>, report: &mut Report) {
    let plan = stream.plan;
    let pages = plan.pages.iter().flat_map(|pages| pages.all());
    let changes = plan.changes.iter();
    let requests = plan.source.request().into_iter().chain(plan.get.as_ref());
    let further = pages.filter_map(|paged| paged.kind.further());
    let fed = changes.clone().map(|changes| &changes.request);
    let fed_further = changes.flat_map(|changes| changes.pages.iter().flat_map(|pages| pages.all()));
    for request in requests.chain(further).chain(fed).chain(fed_further.filter_map(|paged| paged.kind.further())) {
        one(request, report);
    }
}

fn one(request: &RequestPlan, report: &mut Report) {
    let method = request.message.method;
    if !matches!(method, Method::Put | Method::Patch | Method::Delete) {
        return;
    }
    let word = method.word();
    report.push(
        Diagnostic::new(
            Code::E0707,
            request.message.span,
            format!("`{word}` changes something, and a read is repeated"),
        )
        .help("read by GET, POST or HEAD; what changes something is an action, below `actions`"),
    );
}
