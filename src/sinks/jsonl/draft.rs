//! A unit as it can be written down before it is listed: what a checkpoint keeps and the next holder adopts.

use super::entry::{FORMAT, Segment};
use super::place::Place;
use crate::sinks::book::StateWritten;
use crate::sinks::private;
use crate::sinks::refusals::RefusedWritten;
use crate::state::{Digest, Generation, PartitionKey, Pending};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::PathBuf;

/// Rows that are durable, and the state that covers them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    format: u32,
    pub(super) seq: u64,
    /// The number of the last entry that changed anything before it.
    pub(super) after: u64,
    pub(super) parts: Vec<DraftPart>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftPart {
    pub(super) connection: String,
    pub(super) stream: String,
    pub(super) generation: Generation,
    pub(super) hidden: bool,
    pub(super) files: Vec<DraftFile>,
    pub(super) refused: Vec<RefusedWritten>,
    pub(super) states: Vec<StateWritten>,
    pub(super) added: Vec<Pending>,
    pub(super) finished: Vec<(PartitionKey, Digest)>,
}

/// As much of a staged file as was durable then.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftFile {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) segments: Vec<Segment>,
}

impl Draft {
    pub(super) fn new(seq: u64, after: u64, parts: Vec<DraftPart>) -> Self {
        Self { format: FORMAT, seq, after, parts }
    }

    fn path(place: &Place, epoch: u64) -> PathBuf {
        place.staged(epoch).join("state")
    }

    pub(super) fn write(&self, place: &Place, epoch: u64) -> io::Result<()> {
        private::replace(&Self::path(place, epoch), &serde_json::to_vec(self).map_err(io::Error::other)?)
    }

    /// Reads what an earlier holder left; what can't be understood was never listed and is read again from the source.
    pub(super) fn read(place: &Place, epoch: u64) -> Option<Self> {
        let text = fs::read(Self::path(place, epoch)).ok()?;
        serde_json::from_slice::<Self>(&text).ok().filter(|draft| draft.format == FORMAT)
    }

    pub(super) fn remove(place: &Place, epoch: u64) -> io::Result<()> {
        private::remove(&Self::path(place, epoch))
    }
}
