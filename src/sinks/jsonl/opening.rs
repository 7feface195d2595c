//! Opening a folder: the lock, the next number, what an earlier holder left.

use super::draft::Draft;
use super::entry::What;
use super::held::Held;
use super::log::Log;
use super::place::{Place, names};
use super::runs;
use super::staging::unpublish;
use crate::fault::Fault;
use crate::sinks::failpoint::Failpoint;
use crate::sinks::lock::{self, Lock, Unlockable};
use crate::sinks::private;
use crate::sinks::{CommitFault, Ledger, Opening};
use std::collections::BTreeMap;

pub(super) fn open(place: &Place, opening: &Opening, failpoint: Failpoint) -> Result<(Held, Ledger), CommitFault> {
    let failed = |error: std::io::Error| CommitFault::Failed(place.failed(&error));
    place.create().map_err(failed)?;
    let lock = match Lock::take(&place.lock()) {
        Ok(lock) => lock,
        Err(Unlockable::Held) => {
            let holder = runs::holder(place);
            let holder = holder.as_ref().map(|(pid, run)| (*pid, run.as_str()));
            return Err(CommitFault::Failed(lock::held_by(&place.name(), holder)));
        }
        Err(Unlockable::Failed(error)) => return Err(failed(error)),
    };
    let mut log = Log::read(place).map_err(CommitFault::Failed)?;
    if log.last == 0 && lock.is_marked() {
        return Err(CommitFault::Failed(place.unreadable("the list of commits is gone, which was there,")));
    }
    let fence = take(place, &mut log, &opening.run)?;
    _ = lock.mark();
    private::folder(&place.staged(fence)).map_err(failed)?;
    let interrupted = runs::begin(place, fence, opening).map_err(failed)?;
    let mut held = Held {
        place: place.clone(),
        log,
        fence,
        connection: opening.connection.clone(),
        run: opening.run.clone(),
        now: opening.now,
        failpoint,
        targets: BTreeMap::new(),
        staged: BTreeMap::new(),
        current: BTreeMap::new(),
        names: 0,
        ready: None,
        refused: BTreeMap::new(),
        buffer: Vec::with_capacity(1 << 20),
        _lock: lock,
    };
    held.failpoint.hit("jsonl.before_adopt").map_err(|injected| CommitFault::Failed(injected.fault()))?;
    adopt(&mut held)?;
    held.failpoint.hit("jsonl.before_clean").map_err(|injected| CommitFault::Failed(injected.fault()))?;
    clean(&mut held).map_err(failed)?;
    let fold = &held.log.fold;
    let streams = fold.streams.get(&opening.connection).into_iter().flatten();
    let ledger = Ledger {
        fence,
        next_seq: fold.next_seq.max(1),
        streams: streams.map(|(name, stream)| (name.clone(), stream.book.ledger(fence))).collect(),
        interrupted,
    };
    Ok((held, ledger))
}

/// Takes the next number as fence: an older holder's next commit finds it taken.
fn take(place: &Place, log: &mut Log, run: &str) -> Result<u64, CommitFault> {
    loop {
        match log.add(place, None, run, What::Open) {
            Err(CommitFault::Fenced(_)) => *log = Log::read(place).map_err(CommitFault::Failed)?,
            other => return other,
        }
    }
}

/// Lists what the last holder had made durable and could not list.
fn adopt(held: &mut Held) -> Result<(), CommitFault> {
    for epoch in epochs(&held.place, held.fence) {
        let Some(draft) = Draft::read(&held.place, epoch) else { continue };
        let fold = &held.log.fold;
        let fits = draft.after == fold.changed
            && draft.parts.iter().all(|part| {
                fold.stream(&part.connection, &part.stream).is_some_and(|stream| {
                    let building = stream.book.building.as_ref().map(|building| building.generation);
                    stream.book.check(&part.stream, &part.states).is_ok()
                        && (!part.hidden || building == Some(part.generation))
                })
            });
        if !fits {
            continue;
        }
        // What can't be adopted was never listed: it is read again from the source.
        let Ok(parts) = held.prepare(&draft, epoch) else { continue };
        let seq = held.log.fold.next_seq.max(1);
        held.log.add(&held.place, Some(held.fence), &held.run, What::Unit { seq, parts })?;
    }
    Ok(())
}

fn epochs(place: &Place, before: u64) -> Vec<u64> {
    let all = names(&place.all_staged()).unwrap_or_default();
    all.iter().filter_map(|name| name.parse().ok()).filter(|epoch| *epoch < before).collect()
}

/// Removes what older epochs staged and nobody lists. A name that another file has by now is left alone.
fn clean(held: &mut Held) -> std::io::Result<()> {
    for epoch in epochs(&held.place, held.fence) {
        let folder = held.place.staged(epoch);
        unpublish(&held.place, epoch, |path| held.log.fold.lists(path))?;
        std::fs::remove_dir_all(&folder)?;
    }
    held.tidy();
    Ok(())
}

/// Unwraps what opening tells: there is nothing to be repeated yet.
pub(super) fn fault(fault: CommitFault) -> Fault {
    match fault {
        CommitFault::Refused(fault)
        | CommitFault::Conflict(fault)
        | CommitFault::Fenced(fault)
        | CommitFault::Unknown(fault)
        | CommitFault::Failed(fault) => fault,
    }
}
