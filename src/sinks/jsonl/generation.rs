//! Replace: files of a new generation are written beside, and one entry of the list shows them.

use super::entry::{Listed, What};
use super::held::{Held, Tried, failed, folder_of};
use super::staging::{Naming, publish};
use crate::fault::Kind;
use crate::sinks::book::{BookBuilding, columns};
use crate::sinks::{Building, CommitFault, Counts, Promotion, StreamCounts, StreamTarget};
use crate::state::{Digest, Generation};
use std::collections::BTreeSet;

/// Begins the next generation, or returns the one being built if it still fits.
pub(super) fn build(held: &mut Held, target: &StreamTarget, now: jiff::Timestamp) -> Tried<Building> {
    held.failpoint.hit("replace.before_build")?;
    let (stream, _) = held.stream(&target.stream)?;
    if let Some(building) = stream.book.still_building(target, now) {
        return Ok(building.told(held.fence));
    }
    let generation = stream.book.next_generation();
    let building = BookBuilding { generation, since: now, begun_by: held.fence, columns: columns(target) };
    let what = What::Build { connection: held.connection.clone(), stream: target.stream.clone(), building };
    held.log.add(&held.place, Some(held.fence), &held.run, what)?;
    held.tidy();
    Ok(Building { generation, since: now, found: false })
}

/// Shows a generation.
pub(super) fn promote(held: &mut Held, stream: &str, to: Generation, promotion: &Promotion) -> Tried<Counts> {
    held.failpoint.hit("replace.before_swap")?;
    let (kept, target) = held.stream(stream)?;
    if kept.book.current == to || held.log.fold.has_unit(promotion.fence, promotion.seq) {
        return Ok(Counts::default());
    }
    if kept.book.building.as_ref().is_none_or(|building| building.generation != to) {
        return Err(failed(Kind::Internal, format!("stream {stream} has no generation {to} to be shown")));
    }
    let (kept, tagged) = (kept.clone(), target.tagged);
    let (files, vanished, removed) = found(held, stream, &kept.hidden, to, promotion, tagged)?;
    let rows = |files: &[Listed]| files.iter().map(|file| file.rows).sum::<u64>();
    let is_refused = !promotion.allow_empty && rows(&files) == 0 && rows(&kept.shown) > 0;
    if promotion.gives_up || is_refused {
        // The next run reads again: an empty generation is nothing to go on with.
        let what = What::Drop { connection: held.connection.clone(), stream: stream.to_owned() };
        held.log.add(&held.place, Some(held.fence), &held.run, what)?;
        held.tidy();
        if promotion.gives_up {
            return Ok(Counts::default());
        }
        let said = format!(
            "stream {stream} was read without a row, so its files stay as they were; `--allow-empty` lets an empty result take their place"
        );
        return Err(failed(Kind::Source, said));
    }
    let mut shown = Vec::new();
    let folder = folder_of(&kept, false, to);
    for file in &files {
        let from = held.place.root.join(&file.path);
        let name = from.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let holds = Listed { segments: Vec::new(), ..file.clone() };
        shown.push(publish(&held.place, held.fence, &from, &folder, &name, holds)?);
    }
    held.failpoint.hit("replace.in_swap")?;
    let removed = removed.into_iter().chain(files.into_iter().map(|file| file.path)).collect();
    let what = What::Promote {
        seq: promotion.seq,
        connection: held.connection.clone(),
        stream: stream.to_owned(),
        to,
        files: shown,
        removed,
    };
    held.failpoint.hit("replace.before_commit")?;
    held.log.add(&held.place, Some(held.fence), &held.run, what)?;
    match held.failpoint.hit("replace.after_swap") {
        Err(injected) if !injected.is_crash() => return Err(CommitFault::Unknown(injected.fault()).into()),
        other => other?,
    }
    held.tidy();
    _ = std::fs::remove_dir(held.place.root.join(folder_of(&kept, true, to)));
    let mut counts = Counts::default();
    counts.streams.insert(stream.to_owned(), StreamCounts { deleted: Some(vanished), ..StreamCounts::default() });
    Ok(counts)
}

/// Leaves out the rows of partitions that the finishing run did not find: files, rows that went, files that went.
fn found(
    held: &mut Held,
    stream: &str,
    hidden: &[Listed],
    to: Generation,
    promotion: &Promotion,
    tagged: bool,
) -> Tried<(Vec<Listed>, u64, Vec<String>)> {
    let Some(found) = &promotion.found else { return Ok((hidden.to_vec(), 0, Vec::new())) };
    if !tagged {
        let said = format!("the rows of stream {stream} do not say of which partition they are");
        return Err(failed(Kind::Internal, said));
    }
    let found: BTreeSet<Digest> = found.iter().map(|partition| partition.digest()).collect();
    let (mut files, mut gone, mut removed) = (Vec::new(), 0, Vec::new());
    for file in hidden {
        let lost: u64 = file.segments.iter().filter(|of| !found.contains(&of.partition)).map(|of| of.rows).sum();
        if lost == 0 {
            files.push(file.clone());
            continue;
        }
        gone += lost;
        removed.push(file.path.clone());
        let naming = Naming { stream, generation: to, versions: &[] };
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        files.extend(held.without(file, &folder, &naming, |segment| !found.contains(&segment.partition))?);
    }
    Ok((files, gone, removed))
}
