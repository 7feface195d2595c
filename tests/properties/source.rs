//! A simulated API: rows that change between requests, in every order and with every kind of paging.

use crate::case::{Case, Kind, Sort};
use crate::dice::Dice;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use weir::fault::Fault;
use weir::http::{Answer, Chunks, Transport, Wire};

pub(crate) const BASE: i64 = 1_767_225_600;

/// A row as it stands at the source. `at`: seconds after the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub id: i64,
    pub at: Option<i64>,
    pub version: i64,
    pub part: usize,
    pub gone: bool,
    pub bad: bool,
    /// When it last changed, in milliseconds after the base.
    pub since: i64,
}

/// One request and what it gave.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub part: usize,
    /// Milliseconds after the base, when the answer was made.
    pub at_ms: i64,
    pub end: bool,
    pub line: String,
    pub run: usize,
}

/// What is to happen at a request, by its number over all runs.
pub(crate) type Script = BTreeMap<usize, Vec<Change>>;

#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Sets a row's version one higher, at the present second (or at none).
    Touch(i64),
    Null(i64),
    Insert(i64, usize),
    Remove(i64),
    Tombstone(i64),
    Move(i64, usize),
    Expire,
}

pub(crate) struct State {
    pub rows: Vec<Row>,
    pub snapshots: BTreeMap<u64, (usize, Option<String>, Vec<Row>)>,
    pub next_snapshot: u64,
    pub log: Vec<Asked>,
    pub broken: Vec<String>,
    /// The window of each partition's pass, as far as this run has shown it: what died with a run is no pass.
    pub windows: BTreeMap<usize, Option<String>>,
    /// The greatest position ever given, and the time of the newest first page, by partition.
    pub given: BTreeMap<usize, i64>,
    pub firsts: BTreeMap<usize, i64>,
    pub run: usize,
    pub script: Script,
    pub dice: Dice,
    /// Rows change by chance while a run goes on.
    pub changing: bool,
    /// Requests until somebody is told.
    pub crash_at: Option<usize>,
}

pub(crate) struct Api {
    pub case: Case,
    pub begin: Instant,
    pub state: Mutex<State>,
    pub crash: Arc<tokio::sync::Notify>,
}

/// Milliseconds of virtual time since the base.
pub(crate) fn now_ms(begin: Instant) -> i64 {
    i64::try_from(begin.elapsed().as_millis()).unwrap()
}

pub(crate) fn text(at: i64) -> String {
    Timestamp::from_second(BASE + at).unwrap().to_string()
}

fn millis(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond() - BASE * 1000
}

pub(crate) fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second() - BASE
}

impl State {
    pub(crate) fn change(&mut self, change: &Change, now: i64) {
        let second = now.div_euclid(1000);
        let row = |rows: &mut Vec<Row>, id: i64| rows.iter().position(|row| row.id == id);
        match change {
            Change::Touch(id) | Change::Null(id) | Change::Tombstone(id) | Change::Move(id, _) => {
                let Some(at) = row(&mut self.rows, *id) else { return };
                let row = &mut self.rows[at];
                row.version += 1;
                row.at = if matches!(change, Change::Null(_)) { None } else { Some(second) };
                row.gone = matches!(change, Change::Tombstone(_));
                row.since = now;
                if let Change::Move(_, part) = change {
                    row.part = *part;
                }
            }
            Change::Insert(id, part) => {
                if row(&mut self.rows, *id).is_none() {
                    let new =
                        Row { id: *id, at: Some(second), version: 1, part: *part, gone: false, bad: false, since: now };
                    self.rows.push(new);
                }
            }
            Change::Remove(id) => self.rows.retain(|row| row.id != *id),
            Change::Expire => self.snapshots.clear(),
        }
    }

