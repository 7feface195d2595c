//! The receipt: what a run read and wrote, what it did not, and how it knows.

use super::{EndSign, Exit, FaultKind, Limit};
use crate::fault::Fault;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run did. The exit code is derived from it, never set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of this form.
    pub format: u32,
    /// The identifier of the run.
    pub run: String,
    /// The connector's name.
    pub connector: String,
    /// The connector's version.
    pub version: Option<String>,
    /// The destination, without secrets.
    pub target: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; none: nobody has seen its end.
    pub ended: Option<Timestamp>,
    /// How it ended as a whole.
    pub outcome: Outcome,
    /// What became of each stream.
    pub streams: Vec<StreamReceipt>,
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Commits to the destination.
    pub commits: u64,
    /// What hindered the whole run.
    pub failure: Option<Failure>,
    /// What is worth knowing and no failure.
    pub notes: Vec<Note>,
}

/// How a run ended as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on, or nobody has seen its end yet.
    Running,
    Finished,
    /// The user stopped it; what was read is committed.
    Cancelled,
    /// It was killed: told by the run after it.
    Interrupted,
}

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamReceipt {
    /// The stream.
    pub stream: String,
    /// How its rows were written.
    pub mode: String,
    /// How much of it was read.
    pub coverage: Coverage,
    /// Whether all records fit.
    pub quality: Quality,
    /// How many partitions ended by which sign.
    pub ends: BTreeMap<EndSign, u64>,
    /// How many partitions there are.
    pub partitions: u64,
    /// Records received.
    pub read: u64,
    /// Rows handed to the destination.
    pub written: u64,
    /// Rows that were new; null where the destination can't tell.
    pub created: Option<u64>,
    /// Rows that changed; null where the destination can't tell.
    pub updated: Option<u64>,
    /// Rows that were there already; null where the destination can't tell.
    pub unchanged: Option<u64>,
    /// Rows that went; null where the destination can't tell.
    pub deleted: Option<u64>,
    /// Rows whose key came before in the same pass.
    pub duplicates: u64,
    /// What the API said there is in all.
    pub claimed: Option<u64>,
    /// Pages received.
    pub pages: u64,
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Time spent waiting because the API asked for it.
    pub waited_ms: u64,
    /// A complete read holds what stood at the source then: the begin of its pass.
    pub as_of: Option<Timestamp>,
    /// The begin of the pass that an earlier run left unfinished.
    pub resumed_from: Option<Timestamp>,
    /// What is worth knowing and no failure.
    pub notes: Vec<Note>,
}

/// How much of a stream was read. `complete` needs a sign from the source; it is never a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Coverage {
    Complete,
    /// Some partitions are complete, others not.
    Partial {
        /// Those that are not complete, and why.
        unread: Vec<Unread>,
        /// How many partitions are not complete; the list may be shorter.
        count: u64,
    },
    Failed {
        /// Why.
        failure: Failure,
    },
    /// It was not begun, because of what it depends on.
    Skipped {
        /// Why.
        cause: String,
    },
    /// It ended where it was asked to end.
    Asked {
        /// What was asked for.
        limit: Limit,
        /// The source may have more.
        more: bool,
    },
}

/// A partition that is not complete, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// The partition, `{}` where there is one only.
    pub partition: String,
    /// What of it is covered, as the API writes positions.
    pub covered_to: Option<String>,
    /// Why.
    pub failure: Failure,
}

/// Whether all records fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Clean,
    /// So many records were refused; they stand in the quarantine.
    Refused(u64),
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Whose matter it is.
    pub kind: FaultKind,
    /// What happened.
    pub message: String,
    /// Trying again later may help.
    pub temporary: bool,
}

impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Self {
        Self { kind: fault.kind().into(), message: fault.to_string(), temporary: fault.is_temporary() }
    }
}

/// Something worth knowing that is no failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// A word that stays the same, for programs.
    pub code: String,
    /// A sentence.
    pub text: String,
    /// How often it happened.
    pub count: u64,
    /// The read may be incomplete because of it: the receipt is not clean.
    pub suspicious: bool,
}

