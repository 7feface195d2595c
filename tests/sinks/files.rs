//! Files as others find them: modes, damage, names, the folder without the list.

use super::lab::*;
use std::fs;
use std::path::{Path, PathBuf};
use weir::sinks::{Mode, StreamTarget};
use weir::state::PartitionKey;

/// Counts the lines of all files of the table, as who does not know the list.
pub(crate) fn in_folder(lab: &Lab) -> usize {
    let files = fs::read_dir(lab.root().join("items")).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().lines().count()).sum()
}

fn all_below(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_owned()];
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            all.extend(all_below(&entry.unwrap().path()));
        }
    }
    all
}

async fn written(which: Which) -> Lab {
    let mut lab = Lab::new(which);
    for run in 0..2 {
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let mut unit = part(Mode::Append, 0, vec![rows(&[(1, "a", None)])]);
        unit.refused = vec![refused(&PartitionKey::whole(), 1, "bad")];
        hand.commit(with_state(unit, change(&PartitionKey::whole(), run, state(run + 1, false, 0)))).await;
        hand.close().await;
    }
    lab
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_what_is_written() {
    use std::os::unix::fs::PermissionsExt;
    for which in [Which::Sqlite, Which::Jsonl, Which::Stdout] {
        let mut lab = written(which).await;
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        hand.commit(part(Mode::Append, 0, vec![rows(&[(1, "open", None)])])).await;
        for path in all_below(lab.dir.path()).into_iter().skip(1) {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{which:?}: {}", path.display());
        }
    }
}

#[tokio::test]
async fn damaged_state_stops_the_run_and_newer_state_is_refused() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let damages: [(&str, Damage); 4] = [
        ("cut", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("empty", |_| Vec::new()),
        ("zero", |bytes| vec![0; bytes.len()]),
        ("scrambled", |bytes| {
            bytes.iter().enumerate().map(|(at, byte)| if at % 7 == 0 { byte ^ 0x15 } else { *byte }).collect()
        }),
    ];
    for which in [Which::Sqlite, Which::Jsonl, Which::Stdout] {
        for (what, damage) in damages {
            let mut lab = written(which).await;
            let path = ledger(&lab);
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, damage(&bytes)).unwrap();
            let sink = lab.sink();
            let told = match lab.open(sink).await {
                Err(fault) => fault,
                // SQLite reads pages as it needs them.
                Ok(mut hand) => {
                    hand.sink.shape(&target(Mode::Append)).await.err().unwrap_or_else(|| panic!("{which:?} {what}"))
                }
            };
            assert!(told.message().contains("state unreadable"), "{which:?} {what}: {told}");
            if which == Which::Stdout {
                assert!(told.message().contains("state.json.prev"), "{told}");
            }
        }
    }
    let mut lab = written(Which::Sqlite).await;
    rusqlite::Connection::open(lab.db()).unwrap().execute_batch("update _weir_lock set format = 99").unwrap();
    let mut newer = vec![];
    newer.push(lab.open(lab.sink()).await.err().unwrap());
    let mut lab = written(Which::Stdout).await;
    fs::write(lab.state(), "{\"format\":99,\"something\":1}").unwrap();
    newer.push(lab.open(lab.sink()).await.err().unwrap());
    for fault in newer {
        assert!(fault.message().contains("newer version"), "{fault}");
    }
}

/// Returns the file that holds the state.
fn ledger(lab: &Lab) -> PathBuf {
    match lab.which {
        Which::Sqlite => lab.db(),
        Which::Jsonl => {
            let mut all: Vec<_> = all_below(&lab.root().join("_weir/commits"));
            all.sort();
            all.pop().unwrap()
        }
        _ => lab.state(),
    }
}

#[tokio::test]
async fn a_commit_that_is_missing_is_noticed() {
    let mut lab = written(Which::Jsonl).await;
    let mut all = all_below(&lab.root().join("_weir/commits"));
    all.sort();
    fs::remove_file(&all[2]).unwrap();
    let fault = lab.open(lab.sink()).await.err().unwrap();
    assert!(fault.message().contains("state unreadable: commit 2 is missing"), "{fault}");
    fs::remove_dir_all(lab.root().join("_weir/commits")).unwrap();
    let fault = lab.open(lab.sink()).await.err().unwrap();
    assert!(fault.message().contains("state unreadable"), "{fault}");
}

