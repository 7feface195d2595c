//! The counterexamples of the protocol's model as cases with their names.

use crate::case::{Case, Kind, Pace, Sort, Where};
use crate::lab::{How, Lab};
use crate::random::{able, at_request, dying, ends_equal, played, row};
use crate::source::{Change, Row, Script};
use std::time::Duration;
use tokio::time::sleep;
use weir::event::Coverage;
use weir::sinks::Mode;

async fn lab(case: Case, rows: Vec<Row>, script: Script) -> Lab {
    let lab = Lab::new(case, rows, script);
    sleep(Duration::from_secs(10)).await;
    lab
}

fn script(changes: impl IntoIterator<Item = (usize, Change)>) -> Script {
    let mut script = Script::new();
    for (at, change) in changes {
        script.entry(at).or_default().push(change);
    }
    script
}

async fn twice_calm(lab: &mut Lab) {
    sleep(Duration::from_secs(3)).await;
    for _ in 0..2 {
        let receipt = lab.calm().await;
        assert_eq!(receipt.streams[0].coverage, Coverage::Complete, "{receipt:#?}");
        sleep(Duration::from_secs(2)).await;
    }
    ends_equal(lab);
}

#[test]
fn a1_a_position_after_an_unsorted_pass_is_not_above_its_begin() {
    played(|| async {
        let case = Case { latency_ms: 2500, ..Case::plain() };
        let rows = vec![row(1, 1), row(3, 2), row(5, 3), row(7, 4)];
        let mut lab = lab(case, rows, script([(1, Change::Touch(1)), (1, Change::Touch(5))])).await;
        lab.calm().await;
        assert!(lab.covered(0).await < Some(lab.api.state.lock().unwrap().rows[2].at.unwrap()));
        twice_calm(&mut lab).await;
        lab
    });
}

#[test]
fn a1_an_ascending_pass_reads_its_own_second_again() {
    played(|| async {
        let case = Case { sort: Sort::Asc, latency_ms: 60, ..Case::plain() };
        let rows = vec![row(1, 5), row(3, 10), row(6, 10)];
        let mut lab = lab(case, rows, script([(1, Change::Insert(2, 0)), (1, Change::Insert(9, 0))])).await;
        lab.calm().await;
        assert_eq!(lab.covered(0).await, Some(10));
        twice_calm(&mut lab).await;
        lab
    });
}

#[test]
fn a2_a_change_within_the_same_tick_is_not_dropped() {
    for (mode, keyed) in [(Mode::Upsert, true), (Mode::Append, true), (Mode::Append, false)] {
        played(|| async {
            let mut lab = lab(Case { mode, keyed, ..Case::plain() }, vec![row(1, 9)], Script::new()).await;
            lab.calm().await;
            assert_eq!(lab.covered(0).await, Some(9));
            lab.api.state.lock().unwrap().rows[0].version = 2;
            twice_calm(&mut lab).await;
            lab
        });
    }
}

#[test]
fn a3_16_chunks_of_any_size_give_what_one_read_gives() {
    for kind in [Kind::Keyset, Kind::Offset, Kind::Page, Kind::Snapshot] {
        for sort in [Sort::Asc, Sort::Desc, Sort::None] {
            for (mode, keyed) in
                [(Mode::Upsert, true), (Mode::Append, true), (Mode::Append, false), (Mode::Replace, false)]
            {
                for pages in 1..=3 {
                    played(|| async {
                        let case = Case { kind, sort, mode, keyed, size: 2, parallel: 3, ..Case::plain() };
                        let rows: Vec<Row> = (0..7).map(|id| row(id, 1 + id / 3)).collect();
                        let mut lab = lab(case, rows, Script::new()).await;
                        let mut chunks = 0;
                        loop {
                            chunks += 1;
                            let how = How { pages: Some(pages), ..How::default() };
                            let receipt = lab.run(how).await.unwrap();
                            if receipt.streams[0].coverage == Coverage::Complete {
                                break;
                            }
                            assert!(chunks < 5, "{receipt:#?}");
                        }
                        ends_equal(&mut lab);
                        assert_eq!(lab.rows().len(), 7);
                        lab
                    });
                }
            }
        }
    }
}

#[test]
fn a6_a_row_without_a_position_is_not_frozen() {
    for to in [Where::Memory, Where::Sqlite] {
        played(|| async {
            let case = Case { nulls: true, to, ..Case::plain() };
            let rows = vec![Row { at: None, ..row(1, 0) }, row(2, 3), row(3, 4)];
            let mut lab = lab(case, rows, Script::new()).await;
            for change in [Change::Touch(1), Change::Null(2), Change::Null(1), Change::Touch(2), Change::Touch(1)] {
                lab.calm().await;
                lab.change(&change);
                sleep(Duration::from_secs(5)).await;
            }
            twice_calm(&mut lab).await;
            lab
        });
    }
}

