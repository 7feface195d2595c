//! Reads a stream of a manifest into Arrow batches: load, bind, batches.
//!
//! `cargo run --example read_stream`. The API is the mock of this crate, on this machine.

mod local;

use std::collections::BTreeMap;
use std::path::Path;
use weir::testing::mock::Mock;
use weir::{Fault, Options, StreamOrder, connect, read};

fn main() -> Result<(), Fault> {
    let mock = Mock::start();
    let (manifest, base) = (Path::new("src/testing/demo/manifest.yaml"), mock.base());
    let bound = connect(manifest, &[("base", &base)], &Options { allow_private: local::hosts() })?;
    let items = StreamOrder { stream: "items".into(), ..StreamOrder::default() };
    let mut rows = read(bound, items, BTreeMap::new(), &local::context()?);
    local::block_on(async {
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            count += batch.rows.iter().map(|rows| rows.num_rows()).sum::<usize>();
        }
        let receipt = rows.receipt().expect("a read that is over has a receipt");
        local::print(&format!("{count} rows in {} requests: {:?}", receipt.requests, receipt.streams[0].coverage));
    });
    Ok(())
}
