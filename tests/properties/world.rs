//! Whole runs over a scripted network, a destination in memory, and a virtual clock.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir::engine::{Context, Order, StreamOrder, sync};
use weir::event::Receipt;
use weir::http::{Permissions, Play, Script as Network, Wire};
use weir::plan::{Options, connect_text};
use weir::sinks::memory::{MemorySink, Store};
use weir::sinks::{Failpoint, Mode, Offload};

const HEAD: &str =
    "connector: sim\nbase: https://sim.test\nretry: { first: 1s }\ndefaults: { records: $.items, key: id }\nstreams:\n";

/// What is known of a connection over several runs.
pub(crate) struct World {
    pub(crate) manifest: String,
    pub(crate) params: Vec<(&'static str, &'static str)>,
    store: Arc<Mutex<Store>>,
}

impl World {
    pub(crate) fn new(streams: &str) -> World {
        World { manifest: format!("{HEAD}{streams}"), params: Vec::new(), store: Arc::default() }
    }

    /// Plays a run of these streams; returns its receipt and what was asked.
    pub(crate) fn run(
        &self,
        network: Network,
        streams: &[(&str, Option<Mode>)],
        requests: Option<u64>,
    ) -> (Receipt, Vec<String>) {
        let of = |(name, mode): &(&str, Option<Mode>)| StreamOrder {
            stream: (*name).to_owned(),
            mode: *mode,
            ..StreamOrder::default()
        };
        self.order(network, streams.iter().map(of).collect(), requests)
    }

    pub(crate) fn order(
        &self,
        network: Network,
        streams: Vec<StreamOrder>,
        requests: Option<u64>,
    ) -> (Receipt, Vec<String>) {
        let bound = connect_text("manifest.yaml".as_ref(), self.manifest.as_bytes(), &self.params, &Options::default())
            .unwrap();
        let network = Arc::new(network);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let receipt = runtime.block_on(async {
            let mut context = Context::new(Arc::clone(&network) as _, Arc::new(Permissions::default()), 1);
            context.offload = Offload::Inline;
            let order = Order { run: "r".into(), connection: "c".into(), streams, requests };
            let sink = Box::new(MemorySink::new(Arc::clone(&self.store), Failpoint::default()));
            let run = sync(bound, &order, sink, &context);
            tokio::time::timeout(Duration::from_hours(24), run).await.expect("the run stands still")
        });
        (receipt, network.lines())
    }

    /// Lists the states as they are kept.
    pub(crate) fn states(&self) -> String {
        format!("{:?}", self.store.lock().unwrap().states())
    }

    pub(crate) fn rows(&self, stream: &str) -> Vec<Value> {
        let rows = self.store.lock().unwrap().rows("c", stream);
        rows.iter().map(|row| serde_json::from_str(&row.line).unwrap()).collect()
    }

    pub(crate) fn ids(&self, stream: &str) -> Vec<i64> {
        let mut ids: Vec<i64> = self.rows(stream).iter().map(|row| row["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    }
}

pub(crate) fn page(rows: impl IntoIterator<Item = Value>) -> Play {
    Play::json(json!({ "items": rows.into_iter().collect::<Vec<_>>() }).to_string())
}

pub(crate) fn asked_page(wire: &Wire) -> i64 {
    wire.url.query_pairs().find(|(name, _)| name == "page").map_or(1, |(_, page)| page.parse().unwrap())
}

/// Pages of two.
pub(crate) fn paged(count: i64) -> impl Fn(&Wire) -> Play + Send {
    move |wire| {
        let asked = asked_page(wire);
        page((2 * asked - 1..=(2 * asked).min(count)).map(|id| json!({ "id": id })))
    }
}
