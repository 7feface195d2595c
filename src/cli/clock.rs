//! Time and chance of the real world: the only place that asks for them.

use crate::engine::Clock;
use jiff::Timestamp;
use uuid::Uuid;

/// The clock of the system.
#[derive(Debug, Clone, Copy)]
pub(super) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the entry point, from which the clock is passed down")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Returns a new identifier of a run: those of later runs come later in order.
pub(super) fn run_id() -> String {
    Uuid::now_v7().to_string()
}

/// Returns a seed that nobody can foresee.
pub(super) fn seed() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}
