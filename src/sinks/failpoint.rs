//! Named places at which a test makes a sink fail: always compiled, empty in every real run.

use crate::fault::{Fault, Kind};
use std::fmt;
use std::sync::Arc;

/// What happens at a failpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailAction {
    Go,
    /// The step fails and nothing of the unit is durable, or it fails after it became durable: by its place.
    Fail,
    /// The outcome is not known to the caller.
    Lose,
    /// As if the process had died here: what is not durable is gone, the lock is free.
    Crash,
}

type Decide = dyn Fn(&str) -> FailAction + Send + Sync;

/// Decides by the name of a place. The closure may also end the process.
#[derive(Clone, Default)]
pub struct Failpoint(Option<Arc<Decide>>);

impl Failpoint {
    pub fn new(decide: impl Fn(&str) -> FailAction + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(decide)))
    }

    pub(super) fn hit(&self, name: &'static str) -> Result<(), Injected> {
        let Some(decide) = &self.0 else { return Ok(()) };
        match decide(name) {
            FailAction::Go => Ok(()),
            action => Err(Injected { action, name }),
        }
    }
}

impl fmt::Debug for Failpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_some() { "Failpoint(set)" } else { "Failpoint" })
    }
}

/// A failure that somebody asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Injected {
    pub(super) action: FailAction,
    pub(super) name: &'static str,
}

impl Injected {
    pub(super) fn is_crash(self) -> bool {
        self.action == FailAction::Crash
    }

    pub(super) fn fault(self) -> Fault {
        Fault::new(Kind::Internal, "pass a failpoint", format!("failed at {} as asked", self.name)).temporary()
    }
}
