//! The mock's own time. It is the outside world, so it alone may look at the real clocks: a run's clock, which tests
//! can stop, must not stop the server that the run talks to.

use std::time::{Duration, Instant, SystemTime};

/// Counts from the moment the mock was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a server has a clock that is independent of its client's")]
    pub(crate) fn start() -> Clock {
        Clock { started: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "a server has a clock that is independent of its client's")]
    pub(crate) fn wall() -> SystemTime {
        SystemTime::now()
    }
}
