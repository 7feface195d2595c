//! Adds up what happens to a stream, and says at its end how much of it was read.

use crate::event::{Coverage, EndSign, Failure, Limit, Quality, StreamReceipt, Unread};
use crate::fault::{Fault, Kind};
use crate::sinks::StreamCounts;
use crate::state::PartitionKey;
use jiff::Timestamp;

/// So many partitions that are not complete are listed by name.
const LISTED: usize = 100;

/// What happened to a stream so far.
#[derive(Debug)]
pub(super) struct Tally {
    pub receipt: StreamReceipt,
    pub complete: u64,
    pub unread: Vec<Unread>,
    pub unread_count: u64,
    pub refused: u64,
    /// What hindered the stream as a whole.
    pub failure: Option<Failure>,
    /// It was not begun, because of this.
    pub skipped: Option<String>,
    pub asked: Option<(Limit, bool)>,
}

impl Tally {
    pub(super) fn new(stream: &str, mode: &str) -> Self {
        Self {
            receipt: StreamReceipt::new(stream, mode),
            complete: 0,
            unread: Vec::new(),
            unread_count: 0,
            refused: 0,
            failure: None,
            skipped: None,
            asked: None,
        }
    }

    /// A partition ended by a sign.
    pub(super) fn ended(&mut self, sign: EndSign) {
        *self.receipt.ends.entry(sign).or_default() += 1;
        match sign {
            EndSign::Asked(_) => {}
            _ => self.complete += 1,
        }
    }

    /// A partition is not complete.
    pub(super) fn failed(&mut self, partition: &PartitionKey, covered_to: Option<String>, fault: &Fault) {
        self.unread_count += 1;
        if self.unread.len() < LISTED {
            let partition = partition.text().to_owned();
            self.unread.push(Unread { partition, covered_to, failure: fault.into() });
        }
    }

    /// The stream as a whole failed; the first cause is told.
    pub(super) fn broke(&mut self, fault: &Fault) {
        self.failure.get_or_insert_with(|| fault.into());
    }

    pub(super) fn as_of(&mut self, begin: Timestamp) {
        let earlier = self.receipt.as_of.is_none_or(|known| begin < known);
        if earlier {
            self.receipt.as_of = Some(begin);
        }
    }

    /// Adds what a commit did.
    pub(super) fn counted(&mut self, counts: &StreamCounts) {
        let add = |sum: &mut Option<u64>, more: Option<u64>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0) + more);
            }
        };
        add(&mut self.receipt.created, counts.created);
        add(&mut self.receipt.updated, counts.updated);
        add(&mut self.receipt.unchanged, counts.unchanged);
        add(&mut self.receipt.deleted, counts.deleted);
    }

    /// Says whether every partition was read to a sign of its end.
    pub(super) fn is_complete(&self) -> bool {
        self.failure.is_none() && self.skipped.is_none() && self.unread_count == 0 && self.asked.is_none()
    }

    /// Says how much was read; `running`: something is still open.
    pub(super) fn coverage(&self) -> Coverage {
        if let Some(cause) = &self.skipped {
            return Coverage::Skipped { cause: cause.clone() };
        }
        if let Some(failure) = &self.failure {
            if self.complete == 0 {
                return Coverage::Failed { failure: failure.clone() };
            }
            let whole = Unread { partition: "*".into(), covered_to: None, failure: failure.clone() };
            let unread = std::iter::once(whole).chain(self.unread.iter().cloned()).collect();
            return Coverage::Partial { unread, count: self.unread_count + 1 };
        }
        match (self.unread.as_slice(), self.complete) {
            ([only], 0) if self.unread_count == 1 && only.covered_to.is_none() => {
                Coverage::Failed { failure: only.failure.clone() }
            }
            ([], _) => match self.asked {
                Some((limit, more)) => Coverage::Asked { limit, more },
                None => Coverage::Complete,
            },
            (unread, _) => Coverage::Partial { unread: unread.to_vec(), count: self.unread_count },
        }
    }

    /// Returns the receipt as it stands.
    pub(super) fn receipt(&self) -> StreamReceipt {
        let mut receipt = self.receipt.clone();
        receipt.coverage = self.coverage();
        receipt.quality = if self.refused == 0 { Quality::Clean } else { Quality::Refused(self.refused) };
        receipt
    }

    /// Says that the run ended before the stream did.
    pub(super) fn cut(&mut self, why: &str) {
        let fault = Fault::new(Kind::Internal, "read", why).temporary();
        if self.failure.is_none() && self.skipped.is_none() {
            self.failed(&PartitionKey::from_text("*"), None, &fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(tally: &mut Tally, covered_to: Option<&str>) {
        let fault = Fault::new(Kind::Source, "read", "status 404");
        tally.failed(&PartitionKey::whole(), covered_to.map(str::to_owned), &fault);
    }

    type Case = (&'static str, fn(&mut Tally), bool);

    #[test]
    fn coverage_is_what_was_seen_and_never_a_default() {
        let none = |_: &mut Tally| {};
        let cases: [Case; 7] = [
            ("complete", |tally| tally.ended(EndSign::Total), true),
            ("complete", none, true),
            ("failed", |tally| failing(tally, None), false),
            ("partial", |tally| failing(tally, Some("7")), false),
            (
                "partial",
                |tally| {
                    tally.ended(EndSign::Total);
                    failing(tally, None);
                },
                false,
            ),
            (
                "asked",
                |tally| {
                    tally.asked = Some((Limit::Rows, true));
                    tally.ended(EndSign::Asked(Limit::Rows));
                },
                false,
            ),
            (
                "partial",
                |tally| {
                    tally.ended(EndSign::Total);
                    tally.broke(&Fault::new(Kind::Internal, "commit", "no room"));
                },
                false,
            ),
        ];
        for (is, happens, complete) in cases {
            let mut tally = Tally::new("items", "upsert");
            happens(&mut tally);
            let told = serde_json::to_value(tally.receipt().coverage).unwrap();
            assert_eq!((told["is"].as_str(), tally.is_complete()), (Some(is), complete), "{told}");
        }
        let mut tally = Tally::new("items", "upsert");
        tally.ended(EndSign::Total);
        tally.cut("the run was stopped");
        assert!(!tally.is_complete());
    }
}
