//! `login` and `rotate`: tokens that a request gives, tokens that the user gives.

use crate::components::auth::{AnyRequest, AuthSpec};
use crate::components::auth::{AuthPlan, TokenPlan, oauth2, then};
use crate::components::context::Cx;
use crate::components::forms::{Expr, Source, Text};
use crate::components::scope::At;
use crate::diagnostic::{Code, Diagnostic};
use crate::text::Named;
use schemars::JsonSchema;
use serde::Deserialize;

/// A request, or several in a row, that give a token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Login")]
pub struct LoginSpec {
    /// The request that gives the token.
    pub request: Option<AnyRequest>,
    /// Several requests in a row; the last one gives the token.
    pub steps: Option<Vec<AnyRequest>>,
    /// Where the token stands in the answer.
    pub token: Text<Source>,
    /// Where the answer says how many seconds the token is good; until 401 unless given.
    pub expires: Option<Text<Source>>,
    /// Values of the answer that stay in scope as `auth.<name>`.
    pub keep: Option<Named<Text<Source>>>,
    /// How requests carry the token, `bearer` unless given.
    pub then: Option<AuthSpec>,
}

/// Several tokens, one after the other as their quotas end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rotate")]
pub struct RotateSpec {
    /// The tokens.
    pub tokens: Text<Expr>,
    /// How requests carry one, `bearer` unless given.
    pub then: Option<AuthSpec>,
}

impl LoginSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<TokenPlan> {
        if self.request.is_some() == self.steps.is_some() {
            let message = if self.request.is_some() {
                "`login` has both `request` and `steps`"
            } else {
                "`login` has no request"
            };
            cx.push(
                Diagnostic::new(
                    if self.request.is_some() { Code::E0613 } else { Code::E0102 },
                    self.token.span,
                    message,
                )
                .help("write `request: POST /login` for one request, or `steps: [ … ]` for several"),
            );
        }
        let steps: Vec<_> = self
            .request
            .iter()
            .chain(self.steps.iter().flatten())
            .map(|request| request.compile(cx, At::Auth))
            .collect();
        let token = cx.source(&self.token, At::AuthSource);
        let expires = self.expires.as_ref().and_then(|source| cx.source(source, At::AuthSource));
        let keep = oauth2::keep(cx, self.keep.as_ref());
        let then = then(cx, self.then.as_ref())?;
        Some(TokenPlan {
            grant: None,
            urls: Vec::new(),
            texts: Vec::new(),
            params: Vec::new(),
            steps: steps.into_iter().collect::<Option<_>>()?,
            token: Some(token?),
            expires,
            keep,
            assertion: None,
            client_auth: None,
            send: None,
            names: Vec::new(),
            then,
        })
    }
}

impl RotateSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<AuthPlan> {
        let tokens = cx.whole(&self.tokens, at, true);
        let then = then(cx, self.then.as_ref())?;
        Some(AuthPlan::Rotate { tokens: tokens?, then })
    }
}
