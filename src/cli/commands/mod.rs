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
use crate::expr::shorthand::host::{Host, parse_host};
use clap::{Subcommand, ValueEnum};

#[derive(Subcommand)]
pub(super) enum Command {
    Validate(validate::Args),
    Explain(explain::Args),
    Ls(ls::Args),
    Schema(schema::Args),
    Limits(limits::Args),
    Completions(completions::Args),
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
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

/// Reads a host that the user allows.
pub(super) fn private_host(text: &str) -> Result<Host, String> {
    parse_host(text).map_err(|problem| match problem.help {
        Some(help) => format!("{}; {help}", problem.message),
        None => problem.message,
    })
}
