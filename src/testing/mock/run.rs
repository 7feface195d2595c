//! What is remembered of one scenario and run: its log, its phase, its counts.

use super::wire::Request;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One of the two hosts: the one a client is to talk to, and the one that must see nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Host {
    A,
    B,
}

impl Host {
    pub fn label(self) -> &'static str {
        match self {
            Host::A => "A",
            Host::B => "B",
        }
    }
}

/// One request that was received.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    pub n: usize,
    /// Since the mock was started.
    pub t_ms: u64,
    pub host: Host,
    pub phase: i64,
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    /// Its first 4096 bytes.
    pub body: String,
    /// The client's port, which tells connections apart.
    pub conn: u16,
}

/// How much of a body the log keeps.
const KEPT: usize = 4096;

/// How many requests a log keeps; beyond, the older half is forgotten.
const MOST_ENTRIES: usize = 100_000;

impl Entry {
    /// Its number and phase are found when it is written down.
    pub(crate) fn new(host: Host, client: u16, request: &Request, since_start: Duration) -> Entry {
        Entry {
            n: 0,
            t_ms: u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX),
            host,
            phase: 1,
            method: request.method.clone(),
            target: request.target.clone(),
            headers: request.headers.clone(),
            body: String::from_utf8_lossy(&request.body[..request.body.len().min(KEPT)]).into_owned(),
            conn: client,
        }
    }
}

/// Everything remembered of a scenario and run.
#[derive(Debug, Default)]
pub(crate) struct Run {
    memory: Mutex<Memory>,
}

#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) phase: i64,
    pub(crate) log: Vec<Entry>,
    pub(crate) violations: Vec<String>,
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) in_flight: usize,
    pub(crate) most_in_flight: usize,
    /// When the requests of the last second came.
    pub(crate) recent: Vec<Duration>,
    pub(crate) tokens: Tokens,
    /// The keys of the writes so far.
    pub(crate) keys: Vec<Option<String>>,
}

/// What the token endpoint of a scenario has given out.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) refresh: String,
    pub(crate) generation: u64,
    /// How many requests the access token is still good for.
    pub(crate) left: u64,
}

impl Default for Memory {
    fn default() -> Self {
        let tokens = Tokens { refresh: "rt-0".to_owned(), generation: 0, left: 0 };
        Memory {
            phase: 1,
            log: Vec::new(),
            violations: Vec::new(),
            counts: BTreeMap::new(),
            in_flight: 0,
            most_in_flight: 0,
            recent: Vec::new(),
            tokens,
            keys: Vec::new(),
        }
    }
}

impl Run {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a request down; it is in flight until [`Run::leave`].
    pub(crate) fn enter(&self, mut entry: Entry) {
        let mut memory = self.lock();
        entry.n = memory.log.last().map_or(1, |last| last.n + 1);
        entry.phase = memory.phase;
        if memory.log.len() >= MOST_ENTRIES {
            memory.log.drain(..MOST_ENTRIES / 2);
        }
        memory.log.push(entry);
        memory.in_flight += 1;
        memory.most_in_flight = memory.most_in_flight.max(memory.in_flight);
    }

    pub(crate) fn leave(&self) {
        self.lock().in_flight -= 1;
    }

    /// Forgets everything but what is in flight.
    pub(crate) fn clear(&self) {
        let mut memory = self.lock();
        let in_flight = memory.in_flight;
        *memory = Memory { in_flight, most_in_flight: in_flight, ..Memory::default() };
    }
}

/// All runs, by scenario and name.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    runs: Mutex<BTreeMap<(String, String), Arc<Run>>>,
}

impl Runs {
    pub(crate) fn get(&self, scenario: &str, run: &str) -> Arc<Run> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(runs.entry((scenario.to_owned(), run.to_owned())).or_default())
    }

    pub(crate) fn forget(&self, scenario: &str, run: &str) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&(scenario.to_owned(), run.to_owned()));
    }

    pub(crate) fn all(&self) -> Vec<((String, String), Arc<Run>)> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().map(|(key, run)| (key.clone(), Arc::clone(run))).collect()
    }
}
