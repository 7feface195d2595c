//! What tests of the engine need: a manifest in a text, a connection to the mock, a destination in memory.

use std::path::Path;
use std::sync::{Arc, Mutex};
use weir::engine::{Context, Order, StreamOrder, sync};
use weir::event::{Event, Listener, Receipt};
use weir::expr::shorthand::host::Host;
use weir::http::{Network, NetworkOptions, Permissions};
use weir::plan::{Bound, Options, connect_text};
use weir::sinks::Failpoint;
use weir::sinks::memory::{MemorySink, Store};

/// The user allows the mock's address, on any port.
pub(crate) fn local() -> Vec<Host> {
    vec![Host { below: false, domain: "127.0.0.1".into(), port: None }]
}

pub(crate) fn bound(manifest: &str, params: &[(&str, &str)]) -> Arc<Bound> {
    let options = Options { allow_private: local() };
    match connect_text(Path::new("manifest.yaml"), manifest.as_bytes(), params, &options) {
        Ok(bound) => bound,
        Err(fault) => panic!("{fault}"),
    }
}

/// A context over the real network of this machine.
pub(crate) fn context() -> Context {
    let permissions = Arc::new(Permissions { private: local(), cleartext: Vec::new() });
    let options = NetworkOptions { permissions: Arc::clone(&permissions), ..NetworkOptions::default() };
    Context::new(Arc::new(Network::new(options).unwrap()), permissions, 7)
}

pub(crate) fn order(streams: &[&str]) -> Order {
    let of = |stream: &&str| StreamOrder { stream: (*stream).to_owned(), ..StreamOrder::default() };
    Order { run: "test".into(), connection: "test".into(), streams: streams.iter().map(of).collect(), requests: None }
}

pub(crate) fn run(bound: &Arc<Bound>, order: &Order, store: &Arc<Mutex<Store>>, context: &Context) -> Receipt {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sink = MemorySink::new(Arc::clone(store), Failpoint::default());
    runtime.block_on(sync(Arc::clone(bound), order, Box::new(sink), context))
}

/// Keeps all events.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<Event>>);

impl Listener for Heard {
    fn tell(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}
