//! Column types: what they print, which Arrow column they become and which JSON they take.

mod check;

pub use check::TypeFlaw;

use arrow_schema::{DataType, Field, TimeUnit};
use serde_json::json;
use std::collections::HashMap;
use std::fmt;

/// The type of a column, of a param or of an input.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    String,
    /// 64 bits; what lies beyond is refused.
    Integer,
    /// A column of 64-bit floats.
    Number,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Boolean,
    Date(Moment),
    /// A time of day.
    Time(Moment),
    Timestamp(Moment),
    /// An ISO 8601 text.
    Duration,
    Json,
    /// Base64 in JSON.
    Bytes,
    Uuid,
    Enum(Vec<String>),
    List {
        of: Box<Type>,
        /// No element may be null.
        required: bool,
    },
}

/// How a date, time or timestamp is written, and where, if the text does not say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    pub when: When,
    pub zone: Option<String>,
}

/// The way an API writes a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum When {
    /// Nothing was said: read as `Iso`.
    #[default]
    Default,
    Iso,
    /// Seconds since 1970, with a fraction if there is one.
    Unix,
    UnixMs,
    UnixUs,
    /// RFC 3339, in a column of nanoseconds.
    Ns,
    Rfc2822,
    /// A strftime pattern.
    Pattern(String),
}

impl Type {
    /// Returns the type of the Arrow column.
    ///
    /// A `uuid` is a text column: it compares with a text in SQL and prints in every destination.
    pub fn arrow(&self) -> DataType {
        let utc = || Some("UTC".into());
        match self {
            Type::Integer => DataType::Int64,
            Type::Number => DataType::Float64,
            Type::Decimal { precision, scale } if *precision <= 38 => DataType::Decimal128(*precision, signed(*scale)),
            Type::Decimal { precision, scale } => DataType::Decimal256(*precision, signed(*scale)),
            Type::Boolean => DataType::Boolean,
            Type::Date(_) => DataType::Date32,
            Type::Time(_) => DataType::Time64(TimeUnit::Microsecond),
            Type::Timestamp(Moment { when: When::Ns, .. }) => DataType::Timestamp(TimeUnit::Nanosecond, utc()),
            Type::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, utc()),
            Type::Bytes => DataType::Binary,
            Type::List { of, required } => DataType::List(of.arrow_field("item", *required).into()),
            Type::String | Type::Duration | Type::Json | Type::Uuid | Type::Enum(_) => DataType::Utf8,
        }
    }

    /// Returns the Arrow field of a column; JSON is marked by Arrow's own extension type.
    pub fn arrow_field(&self, name: &str, required: bool) -> Field {
        let field = Field::new(name, self.arrow(), !required);
        let mark = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        match self {
            Type::Json => field.with_metadata(HashMap::from(
                [("ARROW:extension:name", "arrow.json"), ("ARROW:extension:metadata", "")].map(mark),
            )),
            _ => field,
        }
    }

    /// Returns the JSON Schema of the values the type reads, for params and inputs.
    pub fn json_schema(&self) -> serde_json::Value {
        match self {
            Type::String => json!({ "type": "string" }),
            Type::Integer => json!({ "type": "integer" }),
            Type::Number => json!({ "type": "number" }),
            Type::Decimal { .. } => json!({ "type": ["number", "string"] }),
            Type::Boolean => json!({ "type": "boolean" }),
            Type::Date(moment) => moment.json_schema("date"),
            Type::Time(moment) => moment.json_schema("time"),
            Type::Timestamp(moment) if moment.zone.is_none() => moment.json_schema("date-time"),
            // With a zone of its own the text may have none, so `date-time` would ask for too much.
            Type::Timestamp(moment) if moment.is_iso() => json!({ "type": "string" }),
            Type::Timestamp(moment) => moment.json_schema("date-time"),
            Type::Duration => json!({ "type": "string", "format": "duration" }),
            Type::Json => json!({}),
            Type::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Type::Uuid => json!({ "type": "string", "format": "uuid" }),
            Type::Enum(words) => json!({ "type": "string", "enum": words }),
            Type::List { of, required: true } => json!({ "type": "array", "items": of.json_schema() }),
            Type::List { of, required: false } => {
                json!({ "type": "array", "items": { "anyOf": [of.json_schema(), { "type": "null" }] } })
            }
        }
    }
}

impl Moment {
    pub(super) fn is_iso(&self) -> bool {
        matches!(self.when, When::Default | When::Iso | When::Ns)
    }

