//! Stopped by a signal: what was read is committed, and the same command goes on.

use super::lab::{Lab, ROWS, To, told};
use rusqlite::Connection;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long a whole process takes to end can only be taken from the clock")]
fn the_first_signal_commits_what_was_read() {
    for (to, name) in [(To::Sqlite, "-TERM"), (To::Jsonl, "-INT")] {
        let lab = Lab::new(to);
        let child = lab.held_at("/api/none/cursor/items", 21, &mut lab.sync(&["--mode", "append", "items"]));
        let begin = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
        assert_eq!(output.status.code(), Some(130), "{to:?}: {}", told(&output));
        assert!(told(&output).contains("run the same command again"), "{to:?}: {}", told(&output));
        assert!(!told(&output).contains("bug"), "{to:?}: {}", told(&output));
        // All that was answered is durable.
        assert_eq!(lab.ids("items"), (1..=100).collect::<Vec<_>>(), "{to:?}");
        lab.check("items", false, &format!("{to:?}"));
        lab.mock.clear_rules();
        lab.mock.release_all();
        let rest = lab.sync(&["--mode", "append", "items"]).output().unwrap();
        assert!(rest.status.success(), "{to:?}: {}", told(&rest));
        assert_eq!(lab.ids("items"), (1..=ROWS).collect::<Vec<_>>(), "{to:?}");
        assert!(lab.requests() <= 43, "{to:?}: {} requests", lab.requests());
    }
}

/// What is open when a run is stopped is named; what is not begun is no partition.
#[test]
fn a_run_that_is_stopped_says_what_is_open() {
    let manifest = "connector: shop
base: BASE/api/none
defaults: { records: $.data, key: id, paginate: { cursor: { next: $.next_cursor, into: query.cursor } } }
limits: { concurrency: 1 }
streams:
  projects: { request: GET /cursor/projects, hidden: true, fields: { id: integer! } }
  tasks:
    for_each: { project: projects }
    request: GET /cursor/projects/{{ project.id }}/tasks
    fields: { id: integer! }
";
    let lab = Lab::with(To::Sqlite, manifest);
    let child = lab.held_at("/api/none/cursor/projects/3/tasks", 2, &mut lab.sync(&["tasks"]));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let tasks = &receipt["streams"][0];
    let unread: Vec<&str> = tasks["coverage"]["unread"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unread| unread["partition"].as_str().unwrap())
        .collect();
    assert!(unread.contains(&r#"{"project":{"id":3}}"#) && unread.contains(&"*"), "{receipt:#}");
    let text = lab.weir(&["receipt"]).output().unwrap();
    let complete = format!("2 of {} partitions", tasks["partitions"]);
    assert!(told(&text).contains(&complete), "{complete}: {}", told(&text));
    lab.mock.clear_rules();
    lab.mock.release_all();
}

/// The destination can't be written to, so the first signal alone would wait for it.
#[test]
fn the_second_signal_ends_it_at_once() {
    let lab = Lab::new(To::Sqlite);
    let mut child = lab.held_at("/api/none/cursor/items", 2, &mut lab.sync(&["items"]));
    let locked = Connection::open(lab.folder.path().join("weir.db")).unwrap();
    locked.busy_timeout(super::lab::LONG).unwrap();
    locked.execute_batch("begin immediate").unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    signal(&child, "-TERM");
    let mut line = String::new();
    while !line.contains("stopping") {
        line.clear();
        assert!(err.read_line(&mut line).unwrap() > 0, "it never said that it is stopping");
    }
    signal(&child, "-INT");
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    locked.execute_batch("rollback").unwrap();
    drop(err.read_to_string(&mut line));
    lab.check("items", false, "after the second signal");
    lab.mock.clear_rules();
    lab.mock.release_all();
    let rest = lab.sync(&["items"]).stdout(Stdio::piped()).output().unwrap();
    assert!(rest.status.success(), "{}", told(&rest));
    assert_eq!(lab.ids("items").len(), ROWS);
}
