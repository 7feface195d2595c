//! From a plan and what a connection gives to what can run: params typed, secrets apart, everything decided.
//!
//! The library reads no environment: variables come in with [`Given`]. What is wrong points to where the value was
//! written; a value that came from a variable is told at the param's declaration, with the variable's name.

mod authority;
mod fields;
mod given;
mod origins;
mod params;
mod streams;
mod told;
mod value;
mod vault;

#[cfg(test)]
mod tests;

pub use given::{Env, From, Given, GivenValue, variable};
pub use origins::{BoundBase, Origins};
pub use streams::BoundStream;
pub use vault::Vault;

use crate::components::auth::{AuthPlan, RequestPlan};
use crate::components::settle::{Settle as _, Settler};
use crate::data::Value;
use crate::diagnostic::Report;
use crate::plan::{Check, Options, Plan};
use crate::text::Sources;
use indexmap::IndexMap;
use std::sync::Arc;

/// A plan with the params of a connection: nothing is left to be decided before a run.
#[derive(Debug, Clone)]
pub struct Bound {
    pub plan: Arc<Plan>,
    /// The params by name, without the secrets.
    pub params: Value,
    pub vault: Vault,
    pub origins: Origins,
    pub auth: Option<AuthPlan>,
    /// The streams that exist in this connection.
    pub streams: IndexMap<String, BoundStream>,
    /// The templates of dynamic streams, by group.
    pub groups: IndexMap<String, BoundStream>,
    pub actions: IndexMap<String, RequestPlan>,
    pub once: IndexMap<String, RequestPlan>,
    /// What proves the connection.
    pub check: Check,
}

/// Binds a plan to what a connection gives. `None` if something is missing or does not fit; the report says what.
pub fn bind(
    plan: &Arc<Plan>,
    given: &Given<'_>,
    sources: &mut Sources,
    report: &mut Report,
    options: &Options,
) -> Option<Bound> {
    let mut own = Report::default();
    let decided = decide(plan, given, sources, &mut own);
    let origins = origins::bind(plan, &decided.typed, options, &mut own);
    let whole = !own.has_errors() && !decided.typed.open;
    report.append(own);
    whole.then(|| Bound {
        plan: Arc::clone(plan),
        params: decided.typed.map(),
        vault: decided.typed.vault,
        origins,
        auth: decided.auth,
        streams: decided.streams,
        groups: decided.groups,
        actions: decided.actions,
        once: decided.once,
        check: decided.check,
    })
}

/// Checks what a test gives: like a connection, but nothing is asked at a real address.
pub(in crate::plan) fn check(plan: &Plan, given: &Given<'_>, sources: &mut Sources, report: &mut Report) {
    decide(plan, given, sources, report);
}

/// Everything that params decide, but for where requests go.
struct Decided {
    typed: params::Typed,
    auth: Option<AuthPlan>,
    streams: IndexMap<String, BoundStream>,
    groups: IndexMap<String, BoundStream>,
    actions: IndexMap<String, RequestPlan>,
    once: IndexMap<String, RequestPlan>,
    check: Check,
}

fn decide(plan: &Plan, given: &Given<'_>, sources: &mut Sources, report: &mut Report) -> Decided {
    let typed = params::read(plan, given, sources, report);
    let params = typed.map();
    let mut by = Settler::new(&params);
    let mut auth = plan.auth.clone();
    auth.settle(&mut by);
    let mut settled = |request: &RequestPlan| {
        let mut request = request.clone();
        request.settle(&mut by);
        request
    };
    let actions = plan.actions.iter().map(|(name, action)| (name.clone(), settled(&action.request))).collect();
    let once = plan.once.iter().map(|(name, once)| (name.clone(), settled(&once.request))).collect();
    let check = match &plan.check {
        Check::Request(request) => Check::Request(Box::new(settled(request))),
        other => other.clone(),
    };
    streams::tell(plan, &typed, by.finish(), report);
    let mut streams = IndexMap::new();
    for (name, stream) in plan.streams.iter().filter(|(_, stream)| streams::exists(stream, &typed)) {
        streams.insert(name.clone(), streams::bind(plan, stream, &typed, sources, report));
    }
    let mut groups = IndexMap::new();
    for group in &plan.groups {
        groups.insert(group.name.clone(), streams::bind(plan, &group.stream, &typed, sources, report));
    }
    let auth = auth.as_ref().and_then(streams::decided);
    Decided { typed, auth, streams, groups, actions, once, check }
}
