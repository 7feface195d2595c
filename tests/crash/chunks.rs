//! `weir read`: what is asked for and no more, and in pieces what one read gives.

use super::lab::{Lab, To, each, id, told};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Output, Stdio};
use weir::testing::mock::PAGINGS;

/// A stream for each kind of paging.
const KINDS: &str = r#"connector: shop
base: BASE/api/none
defaults: { records: $.data, key: id, fields: { id: integer!, name: string }, query: { n: 47, page_size: 5 } }
streams:
  none: { request: GET /none/items, paginate: none }
  link: { request: GET /link/items, records: $, paginate: link }
  url: { request: GET /url/items, paginate: { url: { next: $.next } } }
  url_relative: { request: GET /url_relative/items, paginate: { url: { next: $.next } } }
  cursor: { request: GET /cursor/items, paginate: { cursor: { next: $.next_cursor, into: query.cursor } } }
  page: { request: GET /page/items, paginate: { page: { into: query.page, total_pages: $.total_pages } } }
  offset: { request: GET /offset/items, paginate: { offset: { into: query.offset, size: 5, total: $.total } } }
  last: { request: GET /last/items, paginate: { last: { value: "{{ records[-1].id }}", into: query.after, while: $.has_more } } }
"#;

fn rows(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn chunks_give_what_one_read_gives() {
    each(&PAGINGS, |kind| {
        let lab = Lab::with(To::Sqlite, KINDS);
        let whole = lab.read(&[kind]).output().unwrap();
        assert_eq!((whole.status.code(), rows(&whole).len()), (Some(0), 47), "{kind}: {}", told(&whole));
        let (mut chunked, mut chunks) = (Vec::new(), 0);
        loop {
            let chunk = lab.read(&[kind, "--state", "s.json", "--max-pages", "2"]).output().unwrap();
            chunked.extend(rows(&chunk));
            chunks += 1;
            match chunk.status.code() {
                Some(8) if chunks < 20 => {}
                Some(0) => break,
                _ => panic!("{kind}, chunk {chunks}: {}", told(&chunk)),
            }
        }
        assert_eq!(chunked, rows(&whole), "{kind}");
        assert_eq!(chunks, if *kind == "none" { 1 } else { 5 }, "{kind}");
    });
}

/// No row is lost; the page is said again of which nobody can know whether it was read.
fn goes_on(lab: &Lab, before: &[Value], what: &str) -> Vec<Value> {
    let rest = lab.read(&["cursor", "--state", "s.json"]).output().unwrap();
    assert_eq!(rest.status.code(), Some(0), "{what}: {}", told(&rest));
    let after = rows(&rest);
    let all: BTreeSet<usize> = before.iter().chain(&after).map(id).collect();
    assert_eq!(all, (1..=47).collect(), "{what}: rows are lost");
    after
}

#[test]
fn a_state_file_survives_kills() {
    let cases = ["stdout.before_write", "stdout.after_write", "engine.before_commit", "engine.after_commit"];
    each(&cases, |point| {
        let lab = Lab::with(To::Sqlite, KINDS);
        let killed = lab.read(&["cursor", "--state", "s.json", "--fail-at", point]).output().unwrap();
        assert_eq!(killed.status.code(), None, "{point}: {}", told(&killed));
        let (before, after) = (rows(&killed), goes_on(&lab, &rows(&killed), point));
        // Only between the rows and the state can it not be known.
        let again = if *point == "stdout.after_write" { before.len() } else { 0 };
        assert_eq!(before.len() + after.len(), 47 + again, "{point}");
    });
    // Killed while the fourth page is held, when rows of the third were said: the first was durable before.
    let lab = Lab::with(To::Sqlite, KINDS);
    let mut child = lab.held_at("/api/none/cursor/items", 4, &mut lab.read(&["cursor", "--state", "s.json"]));
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut before = String::new();
    while before.lines().count() < 11 {
        assert!(out.read_line(&mut before).unwrap() > 0);
    }
    child.kill().unwrap();
    out.read_to_string(&mut before).unwrap();
    child.wait().unwrap();
    lab.mock.clear_rules();
    lab.mock.release_all();
    let before: Vec<Value> = before.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let after = goes_on(&lab, &before, "killed");
    assert!(id(&after[0]) > 5, "it began at row {}", id(&after[0]));
}

#[test]
fn a_limit_within_a_page_is_one_request() {
    let lab = Lab::with(To::Sqlite, &KINDS.replace("page_size: 5", "page_size: 10"));
    let output = lab.read(&["cursor", "--limit", "10", "--events", "jsonl:events"]).output().unwrap();
    assert_eq!((output.status.code(), rows(&output).len(), lab.requests()), (Some(0), 10, 1), "{}", told(&output));
    let events = lab.folder.read("events");
    let end: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert!(end.to_string().contains(r#""is":"asked""#), "{end}");
}

#[test]
fn who_has_read_enough_closes_the_pipe() {
    let lab = Lab::with(To::Sqlite, &KINDS.replace("n: 47, page_size: 5", "n: 4000, page_size: 200"));
    let mut child = lab.read(&["cursor"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(id(&serde_json::from_str(&line).unwrap()), 1);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(!told(&output).contains("error"), "{}", told(&output));
}
