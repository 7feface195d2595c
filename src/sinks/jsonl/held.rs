//! A folder that is open to be written.

use super::draft::{Draft, DraftFile, DraftPart};
use super::entry::{FileStream, Listed, PartWritten, Segment, What};
use super::log::Log;
use super::place::{Place, is_data};
use super::staging::{Naming, StagedFile, copy, unpublish};
use crate::fault::{Fault, Kind};
use crate::sinks::book::{self, Abandoned, states_of};
use crate::sinks::failpoint::{FailAction, Failpoint, Injected};
use crate::sinks::json_line::Lines;
use crate::sinks::lock::Lock;
use crate::sinks::refusals::{self, RefusedWritten};
use crate::sinks::{
    CommitFault, CommitUnit, Counts, Fence, Mode, Rows, Staged, StreamCounts, StreamPart, StreamTarget,
};
use crate::state::Generation;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

/// Why a step did not happen.
pub(super) enum Halt {
    Files(io::Error),
    Told(CommitFault),
    Injected(Injected),
}

pub(super) type Tried<T> = Result<T, Halt>;

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Files(error)
    }
}

impl From<CommitFault> for Halt {
    fn from(told: CommitFault) -> Self {
        Self::Told(told)
    }
}

impl From<Injected> for Halt {
    fn from(injected: Injected) -> Self {
        Self::Injected(injected)
    }
}

impl Halt {
    pub(super) fn is_crash(&self) -> bool {
        matches!(self, Self::Injected(injected) if injected.is_crash())
    }

    pub(super) fn into_commit(self, place: &Place) -> CommitFault {
        match self {
            Self::Files(error) => CommitFault::Failed(place.failed(&error)),
            Self::Told(told) => told,
            Self::Injected(injected) if injected.action == FailAction::Fail => CommitFault::Refused(injected.fault()),
            Self::Injected(injected) => CommitFault::Unknown(injected.fault()),
        }
    }
}

pub(super) fn failed(kind: Kind, said: String) -> Halt {
    Halt::Told(CommitFault::Failed(Fault::new(kind, "write files", said)))
}

pub(super) struct Held {
    pub(super) place: Place,
    pub(super) log: Log,
    pub(super) fence: Fence,
    pub(super) connection: String,
    pub(super) run: String,
    pub(super) now: jiff::Timestamp,
    pub(super) failpoint: Failpoint,
    pub(super) targets: BTreeMap<String, StreamTarget>,
    pub(super) staged: BTreeMap<String, StagedFile>,
    /// The staged file that a stream's rows go to now.
    pub(super) current: BTreeMap<(String, Generation), String>,
    pub(super) names: u64,
    /// A unit that was prepared and not listed yet: it is not prepared twice.
    pub(super) ready: Option<(u64, Vec<PartWritten>)>,
    /// Which refused records are kept already, of streams that had some.
    pub(super) refused: BTreeMap<(String, String), HashSet<u64>>,
    pub(super) buffer: Vec<u8>,
    pub(super) _lock: Lock,
}

impl Held {
    pub(super) fn stream(&self, stream: &str) -> Tried<(&FileStream, &StreamTarget)> {
        let known = self.log.fold.stream(&self.connection, stream);
        known
            .zip(self.targets.get(stream))
            .ok_or_else(|| failed(Kind::Internal, format!("stream {stream} was not shaped before it was written")))
    }

    pub(super) fn new_name(&mut self) -> String {
        self.names += 1;
        format!("{:06}.jsonl", self.names)
    }

    fn new_file(&mut self) -> Tried<String> {
        let name = self.new_name();
        let file = StagedFile::create(self.place.staged(self.fence).join(&name))?;
        self.staged.insert(name.clone(), file);
        Ok(name)
    }

    /// Writes rows to the open file of their stream.
    pub(super) fn stage(&mut self, part: &StreamPart) -> Tried<Staged> {
        self.stream(&part.stream)?;
        let key = (part.stream.clone(), part.generation);
        let open = self.current.get(&key).filter(|name| self.staged.get(*name).is_some_and(|file| !file.is_sealed()));
        let name = if let Some(name) = open {
            name.clone()
        } else {
            let name = self.new_file()?;
            self.current.insert(key, name.clone());
            name
        };
        let before = self.staged.get(&name).map_or((0, 0), |file| (file.so_far.rows, file.so_far.bytes));
        self.write(&name, part)?;
        self.failpoint.hit("jsonl.after_stage")?;
        let file = &self.staged[&name];
        Ok(Staged { name, rows: file.so_far.rows - before.0, bytes: file.so_far.bytes - before.1 })
    }

