//! A new table takes the old one's place in one step or not at all.

use super::lab::{LONG, Lab, To, id, told};
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use weir::sinks::jsonl;
use weir::testing::mock::{Effect, Rule};

const WHOLE: &str = r"connector: shop
base: BASE/api/none
streams:
  things: { request: GET /none/items, records: $.data, paginate: none, key: id, fields: { id: integer! } }
";

fn answer(lab: &Lab, body: &str) {
    lab.mock.clear_rules();
    lab.mock.rule(Rule::new("/api/none/none/items", Effect::Body(body.to_owned())));
}

#[test]
fn a_refused_row_does_not_block_it_and_an_empty_read_does() {
    for to in [To::Sqlite, To::Jsonl] {
        let lab = Lab::with(to, WHOLE);
        let replace = |more: &[&str]| lab.sync(&["--mode", "replace"]).args(more).output().unwrap();
        answer(&lab, r#"{"data":[{"id":1},{"id":2}]}"#);
        assert!(replace(&[]).status.success());
        answer(&lab, r#"{"data":[{"id":1},{"id":"two"},{"id":3}]}"#);
        let refused = replace(&[]);
        assert_eq!((refused.status.code(), lab.ids("things")), (Some(6), vec![1, 3]), "{to:?}: {}", told(&refused));
        answer(&lab, r#"{"data":[]}"#);
        let empty = replace(&[]);
        assert_eq!((empty.status.code(), lab.ids("things")), (Some(1), vec![1, 3]), "{to:?}: {}", told(&empty));
        assert!(told(&empty).contains("was read without a row"), "{to:?}: {}", told(&empty));
        let allowed = replace(&["--allow-empty"]);
        assert_eq!((allowed.status.code(), lab.ids("things")), (Some(0), vec![]), "{to:?}: {}", told(&allowed));
    }
}

/// What a reader of the database sees in one query.
fn seen(db: &Path) -> (i64, i64) {
    let db = Connection::open(db).unwrap();
    db.busy_timeout(LONG).unwrap();
    db.query_row("select count(*), max(id) from plain", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// What a reader of the files sees; one that was just taken away is asked for again by the newer list.
fn seen_in_files(root: &Path) -> (i64, i64) {
    loop {
        let listed = jsonl::listed(root).unwrap();
        let files = &listed[&("shop".to_owned(), "plain".to_owned())];
        let texts: Option<Vec<String>> =
            files.iter().map(|file| std::fs::read_to_string(root.join(file)).ok()).collect();
        let Some(texts) = texts else {
            assert_ne!(
                &jsonl::listed(root).unwrap()[&("shop".to_owned(), "plain".to_owned())],
                files,
                "a listed file is gone"
            );
            continue;
        };
        let rows: Vec<usize> = texts.concat().lines().map(|line| id(&serde_json::from_str(line).unwrap())).collect();
        return (i64::try_from(rows.len()).unwrap(), i64::try_from(rows.iter().max().copied().unwrap()).unwrap());
    }
}

#[test]
fn readers_see_the_old_table_or_the_new_one_at_every_instant() {
    for to in [To::Sqlite, To::Jsonl] {
        let lab = Lab::new(to);
        let (old, new) = ((60, 60), (200, 200));
        let first = lab.sync(&["--mode", "replace", "--param", "n=60", "plain"]).output().unwrap();
        assert!(first.status.success(), "{}", told(&first));
        let (done, looks) = (AtomicBool::new(false), AtomicU64::new(0));
        let look = || match to {
            To::Sqlite => seen(&lab.folder.path().join("weir.db")),
            To::Jsonl => seen_in_files(&lab.folder.path().join("out")),
        };
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut swapped = false;
                while !done.load(Ordering::SeqCst) {
                    let seen = look();
                    assert!(seen == new || (seen == old && !swapped), "{to:?}: {seen:?}, swapped: {swapped}");
                    swapped |= seen == new;
                    looks.fetch_add(1, Ordering::SeqCst);
                }
            });
            let kill = |nth| lab.kill_at("/api/none/cursor/items", nth, &mut lab.sync(&["--mode", "replace", "plain"]));
            kill(3);
            kill(20);
            for point in ["engine.before_promote", "replace.before_swap", "replace.in_swap", "replace.before_commit"] {
                let output = lab.sync(&["--mode", "replace", "plain", "--fail-at", point]).output().unwrap();
                assert_eq!(output.status.code(), None, "{to:?} {point}: {}", told(&output));
                assert_eq!(look(), old, "{to:?} {point}");
            }
            let output = lab.sync(&["--mode", "replace", "plain", "--fail-at", "replace.after_swap"]).output().unwrap();
            assert_eq!((output.status.code(), look()), (None, new), "{to:?}: {}", told(&output));
            let output = lab.sync(&["--mode", "replace", "plain"]).output().unwrap();
            assert_eq!((output.status.code(), look()), (Some(0), new), "{to:?}: {}", told(&output));
            done.store(true, Ordering::SeqCst);
            reader.join().unwrap();
        });
        assert!(looks.load(Ordering::SeqCst) > 10, "{to:?}: the reader saw too little");
    }
}
