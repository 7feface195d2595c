//! What a ledger keeps of one stream, for ledgers that hold it in memory and write it as a whole or by changes.

use super::definition;
use super::{Building, CommitFault, Fence, Known, LedgerStream, StoredState, StreamPart, StreamTarget, edge_key};
use crate::fault::{Fault, Kind};
use crate::state::{Digest, Generation, PartitionKey, PartitionState, Pending, PendingChange, Version};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An unfinished generation is dropped when it is older.
const OLD: SignedDuration = SignedDuration::from_hours(24);

/// A stream in a ledger.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BookStream {
    /// The name of its table or folder.
    pub(super) table: String,
    pub(super) digest: Option<Digest>,
    pub(super) definition: BTreeMap<String, String>,
    pub(super) current: Generation,
    /// The greatest number that a generation ever had: none comes twice.
    pub(super) last: Generation,
    pub(super) building: Option<BookBuilding>,
    pub(super) states: BTreeMap<PartitionKey, BookState>,
    pub(super) pending: BTreeMap<PartitionKey, Pending>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BookBuilding {
    pub(super) generation: Generation,
    pub(super) since: Timestamp,
    pub(super) begun_by: Fence,
    /// Of the columns that its rows have.
    pub(super) columns: Digest,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BookState {
    pub(super) version: Version,
    pub(super) state: Option<PartitionState>,
}

/// A change of a state as it is written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateWritten {
    pub(super) partition: PartitionKey,
    pub(super) expect: Version,
    pub(super) next: PartitionState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) discard: Option<u64>,
}

/// A pass of a partition that was abandoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Abandoned {
    pub(super) generation: Generation,
    pub(super) partition: Digest,
    pub(super) pass: u64,
}

impl Abandoned {
    pub(super) fn holds(&self, partition: &Digest, pass: u64) -> bool {
        self.partition == *partition && self.pass == pass
    }
}

/// Tells which passes a unit takes back.
pub(super) fn abandoned(generation: Generation, states: &[StateWritten]) -> Vec<Abandoned> {
    let of = |change: &StateWritten| {
        Some(Abandoned { generation, partition: change.partition.digest(), pass: change.discard? })
    };
    states.iter().filter_map(of).collect()
}

/// Lists all changes of states of a part, those of edges too.
pub(super) fn states_of(part: &StreamPart) -> Vec<StateWritten> {
    let own = part.states.iter().map(|change| StateWritten {
        partition: change.partition.clone(),
        expect: change.expect,
        next: change.next.clone(),
        discard: change.discard,
    });
    let edges = part.edges.iter().map(|edge| StateWritten {
        partition: edge_key(&edge.edge),
        expect: edge.expect,
        next: edge.next.clone(),
        discard: None,
    });
    own.chain(edges).collect()
}

impl BookStream {
    pub(super) fn known(&self, partition: &PartitionKey) -> Known {
        let found = self.states.get(partition);
        found.map_or_else(Known::default, |kept| Known { version: kept.version, state: kept.state.clone() })
    }

    /// Lists its states.
    pub(super) fn stored(self, connection: &str, stream: &str) -> impl Iterator<Item = StoredState> {
        self.states.into_iter().map(|(partition, kept)| StoredState {
            connection: connection.to_owned(),
            stream: stream.to_owned(),
            partition,
            version: kept.version,
            state: kept.state,
        })
    }

    pub(super) fn has_state(&self) -> bool {
        self.states.values().any(|kept| kept.state.is_some())
    }

    /// Binds the state to a definition; a state of another definition is not gone on with. Says whether it changed.
    pub(super) fn bind(&mut self, target: &StreamTarget) -> Result<bool, Fault> {
        if self.digest.is_some_and(|digest| digest != target.digest) && self.has_state() {
            return Err(definition::changed(&target.stream, &self.definition, &target.definition));
        }
        let changed = self.digest != Some(target.digest) || self.definition != target.definition;
        self.digest = Some(target.digest);
        self.definition.clone_from(&target.definition);
        Ok(changed)
    }

