//! Where the requests of a connection may go: its base, the declared hosts, and addresses that params make.

use super::authority::keeps_host;
use super::params::Typed;
use crate::components::auth::AuthPlan;
use crate::components::choose::Chosen;
use crate::components::request::Target;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::host::Host;
use crate::expr::{Compiled, Expr as _, Root, Slots};
use crate::plan::{Base, Options, Plan, StreamPlan, hosts};
use crate::text::Span;
use std::sync::Arc;
use url::Url;

/// Where the requests of a connection may go.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    pub base: BoundBase,
    /// Hosts that the manifest declares, by `hosts` or by writing a whole address of theirs.
    pub declared: Vec<Host>,
    /// Hosts that come from params alone: the user's consent, to be shown.
    pub from_params: Vec<Host>,
}

/// The base address of a connection.
#[derive(Debug, Clone, Default)]
pub enum BoundBase {
    /// Only whole addresses are asked.
    #[default]
    None,
    Fixed(Url),
    /// It comes from a token answer and must match the declared hosts then.
    FromAuth(Arc<Compiled>),
}

/// Fixes the origins. A private one is refused unless the user allowed it.
pub(super) fn bind(plan: &Plan, typed: &Typed, options: &Options, report: &mut Report) -> Origins {
    let mut origins = Origins { declared: plan.hosts.clone(), ..Origins::default() };
    let base = match &plan.base {
        Base::None => None,
        Base::One(compiled) => Some(compiled),
        Base::Named(named) => match typed.values.get("base") {
            Some(crate::data::Value::Text(word)) => {
                named.iter().find(|(name, _)| name.as_str() == &**word).map(|(_, compiled)| compiled)
            }
            _ => None,
        },
    };
    if let Some(compiled) = base {
        origins.base = fix_base(compiled, plan, typed, options, report);
        if let BoundBase::Fixed(url) = &origins.base {
            let hosts = if compiled.literal().is_some() { &mut origins.declared } else { &mut origins.from_params };
            hosts.extend(host(url));
        }
    }
    for stream in plan.streams.values() {
        addresses(stream, &mut |compiled| declare(compiled, typed, &mut origins));
    }
    for auth in plan.auth.iter().flat_map(|auth| auth.all()) {
        urls(auth, &mut |compiled| declare(compiled, typed, &mut origins));
    }
    origins
}

fn fix_base(compiled: &Arc<Compiled>, plan: &Plan, typed: &Typed, options: &Options, report: &mut Report) -> BoundBase {
    if compiled.uses().has("auth") {
        return BoundBase::FromAuth(Arc::clone(compiled));
    }
    // What does not evaluate lacks a param; that was told.
    let Some(text) = text(compiled, typed) else { return BoundBase::None };
    let checked = if keeps_host(compiled.source(), &text) {
        hosts::check_base(&text, &options.allow_private)
    } else {
        let help = "beside other text of a host a value is one part of its name: letters, digits, `-`";
        Err((format!("`{text}` has another host than the manifest writes"), help.into()))
    };
    let refused = match checked {
        Ok(()) => match Url::parse(&text) {
            Ok(url) => return BoundBase::Fixed(url),
            Err(error) => {
                (format!("`{text}` is no address: {error}"), "write for example `https://api.example.com`".into())
            }
        },
        Err(refused) => refused,
    };
    // A base without params was told with the manifest.
    if let Some(param) = compiled.uses().params.first() {
        let declared = plan.params.get(param).map_or(Span::default(), |param| param.span);
        let at = typed.places.get(param).copied().unwrap_or(declared);
        let told = Diagnostic::new(Code::E0704, at, format!("`{param}` makes the base: {}", refused.0)).help(refused.1);
        report.push(if at == declared { told } else { told.also(declared, format!("`{param}` is declared here")) });
    }
    BoundBase::None
}

/// Declares the host of a whole address; one that params make is the user's.
fn declare(compiled: &Compiled, typed: &Typed, origins: &mut Origins) {
    let fixed = compiled.literal().is_some();
    let only_params = compiled.uses().names.iter().all(|name| name == "params") && !compiled.uses().secret;
    if !only_params {
        return;
    }
    // A value that ends the host early would lead secrets elsewhere: the gate knows no such host then.
    let Some(text) = text(compiled, typed).filter(|text| keeps_host(compiled.source(), text)) else { return };
    let Some(host) = Url::parse(&text).ok().as_ref().and_then(host) else { return };
    let known = if fixed { &mut origins.declared } else { &mut origins.from_params };
    if !known.contains(&host) {
        known.push(host);
    }
}

fn text(compiled: &Compiled, typed: &Typed) -> Option<String> {
    let scope = Slots::new(vec![(Root::PARAMS, typed.map())], jiff::Timestamp::UNIX_EPOCH);
    match compiled.eval(&scope).ok()? {
        crate::data::Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

fn host(url: &Url) -> Option<Host> {
    let domain = url.host_str()?.to_ascii_lowercase();
    Some(Host { below: false, domain, port: url.port() })
}

fn addresses(stream: &StreamPlan, visit: &mut dyn FnMut(&Compiled)) {
    stream.each_request(&mut |request| {
        if let Target::Url(compiled) = &request.message.target {
            visit(compiled);
        }
        for auth in request.auth.iter().flat_map(|auth| auth.all()) {
            urls(auth, visit);
        }
    });
}

/// Visits the addresses of token services and logins.
fn urls(auth: &AuthPlan, visit: &mut dyn FnMut(&Compiled)) {
    match auth {
        AuthPlan::Token(plan) => {
            plan.urls.iter().for_each(|(_, compiled)| visit(compiled));
            for step in &plan.steps {
                if let Target::Url(compiled) = &step.message.target {
                    visit(compiled);
                }
            }
        }
        AuthPlan::AllOf(kinds) => kinds.iter().flat_map(Chosen::all).for_each(|kind| urls(kind, visit)),
        _ => {}
    }
}
