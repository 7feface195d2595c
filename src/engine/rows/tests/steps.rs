//! Filter, deleted, transform, unknown members, positions: the order of steps.

use super::*;

#[test]
fn steps_are_taken_in_their_order() {
    // A row that is left out is refused by nobody.
    check(
        "key: id, filter: \"{{ record.ok }}\", fields: { id: integer! }",
        r#"[{"id":"x","ok":false},{"id":2,"ok":true},{"id":3}]"#,
        "2",
    );
    check(
        "key: id, filter: \"{{ record.ok }}\", fields: { id: integer! }",
        r#"[{"id":1,"ok":"false"}]"#,
        "refused 0 - 1: `filter`: a text is no condition; compare it, or write `is defined` (in record.ok)",
    );
    let gone = "key: id, deleted: \"{{ record.gone }}\", fields: { id: integer!, n: integer!, m: integer }";
    check(
        gone,
        r#"[{"id":1,"n":5},{"id":2,"gone":true,"m":"x"},{"id":"x","gone":true},{"id":4}]"#,
        "1 5 null
        gone 2 null null
        refused 2 id -: `x` is not an integer
        refused 3 n 4: it is required and has no value",
    );
    let steps = "key: id, filter: \"{{ record.a != 9 }}\", transform: [{ set: { a: \"{{ record.a + 1 }}\", b: \"{{ record.a * 2 }}\", when: \"{{ record.a < 5 }}\" } }, \
        { keep: \"{{ record.a != 8 }}\" }, { rename: { id: a } }, { remove: [c] }, { cast: { d: integer } }]";
    check(
        &format!(
            "{steps}, unknown_fields: keep, fields: {{ id: integer!, b: integer, twice: \"integer = {{{{ record.id * 2 }}}}\" }}"
        ),
        r#"[{"a":1,"c":0,"d":"7"},{"a":9},{"a":8},{"a":6,"b":0,"e":{"x":[1]}},{"a":7,"d":"x"},3]"#,
        "2 4 4 {\"d\":7}
         6 0 12 {\"e\":{\"x\":[1]}}
         refused 4 - -: `d`: `x` is not an integer
         refused 5 - -: `rename` needs a record with members, this is an integer",
    );
    check(steps, r#"[{"a":1,"c":0,"d":"7"}]"#, "\"2\" {\"id\":2,\"d\":7,\"b\":4}");
}

#[test]
fn members_that_no_column_takes_are_kept_dropped_or_refused() {
    let body = r#"[{"id":1,"o":{"n":1},"x":[1, "a b"],"y\"":null},{"id":2,"o":1}]"#;
    let fields = "fields: { id: integer!, n: \"integer <- $.o.n\" }";
    check(
        &format!("key: id, unknown_fields: keep, {fields}"),
        body,
        "1 1 {\"x\":[1,\"a b\"],\"y\\\"\":null}\n2 null null",
    );
    check(&format!("key: id, unknown_fields: drop, {fields}"), body, "1 1\n2 null");
    check(&format!("key: id, unknown_fields: fail, {fields}"), body, "2 null\nrefused 0 - 1: no column takes `x`");
    check(&format!("key: id, unknown_fields: add, {fields}"), body, "fault: `unknown_fields: add` is not built yet");
    check(
        "key: id, transform: [flatten], fields: { id: integer! }",
        "[]",
        "fault: the transform `flatten` is not built yet",
    );
}

#[test]
fn old_rows_are_left_out_and_positions_counted() {
    let read = |settings: &str, body: &str, start: Option<Mark>| {
        let stream = stream(settings);
        let reader = RowReader::new(&stream, &Wants::default()).unwrap();
        let page = read_from(&reader, &Documents::One(Bytes::copy_from_slice(body.as_bytes())), start.as_ref());
        let page = page.unwrap();
        let max = page.seen_max.as_ref().map_or("-".to_owned(), |mark| json(&mark.text));
        (page.kept, page.positions, page.null_positions, page.all_older, max, page.refused.len())
    };
    let mark = |order: i128| Some(Mark { order, text: Value::Null });
    let stamped = "key: id, incremental: at, fields: { id: integer!, at: timestamp }";
    let body = r#"[{"id":1,"at":"1970-01-01T00:00:01Z"},{"id":2,"at":"1970-01-01T00:00:02.0000019Z"},{"id":3},{"id":4,"at":"x"}]"#;
    assert_eq!(read(stamped, body, None), (3, 2, 1, false, "\"1970-01-01T00:00:02.0000019Z\"".into(), 1));
    // What is cut off by the column is not older than the position.
    assert_eq!(
        read(stamped, body, mark(2_000_001_950)),
        (2, 1, 1, false, "\"1970-01-01T00:00:02.0000019Z\"".into(), 1)
    );
    let two = r#"[{"id":1,"at":"1970-01-01T00:00:01Z"},{"id":2,"at":"1970-01-01T00:00:02Z"}]"#;
    assert_eq!(read(stamped, two, mark(3_000_000_000)), (0, 0, 0, true, "-".into(), 0));
    assert_eq!(read(stamped, "[]", mark(3_000_000_000)), (0, 0, 0, false, "-".into(), 0));
    let untyped = "key: id, incremental: v";
    assert_eq!(
        read(untyped, r#"[{"id":1,"v":5},{"id":2,"v":"7"},{"id":3,"v":true}]"#, mark(6)),
        (1, 1, 0, false, "\"7\"".into(), 1)
    );
    let decimal = "key: id, incremental: n, fields: { id: integer!, n: \"decimal(12,3)\" }";
    assert_eq!(read(decimal, r#"[{"id":1,"n":1.5},{"id":2,"n":"1.250"}]"#, mark(1_400_000_000)).4, "1.5");
    let computed =
        "key: id, incremental: d, transform: [{ set: { d: \"{{ record.day }}\" } }], fields: { id: integer!, d: date }";
    assert_eq!(
        read(computed, r#"[{"id":1,"day":"1970-01-02"},{"id":2,"day":"1970-01-03"}]"#, mark(172_799_000_000_000)),
        (2, 2, 0, false, "\"1970-01-03\"".into(), 0)
    );
}

#[test]
fn a_column_that_is_in_no_record_is_told_with_the_nearest_member() {
    let fields = "key: id, fields: { id: integer!, emial: string, zzz: string, sum: \"integer = {{ record.none }}\" }";
    let expected = "1 null null null
        note `emial` is in no record of the first page; did you mean `email`?
        note `zzz` is in no record of the first page";
    check(fields, r#"[{"id":1,"email":"a"}]"#, expected);
    check(&format!("{fields}, transform: [{{ remove: [x] }}]"), r#"[{"id":1,"email":"a"}]"#, expected);
    check("key: id, fields: { id: integer!, a: string }", r#"[{"id":1,"a":null}]"#, "1 null");
}
