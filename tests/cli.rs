//! The commands as a user runs them.

mod support;

#[path = "support/program.rs"]
mod program;

#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/fix.rs"]
mod fix;
#[path = "cli/ls.rs"]
mod ls;
#[path = "cli/schema.rs"]
mod schema;
#[path = "cli/target.rs"]
mod target;
#[path = "cli/usage.rs"]
mod usage;
#[path = "cli/validate.rs"]
mod validate;

use program::{Run, run_in};
use support::Folder;

const SHOP: &str = r#"connector: shop
base: https://api.shop.example/v1
title: The shop
params:
  token: secret!
  columns: { type: fields, default: { id: string! } }
auth: { bearer: "{{ params.token }}" }
defaults: { paginate: { page: { into: query.page } }, key: id }
streams:
  customers:
    title: Customers
    request: GET /customers
    fields:
      id: string!
      name: { type: string, description: as on the bill }
      born: date("%d.%m.%Y")
      internal: { type: json, hidden: true }
    unknown_fields: keep
    actions:
      archive: { request: "POST /customers/{{ key.id }}/archive" }
  orders:
    title: Orders of a customer
    for_each: { customer: customers }
    request: GET /customers/{{ customer.id }}/orders
    incremental: { field: changed, start: "2024-01-01T00:00:00Z" }
    query: { since: "{{ window.start }}" }
    fields: { id: integer!, customer: "string! -> customers.id", total: "decimal(18,2)", changed: timestamp!, tags: list<string> }
    unknown_fields: add
  raw: { request: GET /raw, incremental: { field: at, client: true } }
  own: { request: GET /own, fields: "{{ params.columns }}" }
  regions: { request: GET /regions, paginate: none, hidden: true, fields: { id: string! } }
dynamic:
  tables:
    for_each: { region: regions }
    name: table_{{ region.id }}
    stream: { request: "GET /tables/{{ region.id }}", fields: { id: string! } }
actions:
  create_customer: { request: POST /customers }
"#;

fn shop() -> Folder {
    let folder = Folder::new();
    folder.write("shop/manifest.yaml", SHOP);
    folder
}

fn weir(folder: &Folder, arguments: &str) -> Run {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let run = run_in(folder.path(), &arguments);
    assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "piped output has no colours");
    run
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// A run as a snapshot shows it.
fn told(run: &Run) -> String {
    format!(
        "{}--- stderr\n{}--- exit {}",
        run.out,
        run.err,
        run.code.map_or("by a signal".into(), |code| code.to_string())
    )
}
