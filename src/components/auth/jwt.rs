//! `jwt`: a token signed here.

use crate::components::auth::AuthSpec;
use crate::components::auth::{AuthPlan, then};
use crate::components::choose::Chosen;
use crate::components::context::{Cx, Late as Bound};
use crate::components::forms::{Duration, Late, Template, Text};
use crate::components::request::{Part, named};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::data;
use crate::expr::Compiled;
use crate::text::{Named, Node};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A token signed here; `iat`, `exp` and `jti` are added.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Jwt")]
pub struct JwtSpec {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// The key: PEM, or the shared secret.
    pub key: Text<Template>,
    /// What the token claims.
    pub claims: Option<Named<Node>>,
    /// Further members of its header, for example `kid`.
    pub headers: Option<Named<Node>>,
    /// How long it is good, 1h unless given.
    pub valid: Option<Late<Text<Duration>>>,
    /// How requests carry it, `bearer` unless given.
    pub then: Option<AuthSpec>,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    ES256,
    ES384,
    EdDSA,
}

/// A token signed here, compiled.
#[derive(Debug, Clone)]
pub struct JwtPlan {
    pub algorithm: Algorithm,
    pub key: Arc<Compiled>,
    pub claims: Vec<Part>,
    pub headers: Vec<Part>,
    pub valid: Option<Bound<data::Duration>>,
    pub then: Option<Box<Chosen<AuthPlan>>>,
}

impl JwtSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<JwtPlan> {
        let key = cx.request_text(&self.key, at);
        let claims = named(cx, self.claims.as_ref(), at);
        let headers = named(cx, self.headers.as_ref(), at);
        let valid = self.valid.as_ref().and_then(|valid| cx.late(valid, |cx, text| cx.duration(text)));
        let then = then(cx, self.then.as_ref())?;
        Some(JwtPlan { algorithm: self.algorithm, key: key?, claims, headers, valid, then })
    }
}

impl Settle for JwtPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        by.maybe(&mut self.valid);
        self.then.settle(by);
    }
}
