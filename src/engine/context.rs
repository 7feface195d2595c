//! What surrounds a run: the only way by which time, chance, the network and the user's permissions come in.

use super::source::PageSource;
use crate::event::{Deaf, Listener};
use crate::http::limits::{Limiter, QuotaLease};
use crate::http::{Permissions, Trace, Transport};
use crate::sinks::Offload;
use crate::state::Digest;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What surrounds a run. A whole run can be played with a scripted network and a virtual clock.
#[derive(Clone)]
pub struct Context {
    pub clock: Arc<dyn Clock>,
    pub draw: Draw,
    /// Where pages are read.
    pub offload: Offload,
    /// As many pages are read at once: more than there are cores would be no faster, and each takes memory.
    pub readers: Arc<Semaphore>,
    pub listener: Arc<dyn Listener>,
    /// Cancelled by the first Ctrl-C: what was read is committed, and the run ends.
    pub cancel: CancellationToken,
    pub transport: Arc<dyn Transport>,
    pub permissions: Arc<Permissions>,
    /// Shared by all runs of an account in this process.
    pub limiter: Arc<dyn QuotaLease>,
    pub trace: Option<Arc<dyn Trace>>,
    pub limits: RunLimits,
    pub failpoints: Failpoints,
    /// Sources of rows in Rust, by the stream that is read from them.
    pub sources: BTreeMap<String, Arc<dyn PageSource>>,
}

/// Tells the time of day. Durations are measured by tokio's clock, which tests pause.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "whoever makes a context decides that time is the machine's")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Context {
    /// Returns a context of this machine: its clock, its threads, and this network.
    pub fn new(transport: Arc<dyn Transport>, permissions: Arc<Permissions>, seed: u64) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            clock: Arc::new(SystemClock),
            draw: Draw { seed },
            offload: Offload::Blocking,
            readers: Arc::new(Semaphore::new(cores)),
            listener: Arc::new(Deaf),
            cancel: CancellationToken::new(),
            transport,
            permissions,
            limiter: Arc::new(Limiter::new()),
            trace: None,
            limits: RunLimits::default(),
            failpoints: Failpoints::default(),
            sources: BTreeMap::new(),
        }
    }
}

/// Chance by place, not by turn: the same seed gives the same run, in whatever order its requests end.
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    pub seed: u64,
}

impl Draw {
    /// Returns a number from 0 up to 1 for this purpose at this place.
    pub fn draw(self, purpose: &str, place: &str, attempt: u32) -> f64 {
        let (seed, attempt) = (self.seed.to_le_bytes(), attempt.to_le_bytes());
        let digest = Digest::of([&seed[..], purpose.as_bytes(), place.as_bytes(), &attempt]);
        // 53 bits are what a float of 64 bits keeps exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let fraction = (digest.short() >> 11) as f64 / (1_u64 << 53) as f64;
        fraction
    }
}

impl Draw {
    /// Returns an identifier for a request: the same over all of its tries.
    pub fn uuid(self, stream: &str, partition: &str, pass: u64, page: u64) -> String {
        let seed = self.seed.to_le_bytes();
        let numbers = [pass.to_le_bytes(), page.to_le_bytes()];
        let digest = Digest::of([&seed[..], stream.as_bytes(), partition.as_bytes(), &numbers[0], &numbers[1]]);
        uuid::Builder::from_random_bytes(*digest.bytes()).into_uuid().to_string()
    }
}

/// How much a run may take.
#[derive(Debug, Clone, Copy)]
pub struct RunLimits {
    /// Requests in flight; `None`: what the connector declares, else 4.
    pub concurrency: Option<u32>,
    /// Bytes of pages that are on their way, read and not yet durable.
    pub memory: u64,
    /// Empty pages one after the other.
    pub empty_pages: u32,
    /// Pages of a partition.
    pub pages: u64,
    /// The first units are small: a run that is killed early loses little.
    pub early: bool,
    /// Keys of a partition that are remembered to count duplicates.
    pub keys: usize,
    /// The longest time until rows become durable; `None`: the destination's cadence alone.
    pub commit_every: Option<Duration>,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            concurrency: None,
            memory: 24 << 20,
            empty_pages: 10,
            pages: 1_000_000,
            early: true,
            keys: 100_000,
            commit_every: None,
        }
    }
}

type Hit = dyn Fn(&str) + Send + Sync;

/// Named places at which a test stops the program.
#[derive(Clone, Default)]
pub struct Failpoints(Option<Arc<Hit>>);

impl Failpoints {
    pub fn new(hit: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hit)))
    }

    pub fn hit(&self, name: &str) {
        if let Some(hit) = &self.0 {
            hit(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;

    #[test]
    fn chance_is_by_place() {
        let draw = Draw { seed: 7 };
        let first = draw.draw("jitter", "users/{}", 1);
        assert!((0.0..1.0).contains(&first));
        assert!((first - draw.draw("jitter", "users/{}", 1)).abs() < f64::EPSILON);
        assert!((first - draw.draw("jitter", "users/{}", 2)).abs() > f64::EPSILON);
    }
}
