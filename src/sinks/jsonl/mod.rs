//! JSON lines in files: `DIR/<table>/*.jsonl`, and a ledger in `DIR/_weir/`.
//!
//! Rows are staged under `_weir/staged/<epoch>/`, made durable, linked to a name that is never overwritten (a function of
//! stream, generation, the state versions the unit began with, and content), and then listed with their state in
//! `_weir/commits/<number>`, which is created once. Opening takes the next number itself: it is the fence. Lock, fence and
//! numbers are per folder; states, streams and receipts are per connection.
//!
//! Who reads the list ([`listed`]) sees each unit exactly once, at every instant. Who reads `DIR/<table>/*.jsonl` sees the
//! same after a run that ended; while one runs, or after a crash until the next, a file may be there that is about to be
//! listed, and during a swap the files of both generations. A generation that is being built stands in `_weir/building/`.
//!
//! Files can't change rows: append and replace only. Duplicates of a key within a replaced table stay.

mod books;
mod draft;
mod entry;
mod generation;
mod held;
mod log;
mod opening;
mod place;
mod quarantine;
mod runs;
mod staging;

pub use books::{JsonlBooks, listed};

use super::book::check_owner;
use super::column::ColumnKind;
use super::desk::{Desk, SinkOptions, not_open};
use super::{
    Abilities, Building, Cadence, Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, Mode, Opening,
    Promotion, Sink, Staged, StreamPart, StreamTarget,
};
use crate::event::Receipt;
use crate::fault::{Fault, Kind};
use crate::state::{Generation, PartitionKey};
use entry::{Listed, Shaped, What};
use futures_util::future::BoxFuture;
use held::{Held, Tried, failed};
use opening::fault;
use place::Place;
use std::path::PathBuf;
use std::time::Duration;

/// A folder of JSON lines as a destination.
pub struct JsonlSink {
    place: Place,
    options: SinkOptions,
    desk: Desk<Held>,
}

impl JsonlSink {
    pub fn new(root: impl Into<PathBuf>, options: SinkOptions) -> Self {
        Self { place: Place { root: root.into() }, desk: Desk::new(options.offload), options }
    }

    async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> Tried<R> + Send + 'static,
    ) -> Result<R, CommitFault> {
        let name = self.place.clone();
        self.desk
            .place(move |place| {
                let Some(held) = place else { return Err(CommitFault::Failed(not_open())) };
                let mut tried = work(held);
                if let Err(held::Halt::Files(_)) = &tried
                    && let Some(lost) = log::is_lost(&name, &held.log)
                {
                    tried = Err(CommitFault::Fenced(lost).into());
                }
                if tried.as_ref().is_err_and(|halt| halt.is_crash()) {
                    *place = None;
                }
                tried.map_err(|halt| halt.into_commit(&name))
            })
            .await
    }
}

