//! How a request proves who asks.
//!
//! A new kind takes one file here, with its spec and its `compile`, and three lines in this one.

mod apply;
mod jwt;
mod login;
mod oauth2;
mod request;
mod signing;
mod simple;

pub use jwt::JwtSpec;
pub use login::{LoginSpec, RotateSpec};
pub use oauth2::{AssertionSpec, Oauth2Spec};
pub use request::{AnyRequest, RequestPlan, RequestSpec, compile as compile_request};
pub use signing::{HmacSpec, Oauth1Spec, Sigv4Spec};
pub use simple::UserSpec;

use crate::components::choose::Chosen;
use crate::components::context::{Cx, Read};
use crate::components::forms::{Choose, Empty, Template, Text, kinds};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::Compiled;
use crate::expr::shorthand::address::Address;
use crate::text::{Held, Named, Span};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// How a request proves who asks. One key names the kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Auth", transform = kinds)]
pub enum AuthSpec {
    /// No credentials.
    None(Empty),
    /// `Authorization: Bearer …`
    Bearer(BearerSpec),
    /// `Authorization: Basic …`
    Basic(UserSpec),
    /// Credentials in headers, by header name.
    Header(Named<Text<Template>>),
    /// Credentials in the query, by parameter name.
    Query(Named<Text<Template>>),
    /// Credentials in cookies, by cookie name.
    Cookie(Named<Text<Template>>),
    /// OAuth 2 tokens.
    Oauth2(Box<Oauth2Spec>),
    /// A request that gives a token.
    Login(Box<LoginSpec>),
    /// A token signed here.
    Jwt(Box<JwtSpec>),
    /// AWS Signature Version 4.
    Sigv4(Sigv4Spec),
    /// A signature over parts of the request.
    Hmac(HmacSpec),
    /// HTTP digest authentication.
    Digest(UserSpec),
    /// OAuth 1.0a signatures.
    Oauth1(Oauth1Spec),
    /// Several kinds together.
    AllOf(Vec<AuthSpec>),
    /// Several tokens, one after the other.
    Rotate(Box<RotateSpec>),
    /// The user picks the kind by a param.
    Choose(Box<Choose<AuthSpec>>),
}

/// The token; under `then`, where it is known, a bare word is enough.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum BearerSpec {
    Map(Held<Empty>),
    Other(Text<Template>),
}

impl JsonSchema for BearerSpec {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bearer".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (token, bare) = (generator.subschema_for::<Text<Template>>(), generator.subschema_for::<Empty>());
        schemars::json_schema!({ "anyOf": [token, bare] })
    }
}

/// How a request proves who asks, compiled.
#[derive(Debug, Clone)]
pub enum AuthPlan {
    None,
    Bearer(Arc<Compiled>),
    Basic {
        username: Arc<Compiled>,
        password: Option<Arc<Compiled>>,
    },
    Digest {
        username: Arc<Compiled>,
        password: Option<Arc<Compiled>>,
    },
    /// Values that are written into each request.
    Put(Vec<(Address, Arc<Compiled>)>),
    /// Tokens that requests give, and how they are carried.
    Token(Box<TokenPlan>),
    Jwt(Box<jwt::JwtPlan>),
    Signed(SignedPlan),
    AllOf(Vec<Chosen<AuthPlan>>),
    Rotate {
        tokens: Arc<Compiled>,
        then: Option<Box<Chosen<AuthPlan>>>,
    },
}