    /// Appends the rows of a part to a staged file.
    fn write(&mut self, name: &str, part: &StreamPart) -> Tried<()> {
        let target = &self.targets[&part.stream];
        let file = self.staged.get_mut(name).ok_or_else(|| failed(Kind::Internal, format!("{name} is not staged")))?;
        for rows in &part.rows {
            self.buffer.clear();
            let count = lines(target, part.mode, rows, self.now, &mut self.buffer)?;
            let tag = target.tagged.then(|| (rows.partition.digest(), rows.pass));
            file.append(&self.buffer, count, tag)?;
        }
        Ok(())
    }

    /// Writes down a unit; what is not staged yet goes to the file given for its part, or to one of its own.
    fn draft(&mut self, unit: &CommitUnit, seal: bool) -> Tried<Draft> {
        let mut parts = Vec::new();
        for part in &unit.parts {
            self.stream(&part.stream)?;
            let mut names: Vec<String> = Vec::new();
            for staged in &part.staged {
                if !names.contains(&staged.name) {
                    names.push(staged.name.clone());
                }
            }
            for name in &names {
                let claimed: u64 =
                    part.staged.iter().filter(|staged| staged.name == *name).map(|staged| staged.bytes).sum();
                let file = self.staged.get_mut(name);
                let Some(file) = file else { return Err(failed(Kind::Internal, format!("{name} is not staged"))) };
                if seal {
                    file.seal()?;
                }
                if file.so_far.bytes != claimed {
                    let said = format!("{name} holds {} bytes and is said to hold {claimed}", file.so_far.bytes);
                    return Err(failed(Kind::Internal, said));
                }
            }
            if part.rows.iter().any(|rows| rows.batch.num_rows() > 0) {
                let name = if let Some(name) = names.last().filter(|_| seal) {
                    name.clone()
                } else {
                    let name = self.new_file()?;
                    names.push(name.clone());
                    name
                };
                if let Some(file) = self.staged.get_mut(&name).filter(|file| seal && !file.is_sealed()) {
                    file.seal()?;
                }
                self.write(&name, part)?;
            }
            let mut files = Vec::new();
            for name in names {
                let file = &self.staged[&name];
                file.sync()?;
                let so_far = &file.so_far;
                files.push(DraftFile {
                    rows: so_far.rows,
                    bytes: so_far.bytes,
                    segments: so_far.segments.clone(),
                    name,
                });
            }
            parts.push(DraftPart {
                connection: self.connection.clone(),
                stream: part.stream.clone(),
                generation: part.generation,
                hidden: part.mode == Mode::Replace,
                files,
                refused: refusals::of_part(part, &self.run, self.now),
                states: states_of(part),
                added: part.pending.added.clone(),
                finished: part.pending.finished.clone(),
            });
        }
        Ok(Draft::new(unit.seq, self.log.fold.changed, parts))
    }

    /// Makes what is staged survive: the next holder lists it if this one can't.
    pub(super) fn checkpoint(&mut self, unit: &CommitUnit) -> Tried<()> {
        let draft = self.draft(unit, false)?;
        draft.write(&self.place, self.fence)?;
        self.failpoint.hit("jsonl.after_checkpoint")?;
        // Rows that were not staged are handed over again with the commit: their copy only served the checkpoint.
        let staged: BTreeSet<&str> =
            unit.parts.iter().flat_map(|part| &part.staged).map(|staged| staged.name.as_str()).collect();
        for file in draft.parts.iter().flat_map(|part| &part.files) {
            if !staged.contains(file.name.as_str()) {
                self.staged.remove(&file.name);
            }
        }
        Ok(())
    }

