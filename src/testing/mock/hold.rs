//! Responses that are held until somebody lets them go, and everything else in the mock that waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All waiting in one place, so that releasing, counting and stopping need no polling.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Each held response by its number, with the key it waits under.
    waiting: BTreeMap<u64, String>,
    open: BTreeSet<String>,
    next: u64,
    stopped: bool,
}

impl Holds {
    /// Waits until the key is released, the time is over or the mock stops; does not wait while the key is open.
    pub(crate) fn hold(&self, key: &str, longest: Duration) {
        let mut state = self.lock();
        if state.open.contains(key) || state.stopped {
            return;
        }
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, key.to_owned());
        self.changed.notify_all();
        let held = |state: &mut State| !state.stopped && state.waiting.contains_key(&number);
        let (mut state, _) =
            self.changed.wait_timeout_while(state, longest, held).unwrap_or_else(PoisonError::into_inner);
        state.waiting.remove(&number);
        self.changed.notify_all();
    }

    /// Lets go what is held under a key, and what comes until it is closed.
    pub(crate) fn open(&self, key: &str) {
        let mut state = self.lock();
        state.open.insert(key.to_owned());
        state.waiting.retain(|_, held| held != key);
        self.changed.notify_all();
    }

    /// Lets go what is held under a key now; what comes later is held again.
    pub(crate) fn let_go(&self, key: &str) {
        self.lock().waiting.retain(|_, held| held != key);
        self.changed.notify_all();
    }

    pub(crate) fn close(&self, key: &str) {
        self.lock().open.remove(key);
    }

    /// Lets everything go that is held now; what comes later is held again.
    pub(crate) fn let_all_go(&self) {
        self.lock().waiting.clear();
        self.changed.notify_all();
    }

    pub(crate) fn held(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Waits until at least so many responses are held; says whether they are.
    pub(crate) fn wait(&self, count: usize, longest: Duration) -> bool {
        let few = |state: &mut State| !state.stopped && state.waiting.len() < count;
        let waited = self.changed.wait_timeout_while(self.lock(), longest, few);
        waited.unwrap_or_else(PoisonError::into_inner).0.waiting.len() >= count
    }

    /// Lets time pass, but not beyond the mock's end.
    pub(crate) fn pause(&self, time: Duration) {
        if !time.is_zero() {
            drop(self.changed.wait_timeout_while(self.lock(), time, |state| !state.stopped));
        }
    }

    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    pub(crate) fn stopped(&self) -> bool {
        self.lock().stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
