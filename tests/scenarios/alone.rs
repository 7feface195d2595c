//! Cases that name no scenario of the server.

use crate::lab::{Lab, SECRET, table};
use crate::scripted::{Asked, Reply, Scripted, speak};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use std::io::BufReader;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

const BEARER: &str = "auth: { bearer: \"{{ params.token }}\" }";
const BY_QUERY: &str = "auth: { query: { api_key: \"{{ params.token }}\" } }";

#[test]
fn ht_31_connection_refused_and_no_such_name() {
    for base in ["http://127.0.0.1:1", "https://nonexistent.invalid"] {
        for more in [&["--trace"][..], &["-v"], &["--events", "jsonl"]] {
            let mut lab = Lab::bare("none");
            lab.allowed = vec!["127.0.0.1:1".to_owned()];
            let text = table("one").replace("base: BASE", &format!("base: {base}")).replace(BEARER, BY_QUERY);
            lab.write("faults.yaml", &(text + "retry: { attempts: 2, first: 10ms }\n"));
            // The key is looked for in everything that is said and written, by `examine`.
            let run = lab.sync_with(more);
            run.fails();
            assert!(!run.err.contains("api_key=SCE"), "{}", run.err);
        }
    }
}

/// A page of as many parents as are asked for, and one row for each child.
fn parents(count: usize) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| {
        if asked.path() == "/parents" {
            let from: usize = asked.query("cursor").map_or(0, |text| text.parse().unwrap());
            let to = (from + 1000).min(count);
            let items: Vec<Value> = (from..to).map(|id| json!({"id": id.to_string()})).collect();
            let next = if to < count { json!(to.to_string()) } else { Value::Null };
            return Reply::json(json!({"items": items, "next_cursor": next}).to_string());
        }
        let id = asked.path().split('/').nth(2).unwrap_or_default();
        Reply::json(format!(
            r#"{{"items":[{{"id":{id},"name":"n","updated_at":"2026-01-01T00:00:00Z"}}],"next_cursor":null}}"#
        ))
    }
}

#[test]
fn st_22_many_partitions() {
    // A debug build takes some milliseconds a request. More than ten thousand, where others fall back to one position.
    const COUNT: usize = if cfg!(debug_assertions) { 2_000 } else { 20_000 };
    let server = Scripted::start(parents(COUNT));
    let lab = Lab::scripted(&server, &(table("parents") + "limits: { concurrency: 20 }\n"));
    let run = lab.sync_with(&["-q"]);
    run.succeeds();
    assert_eq!(run.stream("items")["partitions"], COUNT);
    assert_eq!(lab.texts("select count(*) from items"), [COUNT.to_string()]);
    // Each has a position of its own.
    let kept = lab.texts(
        "select count(*) from _weir_state join _weir_streams on _weir_streams.id = _weir_state.stream \
         where _weir_streams.stream = 'items' and state like '%2026-01-01T00:00:00Z%'",
    );
    assert_eq!(kept, [COUNT.to_string()]);
}

