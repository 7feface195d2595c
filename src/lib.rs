//! Weir, a declarative connector runtime: a connector is a manifest, and one engine reads the API that it describes into
//! typed Arrow batches and brings them, with the state that covers them, into a destination.
//!
//! # Begin here
//!
//! [`connect`] takes a manifest to a connection, [`read`] gives its rows as batches, [`sync`] brings them into a
//! [`Sink`]. `examples/read_stream.rs` is the shortest whole program; `custom_sink.rs` and `custom_source.rs` stand beside
//! it.
//!
//! # The house
//!
//! Modules stand on a ladder and import downwards only:
//!
//! ```text
//!  cli                                 the program: arguments, environment, printing
//!  testing                             the mock API, and the demo
//!  report                              events and receipts as text and JSON
//!  engine                              runs a plan: passes, pages, units, resume
//!  sinks                               destinations, each the ledger of its own state
//!  plan                                compile a manifest, bind it to params
//!  manifest                            the types of a document, its structural check, its schema
//!  components                          the vocabulary: one kind, one file
//!  http                                the network: gate, deadlines, retries, rates
//!  event                               what a run tells, and its receipt
//!  state                               positions, passes, pages: what survives a run
//!  expr                                templates, places, short forms
//!  data                                values, column types, batches, JSON
//!  diagnostic, secret, fault, name     findings, secrets, failures, names
//!  text                                bytes in, a tree with places out
//! ```
//!
//! `ARCHITECTURE.md` says what each must not know; `docs/commit.md` how rows and state become durable together.

pub mod cli;
pub mod components;
pub mod data;
pub mod diagnostic;
pub mod engine;
pub mod event;
pub mod expr;
pub mod fault;
pub mod http;
pub mod manifest;
pub mod name;
pub mod plan;
pub mod report;
pub mod secret;
pub mod sinks;
pub mod state;
pub mod testing;
pub mod text;

pub use engine::source::{Ask, Fetched, PageSource};
pub use engine::{Batch, Clock, Context, Order, Rows, RunLimits, StreamOrder, check, partitions, read, sync};
pub use event::{Event, Exit, Listener, Receipt, StreamReceipt};
pub use fault::Fault;
pub use http::{Network, NetworkOptions, Permissions, Transport};
pub use plan::{Bound, Options, Plan, connect, connect_text};
pub use sinks::{CommitUnit, Ledger, Mode, Sink};
