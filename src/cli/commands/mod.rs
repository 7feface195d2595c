//! The commands, one file each: the arguments, whose doc comments are the help text, and what the command does.

mod completions;
mod explain;
mod limits;
mod ls;
mod schema;
mod validate;

use super::Exit;
use super::surroundings::Surroundings;
use super::ui::Ui;
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    Validate(validate::Args),
    Explain(explain::Args),
    Ls(ls::Args),
    Schema(schema::Args),
    Limits(limits::Args),
    Completions(completions::Args),
}

impl Command {
    pub(super) fn run(self, ui: &mut Ui, around: &Surroundings) -> Exit {
        match self {
            Command::Validate(args) => validate::run(&args, ui, around),
            Command::Explain(args) => explain::run(&args, ui),
            Command::Ls(args) => ls::run(&args, ui),
            Command::Schema(args) => schema::run(&args, ui),
            Command::Limits(args) => limits::run(&args, ui),
            Command::Completions(args) => completions::run(&args, ui),
        }
    }
}
