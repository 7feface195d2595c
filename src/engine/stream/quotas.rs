//! What a stream's requests take of which quotas, and what answers say of them.

use super::StreamRun;
use crate::components::answer::Answer;
use crate::components::quota::LimitPlan;
use crate::engine::asking::Asking;
use crate::engine::context::Context;
use crate::expr::Scope;
use crate::expr::shorthand::rate::Rate;
use crate::fault::Fault;
use crate::http::limits::{Observed, QuotaKey, QuotaRule, Want};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

impl StreamRun {
    /// Lists what a request takes of which quotas; one that is declared nowhere still pauses.
    pub(in crate::engine) fn quotas(&self, asking: &Asking) -> Result<Vec<Want>, Fault> {
        let mut wants = vec![Want::one(&self.account)];
        self.with_scope(asking, |scope| {
            for (limit, last) in &self.limits {
                let last = Some(last.load(Ordering::Relaxed)).filter(|cost| *cost != u64::MAX);
                let cost = u32::try_from(limit.cost(last, scope)?).unwrap_or(u32::MAX);
                wants.push(Want { quota: self.rule(limit, scope)?, cost });
            }
            Ok(())
        })?;
        Ok(wants)
    }

    fn rule(&self, limit: &LimitPlan, scope: &dyn Scope) -> Result<Arc<QuotaRule>, Fault> {
        let spec = limit.spec(&self.connector, &self.fingerprint, scope)?;
        let short = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Arc::new(QuotaRule {
            key: QuotaKey::new(spec.key),
            rate: spec.rate.map(|(count, period)| Rate { count: short(count), period }),
            burst: spec.burst.map(short),
            concurrency: spec.concurrency,
        }))
    }

    /// Tells the quotas what an answer said.
    pub(in crate::engine) fn observe(&self, answer: &Answer<'_>, asking: &Asking, cx: &Context) {
        let now = cx.clock.now();
        self.with_scope(asking, |scope| {
            for (limit, last) in &self.limits {
                let (Ok(seen), Ok(rule)) = (limit.observed(answer, scope, now), self.rule(limit, scope)) else {
                    continue;
                };
                if let Some(cost) = seen.cost {
                    last.store(cost, Ordering::Relaxed);
                }
                let instant =
                    |at: Timestamp| Instant::now() + Duration::try_from(at.duration_since(now)).unwrap_or_default();
                #[expect(clippy::cast_precision_loss, reason = "a rate is a small number")]
                let per_second = |(count, period): (u64, Duration)| count as f64 / period.as_secs_f64().max(1e-9);
                let observed = Observed {
                    remaining: seen.remaining,
                    reset_at: seen.reset.map(instant),
                    pause_until: None,
                    rate_per_second: seen.rate.map(per_second),
                };
                if observed != Observed::default() {
                    cx.limiter.observe(&rule, &observed);
                }
            }
        });
    }

    /// Pauses everybody who shares the account, or the declared quotas.
    pub(in crate::engine) fn pause_quotas(&self, cx: &Context, until: Instant) {
        cx.limiter.observe(&self.account, &Observed { pause_until: Some(until), ..Observed::default() });
    }
}
