//! Rows by key: guarded by the position, deleted or marked.

use super::lab::*;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use std::sync::Arc;
use weir::sinks::{Mode, Rows, StreamTarget};

/// What stands for one key after rows in this order: the rule of the protocol.
fn model(given: &[Row]) -> &'static str {
    let mut kept: Option<Row> = None;
    for row in given {
        let passes = kept.is_none_or(|kept| kept.2.is_none() || row.2.is_none() || row.2 >= kept.2);
        if passes {
            kept = Some(*row);
        }
    }
    kept.unwrap().1
}

fn orders(rows: &[Row]) -> Vec<Vec<Row>> {
    if rows.len() <= 1 {
        return vec![rows.to_vec()];
    }
    let mut all = Vec::new();
    for at in 0..rows.len() {
        let mut rest = rows.to_vec();
        let first = rest.remove(at);
        all.extend(orders(&rest).into_iter().map(|mut tail| {
            tail.insert(0, first);
            tail
        }));
    }
    all
}

/// The same stream with its position as text: compared by what it means.
fn as_text(target: &StreamTarget, rows: Rows) -> (StreamTarget, Rows) {
    let mut fields: Vec<Field> = target.schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[2] = Field::new("at", DataType::Utf8, true);
    let schema = Arc::new(Schema::new(fields));
    let order = rows.order.clone().unwrap();
    let texts: StringArray =
        order.iter().map(|order| order.map(|order| format!("{}", order / 1_000_000_000))).collect();
    let columns: Vec<ArrayRef> = vec![rows.batch.column(0).clone(), rows.batch.column(1).clone(), Arc::new(texts)];
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    (StreamTarget { schema, ..target.clone() }, Rows { batch, ..rows })
}

#[tokio::test]
async fn rows_in_any_order_give_the_newest() {
    let given: [Row; 4] = [(1, "five", Some(5)), (1, "nine", Some(9)), (1, "ten", Some(10)), (1, "none", None)];
    for text in [false, true] {
        for which in [Which::Sqlite, Which::Memory] {
            for (nth, order) in orders(&given).into_iter().enumerate() {
                let mut lab = Lab::new(which);
                let mut hand = lab.opened().await;
                let mut shaped = target(Mode::Upsert);
                let mut batches: Vec<Rows> = match nth % 2 {
                    0 => vec![rows(&order)],
                    _ => order.iter().map(|row| rows(&[*row])).collect(),
                };
                if text {
                    let plain = shaped.clone();
                    batches = batches.into_iter().map(|batch| as_text(&plain, batch).1).collect();
                    shaped = as_text(&plain, rows(&[])).0;
                }
                hand.shape(&shaped).await;
                for batch in batches {
                    hand.commit(part(Mode::Upsert, 0, vec![batch])).await;
                }
                assert_eq!(lab.names(), [model(&order)], "{which:?} {order:?} as text: {text}");
            }
        }
    }
}

/// A row may change twice within one tick of the source's clock: it comes again with the same position.
#[tokio::test]
async fn of_equal_positions_the_later_received_stands() {
    for mut lab in able(Mode::Upsert) {
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Upsert)).await;
        hand.commit(part(Mode::Upsert, 0, vec![rows(&[(1, "first", Some(5)), (1, "second", Some(5))])])).await;
        assert_eq!(lab.names(), ["second"], "{:?}", lab.which);
        hand.commit(part(Mode::Upsert, 0, vec![rows(&[(1, "third", Some(5))])])).await;
        assert_eq!(lab.names(), ["third"], "{:?}", lab.which);
    }
}

#[tokio::test]
async fn what_became_of_rows_is_counted() {
    for mut lab in able(Mode::Upsert) {
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Upsert)).await;
        let count = |counts: weir::sinks::Counts| {
            let of = counts.streams["items"];
            [of.created, of.updated, of.unchanged, of.deleted].map(Option::unwrap)
        };
        let first = part(Mode::Upsert, 0, vec![rows(&[(1, "a", Some(1)), (2, "b", Some(2)), (1, "a2", Some(3))])]);
        assert_eq!(count(hand.commit(first).await), [2, 1, 0, 0], "{:?}", lab.which);
        let second = part(Mode::Upsert, 0, vec![rows(&[(1, "a2", Some(3)), (2, "old", Some(1)), (3, "c", None)])]);
        assert_eq!(count(hand.commit(second).await), [1, 0, 2, 0], "{:?}", lab.which);
        let third = part(Mode::Upsert, 0, vec![deleted(&[(1, "", Some(9)), (2, "", Some(1)), (7, "", Some(9))])]);
        assert_eq!(count(hand.commit(third).await), [0, 0, 0, 1], "{:?}", lab.which);
        assert_eq!(lab.names(), ["b", "c"], "{:?}", lab.which);
    }
}

