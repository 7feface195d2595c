use super::*;

#[test]
fn every_example_holds() {
    for function in crate::expr::functions() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (source, expected) in function.examples {
            table(&[(&format!("{{{{ {source} }}}}"), expected)]);
        }
    }
}

#[test]
fn names_are_unique_and_described() {
    let mut names: Vec<_> = crate::expr::functions().map(|function| function.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(crate::expr::functions().all(|function| function.doc.ends_with('.')));
}

#[test]
fn arguments_that_do_not_fit_are_faults() {
    table(&[
        ("{{ record.a | int }}", "fault: this text is no integer"),
        ("{{ record.list | upper }}", "fault: `upper` needs a text, this is a list"),
        ("{{ record.a | split(record.missing) }}", "fault: `separator` of `split` is a text, this is absent"),
        ("{{ record.a | replace(record.empty, 'x') }}", "fault: `old` of `replace` is empty"),
        ("{{ record.price | int }}", "fault: the number has a fraction"),
        ("{{ '1.239' | decimal(10, 2) }}", "fault: the number has more than 2 digits after the point"),
        ("{{ 1234 | decimal(3, 0) }}", "fault: the number has more than 3 digits"),
        ("{{ '1e3' | int }}", "1000"),
        ("{{ '1e99999999999' | int }}", "fault"),
        ("{{ '-12.50' | decimal(4, 2) }}", "-12.50"),
        ("{{ record.a | date }}", "fault: this text is no RFC 3339 time"),
        ("{{ '2024-01-05T00:00:00' | date }}", "fault: this time has no zone"),
        ("{{ 'x' | from_json }}", "fault: this text is no JSON"),
        ("{{ [1, 'a'] | sort }}", "fault: the elements are of different types"),
        ("{{ record.at | format(record.a) }}", "\"x\""),
        ("{{ record.at | format(record.a, record.a) }}", "fault: `x` is no time zone"),
        ("{{ '1969-12-31T23:59:59.5Z' | unix }}", "-1"),
        ("{{ 1704067200123 | time('unix_ms') | unix(3) }}", "1704067200.123"),
        ("{{ '1704067200.5' | time('unix') | format('%f') }}", "\"500000\""),
        ("{{ now | floor('d') | plus('1h30min') }}", "\"2024-05-06T01:30:00Z\""),
        ("{{ '2024-03-31T00:30:00+01:00' | floor('d', 'Europe/Berlin') }}", "\"2024-03-30T23:00:00Z\""),
    ]);
}

#[test]
fn nothing_grows_beyond_its_bound() {
    let long = Value::Text("a".repeat(900_000).into());
    let scope =
        Slots::new(vec![(Root::RECORD, Value::Map(Arc::new(vec![("a".into(), long)])))], jiff::Timestamp::UNIX_EPOCH);
    for source in [
        "{{ record.a | replace('a', 'bbbb') }}",
        "{{ record.a ~ record.a }}",
        "x{{ record.a }}{{ record.a }}",
        "{{ [record.a, record.a] | json }}",
        "{{ [record.a, record.a] | join }}",
        "{{ record.a | base64 | hex }}",
    ] {
        let fault = built(source, &Site::new(Wants::Value)).unwrap().eval(&scope).unwrap_err();
        assert!(fault.message().contains("longer than 1 MiB"), "{source}: {fault}");
    }
}
