use super::*;
use crate::data::Value;
use crate::expr::{Root, Slots};
use crate::http::Headers;
use bytes::Bytes;
use std::io::Write as _;

fn separated() -> SeparatedPlan {
    SeparatedPlan { tabs: false, charset: None, delimiter: None, quote: None, header: None, skip: None, null: None }
}

fn headers(kind: &str) -> Headers {
    let mut map = http::HeaderMap::new();
    map.insert("content-type", kind.parse().unwrap());
    Headers::new(map)
}

/// Decodes a body; documents and faults as text.
fn decode(plan: &DecodePlan, body: &[u8], kind: &str) -> String {
    let headers = headers(kind);
    let scope = Slots::new(vec![(Root::RESPONSE, Value::Absent)], jiff::Timestamp::UNIX_EPOCH);
    let around = Surroundings { headers: &headers, scope: &scope, most: 4 << 20 };
    let text = |bytes: Bytes| String::from_utf8_lossy(&bytes).into_owned();
    match plan.decoder().and_then(|decoder| decoder.decode(Bytes::copy_from_slice(body), &around)) {
        Ok(Documents::One(bytes)) => format!("one {}", text(bytes)),
        Ok(Documents::Lines(bytes)) => text(bytes),
        Ok(Documents::Piece { bytes, .. }) => format!("piece {}", text(bytes)),
        Err(fault) => format!("! {fault}"),
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(body).unwrap();
    out.finish().unwrap()
}

fn packed(inner: DecodePlan) -> DecodePlan {
    DecodePlan::Compressed(Box::new(CompressedPlan { zip: false, when: None, inner: Chosen::Is(inner) }))
}

#[test]
fn an_error_that_is_json_is_no_row() {
    let plan = || DecodePlan::Separated(separated());
    let told = "! the answer is JSON and no separated values; look at the address and the credentials";
    assert_eq!(decode(&plan(), b"{\"error\":1}", "application/problem+json"), told);
    assert_eq!(decode(&plan(), b"{\"a\",b\n1,2\n", "text/csv"), "{\"{\\\"a\\\"\":\"1\",\"b\":\"2\"}\n");
}

#[test]
fn rows_become_objects_of_texts() {
    let is = |text: &str| Some(Late::Is(text.to_owned()));
    let german =
        SeparatedPlan { delimiter: is(";"), quote: is("'"), null: is("-"), skip: Some(Late::Is(1)), ..separated() };
    let named = SeparatedPlan { header: Some(HeaderPlan::Names(vec!["x".into(), "y".into()])), ..separated() };
    let counted = SeparatedPlan { header: Some(HeaderPlan::First(Late::Is(false))), ..separated() };
    for (plan, body, expected) in [
        (
            separated(),
            "a,b\r\n1,\"x \"\"y\"\"\nz\"\n\n2,\n",
            "{\"a\":\"1\",\"b\":\"x \\\"y\\\"\\nz\"}\n{\"a\":\"2\",\"b\":\"\"}\n",
        ),
        (separated(), "\u{feff}a\n007\n", "{\"a\":\"007\"}\n"),
        (separated(), "a,b\n1\n", "{\"a\":\"1\"}\n"),
        (separated(), "a,b\n1,2,3\n", "! row 2 of the separated values: 3 values where there are 2 columns"),
        (separated(), "a,a\n1,2\n", "! row 1 of the separated values: the column `a` stands twice"),
        (separated(), "", ""),
        (separated(), "a,b\n1,2", "{\"a\":\"1\",\"b\":\"2\"}\n"),
        (separated(), "a\n\u{1e}\n", "{\"a\":\"\\u001e\"}\n"),
        (
            separated(),
            "a,b\n1,\"2\n3,4\n",
            "! row 2 of the separated values: a quoted value has no end: the answer was cut, or a quote is missing",
        ),
        (
            separated(),
            "a,b\n1,2\n3",
            "! row 3 of the separated values: it has too few values and no end: the answer was cut",
        ),
        (
            separated(),
            "\n <!DOCTYPE html>\n<p>",
            "! the answer is a web page and no separated values; look at the address and the credentials",
        ),
        (german, "report\na;b\n'x;y';-\n", "{\"a\":\"x;y\",\"b\":null}\n"),
        (named, "1,2\n", "{\"x\":\"1\",\"y\":\"2\"}\n"),
        (counted, "1,2\n", "{\"column_1\":\"1\",\"column_2\":\"2\"}\n"),
        (SeparatedPlan { tabs: true, ..separated() }, "a\tb\n1,2\t3\n", "{\"a\":\"1,2\",\"b\":\"3\"}\n"),
    ] {
        assert_eq!(decode(&DecodePlan::Separated(plan), body.as_bytes(), "text/csv"), expected, "{body:?}");
    }
}

#[test]
fn charsets_are_decoded_or_refused_and_never_guessed() {
    let latin = |charset: &str| DecodePlan::Text { charset: Some(Late::Is(charset.to_owned())) };
    assert_eq!(decode(&latin("iso-8859-1"), b"caf\xe9\nx", "text/plain"), "\"café\"\n\"x\"\n");
    assert_eq!(decode(&DecodePlan::Text { charset: None }, b"caf\xe9", "text/plain; charset=ISO-8859-1"), "\"café\"\n");
    let refused = decode(&DecodePlan::Text { charset: None }, b"caf\xe9", "text/plain");
    assert_eq!(refused, "! the answer is not utf-8; set `charset` to what it is");
    assert_eq!(
        decode(&DecodePlan::Json, b"[\"caf\xe9\"]", "application/json; charset=\"iso-8859-1\""),
        "one [\"café\"]"
    );
    // JSON that is UTF-8 is UTF-8, whatever a server says of it.
    assert_eq!(decode(&DecodePlan::Json, "[\"é\"]".as_bytes(), "application/json; charset=iso-8859-1"), "one [\"é\"]");
    assert_eq!(decode(&DecodePlan::Json, b"\xff\xfe[\0]\0", "application/json"), "one []");
}

#[test]
fn a_page_for_people_is_told_and_shown_harmlessly() {
    let page = b"\n<html>\x1b[2J<title>Log \"in\"</title>".as_slice();
    let told = decode(&DecodePlan::Json, page, "text/html; charset=utf-8");
    assert_eq!(told, "! expected JSON, got text/html: \"\\n<html>\\u001b[2J<title>Log \\\"in\\\"</title>\"");
    assert!(decode(&DecodePlan::Jsonl, b"Oops", "application/json").starts_with("! expected JSON, got something else"));
    assert!(decode(&DecodePlan::Json, &[b'<'; 5000], "").chars().count() < 260);
    assert_eq!(decode(&DecodePlan::Json, b"", "text/html"), "one ");
}

#[test]
fn gzip_is_unpacked_within_bounds() {
    let csv = || packed(DecodePlan::Separated(separated()));
    let body = gzip(b"a\n1\n");
    assert_eq!(decode(&csv(), &body, ""), "{\"a\":\"1\"}\n");
    assert!(decode(&csv(), &body[..body.len() - 9], "").contains("ends before its end"));
    assert!(decode(&csv(), b"a\n1\n", "").contains("no gzip stream"));
    let bomb = gzip(&vec![b' '; 8 << 20]);
    assert_eq!(decode(&packed(DecodePlan::Json), &bomb, ""), "! the compressed answer unpacks to more than 4 MiB");
    assert_eq!(decode(&DecodePlan::Xml, b"<a/>", ""), "! `decode: xml` is not built yet");
}
