//! How far a run has come, as it can be known from its events.

use super::quantity::{between, clock, duration, rows, thousands};
use super::words;
use crate::diagnostic::clean;
use crate::event::{Event, StreamReceipt};
use indexmap::IndexMap;
use jiff::Timestamp;
use std::collections::VecDeque;

/// The rate is that of the last ten seconds.
const RATE_MS: u64 = 10_000;
/// So many quotas are remembered.
const MOST_QUOTAS: usize = 16;

/// A run as it stands.
#[derive(Debug, Default)]
pub struct Progress {
    streams: IndexMap<String, StreamProgress>,
    /// What is left of each quota, and until when.
    quotas: IndexMap<String, (Option<u64>, Option<Timestamp>)>,
}

/// A stream as it stands.
#[derive(Debug, Clone)]
pub struct StreamProgress {
    pub stream: String,
    pub phase: Phase,
    /// Records received.
    pub rows: u64,
    pub pages: u64,
    pub bytes: u64,
    pub refused: u64,
    pub committed: u64,
    pub retries: u64,
    /// What the API says there is in all, where one partition is all.
    pub claimed: Option<u64>,
    pub waiting: Option<Waiting>,
    recent: VecDeque<(Timestamp, u64)>,
    began: Timestamp,
}

/// Where a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Reading,
    Ended,
}

/// What a stream waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub why: String,
    pub until: Option<Timestamp>,
}

impl Progress {
    /// Takes an event that happened now, and names the stream that it changed.
    pub fn hear(&mut self, event: &Event, now: Timestamp) -> Option<&str> {
        let name = match event {
            Event::StreamStarted { stream, .. }
            | Event::Page { stream, .. }
            | Event::Waiting { stream, .. }
            | Event::Retrying { stream, .. }
            | Event::Refused { stream, .. } => stream,
            Event::StreamEnded { receipt } => &receipt.stream,
            // What is told of an earlier run is over.
            Event::RunStarted { .. } => {
                self.streams.clear();
                return None;
            }
            Event::Quota { quota, remaining, until } => {
                if self.quotas.contains_key(quota) || self.quotas.len() < MOST_QUOTAS {
                    self.quotas.insert(quota.clone(), (*remaining, *until));
                }
                return None;
            }
            Event::Committed { rows, .. } => {
                for (stream, rows) in rows {
                    if let Some(known) = self.streams.get_mut(stream) {
                        known.committed += rows;
                    }
                }
                return None;
            }
            _ => return None,
        };
        let stream = self.streams.entry(name.clone()).or_insert_with(|| StreamProgress::new(name, now));
        stream.hear(event, now);
        Some(&stream.stream)
    }

    pub fn stream(&self, name: &str) -> Option<&StreamProgress> {
        self.streams.get(name)
    }

    pub fn streams(&self) -> impl Iterator<Item = &StreamProgress> {
        self.streams.values()
    }

    /// Writes how a stream stands: rows, pages, rate, quota left, and what it waits for.
    pub fn line(&self, name: &str, now: Timestamp) -> Option<String> {
        let stream = self.streams.get(name)?;
        let mut parts = vec![stream.amount(), words::pages(stream.pages)];
        if let Some(rate) = stream.rate(now).filter(|_| stream.phase == Phase::Reading) {
            parts.push(format!("{} rows/s", thousands(rate)));
        }
        if stream.refused > 0 {
            parts.push(format!("{} refused", thousands(stream.refused)));
        }
        // The one of which least is left is the one that will stop it.
        let left = self.quotas.iter().filter_map(|(quota, (left, _))| Some((quota, (*left)?)));
        if let Some((quota, left)) = left.min_by_key(|(_, left)| *left).filter(|_| stream.phase == Phase::Reading) {
            parts.push(format!("quota {}: {} left", clean(quota), thousands(left)));
        }
        if let Some(waiting) = &stream.waiting {
            parts.push(waiting.told(now));
        }
        Some(format!("{}: {}", clean(&stream.stream), parts.join(" · ")))
    }
}

impl StreamProgress {
    fn new(stream: &str, now: Timestamp) -> Self {
        Self {
            stream: stream.to_owned(),
            phase: Phase::Reading,
            rows: 0,
            pages: 0,
            bytes: 0,
            refused: 0,
            committed: 0,
            retries: 0,
            claimed: None,
            waiting: None,
            recent: VecDeque::new(),
            began: now,
        }
    }

