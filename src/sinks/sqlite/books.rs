//! Looking into a database that nobody has to be writing to.

use super::file;
use super::held::begin;
use super::states::read_state;
use super::stream::read_digest;
use super::tables::{check_format, read_receipt, unsigned, written};
use super::trouble::{Tried, Trouble, refused};
use crate::event::{Outcome, Receipt};
use crate::fault::Fault;
use crate::sinks::desk::Offload;
use crate::sinks::ledger::missing;
use crate::sinks::lock::{self, Lock, Unlockable};
use crate::sinks::{Books, QuarantineEntry, StoredState};
use crate::state::{PartitionKey, PartitionState};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use rusqlite::{Connection, params};
use std::path::PathBuf;

/// The ledger of a SQLite database, for people.
pub struct SqliteBooks {
    path: PathBuf,
    offload: Offload,
}

impl SqliteBooks {
    pub fn new(path: impl Into<PathBuf>, offload: Offload) -> Self {
        Self { path: path.into(), offload }
    }

    async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Tried<R> + Send + 'static,
    ) -> Result<R, Fault> {
        let place = Place { name: format!("sqlite:{}", self.path.display()), path: self.path.clone() };
        self.offload.run(move || work(&place).map_err(|trouble| trouble.into_fault(&place.name))).await
    }
}

struct Place {
    path: PathBuf,
    name: String,
}

impl Place {
    fn look(&self) -> Tried<Option<Connection>> {
        if !self.path.exists() {
            return Err(refused(missing("read the ledger", &self.name)));
        }
        let db = file::look_into(&self.path)?;
        Ok(check_format(&db, &self.name)?.then_some(db))
    }
}

impl Books for SqliteBooks {
    fn states(&mut self) -> BoxFuture<'_, Result<Vec<StoredState>, Fault>> {
        Box::pin(self.with(|place| place.look()?.map_or(Ok(Vec::new()), |db| states(&db))))
    }

    fn forget<'a>(
        &'a mut self,
        connection: &'a str,
        stream: &'a str,
        partition: Option<&'a PartitionKey>,
    ) -> BoxFuture<'a, Result<u64, Fault>> {
        let (connection, stream, partition) = (connection.to_owned(), stream.to_owned(), partition.cloned());
        Box::pin(self.with(move |place| {
            let Some(mut db) = place.look()? else { return Ok(0) };
            let _lock = match Lock::take(&lock::beside(&place.path)) {
                Ok(lock) => lock,
                Err(Unlockable::Held) => return Err(refused(held_by(&db, &place.name))),
                Err(Unlockable::Failed(error)) => return Err(refused(file::unusable(&place.name, error))),
            };
            forget(&mut db, &connection, &stream, partition.as_ref())
        }))
    }

    fn receipts(&mut self) -> BoxFuture<'_, Result<Vec<Receipt>, Fault>> {
        Box::pin(self.with(|place| {
            let nobody = Lock::is_free(&lock::beside(&place.path));
            let mut receipts = place.look()?.map_or(Ok(Vec::new()), |db| receipts(&db))?;
            for receipt in receipts.iter_mut().filter(|receipt| nobody && receipt.outcome == Outcome::Running) {
                receipt.outcome = Outcome::Interrupted;
            }
            Ok(receipts)
        }))
    }

    fn quarantine(&mut self) -> BoxFuture<'_, Result<Vec<QuarantineEntry>, Fault>> {
        Box::pin(self.with(|place| place.look()?.map_or(Ok(Vec::new()), |db| quarantine(&db))))
    }
}

/// Tells who has the lock, as far as the ledger knows.
pub(super) fn held_by(db: &Connection, place: &str) -> Fault {
    let holder = db.query_row("select pid, run from _weir_lock where pid is not null", [], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
    });
    lock::held_by(place, holder.as_ref().ok().map(|(pid, run)| (*pid, run.as_str())))
}