#[test]
fn a7_a_delete_in_one_lane_and_an_older_row_in_another() {
    for seed in 0..60 {
        played(|| async {
            let to = if seed % 3 == 0 { Where::Sqlite } else { Where::Memory };
            let pace = if seed % 2 == 0 { Pace::EveryPage } else { Pace::Once };
            let case = Case {
                seed,
                parts: 2,
                size: 1,
                concurrency: 2,
                tombstones: true,
                latency_ms: 4000,
                to,
                pace,
                ..Case::plain()
            };
            let rows = vec![row(1, 5), row(2, 4), Row { part: 1, ..row(8, 5) }, Row { part: 1, ..row(9, 4) }];
            let change = if seed % 4 < 2 {
                [(1, Change::Move(1, 1)), (3, Change::Tombstone(1))]
            } else {
                [(1, Change::Tombstone(1)), (3, Change::Move(1, 1))]
            };
            let mut lab = lab(case, rows, script(change)).await;
            lab.calm().await;
            twice_calm(&mut lab).await;
            lab
        });
    }
}

#[test]
fn a9_a_page_number_is_not_trusted_across_a_gap() {
    for kind in [Kind::Offset, Kind::Page] {
        played(|| async {
            let case = Case { kind, ..Case::plain() };
            let mut lab = lab(case, vec![row(1, 1), row(3, 2), row(5, 3), row(7, 4)], Script::new()).await;
            // It dies at the request for the second page; the first one is durable.
            lab.run(at_request(1)).await;
            lab.change(&Change::Remove(1));
            lab.calm().await;
            assert!(lab.rows().contains(&(5, Some(1))), "{:?}", lab.rows());
            lab
        });
    }
}

#[test]
fn b1_append_writes_nothing_in_an_idle_run() {
    for to in [Where::Memory, Where::Sqlite, Where::Jsonl] {
        for (keyed, tombstones) in [(true, true), (false, false)] {
            for sort in [Sort::Asc, Sort::Desc, Sort::None] {
                played(|| async {
                    let case = Case {
                        mode: Mode::Append,
                        nulls: true,
                        lookback: Some(3),
                        to,
                        keyed,
                        tombstones,
                        sort,
                        ..Case::plain()
                    };
                    let rows = vec![
                        row(1, 1),
                        Row { at: None, ..row(2, 0) },
                        row(3, 5),
                        Row { gone: tombstones, ..row(4, 5) },
                    ];
                    let mut lab = lab(case, rows, Script::new()).await;
                    lab.calm().await;
                    let before = lab.books.lock().unwrap().shown.len();
                    lab.calm().await;
                    lab.calm().await;
                    assert_eq!(lab.books.lock().unwrap().shown.len(), before);
                    lab
                });
            }
        }
    }
}

#[test]
fn b2_6_a_pass_that_begins_anew_takes_back_what_it_had_written() {
    for to in [Where::Memory, Where::Sqlite, Where::Jsonl] {
        for (mode, keyed) in
            [(Mode::Append, true), (Mode::Append, false), (Mode::Replace, true), (Mode::Replace, false)]
        {
            for (restarts, pace) in
                [(false, Pace::EveryPage), (true, Pace::EveryPage), (true, Pace::Once), (true, Pace::Few)]
            {
                // Destinations on disk are slow: once in the middle.
                for at in if to == Where::Memory { 1..4 } else { 2..3 } {
                    played(|| async {
                        let case =
                            Case { kind: Kind::Snapshot, size: 1, mode, keyed, to, restarts, pace, ..Case::plain() };
                        let rows = vec![row(1, 1), row(3, 2), row(5, 3), row(7, 4)];
                        let expires = if restarts {
                            script([(at, Change::Expire), (at, Change::Touch(1))])
                        } else {
                            Script::new()
                        };
                        let mut lab = lab(case, rows, expires).await;
                        if restarts {
                            lab.calm().await;
                        } else {
                            lab.run(at_request(at)).await;
                            lab.change(&Change::Expire);
                        }
                        if mode == Mode::Replace {
                            lab.change(&Change::Remove(1));
                        }
                        twice_calm(&mut lab).await;
                        let rows = lab.rows();
                        let ids: std::collections::BTreeSet<_> = rows.iter().collect();
                        assert_eq!(ids.len(), rows.len(), "{rows:?}");
                        lab
                    });
                }
            }
        }
    }
}

