//! Stdout as a place for rows: who stops reading has what they wanted.

use super::Exit;
use super::ui::Ui;
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// How stdout was closed, if it was.
#[derive(Clone, Default)]
pub(super) struct Closed(Arc<Mutex<Option<ErrorKind>>>);

impl Closed {
    /// Says what to end with if rows could not be written: nothing is wrong if the reader had enough.
    pub(super) fn exit(&self, ui: &mut Ui) -> Option<Exit> {
        let kind = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        if kind == ErrorKind::BrokenPipe {
            return Some(Exit::Ok);
        }
        ui.error(&format!("results can't be written: {kind}"), None);
        Some(Exit::Failed)
    }
}

/// Returns stdout for rows; the run is cancelled when nobody reads them any more.
pub(super) fn writer(cancel: CancellationToken) -> (impl Write + Send + 'static, Closed) {
    let closed = Closed::default();
    (Watched { to: std::io::stdout(), cancel, closed: closed.clone() }, closed)
}

struct Watched<W> {
    to: W,
    cancel: CancellationToken,
    closed: Closed,
}

impl<W> Watched<W> {
    fn seen<T>(&self, done: std::io::Result<T>) -> std::io::Result<T> {
        if let Err(error) = &done
            && error.kind() != ErrorKind::Interrupted
        {
            self.closed.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error.kind());
            self.cancel.cancel();
        }
        done
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let done = self.to.write(bytes);
        self.seen(done)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let done = self.to.flush();
        self.seen(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone(ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_is_gone_ends_the_run() {
        for (kind, cancelled) in [(ErrorKind::BrokenPipe, true), (ErrorKind::Interrupted, false)] {
            let (cancel, closed) = (CancellationToken::new(), Closed::default());
            let mut to = Watched { to: Gone(kind), cancel: cancel.clone(), closed: closed.clone() };
            assert_eq!(to.write(b"a").unwrap_err().kind(), kind);
            assert_eq!((cancel.is_cancelled(), closed.0.lock().unwrap().is_some()), (cancelled, cancelled));
        }
    }
}
