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
    /// A run began.
    RunStarted {
        /// The identifier of the run.
        run: String,
        /// The connector's name.
        connector: String,
        /// The destination, without secrets.
        target: String,
        /// The streams that are read.
        streams: Vec<String>,
        /// When it happened.
        at: Timestamp,
    },
    /// What holds in this run, in the user's words: where filters run, which limits were raised.
    Settings {
        /// The stream that it is about; none: all.
        stream: Option<String>,
        /// The setting, in a sentence.
        text: String,
    },
    /// A stream is read from now on.
    StreamStarted {
        /// The stream.
        stream: String,
        /// How its rows are written.
        mode: String,
        /// The begin of the pass that goes on, if an earlier run did not finish it.
        resumed_from: Option<Timestamp>,
    },
    /// A page arrived and was read.
    Page {
        /// The stream.
        stream: String,
        /// The partition, `{}` where there is one only.
        partition: String,
        /// The number of the page, from 0.
        index: u64,
        /// Records received.
        records: u64,
        /// Records that do not fit.
        refused: u64,
        /// Bytes received.
        bytes: u64,
        /// What the API says there is in all.
        claimed: Option<u64>,
    },
    /// Nothing can be asked for now.
    Waiting {
        /// The stream.
        stream: String,
        /// What it waits for.
        why: String,
        /// Until when, where it is known.
        until: Option<Timestamp>,
    },
    /// A request is sent again.
    Retrying {
        /// The stream.
        stream: String,
        /// The partition, `{}` where there is one only.
        partition: String,
        /// How often it was sent.
        attempt: u32,
        /// Milliseconds until it is sent again.
        wait_ms: u64,
        /// Whose matter the failure is.
        kind: FaultKind,
        /// What happened.
        message: String,
    },
    /// A quota as it stands.
    Quota {
        /// The name of the quota.
        quota: String,
        /// How much is left, where the API says it.
        remaining: Option<u64>,
        /// Until when, where it is known.
        until: Option<Timestamp>,
    },
    /// A record does not fit its columns.
    Refused {
        /// The stream.
        stream: String,
        /// The partition, `{}` where there is one only.
        partition: String,
        /// The number of the page, from 0.
        page: u64,
        /// Counts from 0 within the page.
        record: u64,
        /// The column that it does not fit.
        column: Option<String>,
        /// Why it does not fit.
        reason: String,
    },
    /// Rows and the state that covers them are durable.
    Committed {
        /// The number of the commit.
        seq: u64,
        /// Rows by stream.
        rows: Vec<(String, u64)>,
        /// When it happened.
        at: Timestamp,
    },
    /// A partition ended: by a sign, or by a failure.
    PartitionEnded {
        /// The stream.
        stream: String,
        /// The partition, `{}` where there is one only.
        partition: String,
        /// The sign by which it ended.
        sign: Option<EndSign>,
        /// Why it is not complete.
        failure: Option<Failure>,
    },
    /// A stream ended: what became of it.
    StreamEnded {
        /// What became of the stream.
        receipt: StreamReceipt,
    },
    /// The run ended: what became of it.
    RunEnded {
        /// What became of the run.
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
    Destination,
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
            Kind::Destination => Self::Destination,
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
