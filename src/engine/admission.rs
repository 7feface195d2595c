//! Admission: a request starts when memory, a slot and the tokens of all its quotas are there at the same moment.
//!
//! Who lacks one takes none. Who lacks a token is passed over; who lacks memory stops all later ones, and the packer is
//! asked to hand over. Nobody waits while holding something, so nothing stands still.

use super::fetch;
use super::flight::Arrival;
use super::part::Place;
use super::reading::{MOST_QUEUED, Phase};
use super::work::Work;
use crate::event::{Event, Limit};
use crate::fault::{Fault, Kind};
use crate::http::limits::Why;
use crate::http::spoken_time;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What a page takes before anything is known of the stream's pages.
const UNKNOWN: u64 = 1 << 20;

/// How soon slots that another run has are asked for again.
const ELSEWHERE: Duration = Duration::from_millis(100);

impl Work {
    /// Starts all requests that may start, in the order of the run.
    pub(super) fn admit(&mut self, idle: bool) {
        self.wake = None;
        self.pressed = false;
        let now = Instant::now();
        for (_, place) in self.candidates() {
            if self.flying >= self.slots || self.is_ahead() {
                break;
            }
            let Some(part) = self.parts.get(&place) else { continue };
            let stream = &self.streams[part.job];
            // Until a first page has arrived, nobody knows how large the stream's pages are: one is asked.
            if stream.estimate.is_none() && stream.flying > 0 {
                continue;
            }
            if let Some(until) = part.not_before.filter(|until| *until > now) {
                self.wake_at(until);
                continue;
            }
            if self.requests_left == Some(0) {
                self.budget_is_spent();
                return;
            }
            let estimate = stream.estimate.unwrap_or(UNKNOWN).min(self.memory.most);
            if self.memory.used(self.packer.bytes()) + estimate > self.memory.most {
                let alone = self.flying == 0 && self.packer.is_empty() && self.memory.writing == 0 && idle;
                if !alone {
                    self.pressed = true;
                    return;
                }
            }
            self.start(&place, estimate, now);
        }
    }

    /// Lists the pages that are wanted, in the order of the run: a page stands before the children of its rows.
    fn candidates(&self) -> Vec<(Place, Place)> {
        let mut candidates = Vec::new();
        for (place, part) in &self.parts {
            let stream = &self.streams[part.job];
            // A child that waits for others, perhaps for this one, holds nobody back.
            let full = |child: &usize| {
                let child = &self.streams[*child];
                child.phase != Phase::Waiting && child.queue.len() + child.ready.len() > MOST_QUEUED
            };
            if stream.job.children.iter().any(full) {
                continue;
            }
            let most = stream.run.parallel.saturating_sub(part.flying) as usize;
            for page in part.wanted.iter().take(most) {
                let mut order = place.clone();
                order.push(u32::try_from(page.index).unwrap_or(u32::MAX));
                candidates.push((order, place.clone()));
            }
        }
        candidates.sort();
        candidates
    }

    /// Starts the next request of a partition, unless a quota has no token for it.
    fn start(&mut self, place: &Place, estimate: u64, now: Instant) {
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        let Some(page) = part.wanted.front().cloned() else { return };
        if part.tries.uuid.is_empty() || part.tries.count == 0 && part.tries.waited.is_zero() {
            part.tries.uuid =
                self.cx.draw.uuid(&stream.job.stream, part.partition.key.text(), part.pass.number, page.index);
        }
        let asking = part.asking(page, &stream.run, !stream.begun);
        let quotas = match stream.run.quotas(&asking) {
            Ok(quotas) => quotas,
            Err(fault) => return self.fails(place, &fault),
        };
        let lease = match self.cx.limiter.try_take_all(&quotas) {
            Ok(lease) => lease,
            Err(lacks) => {
                let name = stream.job.stream.clone();
                let wait = lacks.until.map(|until| until.saturating_duration_since(now));
                if let Some(wait) = wait.filter(|wait| lacks.why == Why::UsedUp && *wait > stream.run.longest_reset) {
                    let (wait, most) = (spoken_time(wait), spoken_time(stream.run.longest_reset));
                    let told = format!("{lacks} for {wait}, the limit is {most} (`timeouts.reset`)");
                    let fault = stream.run.about(Fault::new(Kind::Quota, "wait", told));
                    return self.fails(place, &fault);
                }
                if lacks.until.is_none() && self.flying == 0 {
                    // Another run of this process has the slots; it tells nobody when it gives them back.
                    self.wake_at(now + ELSEWHERE);
                } else if let Some(until) = lacks.until {
                    part.not_before = Some(until);
                    let pause = SignedDuration::try_from(until.saturating_duration_since(now)).unwrap_or_default();
                    let until_wall = self.cx.clock.now().checked_add(pause).ok();
                    self.wake_at(until);
                    // A short wait for the next token is the ordinary rhythm of a rate and nothing to be told.
                    if pause > SignedDuration::from_secs(2) {
                        self.cx.listener.tell(&Event::Waiting {
                            stream: name,
                            why: lacks.to_string(),
                            until: until_wall,
                        });
                    }
                }
                return;
            }
        };
        part.wanted.pop_front();
        if asking.page.index > part.expected {
            part.asked_ahead.push(asking.page.clone());
        }
        part.not_before = None;
        part.flying += 1;
        part.tries.since.get_or_insert(now);
        stream.flying += 1;
        stream.tally.receipt.requests += 1;
        self.flying += 1;
        self.requests += 1;
        self.requests_left = self.requests_left.map(|left| left.saturating_sub(1));
        self.memory.flying += estimate;
        let (run, cx, place) = (Arc::clone(&stream.run), self.cx.clone(), place.clone());
        let (epoch, job) = (part.epoch, part.job);
        self.flights.push(Box::pin(async move {
            let page = asking.page.clone();
            let (tried, requests) = fetch::once(&run, asking, &cx, lease).await;
            Arrival { place, epoch, job, requests, page, estimate, tried }
        }));
    }

    pub(super) fn wake_at(&mut self, at: Instant) {
        self.wake = Some(self.wake.map_or(at, |known| known.min(at)));
    }

    /// The user's budget of requests is spent: what is read becomes durable, and the rest stays to be done.
    fn budget_is_spent(&mut self) {
        if self.flying > 0 {
            return;
        }
        for stream in &mut self.streams {
            if stream.phase < Phase::Closing && (stream.active > 0 || stream.has_more()) {
                stream.tally.asked = Some((Limit::Requests, true));
            }
            stream.stop_feeding();
            stream.active = 0;
        }
        self.parts.clear();
    }
}

impl super::work::Memory {
    /// Returns what is used; `packed` stands in the unit that is being filled.
    fn used(&self, packed: u64) -> u64 {
        self.flying + self.parked + self.writing + packed
    }
}