    fn hear(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::Page { partition, records, refused, bytes, claimed, .. } => {
                self.pages += 1;
                self.rows += records;
                self.refused += refused;
                self.bytes += bytes;
                if partition == "{}" && claimed.is_some() {
                    self.claimed = *claimed;
                }
                self.waiting = None;
                self.count(*records, now);
            }
            Event::Waiting { why, until, .. } => {
                self.waiting = Some(Waiting { why: why.clone(), until: *until });
            }
            Event::Retrying { attempt, wait_ms, kind, message, .. } => {
                self.retries += 1;
                let wait = jiff::SignedDuration::from_millis(i64::try_from(*wait_ms).unwrap_or(i64::MAX));
                self.waiting = Some(Waiting {
                    why: format!("{}: {message}; try {} is next", words::kind(*kind), attempt.saturating_add(1)),
                    until: now.checked_add(wait).ok(),
                });
            }
            Event::StreamEnded { receipt } => self.end(receipt),
            _ => {}
        }
    }

    fn end(&mut self, receipt: &StreamReceipt) {
        self.phase = Phase::Ended;
        (self.rows, self.pages) = (receipt.read, receipt.pages);
        self.claimed = receipt.claimed;
        self.waiting = None;
    }

    fn count(&mut self, records: u64, now: Timestamp) {
        match self.recent.back_mut() {
            // Pages of one tenth of a second are one entry: the list stays short.
            Some((at, known)) if between(*at, now) < 100 => *known += records,
            _ => self.recent.push_back((now, records)),
        }
        while self.recent.front().is_some_and(|(at, _)| between(*at, now) > RATE_MS) {
            self.recent.pop_front();
        }
    }

    /// Returns rows a second, once there is something to divide by.
    fn rate(&self, now: Timestamp) -> Option<u64> {
        let recent = self.recent.iter().filter(|(at, _)| between(*at, now) <= RATE_MS);
        let took = between(self.began, now).min(RATE_MS);
        (took >= 1000).then(|| recent.map(|(_, records)| records).sum::<u64>().saturating_mul(1000) / took)
    }

    fn amount(&self) -> String {
        match self.claimed {
            Some(claimed) => format!("{} of {}", thousands(self.rows), rows(claimed)),
            None => rows(self.rows),
        }
    }
}

impl Waiting {
    fn told(&self, now: Timestamp) -> String {
        match self.until {
            Some(until) if between(now, until) > 0 => {
                format!("waits until {} ({}): {}", clock(until), duration(between(now, until)), clean(&self.why))
            }
            Some(_) => format!("waited: {}", clean(&self.why)),
            None => format!("waits: {}", clean(&self.why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FaultKind;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_717_113_600 + seconds).unwrap()
    }

    fn page(records: u64, claimed: Option<u64>) -> Event {
        let (stream, partition) = ("orders".to_owned(), "{}".to_owned());
        Event::Page { stream, partition, index: 0, records, refused: 1, bytes: 10, claimed }
    }

    #[test]
    fn a_stream_is_told_as_it_stands() {
        let mut progress = Progress::default();
        let stream = "orders".to_owned();
        progress
            .hear(&Event::StreamStarted { stream: stream.clone(), mode: "upsert".into(), resumed_from: None }, at(0));
        let steps = [
            (page(100, None), 0, "orders: 100 rows · 1 page · 1 refused"),
            (page(2000, Some(9000)), 2, "orders: 2,100 of 9,000 rows · 2 pages · 1,050 rows/s · 2 refused"),
            (
                Event::Quota { quota: "core".into(), remaining: Some(41), until: None },
                2,
                "orders: 2,100 of 9,000 rows · 2 pages · 1,050 rows/s · 2 refused · quota core: 41 left",
            ),
            (
                Event::Waiting { stream: stream.clone(), why: "rate limit\n".into(), until: Some(at(24)) },
                4,
                "orders: 2,100 of 9,000 rows · 2 pages · 525 rows/s · 2 refused · quota core: 41 left · \
                 waits until 00:00:24 UTC (20 s): rate limit ",
            ),
            (
                Event::Retrying {
                    stream: stream.clone(),
                    partition: "{}".into(),
                    attempt: 1,
                    wait_ms: 1500,
                    kind: FaultKind::Network,
                    message: "connection reset".into(),
                },
                20,
                "orders: 2,100 of 9,000 rows · 2 pages · 0 rows/s · 2 refused · quota core: 41 left · \
                 waits until 00:00:21 UTC (1.5 s): network: connection reset; try 2 is next",
            ),
            (
                Event::StreamEnded {
                    receipt: StreamReceipt { read: 2100, pages: 2, ..StreamReceipt::new("orders", "upsert") },
                },
                21,
                "orders: 2,100 rows · 2 pages · 2 refused",
            ),
        ];
        for (event, seconds, line) in steps {
            progress.hear(&event, at(seconds));
            assert_eq!(progress.line("orders", at(seconds)).as_deref(), Some(line));
        }
        assert_eq!(progress.line("others", at(0)), None);
    }

    #[test]
    fn the_rate_forgets_and_stays_small() {
        let mut progress = Progress::default();
        for tenth in 0..2000_i64 {
            progress.hear(&page(10, None), Timestamp::from_millisecond(1_717_113_600_000 + tenth * 20).unwrap());
        }
        let stream = progress.stream("orders").unwrap();
        assert!(stream.recent.len() <= 101, "{}", stream.recent.len());
        let now = at(40);
        assert_eq!(stream.rate(now), Some(500));
        assert_eq!(stream.rate(at(60)), Some(0));
    }
}
