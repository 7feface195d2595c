//! Arrow columns, built by the types of the language.
//!
//! A [`Column`] takes one value after the other, from JSON tokens ([`Column::take`]) or from a [`Value`]
//! ([`Column::put`]); both give what [`cast`](fn@crate::data::cast) says. Builders can't roll back: a value that does not
//! fit is null, and whoever builds marks the row and leaves it out at the end.

mod cell;
mod decimal;
mod moment;
mod store;
mod take;

#[cfg(test)]
mod table;

pub use cell::{orders, value_at};

use crate::data::{Type, Value, cast};
use arrow_array::ArrayRef;
use store::Store;

/// A column as it grows.
#[derive(Debug)]
pub struct Column {
    of: Type,
    store: Store,
    /// The last value is null.
    null: bool,
    /// For what is put together from tokens.
    scratch: String,
}

/// What became of a value.
#[derive(Debug, PartialEq)]
pub enum Fit {
    Fits,
    /// Digits of a time beyond what the column holds were cut.
    Cut,
    /// It is null now; the reason why.
    Refused(String),
}

impl Column {
    /// Makes an empty column with room for so many rows.
    pub fn new(of: &Type, rows: usize) -> Self {
        Self { of: of.clone(), store: Store::new(of, rows), null: false, scratch: String::new() }
    }

    /// Counts the values.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Says whether the last value is null.
    pub fn was_null(&self) -> bool {
        self.null
    }

    /// Adds a null.
    pub fn null(&mut self) {
        self.null = true;
        self.store.null();
    }

    /// Adds a value.
    pub fn put(&mut self, value: &Value) -> Fit {
        let fit = match (value, &mut self.store) {
            (Value::Text(text), _) => self.text(text),
            (Value::Number(digits), _) => self.digits(digits),
            (Value::Int(number), Store::Integer(out)) => {
                out.append_value(*number);
                Some(Fit::Fits)
            }
            (Value::Bool(yes), Store::Boolean(out)) => {
                out.append_value(*yes);
                Some(Fit::Fits)
            }
            _ => None,
        };
        match fit {
            Some(fit) => {
                self.null = false;
                fit
            }
            None => self.put_cast(value),
        }
    }

    /// Adds a value as `cast` reads it.
    pub(super) fn put_cast(&mut self, value: &Value) -> Fit {
        match cast(value, &self.of) {
            Ok(cast) => {
                self.null = matches!(cast.value, Value::Null | Value::Absent);
                match self.store.keep(&cast.value) {
                    Ok(()) if cast.cut => Fit::Cut,
                    Ok(()) => Fit::Fits,
                    Err(reason) => {
                        self.null();
                        Fit::Refused(reason)
                    }
                }
            }
            Err(error) => {
                self.null();
                Fit::Refused(error.to_string())
            }
        }
    }

    /// Adds a JSON text as it is, to a column of JSON.
    pub fn put_json(&mut self, text: &str) {
        match &mut self.store {
            Store::Json(out) => {
                self.null = false;
                out.append_value(text);
            }
            _ => self.null(),
        }
    }

    /// Gives the column away.
    pub fn finish(self) -> ArrayRef {
        self.store.finish()
    }
}