impl StreamReceipt {
    pub fn new(stream: &str, mode: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            mode: mode.to_owned(),
            coverage: Coverage::Skipped { cause: "it was not begun".into() },
            quality: Quality::Clean,
            ends: BTreeMap::new(),
            partitions: 0,
            read: 0,
            written: 0,
            created: None,
            updated: None,
            unchanged: None,
            deleted: None,
            duplicates: 0,
            claimed: None,
            pages: 0,
            requests: 0,
            retries: 0,
            waited_ms: 0,
            as_of: None,
            resumed_from: None,
            notes: Vec::new(),
        }
    }

    /// Adds a note; one of the same code and text is counted.
    pub fn note(&mut self, code: &str, text: impl Into<String>, suspicious: bool) {
        self.notes(Note { code: code.to_owned(), text: text.into(), count: 1, suspicious });
    }

    /// Adds what was noted several times. Of many that differ only the first are listed, the others are counted.
    pub fn notes(&mut self, more: Note) {
        const LISTED: usize = 100;
        const OTHERS: &str = "more of the same kind";
        let is_full = self.notes.len() >= LISTED;
        let known =
            |note: &&mut Note| note.code == more.code && (note.text == more.text || is_full && note.text == OTHERS);
        match self.notes.iter_mut().find(known) {
            Some(note) => {
                note.count += more.count;
                note.suspicious |= more.suspicious;
            }
            None if is_full => self.notes.push(Note { text: OTHERS.to_owned(), ..more }),
            None => self.notes.push(more),
        }
    }

    /// Says whether it is complete, without refused records and without a suspicion.
    pub fn is_clean(&self) -> bool {
        let covered = match self.coverage {
            Coverage::Complete => true,
            Coverage::Asked { limit, more } => limit == Limit::Rows || !more,
            _ => false,
        };
        covered && self.quality == Quality::Clean && !self.notes.iter().any(|note| note.suspicious)
    }

    fn failures(&self) -> Vec<&Failure> {
        match &self.coverage {
            Coverage::Failed { failure } => vec![failure],
            Coverage::Partial { unread, .. } => unread.iter().map(|unread| &unread.failure).collect(),
            _ => Vec::new(),
        }
    }
}

