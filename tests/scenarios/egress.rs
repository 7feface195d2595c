//! Where requests and secrets may go.

use crate::lab::{Lab, SECRET};
use crate::paging::QUICK;
use crate::scripted::{Reply, Scripted};
use std::time::Duration;

const BEARER: &str = "auth: { bearer: \"{{ params.token }}\" }";

/// Every way to prove who asks.
const CREDENTIALS: [&str; 5] = [
    BEARER,
    "auth: { header: { X-Api-Key: \"{{ params.token }}\" } }",
    "auth: { query: { api_key: \"{{ params.token }}\" } }",
    "auth: { basic: { username: me, password: \"{{ params.token }}\" } }",
    "auth: { cookie: { session: \"{{ params.token }}\" } }",
];

/// The answer leads to host B: it is asked nothing, whether or not the user allows its address.
#[track_caller]
fn never_reaches_b(scenario: &str, manifest: &str, auth: &str) {
    for allowed in [false, true] {
        let mut lab = Lab::edited(scenario, manifest, &[(BEARER, auth)]);
        if allowed {
            lab = lab.allowing_b();
        }
        lab.sync().fails();
        let verdict = lab.judged();
        assert_eq!(verdict["requests_b"], 0, "{verdict}");
    }
}

#[test]
fn eg_01_redirect_on_the_same_origin() {
    let lab = Lab::new("redirect_same", "one");
    lab.sync().succeeds();
    lab.has(1..=3);
    lab.judged();
}

#[test]
fn eg_02_redirect_to_b() {
    for auth in CREDENTIALS {
        never_reaches_b("redirect_cross", "one", auth);
    }
}

#[test]
fn eg_04_307_with_a_body() {
    for allowed in [false, true] {
        let mut lab = Lab::new("redirect_307_post", "post");
        if allowed {
            lab = lab.allowing_b();
        }
        lab.sync().fails().says("307");
        assert_eq!(lab.judged()["requests_b"], 0);
    }
}

#[test]
fn eg_05_redirect_loop() {
    let lab = Lab::new("redirect_loop", "one");
    lab.sync().fails().says("redirected more than 5 times");
    assert!(lab.requests() <= 22);
    lab.judged();
}

