//! A folder, a server that misbehaves, and the program between them.

#![allow(dead_code, reason = "each family of cases takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that can't read its files fails")]

use crate::run::{Run, Running};
use crate::scripted::Scripted;
use crate::server::Server;
use crate::support::Folder;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What proves who asks, in every case. It must be found nowhere.
pub(crate) const SECRET: &str = "SCENARIO/SECRET+7f3a";

pub(crate) struct Lab {
    folder: Folder,
    pub(crate) server: Server,
    pub(crate) scenario: String,
    pub(crate) run: String,
    /// Where rows go.
    pub(crate) to: String,
    pub(crate) env: Vec<(String, String)>,
    /// The private hosts that the user allows.
    pub(crate) allowed: Vec<String>,
}

impl Lab {
    /// Takes a scenario, and a manifest of the table.
    pub(crate) fn new(scenario: &str, manifest: &str) -> Lab {
        let lab = Lab::bare(scenario);
        lab.write_manifest(&table(manifest));
        lab
    }

    /// Takes a manifest of the table with lines behind it.
    pub(crate) fn with(scenario: &str, manifest: &str, more: &str) -> Lab {
        let lab = Lab::bare(scenario);
        lab.write_manifest(&(table(manifest) + more + "\n"));
        lab
    }

    /// Takes a manifest of the table with something in another's place.
    #[track_caller]
    pub(crate) fn edited(scenario: &str, manifest: &str, edits: &[(&str, &str)]) -> Lab {
        let lab = Lab::bare(scenario);
        lab.edit(manifest, edits);
        lab
    }

    /// Has only a server.
    pub(crate) fn bare(scenario: &str) -> Lab {
        let server = Server::new();
        let lab = Lab {
            folder: Folder::new(),
            allowed: vec![server.a()],
            server,
            scenario: scenario.to_owned(),
            run: Server::fresh_run(),
            to: "sqlite:weir.db".to_owned(),
            env: vec![("FAULTS_TOKEN".to_owned(), SECRET.to_owned())],
        };
        std::fs::create_dir(lab.work()).unwrap();
        lab
    }

    /// Has a server of the case's own beside it: its manifest asks that one.
    #[track_caller]
    pub(crate) fn scripted(server: &Scripted, manifest: &str) -> Lab {
        let mut lab = Lab::bare("none");
        lab.allowed = vec![server.host()];
        lab.write("faults.yaml", &manifest.replace("base: BASE", &format!("base: http://{}", server.host())));
        lab
    }

    /// The user allows the second host too.
    #[must_use]
    pub(crate) fn allowing_b(mut self) -> Lab {
        self.allowed.push(self.server.b());
        self
    }

    #[must_use]
    pub(crate) fn into(mut self, to: &str) -> Lab {
        to.clone_into(&mut self.to);
        self
    }

