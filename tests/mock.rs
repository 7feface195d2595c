//! The scenarios of the mock API as they are on the wire: bytes, faults, verdicts, and what is held.
//!
//! `mock/answers.txt` holds a digest of each answer as the older fault server gives it.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "mock/api.rs"]
mod api;
#[path = "mock/raw.rs"]
mod raw;

use base64::Engine as _;
use flate2::read::GzDecoder;
use raw::{Ended, Got, ask, connect, get, post};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;
use weir::testing::mock::{Host, Mock, scenarios};

const LONG: Duration = Duration::from_mins(1);
const SECRET: &[(&str, &str)] = &[("Authorization", "Bearer SELFTEST-SECRET")];

fn a(mock: &Mock) -> u16 {
    mock.port(Host::A)
}

/// Asks host A for something of a scenario.
fn of(mock: &Mock, scenario: &str, rest: &str) -> Got {
    get(a(mock), &format!("/s/{scenario}~t/{rest}"), SECRET)
}

fn ids(got: &Got) -> Vec<u64> {
    got.json()["items"].as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

#[test]
fn answers_are_the_same_bytes() {
    let mock = Mock::start();
    let mut wrong = Vec::new();
    for line in include_str!("mock/answers.txt").lines() {
        let [host, status, digest, target] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let host = if host == "A" { Host::A } else { Host::B };
        let got = get(mock.port(host), target, SECRET);
        let mut bytes = replaced(&got.bytes, &mock.base()["http://".len()..], "HOST-A");
        bytes = replaced(&bytes, &mock.base_b()["http://".len()..], "HOST-B");
        let seen = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let seen_status = if got.bytes.is_empty() { "-".to_owned() } else { got.status().to_string() };
        if seen_status != status || !seen.starts_with(digest) {
            wrong.push(format!("{line}\n  {}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)])));
        }
    }
    assert!(wrong.is_empty(), "{} answers are not as they were:\n{}", wrong.len(), wrong.join("\n"));
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr(rest, from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn memchr(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == wanted[0]).map(|(at, _)| at);
    starts.into_iter().find(|at| bytes[*at..].starts_with(wanted))
}

#[test]
fn every_scenario_answers_or_breaks_as_it_is_meant_to() {
    let silent = ["write_ambiguous", "write_no_key"];
    let held = ["hang", "oauth_crash"];
    let mock = Mock::start();
    for scenario in scenarios().filter(|scenario| !held.contains(&scenario.name)) {
        let (rest, method, body) = match scenario.style {
            "file" => ("good.tar.gz", "GET", &b""[..]),
            "parents" => ("parents", "GET", &b""[..]),
            "post" => ("items", "POST", &b"{}"[..]),
            _ => ("items?mib=2", "GET", &b""[..]),
        };
        let name = scenario.name;
        let got = ask(a(&mock), method, &format!("/s/{name}~t/{rest}"), SECRET, body, 200_000);
        assert_eq!(got.bytes.is_empty(), silent.contains(&name), "{name}");
        assert_eq!(mock.log(name, "t").len(), 1, "{name}");
        assert!(mock.check(name, "t").is_some(), "{name}");
    }
    assert!(scenarios().count() > 116);
}

#[test]
fn whole_lists_are_read_page_by_page() {
    let mock = Mock::start();
    for (name, style, rows, distinct) in [
        ("page_ok", "page", 500, 500),
        ("page_drift_insert", "page", 507, 500),
        ("page_drift_delete", "page", 495, 495),
        ("short_middle", "page", 480, 480),
        ("total_changes", "page", 500, 500),
        ("offset_ok", "offset", 500, 500),
        ("limit_capped", "offset", 500, 500),
        ("cursor_ok", "cursor", 500, 500),
        ("cursor_empty_string", "cursor", 500, 500),
        ("empty_middle", "cursor", 500, 500),
        ("overlap_pages", "cursor", 518, 500),
        ("link_ok", "link", 500, 500),
        ("link_relative", "link", 500, 500),
        ("slow_pages", "cursor", 1000, 1000),
        ("page_size_ignored", "empty", 200, 200),
    ] {
        let (mut seen, mut page) = (Vec::new(), 1);
        let mut target =
            if style == "offset" { "items?offset=0&limit=50".to_owned() } else { "items?page=1".to_owned() };
        loop {
            let got = of(&mock, name, &target);
            let body = got.json();
            seen.extend(ids(&got));
            page += 1;
            assert!(page < 60, "{name} does not end");
            let next = match style {
                "page" => (body["has_more"] == true).then(|| format!("items?page={page}")),
                "empty" => (!ids(&got).is_empty()).then(|| format!("items?page={page}")),
                "offset" => {
                    let more = (seen.len() as u64) < body["total"].as_u64().unwrap();
                    more.then(|| format!("items?offset={}&limit=50", seen.len()))
                }
                "link" => body["next"].as_str().map(|next| format!("items?{}", next.split_once('?').unwrap().1)),
                _ => body["next_cursor"]
                    .as_str()
                    .filter(|next| !next.is_empty())
                    .map(|next| format!("items?cursor={next}")),
            };
            let Some(next) = next else { break };
            target = next;
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((count, seen.len()), (rows, distinct), "{name}");
    }
}

#[test]
fn the_first_try_breaks_and_the_second_is_whole() {
    let mock = Mock::start();
    for (name, ended, bytes, whole) in [
        ("cut_length", Ended::Closed, true, false),
        ("cut_json", Ended::Closed, true, true),
        ("cut_chunked", Ended::Closed, true, false),
        ("reset_body", Ended::Reset, true, false),
        ("close_silent", Ended::Closed, false, false),
    ] {
        let first = of(&mock, name, "items?cursor=c50");
        assert_eq!(first.ended, ended, "{name}");
        // What a reset leaves of a body is the system's choice.
        if bytes && ended != Ended::Reset {
            assert_eq!(first.body().1, whole, "{name}");
            assert!(serde_json::from_slice::<serde_json::Value>(&first.body().0).is_err(), "{name}");
        } else if !bytes {
            assert_eq!(first.bytes.len(), 0, "{name}");
        }
        let second = of(&mock, name, "items?cursor=c50");
        assert_eq!(ids(&second), (51..=100).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn bodies_without_an_end_and_bombs() {
    let mock = Mock::start();
    let endless = ask(a(&mock), "GET", "/s/endless_body~t/items", &[], b"", 20 << 20);
    assert_eq!(endless.ended, Ended::Enough);
    assert!(endless.sent().starts_with(b"a\r\n{\"items\":[\r\n"));

    let bomb = of(&mock, "gzip_bomb", "items");
    assert_eq!(bomb.header("Content-Encoding").as_deref(), Some("gzip"));
    assert!(bomb.sent().len() < 2 << 20, "{}", bomb.sent().len());
    assert_eq!(unpacked(bomb.sent(), 40 << 20).len(), 40 << 20);
    let twice = of(&mock, "gzip_twice", "items");
    assert_eq!(twice.header("Content-Encoding").as_deref(), Some("gzip, gzip"));
    assert_eq!(unpacked(&unpacked(twice.sent(), usize::MAX), 1 << 20).len(), 1 << 20);
    let whole = unpacked(of(&mock, "gzip_ok", "items").sent(), usize::MAX);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&whole).unwrap()["items"][2]["id"], 3);
    let cut = of(&mock, "gzip_cut", "items");
    assert!(GzDecoder::new(cut.sent()).read_to_end(&mut Vec::new()).is_err());

    let record = of(&mock, "huge_record", "items?mib=3").json();
    assert_eq!(record["items"][0]["pad"].as_str().unwrap().len(), 3 << 20);
    let page = of(&mock, "huge_page", "items").body();
    assert!(page.1);
    assert_eq!(page.0.split(|byte| *byte == b'\n').count(), 200_001);
    assert_eq!(of(&mock, "many_headers", "items").headers().len(), 4002);
}

fn unpacked(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).take(most as u64).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn packages_are_archives() {
    let mock = Mock::start();
    let tar = unpacked(of(&mock, "pkg", "traversal.tar.gz").sent(), usize::MAX);
    assert_eq!(tar.len(), 10_240);
    assert!(tar.starts_with(b"manifest.yaml\0"));
    assert!(tar[1024..].starts_with(b"../../escape.txt\0"));
    let sum =
        tar[..512].iter().enumerate().map(|(at, byte)| u32::from(if (148..156).contains(&at) { b' ' } else { *byte }));
    assert_eq!(std::str::from_utf8(&tar[148..154]).unwrap(), format!("{:06o}", sum.sum::<u32>()));
    let zip = of(&mock, "pkg", "absolute.zip");
    assert!(zip.sent().starts_with(b"PK\x03\x04"));
    assert_eq!(of(&mock, "pkg", "none.zip").json()["kinds"].as_array().unwrap().len(), 8);
    let (first, second) = (of(&mock, "pkg_mutable", "x"), of(&mock, "pkg_mutable", "x"));
    assert_ne!(first.sent(), second.sent());
}

#[test]
fn a_held_answer_waits_until_it_is_released() {
    let mock = Mock::start();
    thread::scope(|scope| {
        let asked = scope.spawn(|| of(&mock, "hold_page5", "items?cursor=c200"));
        assert!(mock.wait_held(1, LONG));
        assert!(!asked.is_finished());
        assert_eq!(mock.held(), 1);
        mock.release("hold_page5", "t");
        assert_eq!(mock.held(), 0);
        assert_eq!(ids(&asked.join().unwrap())[0], 201);
        // Released is released, until the next phase; there it is held in phase 1 only.
        assert_eq!(of(&mock, "hold_page5", "items?cursor=c200").status(), 200);
        mock.phase("hold_page5", "t", 2);
        assert_eq!(of(&mock, "hold_page5", "items?cursor=c200").status(), 200);
        mock.phase("hold_page5", "t", 1);
        let asked = scope.spawn(|| of(&mock, "hold_page5", "items?cursor=c200"));
        assert!(mock.wait_held(1, LONG));
        mock.reset("hold_page5", "t");
        assert_eq!(asked.join().unwrap().status(), 200);
        assert_eq!(mock.log("hold_page5", "t").len(), 0);
    });
}

#[test]
fn a_dropped_mock_lets_nobody_wait() {
    let mock = Mock::start();
    let port = a(&mock);
    let mut idle = connect(port);
    let asked = thread::spawn(move || get(port, "/s/hang~t/items", &[]));
    assert!(mock.wait_held(1, LONG));
    drop(mock);
    // It may still have been answered, but it is not waited for.
    asked.join().unwrap();
    assert!(matches!(idle.read(&mut [0; 1]), Ok(0) | Err(_)));
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn verdicts_see_what_went_wrong() {
    let mock = Mock::start();
    let b = mock.port(Host::B);
    let problems = |scenario: &str, run: &str| mock.check(scenario, run).unwrap().problems;
    let secret = "host B received a secret of host A";

    of(&mock, "next_cross", "items");
    assert_eq!(problems("next_cross", "t"), [""; 0]);
    get(b, "/s/next_cross~t/items?page=2", SECRET);
    let found = problems("next_cross", "t");
    assert!(found[0].starts_with("host B was asked 1 times"), "{found:?}");
    assert!(found.iter().any(|problem| problem.starts_with(secret)), "{found:?}");

    get(a(&mock), "/s/redirect_cross~t/items?api_key=QUERY-SECRET", &[]);
    get(b, "/s/redirect_cross~t/items", &[("Referer", "http://a/?api_key=QUERY%2dSECRET")]);
    assert!(problems("redirect_cross", "t").iter().any(|problem| problem.starts_with(secret)));

    let refresh = || post(a(&mock), "/s/oauth_rotate~t/token", &[], b"grant_type=x&refresh_token=rt-0").status();
    assert_eq!((refresh(), refresh()), (200, 400));
    assert_eq!(problems("oauth_rotate", "t"), ["refresh token 'rt-0' was already used; 'rt-1' is current"]);

    for _ in 0..6 {
        of(&mock, "cursor_repeat", "items?cursor=c100");
    }
    assert_eq!(problems("cursor_repeat", "t"), ["phase 1: 6 requests to A, at most 5 expected"]);

    for (since, ok) in [("2026-01-01T01:01:00Z", true), ("2026-01-01T01:02:00Z", false), ("soon", false)] {
        mock.reset("inc_equal_ts", "t");
        of(&mock, "inc_equal_ts", "items");
        mock.phase("inc_equal_ts", "t", 2);
        of(&mock, "inc_equal_ts", &format!("items?since={since}"));
        assert_eq!(mock.check("inc_equal_ts", "t").unwrap().ok, ok, "{since}");
    }

    of(&mock, "path_ids", "parents");
    for (id, ok) in [("a%20b", true), ("%2E%2e%2f..%2fsecret", true), ("..", false), ("x/y", false)] {
        mock.reset("path_ids", "t");
        of(&mock, "path_ids", &format!("parents/{id}/items"));
        let changed = problems("path_ids", "t").iter().any(|problem| problem.starts_with("an id changed the path"));
        assert_eq!(changed, !ok, "{id}");
    }
    for (body, ok) in
        [(r#"{"name":"{{ 7*7 }}"}"#, true), (r#"{"name":"49"}"#, false), (r#"{"name":"a","admin":true}"#, false)]
    {
        mock.reset("body_names", "t");
        post(a(&mock), "/s/body_names~t/echo", &[], body.as_bytes());
        assert_eq!(mock.check("body_names", "t").unwrap().ok, ok, "{body}");
    }
}

#[test]
fn secrets_are_echoed_in_every_disguise() {
    let mock = Mock::start();
    let got = of(&mock, "echo_secret", "items?api_key=K");
    let body = got.json();
    let said = |name: &str| body[name].as_str().unwrap().to_owned();
    assert_eq!(got.status(), 400);
    assert!(said("error").starts_with("rejected /s/echo_secret~t/items?api_key=K [Host: "), "{}", said("error"));
    assert!(said("enc").ends_with("Authorization%3A%20Bearer%20SELFTEST-SECRET"), "{}", said("enc"));
    let plain = base64::engine::general_purpose::STANDARD.decode(said("b64")).unwrap();
    assert!(plain.ends_with(b"Authorization: Bearer SELFTEST-SECRET"));
}

#[test]
fn concurrency_and_rate_are_counted() {
    let mock = Mock::start();
    thread::scope(|scope| {
        for at in 0..3 {
            let mock = &mock;
            scope.spawn(move || of(mock, "concurrency_2", &format!("parents/{at}/items")));
        }
    });
    let verdict = mock.check("concurrency_2", "t").unwrap();
    assert_eq!(verdict.ok, verdict.max_inflight <= 2);
    assert!(verdict.max_inflight >= 1);
    let statuses = (0..8).map(|_| of(&mock, "rate_strict", "items").status()).collect::<Vec<_>>();
    assert!(statuses.contains(&429) || mock.check("rate_strict", "t").unwrap().ok, "{statuses:?}");
}

#[test]
fn the_endpoints_of_the_older_server_steer_from_outside() {
    let mock = Mock::start();
    let at = |target: &str| get(a(&mock), target, &[]).json();
    of(&mock, "inc_clock", "items");
    assert_eq!(at("/__phase?scenario=inc_clock&run=t")["phase"], 2);
    assert_eq!(of(&mock, "inc_clock", "items?cursor=c100").json()["items"][0]["id"], 101);
    let log = at("/__log?scenario=inc_clock&run=t&host=A");
    assert_eq!((log[0]["phase"].as_i64(), log[1]["phase"].as_i64()), (Some(1), Some(2)));
    assert_eq!(log[1]["headers"][2], serde_json::json!(["Authorization", "Bearer SELFTEST-SECRET"]));
    assert_eq!(at("/__check?scenario=inc_clock&run=t")["requests_a"], 2);
    assert_eq!(at("/__release?scenario=inc_clock&run=t")["released"], true);
    assert_eq!(at("/__reset?scenario=inc_clock&run=t")["reset"], true);
    assert_eq!(at("/__log?scenario=inc_clock"), serde_json::json!([]));
    assert_eq!(at("/__health")["ports"]["B"], mock.port(Host::B));
    assert_eq!(at("/__scenarios").as_array().unwrap().len(), scenarios().count());
    assert_eq!(at("/__check?scenario=nothing")["error"], "unknown scenario");
    get(mock.port(Host::B), "/secret", &[]);
    assert_eq!(mock.strays()[0].host, Host::B);
}

#[test]
fn one_connection_takes_many_requests() {
    let mock = Mock::start();
    let mut socket = connect(a(&mock));
    let first = "HEAD /s/page_ok~t/items HTTP/1.1\r\nHost: x\r\n\r\n";
    let second =
        "POST /s/echo~t/items HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na=1&\r\n3;x=y\r\nb=2\r\n0\r\n\r\n";
    let last = "GET /s/h204~t/items HTTP/1.0\r\n\r\n";
    socket.write_all([first, second, last].concat().as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let answers = text.split("HTTP/1.1 ").skip(1).collect::<Vec<_>>();
    assert_eq!(answers.len(), 3, "{text}");
    assert!(answers[0].ends_with("\r\n\r\n") && !answers[0].contains("Content-Length: 0"), "{}", answers[0]);
    assert!(answers[1].contains(r#""body": "a=1&b=2""#), "{}", answers[1]);
    assert_eq!(answers[2], "204 No Content\r\n\r\n");
}
