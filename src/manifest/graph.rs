//! What rows are in the graph of entities.

use crate::components::forms::{Name, Plain, Template, Text};
use crate::text::Named;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a row is in the graph.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Entity")]
pub struct EntitySpec {
    /// The entity's type, for example `github_user`.
    #[serde(rename = "type")]
    pub type_: Text<Plain>,
    /// Its class, for example `User`.
    pub class: Option<Text<Plain>>,
    /// The column that is its name, or a text over the columns.
    pub name: Option<Text<Template>>,
    /// The columns that become properties, all unless given.
    pub properties: Option<Vec<Text<Name>>>,
}

/// What a row connects in the graph.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Relationship")]
pub struct RelationshipSpec {
    /// Where it begins, this row unless given: `{ users: user_id }`.
    pub from: Option<EndSpec>,
    /// What it says, for example `ASSIGNED`.
    pub verb: Text<Plain>,
    /// Where it ends: `{ roles: role_id }`.
    pub to: EndSpec,
    /// The columns that become properties.
    pub properties: Option<Vec<Text<Name>>>,
}

/// An end of a relationship: a stream, and the column here that holds its key.
pub type EndSpec = Named<Text<Name>>;