    pub(super) fn commit(&mut self, unit: &CommitUnit) -> Tried<Counts> {
        if self.log.fold.has_unit(unit.fence, unit.seq) {
            return Ok(Counts::default());
        }
        if unit.fence != self.fence {
            let said = format!("a unit of fence {} comes at fence {}", unit.fence, self.fence);
            return Err(CommitFault::Fenced(Fault::new(Kind::Internal, "commit", said)).into());
        }
        for part in &unit.parts {
            let (stream, _) = self.stream(&part.stream)?;
            stream.book.check(&part.stream, &states_of(part))?;
            let building = stream.book.building.as_ref().map(|building| building.generation);
            if part.mode == Mode::Replace && building != Some(part.generation) {
                return Err(failed(Kind::Internal, format!("generation {} is not being built", part.generation)));
            }
        }
        let parts = if let Some((_, parts)) = self.ready.take().filter(|(seq, _)| *seq == unit.seq) {
            parts
        } else {
            let draft = self.draft(unit, true)?;
            self.failpoint.hit("jsonl.after_stage")?;
            self.prepare(&draft, self.fence)?
        };
        let counts = self.counts(unit);
        self.ready = Some((unit.seq, parts.clone()));
        self.failpoint.hit("jsonl.after_rename")?;
        self.failpoint.hit("jsonl.before_list")?;
        self.log.add(&self.place, Some(self.fence), &self.run, What::Unit { seq: unit.seq, parts })?;
        self.ready = None;
        match self.failpoint.hit("jsonl.after_list") {
            Err(injected) if !injected.is_crash() => return Err(CommitFault::Unknown(injected.fault()).into()),
            other => other?,
        }
        for part in &unit.parts {
            for refused in refusals::of_part(part, &self.run, self.now) {
                let key = (self.connection.clone(), part.stream.clone());
                self.refused.entry(key).or_default().insert(refused.short_key());
            }
        }
        _ = Draft::remove(&self.place, self.fence);
        self.tidy();
        Ok(counts)
    }

    /// Gives staged rows their names in the destination. Nobody lists them yet.
    pub(super) fn prepare(&mut self, draft: &Draft, epoch: Fence) -> Tried<Vec<PartWritten>> {
        let mut parts = Vec::new();
        for part in &draft.parts {
            let versions: Vec<_> = part.states.iter().map(|state| (state.partition.digest(), state.expect)).collect();
            let naming = Naming { stream: &part.stream, generation: part.generation, versions: &versions };
            let (mut folder, mut abandoned, mut affected) = (String::new(), Vec::new(), Vec::new());
            if let Some(stream) = self.log.fold.stream(&part.connection, &part.stream) {
                folder = folder_of(stream, part.hidden, part.generation);
                abandoned = book::abandoned(part.generation, &part.states);
                let files = if part.hidden { &stream.hidden } else { &stream.shown };
                let loses = |file: &&Listed| file.segments.iter().any(|segment| is_abandoned(&abandoned, segment));
                affected = files.iter().filter(loses).cloned().collect();
            }
            let mut files = Vec::new();
            let mut removed = Vec::new();
            for file in affected {
                files.extend(self.without(&file, &folder, &naming, |segment| is_abandoned(&abandoned, segment))?);
                removed.push(file.path);
            }
            for file in &part.files {
                let mut copied = None;
                if epoch != self.fence {
                    let name = self.new_name();
                    let what = Listed {
                        path: String::new(),
                        rows: file.rows,
                        bytes: file.bytes,
                        segments: file.segments.clone(),
                    };
                    let from = self.place.staged(epoch).join(&file.name);
                    let copy = copy(&from, self.place.staged(self.fence).join(name), &what, |_| true)?;
                    copy.sync()?;
                    copied = Some(copy);
                }
                let Some(file) = copied.as_ref().or_else(|| self.staged.get(&file.name)) else { continue };
                if file.so_far.rows > 0 {
                    files.push(file.publish(&self.place, self.fence, &folder, &naming)?);
                }
            }
            let quarantine = self.quarantine(part, &naming)?;
            parts.push(PartWritten {
                connection: part.connection.clone(),
                stream: part.stream.clone(),
                generation: part.generation,
                hidden: part.hidden,
                files,
                removed,
                quarantine,
                abandoned,
                states: part.states.clone(),
                added: part.added.clone(),
                finished: part.finished.clone(),
            });
        }
        Ok(parts)
    }

    /// Writes a listed file again without some of its rows.
    pub(super) fn without(
        &mut self,
        file: &Listed,
        folder: &str,
        naming: &Naming<'_>,
        gone: impl Fn(&Segment) -> bool,
    ) -> Tried<Option<Listed>> {
        let name = self.new_name();
        let to = self.place.staged(self.fence).join(name);
        let copy = copy(&self.place.root.join(&file.path), to, file, |segment| !gone(segment))?;
        copy.sync()?;
        if copy.so_far.rows == 0 {
            return Ok(None);
        }
        Ok(Some(copy.publish(&self.place, self.fence, folder, naming)?))
    }

    fn quarantine(&mut self, part: &DraftPart, naming: &Naming<'_>) -> Tried<Option<String>> {
        if part.refused.is_empty() {
            return Ok(None);
        }
        let name = self.new_name();
        let mut file = StagedFile::create(self.place.staged(self.fence).join(name))?;
        for refused in &part.refused {
            let mut line = serde_json::to_vec::<RefusedWritten>(refused).map_err(io::Error::other)?;
            line.push(b'\n');
            file.append(&line, 1, None)?;
        }
        file.sync()?;
        Ok(Some(file.publish(&self.place, self.fence, "_weir/quarantine", naming)?.path))
    }

