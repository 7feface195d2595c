//! Parents and children in whole runs: what is read for others, what hinders a child, budgets over both.

use crate::world::{World, page, paged};
use serde_json::json;
use weir::event::{Coverage, EndSign};
use weir::http::{Play, Script as Network, Wire};
use weir::sinks::Mode;

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
    paginate: none
    incremental: { field: at, ORDERstart: 2024-01-01T00:00:00Z }
    fields: { id: integer!, at: timestamp! }
  posts:
    for_each: { user: users }
    request: GET /users/{{ user.id }}/posts
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

/// A parent that appends, and is left in the middle: its rows are there once, whatever the order and the windows.
#[test]
fn an_appending_parent_that_was_left_has_each_row_once() {
    let count = 11;
    for order in ["", "order: asc, ", "order: desc, "] {
        for window in ["", "window: 7d, "] {
            for each in ["users", "{ stream: users, changed_only: true }"] {
                for budgets in [[1, 3], [4, 4], [2, 7], [6, 1], [9, 2], [5, 12]] {
                    let manifest = CHANGING
                        .replace("ORDER", &format!("{order}{window}end: 2024-02-01T00:00:00Z, "))
                        .replace(
                            "paginate: none\n    incremental",
                            "paginate: { cursor: { next: $.next, into: query.cursor } }\n    incremental",
                        )
                        .replace(
                            "since: \"{{ window.start }}\"",
                            "since: \"{{ window.start }}\", till: \"{{ window.end }}\"",
                        )
                        .replace("{ user: users }", &format!("{{ user: {each} }}"));
                    let world = World::new(&manifest);
                    for budget in budgets.map(Some).into_iter().chain([None, None]) {
                        let users = move |wire: &Wire| {
                            let of = |name: &str| {
                                let found = wire.url.query_pairs().find(|(known, _)| known == name);
                                found.map(|(_, value)| value.into_owned())
                            };
                            let (since, till) = (of("since").unwrap(), of("till").unwrap());
                            let at = |id: i64| format!("2024-01-{:02}T00:00:00Z", 2 * id);
                            let mut new: Vec<i64> =
                                (1..=count).filter(|id| at(*id) >= since && at(*id) < till).collect();
                            if order.contains("desc") {
                                new.reverse();
                            }
                            let from: usize = of("cursor").map_or(0, |cursor| cursor.parse().unwrap());
                            let rows: Vec<_> =
                                new.iter().skip(from).take(2).map(|id| json!({ "id": id, "at": at(*id) })).collect();
                            let next = (new.len() > from + 2).then(|| (from + 2).to_string());
                            Play::json(json!({ "items": rows, "next": next }).to_string())
                        };
                        let network = posts(count, Network::new().with("GET /users", users));
                        let streams = [("users", Some(Mode::Append)), ("posts", Some(Mode::Upsert))];
                        let (receipt, asked) = world.run(network, &streams, budget);
                        let what = format!("{order}{window}{each} {budgets:?} {budget:?}: {asked:#?} {receipt:#?}");
                        let ids = world.ids("users");
                        assert!(ids.windows(2).all(|two| two[0] < two[1]), "{ids:?} {what}");
                        if receipt.streams.iter().all(|stream| stream.coverage == Coverage::Complete) {
                            assert_eq!(ids, (1..=count).collect::<Vec<_>>(), "{what}");
                            assert_eq!(world.ids("posts").len() as i64, 2 * count, "{what}");
                        }
                        assert!(budget.is_some() || receipt.streams[0].coverage == Coverage::Complete, "{what}");
                    }
                }
            }
        }
    }
}

const PLAIN: &str = "  users:
    request: GET /users
    paginate: { page: { into: query.page, size: 2 } }
    fields: { id: integer! }
  posts:
    for_each: { user: users }
    request: GET /users/{{ user.id }}/posts
    paginate: none
    fields: { id: integer! }
  likes:
    for_each: { post: posts }
    request: GET /posts/{{ post.id }}/likes
    paginate: none
    fields: { id: integer! }
  other:
    request: GET /other
    paginate: none
    fields: { id: integer! }
";

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
