use super::*;
use crate::text::{Sources, read};
use indexmap::IndexMap;
use serde::Deserialize;

fn node(text: &str) -> Node {
    read(&mut Sources::default(), "a", text.as_bytes(), false).1.unwrap()
}

fn get<T: DeserializeOwned>(text: &str) -> T {
    from_node(&node(text)).unwrap()
}

fn fails<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> (String, String) {
    let error = from_node::<T>(&node(text)).unwrap_err();
    (text[error.span.start as usize..error.span.end as usize].to_owned(), error.message)
}

#[derive(Debug, PartialEq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Page {
    into: Option<String>,
    start: u32,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Paginate {
    Page(Page),
    Link(Spanned<Page>),
    None,
    Inline { size: u32 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename = "$by_shape", rename_all = "lowercase")]
enum Body {
    Expr(String),
    Text(Spanned<String>),
    Number(Digits),
    List(Vec<Body>),
    Map(IndexMap<String, Body>),
    Null,
    Other(Node),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    paginate: Paginate,
    version: Option<Digits>,
    max: Option<u32>,
    name: Option<Spanned<String>>,
    ratio: Option<f64>,
    body: Option<Body>,
}

#[test]
fn a_struct_with_everything() {
    let text = "{ paginate: page, version: 1.10, max: 1.0, name: é, ratio: 2, body: [ 0x1F, \"{{ x }}\", y, ~, true, { a: {} } ] }";
    let stream: Stream = get(text);
    assert_eq!(stream.paginate, Paginate::Page(Page::default()));
    assert_eq!(stream.version, Some(Digits("1.10".into())));
    assert_eq!((stream.max, stream.ratio), (Some(1), Some(2.0)));
    let name = stream.name.unwrap();
    assert_eq!(&text[name.span.start as usize..name.span.end as usize], "é");
    let Some(Body::List(items)) = stream.body else { panic!() };
    assert_eq!(items[0], Body::Number(Digits("0x1F".into())));
    assert_eq!(items[1], Body::Expr("{{ x }}".into()));
    assert!(matches!(&items[2], Body::Text(text) if text.value == "y"));
    assert_eq!(items[3], Body::Null);
    assert!(matches!(&items[4], Body::Other(Node { content: Content::Bool(true), .. })));
    assert!(matches!(&items[5], Body::Map(map) if map["a"] == Body::Map(IndexMap::new())));
}

#[test]
fn kinds() {
    for (text, kind) in [
        ("link", Paginate::Link(Spanned::default())),
        ("none", Paginate::None),
        ("none: {}", Paginate::None),
        ("none: ~", Paginate::None),
        ("page: { into: query.page }", Paginate::Page(Page { into: Some("query.page".into()), start: 0 })),
        ("inline: { size: 3 }", Paginate::Inline { size: 3 }),
    ] {
        assert_eq!(get::<Paginate>(text), kind, "{text}");
    }
}

#[test]
fn errors_stand_at_the_innermost_node() {
    for (text, place, message) in [
        ("paginate: page_numbr", "page_numbr", "unknown variant `page_numbr`"),
        ("paginate: { page: { start: x } }", "x", "invalid type: string \"x\", expected u32"),
        ("paginate: { page: { begin: 1 } }", "begin", "unknown field `begin`"),
        ("paginate: { page: {}, link: {} }", "{ page: {}, link: {} }", "expected one kind, found a map with 2 keys"),
        ("paginate: [1]", "[1]", "expected a kind, found a list"),
        ("{ paginate: none, max: -1 }", "-1", "invalid value: integer `-1`, expected u32"),
        ("{ max: 1 }", "{ max: 1 }", "missing field `paginate`"),
        ("{ paginate: inline }", "inline", "missing field `size`"),
        ("{ paginate: { none: { a: 1 } } }", "{ a: 1 }", "expected no settings, found a map"),
    ] {
        let (at, told) = fails::<Stream>(text);
        assert_eq!(at, place, "{text}");
        assert!(told.starts_with(message), "{text}: {told}");
    }
    assert_eq!(fails::<Named<u8>>("[1]").1, "expected a map, found a list");
    assert_eq!(fails::<Named<u8>>("{ a: 1, b: x }").0, "x");
}

#[test]
fn nodes_pass_unchanged() {
    #[derive(Deserialize)]
    struct Holder {
        held: Node,
        rest: Vec<Node>,
    }
    let text = "held: { a: 1.10, b: [x, ~, true, *gone], 'c d': *gone, e: {}, f: [] }\nrest: [*gone, 0o7]\n";
    let whole = node(text);
    let holder: Holder = from_node(&whole).unwrap();
    assert_eq!(Some(&holder.held), whole.get("held"));
    assert_eq!(holder.rest, whole.get("rest").unwrap().items());
    assert_eq!(holder.held.get("c d").unwrap().content, Content::Unknown);
    assert_eq!(from_node::<Node>(&whole).unwrap(), whole);
}

#[test]
fn names_and_their_places() {
    let text = "{ ünï: 1, 'b c': *gone, d: 3 }";
    let named: Named<u32> = get(text);
    assert_eq!(named.names().collect::<Vec<_>>(), ["ünï", "b c", "d"]);
    assert_eq!((named.get("ünï"), named.get("b c"), named.get("d"), named.get("e")), (Some(&1), None, Some(&3), None));
    let place = named.entry("b c").unwrap().span;
    assert_eq!(&text[place.start as usize..place.end as usize], "'b c'");
    let optional: Named<Option<u32>> = get("{ a: ~ }");
    assert_eq!(optional.get("a"), Some(&None));
}

#[test]
fn numbers_keep_their_size() {
    assert_eq!(get::<u64>("18446744073709551615"), u64::MAX);
    assert_eq!(get::<i64>("-9223372036854775808"), i64::MIN);
    assert_eq!(get::<u8>("0xFF"), 255);
    assert_eq!(get::<u8>("1e2"), 100);
    assert!(get::<f64>(".nan").is_nan());
    assert!(from_node::<u8>(&node("1.5")).is_err());
    assert_eq!(get::<Digits>("\"007\"").0, "007");
    assert_eq!(get::<Option<u8>>("*gone"), None);
    assert_eq!(get::<serde_json::Value>("{ a: [1, 2.5, x, ~] }").to_string(), r#"{"a":[1,2.5,"x",null]}"#);
}
