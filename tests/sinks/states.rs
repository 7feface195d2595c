//! States, refused records and definitions.

use super::lab::*;
use std::collections::BTreeMap;
use weir::sinks::{CommitFault, EdgeChange, Mode, StreamTarget, edge_key};
use weir::state::{Digest, PartitionKey, PartitionState, Pending, PendingChange};

#[tokio::test]
async fn states_are_compared_and_set() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let (a, b) = (partition("a"), partition("b"));
        let mut first = part(Mode::Append, 0, vec![rows(&[(1, "a", None)])]);
        // One partition may stand in a unit more than once.
        first.states =
            vec![change(&a, 0, state(1, true, 0)), change(&a, 1, state(1, false, 0)), change(&b, 0, state(1, true, 0))];
        first.edges = vec![EdgeChange { edge: "parent".into(), expect: 0, next: state(7, false, 0) }];
        hand.commit(first).await;
        let known =
            hand.sink.states("items", &[b.clone(), a.clone(), partition("c"), edge_key("parent")]).await.unwrap();
        let versions: Vec<_> = known.iter().map(|known| known.version).collect();
        assert_eq!(versions, [1, 2, 0, 1], "{which:?}");
        assert_eq!(known[1].state, Some(state(1, false, 0)), "{which:?}");
        assert_eq!(known[3].state.as_ref().unwrap().pass, 7, "{which:?}");
        for (partition, expect) in [(&a, 0), (&a, 1), (&a, 3), (&b, 0), (&partition("c"), 1)] {
            let stale = with_state(
                part(Mode::Append, 0, vec![rows(&[(9, "stale", None)])]),
                change(partition, expect, state(9, false, 0)),
            );
            let told = hand.try_commit(stale).await;
            assert!(matches!(told, Err(CommitFault::Conflict(_))), "{which:?} {partition} {expect}: {told:?}");
        }
        assert_eq!(lab.names(), ["a"], "{which:?}");
        assert_eq!(lab.states().await.len(), 3, "{which:?}");
    }
}

#[tokio::test]
async fn a_refused_record_stands_there_once() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let whole = PartitionKey::whole();
        for run in 0..3 {
            let mut hand = lab.opened().await;
            hand.shape(&target(Mode::Append)).await;
            let mut unit = with_state(part(Mode::Append, 0, vec![]), change(&whole, run, state(run + 1, false, 0)));
            unit.refused = vec![
                refused(&whole, run + 1, "{\"id\":1,\"at\":\"x\"}"),
                refused(&partition("p"), run + 1, "\u{fffd}"),
            ];
            let counts = hand.commit(unit).await;
            assert_eq!(counts.streams["items"].refused, if run == 0 { 2 } else { 0 }, "{which:?}");
            hand.close().await;
        }
        let kept = lab.quarantine().await;
        assert_eq!(kept.len(), 2, "{which:?}");
        let one = kept.iter().find(|entry| entry.partition == whole).unwrap();
        assert_eq!(&one.raw[..], b"{\"id\":1,\"at\":\"x\"}", "{which:?}");
        assert_eq!(
            (one.reason.as_str(), one.column.as_deref(), one.record),
            ("no integer", Some("at"), 3),
            "{which:?}"
        );
    }
}

#[tokio::test]
async fn state_of_another_definition_is_not_gone_on_with() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let whole = PartitionKey::whole();
        hand.commit(with_state(part(Mode::Append, 0, vec![]), change(&whole, 0, state(4, false, 0)))).await;
        hand.close().await;
        let other = StreamTarget {
            digest: Digest::of(["other"]),
            definition: BTreeMap::from([("key".to_owned(), "uuid".to_owned())]),
            ..target(Mode::Append)
        };
        let mut hand = lab.opened().await;
        let fault = hand.sink.shape(&other).await.unwrap_err();
        assert!(fault.message().contains("key was id and is uuid"), "{which:?}: {fault}");
        assert!(fault.message().contains("weir state rm"), "{which:?}");
        hand.close().await;
        let Some(mut books) = lab.books() else { continue };
        assert_eq!(books.forget("shop", "items", None).await.unwrap(), 1, "{which:?}");
        let mut hand = lab.opened().await;
        hand.shape(&other).await;
        // Versions and passes go on.
        let known = hand.sink.states("items", std::slice::from_ref(&whole)).await.unwrap().remove(0);
        assert_eq!(
            (known.version, known.state),
            (2, Some(PartitionState { pass: 4, ..PartitionState::default() })),
            "{which:?}"
        );
        let fault = books.forget("shop", "items", None).await.unwrap_err();
        assert!(fault.message().contains("locked by pid"), "{which:?}: {fault}");
    }
}

#[tokio::test]
async fn a_completion_counts_only_for_the_stamp_it_was_begun_with() {
    let mut lab = Lab::new(Which::Memory);
    let mut hand = lab.opened().await;
    hand.shape(&target(Mode::Append)).await;
    let pending = |stamp: &str| Pending { partition: partition("k"), names: vec![], stamp: Digest::of([stamp]) };
    let change = |added: Vec<Pending>, finished: &[&str]| PendingChange {
        added,
        finished: finished.iter().map(|stamp| (partition("k"), Digest::of([stamp]))).collect(),
    };
    let steps = [
        (change(vec![pending("v1")], &[]), 1),
        (change(vec![pending("v2")], &["v1"]), 1),
        (change(vec![], &["v1"]), 1),
        (change(vec![], &["v2"]), 0),
        (change(vec![pending("v3")], &["v3"]), 0),
    ];
    for (step, left) in steps {
        let mut unit = part(Mode::Append, 0, vec![]);
        unit.pending = step;
        hand.commit(unit).await;
        assert_eq!(lab.store.lock().unwrap().pending("shop", "items").len(), left);
    }
}

#[tokio::test]
async fn many_partitions_are_few_commits_and_all_kept() {
    for which in ALL {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let all: Vec<PartitionKey> = (0..6_000).map(|at| partition(&at.to_string())).collect();
        for some in all.chunks(2000) {
            let mut unit = part(Mode::Append, 0, vec![]);
            unit.states = some.iter().map(|partition| change(partition, 0, state(1, false, 0))).collect();
            hand.commit(unit).await;
        }
        hand.close().await;
        let mut hand = lab.opened().await;
        let known = hand.sink.states("items", &all).await.unwrap();
        assert!(known.iter().all(|known| known.version == 1 && known.state.is_some()), "{which:?}");
    }
}
