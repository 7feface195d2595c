//! One quota as it stands now.

use super::bucket::Bucket;
use super::{Observed, QuotaRule, Why};
use std::time::Duration;
use tokio::time::Instant;

/// One quota as it stands now.
pub(super) struct Quota {
    bucket: Option<Bucket>,
    /// How long after a word of the API that nothing is left one more may be tried, if it does not say.
    period: Option<Duration>,
    burst: u32,
    most: Option<u32>,
    in_flight: u32,
    pause: Option<Instant>,
    /// What the API said is left, less what was taken since, until it is full again.
    left: Option<(u64, Instant)>,
}

impl Quota {
    pub(super) fn new(rule: &QuotaRule) -> Self {
        Self {
            bucket: rule.bucket().map(|(size, cell)| Bucket::new(size, cell)),
            period: rule.rate.map(|rate| rate.period),
            burst: rule.burst.unwrap_or(1),
            most: rule.concurrency,
            in_flight: 0,
            pause: None,
            left: None,
        }
    }

    /// Says whether it refuses: why, and until when if that is known. Of several reasons the one that lasts longest.
    pub(super) fn refuses(&mut self, cost: u32, now: Instant) -> Option<(Why, Option<Instant>)> {
        self.pause = self.pause.filter(|until| *until > now);
        self.left = self.left.filter(|(_, reset)| *reset > now);
        let used_up = self.left.filter(|(left, _)| *left < u64::from(cost)).map(|(_, reset)| reset);
        let rate = self.bucket.as_mut().and_then(|bucket| bucket.refuses(cost));
        let times = [(Why::Paused, self.pause), (Why::UsedUp, used_up), (Why::Rate, rate)];
        let latest = times.into_iter().filter(|(_, until)| until.is_some()).max_by_key(|(_, until)| *until);
        let full = self.most.is_some_and(|most| self.in_flight >= most);
        latest.or(full.then_some((Why::Slots, None)))
    }

    /// Takes; [`refuses`](Self::refuses) was asked just before.
    pub(super) fn take(&mut self, cost: u32) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(cost);
        }
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_sub(cost.into());
        }
        self.in_flight += 1;
    }

    pub(super) fn give_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn observe(&mut self, seen: &Observed, now: Instant) {
        if let Some(until) = seen.pause_until {
            self.pause = Some(self.pause.map_or(until, |known| known.max(until)));
        }
        if let Some(remaining) = seen.remaining {
            // Requests in flight may not be counted in it yet.
            let others = u64::from(self.in_flight);
            let known = self.left.map(|(_, reset)| reset);
            let reset = seen.reset_at.or(known).or_else(|| self.period.map(|period| now + period));
            self.left = reset.map(|reset| (remaining.saturating_sub(others), reset));
        } else if let (Some((left, _)), Some(reset)) = (self.left, seen.reset_at) {
            self.left = Some((left, reset));
        }
        if let Some(rate) = seen.rate_per_second.filter(|rate| rate.is_finite() && *rate > 0.0)
            && let Ok(cell) = Duration::try_from_secs_f64(1.0 / rate)
        {
            match &mut self.bucket {
                Some(bucket) => bucket.refill_each(cell),
                None => self.bucket = Some(Bucket::new(self.burst, cell)),
            }
        }
    }

    /// Says whether it could be forgotten: a new one would say the same.
    pub(super) fn is_idle(&mut self, now: Instant) -> bool {
        self.in_flight == 0
            && self.pause.is_none_or(|until| until <= now)
            && self.left.is_none_or(|(_, reset)| reset <= now)
            && self.bucket.as_mut().is_none_or(Bucket::is_full)
    }
}
