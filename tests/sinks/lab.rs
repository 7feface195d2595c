//! Destinations to try, and what is handed to them.

use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use weir::event::{Outcome, Receipt};
use weir::fault::Fault;
use weir::sinks::jsonl::{self, JsonlBooks, JsonlSink};
use weir::sinks::memory::{MemorySink, Store};
use weir::sinks::sqlite::{SqliteBooks, SqliteSink};
use weir::sinks::stdout::{FileBooks, Format, StdoutOptions, StdoutSink};
use weir::sinks::{
    Books, CommitFault, CommitUnit, Counts, Facts, FailAction, Failpoint, Ledger, Mode, Offload, Opening, Promotion,
    QuarantineEntry, Refused, Rows, Sink, SinkOptions, Staged, StoredState, StreamPart, StreamTarget,
};
use weir::state::{Asked, Digest, Open, Page, PartitionKey, PartitionState, PendingChange, StateChange, Version};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Sqlite,
    Jsonl,
    Memory,
    Stdout,
}

pub(crate) const ALL: [Which; 4] = [Which::Sqlite, Which::Jsonl, Which::Memory, Which::Stdout];

/// A destination that outlives its sinks.
pub(crate) struct Lab {
    pub(crate) which: Which,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) store: Arc<Mutex<Store>>,
    pub(crate) out: Arc<Mutex<Vec<u8>>>,
    pub(crate) runs: u32,
}

pub(crate) struct Shared(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Makes all destinations that can write so.
pub(crate) fn able(mode: Mode) -> Vec<Lab> {
    ALL.into_iter().map(Lab::new).filter(|lab| lab.sink().abilities().modes.contains(&mode)).collect()
}

impl Lab {
    pub(crate) fn new(which: Which) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { which, dir, store: Arc::default(), out: Arc::default(), runs: 0 }
    }

    pub(crate) fn db(&self) -> PathBuf {
        self.dir.path().join("weir.db")
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state.json")
    }

    pub(crate) fn sink(&self) -> Box<dyn Sink> {
        self.failing(Failpoint::default())
    }

    pub(crate) fn failing(&self, failpoint: Failpoint) -> Box<dyn Sink> {
        let offload = Offload::Inline;
        match self.which {
            Which::Sqlite => Box::new(SqliteSink::new(self.db(), SinkOptions { offload, failpoint })),
            Which::Jsonl => Box::new(JsonlSink::new(self.root(), SinkOptions { offload, failpoint })),
            Which::Memory => Box::new(MemorySink::new(Arc::clone(&self.store), failpoint)),
            Which::Stdout => {
                let options = StdoutOptions {
                    format: Format::Jsonl,
                    state: Some(self.state()),
                    offload,
                    failpoint,
                    ..StdoutOptions::default()
                };
                Box::new(StdoutSink::new(Box::new(Shared(Arc::clone(&self.out))), options))
            }
        }
    }

    /// Opens a sink as the next run.
    pub(crate) async fn opened(&mut self) -> Hand {
        self.opened_failing(Failpoint::default()).await
    }

    pub(crate) async fn opened_failing(&mut self, failpoint: Failpoint) -> Hand {
        let sink = self.failing(failpoint);
        self.open(sink).await.unwrap()
    }

    pub(crate) async fn open(&mut self, mut sink: Box<dyn Sink>) -> Result<Hand, Fault> {
        self.runs += 1;
        let ledger = sink.open(&opening(self.runs)).await?;
        Ok(Hand { seq: ledger.next_seq, sink, ledger, run: self.runs })
    }

    /// Reads what readers see: the rows as JSON.
    pub(crate) fn rows(&self) -> Vec<serde_json::Value> {
        let lines = match self.which {
            Which::Sqlite => return self.table("items"),
            Which::Jsonl => {
                let files = jsonl::listed(&self.root()).unwrap();
                let files = files.get(&("shop".to_owned(), "items".to_owned())).cloned().unwrap_or_default();
                files.iter().map(|file| std::fs::read_to_string(self.root().join(file)).unwrap()).collect()
            }
            Which::Memory => {
                let rows = self.store.lock().unwrap().rows("shop", "items");
                rows.iter().map(|row| if row.deleted { String::new() } else { format!("{}\n", row.line) }).collect()
            }
            Which::Stdout => String::from_utf8(self.out.lock().unwrap().clone()).unwrap(),
        };
        lines.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn table(&self, table: &str) -> Vec<serde_json::Value> {
        let db = rusqlite::Connection::open(self.db()).unwrap();
        let Ok(mut rows) = db.prepare(&format!("select * from \"{table}\"")) else { return Vec::new() };
        let names: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let deleted = names.iter().position(|name| name == "_deleted_at");
        let mut rows = rows.query([]).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            if deleted.is_some_and(|at| row.get::<_, Option<String>>(at).unwrap().is_some()) {
                continue;
            }
            let mut map = serde_json::Map::new();
            for (at, name) in names.iter().enumerate().filter(|(_, name)| !name.starts_with('_')) {
                let value = match row.get_ref(at).unwrap() {
                    rusqlite::types::ValueRef::Null => serde_json::Value::Null,
                    rusqlite::types::ValueRef::Integer(number) => number.into(),
                    rusqlite::types::ValueRef::Real(number) => number.into(),
                    rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                    rusqlite::types::ValueRef::Blob(bytes) => format!("{bytes:?}").into(),
                };
                map.insert(name.clone(), value);
            }
            found.push(map.into());
        }
        found
    }

    /// Reads the names of the rows, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.rows().iter().map(|row| row["name"].as_str().unwrap_or("-").to_owned()).collect();
        names.sort();
        names
    }

    pub(crate) async fn states(&self) -> Vec<StoredState> {
        match self.books() {
            Some(mut books) => books.states().await.unwrap_or_default(),
            None => self.store.lock().unwrap().states(),
        }
    }

    pub(crate) async fn quarantine(&self) -> Vec<QuarantineEntry> {
        match self.books() {
            Some(mut books) => books.quarantine().await.unwrap(),
            None => self.store.lock().unwrap().quarantine(),
        }
    }

    pub(crate) async fn receipts(&self) -> Vec<Receipt> {
        match self.books() {
            Some(mut books) => books.receipts().await.unwrap(),
            None => self.store.lock().unwrap().receipts(),
        }
    }

    pub(crate) fn books(&self) -> Option<Box<dyn Books>> {
        Some(match self.which {
            Which::Sqlite => Box::new(SqliteBooks::new(self.db(), Offload::Inline)),
            Which::Jsonl => Box::new(JsonlBooks::new(self.root(), Offload::Inline)),
            Which::Stdout => Box::new(FileBooks::new(self.state())),
            Which::Memory => return None,
        })
    }

    /// Takes the lock away from whoever has it, who does not notice.
    pub(crate) fn lose_lock(&self) {
        let path = match self.which {
            Which::Sqlite => self.dir.path().join("weir.db.lock"),
            Which::Jsonl => self.root().join("_weir/lock"),
            Which::Stdout => self.dir.path().join("state.json.lock"),
            Which::Memory => return self.store.lock().unwrap().lose_lock(),
        };
        std::fs::remove_file(path).unwrap();
    }
}

