//! A token bucket, told in time: every request costs an interval, and debt fades as time passes.

use super::config::Config;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Bucket {
    debt: Duration,
    last: Duration,
}

/// What a request met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) allowed: bool,
    pub(super) remaining: u64,
    /// Until the next request is allowed.
    pub(super) wait: Duration,
}

impl Bucket {
    /// Takes a token at a time that only grows.
    pub(super) fn take(&mut self, config: &Config, now: Duration) -> Met {
        let interval = Duration::from_secs_f64(1.0 / config.rate.max(0.001));
        let full = interval.mul_f64(config.burst.max(1.0));
        self.debt = self.debt.saturating_sub(now.saturating_sub(self.last));
        self.last = now.max(self.last);
        let allowed = self.debt + interval <= full;
        if allowed {
            self.debt += interval;
        }
        let left = full.saturating_sub(self.debt);
        let remaining = u64::try_from(left.as_nanos() / interval.as_nanos()).unwrap_or(u64::MAX);
        Met { allowed, remaining, wait: interval.saturating_sub(left) }
    }
}

/// Whole seconds that are not shorter.
pub(super) fn rounded_up(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let config = Config { rate: 10.0, burst: 2.0, ..Config::default() };
        let mut bucket = Bucket::default();
        let mut at = |ms: u64| {
            let met = bucket.take(&config, Duration::from_millis(ms));
            (met.allowed, met.remaining, met.wait.as_millis())
        };
        assert_eq!(at(0), (true, 1, 0));
        assert_eq!(at(0), (true, 0, 100));
        assert_eq!(at(50), (false, 0, 50));
        assert_eq!(at(100), (true, 0, 100));
        assert_eq!(at(1000), (true, 1, 0));
    }
}
