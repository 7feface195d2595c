//! Places of records, columns of all origins, untyped streams.

use super::*;
use crate::components::context::Read;

#[test]
fn records_are_found_where_the_place_says() {
    let id = "key: id, fields: { id: integer! }";
    for (records, body, expected) in [
        ("$", r#"[{"id":1},{"id":2}]"#, "1\n2"),
        ("$", r#"{"id":1}"#, "1"),
        ("$.a.b", r#"{"x":[1],"a":{"c":0,"b":[{"id":1},{"id":2}]},"z":{}}"#, "1\n2"),
        ("$.a", r#"{"a":{"id":7}}"#, "7"),
        ("$.a", r#"{"a":null}"#, ""),
        ("$.a", r#"{"a":[]}"#, ""),
        ("$[1].a", r#"[{"a":[{"id":1}]},{"a":[{"id":2}]}]"#, "2"),
        ("$[-1].a", r#"[{"a":[{"id":1}]},{"a":[{"id":2}]}]"#, "2"),
        ("$[*].a[*]", r#"[{"a":[{"id":1}]},{},{"a":[{"id":2},{"id":3}]}]"#, "1\n2\n3"),
        ("$.m.*", r#"{"m":{"x":{"id":1},"y":{"id":2}}}"#, "1\n2"),
        ("$..id_of", r#"{"a":[{"id_of":{"id":1}},{"b":{"id_of":{"id":2}}}]}"#, "1\n2"),
        ("$.a[?@.ok == true]", r#"{"a":[{"id":1,"ok":true},{"id":2,"ok":false},{"id":3,"ok":true}]}"#, "1\n3"),
        ("$.a?", "{}", ""),
        ("$.a?", r#"{"a":null}"#, ""),
        ("$.a.b?", r#"{"a":7}"#, ""),
        ("$.a?", "", ""),
        ("$", "", "fault: the answer is empty"),
        (
            "$.items",
            r#"{"data":[],"total":3}"#,
            "fault: `$.items` is not in the answer: `$` has data, total; write `$.items?` if it may be absent",
        ),
        (
            "$.a.b",
            r#"{"a":{"x":1}}"#,
            "fault: `$.a.b` is not in the answer: `$.a` has x; write `$.a.b?` if it may be absent",
        ),
        (
            "$.a.b",
            r#"{"a":"text"}"#,
            "fault: `$.a.b` is not in the answer: `$.a` is a text; write `$.a.b?` if it may be absent",
        ),
        (
            "$[3].a",
            "[1]",
            "fault: `$[3].a` is not in the answer: `$` has 1 elements; write `$[3].a?` if it may be absent",
        ),
        ("$.a", r#"{"a":7}"#, "fault: the records at `$.a` are a number, not a list or an object"),
        ("$.a", r#"{"a":[],"a":[{"id":1}]}"#, "fault: the answer is broken JSON: the key `a` stands twice (byte 8)"),
    ] {
        check(&format!("records: \"{records}\", {id}"), body, expected);
    }
    check("records: $, key: id, fields: { id: integer! <- $ }", "[3,4]", "3\n4");
    check(
        "records: { entries: { at: $.m } }, key: key, fields: { key: string!, n: integer }",
        r#"{"m":{"de":{"n":1},"fr":{"n":2}}}"#,
        "\"de\" 1\n\"fr\" 2",
    );
    check(
        "records: { rows: { names: first } }, key: a, fields: { a: integer!, b: string }",
        r#"[["a","b"],[1,"x"],["z","y"]]"#,
        "1 \"x\"\nrefused 1 a -: `z` is not an integer",
    );
}

#[test]
fn columns_come_from_members_places_and_expressions() {
    let fields = "key: id, fields: { id: integer!, name: string, tags: \"list<string> <- $.tags[*].name\", \
        first: \"string <- $.tags[0].name\", city: \"string <- $.address.city\", address: json, \
        both: \"string = {{ record.name ~ '-' ~ params.limit }}\", kind: \"string = {{ response.headers['x-kind'] }}\", \
        cents: { type: \"decimal(10,2)\", scale: 2 }, deep: \"string <- $..only\" }";
    check(
        fields,
        r#"[{"id":1,"name":"a","tags":[{"name":"x"},{"n":0},{"name":"y"}],"address":{"city":"Oslo", "zip":1},"cents":1299},
            {"id":2,"name":"b","tags":[],"extra":{"only":"deep"},"cents":"5"},
            {"id":3,"name":"c","extra":[{"only":1},{"only":2}],"address":null}]"#,
        "1 \"a\" [\"x\",\"y\"] \"x\" \"Oslo\" {\"city\":\"Oslo\", \"zip\":1} \"a-3\" \"test\" 12.99 null
         2 \"b\" [] null null null \"b-3\" \"test\" 0.05 \"deep\"
         refused 2 deep 3: `$..only` gives 2 values where one is needed",
    );
    check(
        "case: camel, key: item_id, fields: { item_id: integer!, created_at: date }",
        r#"[{"itemId":1,"createdAt":"2024-01-02"}]"#,
        "1 \"2024-01-02\"",
    );
    check(
        "key: id, fields: { id: integer!, s: { type: string, hidden: true }, t: \"string = {{ record.s | upper }}\" }",
        r#"[{"id":1,"s":"x"}]"#,
        "1 \"X\"",
    );
    // A place that is a column and the way to another.
    check(
        "key: id, fields: { id: integer!, o: json, n: \"integer <- $.o.n\", m: \"integer <- $.o.n\" }",
        r#"[{"o":{"n":5},"id":1}]"#,
        "1 {\"n\":5} 5 5",
    );
}

#[test]
fn a_stream_without_types_keeps_the_record_as_it_came() {
    check(
        "key: id, incremental: v",
        r#"[{ "id" : 1.50, "v":7, "s":"\u00e9\/" },{"id":"b","v":null,"n":1e400}]"#,
        "\"1.50\" \"7\" { \"id\" : 1.50, \"v\":7, \"s\":\"\\u00e9\\/\" }\n\"b\" null {\"id\":\"b\",\"v\":null,\"n\":1e400}",
    );
    check("key: id", "[{\n \"id\": 1,\n \"t\": \"a b\"\n}]", "\"1\" {\"id\":1,\"t\":\"a b\"}");
    check(
        "key: id",
        r#"[{"id":{}},{"x":1},{"id":"ok"}]"#,
        "\"ok\" {\"id\":\"ok\"}\nrefused 0 id -: a map is not a text (use `json`)\nrefused 1 id -: the key has no value",
    );
    check("case: camel, key: item_id", r#"[{"itemId":1}]"#, "\"1\" {\"itemId\":1}");
    check("records: $.items", r#"{"items":[1,"x",null,[2]]}"#, "1\n\"x\"\nnull\n[2]");
}

#[test]
fn what_is_asked_for_is_what_arrives() {
    let stream =
        stream("records: $.d, key: id, incremental: at, fields: { a: string, id: integer!, at: timestamp, b: string }");
    let place = |text: &str| Read::Place(crate::expr::place::compile(text).unwrap());
    let envelope = [place("$.d[-1].id"), place("$.meta.next"), place("$.total"), Read::Header("link".into())];
    let selection = ["b".to_owned()];
    let wants = Wants { envelope: &envelope, selection: Some(&selection), parents: true, hashes: true, ends: true };
    let body = br#"{"d":[{"id":1,"a":"x","b":"y","at":"2024-01-01T00:00:00.1234567Z"},{"id":2,"at":"2024-01-01T01:00:00+02:00"}],"meta":{"next":"t","more":1},"total":2}"#;
    let page = read_text(&stream, &wants, body).unwrap();
    let names: Vec<String> = page.batches[0].0.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["id", "at", "b"]);
    assert_eq!(
        json(&page.envelope),
        r#"{"d":[null,{"id":2,"at":"2024-01-01T01:00:00+02:00"}],"meta":{"next":"t"},"total":2}"#
            .replace(",\"at\":\"2024-01-01T01:00:00+02:00\"", "")
    );
    assert_eq!(
        (json(page.first.as_ref().unwrap()).len(), page.last.as_ref().unwrap().member("id")),
        (60, &Value::Int(2))
    );
    let parents: Vec<String> = page.parents.iter().map(json).collect();
    assert_eq!(
        parents,
        [
            r#"{"a":"x","id":1,"at":"2024-01-01T00:00:00.123456Z","b":"y"}"#,
            r#"{"a":null,"id":2,"at":"2023-12-31T23:00:00Z","b":null}"#,
        ]
    );
    assert_eq!((page.extracted, page.kept, page.positions, page.null_positions), (2, 2, 2, 0));
    let seen = page.seen_max.unwrap();
    // The text is what the API wrote; the order is what the column holds.
    assert_eq!(json(&seen.text), "\"2024-01-01T00:00:00.1234567Z\"");
    assert_eq!(seen.order, 1_704_067_200_123_456_000);
    assert_eq!(
        page.batches[0].1.as_deref(),
        Some(&[Some(1_704_067_200_123_456_000), Some(1_704_063_600_000_000_000)][..])
    );
    assert_eq!((page.hashes.len(), page.keys.len()), (2, 2));
    assert_ne!(page.keys[0], page.keys[1]);
    assert_eq!(page.notes[0].text, "digits beyond the column's were cut from `at`");
    let again = read_text(&stream, &wants, body).unwrap();
    assert_eq!((again.records, again.keys, again.hashes), (page.records, page.keys, page.hashes));
}

#[test]
fn expressions_over_the_list_find_what_they_read() {
    let stream = stream(
        "records: $.d, key: id, fields: { id: integer! }, paginate: { cursor: { next: \"{{ records[-1].id if records | length == 2 else null }}\", into: query.after } }",
    );
    let compiled = |text: &str| {
        let names =
            crate::expr::Names::new().with("records", crate::expr::Shape::List(Box::new(crate::expr::Shape::Data)));
        let names = names.with("response", crate::expr::Shape::Data);
        Read::Expr(Arc::new(
            crate::expr::compile(text, &names, &crate::expr::Site::new(crate::expr::Wants::Value)).unwrap(),
        ))
    };
    let body = br#"{"d":[{"id":1,"x":[1]},{"id":2,"x":[2]}],"t":{"a":1,"b":2}}"#;
    for (text, list, envelope) in [
        ("{{ records[-1].id }}", r#"[null,{"id":2}]"#, "null"),
        ("{{ records | length }}", r#"[{"id":1,"x":[1]},{"id":2,"x":[2]}]"#, "null"),
        ("{{ response.body.t.a }}", "null", r#"{"t":{"a":1}}"#),
        ("{{ response.body.d[0].x }}", "null", r#"{"d":[{"x":[1]},null]}"#),
        ("{{ response.status }}", "null", "null"),
    ] {
        let page = read_text(&stream, &Wants { envelope: &[compiled(text)], ..Wants::default() }, body).unwrap();
        assert_eq!((json(&page.list), json(&page.envelope)), (list.to_owned(), envelope.to_owned()), "{text}");
    }
}
