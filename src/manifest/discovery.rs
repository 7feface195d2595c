//! Columns that the API itself describes.

use crate::components::auth::AnyRequest;
use crate::components::forms::{Place, Plain, Short, Source, Text, Type};
use crate::text::Named;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where the API describes the columns of a stream.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Discovery")]
pub struct SchemaSpec {
    /// The request that gives the description.
    pub request: Option<AnyRequest>,
    /// The place of the list of fields in the answer, or a value that holds it.
    pub fields: Text<Source>,
    /// The place of a field's name.
    pub name: Text<Place>,
    /// The place in the record below which the values stand, `$` unless given.
    pub under: Option<Text<Place>>,
    /// The place of the member that holds the value, `name` unless given.
    pub member: Option<Text<Place>>,
    /// The place of a field's type.
    #[serde(rename = "type")]
    pub type_: Option<Text<Place>>,
    /// What the API's types are here.
    pub types: Option<Named<Short<Text<Type>, DiscoveredTypeSpec>>>,
    /// What every other type is; without it such a field is an error.
    pub otherwise: Option<Text<Type>>,
}

/// A type that brings its own place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DiscoveredType")]
pub struct DiscoveredTypeSpec {
    /// The type.
    #[serde(rename = "type")]
    pub type_: Text<Type>,
    /// The place below the field's own member.
    pub from: Option<Text<Place>>,
    /// What it means.
    pub description: Option<Text<Plain>>,
}
