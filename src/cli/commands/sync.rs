//! `weir sync`.

use crate::cli::arguments::Format;
use crate::cli::destination::{self, DEFAULT, Destination};
use crate::cli::orders::{self, WriteArgs};
use crate::cli::session::{self, Session, SessionArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::target::{self, Target, TargetArgs};
use crate::cli::ui::Ui;
use crate::cli::{Exit, clock, ports};
use crate::diagnostic::clean;
use crate::engine::{self, Order, StreamOrder};
use crate::report::{self, receipt};

/// Brings the rows of streams into a destination, and keeps it up to date.
///
/// Run it again and only what is new is read. Rows and how far was read become durable together: kill it at any moment
/// and run it again, and nothing is lost and nothing stands twice. At the end a receipt says what is complete and how
/// that is known.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir sync manifests/pokeapi                       all streams into `weir.db`
  weir sync shop orders customers                   two streams of a connection of `weir.yaml`
  weir sync shop --to jsonl:./out                   into folders of JSON lines
  weir sync shop orders --mode replace --full       a whole new table
  weir sync nightly                                 an entry of `syncs` in `weir.yaml`
  weir sync shop --format json | jq .streams        the receipt, for programs

A stream with key and position is written by `upsert`, one with a position by `append`, any other by `replace`.
The first Ctrl-C commits what was read and ends; the same command goes on from there.
Exit codes: 0 all is complete and clean, 1 failed, 2 wrong usage, 3 manifest invalid, 4 a setting or secret is missing,
5 the API refused the credentials, 6 not clean, 8 a budget or a rate limit ended it, 9 contract broken, 130 interrupted.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// The streams; all that are not hidden without one.
    #[arg(value_name = "STREAM")]
    streams: Vec<String>,
    /// The destination: `sqlite:FILE`, `jsonl:FOLDER`, or a name of `destinations` in `weir.yaml`. [default: sqlite:weir.db]
    #[arg(long, value_name = "KIND:PLACE")]
    to: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    /// How the receipt is written: for people on stderr, or as JSON on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    session: SessionArgs,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    try_run(args, ui, around).unwrap_or_else(|exit| exit)
}

fn try_run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let (target, destination, streams) = what(args, ui, around)?;
    let session = Session::open(&args.session, around, ui)?;
    let sink = ports::sink(&destination, &session.context.failpoints).map_err(|fault| session::fail(&fault, ui))?;
    let order = Order {
        run: clock::run_id(),
        connection: target.connection.clone(),
        streams,
        requests: args.session.network.max_requests,
    };
    let receipt = session.run(engine::sync(target.bound, &order, sink, &session.context));
    let exit = receipt.exit();
    match args.format {
        Format::Json | Format::Yaml => {
            ui.value(args.format, &report::receipt_json(&receipt));
            // Of what hinders streams they told themselves.
            if let (Some(failure), false) = (&receipt.failure, args.session.events_on_stderr()) {
                ui.error(&clean(&failure.message), None);
            }
        }
        // The last event holds it.
        Format::Text if args.session.events_on_stderr() => {}
        // What is wrong is told even to who asked for quiet.
        Format::Text if exit != Exit::Ok => ui.aside(&format!("\n{}", receipt::text(&receipt))),
        Format::Text => ui.status(format!("\n{}", receipt::text(&receipt)).trim_end()),
    }
    Ok(exit)
}

/// Finds what is to be synced: an entry of `syncs`, or streams of a target.
fn what(args: &Args, ui: &mut Ui, around: &Surroundings) -> Result<(Target, Destination, Vec<StreamOrder>), Exit> {
    if let Some(mut found) = orders::of_sync(&args.target, &args.session.network, around, ui)? {
        let to = args.to.as_ref().unwrap_or(&found.to);
        let destination = destination::open(to, found.target.project.as_ref(), ui)?;
        orders::pick(&mut found.streams, &args.streams, &args.target.target, ui)?;
        found.streams.iter_mut().for_each(|stream| orders::overrule(stream, &args.write));
        return Ok((found.target, destination, found.streams));
    }
    let target = target::open(&args.target, &args.session.network, around, ui)?;
    let destination = target::destination(&target, args.to.as_deref().unwrap_or(DEFAULT), ui)?;
    let streams = orders::of_target(&target.bound, &args.streams, &args.write, ui)?;
    Ok((target, destination, streams))
}
