//! Rows one after the other, and passes that begin anew.

use super::lab::*;
use weir::sinks::{Mode, Rows, StreamTarget};
use weir::state::{PartitionKey, StateChange};

fn tagged() -> StreamTarget {
    StreamTarget { tagged: true, ..target(Mode::Append) }
}

fn anew(partition: &PartitionKey, expect: u64, pass: u64, is_open: bool) -> StateChange {
    StateChange { discard: Some(pass - 1), ..change(partition, expect, state(pass, is_open, 0)) }
}

#[tokio::test]
async fn a_pass_that_begins_anew_takes_back_the_abandoned_one_and_no_other() {
    let (a, b) = (partition("a"), partition("b"));
    for mut lab in able(Mode::Append) {
        if lab.which == Which::Stdout {
            continue;
        }
        let mut hand = lab.opened().await;
        hand.shape(&tagged()).await;
        let page = |partition: &PartitionKey, pass, given: &[Row], change: StateChange| {
            with_state(part(Mode::Append, 0, vec![rows_of(partition, pass, given)]), change)
        };
        // The first pass of each is complete; the second of `a` is abandoned after a page.
        let mut both = page(&a, 1, &[(1, "a1", None)], change(&a, 0, state(1, false, 0)));
        both.rows.push(rows_of(&b, 1, &[(2, "b1", None)]));
        both.states.push(change(&b, 0, state(1, false, 0)));
        hand.commit(both).await;
        let mut abandoned = page(&a, 2, &[(3, "a2 abandoned", None)], change(&a, 1, state(2, true, 0)));
        abandoned.rows.push(rows_of(&b, 2, &[(4, "b2", None)]));
        abandoned.states.push(change(&b, 1, state(2, true, 0)));
        abandoned.refused = vec![refused(&a, 2, "{bad a2}"), refused(&b, 2, "{bad b2}")];
        hand.commit(abandoned).await;
        assert_eq!(lab.names(), ["a1", "a2 abandoned", "b1", "b2"], "{:?}", lab.which);
        drop(hand);
        let mut hand = lab.opened().await;
        hand.shape(&tagged()).await;
        hand.commit(page(&a, 3, &[(3, "a3", None)], anew(&a, 2, 3, true))).await;
        assert_eq!(lab.names(), ["a1", "a3", "b1", "b2"], "{:?}", lab.which);
        let kept: Vec<_> = lab.quarantine().await.iter().map(|entry| entry.partition.clone()).collect();
        assert_eq!(kept, std::slice::from_ref(&b), "{:?}", lab.which);
        // A pass that ended is never taken back by a later one.
        hand.commit(page(&a, 3, &[(5, "a3 end", None)], change(&a, 3, state(3, false, 0)))).await;
        hand.commit(page(&a, 4, &[(6, "a4", None)], change(&a, 4, state(4, true, 0)))).await;
        assert_eq!(lab.names(), ["a1", "a3", "a3 end", "a4", "b1", "b2"], "{:?}", lab.which);
    }
}

#[tokio::test]
async fn equal_contents_of_two_runs_are_both_there() {
    for mut lab in able(Mode::Append) {
        for run in 0..2 {
            let mut hand = lab.opened().await;
            hand.shape(&target(Mode::Append)).await;
            let whole = PartitionKey::whole();
            let same = part(Mode::Append, 0, vec![rows(&[(1, "x", None), (2, "y", None)])]);
            hand.commit(with_state(same, change(&whole, run, state(1, false, 0)))).await;
            hand.close().await;
        }
        assert_eq!(lab.names(), ["x", "x", "y", "y"], "{:?}", lab.which);
    }
}

#[tokio::test]
async fn a_marked_deletion_is_a_row_of_its_own() {
    for mut lab in able(Mode::Append) {
        let mut hand = lab.opened().await;
        hand.shape(&StreamTarget { mark_deleted: true, ..target(Mode::Append) }).await;
        let counts =
            hand.commit(part(Mode::Append, 0, vec![rows(&[(1, "a", Some(1))]), deleted(&[(1, "", Some(2))])])).await;
        match lab.which {
            Which::Jsonl | Which::Stdout => {
                let rows = lab.rows();
                assert_eq!(rows.len(), 2, "{:?}", lab.which);
                assert_eq!(rows[1], serde_json::json!({ "id": 1, "at": 2, "_deleted_at": "2026-02-03T04:05:06Z" }));
            }
            _ => assert_eq!(lab.names(), ["a"], "{:?}", lab.which),
        }
        if lab.which != Which::Stdout {
            assert_eq!(counts.streams["items"].deleted, Some(1), "{:?}", lab.which);
        }
    }
}

#[tokio::test]
async fn rows_that_were_staged_come_before_the_others() {
    for mut lab in able(Mode::Append).into_iter().filter(|lab| lab.sink().abilities().stages) {
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Append)).await;
        let mut all = Vec::new();
        for given in [&[(1, "a", None), (2, "b", None)][..], &[(3, "c", None)]] {
            all.push(hand.sink.stage(&part(Mode::Append, 0, vec![rows(given)])).await.unwrap());
        }
        assert_eq!(lab.names(), Vec::<String>::new());
        let last: Rows = rows(&[(4, "d", None)]);
        hand.commit(staged(part(Mode::Append, 0, vec![last]), all)).await;
        let order: Vec<_> = lab.rows().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(order, [1, 2, 3, 4]);
        assert_eq!(weir::sinks::jsonl::listed(&lab.root()).unwrap().values().map(Vec::len).sum::<usize>(), 1);
    }
}
