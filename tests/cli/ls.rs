use crate::{Folder, json, shop, told, weir};

#[test]
fn streams_are_listed() {
    insta::assert_snapshot!(told(&weir(&shop(), "ls shop")), @r#"
    STREAM             TITLE                 KEY  INCREMENTAL  PARENTS    RESUME     ACCESS
    customers          Customers             id                           page       rw archive
    orders             Orders of a customer  id   changed      customers  page       r
    raw                                      id   at                      page       r
    own                                      id                           page       r
    regions (hidden)                         id                           partition  r
    tables (template)                        id                regions    page       r

    actions: create_customer
    --- stderr
    --- exit 0
    "#);
}

#[test]
fn streams_are_listed_with_their_columns() {
    insta::assert_snapshot!(told(&weir(&shop(), "ls shop --columns")), @r#"
    customers: Customers
      COLUMN  TYPE              REQUIRED  DESCRIPTION
      id      string            yes
      name    string                      as on the bill
      born    date("%d.%m.%Y")
      _rest   json                        what no column took

    orders: Orders of a customer
      COLUMN    TYPE           REQUIRED  REFERS TO
      id        integer        yes
      customer  string         yes       customers.id
      total     decimal(18,2)
      changed   timestamp      yes
      tags      list<string>
      … and one for each further member of a record

    raw
      COLUMN  TYPE    REQUIRED  DESCRIPTION
      id      string  yes       the key
      at      string            the position
      record  json    yes       the record as it came

    own
      the param `columns` gives its columns; that needs a connection

    regions (hidden)
      COLUMN  TYPE    REQUIRED
      id      string  yes

    tables (template)
      COLUMN  TYPE    REQUIRED
      id      string  yes
    --- stderr
    --- exit 0
    "#);
}

#[test]
fn streams_for_programs() {
    let told = json(&weir(&shop(), "ls shop --format json --columns"));
    assert_eq!((&told["connector"], &told["title"]), (&"shop".into(), &"The shop".into()));
    assert_eq!(told["actions"], serde_json::json!(["create_customer"]));
    let orders = &told["streams"][1];
    assert_eq!(orders["name"], "orders");
    assert_eq!(orders["key"], serde_json::json!(["id"]));
    assert_eq!(orders["incremental"], "changed");
    assert_eq!(orders["parents"], serde_json::json!(["customers"]));
    assert_eq!(orders["columns"][1]["refers_to"], "customers.id");
    assert_eq!((&orders["reads"], &orders["writes"]), (&true.into(), &false.into()));
    assert_eq!(told["streams"][4]["hidden"], true);
    assert_eq!(
        (&told["templates"][0]["name"], &told["templates"][0]["parents"][0]),
        (&"tables".into(), &"regions".into())
    );
    let without = json(&weir(&shop(), "ls shop --format json"));
    assert!(without["streams"][1].get("columns").is_none());
}

#[test]
fn a_connector_with_errors_is_not_listed() {
    let folder = Folder::new();
    folder.write("a.yaml", "connector: a\nbase: https://a.example\nstrems: {}\n");
    let run = weir(&folder, "ls a.yaml");
    assert_eq!((run.code, run.out.as_str()), (Some(3), ""));
    assert!(run.err.contains("error[E0101]") && run.err.contains("a.yaml:3:1"), "{}", run.err);
}

#[test]
fn other_targets_are_wrong_usage() {
    let folder = shop();
    folder.write("weir.yaml", "connections: {}\n");
    folder.write("b.yaml", "connector: b\nstreams: {}\n");
    for (arguments, part) in [
        ("ls gone", "there is no file or folder `gone`"),
        ("ls weir.yaml", "`weir.yaml` is no manifest"),
        ("ls .", "several documents"),
    ] {
        let run = weir(&folder, arguments);
        assert!(run.code == Some(2) && run.err.contains(part), "{arguments}: {}", run.err);
    }
}
