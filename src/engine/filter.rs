//! Conditions on columns that are tested here: what an API can't filter, and what it filters only roughly.

use super::order::{Filter, Test};
use crate::data::Value;
use crate::fault::{Fault, Kind};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use std::cmp::Ordering;

/// Says which rows hold under all conditions. Null holds under none but `is null`.
pub(super) fn mask(batch: &RecordBatch, filters: &[Filter]) -> Result<BooleanArray, Fault> {
    let mut keep = vec![true; batch.num_rows()];
    for filter in filters {
        let Some(column) = batch.column_by_name(&filter.column) else {
            let told = format!("the condition is on `{}`, which is no column that is read", filter.column);
            return Err(Fault::new(Kind::Config, "filter", told));
        };
        for (at, keep) in keep.iter_mut().enumerate().filter(|(_, keep)| **keep) {
            *keep = holds(column, at, filter)?;
        }
    }
    Ok(BooleanArray::from(keep))
}

fn holds(column: &ArrayRef, at: usize, filter: &Filter) -> Result<bool, Fault> {
    let is_null = column.is_null(at);
    match filter.test {
        Test::IsNull => return Ok(is_null),
        Test::IsNotNull => return Ok(!is_null),
        _ if is_null => return Ok(false),
        _ => {}
    }
    let compare = |value: &Value| order(column, at, value);
    let first = filter.values.first().unwrap_or(&Value::Null);
    Ok(match filter.test {
        Test::Equal => compare(first)? == Ordering::Equal,
        Test::NotEqual => compare(first)? != Ordering::Equal,
        Test::Less => compare(first)? == Ordering::Less,
        Test::AtMost => compare(first)? != Ordering::Greater,
        Test::Greater => compare(first)? == Ordering::Greater,
        Test::AtLeast => compare(first)? != Ordering::Less,
        Test::In => {
            for value in &filter.values {
                if compare(value)? == Ordering::Equal {
                    return Ok(true);
                }
            }
            false
        }
        Test::Like => match (column.data_type(), first) {
            (DataType::Utf8, Value::Text(pattern)) => like(column.as_string::<i32>().value(at), pattern),
            _ => return Err(unfit(filter)),
        },
        Test::IsNull | Test::IsNotNull => true,
    })
}

/// Compares a cell with a value that was typed as its column.
fn order(column: &ArrayRef, at: usize, value: &Value) -> Result<Ordering, Fault> {
    let whole = |cell: i128, value: Option<i128>| value.map(|value| cell.cmp(&value));
    let instant = |unit: i128| match value {
        Value::Time(time) => Some(time.at.as_nanosecond().div_euclid(unit)),
        _ => None,
    };
    let found = match column.data_type() {
        DataType::Int64 => {
            let cell = column.as_primitive::<Int64Type>().value(at);
            scaled(value, 0).map_or_else(|| fraction(cell, value), |value| Some(i128::from(cell).cmp(&value)))
        }
        DataType::Float64 => {
            number(value).and_then(|value| column.as_primitive::<Float64Type>().value(at).partial_cmp(&value))
        }
        DataType::Decimal128(_, scale) => {
            whole(column.as_primitive::<Decimal128Type>().value(at), scaled(value, u32::try_from(*scale).unwrap_or(0)))
        }
        DataType::Boolean => match value {
            Value::Bool(wanted) => Some(column.as_boolean().value(at).cmp(wanted)),
            _ => None,
        },
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            whole(column.as_primitive::<TimestampNanosecondType>().value(at).into(), instant(1))
        }
        DataType::Timestamp(..) => {
            whole(column.as_primitive::<TimestampMicrosecondType>().value(at).into(), instant(1_000))
        }
        DataType::Date32 => whole(column.as_primitive::<Date32Type>().value(at).into(), instant(86_400_000_000_000)),
        DataType::Utf8 => match value {
            Value::Text(text) => Some(column.as_string::<i32>().value(at).cmp(text)),
            Value::Int(number) => Some(column.as_string::<i32>().value(at).cmp(&number.to_string())),
            Value::Number(digits) => Some(column.as_string::<i32>().value(at).cmp(digits)),
            _ => None,
        },
        DataType::Time64(_) => match value {
            Value::Text(text) => text.parse::<jiff::civil::Time>().ok().map(|wanted| {
                let since = wanted.since(jiff::civil::Time::midnight()).ok();
                let micros = since.and_then(|span| span.total(jiff::Unit::Microsecond).ok()).unwrap_or_default();
                #[expect(clippy::cast_possible_truncation, reason = "a day has 86,400,000,000 microseconds")]
                let micros = micros as i64;
                column.as_primitive::<Time64MicrosecondType>().value(at).cmp(&micros)
            }),
            _ => None,
        },
        _ => None,
    };
    found.ok_or_else(|| {
        let told = format!("{} can't be compared with a column of type {}", value.what(), column.data_type());
        Fault::new(Kind::Config, "filter", told)
    })
}

