//! A partition: who it is, and how far it was read.

use super::{Covered, Digest, Generation, Open, RowHashes};
use crate::data::Value;
use crate::data::json::{quote, write_canonical};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Who a partition is: the canonical JSON of what tells it apart, in the order of `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartitionKey(Arc<str>);

impl PartitionKey {
    /// The one partition of a stream that has none.
    pub fn whole() -> Self {
        Self("{}".into())
    }

    /// Returns the key of named values: each the key columns of a parent, or a value.
    pub fn of<'a>(parts: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Self {
        let mut text = String::from("{");
        for (at, (name, value)) in parts.into_iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            quote(name, &mut text);
            text.push(':');
            write_canonical(value, &mut text);
        }
        text.push('}');
        Self(text.into())
    }

    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    pub fn is_whole(&self) -> bool {
        &*self.0 == "{}"
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn digest(&self) -> Digest {
        Digest::of([self.0.as_bytes()])
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Counts the changes of a partition's state in one ledger. It never restarts, not even after a reset.
pub type Version = u64;

/// How far a partition was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionState {
    /// The number of the newest pass.
    pub pass: u64,
    #[serde(default)]
    pub covered: Covered,
    /// Rows of ended passes that the next one will give again.
    #[serde(default, skip_serializing_if = "RowHashes::is_empty")]
    pub recent: RowHashes,
    /// The pass that has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Open>,
    /// The generation in which it was read completely, where rows are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_in: Option<Generation>,
    /// The newest round that read it, where runs have a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
}

/// A read of all partitions of a stream, in as many runs as their budgets make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    pub began: Timestamp,
    /// The begin of the pass that read this partition.
    pub asked: Timestamp,
}

/// A change of a partition's state, compared and set with the rows it covers.
#[derive(Clone, Debug, PartialEq)]
pub struct StateChange {
    pub partition: PartitionKey,
    /// The version after the units of this run that are already packed.
    pub expect: Version,
    pub next: PartitionState,
    /// Rows and refused rows of this abandoned pass of the partition go, in this generation (append and replace).
    pub discard: Option<u64>,
}
