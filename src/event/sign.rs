//! Signs that a partition ended.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// The sign that a partition ended. Only these make a read complete, but for [`EndSign::Asked`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EndSign {
    /// The API does not page.
    SinglePage,
    /// The answer gave no further token.
    NoToken,
    /// The answer said that there is no more.
    HasMoreFalse,
    ShortPage,
    EmptyPage,
    /// As many rows or pages as the API said.
    Total,
    /// No `Link` header named a next page.
    NoLink,
    /// `while` or `until`.
    Condition,
    /// All records of a page were older than the position, newest first.
    OlderThanCursor,
    /// An error rule for this status.
    Rule(u16),
    /// An end that was asked for.
    Asked(Limit),
}

/// What was asked for and reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Rows,
    Pages,
    Requests,
}

const WORDS: [(EndSign, &str); 12] = [
    (EndSign::SinglePage, "single_page"),
    (EndSign::NoToken, "no_token"),
    (EndSign::HasMoreFalse, "has_more_false"),
    (EndSign::ShortPage, "short_page"),
    (EndSign::EmptyPage, "empty_page"),
    (EndSign::Total, "total"),
    (EndSign::NoLink, "no_link"),
    (EndSign::Condition, "condition"),
    (EndSign::OlderThanCursor, "older_than_cursor"),
    (EndSign::Asked(Limit::Rows), "asked_rows"),
    (EndSign::Asked(Limit::Pages), "asked_pages"),
    (EndSign::Asked(Limit::Requests), "asked_requests"),
];

impl fmt::Display for EndSign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndSign::Rule(status) => write!(out, "rule_{status}"),
            known => out.write_str(WORDS.iter().find(|(sign, _)| sign == known).map_or("", |(_, word)| word)),
        }
    }
}

impl Serialize for EndSign {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EndSign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let rule = text.strip_prefix("rule_").and_then(|status| status.parse().ok()).map(EndSign::Rule);
        let known = WORDS.iter().find(|(_, word)| *word == text).map(|(sign, _)| *sign);
        known.or(rule).ok_or_else(|| de::Error::custom(format!("`{text}` is no sign of an end")))
    }
}

impl JsonSchema for EndSign {
    fn schema_name() -> Cow<'static, str> {
        "EndSign".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = WORDS.iter().map(|(_, word)| *word).collect();
        json_schema!({
            "description": "The sign that a partition ended; `rule_404` is an error rule for that status.",
            "anyOf": [{ "type": "string", "enum": words }, { "type": "string", "pattern": "^rule_[1-5][0-9][0-9]$" }],
        })
    }
}
