//! The entries of the commit list, and what they add up to.

use crate::sinks::Fence;
use crate::sinks::book::{Abandoned, BookBuilding, BookStream, StateWritten};
use crate::state::{Digest, Generation, PendingChange};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of these files.
pub(super) const FORMAT: u32 = 1;

/// One file of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) format: u32,
    pub(super) fence: Fence,
    pub(super) run: String,
    pub(super) what: What,
    /// All that holds after this entry: what came before it is not needed any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) all: Option<Box<Fold>>,
}

/// What an entry does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum What {
    /// The number of this entry is the fence of who wrote it.
    Open,
    Shape(Box<Shaped>),
    Build {
        connection: String,
        stream: String,
        building: BookBuilding,
    },
    Drop {
        connection: String,
        stream: String,
    },
    Unit {
        seq: u64,
        parts: Vec<PartWritten>,
    },
    Promote {
        seq: u64,
        connection: String,
        stream: String,
        to: Generation,
        files: Vec<Listed>,
        removed: Vec<String>,
    },
    Forget {
        connection: String,
        stream: String,
        partition: Option<crate::state::PartitionKey>,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shaped {
    pub(super) connection: String,
    pub(super) stream: String,
    pub(super) table: String,
    pub(super) folder: String,
    pub(super) digest: Digest,
    pub(super) definition: BTreeMap<String, String>,
    /// Files that are gone, of a stream that is read again from its start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lost: Vec<String>,
}

/// What of a unit belongs to one stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartWritten {
    pub(super) connection: String,
    pub(super) stream: String,
    pub(super) generation: Generation,
    /// The files belong to a generation that nobody sees yet.
    pub(super) hidden: bool,
    pub(super) files: Vec<Listed>,
    /// Files whose rows stand in others now.
    pub(super) removed: Vec<String>,
    pub(super) quarantine: Option<String>,
    pub(super) abandoned: Vec<Abandoned>,
    pub(super) states: Vec<StateWritten>,
    pub(super) added: Vec<crate::state::Pending>,
    pub(super) finished: Vec<(crate::state::PartitionKey, Digest)>,
}