    fn counts(&mut self, unit: &CommitUnit) -> Counts {
        let mut counts = Counts::default();
        for part in &unit.parts {
            let deleted: usize = part.rows.iter().filter(|rows| rows.deleted).map(|rows| rows.batch.num_rows()).sum();
            let rows: u64 = part.staged.iter().map(|staged| staged.rows).sum::<u64>()
                + part.rows.iter().map(|rows| rows.batch.num_rows() as u64).sum::<u64>();
            let key = (self.connection.clone(), part.stream.clone());
            let known = self.refused.remove(&key).unwrap_or_else(|| self.known_refused(&part.stream));
            let new: HashSet<u64> = refusals::of_part(part, &self.run, self.now)
                .iter()
                .map(RefusedWritten::short_key)
                .filter(|key| !known.contains(key))
                .collect();
            self.refused.insert(key, known);
            let count: &mut StreamCounts = counts.streams.entry(part.stream.clone()).or_default();
            let plus = |kept: &mut Option<u64>, more: u64| *kept = Some(kept.unwrap_or(0) + more);
            plus(&mut count.created, rows.saturating_sub(deleted as u64));
            plus(&mut count.deleted, deleted as u64);
            count.refused += new.len() as u64;
        }
        counts
    }

    fn known_refused(&self, stream: &str) -> HashSet<u64> {
        let known = self.log.fold.stream(&self.connection, stream).filter(|stream| !stream.quarantine.is_empty());
        let read = known.map(|stream| super::quarantine::read(&self.place, stream).unwrap_or_default());
        read.unwrap_or_default().iter().map(RefusedWritten::short_key).collect()
    }

    /// Removes what is not needed after a commit. What can't be removed now is removed by the next holder.
    pub(super) fn tidy(&mut self) {
        let epoch = self.place.staged(self.fence);
        let sealed: Vec<String> =
            self.staged.iter().filter(|(_, file)| file.is_sealed()).map(|(name, _)| name.clone()).collect();
        for name in sealed {
            self.staged.remove(&name);
        }
        self.current.retain(|_, name| self.staged.contains_key(name));
        for name in super::place::names(&epoch).unwrap_or_default() {
            if is_data(&name) && !self.staged.contains_key(&name) {
                _ = crate::sinks::private::remove(&epoch.join(name));
            }
        }
        if self.ready.is_none() {
            _ = unpublish(&self.place, self.fence, |path| self.log.fold.lists(path));
        }
        let garbage = std::mem::take(&mut self.log.fold.garbage);
        for path in garbage {
            if !self.log.fold.lists(&path) && crate::sinks::private::remove(&self.place.root.join(&path)).is_err() {
                self.log.fold.garbage.insert(path);
            }
        }
    }
}

fn is_abandoned(abandoned: &[Abandoned], segment: &Segment) -> bool {
    abandoned.iter().any(|abandoned| abandoned.holds(&segment.partition, segment.pass))
}

/// Returns the folder, relative to the destination, that files of a stream go to.
pub(super) fn folder_of(stream: &FileStream, hidden: bool, generation: Generation) -> String {
    if hidden { format!("_weir/building/{}-{generation}", stream.folder) } else { stream.folder.clone() }
}

/// Appends rows as lines; returns how many.
fn lines(target: &StreamTarget, mode: Mode, rows: &Rows, now: jiff::Timestamp, out: &mut Vec<u8>) -> Tried<u64> {
    let told = |fault| Halt::Told(CommitFault::Failed(fault));
    let lines = Lines::of(target, &rows.batch).map_err(told)?;
    let count = rows.batch.num_rows();
    if !rows.deleted {
        (0..count).for_each(|row| lines.write(row, out));
        return Ok(count as u64);
    }
    if !target.mark_deleted {
        if mode == Mode::Replace {
            // A row that is not there is all that a deletion means in a table that is written anew.
            return Ok(0);
        }
        let said = format!(
            "rows of stream {} were deleted, and files can't delete: mark them (--deletes mark)",
            target.stream
        );
        return Err(failed(Kind::Config, said));
    }
    let kept = |name: &str| target.key.iter().any(|key| key == name) || target.position.as_deref() == Some(name);
    let lines = lines.only(&rows.batch, kept);
    (0..count).for_each(|row| lines.write_deleted(row, now, out));
    Ok(count as u64)
}
