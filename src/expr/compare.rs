//! Equality, order and truth of values, without a float.

use super::instant;
use super::syntax::Comparison;
use crate::data::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

pub(super) fn compare(op: Comparison, left: &Value, right: &Value) -> Result<bool, String> {
    let ordered = |wanted: fn(Ordering) -> bool| Ok(order(left, right)?.is_some_and(wanted));
    match op {
        Comparison::Equal => Ok(equal(left, right)),
        Comparison::Unequal => Ok(!equal(left, right)),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
        Comparison::In => contains(right, left),
        Comparison::NotIn => contains(right, left).map(|inside| !inside),
    }
}

/// Says whether two values are the same: numbers by what they count, times by their instant.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => {
            decimal_order(&digits(left), &digits(right)).is_eq()
        }
        (Value::Time(a), Value::Time(b)) => a.at == b.at,
        (Value::Time(time), Value::Text(text)) | (Value::Text(text), Value::Time(time)) => {
            instant::read(text, None).is_ok_and(|at| at == time.at)
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| equal(value, right.member(key)) && b.iter().any(|(name, _)| name == key))
        }
        _ => left == right,
    }
}

/// Orders two values; nothing is before or after what is missing.
pub(super) fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, String> {
    Ok(Some(match (left, right) {
        (Value::Absent | Value::Null, _) | (_, Value::Absent | Value::Null) => return Ok(None),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => {
            decimal_order(&digits(left), &digits(right))
        }
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.at.cmp(&b.at),
        (Value::Time(time), Value::Text(text)) => time.at.cmp(&instant::read(text, None)?),
        (Value::Text(text), Value::Time(time)) => instant::read(text, None)?.cmp(&time.at),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => return Err(format!("{} and {} have no order", left.what(), right.what())),
    }))
}

fn contains(whole: &Value, part: &Value) -> Result<bool, String> {
    match (whole, part) {
        (Value::Absent | Value::Null, _) | (_, Value::Absent) | (Value::Map(_) | Value::Text(_), Value::Null) => {
            Ok(false)
        }
        (Value::List(list), _) => Ok(list.iter().any(|item| equal(item, part))),
        (Value::Map(map), Value::Text(key)) => Ok(map.iter().any(|(name, _)| name == key)),
        (Value::Text(text), Value::Text(part)) => Ok(text.contains(&**part)),
        _ => Err(format!("{} can't be in {}", part.what(), whole.what())),
    }
}

/// Says whether a condition holds (SEMANTICS rule 27).
pub fn truth(value: &Value) -> Result<bool, String> {
    Ok(match value {
        Value::Absent | Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Int(int) => *int != 0,
        Value::Number(digits) => {
            let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
            mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
        }
        Value::Time(_) => true,
        Value::List(list) => !list.is_empty(),
        Value::Map(map) => !map.is_empty(),
        Value::Text(text) if text.is_empty() => false,
        Value::Text(_) => return Err("a text is no condition; compare it, or write `is defined`".to_owned()),
    })
}

pub(super) fn digits(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Int(int) => Cow::Owned(int.to_string()),
        Value::Number(digits) => Cow::Borrowed(digits),
        _ => Cow::Borrowed("0"),
    }
}

/// A number as sign, digits without outer zeros, and the place of the point before the first digit.
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    fn read(text: &str) -> Decimal {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let unsigned = mantissa.trim_start_matches(['-', '+']);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let zeros = as_i64(all.len() - significant.len());
        // An exponent beyond 64 bits is as far away as one at their bound.
        let far = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
        let exponent = exponent.parse::<i64>().map_or(far, |exponent| exponent.clamp(i64::MIN / 4, i64::MAX / 4));
        let digits = significant.trim_end_matches('0').to_owned();
        Decimal {
            negative: mantissa.starts_with('-') && !digits.is_empty(),
            point: as_i64(whole.len()) - zeros + exponent,
            digits,
        }
    }

    fn magnitude(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

fn as_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}

/// Orders two decimal texts exactly.
pub(super) fn decimal_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (Decimal::read(a), Decimal::read(b));
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => a.magnitude(&b),
        (true, true) => b.magnitude(&a),
    }
}
