//! From a plan and what a connection gives to what can run: params typed, secrets apart, everything decided.
//!
//! The library reads no environment: variables come in with [`Given`]. What is wrong points to where the value was
//! written; a value that came from a variable is told at the param's declaration, with the variable's name.

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

pub(in crate::plan) use params::hide;

use crate::components::auth::{AuthPlan, RequestPlan};
use crate::components::settle::{Settle as _, Settler};
use crate::data::Value;
use crate::diagnostic::Report;
use crate::plan::{Options, Plan};
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
    let typed = params::read(plan, given, sources, &mut own);
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
    streams::tell(plan, &typed, by.finish(), &mut own);
    let mut bound_streams = IndexMap::new();
    for (name, stream) in plan.streams.iter().filter(|(_, stream)| streams::exists(stream, &typed)) {
        bound_streams.insert(name.clone(), streams::bind(plan, stream, &typed, sources, &mut own));
    }
    let mut groups = IndexMap::new();
    for group in &plan.groups {
        groups.insert(group.name.clone(), streams::bind(plan, &group.stream, &typed, sources, &mut own));
    }
    let origins = origins::bind(plan, &typed, options, &mut own);
    let whole = !own.has_errors() && !typed.open;
    report.append(own);
    whole.then(|| Bound {
        plan: Arc::clone(plan),
        auth: auth.as_ref().and_then(streams::decided),
        params,
        vault: typed.vault,
        origins,
        streams: bound_streams,
        groups,
        actions,
        once,
    })
}
