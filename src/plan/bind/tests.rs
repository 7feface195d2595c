use super::*;
use crate::data::{Style, Time};
use crate::diagnostic::render;
use crate::expr::shorthand::host::parse_host;
use crate::plan::load_text;
use crate::text::{Node, read};
use std::path::Path;

const SHOP: &str = r#"
connector: shop
base: "{{ params.base }}"
params:
  base: string = https://shop.example/v1
  token: secret!
  key: secret<json>
  region: { type: enum(eu|us), default: eu, was: [zone] }
  size: { type: integer, min: 1, max: 500 }
  price: { type: "decimal(18,2)", min: 0 }
  ids: { type: list<integer>, max: 3 }
  since: { type: date, default: 2024-01-01, min: 2020-01-01 }
  site: { type: string, pattern: "^[a-z.]+$", prefix: "https://", suffix: .shop.example }
  wide: boolean = false
  extra: json
  rows: place = $
  columns: { type: fields, default: { id: string! } }
  id: list<string> = [id]
  every: string = 7d
  page: string = query.page
  paging: enum(none|page|offset) = none
  code: { type: secret!, when: "{{ params.region == 'us' }}" }
  plan: { type: string, choices: [{ value: free }, { value: paid }] }
auth:
  all_of:
    - choose: { by: region, of: { eu: { bearer: "{{ params.token }}" }, us: { header: { X-Key: "{{ params.token }}{{ params.code }}" } } } }
    - header: { X-Id: "{{ params.key.id }}" }
limits: { concurrency: "{{ params.size }}" }
streams:
  orders:
    request: GET /orders
    query: { a: "{{ params.ids }}", b: "{{ params.since }}", c: "{{ params.extra | json }}", d: "{{ params.site }}", e: "{{ params.price }}", f: "{{ params.plan }}" }
    records: "{{ params.rows }}"
    fields: "{{ params.columns }}"
    key: "{{ params.id }}"
    paginate: { choose: { by: paging, of: { none: none, page: { page: { into: "{{ params.page }}", size: "{{ params.size }}", size_into: query.n } }, offset: { offset: { into: query.offset } } } } }
  wide: { request: GET /wide, when: "{{ params.wide }}", paginate: none, key: id, fields: { id: string } }
"#;

fn shop() -> (Arc<Plan>, Sources) {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let loaded = load_text(Path::new("shop.yaml"), SHOP.as_bytes(), &mut sources, &mut report, &Options::default());
    assert!(!report.has_errors(), "{}", render::text(&report.sorted(), &sources, false));
    (Arc::new(loaded.plan.unwrap()), sources)
}

/// Binds params written as in `weir.yaml`; returns what came of it and what was told.
fn bind_text(written: &str, options: &Options) -> (Option<Bound>, String) {
    let (plan, mut sources) = shop();
    let (_, node, _) = read(&mut sources, "weir.yaml", written.as_bytes(), false);
    let node = node.unwrap();
    let values = node.entries().iter();
    let values = values.map(|entry| GivenValue::in_file(entry.key.as_str(), entry.key_span, entry.value.clone()));
    let given = Given { values: values.collect(), holder: Some(node.span), ..Given::default() };
    let mut report = Report::default();
    let bound = bind(&plan, &given, &mut sources, &mut report, options);
    (bound, render::text(&report.sorted(), &sources, false))
}

