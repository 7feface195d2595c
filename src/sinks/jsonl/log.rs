//! The commit list: numbered entries, each created once and never changed.
//!
//! An entry is its JSON, a line end, and the digest of the JSON. It is written beside, made durable, and then linked to its
//! number: whoever finds the number taken has lost the destination. A reader takes the newest entry that holds all, and
//! those after it.

use super::entry::{Entry, FORMAT, Fold, What};
use super::place::{Place, names};
use crate::fault::{Fault, Kind};
use crate::sinks::{CommitFault, private};
use crate::state::Digest;
use std::fs;
use std::io;
use std::path::PathBuf;

/// An entry that holds all is written again after so many.
const EVERY: u64 = 64;

/// The list as it was read.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The number of the last entry.
    pub(super) last: u64,
    pub(super) fold: Fold,
    /// How many entries follow the newest one that holds all.
    since_all: u64,
}

impl Log {
    pub(super) fn read(place: &Place) -> Result<Self, Fault> {
        let listed = match names(&place.commits()) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(place.failed(&error)),
        };
        let numbers: Vec<u64> = listed.iter().filter_map(|name| name.parse().ok()).collect();
        let mut log = Self::default();
        let mut entries = Vec::new();
        for number in numbers.iter().rev() {
            let entry = read_entry(place, *number)?;
            let holds_all = entry.all.is_some();
            entries.push((*number, entry));
            if holds_all {
                break;
            }
        }
        let Some((first, oldest)) = entries.last() else { return Ok(log) };
        if *first != 1 && oldest.all.is_none() {
            return Err(place.unreadable(&format!("commit {} is missing", first - 1)));
        }
        log.last = first - 1;
        for (number, entry) in entries.into_iter().rev() {
            if number != log.last + 1 {
                return Err(place.unreadable(&format!("commit {} is missing", log.last + 1)));
            }
            log.take(number, entry);
        }
        Ok(log)
    }

    fn take(&mut self, number: u64, entry: Entry) {
        self.last = number;
        if let Some(all) = entry.all {
            (self.fold, self.since_all) = (*all, 0);
        } else {
            self.fold.apply(number, entry.fence, entry.what);
            self.since_all += 1;
        }
    }

    /// Adds an entry; `None` as fence: its own number.
    pub(super) fn add(&mut self, place: &Place, fence: Option<u64>, run: &str, what: What) -> Result<u64, CommitFault> {
        let number = self.last + 1;
        let fence = fence.unwrap_or(number);
        let mut entry = Entry { format: FORMAT, fence, run: run.to_owned(), what, all: None };
        if self.since_all + 1 >= EVERY {
            let mut fold = self.fold.clone();
            fold.apply(number, fence, entry.what.clone());
            entry.all = Some(Box::new(fold));
        }
        let durable = write_entry(place, number, fence, &entry).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CommitFault::Fenced(fenced()),
            _ => CommitFault::Failed(place.failed(&error)),
        })?;
        let holds_all = entry.all.is_some();
        self.take(number, entry);
        durable.map_err(|error| CommitFault::Unknown(place.failed(&error)))?;
        // A slot that is free again must not be taken for a number: who finds later ones has lost.
        if has_later(place, number) {
            return Err(CommitFault::Fenced(fenced()));
        }
        if holds_all {
            forget_before(place, number);
        }
        Ok(number)
    }
}

/// Removes entries that are not needed any more. The last ones stay for readers that are in the middle.
fn forget_before(place: &Place, number: u64) {
    let Ok(listed) = names(&place.commits()) else { return };
    let old = listed.iter().filter(|name| name.parse::<u64>().is_ok_and(|found| found + EVERY < number));
    old.for_each(|name| _ = private::remove(&place.commits().join(name)));
}

fn fenced() -> Fault {
    Fault::new(Kind::Destination, "commit", "another run has taken over the destination")
}

fn path(place: &Place, number: u64) -> PathBuf {
    place.commits().join(format!("{number:020}"))
}

/// Says whether somebody else has written since: an older holder's files may be gone by now.
pub(super) fn is_lost(place: &Place, log: &Log) -> Option<Fault> {
    has_later(place, log.last).then(fenced)
}

fn has_later(place: &Place, number: u64) -> bool {
    names(&place.commits())
        .is_ok_and(|listed| listed.iter().any(|name| name.parse::<u64>().is_ok_and(|found| found > number)))
}

/// Lists an entry; the inner result says whether it is known to survive a crash.
fn write_entry(place: &Place, number: u64, fence: u64, entry: &Entry) -> io::Result<io::Result<()>> {
    let mut text = serde_json::to_vec(entry).map_err(io::Error::other)?;
    let sum = Digest::of([&text]);
    text.extend_from_slice(format!("\n{sum}\n").as_bytes());
    let beside = private::write_beside(&place.commits().join(format!("{number:020}-{fence}")), &text)?;
    let linked = fs::hard_link(&beside, path(place, number));
    _ = private::remove(&beside);
    linked?;
    Ok(private::sync_folder(&place.commits()))
}

fn read_entry(place: &Place, number: u64) -> Result<Entry, Fault> {
    let text =
        fs::read(path(place, number)).map_err(|error| place.unreadable(&format!("commit {number} ({error})")))?;
    let broken = |what: &str| place.unreadable(&format!("commit {number} {what}"));
    let body = text.strip_suffix(b"\n").and_then(|text| text.len().checked_sub(33).map(|at| text.split_at(at)));
    let Some((json, sum)) = body else { return Err(broken("is cut off")) };
    if sum[1..] != *Digest::of([json]).to_string().as_bytes() {
        return Err(broken("is damaged"));
    }
    let newer =
        |value: &serde_json::Value| value.get("format").and_then(serde_json::Value::as_u64) > Some(FORMAT.into());
    match serde_json::from_slice::<Entry>(json) {
        Ok(entry) if entry.format <= FORMAT => Ok(entry),
        Ok(_) => Err(too_new(place)),
        Err(_) if serde_json::from_slice(json).is_ok_and(|value| newer(&value)) => Err(too_new(place)),
        Err(error) => Err(broken(&format!("can't be understood ({error})"))),
    }
}

fn too_new(place: &Place) -> Fault {
    let said = format!("{} was written by a newer version of weir; use that version", place.name());
    Fault::new(Kind::Destination, "read the ledger", said)
}
