//! What requests outside a stream take from the connector (SEMANTICS rules 1 and 6).

use crate::components::auth::{AuthSpec, RequestPlan};
use crate::components::context::Cx;
use crate::components::quota;
use crate::components::request::{Part, Parts};
use crate::components::scope::At;
use crate::diagnostic::{Code, Report};
use crate::manifest::ManifestSpec;
use crate::plan::stream::{Source, StreamPlan};
use crate::text::{Named, NamedEntry, Node, Span};

/// Checks the connector's headers and query in the scope of a request outside a stream, where a stream's names are not.
pub(super) fn check(cx: &mut Cx<'_>, spec: &ManifestSpec, who: &str, place: Span, own: &Parts<'_, AuthSpec>) {
    let mut outer = cx.scopes.clone();
    outer.stream = false;
    let before = std::mem::replace(&mut cx.scopes, outer.into());
    let headers = inherited(spec.headers.as_ref(), own.headers, str::eq_ignore_ascii_case);
    for entry in headers.chain(inherited(spec.query.as_ref(), own.query, |one, other| one == other)) {
        let around = std::mem::take(cx.report);
        if let Some(node) = &entry.value {
            cx.tree(node, At::Request, true);
        }
        let told: Report = std::mem::replace(cx.report, around);
        for found in told.sorted() {
            let mut found = found.clone().also(place, format!("{who} is a request outside the streams"));
            if matches!(found.code, Code::E0302 | Code::E0310) {
                found.message = format!("{}: {who} takes this, too", found.message);
                found.help = Some("write it under `defaults`, which only streams take".into());
            }
            cx.push(found);
        }
    }
    cx.scopes = before;
}

/// Gives a request what it takes from the connector. What is wrong there was told by [`check`], or with the streams
/// that take the same.
pub(super) fn inherit(cx: &mut Cx<'_>, spec: &ManifestSpec, at: At, plan: &mut RequestPlan) {
    let around = std::mem::take(cx.report);
    let parts = |cx: &mut Cx<'_>, written: Option<&Named<Node>>, own: &[Part], same: fn(&str, &str) -> bool| {
        let written = written.into_iter().flat_map(Named::iter);
        let taken = written.filter(|entry| !own.iter().any(|part| same(&part.name, &entry.name)));
        let taken = taken.filter_map(|entry| {
            let value = cx.tree(entry.value.as_ref()?, at, true)?;
            Some(Part { name: entry.name.clone(), span: entry.span, value })
        });
        taken.collect::<Vec<Part>>().into_iter().chain(own.iter().cloned()).collect()
    };
    plan.message.headers = parts(cx, spec.headers.as_ref(), &plan.message.headers, str::eq_ignore_ascii_case);
    plan.message.query = parts(cx, spec.query.as_ref(), &plan.message.query, |one, other| one == other);
    for rule in spec.errors.iter().flatten() {
        plan.errors.extend(rule.value.compile(cx, At::Errors, rule.span));
    }
    if plan.limits.is_none() {
        let quotas = cx.quotas.to_vec();
        plan.limits = spec.limits.as_ref().map(|limits| quota::compile(cx, limits, &quotas));
    }
    if plan.retry.is_none() {
        plan.retry = spec.retry.as_ref().map(|retry| retry.compile(cx));
    }
    if plan.timeouts.is_none() {
        plan.timeouts = spec.timeouts.as_ref().map(|timeouts| timeouts.compile(cx));
    }
    if plan.encode.lists.is_none() && plan.encode.maps.is_none() {
        plan.encode = spec.encode.clone().unwrap_or_default();
    }
    *cx.report = around;
}

