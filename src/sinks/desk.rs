//! Where a sink does its blocking work: one call at a time, beside the async tasks or within them.

use super::failpoint::Failpoint;
use crate::fault::{Fault, Kind};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether blocking work leaves the async threads. Runs under a virtual clock do it inline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Offload {
    Inline,
    #[default]
    Blocking,
}

impl Offload {
    /// Does blocking work. Outside of a tokio runtime it is always done inline.
    pub async fn run<R: Send + 'static>(self, work: impl FnOnce() -> R + Send + 'static) -> R {
        if self == Offload::Inline || tokio::runtime::Handle::try_current().is_err() {
            return work();
        }
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being taken down: nobody waits for this any more.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// How a destination does its work, whatever it is.
#[derive(Debug, Clone, Default)]
pub struct SinkOptions {
    pub offload: Offload,
    pub failpoint: Failpoint,
}

/// What a sink works with while it is open. A call that is dropped in the middle runs to its end.
pub(super) struct Desk<T> {
    on_it: Arc<Mutex<Option<T>>>,
    offload: Offload,
}

impl<T: Send + 'static> Desk<T> {
    pub(super) fn new(offload: Offload) -> Self {
        Self { on_it: Arc::new(Mutex::new(None)), offload }
    }

    /// Works with the place of what is open, which may be empty.
    pub(super) async fn place<R: Send + 'static>(&self, work: impl FnOnce(&mut Option<T>) -> R + Send + 'static) -> R {
        let on_it = Arc::clone(&self.on_it);
        self.offload.run(move || work(&mut on_it.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

/// A sink that is used before it was opened, after it was closed, or after it was made to crash.
pub(super) fn not_open() -> Fault {
    Fault::new(Kind::Internal, "use a destination", "the destination is not open")
}
