//! What goes wrong with a database, and what that means for a unit.

use crate::fault::{Fault, Kind};
use crate::sinks::CommitFault;
use crate::sinks::failpoint::{FailAction, Injected};
use rusqlite::ErrorCode;

/// A failure inside a transaction that was not committed: nothing of it is durable.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    /// What is kept can't be read.
    Unreadable(String),
    Told(CommitFault),
    Injected(Injected),
}

pub(super) type Tried<T> = Result<T, Trouble>;

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Injected> for Trouble {
    fn from(injected: Injected) -> Self {
        Self::Injected(injected)
    }
}

impl From<CommitFault> for Trouble {
    fn from(told: CommitFault) -> Self {
        Self::Told(told)
    }
}

/// A refusal that no repetition helps.
pub(super) fn refused(fault: Fault) -> Trouble {
    Trouble::Told(CommitFault::Failed(fault))
}

impl Trouble {
    pub(super) fn is_crash(&self) -> bool {
        matches!(self, Self::Injected(injected) if injected.is_crash())
    }

    pub(super) fn into_commit(self, place: &str) -> CommitFault {
        match self {
            Self::Told(told) => told,
            Self::Injected(injected) => match injected.action {
                FailAction::Lose | FailAction::Crash => CommitFault::Unknown(injected.fault()),
                FailAction::Go | FailAction::Fail => CommitFault::Refused(injected.fault()),
            },
            Self::Sqlite(error) if is_busy(&error) => CommitFault::Refused(told_by(error, place)),
            Self::Sqlite(error) => CommitFault::Failed(told_by(error, place)),
            Self::Unreadable(what) => CommitFault::Failed(unreadable(place, &what)),
        }
    }

    pub(super) fn into_fault(self, place: &str) -> Fault {
        match self.into_commit(place) {
            CommitFault::Refused(fault)
            | CommitFault::Conflict(fault)
            | CommitFault::Fenced(fault)
            | CommitFault::Unknown(fault)
            | CommitFault::Failed(fault) => fault,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(super) fn unreadable(place: &str, what: &str) -> Fault {
    let said = format!("state unreadable: {what} in {place}; nothing was changed; restore the file or choose another");
    Fault::new(Kind::Destination, "read the ledger", said)
}

fn told_by(error: rusqlite::Error, place: &str) -> Fault {
    let said = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => format!("no room is left for {place}; make room and run again"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => format!("{place} can't be written"),
        Some(ErrorCode::CannotOpen) => format!("{place} can't be opened"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{place} is in use by another program for longer than ten seconds")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            return unreadable(place, "the database is damaged").caused_by(error);
        }
        Some(ErrorCode::NotADatabase) => {
            return unreadable(place, "the file is no SQLite database").caused_by(error);
        }
        Some(ErrorCode::SystemIoFailure) => {
            format!("the disk failed for {place}: it is damaged, or no room is left, or files may not grow so far")
        }
        _ => format!("{place} failed: {error}"),
    };
    let temporary = is_busy(&error);
    let fault = Fault::new(Kind::Destination, "write to the database", said).caused_by(error);
    if temporary { fault.temporary() } else { fault }
}
