//! The manifest itself: who the connector is and what holds for every request.

use crate::components::auth::AuthSpec;
use crate::components::errors::{RetrySpec, RuleSpec, TimeoutsSpec};
use crate::components::forms::{
    Host, Name, OptionalPlace, Plain, Request, Requires, Short, Template, Text, Type, Version,
};
use crate::components::limits::{CacheSpec, LimitSpec, LimitsSpec};
use crate::components::request::{EncodeSpec, request_shape};
use crate::manifest::get::GetSpec;
use crate::manifest::{AnyAction, AnyStream, DynamicSpec, FieldsSpec, ParamSpec, StreamSpec, TestSpec};
use crate::text::{Named, Node, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// A connector of the Weir manifest language, spec 1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Manifest")]
pub struct ManifestSpec {
    /// An editor's pointer to this schema.
    #[serde(rename = "$schema")]
    pub schema: Option<Text<Plain>>,
    /// The connector's name, the same as its folder's.
    pub connector: Text<Name>,
    /// The connector's semantic version.
    pub version: Option<Text<Version>>,
    /// Its name for people.
    pub title: Option<Text<Plain>>,
    /// What it gives.
    pub description: Option<Text<Plain>>,
    /// Where the API is documented.
    pub docs: Option<Text<Plain>>,
    /// An SVG file beside the manifest.
    pub icon: Option<Text<Plain>>,
    /// An SPDX expression.
    pub license: Option<Text<Plain>>,
    /// Who wrote it.
    pub authors: Option<Vec<Text<Plain>>>,
    /// Words to find it by.
    pub tags: Option<Vec<Text<Plain>>>,
    /// Advice for agents that use it.
    pub guide: Option<Text<Plain>>,
    /// The language version, 1 unless given.
    pub spec: Option<Spanned<u32>>,
    /// The least engine version, for example `>=0.3`.
    pub requires: Option<Text<Requires>>,
    /// The base address of all requests, or named addresses that the user picks from.
    pub base: Option<BaseSpec>,
    /// Further hosts that requests may go to; the base's own always is one.
    pub hosts: Option<Vec<Text<Host>>>,
    /// What a user must give: `token: secret!`.
    pub params: Option<Named<Short<Text<crate::components::forms::Param>, ParamSpec>>>,
    /// How every request proves who asks.
    #[schemars(extend("examples" = [{ "bearer": "{{ params.token }}" }]))]
    pub auth: Option<AuthSpec>,
    /// Headers of every request.
    pub headers: Option<Named<Node>>,
    /// Query parameters of every request.
    pub query: Option<Named<Node>>,
    /// Named quotas.
    pub quotas: Option<Named<LimitSpec>>,
    /// The quotas that every request counts against.
    #[schemars(extend("examples" = [{ "rate": "5000/h" }]))]
    pub limits: Option<LimitsSpec>,
    /// Rules for answers, tried in order before the built-in ones.
    #[schemars(extend("examples" = [[{ "status": 404, "then": "end" }]]))]
    pub errors: Option<Vec<Spanned<RuleSpec>>>,
    /// How failed requests are repeated.
    pub retry: Option<RetrySpec>,
    /// What is kept of earlier answers.
    pub cache: Option<CacheSpec>,
    /// How long each phase of a request may take.
    pub timeouts: Option<TimeoutsSpec>,
    /// How lists and maps are written in query and form.
    pub encode: Option<EncodeSpec>,
    /// Stream keys that every stream takes.
    pub defaults: Option<Box<StreamSpec>>,
    /// Names for types: `money: decimal(18,2)`.
    pub types: Option<Named<Text<Type>>>,
    /// Values fetched once a run, in scope everywhere.
    pub once: Option<Named<AnyOnce>>,
    /// The streams: a name and its list request.
    #[schemars(extend("examples" = [{ "users": "GET /users" }]))]
    pub streams: Option<Named<AnyStream>>,
    /// Streams made from a template and a list.
    pub dynamic: Option<Named<DynamicSpec>>,
    /// Writes that belong to no stream.
    pub actions: Option<Named<AnyAction>>,
    /// The streams or the request that prove the connection.
    pub check: Option<CheckSpec>,
    /// Tests, usually in `tests/*.yaml` beside the manifest.
    pub tests: Option<Vec<TestSpec>>,
}

/// The base address, or named addresses that the user picks from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum BaseSpec {
    Map(Named<Text<Template>>),
    Other(Text<Template>),
}

impl JsonSchema for BaseSpec {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Base".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = generator.subschema_for::<Text<Template>>();
        json_schema!({ "anyOf": [text, { "type": "object", "additionalProperties": text }] })
    }
}

/// What proves the connection: a stream, several, or a request of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum CheckSpec {
    List(Vec<Text<Name>>),
    Map(Box<GetSpec>),
    /// A stream's name or `METHOD /path`; the one with a space is a request.
    Other(Text<Request>),
}

impl JsonSchema for CheckSpec {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Check".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (name, request) = (generator.subschema_for::<Text<Name>>(), generator.subschema_for::<Text<Request>>());
        let long = generator.subschema_for::<GetSpec>();
        json_schema!({ "anyOf": [name, request, { "type": "array", "items": name }, long] })
    }
}

request_shape! {
    /// Values fetched once a run.
    #[schemars(rename = "Once")]
    OnceSpec {
        Text<Request>,
        /// The place of the record, `$` unless given.
        records: Option<Text<OptionalPlace>>,
        /// The values that are kept.
        fields: Option<FieldsSpec>,
    }
}

/// Values fetched once a run, short or long.
pub type AnyOnce = Short<Text<Request>, OnceSpec>;
