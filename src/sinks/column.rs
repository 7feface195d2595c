//! Columns of a batch by kind, so that each value is written straight from its array.

use crate::fault::{Fault, Kind};
use arrow_array::{
    Array, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, Float64Array, Int64Array,
    ListArray, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a column holds: exactly the types that a stream's columns have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ColumnKind {
    Integer,
    Number,
    Decimal { precision: u8, scale: i8 },
    Boolean,
    Date,
    Time,
    Timestamp,
    TimestampNs,
    Text,
    Json,
    Bytes,
    List { of: Box<ColumnKind> },
}

impl ColumnKind {
    pub(super) fn of(field: &Field) -> Result<Self, Fault> {
        Ok(match field.data_type() {
            DataType::Int64 => Self::Integer,
            DataType::Float64 => Self::Number,
            DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
                Self::Decimal { precision: *precision, scale: *scale }
            }
            DataType::Boolean => Self::Boolean,
            DataType::Date32 => Self::Date,
            DataType::Time64(TimeUnit::Microsecond) => Self::Time,
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Timestamp,
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Self::TimestampNs,
            DataType::Utf8 if is_json(field) => Self::Json,
            DataType::Utf8 => Self::Text,
            DataType::Binary => Self::Bytes,
            DataType::List(of) => Self::List { of: Box::new(Self::of(of)?) },
            other => {
                let said = format!("column {} has the type {other}, which no destination takes", field.name());
                return Err(Fault::new(Kind::Internal, "write rows", said));
            }
        })
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Decimal { precision, scale } => return write!(out, "decimal({precision},{scale})"),
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::TimestampNs => "timestamp(ns)",
            Self::Text => "text",
            Self::Json => "json",
            Self::Bytes => "bytes",
            Self::List { of } => return write!(out, "list<{of}>"),
        })
    }
}

fn is_json(field: &Field) -> bool {
    field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.json")
}

/// A column of a batch.
pub(super) enum Column<'a> {
    Integer(&'a Int64Array),
    Number(&'a Float64Array),
    Decimal(&'a Decimal128Array),
    LongDecimal(&'a Decimal256Array),
    Boolean(&'a BooleanArray),
    Date(&'a Date32Array),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray),
    TimestampNs(&'a TimestampNanosecondArray),
    Text(&'a StringArray),
    Json(&'a StringArray),
    Bytes(&'a BinaryArray),
    List(&'a ListArray, Box<Column<'a>>),
}

impl<'a> Column<'a> {
    pub(super) fn of(field: &Field, array: &'a dyn Array) -> Result<Self, Fault> {
        let kind = ColumnKind::of(field)?;
        let any = array.as_any();
        let column = match kind {
            ColumnKind::Integer => any.downcast_ref().map(Self::Integer),
            ColumnKind::Number => any.downcast_ref().map(Self::Number),
            ColumnKind::Decimal { .. } => {
                any.downcast_ref().map(Self::Decimal).or_else(|| any.downcast_ref().map(Self::LongDecimal))
            }
            ColumnKind::Boolean => any.downcast_ref().map(Self::Boolean),
            ColumnKind::Date => any.downcast_ref().map(Self::Date),
            ColumnKind::Time => any.downcast_ref().map(Self::Time),
            ColumnKind::Timestamp => any.downcast_ref().map(Self::Timestamp),
            ColumnKind::TimestampNs => any.downcast_ref().map(Self::TimestampNs),
            ColumnKind::Text => any.downcast_ref().map(Self::Text),
            ColumnKind::Json => any.downcast_ref().map(Self::Json),
            ColumnKind::Bytes => any.downcast_ref().map(Self::Bytes),
            ColumnKind::List { .. } => match (any.downcast_ref::<ListArray>(), field.data_type()) {
                (Some(list), DataType::List(of)) => {
                    Some(Self::List(list, Box::new(Self::of(of, list.values().as_ref())?)))
                }
                _ => None,
            },
        };
        column.ok_or_else(|| {
            let said = format!("column {} does not hold what its schema says", field.name());
            Fault::new(Kind::Internal, "write rows", said)
        })
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.array().is_null(row)
    }

    pub(super) fn array(&self) -> &dyn Array {
        match self {
            Self::Integer(array) => *array,
            Self::Number(array) => *array,
            Self::Decimal(array) => *array,
            Self::LongDecimal(array) => *array,
            Self::Boolean(array) => *array,
            Self::Date(array) => *array,
            Self::Time(array) => *array,
            Self::Timestamp(array) => *array,
            Self::TimestampNs(array) => *array,
            Self::Text(array) | Self::Json(array) => *array,
            Self::Bytes(array) => *array,
            Self::List(array, _) => *array,
        }
    }
}
