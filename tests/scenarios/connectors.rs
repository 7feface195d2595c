//! Connectors of this repository against the mock and against the exchanges of their own tests.

use crate::lab::{Lab, table};
use crate::scripted::{Reply, Scripted};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use weir::testing::mock::{AUTHS, COOKIE, HEADER_KEY, Mock, PAGINGS, PASSWORD, QUERY_KEY, TOKEN, USER};

const ROWS: usize = 250;

fn mock() -> Mock {
    let mock = Mock::start();
    mock.configure(|config| config.n = ROWS);
    mock
}

fn manifest(connector: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests").join(connector).join("manifest.yaml")
}

/// How often the API is asked for all rows: `rest_api` has no param for a total, so counting ends by an empty page.
fn expected(paging: &str, tells_total: bool) -> usize {
    match paging {
        "none" => 1,
        "page" | "offset" if !tells_total => 4,
        _ => 3,
    }
}

/// Syncs and looks at rows and requests.
fn all_rows(mock: &Mock, lab: &Lab, table: &str, arguments: &[String], requests: usize, what: &str) {
    mock.reset_api();
    let mut all = vec!["sync", "faults.yaml", "--format", "json", "--allow-private"];
    let host = mock.base().trim_start_matches("http://").to_owned();
    all.push(&host);
    all.extend(arguments.iter().map(String::as_str));
    let run = lab.weir(&all);
    assert_eq!(run.code, Some(0), "{what}: {}{}", run.err, run.out);
    assert_eq!(lab.ids_of(table).len(), ROWS, "{what}");
    let distinct = lab.texts(&format!("select count(distinct id) from {table}"));
    assert_eq!(distinct, [ROWS.to_string()], "{what}");
    assert_eq!(mock.api_log().len(), requests, "{what}: {:?}", mock.api_log());
}

#[test]
fn rest_api_reads_each_pagination_under_each_auth() {
    let mock = mock();
    let text = std::fs::read_to_string(manifest("rest_api")).unwrap();
    let mut count = 0;
    for auth in AUTHS {
        let (of_auth, secret) = match auth {
            "none" => (vec!["auth=none".to_owned()], None),
            "bearer" => (vec!["auth=bearer".to_owned()], Some(("TOKEN", TOKEN))),
            "basic" => (vec!["auth=basic".to_owned(), format!("username={USER}")], Some(("PASSWORD", PASSWORD))),
            "header" => {
                (vec!["auth=key".to_owned(), "key_in=header.X-API-Key".to_owned()], Some(("TOKEN", HEADER_KEY)))
            }
            "query" => (vec!["auth=key".to_owned(), "key_in=query.api_key".to_owned()], Some(("TOKEN", QUERY_KEY))),
            // No params of `rest_api`; the manifest below has them.
            "cookie" | "all_of" => continue,
            other => panic!("{other} is read by nobody"),
        };
        for paging in PAGINGS {
            let of_paging: &[&str] = match paging {
                "none" => &["paging=none", "records=data"],
                "link" => &["paging=link"],
                "url" | "url_relative" => &["paging=url", "next=$.next", "records=$.data"],
                "cursor" => &["paging=cursor", "next=next_cursor", "records=data"],
                "page" => &["paging=page", "records=data"],
                "offset" => &["paging=offset", "page_size=100", "records=data"],
                "last" => continue,
                other => panic!("{other} is read by nobody"),
            };
            let mut lab = Lab::bare("none");
            lab.write("faults.yaml", &text);
            lab.env.extend(secret.map(|(name, value)| (format!("REST_API_{name}"), value.to_owned())));
            let mut params =
                vec![format!("base={}", mock.base()), format!("path=/api/{auth}/{paging}/items"), "key=id".to_owned()];
            params.extend(of_auth.iter().cloned());
            params.extend(of_paging.iter().map(|param| (*param).to_owned()));
            let arguments: Vec<String> = params.into_iter().flat_map(|param| ["--param".to_owned(), param]).collect();
            all_rows(&mock, &lab, "rows", &arguments, expected(paging, false), &format!("{auth}/{paging}"));
            count += 1;
        }
    }
    assert_eq!(count, 35);
}

