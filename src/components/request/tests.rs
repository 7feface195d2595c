//! What is sent (SEMANTICS section 5).

use super::{Body, EncodeSpec, Extra, Message, Part, Target, render};
use crate::components::answer::tests::json;
use crate::components::context::Tree;
use crate::data::Value;
use crate::expr::shorthand::address::parse_address;
use crate::expr::shorthand::request::{Target as Written, parse_request};
use crate::expr::{Compiled, Entry, Member, Names, Root, Shape, Site, Slots, Types, Wants, compile};
use crate::http::Request;
use crate::text::Span;
use jiff::Timestamp;
use std::sync::Arc;
use url::Url;

fn compiled(text: &str, wants: Wants) -> Arc<Compiled> {
    let secret = Shape::record([("token", Member::of(Types::TEXT).secret()), ("a", Member::new(Shape::Data))]);
    let mut names = Names::new().with("page", Shape::Data).own("repo", 0, Shape::Data);
    names.insert("params", Entry { root: Root::PARAMS, shape: secret, secret: false });
    Arc::new(
        compile(text, &names, &Site::new(wants).secrets()).unwrap_or_else(|problems| panic!("{text}: {problems:?}")),
    )
}

/// Reads JSON as a tree: texts with braces are expressions.
fn tree(value: &Value) -> Tree {
    match value {
        Value::Text(text) if text.contains("{{") => Tree::Expr(compiled(text, Wants::Value)),
        Value::List(items) => Tree::List(items.iter().map(tree).collect()),
        Value::Map(map) => Tree::Map(map.iter().map(|(name, value)| (name.clone(), tree(value))).collect()),
        fixed => Tree::Fixed(fixed.clone()),
    }
}

fn parts(text: &str) -> Vec<Part> {
    let Value::Map(map) = json(text) else { panic!("a map") };
    let part =
        |(name, value): &(Arc<str>, Value)| Part { name: name.to_string(), span: Span::default(), value: tree(value) };
    map.iter().map(part).collect()
}

fn message(request: &str) -> Message {
    let parsed = parse_request(request).unwrap();
    let target = match &parsed.target {
        Written::Path(piece) => Target::Path(compiled(&piece.text, Wants::Path)),
        Written::Url(piece) => Target::Url(compiled(&piece.text, Wants::Path)),
        Written::Expr(piece) => Target::Given(compiled(&piece.text, Wants::Path)),
    };
    let (query, headers, variables) = (Vec::new(), Vec::new(), Vec::new());
    Message { method: parsed.method, target, span: Span::default(), query, headers, body: None, variables }
}

