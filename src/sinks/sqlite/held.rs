//! A database that is open to be written, and what happens to it in one transaction each.

use super::file::{self, Wal};
use super::rows::{self, Tally};
use super::stream::{Shaped, StreamRow};
use super::tables::{self, signed};
use super::trouble::{Tried, Trouble, refused};
use super::{shape, states};
use crate::event::Receipt;
use crate::fault::{Fault, Kind};
use crate::sinks::failpoint::Failpoint;
use crate::sinks::lock::Lock;
use crate::sinks::written::{self, Fraction};
use crate::sinks::{
    Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, Opening, StreamCounts, StreamTarget,
};
use crate::state::PartitionKey;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The connection comes before the lock: it is closed first.
pub(super) struct Held {
    pub(super) db: Connection,
    wal: Wal,
    tally: Arc<Tally>,
    pub(super) place: String,
    pub(super) fence: Fence,
    pub(super) connection: String,
    run: String,
    /// When the run began, as deleted rows and refused records say it.
    now: String,
    pub(super) streams: BTreeMap<String, Shaped>,
    /// What the next commit's receipt should tell.
    notes: Vec<(String, String)>,
    pub(super) failpoint: Failpoint,
    _lock: Lock,
}

impl Held {
    pub(super) fn open(
        path: &Path,
        place: &str,
        opening: &Opening,
        failpoint: Failpoint,
        lock: Lock,
    ) -> Tried<(Self, Ledger)> {
        let mut db = file::connect(path)?;
        tables::check_format(&db, place)?;
        let transaction = begin(&mut db)?;
        let fence = tables::take(&transaction, opening.pid, &opening.run, &opening.connection)?;
        let interrupted = tables::interrupt(&transaction, &opening.connection)?;
        tables::keep_receipt(&transaction, &opening.connection, &opening.receipt)?;
        tables::sweep(&transaction)?;
        let seq: i64 =
            transaction.query_row("select coalesce(max(seq), 0) from _weir_commits", [], |row| row.get(0))?;
        let streams = StreamRow::all(&transaction, &opening.connection)?;
        transaction.commit()?;
        // From now on an empty file is a loss, not a beginning.
        _ = lock.mark();
        let ledger = Ledger {
            fence,
            next_seq: tables::unsigned(seq) + 1,
            streams: streams.iter().map(|row| (row.stream.clone(), row.ledger(fence))).collect(),
            interrupted,
        };
        let mut now = Vec::new();
        let micros = opening.now.as_microsecond();
        written::instant(micros, 6, Fraction::Fixed, &mut now);
        let held = Self {
            tally: Tally::listen(&mut db)?,
            db,
            wal: Wal::of(path),
            place: place.to_owned(),
            fence,
            connection: opening.connection.clone(),
            run: opening.run.clone(),
            now: String::from_utf8_lossy(&now).into_owned(),
            streams: BTreeMap::new(),
            notes: Vec::new(),
            failpoint,
            _lock: lock,
        };
        Ok((held, ledger))
    }

    pub(super) fn states(&self, stream: &str, of: &[PartitionKey]) -> Tried<Vec<Known>> {
        let row = match self.streams.get(stream) {
            Some(shaped) => Some(shaped.row.id),
            None => StreamRow::find(&self.db, &self.connection, stream)?.map(|row| row.id),
        };
        let Some(id) = row else { return Ok(vec![Known::default(); of.len()]) };
        of.iter().map(|partition| states::known(&self.db, id, partition)).collect()
    }

    pub(super) fn shape(&mut self, target: &StreamTarget) -> Tried<Changes> {
        let transaction = begin(&mut self.db)?;
        tables::touch(&transaction, self.fence)?;
        let shape = shape::shape(&transaction, &self.connection, target)?;
        transaction.commit()?;
        self.notes.extend(shape.notes.into_iter().map(|note| (target.stream.clone(), note)));
        self.streams.insert(target.stream.clone(), shape.shaped);
        Ok(shape.changes)
    }

    pub(super) fn commit(&mut self, unit: &CommitUnit) -> Tried<Counts> {
        self.failpoint.hit("sqlite.before_begin")?;
        let transaction = begin(&mut self.db)?;
        tables::touch(&transaction, unit.fence)?;
        if is_done(&transaction, unit.fence, unit.seq)? {
            return Ok(Counts::default());
        }
        let mut counts = Counts::default();
        for part in &unit.parts {
            let shaped = known_stream(&mut self.streams, &part.stream)?;
            states::change(&transaction, shaped, part)?;
            self.failpoint.hit("sqlite.after_state")?;
            let done = rows::write(&transaction, shaped, part, &self.tally, &self.now)?;
            let refused = states::refuse(&transaction, shaped.row.id, part, &self.run, &self.now)?;
            states::pend(&transaction, shaped.row.id, &part.pending)?;
            add(counts.streams.entry(part.stream.clone()).or_default(), done, refused);
        }
        record(&transaction, unit.fence, unit.seq, &self.run)?;
        self.failpoint.hit("sqlite.before_commit")?;
        finish(transaction, unit.fence, unit.seq)?;
        after(&self.failpoint, "sqlite.after_commit")?;
        self.wal.bring_back(&self.db);
        counts.notes = std::mem::take(&mut self.notes);
        Ok(counts)
    }

