//! What comes after a page, kind by kind (SEMANTICS rules 33 to 38).

use super::cursor::Cursor;
use super::last::Last;
use super::link::Link;
use super::none::SinglePage;
use super::offset::Offset;
use super::page::Page as Pages;
use super::relay::{PageInfo, Relay};
use super::url::Url;
use super::{Bounds, EndsBy, First, Injection, Next, PageValue, Paginator, Seen};
use crate::components::answer::tests::{answering, json};
use crate::components::context::{Late, Read};
use crate::data::Value;
use crate::expr::shorthand::address::Address;
use crate::expr::{Names, Shape, Site, Slots, Wants, compile, place};
use crate::state::Page;
use crate::text::Span;
use jiff::Timestamp;
use std::sync::Arc;

fn read(text: &str, wants: Wants) -> Read {
    match text {
        place if place.starts_with('$') => Read::Place(place::compile(place).unwrap()),
        header if header.starts_with("header.") => Read::Header(header["header.".len()..].into()),
        expr => {
            let names =
                ["page", "records", "response"].iter().fold(Names::new(), |names, name| names.with(name, Shape::Data));
            Read::Expr(Arc::new(compile(expr, &names, &Site::new(wants)).unwrap()))
        }
    }
}

fn value(text: &str) -> Read {
    read(text, Wants::Value)
}

fn put(at: &str, value: PageValue) -> Injection {
    Injection { at: Late::Is(Address::Query(at.into())), value, span: Span::default() }
}

fn bounds(while_: &str, until: &str) -> Bounds {
    let condition = |text: &str| (!text.is_empty()).then(|| read(text, Wants::Condition));
    Bounds { while_: condition(while_), until: condition(until), ..Bounds::default() }
}

fn cursor(next: &str, bounds: Bounds) -> Cursor {
    let put = vec![put("after", PageValue::Cursor)];
    Cursor { next: value(next), put, continues: None, drop: Vec::new(), bounds }
}

fn pages() -> Pages {
    Pages {
        put: vec![put("page", PageValue::Number), put("per_page", PageValue::Size)],
        start: None,
        first: None,
        size: Some(Late::Is(2)),
        total_pages: None,
        total: None,
        ends: None,
        bounds: Bounds::default(),
    }
}

fn offsets() -> Offset {
    let put = vec![put("offset", PageValue::Offset), put("limit", PageValue::Size)];
    Offset { put, first: None, size: Some(Late::Is(2)), total: None, ends: None, bounds: Bounds::default() }
}

/// A page as a test tells it: the token, the records before it, and the body, whose `items` are the records.
struct Told<'a> {
    index: u64,
    token: Value,
    before: u64,
    headers: &'a [(&'static str, &'a str)],
    body: &'a str,
}

fn told(body: &str) -> Told<'_> {
    Told { index: 0, token: Value::Absent, before: 0, headers: &[], body }
}

fn seen<R>(told: &Told<'_>, run: impl FnOnce(&Seen<'_>, &Slots) -> R) -> R {
    answering(200, told.headers, told.body, |answer| {
        let page = Page { index: told.index, token: told.token.clone() };
        let Value::List(items) = answer.body.member("items").clone() else { panic!("a page has items") };
        let all = Value::List(items.clone());
        let count = items.len() as u64;
        let seen = Seen {
            page: &page,
            answer: *answer,
            extracted: count,
            received_before: told.before,
            first: items.first(),
            last: items.last(),
            records: Some(&all),
            kept: count,
        };
        run(&seen, &Slots::new(Vec::new(), Timestamp::UNIX_EPOCH))
    })
}

/// Prints what comes next: `2 c2`, `end no_token`, `refuse: …`, `fault: …`.
fn next(kind: &dyn Paginator, told: &Told<'_>) -> String {
    seen(told, |seen, scope| match kind.next(seen, scope) {
        Ok(Next::Page(page)) => {
            let mut text = format!("{} ", page.index);
            crate::data::json::write_canonical(&page.token, &mut text);
            text
        }
        Ok(Next::End(sign)) => format!("end {sign}"),
        Ok(Next::Restart) => "restart".to_owned(),
        Ok(Next::Refuse(fault)) => format!("refuse: {fault}"),
        Err(fault) => format!("fault: {fault}"),
    })
}

