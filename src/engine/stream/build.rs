//! What a stream is made of: its source, its deadlines, what of it can be run.

use crate::components::answer::{Fields, Nulls, text_of};
use crate::components::auth::AuthPlan;
use crate::components::context::{Late, Read, Tree};
use crate::components::errors::{ErrorPolicy, Outcome, RetryPlan, TimeoutsPlan};
use crate::components::pagination::Paginator;
use crate::data::{Duration as Lasting, Step, Type, Value};
use crate::engine::context::Context;
use crate::engine::rows::{self, RowReader};
use crate::engine::source::{Generated, OverHttp, PageSource};
use crate::expr::shorthand::address::Address;
use crate::expr::{Compiled, Expr as _, Scope, place};
use crate::fault::{Fault, Kind};
use crate::http::retry::Policy;
use crate::http::{Deadlines, Gate, Http};
use crate::plan::{Bound, BoundBase, BoundStream, Origin, Source};
use crate::state::Digest;
use std::sync::Arc;
use std::time::Duration;

/// Says what of a stream can't be run yet.
pub(super) fn built(bound: &Bound, stream: &BoundStream) -> Result<(), Fault> {
    let plan = &stream.plan;
    let mut once = None;
    let mut look = |compiled: &Compiled| {
        once = once.take().or_else(|| bound.plan.once.iter().find(|(name, _)| compiled.uses().has(name)));
    };
    if let Some(request) = stream.source.request() {
        request.message.each_expr(&mut look);
    }
    plan.filter.iter().chain(&plan.deleted).for_each(|compiled| look(compiled));
    for column in stream.columns.known() {
        if let Origin::Computed(tree) = &column.origin {
            tree.each_expr(&mut look);
        }
    }
    if let Some((name, _)) = once {
        let told =
            format!("`{name}` of `once`, which the stream `{}` uses, can't be fetched by this version", plan.name);
        return Err(Fault::new(Kind::Config, "plan", told));
    }
    let word = match &stream.source {
        Source::Job(..) => "job",
        Source::Responses(..) | Source::Records { .. } => "from",
        Source::Broken => "request",
        _ if plan.changes.is_some() => "changes",
        _ if plan.discovery.is_some() => "schema",
        _ if plan.hydrate => "hydrate",
        _ if plan.chunk.is_some() => "chunk",
        _ if stream
            .cursor
            .as_ref()
            .is_some_and(|cursor| cursor.shared.as_ref().and_then(Late::known) == Some(&true)) =>
        {
            "shared"
        }
        _ if stream.cursor.as_ref().is_some_and(|cursor| cursor.replace_window) => "replace: window",
        _ if stream.cursor.is_some() && stream.position.is_none() => "incremental.token",
        _ => return Ok(()),
    };
    let told = format!("`{word}` of the stream `{}` can't be run by this version", plan.name);
    Err(Fault::new(Kind::Config, "plan", told))
}

pub(super) fn column_type(stream: &BoundStream) -> Option<&Type> {
    let position = stream.position.as_ref()?;
    stream.columns.known().iter().find(|column| column.name == *position).map(|column| &column.of)
}

pub(super) fn read_of(way: &[Step]) -> Option<Read> {
    let text: String = std::iter::once("$".to_owned()).chain(way.iter().map(ToString::to_string)).collect();
    place::compile(&text).ok().map(Read::Place)
}

pub(super) fn wanted_fields(stream: &BoundStream) -> Fields {
    let places = stream.columns.known().iter().filter_map(|column| match &column.origin {
        Origin::Member => Some(vec![Step::Key(column.name.as_str().into())]),
        Origin::Place(path) => path.steps().map(<[_]>::to_vec),
        Origin::Computed(_) => None,
    });
    Fields(places.collect())
}

pub(super) fn is_page(policy: &ErrorPolicy, status: u16) -> bool {
    (200..300).contains(&status)
        || policy
            .rules
            .iter()
            .any(|rule| matches!(rule.then, Outcome::Ok) && (rule.status.is_empty() || rule.status.contains(&status)))
}

