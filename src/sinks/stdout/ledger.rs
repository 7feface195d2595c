//! The ledger of a destination that keeps nothing itself: one file, or memory.
//!
//! The file is written beside and renamed, the generation before it stays as `FILE.prev`. It holds a sum of itself, so that
//! one that was cut or changed stops a run instead of beginning it anew.

use crate::event::{Outcome, Receipt};
use crate::fault::{Fault, Kind};
use crate::sinks::book::{BookStream, abandoned, states_of};
use crate::sinks::lock::{self, Lock, Unlockable};
use crate::sinks::refusals::{self, RefusedWritten};
use crate::sinks::{CommitFault, CommitUnit, Fence, Ledger, Opening, private};
use crate::state::Digest;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

const FORMAT: u32 = 1;
/// So many receipts are kept.
const RECEIPTS: usize = 50;
/// A larger file is not written with each page, but after this time: rows are said again rather than the disk worn out.
const LARGE: usize = 256 << 10;
const SELDOM: Duration = Duration::from_secs(1);

/// What the file holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    fence: Fence,
    next_seq: u64,
    pub(super) streams: BTreeMap<String, BTreeMap<String, KeptStream>>,
    pub(super) receipts: Vec<(String, Receipt)>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptStream {
    pub(super) book: BookStream,
    pub(super) refused: Vec<RefusedWritten>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    sum: Digest,
    ledger: Box<RawValue>,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The ledger while a run holds it.
pub(super) struct FileLedger {
    path: Option<PathBuf>,
    pub(super) kept: Kept,
    pub(super) connection: String,
    run: String,
    now: jiff::Timestamp,
    done: BTreeSet<u64>,
    written: Option<(Instant, usize)>,
    _lock: Option<Lock>,
}

impl FileLedger {
    pub(super) fn open(path: Option<&Path>, opening: &Opening) -> Result<(Self, Ledger), Fault> {
        let mut lock = None;
        let mut kept = Kept::default();
        if let Some(path) = path {
            if let Some(above) = private::parent(path).filter(|above| !above.exists()) {
                private::folder(&above).map_err(|error| failed(path, &error))?;
            }
            let taken = take(path)?;
            taken.sign(opening.pid, &opening.run).map_err(|error| failed(path, &error))?;
            lock = Some(taken);
            kept = read(path)?.unwrap_or_default();
        }
        kept.fence += 1;
        let mut interrupted = None;
        for (of, receipt) in kept.receipts.iter_mut().filter(|(_, receipt)| receipt.outcome == Outcome::Running) {
            receipt.outcome = Outcome::Interrupted;
            if *of == opening.connection {
                interrupted = Some(receipt.clone());
            }
        }
        kept.receipts.push((opening.connection.clone(), opening.receipt.clone()));
        let streams = kept.streams.get(&opening.connection).into_iter().flatten();
        let ledger = Ledger {
            fence: kept.fence,
            next_seq: kept.next_seq.max(1),
            streams: streams.map(|(name, stream)| (name.clone(), stream.book.ledger(kept.fence))).collect(),
            interrupted,
        };
        let mut own = Self {
            path: path.map(Path::to_owned),
            kept,
            connection: opening.connection.clone(),
            run: opening.run.clone(),
            now: opening.now,
            done: BTreeSet::new(),
            written: None,
            _lock: lock,
        };
        // A file that is there says who holds it; a new one comes with its first state: it is never an empty one.
        if own.path.as_ref().is_some_and(|path| path.exists()) {
            own.write()?;
        }
        Ok((own, ledger))
    }

    pub(super) fn is_done(&self, fence: Fence, seq: u64) -> bool {
        fence == self.kept.fence && self.done.contains(&seq)
    }

    pub(super) fn stream(&mut self, stream: &str) -> &mut KeptStream {
        let streams = self.kept.streams.entry(self.connection.clone()).or_default();
        streams.entry(stream.to_owned()).or_default()
    }

    pub(super) fn check(&mut self, unit: &CommitUnit) -> Result<(), CommitFault> {
        for part in &unit.parts {
            self.stream(&part.stream).book.check(&part.stream, &states_of(part))?;
        }
        Ok(())
    }

    /// Moves the state over rows that are out. Returns how many refused records are new, by stream.
    pub(super) fn commit(&mut self, unit: CommitUnit) -> Result<BTreeMap<String, u64>, Fault> {
        let (run, now) = (self.run.clone(), self.now);
        let mut new = BTreeMap::new();
        for part in unit.parts {
            let states = states_of(&part);
            let stream = self.stream(&part.stream);
            let abandoned = abandoned(part.generation, &states);
            stream.refused.retain(|kept| {
                let digest = kept.partition.digest();
                !abandoned.iter().any(|gone| gone.generation == kept.generation && gone.holds(&digest, kept.pass))
            });
            for refused in refusals::of_part(&part, &run, now) {
                let before = stream.refused.len();
                stream.refused.retain(|kept| kept.own_key() != refused.own_key());
                *new.entry(part.stream.clone()).or_insert(0) += u64::from(stream.refused.len() == before);
                stream.refused.push(refused);
            }
            stream.book.set(states);
            stream.book.pend(part.pending);
        }
        self.done.insert(unit.seq);
        self.kept.next_seq = unit.seq + 1;
        let seldom = self.written.is_some_and(|(at, length)| length > LARGE && at.elapsed() < SELDOM);
        if !seldom {
            self.write()?;
        }
        Ok(new)
    }

    pub(super) fn close(mut self, receipt: &Receipt) -> Result<(), Fault> {
        self.kept.receipts.retain(|(_, kept)| kept.run != receipt.run);
        self.kept.receipts.push((self.connection.clone(), receipt.clone()));
        let over = self.kept.receipts.len().saturating_sub(RECEIPTS);
        self.kept.receipts.drain(..over);
        let nothing = self.kept.streams.values().flat_map(BTreeMap::values).all(|stream| stream.book.states.is_empty());
        if nothing && self.path.as_ref().is_some_and(|path| !path.exists()) {
            return Ok(());
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), Fault> {
        let Some(path) = &self.path else { return Ok(()) };
        let length = write(path, &self.kept)?;
        self.written = Some((Instant::now(), length));
        Ok(())
    }
}

pub(super) fn take(path: &Path) -> Result<Lock, Fault> {
    match Lock::take(&lock::beside(path)) {
        Ok(lock) => Ok(lock),
        Err(Unlockable::Held) => {
            let holder = Lock::signed(&lock::beside(path));
            let holder = holder.as_ref().map(|(pid, run)| (*pid, run.as_str()));
            Err(lock::held_by(&path.display().to_string(), holder))
        }
        Err(Unlockable::Failed(error)) => Err(failed(path, &error)),
    }
}

fn failed(path: &Path, error: &io::Error) -> Fault {
    let said = format!("the state file {} can't be written: {error}", path.display());
    Fault::new(Kind::Destination, "write the state", said)
}

/// Reads the file; one that is not there is nothing.
pub(super) fn read(path: &Path) -> Result<Option<Kept>, Fault> {
    let unreadable = |why: &str| {
        let before = previous(path);
        let offer = if before.exists() {
            format!("; the previous generation is in {}", before.display())
        } else {
            String::new()
        };
        let said = format!("state unreadable: {} {why}{offer}; nothing was read", path.display());
        Fault::new(Kind::Destination, "read the state", said)
    };
    let text = match fs::read(path) {
        Ok(text) => text,
        // One that was cut off before it was renamed leaves the generation before it.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !previous(path).exists() => return Ok(None),
        Err(error) => return Err(unreadable(&format!("can't be read ({error})"))),
    };
    if serde_json::from_slice::<Format>(&text).is_ok_and(|found| found.format > FORMAT) {
        let said = format!("{} was written by a newer version of weir; use that version", path.display());
        return Err(Fault::new(Kind::Destination, "read the state", said));
    }
    let written: Written =
        serde_json::from_slice(&text).map_err(|error| unreadable(&format!("is no state ({error})")))?;
    if written.sum != Digest::of([written.ledger.get()]) {
        return Err(unreadable("was changed or damaged"));
    }
    serde_json::from_str(written.ledger.get())
        .map(Some)
        .map_err(|error| unreadable(&format!("can't be understood ({error})")))
}

/// Writes the file, and keeps what it was. Returns its length.
pub(super) fn write(path: &Path, kept: &Kept) -> Result<usize, Fault> {
    let tried = || -> io::Result<usize> {
        let ledger = serde_json::value::to_raw_value(kept).map_err(io::Error::other)?;
        let written = Written { format: FORMAT, sum: Digest::of([ledger.get()]), ledger };
        let mut text = serde_json::to_vec(&written).map_err(io::Error::other)?;
        text.push(b'\n');
        let before = previous(path);
        if path.exists() {
            private::remove(&before)?;
            fs::hard_link(path, &before)?;
        }
        private::replace(path, &text)?;
        Ok(text.len())
    };
    tried().map_err(|error| failed(path, &error))
}

fn previous(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".prev");
    PathBuf::from(name)
}
