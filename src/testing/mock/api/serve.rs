//! Takes one request through the rules: what waits, what breaks, and what is answered in truth.

use super::respond::{Good, respond};
use super::rule::{Effect, Lie, Retry};
use super::{Api, HELD, LOGGED, Served};
use crate::testing::mock::clock::Clock;
use crate::testing::mock::query::{Query, parts};
use crate::testing::mock::run::{Entry, Host};
use crate::testing::mock::wire::{Answer, Body, End, Framing, Request};
use crate::testing::mock::world::World;
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// Longer than any test waits.
const LONG: Duration = Duration::from_mins(2);

/// Into how many pieces a slow body is cut.
const PIECES: usize = 16;

/// What the rules say about one request.
struct Turn {
    effects: Vec<Effect>,
    lies: Vec<(usize, Lie)>,
    /// How many requests came before it.
    number: u64,
}

impl Api {
    /// Answers a request; it is in flight until [`Api::finished`].
    pub(crate) fn serve(&self, world: &World, client: u16, request: &Request) -> (Answer, Served) {
        let started = world.clock.elapsed();
        let (path, text) = parts(&request.target);
        world.runs.get(LOGGED, "0").enter(Entry::new(Host::A, client, request, started));
        let query = params(text, request);
        let turn = self.turn(path);

        let latency = query.get("latency_ms").and_then(|text| text.parse().ok());
        let mut wait = Duration::from_millis(latency.unwrap_or(self.config().latency_ms));
        for effect in &turn.effects {
            match effect {
                Effect::Hold => world.holds.hold(HELD, LONG),
                Effect::DelayMs(time) => wait += Duration::from_millis(*time),
                _ => {}
            }
        }
        let good = self.answer(world, path, request, &query, &turn);
        let (status, records) = (good.answer.status, good.records);
        let mut answer = good.answer;
        if let Some(date) = self.lock().date() {
            answer = answer.header("Date", httpdate::fmt_http_date(date));
        }
        for effect in &turn.effects {
            answer = broken(answer, effect);
        }
        world.holds.pause((started + wait).saturating_sub(world.clock.elapsed()));
        let bytes = match &answer.body {
            Body::Whole(body) => answer.cut.map_or(body.len(), |cut| cut.min(body.len())),
            Body::Pieces(_) => 0,
        };
        let broken = answer.cut.is_some() || answer.end != End::Keep;
        (answer, Served { status, records, bytes, broken })
    }

    pub(crate) fn finished(&self, world: &World, target: &str, served: Served) {
        let mut state = self.lock();
        let counts = &mut state.counts;
        *counts.by_status.entry(served.status).or_default() += 1;
        counts.bytes += served.bytes as u64;
        if served.broken {
            counts.broken += 1;
        } else if served.status == 200 {
            counts.records += served.records as u64;
            *counts.by_target.entry(target.to_owned()).or_default() += 1;
        }
        drop(state);
        world.runs.get(LOGGED, "0").leave();
    }

    fn turn(&self, path: &str) -> Turn {
        let mut state = self.lock();
        let mut turn = Turn { effects: Vec::new(), lies: Vec::new(), number: state.counts.requests };
        state.counts.requests += 1;
        *state.counts.by_path.entry(path.to_owned()).or_default() += 1;
        for (rule, seen) in state.rules.iter_mut().filter(|(rule, _)| rule.matches(path)) {
            *seen += 1;
            match rule.effect {
                Effect::Lie(lie) => turn.lies.push((rule.nth, lie)),
                _ if rule.holds_for(*seen) => turn.effects.push(rule.effect.clone()),
                _ => {}
            }
        }
        turn
    }

    fn answer(&self, world: &World, path: &str, request: &Request, query: &Query, turn: &Turn) -> Good {
        for effect in &turn.effects {
            let answer = match effect {
                Effect::Silent => Answer::silent(),
                Effect::Redirect(to) => Answer::bare(302).header("Location", to.as_str()),
                Effect::Body(body) => Answer::raw(body.clone()),
                Effect::Status { status, retry_after } => {
                    let answer = Answer::json(&json!({"message": "told to by a rule"})).status(*status);
                    let now = self.lock().date().unwrap_or_else(Clock::wall);
                    retry_later(answer, retry_after, now)
                }
                _ => continue,
            };
            return Good { answer, records: 0 };
        }
        respond(self, world, path, request, query, &turn.lies, turn.number)
    }
}

/// The parameters of a request: its query, and the fields of a body.
fn params(text: &str, request: &Request) -> Query {
    let mut query = Query::read(text);
    if request.body.is_empty() {
        return query;
    }
    if let Ok(Value::Object(fields)) = serde_json::from_slice(&request.body) {
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            query.push(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
        }
    } else {
        let form = Query::read(&String::from_utf8_lossy(&request.body));
        form.pairs().for_each(|(name, value)| query.push(name, value));
    }
    query
}

fn retry_later(answer: Answer, retry: &Retry, now: SystemTime) -> Answer {
    match retry {
        Retry::Unsaid => answer,
        Retry::Seconds(seconds) => answer.header("Retry-After", seconds.to_string()),
        Retry::Date(seconds) => {
            answer.header("Retry-After", httpdate::fmt_http_date(now + Duration::from_secs(*seconds)))
        }
        Retry::Text(text) => answer.header("Retry-After", text.as_str()),
    }
}

fn broken(mut answer: Answer, effect: &Effect) -> Answer {
    match (effect, &answer.body) {
        (Effect::Cut | Effect::Reset, Body::Whole(body)) => {
            answer.cut = Some(body.len() / 2);
            if *effect == Effect::Reset {
                answer.end = End::Reset;
            }
        }
        (Effect::SlowMs(time), Body::Whole(body)) => {
            answer.body = Body::Pieces(Box::new(slow(body.clone(), Duration::from_millis(*time))));
            answer.framing = Framing::Chunked;
        }
        _ => {}
    }
    answer
}

/// The pieces of a body, each after a while.
fn slow(mut body: Bytes, time: Duration) -> impl Iterator<Item = Bytes> + Send {
    let size = body.len().div_ceil(PIECES).max(1);
    std::iter::from_fn(move || {
        if body.is_empty() {
            return None;
        }
        std::thread::sleep(time);
        Some(body.split_to(size.min(body.len())))
    })
}
