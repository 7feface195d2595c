//! What lists are of: items, rows that change, projects and their tasks.

use super::changing::{Changing, Row};
use super::config::Config;
use super::record::{Pool, Subject, put_project};
use super::stamp::{BASE, Stamps, read};
use crate::testing::mock::query::Query;
use std::sync::Arc;

/// The records of one list, in order; the parts that a request asks for are written when they are sent.
#[derive(Debug, Clone)]
pub(super) struct Collection {
    pool: Arc<Pool>,
    kind: Kind,
    total: usize,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Items, and how many stand before the first.
    Items(usize),
    Projects,
    Tasks(usize),
    Changing(Arc<Vec<Row>>),
}

/// What is said where there is no such list, or no such time.
pub(super) type Refused = (u16, String);

impl Collection {
    /// Finds what the last parts of a path name; `by_id` asks for changing rows in the order of ids.
    pub(super) fn find(
        parts: &[&str],
        query: &Query,
        config: &Config,
        pool: &Arc<Pool>,
        changing: &Changing,
        by_id: bool,
    ) -> Result<Collection, Refused> {
        let of = |kind: Kind, total: usize| Ok(Collection { pool: Arc::clone(pool), kind, total });
        match parts {
            ["items"] => {
                let n = query.count(&["n"]).unwrap_or(config.n);
                let place = |at: i64| usize::try_from(at - BASE).unwrap_or(0);
                let skip = since(query)?.map_or(0, |at| place(at - 1).min(n));
                let last = until(query)?.map_or(n, |at| place(at).min(n));
                of(Kind::Items(skip), last.saturating_sub(skip))
            }
            ["changing"] => {
                let (from, to) = (since(query)?, until(query)?);
                let all = changing.rows();
                // Who asks for changes is told of deletions, who asks for everything is not.
                let tombstones = from.is_some() || query.get("tombstones") == Some("1");
                let wanted = |row: &&Row| {
                    (tombstones || !row.deleted)
                        && from.is_none_or(|from| row.stamp >= from)
                        && to.is_none_or(|to| row.stamp <= to)
                };
                let mut rows = all.iter().filter(wanted).copied().collect::<Vec<_>>();
                match query.get("order") {
                    _ if by_id => {}
                    Some("id") => {}
                    Some("desc") => rows.sort_by_key(|row| std::cmp::Reverse((row.stamp, row.id))),
                    _ => rows.sort_by_key(|row| (row.stamp, row.id)),
                }
                let total = rows.len();
                of(Kind::Changing(Arc::new(rows)), total)
            }
            ["projects"] => of(Kind::Projects, config.projects),
            ["projects", id, "tasks"] => {
                let id = id.parse::<usize>().ok().filter(|id| (1..=config.projects).contains(id));
                let Some(id) = id else { return Err((404, "no such project".to_owned())) };
                of(Kind::Tasks(id), config.task_pages * config.task_page_size)
            }
            _ => Err((404, "no such route".to_owned())),
        }
    }

    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The size of a page where the request names none.
    pub(super) fn page_size(&self, config: &Config) -> usize {
        if matches!(self.kind, Kind::Tasks(_)) { config.task_page_size } else { config.page_size }
    }

    /// The id of a record by its place.
    pub(super) fn id(&self, at: usize) -> usize {
        match &self.kind {
            Kind::Items(skip) => skip + at + 1,
            Kind::Projects => at + 1,
            Kind::Tasks(project) => (project - 1) * self.total + at + 1,
            Kind::Changing(rows) => rows.get(at).map_or(0, |row| row.id),
        }
    }

    /// The place of the first record with a greater id; the records stand in the order of ids.
    pub(super) fn after(&self, id: usize) -> usize {
        match &self.kind {
            Kind::Changing(rows) => rows.partition_point(|row| row.id <= id),
            _ => (id + 1).saturating_sub(self.id(0)).min(self.total),
        }
    }

    pub(super) fn put(&self, out: &mut Vec<u8>, stamps: &mut Stamps, at: usize) {
        let id = self.id(at);
        match &self.kind {
            Kind::Items(_) => self.pool.put(out, stamps, Subject::item(id)),
            Kind::Projects => put_project(out, stamps, id),
            Kind::Tasks(project) => {
                self.pool.put(out, stamps, Subject { project: Some(*project), ..Subject::item(id) });
            }
            Kind::Changing(rows) => {
                if let Some(row) = rows.get(at) {
                    self.pool.put(out, stamps, row.subject());
                }
            }
        }
    }
}

fn since(query: &Query) -> Result<Option<i64>, Refused> {
    time(query, &["since", "updated_since"])
}

fn until(query: &Query) -> Result<Option<i64>, Refused> {
    let until = time(query, &["until", "updated_until"])?;
    Ok(until)
}

fn time(query: &Query, names: &[&str]) -> Result<Option<i64>, Refused> {
    let Some(text) = query.said(names) else { return Ok(None) };
    read(text).map(Some).ok_or_else(|| (400, format!("{} is no time", names[0])))
}