#[test]
fn mb_12_streams_and_partitions_without_number() {
    let mut text = "connector: faults\nbase: https://api.example.com\nstreams:\n".to_owned();
    for nth in 0..10_000 {
        text += &format!("  s{nth}: GET /s{nth}\n");
    }
    let lab = Lab::bare("none");
    lab.write("faults.yaml", &text);
    let run = lab.weir(&["ls", "faults.yaml"]);
    assert!(run.memory < 300, "{} MiB", run.memory);
    // A product of three lists of a thousand is counted out as it is read.
    let server = Scripted::start(|_| Reply::json(r#"{"items":[{"id":1}]}"#));
    let list: Vec<usize> = (0..1000).collect();
    let manifest = format!(
        "connector: faults\nbase: BASE\ndefaults: {{ records: $.items, key: [a, b, c, id], paginate: none }}\nstreams:\n  \
         items:\n    for_each: {{ a: {list:?}, b: {list:?}, c: {list:?} }}\n    request: GET /items\n    \
         query: {{ a: \"{{{{ a }}}}\", b: \"{{{{ b }}}}\", c: \"{{{{ c }}}}\" }}\n    \
         fields: {{ id: integer!, a: \"integer! = {{{{ a }}}}\", b: \"integer! = {{{{ b }}}}\", c: \"integer! = {{{{ c }}}}\" }}\n"
    );
    let lab = Lab::scripted(&server, &manifest);
    let run = lab.sync_with(&["--max-requests", "200"]);
    run.fails();
    assert!(run.memory < 300, "{} MiB", run.memory);
    assert!(server.asked().len() <= 200, "{}", server.asked().len());
}

/// The binary has no resolver for tests; the transport's own tests hold that the address which was checked is the one
/// that is connected to. Here: the address a name leads to is looked at, not the name.
#[test]
fn eg_15_a_name_that_leads_to_a_private_address() {
    let server = Scripted::start(|_| Reply::json(r#"{"items":[{"id":1}]}"#));
    let port = server.host().split_once(':').unwrap().1.to_owned();
    let mut lab = Lab::bare("none");
    lab.write("faults.yaml", &table("one").replace("base: BASE", &format!("base: http://localhost:{port}")));
    lab.allowed = vec!["192.168.7.7:80".to_owned()];
    lab.sync().fails();
    assert_eq!(server.asked().len(), 0, "a private address is asked that nobody allowed");
}

#[test]
fn eg_20_host_built_from_a_param() {
    let manifest = "connector: faults
base: https://{{ params.subdomain }}.example.com
params: { token: secret!, subdomain: string! }
auth: { bearer: \"{{ params.token }}\" }
streams:
  items: { request: GET /items, key: id, paginate: none }
";
    for hostile in [
        "evil.test/#",
        "a@b",
        "x.y.evil.test:1/?",
        "a.b",
        "evil.test/",
        "evil.test?",
        "a/b",
        "a\\b",
        "",
        "-a",
        "a%2eb",
        "\u{ff0e}",
        "127.0.0.1:80/",
    ] {
        let lab = Lab::bare("none");
        lab.write("faults.yaml", manifest);
        let run = lab.weir(&["sync", "faults.yaml", "--param", &format!("subdomain={hostile}"), "--max-requests", "1"]);
        assert!(matches!(run.code, Some(2..=4)), "{hostile}: {:?} {}", run.code, run.err);
    }
}

/// A server with a certificate of the tests' own authority, for `127.0.0.1` only.
fn over_tls() -> u16 {
    let chain =
        CertificateDer::pem_slice_iter(include_bytes!("../tls/server.pem")).map(|found| found.unwrap()).collect();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../tls/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let (config, log) = (Arc::new(config), Arc::new(Mutex::new(Vec::new())));
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (config, log) = (Arc::clone(&config), Arc::clone(&log));
            std::thread::spawn(move || {
                let session = rustls::ServerConnection::new(config).unwrap();
                let mut stream = rustls::StreamOwned::new(session, stream);
                // One connection is read and written in turn, so one request each.
                let mut head = Vec::new();
                let mut byte = [0; 1];
                while !head.ends_with(b"\r\n\r\n") {
                    match std::io::Read::read(&mut stream, &mut byte) {
                        Ok(1) => head.push(byte[0]),
                        _ => return,
                    }
                }
                let answer = |_: &Asked| Reply::json(r#"{"items":[{"id":1}]}"#).header("Connection", "close");
                drop(speak(BufReader::new(&head[..]), &mut stream, &log, &answer));
                stream.conn.send_close_notify();
                drop(std::io::Write::flush(&mut stream));
            });
        }
    });
    port
}

/// An expired certificate is none of the files at hand: the verifier is the platform's, whose own matter dates are.
#[test]
fn eg_22_tls() {
    let port = over_tls();
    let lab_of = |host: &str| {
        let mut lab = Lab::bare("none");
        lab.write(
            "faults.yaml",
            &(table("one").replace("base: BASE", &format!("base: https://{host}:{port}")) + "retry: { attempts: 1 }\n"),
        );
        lab.allowed = vec![format!("{host}:{port}")];
        lab.write("authority.pem", include_str!("../tls/authority.pem"));
        lab
    };
    // Of an authority that nobody trusts.
    lab_of("127.0.0.1").sync().fails().says("certificate");
    // Trusted by the user.
    let lab = lab_of("127.0.0.1");
    lab.sync_with(&["--ca", "authority.pem"]).succeeds();
    assert_eq!(lab.ids(), [1]);
    // Another name than the certificate's.
    lab_of("localhost").sync_with(&["--ca", "authority.pem"]).fails().says("certificate");
    // Credentials without TLS need the user, also for a host that is not private; a manifest has no word for it.
    let lab = Lab::bare("none");
    lab.write("faults.yaml", &table("one").replace("base: BASE", "base: http://api.example.com"));
    lab.sync().fails().says("--allow-cleartext");
    for word in ["insecure: true", "tls: { verify: false }", "verify: false"] {
        let lab = Lab::bare("none");
        lab.write("faults.yaml", &(table("one").replace("base: BASE", "base: https://api.example.com") + word + "\n"));
        lab.sync().ends(3);
    }
}

#[test]
fn ds_09_same_key_twice_in_one_batch() {
    let rows = r#"{"items":[{"id":1,"v":"a"},{"id":2,"v":"x"},{"id":1,"v":"b"}]}"#;
    let server = Scripted::start(move |_| Reply::json(rows));
    let manifest = table("typed").replace("id: integer!", "id: integer!, v: string");
    for mode in ["upsert", "replace"] {
        let lab = Lab::scripted(&server, &manifest);
        lab.sync_with(&["--mode", mode]).succeeds();
        assert_eq!(
            lab.query("select id, v from items order by id"),
            [vec![json!(1), json!("b")], vec![json!(2), json!("x")]]
        );
    }
    let lab = Lab::scripted(&server, &table("one"));
    lab.sync_with(&["--mode", "upsert"]).succeeds();
    assert_eq!(lab.texts("select record from items where id = '1'"), [r#"{"id":1,"v":"b"}"#]);
}

#[test]
fn ds_10_key_missing_or_null() {
    let rows = r#"{"items":[{"v":"a"},{"id":null,"v":"b"},{"id":3,"v":"c"},{"v":"d"}]}"#;
    let server = Scripted::start(move |_| Reply::json(rows));
    let typed = table("typed").replace("id: integer!", "id: integer!, v: string");
    let optional = table("typed").replace("id: integer!", "id: integer, v: string");
    for manifest in [typed, optional, table("one"), table("kept")] {
        for mode in ["upsert", "replace"] {
            let lab = Lab::scripted(&server, &manifest);
            lab.sync_with(&["--mode", mode]).ends(6);
            assert_eq!(lab.ids(), [3]);
            let refused = lab.refused();
            assert_eq!(refused.len(), 3, "{refused:?}");
            assert!(refused.iter().all(|entry| entry["column"] == "id"), "{refused:?}");
        }
    }
}

#[test]
fn a_secret_of_a_case_is_found_where_it_stands() {
    // The lab's own check can fail.
    let lab = Lab::bare("none");
    for form in [SECRET.to_owned(), SECRET.replace('/', "%2F").replace('+', "%2B")] {
        lab.write("leak", &format!("x {form} y"));
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lab.examine()));
        assert!(found.is_err(), "{form}");
    }
}
