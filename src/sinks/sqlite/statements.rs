//! The statements that write rows of one table.

use super::layout::{DELETED, Layout, ORDER, PARTITION, PASS};
use super::tables::quoted;
use crate::sinks::StreamTarget;

/// What a statement takes, in order: the columns that arrive, then the hidden ones.
pub(super) struct Statements<'a> {
    pub(super) table: String,
    pub(super) layout: &'a Layout,
    pub(super) target: &'a StreamTarget,
}

impl Statements<'_> {
    /// Lists the columns of the table for names of the stream, quoted.
    pub(super) fn columns(&self, names: &[&str]) -> Vec<String> {
        names.iter().filter_map(|name| self.layout.column(name)).map(|stored| quoted(&stored.column)).collect()
    }

    pub(super) fn hidden(&self) -> Vec<&'static str> {
        let mut hidden = Vec::new();
        if self.layout.ordered {
            hidden.push(ORDER);
        }
        if self.target.tagged {
            hidden.extend([PARTITION, PASS]);
        }
        if self.layout.marked {
            hidden.push(DELETED);
        }
        hidden
    }

    fn insert(&self, names: &[&str]) -> (String, Vec<String>) {
        let mut columns = self.columns(names);
        columns.extend(self.hidden().into_iter().map(str::to_owned));
        let values: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
        let sql = format!("insert into {} as t({}) values({})", self.table, columns.join(", "), values.join(", "));
        (sql, columns)
    }

    pub(super) fn append(&self, names: &[&str]) -> String {
        self.insert(names).0
    }

    /// The guarded upsert. A row that changes nothing is not written.
    pub(super) fn upsert(&self, names: &[&str]) -> String {
        let (mut sql, columns) = self.insert(names);
        let key = self.layout.key_columns();
        let rest: Vec<&String> = columns.iter().filter(|column| !key.contains(column)).collect();
        sql.push_str(&format!(" on conflict({}) do ", key.join(", ")));
        if rest.is_empty() {
            sql.push_str("nothing");
            return sql;
        }
        let set: Vec<String> = rest.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        let differs: Vec<String> = rest.iter().map(|column| format!("t.{column} is not excluded.{column}")).collect();
        sql.push_str(&format!("update set {} where ({})", set.join(", "), differs.join(" or ")));
        if let Some(position) = self.position() {
            sql.push_str(&format!(" and {}", guard(&position, &format!("excluded.{position}"))));
        }
        sql
    }

    /// Returns the column that positions are compared by.
    pub(super) fn position(&self) -> Option<String> {
        if self.layout.ordered {
            return Some(ORDER.to_owned());
        }
        let stored = self.layout.column(self.target.position.as_ref()?)?;
        (!self.layout.key.is_empty()).then(|| quoted(&stored.column))
    }

    /// Returns the conditions on the key, with its values from the first parameter on.
    fn by_key(&self) -> String {
        let key = self.key();
        let each = key.iter().enumerate().map(|(at, column)| format!("t.{column} = ?{}", at + 1));
        each.collect::<Vec<_>>().join(" and ")
    }

    fn key(&self) -> Vec<String> {
        self.columns(&self.target.key.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Removes a row by its key; the position comes after the key.
    pub(super) fn delete(&self) -> String {
        let guard = self
            .position()
            .map(|position| format!(" and {}", guard(&position, &format!("?{}", self.target.key.len() + 1))));
        format!("delete from {} as t where {}{}", self.table, self.by_key(), guard.unwrap_or_default())
    }

    pub(super) fn exists(&self) -> String {
        format!("select 1 from {} as t where {}", self.table, self.by_key())
    }

    /// Marks a row, and creates it if it is not there: it guards the key. Key, position, hidden columns.
    pub(super) fn mark(&self, names: &[&str]) -> String {
        let (mut sql, columns) = self.insert(names);
        let key = self.layout.key_columns();
        let rest = columns.iter().filter(|column| !key.contains(column));
        let set: Vec<String> =
            rest.map(|column| format!("{column} = coalesce(excluded.{column}, t.{column})")).collect();
        sql.push_str(&format!(
            " on conflict({}) do update set {} where t.{DELETED} is null",
            key.join(", "),
            set.join(", ")
        ));
        if let Some(position) = self.position() {
            sql.push_str(&format!(" and {}", guard(&position, &format!("excluded.{position}"))));
        }
        sql
    }

    /// Raises the position of a row that is marked already.
    pub(super) fn raise(&self, names: &[&str]) -> Option<String> {
        let position = self.position()?;
        let (_, columns) = self.insert(names);
        let key = self.layout.key_columns();
        let at = |column: &String| columns.iter().position(|other| other == column).map_or(0, |at| at + 1);
        let by: Vec<String> = key.iter().map(|column| format!("t.{column} = ?{}", at(column))).collect();
        let kept = columns.iter().filter(|column| !key.contains(column) && *column != DELETED);
        let set: Vec<String> = kept.map(|column| format!("{column} = coalesce(?{}, t.{column})", at(column))).collect();
        // All parameters are named once, so that what is bound for the one fits the other.
        let all: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
        Some(format!(
            "update {} as t set {} where {} and t.{DELETED} is not null and ?{} > t.{position} and coalesce({}, 1) is not null",
            self.table,
            set.join(", "),
            by.join(" and "),
            at(&position),
            all.join(", "),
        ))
    }
}

/// An older row never overwrites a newer one; nothing is known of a row without a position.
fn guard(position: &str, arriving: &str) -> String {
    format!("(t.{position} is null or {arriving} is null or {arriving} >= t.{position})")
}
