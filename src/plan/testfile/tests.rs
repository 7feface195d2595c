use crate::diagnostic::{Report, Severity, render};
use crate::plan::{Options, load_text};
use crate::text::Sources;
use std::path::Path;

const SHOP: &str = "connector: shop
base: https://shop.example
params: { token: secret!, account: string!, unused: string! }
auth: { bearer: '{{ params.token }}' }
defaults: { paginate: none, key: id, fields: { id: string! } }
streams:
  orders:
    request: GET /orders
    actions: { create: { request: POST /orders, input: { total: integer! }, json: '{{ input }}' } }
  invoices: GET /accounts/{{ params.account }}/invoices
  pairs: { request: GET /pairs, fields: { id: string!, u: \"string = {{ params.unused }}\" } }
actions: { ping: { request: POST /ping, effect: none } }
tests:
";

/// Checks one test inside a manifest and returns what was told.
fn told(test: &str) -> String {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let text = format!("{SHOP}  - {{ name: t, {test} }}\n");
    let loaded = load_text(Path::new("shop.yaml"), text.as_bytes(), &mut sources, &mut report, &Options::default());
    assert!(!report.has_errors(), "{}", render::text(&report.sorted(), &sources, false));
    let mut report = Report::default();
    super::check_folder(&loaded, &mut sources, &mut report);
    let found: Vec<_> = report.sorted().into_iter().filter(|found| found.severity == Severity::Error).collect();
    if found.is_empty() { String::new() } else { render::text(&found, &sources, false) }
}

#[test]
fn tests_that_can_work_have_no_findings() {
    for test in [
        "params: { token: t }, read: orders",
        "params: { token: t, account: a }, read: invoices, expect: { records: [{ id: x }] }",
        "params: { token: t }, exec: orders.create, input: { total: 5 }, expect: { output: { id: x } }",
        "params: { token: t }, exec: ping",
        "params: { token: t }, check: [orders]",
        "params: { token: t, account: a, unused: u }, query: select 1",
        "env: [SHOP_TOKEN], check: true",
        "params: { token: t }, steps: [{ exec: ping, save: made }, { read: orders, expect: { records: [{ id: '{{ made.id }}' }] } }]",
        "params: { token: t }, read: orders, api: [{ request: GET /orders, reply: { text: '{{ base }}' } }]",
    ] {
        assert_eq!(told(test), "", "{test}");
    }
}

#[test]
fn tests_that_prove_nothing_are_told() {
    let cases = [
        ("params: { token: t }", "E0809", "takes no step"),
        ("params: { token: t }, read: orders, query: select 1", "E0809", "two steps at once: `read` and `query`"),
        ("params: { token: t }, read: orders, steps: [{ exec: ping }]", "E0809", "`read` beside `steps`"),
        ("params: { token: t }, steps: [{ save: x }]", "E0809", "does nothing"),
        ("params: { token: t }, read: ordres", "E0501", "did you mean `orders`"),
        ("params: { token: t }, exec: order.create", "E0501", "did you mean `orders`"),
        ("params: { token: t }, exec: orders.crate", "E0809", "did you mean `orders.create`"),
        ("params: { token: t }, exec: pong", "E0809", "did you mean `ping`"),
        ("params: { token: t }, check: 5", "E0809", "`check` is a number"),
        ("params: { token: t }, check: [orders, x]", "E0501", "there is no stream `x`"),
        ("params: { token: t }, read: orders, input: { a: 1 }", "E0809", "`input` without `exec`"),
        ("params: { token: t }, read: orders, expect: { output: 1 }", "E0809", "`read` gives no `output`"),
        ("params: { token: t }, exec: ping, expect: { records: [{ a: 1 }] }", "E0809", "`exec` gives no `records`"),
        ("params: { token: t }, read: orders, state: { order: 5 }", "E0501", "did you mean `orders`"),
        ("params: { token: t }, read: invoices", "E0802", "`account` is missing"),
        ("params: { token: t }, read: pairs", "E0802", "`unused` is missing"),
        ("read: orders", "E0802", "`token` is missing"),
        ("params: { tokn: t, token: t }, read: orders", "E0808", "did you mean `token`"),
        (
            "params: { token: t }, steps: [{ exec: ping, input: { a: '{{ made.id }}' }, save: made }]",
            "E0302",
            "unknown name `made`",
        ),
        ("params: { token: t }, read: orders, api: [{ request: GET /, reply: { status: 99 } }]", "E0106", "99"),
        (
            "params: { token: t }, read: orders, api: [{ request: GET /, reply: { json: 1, text: a } }]",
            "E0611",
            "two bodies",
        ),
        ("params: { token: t }, read: orders, api: [{ request: GET /, reply: { file: a.json } }]", "E0809", "no file"),
        ("params: { token: t }, read: orders, api: [{ request: GET /, reply: { file: ../a } }]", "E0706", "outside"),
        (
            "params: { token: t }, read: orders, api: [{ request: GET /, reply: { json: { a: '{{ params.token }}' } } }]",
            "E0310",
            "only `base`",
        ),
    ];
    for (test, code, part) in cases {
        let told = told(test);
        assert!(told.contains(code) && told.contains(part), "{test}\n{told}");
    }
}
