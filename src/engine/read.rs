//! Rows for whoever embeds the library: batches of one stream, each with the states that it covers.

use super::context::Context;
use super::order::{Order, StreamOrder};
use super::sync::sync;
use crate::event::Receipt;
use crate::fault::{Fault, Kind};
use crate::plan::Bound;
use crate::sinks::{
    Abilities, Building, Cadence, Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, LedgerStream, Mode,
    Opening, Promotion, Sink, Staged, StreamPart, StreamTarget,
};
use crate::state::{Generation, PartitionKey, PartitionState, StateChange};
use arrow_array::RecordBatch;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Rows of a page, and the states that cover them once they are safe with the reader.
#[derive(Debug)]
pub struct Batch {
    pub rows: Vec<RecordBatch>,
    pub states: Vec<StateChange>,
    /// The records of the page that do not fit their columns.
    pub refused: u64,
}

/// A read that is going on. Dropping it ends it.
pub struct Rows {
    batches: mpsc::Receiver<Batch>,
    run: Option<BoxFuture<'static, Receipt>>,
    receipt: Option<Receipt>,
}

/// Reads one stream, going on from `states`.
pub fn read(
    bound: Arc<Bound>,
    stream: StreamOrder,
    states: BTreeMap<PartitionKey, PartitionState>,
    context: &Context,
) -> Rows {
    let (sender, batches) = mpsc::channel(1);
    let order = Order {
        run: "read".into(),
        connection: bound.plan.connector.clone(),
        // Whoever takes the rows decides what becomes of them: nothing is replaced or compared here.
        streams: vec![StreamOrder { mode: Some(Mode::Append), ..stream }],
        requests: None,
    };
    let states = states.into_iter().map(|(key, state)| (key, (1, state))).collect();
    let (sink, context) = (Handover { sender, states, seq: 1 }, context.clone());
    let run = async move { sync(bound, &order, Box::new(sink), &context).await };
    Rows { batches, run: Some(Box::pin(run)), receipt: None }
}

impl Rows {
    /// Returns the next rows, `None` at the end; then [`Rows::receipt`] says how it ended.
    pub async fn next(&mut self) -> Option<Batch> {
        loop {
            let Some(run) = &mut self.run else { return self.batches.recv().await };
            tokio::select! {
                biased;
                batch = self.batches.recv() => match batch {
                    Some(batch) => return Some(batch),
                    // The destination is gone; only the receipt is to come.
                    None => self.receipt = Some(run.await),
                },
                receipt = &mut *run => self.receipt = Some(receipt),
            }
            self.run = None;
        }
    }

    /// Says how the read ended; `None` as long as it goes on.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }
}

/// Hands rows over to whoever reads them.
struct Handover {
    sender: mpsc::Sender<Batch>,
    states: BTreeMap<PartitionKey, (u64, PartitionState)>,
    seq: u64,
}

fn gone() -> Fault {
    Fault::new(Kind::Internal, "read", "nobody takes the rows any more")
}

impl Sink for Handover {
    fn abilities(&self) -> Abilities {
        Abilities {
            modes: &[Mode::Append],
            cadence: Cadence { bytes: 0, time: Duration::ZERO, every_page: true },
            stages: false,
            checkpoint: None,
            many_partitions: true,
            eager: true,
        }
    }

    fn place(&self) -> String {
        "the program".into()
    }

    fn open<'a>(&'a mut self, _: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        Box::pin(async {
            Ok(Ledger { fence: 1, next_seq: 1, streams: BTreeMap::<_, LedgerStream>::new(), interrupted: None })
        })
    }

    fn states<'a>(&'a mut self, _: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        let known = |key| match self.states.get(key) {
            Some((version, state)) => Known { version: *version, state: Some(state.clone()) },
            None => Known::default(),
        };
        let states = of.iter().map(known).collect();
        Box::pin(async { Ok(states) })
    }

    fn shape<'a>(&'a mut self, _: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        Box::pin(async { Ok(Changes::default()) })
    }

    fn build<'a>(&'a mut self, _: &'a StreamTarget, _: jiff::Timestamp) -> BoxFuture<'a, Result<Building, Fault>> {
        Box::pin(async { Err(Fault::new(Kind::Config, "read", "rows that are handed over can't be replaced")) })
    }

    fn stage<'a>(&'a mut self, _: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>> {
        Box::pin(async { Err(gone()) })
    }

    fn checkpoint<'a>(&'a mut self, _: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        Box::pin(async move {
            for part in unit.parts {
                for change in &part.states {
                    self.states.insert(change.partition.clone(), (change.expect + 1, change.next.clone()));
                }
                let rows = part.rows.into_iter().filter(|rows| !rows.deleted).map(|rows| rows.batch).collect();
                let batch = Batch { rows, states: part.states, refused: part.refused.len() as u64 };
                self.sender.send(batch).await.map_err(|_| CommitFault::Failed(gone()))?;
            }
            self.seq = unit.seq + 1;
            Ok(Counts::default())
        })
    }

    fn committed(&mut self, _: Fence, seq: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        let known = seq < self.seq;
        Box::pin(async move { Ok(known) })
    }

    fn promote<'a>(
        &'a mut self,
        _: &'a str,
        _: Generation,
        _: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>> {
        Box::pin(async { Err(CommitFault::Failed(gone())) })
    }

    fn close<'a>(&'a mut self, _: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}
