//! `oauth2`: tokens by one of its grants (SEMANTICS rule 46).

use crate::components::auth::{AuthSpec, JwtSpec};
use crate::components::auth::{TokenPlan, texts, then};
use crate::components::context::Cx;
use crate::components::forms::{Many, Source, Template, Text};
use crate::components::request::named;
use crate::components::scope::At;
use crate::diagnostic::{Code, Diagnostic};
use crate::text::{Named, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// OAuth 2 tokens.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OAuth2")]
pub struct Oauth2Spec {
    /// How a token is obtained.
    pub grant: Grant,
    /// Where tokens are given.
    pub token_url: Text<Template>,
    /// Where a user gives consent (`authorization_code`).
    pub authorize_url: Option<Text<Template>>,
    /// Where a device begins (`device`).
    pub device_url: Option<Text<Template>>,
    /// The client's id.
    pub client_id: Option<Text<Template>>,
    /// The client's secret.
    pub client_secret: Option<Text<Template>>,
    /// The refresh token; one that rotates is durable before it is used.
    pub refresh_token: Option<Text<Template>>,
    /// The user name (`password`).
    pub username: Option<Text<Template>>,
    /// The password (`password`).
    pub password: Option<Text<Template>>,
    /// What access is asked for.
    pub scope: Option<Many<Text<Template>>>,
    /// Further members of the token request.
    pub params: Option<Named<Node>>,
    /// Where the client's id and secret go, `body` unless given.
    pub client_auth: Option<ClientAuth>,
    /// How the token request is written, `form` unless given.
    pub send: Option<Send>,
    /// Other names for members of the token request: `access_token: token`.
    pub names: Option<Named<Text<Template>>>,
    /// Where the token stands in the answer, `$.access_token` unless given.
    pub token: Option<Text<Source>>,
    /// Where the answer says how many seconds the token is good, `$.expires_in` unless given.
    pub expires: Option<Text<Source>>,
    /// Values of the token answer that stay in scope as `auth.<name>`.
    pub keep: Option<Named<Text<Source>>>,
    /// How requests carry the token, `bearer` unless given.
    pub then: Option<AuthSpec>,
    /// What proves the client (`jwt_bearer`).
    pub assertion: Option<AssertionSpec>,
}

/// How a token is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    ClientCredentials,
    RefreshToken,
    AuthorizationCode,
    Password,
    Device,
    JwtBearer,
}

/// Where the client's id and secret go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    Body,
    Basic,
}

/// How the token request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Send {
    Form,
    Json,
    Query,
}

/// What proves the client.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Assertion")]
pub struct AssertionSpec {
    /// A signed token.
    pub jwt: JwtSpec,
}

impl Oauth2Spec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<TokenPlan> {
        self.check_grant(cx);
        let urls = texts(
            cx,
            at,
            &[
                ("token", Some(&self.token_url)),
                ("authorize", self.authorize_url.as_ref()),
                ("device", self.device_url.as_ref()),
            ],
        );
        let written = [Some(&self.token_url), self.authorize_url.as_ref(), self.device_url.as_ref()];
        for ((_, compiled), text) in urls.iter().flatten().zip(written.into_iter().flatten()) {
            cx.address_of(compiled, text.span, true);
        }
        let values = texts(
            cx,
            at,
            &[
                ("client_id", self.client_id.as_ref()),
                ("client_secret", self.client_secret.as_ref()),
                ("refresh_token", self.refresh_token.as_ref()),
                ("username", self.username.as_ref()),
                ("password", self.password.as_ref()),
            ],
        );
        for scope in self.scope.iter().flat_map(Many::iter) {
            cx.request_text(scope, at);
        }
        let params = named(cx, self.params.as_ref(), at);
        let token = self.token.as_ref().and_then(|source| cx.source(source, At::AuthSource));
        let expires = self.expires.as_ref().and_then(|source| cx.source(source, At::AuthSource));
        let keep = keep(cx, self.keep.as_ref());
        let assertion = self.assertion.as_ref().map(|assertion| assertion.jwt.compile(cx, at));
        let then = then(cx, self.then.as_ref())?;
        let assertion = match assertion {
            Some(assertion) => Some(assertion?),
            None => None,
        };
        Some(TokenPlan {
            grant: Some(self.grant),
            urls: urls?,
            texts: values?,
            params,
            steps: Vec::new(),
            token,
            expires,
            keep,
            assertion,
            client_auth: self.client_auth,
            send: self.send,
            names: self
                .names
                .iter()
                .flat_map(|names| names.iter())
                .filter_map(|entry| Some((entry.name.clone(), entry.value.as_ref()?.text.clone())))
                .collect(),
            then,
        })
    }

    /// Each grant needs values of its own; without them no token is ever given.
    fn check_grant(&self, cx: &mut Cx<'_>) {
        let (grant, needed): (&str, &[(&str, bool)]) = match self.grant {
            Grant::ClientCredentials => ("client_credentials", &[("client_id", self.client_id.is_some())]),
            Grant::RefreshToken => ("refresh_token", &[("refresh_token", self.refresh_token.is_some())]),
            Grant::AuthorizationCode => (
                "authorization_code",
                &[("authorize_url", self.authorize_url.is_some()), ("client_id", self.client_id.is_some())],
            ),
            Grant::Password => {
                ("password", &[("username", self.username.is_some()), ("password", self.password.is_some())])
            }
            Grant::Device => {
                ("device", &[("device_url", self.device_url.is_some()), ("client_id", self.client_id.is_some())])
            }
            Grant::JwtBearer => ("jwt_bearer", &[("assertion", self.assertion.is_some())]),
        };
        for (key, _) in needed.iter().filter(|(_, there)| !there) {
            cx.push(
                Diagnostic::new(Code::E0102, self.token_url.span, format!("the grant `{grant}` needs `{key}`"))
                    .help(format!("add `{key}` beside `token_url`")),
            );
        }
    }
}

/// Compiles values of a token answer that stay in scope.
pub(super) fn keep(
    cx: &mut Cx<'_>,
    keep: Option<&Named<Text<Source>>>,
) -> Vec<(String, crate::components::context::Read)> {
    let mut kept = Vec::new();
    for entry in keep.into_iter().flat_map(Named::iter) {
        if let Some(read) = entry.value.as_ref().and_then(|source| cx.source(source, At::AuthSource)) {
            kept.push((entry.name.clone(), read));
        }
    }
    kept
}
