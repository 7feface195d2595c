//! What a transform does to one record.

use crate::data::{Map, Value};
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use std::fmt;
use std::sync::Arc;

/// One step over a record. It knows no other kind.
pub trait Transform: Send + Sync + fmt::Debug {
    /// Returns the record as it is afterwards; none: it is left out. `around` has all names but `record`.
    fn apply(&self, record: Value, around: &dyn Scope) -> Result<Option<Value>, Fault>;
}

/// Gives the members of a record to be changed.
pub(super) fn members(record: Value, word: &str) -> Result<Map, Fault> {
    match record {
        Value::Map(members) => Ok(Arc::try_unwrap(members).unwrap_or_else(|shared| (*shared).clone())),
        other => Err(fault(format!("`{word}` needs a record with members, this is {}", other.what()))),
    }
}

pub(super) fn fault(message: impl Into<String>) -> Fault {
    Fault::new(Kind::Data, "transform a record", message)
}
