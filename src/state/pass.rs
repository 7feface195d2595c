//! A pass: one read of a partition from its begin to a sign that it ended.

use super::{Digest, Mark, RowHashes};
use crate::data::Value;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Counts the tables that stood under one stream's name. 0: rows are never replaced.
pub type Generation = u64;

/// A page: what is needed to ask for it, and so to resume at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Counts from 0.
    pub index: u64,
    /// What the kind of paging asks by; absent on the first page of most kinds.
    #[serde(default = "absent", skip_serializing_if = "is_absent")]
    pub token: Value,
}

impl Page {
    /// Returns the page that a read begins with.
    pub fn first() -> Self {
        Self { index: 0, token: Value::Absent }
    }
}

fn absent() -> Value {
    Value::Absent
}

fn is_absent(value: &Value) -> bool {
    *value == Value::Absent
}

/// A pass that has not seen its end. It is resumed only under the window it was asked with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    pub pass: u64,
    /// The generation its rows go to.
    pub generation: Generation,
    pub asked: Asked,
    /// No position rises above this: the begin of the pass at the source, cut to the granularity.
    pub bound: Option<Mark>,
    /// The next page to be asked.
    pub page: Page,
    /// The last page that is durable; kinds that count are resumed only if it is still the same.
    pub last: Option<LastPage>,
    pub seen_max: Option<Mark>,
    /// Rows of this pass that the next one will give again.
    #[serde(default, skip_serializing_if = "RowHashes::is_empty")]
    pub recent: RowHashes,
    /// Records received so far.
    pub rows: u64,
    /// When the pass was last carried on, by our clock.
    pub since: Timestamp,
    /// The pass was asked to be full: the position stays until it is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub full: bool,
    /// A token that was asked, by which a circle is noticed that is longer than a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<Milestone>,
    /// The job whose result is being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

/// A token of a page whose index is a power of two: whoever walks in a circle meets one of them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    pub index: u64,
    /// The hash of its token.
    pub token: u64,
}

/// A page that is durable, and what it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastPage {
    pub page: Page,
    pub records: Digest,
}

/// The window as it was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub start: Option<Mark>,
    pub end: Option<Mark>,
    /// The time of the pass, by our clock: `now` in its requests.
    pub now: Timestamp,
}