fn states(db: &Connection) -> Tried<Vec<StoredState>> {
    let mut rows = db.prepare(
        "select s.connection, s.stream, p.key, p.version, p.state from _weir_state p join _weir_streams s on s.id = p.stream
         order by s.connection, s.stream, p.key",
    )?;
    let mut rows = rows.query([])?;
    let mut states = Vec::new();
    while let Some(row) = rows.next()? {
        states.push(StoredState {
            connection: row.get(0)?,
            stream: row.get(1)?,
            partition: PartitionKey::from_text(&row.get::<_, String>(2)?),
            version: unsigned(row.get(3)?),
            state: read_state(row.get::<_, Option<String>>(4)?.as_deref())?,
        });
    }
    Ok(states)
}

/// Forgets positions. The numbers of passes and versions go on: none may come twice.
fn forget(db: &mut Connection, connection: &str, stream: &str, partition: Option<&PartitionKey>) -> Tried<u64> {
    let transaction = begin(db)?;
    let digest = partition.map(|partition| *partition.digest().bytes());
    let kept: Vec<(i64, i64, Option<String>)> = {
        let mut rows = transaction.prepare(
            "select s.id, p.id, p.state from _weir_streams s left join _weir_state p on p.stream = s.id
             and (?3 is null or p.partition = ?3) where s.connection = ?1 and s.stream = ?2",
        )?;
        let rows = rows.query_map(params![connection, stream, digest], |row| {
            Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0), row.get(2)?))
        })?;
        rows.collect::<Result<_, _>>()?
    };
    let Some((stream, ..)) = kept.first() else { return Ok(0) };
    let mut count = 0;
    for (_, id, state) in &kept {
        // What can't be read any more is forgotten all the same.
        let pass = read_state(state.as_deref()).ok().flatten().map_or(0, |state| state.pass);
        let next = PartitionState { pass, ..PartitionState::default() };
        let next = (pass > 0).then(|| written(&next));
        count += transaction
            .execute("update _weir_state set version = version + 1, state = ?2 where id = ?1", params![id, next])?
            as u64;
    }
    transaction.execute(
        "delete from _weir_pending where stream = ?1 and (?2 is null or partition = ?2)",
        params![stream, digest],
    )?;
    if partition.is_none() {
        transaction.execute("update _weir_streams set digest = null where id = ?1", [stream])?;
    }
    transaction.commit()?;
    Ok(count)
}

fn receipts(db: &Connection) -> Tried<Vec<Receipt>> {
    let mut rows = db.prepare("select receipt from _weir_runs order by id desc")?;
    let texts: Vec<String> = rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    texts.iter().map(|text| read_receipt(text)).collect()
}

fn quarantine(db: &Connection) -> Tried<Vec<QuarantineEntry>> {
    let mut rows = db.prepare(
        "select s.connection, s.stream, q.generation, q.key_of, q.hash, q.run, q.at, q.page, q.record, q.field, q.reason,
         q.key, q.raw from _weir_quarantine q join _weir_streams s on s.id = q.stream
         where q.generation = s.generation or q.generation = 0 order by s.connection, s.stream, q.id",
    )?;
    let mut rows = rows.query([])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let at: String = row.get(6)?;
        entries.push(QuarantineEntry {
            connection: row.get(0)?,
            stream: row.get(1)?,
            generation: unsigned(row.get(2)?),
            partition: PartitionKey::from_text(&row.get::<_, String>(3)?),
            hash: read_digest(&row.get::<_, Vec<u8>>(4)?)?,
            run: row.get(5)?,
            at: at.parse().map_err(|error| Trouble::Unreadable(format!("the time of a refused record ({error})")))?,
            page: unsigned(row.get(7)?),
            record: unsigned(row.get(8)?),
            column: row.get(9)?,
            reason: row.get(10)?,
            key: row.get(11)?,
            raw: Bytes::from(row.get::<_, Vec<u8>>(12)?),
        });
    }
    Ok(entries)
}
