//! The ledger of a destination: what it keeps beside the rows.

use super::Fence;
use crate::event::Receipt;
use crate::fault::{Fault, Kind};
use crate::state::{Digest, Generation, PartitionKey, PartitionState, Version};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Who opens a ledger.
#[derive(Debug, Clone)]
pub struct Opening {
    pub run: String,
    /// Fence, commits and states are per connection within one destination.
    pub connection: String,
    /// The receipt as it stands at the begin: a later run finds it if this one is killed.
    pub receipt: Receipt,
    pub now: Timestamp,
    /// The process, for whoever finds the ledger taken.
    pub pid: u32,
}

/// What a ledger says when it is opened.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub fence: Fence,
    /// The number of the next commit.
    pub next_seq: u64,
    pub streams: BTreeMap<String, LedgerStream>,
    /// The receipt of a run that was killed, now marked as interrupted.
    pub interrupted: Option<Receipt>,
}

/// What a ledger keeps of a stream.
#[derive(Debug, Clone, Default)]
pub struct LedgerStream {
    pub digest: Digest,
    pub definition: BTreeMap<String, String>,
    pub current: Generation,
    pub building: Option<Building>,
}

/// A generation that nobody sees yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Building {
    pub generation: Generation,
    /// The begin of the generation: what it holds stood at the source then or later.
    pub since: Timestamp,
    /// An earlier run began it.
    pub found: bool,
}

/// What a ledger knows of a partition. Version 0: nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    pub version: Version,
    pub state: Option<PartitionState>,
}

/// A state as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredState {
    pub connection: String,
    pub stream: String,
    pub partition: PartitionKey,
    pub version: Version,
    pub state: Option<PartitionState>,
}

/// A refused record as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarantineEntry {
    pub connection: String,
    pub stream: String,
    pub generation: Generation,
    pub partition: PartitionKey,
    /// Of the raw record.
    pub hash: Digest,
    pub run: String,
    pub at: Timestamp,
    pub page: u64,
    pub record: u64,
    pub column: Option<String>,
    pub reason: String,
    pub key: Option<String>,
    pub raw: Bytes,
}

/// The ledger of a destination that nobody is writing to: for people who look into it.
pub trait Books: Send {
    /// Lists states, by connection, stream and partition.
    fn states(&mut self) -> BoxFuture<'_, Result<Vec<StoredState>, Fault>>;

    /// Forgets the states of a stream, or of one partition; versions go on. Returns how many.
    fn forget<'a>(
        &'a mut self,
        connection: &'a str,
        stream: &'a str,
        partition: Option<&'a PartitionKey>,
    ) -> BoxFuture<'a, Result<u64, Fault>>;

    /// Lists receipts, the newest first; one that has no end and no living holder is shown as interrupted.
    fn receipts(&mut self) -> BoxFuture<'_, Result<Vec<Receipt>, Fault>>;

    /// Lists the refused records of the current generations.
    fn quarantine(&mut self) -> BoxFuture<'_, Result<Vec<QuarantineEntry>, Fault>>;
}

/// Says that there is no ledger at the place, and how one comes to be there.
pub(super) fn missing(action: &'static str, place: impl std::fmt::Display) -> Fault {
    let said = format!("there is no {place}; a sync writes one, and `--to` names another place");
    Fault::new(Kind::Config, action, said)
}
