//! Data that meets templates.

use crate::lab::{Lab, table};
use crate::scripted::{Reply, Scripted};
use serde_json::{Value, json};

#[test]
fn ts_07_error_messages() {
    let server = Scripted::start(|_| Reply::json(r#"{"items":[{"id":1,"ssn":"078-05-1120"},{"id":2,"ssn":"5"}]}"#));
    let manifest = table("typed").replace("id: integer! }", "id: integer!, n: \"integer! = {{ record.ssn | int }}\" }");
    let lab = Lab::scripted(&server, &manifest);
    let run = lab.sync_with(&["-v", "--trace"]);
    run.ends(6);
    assert!(!run.err.contains("078-05-1120") && !run.out.contains("078-05-1120"), "{}\n{}", run.err, run.out);
    assert_eq!(lab.ids(), [2]);
    // A name that is not there is told by name, with the names that are.
    let manifest = table("typed").replace("id: integer! }", "id: integer!, n: \"string = {{ params.missing.x }}\" }");
    let lab = Lab::scripted(&server, &manifest);
    let run = lab.sync_with(&["-v"]);
    run.ends(3).says("missing");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn ts_09_undefined() {
    for request in ["GET /items/{{ cofnig.start }}", "GET /items/{{ params.tokn }}"] {
        let server = Scripted::start(|_| Reply::json(r#"{"items":[]}"#));
        let lab = Lab::scripted(&server, &table("one").replace("GET /items", request));
        lab.weir(&["validate", "faults.yaml"]).ends(3);
        lab.sync().ends(3);
        assert_eq!(server.asked().len(), 0);
    }
}

#[test]
fn ts_10_types() {
    let server = Scripted::start(|asked| {
        let rows = r#"{"items":[{"id":"a","v":9007199254740993},{"id":"b","v":"00123"},{"id":"c","v":true},{"id":"d","v":null},{"id":"e","v":[1]}]}"#;
        Reply::json(if asked.path() == "/parents" { rows } else { r#"{"items":[]}"# })
    });
    let manifest = "connector: faults
base: BASE
defaults: { records: $.items, key: id, paginate: none }
streams:
  parents: { request: GET /parents, fields: { id: string!, v: json } }
  items: { for_each: { parent: parents }, request: \"POST /items/{{ parent.id }}\", json: { v: \"{{ parent.v }}\" }, query: { v: \"{{ parent.v }}\" } }
";
    let lab = Lab::scripted(&server, manifest);
    lab.sync();
    let asked = server.asked();
    let of = |id: &str| asked.iter().find(|asked| asked.path() == format!("/items/{id}")).unwrap();
    let body = |id: &str| of(id).body.clone();
    assert_eq!(
        (body("a"), body("b"), body("c"), body("d"), body("e")),
        (
            r#"{"v":9007199254740993}"#.to_owned(),
            r#"{"v":"00123"}"#.to_owned(),
            r#"{"v":true}"#.to_owned(),
            r#"{"v":null}"#.to_owned(),
            r#"{"v":[1]}"#.to_owned()
        )
    );
    let query = |id: &str| of(id).query("v");
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        (query("a"), query("b"), query("c"), query("d")),
        (text("9007199254740993"), text("00123"), text("true"), None)
    );
    // A null within a longer text of an address is an error, of that partition.
    let manifest = manifest.replace("POST /items/{{ parent.id }}", "POST /items/x{{ parent.v }}");
    let lab = Lab::scripted(&server, &manifest);
    lab.sync().fails();
}

#[test]
fn ts_11_data_that_looks_like_templates() {
    let lab = Lab::new("template_in_data", "parents");
    lab.sync().succeeds();
    lab.judged();
}

#[test]
fn ts_12_hostile_path_values() {
    let lab = Lab::new("path_ids", "parents");
    lab.sync().fails().says("`..` can't be a segment of a path");
    lab.judged();
}

#[test]
fn ts_14_panics_in_the_engine() {
    for expression in [
        "1.0 < 9007199254740993",
        "2 ** 64",
        "-9223372036854775808 // -1",
        "9223372036854775807 + 1",
        "'%s%d%' % 1",
        "1 % 0",
        "1 // 0",
        "'abc'[::0]",
        "'abc'[9223372036854775807:]",
        "[1, 2][::0] | join",
        "0.0 / 0.0",
        "-(-9223372036854775807 - 1)",
        "'x' * 100000000",
    ] {
        let server = Scripted::start(|_| Reply::json(r#"{"items":[{"id":1}]}"#));
        let quoted = expression.replace('\'', "''");
        let manifest = table("one").replace(
            "items: GET /items",
            &format!("items: {{ request: GET /items, query: {{ q: '{{{{ {quoted} }}}}' }} }}"),
        );
        let lab = Lab::scripted(&server, &manifest);
        // An error or a value, and the program lives: `finish` looks at that.
        lab.weir(&["validate", "faults.yaml"]);
        lab.sync();
    }
}

#[test]
fn ts_15_json_body_by_text_template() {
    let name = "\"}, {\"admin\": true";
    let server = Scripted::start(move |asked| {
        if asked.path() == "/parents" {
            return Reply::json(json!({"items": [{"id": "1", "name": name}]}).to_string());
        }
        Reply::json(r#"{"items":[]}"#)
    });
    let manifest = "connector: faults
base: BASE
defaults: { records: $.items, key: id, paginate: none }
streams:
  parents: { request: GET /parents, fields: { id: string!, name: string } }
  items: { for_each: { parent: parents }, request: POST /items, json: { name: \"{{ parent.name }}\", long: \"a {{ parent.name }} b\" } }
";
    let lab = Lab::scripted(&server, manifest);
    lab.sync().succeeds();
    let asked = server.asked();
    let body: Value = serde_json::from_str(&asked.last().unwrap().body).unwrap();
    assert_eq!(body, json!({"name": name, "long": format!("a {name} b")}));
}
