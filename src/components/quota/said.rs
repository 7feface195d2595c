//! A quota at run time: whose bucket a request takes from, and what answers say about it (SEMANTICS rule 45).

use super::{Cost, LimitPlan};
use crate::components::answer::{Answer, Nulls, count_of, instant_of};
use crate::components::context::{Late, Read};
use crate::components::limits::ResetUnit;
use crate::data::json::write_canonical;
use crate::data::{Value, scaled};
use crate::expr::{Expr as _, Scope};
use crate::fault::Fault;
use jiff::Timestamp;
use std::time::Duration;

/// One bucket: requests with the same key share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaSpec {
    pub key: String,
    /// So many in so long.
    pub rate: Option<(u64, Duration)>,
    /// The size of the bucket; without it never more than the rate in any window.
    pub burst: Option<u64>,
    /// Requests in flight.
    pub concurrency: Option<u32>,
    /// Jobs in flight.
    pub jobs: Option<u32>,
}

/// What an answer says about a quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Observed {
    /// How much is left, in the API's own unit.
    pub remaining: Option<u64>,
    /// When the quota is full again.
    pub reset: Option<Timestamp>,
    /// The rate that the API allows.
    pub rate: Option<(u64, Duration)>,
    /// What the request cost.
    pub cost: Option<u64>,
}

impl LimitPlan {
    /// Returns the bucket that a request takes from. `account` tells accounts apart without telling their secrets.
    pub fn spec(&self, connector: &str, account: &str, scope: &dyn Scope) -> Result<QuotaSpec, Fault> {
        let rate = self.rate.as_ref().and_then(Late::known).map(|rate| (u64::from(rate.count), rate.period));
        let burst = self.burst.as_ref().and_then(Late::known).copied();
        let concurrency = self.concurrency.as_ref().and_then(Late::known).copied();
        let jobs = self.jobs.as_ref().and_then(Late::known).copied();
        let mut key = match &self.key {
            Some(shared) => canonical(&shared.eval(scope, Nulls::Send)?),
            None => format!("{connector} {account}"),
        };
        if let Some(name) = &self.name {
            key.push(' ');
            key.push_str(name);
        }
        if let Some(per) = &self.per {
            key.push(' ');
            key.push_str(&canonical(&per.eval(scope)?));
        }
        if self.name.is_none() {
            // Two limits of one shape are one limit, written twice. Nobody is shown that.
            key.push_str(&format!("\0{rate:?} {burst:?} {concurrency:?} {jobs:?}"));
        }
        Ok(QuotaSpec { key, rate, burst, concurrency, jobs })
    }

    /// Returns what the next request is charged; `last` is what the stream's last one cost.
    pub fn cost(&self, last: Option<u64>, scope: &dyn Scope) -> Result<u64, Fault> {
        match &self.cost {
            None => Ok(1),
            Some(Cost::Said(_)) => Ok(last.unwrap_or(1)),
            Some(Cost::Fixed(tree)) => Ok(count_of(&tree.eval(scope, Nulls::Drop)?).unwrap_or(1)),
        }
    }

    /// Reads what an answer says; what it does not say, or says in a way that means nothing, stays open.
    pub fn observed(&self, answer: &Answer<'_>, scope: &dyn Scope, now: Timestamp) -> Result<Observed, Fault> {
        let get = |read: Option<&Read>| read.map_or(Ok(Value::Absent), |read| read.get(answer, scope));
        let mut remaining = whole(scaled(&get(self.remaining.as_ref())?, 0));
        if let Some(used) = scaled(&get(self.used.as_ref())?, 3) {
            let of = match &self.of {
                Some(of) => scaled(&of.eval(scope, Nulls::Drop)?, 3),
                None => Some(100_000),
            };
            remaining = whole(of.map(|of| (of - used).div_euclid(1_000)));
        }
        let reset = match &self.reset {
            Some((unit, read)) => unit.instant(&read.get(answer, scope)?, now),
            None => None,
        };
        let rate = scaled(&get(self.rate_from.as_ref())?, 9).and_then(rate);
        let cost = match &self.cost {
            Some(Cost::Said(read)) => whole(scaled(&read.get(answer, scope)?, 0)),
            _ => None,
        };
        Ok(Observed { remaining, reset, rate, cost })
    }

