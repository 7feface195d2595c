//! Looking into a folder that nobody has to be writing to.

use super::entry::What;
use super::log::Log;
use super::opening::fault;
use super::place::Place;
use super::{quarantine, runs};
use crate::event::{Outcome, Receipt};
use crate::fault::Fault;
use crate::sinks::desk::Offload;
use crate::sinks::ledger::missing;
use crate::sinks::lock::{self, Lock, Unlockable};
use crate::sinks::{Books, QuarantineEntry, StoredState};
use crate::state::PartitionKey;
use futures_util::future::BoxFuture;
use std::path::PathBuf;

/// The ledger of a folder, for people.
pub struct JsonlBooks {
    place: Place,
    offload: Offload,
}

impl JsonlBooks {
    pub fn new(root: impl Into<PathBuf>, offload: Offload) -> Self {
        Self { place: Place { root: root.into() }, offload }
    }

    async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<R, Fault> + Send + 'static,
    ) -> Result<R, Fault> {
        let place = self.place.clone();
        self.offload
            .run(move || {
                if !place.ledger().exists() {
                    return Err(missing("read the ledger", place.name()));
                }
                work(&place)
            })
            .await
    }
}

impl Books for JsonlBooks {
    fn states(&mut self) -> BoxFuture<'_, Result<Vec<StoredState>, Fault>> {
        Box::pin(self.with(|place| {
            let mut states = Vec::new();
            for (connection, streams) in Log::read(place)?.fold.streams {
                for (stream, kept) in streams {
                    states.extend(kept.book.stored(&connection, &stream));
                }
            }
            Ok(states)
        }))
    }

    fn forget<'a>(
        &'a mut self,
        connection: &'a str,
        stream: &'a str,
        partition: Option<&'a PartitionKey>,
    ) -> BoxFuture<'a, Result<u64, Fault>> {
        let (connection, stream, partition) = (connection.to_owned(), stream.to_owned(), partition.cloned());
        Box::pin(self.with(move |place| {
            let _lock = match Lock::take(&place.lock()) {
                Ok(lock) => lock,
                Err(Unlockable::Held) => {
                    let holder = runs::holder(place);
                    let holder = holder.as_ref().map(|(pid, run)| (*pid, run.as_str()));
                    return Err(lock::held_by(&place.name(), holder));
                }
                Err(Unlockable::Failed(error)) => return Err(place.failed(&error)),
            };
            let mut log = Log::read(place)?;
            let Some(kept) = log.fold.stream(&connection, &stream) else { return Ok(0) };
            let count = kept.book.clone().forget(partition.as_ref());
            let what = What::Forget { connection, stream, partition };
            log.add(place, None, "state rm", what).map_err(fault)?;
            Ok(count)
        }))
    }

    fn receipts(&mut self) -> BoxFuture<'_, Result<Vec<Receipt>, Fault>> {
        Box::pin(self.with(|place| {
            let nobody = Lock::is_free(&place.lock());
            let mut receipts = runs::all(place).map_err(|error| place.failed(&error))?;
            for receipt in receipts.iter_mut().filter(|receipt| nobody && receipt.outcome == Outcome::Running) {
                receipt.outcome = Outcome::Interrupted;
            }
            Ok(receipts)
        }))
    }

    fn quarantine(&mut self) -> BoxFuture<'_, Result<Vec<QuarantineEntry>, Fault>> {
        Box::pin(self.with(|place| {
            let mut entries = Vec::new();
            for (connection, streams) in &Log::read(place)?.fold.streams {
                for (name, stream) in streams {
                    let shown = |generation| generation == stream.book.current || generation == 0;
                    let kept = quarantine::read(place, stream)?;
                    let kept = kept.iter().filter(|refused| shown(refused.generation));
                    entries.extend(kept.map(|refused| refused.entry(connection, name)));
                }
            }
            Ok(entries)
        }))
    }
}

/// Lists the files that readers of a folder read, by stream: relative to it, in the order they were written.
pub fn listed(root: &std::path::Path) -> Result<std::collections::BTreeMap<(String, String), Vec<PathBuf>>, Fault> {
    let place = Place { root: root.to_owned() };
    let mut files = std::collections::BTreeMap::new();
    for (connection, streams) in Log::read(&place)?.fold.streams {
        for (stream, kept) in streams {
            files.insert((connection.clone(), stream), kept.shown.into_iter().map(|file| file.path.into()).collect());
        }
    }
    Ok(files)
}
