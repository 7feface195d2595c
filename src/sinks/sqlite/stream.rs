//! A stream as the ledger keeps it.

use super::layout::Layout;
use super::tables::{signed, unsigned, written};
use super::trouble::{Tried, Trouble};
use crate::fault::{Fault, Kind};
use crate::sinks::{Building, Fence, LedgerStream, Mode, StreamTarget};
use crate::state::{Digest, Generation};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// One row of `_weir_streams`.
#[derive(Debug, Clone)]
pub(super) struct StreamRow {
    pub(super) id: i64,
    pub(super) stream: String,
    /// The name of its table.
    pub(super) name: String,
    pub(super) digest: Option<Digest>,
    pub(super) definition: BTreeMap<String, String>,
    /// Of the table that readers see.
    pub(super) layout: Option<Layout>,
    pub(super) current: Generation,
    /// The greatest number that a generation ever had: none comes twice.
    pub(super) last: Generation,
    pub(super) building: Option<BuildingRow>,
}

#[derive(Debug, Clone)]
pub(super) struct BuildingRow {
    pub(super) generation: Generation,
    pub(super) since: Timestamp,
    pub(super) begun_by: Fence,
    pub(super) layout: Layout,
}

/// A stream that this run writes.
#[derive(Debug)]
pub(super) struct Shaped {
    pub(super) row: StreamRow,
    pub(super) target: StreamTarget,
    /// Keys that were deleted take part in the guard.
    pub(super) has_deleted: bool,
}

const COLUMNS: &str = "id, stream, name, digest, definition, layout, generation, last, building, since, begun_by, \
                       building_layout";

impl StreamRow {
    pub(super) fn find(db: &Connection, connection: &str, stream: &str) -> Tried<Option<Self>> {
        let sql = format!("select {COLUMNS} from _weir_streams where connection = ?1 and stream = ?2");
        db.query_row(&sql, [connection, stream], |row| Ok(Self::read(row))).optional()?.transpose()
    }

    pub(super) fn all(db: &Connection, connection: &str) -> Tried<Vec<Self>> {
        let sql = format!("select {COLUMNS} from _weir_streams where connection = ?1");
        let mut rows = db.prepare(&sql)?;
        let rows: Vec<Tried<Self>> =
            rows.query_map([connection], |row| Ok(Self::read(row)))?.collect::<Result<_, _>>()?;
        rows.into_iter().collect()
    }

    fn read(row: &Row<'_>) -> Tried<Self> {
        let digest: Option<Vec<u8>> = row.get(3)?;
        let layout: Option<String> = row.get(5)?;
        let building: Option<(i64, String, i64, String)> = match row.get::<_, Option<i64>>(8)? {
            Some(number) => Some((number, row.get(9)?, row.get(10)?, row.get(11)?)),
            None => None,
        };
        let building = building.map(|(number, since, begun_by, layout)| {
            let since =
                since.parse().map_err(|error| Trouble::Unreadable(format!("the begin of a generation ({error})")))?;
            let layout = read_json(&layout)?;
            Ok::<_, Trouble>(BuildingRow { generation: unsigned(number), since, begun_by: unsigned(begun_by), layout })
        });
        Ok(Self {
            id: row.get(0)?,
            stream: row.get(1)?,
            name: row.get(2)?,
            digest: digest.map(|bytes| read_digest(&bytes)).transpose()?,
            definition: read_json(&row.get::<_, String>(4)?)?,
            layout: layout.map(|text| read_json(&text)).transpose()?,
            current: unsigned(row.get(6)?),
            last: unsigned(row.get(7)?),
            building: building.transpose()?,
        })
    }

    pub(super) fn create(db: &Connection, connection: &str, target: &StreamTarget) -> Tried<Self> {
        db.execute(
            "insert into _weir_streams(connection, stream, name, digest, definition) values(?1, ?2, ?3, ?4, ?5)",
            params![connection, target.stream, target.table, target.digest.bytes(), written(&target.definition)],
        )?;
        let row = Self::find(db, connection, &target.stream)?;
        row.ok_or_else(|| Trouble::Unreadable("a stream that was just written".into()))
    }

    /// Writes back what may have changed.
    pub(super) fn save(&self, db: &Connection) -> Tried<()> {
        let building = self.building.as_ref();
        db.execute(
            "update _weir_streams set digest = ?2, definition = ?3, layout = ?4, generation = ?5, last = ?6, building = ?7,
             since = ?8, begun_by = ?9, building_layout = ?10 where id = ?1",
            params![
                self.id,
                self.digest.map(|digest| *digest.bytes()),
                written(&self.definition),
                self.layout.as_ref().map(written),
                signed(self.current),
                signed(self.last),
                building.map(|building| signed(building.generation)),
                building.map(|building| building.since.to_string()),
                building.map(|building| signed(building.begun_by)),
                building.map(|building| written(&building.layout)),
            ],
        )?;
        Ok(())
    }

    pub(super) fn ledger(&self, fence: Fence) -> LedgerStream {
        LedgerStream {
            digest: self.digest.unwrap_or_default(),
            definition: self.definition.clone(),
            current: self.current,
            building: self.building.as_ref().map(|building| building.told(fence)),
        }
    }

    /// Names the table of a generation that nobody sees yet.
    pub(super) fn building_table(&self, generation: Generation) -> String {
        format!("_weir_{}_{generation}", self.name)
    }
}

impl BuildingRow {
    pub(super) fn told(&self, fence: Fence) -> Building {
        Building { generation: self.generation, since: self.since, found: self.begun_by != fence }
    }
}

impl Shaped {
    /// Returns the table that rows of a mode and generation go to, and its layout.
    pub(super) fn table(&self, mode: Mode, generation: Generation) -> Tried<(String, &Layout)> {
        if mode != Mode::Replace {
            let layout = self.row.layout.as_ref();
            return layout.map(|layout| (self.row.name.clone(), layout)).ok_or_else(|| self.unknown("its table"));
        }
        match &self.row.building {
            Some(building) if building.generation == generation => {
                Ok((self.row.building_table(generation), &building.layout))
            }
            _ => Err(self.unknown(&format!("generation {generation}"))),
        }
    }

    fn unknown(&self, what: &str) -> Trouble {
        let said = format!("stream {}: {what} is not there to be written", self.row.stream);
        super::trouble::refused(Fault::new(Kind::Internal, "commit", said))
    }
}

fn read_json<T: DeserializeOwned>(text: &str) -> Tried<T> {
    serde_json::from_str(text).map_err(|error| Trouble::Unreadable(format!("the table _weir_streams ({error})")))
}

pub(super) fn read_digest(bytes: &[u8]) -> Tried<Digest> {
    Digest::from_bytes(bytes).ok_or_else(|| Trouble::Unreadable("a digest".into()))
}
