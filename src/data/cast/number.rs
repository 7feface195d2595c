//! Integers, numbers and decimals, by their digits; no float is passed on the way.

use super::{CastError, shorten};
use crate::data::Value;
use std::sync::Arc;

/// A number taken apart: `significant` digits × 10^`exponent`, without zeros at either end; zero has no digits.
#[derive(Debug, PartialEq)]
pub(super) struct Digits {
    pub(super) negative: bool,
    pub(super) significant: String,
    pub(super) exponent: i64,
}

impl Digits {
    /// Reads a whole text as a number: sign, digits with a point, exponent. `.5` is a number, `5.` is not.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None if mantissa.is_empty() => return None,
            None => (mantissa, ""),
        };
        let all = format!("{whole}{fraction}");
        if !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let trimmed = all.trim_end_matches('0');
        let zeros = i64::try_from(all.len() - trimmed.len()).ok()?;
        let significant = trimmed.trim_start_matches('0').to_owned();
        let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
        let exponent = if significant.is_empty() { 0 } else { exponent };
        Some(Self { negative: negative && !significant.is_empty(), significant, exponent })
    }

    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Self::parse(&number.to_string()),
            Value::Number(text) | Value::Text(text) => Self::parse(text),
            _ => None,
        }
    }

    /// Returns how many digits stand before the point.
    fn whole_digits(&self) -> i64 {
        i64::try_from(self.significant.len()).unwrap_or(i64::MAX).saturating_add(self.exponent).max(0)
    }

    /// Returns how many digits stand after the point.
    fn fraction_digits(&self) -> i64 {
        self.exponent.saturating_neg().max(0)
    }

    /// Returns the value × 10^`shift` as an integer, without what then stands after the point, and whether that
    /// was something.
    pub(super) fn shifted(&self, shift: i64) -> Option<(i128, bool)> {
        let exponent = self.exponent.checked_add(shift)?;
        let keep = i64::try_from(self.significant.len()).ok()?.checked_add(exponent)?;
        if keep > 38 {
            return None;
        }
        let keep = usize::try_from(keep).unwrap_or(0);
        let kept = self.significant.get(..keep).unwrap_or(&self.significant);
        let padded = format!("{kept:0<keep$}");
        let number: i128 = if padded.is_empty() { 0 } else { padded.parse().ok()? };
        Some((if self.negative { -number } else { number }, exponent < 0))
    }

    /// Prints it with so many digits after the point.
    fn with_scale(&self, scale: usize) -> String {
        let point = self.exponent + i64::try_from(scale).unwrap_or(0);
        let zeros = usize::try_from(point).unwrap_or(0);
        let all = if self.significant.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.significant, "0".repeat(zeros))
        };
        let all = format!("{all:0>width$}", width = scale + 1);
        let (whole, fraction) = all.split_at(all.len() - scale);
        let sign = if self.negative { "-" } else { "" };
        if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

/// An exponent so long that it fits no integer is beyond every column, whatever it is.
fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let limit = if text.starts_with('-') { i64::from(i32::MIN) } else { i64::from(i32::MAX) };
    Some(text.parse::<i32>().map_or(limit, i64::from))
}

/// Rule 28: a fraction is refused, unless it is all zeros (`5.0`); beyond 64 bits is refused.
pub(super) fn integer(value: &Value) -> Result<Value, CastError> {
    if let Value::Int(_) = value {
        return Ok(value.clone());
    }
    let Some(digits) = Digits::of(value) else {
        return Err(CastError::unfit(value, "an integer"));
    };
    if digits.fraction_digits() > 0 {
        return Err(CastError::unfit(value, "an integer").hint("it has a fraction: use `number` or `decimal(p,s)`"));
    }
    let fits = digits.shifted(0).and_then(|(number, _)| i64::try_from(number).ok());
    fits.map(Value::Int).ok_or_else(|| {
        CastError::unfit(value, "an integer of 64 bits").hint("use `decimal(p,0)` or `string`, which keep all digits")
    })
}

/// Keeps the digits as they were written; what no float can hold is refused.
pub(super) fn number(value: &Value) -> Result<Value, CastError> {
    if let Value::Int(_) = value {
        return Ok(value.clone());
    }
    let (Value::Number(text) | Value::Text(text)) = value else {
        return Err(CastError::unfit(value, "a number"));
    };
    if Digits::parse(text).is_none() {
        return Err(CastError::unfit(value, "a number"));
    }
    if !text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(CastError::new(format!("{} is beyond what a number column holds", shorten(text)))
            .hint("use `decimal(p,s)` or `string`"));
    }
    Ok(as_json(text))
}

/// A decimal holds exactly the digits that were given, or refuses them; none is cut.
pub(super) fn decimal(value: &Value, precision: u8, scale: u8) -> Result<Value, CastError> {
    let Some(digits) = Digits::of(value) else {
        return Err(CastError::unfit(value, "a decimal"));
    };
    let kind = format!("decimal({precision},{scale})");
    if digits.fraction_digits() > i64::from(scale) {
        return Err(CastError::unfit(value, &format!("a {kind}: it has more digits after the point")));
    }
    if digits.whole_digits() > i64::from(precision - scale.min(precision)) {
        return Err(CastError::unfit(value, &format!("a {kind}: it has more digits before the point")));
    }
    Ok(as_json(&digits.with_scale(usize::from(scale))))
}

/// Gives the digits of a text in the form JSON knows: no plus sign, no zeros before the number.
fn as_json(text: &str) -> Value {
    if let Ok(number) = text.parse::<i64>() {
        return Value::Int(number);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.trim_start_matches('0');
    let zero = if rest.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "0" };
    Value::Number(Arc::from(format!("{sign}{zero}{rest}")))
}
