use crate::{Folder, json, shop, told, weir};

const GOOD: &str = "connector: good\nbase: https://good.example\nstreams:\n  orders: { request: GET /orders, paginate: none, key: id }\n";
const NOTED: &str = "connector: noted\nbase: https://noted.example\nstreams:\n  orders: GET /orders\n";
const UNUSED: &str = "connector: unused\nbase: https://unused.example\nparams: { size: integer = 3 }\nstreams:\n  orders: { request: GET /orders, paginate: none, key: id }\n";
const BAD: &str = "connector: bad\nbase: https://bad.example\ndefaults:\n  pagnate: none\nstreams:\n  orders: { request: GET /orders, key: id }\n";

fn folder() -> Folder {
    let folder = Folder::new();
    for (name, text) in [("good", GOOD), ("noted", NOTED), ("unused", UNUSED), ("bad", BAD)] {
        folder.write(&format!("{name}.yaml"), text);
    }
    folder
}

#[test]
fn a_manifest_that_holds() {
    let run = weir(&folder(), "validate good.yaml");
    assert_eq!((run.out.as_str(), run.err.as_str(), run.code), ("", "ok: 1 file\n", Some(0)));
}

#[test]
fn notes_are_a_line_each() {
    let folder = folder();
    insta::assert_snapshot!(told(&weir(&folder, "validate noted.yaml")), @r#"
    note[E0610] noted.yaml:4:3 `orders` is read as one page
    --- stderr
    ok: 1 file, 1 note
    --- exit 0
    "#);
    let long = weir(&folder, "validate -v noted.yaml");
    assert!(long.out.contains("4 |   orders: GET /orders"), "{}", long.out);
    let quiet = weir(&folder, "validate -q noted.yaml");
    assert_eq!((quiet.out.as_str(), quiet.err.as_str(), quiet.code), ("", "", Some(0)));
}

#[test]
fn all_findings_of_all_files_are_told() {
    insta::assert_snapshot!(told(&weir(&folder(), "validate unused.yaml bad.yaml noted.yaml good.yaml")), @r#"
    warning[E0608]: nothing uses the param `size`
     --> unused.yaml:3:11
      |
    3 | params: { size: integer = 3 }
      |           ^^^^
      |
      = help: use it as `{{ params.size }}`, or take it away

    error[E0101]: unknown key `pagnate` in `defaults`
     --> bad.yaml:4:3
      |
    4 |   pagnate: none
      |   ^^^^^^^
      |
      = help: did you mean `paginate`?

    note: `weir explain E0101` tells more; pages: E0101, E0608

    note[E0610] noted.yaml:4:3 `orders` is read as one page
    --- stderr
    1 error, 1 warning in 2 of 4 files
    --- exit 3
    "#);
}

#[test]
fn a_missing_target_does_not_stop_the_others() {
    insta::assert_snapshot!(told(&weir(&folder(), "validate gone.yaml bad.yaml")), @r#"
    error[E0101]: unknown key `pagnate` in `defaults`
     --> bad.yaml:4:3
      |
    4 |   pagnate: none
      |   ^^^^^^^
      |
      = help: did you mean `paginate`?

    note: `weir explain E0101` tells more
    --- stderr
    error: there is no file or folder `gone.yaml`
      help: a target is a manifest, a folder with manifests, or a weir.yaml
    1 error in 1 file
    --- exit 2
    "#);
}

#[test]
fn strictly_warnings_count_as_errors() {
    let folder = folder();
    let run = weir(&folder, "validate unused.yaml");
    assert_eq!((run.err.as_str(), run.code), ("1 warning in 1 file\n", Some(0)));
    let run = weir(&folder, "validate --strict unused.yaml");
    assert_eq!((run.err.as_str(), run.code), ("1 warning in 1 file; warnings count as errors\n", Some(3)));
    assert_eq!(weir(&folder, "validate --strict noted.yaml").code, Some(0));
}

#[test]
fn findings_for_programs() {
    let folder = folder();
    let run = weir(&folder, "validate --format json bad.yaml unused.yaml noted.yaml");
    let told = json(&run);
    assert_eq!(run.code, Some(3));
    assert_eq!(told["files"], serde_json::json!(["bad.yaml", "unused.yaml", "noted.yaml"]));
    assert_eq!((&told["errors"], &told["warnings"], &told["notes"]), (&1.into(), &1.into(), &1.into()));
    let first = &told["findings"][0];
    assert_eq!((&first["code"], &first["file"]), (&"E0101".into(), &"bad.yaml".into()));
    assert_eq!((&first["line"], &first["column"], &first["nearest"]), (&4.into(), &3.into(), &"paginate".into()));
    assert!(told.get("fixed").is_none());
    let clean = json(&weir(&folder, "validate --format json good.yaml"));
    assert_eq!(clean["findings"], serde_json::json!([]));
}

#[test]
fn folders_are_searched() {
    let folder = shop();
    folder.write("loose.yaml", GOOD.replace("good", "loose"));
    folder.write("other.json", "{ \"name\": \"a package, no manifest\" }");
    folder.write("broken.yaml", "connector: broken\nstreams: { a: GET /a\n");
    folder.write("notes.txt", "connector: none");
    folder.write("deep/er/still/manifest.yaml", GOOD);
    let told = json(&weir(&folder, "validate --format json ."));
    assert_eq!(told["files"], serde_json::json!(["./broken.yaml", "./loose.yaml", "./shop/manifest.yaml"]));
    let told = json(&weir(&folder, "validate --format json shop shop/manifest.yaml ./shop"));
    assert_eq!(told["files"], serde_json::json!(["shop/manifest.yaml"]));
    let empty = weir(&folder, "validate deep");
    assert_eq!((empty.code, empty.err.contains("no manifest and no weir.yaml in `deep`")), (Some(2), true));
}

#[test]
fn a_project_brings_its_connectors() {
    let folder = shop();
    folder.write("weir.yaml", "connections:\n  eu:\n    connector: ./shop\n    params: { token: \"${SHOP_TOKEN}\" }\n");
    let run = weir(&folder, "validate weir.yaml");
    assert!(run.has("E0804", 4) && run.code == Some(3), "{}", run.out);
    folder.write(".env", "SHOP_TOKEN=abc\n");
    assert_eq!(weir(&folder, "validate weir.yaml").code, Some(0));
    // What is found in a connector is told once, though the connector is a target too.
    folder.write("shop/manifest.yaml", crate::SHOP.replace("title: The shop", "titel: The shop"));
    let told = json(&weir(&folder, "validate --format json ."));
    assert_eq!(told["errors"], 1, "{told:#}");
}

#[test]
fn a_test_is_checked_by_itself() {
    let folder = shop();
    let test = "name: a\napi: []\nread: orders\nparams: { token: a, colums: {} }\nexpect: { records: [] }\n";
    folder.write("shop/tests/a.yaml", test);
    folder.write("shop/tests/b.yaml", test);
    let told = json(&weir(&folder, "validate --format json shop/tests/a.yaml"));
    assert_eq!(told["errors"], 1, "{told:#}");
    assert_eq!(told["findings"][0]["nearest"], "columns");
    assert_eq!(json(&weir(&folder, "validate --format json shop"))["errors"], 2);
}

#[test]
fn only_the_user_allows_private_hosts() {
    let folder = Folder::new();
    folder.write("a.yaml", GOOD.replace("https://good.example", "http://localhost:8080"));
    assert!(weir(&folder, "validate a.yaml").has("E0704", 2));
    assert_eq!(weir(&folder, "validate a.yaml --allow-private localhost:8080").code, Some(0));
    assert_eq!(weir(&folder, "validate a.yaml --allow-private localhost:8081").code, Some(3));
    let run = weir(&folder, "validate a.yaml --allow-private http://localhost");
    assert!(run.code == Some(2) && run.err.contains("a host has no scheme"), "{}", run.err);
}

#[test]
fn nothing_of_a_file_reaches_a_terminal_raw() {
    let folder = Folder::new();
    folder
        .write("a.yaml", "connector: \"a\\e[31mb\"\nbase: https://a.example\nx\u{202e}y: 1\nstreams: { a: GET /a }\n");
    let run = weir(&folder, "validate a.yaml");
    assert!(!run.out.contains('\u{202e}') && run.code == Some(3), "{}", run.out);
}
