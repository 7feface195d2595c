//! One list in whole runs: what an API says of it and what came, over several runs.

use crate::world::{World, asked_page, page, paged};
use serde_json::json;
use weir::engine::StreamOrder;
use weir::event::{Coverage, Receipt};
use weir::http::{Play, Script as Network, Wire};
use weir::sinks::Mode;

const ITEMS: &str = "    request: GET /items
    fields: { id: integer! }
";

fn items(more: &str) -> World {
    World::new(&format!("  items:\n{ITEMS}{more}"))
}

fn suspicious(receipt: &Receipt) -> Vec<&str> {
    receipt.streams[0].notes.iter().filter(|note| note.suspicious).map(|note| note.code.as_str()).collect()
}

/// What an API says of its quota is waited for within reason.
#[test]
fn a_quota_that_is_used_up_is_waited_for_up_to_the_limit() {
    let limited = "    limits: { remaining: header.x-left, reset: { seconds: header.x-reset } }\n    paginate: { page: { into: query.page, size: 2 } }\n    fields: { id: integer! }\n";
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

/// Pages of two whose total is `total`, of so many rows.
fn claiming(count: i64, total: i64) -> impl Fn(&Wire) -> Play + Send {
    move |wire| {
        let asked = asked_page(wire);
        let rows = (2 * asked - 1..=(2 * asked).min(count)).map(|id| json!({ "id": id }));
        Play::json(json!({ "items": rows.collect::<Vec<_>>(), "total": total }).to_string())
    }
}

/// A total is held against all that came, however many runs it took; one that contradicts itself is told.
#[test]
fn a_total_is_compared_with_what_came() {
    let counted = "    paginate: { page: { into: query.page, size: 2, total: $.total } }\n";
    for (count, total, codes) in [
        (7, 7, &[][..]),
        (7, 9, &["fewer_than_claimed"]),
        (7, 1, &["more_than_claimed"]),
        (7, 0, &["more_than_claimed"]),
    ] {
        for pages in [None, Some(1), Some(2)] {
            let world = items(counted);
            for run in 1.. {
                let order = StreamOrder { stream: "items".into(), pages, ..StreamOrder::default() };
                let (receipt, asked) =
                    world.order(Network::new().with("GET /items", claiming(count, total)), vec![order], None);
                let what = format!("{count} of {total} by {pages:?}, run {run}: {asked:?} {receipt:#?}");
                assert!(run < 9, "{what}");
                if receipt.streams[0].coverage == Coverage::Complete {
                    assert_eq!(suspicious(&receipt), codes, "{what}");
                    break;
                }
            }
        }
    }
}

/// An API that gives more than it was asked for makes no row stand twice.
#[test]
fn older_rows_are_not_appended_again() {
    let world = World::new(
        "  items:
    request: GET /items
    query: { since: \"{{ window.start }}\" }
    paginate: none
    incremental: { field: at, start: 2024-01-01T00:00:00Z }
    fields: { id: integer!, at: timestamp! }
",
    );
    for count in [3, 5, 5, 9] {
        let all = (1..=count).map(|id| json!({ "id": id, "at": format!("2024-01-{id:02}T00:00:00Z") }));
        let all: Vec<_> = all.collect();
        let network = Network::new().with("GET /items", move |_| page(all.clone()));
        let (receipt, _) = world.run(network, &[("items", Some(Mode::Append))], None);
        assert_eq!(world.ids("items"), (1..=count).collect::<Vec<_>>(), "{receipt:#?}");
    }
}

/// An earlier `start` reads what lies before the old one, and appends nothing of the rest again.
#[test]
fn an_earlier_start_reads_the_gap_once() {
    let manifest = |start: &str| {
        World::new(&format!(
            "  items:\n    request: GET /items\n    query: {{ since: \"{{{{ window.start }}}}\" }}\n    paginate: none\n    incremental: {{ field: at, start: {start} }}\n    fields: {{ id: integer!, at: timestamp! }}\n"
        ))
        .manifest
    };
    let mut world = World::new("");
    for (start, first, backfill) in
        [("2024-01-03T00:00:00Z", 3, false), ("2024-01-01T00:00:00Z", 1, true), ("2024-01-01T00:00:00Z", 1, false)]
    {
        world.manifest = manifest(start);
        let network = Network::new().with("GET /items", |wire| {
            let (_, since) = wire.url.query_pairs().find(|(name, _)| name == "since").unwrap();
            let at = |id: i64| format!("2024-01-{id:02}T00:00:00Z");
            page((1..=5).filter(|id| *at(*id) >= *since).map(|id| json!({ "id": id, "at": at(id) })))
        });
        let (receipt, asked) = world.run(network, &[("items", Some(Mode::Append))], None);
        assert_eq!(world.ids("items"), (first..=5).collect::<Vec<_>>(), "{asked:?} {receipt:#?}");
        assert_eq!(receipt.streams[0].notes.iter().any(|note| note.code == "backfill"), backfill, "{receipt:#?}");
    }
}

/// A replacement that is not as it should be is thrown away, and the next run reads again.
#[test]
fn a_replacement_that_is_too_small_does_not_lock_the_stream() {
    let world = items("    paginate: none\n    expect: { min: 3 }\n");
    for (count, complete) in [(4, true), (1, false), (2, false), (5, true)] {
        let network = Network::new().with("GET /items", move |_| page((1..=count).map(|id| json!({ "id": id }))));
        let (receipt, asked) = world.run(network, &[("items", Some(Mode::Replace))], None);
        assert_eq!(asked.len(), 1, "{receipt:#?}");
        assert_eq!(receipt.streams[0].coverage == Coverage::Complete, complete, "{receipt:#?}");
        let shown = if complete { count } else { 4 };
        assert_eq!(world.ids("items").len() as i64, shown, "{receipt:#?}");
    }
}

/// `empty` makes a page without records of any answer.
#[test]
fn an_error_may_count_as_an_empty_page() {
    let world =
        items("    paginate: { page: { into: query.page, size: 2 } }\n    errors: [{ status: 404, then: empty }]\n");
    let pages = paged(4);
    let network = Network::new()
        .with("GET /items", move |wire| if asked_page(wire) > 2 { Play::status(404) } else { pages(wire) });
    let (receipt, _) = world.run(network, &[("items", None)], None);
    assert_eq!(
        (receipt.streams[0].coverage.clone(), world.ids("items").len()),
        (Coverage::Complete, 4),
        "{receipt:#?}"
    );
}

/// What the API says in one partition is no reason to leave the others.
#[test]
fn a_next_link_that_leads_astray_fails_its_partition_only() {
    let manifest = "  items:
    for_each: { site: [1, 2, 3] }
    request: GET /items/{{ site }}
    paginate: { url: { next: $.next } }
    fields: { id: integer! }
";
    for next in ["https://elsewhere.test/x", "http://10.0.0.1/x", &format!("https://sim.test/{}", "x".repeat(9000))] {
        let world = World::new(manifest);
        let mut network = Network::new();
        for site in 1..=3 {
            let next = if site == 1 { Some(next.to_owned()) } else { None };
            let body = json!({ "items": [{ "id": site }], "next": next }).to_string();
            network = network.on(&format!("GET /items/{site}"), Play::json(body));
        }
        let (receipt, asked) = world.run(network, &[("items", None)], None);
        let Coverage::Partial { unread, count: 1 } = &receipt.streams[0].coverage else { panic!("{receipt:#?}") };
        assert_eq!((unread[0].failure.kind, asked.len()), (weir::event::FaultKind::Source, 3), "{receipt:#?}");
    }
}

/// A circle of tokens is noticed, however few pages a run reads.
#[test]
fn a_circle_longer_than_a_run_is_noticed() {
    let world = items("    paginate: { cursor: { next: $.next, into: query.cursor } }\n");
    for run in 1.. {
        let network = Network::new().with("GET /items", |wire| {
            let cursor =
                wire.url.query_pairs().find(|(name, _)| name == "cursor").map(|(_, cursor)| cursor.into_owned());
            let at: i64 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let next = if at == 5 { 2 } else { at + 1 };
            Play::json(json!({ "items": [{ "id": at }], "next": next.to_string() }).to_string())
        });
        let mode = Some(Mode::Upsert);
        let order = StreamOrder { stream: "items".into(), mode, pages: Some(2), ..StreamOrder::default() };
        let (receipt, _) = world.order(network, vec![order], None);
        let told = format!("{receipt:#?}");
        assert!(run < 12, "{told}");
        if !matches!(receipt.streams[0].coverage, Coverage::Asked { .. }) {
            assert!(told.contains("pagination loop"), "{told}");
            break;
        }
    }
}

/// A credential that the API sends back in the next address is not kept, and is sent all the same.
#[test]
fn no_state_holds_a_credential() {
    let mut world = items("    paginate: { url: { next: $.next } }\n");
    world.manifest = format!(
        "params: {{ key: secret! }}\nauth: {{ query: {{ api_key: \"{{{{ params.key }}}}\" }} }}\n{}",
        world.manifest
    );
    world.params = vec![("key", "s3cret/key+1")];
    for pages in [Some(1), None] {
        let network = Network::new().with("GET /items", |wire| {
            let query = wire.url.query().unwrap_or_default();
            assert!(query.contains("api_key=s3cret%2Fkey%2B1"), "{query}");
            let next = (!query.contains("at=2")).then(|| format!("https://sim.test/items?at=2&{query}"));
            Play::json(json!({ "items": [{ "id": query.len() }], "next": next }).to_string())
        });
        let order = StreamOrder { stream: "items".into(), mode: Some(Mode::Upsert), pages, ..StreamOrder::default() };
        let (receipt, _) = world.order(network, vec![order], None);
        assert_eq!(receipt.streams[0].coverage == Coverage::Complete, pages.is_none(), "{receipt:#?}");
        let states = world.states();
        assert!(!states.contains("s3cret") && (pages.is_none() || states.contains("items?at=2\"")), "{states}");
    }
}

/// A wait is no try; waits without an end are left.
#[test]
fn waits_are_no_tries_and_have_an_end() {
    for (times, complete) in [(12, true), (100_000, false)] {
        let world = items("    paginate: none\n    retry: { attempts: 3 }\n");
        let mut left = times;
        let network = Network::new().with("GET /items", move |_| {
            left -= 1;
            if left < 0 { page([json!({ "id": 1 })]) } else { Play::status(429).header("retry-after", "10") }
        });
        let (receipt, asked) = world.run(network, &[("items", None)], None);
        assert_eq!(receipt.streams[0].coverage == Coverage::Complete, complete, "{receipt:#?}");
        assert!(asked.len() < 40, "{} requests", asked.len());
    }
}

/// So many pages and no more, also where each partition has one.
#[test]
fn a_budget_of_pages_holds_over_partitions() {
    let named = format!("  items:\n    for_each: {{ site: {{ values: [1, 2, 3, 4, 5, 6, 7, 8] }} }}\n{SITES}");
    let of_parents = SITES.replace("{{ site }}", "{{ site.id }}");
    let found = format!(
        "  sites:\n    request: GET /sites\n    paginate: {{ page: {{ into: query.page, size: 8 }} }}\n    fields: {{ id: integer! }}\n  items:\n    for_each: {{ site: sites }}\n{of_parents}"
    );
    for (pages, streams) in [1, 3, 16, 100].into_iter().flat_map(|pages| [(pages, &named), (pages, &found)]) {
        let world = World::new(streams);
        for round in 0..3 {
            let mut runs = 0;
            loop {
                runs += 1;
                // One run at most reads nothing of the round but its last sign.
                assert!(runs <= 16 / pages + 4, "{pages} pages a run, round {round}: {:?}", world.ids("items"));
                let receipt = sites_run(&world, pages, round, None);
                let stream = &receipt.streams[0];
                assert!(stream.pages <= pages, "{receipt:#?}");
                match stream.coverage {
                    Coverage::Complete => break,
                    Coverage::Asked { more: true, .. } => assert_eq!(stream.pages, pages, "{receipt:#?}"),
                    _ => panic!("{receipt:#?}"),
                }
            }
            // Each round has read the whole, as it is now.
            assert_eq!(world.ids("items").len(), 16);
            assert!(world.rows("items").iter().all(|row| row["round"] == round), "{pages} pages a run, round {round}");
        }
    }
}

/// What can't be finished does not keep the others from being read again.
#[test]
fn a_partition_that_is_left_out_stops_no_round() {
    for pages in [3, 4] {
        let world =
            World::new(&format!("  items:\n    for_each: {{ site: {{ values: [1, 2, 3, 4, 5, 6, 7, 8] }} }}\n{SITES}"));
        for round in 0..3 {
            for run in 0.. {
                assert!(run < 16, "{pages} pages a run, round {round}");
                sites_run(&world, pages, round, Some(2));
                if world.ids("items").len() == 14 && world.rows("items").iter().all(|row| row["round"] == round) {
                    break;
                }
            }
        }
    }
}

const SITES: &str = "    request: GET /items/{{ site }}
    paginate: { cursor: { next: $.next, into: query.cursor } }
    errors: [{ status: 404, then: skip }]
    fields: { id: integer!, round: integer! }
";

/// Reads eight partitions of two pages each, of which one is gone.
fn sites_run(world: &World, pages: u64, round: u64, gone: Option<i64>) -> Receipt {
    // The last page of the parents comes before the last child's, or long after it.
    let late = std::time::Duration::from_secs(round % 2);
    let mut network = Network::new().with("GET /sites", move |wire| match asked_page(wire) {
        1 => page((1..=8).map(|id| json!({ "id": id }))),
        _ => page([]).after(late),
    });
    for site in 1..=8 {
        network = network.with(&format!("GET /items/{site}"), move |wire| {
            if gone == Some(site) {
                return Play::status(404);
            }
            let second = wire.url.query().is_some_and(|query| query.contains("cursor=b"));
            let next = if second { None } else { Some("b") };
            let item = json!({ "id": site * 10 + i64::from(second), "round": round });
            Play::json(json!({ "items": [item], "next": next }).to_string())
        });
    }
    let order =
        StreamOrder { stream: "items".into(), mode: Some(Mode::Upsert), pages: Some(pages), ..StreamOrder::default() };
    world.order(network, vec![order], None).0
}