    pub(super) fn committed(&self, fence: Fence, seq: u64) -> Tried<bool> {
        is_listed(&self.db, fence, seq)
    }

    pub(super) fn bring_back(&mut self) {
        self.wal.bring_back(&self.db);
    }

    pub(super) fn run(&self) -> &str {
        &self.run
    }

    pub(super) fn close(mut self, receipt: &Receipt) -> Tried<()> {
        let transaction = begin(&mut self.db)?;
        tables::touch(&transaction, self.fence)?;
        tables::keep_receipt(&transaction, &self.connection, receipt)?;
        transaction.execute("delete from _weir_deleted", [])?;
        transaction.execute("update _weir_lock set pid = null, run = null, connection = null", [])?;
        transaction.commit()?;
        // The last one to close brings the log back; a reader in the way is no failure.
        _ = self.db.close();
        Ok(())
    }
}

pub(super) fn begin(db: &mut Connection) -> Tried<Transaction<'_>> {
    Ok(db.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Commits. If SQLite says that it failed, the ledger itself tells what is true.
pub(super) fn finish(mut transaction: Transaction<'_>, fence: Fence, seq: u64) -> Tried<()> {
    transaction.set_drop_behavior(rusqlite::DropBehavior::Ignore);
    let Err(error) = transaction.execute_batch("commit") else { return Ok(()) };
    if !transaction.is_autocommit() {
        _ = transaction.execute_batch("rollback");
    }
    match is_listed(&transaction, fence, seq) {
        Ok(true) => Ok(()),
        Ok(false) => Err(error.into()),
        Err(_) => Err(CommitFault::Unknown(Trouble::Sqlite(error).into_fault("the database")).into()),
    }
}

/// After a commit nothing can be refused any more.
pub(super) fn after(failpoint: &Failpoint, name: &'static str) -> Tried<()> {
    match failpoint.hit(name) {
        Ok(()) => Ok(()),
        Err(injected) if injected.is_crash() => Err(injected.into()),
        Err(injected) => Err(CommitFault::Unknown(injected.fault()).into()),
    }
}

/// Writes the number of a commit: it is what tells whether one is durable.
pub(super) fn record(db: &Connection, fence: Fence, seq: u64, run: &str) -> Tried<()> {
    db.prepare_cached("insert into _weir_commits(seq, fence, run) values(?1, ?2, ?3)")?.execute(params![
        signed(seq),
        signed(fence),
        run
    ])?;
    Ok(())
}

/// Says whether a unit is durable already; a number that somebody else took means another holder.
pub(super) fn is_done(db: &Connection, fence: Fence, seq: u64) -> Tried<bool> {
    let mut look = db.prepare_cached("select fence from _weir_commits where seq = ?1")?;
    let found: Option<i64> = look.query_row([signed(seq)], |row| row.get(0)).optional()?;
    match found {
        None => Ok(false),
        Some(other) if other == signed(fence) => Ok(true),
        Some(_) => {
            let said = format!("commit {seq} was made by another run");
            Err(CommitFault::Fenced(Fault::new(Kind::Internal, "commit", said)).into())
        }
    }
}

fn is_listed(db: &Connection, fence: Fence, seq: u64) -> Tried<bool> {
    let mut look = db.prepare_cached("select 1 from _weir_commits where seq = ?1 and fence = ?2")?;
    Ok(look.query_row([signed(seq), signed(fence)], |_| Ok(())).optional()?.is_some())
}

pub(super) fn known_stream<'a>(streams: &'a mut BTreeMap<String, Shaped>, stream: &str) -> Tried<&'a mut Shaped> {
    streams.get_mut(stream).ok_or_else(|| {
        let said = format!("stream {stream} was not shaped before it was written");
        refused(Fault::new(Kind::Internal, "commit", said))
    })
}

fn add(to: &mut StreamCounts, done: rows::Done, refused: u64) {
    let plus = |kept: &mut Option<u64>, more: u64| *kept = Some(kept.unwrap_or(0) + more);
    plus(&mut to.created, done.created);
    plus(&mut to.updated, done.updated);
    plus(&mut to.unchanged, done.unchanged);
    plus(&mut to.deleted, done.deleted);
    to.refused += refused;
}
