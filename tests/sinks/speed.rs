//! What a million typed rows of 22 columns cost: `cargo test --release --test sinks speed -- --ignored --nocapture`.

use super::lab::*;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use std::sync::Arc;
use weir::sinks::{Mode, Rows, StreamTarget};
use weir::state::PartitionKey;

const PAGE: usize = 1000;

fn page(from: usize) -> RecordBatch {
    let texts = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new((from..from + PAGE).map(|at| Some(of(at))).collect::<StringArray>())
    };
    let ints = |of: &dyn Fn(i64) -> i64| -> ArrayRef {
        Arc::new((from..from + PAGE).map(|at| of(i64::try_from(at).unwrap())).collect::<Int64Array>())
    };
    let times = |shift: i64| -> ArrayRef {
        let micros =
            (from..from + PAGE).map(|at| 1_700_000_000_000_000 + i64::try_from(at).unwrap() * 1_000_003 - shift);
        Arc::new(micros.map(Some).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let bools: ArrayRef = Arc::new((from..from + PAGE).map(|at| Some(at % 3 == 0)).collect::<BooleanArray>());
    let amount = Decimal128Array::from_iter_values((from..from + PAGE).map(|at| i128::try_from(at).unwrap() * 7))
        .with_precision_and_scale(18, 2)
        .unwrap();
    let nulls: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>; PAGE]));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", ints(&|at| at)),
        ("key", texts(&|at| format!("K-{at:08}"))),
        ("uuid", texts(&|at| format!("7c9e6679-7425-40de-944b-{at:012x}"))),
        ("updated_at", times(0)),
        ("created_at", times(864_000_000_000)),
        ("name", texts(&|at| format!("invoice north {at}"))),
        ("status", texts(&|_| "open".into())),
        ("priority", ints(&|at| at % 5)),
        (
            "score",
            Arc::new(
                (from..from + PAGE)
                    .map(|at| f64::from(u32::try_from(at).unwrap()) / 8.0)
                    .map(Some)
                    .collect::<Float64Array>(),
            ),
        ),
        ("amount", Arc::new(amount)),
        ("currency", texts(&|_| "EUR".into())),
        ("quantity", ints(&|at| at % 100)),
        ("is_active", bools.clone()),
        ("is_archived", bools),
        ("email", texts(&|at| format!("user{at}@example.com"))),
        ("url", texts(&|at| format!("https://app.example.com/w/123/items/{at:08x}"))),
        (
            "description",
            texts(&|_| {
                "invoice north ledger amber signal harbor tariff quartz meadow budget lantern cobalt orbit".into()
            }),
        ),
        (
            "owner",
            texts(&|_| {
                "{\"id\":17,\"name\":\"north ledger\",\"admin\":false,\"team\":{\"id\":3,\"name\":\"amber\"}}".into()
            }),
        ),
        ("tags", texts(&|_| "[\"a\",\"b\"]".into())),
        ("parent_id", ints(&|_| 5)),
        ("closed_at", nulls.clone()),
        ("notes", nulls),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, name != "id")))
        .unwrap()
}

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse().unwrap())
        .collect();
    (fields[0] + fields[1]) / 100.0
}

#[tokio::test]
#[ignore = "measures"]
async fn a_million_rows() {
    let million = 1_000_000;
    for (which, mode) in [(Which::Sqlite, Mode::Upsert), (Which::Sqlite, Mode::Append), (Which::Jsonl, Mode::Append)] {
        let mut lab = Lab::new(which);
        for round in ["first", "same again"] {
            let mut hand = lab.opened().await;
            let target =
                StreamTarget { schema: page(0).schema(), position: Some("updated_at".into()), mode, ..target(mode) };
            hand.shape(&target).await;
            let (mut spent, mut held, mut pieces) = (0.0, Vec::new(), Vec::new());
            for from in (0..million).step_by(PAGE) {
                let batch = page(from);
                let times = batch.column(3).as_any().downcast_ref::<TimestampMicrosecondArray>().unwrap();
                let order =
                    (0..PAGE).map(|at| times.is_valid(at).then(|| i128::from(times.value(at)) * 1000)).collect();
                held.push(Rows {
                    partition: PartitionKey::whole(),
                    pass: 1,
                    batch,
                    order: Some(order),
                    deleted: false,
                    bytes: 600_000,
                });
                let before = cpu();
                if hand.sink.abilities().stages {
                    pieces.push(hand.sink.stage(&part(mode, 0, std::mem::take(&mut held))).await.unwrap());
                }
                if held.len() == 13 || pieces.len() == 200 || from + PAGE >= million {
                    hand.commit(staged(part(mode, 0, std::mem::take(&mut held)), std::mem::take(&mut pieces))).await;
                }
                spent += cpu() - before;
            }
            println!("{which:?} {mode:?} {round}: {spent:.2} CPU s a million rows");
            hand.close().await;
        }
    }
}
