//! The one place that picks what stands behind the engine's ports: the network, the limiter, the trace, destinations.
//!
//! SCAFFOLD on this branch only: the parts are written elsewhere; each body here becomes one call of theirs.

use super::destination::Destination;
use super::network::Wires;
use crate::fault::{Fault, Kind};
use crate::http::{Limiter, Trace, Transport};
use crate::sinks::{Books, Sink};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Makes the network.
pub(super) fn transport(_wires: &Wires) -> Result<Arc<dyn Transport>, Fault> {
    Err(Fault::new(Kind::Internal, "start", "scaffold"))
}

/// Makes the limiter that all runs of this process share.
pub(super) fn limiter() -> Arc<Limiter> {
    Arc::new(Limiter)
}

/// Makes what tells requests and answers, line by line.
pub(super) fn trace(_lines: Box<dyn Write + Send>) -> Option<Arc<dyn Trace>> {
    None
}

/// Opens a destination to write to.
pub(super) fn sink(_destination: &Destination) -> Result<Box<dyn Sink>, Fault> {
    Err(Fault::new(Kind::Internal, "open", "scaffold"))
}

/// Opens the ledger of a destination to look into; it is never made by looking.
pub(super) fn books(_destination: &Destination) -> Result<Box<dyn Books>, Fault> {
    Err(Fault::new(Kind::Internal, "open", "scaffold"))
}

/// How rows are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum RowFormat {
    /// For people: columns as wide as the terminal allows.
    Table,
    /// A JSON object a line.
    Jsonl,
    /// With a heading.
    Csv,
}

/// What stdout as a destination is made of.
pub(super) struct Out {
    pub(super) format: RowFormat,
    pub(super) to: Box<dyn Write + Send>,
    /// The width of the terminal, if there is one.
    pub(super) width: Option<usize>,
    /// Where state is kept.
    pub(super) state: Option<PathBuf>,
}

/// Opens stdout as a destination.
pub(super) fn out(_out: Out) -> Result<Box<dyn Sink>, Fault> {
    Err(Fault::new(Kind::Internal, "open", "scaffold"))
}
