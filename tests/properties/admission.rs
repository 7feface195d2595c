//! Admission: memory never stands still, quotas are kept, small partitions are few units.

use crate::case::{Case, Kind, Where};
use crate::lab::Lab;
use crate::random::{played, row};
use crate::source::{Row, Script};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use weir::engine::{Context, Order, StreamOrder, sync};
use weir::event::{Coverage, Receipt};
use weir::http::{Permissions, Play, Script as Network};
use weir::plan::{Options, connect_text};
use weir::sinks::jsonl::JsonlSink;
use weir::sinks::memory::{MemorySink, Store};
use weir::sinks::{Failpoint, Offload, Sink, SinkOptions};

/// Twenty partitions with so many pages each, over a network that answers in no order, or at once.
struct Many {
    pages: u64,
    memory: u64,
    concurrency: u32,
    at_once: bool,
}

impl Many {
    fn read_into(&self, sink: Box<dyn Sink>) -> (Receipt, Duration) {
        let Many { pages, memory, concurrency, at_once } = *self;
        let sites: Vec<String> = (0..20).map(|site| format!("s{site}")).collect();
        let manifest = format!(
            "connector: sim\nbase: https://sim.test\nstreams:\n  items:\n    for_each: {{ site: [{}] }}\n    request: GET /items/{{{{ site }}}}\n    records: $.items\n    key: [site, id]\n    paginate: {{ page: {{ into: query.page, size: 2, total_pages: $.pages, parallel: 2 }} }}\n    fields: {{ id: integer!, site: \"string! = {{{{ site }}}}\" }}\n",
            sites.join(", ")
        );
        let bound = connect_text("manifest.yaml".as_ref(), manifest.as_bytes(), &[], &Options::default()).unwrap();
        let mut network = Network::new();
        for (nth, site) in (0_u64..).zip(&sites) {
            network = network.with(&format!("GET /items/{site}"), move |wire| {
                let page = wire
                    .url
                    .query_pairs()
                    .find(|(name, _)| name == "page")
                    .map_or(1, |(_, page)| page.parse().unwrap());
                let (one, other) = (page * 2, page * 2 + 1);
                let text = format!("{{\"items\": [{{\"id\": {one}}}, {{\"id\": {other}}}], \"pages\": {pages}}}");
                let latency = if at_once { 0 } else { (nth * 37 + page * 91) % 150 };
                Play::json(text).after(Duration::from_millis(latency))
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let begin = Instant::now();
            let mut context = Context::new(Arc::new(network), Arc::new(Permissions::default()), 1);
            context.offload = Offload::Inline;
            (context.limits.memory, context.limits.concurrency) = (memory, Some(concurrency));
            let stream = StreamOrder { stream: "items".into(), ..StreamOrder::default() };
            let order = Order { run: "r".into(), connection: "c".into(), streams: vec![stream], requests: None };
            let run = sync(bound, &order, sink, &context);
            let receipt = tokio::time::timeout(Duration::from_hours(1), run).await.expect("the run stands still");
            (receipt, begin.elapsed())
        })
    }
}

fn many(pages: u64, memory: u64, concurrency: u32) -> (Receipt, usize, Duration) {
    let store = Arc::new(Mutex::new(Store::default()));
    let sink = MemorySink::new(Arc::clone(&store), Failpoint::default());
    let (receipt, time) = Many { pages, memory, concurrency, at_once: false }.read_into(Box::new(sink));
    let rows = store.lock().unwrap().rows("c", "items").len();
    (receipt, rows, time)
}

#[test]
fn nobody_waits_until_the_destination_makes_rows_durable_by_its_clock() {
    for concurrency in [1, 4, 20, 23] {
        let dir = tempfile::tempdir().unwrap();
        let options = SinkOptions { offload: Offload::Inline, ..SinkOptions::default() };
        let sink = JsonlSink::new(dir.path(), options);
        let (receipt, time) =
            Many { pages: 30, memory: 48 << 20, concurrency, at_once: true }.read_into(Box::new(sink));
        assert_eq!(receipt.streams[0].coverage, Coverage::Complete);
        assert!(time < Duration::from_secs(1), "{concurrency} at once: {time:?}");
    }
}

#[test]
fn invariant_20_small_partitions_are_few_units() {
    let (receipt, rows, _) = many(1, 48 << 20, 4);
    assert_eq!((receipt.streams[0].coverage.clone(), rows), (Coverage::Complete, 40), "{receipt:#?}");
    assert!(receipt.commits <= 10, "{}", receipt.commits);
}

#[test]
fn no_memory_at_all_is_slow_and_not_the_end() {
    for memory in [1, 700, 3000, 100_000] {
        for concurrency in [1, 3, 20] {
            let (receipt, rows, _) = many(4, memory, concurrency);
            assert_eq!(
                (receipt.streams[0].coverage.clone(), rows),
                (Coverage::Complete, 160),
                "{memory} {concurrency}"
            );
            assert_eq!(receipt.requests, 80);
        }
    }
}

#[test]
fn more_requests_at_once_take_less_time() {
    let times: Vec<Duration> = [1, 4, 16].into_iter().map(|concurrency| many(4, 48 << 20, concurrency).2).collect();
    assert!(times[0] > 3 * times[1] && times[1] > 2 * times[2], "{times:?}");
}

#[test]
fn rule_45_a_rate_is_kept_in_every_window() {
    for rate in [1, 3, 10] {
        let lab = played(|| async {
            let case = Case {
                rate: Some(rate),
                kind: Kind::Offset,
                parallel: 4,
                concurrency: 8,
                parts: 2,
                size: 1,
                latency_ms: 30,
                to: Where::Memory,
                ..Case::plain()
            };
            let rows = (0..14).map(|id| Row { part: (id as usize) % 2, ..row(id, id / 2) }).collect();
            let mut lab = Lab::new(case, rows, Script::new());
            sleep(Duration::from_secs(10)).await;
            lab.calm().await;
            lab
        });
        let state = lab.api.state.lock().unwrap();
        // Latencies of both ways shift what the API sees by less than 30 ms.
        let times: Vec<i64> = state.log.iter().map(|asked| asked.at_ms).collect();
        for window in times.windows(rate as usize + 1) {
            assert!(window[rate as usize] - window[0] >= 1000 - 30, "{rate}: {times:?}");
        }
        let last = (times[times.len() - 1] - times[0]) as f64 / 1000.0;
        let least = (times.len() - 1) as f64 / f64::from(rate);
        assert!(last < least * 1.3 + 1.0, "{rate}: {last} s for {} requests", times.len());
    }
}
