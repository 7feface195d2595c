//! What a run tells while it goes on, and what it tells at its end. Plain data; the schemas in `schemas/` come from
//! these types.

mod exit;
mod receipt;
mod sign;

pub use exit::Exit;
pub use receipt::{Coverage, Failure, Note, Outcome, Quality, Receipt, StreamReceipt, Unread};
pub use sign::{EndSign, Limit};

use crate::fault::Kind;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that happened in a run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    RunStarted {
        run: String,
        connector: String,
        /// The destination, without secrets.
        target: String,
        streams: Vec<String>,
        at: Timestamp,
    },
    /// What holds in this run, in the user's words: where filters run, which limits were raised.
    Settings {
        stream: Option<String>,
        text: String,
    },
    StreamStarted {
        stream: String,
        mode: String,
        /// The begin of the pass that goes on, if an earlier run did not finish it.
        resumed_from: Option<Timestamp>,
    },
    /// A page arrived and was read.
    Page {
        stream: String,
        partition: String,
        index: u64,
        /// Records received.
        records: u64,
        refused: u64,
        bytes: u64,
        /// What the API says there is in all.
        claimed: Option<u64>,
    },
    /// Nothing can be asked for now.
    Waiting {
        stream: String,
        why: String,
        until: Option<Timestamp>,
    },
    /// A request is sent again.
    Retrying {
        stream: String,
        partition: String,
        attempt: u32,
        wait_ms: u64,
        kind: FaultKind,
        message: String,
    },
    /// A quota as it stands.
    Quota {
        quota: String,
        remaining: Option<u64>,
        until: Option<Timestamp>,
    },
    /// A record does not fit its columns.
    Refused {
        stream: String,
        partition: String,
        page: u64,
        /// Counts from 0 within the page.
        record: u64,
        column: Option<String>,
        reason: String,
    },
    /// Rows and the state that covers them are durable.
    Committed {
        seq: u64,
        /// Rows by stream.
        rows: Vec<(String, u64)>,
        at: Timestamp,
    },
    PartitionEnded {
        stream: String,
        partition: String,
        sign: Option<EndSign>,
        failure: Option<Failure>,
    },
    StreamEnded {
        receipt: StreamReceipt,
    },
    RunEnded {
        receipt: Receipt,
    },
}

/// Whose matter a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    Config,
    Auth,
    Quota,
    Network,
    Source,
    Data,
    Contract,
    Internal,
}

impl From<Kind> for FaultKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Config => Self::Config,
            Kind::Auth => Self::Auth,
            Kind::Quota => Self::Quota,
            Kind::Network => Self::Network,
            Kind::Source => Self::Source,
            Kind::Data => Self::Data,
            Kind::Contract => Self::Contract,
            Kind::Internal => Self::Internal,
        }
    }
}

/// Takes events. It must be quick: the run waits for it.
pub trait Listener: Send + Sync {
    fn tell(&self, event: &Event);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deaf;

impl Listener for Deaf {
    fn tell(&self, _: &Event) {}
}
