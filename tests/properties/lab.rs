//! Runs of one case: the same API and the same destination, one run after the other, on a clock of their own.

use crate::books::{Books, Trouble, Watched, shown};
use crate::case::{Case, Where};
use crate::dice::Dice;
use crate::source::{Api, BASE, Change, Row, Script, State, now_ms};
use futures_util::FutureExt as _;
use std::collections::BTreeMap;
use std::future::Future as _;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;
use weir::engine::{Clock, Context, Order, RunLimits, StreamOrder, sync};
use weir::event::{Coverage, Event, Listener, Receipt};
use weir::http::Permissions;
use weir::plan::{Bound, Options, connect_text};
use weir::sinks::jsonl::{self, JsonlBooks, JsonlSink};
use weir::sinks::memory::{MemorySink, Store};
use weir::sinks::sqlite::{SqliteBooks, SqliteSink};
use weir::sinks::{Books as _, Failpoint, Mode, Offload, Sink, SinkOptions};

pub(crate) struct Lab {
    pub case: Case,
    pub api: Arc<Api>,
    pub books: Arc<Mutex<Books>>,
    pub store: Arc<Mutex<Store>>,
    pub root: PathBuf,
    _dir: tempfile::TempDir,
    pub bound: Arc<Bound>,
    pub runs: usize,
    pub log: Arc<Mutex<Vec<String>>>,
    pub broken: Vec<String>,
    /// A pass that was asked to be full stood open when the run began.
    full_is_open: bool,
    /// Rows change without a word: nobody but a full read notices.
    pub silent: bool,
}

/// How one run goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct How {
    pub full: bool,
    pub pages: Option<u64>,
    pub limit: Option<u64>,
    pub trouble: Trouble,
    /// The process dies at the so-manieth request of the run.
    pub request: Option<usize>,
    /// It dies after so many polls.
    pub polls: Option<u64>,
    /// The user stops it after so many milliseconds.
    pub cancel: Option<u64>,
}

struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(BASE * 1000 + now_ms(self.0)).unwrap()
    }
}

struct Heard(Arc<Mutex<Vec<String>>>, Instant);

impl Listener for Heard {
    fn tell(&self, event: &Event) {
        self.0.lock().unwrap().push(format!("{} {event:?}", now_ms(self.1)));
    }
}

impl Lab {
    pub(crate) fn new(case: Case, rows: Vec<Row>, script: Script) -> Self {
        let begin = Instant::now();
        let state = State {
            rows,
            snapshots: BTreeMap::new(),
            next_snapshot: 0,
            log: Vec::new(),
            broken: Vec::new(),
            windows: BTreeMap::new(),
            given: BTreeMap::new(),
            firsts: BTreeMap::new(),
            run: 0,
            script,
            dice: Dice::new(case.seed, 2),
            changing: false,
            crash_at: None,
        };
        let api = Api { case: case.clone(), begin, state: Mutex::new(state), crash: Arc::default() };
        let manifest = case.manifest();
        let bound = connect_text("manifest.yaml".as_ref(), manifest.as_bytes(), &[], &Options::default());
        let bound = bound.unwrap_or_else(|fault| panic!("{fault}\n{manifest}"));
        let dir = tempfile::tempdir().unwrap();
        Self {
            case,
            api: Arc::new(api),
            books: Arc::default(),
            store: Arc::default(),
            root: dir.path().to_owned(),
            _dir: dir,
            bound,
            runs: 0,
            log: Arc::default(),
            broken: Vec::new(),
            full_is_open: false,
            silent: false,
        }
    }

