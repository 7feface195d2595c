//! A token bucket on our clock, by governor: one that can also be asked without taking.

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A token bucket.
pub(super) struct Bucket {
    limiter: RateLimiter<NotKeyed, Level, Ticks, NoOpMiddleware<Nanos>>,
    level: Level,
    clock: Ticks,
    /// When the limiter began, by its clock.
    begun: Nanos,
    size: u32,
    cell: Duration,
    /// What a request cost beyond the size of the bucket: paid before the next one.
    debt: u32,
}

impl Bucket {
    /// Makes a full bucket that holds `size` and gains one each `cell`.
    pub(super) fn new(size: u32, cell: Duration) -> Self {
        Self::on(Ticks(Instant::now()), Level::default(), size, cell)
    }

    fn on(clock: Ticks, level: Level, size: u32, cell: Duration) -> Self {
        let burst = NonZeroU32::new(size).unwrap_or(NonZeroU32::MIN);
        let cell = cell.max(Duration::from_nanos(1));
        let quota = governor::Quota::with_period(cell).expect("a cell takes time").allow_burst(burst);
        let begun = clock.now();
        let limiter = RateLimiter::new(quota, level.clone(), clock);
        Self { limiter, level, clock, begun, size: burst.get(), cell, debt: 0 }
    }

    /// Changes how fast it is filled. What was taken stays taken.
    pub(super) fn refill_each(&mut self, cell: Duration) {
        if cell == self.cell {
            return;
        }
        let debt = self.debt;
        let due = self.begun.as_u64() + self.level.0.due.load(Ordering::Relaxed);
        let begun = self.clock.now().as_u64();
        // Governor counts from the making of a limiter, and 0 means untouched.
        self.level.0.due.store(due.saturating_sub(begun), Ordering::Relaxed);
        *self = Self::on(self.clock, self.level.clone(), self.size, cell);
        self.debt = debt;
    }

    /// Returns until when it refuses; `None` means that it would give now.
    pub(super) fn refuses(&mut self, want: u32) -> Option<Instant> {
        while self.debt > 0 {
            let part = self.debt.min(self.size);
            if let Some(until) = self.check(part, false) {
                return Some(until);
            }
            self.debt -= part;
        }
        self.check(want.min(self.size), true)
    }

    /// Takes; [`refuses`](Self::refuses) was asked just before, so it gives.
    pub(super) fn take(&mut self, want: u32) {
        let now = want.min(self.size);
        self.check(now, false);
        self.debt += want - now;
    }

    /// Says whether it is as full as one never used.
    pub(super) fn is_full(&mut self) -> bool {
        self.refuses(self.size).is_none()
    }

    fn check(&self, want: u32, only_ask: bool) -> Option<Instant> {
        let want = NonZeroU32::new(want)?;
        self.level.0.only_ask.store(only_ask, Ordering::Relaxed);
        let answer = self.limiter.check_n(want).expect("no more is wanted than the bucket holds");
        answer.err().map(|refused| self.clock.0 + Duration::from(refused.earliest_possible()))
    }
}

/// Governor's one number, kept where asking can be told from taking. One thread at a time, under the limiter's lock.
#[derive(Clone, Default)]
struct Level(Arc<Cell>);

#[derive(Default)]
struct Cell {
    due: AtomicU64,
    only_ask: AtomicBool,
}

impl StateStore for Level {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _key: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let due = self.0.due.load(Ordering::Relaxed);
        let (answer, next) = decide((due != 0).then(|| due.into()))?;
        if !self.0.only_ask.load(Ordering::Relaxed) {
            self.0.due.store(next.into(), Ordering::Relaxed);
        }
        Ok(answer)
    }
}

/// Tokio's clock, which tests can pause.
#[derive(Clone, Copy)]
struct Ticks(Instant);

impl Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn asking_takes_nothing() {
        let mut bucket = Bucket::new(2, Duration::from_secs(10));
        for _ in 0..5 {
            assert_eq!(bucket.refuses(2), None);
        }
        bucket.take(2);
        assert_eq!(bucket.refuses(1), Some(Instant::now() + Duration::from_secs(10)));
        advance(Duration::from_secs(10)).await;
        assert_eq!(bucket.refuses(1), None);
        assert!(!bucket.is_full());
        advance(Duration::from_secs(10)).await;
        assert!(bucket.is_full());
    }

    #[tokio::test(start_paused = true)]
    async fn what_costs_more_than_the_bucket_holds_is_paid_afterwards() {
        let mut bucket = Bucket::new(2, Duration::from_secs(1));
        let begin = Instant::now();
        assert_eq!(bucket.refuses(5), None);
        bucket.take(5);
        let mut last = begin;
        while let Some(until) = bucket.refuses(1) {
            last = until;
            advance(until - Instant::now()).await;
        }
        assert_eq!(last - begin, Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn another_rate_forgets_nothing() {
        let mut bucket = Bucket::new(1, Duration::from_secs(10));
        bucket.take(1);
        advance(Duration::from_secs(4)).await;
        bucket.refill_each(Duration::from_secs(2));
        assert_eq!(bucket.refuses(1), Some(Instant::now() + Duration::from_secs(6)));
        advance(Duration::from_secs(6)).await;
        assert_eq!(bucket.refuses(1), None);
        bucket.take(1);
        assert_eq!(bucket.refuses(1), Some(Instant::now() + Duration::from_secs(2)));
    }
}
