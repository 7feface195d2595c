//! Tests that authors write for their own connectors.

use crate::components::forms::{Name, Plain, Request, Text};
use crate::text::{Named, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// A test of a connector: exchanges with the API, one step or several, and what is expected.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Test")]
pub struct TestSpec {
    /// An editor's pointer to this schema.
    #[serde(rename = "$schema")]
    pub schema: Option<Text<Plain>>,
    /// What it shows.
    pub name: Text<Plain>,
    /// Words to select it by.
    pub tags: Option<Vec<Text<Plain>>>,
    /// Variables without which it is skipped.
    pub env: Option<Vec<Text<Plain>>>,
    /// The params of the connection.
    pub params: Option<Named<Node>>,
    /// The state before.
    pub state: Option<Node>,
    /// What the API answers, in any order.
    pub api: Option<Vec<ExchangeSpec>>,
    /// The stream to read.
    pub read: Option<Text<Name>>,
    /// The SQL to run.
    pub query: Option<Text<Plain>>,
    /// The action to run.
    pub exec: Option<Text<Plain>>,
    /// The input of the action.
    pub input: Option<Node>,
    /// The streams to check, or `true` for the connector's own check.
    pub check: Option<Node>,
    /// Several steps instead of one.
    pub steps: Option<Vec<StepSpec>>,
    /// Steps that always run at the end.
    pub finally: Option<Vec<StepSpec>>,
    /// What must come of it.
    pub expect: Option<ExpectSpec>,
}

/// One step of a test.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Step")]
pub struct StepSpec {
    /// What it is for.
    pub name: Option<Text<Plain>>,
    /// The stream to read.
    pub read: Option<Text<Name>>,
    /// The SQL to run.
    pub query: Option<Text<Plain>>,
    /// The action to run.
    pub exec: Option<Text<Plain>>,
    /// The input of the action.
    pub input: Option<Node>,
    /// The streams to check, or `true` for the connector's own check.
    pub check: Option<Node>,
    /// The name that its result has in later steps.
    pub save: Option<Text<Name>>,
    /// What must come of it.
    pub expect: Option<ExpectSpec>,
}

/// A request and what the API answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Exchange")]
pub struct ExchangeSpec {
    /// The request: `METHOD /path`.
    pub request: Text<Request>,
    /// Query parameters that it must have.
    pub query: Option<Named<Node>>,
    /// Headers that it must have.
    pub headers: Option<Named<Node>>,
    /// The JSON body that it must have.
    pub json: Option<Node>,
    /// The form that it must have.
    pub form: Option<Node>,
    /// The text body that it must have.
    pub text: Option<Text<Plain>>,
    /// How often it is answered, once unless given.
    pub times: Option<u32>,
    /// The answer.
    pub reply: ReplySpec,
}

/// What the API answers.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Reply")]
pub struct ReplySpec {
    /// The status, 200 unless given.
    pub status: Option<u16>,
    /// Headers.
    pub headers: Option<Named<Node>>,
    /// A JSON body.
    pub json: Option<Node>,
    /// A text body.
    pub text: Option<Text<Plain>>,
    /// A file beside the test that is the body.
    pub file: Option<Text<Plain>>,
}

/// What must come of a step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Expect")]
pub struct ExpectSpec {
    /// The records, in order.
    pub records: Option<Vec<Node>>,
    /// Members of the receipt.
    pub receipt: Option<Named<Node>>,
    /// The error.
    pub error: Option<ExpectErrorSpec>,
    /// The requests that were sent.
    pub requests: Option<Vec<Node>>,
    /// The state after.
    pub state: Option<Node>,
    /// What an action gave back.
    pub output: Option<Node>,
}

/// The error that must come.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExpectError")]
pub struct ExpectErrorSpec {
    /// Its code.
    pub code: Option<Text<Plain>>,
    /// A piece of its text.
    pub text: Option<Text<Plain>>,
}
