//! A mock, a folder with a manifest and a destination, and the program that is run in it.

use crate::support::Folder;
use rusqlite::Connection;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use weir::sinks::jsonl::{self, JsonlBooks};
use weir::sinks::sqlite::SqliteBooks;
use weir::sinks::{Books, Offload, StoredState};
use weir::testing::mock::{Effect, Mock, Rule};

/// Longer than anything takes, also on a busy machine.
pub(crate) const LONG: Duration = Duration::from_mins(1);
/// 2024-01-01, a second before the first record of the mock.
pub(crate) const BASE: i64 = 1_704_067_200;
/// Items in a list, and in a page of it.
pub(crate) const ROWS: usize = 200;
pub(crate) const PAGES: u64 = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    Sqlite,
    Jsonl,
}

pub(crate) struct Lab {
    pub(crate) mock: Mock,
    pub(crate) folder: Folder,
    pub(crate) to: To,
}

/// Streams over the same items: by ascending position, by token without a position, by number.
const SHOP: &str = r#"connector: shop
base: BASE/api/none
params: { n: integer = 200 }
defaults:
  records: $.data
  key: id
  fields: { id: integer!, updated_at: timestamp!, name: string }
  query: { n: "{{ params.n }}", page_size: 5 }
streams:
  items:
    request: GET /cursor/items
    query: { since: "{{ window.start }}" }
    incremental: { field: updated_at, start: 2024-01-01T00:00:00Z, order: asc }
    paginate: { cursor: { next: $.next_cursor, into: query.cursor } }
  plain:
    request: GET /cursor/items
    paginate: { cursor: { next: $.next_cursor, into: query.cursor } }
  counted:
    request: GET /page/items
    paginate: { page: { into: query.page, total_pages: $.total_pages } }
"#;

impl Lab {
    pub(crate) fn new(to: To) -> Lab {
        Lab::with(to, SHOP)
    }

    /// Makes one with a manifest of its own, in which `BASE` is the mock's address.
    pub(crate) fn with(to: To, manifest: &str) -> Lab {
        let (mock, folder) = (Mock::start(), Folder::new());
        folder.write("shop.yaml", manifest.replace("BASE", &mock.base()));
        Lab { mock, folder, to }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join(if self.to == To::Sqlite { "weir.db" } else { "out" })
    }

