//! Windows one after the other, over several runs.

use crate::world::{World, asked_page, page};
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use weir::engine::{Clock as _, StreamOrder, SystemClock};
use weir::event::Coverage;
use weir::http::{Script as Network, Wire};
use weir::sinks::Mode;

fn asked(wire: &Wire, name: &str) -> String {
    wire.url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

/// A budget of a page a run gets through windows, though each new read looks back before the position it reached.
#[test]
fn a_budget_of_pages_gets_through_windows_that_look_back() {
    // Three rows a day over the border of each month, two a page: what is looked back at takes more than a page.
    let rows: Vec<(i64, String)> = ["01-30", "01-31", "02-01", "02-28", "02-29", "03-01", "03-02"]
        .iter()
        .flat_map(|day| (0..3).map(move |hour| format!("2024-{day}T0{hour}:00:00Z")))
        .zip(1..)
        .map(|(at, id)| (id, at))
        .collect();
    for order in ["", ", order: asc", ", order: desc"] {
        for mode in [Mode::Upsert, Mode::Append] {
            let world = World::new(&format!(
                "  items:
    request: GET /items
    query: {{ from: \"{{{{ window.start }}}}\", to: \"{{{{ window.end }}}}\" }}
    paginate: {{ page: {{ into: query.page, size: 2 }} }}
    incremental: {{ field: at, start: 2024-01-01T00:00:00Z, end: 2024-03-20T00:00:00Z, window: 1mo, lookback: 2d{order} }}
    fields: {{ id: integer!, at: timestamp! }}
"
            ));
            for run in 1.. {
                let rows = rows.clone();
                let network = Network::new().with("GET /items", move |wire| {
                    let (from, to) = (asked(wire, "from"), asked(wire, "to"));
                    let at = usize::try_from(asked_page(wire)).unwrap();
                    let mut rows: Vec<_> = rows.iter().filter(|(_, at)| *at >= from && *at < to).collect();
                    if order.ends_with("desc") {
                        rows.reverse();
                    }
                    page(rows.into_iter().skip(2 * at - 2).take(2).map(|(id, at)| json!({ "id": id, "at": at })))
                });
                let stream =
                    StreamOrder { stream: "items".into(), mode: Some(mode), pages: Some(1), ..StreamOrder::default() };
                let (receipt, lines) = world.order(network, vec![stream], None);
                let what = format!("{mode:?}{order}, run {run}: {lines:?} {:?} {receipt:#?}", world.ids("items"));
                assert!(run < 20, "{what}");
                if receipt.streams[0].coverage == Coverage::Complete {
                    assert_eq!(world.ids("items"), (1..=21).collect::<Vec<_>>(), "{what}");
                    break;
                }
            }
        }
    }
}

/// A window that ends after the present of the API is not read to its end: what comes into it later is read, also where
/// the windows after it were read when the API's clock had gone on.
#[test]
fn a_window_that_ends_in_the_future_of_the_api_is_read_again() {
    let now = Timestamp::from_second(SystemClock.now().as_second()).unwrap();
    let before = move |minutes: i64| now - minutes.minutes();
    for (pages, full) in [(None, false), (Some(1), false), (None, true), (Some(1), true)] {
        let world = World::new(&format!(
            "  items:
    request: GET /items
    query: {{ from: \"{{{{ window.start }}}}\", to: \"{{{{ window.end }}}}\" }}
    paginate: none
    incremental: {{ field: at, start: \"{}\", window: 1h }}
    fields: {{ id: integer!, at: timestamp! }}
",
            before(170)
        ));
        let mut reads = 0;
        for run in 1.. {
            let network = Network::new().with("GET /items", move |wire| {
                // The first window ends 110 minutes ago, where the API's clock stands at 130 minutes ago.
                let is_first = run == 1 && asked(wire, "from") == before(170).to_string();
                let rows = [(1, before(160)), (2, before(120)), (3, before(30))];
                let there = rows.iter().filter(|(id, at)| {
                    let asked = at.to_string() >= asked(wire, "from") && at.to_string() < asked(wire, "to");
                    asked && !(is_first && *id == 2)
                });
                let date = if is_first { before(130) } else { now }.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                page(there.map(|(id, at)| json!({ "id": id, "at": at.to_string() }))).header("date", &date)
            });
            let stream = StreamOrder { stream: "items".into(), pages, full, ..StreamOrder::default() };
            let (receipt, lines) = world.order(network, vec![stream], None);
            let what = format!("{pages:?} {full}, run {run}: {lines:?} {receipt:#?}");
            assert!(run < 12, "{what}");
            reads += u32::from(receipt.streams[0].coverage == Coverage::Complete);
            if reads == 2 {
                assert_eq!(world.ids("items"), [1, 2, 3], "{what}");
                break;
            }
        }
    }
}