/// A sink that is open.
pub(crate) struct Hand {
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) ledger: Ledger,
    pub(crate) seq: u64,
    pub(crate) run: u32,
}

impl Hand {
    pub(crate) async fn shape(&mut self, target: &StreamTarget) {
        self.sink.shape(target).await.unwrap();
    }

    pub(crate) fn unit(&mut self, parts: Vec<StreamPart>) -> CommitUnit {
        self.seq += 1;
        CommitUnit { seq: self.seq - 1, fence: self.ledger.fence, parts }
    }

    pub(crate) async fn commit(&mut self, part: StreamPart) -> Counts {
        let unit = self.unit(vec![part]);
        self.sink.commit(unit).await.unwrap()
    }

    pub(crate) async fn try_commit(&mut self, part: StreamPart) -> Result<Counts, CommitFault> {
        let unit = self.unit(vec![part]);
        self.sink.commit(unit).await
    }

    pub(crate) async fn promote(
        &mut self,
        to: u64,
        found: Option<Vec<PartitionKey>>,
        allow_empty: bool,
    ) -> Result<Counts, CommitFault> {
        let promotion = self.promotion(found, allow_empty);
        self.sink.promote("items", to, &promotion).await
    }

    pub(crate) fn promotion(&mut self, found: Option<Vec<PartitionKey>>, allow_empty: bool) -> Promotion {
        self.seq += 1;
        Promotion { fence: self.ledger.fence, seq: self.seq - 1, found, allow_empty, gives_up: false }
    }

    pub(crate) async fn close(mut self) {
        let mut receipt = receipt(self.run);
        receipt.outcome = Outcome::Finished;
        self.sink.close(&receipt).await.unwrap();
    }
}