    /// Returns the program in the folder, without the environment's variables.
    pub(crate) fn weir(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn sync(&self, arguments: &[&str]) -> Command {
        let to = if self.to == To::Sqlite { "sqlite:weir.db" } else { "jsonl:out" };
        let mut command =
            self.weir(&["sync", "shop.yaml", "--to", to, "--allow-private", "127.0.0.1", "--format", "json"]);
        command.args(arguments);
        command
    }

    pub(crate) fn read(&self, arguments: &[&str]) -> Command {
        let mut command = self.weir(&["read", "shop.yaml", "--allow-private", "127.0.0.1"]);
        command.args(arguments);
        command
    }

    /// Begins a run that waits at the nth request of a path; from then on nothing is held.
    pub(crate) fn held_at(&self, path: &str, nth: usize, command: &mut Command) -> Child {
        self.mock.clear_rules();
        self.mock.rule(Rule::new(path, Effect::Hold).nth(nth));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        assert!(self.mock.wait_held(1, LONG), "request {nth} of {path} never came");
        child
    }

    /// Kills a run while the nth answer of a path is held.
    pub(crate) fn kill_at(&self, path: &str, nth: usize, command: &mut Command) {
        let mut child = self.held_at(path, nth, command);
        child.kill().unwrap();
        child.wait().unwrap();
        self.mock.clear_rules();
        self.mock.release_all();
    }

    pub(crate) fn requests(&self) -> u64 {
        self.mock.counts().requests
    }

    /// Reads the ids that readers see, as often as they see them.
    pub(crate) fn ids(&self, stream: &str) -> Vec<usize> {
        let mut ids = match self.to {
            To::Sqlite => self.table(stream),
            To::Jsonl => self.lines(stream).iter().map(id).collect(),
        };
        ids.sort_unstable();
        ids
    }

    /// Reads a table; none if it is not there.
    pub(crate) fn table(&self, table: &str) -> Vec<usize> {
        if !self.place().exists() {
            return Vec::new();
        }
        let db = Connection::open(self.place()).unwrap();
        let there = "select count(*) from sqlite_schema where name = ?1";
        if db.query_row(there, [table], |row| row.get::<_, i64>(0)).unwrap() == 0 {
            return Vec::new();
        }
        let mut rows = db.prepare(&format!("select id from \"{table}\"")).unwrap();
        let ids = rows.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        ids.map(|id| usize::try_from(id.unwrap()).unwrap()).collect()
    }

    /// Reads the lines of all listed files; each file must be whole.
    fn lines(&self, stream: &str) -> Vec<Value> {
        if !self.place().exists() {
            return Vec::new();
        }
        let files = jsonl::listed(&self.place()).unwrap();
        let mut lines = Vec::new();
        for file in files.get(&("shop".to_owned(), stream.to_owned())).into_iter().flatten() {
            let text = std::fs::read_to_string(self.place().join(file)).unwrap();
            assert!(text.ends_with('\n'), "{} is cut", file.display());
            lines.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
        lines
    }

    pub(crate) fn states(&self) -> Vec<StoredState> {
        if !self.place().exists() {
            return Vec::new();
        }
        let mut books: Box<dyn Books> = match self.to {
            To::Sqlite => Box::new(SqliteBooks::new(self.place(), Offload::Inline)),
            To::Jsonl => Box::new(JsonlBooks::new(self.place(), Offload::Inline)),
        };
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(books.states()).unwrap()
    }

    /// What must hold after a kill: it can be read, and no state covers a row that is not there.
    pub(crate) fn check(&self, stream: &str, replace: bool, what: &str) {
        if self.to == To::Sqlite && self.place().exists() {
            let db = Connection::open(self.place()).unwrap();
            let sound: String = db.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(sound, "ok", "{what}");
        }
        let ids = self.ids(stream);
        let distinct = ids.iter().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(distinct.len(), ids.len(), "{what}: rows stand twice");
        if replace {
            assert!(ids.is_empty() || ids.len() == ROWS, "{what}: readers see {} rows of {ROWS}", ids.len());
        }
        for stored in self.states() {
            let Some(state) = stored.state else { continue };
            let mut covered = 0;
            if let Some(position) = state.covered.position() {
                let seconds = i64::try_from(position.order / 1_000_000_000).unwrap();
                // Every row before the position; the one at it is read again.
                covered = usize::try_from(seconds - BASE - 1).unwrap_or(0);
            }
            // All passes here begin with the first record unless they begin at a position.
            if let Some(open) = &state.open {
                let before =
                    open.asked.start.as_ref().map_or(0, |start| start.order / 1_000_000_000 - i128::from(BASE));
                let before = usize::try_from(before - 1).unwrap_or(0);
                covered = covered.max(before + usize::try_from(open.rows).unwrap());
                if open.generation > 0 {
                    self.covers_hidden(stream, open.generation, covered, what);
                    continue;
                }
            }
            if state.done_in.is_none() {
                covers(&ids, covered, what);
            }
        }
    }

    /// The rows of a generation that is being built are as durable as its state.
    fn covers_hidden(&self, stream: &str, generation: u64, covered: usize, what: &str) {
        if self.to == To::Sqlite {
            covers(&self.table(&format!("_weir_{stream}_{generation}")), covered, what);
        }
    }

    /// What must hold at the end: every id once, in fewer requests than this.
    pub(crate) fn check_end(&self, stream: &str, output: &Output, fewer: u64, what: &str) {
        assert!(output.status.success(), "{what}: {}", told(output));
        assert_eq!(self.ids(stream), (1..=ROWS).collect::<Vec<_>>(), "{what}");
        let requests = self.requests();
        assert!(requests < fewer, "{what}: {requests} requests, a clean run takes {PAGES}");
    }
}

fn covers(ids: &[usize], covered: usize, what: &str) {
    let missing = (1..=covered).filter(|id| !ids.contains(id)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "{what}: the state covers {covered} rows, and these are not there: {missing:?}");
}

pub(crate) fn id(row: &Value) -> usize {
    usize::try_from(row["id"].as_u64().unwrap()).unwrap()
}

pub(crate) fn told(output: &Output) -> String {
    format!("{}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub(crate) fn receipt(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no receipt: {}", told(output)))
}

/// Does something for each case, on as many threads as there are processors.
pub(crate) fn each<T: Sync>(cases: &[T], run: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    run(case);
                }
            });
        }
    });
}

#[test]
fn a_clean_run_takes_a_request_a_page() {
    for stream in ["items", "plain", "counted"] {
        let lab = Lab::new(To::Sqlite);
        let output = lab.sync(&[stream]).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!((lab.ids(stream).len(), lab.requests()), (ROWS, PAGES), "{stream}");
    }
}
