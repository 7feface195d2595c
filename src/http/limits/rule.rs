//! What is declared of a quota.

use crate::expr::shorthand::rate::Rate;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Names a quota: who shares it, and of what. Messages show it up to the first `\0`, and it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaKey(Arc<str>);

impl QuotaKey {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QuotaKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.split('\0').next().unwrap_or_default())
    }
}

/// What is declared of a quota. Whoever uses the same key brings the same rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRule {
    pub key: QuotaKey,
    pub rate: Option<Rate>,
    /// The size of the token bucket; without it never more than the rate in any window of its length.
    pub burst: Option<u32>,
    /// Requests in flight.
    pub concurrency: Option<u32>,
}

impl QuotaRule {
    /// Makes a quota that only the API's own words limit.
    pub fn named(key: QuotaKey) -> Self {
        Self { key, rate: None, burst: None, concurrency: None }
    }

    /// Returns how many may go at once, and how long it takes until one more may.
    pub(super) fn bucket(&self) -> Option<(u32, Duration)> {
        let rate = self.rate?;
        let count = rate.count.max(1);
        let (at_once, refilled) = match self.burst {
            Some(burst) => (burst.max(1), count),
            // A bucket of b that gives c in a period lets b + c - 1 pass in the worst window: no more than the rate.
            None if rate.period <= Duration::from_secs(1) => (1, count),
            None => {
                let at_once = (count / 2).max(1);
                (at_once, count - at_once + 1)
            }
        };
        let nanos = rate.period.as_nanos().div_ceil(u128::from(refilled)).max(1);
        Some((at_once, Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))))
    }

    /// Writes the rate as an author would: `20/s`, `100/10s`.
    pub(super) fn rate_text(&self) -> String {
        let Some(rate) = self.rate else { return String::new() };
        let millis = rate.period.as_millis();
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
        let (unit, name) = units.into_iter().find(|(unit, _)| millis.is_multiple_of(*unit)).unwrap_or((1, "ms"));
        match millis / unit {
            1 => format!("{}/{name}", rate.count),
            many => format!("{}/{many}{name}", rate.count),
        }
    }
}
