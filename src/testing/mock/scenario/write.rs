//! Writes whose answer is lost, refused or only half good.

use super::{Ask, Scenario};
use crate::testing::mock::wire::Answer;
use serde_json::json;

const fn of(name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str, most: usize) -> Scenario {
    Scenario::new("write", "post", name, serve, expect).most(most)
}

pub(super) const ALL: &[Scenario] = &[
    of("write_ambiguous", write_ambiguous, "one effect: the retry carries the same Idempotency-Key", 3)
        .succeeds()
        .note("The write happens, then the answer is lost; a repeated key is answered from memory."),
    of(
        "write_no_key",
        |_| Answer::silent(),
        "exactly one request: without a key an ambiguous write is not repeated",
        1,
    )
    .fails(),
    of("write_partial", write_partial, "fails; names the rejected items 2 and 4; does not resend 1, 3, 5", 3).fails(),
    of("write_429", write_429, "retried after the wait: 429 says that nothing happened", 2).succeeds(),
];

fn write_ambiguous(ask: &Ask<'_>) -> Answer {
    let key = ask.header("idempotency-key").map(str::to_owned);
    if key.as_deref().unwrap_or("").is_empty() {
        ask.violate("no Idempotency-Key".to_owned());
    }
    let first = {
        let mut memory = ask.run.lock();
        let first = !memory.keys.contains(&key);
        memory.keys.push(key.clone());
        if memory.keys.iter().any(|other| *other != key) {
            memory.violations.push("the retry used another Idempotency-Key: two effects".to_owned());
        }
        first
    };
    if first { Answer::silent() } else { Answer::json(&json!({"ok": true})) }
}

fn write_partial(_: &Ask<'_>) -> Answer {
    let status = |i: usize| if i == 2 || i == 4 { 422 } else { 201 };
    let results = (1..=5).map(|i| json!({"i": i, "status": status(i)})).collect::<Vec<_>>();
    Answer::json(&json!({"results": results})).status(207)
}

fn write_429(ask: &Ask<'_>) -> Answer {
    if ask.count("") == 1 {
        return Answer::json(&json!({"error": "slow down"})).status(429).header("Retry-After", "1");
    }
    Answer::json(&json!({"ok": true})).status(201)
}
