//! The numbered rules of SEMANTICS.

use super::*;

#[test]
fn rule_25_data_is_chainable_and_missing_is_false() {
    table(&[
        ("{{ record.missing.deep.deeper }}", "absent"),
        ("{{ record.a.b }}", "absent"),
        ("{{ record.list[7].id }}", "absent"),
        ("{{ record.list[-1].id }}", "2"),
        ("{{ record.missing == null }}", "false"),
        ("{{ record.missing == record.other }}", "true"),
        ("{{ record.nothing == null }}", "true"),
        ("{{ record.missing in [1, null] }}", "false"),
        ("{{ 1 in record.missing }}", "false"),
        ("{{ 1 not in record.missing }}", "true"),
        ("{{ record.missing < 1 }}", "false"),
        ("{{ record.missing >= 1 }}", "false"),
        ("{{ record.nothing <= record.nothing }}", "false"),
        ("{{ record.missing + 1 }}", "absent"),
        ("{{ 1 + record.nothing }}", "null"),
        ("{{ -record.missing }}", "absent"),
        ("{{ record.missing | upper }}", "absent"),
        ("{{ record.nothing | upper }}", "null"),
        ("{{ record.missing | default(1) }}", "1"),
        ("{{ record.nothing | default(1) }}", "1"),
        ("{{ record.nothing | length }}", "0"),
        ("{{ record.missing | json }}", "\"null\""),
        ("{{ record.missing | string }}", "\"\""),
        ("{{ not record.missing }}", "true"),
        ("{{ record.missing is defined }}", "false"),
        ("{{ record.nothing is defined and record.nothing is none }}", "true"),
        ("{{ [1, record.missing, 2] }}", "[1,2]"),
        ("{{ {'a': record.missing, 'b': null} }}", "{\"b\":null}"),
    ]);
}

#[test]
fn rule_26_missing_in_text() {
    table(&[
        ("{{ record.nothing }}", "null"),
        ("{{ 'y' if record.missing }}", "absent"),
        ("x{{ 'y' if record.missing }}z", "\"xz\""),
        ("x{{ record.missing }}", "fault: the value is absent and stands in text"),
        ("x{{ record.nothing }}", "fault: the value is null and stands in text"),
        ("{{ 'x' ~ record.nothing }}", "fault: the value is null"),
        ("x{% if record.missing %}{{ record.missing.a }}{% else %}-{% endif %}", "\"x-\""),
        ("x{{ record.list }}", "fault: a list can't stand in text"),
        ("{{ 'x' ~ ('y' if record.missing) ~ 1 }}", "\"x1\""),
    ]);
}

#[test]
fn rule_27_conditions() {
    for (source, expected) in [
        ("{{ record.n }}", Ok(true)),
        ("{{ record.zero }}", Ok(false)),
        ("{{ record.list }}", Ok(true)),
        ("{{ record.empty }}", Ok(false)),
        ("{{ record.missing }}", Ok(false)),
        ("{{ record.nothing }}", Ok(false)),
        ("{{ record.user }}", Ok(true)),
        ("{{ now }}", Ok(true)),
        ("{{ 0.00 }}", Ok(false)),
        ("{{ record.t }}", Err("a text is no condition")),
        ("{{ record.t == 'false' and record.n > 4 }}", Ok(true)),
    ] {
        let result = built(source, &Site::new(Wants::Condition)).unwrap().eval(&world());
        match (result, expected) {
            (Ok(value), Ok(expected)) => assert_eq!(value, Value::Bool(expected), "{source}"),
            (Err(fault), Err(begin)) => assert!(fault.message().starts_with(begin), "{source}: {fault}"),
            (result, _) => panic!("{source}: {result:?}"),
        }
    }
    table(&[
        ("{{ record.n or 'x' }}", "5"),
        ("{{ record.zero or 'x' }}", "\"x\""),
        ("{{ record.missing and 1 }}", "absent"),
        ("{{ record.t and 1 }}", "fault: a text is no condition"),
    ]);
}

#[test]
fn rule_28_times_and_texts_compare_as_instants() {
    table(&[
        ("{{ record.at >= window.end }}", "false"),
        ("{{ record.at < window.end }}", "true"),
        ("{{ record.a < window.end }}", "fault: this text is no RFC 3339 time"),
        ("{{ window.end == '2024-02-01 00:00:00+0000' }}", "true"),
    ]);
}