fn bind_vars(vars: &[(&str, &str)], values: Vec<GivenValue>) -> (Option<Bound>, String) {
    let (plan, mut sources) = shop();
    let env = Env::new(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), "SHOP_TOKEN=dotenv");
    let given = Given { values, env: Some(&env), ..Given::default() };
    let mut report = Report::default();
    let bound = bind(&plan, &given, &mut sources, &mut report, &Options::default());
    (bound, render::text(&report.sorted(), &sources, false))
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn values_of_a_file_are_typed() {
    let (bound, told) = bind_text(
        "{ token: t, zone: us, code: 007, size: 10, price: 1.50, ids: [1, 2], since: 2024-05-01, site: acme, wide: true, \
         extra: { a: [1] }, rows: data.items, columns: { id: string!, n: integer <- $.a.b }, paging: page, plan: paid }",
        &Options::default(),
    );
    let bound = bound.unwrap_or_else(|| panic!("{told}"));
    let param = |name: &str| bound.params.member(name).clone();
    assert_eq!(param("region"), text("us"));
    assert_eq!(param("price"), Value::Number("1.50".into()));
    assert_eq!(param("site"), text("https://acme.shop.example"));
    assert_eq!(param("rows"), text("$.data.items"));
    let at = "2024-05-01T00:00:00Z".parse().unwrap();
    assert_eq!(param("since"), Value::Time(Time { at, style: Style::Date }));
    assert_eq!(param("token"), Value::Absent, "secrets are in the vault alone");
    assert_eq!(bound.vault.get("code").unwrap().reveal(), &text("007"));
    assert_eq!(bound.vault.with(&bound.params).reveal().member("token"), &text("t"));
    assert!(!format!("{bound:?}").contains("007"));

    let orders = &bound.streams["orders"];
    assert_eq!(orders.key, ["id"]);
    assert_eq!(orders.columns.known().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["id", "n"]);
    let pages = orders.pages.as_ref().unwrap();
    assert_eq!((pages.kind(), pages.put().len()), ("page", 2));
    assert!(
        matches!(&orders.records, Some(crate::components::records::RecordsPlan::Place(place)) if place.path.text() == "$.data.items")
    );
    assert!(bound.streams.contains_key("wide"));
    assert!(matches!(&bound.origins.base, BoundBase::Fixed(url) if url.as_str() == "https://shop.example/v1"));
    assert_eq!(bound.origins.from_params, [parse_host("shop.example").unwrap()]);
}

#[test]
fn what_is_not_given_has_its_default_or_is_left_out() {
    let (bound, told) = bind_text("{ token: t }", &Options::default());
    let bound = bound.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(bound.params.member("size"), &Value::Absent);
    assert_eq!(bound.params.member("id"), &Value::List(Arc::new(vec![text("id")])));
    assert!(!bound.streams.contains_key("wide"), "its `when` does not hold");
    assert_eq!(bound.streams["orders"].pages.as_ref().unwrap().kind(), "none");
    assert!(matches!(&bound.auth, Some(AuthPlan::AllOf(kinds)) if kinds.len() == 2));
}

#[test]
fn what_does_not_fit_is_told_where_it_stands() {
    let cases = [
        ("{}", "E0802", "1:1", "`token` is missing"),
        ("{ token: t, region: us }", "E0802", "1:1", "`code` is missing"),
        ("{ token: t, regoin: eu }", "E0808", "1:13", "did you mean `region`"),
        ("{ token: t, size: many }", "E0803", "1:19", "expected an integer, this is a text"),
        ("{ token: t, size: '5' }", "E0803", "1:19", "write 5 without quotes"),
        ("{ token: t, size: 501 }", "E0803", "1:19", "more than 500"),
        ("{ token: t, size: 1.5 }", "E0803", "1:19", "an integer"),
        ("{ token: t, price: -1 }", "E0803", "1:20", "less than 0"),
        ("{ token: t, ids: 5 }", "E0803", "1:18", "write `[5]`"),
        ("{ token: t, ids: '5, 6' }", "E0803", "1:18", "write `[5, 6]`"),
        ("{ token: t, ids: [1, x] }", "E0803", "1:22", "integer"),
        ("{ token: t, ids: [1, 2, 3, 4] }", "E0803", "1:18", "more than 3 elements"),
        ("{ token: t, since: last week }", "E0803", "1:20", "not a date"),
        ("{ token: t, since: 2019-12-31 }", "E0803", "1:20", "before 2020"),
        ("{ token: t, region: de }", "E0803", "1:21", "eu, us"),
        ("{ token: t, site: Über }", "E0803", "1:19", "must match"),
        ("{ token: t, plan: gold }", "E0803", "1:19", "free, paid"),
        ("{ token: t, wide: 'yes' }", "E0803", "1:19", "`true` or `false`"),
        ("{ token: '' }", "E0803", "1:3", "the secret is empty"),
        ("{ token: [x] }", "E0803", "1:3", "expected a text"),
        ("{ token: t, key: 'no json' }", "E0803", "1:13", "not JSON"),
        ("{ token: t, rows: '$.a[' }", "E0803", "1:19", "no place"),
        ("{ token: t, columns: { id: intger } }", "E0217", "1:28", "intger"),
        ("{ token: t, columns: { id: { type: string, form: $.x } } }", "E0101", "1:44", "form"),
        ("{ token: t, columns: { id: \"string = {{ recrd.x }}\" } }", "E0302", "1:41", "record"),
        ("{ token: t, columns: { id: \"string = {{ params.token }}\" } }", "E0701", "1:41", "secret"),
        ("{ token: t, id: [nr] }", "E0505", "1:17", "no column"),
        ("{ token: t, paging: page, page: page }", "E0803", "1:33", "an address"),
        ("{ token: t, paging: page, size: 0 }", "E0803", "1:33", "less than 1"),
        ("{ token: t, base: 'http://127.1/' }", "E0704", "1:19", "private"),
        ("{ token: t, base: 'ftp://shop.example' }", "E0704", "1:19", "ftp"),
        ("{ token: t, base: shop.example }", "E0704", "1:19", "address"),
    ];
    for (written, code, place, part) in cases {
        let (bound, told) = bind_text(written, &Options::default());
        assert!(bound.is_none(), "{written}");
        assert!(told.contains(code) && told.contains(&format!("weir.yaml:{place}\n")), "{written}\n{told}");
        assert!(told.contains(part), "{written}\n{told}");
    }
    let allowed = Options { allow_private: vec![parse_host("127.0.0.1").unwrap()] };
    assert!(bind_text("{ token: t, base: 'http://127.0.0.1/' }", &allowed).0.is_some());
}