#[test]
fn b3_19_a_refused_row_that_comes_again_stands_once() {
    for to in [Where::Memory, Where::Sqlite] {
        played(|| async {
            let case = Case { lookback: Some(5), bad: true, to, ..Case::plain() };
            let mut lab = lab(case, vec![row(1, 1), Row { bad: true, ..row(2, 4) }, row(3, 5)], Script::new()).await;
            lab.calm().await;
            twice_calm(&mut lab).await;
            assert_eq!(lab.quarantine().await.len(), 1);
            lab
        });
    }
}

#[test]
fn b4_equal_contents_of_two_runs_are_both_there() {
    played(|| async {
        let case = Case { mode: Mode::Append, keyed: false, positions: false, to: Where::Jsonl, ..Case::plain() };
        let mut lab = lab(case, vec![row(1, 1), row(2, 2)], Script::new()).await;
        lab.calm().await;
        lab.calm().await;
        assert_eq!(lab.rows().len(), 4);
        lab
    });
}

#[test]
fn c1_a_full_read_that_was_killed_is_finished_and_lowers_nothing() {
    for window in [None, Some(3)] {
        for kind in [Kind::Keyset, Kind::Offset, Kind::Snapshot] {
            for at in 0..6 {
                played(|| async {
                    let case = Case { window, kind, size: 1, ..Case::plain() };
                    let mut lab = lab(case, (1..7).map(|id| row(id, id)).collect(), Script::new()).await;
                    lab.calm().await;
                    let before = lab.covered(0).await;
                    lab.silent = true;
                    // Nobody but a full read notices this.
                    lab.api.state.lock().unwrap().rows.iter_mut().for_each(|row| row.version = 2);
                    lab.api.state.lock().unwrap().rows.iter_mut().for_each(|row| row.since = i64::MAX);
                    let died = lab.run(How { full: true, ..at_request(at) }).await;
                    assert!(died.is_none());
                    assert_eq!(lab.covered(0).await, before);
                    let told = lab.states().await[&0].1.open.as_ref().map(|open| open.full);
                    lab.calm().await;
                    if told == Some(true) {
                        // The wish was durable: the run after it has read all.
                        assert!(lab.rows().iter().all(|row| row.1 == Some(2)), "{:?}", lab.rows());
                    }
                    lab
                });
            }
        }
    }
}

#[test]
fn c3_11_a_table_is_swapped_whole_wherever_the_run_dies() {
    let all = [(true, None, 2), (false, None, 2), (false, Some(3), 1), (true, Some(3), 2)];
    for (to, cases, step) in
        [(Where::Memory, &all[..], 1), (Where::Sqlite, &all[1..3], 4), (Where::Jsonl, &all[1..3], 4)]
    {
        for (keyed, window, parts) in cases.iter().copied() {
            for call in (1..16).step_by(step) {
                for done in [false, true] {
                    played(|| async {
                        let positions = window.is_some();
                        let case = Case { mode: Mode::Replace, keyed, window, positions, parts, to, ..Case::plain() };
                        let rows = (0..6).map(|id| Row { part: (id as usize) % parts, ..row(id, id) }).collect();
                        let mut lab = lab(case, rows, Script::new()).await;
                        lab.calm().await;
                        lab.change(&Change::Touch(2));
                        lab.change(&Change::Remove(3));
                        sleep(Duration::from_secs(2)).await;
                        lab.run(dying(call, done)).await;
                        let seen = lab.rows().len();
                        assert!(seen == 6 || seen == 5, "{:?}", lab.rows());
                        twice_calm(&mut lab).await;
                        lab
                    });
                }
            }
        }
    }
}

#[test]
fn c4_17_a_run_that_finishes_an_older_pass_makes_its_own() {
    for kind in [Kind::Keyset, Kind::Offset, Kind::Page, Kind::Snapshot] {
        for sort in [Sort::Asc, Sort::Desc, Sort::None] {
            for mode in [Mode::Upsert, Mode::Append] {
                for window in [None, Some(4)] {
                    for at in 1..4 {
                        played(|| async {
                            let case = Case { kind, sort, mode, window, size: 1, ..Case::plain() };
                            let mut lab = lab(case, (1..6).map(|id| row(id, id)).collect(), Script::new()).await;
                            lab.run(at_request(at)).await;
                            lab.change(&Change::Touch(1));
                            lab.change(&Change::Touch(5));
                            sleep(Duration::from_secs(5)).await;
                            lab.calm().await;
                            ends_equal(&mut lab);
                            lab
                        });
                    }
                }
            }
        }
    }
}

