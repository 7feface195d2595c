//! The limiter of one process: all quotas under one lock, so that taking from several is one step.

use super::quota::Quota;
use super::{Lease, NotBefore, Observed, QuotaKey, QuotaLease, QuotaRule, Want, Why};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// How many quotas are kept before the idle ones are forgotten: `per` makes one for each value.
const KEPT: usize = 4096;

/// The limiter of one process.
#[derive(Clone, Default)]
pub struct Limiter(Arc<Mutex<Quotas>>);

#[derive(Default)]
struct Quotas {
    known: HashMap<QuotaKey, Quota>,
    /// At which number the idle ones are looked for next.
    sweep_at: usize,
}

impl Limiter {
    pub fn new() -> Self {
        Self::default()
    }

    fn quotas(&self) -> MutexGuard<'_, Quotas> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, keys: &[QuotaKey]) {
        let mut quotas = self.quotas();
        for key in keys {
            if let Some(quota) = quotas.known.get_mut(key) {
                quota.give_back();
            }
        }
    }
}

impl QuotaLease for Limiter {
    fn try_take_all(&self, wants: &[Want]) -> Result<Lease, NotBefore> {
        if wants.is_empty() {
            return Ok(Lease::free());
        }
        let now = Instant::now();
        let mut quotas = self.quotas();
        let mut refused: Option<(Why, Option<Instant>, &Want)> = None;
        for (at, want) in wants.iter().enumerate() {
            let Some(cost) = whole_cost(wants, at) else { continue };
            if let Some((why, until)) = quotas.of(&want.quota, now).refuses(cost, now)
                && refused.is_none_or(|(_, known, _)| until > known)
            {
                refused = Some((why, until, want));
            }
        }
        if let Some((why, until, want)) = refused {
            return Err(NotBefore { until, quota: Arc::clone(&want.quota), why });
        }
        let mut keys = Vec::with_capacity(wants.len());
        for (at, want) in wants.iter().enumerate() {
            if let Some(cost) = whole_cost(wants, at) {
                quotas.of(&want.quota, now).take(cost);
                keys.push(want.quota.key.clone());
            }
        }
        let limiter = self.clone();
        Ok(Lease::ending(move || limiter.end(&keys)))
    }

    fn observe(&self, quota: &Arc<QuotaRule>, seen: &Observed) {
        let now = Instant::now();
        self.quotas().of(quota, now).observe(seen, now);
    }
}

impl Quotas {
    fn of(&mut self, rule: &QuotaRule, now: Instant) -> &mut Quota {
        if self.known.len() >= self.sweep_at.max(KEPT) && !self.known.contains_key(&rule.key) {
            self.known.retain(|_, quota| !quota.is_idle(now));
            self.sweep_at = self.known.len() * 2;
        }
        self.known.entry(rule.key.clone()).or_insert_with(|| Quota::new(rule))
    }
}

