//! Weir, a declarative connector runtime.
//!
//! A connector is a manifest. It goes down a short ladder of modules, each of which imports only those before it:
//!
//! ```text
//! text → diagnostic, secret, fault, name → data → expr → components → manifest → plan → cli
//! ```

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
