//! Every refusal with its exact place.

use super::*;
use std::fmt::Write as _;

fn refused(cases: &[(&str, &str, std::ops::Range<usize>, &str)]) {
    let mut wrong = String::new();
    for (source, code, range, help) in cases {
        let told = match built(source, &Site::new(Wants::Value)) {
            Ok(_) => "accepted".to_owned(),
            Err(problems) => {
                let problem = &problems[0];
                let text = format!(
                    "{} {}",
                    problem.help.clone().unwrap_or_default(),
                    problem.nearest.clone().unwrap_or_default()
                );
                if problem.code.name() == *code && problem.range == *range && text.contains(help) {
                    continue;
                }
                format!(
                    "{} {:?} {:?} {} | {text}",
                    problem.code.name(),
                    problem.range,
                    source.get(problem.range.clone()),
                    problem.message
                )
            }
        };
        let place = source.get(range.clone());
        _ = writeln!(wrong, "{source}\n  expected {code} {range:?} {place:?} {help}\n  got      {told}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn syntax() {
    refused(&[
        ("{{ record.x", "E0301", 10..11, "ends with `}}`"),
        ("{{ record.x }", "E0301", 12..13, "ends with `}}`"),
        ("{{ record.x | }}", "E0301", 14..16, "name follows `|`"),
        ("{{ record.a && record.b }}", "E0301", 12..13, "`and`"),
        ("{{ record.a || record.b }}", "E0301", 13..14, "`or`"),
        ("{{ !record.a }}", "E0301", 3..4, "`not x`"),
        ("{{ record.a ? 1 : 2 }}", "E0301", 12..13, "if test else"),
        ("{{ }}", "E0301", 3..5, "a value is missing"),
        ("{{ record. }}", "E0301", 11..13, "missing"),
        ("{% endif %}", "E0301", 3..8, ""),
        ("{{ 99999999999999999999999999999999999999999 }}", "E0301", 3..44, "as a text"),
        ("{{ {{ record.a }} }}", "E0301", 15..16, "no `{{ }}` inside"),
        ("{{ record.a = 1 }}", "E0301", 12..13, "`==`"),
        ("{% if record.n %}a", "E0301", 17..18, "endif"),
    ]);
}

#[test]
fn names_and_members() {
    refused(&[
        ("{{ recrd.x }}", "E0302", 3..8, "record"),
        ("{{ config['token'] }}", "E0302", 3..9, "params.x"),
        ("a {{ env.TOKEN }}", "E0302", 5..8, "reads no environment"),
        ("{{ state.x }}", "E0302", 3..8, "window.start"),
        ("{{ stream_partition.id }}", "E0302", 3..19, "for_each"),
        ("{{ next_page_token }}", "E0302", 3..18, "page.cursor"),
        ("{{ True }}", "E0302", 3..7, "`true`"),
        ("{{ page.cursor }}", "E0310", 3..7, "in requests of a stream"),
        ("{{ token }}", "E0310", 3..8, "`auth`"),
        ("{{ fields | join }}", "E0310", 3..9, "`fields()`"),
        ("{{ params.tokn }}", "E0311", 10..14, "token"),
        ("{{ params['tokn'] }}", "E0311", 10..16, "token"),
        ("{{ window.begin }}", "E0311", 10..15, "start, end"),
        ("{{ params[stream] }}", "E0311", 10..16, "member's name"),
        ("é{{ params.nope }}", "E0311", 12..16, ""),
    ]);
}

#[test]
fn constructs() {
    refused(&[
        ("{% for x in records %}{{ x }}{% endfor %}", "E0303", 3..6, "for_each"),
        ("{% set a = 1 %}", "E0303", 3..6, "where it is used"),
        ("{% macro a() %}{% endmacro %}", "E0303", 3..8, "defaults"),
        ("{% include 'x' %}", "E0303", 3..10, "defaults"),
        ("{% with a = 1 %}{% endwith %}", "E0303", 3..7, ""),
        ("{% filter upper %}a{% endfilter %}", "E0303", 3..9, ""),
        ("x {# gone #} y", "E0303", 2..12, "YAML comment"),
        ("x {# gone", "E0303", 2..9, ""),
        ("a {% raw %}{{ x }}{% endraw %} b", "E0303", 2..11, "{{ '{{' }}"),
        ("{{- record.a }}", "E0303", 2..3, ""),
        ("{{ record.a -}}", "E0303", 12..13, ""),
        ("{{ 'a' 'b' }}", "E0303", 3..10, "`~`"),
        ("{{ 0x1F }}", "E0303", 3..7, ""),
        ("{{ 1_000 }}", "E0303", 3..8, ""),
        ("{{ record.get('a') }}", "E0303", 9..18, "`x.a`"),
        ("{{ record.user.items() }}", "E0303", 14..22, "`x | items`"),
        ("{{ record.a.strip() }}", "E0303", 11..19, "`x | trim`"),
        ("{{ 'x' * 3 }}", "E0303", 3..10, ""),
        ("{{ record.n / 2 }}", "E0303", 3..15, "`//`"),
        ("{{ record.n ** 2 }}", "E0303", 3..16, ""),
        ("{{ (1, 2) }}", "E0303", 3..9, "[a, b]"),
    ]);
}

#[test]
fn functions() {
    refused(&[
        ("{{ record.a | upperr }}", "E0304", 14..20, "upper"),
        ("{{ record.a | tojson }}", "E0304", 14..20, "`| json`"),
        ("{{ record.at | strftime('%Y') }}", "E0304", 15..23, "format"),
        ("{{ now() }}", "E0304", 3..6, "without brackets"),
        ("{{ now_utc() }}", "E0304", 3..10, "`now`"),
        ("{{ day_delta(-1) }}", "E0304", 3..12, "minus('1d')"),
        ("{{ record.a | b64encode }}", "E0304", 14..23, "base64"),
        ("{{ length(record.list) }}", "E0304", 3..9, "x | length"),
        ("{{ now | today }}", "E0304", 9..14, "today("),
        ("{{ record.n is odd }}", "E0304", 15..18, "% 2"),
        ("{{ record.n is strng }}", "E0304", 15..20, "string"),
        ("{{ (record.a | upperr) | upper }}", "E0304", 15..21, "upper"),
        ("{{ record.list | join(1) }}", "E0305", 22..23, "join(separator?)"),
        ("{{ record.a | split }}", "E0305", 14..19, ""),
        ("{{ record.list | map(attrib='id') }}", "E0305", 28..32, "attribute"),
        ("{{ record.a | upper(1) }}", "E0305", 20..21, ""),
        ("{{ record.a | replace('a', 'b', 'c') }}", "E0305", 32..35, ""),
        ("{{ record.a | hash('sha3') }}", "E0305", 19..25, "sha1"),
        ("{{ record.a | regex(record.b) }}", "E0305", 20..28, "literal"),
        ("{{ record.a | regex('(') }}", "E0216", 20..23, ""),
        ("{{ record.at | format('%Q') }}", "E0218", 22..26, ""),
        ("{{ record.at | date('Mars/Base') }}", "E0218", 20..31, ""),
        ("{{ now | plus('5m') }}", "E0208", 14..18, "`5min`"),
        ("{{ fields('$.a[*]') }}", "E0305", 10..18, ""),
    ]);
}

#[test]
fn types() {
    refused(&[
        ("{{ 'a' + record.b }}", "E0306", 3..17, "`~`"),
        ("{{ now + 1 }}", "E0306", 3..10, "plus"),
        ("{{ true - 1 }}", "E0306", 3..7, ""),
        ("{{ 1.5 + 1 }}", "E0306", 3..6, "scale"),
        ("{{ stream < 3 }}", "E0306", 3..13, ""),
        ("{{ 1 | upper }}", "E0306", 3..4, ""),
        ("{{ stream.name }}", "E0306", 10..14, ""),
        ("{{ records.id }}", "E0306", 11..13, "map(attribute='id')"),
        ("a{{ [1] }}", "E0306", 4..7, "join"),
        ("{{ {'a': 1} ~ 'x' }}", "E0306", 3..11, "json"),
        ("{{ [1][::0] }}", "E0306", 9..10, ""),
        ("{{ {stream: 1} }}", "E0306", 4..10, "quotes"),
        ("a{{ null }}", "E0307", 4..8, ""),
        ("a{{ params.query }}", "E0307", 4..16, "default"),
        ("{{ 1 if stream }}", "E0308", 8..14, "compare"),
        ("{% if params.mode %}a{% endif %}", "E0308", 6..17, ""),
        ("{{ (stream if record.n else 'y') + 1 }}", "E0306", 3..36, "`~`"),
        ("{{ stream[1:] + 1 }}", "E0306", 3..17, "`~`"),
        ("{{ (record.n is defined) | upper }}", "E0306", 4..23, ""),
        ("{{ (1 < 2 < 3) | upper }}", "E0306", 4..13, ""),
        ("{{ (not record.n) | upper }}", "E0306", 4..16, ""),
        ("{{ stream or 'x' }}", "E0308", 3..9, "default"),
        ("{{ not stream }}", "E0308", 7..13, ""),
    ]);
}

#[test]
fn sites() {
    let told = |source: &str, site: &Site| {
        let problems = built(source, site).unwrap_err();
        (problems[0].code.name(), problems[0].range.clone())
    };
    assert_eq!(told("a{{ record.n }}", &Site::new(Wants::Value).whole()), ("E0312", 0..15));
    assert_eq!(told("true", &Site::new(Wants::Condition)), ("E0312", 0..4));
    assert_eq!(told("{{ stream }}", &Site::new(Wants::Condition)), ("E0308", 3..9));
    assert_eq!(told("{{ stream }}", &Site::new(Wants::Value).types(Types::LIST)), ("E0306", 3..9));
    assert_eq!(told("{{ window.start }}", &Site::new(Wants::Text)), ("E0307", 3..15));
}

#[test]
fn all_problems_are_told_at_once() {
    let problems = built("{{ nope }} {{ params.x }} {{ record.a | foo }}", &Site::new(Wants::Value)).unwrap_err();
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.name()).collect();
    assert_eq!(codes, ["E0302", "E0311", "E0304"]);
}
