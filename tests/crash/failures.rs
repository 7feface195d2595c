//! One stream fails: the others do not.

use super::lab::{Lab, PAGES, To, receipt, told};
use serde_json::Value;
use weir::testing::mock::{Effect, Retry, Rule};

const THREE: &str = r"connector: shop
base: BASE/api/none
defaults:
  records: $.data
  key: id
  fields: { id: integer!, updated_at: timestamp! }
  query: { n: 20, page_size: 5 }
  paginate: { cursor: { next: $.next_cursor, into: query.cursor } }
  incremental: { field: updated_at, start: 2024-01-01T00:00:00Z, order: asc, client: true }
streams:
  first: { request: GET /cursor/items }
  second: { request: GET /offset/items, paginate: { offset: { into: query.offset, size: 5, total: $.total } } }
  third: { request: GET /page/items, paginate: { page: { into: query.page, total_pages: $.total_pages } } }
";

const FAMILY: &str = r"connector: shop
base: BASE/api/none
defaults: { records: $.data, key: id, paginate: { page: { into: query.page, total_pages: $.total_pages } } }
streams:
  projects: { request: GET /page/projects, fields: { id: integer! } }
  tasks:
    for_each: { project: projects }
    request: GET /page/projects/{{ project.id }}/tasks
    fields: { id: integer!, project_id: integer! }
  items: { request: GET /page/items, query: { n: 20 }, fields: { id: integer! } }
";

fn missing(lab: &Lab, path: &str) {
    lab.mock.rule(Rule::new(path, Effect::Status { status: 404, retry_after: Retry::Unsaid }));
}

fn coverage(receipt: &Value, stream: &str) -> (String, String) {
    let found = receipt["streams"].as_array().unwrap().iter().find(|of| of["stream"] == stream);
    let coverage = &found.unwrap_or_else(|| panic!("no {stream} in {receipt}"))["coverage"];
    (coverage["is"].as_str().unwrap().to_owned(), coverage.to_string())
}

#[test]
fn a_failing_stream_leaves_the_others_complete() {
    for to in [To::Sqlite, To::Jsonl] {
        let lab = Lab::with(to, THREE);
        missing(&lab, "/api/none/offset/items");
        let output = lab.sync(&[]).output().unwrap();
        let told = receipt(&output);
        assert_eq!(output.status.code(), Some(6), "{told}");
        for (stream, is) in [("first", "complete"), ("second", "failed"), ("third", "complete")] {
            assert_eq!(coverage(&told, stream).0, is, "{told}");
        }
        assert!(coverage(&told, "second").1.contains("404"), "{told}");
        assert_eq!((lab.ids("first").len(), lab.ids("second").len(), lab.ids("third").len()), (20, 0, 20));
        let covered = lab.states().into_iter().filter(|state| {
            state.state.as_ref().is_some_and(|state| state.open.is_none() && state.covered.position().is_some())
        });
        let covered: Vec<String> = covered.map(|state| state.stream).collect();
        assert_eq!(covered, ["first", "third"], "{to:?}");
        // What is mended is read; the others only look at their end.
        lab.mock.clear_rules();
        let output = lab.sync(&[]).output().unwrap();
        assert_eq!((output.status.code(), lab.ids("second").len()), (Some(0), 20), "{}", super::lab::told(&output));
    }
}

#[test]
fn a_stream_whose_parent_failed_is_skipped_with_the_cause() {
    let lab = Lab::with(To::Sqlite, FAMILY);
    missing(&lab, "/api/none/page/projects");
    let output = lab.sync(&[]).output().unwrap();
    let told = receipt(&output);
    let (is, whole) = coverage(&told, "tasks");
    assert_eq!((output.status.code(), is.as_str()), (Some(6), "skipped"), "{told}");
    assert!(whole.contains("projects") && whole.contains("404"), "{whole}");
    assert_eq!(coverage(&told, "projects").0, "failed");
    assert_eq!((coverage(&told, "items").0.as_str(), lab.ids("items").len()), ("complete", 20));
}

#[test]
fn all_failed_is_a_failure() {
    let lab = Lab::with(To::Sqlite, THREE);
    missing(&lab, "/api/*");
    let output = lab.sync(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(receipt(&output)["streams"].as_array().unwrap().len(), 3);
}

/// A destination that breaks in the middle: what was read and is not there is not called complete.
#[test]
fn what_the_destination_did_not_take_is_not_complete() {
    let lab = Lab::new(To::Sqlite);
    let child = lab.held_at("/api/none/cursor/items", 40, &mut lab.sync(&["items"]));
    let db = rusqlite::Connection::open(lab.folder.path().join("weir.db")).unwrap();
    db.busy_timeout(super::lab::LONG).unwrap();
    db.execute_batch("alter table _weir_state rename to elsewhere").unwrap();
    lab.mock.release_all();
    let output = child.wait_with_output().unwrap();
    let told = receipt(&output);
    assert_eq!(output.status.code(), Some(1), "{}", super::lab::told(&output));
    assert_ne!(coverage(&told, "items").0, "complete", "{told}");
    assert!(!told["failure"].is_null(), "{told}");
    db.execute_batch("alter table elsewhere rename to _weir_state").unwrap();
    let rest = lab.sync(&["items"]).output().unwrap();
    lab.check_end("items", &rest, PAGES + PAGES / 2, "after it was mended");
}
