//! What is handed to a sink.

use crate::fault::Fault;
use crate::state::{Generation, PartitionKey, PartitionState, PendingChange, StateChange, Version};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Who may write: each opening takes a greater one.
pub type Fence = u64;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// By key; where there is a position, an older row never overwrites a newer one.
    Upsert,
    Append,
    /// A whole new table, which takes the old one's place at the end.
    Replace,
}

impl Mode {
    pub fn word(self) -> &'static str {
        match self {
            Mode::Upsert => "upsert",
            Mode::Append => "append",
            Mode::Replace => "replace",
        }
    }
}

/// What a sink can do.
#[derive(Debug, Clone)]
pub struct Abilities {
    pub modes: &'static [Mode],
    pub cadence: Cadence,
    /// Rows are staged as they come: their memory returns before the commit.
    pub stages: bool,
    /// How often what is staged is made to survive a crash.
    pub checkpoint: Option<Duration>,
    /// Partitions of any number are kept without holding them in memory.
    pub many_partitions: bool,
    /// A row at a time may be seen by a person: results are shown as soon as they come.
    pub eager: bool,
}

impl Abilities {
    /// Those of a destination that keeps tables and makes a unit durable in one transaction.
    pub const TABLES: Abilities = Abilities {
        modes: &[Mode::Upsert, Mode::Append, Mode::Replace],
        cadence: Cadence { bytes: 8 << 20, time: Duration::from_secs(2), every_page: false },
        stages: false,
        checkpoint: None,
        many_partitions: true,
        eager: false,
    };
}

/// When a unit is closed.
#[derive(Debug, Clone, Copy)]
pub struct Cadence {
    pub bytes: u64,
    pub time: Duration,
    /// A unit is closed after each page.
    pub every_page: bool,
}

/// A stream as it is written.
#[derive(Debug, Clone)]
pub struct StreamTarget {
    pub stream: String,
    /// The name of its table or folder.
    pub table: String,
    /// The columns that arrive. A stream without types has its key, its position and `record`.
    pub schema: SchemaRef,
    pub untyped: bool,
    pub key: Vec<String>,
    /// The column that is the position.
    pub position: Option<String>,
    pub mode: Mode,
    /// Deleted rows are marked instead of deleted.
    pub mark_deleted: bool,
    /// A pass that begins anew takes back what the abandoned one wrote: rows carry partition and pass.
    pub tagged: bool,
    /// Of what the state depends on.
    pub digest: crate::state::Digest,
    /// What the digest is made of, by name, to tell what changed.
    pub definition: BTreeMap<String, String>,
}

/// What became of a stream's table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub created: bool,
    pub added: Vec<String>,
    /// Column, old type, new type.
    pub widened: Vec<(String, String, String)>,
}

/// Rows and all that becomes durable with them.
#[derive(Debug, Clone)]
pub struct CommitUnit {
    pub seq: u64,
    pub fence: Fence,
    pub parts: Vec<StreamPart>,
}

/// What of a unit belongs to one stream.
#[derive(Debug, Clone)]
pub struct StreamPart {
    pub stream: String,
    pub generation: Generation,
    pub mode: Mode,
    /// In commit order.
    pub rows: Vec<Rows>,
    /// What was staged of this unit before, in commit order; it comes before `rows`.
    pub staged: Vec<Staged>,
    pub refused: Vec<Refused>,
    pub states: Vec<StateChange>,
    pub edges: Vec<EdgeChange>,
    pub pending: PendingChange,
    pub facts: Facts,
}

/// Rows of one page of one partition.
#[derive(Debug, Clone)]
pub struct Rows {
    pub partition: PartitionKey,
    pub pass: u64,
    /// Without hidden columns; those that are written.
    pub batch: RecordBatch,
    /// The position of each row, comparable, where the stream has positions.
    pub order: Option<Arc<[Option<i128>]>>,
    /// These rows are deletions: only the columns of the key (and the position) count.
    pub deleted: bool,
    /// The memory that it takes.
    pub bytes: u64,
}

/// A record that does not fit its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    pub partition: PartitionKey,
    pub pass: u64,
    /// The page it came with, counted from 0, and its place in it.
    pub page: u64,
    pub record: u64,
    pub column: Option<String>,
    pub reason: String,
    /// The key, as far as it can be read.
    pub key: Option<String>,
    /// The record as it came, cut at 1 MiB.
    pub raw: Bytes,
}

/// Rows that are written and not seen yet. Another process may have written them.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Staged {
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
}

/// What is known of a stream at the end of a unit, for its receipt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    pub pages: u64,
    pub read: u64,
}

/// A child's own position in its parent.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeChange {
    pub edge: String,
    pub expect: Version,
    pub next: PartitionState,
}

/// What a commit did, by stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub streams: BTreeMap<String, StreamCounts>,
    /// Something that the receipt should tell: stream and text.
    pub notes: Vec<(String, String)>,
}

/// What a commit did to one table. `None`: the destination can't tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamCounts {
    pub created: Option<u64>,
    pub updated: Option<u64>,
    pub unchanged: Option<u64>,
    pub deleted: Option<u64>,
    pub refused: u64,
}

/// What the finishing run of a replace knows.
#[derive(Debug, Clone)]
pub struct Promotion {
    pub fence: Fence,
    pub seq: u64,
    /// The partitions that the finishing run found; rows of others go. `None`: it has one partition.
    pub found: Option<Vec<PartitionKey>>,
    /// An empty generation may take a table's place.
    pub allow_empty: bool,
    /// What was read is not what it should be: the generation goes, and the next run reads again.
    pub gives_up: bool,
}

/// Why a commit did not happen, or may not have happened.
#[derive(Debug)]
pub enum CommitFault {
    /// Nothing was written; the same unit may be handed over again.
    Refused(Fault),
    /// Somebody else changed the state: the run ends.
    Conflict(Fault),
    /// Another holder has the ledger: the run ends.
    Fenced(Fault),
    /// It is not known whether the unit is durable: ask by `(fence, seq)`.
    Unknown(Fault),
    /// Nothing was written and it can't be.
    Failed(Fault),
}
