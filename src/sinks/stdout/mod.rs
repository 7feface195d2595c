//! Rows to anybody who reads: a table for people, JSON lines, or CSV, with a state file beside if one is named.
//!
//! At least once: the state moves only when the rows it covers are flushed. A large state file is not written with each
//! page; what it does not cover yet is said again after a crash.

mod books;
mod csv;
mod ledger;
mod table;

pub use books::FileBooks;

use super::book::columns;
use super::desk::{Desk, Offload, not_open};
use super::failpoint::{FailAction, Failpoint, Injected};
use super::json_line::Lines;
use super::{
    Abilities, Building, Cadence, Changes, CommitFault, CommitUnit, Counts, Fence, Known, Ledger, Mode, Opening,
    Promotion, Rows, Sink, Staged, StreamCounts, StreamPart, StreamTarget,
};
use crate::event::Receipt;
use crate::fault::{Fault, Kind};
use crate::state::{Digest, Generation, PartitionKey};
use futures_util::future::BoxFuture;
use ledger::FileLedger;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;
use table::Table;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Table,
    Jsonl,
    Csv,
    /// Without the apostrophe before what looks like a formula.
    CsvRaw,
}

impl Format {
    pub const WORDS: [(&'static str, Format); 4] =
        [("table", Format::Table), ("jsonl", Format::Jsonl), ("csv", Format::Csv), ("csv-raw", Format::CsvRaw)];
}

/// How output is written.
#[derive(Debug, Clone, Default)]
pub struct StdoutOptions {
    pub format: Format,
    /// Of the terminal, if it is one.
    pub width: Option<usize>,
    /// Where the state is kept; without it the state lasts as long as the run.
    pub state: Option<PathBuf>,
    pub offload: Offload,
    pub failpoint: Failpoint,
}

/// Output as a destination.
pub struct StdoutSink {
    options: StdoutOptions,
    out: Option<Box<dyn Write + Send>>,
    desk: Desk<Printer>,
}

struct Printer {
    out: Box<dyn Write + Send>,
    options: StdoutOptions,
    ledger: FileLedger,
    targets: BTreeMap<String, StreamTarget>,
    now: jiff::Timestamp,
    /// The stream and columns of the heading that stands above.
    heading: Option<(String, Digest)>,
    table: Option<Table>,
    buffer: Vec<u8>,
}

impl StdoutSink {
    pub fn new(out: Box<dyn Write + Send>, options: StdoutOptions) -> Self {
        Self { out: Some(out), desk: Desk::new(options.offload), options }
    }

    async fn with<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Printer) -> Result<R, CommitFault> + Send + 'static,
    ) -> Result<R, CommitFault> {
        let work = |on_it: &mut Option<Printer>| match on_it {
            Some(printer) => work(printer),
            None => Err(CommitFault::Failed(not_open())),
        };
        self.desk.place(work).await
    }
}

fn fault(fault: CommitFault) -> Fault {
    match fault {
        CommitFault::Refused(fault)
        | CommitFault::Conflict(fault)
        | CommitFault::Fenced(fault)
        | CommitFault::Unknown(fault)
        | CommitFault::Failed(fault) => fault,
    }
}

fn told(injected: Injected) -> CommitFault {
    match injected.action {
        FailAction::Fail | FailAction::Go => CommitFault::Refused(injected.fault()),
        FailAction::Lose | FailAction::Crash => CommitFault::Unknown(injected.fault()),
    }
}

fn unwritten(error: &io::Error) -> CommitFault {
    let closed = error.kind() == io::ErrorKind::BrokenPipe;
    CommitFault::Failed(if closed {
        Fault::new(Kind::Destination, "write the output", "nobody reads the output any more")
    } else {
        Fault::new(Kind::Destination, "write the output", format!("the output can't be written: {error}"))
    })
}

impl Printer {
    fn commit(&mut self, unit: CommitUnit) -> Result<Counts, CommitFault> {
        if self.ledger.is_done(unit.fence, unit.seq) {
            return Ok(Counts::default());
        }
        self.ledger.check(&unit)?;
        self.buffer.clear();
        let mut counts = Counts::default();
        for part in &unit.parts {
            let Some(target) = self.targets.get(&part.stream).cloned() else {
                let said = format!("stream {} was not shaped before it was written", part.stream);
                return Err(CommitFault::Failed(Fault::new(Kind::Internal, "commit", said)));
            };
            let mut created = 0;
            for rows in part.rows.iter().filter(|rows| rows.batch.num_rows() > 0) {
                self.print(&target, rows).map_err(CommitFault::Failed)?;
                created += rows.batch.num_rows() as u64;
            }
            let count: &mut StreamCounts = counts.streams.entry(part.stream.clone()).or_default();
            count.created = Some(count.created.unwrap_or(0) + created);
        }
        self.options.failpoint.hit("stdout.before_write").map_err(told)?;
        self.out.write_all(&self.buffer).and_then(|()| self.out.flush()).map_err(|error| unwritten(&error))?;
        self.options.failpoint.hit("stdout.after_write").map_err(told)?;
        for (stream, new) in self.ledger.commit(unit).map_err(CommitFault::Failed)? {
            counts.streams.entry(stream).or_default().refused += new;
        }
        Ok(counts)
    }