    /// Lists what is read of each answer.
    pub fn reads(&self) -> Vec<&Read> {
        let cost = match &self.cost {
            Some(Cost::Said(read)) => Some(read),
            _ => None,
        };
        let reset = self.reset.as_ref().map(|(_, read)| read);
        self.remaining.iter().chain(&self.used).chain(reset).chain(&self.rate_from).chain(cost).collect()
    }
}

impl ResetUnit {
    fn instant(self, value: &Value, now: Timestamp) -> Option<Timestamp> {
        let since = |nanos: i128| Timestamp::from_nanosecond(nanos).ok();
        let later = |nanos: i128| since(now.as_nanosecond().checked_add(nanos.max(0))?);
        match self {
            ResetUnit::Unix => since(scaled(value, 9)?),
            ResetUnit::UnixMs => since(scaled(value, 6)?),
            ResetUnit::Seconds => later(scaled(value, 9)?),
            ResetUnit::Minutes => later(scaled(value, 9)?.checked_mul(60)?),
            ResetUnit::Date => instant_of(value),
        }
    }
}

/// Returns a rate from requests a second × 10^9.
fn rate(nanos: i128) -> Option<(u64, Duration)> {
    const SECOND: i128 = 1_000_000_000;
    let count = u64::try_from(nanos).ok().filter(|count| *count > 0)?;
    if nanos % SECOND == 0 {
        return Some((count / 1_000_000_000, Duration::from_secs(1)));
    }
    let period = SECOND * SECOND / nanos;
    Some((1, Duration::from_nanos(u64::try_from(period).ok()?)))
}

/// Less than nothing is nothing.
fn whole(count: Option<i128>) -> Option<u64> {
    u64::try_from(count?.max(0)).ok()
}

fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::{answering, json};
    use crate::components::context::Tree;
    use crate::expr::shorthand::rate::parse_rate;
    use crate::expr::{Names, Root, Shape, Site, Slots, Wants, compile, place};
    use std::sync::Arc;

    fn plan() -> LimitPlan {
        LimitPlan {
            name: None,
            rate: None,
            burst: None,
            concurrency: None,
            per: None,
            cost: None,
            remaining: None,
            used: None,
            of: None,
            reset: None,
            rate_from: None,
            jobs: None,
            key: None,
        }
    }

    fn at(text: &str) -> Option<Read> {
        Some(match text.strip_prefix("header.") {
            Some(name) => Read::Header(name.into()),
            None => Read::Place(place::compile(text).unwrap()),
        })
    }

    #[test]
    fn requests_of_one_account_share_a_bucket() {
        let per =
            compile("{{ repo.id }}", &Names::new().own("repo", 0, Shape::Data), &Site::new(Wants::Value)).unwrap();
        let rate = Some(Late::Is(parse_rate("100/min").unwrap()));
        let named = LimitPlan { name: Some("core".into()), rate: rate.clone(), ..plan() };
        let each = LimitPlan { per: Some(Arc::new(per)), ..named.clone() };
        let keyed = LimitPlan { key: Some(Tree::Fixed(Value::Text("org".into()))), ..named.clone() };
        let scope = |id: &str| Slots::new(vec![(Root::own(0), json(id))], Timestamp::UNIX_EPOCH);
        let (one, two) = (scope(r#"{"id":1}"#), scope(r#"{"id":2}"#));
        let key = |plan: &LimitPlan, scope: &Slots, account: &str| plan.spec("github", account, scope).unwrap().key;
        assert_eq!(key(&named, &one, "a"), key(&named, &two, "a"));
        assert_ne!(key(&named, &one, "a"), key(&named, &one, "b"));
        assert_ne!(key(&each, &one, "a"), key(&each, &two, "a"));
        assert_eq!(key(&keyed, &one, "a"), key(&keyed, &one, "b"));
        let plain = LimitPlan { rate, ..plan() };
        assert_ne!(key(&plain, &one, "a"), key(&named, &one, "a"));
        assert_eq!(plain.spec("github", "a", &one).unwrap().rate, Some((100, Duration::from_mins(1))));
    }

    #[test]
    fn answers_correct_a_quota() {
        let now: Timestamp = "2024-05-31T10:00:00Z".parse().unwrap();
        let reset = |unit| LimitPlan { reset: Some((unit, at("$.v").unwrap())), ..plan() };
        let rate = LimitPlan { rate_from: at("$.v"), ..plan() };
        let used = LimitPlan { used: at("$.v"), ..plan() };
        let of = LimitPlan { of: Some(Tree::Fixed(Value::Int(500))), ..used.clone() };
        let seen = |remaining: Option<u64>, reset: Option<&str>| Observed {
            remaining,
            reset: reset.map(|at| at.parse().unwrap()),
            ..Observed::default()
        };
        for (plan, value, expected) in [
            (LimitPlan { remaining: at("header.x-left"), ..plan() }, "0", seen(Some(17), None)),
            (LimitPlan { remaining: at("$.v"), ..plan() }, "-4", seen(Some(0), None)),
            (LimitPlan { remaining: at("$.v"), ..plan() }, "\"many\"", seen(None, None)),
            (used.clone(), "12.5", seen(Some(87), None)),
            (used, "120", seen(Some(0), None)),
            (of, "\"480\"", seen(Some(20), None)),
            (reset(ResetUnit::Unix), "1717149660", seen(None, Some("2024-05-31T10:01:00Z"))),
            (reset(ResetUnit::UnixMs), "\"1717149660500\"", seen(None, Some("2024-05-31T10:01:00.5Z"))),
            (reset(ResetUnit::Seconds), "1.5", seen(None, Some("2024-05-31T10:00:01.5Z"))),
            (reset(ResetUnit::Minutes), "2", seen(None, Some("2024-05-31T10:02:00Z"))),
            (reset(ResetUnit::Date), "\"Fri, 31 May 2024 10:00:05 GMT\"", seen(None, Some("2024-05-31T10:00:05Z"))),
            (reset(ResetUnit::Date), "\"later\"", seen(None, None)),
            (rate.clone(), "2", Observed { rate: Some((2, Duration::from_secs(1))), ..Observed::default() }),
            (rate.clone(), "2.5", Observed { rate: Some((1, Duration::from_millis(400))), ..Observed::default() }),
            (rate, "0", Observed::default()),
            (
                LimitPlan { cost: at("$.v").map(Cost::Said), ..plan() },
                "3",
                Observed { cost: Some(3), ..Observed::default() },
            ),
        ] {
            let scope = Slots::new(Vec::new(), now);
            answering(200, &[("x-left", "17")], &format!(r#"{{"v":{value}}}"#), |answer| {
                assert_eq!(plan.observed(answer, &scope, now).unwrap(), expected, "{value}");
            });
        }
        let said = LimitPlan { cost: at("$.v").map(Cost::Said), ..plan() };
        let scope = Slots::new(Vec::new(), now);
        assert_eq!((said.cost(None, &scope).unwrap(), said.cost(Some(4), &scope).unwrap()), (1, 4));
        let fixed = LimitPlan { cost: Some(Cost::Fixed(Tree::Fixed(Value::Int(5)))), ..plan() };
        assert_eq!(fixed.cost(Some(1), &scope).unwrap(), 5);
        assert_eq!(said.reads().len(), 1);
    }
}
