//! A new table takes an old one's place: in one step, or not at all.

use super::lab::*;
use weir::sinks::{CommitFault, FailAction, Mode, StreamTarget};
use weir::state::StateChange;

fn replaced() -> StreamTarget {
    StreamTarget { tagged: true, ..target(Mode::Replace) }
}

/// Writes a whole generation in two commits of two partitions.
async fn fill(hand: &mut Hand, names: [&'static str; 2]) -> u64 {
    let building = hand.sink.build(&replaced(), at()).await.unwrap();
    let generation = building.generation;
    for (at, name) in names.into_iter().enumerate() {
        let own = partition(&at.to_string());
        let id = i64::try_from(at).unwrap() + 1;
        hand.commit(part(Mode::Replace, generation, vec![rows_of(&own, 1, &[(id, name, Some(1))])])).await;
    }
    generation
}

#[tokio::test]
async fn readers_see_a_generation_when_it_is_promoted() {
    for mut lab in able(Mode::Replace) {
        let mut hand = lab.opened().await;
        hand.shape(&replaced()).await;
        let first = fill(&mut hand, ["a", "b"]).await;
        assert_eq!(lab.names(), Vec::<String>::new(), "{:?}", lab.which);
        hand.promote(first, None, false).await.unwrap();
        assert_eq!(lab.names(), ["a", "b"], "{:?}", lab.which);
        let second = fill(&mut hand, ["c", "d"]).await;
        assert!(second > first, "{:?}", lab.which);
        assert_eq!(lab.names(), ["a", "b"], "{:?}", lab.which);
        hand.promote(second, None, false).await.unwrap();
        assert_eq!(lab.names(), ["c", "d"], "{:?}", lab.which);
        // Of the current generation it does nothing.
        hand.promote(second, None, false).await.unwrap();
        assert_eq!(lab.names(), ["c", "d"], "{:?}", lab.which);
        assert!(hand.promote(second + 1, None, false).await.is_err(), "{:?}", lab.which);
        hand.close().await;
        let hand = lab.opened().await;
        assert_eq!(hand.ledger.streams["items"].current, second, "{:?}", lab.which);
        assert_eq!(hand.ledger.streams["items"].building, None, "{:?}", lab.which);
    }
}

#[tokio::test]
async fn a_crash_at_any_step_leaves_the_old_table_or_the_new_one() {
    let places = [
        "replace.before_build",
        "replace.before_swap",
        "replace.in_swap",
        "replace.before_commit",
        "replace.after_swap",
    ];
    for place in places {
        for mut lab in able(Mode::Replace) {
            let mut hand = lab.opened().await;
            hand.shape(&replaced()).await;
            let old = fill(&mut hand, ["a", "b"]).await;
            hand.promote(old, None, false).await.unwrap();
            hand.close().await;
            let mut hand = lab.opened_failing(once(place, FailAction::Crash)).await;
            hand.shape(&replaced()).await;
            let crashed = hand.sink.build(&replaced(), at()).await.is_err();
            if !crashed {
                let new = fill(&mut hand, ["c", "d"]).await;
                let told = hand.promote(new, None, false).await;
                assert!(matches!(told, Err(CommitFault::Unknown(_))), "{place} {:?}: {told:?}", lab.which);
            }
            drop(hand);
            let is_new = place == "replace.after_swap";
            let expected = if is_new { ["c", "d"] } else { ["a", "b"] };
            assert_eq!(lab.names(), expected, "{place} {:?}", lab.which);
            // The next run finds what was built, and goes on.
            let mut hand = lab.opened().await;
            hand.shape(&replaced()).await;
            assert_eq!(lab.names(), expected, "{place} {:?} opened again", lab.which);
            let building = hand.sink.build(&replaced(), at()).await.unwrap();
            if !is_new && place != "replace.before_build" {
                assert!(building.found, "{place} {:?}", lab.which);
                hand.promote(building.generation, None, false).await.unwrap();
                assert_eq!(lab.names(), ["c", "d"], "{place} {:?} at the end", lab.which);
            }
            hand.close().await;
            if lab.which == Which::Jsonl {
                assert_eq!(super::files::in_folder(&lab), lab.rows().len(), "{place}");
            }
        }
    }
}

#[tokio::test]
async fn an_empty_read_replaces_only_if_that_is_allowed() {
    for mut lab in able(Mode::Replace) {
        let mut hand = lab.opened().await;
        hand.shape(&replaced()).await;
        // An empty source may well be read for the first time.
        let empty = hand.sink.build(&replaced(), at()).await.unwrap().generation;
        hand.promote(empty, None, false).await.unwrap();
        let full = fill(&mut hand, ["a", "b"]).await;
        hand.promote(full, None, false).await.unwrap();
        let empty = hand.sink.build(&replaced(), at()).await.unwrap().generation;
        let told = hand.promote(empty, None, false).await;
        assert!(
            matches!(&told, Err(CommitFault::Failed(fault)) if fault.message().contains("without a row")),
            "{told:?}"
        );
        assert_eq!(lab.names(), ["a", "b"], "{:?}", lab.which);
        // It is not gone on with: the next run reads again.
        let next = hand.sink.build(&replaced(), at()).await.unwrap();
        assert!(next.generation > empty && !next.found, "{:?}", lab.which);
        hand.promote(next.generation, None, true).await.unwrap();
        assert_eq!(lab.names(), Vec::<String>::new(), "{:?}", lab.which);
    }
}

#[tokio::test]
async fn rows_of_partitions_that_were_not_found_go_at_the_swap() {
    for mut lab in able(Mode::Replace) {
        let mut hand = lab.opened().await;
        hand.shape(&replaced()).await;
        let generation = fill(&mut hand, ["stays", "vanished"]).await;
        let mut more = part(Mode::Replace, generation, vec![]);
        more.refused = vec![refused(&partition("0"), 1, "kept"), refused(&partition("1"), 1, "gone")];
        hand.commit(more).await;
        let counts = hand.promote(generation, Some(vec![partition("0")]), false).await.unwrap();
        assert_eq!(lab.names(), ["stays"], "{:?}", lab.which);
        assert_eq!(counts.streams["items"].deleted, Some(1), "{:?}", lab.which);
        if lab.which != Which::Jsonl {
            assert_eq!(lab.quarantine().await.len(), 1, "{:?}", lab.which);
        }
    }
}

#[tokio::test]
async fn a_pass_that_begins_anew_within_a_generation_leaves_nothing_behind() {
    let own = partition("p");
    for mut lab in able(Mode::Replace) {
        let mut hand = lab.opened().await;
        hand.shape(&replaced()).await;
        let generation = hand.sink.build(&replaced(), at()).await.unwrap().generation;
        let page = |pass, given: &[Row], change: StateChange| {
            with_state(part(Mode::Replace, generation, vec![rows_of(&own, pass, given)]), change)
        };
        hand.commit(page(
            1,
            &[(1, "old", None), (2, "deleted since", None)],
            change(&own, 0, state(1, true, generation)),
        ))
        .await;
        let anew = StateChange { discard: Some(1), ..change(&own, 1, state(2, true, generation)) };
        hand.commit(page(2, &[(1, "new", None)], anew)).await;
        hand.promote(generation, Some(vec![own.clone()]), false).await.unwrap();
        assert_eq!(lab.names(), ["new"], "{:?}", lab.which);
    }
}

#[tokio::test]
async fn only_refused_records_of_the_current_generation_are_shown() {
    for mut lab in able(Mode::Replace) {
        let mut hand = lab.opened().await;
        hand.shape(&replaced()).await;
        for round in ["one", "two"] {
            let generation = fill(&mut hand, ["a", "b"]).await;
            let mut more = part(Mode::Replace, generation, vec![]);
            more.refused = vec![refused(&partition("0"), 1, round)];
            hand.commit(more).await;
            hand.promote(generation, None, false).await.unwrap();
            let kept = lab.quarantine().await;
            assert_eq!(
                kept.iter().map(|entry| entry.raw.to_vec()).collect::<Vec<_>>(),
                [round.as_bytes()],
                "{:?}",
                lab.which
            );
        }
    }
}

#[tokio::test]
async fn an_old_generation_or_one_of_other_columns_is_not_gone_on_with() {
    for mut lab in able(Mode::Replace) {
        let mut hand = lab.opened().await;
        hand.shape(&replaced()).await;
        let first = fill(&mut hand, ["a", "b"]).await;
        let found = hand.sink.build(&replaced(), at() + jiff::SignedDuration::from_hours(23)).await.unwrap();
        assert_eq!(found.generation, first, "{:?}", lab.which);
        let next = hand.sink.build(&replaced(), at() + jiff::SignedDuration::from_hours(25)).await.unwrap();
        assert!(next.generation > first, "{:?}", lab.which);
        let fields = schema().fields().iter().take(2).cloned().collect::<Vec<_>>();
        let narrow = StreamTarget {
            schema: std::sync::Arc::new(arrow_schema::Schema::new(fields)),
            position: None,
            ..replaced()
        };
        let other = hand.sink.build(&narrow, at() + jiff::SignedDuration::from_hours(25)).await.unwrap();
        assert!(other.generation > next.generation, "{:?}", lab.which);
    }
}
