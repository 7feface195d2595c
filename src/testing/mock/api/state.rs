//! Setting and asking the API from this process.

use super::changing::{Changed, Changing};
use super::config::{Config, DateHeader};
use super::record::Pool;
use super::rule::Rule;
use super::tally::Counts;
use super::{Api, State};
use crate::testing::mock::clock::Clock;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

impl Api {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connected(&self) {
        self.lock().counts.connections += 1;
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.lock().config)
    }

    pub(crate) fn set_config(&self, config: Config) {
        let mut state = self.lock();
        if config.seed != state.config.seed {
            state.pool = Arc::new(Pool::new(config.seed));
        }
        state.config = Arc::new(config);
        state.bucket = super::Bucket::default();
        state.packed.clear();
    }

    pub(super) fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.lock().pool)
    }

    /// The counts without what is in flight.
    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// Forgets counts and rules, and puts the data back as it was.
    pub(crate) fn reset(&self) {
        let mut state = self.lock();
        state.counts = Counts::default();
        state.bucket = super::Bucket::default();
        state.rules.clear();
        state.changing = Changing::default();
        state.packed.clear();
    }

    pub(crate) fn add(&self, rule: Rule) {
        self.lock().rules.push((rule, 0));
    }

    pub(crate) fn clear_rules(&self) {
        self.lock().rules.clear();
    }

    pub(crate) fn change(&self, insert: usize, update: usize, delete: usize) -> Changed {
        let mut state = self.lock();
        state.packed.clear();
        state.changing.change(insert, update, delete)
    }

    /// Starts the changing data anew with so many rows.
    pub(crate) fn refill(&self, rows: usize) {
        let mut state = self.lock();
        state.packed.clear();
        state.changing = Changing::of(rows, state.config.seed);
    }

    /// The virtual time, in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.lock().changing.now()
    }

    pub(crate) fn set_now(&self, now: i64) {
        self.lock().changing.set_now(now);
    }
}

impl State {
    /// The time that the API claims; `None` where it claims none.
    pub(super) fn date(&self) -> Option<SystemTime> {
        let seconds = match self.config.date {
            DateHeader::Real => return Some(Clock::wall()),
            DateHeader::Absent => return None,
            DateHeader::Virtual => self.changing.now(),
            DateHeader::At(at) => at.as_second(),
        };
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }
}
