//! Looking into a state file.

use super::ledger::{self, Kept};
use crate::event::{Outcome, Receipt};
use crate::fault::Fault;
use crate::sinks::ledger::missing;
use crate::sinks::lock::{self, Lock};
use crate::sinks::{Books, QuarantineEntry, StoredState};
use crate::state::PartitionKey;
use futures_util::future::BoxFuture;
use std::future::ready;
use std::path::PathBuf;

/// The ledger in a state file, for people.
pub struct FileBooks {
    path: PathBuf,
}

impl FileBooks {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn kept(&self) -> Result<Kept, Fault> {
        let there = ledger::read(&self.path)?;
        there.ok_or_else(|| missing("read the state", self.path.display()))
    }

    fn all_states(&self) -> Result<Vec<StoredState>, Fault> {
        let mut states = Vec::new();
        for (connection, streams) in self.kept()?.streams {
            for (stream, kept) in streams {
                states.extend(kept.book.stored(&connection, &stream));
            }
        }
        Ok(states)
    }

    fn forget_in(&self, connection: &str, stream: &str, partition: Option<&PartitionKey>) -> Result<u64, Fault> {
        let _lock = ledger::take(&self.path)?;
        let mut kept = self.kept()?;
        let found = kept.streams.get_mut(connection).and_then(|streams| streams.get_mut(stream));
        let Some(found) = found else { return Ok(0) };
        let count = found.book.forget(partition);
        ledger::write(&self.path, &kept)?;
        Ok(count)
    }

    fn all_receipts(&self) -> Result<Vec<Receipt>, Fault> {
        let nobody = Lock::is_free(&lock::beside(&self.path));
        let mut receipts: Vec<Receipt> = self.kept()?.receipts.into_iter().rev().map(|(_, receipt)| receipt).collect();
        for receipt in receipts.iter_mut().filter(|receipt| nobody && receipt.outcome == Outcome::Running) {
            receipt.outcome = Outcome::Interrupted;
        }
        Ok(receipts)
    }

    fn all_refused(&self) -> Result<Vec<QuarantineEntry>, Fault> {
        let mut entries = Vec::new();
        for (connection, streams) in &self.kept()?.streams {
            for (stream, kept) in streams {
                entries.extend(kept.refused.iter().map(|refused| refused.entry(connection, stream)));
            }
        }
        Ok(entries)
    }
}

impl Books for FileBooks {
    fn states(&mut self) -> BoxFuture<'_, Result<Vec<StoredState>, Fault>> {
        Box::pin(ready(self.all_states()))
    }

    fn forget<'a>(
        &'a mut self,
        connection: &'a str,
        stream: &'a str,
        partition: Option<&'a PartitionKey>,
    ) -> BoxFuture<'a, Result<u64, Fault>> {
        Box::pin(ready(self.forget_in(connection, stream, partition)))
    }

    fn receipts(&mut self) -> BoxFuture<'_, Result<Vec<Receipt>, Fault>> {
        Box::pin(ready(self.all_receipts()))
    }

    fn quarantine(&mut self) -> BoxFuture<'_, Result<Vec<QuarantineEntry>, Fault>> {
        Box::pin(ready(self.all_refused()))
    }
}
