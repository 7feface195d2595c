//! The program itself against servers that misbehave: one test for each case, named after it.
//!
//! The table of manifests is `scenarios/manifests`. The server is the project's own mock, in this process; where
//! `WEIR_FAULTS_A` and `WEIR_FAULTS_B` hold addresses, it is another one that speaks the same (`scripts/faults`).
//! Cases that name no scenario of that server stand in `alone` and `connectors`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]
#![allow(clippy::type_complexity, clippy::large_stack_arrays, reason = "tables of cases, and the bytes of a server")]

mod support;

#[path = "scenarios/alone.rs"]
mod alone;
#[path = "scenarios/connectors.rs"]
mod connectors;
#[path = "scenarios/destination.rs"]
mod destination;
#[path = "scenarios/egress.rs"]
mod egress;
#[path = "scenarios/http.rs"]
mod http;
#[path = "scenarios/json.rs"]
mod json;
#[path = "scenarios/lab.rs"]
mod lab;
#[path = "scenarios/paging.rs"]
mod paging;
#[path = "scenarios/run.rs"]
mod run;
#[path = "scenarios/scripted.rs"]
mod scripted;
#[path = "scenarios/server.rs"]
mod server;
#[path = "scenarios/state.rs"]
mod state;
#[path = "scenarios/template.rs"]
mod template;
