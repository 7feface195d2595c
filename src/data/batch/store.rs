//! The builders behind a column.

use super::{decimal, moment};
use crate::data::json::{Writing, write};
use crate::data::{Moment, Type, Value, When};
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Decimal256Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder, TimestampNanosecondBuilder,
};
use arrow_array::{Array as _, ArrayRef, ListArray, make_array};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::FieldRef;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// The builder of a type. What is stored alike but read in another way has a variant of its own.
#[derive(Debug)]
pub(super) enum Store {
    Text(StringBuilder),
    Word(StringBuilder, Vec<String>),
    Json(StringBuilder),
    Uuid(StringBuilder),
    /// Texts that are checked by their whole.
    Checked(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Clock(Time64MicrosecondBuilder),
    Micros(TimestampMicrosecondBuilder),
    Nanos(TimestampNanosecondBuilder),
    Decimal(Decimal128Builder, u8, u8),
    Large(Decimal256Builder),
    Bytes(BinaryBuilder),
    List(Box<List>),
}

/// A column of lists.
#[derive(Debug)]
pub(super) struct List {
    pub(super) inner: super::Column,
    pub(super) required: bool,
    field: FieldRef,
    ends: Vec<i32>,
    valid: NullBufferBuilder,
}

impl Store {
    pub(super) fn new(of: &Type, rows: usize) -> Self {
        let text = || StringBuilder::with_capacity(rows, rows * 16);
        match of {
            Type::String => Store::Text(text()),
            Type::Enum(words) => Store::Word(text(), words.clone()),
            Type::Json => Store::Json(text()),
            Type::Uuid => Store::Uuid(text()),
            Type::Duration => Store::Checked(text()),
            Type::Integer => Store::Integer(Int64Builder::with_capacity(rows)),
            Type::Number => Store::Number(Float64Builder::with_capacity(rows)),
            Type::Boolean => Store::Boolean(BooleanBuilder::with_capacity(rows)),
            Type::Date(_) => Store::Date(Date32Builder::with_capacity(rows)),
            Type::Time(_) => Store::Clock(Time64MicrosecondBuilder::with_capacity(rows)),
            Type::Timestamp(Moment { when: When::Ns, .. }) => {
                Store::Nanos(TimestampNanosecondBuilder::with_capacity(rows).with_data_type(of.arrow()))
            }
            Type::Timestamp(_) => {
                Store::Micros(TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(of.arrow()))
            }
            Type::Decimal { precision, scale } if *precision <= 38 => {
                let builder = Decimal128Builder::with_capacity(rows).with_data_type(of.arrow());
                Store::Decimal(builder, *precision, *scale)
            }
            Type::Decimal { .. } => Store::Large(Decimal256Builder::with_capacity(rows).with_data_type(of.arrow())),
            Type::Bytes => Store::Bytes(BinaryBuilder::with_capacity(rows, rows * 16)),
            Type::List { of, required } => Store::List(Box::new(List {
                inner: super::Column::new(of, rows),
                required: *required,
                field: of.arrow_field("item", *required).into(),
                ends: Vec::with_capacity(rows),
                valid: NullBufferBuilder::new(rows),
            })),
        }
    }

    pub(super) fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder as _;
        match self {
            Store::Text(out) | Store::Word(out, _) | Store::Json(out) | Store::Uuid(out) | Store::Checked(out) => {
                out.len()
            }
            Store::Integer(out) => out.len(),
            Store::Number(out) => out.len(),
            Store::Boolean(out) => out.len(),
            Store::Date(out) => out.len(),
            Store::Clock(out) => out.len(),
            Store::Micros(out) => out.len(),
            Store::Nanos(out) => out.len(),
            Store::Decimal(out, ..) => out.len(),
            Store::Large(out) => out.len(),
            Store::Bytes(out) => out.len(),
            Store::List(list) => list.ends.len(),
        }
    }

    pub(super) fn null(&mut self) {
        match self {
            Store::Text(out) | Store::Word(out, _) | Store::Json(out) | Store::Uuid(out) | Store::Checked(out) => {
                out.append_null();
            }
            Store::Integer(out) => out.append_null(),
            Store::Number(out) => out.append_null(),
            Store::Boolean(out) => out.append_null(),
            Store::Date(out) => out.append_null(),
            Store::Clock(out) => out.append_null(),
            Store::Micros(out) => out.append_null(),
            Store::Nanos(out) => out.append_null(),
            Store::Decimal(out, ..) => out.append_null(),
            Store::Large(out) => out.append_null(),
            Store::Bytes(out) => out.append_null(),
            Store::List(list) => list.close(false),
        }
    }