    fn print(&mut self, target: &StreamTarget, rows: &Rows) -> Result<(), Fault> {
        let out = &mut self.buffer;
        if self.options.format == Format::Jsonl {
            let mut lines = Lines::of(target, &rows.batch)?;
            if !rows.deleted {
                (0..rows.batch.num_rows()).for_each(|row| lines.write(row, out));
            } else if target.mark_deleted {
                let kept =
                    |name: &str| target.key.iter().any(|key| key == name) || target.position.as_deref() == Some(name);
                lines = lines.only(&rows.batch, kept);
                (0..rows.batch.num_rows()).for_each(|row| lines.write_deleted(row, self.now, out));
            }
            return Ok(());
        }
        let heading = (target.stream.clone(), columns(target));
        let is_new = self.heading.as_ref() != Some(&heading);
        if is_new && self.heading.is_some() {
            out.push(b'\n');
        }
        self.heading = Some(heading);
        if self.options.format == Format::Table {
            if rows.deleted {
                return Ok(());
            }
            if is_new || self.table.is_none() {
                self.table = Some(Table::begin(&rows.batch, self.options.width, out)?);
            }
            return self.table.as_ref().map_or(Ok(()), |table| table.rows(&rows.batch, out));
        }
        let guard = self.options.format == Format::Csv;
        if is_new {
            csv::heading(&rows.batch, target.mark_deleted.then_some("_deleted_at"), guard, out);
        }
        match (target.mark_deleted, rows.deleted) {
            (false, true) => Ok(()),
            (false, false) => csv::rows(&rows.batch, None, guard, out),
            (true, false) => csv::rows(&rows.batch, Some(""), guard, out),
            (true, true) => csv::rows(&rows.batch, Some(&self.now.to_string()), guard, out),
        }
    }

    fn shape(&mut self, target: &StreamTarget) -> Result<Changes, CommitFault> {
        if target.mode != Mode::Append {
            let said =
                format!("stream {}: output can't be {}d; rows are only appended", target.stream, target.mode.word());
            return Err(CommitFault::Failed(Fault::new(Kind::Config, "shape the output", said)));
        }
        let stream = self.ledger.stream(&target.stream);
        stream.book.bind(target).map_err(CommitFault::Failed)?;
        stream.book.table.clone_from(&target.table);
        self.targets.insert(target.stream.clone(), target.clone());
        Ok(Changes::default())
    }
}

impl Sink for StdoutSink {
    fn abilities(&self) -> Abilities {
        Abilities {
            modes: &[Mode::Append],
            cadence: Cadence { bytes: 8 << 20, time: Duration::from_secs(2), every_page: true },
            stages: false,
            checkpoint: None,
            many_partitions: false,
            eager: true,
        }
    }

    fn place(&self) -> String {
        match &self.options.state {
            Some(state) => format!("stdout, state in {}", state.display()),
            None => "stdout".to_owned(),
        }
    }

    fn open<'a>(&'a mut self, opening: &'a Opening) -> BoxFuture<'a, Result<Ledger, Fault>> {
        let (options, opening, out) = (self.options.clone(), opening.clone(), self.out.take());
        Box::pin(self.desk.place(move |on_it| {
            let before = on_it.take();
            let out = out.or(before.map(|printer| printer.out)).ok_or_else(not_open)?;
            let (ledger, told) = FileLedger::open(options.state.as_deref(), &opening)?;
            *on_it = Some(Printer {
                out,
                options,
                ledger,
                targets: BTreeMap::new(),
                now: opening.now,
                heading: None,
                table: None,
                buffer: Vec::new(),
            });
            Ok(told)
        }))
    }

    fn states<'a>(&'a mut self, stream: &'a str, of: &'a [PartitionKey]) -> BoxFuture<'a, Result<Vec<Known>, Fault>> {
        let (stream, of) = (stream.to_owned(), of.to_vec());
        let look = move |printer: &mut Printer| {
            let kept = printer.ledger.stream(&stream);
            Ok(of.iter().map(|partition| kept.book.known(partition)).collect())
        };
        Box::pin(async move { self.with(look).await.map_err(fault) })
    }

    fn shape<'a>(&'a mut self, target: &'a StreamTarget) -> BoxFuture<'a, Result<Changes, Fault>> {
        let target = target.clone();
        Box::pin(async move { self.with(move |printer| printer.shape(&target)).await.map_err(fault) })
    }

    fn build<'a>(&'a mut self, target: &'a StreamTarget, _: jiff::Timestamp) -> BoxFuture<'a, Result<Building, Fault>> {
        let said = format!("stream {} can't be replaced in an output", target.stream);
        Box::pin(std::future::ready(Err(Fault::new(Kind::Internal, "build a generation", said))))
    }

    fn stage<'a>(&'a mut self, part: &'a StreamPart) -> BoxFuture<'a, Result<Staged, Fault>> {
        let said = format!("rows of stream {} can't be staged in an output", part.stream);
        Box::pin(std::future::ready(Err(Fault::new(Kind::Internal, "stage", said))))
    }

    fn checkpoint<'a>(&'a mut self, _: &'a CommitUnit) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn commit(&mut self, unit: CommitUnit) -> BoxFuture<'_, Result<Counts, CommitFault>> {
        Box::pin(self.with(move |printer| printer.commit(unit)))
    }

    fn committed(&mut self, fence: Fence, seq: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move { self.with(move |printer| Ok(printer.ledger.is_done(fence, seq))).await.map_err(fault) })
    }

    fn promote<'a>(
        &'a mut self,
        stream: &'a str,
        _: Generation,
        _: &'a Promotion,
    ) -> BoxFuture<'a, Result<Counts, CommitFault>> {
        let said = format!("stream {stream} can't be replaced in an output");
        Box::pin(std::future::ready(Err(CommitFault::Failed(Fault::new(Kind::Internal, "promote", said)))))
    }

    fn close<'a>(&'a mut self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), Fault>> {
        let receipt = receipt.clone();
        Box::pin(self.desk.place(move |on_it| {
            let mut printer = on_it.take().ok_or_else(not_open)?;
            let flushed = printer.out.flush();
            printer.ledger.close(&receipt)?;
            flushed.map_err(|error| fault(unwritten(&error)))
        }))
    }
}