/// A file that readers read. Its content never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// Relative to the destination.
    pub(super) path: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Whose rows follow each other in it, as long as some of them may be taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Segment {
    pub(super) partition: Digest,
    pub(super) pass: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// What all entries add up to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fold {
    pub(super) streams: BTreeMap<String, BTreeMap<String, FileStream>>,
    /// Which units are durable, of the last holders.
    pub(super) units: BTreeMap<Fence, BTreeSet<u64>>,
    /// The number of the last entry that changed rows or states.
    pub(super) changed: u64,
    pub(super) next_seq: u64,
    /// Files that were listed and are not any more: they may still be there.
    pub(super) garbage: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileStream {
    pub(super) book: BookStream,
    pub(super) folder: String,
    pub(super) shown: Vec<Listed>,
    pub(super) hidden: Vec<Listed>,
    pub(super) quarantine: Vec<String>,
    pub(super) abandoned: Vec<Abandoned>,
}

/// So many holders' units are remembered.
const HOLDERS: usize = 8;

impl Fold {
    pub(super) fn stream(&self, connection: &str, stream: &str) -> Option<&FileStream> {
        self.streams.get(connection)?.get(stream)
    }

    pub(super) fn stream_mut(&mut self, connection: &str, stream: &str) -> &mut FileStream {
        self.streams.entry(connection.to_owned()).or_default().entry(stream.to_owned()).or_default()
    }

    pub(super) fn has_unit(&self, fence: Fence, seq: u64) -> bool {
        self.units.get(&fence).is_some_and(|seqs| seqs.contains(&seq))
    }

    /// Says whether a path is listed.
    pub(super) fn lists(&self, path: &str) -> bool {
        let streams = self.streams.values().flat_map(BTreeMap::values);
        streams.into_iter().any(|stream| {
            stream.shown.iter().chain(&stream.hidden).any(|file| file.path == path)
                || stream.quarantine.iter().any(|file| file == path)
        })
    }

    /// Adds one entry. What it does depends on nothing but the entries.
    pub(super) fn apply(&mut self, number: u64, fence: Fence, what: What) {
        match what {
            What::Open => {}
            What::Shape(shaped) => {
                let stream = self.stream_mut(&shaped.connection, &shaped.stream);
                stream.book.table = shaped.table;
                stream.folder = shaped.folder;
                stream.book.digest = Some(shaped.digest);
                stream.book.definition = shaped.definition;
                stream.shown.retain(|file| !shaped.lost.contains(&file.path));
            }
            What::Build { connection, stream, building } => {
                self.drop_hidden(&connection, &stream);
                let stream = self.stream_mut(&connection, &stream);
                stream.book.last = building.generation;
                stream.book.building = Some(building);
            }
            What::Drop { connection, stream } => {
                self.drop_hidden(&connection, &stream);
                self.stream_mut(&connection, &stream).book.building = None;
            }
            What::Unit { seq, parts } => {
                self.count(number, fence, seq);
                for part in parts {
                    self.add(part);
                }
            }
            What::Promote { seq, connection, stream, to, files, removed } => {
                self.count(number, fence, seq);
                let stream = self.stream_mut(&connection, &stream);
                let old = std::mem::replace(&mut stream.shown, files);
                let hidden = std::mem::take(&mut stream.hidden);
                for file in &mut stream.shown {
                    file.segments.clear();
                }
                stream.book.current = to;
                stream.book.building = None;
                stream.abandoned.retain(|abandoned| abandoned.generation == to);
                self.garbage.extend(old.into_iter().chain(hidden).map(|file| file.path).chain(removed));
            }
            What::Forget { connection, stream, partition } => {
                self.changed = number;
                self.stream_mut(&connection, &stream).book.forget(partition.as_ref());
            }
        }
    }

    fn count(&mut self, number: u64, fence: Fence, seq: u64) {
        self.changed = number;
        self.next_seq = self.next_seq.max(seq + 1);
        self.units.entry(fence).or_default().insert(seq);
        while self.units.len() > HOLDERS {
            self.units.pop_first();
        }
    }

    fn drop_hidden(&mut self, connection: &str, stream: &str) {
        let hidden = std::mem::take(&mut self.stream_mut(connection, stream).hidden);
        self.garbage.extend(hidden.into_iter().map(|file| file.path));
    }

    fn add(&mut self, part: PartWritten) {
        let stream = self.stream_mut(&part.connection, &part.stream);
        let files = if part.hidden { &mut stream.hidden } else { &mut stream.shown };
        files.retain(|file| !part.removed.contains(&file.path));
        files.extend(part.files);
        if !part.hidden {
            // Rows of a pass that ended are never taken back.
            let open: BTreeMap<Digest, Option<u64>> = part
                .states
                .iter()
                .map(|state| (state.partition.digest(), state.next.open.as_ref().map(|open| open.pass)))
                .collect();
            let over = |segment: &Segment| open.get(&segment.partition).is_some_and(|pass| *pass != Some(segment.pass));
            for file in files {
                settle(file, over);
            }
        }
        stream.quarantine.extend(part.quarantine);
        if !stream.quarantine.is_empty() {
            stream.abandoned.extend(part.abandoned);
        }
        stream.book.set(part.states);
        stream.book.pend(PendingChange { added: part.added, finished: part.finished });
        self.garbage.extend(part.removed);
    }
}

/// Puts together what is never taken back any more.
fn settle(file: &mut Listed, over: impl Fn(&Segment) -> bool) {
    let mut kept: Vec<Segment> = Vec::with_capacity(file.segments.len());
    for mut segment in std::mem::take(&mut file.segments) {
        if over(&segment) {
            (segment.partition, segment.pass) = (Digest::default(), 0);
        }
        match kept.last_mut() {
            Some(last) if last.partition == segment.partition && last.pass == segment.pass => {
                last.rows += segment.rows;
                last.bytes += segment.bytes;
            }
            _ => kept.push(segment),
        }
    }
    if kept.iter().any(|segment| segment.partition != Digest::default()) {
        file.segments = kept;
    }
}
