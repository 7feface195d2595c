//! What people and programs see on an output.

use super::lab::*;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow_schema::{Field, Schema};
use std::io::{self, Write};
use std::sync::Arc;
use weir::data::{Moment, Type, When};
use weir::sinks::stdout::{Format, StdoutOptions, StdoutSink};
use weir::sinks::{CommitFault, Mode, Offload, Rows, Sink, StreamTarget};
use weir::state::PartitionKey;

/// One row of nulls, and one of every type.
pub(crate) fn every_type() -> RecordBatch {
    let timestamp = |when| Type::Timestamp(Moment { when, zone: None });
    let types = [
        ("id", Type::Integer),
        ("score", Type::Number),
        ("price", Type::Decimal { precision: 18, scale: 2 }),
        ("ok", Type::Boolean),
        ("day", Type::Date(Moment::default())),
        ("clock", Type::Time(Moment::default())),
        ("at", timestamp(When::Default)),
        ("at_ns", timestamp(When::Ns)),
        ("name", Type::String),
        ("raw", Type::Json),
        ("file", Type::Bytes),
        ("tags", Type::List { of: Box::new(Type::String), required: false }),
    ];
    let fields: Vec<Field> = types.iter().map(|(name, of)| of.arrow_field(name, *name == "id")).collect();
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_null();
    tags.values().append_value("a\"b");
    tags.values().append_null();
    tags.append(true);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![i64::MAX, -7])),
        Arc::new(Float64Array::from(vec![None, Some(0.1)])),
        Arc::new(Decimal128Array::from(vec![None, Some(110)]).with_precision_and_scale(18, 2).unwrap()),
        Arc::new(BooleanArray::from(vec![None, Some(true)])),
        Arc::new(Date32Array::from(vec![None, Some(19_782)])),
        Arc::new(Time64MicrosecondArray::from(vec![None, Some(3_600_000_001)])),
        Arc::new(TimestampMicrosecondArray::from(vec![None, Some(1_709_210_096_500_000)]).with_timezone("UTC")),
        Arc::new(TimestampNanosecondArray::from(vec![None, Some(1_709_210_096_500_000_001)]).with_timezone("UTC")),
        Arc::new(StringArray::from(vec![None, Some("=a,\u{1b}[31m\nü")])),
        Arc::new(StringArray::from(vec![None, Some("{\"b\":\n1.10}")])),
        Arc::new(BinaryArray::from(vec![None, Some(&[0_u8, 255][..])])),
        Arc::new(tags.finish()),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

pub(crate) fn as_rows(batch: RecordBatch) -> (StreamTarget, Rows) {
    let target = StreamTarget { schema: batch.schema(), position: None, ..target(Mode::Append) };
    let rows = Rows { partition: PartitionKey::whole(), pass: 1, batch, order: None, deleted: false, bytes: 1 };
    (target, rows)
}

