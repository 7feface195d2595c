//! A value of the language: keeps the digits of numbers and the order of keys.

use super::Step;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What expressions work on and requests are built from. Cheap to clone.
/// Written by serde it names its kind, so that state keeps exactly what it was: `{"text":"7"}` is no number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Not there at all; null is something else.
    Absent,
    Null,
    Bool(bool),
    /// An integer that fits; all others keep their digits in `Number`.
    Int(i64),
    /// A number as it was written: decimals, exponents, integers beyond 64 bits. It never passes a float.
    Number(Arc<str>),
    Text(Arc<str>),
    Time(Time),
    List(Arc<Vec<Value>>),
    Map(Arc<Map>),
}

/// Members in the order they were written.
pub type Map = Vec<(Arc<str>, Value)>;

/// An instant with the way it prints in text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Time {
    pub at: jiff::Timestamp,
    pub style: Style,
}

/// How a time prints when no filter says otherwise (SEMANTICS rule 11).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// RFC 3339 with `Z`, a fraction only if it is not zero.
    Rfc3339,
    /// `YYYY-MM-DD`.
    Date,
    /// A strftime pattern in a zone, from `incremental.format`.
    Pattern(Arc<str>, Arc<str>),
}

/// Returns a written number: an integer that fits as one, everything else by its digits.
pub fn number(digits: &str) -> Value {
    let hex = digits.strip_prefix("0x").map(|rest| i64::from_str_radix(rest, 16));
    let octal = digits.strip_prefix("0o").map(|rest| i64::from_str_radix(rest, 8));
    if let Some(Ok(whole)) = hex.or(octal) {
        return Value::Int(whole);
    }
    match digits.parse::<i64>() {
        // `007` and `+1` keep their digits: they are sent as they were written.
        Ok(whole) if whole.to_string() == digits => Value::Int(whole),
        _ => Value::Number(digits.into()),
    }
}

impl Value {
    /// Looks a member up; what is not there is absent.
    pub fn member(&self, key: &str) -> &Value {
        static ABSENT: Value = Value::Absent;
        match self {
            Value::Map(map) => map.iter().find(|(name, _)| &**name == key).map_or(&ABSENT, |(_, value)| value),
            _ => &ABSENT,
        }
    }

    /// Returns an element of a list, counted from the end if negative; what is not there is absent.
    pub fn element(&self, index: i64) -> &Value {
        static ABSENT: Value = Value::Absent;
        let Value::List(list) = self else { return &ABSENT };
        let index = if index < 0 {
            i64::try_from(list.len()).ok().and_then(|length| index.checked_add(length))
        } else {
            Some(index)
        };
        index.and_then(|index| usize::try_from(index).ok()).and_then(|index| list.get(index)).unwrap_or(&ABSENT)
    }

    /// Follows one step to a single value; `[*]` leads to none.
    pub fn step(&self, step: &Step) -> &Value {
        static ABSENT: Value = Value::Absent;
        match step {
            Step::Key(key) => self.member(key),
            Step::Index(index) => self.element(*index),
            Step::Every => &ABSENT,
        }
    }

    /// Names the type in the author's words.
    pub fn what(&self) -> &'static str {
        match self {
            Value::Absent => "absent",
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::Time(_) => "a time",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
