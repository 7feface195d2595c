//! The keys of rows: as hashes, and as people read them.

use super::form::Form;
use super::hash::Hash;
use crate::data::Value;
use crate::data::batch::value_at;
use crate::data::json::write_canonical;
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::DataType;

/// Hashes the key of each row; the same key has the same hash in every page and run.
pub(super) fn hashes(form: &Form, columns: &[ArrayRef], rows: usize) -> Vec<u64> {
    let mut all = vec![Hash::new(); if form.key.is_empty() { 0 } else { rows }];
    for (array, at) in columns.iter().zip(&form.key) {
        let of = &form.columns[*at].of;
        for (row, hash) in all.iter_mut().enumerate() {
            *hash = match array.data_type() {
                _ if array.is_null(row) => hash.add(b""),
                DataType::Int64 => hash.add(&array.as_primitive::<Int64Type>().value(row).to_le_bytes()),
                DataType::Utf8 => hash.add(array.as_string::<i32>().value(row).as_bytes()),
                _ => {
                    let mut text = String::new();
                    write_canonical(&value_at(array, of, row), &mut text);
                    hash.add(text.as_bytes())
                }
            };
        }
    }
    all.into_iter().map(Hash::short).collect()
}

/// Shows the key of a row as far as it was read.
pub(super) fn shown(form: &Form, columns: &[ArrayRef], row: usize) -> Option<String> {
    let mut parts = Vec::new();
    for at in &form.key {
        match value_at(&columns[*at], &form.columns[*at].of, row) {
            Value::Null | Value::Absent => return None,
            Value::Text(text) => parts.push(text.to_string()),
            value => {
                let mut text = String::new();
                write_canonical(&value, &mut text);
                parts.push(text.trim_matches('"').to_owned());
            }
        }
    }
    let shown: String = parts.join(", ").chars().take(200).collect();
    (!parts.is_empty()).then_some(shown)
}
