//! Streams that are made from a template and a list.

use crate::components::forms::{Template, Text};
use crate::components::partition::ForEachSpec;
use crate::manifest::AnyStream;
use crate::text::Named;
use schemars::JsonSchema;
use serde::Deserialize;

/// Streams made from a template and a list.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Dynamic")]
pub struct DynamicSpec {
    /// The list: streams, lists and params.
    pub for_each: Named<ForEachSpec>,
    /// The name of each stream.
    pub name: Text<Template>,
    /// What is added where two names meet.
    pub clash: Option<Text<Template>>,
    /// The stream.
    pub stream: Box<AnyStream>,
}
