//! A source of rows in Rust: a manifest types, checks and keys what no HTTP request gives.
//!
//! `cargo run --example custom_source`. The stream's own request is never sent: the registered source stands in for it.

mod local;

use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use weir::{Ask, Context, Fault, Fetched, Options, PageSource, StreamOrder, connect_text, read};

const MANIFEST: &str = "
connector: sensors
base: https://sensors.example
streams:
  readings:
    request: GET /readings
    records: $.readings
    paginate: { cursor: { next: $.next, into: query.cursor } }
    key: [sensor, at]
    fields: { sensor: string!, at: timestamp!, celsius: \"decimal(5,2)\" }
";

/// Pages that no API gives: from a device, a file, a queue.
struct Sensors;

impl PageSource for Sensors {
    fn fetch<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Fetched, Fault>> {
        Box::pin(async move {
            let page = ask.page.index;
            let reading =
                |n: u64| format!(r#"{{"sensor":"s{n}","at":"2024-05-3{page}T00:00:00Z","celsius":"2{n}.50"}}"#);
            let next = if page < 1 { "\"more\"" } else { "null" };
            Ok(Fetched::records(format!(r#"{{"readings":[{},{}],"next":{next}}}"#, reading(1), reading(2))))
        })
    }
}

fn main() -> Result<(), Fault> {
    let bound = connect_text(Path::new("sensors.yaml"), MANIFEST.as_bytes(), &[], &Options::default())?;
    let sources = BTreeMap::from([("readings".to_owned(), Arc::new(Sensors) as Arc<dyn PageSource>)]);
    let context = Context { sources, ..local::context()? };
    let order = StreamOrder { stream: "readings".into(), ..StreamOrder::default() };
    let mut rows = read(bound, order, BTreeMap::new(), &context);
    local::block_on(async {
        while let Some(batch) = rows.next().await {
            for batch in &batch.rows {
                let columns: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
                local::print(&format!("{} rows of {}", batch.num_rows(), columns.join(", ")));
            }
        }
        let receipt = rows.receipt().expect("a read that is over has a receipt");
        local::print(&format!("{} requests: {:?}", receipt.requests, receipt.streams[0].coverage));
    });
    Ok(())
}