    /// Refuses changes of states that somebody else changed.
    pub(super) fn check(&self, stream: &str, states: &[StateWritten]) -> Result<(), CommitFault> {
        let mut ahead: BTreeMap<&PartitionKey, Version> = BTreeMap::new();
        for change in states {
            let kept = self.states.get(&change.partition).map_or(0, |kept| kept.version);
            let version = ahead.entry(&change.partition).or_insert(kept);
            if *version != change.expect {
                let said =
                    format!("somebody else changed the state of stream {stream}, partition {}", change.partition);
                return Err(CommitFault::Conflict(Fault::new(Kind::Internal, "commit", said)));
            }
            *version += 1;
        }
        Ok(())
    }

    pub(super) fn set(&mut self, states: Vec<StateWritten>) {
        for change in states {
            let kept = BookState { version: change.expect + 1, state: Some(change.next) };
            self.states.insert(change.partition, kept);
        }
    }

    /// Additions come first; a completion counts only for the stamp it was begun with.
    pub(super) fn pend(&mut self, change: PendingChange) {
        self.pending.extend(change.added.into_iter().map(|added| (added.partition.clone(), added)));
        for (partition, stamp) in change.finished {
            if self.pending.get(&partition).is_some_and(|pending| pending.stamp == stamp) {
                self.pending.remove(&partition);
            }
        }
    }

    /// Forgets positions. The numbers of passes and versions go on: none may come twice. Returns how many.
    pub(super) fn forget(&mut self, partition: Option<&PartitionKey>) -> u64 {
        let mut count = 0;
        for (key, kept) in &mut self.states {
            if partition.is_none_or(|wanted| wanted == key) {
                let pass = kept.state.as_ref().map_or(0, |state| state.pass);
                kept.state = (pass > 0).then(|| PartitionState { pass, ..PartitionState::default() });
                kept.version += 1;
                count += 1;
            }
        }
        if let Some(partition) = partition {
            self.pending.remove(partition);
        } else {
            self.pending.clear();
            self.digest = None;
        }
        count
    }

    /// Returns the generation that is being built, if it is young and of the same columns.
    pub(super) fn still_building(&self, target: &StreamTarget, now: Timestamp) -> Option<&BookBuilding> {
        let fits =
            |building: &&BookBuilding| building.columns == columns(target) && now.duration_since(building.since) < OLD;
        self.building.as_ref().filter(fits)
    }

    pub(super) fn next_generation(&self) -> Generation {
        self.last.max(self.current) + 1
    }

    pub(super) fn ledger(&self, fence: Fence) -> LedgerStream {
        LedgerStream {
            digest: self.digest.unwrap_or_default(),
            definition: self.definition.clone(),
            current: self.current,
            building: self.building.as_ref().map(|building| building.told(fence)),
        }
    }
}

impl BookBuilding {
    pub(super) fn told(&self, fence: Fence) -> Building {
        Building { generation: self.generation, since: self.since, found: self.begun_by != fence }
    }
}

/// Returns a digest of the columns of a stream.
pub(super) fn columns(target: &StreamTarget) -> Digest {
    Digest::of(target.schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())))
}

/// Two streams never share a table, also if their names differ only in upper and lower letters.
pub(super) fn check_owner<'a>(
    target: &StreamTarget,
    connection: &str,
    others: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) -> Result<(), Fault> {
    for (of, stream, table) in others {
        let own = of == connection && stream == target.stream;
        if own && table != target.table {
            let said =
                format!("stream {stream} is kept in {table}, not in {}; run `weir state rm` first", target.table);
            return Err(Fault::new(Kind::Config, "shape a table", said));
        }
        if !own && table.eq_ignore_ascii_case(&target.table) {
            let said = format!(
                "{table} belongs to stream {stream} of connection {of}; choose another destination for stream {}",
                target.stream
            );
            return Err(Fault::new(Kind::Config, "shape a table", said));
        }
    }
    Ok(())
}