    /// Where the program runs.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Where its output is kept: beside the folder it runs in.
    pub(crate) fn told(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}/s/{}~{}", self.server.a(), self.scenario, self.run)
    }

    #[track_caller]
    pub(crate) fn edit(&self, manifest: &str, edits: &[(&str, &str)]) {
        let mut text = table(manifest);
        for (from, to) in edits {
            assert!(text.contains(from), "{from} is not in {manifest}.yaml");
            text = text.replace(from, to);
        }
        self.write_manifest(&text);
    }

    pub(crate) fn write_manifest(&self, text: &str) {
        let text = text.replace("base: BASE", &format!("base: {}", self.base()));
        self.write("faults.yaml", &text.replace("HOST_B", &self.server.b()));
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.work().join(name), text).unwrap();
    }

    pub(crate) fn phase(&self, phase: i64) {
        self.server.phase(&self.scenario, &self.run, phase);
    }

    /// Syncs all streams.
    #[track_caller]
    pub(crate) fn sync(&self) -> Run {
        self.sync_with(&[])
    }

    #[track_caller]
    pub(crate) fn sync_with(&self, more: &[&str]) -> Run {
        self.start_sync(more).finish()
    }

    pub(crate) fn start_sync(&self, more: &[&str]) -> Running<'_> {
        let arguments = self.sync_arguments(more);
        Running::start(self, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Starts a sync whose files have so many blocks of 512 bytes at most.
    pub(crate) fn start_limited(&self, blocks: u32, more: &[&str]) -> Running<'_> {
        let arguments = self.sync_arguments(more);
        Running::start_limited(self, blocks, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn sync_arguments(&self, more: &[&str]) -> Vec<String> {
        let mut arguments = vec!["sync", "faults.yaml", "--to", &self.to, "--format", "json"];
        for host in &self.allowed {
            arguments.extend(["--allow-private", host]);
        }
        arguments.extend(more);
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Reads a stream to stdout.
    #[track_caller]
    pub(crate) fn read(&self, stream: &str, more: &[&str]) -> Run {
        let mut arguments = vec!["read", "faults.yaml", stream];
        for host in &self.allowed {
            arguments.extend(["--allow-private", host]);
        }
        arguments.extend(more);
        self.weir(&arguments)
    }

    #[track_caller]
    pub(crate) fn weir(&self, arguments: &[&str]) -> Run {
        Running::start(self, arguments).finish()
    }

    /// Asks the server whether all was as it should.
    #[track_caller]
    pub(crate) fn judged(&self) -> Value {
        let verdict = self.server.check(&self.scenario, &self.run);
        assert_eq!(verdict["ok"], true, "{verdict:#}");
        verdict
    }

    pub(crate) fn log(&self) -> Vec<Value> {
        self.server.log(&self.scenario, &self.run)
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.log().len()
    }

    /// How long the server was left alone between requests, in milliseconds.
    pub(crate) fn gaps(&self) -> Vec<u64> {
        let times: Vec<u64> = self.log().iter().map(|entry| entry["t_ms"].as_u64().unwrap()).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    pub(crate) fn database(&self) -> Connection {
        let path = self.work().join("weir.db");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// What a query finds, each row as a text of JSON with its values.
    #[track_caller]
    pub(crate) fn query(&self, sql: &str) -> Vec<Vec<Value>> {
        let database = self.database();
        let mut statement = database.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|at| {
                    Ok(match row.get_ref(at)? {
                        rusqlite::types::ValueRef::Null => Value::Null,
                        rusqlite::types::ValueRef::Integer(value) => value.into(),
                        rusqlite::types::ValueRef::Real(value) => value.into(),
                        rusqlite::types::ValueRef::Text(value) => String::from_utf8(value.to_vec()).unwrap().into(),
                        rusqlite::types::ValueRef::Blob(value) => value.to_vec().into(),
                    })
                })
                .collect()
        });
        rows.unwrap().map(|row| row.unwrap()).collect()
    }

    /// The first column of what a query finds, as texts.
    #[track_caller]
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.query(sql).iter().map(|row| text(&row[0])).collect()
    }

    /// How many rows `items` has; none where there is no such stream yet.
    pub(crate) fn rows_or_none(&self) -> usize {
        let there =
            if self.to.starts_with("sqlite:") { self.work().join("weir.db") } else { self.work().join("out/items") };
        if there.exists() { self.ids().len() } else { 0 }
    }

    /// How many rows a reader sees who looks while a run goes on.
    pub(crate) fn rows_if_any(&self) -> i64 {
        if self.to.starts_with("jsonl:") {
            return if self.work().join("out/_weir/commits").exists() {
                i64::try_from(self.lines("items").len()).unwrap()
            } else {
                0
            };
        }
        let path = self.work().join("weir.db");
        let open = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let Ok(open) = open else { return 0 };
        open.query_row("select count(*) from items", [], |row| row.get(0)).unwrap_or(0)
    }

    /// Says whether a table is there.
    pub(crate) fn has_table(&self, name: &str) -> bool {
        !self.query(&format!("select 1 from sqlite_master where type = 'table' and name = '{name}'")).is_empty()
    }

    /// The lines that readers of a folder see of a stream.
    #[track_caller]
    pub(crate) fn lines(&self, stream: &str) -> Vec<String> {
        let root = self.work().join(self.to.trim_start_matches("jsonl:"));
        let listed = weir::sinks::jsonl::listed(&root).unwrap();
        let files = listed.iter().filter(|((_, of), _)| of == stream).flat_map(|(_, files)| files);
        let texts = files.map(|file| std::fs::read_to_string(root.join(file)).unwrap());
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// The ids of a stream's rows where they went, sorted; each as often as it stands there.
    #[track_caller]
    pub(crate) fn ids_of(&self, stream: &str) -> Vec<i64> {
        if self.to.starts_with("sqlite:") {
            let sql = format!("select cast(id as integer) from \"{stream}\" order by 1");
            return self.query(&sql).iter().map(|row| row[0].as_i64().unwrap()).collect();
        }
        let id = |line: &String| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap();
        let mut ids: Vec<i64> = self.lines(stream).iter().map(id).collect();
        ids.sort_unstable();
        ids
    }

    /// The ids of `items`.
    #[track_caller]
    pub(crate) fn ids(&self) -> Vec<i64> {
        self.ids_of("items")
    }

    /// Asserts that `items` has these ids, each once.
    #[track_caller]
    pub(crate) fn has(&self, ids: std::ops::RangeInclusive<i64>) {
        assert_eq!(self.ids(), ids.collect::<Vec<_>>());
    }

    /// The reasons of refused records.
    #[track_caller]
    pub(crate) fn refused(&self) -> Vec<Value> {
        let run = self.weir(&["quarantine", "ls", "--to", &self.to, "--format", "json"]);
        serde_json::from_str::<Value>(&run.out).unwrap().as_array().unwrap().clone()
    }

    /// The states of a stream, by partition.
    #[track_caller]
    pub(crate) fn states(&self) -> Vec<Value> {
        let run = self.weir(&["state", "ls", "--to", &self.to, "--format", "json"]);
        serde_json::from_str::<Value>(&run.out).unwrap().as_array().unwrap().clone()
    }

    /// Asserts what must hold after every run: no secret anywhere, whole files, nothing outside the folder.
    #[track_caller]
    pub(crate) fn examine(&self) {
        let forms = secret_forms();
        let mut beside = BTreeSet::new();
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with("out") && !name.starts_with("err") {
                beside.insert(name);
            }
        }
        assert_eq!(beside, ["work".to_owned()].into(), "the program writes into its own folder");
        every_file(self.folder.path(), &mut |path| {
            let Ok(bytes) = std::fs::read(path) else { return };
            let text = String::from_utf8_lossy(&bytes);
            for form in &forms {
                assert!(!text.contains(form), "{} holds a secret as {form}:\n{}", path.display(), shown(&text, form));
            }
        });
        let database = self.work().join("weir.db");
        // A scrambled file is a case of its own.
        if database.is_file()
            && let Ok(open) = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_ONLY)
            && let Ok(whole) = open.query_row("pragma quick_check", [], |row| row.get::<_, String>(0))
        {
            assert_eq!(whole, "ok");
        }
    }
}

fn shown<'a>(text: &'a str, form: &str) -> &'a str {
    let at = text.find(form).unwrap_or(0);
    let (mut from, mut to) = (at.saturating_sub(120), (at + 120).min(text.len()));
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    &text[from..to]
}

/// The secret as it stands, in addresses, in base64 (as far as it does not depend on what is beside it) and in JSON.
fn secret_forms() -> Vec<String> {
    let quoted = SECRET.replace('/', "%2F").replace('+', "%2B");
    let escaped = SECRET.replace('/', "\\/");
    let mut forms = vec![SECRET.to_owned(), quoted.clone(), quoted.to_lowercase(), escaped];
    for before in ["", "x", "xx"] {
        let encoded = BASE64_STANDARD.encode(format!("{before}{SECRET}"));
        // Characters at the ends hold bits of what is beside it.
        forms.push(encoded[4..encoded.len() - 4].to_owned());
    }
    forms
}

pub(crate) fn every_file(folder: &Path, see: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            every_file(&entry.path(), see);
        } else if kind.is_file() {
            see(&entry.path());
        }
    }
}

/// A manifest of the table, with a place for the address.
pub(crate) fn table(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/manifests");
    std::fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}
