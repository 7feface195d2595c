//! What to do after a run: the sentences at the end of a receipt.

use super::quantity::thousands;
use crate::event::{Coverage, Exit, Failure, FaultKind, Limit, Outcome, Quality, Receipt, StreamReceipt};

pub use super::words::exit as exit_words;

/// Lists what to do next, the most urgent first; nothing after a clean run.
pub fn next(receipt: &Receipt) -> Vec<String> {
    let mut all = Vec::new();
    match receipt.outcome {
        Outcome::Cancelled => all.push("what was read is kept; the same command goes on where this run stopped".into()),
        Outcome::Interrupted => all.push("what is listed is kept; the same command goes on from there".into()),
        Outcome::Running => return vec!["wait for its end, or look for the process that runs it".into()],
        Outcome::Finished => {}
    }
    let failures: Vec<&Failure> = receipt.streams.iter().flat_map(failures).chain(&receipt.failure).collect();
    let any = |kind: FaultKind| failures.iter().any(|failure| failure.kind == kind);
    if failures.iter().any(|failure| failure.kind == FaultKind::Config && !failure.temporary) {
        all.push(
            "mend the setting, secret or destination that the message names, then run the same command again".into(),
        );
    }
    if any(FaultKind::Auth) {
        all.push(
            "the credentials are wrong, expired or lack a permission: renew them; `weir check` tries them on one page"
                .into(),
        );
    }
    if any(FaultKind::Contract) || any(FaultKind::Data) {
        all.push(
            "what the API sent does not fit the manifest: compare with `weir schema`, and mend the manifest".into(),
        );
    }
    if any(FaultKind::Quota) {
        all.push(
            "the API allows no more for now: run the same command later, it goes on where this run stopped".into(),
        );
    }
    if failures.iter().any(|failure| failure.kind == FaultKind::Destination && !failure.temporary) {
        all.push(
            "mend the destination as the message says, then run the same command again: what is durable stays".into(),
        );
    }
    if failures.iter().any(|failure| failure.kind == FaultKind::Internal && !failure.temporary) {
        all.push("this is a bug of weir: please report it with this receipt".into());
    }
    let outside = |kind: FaultKind| matches!(kind, FaultKind::Network | FaultKind::Source);
    let passes = |kind: FaultKind| outside(kind) || matches!(kind, FaultKind::Config | FaultKind::Destination);
    if failures.iter().any(|failure| failure.temporary && passes(failure.kind)) {
        all.push("run the same command again: what hindered it may pass, and only what is not complete is read".into());
    }
    if failures.iter().any(|failure| !failure.temporary && outside(failure.kind)) {
        all.push("mend what the message says: it will not pass by itself; what is complete stays".into());
    }
    all.extend(receipt.streams.iter().filter_map(|stream| of_stream(receipt, stream)));
    let suspicious = receipt.streams.iter().filter(|stream| stream.notes.iter().any(|note| note.suspicious));
    let names: Vec<String> = suspicious.map(|stream| format!("`{}`", stream.stream)).collect();
    match names.as_slice() {
        [] => {}
        [one] => all.push(format!("{one} is suspicious: compare it with the source; `--full` reads it from the start")),
        many => all.push(format!(
            "{} are suspicious: compare them with the source; `--full` reads them from the start",
            many.join(", ")
        )),
    }
    all
}

fn failures(stream: &StreamReceipt) -> Vec<&Failure> {
    match &stream.coverage {
        Coverage::Failed { failure } => vec![failure],
        Coverage::Partial { unread, .. } => unread.iter().map(|unread| &unread.failure).collect(),
        _ => Vec::new(),
    }
}

fn of_stream(receipt: &Receipt, stream: &StreamReceipt) -> Option<String> {
    if let Quality::Refused(count) = stream.quality {
        let records = if count == 1 { "1 record".into() } else { format!("{} records", thousands(count)) };
        if receipt.target.starts_with("stdout") {
            let told = "a note says why the first did not, `weir sync` keeps them all";
            return Some(format!("{records} of `{}` did not fit: {told}", stream.stream));
        }
        return Some(format!(
            "{records} of `{}` did not fit: `weir quarantine ls {}{}` shows them and why",
            stream.stream,
            stream.stream,
            to(receipt),
        ));
    }
    match &stream.coverage {
        Coverage::Asked { limit: Limit::Pages, more: true } => {
            Some(format!("`{}` has more: run the same command again, or raise `--max-pages`", stream.stream))
        }
        Coverage::Asked { limit: Limit::Requests, more: true } => {
            Some(format!("`{}` has more: run the same command again, or raise `--max-requests`", stream.stream))
        }
        _ => None,
    }
}

/// Names the destination as an option, where one is needed to find it again.
fn to(receipt: &Receipt) -> String {
    match receipt.target.as_str() {
        "sqlite:weir.db" | "stdout" | "" => String::new(),
        target => format!(" --to {target}"),
    }
}

/// Returns the last line of a receipt.
pub fn verdict(receipt: &Receipt) -> String {
    let exit = receipt.exit();
    if receipt.outcome == Outcome::Running {
        return "no end yet".into();
    }
    match exit {
        Exit::Ok => "exit 0: ok, nothing is missing".into(),
        exit => format!("exit {}: {}", exit.code(), exit_words(exit)),
    }
}
