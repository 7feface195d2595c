//! What can be judged of a run from the server's side alone: budgets, violations, and secrets that went astray.

use super::query::{Query, parts, unquoted};
use super::run::{Entry, Host, Run};
use super::scenario::Scenario;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    pub scenario: &'static str,
    pub run: String,
    pub ok: bool,
    pub problems: Vec<String>,
    pub requests_a: usize,
    pub requests_b: usize,
    pub secrets_seen_on_a: usize,
    pub max_inflight: usize,
    pub expect: &'static str,
    pub ids: Option<(u32, u32)>,
    pub fails: Option<bool>,
}

const SECRET_HEADERS: [&str; 4] = ["authorization", "x-api-key", "cookie", "proxy-authorization"];
const SECRET_PARAMS: [&str; 8] =
    ["api_key", "apikey", "token", "access_token", "key", "client_secret", "password", "refresh_token"];
/// Anything shorter is found in every text.
const SHORTEST_SECRET: usize = 6;

pub(crate) fn verdict(scenario: &Scenario, run_id: &str, run: &Run) -> Verdict {
    // A scenario's judge sees the run as it is now.
    let run = run.lock().clone();
    let of = |host: Host| run.log.iter().filter(move |entry| entry.host == host);
    let requests_b = of(Host::B).count();
    let mut problems = run.violations.clone();
    if let Some(most) = scenario.max_requests {
        let mut phases = BTreeMap::<i64, usize>::new();
        of(Host::A).for_each(|entry| *phases.entry(entry.phase).or_default() += 1);
        let over = phases.into_iter().filter(|(_, count)| *count > most);
        problems.extend(
            over.map(|(phase, count)| format!("phase {phase}: {count} requests to A, at most {most} expected")),
        );
    }
    if let Some(most) = scenario.b_max.filter(|most| requests_b > *most) {
        problems.push(format!("host B was asked {requests_b} times, at most {most} expected"));
    }
    let secrets = secrets(of(Host::A));
    for entry in of(Host::B) {
        let seen = seen(entry);
        let leaked = secrets.iter().filter(|secret| seen.contains(secret.as_str()));
        problems.extend(leaked.map(|secret| {
            format!("host B received a secret of host A ({}...)", secret.chars().take(4).collect::<String>())
        }));
    }
    if let Some(verify) = scenario.verify {
        problems.extend(verify(&run));
    }
    Verdict {
        scenario: scenario.name,
        run: run_id.to_owned(),
        ok: problems.is_empty(),
        problems,
        requests_a: of(Host::A).count(),
        requests_b,
        secrets_seen_on_a: secrets.len(),
        max_inflight: run.most_in_flight,
        expect: scenario.expect,
        ids: scenario.ids,
        fails: scenario.fails,
    }
}

/// The credentials that a host saw: whole values, and what stands behind a scheme or a name.
fn secrets<'a>(log: impl Iterator<Item = &'a Entry>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in log {
        for (name, value) in &entry.headers {
            if SECRET_HEADERS.contains(&name.to_lowercase().as_str()) {
                let behind = |sign: char| value.split_once(sign).map_or(value.as_str(), |(_, rest)| rest);
                found.extend([value.as_str(), behind(' '), behind('=')].map(str::to_owned));
            }
        }
        let query = Query::read(&format!("{}&{}", parts(&entry.target).1, entry.body));
        for name in SECRET_PARAMS {
            found.extend(query.all(name).map(str::to_owned));
        }
    }
    found.retain(|secret| secret.chars().count() >= SHORTEST_SECRET);
    found
}

/// Everything a host received with a request, plain and with its percent signs decoded.
fn seen(entry: &Entry) -> String {
    let mut seen = format!("{} {}", entry.target, entry.body);
    entry.headers.iter().for_each(|(_, value)| seen.extend([" ", value]));
    format!("{seen} {}", unquoted(&seen))
}
