//! What the plain data of a run is called in sentences.

use super::quantity::{count, thousands};
use crate::diagnostic::clean;
use crate::event::{Coverage, EndSign, Exit, Failure, FaultKind, Limit, Outcome, StreamReceipt};

/// The sign of an end, fit to follow "ended by".
pub(super) fn sign(sign: EndSign) -> String {
    match sign {
        EndSign::SinglePage => "the API does not page".into(),
        EndSign::NoToken => "no further token".into(),
        EndSign::HasMoreFalse => "the API said that there is no more".into(),
        EndSign::ShortPage => "a page that was not full".into(),
        EndSign::EmptyPage => "an empty page".into(),
        EndSign::Total => "as many as the API said there are".into(),
        EndSign::NoLink => "no link to a next page".into(),
        EndSign::Condition => "the manifest's condition".into(),
        EndSign::OlderThanCursor => "all further records are known".into(),
        EndSign::Rule(status) => format!("status {status}, by the manifest's rule"),
        EndSign::Asked(limit) => format!("{} as were asked for", self::limit(limit)),
    }
}

pub(super) fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::Rows => "as many rows",
        Limit::Pages => "as many pages",
        Limit::Requests => "as many requests",
    }
}

/// Whose matter a failure is, in the word that programs know it by.
pub fn kind(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Config => "config",
        FaultKind::Auth => "auth",
        FaultKind::Quota => "quota",
        FaultKind::Network => "network",
        FaultKind::Source => "source",
        FaultKind::Data => "data",
        FaultKind::Contract => "contract",
        FaultKind::Destination => "destination",
        FaultKind::Internal => "internal",
    }
}

/// One line: whose matter it is, what happened, whether it may pass.
pub(super) fn failure(failure: &Failure) -> String {
    let passes = if failure.temporary { " (it may pass)" } else { "" };
    format!("{}: {}{passes}", kind(failure.kind), clean(&failure.message))
}

/// The coverage in a few words.
pub(super) fn coverage(coverage: &Coverage) -> String {
    match coverage {
        Coverage::Complete => "complete".into(),
        Coverage::Partial { count: 1, .. } => "PARTIAL, 1 partition is not complete".into(),
        Coverage::Partial { count, .. } => {
            format!("PARTIAL, {} partitions are not complete", thousands(*count))
        }
        Coverage::Failed { .. } => "FAILED".into(),
        Coverage::Skipped { .. } => "SKIPPED".into(),
        Coverage::Asked { limit: Limit::Rows, more: true } => "ended where it was asked to, there may be more".into(),
        Coverage::Asked { limit, more: true } => {
            format!("NOT FINISHED, ended after {} as were asked for", self::limit(*limit))
        }
        Coverage::Asked { more: false, .. } => "complete within what was asked for".into(),
    }
}

/// What the destination says became of the rows; empty if it can't tell.
pub(super) fn effects(stream: &StreamReceipt) -> String {
    let told = [
        (stream.created, "created"),
        (stream.updated, "updated"),
        (stream.unchanged, "unchanged"),
        (stream.deleted, "deleted"),
    ];
    // Where rows are only shown, `created` says no more than how many there are.
    if told[1..].iter().all(|(number, _)| number.is_none()) {
        return String::new();
    }
    let told = told.iter().filter_map(|(number, word)| Some(format!("{} {word}", thousands((*number)?))));
    told.collect::<Vec<_>>().join(", ")
}

pub(super) fn pages(number: u64) -> String {
    count(number, "page", "pages")
}

pub(super) fn requests(number: u64) -> String {
    count(number, "request", "requests")
}

pub(super) fn partitions(number: u64) -> String {
    count(number, "partition", "partitions")
}

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => "it goes on, or nobody has seen its end yet",
        Outcome::Finished => "finished",
        Outcome::Cancelled => "stopped by the user",
        Outcome::Interrupted => "INTERRUPTED: it was killed",
    }
}

/// An exit code in words.
pub fn exit(exit: Exit) -> &'static str {
    match exit {
        Exit::Ok => "ok",
        Exit::Failed => "failed: nothing is complete",
        Exit::Usage => "wrong usage",
        Exit::Invalid => "the manifest has errors",
        Exit::Config => "a setting or a secret is missing or does not fit",
        Exit::Auth => "the API refused the credentials",
        Exit::NotClean => "not clean: something is missing, refused or suspicious",
        Exit::TestsFailed => "tests failed",
        Exit::Budget => "a budget or a rate limit ended it before it was done",
        Exit::Contract => "the API broke the contract",
        Exit::Interrupted => "interrupted",
    }
}