/// Tokens that requests give: `oauth2` and `login`.
#[derive(Debug, Clone)]
pub struct TokenPlan {
    pub grant: Option<oauth2::Grant>,
    /// Addresses of the token service, by what they are for.
    pub urls: Vec<(&'static str, Arc<Compiled>)>,
    /// Values of the token request, by name.
    pub texts: Vec<(&'static str, Arc<Compiled>)>,
    pub params: Vec<crate::components::request::Part>,
    pub steps: Vec<RequestPlan>,
    pub token: Option<Read>,
    pub expires: Option<Read>,
    pub keep: Vec<(String, Read)>,
    pub assertion: Option<jwt::JwtPlan>,
    pub client_auth: Option<oauth2::ClientAuth>,
    pub send: Option<oauth2::Send>,
    pub names: Vec<(String, String)>,
    pub then: Option<Box<Chosen<AuthPlan>>>,
}

/// Signatures over the request itself.
#[derive(Debug, Clone)]
pub enum SignedPlan {
    Sigv4(Vec<(&'static str, Arc<Compiled>)>),
    Hmac {
        algorithm: signing::Hash,
        key: Arc<Compiled>,
        text: Arc<Compiled>,
        into: Address,
        encoding: Option<signing::Encoding>,
    },
    Oauth1 {
        texts: Vec<(&'static str, Arc<Compiled>)>,
        method: Option<signing::Oauth1Method>,
    },
}

impl AuthSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<Chosen<AuthPlan>> {
        self.compile_at(cx, At::Auth)
    }

    /// Compiles in the scope of the connector's auth, or of a `then`, where `token` is in scope.
    fn compile_at(&self, cx: &mut Cx<'_>, at: At) -> Option<Chosen<AuthPlan>> {
        let plan = match self {
            AuthSpec::None(_) => AuthPlan::None,
            AuthSpec::Bearer(BearerSpec::Other(token)) => AuthPlan::Bearer(cx.request_text(token, at)?),
            // Under `then` the token is known, and `bearer` may stand as a bare word.
            AuthSpec::Bearer(BearerSpec::Map(bare)) if at == At::AuthThen => {
                AuthPlan::Bearer(cx.request_text(&Text::<Template>::new("{{ token }}", bare.key), at)?)
            }
            AuthSpec::Bearer(BearerSpec::Map(bare)) => {
                cx.push(
                    Diagnostic::new(Code::E0108, bare.key, "`bearer` needs a token")
                        .help("write `bearer: \"{{ params.token }}\"`"),
                );
                return None;
            }
            AuthSpec::Basic(user) => {
                let (username, password) = user.compile(cx, at)?;
                AuthPlan::Basic { username, password }
            }
            AuthSpec::Digest(user) => {
                let (username, password) = user.compile(cx, at)?;
                AuthPlan::Digest { username, password }
            }
            AuthSpec::Header(values) => put(cx, values, at, Address::Header)?,
            AuthSpec::Query(values) => put(cx, values, at, Address::Query)?,
            AuthSpec::Cookie(values) => put(cx, values, at, Address::Cookie)?,
            AuthSpec::Oauth2(spec) => AuthPlan::Token(Box::new(spec.compile(cx, at)?)),
            AuthSpec::Login(spec) => AuthPlan::Token(Box::new(spec.compile(cx)?)),
            AuthSpec::Jwt(spec) => AuthPlan::Jwt(Box::new(spec.compile(cx, at)?)),
            AuthSpec::Sigv4(spec) => AuthPlan::Signed(spec.compile(cx, at)?),
            AuthSpec::Hmac(spec) => AuthPlan::Signed(spec.compile(cx)?),
            AuthSpec::Oauth1(spec) => AuthPlan::Signed(spec.compile(cx, at)?),
            AuthSpec::AllOf(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| kind.compile_at(cx, at)).collect();
                AuthPlan::AllOf(kinds.into_iter().collect::<Option<_>>()?)
            }
            AuthSpec::Rotate(spec) => spec.compile(cx, at)?,
            AuthSpec::Choose(choose) => return cx.choose(choose, |cx, kind| kind.compile_at(cx, at)),
        };
        Some(Chosen::Is(plan))
    }

    /// Lists the names under which values of a token answer stay in scope.
    pub fn kept(&self) -> Vec<String> {
        let names = |keep: &Option<Named<Text<crate::components::forms::Source>>>| {
            keep.iter().flat_map(|keep| keep.iter().map(|entry| entry.name.clone())).collect()
        };
        match self {
            AuthSpec::Oauth2(spec) => names(&spec.keep),
            AuthSpec::Login(spec) => names(&spec.keep),
            AuthSpec::AllOf(kinds) => kinds.iter().flat_map(AuthSpec::kept).collect(),
            AuthSpec::Choose(choose) => {
                choose.of.iter().filter_map(|case| case.value.as_ref()).flat_map(AuthSpec::kept).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Lists the requests that give a token, as far as an author writes them.
    pub fn requests(&self) -> Vec<&AnyRequest> {
        match self {
            AuthSpec::Login(spec) => spec.request.iter().chain(spec.steps.iter().flatten()).collect(),
            AuthSpec::AllOf(kinds) => kinds.iter().flat_map(AuthSpec::requests).collect(),
            AuthSpec::Choose(choose) => {
                choose.of.iter().filter_map(|case| case.value.as_ref()).flat_map(AuthSpec::requests).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Lists what is written into each request, as far as an author names the address, and where he does.
    pub fn writes(&self) -> Vec<(Address, Span)> {
        fn named(values: &Named<Text<Template>>, address: fn(String) -> Address) -> Vec<(Address, Span)> {
            values.iter().map(|entry| (address(entry.name.clone()), entry.span)).collect()
        }
        let authorization = |span: Span| vec![(Address::Header("Authorization".into()), span)];
        let then = |then: &Option<AuthSpec>| then.as_ref().map(AuthSpec::writes).unwrap_or_default();
        match self {
            AuthSpec::Bearer(BearerSpec::Other(token)) => authorization(token.span),
            AuthSpec::Bearer(BearerSpec::Map(bare)) => authorization(bare.key),
            AuthSpec::Basic(user) | AuthSpec::Digest(user) => authorization(user.username.span),
            AuthSpec::Header(values) => named(values, Address::Header),
            AuthSpec::Query(values) => named(values, Address::Query),
            AuthSpec::Oauth2(spec) => then(&spec.then),
            AuthSpec::Login(spec) => then(&spec.then),
            AuthSpec::Jwt(spec) => then(&spec.then),
            AuthSpec::Rotate(spec) => then(&spec.then),
            AuthSpec::AllOf(kinds) => kinds.iter().flat_map(AuthSpec::writes).collect(),
            AuthSpec::Choose(choose) => {
                choose.of.iter().filter_map(|case| case.value.as_ref()).flat_map(AuthSpec::writes).collect()
            }
            AuthSpec::None(_) | AuthSpec::Cookie(_) | AuthSpec::Sigv4(_) | AuthSpec::Hmac(_) | AuthSpec::Oauth1(_) => {
                Vec::new()
            }
        }
    }

    /// Names the kind as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            AuthSpec::None(_) => "none",
            AuthSpec::Bearer(_) => "bearer",
            AuthSpec::Basic(_) => "basic",
            AuthSpec::Header(_) => "header",
            AuthSpec::Query(_) => "query",
            AuthSpec::Cookie(_) => "cookie",
            AuthSpec::Oauth2(_) => "oauth2",
            AuthSpec::Login(_) => "login",
            AuthSpec::Jwt(_) => "jwt",
            AuthSpec::Sigv4(_) => "sigv4",
            AuthSpec::Hmac(_) => "hmac",
            AuthSpec::Digest(_) => "digest",
            AuthSpec::Oauth1(_) => "oauth1",
            AuthSpec::AllOf(_) => "all_of",
            AuthSpec::Rotate(_) => "rotate",
            AuthSpec::Choose(_) => "choose",
        }
    }
}

/// Compiles values that are written into each request.
fn put(cx: &mut Cx<'_>, values: &Named<Text<Template>>, at: At, address: fn(String) -> Address) -> Option<AuthPlan> {
    let mut put = Vec::new();
    let mut whole = true;
    for entry in values {
        match entry.value.as_ref().and_then(|text| cx.request_text(text, at)) {
            Some(text) => put.push((address(entry.name.clone()), text)),
            None => whole = false,
        }
    }
    whole.then_some(AuthPlan::Put(put))
}

/// Compiles `then`: how requests carry the token.
fn then(cx: &mut Cx<'_>, spec: Option<&AuthSpec>) -> Option<Option<Box<Chosen<AuthPlan>>>> {
    match spec {
        None => Some(None),
        Some(spec) => Some(Some(Box::new(spec.compile_at(cx, At::AuthThen)?))),
    }
}

/// Compiles texts by name; `None` if one of those that were written does not hold.
fn texts(
    cx: &mut Cx<'_>,
    at: At,
    written: &[(&'static str, Option<&Text<Template>>)],
) -> Option<Vec<(&'static str, Arc<Compiled>)>> {
    let compiled: Vec<_> =
        written.iter().filter_map(|(name, text)| Some((*name, cx.request_text((*text)?, at)))).collect();
    compiled.into_iter().map(|(name, text)| Some((name, text?))).collect()
}

impl Settle for AuthPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        match self {
            AuthPlan::None
            | AuthPlan::Bearer(_)
            | AuthPlan::Basic { .. }
            | AuthPlan::Digest { .. }
            | AuthPlan::Put(_)
            | AuthPlan::Signed(_) => {}
            AuthPlan::Token(plan) => plan.settle(by),
            AuthPlan::Jwt(plan) => plan.settle(by),
            AuthPlan::AllOf(kinds) => kinds.settle(by),
            AuthPlan::Rotate { then, .. } => then.settle(by),
        }
    }
}

impl Settle for TokenPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        self.steps.settle(by);
        by.maybe_read(&mut self.token);
        by.maybe_read(&mut self.expires);
        for (_, read) in &mut self.keep {
            by.read(read);
        }
        self.assertion.settle(by);
        self.then.settle(by);
    }
}