#[test]
fn a_manifest_reads_what_rest_api_has_no_params_for() {
    let mock = mock();
    for auth in AUTHS {
        for paging in PAGINGS {
            if !matches!(auth, "cookie" | "all_of") && paging != "last" {
                continue;
            }
            let mut lab = Lab::bare("none");
            let mut text = table("api").replace("base: BASE", &format!("base: {}", mock.base()));
            if paging == "link" {
                text = text.replace("$..data[*]", "$");
            } else {
                text = text.replace("$..data[*]", "$.data");
            }
            lab.write("faults.yaml", &text);
            let secrets = [
                ("TOKEN", TOKEN),
                ("PASSWORD", PASSWORD),
                ("HEADER_KEY", HEADER_KEY),
                ("QUERY_KEY", QUERY_KEY),
                ("COOKIE", COOKIE),
            ];
            lab.env = secrets.map(|(name, value)| (format!("FAULTS_{name}"), value.to_owned())).to_vec();
            let params = [format!("auth={auth}"), format!("paging={paging}")];
            let arguments: Vec<String> = params.into_iter().flat_map(|param| ["--param".to_owned(), param]).collect();
            all_rows(&mock, &lab, "items", &arguments, expected(paging, true), &format!("{auth}/{paging}"));
        }
    }
}

/// A state is that of one list, and of the rows that were let through.
#[test]
fn another_path_or_another_condition_is_another_list() {
    let mock = mock();
    let host = mock.base().trim_start_matches("http://").to_owned();
    let lab = Lab::bare("none");
    lab.write("faults.yaml", &std::fs::read_to_string(manifest("rest_api")).unwrap());
    let base = format!("base={}/api/none/link", mock.base());
    let run = |more: &[&str]| {
        let mut all =
            vec![more[0], "faults.yaml", "--allow-private", &host, "--param", &base, "--param", "paging=link"];
        all.extend([
            "--param",
            "key=id",
            "--param",
            "columns={ id: integer!, updated_at: timestamp }",
            "--param",
            "cursor_field=updated_at",
        ]);
        all.extend(&more[1..]);
        lab.weir(&all)
    };
    run(&["sync", "--param", "path=/items"]).succeeds();
    run(&["sync", "--param", "path=/projects"]).ends(4).says("params.path was \"/items\" and is \"/projects\"");
    let filtered = ["read", "rows", "--param", "path=/items", "--state", "s.json", "--where", "id in (3, 4)"];
    assert_eq!(run(&filtered).succeeds().out.lines().count(), 2);
    run(&filtered[..6]).ends(4).says("where was id in (3, 4) and is nothing");
}

#[test]
fn random_data_syncs() {
    for to in ["sqlite:weir.db", "jsonl:out"] {
        let lab = Lab::bare("none").into(to);
        lab.write("faults.yaml", &std::fs::read_to_string(manifest("random_data")).unwrap());
        lab.weir(&["sync", "faults.yaml", "--to", to, "--param", "rows=2500"]).succeeds();
        let ids = lab.ids_of("rows");
        assert_eq!(ids.len(), 2500);
        // The same seed makes the same rows: nothing changes.
        let before = ids;
        lab.weir(&["sync", "faults.yaml", "--to", to, "--param", "rows=2500"]).succeeds();
        assert_eq!(lab.ids_of("rows"), before);
    }
}

/// The `api` of a test: each exchange answers once, or `times`, in the order they are written.
fn exchanges(api: &[Value]) -> Scripted {
    let left: Vec<(Value, u64)> =
        api.iter().map(|exchange| (exchange.clone(), exchange["times"].as_u64().unwrap_or(1))).collect();
    let left = std::sync::Mutex::new(left);
    Scripted::start(move |asked| {
        let mut left = left.lock().unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fits = |exchange: &Value| {
            let empty = serde_json::Map::new();
            let pairs = |name: &str| exchange[name].as_object().unwrap_or(&empty).clone();
            exchange["request"] == format!("{} {}", asked.method, asked.path())
                && pairs("query").iter().all(|(name, value)| asked.query(name) == Some(text(value)))
                && pairs("headers").iter().all(|(name, value)| asked.header(name) == Some(&text(value)))
        };
        let Some((exchange, times)) = left.iter_mut().find(|(exchange, times)| *times > 0 && fits(exchange)) else {
            return Reply::status(599);
        };
        *times -= 1;
        let base = format!("http://{}", asked.header("host").unwrap_or_default());
        let reply = &exchange["reply"];
        let body = if reply["text"].is_string() { text(&reply["text"]) } else { reply["json"].to_string() };
        let mut answer = Reply::json(body.replace("{{ base }}", &base));
        answer.status = u16::try_from(reply["status"].as_u64().unwrap_or(200)).unwrap();
        for (name, value) in reply["headers"].as_object().unwrap_or(&serde_json::Map::new()) {
            answer = answer.header(name, text(value).replace("{{ base }}", &base));
        }
        answer
    })
}

