//! The endpoints below `/__` that steer and ask the well-behaved API from outside this process.

use super::Api;
use super::config::{Config, read};
use super::rule::Rule;
use super::stamp;
use crate::testing::mock::query::Query;
use crate::testing::mock::wire::Answer;
use crate::testing::mock::world::World;
use serde_json::{Value, json};

/// Answers what is for the API; `None` for everything else.
pub(crate) fn admin(api: &Api, world: &World, what: &str, query: &Query) -> Option<Answer> {
    let told = match what {
        // The scenarios have a reset of their own.
        "reset" if query.get("scenario").is_some() => return None,
        "api/config" | "config" => configure(api, query),
        "api/reset" | "reset" => reset(api, world, query),
        "api/change" => change(api, query),
        "api/now" => now(api, query),
        "api/rule" => Rule::from_query(query).map(|rule| {
            api.add(rule);
            json!({"ok": true})
        }),
        "api/rules/clear" => {
            api.clear_rules();
            Ok(json!({"ok": true}))
        }
        "api/release" => {
            world.holds.let_go(super::HELD);
            Ok(json!({"released": true}))
        }
        "api/held" => Ok(json!({"held": world.holds.held()})),
        "api/stats" | "stats" => Ok(stats(api)),
        "api/repeats" | "repeats" => Ok(json!(api.counts().repeated())),
        "api/expect" | "expect" => Ok(expect(api, query)),
        _ => return None,
    };
    Some(told.map_or_else(|error| Answer::json(&json!({"error": error})).status(400), |told| Answer::json(&told)))
}

fn configured(mut config: Config, query: &Query) -> Result<Config, String> {
    for (word, value) in query.pairs() {
        config.set(word, value)?;
    }
    Ok(config)
}

fn configure(api: &Api, query: &Query) -> Result<Value, String> {
    let config = configured(api.config().as_ref().clone(), query)?;
    api.set_config(config);
    Ok(json!({"config": format!("{:?}", api.config())}))
}

/// Forgets counts, rules and changes; with options, all others are as at first.
fn reset(api: &Api, world: &World, query: &Query) -> Result<Value, String> {
    let config = if query.pairs().next().is_some() {
        configured(Config::default(), query)?
    } else {
        api.config().as_ref().clone()
    };
    api.set_config(config);
    api.reset();
    world.holds.let_go(super::HELD);
    Ok(json!({"config": format!("{:?}", api.config())}))
}

fn change(api: &Api, query: &Query) -> Result<Value, String> {
    if let Some(rows) = query.get("rows") {
        api.refill(read("rows", rows)?);
    }
    let count = |name: &str| query.get(name).map_or(Ok(0), |value| read::<usize>(name, value));
    let (insert, update, delete) = (count("insert")?, count("update")?, count("delete")?);
    let changed = api.change(insert, update, delete);
    let at = stamp::text(changed.at);
    Ok(json!({"inserted": changed.inserted, "updated": changed.updated, "deleted": changed.deleted, "at": at}))
}

fn now(api: &Api, query: &Query) -> Result<Value, String> {
    if let Some(at) = query.get("at") {
        api.set_now(stamp::read(at).ok_or_else(|| format!("bad value for at: {at}"))?);
    }
    if let Some(seconds) = query.get("advance") {
        api.set_now(api.now() + read::<i64>("advance", seconds)?);
    }
    Ok(json!({"now": stamp::text(api.now())}))
}

fn stats(api: &Api) -> Value {
    let counts = api.counts();
    let repeated = counts.by_target.values().map(|count| count - 1).sum::<u64>();
    json!({
        "requests": counts.requests, "ok": counts.status(200), "s401": counts.status(401), "s404": counts.status(404),
        "s429": counts.status(429), "s500": counts.status(500), "s503": counts.status(503), "dropped": counts.broken,
        "bytes": counts.bytes, "records": counts.records, "connections": counts.connections,
        "max_inflight": counts.most_in_flight, "distinct_ok": counts.by_target.len(), "repeated_ok": repeated,
        "by_path": counts.by_path,
    })
}

fn expect(api: &Api, query: &Query) -> Value {
    let last = query.count(&["n"]).unwrap_or(api.config().n);
    let mut told = json!(api.pool().facts(last));
    told["max_updated_at"] = stamp::text(stamp::BASE + super::record::seconds(last)).into();
    told
}
