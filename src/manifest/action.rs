//! Writes.

use crate::components::auth::AuthSpec;
use crate::components::forms::{
    Address, Input, Late, OptionalPlace, Plain, Request, Short, Size, Source, Template, Text, Type, at_least_one,
};
use crate::components::request::request_shape;
use crate::text::{Named, Node};
use schemars::JsonSchema;
use serde::Deserialize;

request_shape! {
    /// A write that a user or an agent asks for.
    #[schemars(rename = "Action")]
    ActionSpec {
        Text<Request>,
        /// Its name for people.
        title: Option<Text<Plain>>,
        /// What it does.
        description: Option<Text<Plain>>,
        /// What it must be given.
        input: Option<Named<Short<Text<Input>, InputSpec>>>,
        /// Where the key is written that makes a repeated request harmless.
        idempotency: Option<Text<Address>>,
        /// What it does to objects; by method unless given.
        effect: Option<Effect>,
        /// The place of what it gives back.
        output: Option<Text<OptionalPlace>>,
    }
}

/// `METHOD /path`, or an action written out.
pub type AnyAction = Short<Text<Request>, ActionSpec>;

/// What a write does to objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Create,
    Update,
    Delete,
    None,
}

/// An input, written out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Input")]
pub struct InputSpec {
    /// The type; `!` makes it required.
    #[serde(rename = "type")]
    pub type_: Text<Type>,
    /// Its name for people.
    pub title: Option<Text<Plain>>,
    /// What it means.
    pub description: Option<Text<Plain>>,
    /// The value unless one is given.
    pub default: Option<Node>,
    /// Values it may have.
    pub examples: Option<Vec<Node>>,
}

request_shape! {
    /// How rows are written to a stream.
    #[schemars(rename = "Write")]
    WriteSpec {
        Text<Request>,
        /// How many rows one request takes.
        batch: Option<BatchSpec>,
        /// How the answer tells which rows were taken.
        result: Option<WriteResultSpec>,
        /// Where the key is written that makes a repeated request harmless.
        idempotency: Option<Text<Address>>,
        /// What it does to objects; by method unless given.
        effect: Option<Effect>,
    }
}

/// How many rows one request takes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Batch")]
pub struct BatchSpec {
    /// The most rows.
    #[schemars(transform = at_least_one)]
    pub rows: Option<Late<u64>>,
    /// The most bytes.
    pub bytes: Option<Late<Text<Size>>>,
}

/// How an answer tells which rows were taken.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WriteResult")]
pub struct WriteResultSpec {
    /// The place of one entry a row, in the order they were sent.
    pub rows: Text<Source>,
    /// Whether an entry says that its row was taken.
    pub ok: Option<Text<Template>>,
    /// What an entry says of a row that was not.
    pub message: Option<Text<Template>>,
}