#[test]
fn eg_06_redirect_to_a_file() {
    let lab = Lab::new("redirect_file", "one");
    lab.sync().fails().says("`file`");
    lab.judged();
    for location in
        ["ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "data:application/json,{\"items\":[]}", "javascript:0"]
    {
        let server = Scripted::start(move |_| Reply::status(302).header("Location", location));
        let lab = Lab::scripted(&server, &crate::lab::table("one"));
        lab.sync().fails();
        assert_eq!(server.asked().len(), 1, "{location}");
    }
}

#[test]
fn eg_07_metadata_address() {
    for spelling in 0..8 {
        let query = format!("items: {{ request: GET /items, query: {{ v: \"{spelling}\" }} }}");
        let lab = Lab::edited("redirect_metadata", "one", &[("items: GET /items", &query)]);
        let run = lab.sync();
        run.fails().says("blocked address");
        match spelling {
            6 => run.says("fd00:ec2::254"),
            7 => run.says("0.0.0.0"),
            _ => run.says("169.254.169.254"),
        };
        assert!(run.took < Duration::from_secs(2), "{:?}", run.took);
        lab.judged();
    }
}

#[test]
fn eg_08_userinfo_trick() {
    never_reaches_b("redirect_userinfo", "one", BEARER);
    never_reaches_b("next_userinfo", "link", BEARER);
}

#[test]
fn eg_09_next_to_b() {
    for auth in CREDENTIALS {
        never_reaches_b("next_cross", "link", auth);
        never_reaches_b("linkheader_cross", "linkheader", auth);
    }
}

#[test]
fn eg_10_scheme_relative_next() {
    never_reaches_b("next_scheme_relative", "link", BEARER);
}

#[test]
fn eg_12_next_to_metadata() {
    let lab = Lab::new("next_metadata", "link");
    lab.sync().fails().says("169.254.169.254");
    lab.judged();
}

#[test]
fn eg_14_another_port_of_an_allowed_private_host() {
    // Declared by the manifest, and still not allowed by the user: a permission is host and port.
    let lab = Lab::with("next_cross", "link", "hosts: [\"HOST_B\"]");
    lab.sync().fails();
    assert_eq!(lab.judged()["requests_b"], 0);
    let lab = Lab::new("next_cross", "link");
    lab.sync().fails().says("blocked address 127.0.0.1");
    assert_eq!(lab.judged()["requests_b"], 0);
}

#[test]
fn eg_16_secret_echoed_by_the_server() {
    let every: [&[&str]; 5] =
        [&["--trace"], &["-v"], &["-q"], &["--events", "jsonl"], &["--events", "jsonl:events.jsonl"]];
    for (nth, auth) in CREDENTIALS.into_iter().enumerate() {
        // The first credential at every level, the others at the most talkative one.
        for more in &every[..if nth == 0 { 5 } else { 1 }] {
            let lab = Lab::edited("echo_secret", "one", &[(BEARER, auth)]);
            // Nothing of what a run leaves may hold it: `examine` looks at all of it.
            lab.sync_with(more).fails().says("400");
            lab.judged();
            if nth > 0 {
                continue;
            }
            lab.read("items", more).fails();
            lab.weir(&["check", "faults.yaml", "--allow-private", &lab.server.a(), "--format", "json"]).fails();
            lab.weir(&["receipt"]).succeeds();
            lab.weir(&["state", "ls"]);
            lab.weir(&["quarantine", "ls"]);
        }
    }
}

#[test]
fn eg_17_url_in_errors() {
    let auth = "auth: { query: { api_key: \"{{ params.token }}\" } }";
    for more in [&["--trace"][..], &["-v"], &["--events", "jsonl"]] {
        let lab = Lab::edited(
            "secret_in_url",
            "one",
            &[(BEARER, auth), ("items: GET /items", "items: { request: GET /items, query: { q: PRIVATE } }")],
        );
        let run = lab.sync_with(more);
        run.fails().says("broken JSON");
        assert!(!run.err.contains("api_key=S") && !run.out.contains("PRIVATE"), "{}", run.err);
        lab.judged();
    }
}

#[test]
fn eg_18_cookies() {
    let lab = Lab::with("set_cookie", "link", "hosts: [\"HOST_B\"]").allowing_b();
    let run = lab.sync();
    let to_b: Vec<_> = lab.log().into_iter().filter(|entry| entry["host"] == "B").collect();
    for entry in &to_b {
        let headers = entry["headers"].to_string().to_lowercase();
        assert!(!headers.contains("cookie") && !headers.contains("authorization"), "{headers}");
    }
    assert!(!to_b.is_empty(), "B is declared and was not asked\n{}", run.out);
    lab.judged();
}

#[test]
fn eg_23_process_list_and_environment() {
    let lab = Lab::new("hold_page5", "cursor");
    let running = lab.start_sync(&[]);
    while lab.requests() < 5 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Nothing is started by a run: there is no child that could inherit the variable.
    let pid = running.pid();
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(!String::from_utf8_lossy(&line).contains(SECRET));
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    assert_eq!(children.trim(), "");
    running.kill();
    lab.server.release(&lab.scenario, &lab.run);
    // Who writes it into an argument is refused, before anything is asked.
    let told = lab.weir(&["sync", "faults.yaml", "--allow-private", &lab.server.a(), "--param", "token=abcdefgh"]);
    told.ends(2).says("FAULTS_TOKEN");
    assert!(!told.err.contains("abcdefgh"));
}

#[test]
fn eg_24_proxy_variables() {
    let mut lab = Lab::new("cursor_ok", "cursor");
    let b = format!("http://{}", lab.server.b());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        lab.env.push((name.to_owned(), b.clone()));
    }
    lab.sync().succeeds();
    lab.has(1..=500);
    assert_eq!(lab.judged()["requests_b"], 0);
    // Asked for, it is used, and sees no credential in clear: without TLS nothing that proves who asks goes by it.
    let lab = Lab::with("cursor_ok", "cursor", QUICK);
    let proxy = Scripted::start(|_| Reply::status(502));
    let run = lab.sync_with(&["--proxy", &format!("http://{}", proxy.host())]);
    run.fails();
    for asked in proxy.asked() {
        assert!(!format!("{asked:?}").contains(SECRET), "{asked:?}");
    }
}