/// A whole number against one with a fraction.
fn fraction(cell: i64, value: &Value) -> Option<Ordering> {
    #[expect(clippy::cast_precision_loss, reason = "a fraction is between two whole numbers, however large")]
    let cell = cell as f64;
    number(value).and_then(|value| cell.partial_cmp(&value))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "the column is a float too")]
        Value::Int(number) => Some(*number as f64),
        Value::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Returns a number times 10^`scale`, if it is whole then.
fn scaled(value: &Value, scale: u32) -> Option<i128> {
    let text = match value {
        Value::Int(number) => return i128::from(*number).checked_mul(10_i128.checked_pow(scale)?),
        Value::Number(digits) => digits,
        _ => return None,
    };
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    let digits = digits.trim_end_matches('0');
    let missing = scale.checked_sub(u32::try_from(digits.len()).ok()?)?;
    format!("{whole}{digits}").parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(missing)?)
}

/// `%` is any text, `_` one letter; case counts.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut in_pattern) = (0, 0);
    // Where the last `%` stood, and what it had taken.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('%') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(letter) if *letter == '_' || *letter == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    (at, in_pattern) = (taken + 1, back + 1);
                }
                None => return false,
            },
        }
    }
    pattern[in_pattern..].iter().all(|letter| *letter == '%')
}

fn unfit(filter: &Filter) -> Fault {
    let told = format!("`like` compares texts, and `{}` is none", filter.column);
    Fault::new(Kind::Config, "filter", told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Decimal128Array, Int64Array, StringArray};
    use arrow_schema::{Field, Schema};
    use std::sync::Arc;

    fn kept(column: ArrayRef, test: Test, values: &[Value]) -> Vec<bool> {
        let schema = Schema::new(vec![Field::new("c", column.data_type().clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap();
        let filter = Filter { column: "c".into(), test, values: values.to_vec() };
        mask(&batch, &[filter]).unwrap().iter().map(Option::unwrap).collect()
    }

    #[test]
    fn cells_are_compared_by_their_type() {
        let ints = || Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as ArrayRef;
        let number = |digits: &str| Value::Number(digits.into());
        for (test, values, expected) in [
            (Test::Equal, vec![Value::Int(3)], [false, false, true]),
            (Test::NotEqual, vec![Value::Int(3)], [true, false, false]),
            (Test::AtLeast, vec![number("1.5")], [false, false, true]),
            (Test::In, vec![Value::Int(1), Value::Int(3)], [true, false, true]),
            (Test::IsNull, vec![], [false, true, false]),
        ] {
            assert_eq!(kept(ints(), test, &values), expected, "{test:?}");
        }
        let decimals = Decimal128Array::from(vec![110, 119]).with_precision_and_scale(9, 2).unwrap();
        assert_eq!(kept(Arc::new(decimals), Test::Equal, &[number("1.10")]), [true, false]);
        let texts = || Arc::new(StringArray::from(vec!["open", "reopened", "closed"])) as ArrayRef;
        assert_eq!(kept(texts(), Test::Like, &[Value::Text("%open%".into())]), [true, true, false]);
        assert_eq!(kept(texts(), Test::Like, &[Value::Text("_pen".into())]), [true, false, false]);
        assert_eq!(kept(texts(), Test::Less, &[Value::Text("d".into())]), [false, false, true]);
    }
}