#[test]
fn rule_29_numbers_are_exact() {
    table(&[
        ("{{ record.price }}", "1.10"),
        ("{{ record.price ~ '' }}", "\"1.10\""),
        ("{{ record.price == 1.1 }}", "true"),
        ("{{ record.price < 1.2 }}", "true"),
        ("{{ record.big + 1 }}", "9007199254740994"),
        ("{{ record.huge > record.big }}", "true"),
        ("{{ record.huge }}", "18446744073709551616"),
        ("{{ 18446744073709551616 }}", "18446744073709551616"),
        ("{{ 340282366920938463463374607431768211455 }}", "340282366920938463463374607431768211455"),
        ("{{ 1e3 == 1000 }}", "true"),
        ("{{ -0.0 == 0 }}", "true"),
        ("{{ 1e9999999999999999999 > 1e99 }}", "true"),
        ("{{ record.price + 1 }}", "fault: arithmetic on decimals is refused"),
        ("{{ record.huge + 1 }}", "fault: the integer does not fit 64 bits"),
        ("{{ 9223372036854775807 + 1 }}", "fault: the integer does not fit 64 bits"),
        ("{{ -9223372036854775808 // -1 }}", "fault: the integer does not fit 64 bits"),
        ("{{ -9223372036854775808 % -1 }}", "fault: the integer does not fit 64 bits"),
        ("{{ -9223372036854775808 }}", "-9223372036854775808"),
        ("{{ record.n // -2 }}", "-3"),
        ("{{ record.n % -3 }}", "-1"),
        ("{{ -7 // 2 }}", "-4"),
        ("{{ -7 % 2 }}", "1"),
        ("{{ 1 // 0 }}", "fault: division by zero"),
        ("{{ 2 * 3 - 1 }}", "5"),
        ("{{ record.a + 1 }}", "fault: arithmetic needs integers, this is a text"),
    ]);
}

#[test]
fn rule_30_numbers_print_as_written() {
    table(&[
        ("v={{ 1.10 }}", "\"v=1.10\""),
        ("v={{ 1e3 }}", "\"v=1e3\""),
        ("v={{ -0 }}", "\"v=-0\""),
        ("v={{ record.price }}", "\"v=1.10\""),
    ]);
    assert!(built("{{ today() }}", &Site::new(Wants::Value)).unwrap().uses().has("now"));
}

#[test]
fn rule_40_paths_are_encoded_by_segment() {
    let site = Site::new(Wants::Path);
    for (source, expected) in [
        ("/repos/{{ repo.full_name }}/x", Ok("/repos/octo%20org%2Fa/x")),
        ("/repos/{{ repo.full_name | path }}/x", Ok("/repos/octo%20org/a/x")),
        ("{{ repo.full_name }}/x", Ok("octo org/a/x")),
        ("/a/{{ repo.id }}", Ok("/a/7")),
        ("/a/{{ '..' }}", Err("`..` can't be a segment")),
        ("/a/{{ record.empty }}", Err("an empty text can't be a segment")),
    ] {
        match (built(source, &site).unwrap().eval(&world()), expected) {
            (Ok(Value::Text(text)), Ok(expected)) => assert_eq!(&*text, expected),
            (Err(fault), Err(begin)) => assert!(fault.message().starts_with(begin), "{source}: {fault}"),
            (result, _) => panic!("{source}: {result:?}"),
        }
    }
}

#[test]
fn rule_43_secrets() {
    let requests = Site::new(Wants::Value).secrets();
    for source in [
        "{{ params.token }}",
        "Bearer {{ params.token }}",
        "{{ ('user:' ~ params.token) | base64 }}",
        "{{ 'x' | hmac('sha256', params.token) }}",
        "{{ params.token | hash('sha256') | urlencode }}",
        "{{ {'t': [params.token]} | json }}",
        "{{ params.account.id }}",
        "{{ params.token if params.token is defined }}",
        "{% if params.token is defined %}{{ params.token }}{% endif %}",
    ] {
        assert!(built(source, &requests).unwrap().uses().secret, "{source}");
    }
    for (source, range) in [
        ("{{ params.token | upper }}", 3..15),
        ("{{ params.token == 'x' }}", 3..15),
        ("{{ 'a' if params.token }}", 10..22),
        ("{% if params.token %}a{% endif %}", 6..18),
        ("{{ params.token[:4] }}", 3..15),
        ("{{ params.token | base64_decode }}", 3..15),
        ("{{ params.token is string }}", 3..15),
        ("{{ record.a | split(params.token) }}", 20..32),
    ] {
        let problems = built(source, &requests).unwrap_err();
        assert_eq!((problems[0].code.name(), problems[0].range.clone()), ("E0701", range), "{source}");
    }
    let filter = Site::new(Wants::Value);
    let problems = built("{{ params.token }}", &filter).unwrap_err();
    assert_eq!((problems[0].code.name(), problems[0].range.clone()), ("E0701", 3..15));
    // A whole that holds a secret is one.
    for source in ["{{ params }}", "{{ params | json }}", "{{ [params] }}", "{{ params | values }}"] {
        assert_eq!(built(source, &filter).unwrap_err()[0].code.name(), "E0701", "{source}");
    }
    // Nor may it go into a request as it is: what is sent is named one by one.
    for source in ["{{ params }}", "{{ params | json }}", "{{ [params] }}"] {
        assert_eq!(built(source, &requests).unwrap_err()[0].code.name(), "E0701", "{source}");
    }
    let asked = built("{{ params.token is defined }}", &filter).unwrap();
    assert!(!asked.uses().secret);
}

