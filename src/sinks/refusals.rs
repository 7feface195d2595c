//! Refused records as ledgers of text keep them, each once by generation, partition and content.

use super::{QuarantineEntry, Refused, StreamPart};
use crate::state::{Digest, Generation, PartitionKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A refused record, written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefusedWritten {
    pub(super) generation: Generation,
    pub(super) partition: PartitionKey,
    pub(super) hash: Digest,
    pub(super) pass: u64,
    run: String,
    at: Timestamp,
    page: u64,
    record: u64,
    column: Option<String>,
    reason: String,
    key: Option<String>,
    /// The record, if it is text; else in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

/// What tells one from another.
pub(super) type RefusedKey = (Generation, PartitionKey, Digest);

pub(super) fn of_part(part: &StreamPart, run: &str, at: Timestamp) -> Vec<RefusedWritten> {
    part.refused.iter().map(|refused| RefusedWritten::of(refused, part.generation, run, at)).collect()
}

impl RefusedWritten {
    fn of(refused: &Refused, generation: Generation, run: &str, at: Timestamp) -> Self {
        let text = std::str::from_utf8(&refused.raw).ok().map(str::to_owned);
        let bytes = text.is_none().then(|| STANDARD.encode(&refused.raw));
        Self {
            generation,
            partition: refused.partition.clone(),
            hash: Digest::of([&refused.raw]),
            pass: refused.pass,
            run: run.to_owned(),
            at,
            page: refused.page,
            record: refused.record,
            column: refused.column.clone(),
            reason: refused.reason.clone(),
            key: refused.key.clone(),
            text,
            bytes,
        }
    }

    pub(super) fn own_key(&self) -> RefusedKey {
        (self.generation, self.partition.clone(), self.hash)
    }

    /// Eight bytes of it, to remember many.
    pub(super) fn short_key(&self) -> u64 {
        Digest::of([&self.generation.to_le_bytes()[..], self.partition.text().as_bytes(), self.hash.bytes()]).short()
    }

    pub(super) fn entry(&self, connection: &str, stream: &str) -> QuarantineEntry {
        let raw = match (&self.text, &self.bytes) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(bytes)) => STANDARD.decode(bytes).unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        QuarantineEntry {
            connection: connection.to_owned(),
            stream: stream.to_owned(),
            generation: self.generation,
            partition: self.partition.clone(),
            hash: self.hash,
            run: self.run.clone(),
            at: self.at,
            page: self.page,
            record: self.record,
            column: self.column.clone(),
            reason: self.reason.clone(),
            key: self.key.clone(),
            raw: Bytes::from(raw),
        }
    }
}
