//! `weir read`.

use crate::cli::Exit;
use crate::cli::columns;
use crate::cli::ports::{self, Out, RowFormat};
use crate::cli::selection;
use crate::cli::session::{self, Session, SessionArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::target::{self, TargetArgs, pair};
use crate::cli::ui::Ui;
use crate::cli::{clock, stdout};
use crate::engine::{self, Filter, Order, StreamOrder};
use crate::event::Event;
use crate::plan::BoundStream;
use crate::report::receipt;
use crate::sinks::Mode;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Reads the rows of a stream to stdout.
///
/// Rows come as they arrive, as a table on a terminal and as JSON lines elsewhere. Without `--state` a stream is read
/// from its start each time; with it, only what is new since the last time, and a read that was cut short goes on.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir read manifests/pokeapi pokemon --limit 10            ten rows, in a table
  weir read shop orders --columns id,total                  a connection of `weir.yaml`
  weir read shop orders --where \"status = 'open' and created_at >= 2024-01-01\"
  weir read shop orders --partition customer=17             of one customer
  weir read shop orders --state orders.json >> orders.jsonl only what is new
  weir read shop orders --state s.json --max-pages 5        in pieces; exit 8: there is more

A condition is `column = value` with = != < <= > >= in like `is null`; they are joined by `and`.
The run says which of them the API tests, and which are tested here.
Exit codes: 0 all that was asked for, 1 failed, 2 wrong usage, 3 manifest invalid, 4 a setting or
secret is missing, 5 the API refused the credentials, 6 not clean, 8 a budget or a rate limit
ended it, 9 contract broken, 130 interrupted.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// The stream.
    #[arg(value_name = "STREAM")]
    stream: String,
    /// Reads so many rows and no more.
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Reads these columns only.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Reads rows for which this holds, for example "status = 'open'".
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Reads partitions with this value only.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    partition: Vec<(String, String)>,
    /// How rows are written: `table` on a terminal, else `jsonl`, unless given.
    #[arg(long, value_enum)]
    format: Option<RowFormat>,
    /// Reads from the start, whatever the state is.
    #[arg(long)]
    full: bool,
    /// Keeps in this file how far was read, and goes on from there.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Reads so many pages and no more; exit code 8 if there is more to do.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_pages: Option<u64>,
    #[command(flatten)]
    session: SessionArgs,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    try_run(args, ui, around).unwrap_or_else(|exit| exit)
}

fn try_run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let target = target::open(&args.target, &args.session.network, around, ui)?;
    let stream = selection::stream(&target.bound, &args.stream, ui)?;
    selection::partition(&target.bound, stream, &args.partition, ui)?;
    let filter = if args.columns.is_empty() && args.conditions.is_empty() {
        Vec::new()
    } else {
        let row = columns::of(stream).map_err(|why| {
            ui.error(&why, Some("read it without `--columns` and `--where`"));
            Exit::Usage
        })?;
        selection::columns(&args.stream, &row, &args.columns, ui)?;
        selection::filters(&row, &args.conditions, ui)?
    };
    let tested = tested(stream, &filter);
    let session = Session::open(&args.session, around, ui)?;
    let plain = if around.out_is_terminal { RowFormat::Table } else { RowFormat::Jsonl };
    let format = args.format.unwrap_or(plain);
    let (to, closed) = stdout::writer(session.context.cancel.clone());
    let out = Out { format, to: session.teller.beside(to), width: around.width, state: args.state.clone() };
    let sink = ports::out(out, &session.context.failpoints).map_err(|fault| session::fail(&fault, ui))?;
    let order = Order {
        run: clock::run_id(),
        connection: target.connection.clone(),
        streams: vec![StreamOrder {
            stream: args.stream.clone(),
            mode: Some(Mode::Append),
            columns: (!args.columns.is_empty()).then(|| args.columns.clone()),
            full: args.full,
            limit: args.limit,
            pages: args.max_pages,
            partition: args.partition.clone(),
            filter,
            ..StreamOrder::default()
        }],
        requests: args.session.network.max_requests,
    };
    for text in tested {
        session.context.listener.tell(&Event::Settings { stream: Some(args.stream.clone()), text });
    }
    let receipt = session.run(engine::sync(target.bound, &order, sink, &session.context));
    if let Some(exit) = closed.exit(ui) {
        return Ok(exit);
    }
    let exit = receipt.exit();
    // Rows are the answer; of how they came only what is wrong is told at length.
    if exit != Exit::Ok && !args.session.events_on_stderr() {
        ui.aside(&receipt::text(&receipt));
    }
    Ok(exit)
}

/// Says where conditions are tested: by the API, which sends less then, or here.
fn tested(stream: &BoundStream, filter: &[Filter]) -> Vec<String> {
    let (there, here): (Vec<&Filter>, Vec<&Filter>) =
        filter.iter().partition(|filter| engine::pushed_down(stream, filter));
    let columns = |filters: &[&Filter]| {
        let columns: BTreeSet<&str> = filters.iter().map(|filter| filter.column.as_str()).collect();
        columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
    };
    let mut told = Vec::new();
    if !there.is_empty() {
        told.push(format!("the API filters by {}", columns(&there)));
    }
    if !here.is_empty() {
        told.push(format!("{} is filtered here, for the API can't filter by it", columns(&here)));
    }
    told
}