#[test]
fn section_10_whole_values_keep_their_type() {
    table(&[
        ("{{ record.n }}", "5"),
        ("{{record.n}}", "5"),
        (" {{ record.n }}", "\" 5\""),
        ("{{ record.n }}{{ record.n }}", "\"55\""),
        ("plain", "\"plain\""),
        ("", "\"\""),
        ("{{ '{{' }} }}", "\"{{ }}\""),
        ("line\n", "\"line\\n\""),
        ("{% if record.n %}\n a\n{% elif record.a %}b{% else %}c{% endif %}\n", "\"\\n a\\n\\n\""),
        ("{{ record['a'] }}", "\"x\""),
        ("{{ stream[:-1] }}", "\"customer\""),
        ("{{ stream[::3] }}", "\"cte\""),
        ("{{ record.list[0:1] | length }}", "1"),
        ("{{ record.list[record.zero].id }}", "1"),
        ("{{ record.list[::record.zero] }}", "fault: the step of a slice"),
        ("{{ 1 < 2 <= 2 }}", "true"),
        ("{{ 1 < record.n < 3 }}", "false"),
        ("{{ 'us' in stream }}", "true"),
        ("{{ 'login' in record.user }}", "true"),
        ("{{ 1 if record.missing else 2 if record.nothing else 3 }}", "3"),
        ("{{ not record.a is defined }}", "false"),
        ("{{ record.a is not defined }}", "false"),
        ("{{ none }}", "null"),
        ("{{ null }}", "null"),
        ("{{ [1, 2] == [1, 2.0] }}", "true"),
        ("{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }}", "true"),
        ("{{ records[-1].user.login }}", "\"octo\""),
        ("{{ records | map(attribute='user.login') | unique | join(',') }}", "\"octo\""),
    ]);
}

#[test]
fn uses_are_known() {
    let compiled = built(
        "{{ record.user.login ~ records[-1].id ~ response.body.next ~ params.mode ~ (record.list | length) ~ fields() | join }}",
        &Site::new(Wants::Value),
    );
    // `|` binds closer than `~`.
    let uses = compiled.unwrap().uses().clone();
    let key = |text: &str| Step::Key(text.into());
    assert_eq!(uses.names, ["record", "records", "response", "params"]);
    assert_eq!(uses.params, ["mode"]);
    assert_eq!(uses.record, Places::Some(vec![vec![key("user"), key("login")], vec![key("list")]]));
    assert_eq!(
        uses.envelope,
        Places::Some(vec![
            vec![key("records"), Step::Index(-1), key("id")],
            vec![key("response"), key("body"), key("next")]
        ])
    );
    assert!(uses.fields && !uses.secret);
    let all = built("{{ record | json }}", &Site::new(Wants::Value)).unwrap();
    assert_eq!(all.uses().record, Places::All);
    let computed = built("{{ record.user[params.mode] }}", &Site::new(Wants::Value)).unwrap();
    assert_eq!(computed.uses().record, Places::Some(vec![vec![key("user")]]));
    assert_eq!(built("plain", &Site::new(Wants::Value)).unwrap().literal(), Some(&Value::Text("plain".into())));
    assert_eq!(built("{{ 5 }}", &Site::new(Wants::Text)).unwrap().literal(), None);
    assert_eq!(built("{{ record.a == 1 }}", &Site::new(Wants::Value)).unwrap().types(), Types::BOOL);
}

#[test]
fn rule_10_a_condition_takes_absence_away() {
    for source in [
        "since {{ window.start if window.start else 'ever' }}",
        "{% if window.start %}since {{ window.start | date }}{% endif %}",
        "{% if window.start is defined and record.n > 2 %}a{{ window.start }}{% endif %}",
        "{% if not window.start %}all{% else %}a{{ window.start }}{% endif %}",
        "{{ 'a' ~ window.start if window.start < window.end }}",
        "{{ window.start and 'a' ~ window.start }}",
        "a{{ window.start | default('x') }}",
        "a{{ window.start | string }}",
        "{{ window.start }}",
        "{{ window.start | date }}",
        "a{{ window.end }}",
    ] {
        let result = built(source, &Site::new(Wants::Value));
        assert!(result.is_ok(), "{source}: {result:?}");
    }
    for (source, range) in [
        ("a{{ window.start }}", 4..16),
        ("a{{ window.start | date }}", 4..23),
        ("{{ 'a' ~ window.start }}", 9..21),
        ("{% if window.end %}a{{ window.start }}{% endif %}", 23..35),
        ("{% if window.start or record.n %}{{ window.start }}{% endif %}", 36..48),
        ("{% if window.start %}a{% else %}{{ window.start }}{% endif %}", 35..47),
        ("a{{ window.start | plus('1d') }}", 4..29),
    ] {
        let problems = built(source, &Site::new(Wants::Value)).unwrap_err();
        assert_eq!((problems[0].code.name(), problems[0].range.clone()), ("E0307", range), "{source}");
        assert!(problems[0].help.as_ref().unwrap().contains("incremental.start"));
    }
}
