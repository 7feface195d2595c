//! One behaviour for all destinations: each test runs over those that are able to do it.

#![allow(clippy::unwrap_used, reason = "a test that can't use its destination fails")]

#[path = "sinks/lab.rs"]
mod lab;

#[path = "sinks/append.rs"]
mod append;
#[path = "sinks/crash.rs"]
mod crash;
#[path = "sinks/files.rs"]
mod files;
#[path = "sinks/holders.rs"]
mod holders;
#[path = "sinks/output.rs"]
mod output;
#[path = "sinks/replace.rs"]
mod replace;
#[path = "sinks/sqlite.rs"]
mod sqlite;
#[path = "sinks/states.rs"]
mod states;
#[path = "sinks/upsert.rs"]
mod upsert;