    fn json_schema(&self, format: &str) -> serde_json::Value {
        match self.when {
            When::Default | When::Iso | When::Ns => json!({ "type": "string", "format": format }),
            When::Unix | When::UnixMs | When::UnixUs => json!({ "type": ["number", "string"] }),
            When::Rfc2822 | When::Pattern(_) => json!({ "type": "string" }),
        }
    }
}

/// Arrow's scales are signed; ours are at most 76.
fn signed(scale: u8) -> i8 {
    i8::try_from(scale).unwrap_or(i8::MAX)
}

/// Prints the short form back.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::String => f.write_str("string"),
            Type::Integer => f.write_str("integer"),
            Type::Number => f.write_str("number"),
            Type::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Type::Boolean => f.write_str("boolean"),
            Type::Date(moment) => write!(f, "date{moment}"),
            Type::Time(moment) => write!(f, "time{moment}"),
            Type::Timestamp(moment) => write!(f, "timestamp{moment}"),
            Type::Duration => f.write_str("duration"),
            Type::Json => f.write_str("json"),
            Type::Bytes => f.write_str("bytes"),
            Type::Uuid => f.write_str("uuid"),
            Type::Enum(words) => write!(f, "enum({})", words.join("|")),
            Type::List { of, required } => write!(f, "list<{of}{}>", if *required { "!" } else { "" }),
        }
    }
}

/// Prints what stands in the parentheses, with them; nothing if nothing was said.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match &self.when {
            When::Default if self.zone.is_none() => return Ok(()),
            When::Default | When::Iso => "iso",
            When::Unix => "unix",
            When::UnixMs => "unix_ms",
            When::UnixUs => "unix_us",
            When::Ns => "ns",
            When::Rfc2822 => "rfc2822",
            When::Pattern(pattern) => &format!("\"{pattern}\""),
        };
        match &self.zone {
            Some(zone) => write!(f, "({when}, \"{zone}\")"),
            None => write!(f, "({when})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(when: When, zone: Option<&str>) -> Type {
        Type::Timestamp(Moment { when, zone: zone.map(str::to_owned) })
    }

    #[test]
    fn types_print_their_short_form_and_have_a_column() {
        let list = |of, required| Type::List { of: Box::new(of), required };
        let cases = [
            (Type::String, "string", "Utf8"),
            (Type::Integer, "integer", "Int64"),
            (Type::Number, "number", "Float64"),
            (Type::Decimal { precision: 18, scale: 2 }, "decimal(18,2)", "Decimal128(18, 2)"),
            (Type::Decimal { precision: 39, scale: 0 }, "decimal(39,0)", "Decimal256(39, 0)"),
            (Type::Date(Moment::default()), "date", "Date32"),
            (Type::Time(Moment::default()), "time", "Time64(µs)"),
            (stamp(When::Default, None), "timestamp", "Timestamp(µs, \"UTC\")"),
            (stamp(When::Ns, None), "timestamp(ns)", "Timestamp(ns, \"UTC\")"),
            (stamp(When::Iso, Some("Europe/Berlin")), "timestamp(iso, \"Europe/Berlin\")", "Timestamp(µs, \"UTC\")"),
            (stamp(When::Pattern("%d.%m".into()), None), "timestamp(\"%d.%m\")", "Timestamp(µs, \"UTC\")"),
            (Type::Bytes, "bytes", "Binary"),
            (Type::Uuid, "uuid", "Utf8"),
            (Type::Enum(vec!["a".into(), "b c".into()]), "enum(a|b c)", "Utf8"),
            (list(Type::Integer, true), "list<integer!>", "List(non-null Int64)"),
            (list(Type::String, false), "list<string>", "List(Utf8)"),
        ];
        for (kind, short, column) in cases {
            assert_eq!(kind.to_string(), short);
            assert_eq!(kind.arrow().to_string(), column, "{short}");
        }
    }

    #[test]
    fn json_is_marked_in_the_schema() {
        let field = Type::Json.arrow_field("payload", true);
        assert_eq!(field.metadata().get("ARROW:extension:name").map(String::as_str), Some("arrow.json"));
        assert!(!field.is_nullable());
    }

    #[test]
    fn a_schema_asks_for_what_is_read() {
        let cases = [
            (Type::Integer, json!({ "type": "integer" })),
            (stamp(When::Default, None), json!({ "type": "string", "format": "date-time" })),
            (stamp(When::Iso, Some("UTC")), json!({ "type": "string" })),
            (stamp(When::UnixMs, None), json!({ "type": ["number", "string"] })),
            (
                Type::List { of: Box::new(Type::Uuid), required: true },
                json!({ "type": "array", "items": { "type": "string", "format": "uuid" } }),
            ),
        ];
        for (kind, schema) in cases {
            assert_eq!(kind.json_schema(), schema, "{kind}");
        }
    }
}
