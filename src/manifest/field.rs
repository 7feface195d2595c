//! Columns.

use crate::components::forms::{Expr, Field, Place, Plain, Reference, Short, Text, Type};
use crate::text::{Held, Named, Node};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// The columns by name, or a param of type `fields`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "snake_case")]
pub enum FieldsSpec {
    Expr(Text<Expr>),
    Other(Named<Short<Text<Field>, FieldSpec>>),
}

impl JsonSchema for FieldsSpec {
    fn schema_name() -> Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let expr = generator.subschema_for::<Text<Expr>>();
        let columns = generator.subschema_for::<Named<Short<Text<Field>, FieldSpec>>>();
        json_schema!({ "description": "Typed columns: a name and what it is.", "anyOf": [columns, expr] })
    }
}

/// A column, written out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Field")]
pub struct FieldSpec {
    /// The type; `!` makes it required.
    #[serde(rename = "type")]
    pub type_: Text<Type>,
    /// The place in the record, the member of the same name unless given.
    pub from: Option<Held<Text<Place>>>,
    /// The computed value.
    pub value: Option<Held<Node>>,
    /// The column of another stream that this one refers to: `customers.id`.
    #[serde(rename = "ref")]
    pub ref_: Option<Text<Reference>>,
    /// Its name for people.
    pub title: Option<Text<Plain>>,
    /// What it means.
    pub description: Option<Text<Plain>>,
    /// Whether it holds personal data.
    pub pii: Option<bool>,
    /// Whether it is read but not written to destinations.
    pub hidden: Option<bool>,
    /// Values it may have.
    pub examples: Option<Vec<Node>>,
    /// How many places the decimal point of minor units moves.
    pub scale: Option<Held<u8>>,
}
