//! What a user must give.

use crate::components::forms::{Expr, Many, Name, ParamType, Plain, Text};
use crate::text::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// A param, written out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Param")]
pub struct ParamSpec {
    /// The type; `!` makes it required.
    #[serde(rename = "type")]
    pub type_: Text<ParamType>,
    /// Its name for people.
    pub title: Option<Text<Plain>>,
    /// What it means and where to find it.
    pub description: Option<Text<Plain>>,
    /// A regular expression that the value must match.
    pub pattern: Option<Text<Plain>>,
    /// The least value, or length of a list.
    pub min: Option<Node>,
    /// The greatest value, or length of a list.
    pub max: Option<Node>,
    /// Values it may have.
    pub examples: Option<Vec<Node>>,
    /// Where it is documented.
    pub docs: Option<Text<Plain>>,
    /// The value unless one is given.
    pub default: Option<Node>,
    /// The param is asked for only if this over other params holds.
    pub when: Option<Text<Expr>>,
    /// The values to choose from.
    pub choices: Option<Vec<ChoiceSpec>>,
    /// What is put before the value if it is not there.
    pub prefix: Option<Text<Plain>>,
    /// What is put behind the value if it is not there.
    pub suffix: Option<Text<Plain>>,
    /// Names it had before.
    pub was: Option<Many<Text<Name>>>,
}

/// A value to choose.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Choice")]
pub struct ChoiceSpec {
    /// The value.
    pub value: Node,
    /// Its name for people.
    pub title: Option<Text<Plain>>,
}
