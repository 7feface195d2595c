//! Receipts, a file each, and who holds the destination.

use super::place::{Place, names};
use crate::event::{Outcome, Receipt};
use crate::sinks::{Opening, private};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    connection: String,
    receipt: Receipt,
}

#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    run: String,
}

/// So many receipts are kept.
const MOST: usize = 1000;

/// Keeps the receipt of a run that begins; tells of the newest of this connection that had no end.
pub(super) fn begin(place: &Place, fence: u64, opening: &Opening) -> io::Result<Option<Receipt>> {
    let mut interrupted = None;
    let all = names(&place.runs())?;
    for name in &all {
        let path = place.runs().join(name);
        let Some(mut kept) = read(&path) else { continue };
        if kept.receipt.outcome == Outcome::Running {
            kept.receipt.outcome = Outcome::Interrupted;
            private::replace(&path, &write(&kept)?)?;
            if kept.connection == opening.connection {
                interrupted = Some(kept.receipt);
            }
        }
    }
    for name in all.iter().rev().skip(MOST) {
        private::remove(&place.runs().join(name))?;
    }
    keep(place, fence, &opening.connection, &opening.receipt)?;
    let holder = Holder { pid: opening.pid, run: opening.run.clone() };
    private::replace(&place.holder(), &serde_json::to_vec(&holder).map_err(io::Error::other)?)?;
    Ok(interrupted)
}

pub(super) fn keep(place: &Place, fence: u64, connection: &str, receipt: &Receipt) -> io::Result<()> {
    let kept = Kept { connection: connection.to_owned(), receipt: receipt.clone() };
    private::replace(&place.runs().join(format!("{fence:020}.json")), &write(&kept)?)
}

/// Lists receipts, the newest first.
pub(super) fn all(place: &Place) -> io::Result<Vec<Receipt>> {
    let all = names(&place.runs())?;
    Ok(all.iter().rev().filter_map(|name| read(&place.runs().join(name))).map(|kept| kept.receipt).collect())
}

pub(super) fn holder(place: &Place) -> Option<(u32, String)> {
    let holder: Holder = serde_json::from_slice(&fs::read(place.holder()).ok()?).ok()?;
    Some((holder.pid, holder.run))
}

pub(super) fn leave(place: &Place) {
    _ = private::remove(&place.holder());
}

fn read(path: &std::path::Path) -> Option<Kept> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn write(kept: &Kept) -> io::Result<Vec<u8>> {
    serde_json::to_vec_pretty(kept).map_err(io::Error::other)
}
