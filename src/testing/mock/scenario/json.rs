//! JSON and text that most readers get wrong.

use super::rows::{cursor_body, item, seq};
use super::{Ask, Scenario};
use crate::testing::mock::json;
use crate::testing::mock::query::number;
use crate::testing::mock::wire::Answer;
use bytes::Bytes;
use serde_json::{Value, json};

const fn of(
    style: &'static str,
    name: &'static str,
    serve: fn(&Ask<'_>) -> Answer,
    expect: &'static str,
    most: usize,
) -> Scenario {
    Scenario::new("json", style, name, serve, expect).most(most)
}

pub(super) const ALL: &[Scenario] = &[
    of(
        "none",
        "bigint",
        bigint,
        "every integer keeps every digit in every destination, or the record is refused by name",
        4,
    ),
    of(
        "none",
        "decimals",
        decimals,
        "decimals keep their digits where the type is decimal or text; 1e400 is no panic",
        4,
    ),
    of("none", "nan_inf", nan_inf, "fails and names NaN; or a declared lenient mode gives null", 4).fails(),
    of("none", "dup_keys", dup_keys, "an error or a counted warning; never silent", 4),
    of(
        "none",
        "null_missing",
        null_missing,
        "JSON lines keep null and absent apart; an upsert does not mix them up",
        4,
    )
    .ids(1, 3)
    .succeeds(),
    of(
        "cursor",
        "type_drift",
        type_drift,
        "no value changes or disappears: a wider type, or a refusal that names field and page",
        6,
    )
    .ids(1, 150),
    of("none", "deep_nest", deep_nest, "fails with a depth error; the process does not die by a signal", 4).fails(),
    of("none", "deep_ok", deep_ok, "ids 1..2: depth 60 is ordinary", 4).ids(1, 2).succeeds(),
    of("none", "huge_record", huge_record, "fails with a record-size error that names the record; memory bounded", 4)
        .fails(),
    of("jsonl", "huge_page", huge_page, "200 000 ids from 100 MiB with bounded memory", 2).ids(1, 200_000).succeeds(),
    of("none", "lone_surrogate", lone_surrogate, "fails or replaces as declared; no crash; ids kept", 4),
    of(
        "none",
        "nul_char",
        nul_char,
        "files keep U+0000; PostgreSQL refuses or replaces as declared; later rows still arrive",
        4,
    )
    .ids(1, 3),
    of("none", "bom", bom, "3 ids: a BOM is skipped", 2).ids(1, 3).succeeds(),
    of("none", "invalid_utf8", invalid_utf8, "fails by name, or a declared replacement; no other bytes change", 4),
    of("none", "latin1", latin1, "the text is decoded by the declared charset, or refused; no mojibake", 4),
    of("none", "unicode_exact", unicode_exact, "byte-exact round trip of every string", 2).ids(1, 5).succeeds(),
    of("none", "stringly", stringly, "every value stays the string it was", 2).ids(1, 10).succeeds(),
    of("none", "trailing_text", trailing_text, "fails: text after the JSON value", 4).fails(),
    of("none", "path_missing", path_missing, "fails: `items` is missing; zero records would be a lie", 4).fails(),
    of("jsonl", "jsonl_badline", jsonl_badline, "fails or counts the bad line; never 99 ids and a plain ok", 4),
    of("inc", "odd_dates", odd_dates, "typed errors for impossible dates; no panic; the state stays sane", 6),
];

/// A page of records that are written out.
fn records(records: &[String]) -> Answer {
    Answer::raw(format!("{{\"items\":[{}],\"next_cursor\":null}}", records.join(",")))
}

/// Records with a number each.
fn numbers(field: &str, numbers: &[&str]) -> Answer {
    let each = numbers.iter().enumerate().map(|(at, number)| format!("{{\"id\":{},\"{field}\":{number}}}", at + 1));
    records(&each.collect::<Vec<_>>())
}

/// Records with a text each.
pub(super) fn texts(field: &str, texts: &[&str]) -> Value {
    let each = texts.iter().enumerate().map(|(at, text)| json!({"id": at + 1, field: text}));
    json!({"items": each.collect::<Vec<_>>()})
}

fn owned(records: &[&str]) -> Vec<String> {
    records.iter().map(|record| (*record).to_owned()).collect()
}

fn bigint(_: &Ask<'_>) -> Answer {
    numbers(
        "big",
        &[
            "9007199254740993",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "123456789012345678901234567890",
        ],
    )
}

fn decimals(_: &Ask<'_>) -> Answer {
    numbers("amount", &["0.1", "19.99", "12345678901234567890.123456789", "1E-400", "1e400", "1.10", "-0.0"])
}

fn nan_inf(_: &Ask<'_>) -> Answer {
    numbers("v", &["NaN", "Infinity"])
}

fn dup_keys(_: &Ask<'_>) -> Answer {
    records(&owned(&[r#"{"id":1,"role":"user","role":"admin"}"#]))
}

fn null_missing(_: &Ask<'_>) -> Answer {
    records(&owned(&[r#"{"id":1,"a":null}"#, r#"{"id":2}"#, r#"{"id":3,"a":""}"#]))
}

fn type_drift(ask: &Ask<'_>) -> Answer {
    let row = |id: usize| {
        let mut row = item(id);
        row["v"] = match id {
            ..=50 => json!(id),
            51..=100 => serde_json::from_str(&format!("{id}.5")).expect("a number"),
            _ if id % 2 == 1 => json!(format!("s{id}")),
            _ => json!({"k": id}),
        };
        row
    };
    Answer::json(&cursor_body(ask, &(1..=150).map(row).collect::<Vec<_>>()))
}

fn deep_nest(ask: &Ask<'_>) -> Answer {
    let depth = usize::try_from(number(ask.get("n"), 100_000)).unwrap_or(0).min(10_000_000);
    records(&[format!("{{\"id\":1,\"v\":{}{}}}", "[".repeat(depth), "]".repeat(depth))])
}

fn deep_ok(_: &Ask<'_>) -> Answer {
    let deep = format!("{{\"id\":1,\"v\":{}1{}}}", "{\"k\":".repeat(60), "}".repeat(60));
    records(&[deep, "{\"id\":2}".to_owned()])
}

fn huge_record(ask: &Ask<'_>) -> Answer {
    let mib = usize::try_from(number(ask.get("mib"), 64)).unwrap_or(0);
    let pad = Bytes::from(vec![b'x'; 1 << 20]);
    let head = Bytes::from_static(b"{\"items\":[{\"id\":1,\"pad\":\"");
    let tail = Bytes::from_static(b"\"}],\"next_cursor\":null}");
    let pieces = std::iter::once(head).chain(std::iter::repeat_n(pad, mib)).chain(std::iter::once(tail));
    Answer::pieces("application/json", pieces)
}

fn huge_page(_: &Ask<'_>) -> Answer {
    let pad = "x".repeat(480);
    let pieces = (1..=200_000).step_by(500).map(move |first| {
        let mut lines = String::with_capacity(500 * 512);
        for id in first..first + 500 {
            lines.extend(["{\"id\": ", &id.to_string(), ", \"pad\": \"", &pad, "\"}\n"]);
        }
        Bytes::from(lines)
    });
    Answer::pieces("application/x-ndjson", pieces)
}

fn lone_surrogate(_: &Ask<'_>) -> Answer {
    records(&owned(&[r#"{"id":1,"s":"\ud83d"}"#, r#"{"id":2,"s":"\ude00\ud83d"}"#]))
}

fn nul_char(_: &Ask<'_>) -> Answer {
    records(&owned(&[r#"{"id":1,"s":"a\u0000b"}"#, r#"{"id":2,"s":"ok"}"#, r#"{"id":3,"k\u0000":1}"#]))
}

fn three() -> Vec<u8> {
    json::text(&json!({"items": seq(1, 3)}))
}

fn bom(_: &Ask<'_>) -> Answer {
    Answer::raw(["\u{feff}".as_bytes(), &three()].concat())
}

fn invalid_utf8(_: &Ask<'_>) -> Answer {
    Answer::raw(b"{\"items\":[{\"id\":1,\"s\":\"caf\xe9 \xff\"}]}".as_slice())
}

fn latin1(_: &Ask<'_>) -> Answer {
    let body = b"{\"items\":[{\"id\":1,\"s\":\"caf\xe9\"}]}".as_slice();
    Answer::new(200, "application/json; charset=iso-8859-1", body)
}

fn unicode_exact(_: &Ask<'_>) -> Answer {
    let said =
        ["e\u{301} \u{e9}", "\u{1f469}\u{200d}\u{1f4bb}", "\u{202e}gnp.exe", "\u{2028}\u{2029}", "\u{fffe}\u{ffff}"];
    Answer::json(&texts("s", &said))
}

fn stringly(_: &Ask<'_>) -> Answer {
    let said = ["no", "None", "null", "00123", "1e5", "1_000", "2024-01-01", "true", "(1, 2)", "{{ 7*7 }}"];
    Answer::json(&texts("s", &said))
}

fn trailing_text(_: &Ask<'_>) -> Answer {
    Answer::raw([&three(), b"\n<!-- debug: 3 rows -->".as_slice()].concat())
}

fn path_missing(_: &Ask<'_>) -> Answer {
    Answer::json(&json!({"data": seq(1, 3)}))
}

fn jsonl_badline(_: &Ask<'_>) -> Answer {
    let mut lines = seq(1, 100).iter().map(json::text).collect::<Vec<_>>();
    let short = lines[49].len() - 3;
    lines[49].truncate(short);
    Answer::new(200, "application/x-ndjson", lines.join(b"\n".as_slice()))
}

fn odd_dates(_: &Ask<'_>) -> Answer {
    let stamps = [
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2016-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "",
        "yesterday",
    ];
    let mut body = texts("updated_at", &stamps);
    body["next_cursor"] = Value::Null;
    Answer::json(&body)
}
