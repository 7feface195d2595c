//! What was asked and answered, counted.

use serde::Serialize;
use std::collections::BTreeMap;

/// Counts over the well-behaved API since it was started or reset.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    pub requests: u64,
    pub connections: u64,
    pub records: u64,
    /// Of bodies whose length is known.
    pub bytes: u64,
    /// Bodies that were cut, and answers that were not given, on purpose.
    pub broken: u64,
    pub in_flight: usize,
    pub most_in_flight: usize,
    pub by_status: BTreeMap<u16, u64>,
    /// Requests by path, without the query.
    pub by_path: BTreeMap<String, u64>,
    /// Good answers by target.
    pub by_target: BTreeMap<String, u64>,
}

impl Counts {
    pub fn status(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    pub fn path(&self, path: &str) -> u64 {
        self.by_path.get(path).copied().unwrap_or(0)
    }

    /// The targets that were answered well more than once.
    pub fn repeated(&self) -> BTreeMap<&str, u64> {
        let more = self.by_target.iter().filter(|(_, count)| **count > 1);
        more.map(|(target, count)| (target.as_str(), *count)).collect()
    }
}
