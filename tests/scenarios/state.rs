//! Faults of state: crashes, positions, two runs at once.

use crate::lab::{Lab, every_file};
use crate::paging::QUICK;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

/// Waits until the server has been asked so often.
fn until_asked(lab: &Lab, requests: usize) {
    for _ in 0..4000 {
        if lab.requests() >= requests {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("the server was asked {} times", lab.requests());
}

/// Two runs, by upsert into SQLite and by append into files.
fn two_runs(scenario: &str, edits: &[(&str, &str)], see: impl Fn(&Lab)) {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("jsonl:out", "append")] {
        let lab = Lab::edited(scenario, "inc", edits).into(to);
        lab.sync_with(&["--mode", mode]).succeeds();
        lab.phase(2);
        lab.sync_with(&["--mode", mode]).succeeds();
        see(&lab);
    }
}

#[test]
fn st_01_equal_timestamps_at_the_boundary() {
    two_runs("inc_equal_ts", &[], |lab| {
        lab.has(1..=200);
        lab.judged();
    });
}

#[test]
fn st_03_one_partition_fails() {
    let lab = Lab::with("inc_partition_fail", "parents", QUICK);
    lab.sync().fails().says("500");
    assert_eq!(lab.ids().len(), 80);
    lab.phase(2);
    lab.sync().succeeds();
    lab.has(1..=100);
    lab.judged();
}

#[test]
fn st_04_mixed_offsets() {
    two_runs("inc_tz_mixed", &[], |lab| {
        lab.has(1..=4);
        lab.judged();
    });
}

/// There is no `faketime` here; a clock only ever lowers a position, so that one which is ahead changes nothing, and
/// tests of the engine hold that with clocks of their own.
#[test]
fn st_06_state_from_observation() {
    two_runs("inc_clock", &[], |lab| {
        lab.has(1..=101);
        lab.judged();
    });
}

#[test]
fn st_07_late_rows() {
    let lookback = [("field: updated_at", "field: updated_at, lookback: 15min")];
    two_runs("inc_late", &lookback, |lab| {
        lab.has(1..=101);
        lab.judged();
    });
    two_runs("inc_late", &[], |lab| lab.has(1..=100));
}

#[test]
fn st_08_records_without_a_cursor_value() {
    let lab = Lab::new("inc_null_cursor", "inc");
    lab.sync().succeeds();
    lab.has(1..=100);
    let state = serde_json::to_string(&lab.states()).unwrap();
    assert!(state.contains("2026-01-01T01:40:00Z"), "{state}");
    lab.judged();
}

#[test]
fn st_09_state_never_goes_back() {
    let lab = Lab::new("inc_regress", "inc");
    for phase in 1..=3 {
        lab.phase(phase);
        lab.sync().succeeds();
    }
    lab.has(1..=100);
    lab.judged();
}

#[test]
fn st_10_kill_at_a_known_point() {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("sqlite:weir.db", "append"), ("jsonl:out", "append")] {
        let lab = Lab::new("hold_page5", "cursor").into(to);
        let running = lab.start_sync(&["--mode", mode]);
        until_asked(&lab, 5);
        running.kill();
        // What is there can be read, and its state covers no more.
        let before = if lab.work().join("weir.db").exists() && !lab.has_table("items") { 0 } else { lab.ids().len() };
        assert!(before <= 200, "{before}");
        lab.weir(&["state", "ls", "--to", to]).succeeds();
        lab.phase(2);
        lab.sync_with(&["--mode", mode]).succeeds();
        lab.has(1..=500);
    }
}

/// Fifty seeds into each destination run by the crash tests; here a few go the whole way.
#[test]
fn st_11_kill_at_random_points() {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("jsonl:out", "append")] {
        let lab = Lab::new("slow_pages", "inc").into(to);
        for after in [3, 6, 9] {
            let asked = lab.requests();
            let running = lab.start_sync(&["--mode", mode]);
            until_asked(&lab, asked + after);
            running.kill();
            if to.starts_with("jsonl:") {
                for line in lab.lines("items") {
                    serde_json::from_str::<serde_json::Value>(&line).unwrap();
                }
            }
        }
        lab.sync_with(&["--mode", mode]).succeeds();
        lab.has(1..=1000);
        lab.judged();
    }
}

