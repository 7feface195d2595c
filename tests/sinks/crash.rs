//! A crash, a refusal or an unknown outcome at each named place: state and rows stay one.

use super::lab::*;
use weir::sinks::{CommitFault, FailAction, Mode};
use weir::state::PartitionKey;

const PLACES: [&str; 12] = [
    "sqlite.before_begin",
    "sqlite.after_state",
    "sqlite.before_commit",
    "sqlite.after_commit",
    "jsonl.after_stage",
    "jsonl.after_rename",
    "jsonl.before_list",
    "jsonl.after_list",
    "memory.before_commit",
    "memory.after_commit",
    "stdout.before_write",
    "stdout.after_write",
];

/// Says which sink has a place.
fn has(which: Which, place: &str) -> bool {
    let prefix = match which {
        Which::Sqlite => "sqlite.",
        Which::Jsonl => "jsonl.",
        Which::Memory => "memory.",
        Which::Stdout => "stdout.",
    };
    place.starts_with(prefix)
}

#[tokio::test]
async fn each_unit_is_there_once_and_its_state_with_it() {
    let whole = PartitionKey::whole();
    for place in PLACES {
        for action in [FailAction::Fail, FailAction::Lose, FailAction::Crash] {
            for which in ALL.into_iter().filter(|which| has(*which, place)) {
                let mut lab = Lab::new(which);
                let told = format!("{place} {action:?}");
                let mut hand = lab.opened().await;
                hand.shape(&target(Mode::Append)).await;
                let unit = |hand: &mut Hand, at: u64, name: &'static str| {
                    let mut given = part(Mode::Append, 0, vec![rows(&[(1, name, None)])]);
                    given.refused = vec![refused(&whole, at + 1, name)];
                    hand.unit(vec![with_state(given, change(&whole, at, state(at + 1, false, 0)))])
                };
                let first = unit(&mut hand, 0, "one");
                hand.sink.commit(first).await.unwrap();
                hand.close().await;
                let mut hand = lab.opened_failing(once(place, action)).await;
                hand.shape(&target(Mode::Append)).await;
                let second = unit(&mut hand, 1, "two");
                let mut outcome = hand.sink.commit(second.clone()).await;
                assert!(outcome.is_err(), "{told}");
                if action == FailAction::Crash {
                    drop(hand);
                    let rows = if which == Which::Stdout { 0 } else { lab.names().len() as u64 };
                    hand = lab.opened().await;
                    hand.shape(&target(Mode::Append)).await;
                    let known = hand.sink.states("items", std::slice::from_ref(&whole)).await.unwrap().remove(0);
                    if which != Which::Stdout {
                        assert_eq!(known.version, lab.names().len() as u64, "{told}: state and rows are one");
                        let refused = lab.quarantine().await.len() as u64;
                        assert_eq!(known.version, refused, "{told}: refused rows are one with them");
                        assert!(rows <= known.version, "{told}");
                    }
                    if known.version == 1 {
                        let again = unit(&mut hand, 1, "two");
                        hand.sink.commit(again).await.unwrap();
                    }
                } else {
                    for _ in 0..2 {
                        match outcome {
                            Err(CommitFault::Refused(_)) => outcome = hand.sink.commit(second.clone()).await,
                            Err(CommitFault::Unknown(_)) => {
                                if hand.sink.committed(second.fence, second.seq).await.unwrap() {
                                    outcome = Ok(weir::sinks::Counts::default());
                                } else {
                                    outcome = hand.sink.commit(second.clone()).await;
                                }
                            }
                            _ => {}
                        }
                    }
                    outcome.unwrap_or_else(|fault| panic!("{told}: {fault:?}"));
                }
                let third = unit(&mut hand, 2, "three");
                hand.sink.commit(third).await.unwrap();
                hand.close().await;
                let mut names = lab.names();
                if which == Which::Stdout {
                    // At least once: what was said before the state moved is said again.
                    names.dedup();
                }
                assert_eq!(names, ["one", "three", "two"], "{told}");
                assert_eq!(lab.quarantine().await.len(), 3, "{told}");
                assert_eq!(lab.states().await[0].version, 3, "{told}");
                if which == Which::Jsonl {
                    assert_eq!(super::files::in_folder(&lab), 3, "{told}: the folder is as the list says");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_next_holder_adopts_what_a_checkpoint_made_durable() {
    let whole = PartitionKey::whole();
    for crash in ["checkpoint", "adopt", "clean"] {
        let mut lab = Lab::new(Which::Jsonl);
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let mut pieces = vec![hand.sink.stage(&part(Mode::Append, 0, vec![rows(&[(1, "a", None)])])).await.unwrap()];
        let held = staged(part(Mode::Append, 0, vec![rows(&[(2, "b", None)])]), pieces.clone());
        let unit = hand.unit(vec![with_state(held, change(&whole, 0, state(1, true, 0)))]);
        hand.sink.checkpoint(&unit).await.unwrap();
        // What is staged after it is not covered by its state.
        pieces.push(hand.sink.stage(&part(Mode::Append, 0, vec![rows(&[(3, "later", None)])])).await.unwrap());
        drop(hand);
        assert_eq!(lab.names(), Vec::<String>::new());
        let place = match crash {
            "adopt" => "jsonl.before_adopt",
            "clean" => "jsonl.before_clean",
            _ => "none",
        };
        let sink = lab.failing(once(place, FailAction::Crash));
        let opened = lab.open(sink).await;
        assert_eq!(opened.is_err(), crash != "checkpoint");
        drop(opened);
        let mut hand = lab.opened().await;
        assert_eq!(lab.names(), ["a", "b"], "{crash}");
        hand.shape(&target(Mode::Append)).await;
        assert_eq!(hand.sink.states("items", std::slice::from_ref(&whole)).await.unwrap()[0].version, 1, "{crash}");
        hand.close().await;
        assert_eq!(super::files::in_folder(&lab), 2, "{crash}");
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_committed_since_is_not_adopted() {
    let whole = PartitionKey::whole();
    let mut lab = Lab::new(Which::Jsonl);
    let mut hand = lab.opened().await;
    hand.shape(&target(Mode::Append)).await;
    let pieces = vec![hand.sink.stage(&part(Mode::Append, 0, vec![rows(&[(1, "a", None)])])).await.unwrap()];
    let held = staged(part(Mode::Append, 0, vec![]), pieces);
    let unit = hand.unit(vec![with_state(held, change(&whole, 0, state(1, true, 0)))]);
    hand.sink.checkpoint(&unit).await.unwrap();
    let state = lab.root().join("_weir/staged");
    let epoch = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read(epoch.join("state")).unwrap();
    hand.sink.commit(unit).await.unwrap();
    std::fs::write(epoch.join("state"), kept).unwrap();
    drop(hand);
    lab.opened().await.close().await;
    assert_eq!(lab.names(), ["a"]);
}
