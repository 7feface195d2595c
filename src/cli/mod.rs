//! The command line.
//!
//! Environment, terminal and arguments are read here once and passed down; a command returns how it ended, and prints
//! by `ui::Ui` alone.

mod arguments;
mod clock;
mod columns;
mod commands;
mod condition;
mod connector;
mod destination;
mod document;
mod ledger;
mod network;
mod orders;
mod ports;
mod progress;
mod selection;
mod session;
mod signals;
mod stdout;
mod surroundings;
mod table;
mod target;
mod targets;
mod ui;

pub use crate::event::Exit;

use clap::Parser;
use commands::Command;
use std::process::ExitCode;
use surroundings::Surroundings;
use ui::Ui;

/// Reads APIs by connectors that are written as data, and brings their rows where you need them.
///
/// A connector is one file, the manifest: it says what an API's parameters, authentication, streams, pagination and
/// types are. Everything in it is checked before the first request is sent.
#[derive(Parser)]
#[command(name = "weir", version, max_term_width = 100, after_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Prints results and errors only.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Prints notes in full.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

const AFTER: &str = "\
Begin here:
  weir demo                         what it does, in some seconds, without a network and without settings
  weir validate manifests/pokeapi   check a connector
  weir ls manifests/pokeapi         list its streams
  weir read manifests/pokeapi pokemon --limit 10
  weir sync manifests/pokeapi       bring all of it into weir.db, and later only what is new
  weir receipt                      what the last sync read, what it did not, and how that is known
  weir explain E0101                what a code means, with a wrong and a right example

Results go to stdout and everything else to stderr.
Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 manifest invalid, 4 a setting or secret is missing, 5 the API refused the
credentials, 6 not clean, 8 a budget or a rate limit ended it, 9 contract broken, 130 interrupted.";

/// Runs the program.
pub fn main() -> ExitCode {
    let around = Surroundings::read();
    let mut ui = Ui::new(&around);
    let exit = match Cli::try_parse_from(std::env::args_os()) {
        Ok(cli) => {
            (ui.quiet, ui.verbose) = (cli.quiet, cli.verbose);
            cli.command.run(&mut ui, &around)
        }
        Err(told) if told.use_stderr() => {
            ui.aside(&told.render().ansi().to_string());
            Exit::Usage
        }
        Err(help) => {
            ui.result(&help.render().ansi().to_string());
            Exit::Ok
        }
    };
    ui.finish(exit).into()
}
