//! Destinations. A destination is the ledger of its own state: rows, refused rows and the state that covers them become
//! durable together, and there is no second store to disagree with it.
//!
//! A sink takes [`CommitUnit`]s in order. Each is durable as a whole or not at all; `(fence, seq)` tells whether one is.
//! A new kind takes one file (or folder) here and three lines in [`kind`].

mod book;
mod column;
mod definition;
mod desk;
mod failpoint;
mod json_line;
pub mod jsonl;
pub mod kind;
mod ledger;
mod lock;
pub mod memory;
mod private;
mod refusals;
pub mod sqlite;
pub mod stdout;
mod unit;
mod written;

pub use desk::{Offload, SinkOptions};
pub use failpoint::{FailAction, Failpoint};
pub use ledger::{Books, Building, Known, Ledger, LedgerStream, Opening, QuarantineEntry, StoredState};
pub use unit::{
    Abilities, Cadence, Changes, CommitFault, CommitUnit, Counts, EdgeChange, Facts, Fence, Mode, Promotion, Refused,
    Rows, Staged, StreamCounts, StreamPart, StreamTarget,
};

use crate::event::Receipt;
use crate::fault::Fault;
use crate::state::{Generation, PartitionKey};
use futures_util::future::BoxFuture;

/// Returns the key under which a ledger keeps a child's own position in its parent, among the states of the child.
pub fn edge_key(edge: &str) -> PartitionKey {
    PartitionKey::from_text(&format!("edge:{edge}"))
}

/// A destination with its ledger. One writer calls it, one call after the other.
pub trait Sink: Send {
    fn abilities(&self) -> Abilities;

    /// Where it is, without secrets.
    fn place(&self) -> String;

    /// Takes the lock and the next fence, tells of a run that was killed, cleans what is unlisted.
    fn open<'a>(&'a mut self, opening: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>>;

    /// Returns the states of partitions, in the order asked.
    fn states<'a>(&'a mut self, stream: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>>;

    /// Creates the stream's table, adds columns, widens them, or refuses; binds the stream's state to its digest.
    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>>;

    /// Begins the next generation of a replaced stream, or returns the one being built if it is young enough.
    fn build<'a>(
        &'a mut self,
        target: &'a StreamTarget,
        now: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<Building, Fault>>;

    /// Writes rows where no reader sees them before the commit. Only called if [`Abilities::stages`].
    fn stage<'a>(&'a mut self, part: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>>;

    /// Makes what is staged survive a crash, with the state that covers it; the next holder adopts it.
    fn checkpoint<'a>(&'a mut self, unit: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>>;

    /// Makes a unit durable: all of it or nothing.
    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>>;

    /// Says whether a unit became durable whose commit had an unknown outcome.
    fn committed(&mut self, fence: Fence, seq: u64) -> BoxFuture<'_, Result<bool, Fault>>;

    /// Lets readers see a generation: the swap. Of the current one it does nothing.
    fn promote<'a>(
        &'a mut self,
        stream: &'a str,
        to: Generation,
        promotion: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>>;

    /// Keeps the receipt and gives the lock back.
    fn close<'a>(&'a mut self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>>;
}