    pub(crate) fn sink(&self) -> Box<dyn Sink> {
        let (offload, failpoint) = (Offload::Inline, Failpoint::default());
        match self.case.to {
            Where::Memory => Box::new(MemorySink::new(Arc::clone(&self.store), failpoint)),
            Where::Sqlite => Box::new(SqliteSink::new(self.root.join("weir.db"), SinkOptions { offload, failpoint })),
            Where::Jsonl => Box::new(JsonlSink::new(self.root.join("out"), SinkOptions { offload, failpoint })),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        now_ms(self.api.begin)
    }

    pub(crate) fn change(&self, change: &Change) {
        let now = self.now();
        self.api.state.lock().unwrap().change(change, now);
    }

    /// A run of which nothing is special.
    pub(crate) async fn calm(&mut self) -> Receipt {
        self.run(How::default()).await.expect("nothing kills it")
    }

    /// One run; `None`: it died. Afterwards all that can be said at any time is held against the invariants.
    pub(crate) async fn run(&mut self, how: How) -> Option<Receipt> {
        self.runs += 1;
        let began = self.now();
        let is_full =
            |(_, state): &(u64, weir::state::PartitionState)| state.open.as_ref().is_some_and(|open| open.full);
        self.full_is_open = self.books.lock().unwrap().states.values().any(is_full);
        {
            let mut state = self.api.state.lock().unwrap();
            (state.crash_at, state.run) = (how.request, self.runs);
            state.windows.clear();
        }
        let sink = Watched {
            inner: self.sink(),
            case: self.case.clone(),
            api: Arc::clone(&self.api),
            books: Arc::clone(&self.books),
            trouble: how.trouble.clone(),
            calls: 0,
            dice: Dice::new(self.case.seed, 100 + self.runs as u64),
        };
        let transport: Arc<dyn weir::http::Transport> = Arc::clone(&self.api) as _;
        let mut context = Context::new(transport, Arc::new(Permissions::default()), self.case.seed);
        context.clock = Arc::new(Virtual(self.api.begin));
        context.offload = Offload::Inline;
        context.listener = Arc::new(Heard(Arc::clone(&self.log), self.api.begin));
        context.limits =
            RunLimits { concurrency: Some(self.case.concurrency), memory: self.case.memory, ..RunLimits::default() };
        let stream = StreamOrder {
            stream: "items".into(),
            mode: Some(self.case.mode),
            full: how.full,
            pages: how.pages,
            limit: how.limit,
            allow_empty: true,
            ..StreamOrder::default()
        };
        let order =
            Order { run: format!("run-{}", self.runs), connection: "c".into(), streams: vec![stream], requests: None };
        let receipt = self.play(&how, &order, Box::new(sink), &context).await;
        _ = self.api.crash.notified().now_or_never();
        self.log.lock().unwrap().push(format!("{} run {} ended: {}", self.now(), self.runs, receipt.is_some()));
        self.settled().await;
        if let Some(receipt) = &receipt
            && receipt.streams.first().is_some_and(|stream| stream.coverage == Coverage::Complete)
        {
            self.complete(receipt, began, &how).await;
        }
        receipt
    }

    async fn play(&mut self, how: &How, order: &Order, sink: Box<dyn Sink>, context: &Context) -> Option<Receipt> {
        let crash = Arc::clone(&self.api.crash);
        let cancel = context.cancel.clone();
        let mut stop = pin!(async {
            match how.cancel {
                Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                None => std::future::pending().await,
            }
        });
        let mut polls = how.polls.unwrap_or(u64::MAX);
        let mut work = pin!(sync(Arc::clone(&self.bound), order, sink, context));
        let counted = std::future::poll_fn(|cx| {
            if polls == 0 {
                return Poll::Ready(None);
            }
            polls -= 1;
            work.as_mut().poll(cx).map(Some)
        });
        let mut counted = pin!(counted);
        let standstill = tokio::time::sleep(Duration::from_secs(100_000));
        let mut standstill = pin!(standstill);
        let mut stopped = false;
        loop {
            tokio::select! {
                biased;
                () = crash.notified() => return None,
                receipt = &mut counted => return receipt,
                () = &mut stop, if !stopped => { stopped = true; cancel.cancel(); }
                () = &mut standstill => {
                    self.broken.push("the run stands still".into());
                    return None;
                }
            }
        }
    }

    /// What holds after every run and every crash.
    async fn settled(&mut self) {
        let actual = self.rows();
        let model = self.books.lock().unwrap().rows();
        if actual != model {
            self.broken.push(format!("1 atomic, 7 effect: there is {actual:?}, by the units it is {model:?}"));
        }
        for (part, (version, state)) in self.states().await {
            let model = self.books.lock().unwrap().states.get(&part).cloned();
            if model != Some((version, state.clone())) {
                self.broken.push(format!("1 atomic: {state:?} is kept, by the units it is {model:?}"));
            }
            if let Some(covered) = state.covered.position().filter(|_| !self.silent) {
                self.covers(part, covered.order);
            }
        }
        self.once();
    }

    /// 2: of each row before the position the destination has the version that stands at the source.
    fn covers(&mut self, part: usize, covered: i128) {
        let rows = self.api.state.lock().unwrap().rows.clone();
        for row in rows.iter().filter(|row| row.part == part && !row.bad) {
            let before = row.at.is_some_and(|at| i128::from(BASE + at) * 1_000_000_000 < covered);
            if before && self.case.mode != Mode::Replace && !self.has(row) {
                self.broken.push(format!("2 cover: {row:?} is missing, covered is {}", shown(covered)));
            }
        }
    }

    /// 6 and 7: nothing of an abandoned pass, nothing twice.
    fn once(&mut self) {
        let appends_all = self.case.mode == Mode::Append && !self.case.positions;
        let books = self.books.lock().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        let mut said = Vec::new();
        for entry in &books.shown {
            if books.abandoned.contains(&(entry.part, entry.pass)) && self.case.mode != Mode::Replace {
                said.push(format!("6 abandon: {entry:?} is of an abandoned pass"));
            }
            if !seen.insert((entry.id, entry.version, entry.gone, entry.order)) && !appends_all {
                said.push(format!("7 effect: {entry:?} stands twice"));
            }
        }
        for entry in &books.hidden {
            if books.abandoned.contains(&(entry.part, entry.pass)) {
                said.push(format!("6 abandon: {entry:?} is of an abandoned pass"));
            }
        }
        drop(books);
        self.broken.extend(said);
    }

    /// 17, 11, 19: what a receipt says that calls a read complete.
    async fn complete(&mut self, receipt: &Receipt, began: i64, how: &How) {
        let stream = &receipt.streams[0];
        let Some(as_of) = stream.as_of.map(|at| at.as_millisecond() - BASE * 1000) else {
            return self.broken.push("17 sign: complete, and as of when?".into());
        };
        // Reads of the whole and chunks speak of the begin of a pass that may be older than the run.
        let may_be_older = how.full
            || how.pages.is_some()
            || how.limit.is_some()
            || self.full_is_open
            || self.case.mode == Mode::Replace;
        if as_of < began && !may_be_older {
            self.broken.push(format!("17 sign: complete as of {as_of}, the run began at {began}"));
        }
        let (rows, ends) = {
            let state = self.api.state.lock().unwrap();
            let ends = |part: usize| state.log.iter().any(|asked| asked.part == part && asked.end);
            (state.rows.clone(), (0..self.case.parts).all(ends))
        };
        if !ends {
            self.broken.push("17 sign: complete without a sign".into());
        }
        for row in rows.iter().filter(|row| row.since < as_of && !row.bad) {
            if !self.has(row) {
                self.broken.push(format!("17 sign: complete as of {as_of}, and {row:?} is missing"));
            }
        }
        let refused = self.quarantine().await;
        for row in rows.iter().filter(|row| row.since < as_of && row.bad && !row.gone) {
            let raw = format!("\"bad {}\"", row.version);
            let id = format!("\"id\": {},", row.id);
            let count = refused.iter().filter(|kept| kept.contains(&raw) && kept.contains(&id)).count();
            if count != 1 {
                self.broken.push(format!("19 quarantine: {row:?} stands there {count} times"));
            }
        }
    }

    fn has(&self, row: &Row) -> bool {
        let books = self.books.lock().unwrap();
        let of = |entry: &&crate::books::Entry| entry.id == row.id;
        if self.case.mode == Mode::Append {
            return books
                .shown
                .iter()
                .filter(of)
                .any(|entry| if row.gone { entry.gone } else { entry.version == Some(row.version) });
        }
        match books.shown.iter().find(of) {
            Some(entry) if row.gone => entry.gone,
            Some(entry) => entry.version == Some(row.version) && !entry.gone,
            None => row.gone,
        }
    }

    // ── what the destination really holds ──

    pub(crate) fn rows(&self) -> Vec<(i64, Option<i64>)> {
        let lines: Vec<String> = match self.case.to {
            Where::Memory => {
                let rows = self.store.lock().unwrap().rows("c", "items");
                rows.into_iter().filter(|row| !row.deleted).map(|row| row.line).collect()
            }
            Where::Jsonl => {
                let root = self.root.join("out");
                let files = jsonl::listed(&root).unwrap_or_default();
                let files = files.get(&("c".to_owned(), "items".to_owned())).cloned().unwrap_or_default();
                let read = |file: &PathBuf| std::fs::read_to_string(root.join(file)).unwrap();
                files.iter().flat_map(|file| read(file).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
            }
            Where::Sqlite => return self.table(),
        };
        let lines = lines.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let alive = lines.filter(|line| line.get("_deleted_at").is_none_or(serde_json::Value::is_null));
        let mut rows: Vec<_> = alive.map(|line| (line["id"].as_i64().unwrap(), line["v"].as_i64())).collect();
        rows.sort_unstable();
        rows
    }

    fn table(&self) -> Vec<(i64, Option<i64>)> {
        let db = rusqlite::Connection::open(self.root.join("weir.db")).unwrap();
        let marks = db.prepare("select _deleted_at from items").is_ok();
        let alive = if marks { " where _deleted_at is null" } else { "" };
        let Ok(mut rows) = db.prepare(&format!("select id, v from items{alive} order by id, v")) else {
            return Vec::new();
        };
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(crate) async fn states(&self) -> BTreeMap<usize, (u64, weir::state::PartitionState)> {
        let offload = Offload::Inline;
        let listed = match self.case.to {
            Where::Memory => self.store.lock().unwrap().states(),
            Where::Sqlite => SqliteBooks::new(self.root.join("weir.db"), offload).states().await.unwrap_or_default(),
            Where::Jsonl => JsonlBooks::new(self.root.join("out"), offload).states().await.unwrap_or_default(),
        };
        let known = listed
            .into_iter()
            .filter_map(|kept| Some((crate::books::part_of(&kept.partition), (kept.version, kept.state?))));
        known.collect()
    }

    pub(crate) async fn quarantine(&self) -> Vec<String> {
        let offload = Offload::Inline;
        let listed = match self.case.to {
            Where::Memory => self.store.lock().unwrap().quarantine(),
            Where::Sqlite => SqliteBooks::new(self.root.join("weir.db"), offload).quarantine().await.unwrap(),
            Where::Jsonl => JsonlBooks::new(self.root.join("out"), offload).quarantine().await.unwrap(),
        };
        listed.into_iter().map(|kept| String::from_utf8_lossy(&kept.raw).into_owned()).collect()
    }

    /// Everything that was found wrong.
    pub(crate) fn found(&self) -> Vec<String> {
        let mut all = self.broken.clone();
        all.extend(self.books.lock().unwrap().broken.clone());
        all.extend(self.api.state.lock().unwrap().broken.clone());
        all
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.api
            .state
            .lock()
            .unwrap()
            .log
            .iter()
            .map(|asked| format!("run {} {} {}", asked.run, asked.line, asked.at_ms))
            .collect()
    }

    /// Returns the position of a partition, in seconds after the base.
    pub(crate) async fn covered(&self, part: usize) -> Option<i64> {
        let states = self.states().await;
        let position = states.get(&part)?.1.covered.position()?.order;
        Some(i64::try_from(position.div_euclid(1_000_000_000)).unwrap() - BASE)
    }
}
