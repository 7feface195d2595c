//! What only a database does: types, columns that change, what users made on a table.

use super::lab::*;
use super::output::{as_rows, every_type};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use rusqlite::Connection;
use std::sync::Arc;
use weir::sinks::{Mode, StreamTarget};

async fn open() -> (Lab, Hand) {
    let mut lab = Lab::new(Which::Sqlite);
    let hand = lab.opened().await;
    (lab, hand)
}

fn dump(lab: &Lab, sql: &str) -> String {
    let db = Connection::open(lab.db()).unwrap();
    let mut rows = db.prepare(sql).unwrap();
    let count = rows.column_count();
    let mut rows = rows.query([]).unwrap();
    let mut out = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cells: Vec<String> = (0..count).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
        out.push(cells.join(" "));
    }
    out.join("\n")
}

async fn put(hand: &mut Hand, mode: Mode, batch: RecordBatch) -> Result<weir::sinks::Changes, weir::fault::Fault> {
    let (target, rows) = as_rows(batch);
    let target = StreamTarget { mode, ..target };
    let changes = hand.sink.shape(&target).await?;
    hand.commit(part(mode, 0, vec![rows])).await;
    Ok(changes)
}

#[tokio::test]
async fn affinity_changes_no_value() {
    let (lab, mut hand) = open().await;
    put(&mut hand, Mode::Upsert, every_type()).await.unwrap();
    let types = "select typeof(id) || ' ' || typeof(score) || ' ' || typeof(price) || ' ' || typeof(ok) || ' ' ||
                 typeof(at) || ' ' || typeof(file) from items where id < 0";
    assert_eq!(dump(&lab, types), format!("Text({:?})", b"integer real text integer text blob"));
    assert_eq!(
        lab.rows()[0],
        serde_json::json!({
            "id": -7, "score": 0.1, "price": "1.10", "ok": 1, "day": "2024-02-29", "clock": "01:00:00.000001",
            "at": "2024-02-29T12:34:56.500000Z", "at_ns": "2024-02-29T12:34:56.500000001Z", "name": "=a,\u{1b}[31m\nü",
            "raw": "{\"b\":\n1.10}", "file": "[0, 255]", "tags": "[\"a\\\"b\",null]",
        })
    );
    // The same rows again change nothing.
    let (target, rows) = as_rows(every_type());
    hand.shape(&StreamTarget { mode: Mode::Upsert, ..target }).await;
    let counts = hand.commit(part(Mode::Upsert, 0, vec![rows])).await;
    assert_eq!(counts.streams["items"].unchanged, Some(2));
}

fn columns(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, name != "id")))
        .unwrap()
}

