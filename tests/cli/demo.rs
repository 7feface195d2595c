//! The demos, piped: what they say is what happened.

use crate::{Folder, json, weir};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn what_changed_is_read_again_and_nothing_else() {
    let folder = Folder::new();
    // Two in one folder do not meet.
    let runs = std::thread::scope(|scope| {
        let both = [scope.spawn(|| weir(&folder, "demo")), scope.spawn(|| weir(&folder, "demo"))];
        both.map(|run| run.join().unwrap())
    });
    for run in runs {
        assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
        says(
            &run.out,
            &[
                "15 read, 13 written: 7 created, 5 updated, 1 unchanged, 2 deleted",
                "2,000 rows, 20 requests  15 rows, 1 request ",
                "2,005 items = 2,000 + 7 - 2: 7 of 7 new ones are there",
                "5 of 5 have their new version",
                "the 2 deleted ones are gone",
                "exit 0: ok, nothing is missing",
            ],
        );
        says(&run.err, &["items: complete · 2,000 rows"]);
    }
    let receipt = json(&weir(&folder, "receipt --to sqlite:weir-demo/1/weir.db --format json"));
    assert_eq!(receipt["streams"][0]["deleted"], 2);
    assert!(folder.path().join("weir-demo/2/weir.db").exists());
}

#[test]
fn a_receipt_tells_each_lie() {
    let run = weir(&Folder::new(), "demo --sabotage");
    assert_eq!(run.code, Some(6), "{}{}", run.out, run.err);
    says(
        &run.out,
        &[
            "SUSPICIOUS: the API claims 500 rows, 400 were received",
            "SUSPICIOUS: total changed 500 -> 300",
            "NOT COMPLETE: pagination loop",
            "3 of 3 lies are found out",
        ],
    );
}

#[test]
fn a_killed_sync_loses_nothing_and_writes_nothing_twice() {
    let run = weir(&Folder::new(), "demo --kill");
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    says(&run.out, &["rows lost          0\n", "rows doubled       0\n", "2,000 rows in the table"]);
}

#[test]
fn the_mock_serves_until_it_is_told_to_stop() {
    let folder = Folder::new();
    let mut mock = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["-q", "mock"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut base = String::new();
    BufReader::new(mock.stdout.take().unwrap()).read_line(&mut base).unwrap();
    let base = base.trim();
    let run = weir(
        &folder,
        &format!(
            "read {}/manifests/rest_api rows --param base={base}/api/none/link --param path=/items --param paging=link \
             --allow-private 127.0.0.1 --limit 3",
            env!("CARGO_MANIFEST_DIR")
        ),
    );
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/demo");
    let filtered = weir(
        &folder,
        &format!("read {demo} projects --param base={base} --allow-private 127.0.0.1 --where id<3 --format csv"),
    );
    mock.kill().unwrap();
    mock.wait().unwrap();
    assert_eq!((run.code, run.out.lines().count()), (Some(0), 3), "{}", run.err);
    says(&run.err, &["3 rows of 100 received"]);
    assert_eq!((filtered.code, filtered.out.lines().count()), (Some(0), 3), "{}", filtered.err);
    says(&filtered.err, &["projects: `id` is filtered here"]);
}

#[test]
fn made_up_rows_need_no_request() {
    let folder = Folder::new();
    let random = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/random_data");
    let run = weir(&folder, &format!("sync {random} --format json"));
    let receipt = json(&run);
    assert_eq!((&receipt["requests"], &receipt["streams"][0]["requests"]), (&0.into(), &0.into()), "{receipt:#}");
}

#[test]
fn a_check_without_names_asks_the_stream_that_proves_the_connection() {
    let folder = Folder::new();
    let manifests = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");
    let run = weir(&folder, &format!("check {manifests}/random_data"));
    assert_eq!(
        (run.code, run.out.as_str()),
        (Some(0), "ok      rows: 1000 records on the first page\n"),
        "{}",
        run.err
    );
    let schema = json(&weir(&folder, &format!("schema {manifests}/random_data --format json")));
    assert!(schema.to_string().contains("created_at"), "{schema:#}");
}
