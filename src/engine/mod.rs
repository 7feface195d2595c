//! SCAFFOLD on this branch only: the engine is written elsewhere and replaces this file. Only signatures count here.
mod context;
mod order;

pub use context::{Clock, Context, Draw, Failpoints, Offload, Permissions, RunLimits};
pub use order::{Filter, Order, StreamOrder, Test};

use crate::event::{FaultKind, Receipt};
use crate::fault::Fault;
use crate::plan::{Bound, BoundStream};
use crate::sinks::{Mode, Sink};
use crate::state::PartitionKey;
use std::sync::Arc;

pub mod source {
    /// SCAFFOLD.
    pub trait PageSource: Send + Sync {}
}

/// Reads what is ordered into the destination, and tells how it went.
pub async fn sync(_bound: Arc<Bound>, _order: &Order, _sink: Box<dyn Sink>, _context: &Context) -> Receipt {
    unreachable!("scaffold")
}

/// What `check` says of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub stream: String,
    pub ok: bool,
    pub kind: Option<FaultKind>,
    /// What was found, or why it failed and what to do.
    pub message: String,
}

/// Asks one page of each stream; calls back after each, and never stops at the first that fails. Empty: the plan's own check.
pub async fn check(_bound: Arc<Bound>, _streams: &[String], _context: &Context, _tell: &mut (dyn FnMut(&Checked) + Send)) -> Vec<Checked> {
    unreachable!("scaffold")
}

/// The partitions of a stream as far as they are known without a request (values and lists), or by reading its parents.
pub async fn partitions(_bound: Arc<Bound>, _stream: &str, _context: &Context, _most: usize) -> Result<Vec<PartitionKey>, Fault> {
    unreachable!("scaffold")
}

/// Where a condition is tested: by the API (and, unless exact, here too), or here alone.
pub fn pushed_down(_stream: &BoundStream, _filter: &Filter) -> bool {
    unreachable!("scaffold")
}

/// How a stream is written unless the user says otherwise.
pub fn default_mode(_stream: &BoundStream) -> Mode {
    unreachable!("scaffold")
}
