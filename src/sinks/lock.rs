//! The lock file beside a ledger. Holding it is the proof that the former holder is dead.

use super::private;
use crate::fault::{Fault, Kind};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock that is held until it is dropped, or until its process ends. The file itself is never deleted.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// Why a lock can't be had.
#[derive(Debug)]
pub(super) enum Unlockable {
    Held,
    Failed(io::Error),
}

impl Lock {
    /// Takes the lock at once or not at all.
    pub(super) fn take(path: &Path) -> Result<Self, Unlockable> {
        loop {
            let file = private::open_or_create(path).map_err(Unlockable::Failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Unlockable::Held),
                Err(TryLockError::Error(error)) => return Err(Unlockable::Failed(error)),
            }
            // Somebody may have removed the file by hand in between: then what is locked has no name.
            if still_named(path, &file) {
                return Ok(Self { file });
            }
        }
    }

    /// Says whether nobody holds it, without creating it.
    pub(super) fn is_free(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| file.try_lock_shared().is_ok()) || !path.exists()
    }

    /// Writes down who holds it, where no ledger can say it yet.
    pub(super) fn sign(&self, pid: u32, run: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        io::Write::write_all(&mut &self.file, format!("{pid} {run}").as_bytes())
    }

    /// Reads who signed.
    pub(super) fn signed(path: &Path) -> Option<(u32, String)> {
        let text = std::fs::read_to_string(path).ok()?;
        let (pid, run) = text.split_once(' ')?;
        Some((pid.parse().ok()?, run.to_owned()))
    }

    /// The file says whether there ever was a ledger: its length is kept over holders.
    pub(super) fn is_marked(&self) -> bool {
        self.file.metadata().is_ok_and(|found| found.len() > 0)
    }

    /// Remembers that there is a ledger.
    pub(super) fn mark(&self) -> io::Result<()> {
        if self.is_marked() {
            return Ok(());
        }
        io::Write::write_all(&mut &self.file, b"a ledger of weir stands beside this file; it is never deleted\n")?;
        self.file.sync_all()
    }
}

fn still_named(path: &Path, file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (named, held) = (std::fs::metadata(path), file.metadata());
        matches!((named, held), (Ok(named), Ok(held)) if named.ino() == held.ino() && named.dev() == held.dev())
    }
    #[cfg(not(unix))]
    {
        _ = file;
        path.exists()
    }
}

/// Returns the path of the lock of a file.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Tells that somebody else has the lock.
pub(super) fn held_by(place: &str, holder: Option<(u32, &str)>) -> Fault {
    let who = match holder {
        Some((pid, run)) => format!("locked by pid {pid} (run {run})"),
        None => "locked by another process, which has just begun".to_owned(),
    };
    Fault::new(Kind::Destination, "open the destination", format!("{place} is {who}; wait until it has ended"))
        .temporary()
}
