//! The one place that picks what stands behind the engine's ports: the network, the limiter, the trace, destinations.

use super::destination::Destination;
use super::network::Wires;
use crate::engine::Failpoints;
use crate::fault::Fault;
use crate::http::limits::{Limiter, QuotaLease};
use crate::http::{Lines, Network, NetworkOptions, Trace, Transport};
use crate::sinks::kind::{self, Outfit, SinkKind};
use crate::sinks::stdout::Format;
use crate::sinks::{Books, FailAction, Failpoint, Sink};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Makes the network.
pub(super) fn transport(wires: &Wires, concurrency: Option<u32>) -> Result<Arc<dyn Transport>, Fault> {
    let known = NetworkOptions::default();
    let options = NetworkOptions {
        permissions: Arc::clone(&wires.permissions),
        roots: wires.ca.clone(),
        proxy: wires.proxy.clone(),
        concurrency: concurrency.map_or(known.concurrency, |count| count as usize),
        ..known
    };
    Ok(Arc::new(Network::new(options)?))
}

/// Makes the limiter that all runs of this process share.
pub(super) fn limiter() -> Arc<dyn QuotaLease> {
    Arc::new(Limiter::new())
}

/// Makes what tells requests and answers, line by line.
pub(super) fn trace(lines: Box<dyn Write + Send>) -> Option<Arc<dyn Trace>> {
    let lines = Mutex::new(lines);
    Some(Arc::new(Lines::new(move |line: &str| {
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        // A trace that can't be written must not end the run.
        let _ = writeln!(lines, "{line}");
    })))
}

fn kind_of(destination: &Destination) -> SinkKind {
    match destination {
        Destination::Sqlite(path) => SinkKind::Sqlite(path.clone()),
        Destination::Jsonl(path) => SinkKind::Jsonl(path.clone()),
    }
}

fn outfit(failpoints: &Failpoints) -> Outfit {
    let failpoints = failpoints.clone();
    let failpoint = Failpoint::new(move |name| {
        failpoints.hit(name);
        FailAction::Go
    });
    Outfit { failpoint, ..Outfit::default() }
}

/// Opens a destination to write to.
pub(super) fn sink(destination: &Destination, failpoints: &Failpoints) -> Result<Box<dyn Sink>, Fault> {
    kind::open(&kind_of(destination), outfit(failpoints))
}

/// Opens the ledger of a destination to look into; it is never made by looking.
pub(super) fn books(destination: &Destination) -> Result<Box<dyn Books>, Fault> {
    kind::books(&kind_of(destination), None)
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
pub(super) fn out(out: Out, failpoints: &Failpoints) -> Result<Box<dyn Sink>, Fault> {
    let format = match out.format {
        RowFormat::Table => Format::Table,
        RowFormat::Jsonl => Format::Jsonl,
        RowFormat::Csv => Format::Csv,
    };
    let outfit = Outfit { out: Some(out.to), width: out.width, state: out.state, ..outfit(failpoints) };
    kind::open(&SinkKind::Stdout(format), outfit)
}