#[tokio::test]
async fn the_list_stays_short_over_many_runs() {
    let mut lab = Lab::new(Which::Jsonl);
    for run in 0..45 {
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let given = part(Mode::Append, 0, vec![rows(&[(run, "a", None)])]);
        let version = u64::try_from(run).unwrap();
        hand.commit(with_state(given, change(&PartitionKey::whole(), version, state(version + 1, false, 0)))).await;
        hand.close().await;
    }
    assert!(fs::read_dir(lab.root().join("_weir/commits")).unwrap().count() <= 128);
    assert_eq!(lab.rows().len(), 45);
    assert_eq!(in_folder(&lab), 45);
    assert_eq!(lab.states().await[0].version, 45);
}

#[tokio::test]
async fn a_state_that_lost_its_rows_stops_the_run() {
    for which in [Which::Sqlite, Which::Jsonl] {
        let mut lab = written(which).await;
        match which {
            Which::Sqlite => {
                rusqlite::Connection::open(lab.db()).unwrap().execute_batch("drop table items").unwrap();
            }
            _ => fs::remove_dir_all(lab.root().join("items")).unwrap(),
        }
        let mut hand = lab.opened().await;
        let fault = hand.sink.shape(&target(Mode::Append)).await.unwrap_err();
        assert!(fault.message().contains("is gone"), "{which:?}: {fault}");
        hand.close().await;
        lab.books().unwrap().forget("shop", "items", None).await.unwrap();
        for name in ["b", "c"] {
            let mut hand = lab.opened().await;
            hand.shape(&target(Mode::Append)).await;
            hand.commit(part(Mode::Append, 0, vec![rows(&[(1, name, None)])])).await;
            hand.close().await;
        }
        assert_eq!(lab.names(), ["b", "c"], "{which:?}");
    }
}

#[tokio::test]
async fn hostile_names_stay_in_the_folder() {
    let long = "x".repeat(300);
    let names = ["../x", "CON", "a/b", "NUL", long.as_str(), ".", "_weir", "a%2Fb"];
    for which in [Which::Jsonl, Which::Memory] {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        for name in names {
            let own = StreamTarget { stream: name.to_owned(), table: name.to_owned(), ..target(Mode::Append) };
            hand.shape(&own).await;
            let mut unit = part(Mode::Append, 0, vec![rows(&[(1, "a", None)])]);
            name.clone_into(&mut unit.stream);
            hand.commit(unit).await;
        }
        hand.close().await;
        if which == Which::Jsonl {
            let listed = weir::sinks::jsonl::listed(&lab.root()).unwrap();
            let folders: std::collections::BTreeSet<_> =
                listed.values().flatten().map(|file| file.parent().unwrap().to_owned()).collect();
            assert_eq!(folders.len(), names.len());
            assert_eq!(fs::read_dir(lab.dir.path()).unwrap().count(), 1);
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    let mut lab = Lab::new(Which::Jsonl);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(lab.root()).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), lab.root().join("items")).unwrap();
    let mut hand = lab.opened().await;
    let fault = hand.sink.shape(&target(Mode::Append)).await.unwrap_err();
    assert!(fault.message().contains("is a link"), "{fault}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn two_streams_never_share_a_table() {
    for which in [Which::Sqlite, Which::Jsonl, Which::Memory] {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let other = StreamTarget { stream: "ITEMS".into(), table: "Items".into(), ..target(Mode::Append) };
        let fault = hand.sink.shape(&other).await.unwrap_err();
        assert!(fault.message().contains("belongs to stream items of connection shop"), "{which:?}: {fault}");
    }
}

#[tokio::test]
async fn files_refuse_what_they_can_not_do() {
    for which in [Which::Jsonl, Which::Stdout] {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        assert!(hand.sink.shape(&target(Mode::Upsert)).await.is_err(), "{which:?}");
    }
    let mut lab = Lab::new(Which::Jsonl);
    let mut hand = lab.opened().await;
    hand.shape(&target(Mode::Append)).await;
    let told = hand.try_commit(part(Mode::Append, 0, vec![deleted(&[(1, "", None)])])).await.unwrap_err();
    assert!(format!("{told:?}").contains("mark them"), "{told:?}");
}