fn check(kind: &dyn Paginator, told: &Told<'_>, expected: &str) {
    let got = next(kind, told);
    let same = match expected.split_once(": ") {
        Some((how, part)) => got.starts_with(how) && got.contains(part),
        None => got == expected,
    };
    assert!(same, "{} {}: {got}, not {expected}", kind.kind(), told.body);
}

#[test]
fn tokens_lead_on_until_there_is_none() {
    for (body, expected) in [
        (r#"{"items":[1],"next":"c2"}"#, "1 \"c2\""),
        (r#"{"items":[],"next":"c2"}"#, "1 \"c2\""),
        (r#"{"items":[1],"next":0}"#, "1 0"),
        (r#"{"items":[1],"next":{"a":1}}"#, "1 {\"a\":1}"),
        (r#"{"items":[1],"next":""}"#, "end no_token"),
        (r#"{"items":[1],"next":null}"#, "end no_token"),
        (r#"{"items":[1],"next":false}"#, "end no_token"),
        (r#"{"items":[1]}"#, "end no_token"),
    ] {
        check(&cursor("$.next", Bounds::default()), &told(body), expected);
    }
    let nodes = r#"{"items":[1],"next":[1,2]}"#;
    check(&cursor("$.next[*]", Bounds::default()), &told(nodes), "fault: gives 2 values");
    check(&cursor("{{ records[-1] }}", Bounds::default()), &told(nodes), "1 1");
    let headers = Told { headers: &[("x-next", "c7")], ..told(r#"{"items":[1]}"#) };
    check(&cursor("header.x-next", Bounds::default()), &headers, "1 \"c7\"");
}

#[test]
fn conditions_come_before_the_kinds_own_end() {
    let more = r#"{"items":[1],"next":"c2","more":true,"done":false}"#;
    let over = r#"{"items":[1],"next":"c2","more":false,"done":true}"#;
    let broken = r#"{"items":[1],"more":true,"done":false}"#;
    for (while_, until, body, expected) in [
        ("$.more", "", more, "1 \"c2\""),
        ("$.more", "", over, "end condition"),
        ("", "$.done", more, "1 \"c2\""),
        ("", "$.done", over, "end condition"),
        ("$.more", "", broken, "refuse: `while` says that there is more"),
        ("$.more", "$.more", broken, "end condition"),
        ("", "$.done", broken, "end no_token"),
        ("{{ page.next != 'c2' }}", "", more, "end condition"),
        ("", "{{ page.next is defined and records | length == 1 }}", more, "end condition"),
        ("$.next", "", more, "fault: a text is no condition"),
    ] {
        check(&cursor("$.next", bounds(while_, until)), &told(body), expected);
    }
}

#[test]
fn bounds_are_no_success() {
    let more = r#"{"items":[1,2],"next":"c2"}"#;
    let most = |most| Bounds { max_pages: Some(Late::Is(most)), ..Bounds::default() };
    check(&cursor("$.next", most(40)), &Told { index: 39, ..told(more) }, "refuse: `max_pages: 40`");
    check(&cursor("$.next", most(40)), &Told { index: 38, ..told(more) }, "39 \"c2\"");
    check(&cursor("$.next", most(1)), &told(r#"{"items":[1]}"#), "end no_token");
    let cap = Bounds { cap: Some((Late::Is(10), Span::default())), ..Bounds::default() };
    check(&cursor("$.next", cap.clone()), &Told { before: 6, ..told(more) }, "1 \"c2\"");
    check(&cursor("$.next", cap), &Told { before: 8, ..told(more) }, "restart");
}

#[test]
fn addresses_are_resolved_against_the_one_just_asked() {
    let url = Url { next: value("$.next"), bounds: Bounds::default() };
    for (target, expected) in [
        ("https://b.example/x?p=2#f", "1 \"https://b.example/x?p=2\""),
        ("/v2/items?p=2", "1 \"https://api.example.com/v2/items?p=2\""),
        ("?p=2", "1 \"https://api.example.com/v1/items?p=2\""),
        ("other", "1 \"https://api.example.com/v1/other\""),
        ("//c.example/x", "1 \"https://c.example/x\""),
        ("", "end no_token"),
        ("ftp://b.example/x", "fault: none that can be asked"),
        ("https://me:pw@b.example/x", "fault: none that can be asked"),
        ("https://", "fault: no address"),
    ] {
        check(&url, &told(&format!(r#"{{"items":[1],"next":"{target}"}}"#)), expected);
    }
    check(&url, &told(r#"{"items":[1],"next":7}"#), "fault: no text");
    let link = Link { rel: None, bounds: Bounds::default() };
    let header = Told { headers: &[("link", "<?p=2>; rel=next")], ..told(r#"{"items":[]}"#) };
    check(&link, &header, "1 \"https://api.example.com/v1/items?p=2\"");
    check(&link, &told(r#"{"items":[1]}"#), "end no_link");
    let rel = Link { rel: Some(Late::Is("more".into())), bounds: Bounds::default() };
    check(&rel, &header, "end no_link");
    let page = Page { index: 1, token: Value::Text("https://a/2".into()) };
    assert_eq!(link.address(&page), Some("https://a/2"));
    assert_eq!(url.address(&Page::first()), None);
}

#[test]
fn counted_pages_end_by_what_was_counted() {
    let total = |place: &str| Some(value(place));
    let short = Some(Late::Is(EndsBy::Short));
    let cases: [(Pages, u64, u64, &str, &str); 12] = [
        (pages(), 0, 0, r#"{"items":[1,2]}"#, "1 null"),
        (pages(), 4, 8, r#"{"items":[9]}"#, "5 null"),
        (pages(), 4, 8, r#"{"items":[]}"#, "end empty_page"),
        (Pages { ends: short.clone(), ..pages() }, 4, 8, r#"{"items":[9]}"#, "end short_page"),
        (Pages { ends: short, ..pages() }, 4, 8, r#"{"items":[9,10]}"#, "5 null"),
        (Pages { total_pages: total("$.pages"), ..pages() }, 2, 4, r#"{"items":[5,6],"pages":3}"#, "end total"),
        (Pages { total_pages: total("$.pages"), ..pages() }, 1, 2, r#"{"items":[3,4],"pages":3}"#, "2 null"),
        (Pages { total_pages: total("$.pages"), ..pages() }, 1, 2, r#"{"items":[3,4],"pages":0}"#, "2 null"),
        (Pages { total_pages: total("$.pages"), ..pages() }, 2, 4, r#"{"items":[],"pages":0}"#, "end total"),
        (Pages { total: total("$.n"), ..pages() }, 1, 2, r#"{"items":[3],"n":3}"#, "end total"),
        (Pages { total: total("$.n"), ..pages() }, 1, 2, r#"{"items":[3],"n":"4"}"#, "2 null"),
        (Pages { total: total("$.n"), ..pages() }, 1, 2, r#"{"items":[],"n":4}"#, "end empty_page"),
    ];
    for (kind, index, before, body, expected) in cases {
        check(&kind, &Told { index, before, ..told(body) }, expected);
    }
    let at = |offset| Value::Int(offset);
    let cases: [(Offset, Value, &str, &str); 6] = [
        (offsets(), Value::Absent, r#"{"items":[1,2]}"#, "1 2"),
        // The server caps pages: what counts is what came.
        (offsets(), at(4), r#"{"items":[5]}"#, "1 5"),
        (offsets(), at(4), r#"{"items":[]}"#, "end empty_page"),
        (Offset { total: total("$.n"), ..offsets() }, at(4), r#"{"items":[5],"n":5}"#, "end total"),
        (Offset { total: total("$.n"), ..offsets() }, at(4), r#"{"items":[5],"n":6}"#, "1 5"),
        (Offset { ends: Some(Late::Is(EndsBy::Short)), ..offsets() }, at(4), r#"{"items":[5]}"#, "end short_page"),
    ];
    for (kind, token, body, expected) in cases {
        check(&kind, &Told { token, ..told(body) }, expected);
    }
    let claims = Offset { total: total("$.n"), ..offsets() };
    let claimed = seen(&told(r#"{"items":[5],"n":6}"#), |seen, scope| claims.claimed(seen, scope).unwrap());
    assert_eq!(claimed, Some(6));
    assert!(pages().drifts() && offsets().drifts() && !cursor("$.next", Bounds::default()).drifts());
}

#[test]
fn pages_are_asked_ahead_only_where_their_number_is_known() {
    let parallel = Bounds { parallel: Some(Late::Is(3)), ..Bounds::default() };
    let pages = Pages { total: Some(value("$.n")), bounds: parallel.clone(), ..pages() };
    let offsets = Offset { total: Some(value("$.n")), bounds: parallel, ..offsets() };
    let ahead = |kind: &dyn Paginator, body: &str| {
        seen(&told(body), |seen, scope| {
            let pages = kind.ahead(seen, scope).into_iter();
            pages.map(|page| (page.index, if let Value::Int(at) = page.token { at } else { -1 })).collect::<Vec<_>>()
        })
    };
    assert_eq!(ahead(&pages, r#"{"items":[1,2],"n":20}"#), [(1, -1), (2, -1), (3, -1)]);
    assert_eq!(ahead(&pages, r#"{"items":[1,2],"n":5}"#), [(1, -1), (2, -1)]);
    assert_eq!(ahead(&offsets, r#"{"items":[1,2],"n":5}"#), [(1, 2), (2, 4)]);
    for body in [r#"{"items":[1],"n":20}"#, r#"{"items":[1,2]}"#] {
        assert_eq!(ahead(&pages, body), []);
        assert_eq!(ahead(&offsets, body), []);
    }
    // The first guess is what `next` gives.
    check(&offsets, &told(r#"{"items":[1,2],"n":5}"#), "1 2");
}

#[test]
fn single_pages_and_last_records_and_connections() {
    check(&SinglePage, &told(r#"{"items":[1]}"#), "end single_page");
    check(&SinglePage, &told(r#"{"items":[1],"has_more":true}"#), "refuse: `$.has_more` is true");
    check(&SinglePage, &told(r#"{"items":[1],"total":2}"#), "refuse: say how the API pages");
    let last = Last { value: value("{{ records[-1].id }}"), put: Vec::new(), bounds: Bounds::default() };
    check(&last, &told(r#"{"items":[{"id":3},{"id":7}]}"#), "1 7");
    check(&last, &told(r#"{"items":[]}"#), "end empty_page");
    check(&last, &told(r#"{"items":[{"name":"x"}]}"#), "fault: no value to ask for the next page by");
    let connection = Late::Is(place::compile("$.data.issues").unwrap());
    let info = Some(PageInfo::of(&connection).unwrap());
    let relay = Relay { connection, info, put: Vec::new(), bounds: Bounds::default() };
    let with = |info: &str| format!(r#"{{"items":[1],"data":{{"issues":{{"pageInfo":{info}}}}}}}"#);
    for (info, expected) in [
        (r#"{"hasNextPage":true,"endCursor":"e"}"#, "1 \"e\""),
        (r#"{"hasNextPage":false,"endCursor":"e"}"#, "end has_more_false"),
        (r#"{"hasNextPage":true,"endCursor":null}"#, "fault: pageInfo.endCursor"),
        (r#"{"endCursor":"e"}"#, "fault: pageInfo.hasNextPage"),
    ] {
        check(&relay, &told(&with(info)), expected);
    }
    assert_eq!(relay.reads().len(), 2);
}

#[test]
fn pages_write_their_values_into_requests() {
    let written = |kind: &dyn Paginator, page: &Page, received: u64| {
        let mut text = String::new();
        for (at, value) in kind.writes(page, received) {
            text.push_str(&format!("{at}="));
            crate::data::json::write_canonical(&value, &mut text);
            text.push(' ');
        }
        text
    };
    let (first, third) = (Page::first(), Page { index: 2, token: Value::Absent });
    let omit = Some(Late::Is(First::Omit));
    let zero = Pages { start: Some(Late::Is(0)), first: omit.clone(), ..pages() };
    assert_eq!(written(&pages(), &first, 0), "query.page=1 query.per_page=2 ");
    assert_eq!(written(&zero, &first, 0), "query.per_page=2 ");
    assert_eq!(written(&zero, &third, 4), "query.page=2 query.per_page=2 ");
    assert_eq!(written(&offsets(), &first, 0), "query.offset=0 query.limit=2 ");
    let at = Page { index: 2, token: Value::Int(7) };
    assert_eq!(written(&Offset { first: omit, ..offsets() }, &at, 9), "query.offset=7 query.limit=2 ");
    let token = Page { index: 1, token: json("\"c2\"") };
    assert_eq!(written(&cursor("$.next", Bounds::default()), &first, 0), "");
    assert_eq!(written(&cursor("$.next", Bounds::default()), &token, 3), "query.after=\"c2\" ");
    let mut text = String::new();
    let page = cursor("$.next", Bounds::default()).page_value(&token, 3);
    crate::data::json::write_canonical(&page, &mut text);
    assert_eq!(text, r#"{"cursor":"c2","index":1,"number":2,"offset":3}"#);
}
