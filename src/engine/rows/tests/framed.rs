//! Bodies cut as they arrive give what the whole gives.

use super::*;
use crate::components::context::Read;
use crate::state::Digest;

/// Feeds a body in chunks of a size; shows rows and envelope.
fn framed(reader: &RowReader, body: &[u8], size: usize) -> Result<(Vec<String>, String, Digest), Fault> {
    let mut framer = reader.framer().expect("this stream can be cut");
    let mut pieces = Vec::new();
    for chunk in body.chunks(size) {
        pieces.extend(framer.feed(chunk)?);
    }
    pieces.extend(framer.finish()?);
    let (headers, scope) = (Headers::default(), scope());
    let mut page = PageRows::none();
    for piece in &pieces {
        let before = (page.extracted > 0).then_some(page.records);
        page.join(reader.read(piece, &Around { before, ..around(&scope, &headers, None) })?);
    }
    let mut records = Vec::new();
    for (batch, _) in &page.batches {
        let column: &arrow_array::StringArray =
            arrow_array::cast::AsArray::as_string(batch.column(batch.num_columns() - 1));
        records.extend(column.iter().flatten().map(str::to_owned));
    }
    records.extend(page.refused.iter().map(|refused| format!("refused {}: {}", refused.record, refused.reason)));
    Ok((records, json(&page.envelope), page.records))
}

#[test]
fn chunks_of_any_size_give_the_same() {
    let stream = stream("records: $.a.list");
    let place = |text: &str| Read::Place(crate::expr::place::compile(text).unwrap());
    let envelope = [place("$.next"), place("$.a.n")];
    let reader = RowReader::new(&stream, &Wants { envelope: &envelope, ..Wants::default() }).unwrap();
    let body = "\u{feff}{ \"list\": [1], \"x\":{\"a\":{\"list\":[0]}}, \"s\":\"a\\\"{\", \"a\" : {\"n\":[1,{}], \"l\\u0069st\" : [ {\"t\":\"],\\\\\"}, [2,[3]] ,\n{\"u\":NaN}, \"x,y\" ] , \"z\":[] }, \"next\": \"é\" }";
    let whole = (
        vec![
            "{\"t\":\"],\\\\\"}".to_owned(),
            "[2,[3]]".into(),
            "\"x,y\"".into(),
            "refused 2: `NaN` is no JSON value".into(),
        ],
        "{\"a\":{\"n\":[1,{}]},\"next\":\"é\"}".to_owned(),
        read_text(&stream, &Wants { envelope: &envelope, ..Wants::default() }, body.as_bytes()).unwrap().records,
    );
    for size in 1..body.len() {
        assert_eq!(framed(&reader, body.as_bytes(), size).unwrap(), whole, "chunks of {size}");
    }
    for (body, told) in [
        (
            "{\"a\":{\"list\":[{\"i\":1},{\"i\":2}",
            "the answer is broken JSON: it ends inside its records, after 1 of them",
        ),
        ("{\"a\":{\"list\":[{\"i\":1},]}}", "the answer is broken JSON: a comma behind the last record"),
        ("{\"a\":{\"list\":[]}", "the answer is broken JSON: the JSON ends inside a value (byte 16)"),
        (
            "{\"a\":{\"lost\":[]}}",
            "`$.a.list` is not in the answer: `$.a` has lost; write `$.a.list?` if it may be absent",
        ),
        ("{\"a\":{\"list\":[],\"list\":[1]}}", "the answer is broken JSON: the key `list` stands twice (byte 16)"),
    ] {
        for size in [1, 5, 100] {
            assert_eq!(framed(&reader, body.as_bytes(), size).unwrap_err().to_string(), told);
        }
    }
    assert_eq!(framed(&reader, b"{\"a\":{\"list\":{\"one\":1}}}", 3).unwrap().0, ["{\"one\":1}"]);
    assert_eq!(framed(&reader, b"{\"a\":{\"list\":[]}}", 3).unwrap().0, Vec::<String>::new());
}

#[test]
fn long_lists_and_long_lines_come_in_pieces() {
    let record = format!("{{\"pad\":\"{}\"}}", "y".repeat(1000));
    let list = format!("[{}]", vec![record.clone(); 10_000].join(","));
    let lines = vec![record.clone(); 10_000].join("\n");
    for (settings, body) in [("records: $", &list), ("decode: jsonl", &lines)] {
        let reader = RowReader::new(&stream(settings), &Wants::default()).unwrap();
        let mut framer = reader.framer().unwrap();
        let (mut pieces, mut sizes) = (Vec::new(), Vec::new());
        for chunk in body.as_bytes().chunks(64 << 10) {
            pieces.extend(framer.feed(chunk).unwrap());
            sizes.push(pieces.iter().map(Documents::len).sum::<usize>());
        }
        pieces.extend(framer.finish().unwrap());
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() < (4 << 20) + 2000), "{}", pieces.len());
        let rows: u64 = pieces.iter().map(|piece| read_from(&reader, piece, None).unwrap().count()).sum();
        assert_eq!(rows, 10_000, "{settings}");
    }
}

#[test]
fn a_record_that_is_too_large_is_refused_while_it_arrives() {
    for (settings, start) in [("records: $.items", "{\"items\":[{},{\"pad\":\""), ("decode: jsonl", "{}\n{\"pad\":\"")]
    {
        let reader = RowReader::new(&stream(settings), &Wants::default()).unwrap();
        let mut framer = reader.framer().unwrap();
        framer.feed(start.as_bytes()).unwrap();
        let chunk = vec![b'x'; 1 << 20];
        let told = (0..64).find_map(|_| framer.feed(&chunk).err()).unwrap().to_string();
        let byte = start.find("{\"pad").unwrap();
        assert_eq!(told, format!("record over 16 MiB: record 2 of the answer, from byte {byte} on"));
    }
}

#[test]
fn what_needs_the_whole_body_is_not_cut() {
    let place = |text: &str| [Read::Place(crate::expr::place::compile(text).unwrap())];
    let cut = |settings: &str, envelope: &[Read]| {
        RowReader::new(&stream(settings), &Wants { envelope, ..Wants::default() }).unwrap().framer().is_some()
    };
    assert!(cut("records: $.d", &place("$.next")));
    assert!(!cut("records: $.d", &place("$.d[-1].id")));
    assert!(!cut("records: $.d", &place("$")));
    assert!(!cut("records: \"$.d[*]\"", &[]));
    assert!(!cut("records: { columns: $.d }", &[]));
    assert!(!cut("decode: csv", &[]));
}
