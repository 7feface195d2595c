//! Arguments that several commands take.

use crate::expr::shorthand::host::{Host, parse_host};
use clap::ValueEnum;
use std::net::Ipv6Addr;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// The same as JSON, for people and programs.
    Yaml,
}

/// Reads a host that the user allows; an address of version 6 stands in brackets, `[::1]:8080`.
pub(super) fn private_host(text: &str) -> Result<Host, String> {
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| format!("`{address}` is no address"))?;
        let port = rest.strip_prefix(':').map(str::parse).transpose();
        let port = port.map_err(|_| "a port is a number up to 65535".to_owned())?;
        return Ok(Host { below: false, domain: format!("[{address}]"), port });
    }
    parse_host(text).map_err(|problem| match problem.help {
        Some(help) => format!("{}; {help}", problem.message),
        None => problem.message,
    })
}