#[test]
fn st_12_sigterm_and_ctrl_c() {
    for signal in ["TERM", "INT"] {
        let lab = Lab::new("slow_pages", "inc");
        let running = lab.start_sync(&[]);
        until_asked(&lab, 4);
        running.signal(signal);
        let run = running.finish();
        run.ends(130).says("run the same command again");
        assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
        let rows = lab.ids().len();
        assert!(rows > 0 && rows.is_multiple_of(50), "{rows} rows are no whole pages");
        let before = lab.requests();
        lab.sync().succeeds();
        lab.has(1..=1000);
        // It goes on where it stopped.
        assert!(lab.requests() - before <= 20 - rows / 50 + 1 + 20, "{} requests", lab.requests());
        lab.judged();
    }
}

#[test]
fn st_13_streams_are_isolated() {
    let lab = Lab::with("two_streams", "two_streams", QUICK);
    let run = lab.sync();
    run.ends(6);
    assert_eq!(run.stream("items_b")["coverage"], json!({"is": "complete"}));
    assert_eq!(run.stream("items")["coverage"]["is"], "partial");
    assert_eq!(lab.ids_of("items_b"), (1001..=1050).collect::<Vec<_>>());
    let states = lab.states();
    let of = states.iter().find(|state| state["stream"] == "items_b").expect("the complete stream keeps its state");
    assert!(of.to_string().contains("2026-01-01T17:30:00Z"), "{of}");
    lab.judged();
}

#[test]
fn st_15_replace_by_nothing() {
    for to in ["sqlite:weir.db", "jsonl:out"] {
        let lab = Lab::new("replace_empty", "cursor").into(to);
        lab.sync().succeeds();
        lab.phase(2);
        lab.sync().fails().says("empty");
        lab.has(1..=100);
        lab.sync_with(&["--allow-empty"]).succeeds();
        assert_eq!(lab.ids(), Vec::<i64>::new());
    }
}

fn scrambled(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::try_from(at * 31 % 251).unwrap() ^ 0x5a).collect()
}

/// Ways to spoil a file.
const SPOILED: [fn(&[u8]) -> Vec<u8>; 3] =
    [|bytes| bytes[..bytes.len() / 2].to_vec(), |bytes| vec![0; bytes.len()], scrambled];

/// Rows and state are one file or one list, so there is no earlier state of its own to be offered.
#[test]
fn st_16_corrupt_state() {
    for spoil in SPOILED {
        let lab = Lab::new("inc_clock", "inc");
        lab.sync().succeeds();
        let asked = lab.requests();
        let path = lab.work().join("weir.db");
        std::fs::write(&path, spoil(&std::fs::read(&path).unwrap())).unwrap();
        lab.sync().fails();
        assert_eq!(lab.requests(), asked, "no silent full sync");

        let lab = Lab::new("inc_clock", "inc").into("jsonl:out");
        lab.sync_with(&["--mode", "append"]).succeeds();
        let asked = lab.requests();
        let mut commits = Vec::new();
        every_file(&lab.work().join("out/_weir/commits"), &mut |path| commits.push(path.to_owned()));
        commits.sort();
        for path in &commits {
            std::fs::write(path, spoil(&std::fs::read(path).unwrap())).unwrap();
        }
        lab.sync_with(&["--mode", "append"]).fails();
        assert_eq!(lab.requests(), asked, "no silent full sync");

        let lab = Lab::new("inc_clock", "inc");
        lab.read("items", &["--state", "s.json"]).succeeds();
        let asked = lab.requests();
        let path = lab.work().join("s.json");
        std::fs::write(&path, spoil(&std::fs::read(&path).unwrap())).unwrap();
        lab.read("items", &["--state", "s.json"]).fails();
        assert_eq!(lab.requests(), asked, "no silent full read");
    }
}

