//! The receipt: what a run read and wrote, what it did not, and how it knows.

use super::{EndSign, Exit, FaultKind, Limit};
use crate::fault::Fault;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run did. The exit code is derived from it, never set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of this form.
    pub format: u32,
    pub run: String,
    pub connector: String,
    /// The connector's version.
    pub version: Option<String>,
    /// The destination, without secrets.
    pub target: String,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub outcome: Outcome,
    pub streams: Vec<StreamReceipt>,
    pub requests: u64,
    pub bytes: u64,
    pub commits: u64,
    /// What hindered the whole run.
    pub failure: Option<Failure>,
    pub notes: Vec<Note>,
}

/// How a run ended as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on, or nobody has seen its end yet.
    Running,
    Finished,
    /// The user stopped it; what was read is committed.
    Cancelled,
    /// It was killed: told by the run after it.
    Interrupted,
}

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamReceipt {
    pub stream: String,
    pub mode: String,
    pub coverage: Coverage,
    pub quality: Quality,
    /// How many partitions ended by which sign.
    pub ends: BTreeMap<EndSign, u64>,
    pub partitions: u64,
    /// Records received.
    pub read: u64,
    /// Rows handed to the destination.
    pub written: u64,
    pub created: Option<u64>,
    pub updated: Option<u64>,
    pub unchanged: Option<u64>,
    pub deleted: Option<u64>,
    /// Rows whose key came before in the same pass.
    pub duplicates: u64,
    /// What the API said there is in all.
    pub claimed: Option<u64>,
    pub pages: u64,
    pub requests: u64,
    pub retries: u64,
    /// Time spent waiting because the API asked for it.
    pub waited_ms: u64,
    /// A complete read holds what stood at the source then: the begin of its pass.
    pub as_of: Option<Timestamp>,
    /// The begin of the pass that an earlier run left unfinished.
    pub resumed_from: Option<Timestamp>,
    pub notes: Vec<Note>,
}

/// How much of a stream was read. `complete` needs a sign from the source; it is never a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Coverage {
    Complete,
    /// Some partitions are complete, others not.
    Partial {
        unread: Vec<Unread>,
        /// How many partitions are not complete; the list may be shorter.
        count: u64,
    },
    Failed {
        failure: Failure,
    },
    /// It was not begun, because of what it depends on.
    Skipped {
        cause: String,
    },
    /// It ended where it was asked to end.
    Asked {
        limit: Limit,
        /// The source may have more.
        more: bool,
    },
}

/// A partition that is not complete, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    pub partition: String,
    /// What of it is covered, as the API writes positions.
    pub covered_to: Option<String>,
    pub failure: Failure,
}

/// Whether all records fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Clean,
    /// So many records were refused; they stand in the quarantine.
    Refused(u64),
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub kind: FaultKind,
    pub message: String,
    /// Trying again later may help.
    pub temporary: bool,
}

impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Self {
        Self { kind: fault.kind().into(), message: fault.to_string(), temporary: fault.is_temporary() }
    }
}

/// Something worth knowing that is no failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// A word that stays the same, for programs.
    pub code: String,
    pub text: String,
    pub count: u64,
    /// The read may be incomplete because of it: the receipt is not clean.
    pub suspicious: bool,
}

impl StreamReceipt {
    pub fn new(stream: &str, mode: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            mode: mode.to_owned(),
            coverage: Coverage::Skipped { cause: "it was not begun".into() },
            quality: Quality::Clean,
            ends: BTreeMap::new(),
            partitions: 0,
            read: 0,
            written: 0,
            created: None,
            updated: None,
            unchanged: None,
            deleted: None,
            duplicates: 0,
            claimed: None,
            pages: 0,
            requests: 0,
            retries: 0,
            waited_ms: 0,
            as_of: None,
            resumed_from: None,
            notes: Vec::new(),
        }
    }

    /// Adds a note; one of the same code and text is counted.
    pub fn note(&mut self, code: &str, text: impl Into<String>, suspicious: bool) {
        let text = text.into();
        match self.notes.iter_mut().find(|note| note.code == code && note.text == text) {
            Some(note) => note.count += 1,
            None => self.notes.push(Note { code: code.to_owned(), text, count: 1, suspicious }),
        }
    }

    /// Says whether it is complete, without refused records and without a suspicion.
    pub fn is_clean(&self) -> bool {
        let covered = matches!(self.coverage, Coverage::Complete | Coverage::Asked { limit: Limit::Rows, .. });
        covered && self.quality == Quality::Clean && !self.notes.iter().any(|note| note.suspicious)
    }

    fn failures(&self) -> Vec<&Failure> {
        match &self.coverage {
            Coverage::Failed { failure } => vec![failure],
            Coverage::Partial { unread, .. } => unread.iter().map(|unread| &unread.failure).collect(),
            _ => Vec::new(),
        }
    }
}

impl Receipt {
    /// Derives the exit code: the gravest of what happened.
    pub fn exit(&self) -> Exit {
        if matches!(self.outcome, Outcome::Cancelled | Outcome::Interrupted) {
            return Exit::Interrupted;
        }
        let failures = || self.streams.iter().flat_map(StreamReceipt::failures).chain(&self.failure);
        let any = |kind: FaultKind| failures().any(|failure| failure.kind == kind);
        let budget = self.streams.iter().any(|stream| {
            matches!(stream.coverage, Coverage::Asked { limit: Limit::Pages | Limit::Requests, more: true })
        });
        let complete = |stream: &StreamReceipt| matches!(stream.coverage, Coverage::Complete | Coverage::Asked { .. });
        if any(FaultKind::Config) {
            Exit::Config
        } else if any(FaultKind::Contract) {
            Exit::Contract
        } else if any(FaultKind::Auth) {
            Exit::Auth
        } else if any(FaultKind::Quota) || budget {
            Exit::Budget
        } else if self.failure.is_some() || (!self.streams.is_empty() && !self.streams.iter().any(complete)) {
            Exit::Failed
        } else if self.streams.iter().all(StreamReceipt::is_clean) {
            Exit::Ok
        } else {
            Exit::NotClean
        }
    }
}
