//! SQLite: one database file that holds tables and ledger, written by one run at a time.
//!
//! A unit is one transaction, which begins by touching the ledger's row with its own fence. Fence, commit numbers and
//! lock are per database; states, streams and receipts are per connection.
//!
//! Types: integer → INTEGER, number → REAL, boolean → BOOLEAN (0 and 1), bytes → BLOB, everything else → TEXT. A decimal
//! keeps its digits as text. Timestamps are `YYYY-MM-DDTHH:MM:SS.ffffffZ` (nine digits for `timestamp(ns)`), so that
//! texts compare as the instants do. Columns that begin with `_weir_` are ours: `_weir_order` is the position as bytes
//! that compare, where its column could have cut it; `_weir_partition` and `_weir_pass` say which read wrote a row.

mod bind;
mod books;
mod drift;
mod file;
mod generation;
mod held;
mod layout;
mod rows;
mod shape;
mod statements;
mod states;
mod stream;
mod swap;
mod tables;
mod trouble;

pub use books::SqliteBooks;

use super::desk::{Desk, SinkOptions, not_open};
use super::failpoint::Failpoint;
use super::lock::{self, Lock, Unlockable};
use super::private;
use super::{
    Abilities, Building, Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, Opening, Promotion, Sink,
    Staged, StreamPart, StreamTarget,
};
use crate::event::Receipt;
use crate::fault::{Fault, Kind};
use crate::state::{Generation, PartitionKey};
use futures_util::future::BoxFuture;
use held::Held;
use std::path::{Path, PathBuf};
use trouble::Tried;

/// A SQLite database as a destination.
pub struct SqliteSink {
    path: PathBuf,
    options: SinkOptions,
    desk: Desk<Held>,
}

impl SqliteSink {
    pub fn new(path: impl Into<PathBuf>, options: SinkOptions) -> Self {
        Self { path: path.into(), desk: Desk::new(options.offload), options }
    }

    /// Works with the open database. What was made to crash is gone, with its lock.
    async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> Tried<R> + Send + 'static,
    ) -> Result<R, CommitFault> {
        self.desk
            .place(move |place| {
                let Some(held) = place else { return Err(CommitFault::Failed(not_open())) };
                let tried = work(held);
                let name = held.place.clone();
                if tried.as_ref().is_err_and(|trouble| trouble.is_crash()) {
                    *place = None;
                }
                tried.map_err(|trouble| trouble.into_commit(&name))
            })
            .await
    }
}

fn fault(fault: CommitFault) -> Fault {
    match fault {
        CommitFault::Refused(fault)
        | CommitFault::Conflict(fault)
        | CommitFault::Fenced(fault)
        | CommitFault::Unknown(fault)
        | CommitFault::Failed(fault) => fault,
    }
}

fn open(path: &Path, place: &str, opening: &Opening, failpoint: Failpoint) -> Result<(Held, Ledger), Fault> {
    if let Some(above) = private::parent(path).filter(|above| !above.exists()) {
        private::folder(&above).map_err(|error| file::unusable(place, error))?;
    }
    let lock = match Lock::take(&lock::beside(path)) {
        Ok(lock) => lock,
        Err(Unlockable::Held) => {
            return Err(match file::look_into(path) {
                Ok(db) => books::held_by(&db, place),
                Err(_) => lock::held_by(place, None),
            });
        }
        Err(Unlockable::Failed(error)) => return Err(file::unusable(place, error)),
    };
    file::create(path, place, &lock)?;
    Held::open(path, place, opening, failpoint, lock).map_err(|trouble| trouble.into_fault(place))
}

impl Sink for SqliteSink {
    fn abilities(&self) -> Abilities {
        Abilities::TABLES
    }

    fn place(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }

    fn open<'a>(&'a mut self, opening: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        let (path, place, failpoint) = (self.path.clone(), self.place(), self.options.failpoint.clone());
        let opening = opening.clone();
        Box::pin(self.desk.place(move |on_it| {
            // Opened again, it takes a new fence.
            *on_it = None;
            let (held, ledger) = open(&path, &place, &opening, failpoint)?;
            *on_it = Some(held);
            Ok(ledger)
        }))
    }

    fn states<'a>(&'a mut self, stream: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        let (stream, of) = (stream.to_owned(), of.to_vec());
        Box::pin(async move { self.with(move |held| held.states(&stream, &of)).await.map_err(fault) })
    }

    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        let target = target.clone();
        Box::pin(async move { self.with(move |held| held.shape(&target)).await.map_err(fault) })
    }

    fn build<'a>(
        &'a mut self,
        target: &'a StreamTarget,
        now: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<Building, Fault>> {
        let target = target.clone();
        Box::pin(async move { self.with(move |held| generation::build(held, &target, now)).await.map_err(fault) })
    }

    fn stage<'a>(&'a mut self, part: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>> {
        let said = format!("rows of stream {} can't be staged in a database", part.stream);
        Box::pin(std::future::ready(Err(Fault::new(Kind::Internal, "stage", said))))
    }

    fn checkpoint<'a>(&'a mut self, _: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        Box::pin(self.with(move |held| held.commit(&unit)))
    }

    fn committed(&mut self, fence: Fence, seq: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move { self.with(move |held| held.committed(fence, seq)).await.map_err(fault) })
    }

    fn promote<'a>(
        &'a mut self,
        stream: &'a str,
        to: Generation,
        promotion: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>> {
        let (stream, promotion) = (stream.to_owned(), promotion.clone());
        Box::pin(self.with(move |held| generation::promote(held, &stream, to, &promotion)))
    }

    fn close<'a>(&'a mut self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>> {
        let (receipt, place) = (receipt.clone(), self.place());
        Box::pin(self.desk.place(move |on_it| {
            let held = on_it.take().ok_or_else(not_open)?;
            held.close(&receipt).map_err(|trouble| trouble.into_fault(&place))
        }))
    }
}
