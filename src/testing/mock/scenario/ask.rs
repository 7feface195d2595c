//! One request as a scenario sees it.

use crate::testing::mock::query::Query;
use crate::testing::mock::run::{Host, Run};
use crate::testing::mock::wire::Request;
use crate::testing::mock::world::World;
use std::time::Duration;

/// Longer than any test waits.
const LONG: Duration = Duration::from_mins(2);

pub(crate) struct Ask<'a> {
    pub(crate) host: Host,
    pub(crate) name: &'static str,
    pub(crate) run_id: &'a str,
    pub(crate) run: &'a Run,
    pub(crate) request: &'a Request,
    /// The path behind the scenario.
    pub(crate) rest: String,
    pub(crate) query: Query,
    pub(crate) world: &'a World,
}

impl Ask<'_> {
    pub(crate) fn phase(&self) -> i64 {
        self.run.lock().phase
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// How often this key was asked for, this time included.
    pub(crate) fn count(&self, key: &str) -> u64 {
        let mut memory = self.run.lock();
        let count = memory.counts.entry(key.to_owned()).or_default();
        *count += 1;
        *count
    }

    pub(crate) fn violate(&self, message: String) {
        self.run.lock().violations.push(message);
    }

    pub(crate) fn hold(&self) {
        self.hold_for(LONG);
    }

    pub(crate) fn hold_for(&self, longest: Duration) {
        self.world.holds.hold(&gate(self.name, self.run_id), longest);
    }

    pub(crate) fn pause(&self, milliseconds: u64) {
        self.world.holds.pause(Duration::from_millis(milliseconds));
    }

    /// The path of this scenario and run, without a slash at its end.
    pub(crate) fn path(&self) -> String {
        let run = if self.run_id == "0" { String::new() } else { format!("~{}", self.run_id) };
        format!("/s/{}{run}", self.name)
    }

    pub(crate) fn url(&self, rest: &str, host: Host) -> String {
        format!("{}{}/{rest}", self.world.base(host), self.path())
    }

    pub(crate) fn form(&self) -> Query {
        Query::read(&String::from_utf8_lossy(&self.request.body))
    }

    /// The number in `parents/<number>/items`.
    pub(crate) fn parent(&self) -> Option<usize> {
        self.rest.strip_prefix("parents/")?.strip_suffix("/items")?.parse().ok()
    }
}

/// The key under which responses of a scenario and run are held.
pub(crate) fn gate(scenario: &str, run: &str) -> String {
    format!("{scenario}~{run}")
}