/// Tells accounts apart by their credentials, without telling these.
pub(super) fn fingerprint(bound: &Bound) -> String {
    let mut parts = Vec::new();
    for name in bound.vault.names() {
        let mut text = String::new();
        if let Some(secret) = bound.vault.get(name) {
            crate::data::json::write_canonical(secret.reveal(), &mut text);
        }
        parts.extend([name.to_owned(), text]);
    }
    if let BoundBase::Fixed(url) = &bound.origins.base {
        parts.push(url.as_str().to_owned());
    }
    format!("{:.8}", Digest::of(parts).to_string())
}

#[expect(clippy::too_many_arguments, reason = "what a source is made of; each is another thing")]
pub(super) fn source(
    bound: &Arc<Bound>,
    stream: &BoundStream,
    paginator: &Arc<dyn Paginator>,
    policy: &ErrorPolicy,
    deadlines: &Deadlines,
    pushed: Vec<(Address, Value)>,
    reader: &RowReader,
    cx: &Context,
) -> Result<Arc<dyn PageSource>, Fault> {
    if let Some(registered) = cx.sources.get(&stream.plan.name) {
        return Ok(Arc::clone(registered));
    }
    if let Some(generator) = rows::Generator::new(stream)? {
        return Ok(Arc::new(Generated(generator)));
    }
    let Some(request) = stream.source.request() else {
        return Err(Fault::new(Kind::Config, "plan", format!("the stream `{}` has no request", stream.plan.name)));
    };
    let base = match &bound.origins.base {
        BoundBase::Fixed(url) => Some(url.clone()),
        _ => None,
    };
    let gate = Gate {
        base,
        declared: bound.origins.declared.clone(),
        from_params: bound.origins.from_params.clone(),
        permissions: Arc::clone(&cx.permissions),
    };
    let mut http = Http::new(Arc::clone(&cx.transport), gate);
    if let Some(trace) = &cx.trace {
        http = http.traced(Arc::clone(trace));
    }
    let policy = policy.clone();
    Ok(Arc::new(OverHttp {
        http,
        request: request.clone(),
        base: bound.origins.base.clone(),
        auth: stream.auth.clone().or_else(|| bound.auth.clone()).unwrap_or(AuthPlan::None),
        paginator: Arc::clone(paginator),
        deadlines: *deadlines,
        is_page: Box::new(move |status| is_page(&policy, status)),
        frames: reader.framer().is_some(),
        pushed,
    }))
}

/// Returns a count of rows that a manifest gives.
pub(super) fn rows(tree: Option<&Tree>, scope: &dyn Scope) -> Result<Option<u64>, Fault> {
    let value = tree.map(|tree| tree.eval(scope, Nulls::Drop)).transpose()?;
    let count = value.as_ref().and_then(text_of).and_then(|text| text.parse().ok());
    Ok(count)
}

pub(super) fn exact(late: Option<&Late<Lasting>>) -> Option<Duration> {
    late.and_then(Late::known).and_then(Lasting::to_exact)
}

pub(super) fn deadlines(plan: Option<&TimeoutsPlan>) -> Deadlines {
    let known = Deadlines::default();
    let Some(plan) = plan else { return known };
    Deadlines {
        head: exact(plan.head.as_ref()).unwrap_or(known.head),
        idle: exact(plan.idle.as_ref()).unwrap_or(known.idle),
        request: exact(plan.request.as_ref()).unwrap_or(known.request),
    }
}

/// How long the end of a declared period of a quota may be waited for.
pub(super) fn longest_reset(plan: Option<&TimeoutsPlan>) -> Duration {
    exact(plan.and_then(|plan| plan.reset.as_ref())).unwrap_or(Duration::from_mins(65))
}

pub(super) fn retry(plan: Option<&RetryPlan>, timeouts: Option<&TimeoutsPlan>) -> Policy {
    let wait = exact(timeouts.and_then(|plan| plan.wait.as_ref()));
    let known = Policy::default();
    let known = Policy { wait: wait.unwrap_or(known.wait), ..known };
    let Some(plan) = plan else { return known };
    Policy {
        attempts: plan.attempts.as_ref().and_then(Late::known).copied().unwrap_or(known.attempts),
        first: exact(plan.first.as_ref()).unwrap_or(known.first),
        max: exact(plan.max.as_ref()).unwrap_or(known.max),
        total: exact(plan.total.as_ref()).unwrap_or(known.total),
        wait: known.wait,
    }
}
