//! Ctrl-C and SIGTERM: the first one cancels the run, the second one ends the program at once.
//!
//! A thread of its own listens, so that the second one is heard whatever the run is doing.

use super::Exit;
use tokio_util::sync::CancellationToken;

const FIRST: &str = "\
stopping: what was read is being committed; run the same command again to go on (once more to stop at once)";

/// Listens from now on.
pub(super) fn watch(cancel: &CancellationToken, say: impl Fn(&str) + Send + 'static) {
    let cancel = cancel.clone();
    let listen = async move {
        let Ok(mut signals) = Signals::new() else { return };
        signals.next().await;
        cancel.cancel();
        say(FIRST);
        signals.next().await;
        #[expect(clippy::exit, reason = "the user wants the end at once, and what is durable can bear it")]
        std::process::exit(i32::from(Exit::Interrupted.code()));
    };
    // Without the thread the system's own way holds: the first signal ends the program.
    let _ = std::thread::Builder::new().name("signals".into()).spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
            runtime.block_on(listen);
        }
    });
}

/// SIGXFSZ. The system sends it where a file may not grow further, and ends who does not listen; whoever does is told by
/// the write that failed.
#[cfg(unix)]
const FILE_TOO_LARGE: i32 = 25;

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    _too_large: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            _too_large: signal(SignalKind::from_raw(FILE_TOO_LARGE)).ok(),
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
