//! What is ordered of a run: by the arguments of `weir sync`, or by an entry of `syncs` in `weir.yaml`.

use super::Exit;
use super::network::NetworkArgs;
use super::selection;
use super::surroundings::Surroundings;
use super::target::{self, Target, TargetArgs};
use super::ui::Ui;
use crate::diagnostic::clean;
use crate::engine::StreamOrder;
use crate::manifest;
use crate::name::{is_name, listed, nearest};
use crate::plan::Bound;
use crate::plan::project::SyncStream;
use crate::sinks;
use clap::ValueEnum;

/// How rows are written.
#[derive(clap::Args)]
#[command(next_help_heading = "Writing")]
pub(super) struct WriteArgs {
    /// How rows meet those that are there.
    #[arg(long, value_enum)]
    pub(super) mode: Option<Mode>,
    /// What becomes of rows that were deleted at the source.
    #[arg(long, value_enum)]
    pub(super) deletes: Option<Deletes>,
    /// Reads from the start, whatever the state is.
    #[arg(long)]
    pub(super) full: bool,
    /// Lets an empty read replace a table that has rows.
    #[arg(long)]
    pub(super) allow_empty: bool,
    /// Reads so many pages of each stream and no more; exit code 8 if there is more to do.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_pages: Option<u64>,
}

/// How rows meet those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// By key: new rows are added, known ones updated.
    Upsert,
    /// Rows are added.
    Append,
    /// A whole new table takes the old one's place.
    Replace,
}

/// What becomes of deleted rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Deletes {
    /// They are deleted.
    Hard,
    /// They stay, and are marked.
    Mark,
}

/// An entry of `syncs`.
pub(super) struct FoundSync {
    pub(super) target: Target,
    pub(super) to: String,
    pub(super) streams: Vec<StreamOrder>,
}

/// Finds the entry of `syncs` that the target names, if it names one.
pub(super) fn of_sync(
    args: &TargetArgs,
    network: &NetworkArgs,
    around: &Surroundings,
    ui: &mut Ui,
) -> Result<Option<FoundSync>, Exit> {
    let name = &args.target;
    if !is_name(name) {
        return Ok(None);
    }
    let Some(project) = target::project(around, &network.options(), ui)? else { return Ok(None) };
    let Some(sync) = project.known.syncs.get(name) else { return Ok(None) };
    if project.known.connections.contains_key(name) {
        let told = format!("`{name}` is a connection and an entry of `syncs` in `weir.yaml`");
        ui.error(&told, Some("give one of them another name"));
        return Err(Exit::Usage);
    }
    let streams = sync.streams.iter().map(|(name, stream)| of_entry(name, stream)).collect();
    let (from, to) = (sync.from.clone(), sync.to.clone());
    let target = project.connection(&from, args.params(), ui)?;
    Ok(Some(FoundSync { target, to, streams }))
}

fn of_entry(name: &str, stream: &SyncStream) -> StreamOrder {
    StreamOrder {
        stream: name.to_owned(),
        mode: Some(match stream.mode {
            manifest::Mode::Upsert => sinks::Mode::Upsert,
            manifest::Mode::Append => sinks::Mode::Append,
            manifest::Mode::Replace => sinks::Mode::Replace,
        }),
        table: Some(stream.table.clone()),
        columns: (!stream.columns.is_empty()).then(|| stream.columns.clone()),
        mark_deleted: stream.deletes.map(|deletes| deletes == manifest::Deletes::Mark),
        allow_empty: stream.allow_empty,
        ..StreamOrder::default()
    }
}

/// Keeps the streams that are named; all of them if none is.
pub(super) fn pick(orders: &mut Vec<StreamOrder>, names: &[String], sync: &str, ui: &mut Ui) -> Result<(), Exit> {
    for name in names {
        if orders.iter().any(|order| order.stream == *name) {
            continue;
        }
        let known = || orders.iter().map(|order| order.stream.as_str());
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its streams: {}", listed(known())),
        };
        ui.error(&format!("the sync `{}` has no stream `{}`", clean(sync), clean(name)), Some(&clean(&help)));
        return Err(Exit::Usage);
    }
    if !names.is_empty() {
        orders.retain(|order| names.contains(&order.stream));
    }
    Ok(())
}

/// Orders the streams that are named; none: all that are not hidden.
pub(super) fn of_target(
    bound: &Bound,
    names: &[String],
    write: &WriteArgs,
    ui: &mut Ui,
) -> Result<Vec<StreamOrder>, Exit> {
    let shown = bound.streams.iter().filter(|(_, stream)| !stream.plan.hidden).map(|(name, _)| name);
    let names: Vec<&String> = if names.is_empty() { shown.collect() } else { names.iter().collect() };
    let mut orders: Vec<StreamOrder> = Vec::new();
    for name in names {
        let stream = selection::stream(bound, name, ui)?;
        if write.mode == Some(Mode::Upsert) && stream.key.is_empty() {
            let told = format!("`--mode upsert` needs a key, and `{}` has none", clean(name));
            ui.error(&told, Some("use `append` or `replace`, or name the streams that have one"));
            return Err(Exit::Usage);
        }
        // Who names a stream twice wants it once.
        if orders.iter().all(|order| order.stream != *name) {
            let mut order = StreamOrder { stream: name.clone(), ..StreamOrder::default() };
            overrule(&mut order, write);
            orders.push(order);
        }
    }
    Ok(orders)
}

/// What the user writes on the command line wins.
pub(super) fn overrule(order: &mut StreamOrder, write: &WriteArgs) {
    if let Some(mode) = write.mode {
        order.mode = Some(match mode {
            Mode::Upsert => sinks::Mode::Upsert,
            Mode::Append => sinks::Mode::Append,
            Mode::Replace => sinks::Mode::Replace,
        });
    }
    if let Some(deletes) = write.deletes {
        order.mark_deleted = Some(deletes == Deletes::Mark);
    }
    order.full |= write.full;
    order.allow_empty |= write.allow_empty;
    order.pages = write.max_pages.or(order.pages);
}