/// Gives the requests of a stream that start from the connector what they take from it: job steps, `continue`, `get`,
/// `changes`. The list request took its part with the stream.
pub(super) fn inherit_in(cx: &mut Cx<'_>, spec: &ManifestSpec, stream: &mut StreamPlan) {
    if let Source::Job(job, _) = &mut stream.source {
        let steps = [job.poll.as_mut(), job.result.as_mut(), job.close.as_mut()].into_iter().flatten();
        for step in std::iter::once(&mut job.create).chain(steps) {
            inherit(cx, spec, At::Job, step);
        }
    }
    if let Some(get) = &mut stream.get {
        inherit(cx, spec, At::Get, get);
    }
    if let Some(changes) = &mut stream.changes {
        inherit(cx, spec, At::Request, &mut changes.request);
    }
    let feed = stream.changes.as_mut().and_then(|changes| changes.pages.as_mut());
    for pages in stream.pages.iter_mut().chain(feed) {
        pages.each(&mut |paged| {
            let changed = paged.kind.with_further(&mut |further| inherit(cx, spec, At::Request, further));
            if let Some(kind) = changed {
                paged.kind = kind;
            }
        });
    }
}

/// Lists what a request takes over: the names that it does not give itself.
fn inherited<'a>(
    connector: Option<&'a Named<Node>>,
    own: Option<&'a Named<Node>>,
    same: fn(&str, &str) -> bool,
) -> impl Iterator<Item = &'a NamedEntry<Node>> {
    let given = move |name: &str| own.is_some_and(|own| own.names().any(|known| same(known, name)));
    connector.into_iter().flat_map(Named::iter).filter(move |entry| !given(&entry.name))
}

#[cfg(test)]
mod tests {
    use crate::components::context::Late;
    use crate::diagnostic::{Report, render};
    use crate::plan::{Check, Options, Plan, load_text};
    use crate::text::Sources;
    use std::path::Path;

    fn plan(text: &str) -> Plan {
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let loaded = load_text(Path::new("shop.yaml"), text.as_bytes(), &mut sources, &mut report, &Options::default());
        assert!(!report.has_errors(), "{}", render::text(&report.sorted(), &sources, false));
        loaded.plan.expect("a manifest without errors has a plan")
    }

    const SHOP: &str = r#"
connector: shop
base: https://shop.example
params: { token: secret!, org: string! }
auth: { bearer: "{{ params.token }}" }
headers: { Accept: application/json, X-Org: "{{ params.org }}" }
query: { v: 2 }
errors: [{ status: 404, then: end }]
limits: { rate: 5/s }
retry: { attempts: 3 }
timeouts: { head: 5s }
encode: { lists: comma }
check: { request: GET /me, headers: { accept: text/plain }, errors: [{ status: 409, then: ok }] }
streams:
  items:
    request: GET /items
    query: { own: 1 }
    paginate: { cursor: { next: $.next, continue: GET /items/next } }
"#;

    #[test]
    fn requests_outside_the_streams_start_from_the_connector() {
        let plan = plan(SHOP);
        let Check::Request(check) = &plan.check else { panic!("a request proves the connection") };
        let pages = plan.streams["items"].pages.as_ref().unwrap().all()[0].kind.clone();
        let further = pages.further().expect("`continue` is a request of its own");
        for (request, headers, statuses) in
            [(&**check, ["X-Org", "accept"], &[409, 404][..]), (further, ["Accept", "X-Org"], &[404])]
        {
            let names: Vec<&str> = request.message.headers.iter().map(|part| part.name.as_str()).collect();
            assert_eq!(names, headers);
            // The stream's own query is not the connector's.
            assert_eq!(request.message.query.iter().map(|part| &*part.name).collect::<Vec<_>>(), ["v"]);
            let rules: Vec<u16> = request.errors.iter().flat_map(|rule| rule.status.clone()).collect();
            assert_eq!(rules, statuses);
            assert_eq!(request.limits.as_ref().map(Vec::len), Some(1));
            let attempts = request.retry.as_ref().and_then(|retry| retry.attempts.as_ref()).and_then(Late::known);
            assert_eq!(attempts, Some(&3));
            assert!(request.timeouts.is_some() && request.encode.lists.is_some());
        }
    }
}
