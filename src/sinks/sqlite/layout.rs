//! The columns of a table: what a stream's columns are called there, and which are ours.

use super::tables::quoted;
use crate::fault::{Fault, Kind};
use crate::sinks::column::ColumnKind;
use crate::sinks::{Mode, StreamTarget};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub(super) const ORDER: &str = "_weir_order";
pub(super) const PARTITION: &str = "_weir_partition";
pub(super) const PASS: &str = "_weir_pass";
pub(super) const DELETED: &str = "_deleted_at";

const MOST_COLUMNS: usize = 1000;

/// A table as it is laid out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Layout {
    pub(super) columns: Vec<Stored>,
    /// The columns of the stream by which a row is unique here.
    pub(super) key: Vec<String>,
    /// It has [`ORDER`]: the position as it compares, where its column does not.
    pub(super) ordered: bool,
    /// It has [`PARTITION`] and [`PASS`].
    pub(super) tagged: bool,
    /// It has [`DELETED`].
    pub(super) marked: bool,
}

/// A column of a stream, and of its table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) column: String,
    pub(super) kind: ColumnKind,
}

impl Layout {
    /// Lays out the table of a stream; columns that are there already keep their names.
    pub(super) fn of(target: &StreamTarget, before: Option<&Layout>) -> Result<Self, Fault> {
        let kept = before.map_or(&[][..], |layout| &layout.columns);
        let mut taken: BTreeSet<String> = [ORDER, PARTITION, PASS, DELETED].map(str::to_owned).into();
        taken.extend(kept.iter().map(|stored| stored.column.to_ascii_lowercase()));
        let mut columns = Vec::new();
        for field in target.schema.fields() {
            let kind = ColumnKind::of(field)?;
            let known = kept.iter().find(|stored| stored.name == *field.name());
            let column = known.map_or_else(|| free(field.name(), &mut taken), |stored| stored.column.clone());
            columns.push(Stored { name: field.name().clone(), column, kind });
        }
        let all = columns.len() + kept.iter().filter(|old| columns.iter().all(|new| new.name != old.name)).count();
        if all > MOST_COLUMNS {
            let said = format!(
                "stream {} has {all} columns, {MOST_COLUMNS} are the most a table has; map as JSON what is not asked \
                 for by itself, or select columns",
                target.stream
            );
            return Err(Fault::new(Kind::Config, "shape a table", said));
        }
        let key = if target.mode == Mode::Append { Vec::new() } else { target.key.clone() };
        let ordered = !key.is_empty()
            && target.position.as_ref().is_some_and(|position| {
                let kind = columns.iter().find(|stored| stored.name == *position).map(|stored| &stored.kind);
                // The others can be cut on the way into their column, or do not compare as what they are.
                !matches!(kind, Some(ColumnKind::Integer | ColumnKind::TimestampNs))
            });
        Ok(Self { columns, key, ordered, tagged: target.tagged, marked: target.mark_deleted })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Stored> {
        self.columns.iter().find(|stored| stored.name == name)
    }

    /// Quotes the columns of the key.
    pub(super) fn key_columns(&self) -> Vec<String> {
        self.key.iter().filter_map(|name| self.column(name)).map(|stored| quoted(&stored.column)).collect()
    }

    /// Returns what creates the table.
    pub(super) fn create(&self, table: &str) -> String {
        let mut parts: Vec<String> = self.columns.iter().map(|stored| self.declared(stored)).collect();
        parts.extend(self.hidden().into_iter().map(|(name, declared)| format!("{name} {declared}")));
        let key = self.key_columns();
        if !key.is_empty() {
            parts.push(format!("primary key({})", key.join(", ")));
        }
        format!("create table {}({})", quoted(table), parts.join(", "))
    }

    fn declared(&self, stored: &Stored) -> String {
        let null = if self.key.contains(&stored.name) { " not null" } else { "" };
        format!("{} {}{null}", quoted(&stored.column), declared(&stored.kind))
    }

    pub(super) fn hidden(&self) -> Vec<(&'static str, &'static str)> {
        let mut hidden = Vec::new();
        if self.ordered {
            hidden.push((ORDER, "BLOB"));
        }
        if self.tagged {
            hidden.extend([(PARTITION, "BLOB"), (PASS, "INTEGER")]);
        }
        if self.marked {
            hidden.push((DELETED, "TEXT"));
        }
        hidden
    }

    /// Lists columns whose name in the table is another than in the stream.
    pub(super) fn renamed(&self) -> Vec<String> {
        let other = self.columns.iter().filter(|stored| stored.name != stored.column);
        other.map(|stored| format!("column {:?} is kept as {:?}", stored.name, stored.column)).collect()
    }
}

/// Names the type so that SQLite's affinity never changes a value: a decimal's text stays a text.
pub(super) fn declared(kind: &ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Integer => "INTEGER",
        ColumnKind::Number => "REAL",
        ColumnKind::Boolean => "BOOLEAN",
        ColumnKind::Bytes => "BLOB",
        _ => "TEXT",
    }
}

/// Finds a name that no other column has: SQLite tells no upper from lower letters, and takes no NUL.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let wanted = if name.is_empty() { "_".to_owned() } else { name.replace('\0', "_") };
    let mut nth = 1;
    loop {
        let column = if nth == 1 { wanted.clone() } else { format!("{wanted}_{nth}") };
        if taken.insert(column.to_ascii_lowercase()) {
            return column;
        }
        nth += 1;
    }
}
