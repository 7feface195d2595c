//! Columns that change between runs: added, widened, or refused.

use super::layout::{Layout, Stored, declared};
use super::swap;
use super::tables::quoted;
use super::trouble::Tried;
use crate::fault::{Fault, Kind};
use crate::sinks::Changes;
use crate::sinks::column::ColumnKind;
use rusqlite::Connection;

/// What has to be done so that a table takes what arrives.
#[derive(Debug, Default)]
pub(super) struct Drift {
    pub(super) added: Vec<Stored>,
    /// The column as it will be, and what it was.
    pub(super) widened: Vec<(Stored, ColumnKind)>,
    pub(super) hidden: Vec<(&'static str, &'static str)>,
    /// The key by which rows become unique, where they were not.
    pub(super) unique: bool,
}

impl Drift {
    /// Compares, and refuses what can't be taken without harm to what is there.
    pub(super) fn between(table: &str, old: &Layout, new: &Layout) -> Result<Self, Fault> {
        let mut drift = Self::default();
        for stored in &new.columns {
            match old.column(&stored.name) {
                None => drift.added.push(stored.clone()),
                Some(before) if takes(&before.kind, &stored.kind) => {}
                Some(before) if becomes(&before.kind, &stored.kind, "x").is_some() => {
                    drift.widened.push((stored.clone(), before.kind.clone()));
                }
                Some(before) => {
                    let said = format!(
                        "column {} of table {table} holds {} and now comes as {}, which can't hold that; type it as \
                         {} or string, or drop the table and run `weir state rm`",
                        stored.name, before.kind, stored.kind, before.kind
                    );
                    return Err(Fault::new(Kind::Config, "shape a table", said));
                }
            }
        }
        if !new.key.is_empty() && old.key != new.key {
            if !old.key.is_empty() {
                return Err(keyed(table, &format!("by {}, not by {}", old.key.join(", "), new.key.join(", "))));
            }
            drift.unique = true;
        }
        if new.key.is_empty() && !old.key.is_empty() {
            return Err(keyed(table, &format!("by {}, so that rows can't be appended", old.key.join(", "))));
        }
        let there = old.hidden();
        drift.hidden = new.hidden().into_iter().filter(|hidden| !there.contains(hidden)).collect();
        Ok(drift)
    }

    /// Does it. The table keeps its place, and what the user made on it.
    pub(super) fn apply(
        &self,
        db: &Connection,
        table: &str,
        old: &Layout,
        new: &Layout,
    ) -> Tried<(Layout, Vec<String>)> {
        let mut layout = old.clone();
        for stored in &self.added {
            let column = format!("{} {}", quoted(&stored.column), declared(&stored.kind));
            db.execute_batch(&format!("alter table {} add column {column}", quoted(table)))?;
            layout.columns.push(stored.clone());
        }
        for (name, declared) in &self.hidden {
            db.execute_batch(&format!("alter table {} add column {name} {declared}", quoted(table)))?;
        }
        layout.ordered |= new.ordered;
        layout.tagged |= new.tagged;
        layout.marked |= new.marked;
        let mut notes = Vec::new();
        if !self.widened.is_empty() {
            notes = self.widen(db, table, &mut layout)?;
        }
        if self.unique {
            layout.key.clone_from(&new.key);
            let key = layout.key_columns().join(", ");
            let index = quoted(&format!("_weir_key_{table}"));
            if let Err(error) = db.execute_batch(&format!("create unique index {index} on {}({key})", quoted(table))) {
                let fault = keyed(table, "by nothing, and some keys stand there twice").caused_by(error);
                return Err(super::trouble::refused(fault));
            }
        }
        Ok((layout, notes))
    }

    /// Copies the table into one of other types: SQLite changes no type in place.
    fn widen(&self, db: &Connection, table: &str, layout: &mut Layout) -> Tried<Vec<String>> {
        let mut from = Vec::new();
        for stored in &mut layout.columns {
            let column = quoted(&stored.column);
            let wider = self.widened.iter().find(|(wide, _)| wide.name == stored.name);
            from.push(match wider {
                None => column,
                Some((wide, before)) => {
                    stored.kind = wide.kind.clone();
                    becomes(before, &wide.kind, &column).unwrap_or(column)
                }
            });
        }
        let mut to: Vec<String> = layout.columns.iter().map(|stored| quoted(&stored.column)).collect();
        for (name, _) in layout.hidden() {
            from.push(name.to_owned());
            to.push(name.to_owned());
        }
        let wide = format!("_weir_{table}_wide");
        db.execute_batch(&layout.create(&wide))?;
        db.execute_batch(&format!(
            "insert into {}({}) select {} from {} order by rowid",
            quoted(&wide),
            to.join(", "),
            from.join(", "),
            quoted(table)
        ))?;
        swap::swap(db, &wide, table, || Ok(()))
    }

    pub(super) fn told(&self) -> Changes {
        Changes {
            created: false,
            added: self.added.iter().map(|stored| stored.name.clone()).collect(),
            widened: self
                .widened
                .iter()
                .map(|(wide, before)| (wide.name.clone(), before.to_string(), wide.kind.to_string()))
                .collect(),
        }
    }
}

fn keyed(table: &str, how: &str) -> Fault {
    let said = format!("table {table} is unique {how}; choose another destination, or drop it and run `weir state rm`");
    Fault::new(Kind::Config, "shape a table", said)
}

/// Says whether a column takes a type as it is.
fn takes(old: &ColumnKind, new: &ColumnKind) -> bool {
    match (old, new) {
        (ColumnKind::Decimal { precision, scale }, ColumnKind::Decimal { precision: wider, scale: longer }) => {
            let whole = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
            scale <= longer && whole(*precision, *scale) <= whole(*wider, *longer)
        }
        // Both are texts, and every JSON text is one.
        (ColumnKind::Json | ColumnKind::List { .. }, ColumnKind::Text) => false,
        _ => old == new,
    }
}

/// Returns what an old value is in the wider type.
fn becomes(old: &ColumnKind, new: &ColumnKind, column: &str) -> Option<String> {
    Some(match (old, new) {
        (ColumnKind::Integer, ColumnKind::Number) => format!("cast({column} as real)"),
        (ColumnKind::Integer, ColumnKind::Text | ColumnKind::Decimal { .. }) => format!("cast({column} as text)"),
        (ColumnKind::Number, ColumnKind::Text) => format!(
            "case when {column} is null then null when cast(printf('%!.15g', {column}) as real) = {column}
             then printf('%!.15g', {column}) else printf('%!.17g', {column}) end"
        ),
        (ColumnKind::Boolean, ColumnKind::Text) => {
            format!("case {column} when 1 then 'true' when 0 then 'false' end")
        }
        (ColumnKind::Timestamp, ColumnKind::TimestampNs) => {
            format!("substr({column}, 1, length({column}) - 1) || '000Z'")
        }
        (
            ColumnKind::Decimal { .. }
            | ColumnKind::Date
            | ColumnKind::Time
            | ColumnKind::Timestamp
            | ColumnKind::TimestampNs
            | ColumnKind::Json
            | ColumnKind::List { .. },
            ColumnKind::Text,
        )
        | (ColumnKind::List { .. }, ColumnKind::Json) => column.to_owned(),
        _ => return None,
    })
}
