//! `sigv4`, `hmac`, `oauth1`: signatures over the request itself.

use crate::components::auth::{SignedPlan, texts};
use crate::components::context::Cx;
use crate::components::forms::{Address, Template, Text};
use crate::components::scope::At;
use schemars::JsonSchema;
use serde::Deserialize;

/// AWS Signature Version 4.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SigV4")]
pub struct Sigv4Spec {
    /// The region, for example `eu-central-1`.
    pub region: Text<Template>,
    /// The service, for example `execute-api`.
    pub service: Text<Template>,
    /// The access key.
    pub access_key: Text<Template>,
    /// The secret key.
    pub secret_key: Text<Template>,
    /// The session token of temporary credentials.
    pub session_token: Option<Text<Template>>,
}

/// A signature over parts of the request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Hmac")]
pub struct HmacSpec {
    /// The hash.
    pub algorithm: Hash,
    /// The key.
    pub key: Text<Template>,
    /// What is signed.
    pub text: Text<Template>,
    /// Where the signature is written, for example `header.X-Signature`.
    pub into: Text<Address>,
    /// How it is written, `hex` unless given.
    #[serde(rename = "as")]
    pub as_: Option<Encoding>,
}

/// A hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
    Base64url,
}

/// OAuth 1.0a signatures.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OAuth1")]
pub struct Oauth1Spec {
    /// The consumer's key.
    pub consumer_key: Text<Template>,
    /// The consumer's secret.
    pub consumer_secret: Text<Template>,
    /// The user's token.
    pub token: Option<Text<Template>>,
    /// The user's token secret.
    pub token_secret: Option<Text<Template>>,
    /// How it is signed, `HMAC-SHA1` unless given.
    pub method: Option<Oauth1Method>,
}

/// How an OAuth 1.0a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Oauth1Method {
    #[serde(rename = "HMAC-SHA1")]
    HmacSha1,
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
    #[serde(rename = "PLAINTEXT")]
    Plaintext,
}

impl Sigv4Spec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<SignedPlan> {
        let written = [
            ("region", Some(&self.region)),
            ("service", Some(&self.service)),
            ("access_key", Some(&self.access_key)),
            ("secret_key", Some(&self.secret_key)),
            ("session_token", self.session_token.as_ref()),
        ];
        texts(cx, at, &written).map(SignedPlan::Sigv4)
    }
}

impl HmacSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<SignedPlan> {
        let key = cx.request_text(&self.key, At::Auth);
        // What is signed are parts of the request, so its names are in scope.
        let text = cx.request_text(&self.text, At::Request);
        let into = cx.address(&self.into);
        Some(SignedPlan::Hmac { algorithm: self.algorithm, key: key?, text: text?, into: into?, encoding: self.as_ })
    }
}

impl Oauth1Spec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<SignedPlan> {
        let written = [
            ("consumer_key", Some(&self.consumer_key)),
            ("consumer_secret", Some(&self.consumer_secret)),
            ("token", self.token.as_ref()),
            ("token_secret", self.token_secret.as_ref()),
        ];
        texts(cx, at, &written).map(|texts| SignedPlan::Oauth1 { texts, method: self.method })
    }
}
