//! The params that the steps of a test need: those that their requests read.

use super::steps::Asked;
use crate::components::auth::{AuthPlan, RequestPlan, SignedPlan};
use crate::components::choose::Chosen;
use crate::components::partition::Over;
use crate::expr::{Compiled, Expr as _};
use crate::plan::{Base, Origin, Plan, StreamPlan};
use std::collections::BTreeSet;

/// Lists the params that are read when the steps run.
pub(super) fn params(plan: &Plan, asked: &Asked) -> BTreeSet<String> {
    let mut needs = Needs { plan, found: BTreeSet::new(), seen: BTreeSet::new() };
    match &plan.base {
        Base::None => {}
        Base::One(base) => needs.read(base),
        Base::Named(_) => {
            needs.found.insert("base".into());
        }
    }
    plan.auth.iter().for_each(|auth| needs.auth(auth));
    if asked.any {
        plan.streams.values().for_each(|stream| needs.stream(stream));
    }
    for stream in asked.streams.iter().filter_map(|name| plan.streams.get(name)) {
        needs.stream(stream);
    }
    for action in asked.actions.iter().filter_map(|name| plan.actions.get(name)) {
        needs.request(&action.request);
    }
    needs.found
}

struct Needs<'a> {
    plan: &'a Plan,
    found: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Needs<'_> {
    fn read(&mut self, compiled: &Compiled) {
        self.found.extend(compiled.uses().params.iter().cloned());
    }

    fn request(&mut self, request: &RequestPlan) {
        request.message.each_expr(&mut |compiled| self.read(compiled));
        request.auth.iter().for_each(|auth| self.auth(auth));
    }

    fn stream(&mut self, stream: &StreamPlan) {
        if !self.seen.insert(stream.name.clone()) {
            return;
        }
        stream.each_request(&mut |request| self.request(request));
        for each in &stream.each {
            if let Over::Values(values) = &each.over {
                values.each_expr(&mut |compiled| self.read(compiled));
            }
        }
        for bound in stream.cursor.iter().flat_map(|cursor| cursor.start.iter().chain(&cursor.end)) {
            bound.each_expr(&mut |compiled| self.read(compiled));
        }
        for column in stream.columns.known() {
            if let Origin::Computed(value) = &column.origin {
                value.each_expr(&mut |compiled| self.read(compiled));
            }
        }
        let above = stream.parents().into_iter().chain(stream.taken_from());
        let above: Vec<String> = above.map(|(name, _)| name.to_owned()).collect();
        for parent in above.iter().filter_map(|name| self.plan.streams.get(name)) {
            self.stream(parent);
        }
    }

    /// What a kind that is chosen needs depends on the choice: only a fixed one is looked into.
    fn auth(&mut self, auth: &Chosen<AuthPlan>) {
        let kind = match auth {
            Chosen::Is(kind) => kind,
            Chosen::By { param, .. } => {
                self.found.insert(param.clone());
                return;
            }
        };
        match kind {
            AuthPlan::None => {}
            AuthPlan::Bearer(token) => self.read(token),
            AuthPlan::Basic { username, password } | AuthPlan::Digest { username, password } => {
                self.read(username);
                if let Some(password) = password {
                    self.read(password);
                }
            }
            AuthPlan::Put(values) => values.iter().for_each(|(_, value)| self.read(value)),
            AuthPlan::Token(token) => {
                token.urls.iter().chain(&token.texts).for_each(|(_, text)| self.read(text));
                token.steps.iter().for_each(|step| self.request(step));
            }
            AuthPlan::Jwt(jwt) => self.read(&jwt.key),
            AuthPlan::Signed(SignedPlan::Sigv4(texts) | SignedPlan::Oauth1 { texts, .. }) => {
                for (_, text) in texts {
                    self.read(text);
                }
            }
            AuthPlan::Signed(SignedPlan::Hmac { key, text, .. }) => {
                self.read(key);
                self.read(text);
            }
            AuthPlan::AllOf(kinds) => kinds.iter().for_each(|kind| self.auth(kind)),
            AuthPlan::Rotate { tokens, .. } => self.read(tokens),
        }
    }
}