#[test]
fn variables_are_texts_that_become_values() {
    let (bound, told) = bind_vars(
        &[
            ("SHOP_SIZE", "10"),
            ("SHOP_IDS", "1, 2"),
            ("SHOP_WIDE", "true"),
            ("SHOP_EXTRA", "{ a: 1 }"),
            ("SHOP_COLUMNS", "{ id: string!, n: integer }"),
            ("SHOP_REGION", ""),
            ("SHOP_KEY", "{\"id\":\"k\"}"),
        ],
        vec![GivenValue::as_text("size", "20", "--param size")],
    );
    let bound = bound.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(bound.params.member("size"), &Value::Int(20), "an option beats the variable");
    assert_eq!(bound.params.member("ids"), &Value::List(Arc::new(vec![Value::Int(1), Value::Int(2)])), "rule 60");
    for written in ["[1, 2]", "[\"1\", 2]", " [ 1 , 2 ]"] {
        let (bound, told) = bind_vars(&[("SHOP_IDS", written)], vec![]);
        let bound = bound.unwrap_or_else(|| panic!("{told}"));
        assert_eq!(bound.params.member("ids"), &Value::List(Arc::new(vec![Value::Int(1), Value::Int(2)])), "{written}");
    }
    assert_eq!(bound.params.member("extra").member("a"), &Value::Int(1));
    assert_eq!(bound.params.member("region"), &text("eu"), "an empty variable is not set");
    assert_eq!(bound.vault.get("token").unwrap().reveal(), &text("dotenv"));
    assert_eq!(bound.vault.get("key").unwrap().reveal().member("id"), &text("k"));
    assert_eq!(bound.streams["orders"].columns.known().len(), 2);

    for (vars, values, code, part) in [
        (vec![("SHOP_SIZE", "ten")], vec![], "E0803", "`SHOP_SIZE`: expected an integer"),
        (vec![("SHOP_KEY", "hunter2")], vec![], "E0803", "`SHOP_KEY`: the secret is not JSON"),
        (vec![("SHOP_REGION", "us")], vec![], "E0802", "set the variable `SHOP_CODE`"),
        (vec![], vec![GivenValue::as_text("siz", "hunter2", "--param")], "E0808", "did you mean `size`"),
        (vec![("SHOP_COLUMNS", "{ id: intger }")], vec![], "E0217", "SHOP_COLUMNS:1:7"),
    ] {
        let (bound, told) = bind_vars(&vars, values);
        assert!(bound.is_none() && told.contains(code) && told.contains(part), "{vars:?}\n{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

/// A variable that is not set was told where it stands: nothing else is said, and nothing is bound.
#[test]
fn unknown_values_are_given_all_the_same() {
    let (plan, mut sources) = shop();
    let node = Node { span: crate::text::Span::default(), content: crate::text::Content::Unknown };
    let values = vec![GivenValue::in_file("token", crate::text::Span::default(), node)];
    let mut report = Report::default();
    let bound = bind(&plan, &Given { values, ..Given::default() }, &mut sources, &mut report, &Options::default());
    assert!(bound.is_none() && report.is_empty());
}