/// Runs the tests beside a manifest that read one stream, with the program instead of `weir test`.
fn own_tests(connector: &str) -> Vec<String> {
    let text = std::fs::read_to_string(manifest(connector)).unwrap();
    let base = text.lines().find(|line| line.starts_with("base: ")).expect("it has a base").to_owned();
    let mut done = Vec::new();
    let folder = manifest(connector).with_file_name("tests");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let test: Value = serde_yaml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let (Some(api), Some(stream)) = (test["api"].as_array(), test["read"].as_str()) else { continue };
        // A state before is given by an earlier run only.
        if !test["state"].is_null() {
            continue;
        }
        let server = exchanges(api);
        let address = format!("http://{}", server.host());
        let mut lab = Lab::scripted(&server, &text.replace(&base, &format!("base: {address}")));
        lab.env.clear();
        for (name, value) in test["params"].as_object().unwrap_or(&serde_json::Map::new()) {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(list) => list.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(","),
                other => other.to_string(),
            };
            lab.env.push((format!("{}_{}", connector.to_uppercase(), name.to_uppercase()), text));
        }
        let told = format!("{connector}: {}", test["name"]);
        let run = lab.read(stream, &["--format", "jsonl"]);
        // The exchanges are short: members that they leave out are a suspicion, and nothing else may be.
        assert!(matches!(run.code, Some(0 | 6)) && run.err.contains(": complete"), "{told}: {}{}", run.err, run.out);
        let rows: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let wanted = test["expect"]["records"].as_array().unwrap();
        assert_eq!(rows.len(), wanted.len(), "{told}: {rows:?}");
        for (row, wanted) in rows.iter().zip(wanted) {
            for (name, value) in wanted.as_object().unwrap() {
                assert_eq!(&row[name], value, "{told}: {name}");
            }
        }
        // And into SQLite: as many rows.
        let server = exchanges(api);
        lab.allowed = vec![server.host()];
        lab.write("faults.yaml", &text.replace(&base, &format!("base: http://{}", server.host())));
        let run = lab.sync_with(&[stream]);
        assert_eq!(run.stream(stream)["coverage"], json!({"is": "complete"}), "{told}: {}", run.err);
        assert_eq!(run.stream(stream)["quality"], "clean", "{told}: {}", run.err);
        let count = lab.texts(&format!("select count(*) from {stream}"));
        assert_eq!(count, [wanted.len().to_string()], "{told}");
        done.push(stream.to_owned());
    }
    done
}

#[test]
fn pokeapi_syncs_its_exchanges() {
    let done = own_tests("pokeapi");
    assert!(
        ["pokemon", "pokemon_details", "type_details"].iter().all(|name| done.contains(&(*name).to_owned())),
        "{done:?}"
    );
}

#[test]
fn github_syncs_its_exchanges() {
    let done = own_tests("github");
    assert!(
        ["issues", "reviews", "labels", "commits"].iter().all(|name| done.contains(&(*name).to_owned())),
        "{done:?}"
    );
}

#[test]
fn github_syncs_repositories_and_issues_twice() {
    let issue = |id: u64, updated: &str| json!({"id": id, "number": id, "title": "t", "state": "open", "created_at": "2024-05-01T00:00:00Z", "updated_at": updated});
    let old = [issue(1, "2024-05-02T00:00:00Z"), issue(2, "2024-05-03T00:00:00Z")];
    let new = [issue(2, "2024-05-03T00:00:00Z"), issue(3, "2024-05-04T00:00:00Z"), issue(1, "2024-05-05T00:00:00Z")];
    let repository = json!({"id": 9, "full_name": "o/r", "name": "r", "owner": {"login": "o"}, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2024-05-01T00:00:00Z"});
    let server = exchanges(&[
        json!({"request": "GET /repos/o/r", "times": 2, "reply": {"json": repository}}),
        json!({"request": "GET /repos/o/r/issues", "query": {"since": "2024-01-01T00:00:00Z"}, "reply": {"json": old}}),
        json!({"request": "GET /repos/o/r/issues", "query": {"since": "2024-05-03T00:00:00Z"}, "reply": {"json": new}}),
    ]);
    let text = std::fs::read_to_string(manifest("github")).unwrap();
    let mut lab = Lab::scripted(
        &server,
        &text.replace("base: https://api.github.com", &format!("base: http://{}", server.host())),
    );
    lab.env =
        vec![("GITHUB_TOKEN".to_owned(), "t0ken-of-a-test".to_owned()), ("GITHUB_REPOS".to_owned(), "o/r".to_owned())];
    for (rows, last) in [(2, "2024-05-02"), (3, "2024-05-05")] {
        let run = lab.sync_with(&["repositories", "issues"]);
        for stream in ["repositories", "issues"] {
            assert_eq!(run.stream(stream)["coverage"], json!({"is": "complete"}), "{}", run.err);
        }
        assert_eq!(lab.texts("select count(*) from issues"), [rows.to_string()]);
        assert!(lab.texts("select updated_at from issues where id = 1")[0].starts_with(last));
        assert_eq!(lab.texts("select full_name from repositories"), ["o/r"]);
    }
}
