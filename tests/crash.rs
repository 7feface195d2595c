//! The program against the mock: killed at named points and while an answer is held, stopped, blocked, cut into pieces.
//! Nothing waits for time to pass: the mock says when a request is there, and a process says when it ended.

#![allow(clippy::unwrap_used, reason = "a test that can't read its files fails")]

mod support;

#[path = "crash/lab.rs"]
mod lab;

#[path = "crash/chunks.rs"]
mod chunks;
#[path = "crash/failures.rs"]
mod failures;
#[path = "crash/holders.rs"]
mod holders;
#[path = "crash/kills.rs"]
mod kills;
#[path = "crash/points.rs"]
mod points;
#[path = "crash/replace.rs"]
mod replace;
#[path = "crash/signals.rs"]
mod signals;
