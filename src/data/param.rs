//! Types of params: those of columns and a few of their own.

use super::Type;
use serde_json::json;
use std::fmt;

/// The type of a param.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamType {
    Type(Type),
    Secret,
    /// A secret text of JSON, whose members may be used.
    SecretJson,
    /// A JSONPath or a dotted path.
    Place,
    /// A map of columns.
    Fields,
    File,
}

impl ParamType {
    pub fn is_secret(&self) -> bool {
        matches!(self, ParamType::Secret | ParamType::SecretJson)
    }

    /// Returns the JSON Schema of the values that may be given.
    pub fn json_schema(&self) -> serde_json::Value {
        match self {
            ParamType::Type(kind) => kind.json_schema(),
            ParamType::Secret => json!({ "type": "string", "writeOnly": true }),
            ParamType::SecretJson => json!({ "type": ["string", "object"], "writeOnly": true }),
            ParamType::Place | ParamType::File => json!({ "type": "string" }),
            ParamType::Fields => json!({ "type": "object" }),
        }
    }
}

impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamType::Type(kind) => kind.fmt(f),
            ParamType::Secret => f.write_str("secret"),
            ParamType::SecretJson => f.write_str("secret<json>"),
            ParamType::Place => f.write_str("place"),
            ParamType::Fields => f.write_str("fields"),
            ParamType::File => f.write_str("file"),
        }
    }
}