fn ints(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

#[tokio::test]
async fn columns_are_added_widened_or_refused() {
    let (lab, mut hand) = open().await;
    let floats = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
    let texts = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let bools = |values: &[bool]| Arc::new(BooleanArray::from(values.to_vec())) as ArrayRef;
    let first =
        columns(vec![("id", ints(&[1])), ("n", ints(&[5])), ("b", bools(&[true])), ("f", floats(&[0.1 + 0.2]))]);
    let changes = put(&mut hand, Mode::Upsert, first).await.unwrap();
    assert!(changes.created);
    Connection::open(lab.db()).unwrap().execute_batch("create index by_n on items(n)").unwrap();
    let second = columns(vec![
        ("id", ints(&[2])),
        ("n", floats(&[2.5])),
        ("b", texts(&["x"])),
        ("f", texts(&["y"])),
        ("new", ints(&[9])),
    ]);
    let changes = put(&mut hand, Mode::Upsert, second).await.unwrap();
    assert_eq!(changes.added, ["new"]);
    assert_eq!(changes.widened.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["n", "b", "f"]);
    assert_eq!(
        lab.rows(),
        [
            serde_json::json!({ "id": 1, "n": 5.0, "b": "true", "f": "0.30000000000000004", "new": null }),
            serde_json::json!({ "id": 2, "n": 2.5, "b": "x", "f": "y", "new": 9 }),
        ]
    );
    assert!(dump(&lab, "select name from sqlite_schema where name = 'by_n'").starts_with("Text"));
    let third = columns(vec![("id", ints(&[3])), ("n", ints(&[1])), ("b", bools(&[true]))]);
    let fault = put(&mut hand, Mode::Upsert, third).await.unwrap_err();
    assert!(fault.message().contains("column n of table items holds number and now comes as integer"), "{fault}");
    // Fewer columns are fine: the others keep what they have.
    put(&mut hand, Mode::Upsert, columns(vec![("id", ints(&[1])), ("new", ints(&[4]))])).await.unwrap();
    assert_eq!(lab.rows()[0]["b"], "true");
}

#[tokio::test]
async fn hostile_column_names_are_kept_apart() {
    let (lab, mut hand) = open().await;
    let names = [
        "id",
        "ID",
        "Id",
        "select",
        "a b",
        "a\"b",
        "x;drop table items",
        "_weir_order",
        "rowid",
        "ü",
        "",
        "n\0l",
        "group",
    ];
    let batch =
        columns(names.iter().enumerate().map(|(at, name)| (*name, ints(&[i64::try_from(at).unwrap()]))).collect());
    put(&mut hand, Mode::Upsert, batch).await.unwrap();
    let db = Connection::open(lab.db()).unwrap();
    let row = db
        .prepare("select * from items")
        .unwrap()
        .query_row([], |row| (0..names.len()).map(|at| row.get::<_, i64>(at)).collect::<Result<Vec<_>, _>>());
    assert_eq!(row.unwrap(), (0..13).collect::<Vec<i64>>());
    let named = db.prepare("select * from items").unwrap().column_names().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(&named[..3], ["id", "ID_2", "Id_3"]);
    let many = (0..1001).map(|at| (format!("c{at}"), ints(&[1]))).collect::<Vec<_>>();
    let many = columns(many.iter().map(|(name, array)| (name.as_str(), array.clone())).collect());
    let (target, _) = as_rows(many);
    let target = StreamTarget { stream: "wide".into(), table: "wide".into(), key: vec!["c0".into()], ..target };
    let fault = hand.sink.shape(&target).await.unwrap_err();
    assert!(fault.message().contains("map as JSON"), "{fault}");
}

#[tokio::test]
async fn names_that_are_not_ours_to_take_are_refused() {
    let (lab, mut hand) = open().await;
    let db = Connection::open(lab.db()).unwrap();
    db.execute_batch("create table own(x); insert into own values(1); create view seen as select 1").unwrap();
    for (table, expected) in [
        ("_weir_state", "the ledger's"),
        ("sqlite_x", "SQLite's"),
        ("", "empty"),
        ("own", "did not create"),
        ("SEEN", "there is a view"),
    ] {
        for mode in [Mode::Upsert, Mode::Replace] {
            let own = StreamTarget { stream: table.to_owned(), table: table.to_owned(), ..target(mode) };
            let fault = hand.sink.shape(&own).await.unwrap_err();
            assert!(fault.message().contains(expected), "{table}: {fault}");
        }
    }
    assert_eq!(dump(&lab, "select count(*) from own"), "Integer(1)");
}

#[tokio::test]
async fn what_users_made_on_a_table_outlives_the_swap() {
    let (lab, mut hand) = open().await;
    let replaced = StreamTarget { tagged: true, ..target(Mode::Replace) };
    hand.shape(&replaced).await;
    let mut notes = Vec::new();
    for (round, name) in ["a", "b"].into_iter().enumerate() {
        let generation = hand.sink.build(&replaced, at()).await.unwrap().generation;
        hand.commit(part(Mode::Replace, generation, vec![rows(&[(1, name, None), (2, name, None)])])).await;
        notes = hand.promote(generation, None, false).await.unwrap().notes;
        if round == 0 {
            Connection::open(lab.db())
                .unwrap()
                .execute_batch(
                    "create index by_name on items(name); create table log(x); create view shown as select name from items;
                     create trigger logged after insert on items begin insert into log values(new.name); end;
                     update items set name = 'one' where id = 1; create unique index unique_name on items(name)",
                )
                .unwrap();
        }
    }
    let left = dump(
        &lab,
        "select group_concat(name) from (select cast(name as blob) as name from sqlite_schema where type in ('index', 'trigger') and sql is not null order by name)",
    );
    let expected = format!("Text({:?})", b"by_name,logged");
    assert_eq!(left, expected);
    assert!(
        notes.iter().any(|(_, text)| text.contains("the index unique_name no longer fits table items")),
        "{notes:?}"
    );
    assert_eq!(dump(&lab, "select count(*) from shown where name = 'b'"), "Integer(2)");
}

#[tokio::test]
async fn tables_that_nobody_lists_go_at_the_next_opening() {
    let (mut lab, hand) = open().await;
    hand.close().await;
    Connection::open(lab.db()).unwrap().execute_batch("create table _weir_items_7(x); create table kept(x)").unwrap();
    lab.opened().await.close().await;
    assert_eq!(dump(&lab, "select count(*) from sqlite_schema where name in ('_weir_items_7', 'kept')"), "Integer(1)");
}

#[tokio::test]
async fn an_appended_table_gets_a_key_only_if_its_rows_have_one() {
    let (lab, mut hand) = open().await;
    hand.shape(&target(Mode::Append)).await;
    hand.commit(part(Mode::Append, 0, vec![rows(&[(1, "a", None), (2, "b", None)])])).await;
    hand.shape(&target(Mode::Upsert)).await;
    hand.commit(part(Mode::Upsert, 0, vec![rows(&[(1, "a2", None)])])).await;
    assert_eq!(lab.names(), ["a2", "b"]);
    assert!(hand.sink.shape(&target(Mode::Append)).await.unwrap_err().message().contains("unique by id"));
    let (_lab, mut hand) = open().await;
    hand.shape(&target(Mode::Append)).await;
    hand.commit(part(Mode::Append, 0, vec![rows(&[(1, "a", None), (1, "b", None)])])).await;
    assert!(hand.sink.shape(&target(Mode::Upsert)).await.unwrap_err().message().contains("stand there twice"));
}

#[tokio::test]
async fn another_program_may_read_while_a_unit_is_written() {
    let (lab, mut hand) = open().await;
    hand.shape(&target(Mode::Upsert)).await;
    hand.commit(part(Mode::Upsert, 0, vec![rows(&[(1, "a", None)])])).await;
    let db = Connection::open(lab.db()).unwrap();
    let mut reader = db.prepare("select name from items").unwrap();
    let mut open = reader.query([]).unwrap();
    assert!(open.next().unwrap().is_some());
    hand.commit(part(Mode::Upsert, 0, vec![rows(&[(2, "b", None)])])).await;
    assert!(open.next().unwrap().is_none(), "a reader keeps what it began with");
    assert_eq!(lab.names(), ["a", "b"]);
}

#[tokio::test]
async fn work_leaves_the_async_threads_if_asked() {
    let lab = Lab::new(Which::Sqlite);
    let options = weir::sinks::SinkOptions { offload: weir::sinks::Offload::Blocking, ..Default::default() };
    let mut lab = lab;
    let sink = Box::new(weir::sinks::sqlite::SqliteSink::new(lab.db(), options));
    let mut hand = lab.open(sink).await.unwrap();
    hand.shape(&target(Mode::Upsert)).await;
    hand.commit(part(Mode::Upsert, 0, vec![rows(&[(1, "a", None)])])).await;
    hand.close().await;
    assert_eq!(lab.names(), ["a"]);
}
