//! A request of its own: a login step, a job step, the next page's request. It may have its own auth, and an auth may
//! consist of requests; that is why the two stand together.

use crate::components::auth::AuthPlan;
use crate::components::auth::AuthSpec;
use crate::components::choose::Chosen;
use crate::components::context::Cx;
use crate::components::decode::DecodePlan;
use crate::components::errors::{RetryPlan, Rule, TimeoutsPlan};
use crate::components::forms::{Request, Short, Text};
use crate::components::limits::LimitSpec;
use crate::components::quota::{self, LimitPlan};
use crate::components::request;
use crate::components::request::{Body, EncodeSpec, Extra, Message, Parts, request_shape};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::expr::Scope;
use crate::fault::Fault;
use crate::http;
use url::Url;

request_shape! {
    /// A request with what goes with it.
    #[schemars(rename = "Request")]
    RequestSpec { Text<Request>, }
}

/// A request, short or long.
pub type AnyRequest = Short<Text<Request>, RequestSpec>;

impl AnyRequest {
    /// Returns the `METHOD /path` and the keys beside it.
    pub fn split(&self) -> (&Text<Request>, Parts<'_, AuthSpec>) {
        match self {
            Short::Other(short) => (short, Parts::default()),
            Short::Map(long) => (&long.request, long.parts()),
        }
    }
}

/// A request, compiled with everything that goes with it.
#[derive(Debug, Clone)]
pub struct RequestPlan {
    pub message: Message,
    pub auth: Option<Chosen<AuthPlan>>,
    pub errors: Vec<Rule>,
    /// `None`: the connector's.
    pub limits: Option<Vec<LimitPlan>>,
    pub retry: Option<RetryPlan>,
    pub timeouts: Option<TimeoutsPlan>,
    pub encode: EncodeSpec,
    pub decode: Option<Chosen<DecodePlan>>,
}

impl AnyRequest {
    pub fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<RequestPlan> {
        let (request, parts) = self.split();
        compile(cx, request, &parts, at)
    }
}

/// Compiles a request with everything beside it.
pub fn compile(cx: &mut Cx<'_>, request: &Text<Request>, parts: &Parts<'_, AuthSpec>, at: At) -> Option<RequestPlan> {
    let message = request::compile(cx, request, parts, at);
    let auth = parts.auth.and_then(|auth| auth.compile(cx));
    let errors = parts
        .errors
        .unwrap_or_default()
        .iter()
        .filter_map(|rule| rule.value.compile(cx, At::Errors, rule.span))
        .collect();
    let quotas: Vec<(String, Option<LimitSpec>)> = cx.quotas.to_vec();
    let limits = parts.limits.map(|limits| quota::compile(cx, limits, &quotas));
    let retry = parts.retry.map(|retry| retry.compile(cx));
    let timeouts = parts.timeouts.map(|timeouts| timeouts.compile(cx));
    let decode = parts.decode.and_then(|decode| decode.compile(cx));
    let encode = parts.encode.cloned().unwrap_or_default();
    Some(RequestPlan { message: message?, auth, errors, limits, retry, timeouts, encode, decode })
}

impl RequestPlan {
    /// Makes the request that is sent, without what proves who asks.
    pub fn render(&self, base: Option<&Url>, scope: &dyn Scope, extra: &Extra<'_>) -> Result<http::Request, Fault> {
        request::render(&self.message, &self.encode, base, scope, extra)
    }

    /// Says whether its answers are those of GraphQL, which tell errors beside data.
    pub fn is_graphql(&self) -> bool {
        matches!(self.message.body, Some(Body::Graphql(_)))
    }
}

impl Settle for RequestPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        self.auth.settle(by);
        self.errors.settle(by);
        self.limits.settle(by);
        self.retry.settle(by);
        self.timeouts.settle(by);
        self.decode.settle(by);
    }
}
