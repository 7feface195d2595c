//! Values back out of finished columns: for children of a row, for keys, for positions.

use crate::data::{Style, Time, Type, Value, json};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use std::sync::Arc;

/// Returns what stands in a row of a column, typed.
pub fn value_at(column: &dyn Array, of: &Type, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    let time = |at: Option<Timestamp>, style| at.map_or(Value::Null, |at| Value::Time(Time { at, style }));
    match column.data_type() {
        DataType::Utf8 => {
            let text = column.as_string::<i32>().value(row);
            match of {
                Type::Json => json::read(text).unwrap_or(Value::Null),
                _ => Value::Text(text.into()),
            }
        }
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            let number = column.as_primitive::<Float64Type>().value(row);
            crate::data::number(&number.to_string())
        }
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Decimal128(_, _) => {
            crate::data::number(&column.as_primitive::<Decimal128Type>().value_as_string(row))
        }
        DataType::Decimal256(_, _) => {
            crate::data::number(&column.as_primitive::<Decimal256Type>().value_as_string(row))
        }
        DataType::Date32 => {
            let day = i64::from(column.as_primitive::<Date32Type>().value(row));
            time(Timestamp::from_second(day * 86_400).ok(), Style::Date)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let nanos = column.as_primitive::<TimestampNanosecondType>().value(row);
            time(Timestamp::from_nanosecond(i128::from(nanos)).ok(), Style::Rfc3339)
        }
        DataType::Timestamp(_, _) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            time(Timestamp::from_microsecond(micros).ok(), Style::Rfc3339)
        }
        DataType::Time64(_) => {
            let micros = column.as_primitive::<Time64MicrosecondType>().value(row);
            let time = jiff::civil::Time::midnight().wrapping_add(jiff::SignedDuration::from_micros(micros));
            Value::Text(time.to_string().into())
        }
        DataType::Binary => Value::Text(STANDARD.encode(column.as_binary::<i32>().value(row)).into()),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            let of = if let Type::List { of, .. } = of { of } else { &Type::Json };
            Value::List(Arc::new((0..items.len()).map(|at| value_at(&items, of, at)).collect()))
        }
        _ => Value::Null,
    }
}

/// Returns the rows' places in an order that holds for instants and numbers alike: nanoseconds since 1970, or the
/// number times 10^9. None: the type has no such order, as a text.
pub fn orders(column: &ArrayRef) -> Option<Vec<Option<i128>>> {
    const BILLION: i128 = 1_000_000_000;
    let by = |unit: i128| move |number: Option<i64>| number.map(|number| i128::from(number) * unit);
    Some(match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().map(by(BILLION)).collect(),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().iter();
            days.map(|day| day.map(|day| i128::from(day) * 86_400 * BILLION)).collect()
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            column.as_primitive::<TimestampNanosecondType>().iter().map(by(1)).collect()
        }
        DataType::Timestamp(_, _) => column.as_primitive::<TimestampMicrosecondType>().iter().map(by(1_000)).collect(),
        DataType::Decimal128(_, scale) => {
            let scale = u32::from(scale.unsigned_abs());
            let place = |number: i128| match scale {
                0..=9 => number.saturating_mul(10i128.pow(9 - scale)),
                // At most 38 digits, so the power fits.
                _ => number.div_euclid(10i128.pow(scale - 9)),
            };
            column.as_primitive::<Decimal128Type>().iter().map(|number| number.map(place)).collect()
        }
        _ => return None,
    })
}