#[tokio::test]
async fn deletes_are_guarded_like_rows() {
    // Each case: rows and deletions in commit order, and what stands then.
    type Step = (bool, Row);
    let cases: [(&str, &[Step], &[&str]); 7] = [
        (
            "a row after a newer deletion",
            &[(false, (1, "x", Some(5))), (true, (1, "", Some(12))), (false, (1, "late", Some(11)))],
            &[],
        ),
        ("a deletion of what was never seen", &[(true, (1, "", Some(12))), (false, (1, "late", Some(11)))], &[]),
        ("created again", &[(true, (1, "", Some(11))), (false, (1, "again", Some(13)))], &["again"]),
        ("created again in the same tick", &[(true, (1, "", Some(11))), (false, (1, "again", Some(11)))], &["again"]),
        ("an older deletion", &[(false, (1, "new", Some(13))), (true, (1, "", Some(11)))], &["new"]),
        ("a deletion without a position", &[(false, (1, "x", Some(5))), (true, (1, "", None))], &[]),
        (
            "the newest deletion counts",
            &[(true, (1, "", Some(12))), (true, (1, "", Some(9))), (false, (1, "late", Some(10)))],
            &[],
        ),
    ];
    for mark in [false, true] {
        for (what, steps, expected) in cases {
            for units in [false, true] {
                for mut lab in able(Mode::Upsert) {
                    let mut hand = lab.opened().await;
                    hand.shape(&StreamTarget { mark_deleted: mark, ..target(Mode::Upsert) }).await;
                    let batches: Vec<Rows> =
                        steps.iter().map(|(gone, row)| if *gone { deleted(&[*row]) } else { rows(&[*row]) }).collect();
                    if units {
                        for batch in batches {
                            hand.commit(part(Mode::Upsert, 0, vec![batch])).await;
                        }
                    } else {
                        hand.commit(part(Mode::Upsert, 0, batches)).await;
                    }
                    assert_eq!(lab.names(), expected, "{what}, {:?}, marked: {mark}, units: {units}", lab.which);
                }
            }
        }
    }
}

#[tokio::test]
async fn the_guard_of_a_deletion_ends_with_the_run() {
    for mut lab in able(Mode::Upsert) {
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Upsert)).await;
        hand.commit(part(Mode::Upsert, 0, vec![deleted(&[(1, "", Some(12))])])).await;
        hand.close().await;
        let mut hand = lab.opened().await;
        hand.shape(&target(Mode::Upsert)).await;
        hand.commit(part(Mode::Upsert, 0, vec![rows(&[(1, "restored", Some(3))])])).await;
        assert_eq!(lab.names(), ["restored"], "{:?}", lab.which);
    }
}

#[tokio::test]
async fn a_row_without_key_is_refused_with_its_unit() {
    for mut lab in able(Mode::Upsert) {
        let mut hand = lab.opened().await;
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("name", DataType::Utf8, true),
            Field::new("at", DataType::Int64, true),
        ]));
        hand.shape(&StreamTarget { schema: schema.clone(), ..target(Mode::Upsert) }).await;
        let mut columns = rows(&[(1, "a", None)]).batch.columns().to_vec();
        columns[0] = Arc::new(arrow_array::Int64Array::from(vec![None::<i64>]));
        let batch = RecordBatch::try_new(schema, columns).unwrap();
        let broken = Rows { batch, ..rows(&[(1, "a", None)]) };
        assert!(hand.try_commit(part(Mode::Upsert, 0, vec![rows(&[(2, "b", None)]), broken])).await.is_err());
        assert_eq!(lab.names(), Vec::<String>::new(), "{:?}", lab.which);
    }
}
