//! `weir completions`.

use crate::cli::ui::Ui;
use crate::cli::{Cli, Exit};
use clap::CommandFactory as _;
use clap_complete::Shell;

/// Prints completions for a shell.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir completions bash > ~/.local/share/bash-completion/completions/weir
  weir completions zsh > ~/.zfunc/_weir
  weir completions fish > ~/.config/fish/completions/weir.fish")]
pub(in crate::cli) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "weir", &mut script);
    ui.result(&String::from_utf8_lossy(&script));
    Exit::Ok
}
