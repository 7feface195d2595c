//! Parents and children in whole runs: what is read for others, what hinders a child, budgets and quotas over both.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir::engine::{Context, Order, StreamOrder, sync};
use weir::event::{Coverage, EndSign, Receipt};
use weir::http::{Permissions, Play, Script as Network, Wire};
use weir::plan::{Options, connect_text};
use weir::sinks::memory::{MemorySink, Store};
use weir::sinks::{Failpoint, Mode, Offload};

const HEAD: &str = "connector: sim\nbase: https://sim.test\nretry: { first: 1s }\nstreams:\n";

/// What is known of a connection over several runs.
struct World {
    manifest: String,
    store: Arc<Mutex<Store>>,
}

impl World {
    fn new(streams: &str) -> World {
        World { manifest: format!("{HEAD}{streams}"), store: Arc::default() }
    }

    /// Plays a run of these streams; returns its receipt and what was asked.
    fn run(&self, network: Network, streams: &[(&str, Option<Mode>)], requests: Option<u64>) -> (Receipt, Vec<String>) {
        let bound = connect_text("manifest.yaml".as_ref(), self.manifest.as_bytes(), &[], &Options::default()).unwrap();
        let network = Arc::new(network);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let receipt = runtime.block_on(async {
            let mut context = Context::new(Arc::clone(&network) as _, Arc::new(Permissions::default()), 1);
            context.offload = Offload::Inline;
            let of = |(name, mode): &(&str, Option<Mode>)| StreamOrder {
                stream: (*name).to_owned(),
                mode: *mode,
                ..StreamOrder::default()
            };
            let order =
                Order { run: "r".into(), connection: "c".into(), streams: streams.iter().map(of).collect(), requests };
            let sink = Box::new(MemorySink::new(Arc::clone(&self.store), Failpoint::default()));
            let run = sync(bound, &order, sink, &context);
            tokio::time::timeout(Duration::from_hours(24), run).await.expect("the run stands still")
        });
        (receipt, network.lines())
    }

