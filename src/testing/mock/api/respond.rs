//! What the API answers in truth: who may ask, how often, and for which list.

use super::auth::{AUTHS, COOKIE, HEADER_KEY, PASSWORD, QUERY_KEY, TOKEN, USER, refused};
use super::collection::{Collection, Refused};
use super::config::{Config, RateHeaders, RetryForm};
use super::paging::{Asked, PAGINGS, list};
use super::quota::{Met, rounded_up};
use super::record::Subject;
use super::rule::Lie;
use super::seed::{happens, mix};
use super::stamp::Stamps;
use super::{Api, route};
use crate::testing::mock::clock::Clock;
use crate::testing::mock::query::Query;
use crate::testing::mock::run::Host;
use crate::testing::mock::wire::{Answer, Body, Request};
use crate::testing::mock::world::World;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

/// How many packed bodies are kept to be sent again.
const MOST_PACKED: usize = 4096;

pub(super) struct Good {
    pub(super) answer: Answer,
    pub(super) records: usize,
}

impl Good {
    fn bare(answer: Answer) -> Good {
        Good { answer, records: 0 }
    }
}

pub(super) fn respond(
    api: &Api,
    world: &World,
    path: &str,
    request: &Request,
    query: &Query,
    lies: &[(usize, Lie)],
    number: u64,
) -> Good {
    let Some((auth, paging, parts)) = route(path) else {
        return Good::bare(if path == "/api" { index() } else { error(&(404, "no such route".to_owned())) });
    };
    if let Some(refusal) = refused(auth, request, query) {
        return Good::bare(refusal);
    }
    let (config, met) = {
        let mut state = api.lock();
        let config = state.config.clone();
        let met = (config.rate > 0.0).then(|| state.bucket.take(&config, world.clock.elapsed()));
        (config, met)
    };
    let now = || api.lock().date().unwrap_or_else(Clock::wall);
    if let Some(met) = met.filter(|met| !met.allowed) {
        let answer = Answer::json(&json!({"error": "rate limited"})).status(429);
        return Good::bare(with_rate(answer, &config, met, now()));
    }
    let fate = config.seed.wrapping_mul(31) ^ number;
    if happens(fate, config.err_rate) {
        let status = if mix(fate) & 1 == 0 { 500 } else { 503 };
        return Good::bare(Answer::json(&json!({"error": "injected"})).status(status));
    }
    let origin = match request.header("host") {
        Some(host) => format!("http://{host}"),
        None => world.base(Host::A),
    };
    let mut good = match records(api, &config, (paging, &parts), (path, &origin), query, lies) {
        Ok(good) => good,
        Err(refused) => return Good::bare(error(&refused)),
    };
    if config.gzip && request.header("accept-encoding").is_some_and(|value| value.contains("gzip")) {
        good.answer = packed(api, good.answer, format!("{origin}{}", request.target));
    }
    let fate = config.seed.wrapping_mul(37) ^ number ^ 0xD00D;
    if let (true, Body::Whole(body)) = (happens(fate, config.drop_rate), &good.answer.body) {
        good.answer.cut = Some(body.len() / 2);
    }
    if let Some(met) = met {
        good.answer = with_rate(good.answer, &config, met, now());
    }
    good
}

fn records(
    api: &Api,
    config: &Config,
    (paging, parts): (&str, &[&str]),
    (path, origin): (&str, &str),
    query: &Query,
    lies: &[(usize, Lie)],
) -> Result<Good, Refused> {
    let rows = {
        let state = api.lock();
        if let ["items", id] = parts {
            let id = id.parse::<usize>().ok().filter(|id| (1..=config.n).contains(id));
            let id = id.ok_or((404, "no such item".to_owned()))?;
            let mut out = Vec::new();
            state.pool.put(&mut out, &mut Stamps::new(), Subject::item(id));
            return Ok(Good { answer: Answer::raw(out), records: 1 });
        }
        Collection::find(parts, query, config, &state.pool, &state.changing, paging == "last")?
    };
    let size = query.count(&["page_size", "limit", "per_page", "size"]).unwrap_or(rows.page_size(config));
    let size = size.clamp(1, config.page_max.max(1));
    let listed = list(&Asked { paging, path, query, origin, size, lies, seed: config.seed }, &rows)?;
    Ok(Good { answer: listed.answer, records: listed.records })
}

fn error((status, message): &Refused) -> Answer {
    Answer::json(&json!({"message": message})).status(*status)
}

fn index() -> Answer {
    Answer::json(&json!({
        "lists": ["items", "changing", "projects", "projects/{id}/tasks"],
        "auths": AUTHS,
        "pagings": PAGINGS,
        "path": "/api/{auth}/{paging}/{list}",
        "credentials": {
            "bearer": TOKEN,
            "basic": [USER, PASSWORD],
            "header": {"X-Api-Key": HEADER_KEY},
            "query": {"api_key": QUERY_KEY},
            "cookie": {"session": COOKIE},
            "all_of": ["bearer", "header", "query"],
        },
    }))
}

fn with_rate(mut answer: Answer, config: &Config, met: Met, now: SystemTime) -> Answer {
    let headers = config.rl_headers;
    if !met.allowed && matches!(headers, RateHeaders::RetryAfter | RateHeaders::Both) {
        let seconds = if config.retry_after > 0 { config.retry_after } else { rounded_up(met.wait).max(1) };
        let value = match config.retry_form {
            RetryForm::Seconds => seconds.to_string(),
            // A date knows no fractions; the next whole second is not too early.
            RetryForm::Date => httpdate::fmt_http_date(now + Duration::from_secs(seconds + 1)),
        };
        answer = answer.header("Retry-After", value);
    }
    if matches!(headers, RateHeaders::XRatelimit | RateHeaders::Both) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        answer = answer
            .header("X-RateLimit-Limit", config.rate.to_string())
            .header("X-RateLimit-Remaining", met.remaining.to_string())
            .header("X-RateLimit-Reset", rounded_up(since + met.wait).to_string());
    }
    answer
}

/// Packs a body, or takes what was packed for the same target before.
fn packed(api: &Api, mut answer: Answer, key: String) -> Answer {
    let Body::Whole(body) = &answer.body else { return answer };
    let kept = api.lock().packed.get(&key).cloned();
    let packed = kept.unwrap_or_else(|| {
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
        encoder.write_all(body).expect("a vector takes everything");
        let packed = Bytes::from(encoder.finish().expect("a vector takes everything"));
        let mut state = api.lock();
        if state.packed.len() < MOST_PACKED {
            state.packed.insert(key, packed.clone());
        }
        packed
    });
    answer.body = Body::Whole(packed);
    answer.header("Content-Encoding", "gzip")
}
