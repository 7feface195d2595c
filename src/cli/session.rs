//! A run from the command line: its context, its signals, what it tells, and how it ends.

use super::Exit;
use super::clock;
use super::network::NetworkArgs;
use super::ports;
use super::progress::{Events, Show, Teller};
use super::signals;
use super::surroundings::{Aside, Surroundings};
use super::ui::Ui;
use crate::diagnostic::clean;
use crate::engine::{Clock, Context, Failpoints, RunLimits, SystemClock};
use crate::event::Listener;
use crate::fault::{Fault, Kind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Options of everything that runs.
#[derive(Default, clap::Args)]
pub(super) struct SessionArgs {
    #[command(flatten)]
    pub(super) network: NetworkArgs,
    /// Writes each event as a line of JSON, to stderr (`jsonl`) or to a file (`jsonl:FILE`).
    #[arg(long, value_name = "jsonl[:FILE]", value_parser = events)]
    events: Option<EventsTo>,
    /// Draws all chance from this number.
    #[arg(long, hide = true)]
    seed: Option<u64>,
    /// Makes rows durable at least so often, in milliseconds.
    #[arg(long, hide = true, value_name = "MS")]
    commit_every: Option<u64>,
    /// Aborts the program at a named point, `NAME` or `NAME:3` for the third time.
    #[arg(long, hide = true, value_parser = fail_at)]
    fail_at: Option<(String, u32)>,
}

impl SessionArgs {
    /// Returns those of a command that has no more than a network.
    pub(super) fn of(network: NetworkArgs) -> Self {
        Self { network, ..Self::default() }
    }

    /// Says whether stderr is read by a program: it gets events and nothing else.
    pub(super) fn events_on_stderr(&self) -> bool {
        self.events == Some(EventsTo::Stderr)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum EventsTo {
    Stderr,
    File(PathBuf),
}

fn events(text: &str) -> Result<EventsTo, String> {
    match text.split_once(':') {
        None if text == "jsonl" => Ok(EventsTo::Stderr),
        Some(("jsonl", file)) if !file.is_empty() => Ok(EventsTo::File(file.into())),
        _ => Err("write `jsonl` or `jsonl:FILE`".into()),
    }
}

fn fail_at(text: &str) -> Result<(String, u32), String> {
    match text.rsplit_once(':') {
        None => Ok((text.to_owned(), 1)),
        Some((name, nth)) => match nth.parse() {
            Ok(nth) if nth > 0 => Ok((name.to_owned(), nth)),
            _ => Err("write `NAME` or `NAME:3`".into()),
        },
    }
}

/// A run that can begin.
pub(super) struct Session {
    pub(super) context: Context,
    pub(super) teller: Arc<Teller>,
    runtime: Runtime,
}

impl Session {
    /// Makes ready; what is missing is told. From now on the first signal cancels and the second ends the program.
    pub(super) fn open(args: &SessionArgs, around: &Surroundings, ui: &mut Ui) -> Result<Self, Exit> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let show = match around.err {
            _ if ui.quiet => Show::Nothing,
            Aside::Terminal => Show::Moving,
            Aside::Piped | Aside::Dumb => Show::Plain,
        };
        let events = match &args.events {
            None => None,
            Some(EventsTo::Stderr) => Some(Events::Stderr),
            Some(EventsTo::File(path)) => match std::fs::File::create(path) {
                Ok(file) => Some(Events::To(Box::new(file))),
                Err(error) => {
                    let told = format!("`{}` can't be written: {error}", clean(&path.display().to_string()));
                    ui.error(&told, None);
                    return Err(Exit::Usage);
                }
            },
        };
        let wires = args.network.wires(ui)?;
        let commit_every = args.commit_every.map(Duration::from_millis);
        let context_limits = RunLimits { commit_every, ..args.network.limits() };
        let transport = ports::transport(&wires, context_limits.concurrency).map_err(|fault| fail(&fault, ui))?;
        let teller = Arc::new(Teller::new(show, events, ui.lines(), Arc::clone(&clock)));
        let trace = if args.network.trace { ports::trace(teller.beside(ui.lines())) } else { None };
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                ui.error(&format!("the program can't start: {error}"), None);
                return Err(Exit::Failed);
            }
        };
        let context = Context {
            clock,
            listener: Arc::clone(&teller) as Arc<dyn Listener>,
            limiter: ports::limiter(),
            trace,
            limits: context_limits,
            failpoints: args.fail_at.clone().map(failpoints).unwrap_or_default(),
            ..Context::new(transport, wires.permissions, args.seed.unwrap_or_else(clock::seed))
        };
        let listening = Arc::clone(&teller);
        signals::watch(&context.cancel, move |text| listening.say(text));
        Ok(Self { context, teller, runtime })
    }

    /// Runs to the end, and tells meanwhile what becomes due.
    pub(super) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let done = self.runtime.block_on(async {
            let mut work = std::pin::pin!(work);
            let mut tick = tokio::time::interval(Duration::from_millis(250));
            loop {
                tokio::select! {
                    done = &mut work => return done,
                    _ = tick.tick() => self.teller.tick(),
                }
            }
        });
        self.teller.clear();
        done
    }
}

fn failpoints((name, nth): (String, u32)) -> Failpoints {
    let hits = AtomicU32::new(0);
    Failpoints::new(move |hit| {
        if hit == name && hits.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            std::process::abort();
        }
    })
}

/// Tells a failure outside a run, and says what to end with.
pub(super) fn fail(fault: &Fault, ui: &mut Ui) -> Exit {
    ui.error(&clean(&fault.to_string()), None);
    exit_of(fault.kind())
}

/// Says what to end with after a failure of this kind.
pub(super) fn exit_of(kind: Kind) -> Exit {
    match kind {
        Kind::Config => Exit::Config,
        Kind::Auth => Exit::Auth,
        Kind::Quota => Exit::Budget,
        Kind::Contract => Exit::Contract,
        Kind::Network | Kind::Source | Kind::Data | Kind::Destination | Kind::Internal => Exit::Failed,
    }
}

/// Runs what asks no API, such as looking into a ledger.
pub(super) fn alone<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_a_run_are_read() {
        assert_eq!(events("jsonl"), Ok(EventsTo::Stderr));
        assert_eq!(events("jsonl:a:b"), Ok(EventsTo::File("a:b".into())));
        assert!(["", "json", "jsonl:", "csv:x"].iter().all(|text| events(text).is_err()));
        assert_eq!(fail_at("before_commit"), Ok(("before_commit".into(), 1)));
        assert_eq!(fail_at("a:3"), Ok(("a".into(), 3)));
        assert!(["a:0", "a:x", "a:"].iter().all(|text| fail_at(text).is_err()));
    }
}
