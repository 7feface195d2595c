//! How often an API may be asked: one limiter for each quota, shared by all that use it (SEMANTICS rule 45).
//!
//! A request is free to go when *all* of its quotas say so at the same moment; then it takes from each, else from none.
//! A quota says so when its bucket (on our clock), its pause (after a 429), what the API says is left, and its slots do.
//! Nothing waits here: who is refused learns until when and why, and asks again.

mod bucket;
mod limiter;
mod quota;
mod rule;

pub use limiter::Limiter;
pub use rule::{QuotaKey, QuotaRule};

use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// Grants requests: by itself ([`Limiter`]) or by asking one that several machines share.
pub trait QuotaLease: Send + Sync {
    /// Takes from all quotas or from none, at once.
    fn try_take_all(&self, wants: &[Want]) -> Result<Lease, NotBefore>;

    /// Tells what an answer said of a quota; the lease of its request was given back.
    fn observe(&self, quota: &Arc<QuotaRule>, seen: &Observed);
}

/// What a request takes of one quota.
#[derive(Clone, Debug)]
pub struct Want {
    pub quota: Arc<QuotaRule>,
    /// 1, where the API counts requests.
    pub cost: u32,
}

impl Want {
    /// One request.
    pub fn one(quota: &Arc<QuotaRule>) -> Self {
        Self { quota: Arc::clone(quota), cost: 1 }
    }
}

/// A request that may go out. Dropping it gives its slots back; hold it until the body is read.
#[must_use = "dropping it gives the slots back"]
pub struct Lease {
    back: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Lease {
    /// Makes a lease that does this when it ends.
    pub fn ending(back: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { back: Some(Box::new(back)) }
    }

    /// Makes a lease of a request that has no quota.
    pub fn free() -> Self {
        Self { back: None }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            back();
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Lease")
    }
}

/// Why a request may not go out yet. `Display` gives it for people: `rate 20/s of acme`.
#[derive(Clone, Debug)]
pub struct NotBefore {
    /// When to ask again; `None`: when a request of this quota has ended.
    pub until: Option<Instant>,
    pub quota: Arc<QuotaRule>,
    pub why: Why,
}

/// What of a quota refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Our clock.
    Rate,
    /// The API asked everybody to pause.
    Paused,
    /// The API says that nothing is left.
    UsedUp,
    /// As many requests as may be are in flight.
    Slots,
}

impl fmt::Display for NotBefore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.quota.key;
        match (self.why, &self.quota.rate, self.quota.concurrency) {
            (Why::Rate, Some(_), _) => write!(out, "rate {} of {key}", self.quota.rate_text()),
            (Why::Rate, None, _) => write!(out, "rate that {key} asks for"),
            (Why::Paused, ..) => write!(out, "pause that {key} asks for"),
            (Why::UsedUp, ..) => write!(out, "quota of {key} is used up"),
            (Why::Slots, _, most) => write!(out, "{} requests of {key} in flight", most.unwrap_or_default()),
        }
    }
}

/// What an answer said of a quota.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observed {
    pub remaining: Option<u64>,
    /// When it is full again.
    pub reset_at: Option<Instant>,
    /// Until when everybody pauses.
    pub pause_until: Option<Instant>,
    pub rate_per_second: Option<f64>,
}
