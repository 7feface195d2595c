//! The endpoints below `/__` by which a test outside this process steers the scenarios. They are never logged.

use super::query::{Query, number};
use super::run::{Entry, Host};
use super::scenario::{find, gate, scenarios};
use super::verdict::verdict;
use super::wire::Answer;
use super::world::World;
use serde::Serialize;
use serde_json::json;

/// Moves a run to a phase; responses are held again.
pub(crate) fn phase(world: &World, scenario: &str, run: &str, phase: Option<i64>) -> i64 {
    let remembered = world.runs.get(scenario, run);
    let mut memory = remembered.lock();
    memory.phase = phase.unwrap_or(memory.phase + 1);
    world.holds.close(&gate(scenario, run));
    memory.phase
}

/// Forgets a run; what it holds is let go.
pub(crate) fn reset(world: &World, scenario: &str, run: &str) {
    world.holds.let_go(&gate(scenario, run));
    world.holds.close(&gate(scenario, run));
    world.runs.forget(scenario, run);
}

pub(crate) fn answer(world: &World, what: &str, query: &Query) -> Answer {
    let scenario = query.get("scenario").unwrap_or("");
    let run = query.get("run").unwrap_or("0");
    match what {
        "health" => {
            return Answer::json(&json!({"ok": true, "ports": {"A": world.port_a, "B": world.port_b}}));
        }
        "scenarios" => return Answer::json(&scenarios().collect::<Vec<_>>()),
        "log" => return log(world, query),
        _ => {}
    }
    let Some(found) = find(scenario) else {
        return Answer::json(&json!({"error": "unknown scenario"})).status(404);
    };
    match what {
        "check" => Answer::json(&verdict(found, run, &world.runs.get(scenario, run))),
        "phase" => {
            let wanted = query.said(&["phase"]).map(|text| number(Some(text), 1));
            Answer::json(&json!({"phase": phase(world, scenario, run, wanted)}))
        }
        "release" => {
            world.holds.open(&gate(scenario, run));
            Answer::json(&json!({"released": true}))
        }
        "reset" => {
            reset(world, scenario, run);
            Answer::json(&json!({"reset": true}))
        }
        _ => Answer::json(&json!({"error": "unknown admin call"})).status(404),
    }
}

/// One request with where it belongs.
#[derive(Serialize)]
struct Line {
    n: usize,
    t_ms: u64,
    host: Host,
    phase: i64,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    conn: u16,
    scenario: String,
    run: String,
}

impl Line {
    fn new(entry: Entry, (scenario, run): (String, String)) -> Line {
        let Entry { n, t_ms, host, phase, method, target, headers, body, conn } = entry;
        Line { n, t_ms, host, phase, method, target, headers, body, conn, scenario, run }
    }
}

fn log(world: &World, query: &Query) -> Answer {
    let scenario = query.get("scenario").unwrap_or("");
    let (run, host) = (query.get("run"), query.get("host"));
    let mut lines = Vec::new();
    for (key, remembered) in world.runs.all() {
        if (!scenario.is_empty() && key.0 != scenario) || run.is_some_and(|run| run != key.1) {
            continue;
        }
        let entries = remembered.lock().log.clone();
        let entries = entries.into_iter().filter(|entry| host.is_none_or(|host| host == entry.host.label()));
        lines.extend(entries.map(|entry| Line::new(entry, key.clone())));
    }
    Answer::json(&lines)
}
