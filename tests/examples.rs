//! The examples of the library do what they say. `cargo test` builds them beside the tests.

#![allow(clippy::unwrap_used, reason = "an example that can't be run fails")]

use std::process::Command;

#[track_caller]
fn says(example: &str, parts: &[&str]) {
    let folder = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples");
    let program = folder.join(example).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "build it: `cargo build --examples`, or run the whole `cargo test`");
    let run = Command::new(program).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{out}{}", String::from_utf8_lossy(&run.stderr));
    for part in parts {
        assert!(out.contains(part), "`{part}` is not in\n{out}");
    }
}

#[test]
fn a_stream_is_read_into_batches() {
    says("read_stream", &["1000 rows in 10 requests: Complete"]);
}

#[test]
fn a_sink_counts_rows() {
    says("custom_sink", &["items has 2 columns", " rows of items, 1 states", "100 requests", "ends with 0"]);
}

#[test]
fn a_source_gives_rows_to_a_stream() {
    says("custom_source", &["2 rows of sensor, at, celsius", "0 requests: Complete"]);
}