/// Returns what is wanted in all of a quota, at the first place where it is named.
fn whole_cost(wants: &[Want], at: usize) -> Option<u32> {
    let key = &wants[at].quota.key;
    if wants[..at].iter().any(|earlier| earlier.quota.key == *key) {
        return None;
    }
    let same = wants[at..].iter().filter(|want| want.quota.key == *key);
    Some(same.fold(0, |sum: u32, want| sum.saturating_add(want.cost)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::shorthand::rate::parse_rate;
    use std::time::Duration;
    use tokio::time::{advance, sleep_until};

    fn quota(key: &str, rate: &str, burst: Option<u32>, concurrency: Option<u32>) -> Arc<QuotaRule> {
        let rate = (!rate.is_empty()).then(|| parse_rate(rate).unwrap());
        Arc::new(QuotaRule { key: QuotaKey::new(key), rate, burst, concurrency })
    }

    /// Takes as often as it may, as soon as it may.
    async fn greedy(limiter: &Limiter, wants: &[Want], times: usize) -> Vec<Instant> {
        let mut taken = Vec::new();
        while taken.len() < times {
            match limiter.try_take_all(wants) {
                Ok(_) => taken.push(Instant::now()),
                Err(refused) => sleep_until(refused.until.unwrap()).await,
            }
        }
        taken
    }

    fn worst_window(taken: &[Instant], length: Duration) -> usize {
        let (mut begin, mut worst) = (0, 0);
        for (at, time) in taken.iter().enumerate() {
            while *time - taken[begin] >= length {
                begin += 1;
            }
            worst = worst.max(at - begin + 1);
        }
        worst
    }

    #[tokio::test(start_paused = true)]
    async fn without_burst_no_window_holds_more_than_the_rate() {
        for (rate, count, seconds) in
            [("3/h", 3, 3600), ("5/s", 5, 1), ("100/min", 100, 60), ("5000/h", 5000, 3600), ("1/60s", 1, 60)]
        {
            let limiter = Limiter::new();
            let wants = [Want::one(&quota("a", rate, None, None))];
            let taken = greedy(&limiter, &wants, count * 3).await;
            assert_eq!(worst_window(&taken, Duration::from_secs(seconds)), count, "{rate}");
            // Nor after a rest, when the bucket is full again.
            advance(Duration::from_secs(seconds * 7)).await;
            let taken = greedy(&limiter, &wants, count * 3).await;
            assert_eq!(worst_window(&taken, Duration::from_secs(seconds)), count, "{rate} after a rest");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn up_to_a_second_goes_one_at_a_time() {
        let wants = [Want::one(&quota("a", "5/s", None, None))];
        let taken = greedy(&Limiter::new(), &wants, 6).await;
        let gaps: Vec<_> = taken.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
        assert_eq!(gaps, [200; 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_a_plain_bucket() {
        let wants = [Want::one(&quota("a", "20/s", Some(20), None))];
        let begin = Instant::now();
        let taken = greedy(&Limiter::new(), &wants, 400).await;
        assert_eq!(taken[399] - begin, Duration::from_secs(19));
        assert_eq!(taken[19], begin);
    }

    #[tokio::test(start_paused = true)]
    async fn all_quotas_give_or_none() {
        let limiter = Limiter::new();
        let (fast, slow) = (quota("fast", "5/s", None, None), quota("slow", "1/10s", None, None));
        let both = [Want::one(&fast), Want::one(&slow)];
        drop(limiter.try_take_all(&both).unwrap());
        advance(Duration::from_secs(1)).await;
        for _ in 0..10 {
            let refused = limiter.try_take_all(&both).unwrap_err();
            assert_eq!(refused.to_string(), "rate 1/10s of slow");
            assert_eq!(refused.until, Some(Instant::now() + Duration::from_secs(9)));
        }
        // What was refused took nothing of the other.
        drop(limiter.try_take_all(&both[..1]).unwrap());
        assert_eq!(limiter.try_take_all(&both[..1]).unwrap_err().to_string(), "rate 5/s of fast");
    }

    #[tokio::test(start_paused = true)]
    async fn mixed_takers_never_exceed_any_of_their_quotas() {
        for seed in 0..20_u64 {
            let limiter = Limiter::new();
            let rules =
                [quota("a", "7/10s", None, None), quota("b", "3/s", None, None), quota("c", "40/min", None, None)];
            let limits = [(7, 10), (3, 1), (40, 60)];
            let mut draw = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut taken = [Vec::new(), Vec::new(), Vec::new()];
            for _ in 0..600 {
                draw ^= draw << 13;
                draw ^= draw >> 7;
                draw ^= draw << 17;
                let chosen: Vec<usize> = (0..3).filter(|at| draw >> (at * 8) & 1 == 1).collect();
                let wants: Vec<_> = chosen.iter().map(|at| Want::one(&rules[*at])).collect();
                if limiter.try_take_all(&wants).is_ok() {
                    for at in chosen {
                        taken[at].push(Instant::now());
                    }
                }
                advance(Duration::from_millis(draw % 300)).await;
            }
            for (times, (most, seconds)) in taken.iter().zip(limits) {
                let worst = worst_window(times, Duration::from_secs(seconds));
                assert!(worst <= most && worst > most / 2, "seed {seed}: {worst} of {most} in {seconds} s");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tasks_that_name_one_key_share_one_quota() {
        let limiter = Limiter::new();
        let begin = Instant::now();
        let task = |rule: Arc<QuotaRule>| {
            let limiter = limiter.clone();
            tokio::spawn(async move { greedy(&limiter, &[Want::one(&rule)], 10).await })
        };
        // Each has its own copy of the rule, as streams and partitions have.
        let tasks = [1, 2, 3].map(|_| task(quota("acme", "10/s", None, None)));
        let mut taken = Vec::new();
        for task in tasks {
            taken.extend(task.await.unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken[29] - begin, Duration::from_millis(2900));
    }

    #[tokio::test(start_paused = true)]
    async fn slots_come_back_when_a_lease_ends() {
        let limiter = Limiter::new();
        let wants = [Want::one(&quota("acme", "", None, Some(2)))];
        let first = limiter.try_take_all(&wants).unwrap();
        let second = limiter.try_take_all(&wants).unwrap();
        let refused = limiter.try_take_all(&wants).unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused.until), ("2 requests of acme in flight", None));
        drop(first);
        let third = limiter.try_take_all(&wants).unwrap();
        assert!(limiter.try_take_all(&wants).is_err());
        drop((second, third));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_on_the_quota() {
        let limiter = Limiter::new();
        let rule = quota("acme", "20/s", Some(20), None);
        let until = Instant::now() + Duration::from_secs(7);
        limiter.observe(&rule, &Observed { pause_until: Some(until), ..Observed::default() });
        let earlier = until - Duration::from_secs(3);
        limiter.observe(&rule, &Observed { pause_until: Some(earlier), ..Observed::default() });
        let refused = limiter.try_take_all(&[Want::one(&rule)]).unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused.until), ("pause that acme asks for", Some(until)));
        assert!(limiter.try_take_all(&[Want::one(&quota("other", "", None, None))]).is_ok());
        sleep_until(until).await;
        assert!(limiter.try_take_all(&[Want::one(&rule)]).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_api_says_is_left_counts() {
        let limiter = Limiter::new();
        let rule = quota("acme", "", None, None);
        let wants = [Want::one(&rule)];
        let reset = Instant::now() + Duration::from_mins(1);
        let asked = limiter.try_take_all(&wants).unwrap();
        let other = limiter.try_take_all(&wants).unwrap();
        drop(asked);
        limiter.observe(&rule, &Observed { remaining: Some(3), reset_at: Some(reset), ..Observed::default() });
        drop(other);
        // One of the three may be the other request's, which was not answered yet.
        let taken = [limiter.try_take_all(&wants).unwrap(), limiter.try_take_all(&wants).unwrap()];
        let refused = limiter.try_take_all(&wants).unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused.until), ("quota of acme is used up", Some(reset)));
        drop(taken);
        sleep_until(reset).await;
        assert!(limiter.try_take_all(&wants).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_follows_what_the_api_says() {
        let limiter = Limiter::new();
        let rule = quota("acme", "", None, None);
        limiter.observe(&rule, &Observed { rate_per_second: Some(2.0), ..Observed::default() });
        let taken = greedy(&limiter, &[Want::one(&rule)], 5).await;
        assert_eq!(taken[4] - taken[0], Duration::from_secs(2));
        for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            limiter.observe(&rule, &Observed { rate_per_second: Some(nonsense), ..Observed::default() });
        }
        assert_eq!(limiter.try_take_all(&[Want::one(&rule)]).unwrap_err().to_string(), "rate that acme asks for");
    }

    #[tokio::test(start_paused = true)]
    async fn costs_weigh_and_one_quota_named_twice_is_one() {
        let limiter = Limiter::new();
        let rule = quota("acme", "10/s", Some(10), Some(1));
        let want = |cost| Want { quota: Arc::clone(&rule), cost };
        drop(limiter.try_take_all(&[want(4), want(4)]).unwrap());
        assert!(limiter.try_take_all(&[want(3)]).is_err());
        drop(limiter.try_take_all(&[want(2)]).unwrap());
        drop(limiter.try_take_all(&[want(0)]).unwrap());
        assert_eq!(limiter.try_take_all(&[want(1)]).unwrap_err().to_string(), "rate 10/s of acme");
    }

    #[tokio::test(start_paused = true)]
    async fn quotas_that_rest_are_forgotten() {
        let limiter = Limiter::new();
        let held = limiter.try_take_all(&[Want::one(&quota("held", "", None, Some(1)))]).unwrap();
        for at in 0..KEPT * 3 {
            drop(limiter.try_take_all(&[Want::one(&quota(&format!("repo {at}"), "10/s", None, None))]).unwrap());
            advance(Duration::from_millis(1)).await;
        }
        assert!(limiter.quotas().known.len() <= KEPT, "{}", limiter.quotas().known.len());
        assert_eq!(limiter.try_take_all(&[Want::one(&quota("held", "", None, Some(1)))]).unwrap_err().why, Why::Slots);
        drop(held);
    }
}