    /// Something happens at the source, perhaps.
    pub(crate) fn by_chance(&mut self, case: &Case, now: i64) {
        if !self.dice.one_in(3) {
            return;
        }
        let id = self.dice.below(12) as i64;
        let part = self.dice.below(case.parts as u64) as usize;
        let change = match self.dice.below(10) {
            0..=4 => Change::Touch(id),
            5 if case.nulls => Change::Null(id),
            5..=6 => Change::Insert(id, part),
            7 if case.tombstones => Change::Tombstone(id),
            8 if case.kind == Kind::Snapshot => Change::Expire,
            9 if case.removes() => Change::Remove(id),
            _ => Change::Touch(id),
        };
        let bad = case.bad && self.dice.one_in(5);
        self.change(&change, now);
        if let (Change::Touch(_), Some(row)) = (&change, self.rows.iter_mut().find(|row| row.id == id)) {
            row.bad = bad;
        }
    }

    /// Lists what a query gives, in its order.
    fn list(&self, case: &Case, part: usize, since: Option<&str>, until: Option<&str>) -> Vec<Row> {
        let (from, end) = (since.map(seconds), until.map(millis));
        let fits = |row: &&Row| {
            let begun = case.client || from.is_none() || row.at.is_none() || row.at >= from;
            let ended = end.is_some_and(|end| row.at.is_none_or(|at| at * 1000 >= end));
            row.part == part && begun && !ended
        };
        let mut rows: Vec<Row> = self.rows.iter().filter(fits).cloned().collect();
        match case.sort {
            Sort::Asc => rows.sort_by_key(|row| (row.at, row.id)),
            Sort::Desc => rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.id))),
            Sort::None => rows.sort_by_key(|row| row.id),
        }
        rows
    }

    fn answer(&mut self, case: &Case, now: i64, wire: &Wire) -> (u16, String) {
        let query: BTreeMap<String, String> = wire.url.query_pairs().into_owned().collect();
        let part = match wire.url.path() {
            "/items/south" => 1,
            _ => 0,
        };
        let since = query.get("since").cloned();
        let until = query.get("until").cloned();
        let mut total = None;
        let mut next = None;
        let (first, rows, end) = match case.kind {
            Kind::Keyset => {
                let all = self.list(case, part, since.as_deref(), until.as_deref());
                let token = query.get("cursor");
                let after = token.map(|token| {
                    let parts: Vec<&str> = token.split('|').collect();
                    if parts[0] != since.as_deref().unwrap_or("-") {
                        self.broken.push(format!("5 pass: a page of {} is asked under {since:?}", parts[0]));
                    }
                    (parts[1].parse::<i64>().unwrap(), parts[2].parse::<i64>().unwrap())
                });
                let place = |row: &Row| (row.at.unwrap_or(-1_000_000), row.id);
                let rest: Vec<Row> = match (after, case.sort) {
                    (None, _) => all,
                    (Some(after), Sort::Asc) => all.into_iter().filter(|row| place(row) > after).collect(),
                    (Some(after), Sort::Desc) => all.into_iter().filter(|row| place(row) < after).collect(),
                    (Some(after), Sort::None) => all.into_iter().filter(|row| row.id > after.1).collect(),
                };
                let page: Vec<Row> = rest.iter().take(case.size).cloned().collect();
                let more = rest.len() > page.len();
                if let Some(last) = page.last().filter(|_| more) {
                    let (at, id) = place(last);
                    next = Some(format!("{}|{at}|{id}", since.as_deref().unwrap_or("-")));
                }
                (token.is_none(), page, !more)
            }
            Kind::Offset | Kind::Page => {
                let all = self.list(case, part, since.as_deref(), until.as_deref());
                let size = case.size;
                let number = |name: &str| query.get(name).map(|text| text.parse::<usize>().unwrap());
                let offset = match case.kind {
                    Kind::Offset => number("offset").unwrap_or(0),
                    _ => (number("page").unwrap_or(1) - 1) * size,
                };
                let page: Vec<Row> = all.iter().skip(offset).take(size).cloned().collect();
                total = Some(all.len());
                (offset == 0, page, offset + size >= all.len())
            }
            Kind::Snapshot => {
                let (id, offset) = match query.get("cursor") {
                    None => {
                        self.next_snapshot += 1;
                        let rows = self.list(case, part, since.as_deref(), until.as_deref());
                        self.snapshots.insert(self.next_snapshot, (part, since.clone(), rows));
                        (self.next_snapshot, 0)
                    }
                    Some(token) => {
                        let (id, offset) = token.split_once('-').unwrap();
                        (id.parse().unwrap(), offset.parse::<usize>().unwrap())
                    }
                };
                let Some((_, of, rows)) = self.snapshots.get(&id) else {
                    self.note(part, since, false, now, &[], false, wire);
                    return (400, "{\"error\": \"the token is gone\"}".into());
                };
                if *of != since {
                    self.broken.push(format!("5 pass: a page of {of:?} is asked under {since:?}"));
                }
                let page: Vec<Row> = rows.iter().skip(offset).take(case.size).cloned().collect();
                let more = offset + page.len() < rows.len();
                next = more.then(|| format!("{id}-{}", offset + page.len()));
                (offset == 0, page, !more)
            }
        };
        self.note(part, since, first, now, &rows, end, wire);
        let items: Vec<String> = rows.iter().map(json).collect();
        let next = next.map_or("null".into(), |next| format!("\"{next}\""));
        let total = total.map_or(String::new(), |total| format!(", \"total\": {total}"));
        (200, format!("{{\"items\": [{}], \"next\": {next}{total}}}", items.join(", ")))
    }

    #[allow(clippy::too_many_arguments, reason = "one line of the log")]
    fn note(
        &mut self,
        part: usize,
        since: Option<String>,
        first: bool,
        now: i64,
        rows: &[Row],
        end: bool,
        wire: &Wire,
    ) {
        if first {
            self.windows.insert(part, since.clone());
            self.firsts.insert(part, now.div_euclid(1000));
        } else if *self.windows.entry(part).or_insert_with(|| since.clone()) != since {
            let said = format!("5 pass: {} is asked, the pass has {:?}", wire.url, self.windows.get(&part));
            self.broken.push(said);
        }
        for at in rows.iter().filter_map(|row| row.at) {
            let given = self.given.entry(part).or_insert(at);
            *given = at.max(*given);
        }
        let line = format!("{} {}", wire.method, wire.url);
        self.log.push(Asked { part, at_ms: now, end, line, run: self.run });
    }
}

