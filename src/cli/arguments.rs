//! Arguments that several commands take.

use crate::expr::shorthand::host::{Host, parse_host};
use clap::ValueEnum;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Reads a host that the user allows.
pub(super) fn private_host(text: &str) -> Result<Host, String> {
    parse_host(text).map_err(|problem| match problem.help {
        Some(help) => format!("{}; {help}", problem.message),
        None => problem.message,
    })
}