    fn ids(&self, stream: &str) -> Vec<i64> {
        let rows = self.store.lock().unwrap().rows("c", stream);
        let mut ids: Vec<i64> =
            rows.iter().map(|row| serde_json::from_str::<Value>(&row.line).unwrap()["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    }
}

fn page(rows: impl IntoIterator<Item = Value>) -> Play {
    Play::json(json!({ "items": rows.into_iter().collect::<Vec<_>>() }).to_string())
}

/// Users, changed on the day of their number; only those since the day that is asked for.
fn users(count: i64) -> impl Fn(&Wire) -> Play + Send {
    move |wire| {
        let since = wire.url.query_pairs().find(|(name, _)| name == "since").map(|(_, since)| since.into_owned());
        let at = |id: i64| format!("2024-01-{id:02}T00:00:00Z");
        let new = (1..=count).filter(|id| since.as_ref().is_none_or(|since| at(*id).as_str() >= since.as_str()));
        page(new.map(|id| json!({ "id": id, "at": at(id) })))
    }
}

/// Two posts of each user.
fn posts(count: i64, mut network: Network) -> Network {
    for user in 1..=count {
        network = network.with(&format!("GET /users/{user}/posts"), move |_| {
            page((0..2).map(|nth| json!({ "id": user * 10 + nth })))
        });
    }
    network
}

const CHANGING: &str = "  users:
    request: GET /users
    query: { since: \"{{ window.start }}\" }
    records: $.items
    key: id
    paginate: none
    incremental: { field: at, ORDERstart: 2024-01-01T00:00:00Z }
    fields: { id: integer!, at: timestamp! }
  posts:
    for_each: { user: users }
    request: GET /users/{{ user.id }}/posts
    records: $.items
    key: id
    paginate: none
    fields: { id: integer! }
";

/// All rows of a parent are partitions of its children, also those that did not change; none is appended twice.
#[test]
fn children_of_a_changing_parent_are_read_whole() {
    for order in ["order: asc, ", "order: desc, ", ""] {
        for (parents, children) in
            [(Mode::Upsert, Mode::Replace), (Mode::Append, Mode::Upsert), (Mode::Replace, Mode::Replace)]
        {
            let world = World::new(&CHANGING.replace("ORDER", order));
            let streams = [("users", Some(parents)), ("posts", Some(children))];
            for count in [3, 5] {
                let network = posts(count, Network::new().with("GET /users", users(count)));
                let (receipt, asked) = world.run(network, &streams, None);
                let what = format!("{order} {parents:?} {children:?}: {asked:#?} {receipt:#?}");
                assert!(receipt.streams.iter().all(|stream| stream.coverage == Coverage::Complete), "{what}");
                assert_eq!(world.ids("users"), (1..=count).collect::<Vec<_>>(), "{what}");
                let all = (1..=count).flat_map(|user| [user * 10, user * 10 + 1]);
                assert_eq!(world.ids("posts"), all.collect::<Vec<_>>(), "{what}");
            }
        }
    }
}

const PLAIN: &str = "  users:
    request: GET /users
    records: $.items
    key: id
    paginate: { page: { into: query.page, size: 2 } }
    fields: { id: integer! }
  posts:
    for_each: { user: users }
    request: GET /users/{{ user.id }}/posts
    records: $.items
    key: id
    paginate: none
    fields: { id: integer! }
  likes:
    for_each: { post: posts }
    request: GET /posts/{{ post.id }}/likes
    records: $.items
    key: id
    paginate: none
    fields: { id: integer! }
  other:
    request: GET /other
    records: $.items
    key: id
    paginate: none
    fields: { id: integer! }
";

fn paged(count: i64) -> impl Fn(&Wire) -> Play + Send {
    move |wire| {
        let asked =
            wire.url.query_pairs().find(|(name, _)| name == "page").map_or(1, |(_, page)| page.parse().unwrap());
        page((2 * asked - 1..=(2 * asked).min(count)).map(|id| json!({ "id": id })))
    }
}

fn network(count: i64) -> Network {
    network_of(count, paged(count))
}

fn network_of(count: i64, users: impl FnMut(&Wire) -> Play + Send + 'static) -> Network {
    let likes =
        |wire: &Wire| page([json!({ "id": wire.url.path().split('/').nth(2).unwrap().parse::<i64>().unwrap() })]);
    let mut network = posts(count, Network::new().with("GET /users", users));
    for user in 1..=count {
        for nth in 0..2 {
            network = network.with(&format!("GET /posts/{}/likes", user * 10 + nth), likes);
        }
    }
    network.with("GET /other", |_| page([json!({ "id": 1 })]))
}

/// Whatever the budget, what is told to be complete has all of its rows, and nothing is without an end.
#[test]
fn a_budget_of_requests_never_makes_a_child_complete() {
    let all = |stream: &str| match stream {
        "users" => 4,
        "other" => 1,
        _ => 8,
    };
    for broken in [false, true] {
        for budget in 1..=18 {
            for streams in [&["users", "posts", "likes", "other"][..], &["likes"], &["other", "posts"]] {
                let world = World::new(PLAIN);
                let (pages, mut breaks) = (paged(4), broken);
                let network = network_of(
                    4,
                    move |wire| {
                        if std::mem::take(&mut breaks) { Play::status(503) } else { pages(wire) }
                    },
                );
                let orders: Vec<(&str, Option<Mode>)> =
                    streams.iter().map(|name| (*name, Some(Mode::Replace))).collect();
                let (receipt, asked) = world.run(network, &orders, Some(budget));
                assert!(asked.len() as u64 <= budget, "{asked:?}");
                for stream in &receipt.streams {
                    let what = format!("{} of {budget} requests: {asked:#?} {stream:#?}", stream.stream);
                    let rows = world.ids(&stream.stream).len();
                    match &stream.coverage {
                        Coverage::Complete => assert_eq!(rows, all(&stream.stream), "{what}"),
                        coverage => assert!(rows == 0 && !matches!(coverage, Coverage::Skipped { .. }), "{what}"),
                    }
                }
            }
        }
    }
}

/// Refused credentials of a child are refused for all of its partitions, also for those whose parents come later.
#[test]
fn a_child_that_failed_is_not_asked_again() {
    let world = World::new(PLAIN);
    let mut network = Network::new().with("GET /users", paged(40)).with("GET /other", |_| page([json!({ "id": 1 })]));
    for user in 1..=40 {
        network = network.with(&format!("GET /users/{user}/posts"), |_| Play::status(401));
    }
    let (receipt, asked) = world.run(network, &[("users", None), ("posts", None), ("other", None)], None);
    let of = |name: &str| receipt.streams.iter().find(|stream| stream.stream == name).unwrap();
    assert!(matches!(of("posts").coverage, Coverage::Failed { .. }), "{receipt:#?}");
    assert_eq!((of("users").coverage.clone(), world.ids("users").len()), (Coverage::Complete, 40));
    assert_eq!(of("other").coverage, Coverage::Complete);
    let refused = asked.iter().filter(|line| line.contains("/posts")).count();
    assert!(refused <= 4, "{refused} requests were refused");
}

/// A child may wait for the end of the streams whose rows are its partitions.
#[test]
fn a_child_that_needs_its_parents_begins_after_them() {
    let needs = "  posts:
    for_each: { user: users }
    needs: [users, other]
    request";
    let world = World::new(&PLAIN.replace("  posts:\n    for_each: { user: users }\n    request", needs));
    let count = 3000;
    let (receipt, asked) = world.run(network(count), &[("users", None), ("posts", None), ("other", None)], None);
    assert!(receipt.streams.iter().all(|stream| stream.coverage == Coverage::Complete), "{receipt:#?}");
    assert_eq!(world.ids("posts").len() as i64, 2 * count);
    let first = asked.iter().position(|line| line.contains("/posts")).unwrap();
    let last = asked.iter().rposition(|line| line.contains("/users?")).unwrap();
    assert!(first > last, "the first child is asked at {first}, the last page of parents at {last}");
}

/// What an API says of its quota is waited for within reason.
#[test]
fn a_quota_that_is_used_up_is_waited_for_up_to_the_limit() {
    let limited = "    limits: { remaining: header.x-left, reset: { seconds: header.x-reset } }\n    records: $.items\n    key: id\n    paginate: { page: { into: query.page, size: 2 } }\n    fields: { id: integer! }\n";
    for (reset, waits) in [("600", true), ("864000", false)] {
        let world = World::new(&format!("  users:\n    request: GET /users\n{limited}"));
        let pages = paged(3);
        let network =
            Network::new().with("GET /users", move |wire| pages(wire).header("x-left", "0").header("x-reset", reset));
        let (receipt, asked) = world.run(network, &[("users", None)], None);
        let told = format!("{receipt:#?}");
        assert_eq!(receipt.streams[0].coverage == Coverage::Complete, waits, "{told}");
        assert_eq!(asked.len(), if waits { 3 } else { 1 }, "{told}");
        assert!(waits || told.contains("the limit is 1 h 5 min (`timeouts.reset`)"), "{told}");
    }
}

/// A redirect is a request, too.
#[test]
fn a_budget_counts_redirects() {
    let world = World::new(PLAIN);
    let pages = paged(9);
    let network = Network::new()
        .with("GET /users", |wire| {
            Play::status(307).header("location", &format!("/moved?{}", wire.url.query().unwrap_or_default()))
        })
        .with("GET /moved", pages);
    let (receipt, asked) = world.run(network, &[("users", None)], Some(4));
    assert!(matches!(receipt.streams[0].coverage, Coverage::Asked { more: true, .. }), "{receipt:#?}");
    assert!(receipt.streams[0].ends.keys().all(|sign| matches!(sign, EndSign::Asked(_))));
    assert_eq!((asked.len(), receipt.requests), (4, 4), "{asked:?}");
}