#[test]
fn st_17_empty_or_older_state() {
    // A read without rows leaves the position where it is.
    let lab = Lab::new("replace_empty", "inc");
    lab.sync().succeeds();
    let covered = lab.states()[0]["state"]["covered"].clone();
    assert!(covered.to_string().contains("01:40:00"), "{covered}");
    lab.phase(2);
    lab.sync().succeeds();
    assert_eq!(lab.states()[0]["state"]["covered"], covered);
    // A state of a newer version is refused.
    {
        let path = lab.work().join("weir.db");
        let database = rusqlite::Connection::open(path).unwrap();
        assert_eq!(database.execute("update _weir_lock set states = 99, format = 99", []).unwrap(), 1);
    }
    let asked = lab.requests();
    lab.sync().fails().says("newer");
    assert_eq!(lab.requests(), asked);
    let lab = Lab::new("inc_clock", "inc");
    lab.read("items", &["--state", "s.json"]).succeeds();
    let path = lab.work().join("s.json");
    let mut state: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for name in ["format", "states"] {
        if state.get(name).is_some() {
            state[name] = 99.into();
        }
    }
    std::fs::write(&path, state.to_string()).unwrap();
    lab.read("items", &["--state", "s.json"]).fails();
}

#[test]
fn st_18_two_runs_at_once() {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("jsonl:out", "append")] {
        let lab = Lab::new("hold_page5", "cursor").into(to);
        let first = lab.start_sync(&["--mode", mode]);
        until_asked(&lab, 5);
        let pid = first.pid().to_string();
        let second = lab.sync_with(&["--mode", mode]);
        second.fails().says("locked by").says(&pid);
        first.kill();
        // A holder that is dead is taken over.
        lab.phase(2);
        lab.sync_with(&["--mode", mode]).succeeds();
        lab.has(1..=500);
    }
}

#[test]
fn st_19_disk_full() {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("jsonl:out", "append")] {
        for blocks in [16, 24, 80] {
            let lab = Lab::new("inc_equal_ts", "inc").into(to);
            lab.phase(2);
            let limited = lab.start_limited(blocks, &["--mode", mode]).finish();
            let rows =
                if lab.work().join("weir.db").exists() && !lab.has_table("items") { 0 } else { lab.rows_or_none() };
            if limited.code != Some(0) {
                limited.fails();
                let said = limited.out + &limited.err;
                assert!(said.contains("no room"), "{said}");
            }
            assert!(rows <= 200);
            lab.sync_with(&["--mode", mode]).succeeds();
            lab.has(1..=200);
        }
    }
}

#[test]
fn st_21_changed_manifest() {
    for edit in [("field: updated_at", "field: changed_at"), ("key: id", "key: name")] {
        let lab = Lab::new("inc_clock", "inc");
        lab.sync().succeeds();
        let asked = lab.requests();
        lab.edit(
            "inc",
            &[edit, ("updated_at: timestamp", "updated_at: timestamp, changed_at: timestamp <- $.updated_at")],
        );
        lab.sync().fails().says("state rm");
        assert_eq!(lab.requests(), asked, "nothing is asked under another definition");
        // The user resets by hand.
        lab.weir(&["state", "rm", "items"]).succeeds();
    }
}

#[test]
fn st_23_permissions() {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("jsonl:out", "append")] {
        let lab = Lab::new("inc_clock", "inc").into(to);
        lab.sync_with(&["--mode", mode]).succeeds();
        lab.read("items", &["--state", "s.json"]).succeeds();
        let mode_of = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        every_file(&lab.work(), &mut |path| {
            if !path.ends_with("faults.yaml") {
                assert_eq!(mode_of(path), 0o600, "{}", path.display());
            }
        });
        if to.starts_with("jsonl:") {
            for folder in ["out", "out/_weir", "out/_weir/commits", "out/items"] {
                assert_eq!(mode_of(&lab.work().join(folder)), 0o700, "{folder}");
            }
        }
    }
}