impl Receipt {
    /// Derives the exit code: the gravest of what happened.
    pub fn exit(&self) -> Exit {
        if matches!(self.outcome, Outcome::Cancelled | Outcome::Interrupted) {
            return Exit::Interrupted;
        }
        let failures = || self.streams.iter().flat_map(StreamReceipt::failures).chain(&self.failure);
        let any = |kind: FaultKind| failures().any(|failure| failure.kind == kind);
        let budget = self.streams.iter().any(|stream| {
            matches!(stream.coverage, Coverage::Asked { limit: Limit::Pages | Limit::Requests, more: true })
        });
        let complete = |stream: &StreamReceipt| match stream.coverage {
            Coverage::Complete | Coverage::Asked { .. } => true,
            Coverage::Partial { count, .. } => count < stream.partitions,
            Coverage::Failed { .. } | Coverage::Skipped { .. } => false,
        };
        if any(FaultKind::Config) {
            Exit::Config
        } else if any(FaultKind::Contract) {
            Exit::Contract
        } else if any(FaultKind::Auth) {
            Exit::Auth
        } else if any(FaultKind::Quota) || budget {
            Exit::Budget
        } else if self.failure.is_some() || (!self.streams.is_empty() && !self.streams.iter().any(complete)) {
            Exit::Failed
        } else if self.streams.iter().all(StreamReceipt::is_clean) && !self.notes.iter().any(|note| note.suspicious) {
            Exit::Ok
        } else {
            Exit::NotClean
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FaultKind) -> Failure {
        Failure { kind, message: "x".into(), temporary: false }
    }

    fn failed(kind: FaultKind) -> Coverage {
        Coverage::Failed { failure: failure(kind) }
    }

    fn partial(kind: FaultKind) -> Coverage {
        let unread = Unread { partition: "{}".into(), covered_to: None, failure: failure(kind) };
        Coverage::Partial { unread: vec![unread], count: 1 }
    }

    fn asked(limit: Limit, more: bool) -> Coverage {
        Coverage::Asked { limit, more }
    }

    fn receipt(coverages: Vec<Coverage>) -> Receipt {
        let stream = |coverage| StreamReceipt { coverage, ..StreamReceipt::new("s", "append") };
        Receipt {
            format: 1,
            run: "r".into(),
            connector: "c".into(),
            version: None,
            target: "stdout".into(),
            started: Timestamp::UNIX_EPOCH,
            ended: None,
            outcome: Outcome::Finished,
            streams: coverages.into_iter().map(stream).collect(),
            requests: 0,
            bytes: 0,
            commits: 0,
            failure: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_exit_code_is_that_of_the_gravest() {
        use FaultKind::{Auth, Config, Contract, Data, Internal, Network, Quota, Source};
        let complete = || Coverage::Complete;
        let skipped = || Coverage::Skipped { cause: "its parent failed".into() };
        let cases = [
            (vec![], Exit::Ok),
            (vec![complete(), complete()], Exit::Ok),
            // An end that was asked for is no fault; a budget with more to do is one.
            (vec![asked(Limit::Rows, true)], Exit::Ok),
            (vec![asked(Limit::Rows, false)], Exit::Ok),
            (vec![asked(Limit::Pages, true)], Exit::Budget),
            (vec![asked(Limit::Requests, true), complete()], Exit::Budget),
            // Nothing complete, or something.
            (vec![failed(Network)], Exit::Failed),
            (vec![failed(Source), skipped()], Exit::Failed),
            (vec![failed(Data)], Exit::Failed),
            (vec![failed(Internal)], Exit::Failed),
            (vec![partial(Network)], Exit::Failed),
            (vec![failed(Network), complete()], Exit::NotClean),
            (vec![partial(Source), complete()], Exit::NotClean),
            (vec![skipped(), complete()], Exit::NotClean),
            // What decides comes before how much is complete, in this order.
            (vec![failed(Quota), complete()], Exit::Budget),
            (vec![failed(Auth), complete()], Exit::Auth),
            (vec![partial(Auth), failed(Quota)], Exit::Auth),
            (vec![failed(Contract), failed(Auth)], Exit::Contract),
            (vec![failed(Config), failed(Contract)], Exit::Config),
            (vec![failed(Network), asked(Limit::Pages, true)], Exit::Budget),
        ];
        for (coverages, exit) in cases {
            let told = format!("{coverages:?}");
            assert_eq!(receipt(coverages).exit(), exit, "{told}");
        }
    }

    #[test]
    fn a_stream_of_which_partitions_are_complete_is_not_lost() {
        let mut some = receipt(vec![partial(FaultKind::Source)]);
        some.streams[0].partitions = 2;
        assert_eq!(some.exit(), Exit::NotClean);
        some.streams[0].partitions = 1;
        assert_eq!(some.exit(), Exit::Failed);
    }

    #[test]
    fn a_pages_budget_that_sufficed_is_complete() {
        for limit in [Limit::Pages, Limit::Requests] {
            assert_eq!(receipt(vec![asked(limit, false)]).exit(), Exit::Ok);
        }
    }

    #[test]
    fn refused_rows_and_suspicions_are_not_clean() {
        let mut refused = receipt(vec![Coverage::Complete]);
        refused.streams[0].quality = Quality::Refused(1);
        assert_eq!(refused.exit(), Exit::NotClean);
        let mut noted = receipt(vec![Coverage::Complete]);
        noted.streams[0].note("total", "the total changed", false);
        assert_eq!(noted.exit(), Exit::Ok);
        noted.streams[0].note("total", "the total shrank", true);
        assert_eq!(noted.exit(), Exit::NotClean);
        let mut suspicious = receipt(vec![Coverage::Complete]);
        let (code, text) = ("interrupted".into(), "the run before was killed".into());
        suspicious.notes.push(Note { code, text, count: 1, suspicious: true });
        assert_eq!(suspicious.exit(), Exit::NotClean);
    }

    #[test]
    fn a_stopped_run_is_interrupted_whatever_else_is() {
        for outcome in [Outcome::Cancelled, Outcome::Interrupted] {
            for coverage in [Coverage::Complete, failed(FaultKind::Config)] {
                assert_eq!(Receipt { outcome, ..receipt(vec![coverage]) }.exit(), Exit::Interrupted);
            }
        }
    }

    #[test]
    fn what_hinders_the_whole_run_decides() {
        for (kind, exit) in [
            (FaultKind::Config, Exit::Config),
            (FaultKind::Contract, Exit::Contract),
            (FaultKind::Network, Exit::Failed),
            (FaultKind::Internal, Exit::Failed),
        ] {
            let hindered = Receipt { failure: Some(failure(kind)), ..receipt(vec![Coverage::Complete]) };
            assert_eq!(hindered.exit(), exit, "{kind:?}");
        }
    }

    #[test]
    fn a_receipt_survives_writing() {
        let mut written = receipt(vec![partial(FaultKind::Quota), asked(Limit::Pages, true), Coverage::Complete]);
        written.streams[0].quality = Quality::Refused(2);
        written.streams[2].ends.insert(EndSign::Rule(404), 3);
        let text = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), written);
    }
}
