//! Aborted at named points: what is durable is whole, and the next run goes on from it.

use super::lab::{Lab, PAGES, To, each, told};

const ENGINE: [&str; 6] = [
    "engine.opened",
    "engine.before_commit",
    "engine.before_commit:2",
    "engine.after_commit",
    "engine.after_commit:2",
    "engine.before_close",
];
const SQLITE: [&str; 6] = [
    "sqlite.before_begin:2",
    "sqlite.after_state",
    "sqlite.after_state:2",
    "sqlite.before_commit",
    "sqlite.before_commit:2",
    "sqlite.after_commit:2",
];
const JSONL: [&str; 9] = [
    "jsonl.before_adopt",
    "jsonl.before_clean",
    "jsonl.after_stage",
    "jsonl.after_stage:2",
    "jsonl.after_checkpoint",
    "jsonl.after_checkpoint:2",
    "jsonl.after_rename",
    "jsonl.before_list",
    "jsonl.after_list",
];
const REPLACE: [&str; 7] = [
    "engine.before_promote",
    "engine.after_promote",
    "replace.before_build",
    "replace.before_swap",
    "replace.in_swap",
    "replace.before_commit",
    "replace.after_swap",
];
/// Crashes one after the other: what the first left is being taken over.
const TWICE: [&[&str]; 3] = [
    &["jsonl.after_checkpoint:2", "jsonl.before_adopt"],
    &["jsonl.after_checkpoint:2", "jsonl.before_clean"],
    &["jsonl.after_rename", "jsonl.before_clean", "jsonl.after_rename"],
];

struct Case {
    to: To,
    mode: &'static str,
    stream: &'static str,
    points: Vec<&'static str>,
}

fn run(case: &Case) {
    let lab = Lab::new(case.to);
    let what = format!("{:?} {} {} {:?}", case.to, case.mode, case.stream, case.points);
    for point in &case.points {
        // A unit of files is large: its points are reached at the end of a stream.
        let point =
            if case.to == To::Jsonl && point.starts_with("engine.") { point.split(':').next().unwrap() } else { point };
        let output = lab.sync(&["--mode", case.mode, case.stream, "--fail-at", point]).output().unwrap();
        assert_eq!(output.status.code(), None, "{what}: {point} was not reached: {}", told(&output));
        lab.check(case.stream, case.mode == "replace", &what);
    }
    let output = lab.sync(&["--mode", case.mode, case.stream]).output().unwrap();
    // What was over when it crashed is not gone on with: the next run is a new one.
    let over = ["engine.before_close", "engine.after_promote", "replace.after_swap"].contains(&case.points[0]);
    let anew = if over && (case.mode == "replace" || case.stream != "items") { PAGES } else { 0 };
    let crashes = case.points.len() as u64;
    lab.check_end(case.stream, &output, PAGES + anew + crashes * PAGES / 2, &what);
}

fn all(to: To, mode: &'static str, streams: &[&'static str], points: &[&[&'static str]]) {
    let mut cases = Vec::new();
    for (at, point) in points.iter().flat_map(|points| points.iter()).enumerate() {
        cases.push(Case { to, mode, stream: streams[at % streams.len()], points: vec![*point] });
    }
    each(&cases, run);
}

#[test]
fn sqlite_upsert() {
    all(To::Sqlite, "upsert", &["items", "plain", "counted"], &[&ENGINE, &SQLITE]);
}

#[test]
fn sqlite_append() {
    all(To::Sqlite, "append", &["items"], &[&ENGINE, &SQLITE]);
}

#[test]
fn sqlite_replace() {
    all(To::Sqlite, "replace", &["items", "plain", "counted"], &[&ENGINE, &SQLITE, &REPLACE]);
}

#[test]
fn jsonl_append() {
    all(To::Jsonl, "append", &["items"], &[&ENGINE, &JSONL]);
}

#[test]
fn jsonl_replace() {
    all(To::Jsonl, "replace", &["items", "plain", "counted"], &[&ENGINE, &JSONL, &REPLACE]);
}

#[test]
fn jsonl_again_and_again() {
    let case = |mode: &'static str, points: &&[&'static str]| Case {
        to: To::Jsonl,
        mode,
        stream: "items",
        points: points.to_vec(),
    };
    let cases: Vec<Case> = TWICE.iter().flat_map(|points| [case("append", points), case("replace", points)]).collect();
    each(&cases, run);
}