/// The row as the API gives it.
pub(crate) fn json(row: &Row) -> String {
    let at = row.at.map_or("null".into(), |at| format!("\"{}\"", text(at)));
    let version = if row.bad { format!("\"bad {}\"", row.version) } else { row.version.to_string() };
    format!("{{\"id\": {}, \"at\": {at}, \"v\": {version}, \"gone\": {}}}", row.id, row.gone)
}

impl Transport for Api {
    fn send<'a>(&'a self, wire: &'a Wire) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(async move {
            let (number, there, back) = {
                let mut state = self.state.lock().unwrap();
                let number = state.log.len();
                if let Some(left) = state.crash_at {
                    state.crash_at = left.checked_sub(1);
                    if left == 0 {
                        self.crash.notify_one();
                    }
                }
                let most = self.case.latency_ms;
                (number, state.dice.below(most), state.dice.below(most))
            };
            tokio::time::sleep(Duration::from_millis(there)).await;
            let (status, body, date) = {
                let mut state = self.state.lock().unwrap();
                let now = now_ms(self.begin);
                for change in state.script.remove(&number).unwrap_or_default() {
                    state.change(&change, now);
                }
                if state.changing {
                    state.by_chance(&self.case, now);
                }
                let (status, body) = state.answer(&self.case, now, wire);
                (status, body, Timestamp::from_second(BASE + now.div_euclid(1000)).unwrap())
            };
            tokio::time::sleep(Duration::from_millis(back)).await;
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            headers.insert("date", HeaderValue::from_str(&date).unwrap());
            let body: Pieces = Pieces(VecDeque::from([body.into()]));
            Ok(Answer { status, headers, remote: None, body: Box::new(body) })
        })
    }
}

struct Pieces(VecDeque<bytes::Bytes>);

impl Chunks for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<bytes::Bytes>, Fault>> {
        Box::pin(async { Ok(self.0.pop_front()) })
    }
}