    /// Adds a value that was cast; the error says what no column holds. Nothing is added then.
    pub(super) fn keep(&mut self, value: &Value) -> Result<(), String> {
        if matches!(value, Value::Null | Value::Absent) {
            // A JSON column keeps a null as null too: absent and null are the same in columns.
            self.null();
            return Ok(());
        }
        let odd = || format!("{} where the column holds something else", value.what());
        match (self, value) {
            (Store::Json(out), value) => {
                let mut text = String::new();
                write(value, &Writing::default(), &mut text)?;
                out.append_value(text);
            }
            (Store::Text(out) | Store::Word(out, _) | Store::Uuid(out) | Store::Checked(out), Value::Text(text)) => {
                out.append_value(text);
            }
            (Store::Integer(out), Value::Int(number)) => out.append_value(*number),
            (Store::Number(out), Value::Int(number)) => {
                out.append_value(number.to_string().parse().map_err(|_| odd())?);
            }
            (Store::Number(out), Value::Number(digits)) => out.append_value(digits.parse().map_err(|_| odd())?),
            (Store::Boolean(out), Value::Bool(yes)) => out.append_value(*yes),
            (Store::Date(out), Value::Time(time)) => out.append_value(moment::day_of(time.at).ok_or_else(odd)?),
            (Store::Clock(out), Value::Text(text)) => out.append_value(moment::clock(text).ok_or_else(odd)?),
            (Store::Micros(out), Value::Time(time)) => out.append_value(time.at.as_microsecond()),
            (Store::Nanos(out), Value::Time(time)) => {
                out.append_value(i64::try_from(time.at.as_nanosecond()).map_err(|_| odd())?);
            }
            (Store::Decimal(out, _, scale), Value::Int(_) | Value::Number(_)) => {
                out.append_value(decimal::small(&digits(value), 38, *scale).ok_or_else(odd)?);
            }
            (Store::Large(out), Value::Int(_) | Value::Number(_)) => {
                out.append_value(decimal::large(&digits(value)).ok_or_else(odd)?);
            }
            (Store::Bytes(out), Value::Text(text)) => out.append_value(STANDARD.decode(&**text).map_err(|_| odd())?),
            (Store::List(list), Value::List(items)) => {
                for item in items.iter() {
                    list.inner.null = *item == Value::Null;
                    list.inner.store.keep(item)?;
                }
                list.close(true);
            }
            _ => return Err(odd()),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Store::Text(mut out)
            | Store::Word(mut out, _)
            | Store::Json(mut out)
            | Store::Uuid(mut out)
            | Store::Checked(mut out) => Arc::new(out.finish()),
            Store::Integer(mut out) => Arc::new(out.finish()),
            Store::Number(mut out) => Arc::new(out.finish()),
            Store::Boolean(mut out) => Arc::new(out.finish()),
            Store::Date(mut out) => Arc::new(out.finish()),
            Store::Clock(mut out) => Arc::new(out.finish()),
            Store::Micros(mut out) => Arc::new(out.finish()),
            Store::Nanos(mut out) => Arc::new(out.finish()),
            Store::Decimal(mut out, ..) => Arc::new(out.finish()),
            Store::Large(mut out) => Arc::new(out.finish()),
            Store::Bytes(mut out) => Arc::new(out.finish()),
            Store::List(list) => list.finish(),
        }
    }
}

impl List {
    /// Ends a list; a null one covers what a broken list left behind.
    pub(super) fn close(&mut self, whole: bool) {
        // A page is bounded to 256 MiB, so its elements fit 31 bits.
        self.ends.push(i32::try_from(self.inner.len()).unwrap_or(i32::MAX));
        self.valid.append(whole);
    }

    fn finish(mut self) -> ArrayRef {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.extend(self.ends);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let inner = self.inner.finish();
        // A list that was refused may have left nulls where none may be; its row is null, so they are of no value.
        let inner = if self.required && inner.null_count() > 0 { without_nulls(&inner) } else { inner };
        Arc::new(ListArray::new(self.field, offsets, inner, self.valid.finish()))
    }
}

/// Takes the marks of nulls away; what lies below them is a default of the type.
fn without_nulls(inner: &ArrayRef) -> ArrayRef {
    let data = inner.to_data().into_builder().nulls(None).build();
    data.map_or_else(|_| Arc::clone(inner), make_array)
}

/// Returns the digits of a number that was cast to a decimal: all of its scale are there.
fn digits(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Number(digits) => digits.to_string(),
        _ => String::new(),
    }
}
