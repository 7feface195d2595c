//! A destination in Rust: one that counts what it is given and keeps nothing.
//!
//! `cargo run --example custom_sink`. A destination that keeps rows also keeps, in the same commit, the states of each
//! unit; `docs/commit.md` says what it promises.

mod local;

use futures_util::future::{BoxFuture, ready};
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;
use weir::sinks::{
    Abilities, Building, Cadence, Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, Mode, Opening,
    Promotion, Sink, Staged, StreamCounts, StreamPart, StreamTarget,
};
use weir::state::{Generation, PartitionKey};
use weir::testing::mock::Mock;
use weir::{Fault, Options, Order, Receipt, StreamOrder, connect_text, sync};

struct Counting;

impl Sink for Counting {
    fn abilities(&self) -> Abilities {
        let cadence = Cadence { bytes: 8 << 20, time: Duration::from_secs(2), every_page: false };
        let (modes, stages, checkpoint) = (&[Mode::Append][..], false, None);
        Abilities { modes, cadence, stages, checkpoint, many_partitions: true, eager: false }
    }

    fn place(&self) -> String {
        "counting".into()
    }

    fn open<'a>(&'a mut self, _: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        Box::pin(ready(Ok(Ledger { fence: 1, next_seq: 1, ..Ledger::default() })))
    }

    fn states<'a>(&'a mut self, _: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        Box::pin(ready(Ok(of.iter().map(|_| Known::default()).collect())))
    }

    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        local::print(&format!("{} has {} columns", target.stream, target.schema.fields().len()));
        Box::pin(ready(Ok(Changes::default())))
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        let mut counts = Counts::default();
        for part in unit.parts {
            let rows: usize = part.rows.iter().map(|rows| rows.batch.num_rows()).sum();
            local::print(&format!("unit {}: {rows} rows of {}, {} states", unit.seq, part.stream, part.states.len()));
            counts.streams.insert(part.stream, StreamCounts { created: Some(rows as u64), ..StreamCounts::default() });
        }
        Box::pin(ready(Ok(counts)))
    }

    fn committed(&mut self, _: Fence, _: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(ready(Ok(true)))
    }

    fn close<'a>(&'a mut self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>> {
        local::print(&format!("{} requests, {} commits", receipt.requests, receipt.commits));
        Box::pin(ready(Ok(())))
    }

    // What the abilities above say that it can't do is never asked of it.

    fn build<'a>(&'a mut self, _: &'a StreamTarget, _: Timestamp) -> BoxFuture<'a, Result<Building, Fault>> {
        unreachable!("it does not replace")
    }

    fn stage<'a>(&'a mut self, _: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>> {
        unreachable!("it does not stage")
    }

    fn checkpoint<'a>(&'a mut self, _: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        unreachable!("it does not stage")
    }

    fn promote<'a>(
        &'a mut self,
        _: &'a str,
        _: Generation,
        _: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>> {
        unreachable!("it does not replace")
    }
}

fn main() -> Result<(), Fault> {
    let mock = Mock::start();
    let manifest = format!(
        "connector: demo\nbase: {}\nstreams:\n  items: {{ request: GET /items, records: $.data, key: id, paginate: {{ page: {{ into: query.page, total: $.total }} }} }}\n",
        mock.base()
    );
    let options = Options { allow_private: local::hosts() };
    let bound = connect_text(Path::new("items.yaml"), manifest.as_bytes(), &[], &options)?;
    let items = StreamOrder { stream: "items".into(), mode: Some(Mode::Append), ..StreamOrder::default() };
    let order = Order { run: "1".into(), connection: "demo".into(), streams: vec![items], requests: None };
    let receipt = local::block_on(sync(bound, &order, Box::new(Counting), &local::context()?));
    local::print(&format!("ends with {}", receipt.exit().code()));
    Ok(())
}