pub(crate) fn at() -> jiff::Timestamp {
    "2026-02-03T04:05:06Z".parse().unwrap()
}

pub(crate) fn opening(run: u32) -> Opening {
    Opening { run: format!("r{run}"), connection: "shop".into(), receipt: receipt(run), now: at(), pid: 1000 + run }
}

pub(crate) fn receipt(run: u32) -> Receipt {
    Receipt {
        format: 1,
        run: format!("r{run}"),
        connector: "shop".into(),
        version: None,
        target: "lab".into(),
        started: at(),
        ended: None,
        outcome: Outcome::Running,
        streams: Vec::new(),
        requests: 0,
        bytes: 0,
        commits: 0,
        failure: None,
        notes: Vec::new(),
    }
}

pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("at", DataType::Int64, true),
    ]))
}

pub(crate) fn target(mode: Mode) -> StreamTarget {
    StreamTarget {
        stream: "items".into(),
        table: "items".into(),
        schema: schema(),
        untyped: false,
        key: vec!["id".into()],
        position: Some("at".into()),
        mode,
        mark_deleted: false,
        tagged: false,
        digest: Digest::of(["items"]),
        definition: BTreeMap::from([("key".to_owned(), "id".to_owned())]),
    }
}

pub(crate) type Row = (i64, &'static str, Option<i64>);

pub(crate) fn rows(rows: &[Row]) -> Rows {
    rows_of(&PartitionKey::whole(), 1, rows)
}

pub(crate) fn rows_of(partition: &PartitionKey, pass: u64, rows: &[Row]) -> Rows {
    let batch = RecordBatch::try_new(
        schema(),
        vec![
            Arc::new(rows.iter().map(|row| Some(row.0)).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| Some(row.1)).collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>()),
        ],
    );
    let order = rows.iter().map(|row| row.2.map(|at| i128::from(at) * 1_000_000_000)).collect();
    Rows { partition: partition.clone(), pass, batch: batch.unwrap(), order: Some(order), deleted: false, bytes: 100 }
}

pub(crate) fn deleted(given: &[Row]) -> Rows {
    Rows { deleted: true, ..rows(given) }
}

pub(crate) fn part(mode: Mode, generation: u64, rows: Vec<Rows>) -> StreamPart {
    StreamPart {
        stream: "items".into(),
        generation,
        mode,
        rows,
        staged: Vec::new(),
        refused: Vec::new(),
        states: Vec::new(),
        edges: Vec::new(),
        pending: PendingChange::default(),
        facts: Facts::default(),
    }
}

pub(crate) fn with_state(mut part: StreamPart, change: StateChange) -> StreamPart {
    part.states.push(change);
    part
}

/// The state of a pass: open, or ended.
pub(crate) fn state(pass: u64, is_open: bool, generation: u64) -> PartitionState {
    let open = Open {
        pass,
        generation,
        asked: Asked { start: None, end: None, now: at() },
        bound: None,
        page: Page::first(),
        last: None,
        seen_max: None,
        recent: weir::state::RowHashes::default(),
        rows: 0,
        since: at(),
        full: false,
        milestone: None,
        job: None,
    };
    PartitionState { pass, open: is_open.then_some(open), ..PartitionState::default() }
}

pub(crate) fn change(partition: &PartitionKey, expect: Version, next: PartitionState) -> StateChange {
    StateChange { partition: partition.clone(), expect, next, discard: None }
}

pub(crate) fn refused(partition: &PartitionKey, pass: u64, raw: &'static str) -> Refused {
    Refused {
        partition: partition.clone(),
        pass,
        page: 0,
        record: 3,
        column: Some("at".into()),
        reason: "no integer".into(),
        key: None,
        raw: raw.as_bytes().into(),
    }
}

pub(crate) fn partition(name: &str) -> PartitionKey {
    PartitionKey::from_text(&format!("{{\"p\":\"{name}\"}}"))
}

/// Does something at the first passing of a named place.
pub(crate) fn once(name: &'static str, action: FailAction) -> Failpoint {
    let left = Mutex::new(true);
    Failpoint::new(move |passed| {
        let mut left = left.lock().unwrap();
        if passed == name && *left {
            *left = false;
            return action;
        }
        FailAction::Go
    })
}

/// Adds what was staged of a part before.
pub(crate) fn staged(mut part: StreamPart, staged: Vec<Staged>) -> StreamPart {
    part.staged = staged;
    part
}
