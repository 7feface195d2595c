//! A unit of work: what one worker is to read, as plain data.

use super::{Digest, Generation, Mark, PartitionKey, PartitionState};
use crate::data::Value;
use serde::{Deserialize, Serialize};

/// What one worker is to read: no secrets, no clocks, no handles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub stream: String,
    /// Of what the state depends on.
    pub digest: Digest,
    pub partition: PartitionKey,
    /// The names and values that requests of the partition read.
    pub names: Vec<(String, Value)>,
    /// A part of the partition's range; `None`: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<Slice>,
    pub generation: Generation,
    pub from: PartitionState,
    #[serde(default)]
    pub selection: Selection,
    #[serde(default)]
    pub budget: Budget,
}

/// A part of a partition's range, start inclusive, end exclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    pub start: Option<Mark>,
    pub end: Option<Mark>,
}

/// What of a stream is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The columns; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// From the start, whatever the state is.
    #[serde(default)]
    pub full: bool,
}

/// How much a read may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Rows asked for: an end that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Pages; more to do is an unfinished read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// Requests, repeated ones included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
}

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitEnd {
    Complete(PartitionState),
    /// There is more to do; it goes on from here.
    Yielded(PartitionState),
    Failed {
        message: String,
    },
}

/// A child partition that is still to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    pub partition: PartitionKey,
    /// The parent's columns that the child's requests read.
    pub names: Vec<(String, Value)>,
    /// Of the parent's row: a completion counts only for the row it was begun with.
    pub stamp: Digest,
}

/// Additions come first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PendingChange {
    pub added: Vec<Pending>,
    pub finished: Vec<(PartitionKey, Digest)>,
}