#[test]
fn c5_13_14_units_keep_their_order_whatever_their_outcome() {
    for seed in 0..40 {
        played(|| async {
            let to = [Where::Memory, Where::Sqlite, Where::Jsonl][seed as usize % 3];
            let mode = if able(to, Mode::Upsert) { Mode::Upsert } else { Mode::Append };
            let pace = [Pace::Few, Pace::EveryPage][seed as usize % 2];
            let case = Case { seed, to, mode, parts: 2, size: 1, concurrency: 3, pace, ..Case::plain() };
            let rows = (0..8).map(|id| Row { part: (id as usize) % 2, ..row(id, id / 2) }).collect();
            let mut lab = lab(case, rows, Script::new()).await;
            let mut how = How::default();
            how.trouble.one_in = Some(2);
            lab.run(how).await;
            twice_calm(&mut lab).await;
            lab
        });
    }
}

#[test]
fn d1_chunks_go_on_within_equal_stamps() {
    for kind in [Kind::Keyset, Kind::Offset] {
        played(|| async {
            let case = Case { sort: Sort::Asc, kind, ..Case::plain() };
            let mut lab = lab(case, (0..5).map(|id| row(id, 3)).collect(), Script::new()).await;
            for _ in 0..3 {
                lab.run(How { pages: Some(1), ..How::default() }).await;
            }
            assert_eq!(lab.rows().len(), 5);
            lab
        });
    }
}

#[test]
fn d4_readers_never_wait_for_memory_while_a_unit_could_be_closed() {
    for to in [Where::Memory, Where::Sqlite, Where::Jsonl] {
        played(|| async {
            let case = Case {
                to,
                mode: Mode::Append,
                memory: 1,
                pace: Pace::Once,
                parts: 2,
                concurrency: 4,
                size: 1,
                kind: Kind::Offset,
                parallel: 3,
                ..Case::plain()
            };
            let rows = (0..12).map(|id| Row { part: (id as usize) % 2, ..row(id, id / 2) }).collect();
            let mut lab = lab(case, rows, Script::new()).await;
            let begin = lab.now();
            lab.calm().await;
            assert!(lab.now() - begin < 60_000, "{}", lab.now() - begin);
            ends_equal(&mut lab);
            lab
        });
    }
}

#[test]
fn invariant_15_a_crash_costs_a_page_or_two() {
    for kind in [Kind::Keyset, Kind::Offset, Kind::Snapshot] {
        for at in 0..4 {
            played(|| async {
                let mut lab =
                    lab(Case { kind, ..Case::plain() }, (0..8).map(|id| row(id, id)).collect(), Script::new()).await;
                lab.run(at_request(at)).await;
                lab.calm().await;
                // Four pages; what was lost on the wire and in memory, one to verify, one of its own pass.
                let requests = lab.requests().len();
                assert!(requests <= 4 + 2 + 1 + 1, "{requests}: {:#?}", lab.requests());
                lab
            });
        }
    }
}

#[test]
fn a_limit_saves_nothing_beyond_what_is_contiguous() {
    for (mode, keyed) in [(Mode::Upsert, true), (Mode::Append, true), (Mode::Append, false), (Mode::Replace, false)] {
        for sort in [Sort::Asc, Sort::Desc, Sort::None] {
            for limit in 1..6 {
                played(|| async {
                    let case = Case { mode, keyed, sort, size: 2, ..Case::plain() };
                    let mut lab = lab(case, (0..5).map(|id| row(id, id / 2)).collect(), Script::new()).await;
                    let receipt = lab.run(How { limit: Some(limit), ..How::default() }).await.unwrap();
                    assert_eq!(receipt.streams[0].written, limit);
                    twice_calm(&mut lab).await;
                    assert_eq!(lab.rows().len(), 5);
                    lab
                });
            }
        }
    }
}

#[test]
fn pages_that_are_asked_at_once_come_in_any_order() {
    for kind in [Kind::Offset, Kind::Page] {
        for seed in 0..20 {
            played(|| async {
                let case = Case { seed, kind, parallel: 4, concurrency: 4, latency_ms: 3000, ..Case::plain() };
                let mut lab = lab(case, (0..15).map(|id| row(id, id / 2)).collect(), Script::new()).await;
                let begin = lab.now();
                lab.calm().await;
                ends_equal(&mut lab);
                assert_eq!(lab.requests().len(), 8, "{:#?}", lab.requests());
                // Eight pages one after the other would take 24 seconds.
                assert!(lab.now() - begin < 20_000, "{}", lab.now() - begin);
                lab
            });
        }
    }
}