async fn printed(options: StdoutOptions, batch: RecordBatch) -> String {
    let out = Arc::default();
    let mut sink =
        StdoutSink::new(Box::new(Shared(Arc::clone(&out))), StdoutOptions { offload: Offload::Inline, ..options });
    let ledger = sink.open(&opening(1)).await.unwrap();
    let (target, rows) = as_rows(batch);
    sink.shape(&target).await.unwrap();
    let mut hand = Hand { sink: Box::new(sink), seq: ledger.next_seq, ledger, run: 1 };
    hand.commit(part(Mode::Append, 0, vec![rows.clone()])).await;
    hand.commit(part(Mode::Append, 0, vec![rows])).await;
    let bytes = out.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn rows_are_json_lines() {
    let text = printed(StdoutOptions { format: Format::Jsonl, ..StdoutOptions::default() }, every_type()).await;
    let line = text.lines().nth(1).unwrap();
    assert_eq!(
        line,
        concat!(
            r#"{"id":-7,"score":0.1,"price":"1.10","ok":true,"day":"2024-02-29","clock":"01:00:00.000001","#,
            r#""at":"2024-02-29T12:34:56.5Z","at_ns":"2024-02-29T12:34:56.500000001Z","name":"=a,\u001b[31m\nü","#,
            r#""raw":{"b": 1.10},"file":"AP8=","tags":["a\"b",null]}"#
        )
    );
    assert!(text.starts_with(r#"{"id":9223372036854775807,"score":null,"#));
    assert_eq!(text.lines().count(), 4);
}

#[tokio::test]
async fn rows_are_csv() {
    let text = printed(StdoutOptions { format: Format::Csv, ..StdoutOptions::default() }, every_type()).await;
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"), @r#"
    id,score,price,ok,day,clock,at,at_ns,name,raw,file,tags
    9223372036854775807,,,,,,,,,,,
    -7,0.1,1.10,true,2024-02-29,01:00:00.000001,2024-02-29T12:34:56.5Z,2024-02-29T12:34:56.500000001Z,"'=a,ESC[31m
    ü","{""b"":
    1.10}",AP8=,"[""a\""b"",null]"
    9223372036854775807,,,,,,,,,,,
    -7,0.1,1.10,true,2024-02-29,01:00:00.000001,2024-02-29T12:34:56.5Z,2024-02-29T12:34:56.500000001Z,"'=a,ESC[31m
    ü","{""b"":
    1.10}",AP8=,"[""a\""b"",null]"
    "#);
}

#[tokio::test]
async fn a_table_fits_the_terminal_and_nothing_reaches_it_raw() {
    let wide = printed(StdoutOptions::default(), every_type()).await;
    assert!(!wide.contains('\u{1b}'), "{wide}");
    let narrow = printed(StdoutOptions { width: Some(60), ..StdoutOptions::default() }, every_type()).await;
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert_eq!(narrow.lines().filter(|line| line.contains("integer")).count(), 1, "one heading for all rows");
    let small = RecordBatch::try_from_iter(vec![
        ("id", Arc::new(Int64Array::from(vec![7, 12_345])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec![Some("\u{1b}[31mred\nline"), None])) as ArrayRef),
    ]);
    let text = printed(StdoutOptions { width: Some(40), ..StdoutOptions::default() }, small.unwrap()).await;
    insta::assert_snapshot!(text, @r"
         id  name
    integer  text
    ───────  ───────────────
          7  \e[31mred\nline
      12345
          7  \e[31mred\nline
      12345
    ");
}

#[tokio::test]
async fn a_stream_without_types_is_printed_as_it_came() {
    let records = ["{\"id\" : 1,  \"x\":1e400}", "{\"id\":2,\n \"y\":[ ]}"];
    let batch = RecordBatch::try_from_iter(vec![
        ("id", Arc::new(StringArray::from(vec!["1", "2"])) as ArrayRef),
        ("record", Arc::new(StringArray::from(records.to_vec())) as ArrayRef),
    ]);
    let (mut target, rows) = as_rows(batch.unwrap());
    target.untyped = true;
    for which in [Which::Jsonl, Which::Stdout] {
        let mut lab = Lab::new(which);
        let mut hand = lab.opened().await;
        hand.shape(&target).await;
        hand.commit(part(Mode::Append, 0, vec![rows.clone()])).await;
        let text = if which == Which::Stdout {
            String::from_utf8(lab.out.lock().unwrap().clone()).unwrap()
        } else {
            let file = weir::sinks::jsonl::listed(&lab.root()).unwrap().into_values().flatten().next().unwrap();
            std::fs::read_to_string(lab.root().join(file)).unwrap()
        };
        assert_eq!(text, "{\"id\" : 1,  \"x\":1e400}\n{\"id\":2,  \"y\":[ ]}\n", "{which:?}");
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_closed_pipe_is_told_from_a_failure_and_moves_no_state() {
    let lab = Lab::new(Which::Stdout);
    let options = StdoutOptions { state: Some(lab.state()), offload: Offload::Inline, ..StdoutOptions::default() };
    let mut sink = StdoutSink::new(Box::new(Closed), options);
    let ledger = sink.open(&opening(1)).await.unwrap();
    sink.shape(&target(Mode::Append)).await.unwrap();
    let mut hand = Hand { sink: Box::new(sink), seq: ledger.next_seq, ledger, run: 1 };
    let unit = with_state(
        part(Mode::Append, 0, vec![rows(&[(1, "a", None)])]),
        change(&PartitionKey::whole(), 0, state(1, false, 0)),
    );
    let told = hand.try_commit(unit).await;
    assert!(matches!(&told, Err(CommitFault::Failed(fault)) if fault.to_string().contains("nobody reads")), "{told:?}");
    assert_eq!(hand.sink.states("items", &[PartitionKey::whole()]).await.unwrap()[0].version, 0);
    hand.close().await;
    assert!(!lab.state().exists(), "an empty state is not written");
}
