//! What all examples need to talk to an API on this machine.

#![allow(dead_code, reason = "each example takes what it needs")]

use std::sync::Arc;
use weir::engine::Context;
use weir::expr::shorthand::host::Host;
use weir::fault::Fault;
use weir::http::{Network, NetworkOptions, Permissions};

/// The hosts of this machine that the user allows; without it a manifest may name public hosts only.
pub(crate) fn hosts() -> Vec<Host> {
    vec![Host { below: false, domain: "127.0.0.1".into(), port: None }]
}

/// The real network and clock.
pub(crate) fn context() -> Result<Context, Fault> {
    let permissions = Arc::new(Permissions { private: hosts(), cleartext: Vec::new() });
    let options = NetworkOptions { permissions: Arc::clone(&permissions), ..NetworkOptions::default() };
    Ok(Context::new(Arc::new(Network::new(options)?), permissions, 7))
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("this machine has a runtime").block_on(work)
}

pub(crate) fn print(text: &str) {
    #[expect(clippy::print_stdout, reason = "its output is its purpose")]
    {
        println!("{text}");
    }
}