fn sent(message: &Message, base: &str, repo: &str, extra: &Extra<'_>) -> Result<Request, String> {
    let base = Url::parse(base).ok();
    let params = json(r#"{"token":"s3cr3t","a":"é b"}"#);
    let scope = Slots::new(vec![(Root::PARAMS, params), (Root::own(0), json(repo))], Timestamp::UNIX_EPOCH);
    render(message, &EncodeSpec::default(), base.as_ref(), &scope, extra).map_err(|fault| fault.to_string())
}

fn body(request: &Request) -> &str {
    request.body.as_ref().map_or("", |body| std::str::from_utf8(body).unwrap())
}

#[test]
fn paths_are_joined_as_text() {
    const BASE: &str = "https://api.example.com/v1/";
    for (request, base, repo, expected) in [
        ("GET /items", BASE, "1", "https://api.example.com/v1/items"),
        ("GET /items/", "https://api.example.com", "1", "https://api.example.com/items/"),
        ("GET /r/{{ repo }}/x", BASE, r#""a/b c?#""#, "https://api.example.com/v1/r/a%2Fb%20c%3F%23/x"),
        ("GET /r/{{ repo | path }}/x", BASE, r#""a/b""#, "https://api.example.com/v1/r/a/b/x"),
        ("GET /r/{{ repo }}", BASE, "1.10", "https://api.example.com/v1/r/1.1"),
        ("GET https://b.example/{{ repo }}", BASE, "7", "https://b.example/7"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"https://c.example/x?sig=a%2Fb"}"#, "https://c.example/x?sig=a%2Fb"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"/x?y=1#z"}"#, "https://api.example.com/v1/x?y=1"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"x"}"#, "!neither a path"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"ftp://x/"}"#, "!neither a path"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"https://me:pw@c.example/"}"#, "!without a user name"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"/a/../b"}"#, "!can't stand in a path"),
        ("GET {{ repo.url }}", BASE, r#"{"url":"/a/%2e%2E/b"}"#, "!can't stand in a path"),
        ("GET {{ repo.url }}", BASE, "{\"url\":\"/a\\u000ab\"}", "!can't be sent"),
        ("GET /r/{{ repo }}", BASE, r#""..""#, "!segment of a path"),
        ("GET /items", "", "1", "!needs a `base`"),
        ("GET /items", "https://a.example/?x=1", "1", "!has a query"),
    ] {
        let got = sent(&message(request), base, repo, &Extra::default());
        match (got, expected.strip_prefix('!')) {
            (Ok(request), None) => assert_eq!(request.url.as_str(), expected),
            (Err(told), Some(part)) => assert!(told.contains(part), "{request} {repo}: {told}"),
            (Ok(got), Some(_)) => panic!("{request} {repo} went to {}", got.url),
            (Err(told), None) => panic!("{request} {repo}: {told}"),
        }
    }
}

#[test]
fn queries_are_encoded_in_order() {
    let asked = Message {
        query: parts(r#"{"z":1,"a":["x","y"],"gone":"{{ repo.no }}","null":null,"p":"{{ params.a }}"}"#),
        ..message("GET /i")
    };
    let put = |at: &str, value: Value| (parse_address(at).unwrap(), value);
    let page = [put("query.page", Value::Int(2)), put("query.z", Value::Number("1.50".into()))];
    let left = [parse_address("query.a").unwrap()];
    for (extra, expected) in [
        (Extra::default(), "https://a.example/i?z=1&a=x&a=y&p=%C3%A9%20b"),
        (Extra { put: &page, ..Extra::default() }, "https://a.example/i?a=x&a=y&p=%C3%A9%20b&page=2&z=1.50"),
        (Extra { left_out: &left, ..Extra::default() }, "https://a.example/i?z=1&p=%C3%A9%20b"),
        (Extra { address: Some("https://a.example/n?c=%2B"), ..Extra::default() }, "https://a.example/n?c=%2B"),
    ] {
        assert_eq!(sent(&asked, "https://a.example", "{}", &extra).unwrap().url.as_str(), expected);
    }
    let whole = [put("url", Value::Text("https://a.example/t?x=1".into()))];
    let request = sent(&asked, "https://a.example", "{}", &Extra { put: &whole, ..Extra::default() }).unwrap();
    assert_eq!(request.url.as_str(), "https://a.example/t?x=1");
    assert!(
        sent(
            &asked,
            "",
            "{}",
            &Extra { put: &[put("path.id", Value::Int(1))], address: Some("https://a/"), ..Extra::default() }
        )
        .is_err()
    );
}

#[test]
fn bodies_are_built_as_values() {
    let put = |at: &str, value: &str| (parse_address(at).unwrap(), json(value));
    let page = [put("body.page.cursor", "\"c2\"")];
    let left = [parse_address("body.since").unwrap()];
    let object = tree(&json(
        r#"{"since":"{{ repo.since }}","q":"a \"{{ repo.q }}\"","none":null,"gone":"{{ repo.no }}","n":[1.5,true]}"#,
    ));
    let asked = |body| Message { body: Some(body), ..message("POST /search") };
    let document = || Body::Graphql(compiled("query($after: String) { x }", Wants::Text));
    let form = tree(&json(r#"{"a":"x y","b":[1,2],"c":null}"#));
    let repo = r#"{"since":7,"q":"é"}"#;
    let variables = [put("variables.after", "\"e1\"")];
    let token = [put("form.token", "\"t\"")];
    let none = Extra::default();
    for (message, extra, expected, kind) in [
        (
            asked(Body::Json(object.clone())),
            none,
            r#"{"since":7,"q":"a \"é\"","none":null,"n":[1.5,true]}"#,
            "application/json",
        ),
        (
            asked(Body::Json(object)),
            Extra { put: &page, left_out: &left, ..none },
            r#"{"q":"a \"é\"","none":null,"n":[1.5,true],"page":{"cursor":"c2"}}"#,
            "application/json",
        ),
        (message("POST /search"), Extra { put: &page, ..none }, r#"{"page":{"cursor":"c2"}}"#, "application/json"),
        (asked(Body::Form(form.clone())), none, "a=x%20y&b=1&b=2", "application/x-www-form-urlencoded"),
        (
            asked(Body::Form(form)),
            Extra { put: &token, ..none },
            "a=x%20y&b=1&b=2&token=t",
            "application/x-www-form-urlencoded",
        ),
        (asked(document()), none, r#"{"query":"query($after: String) { x }"}"#, "application/json"),
        (
            Message {
                variables: parts(r#"{"n":null,"gone":"{{ repo.no }}","q":"{{ repo.q }}"}"#),
                ..asked(document())
            },
            Extra { put: &variables, ..none },
            r#"{"query":"query($after: String) { x }","variables":{"n":null,"q":"é","after":"e1"}}"#,
            "application/json",
        ),
        (asked(Body::Text(compiled("a {{ repo.q }}", Wants::Text))), none, "a é", "text/plain; charset=utf-8"),
        (asked(Body::Xml(compiled("<a/>", Wants::Text))), none, "<a/>", "application/xml"),
    ] {
        let request = sent(&message, "https://a.example", repo, &extra).unwrap();
        assert_eq!(body(&request), expected);
        assert_eq!(request.headers["content-type"], kind);
    }
    let typed = Message { headers: parts(r#"{"Content-Type":"application/vnd.x+json"}"#), ..asked(document()) };
    assert_eq!(
        sent(&typed, "https://a.example", repo, &none).unwrap().headers["content-type"],
        "application/vnd.x+json"
    );
    for message in [asked(Body::Multipart(Vec::new())), asked(Body::Json(Tree::Fixed(Value::Number(".inf".into()))))] {
        assert!(sent(&message, "https://a.example", repo, &none).is_err());
    }
    let text = asked(Body::Text(compiled("a", Wants::Text)));
    assert!(sent(&text, "https://a.example", repo, &Extra { put: &page, ..none }).is_err());
}

#[test]
fn headers_are_safe_and_secrets_are_marked() {
    let asked = Message {
        headers: parts(r#"{"X-Token":"{{ params.token }}","X-List":["a","b"],"X-Null":null,"X-Plain":"{{ repo.q }}"}"#),
        query: parts(r#"{"key":"k-{{ params.token }}","plain":"x"}"#),
        body: Some(Body::Json(tree(&json(r#"{"t":"{{ params.token }}"}"#)))),
        ..message("POST /x/{{ repo.q }}")
    };
    let request =
        sent(&asked, "https://a.example", r#"{"q":"v"}"#, &Extra { lists: true, ..Extra::default() }).unwrap();
    assert_eq!(request.headers["x-list"], "a, b");
    assert!(!request.headers.contains_key("x-null"));
    assert!(request.headers["x-token"].is_sensitive() && !request.headers["x-plain"].is_sensitive());
    assert_eq!(request.credentials.headers, ["x-token"]);
    assert_eq!(request.credentials.query, ["key"]);
    assert!(request.credentials.body && request.repeatable);
    assert_eq!(request.shown, "POST /x/{{ repo.q }}");
    let told = sent(&asked, "https://a.example", r#"{"q":"v\r\nX-Evil: 1"}"#, &Extra::default());
    let Err(told) = told else { panic!("a line feed went out") };
    assert!(told.contains("`X-Plain`") && !told.contains("Evil"), "{told}");
    let cookie = |value: &str| {
        let put = [(parse_address("cookie.a").unwrap(), json(value)), (parse_address("cookie.b").unwrap(), json("1"))];
        sent(&message("GET /x"), "https://a.example", "{}", &Extra { put: &put, ..Extra::default() })
    };
    assert_eq!(cookie("\"v\"").map(|request| request.headers["cookie"].clone()).unwrap(), "a=v; b=1");
    assert!(cookie("\"v; c=2\"").is_err());
    assert!(!sent(&message("POST /x"), "https://a.example", "{}", &Extra::default()).unwrap().repeatable);
    assert!(sent(&message("GET /x"), "https://a.example", "{}", &Extra::default()).unwrap().repeatable);
}
