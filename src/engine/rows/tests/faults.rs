//! The faults of JSON and text that answers have: guilty records are refused, their neighbours kept.

use super::*;

const TYPED: &str =
    "records: $.items, key: id, fields: { id: integer!, v: json, s: string, n: number, d: \"decimal(30,9)\" }";
const RAW: &str = "records: $.items, key: id";

/// Reads items with both kinds of streams; each record is told as kept or with its reason.
fn verdicts(items: &str) -> [String; 2] {
    let body = format!("{{\"items\":[{items}],\"next_cursor\":null}}");
    [TYPED, RAW].map(|settings| {
        let stream = stream(settings);
        match read_text(&stream, &Wants::default(), body.as_bytes()) {
            Ok(page) => {
                let refused: Vec<String> =
                    page.refused.iter().map(|one| format!("{}: {}", one.record, one.reason)).collect();
                format!("{} kept; {}", page.kept, refused.join("; "))
            }
            Err(fault) => format!("fault: {fault}"),
        }
    })
}

#[test]
fn a_guilty_record_is_refused_alone() {
    let deep = format!("{{\"id\":1,\"v\":{}{}}},{{\"id\":2}}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{{\"id\":1,\"v\":{}1{}}},{{\"id\":2}}", "{\"k\":".repeat(60), "}".repeat(60));
    for (items, typed, raw) in [
        (
            r#"{"id":1,"v":NaN},{"id":2,"v":Infinity},{"id":3}"#,
            "1 kept; 0: `NaN` is no JSON value; 1: `Infinity` is no JSON value",
            "=",
        ),
        (r#"{"id":1,"role":"user","role":"admin"},{"id":2}"#, "1 kept; 0: the key `role` stands twice", "="),
        (
            r#"{"id":1,"r":1},{"id":2,"r":1,"q":2},{"q":1,"r":1,"id":3,"r":2}"#,
            "2 kept; 2: the key `r` stands twice",
            "=",
        ),
        (&deep, "1 kept; 0: nesting deeper than 128", "="),
        (&nested, "2 kept; ", "="),
        (
            r#"{"id":1,"s":"\ud83d"},{"id":2,"s":"\ude00\ud83d"},{"id":3,"s":"\ud83d\ude00"}"#,
            "1 kept; 0: a lone surrogate, which is no character; 1: a lone surrogate, which is no character",
            "=",
        ),
        (r#"{"id":1,"s":"a\u0000b"},{"id":3,"k\u0000":1}"#, "2 kept; ", "="),
        (
            r#"{"id":1,"n":1e400},{"id":2,"n":01},{"id":3,"n":1}"#,
            "1 kept; 0: 1e400 is beyond what a number column holds (use `decimal(p,s)` or `string`); 1: a number that JSON does not know",
            "2 kept; 1: a number that JSON does not know",
        ),
        (r#"{"id":1,,},{"id":2}"#, "1 kept; 0: `,` where a key is expected", "="),
        (
            r#"{"id":18446744073709551615},{"id":2}"#,
            "1 kept; 0: 18446744073709551615 is not an integer of 64 bits (use `decimal(p,0)` or `string`, which keep all digits)",
            "2 kept; ",
        ),
        (
            r#"{"id":1},{"id":2"#,
            "fault: the answer is broken JSON: `]` where `,` or `}` is expected, after 1 records (byte 26)",
            "=",
        ),
        (
            r#"{"id":1}{"id":2}"#,
            "fault: the answer is broken JSON: `{` where `,` or `]` is expected, after 1 records (byte 18)",
            "=",
        ),
    ] {
        let [found_typed, found_raw] = verdicts(items);
        let shown = &items[..items.len().min(80)];
        assert_eq!(found_typed, typed, "{shown}");
        assert_eq!(found_raw, if raw == "=" { typed } else { raw }, "{shown}");
    }
}

#[test]
fn digits_are_those_that_came() {
    check(
        TYPED,
        r#"{"items":[{"id":-9223372036854775808,"s":1.50,"n":0.1,"d":12345678901234567890.123456789}]}"#,
        "-9223372036854775808 null \"1.50\" 0.1 12345678901234567890.123456789
        note `v` is in no record of the first page",
    );
    check(
        RAW,
        r#"{"items":[{"id":123456789012345678901234567890}]}"#,
        "\"123456789012345678901234567890\" {\"id\":123456789012345678901234567890}",
    );
}

#[test]
fn a_page_that_is_broken_says_what_and_where() {
    let told = |body: &[u8]| {
        let stream = stream(RAW);
        match read_text(&stream, &Wants::default(), body) {
            Ok(page) => format!("{} kept", page.kept),
            Err(fault) => format!("{}{fault}", if fault.is_temporary() { "temporary: " } else { "" }),
        }
    };
    for (body, expected) in [
        ("\u{feff}{\"items\":[{\"id\":1}]}", "1 kept"),
        (
            "{\"items\":[{\"id\":1}]}\n<!-- debug: 3 rows -->",
            "the answer is broken JSON: text after the JSON value, after 1 records (byte 21)",
        ),
        (
            "{\"items\":[{\"id\":1},{\"id\":2",
            "temporary: the answer is broken JSON: the JSON ends inside a value, after 1 records (byte 26)",
        ),
        (
            "{\"items\":[{\"id\":1}",
            "temporary: the answer is broken JSON: the JSON ends inside a value, after 1 records (byte 18)",
        ),
        ("{\"items\":", "temporary: the answer is broken JSON: the JSON ends inside a value (byte 9)"),
        ("<html>", "expected JSON, got something else: \"<html>\""),
        ("{\"items\":[],\"x\":NaN}", "the answer is broken JSON: `NaN` is no JSON value (byte 16)"),
    ] {
        assert_eq!(told(body.as_bytes()), expected, "{body}");
    }
    assert_eq!(
        told(b"{\"items\":[],\"x\":\"\xff\"}"),
        "the answer is not UTF-8 (byte 17); if it has another charset, the API must say so"
    );
}

#[test]
fn bytes_that_are_no_characters_are_refused_with_their_record() {
    let stream = stream(RAW);
    let body = b"{\"items\":[{\"id\":1,\"s\":\"caf\xe9 \xff\"},{\"id\":2,\"s\":\"\xc3\xa9\"}]}";
    let page = read_text(&stream, &Wants::default(), body).unwrap();
    assert_eq!(show(&stream, &page.batches[0].0), "\"2\" {\"id\":2,\"s\":\"é\"}\n");
    assert_eq!(page.refused[0].reason, "it is not UTF-8 (byte 26 of the answer)");
    assert_eq!(&*page.refused[0].raw, b"{\"id\":1,\"s\":\"caf\xe9 \xff\"}");
    assert_eq!(page.refused[0].key.as_deref(), Some("1"));
}

#[test]
fn a_broken_line_is_one_record() {
    let lines = "decode: jsonl, key: id, fields: { id: integer! }";
    check(
        lines,
        "{\"id\":1}\r\n\n{\"id\":2,\"s\":\n{\"id\":3} x\n{\"id\":4}",
        "1\n4\nrefused 1 - 2: the JSON ends inside a value\nrefused 2 - 3: text after the JSON value",
    );
    check(lines, "", "");
    check(
        "decode: jsonl, records: $.r, key: id, fields: { id: integer! }",
        "{\"r\":[{\"id\":1},{\"id\":2}]}\n{\"q\":1}\n{\"r\":[{\"id\":3}]} x",
        "1\n2\nrefused 2 - -: `$.r` is not in the answer: `$` has q; write `$.r?` if it may be absent\nrefused 3 - 3: text after the JSON value",
    );
    check(
        "decode: csv, key: id, fields: { id: integer!, day: date, n: number, ok: boolean }",
        "id,day,n,ok\n1,2024-01-31,1.50,true\n007,,x,false\n",
        "1 \"2024-01-31\" 1.5 true\nrefused 1 day 7: an empty text is not a date (`2024-05-31` is one)",
    );
    check("decode: text, fields: { line: string! <- $ }", "a\n\"b\"\n", "\"a\"\n\"\\\"b\\\"\"");
}

#[test]
fn a_record_of_more_than_16_mib_is_refused() {
    let stream = stream(RAW);
    let body = format!("{{\"items\":[{{\"id\":1,\"pad\":\"{}\"}},{{\"id\":2}}]}}", "x".repeat(17 << 20));
    let page = read_text(&stream, &Wants::default(), body.as_bytes()).unwrap();
    assert_eq!(
        (page.kept, page.refused[0].reason.as_str(), page.refused[0].raw.len()),
        (1, "record over 16 MiB", 1 << 20)
    );
}
