use crate::{json, shop, told, weir};
use serde_json::json;

#[test]
fn there_is_one_answer_for_each_stream_in_order() {
    let run = weir(&shop(), "schema shop --format json ordrs regions own customers tables");
    assert_eq!(run.code, Some(0));
    let told = json(&run);
    let names: Vec<_> = told.as_array().unwrap().iter().map(|answer| answer["stream"].as_str().unwrap()).collect();
    assert_eq!(names, ["ordrs", "regions", "own", "customers", "tables"]);
    let errors: Vec<_> = [0, 2, 4].map(|at: usize| told[at]["error"].as_str().unwrap_or_default()).into();
    assert!(errors[0].contains("did you mean `orders`?"), "{errors:?}");
    assert!(errors[1].contains("param `columns`") && errors[1].contains("connection"), "{errors:?}");
    assert!(errors[2].contains("template"), "{errors:?}");
    assert_eq!(told[1]["schema"]["json_schema"]["required"], json!(["id"]));
    let customers = &told[3]["schema"];
    assert_eq!(
        customers["arrow"],
        json!([
            { "name": "id", "type": "Utf8", "nullable": false },
            { "name": "name", "type": "Utf8", "nullable": true },
            { "name": "born", "type": "Date32", "nullable": true },
            {
                "name": "_rest", "type": "Utf8", "nullable": true,
                "metadata": { "ARROW:extension:metadata": "", "ARROW:extension:name": "arrow.json" }
            },
        ])
    );
    assert_eq!(
        customers["json_schema"]["properties"]["born"],
        json!({ "anyOf": [{ "type": "string", "format": "date" }, { "type": "null" }] })
    );
    assert_eq!(customers["json_schema"]["properties"]["name"]["description"], "as on the bill");
}

#[test]
fn an_untyped_stream_is_key_position_and_record() {
    let told = json(&weir(&shop(), "schema shop raw --format json"));
    let names: Vec<_> = told[0]["schema"]["arrow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (&field["name"], &field["nullable"]))
        .collect();
    assert_eq!(names, [(&"id".into(), &false.into()), (&"at".into(), &true.into()), (&"record".into(), &false.into())]);
}

#[test]
fn all_streams_for_people() {
    insta::assert_snapshot!(told(&weir(&shop(), "schema shop")), @r#"
    customers
      COLUMN  TYPE              ARROW   NULL  DESCRIPTION
      id      string            Utf8    no
      name    string            Utf8    yes   as on the bill
      born    date("%d.%m.%Y")  Date32  yes
      _rest   json              Utf8    yes   what no column took

    orders
      COLUMN    TYPE           ARROW                 NULL
      id        integer        Int64                 no
      customer  string         Utf8                  no
      total     decimal(18,2)  Decimal128(18, 2)     yes
      changed   timestamp      Timestamp(µs, "UTC")  no
      tags      list<string>   List(Utf8)            yes
      … and one for each further member of a record

    raw
      COLUMN  TYPE    ARROW  NULL  DESCRIPTION
      id      string  Utf8   no    the key
      at      string  Utf8   yes   the position
      record  json    Utf8   no    the record as it came

    own: the param `columns` gives its columns; that needs a connection
    --- stderr
    --- exit 0
    "#);
}
