//! `weir demo`.

mod changes;
mod kill;
mod sabotage;
mod stage;

use crate::cli::Exit;
use crate::cli::surroundings::Surroundings;
use crate::cli::ui::Ui;

/// Shows what Weir does, in some seconds and without a network.
///
/// It starts an API in this process, syncs it into SQLite, changes the data, syncs again, and shows what the table says
/// changed, the receipt, and how many requests each sync took. Everything it writes is in a folder of its own below
/// `weir-demo/`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir demo                what changed is read again, and nothing else
  weir demo --sabotage     the API drops a page, shrinks its total and repeats a cursor; the receipts tell
  weir demo --kill         a sync is killed three times; no row is lost and none stands twice

`--sabotage` ends with 6, for its receipt is not clean; the others with 0.")]
pub(in crate::cli) struct Args {
    /// Has the API lie.
    #[arg(long, conflicts_with = "kill")]
    sabotage: bool,
    /// Kills the sync at three named points.
    #[arg(long)]
    kill: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    let shown = match args {
        Args { kill: true, .. } => kill::run(ui, around),
        Args { sabotage: true, .. } => sabotage::run(ui, around),
        Args { .. } => changes::run(ui, around),
    };
    shown.unwrap_or_else(|exit| exit)
}
