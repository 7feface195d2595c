//! Turns a value into one of a column's type, or refuses it (SEMANTICS rules 22 to 30).
//!
//! Pure, and nothing is guessed: digits are never lost without a word, a text counts only as a whole.

mod number;
mod text;
mod time;

#[cfg(test)]
pub(super) mod table;

use super::{Type, Value};
use std::fmt;
use std::sync::Arc;

/// A value that fits its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Cast {
    pub value: Value,
    /// Digits of a time beyond what the column holds were cut; the receipt counts them.
    pub cut: bool,
}

/// Why a value does not fit its type.
#[derive(Clone, Debug, PartialEq)]
pub struct CastError {
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// Reads a value as a type. Null fits every type, and absent is null: whether a column may be null is its own matter.
///
/// What comes out: `integer` an `Int`; `decimal` an `Int`, or a `Number` with all digits of the scale; `date` and
/// `timestamp` a `Time`; `time`, `duration`, `uuid`, `bytes` a `Text` in canonical form; `json` the value as it is.
pub fn cast(value: &Value, to: &Type) -> Result<Cast, CastError> {
    let whole = |value| Ok(Cast { value, cut: false });
    match (to, value) {
        (_, Value::Null | Value::Absent) => whole(Value::Null),
        (Type::Json, value) => whole(value.clone()),
        (Type::String, value) => whole(Value::Text(text::string(value)?)),
        (Type::Enum(words), value) => whole(text::word(value, words)?),
        (Type::Uuid, value) => whole(text::uuid(value)?),
        (Type::Bytes, value) => whole(text::bytes(value)?),
        (Type::Duration, value) => whole(text::duration(value)?),
        (Type::Boolean, value) => whole(text::boolean(value)?),
        (Type::Integer, value) => whole(number::integer(value)?),
        (Type::Number, value) => whole(number::number(value)?),
        (Type::Decimal { precision, scale }, value) => whole(number::decimal(value, *precision, *scale)?),
        (Type::Date(moment), value) => time::date(value, moment),
        (Type::Time(moment), value) => time::of_day(value, moment),
        (Type::Timestamp(moment), value) => time::timestamp(value, moment),
        (Type::List { of, required }, value) => list(value, of, *required),
    }
}

/// Returns a number × 10^`shift` as an integer, cut downwards; `None` for what is no number, also as a text, or is
/// beyond 38 digits. So positions and units of time are compared without a float.
pub fn scaled(value: &Value, shift: i64) -> Option<i128> {
    let digits = number::Digits::of(value)?;
    let (whole, cut) = digits.shifted(shift)?;
    Some(if cut && digits.negative { whole - 1 } else { whole })
}

fn list(value: &Value, of: &Type, required: bool) -> Result<Cast, CastError> {
    let Value::List(values) = value else {
        return Err(CastError::unfit(value, "a list"));
    };
    let mut cut = false;
    let mut elements = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let element = cast(value, of).map_err(|error| error.inside(at))?;
        if required && element.value == Value::Null {
            return Err(CastError::new("null where an element is required").inside(at));
        }
        cut |= element.cut;
        elements.push(element.value);
    }
    Ok(Cast { value: Value::List(Arc::new(elements)), cut })
}

impl CastError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says that a value is no such thing, and shows it if it is short enough to be read.
    fn unfit(value: &Value, wanted: &str) -> Self {
        match value {
            Value::Text(text) => Self::new(format!("{} is not {wanted}", shown(text))),
            Value::Int(number) => Self::new(format!("{number} is not {wanted}")),
            Value::Number(digits) => Self::new(format!("{} is not {wanted}", shorten(digits))),
            Value::Bool(truth) => Self::new(format!("{truth} is not {wanted}")),
            other => Self::new(format!("{} is not {wanted}", other.what())),
        }
    }

    fn inside(mut self, at: usize) -> Self {
        self.message = format!("element {at}: {}", self.message);
        self
    }
}

impl fmt::Display for CastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(f, "{} ({hint})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for CastError {}

fn shown(text: &str) -> String {
    if text.is_empty() { "an empty text".into() } else { format!("`{}`", shorten(text)) }
}

fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