fn shape(held: &mut Held, target: &StreamTarget) -> Tried<Changes> {
    let told = |fault| held::Halt::Told(CommitFault::Failed(fault));
    if target.mode == Mode::Upsert {
        let said = format!(
            "stream {}: files can't change rows that are written; use --mode append or replace, or a database",
            target.stream
        );
        return Err(failed(Kind::Config, said));
    }
    for field in target.schema.fields() {
        ColumnKind::of(field).map_err(told)?;
    }
    let fold = &held.log.fold;
    let all = fold.streams.iter().flat_map(|(connection, streams)| {
        streams.iter().map(|(stream, kept)| (connection.as_str(), stream.as_str(), kept.book.table.as_str()))
    });
    check_owner(target, &held.connection, all.filter(|(.., table)| !table.is_empty())).map_err(told)?;
    let kept = fold.stream(&held.connection, &target.stream).cloned();
    let created = kept.is_none();
    let mut stream = kept.unwrap_or_default();
    let folder = place::folder(&target.table);
    let path = held.place.root.join(&folder);
    if created && path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        return Err(failed(Kind::Config, format!("{} is a link, which is not followed", path.display())));
    }
    if created && place::names(&path).unwrap_or_default().iter().any(|name| place::is_data(name)) {
        let said = format!("{} holds files that weir did not write; choose another folder", path.display());
        return Err(failed(Kind::Config, said));
    }
    let is_lost = |file: &&Listed| !held.place.root.join(&file.path).exists();
    let lost: Vec<String> = stream.shown.iter().filter(is_lost).map(|file| file.path.clone()).collect();
    // A state that was forgotten keeps only the numbers that go on.
    let is_known = stream.book.digest.is_some() && stream.book.has_state();
    if let Some(lost) = lost.first().filter(|_| target.mode == Mode::Append && is_known) {
        let said =
            format!("{lost} is gone, but the state says what was written there; run `weir state rm` to read it again");
        return Err(failed(Kind::Config, said));
    }
    if stream.book.bind(target).map_err(told)? {
        let shaped = Shaped {
            connection: held.connection.clone(),
            stream: target.stream.clone(),
            table: target.table.clone(),
            folder,
            digest: target.digest,
            definition: target.definition.clone(),
            lost,
        };
        held.log.add(&held.place, Some(held.fence), &held.run, What::Shape(Box::new(shaped)))?;
    }
    held.targets.insert(target.stream.clone(), target.clone());
    Ok(Changes { created, ..Changes::default() })
}

impl Sink for JsonlSink {
    fn abilities(&self) -> Abilities {
        Abilities {
            modes: &[Mode::Append, Mode::Replace],
            cadence: Cadence { bytes: 128 << 20, time: Duration::from_mins(5), every_page: false },
            stages: true,
            checkpoint: Some(Duration::from_secs(2)),
            many_partitions: false,
            eager: false,
        }
    }

    fn place(&self) -> String {
        self.place.name()
    }

    fn open<'a>(&'a mut self, opening: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        let (place, opening, failpoint) = (self.place.clone(), opening.clone(), self.options.failpoint.clone());
        Box::pin(self.desk.place(move |on_it| {
            *on_it = None;
            let (held, ledger) = opening::open(&place, &opening, failpoint).map_err(fault)?;
            *on_it = Some(held);
            Ok(ledger)
        }))
    }

    fn states<'a>(&'a mut self, stream: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        let (stream, of) = (stream.to_owned(), of.to_vec());
        let look = move |held: &mut Held| -> Tried<Vec<Known>> {
            let kept = held.log.fold.stream(&held.connection, &stream);
            Ok(of.iter().map(|partition| kept.map_or_else(Known::default, |kept| kept.book.known(partition))).collect())
        };
        Box::pin(async move { self.with(look).await.map_err(fault) })
    }

    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        let target = target.clone();
        Box::pin(async move { self.with(move |held| shape(held, &target)).await.map_err(fault) })
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
        let part = part.clone();
        Box::pin(async move { self.with(move |held| held.stage(&part)).await.map_err(fault) })
    }

    fn checkpoint<'a>(&'a mut self, unit: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        let unit = unit.clone();
        Box::pin(async move { self.with(move |held| held.checkpoint(&unit)).await.map_err(fault) })
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        Box::pin(self.with(move |held| held.commit(&unit)))
    }

    fn committed(&mut self, fence: Fence, seq: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        // The list itself is asked: what is in memory may be older than it.
        let place = self.place.clone();
        let look = move |_: &mut Held| {
            let log = log::Log::read(&place).map_err(|fault| held::Halt::Told(CommitFault::Failed(fault)))?;
            Ok(log.fold.has_unit(fence, seq))
        };
        Box::pin(async move { self.with(look).await.map_err(fault) })
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
        let (receipt, place) = (receipt.clone(), self.place.clone());
        Box::pin(self.desk.place(move |on_it| {
            let mut held = on_it.take().ok_or_else(not_open)?;
            runs::keep(&place, held.fence, &held.connection, &receipt).map_err(|error| place.failed(&error))?;
            held.tidy();
            _ = std::fs::remove_dir_all(place.staged(held.fence));
            runs::leave(&place);
            Ok(())
        }))
    }
}
