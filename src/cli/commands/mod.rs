//! The commands, one file each: the arguments, whose doc comments are the help text, and what the command does.

mod check;
mod completions;
mod demo;
mod explain;
mod limits;
mod ls;
mod mock;
mod quarantine;
mod read;
mod receipt;
mod schema;
mod state;
mod sync;
mod validate;

use super::Exit;
use super::surroundings::Surroundings;
use super::ui::Ui;
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    Demo(demo::Args),
    Validate(validate::Args),
    Ls(ls::Args),
    Schema(schema::Args),
    Check(Box<check::Args>),
    Read(Box<read::Args>),
    Sync(Box<sync::Args>),
    Receipt(receipt::Args),
    State(state::Args),
    Quarantine(quarantine::Args),
    Explain(explain::Args),
    Limits(limits::Args),
    Mock(mock::Args),
    Completions(completions::Args),
}

impl Command {
    pub(super) fn run(self, ui: &mut Ui, around: &Surroundings) -> Exit {
        match self {
            Command::Demo(args) => demo::run(&args, ui, around),
            Command::Validate(args) => validate::run(&args, ui, around),
            Command::Ls(args) => ls::run(&args, ui, around),
            Command::Schema(args) => schema::run(&args, ui, around),
            Command::Check(args) => check::run(&args, ui, around),
            Command::Read(args) => read::run(&args, ui, around),
            Command::Sync(args) => sync::run(&args, ui, around),
            Command::Receipt(args) => receipt::run(&args, ui, around),
            Command::State(args) => state::run(&args, ui, around),
            Command::Quarantine(args) => quarantine::run(&args, ui, around),
            Command::Explain(args) => explain::run(&args, ui),
            Command::Limits(args) => limits::run(&args, ui),
            Command::Mock(args) => mock::run(&args, ui),
            Command::Completions(args) => completions::run(&args, ui),
        }
    }
}
