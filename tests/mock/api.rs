//! The well-behaved API: every way to page under every credential, changing data, quotas, and what it can be told to do.

use crate::raw::{Ended, Got, get, post};
use base64::Engine as _;
use serde_json::Value;
use std::io::Read as _;
use std::thread;
use std::time::Duration;
use weir::testing::mock::{
    AUTHS, COOKIE, DateHeader, Effect, HEADER_KEY, Host, Lie, Mock, PAGINGS, PASSWORD, QUERY_KEY, Retry, RetryForm,
    Rule, TOKEN, USER,
};

const LONG: Duration = Duration::from_mins(1);

fn at(mock: &Mock, target: &str) -> Got {
    get(mock.port(Host::A), target, &[])
}

fn ids(body: &Value) -> Vec<u64> {
    let rows = body.get("data").unwrap_or(body).as_array().unwrap();
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

/// The headers and the query of a credential.
fn credential(auth: &str) -> (Vec<(&'static str, String)>, String) {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let bearer = ("Authorization", format!("Bearer {TOKEN}"));
    let header = ("X-Api-Key", HEADER_KEY.to_owned());
    let query = format!("&api_key={QUERY_KEY}");
    match auth {
        "bearer" => (vec![bearer], String::new()),
        "basic" => (vec![("Authorization", format!("Basic {basic}"))], String::new()),
        "header" => (vec![header], String::new()),
        "query" => (Vec::new(), query),
        "cookie" => (vec![("Cookie", format!("a=b; session={COOKIE}"))], String::new()),
        "all_of" => (vec![bearer, header], query),
        _ => (Vec::new(), String::new()),
    }
}

/// Reads a list to its end; returns the ids of each page.
fn walk(mock: &Mock, auth: &str, paging: &str, list: &str, params: &str) -> Vec<Vec<u64>> {
    let (headers, key) = credential(auth);
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    let path = format!("/api/{auth}/{paging}/{list}");
    let (mut pages, mut more) = (Vec::<Vec<u64>>::new(), String::new());
    loop {
        assert!(pages.len() < 60, "{path} does not end");
        let got = get(mock.port(Host::A), &format!("{path}?{params}{key}{more}"), &headers);
        assert_eq!(got.status(), 200, "{path}");
        let body = got.json();
        pages.push(ids(&body));
        let seen = pages.iter().map(Vec::len).sum::<usize>();
        let query = |url: &str| format!("&{}", url.split_once('?').unwrap().1);
        let next = match paging {
            "none" => None,
            "link" => {
                let link = got.header("Link").unwrap();
                let next = link.split(", ").find(|link| link.ends_with("rel=\"next\""));
                next.map(|next| query(next[1..].split_once('>').unwrap().0))
            }
            "url" | "url_relative" => {
                let next = body["next"].as_str();
                assert!(next.is_none_or(|next| next.starts_with("http") == (paging == "url")), "{next:?}");
                next.map(query)
            }
            "cursor" => body["next_cursor"].as_str().map(|next| format!("&cursor={next}")),
            "page" => (body["has_more"] == true).then(|| format!("&page={}", pages.len() + 1)),
            "offset" => (body["total"].as_u64().unwrap() > seen as u64).then(|| format!("&offset={seen}")),
            "last" => (body["has_more"] == true).then(|| format!("&after={}", body["last_id"])),
            other => panic!("{other}"),
        };
        let Some(next) = next else { return pages };
        // The address of a next page repeats the parameters; the first of a name counts.
        more = next;
        if matches!(paging, "link" | "url" | "url_relative") {
            assert!(!more.contains("api_key"), "{more}");
        }
    }
}

#[test]
fn every_list_is_read_under_every_credential() {
    let mock = Mock::start();
    for auth in AUTHS {
        for paging in PAGINGS {
            let pages = walk(&mock, auth, paging, "items", "n=47&page_size=10");
            let sizes = pages.iter().map(Vec::len).collect::<Vec<_>>();
            assert_eq!(sizes, if paging == "none" { vec![47] } else { vec![10, 10, 10, 10, 7] }, "{auth} {paging}");
            assert_eq!(pages.concat(), (1..=47).collect::<Vec<_>>(), "{auth} {paging}");
        }
        if auth == "none" {
            continue;
        }
        let wrong = [("Authorization", "Bearer wrong"), ("X-Api-Key", "wrong"), ("Cookie", "session=wrong")];
        for headers in [&[][..], &wrong] {
            let got = get(mock.port(Host::A), &format!("/api/{auth}/page/items?api_key=wrong"), headers);
            assert_eq!(got.status(), 401, "{auth}");
            assert_eq!(got.json()["message"], format!("the credential is missing or wrong: {auth}"));
        }
    }
    let counts = mock.counts();
    assert_eq!(counts.status(401), 12);
    assert_eq!(counts.path("/api/none/cursor/items"), 5);
    assert_eq!((counts.repeated().len(), counts.in_flight), (0, 0));
    assert!(counts.most_in_flight >= 1);
    assert_eq!(mock.api_log().len() as u64, counts.requests);
}

#[test]
fn lists_of_all_lengths() {
    let mock = Mock::start();
    for paging in PAGINGS {
        for (params, expected) in [("n=0", 0), ("n=1", 1), ("n=20&limit=10", 20), ("n=30&per_page=10&size=3", 30)] {
            assert_eq!(walk(&mock, "none", paging, "items", params).concat().len(), expected, "{paging} {params}");
        }
    }
    for (list, expected) in [("projects", 200), ("projects/7/tasks", 500), ("changing", 1000)] {
        for paging in PAGINGS {
            let mut ids = walk(&mock, "none", paging, list, "limit=100").concat();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), expected, "{paging} {list}");
        }
    }
    let long = at(&mock, "/api/none/none/items?n=5001").json();
    assert_eq!((ids(&long).len(), long["total"].as_u64()), (5001, Some(5001)));
    let lines = at(&mock, "/api/none/none/items?n=4001&format=jsonl").body().0;
    let ids = String::from_utf8(lines).unwrap();
    let ids = ids.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), (1..=4001).collect::<Vec<_>>());
    for (target, status) in [
        ("/api/none/page/nothing", 404),
        ("/api/none/nothing/items", 404),
        ("/api/projects/999/tasks", 404),
        ("/api/none/cursor/items?cursor=zz", 400),
        ("/api/none/page/items?page=x", 400),
        ("/api/changing/items?since=soon", 400),
        ("/api/none/page/items/17", 200),
        ("/api/none/page/items/0", 404),
        ("/api", 200),
        ("/items_link?n=3", 200),
        ("/projects/3/tasks", 200),
    ] {
        assert_eq!(at(&mock, target).status(), status, "{target}");
    }
    let body = br#"{"cursor":null,"page_size":3,"n":7}"#;
    let got = post(mock.port(Host::A), "/api/none/cursor/items", &[], body).json();
    assert_eq!((got["data"].as_array().unwrap().len(), got["total"].as_u64()), (3, Some(7)));
}

#[test]
fn data_changes_on_demand() {
    let mock = Mock::start();
    mock.refill(50);
    let list = |params: &str| at(&mock, &format!("/api/changing/items?page_size=1000&{params}")).json();
    let all = list("");
    assert_eq!(ids(&all), (1..=50).collect::<Vec<_>>());
    let newest = all["data"][49]["updated_at"].as_str().unwrap().to_owned();
    assert_eq!(ids(&list(&format!("since={newest}"))), [50]);

    let changed = mock.change(7, 5, 2);
    assert_eq!((changed.inserted.len(), changed.updated.len(), changed.deleted.len()), (7, 5, 2));
    let since = list(&format!("since={newest}"));
    let rows = since["data"].as_array().unwrap();
    let gone = rows.iter().filter(|row| !row["deleted_at"].is_null()).count();
    // The newest row of before comes again, unless it was among those that changed.
    let again = usize::from(![&changed.updated[..], &changed.deleted].concat().contains(&50));
    assert_eq!((rows.len(), gone), (14 + again, 2));
    assert_eq!(list("")["total"], 50 + 7 - 2);
    assert_eq!(list("tombstones=1")["total"], 50 + 7);
    assert_eq!(list(&format!("until={newest}"))["total"], 50 - 5 - 2);

    let told = at(&mock, "/__api/change?insert=1&update=2").json();
    assert_eq!((told["inserted"].as_array().unwrap().len(), told["updated"].as_array().unwrap().len()), (1, 2));
    mock.set_now(1_800_000_000);
    mock.configure(|config| config.date = DateHeader::Virtual);
    let date = |mock: &Mock| at(mock, "/api/changing/items").header("Date");
    assert_eq!(date(&mock).as_deref(), Some("Fri, 15 Jan 2027 08:00:00 GMT"));
    at(&mock, "/__api/now?advance=60");
    assert_eq!(date(&mock).as_deref(), Some("Fri, 15 Jan 2027 08:01:00 GMT"));
    mock.configure(|config| config.date = DateHeader::Absent);
    assert_eq!(date(&mock), None);
}

#[test]
fn quotas_refuse_and_say_for_how_long() {
    let mock = Mock::start();
    mock.configure(|config| {
        (config.rate, config.burst, config.retry_after) = (0.01, 2.0, 0);
        config.date = DateHeader::Virtual;
    });
    let statuses = (0..3).map(|_| at(&mock, "/api/projects").status()).collect::<Vec<_>>();
    assert_eq!(statuses, [200, 200, 429]);
    let got = at(&mock, "/api/projects");
    assert!((99..=100).contains(&got.header("Retry-After").unwrap().parse::<u64>().unwrap()));
    assert_eq!(got.header("X-RateLimit-Remaining").as_deref(), Some("0"));
    mock.configure(|config| (config.retry_form, config.retry_after, config.rate) = (RetryForm::Date, 59, 0.001));
    at(&mock, "/api/projects");
    at(&mock, "/api/projects");
    let got = at(&mock, "/api/projects");
    assert_eq!(got.header("Date").as_deref(), Some("Mon, 01 Jan 2024 16:41:00 GMT"));
    assert_eq!(got.header("Retry-After").as_deref(), Some("Mon, 01 Jan 2024 16:42:00 GMT"));
    assert_eq!(at(&mock, "/__api/config?rate=x").status(), 400);
    assert_eq!(at(&mock, "/__api/config?rate=0&n=7").status(), 200);
    assert_eq!(at(&mock, "/items").json()["total"], 7);
}

#[test]
fn rules_break_what_they_are_for() {
    let mock = Mock::start();
    let path = "/api/none/page/items";
    let status = |retry_after: Retry| Effect::Status { status: 429, retry_after };
    for (retry, expected) in [
        (Retry::Unsaid, None),
        (Retry::Seconds(7), Some("7")),
        (Retry::Date(60), Some("Fri, 15 Jan 2027 08:01:00 GMT")),
        (Retry::Text("soon".to_owned()), Some("soon")),
    ] {
        mock.configure(|config| config.date = DateHeader::At("2027-01-15T08:00:00Z".parse().unwrap()));
        mock.rule(Rule::new(path, status(retry)).nth(2));
        let got = [at(&mock, path), at(&mock, path), at(&mock, path)];
        assert_eq!(got.each_ref().map(Got::status), [200, 429, 200]);
        assert_eq!(got[1].header("Retry-After").as_deref(), expected);
        mock.clear_rules();
    }
    for (effect, ended, whole) in [
        (Effect::Cut, Ended::Closed, false),
        (Effect::Reset, Ended::Reset, false),
        (Effect::SlowMs(1), Ended::Closed, true),
        (Effect::DelayMs(1), Ended::Closed, true),
    ] {
        mock.rule(Rule::new("/api/*", effect.clone()).times(1));
        let got = at(&mock, path);
        assert_eq!(got.ended, ended, "{effect:?}");
        assert!(got.ended == Ended::Reset || got.body().1 == whole, "{effect:?}");
        assert!(at(&mock, path).body().1);
        mock.clear_rules();
    }
    mock.rule(Rule::new(path, Effect::Silent).nth(1));
    assert_eq!(at(&mock, path).bytes.len(), 0);
    mock.rule(Rule::new(path, Effect::Redirect("/api".to_owned())).nth(1));
    assert_eq!(at(&mock, path).header("Location").as_deref(), Some("/api"));
    mock.rule(Rule::new(path, Effect::Body("<html>".to_owned())));
    assert_eq!(at(&mock, path).sent(), b"<html>");
    assert_eq!(at(&mock, "/__api/rule?path=/x&do=nothing").status(), 400);
    assert_eq!(at(&mock, "/__api/rule?path=/api&do=status&status=418&nth=1").status(), 200);
    assert_eq!([at(&mock, "/api").status(), at(&mock, "/api").status()], [418, 200]);
    assert_eq!(mock.counts().broken, 3);
}

#[test]
fn the_nth_answer_is_held() {
    let mock = Mock::start();
    let path = "/api/projects";
    mock.rule(Rule::new(path, Effect::Hold).nth(2));
    thread::scope(|scope| {
        assert_eq!(at(&mock, path).status(), 200);
        let held = scope.spawn(|| at(&mock, path).status());
        assert!(mock.wait_held(1, LONG));
        assert_eq!((mock.counts().in_flight, mock.counts().path(path)), (1, 2));
        assert_eq!(at(&mock, path).status(), 200);
        mock.release_all();
        assert_eq!((mock.held(), held.join().unwrap()), (0, 200));
    });
    assert_eq!((mock.counts().in_flight, mock.counts().most_in_flight), (0, 2));
}

#[test]
fn lies_are_told_by_every_kind_of_page() {
    let mock = Mock::start();
    for paging in PAGINGS.into_iter().filter(|paging| *paging != "none") {
        let lie = |page: usize, lie: Lie| {
            mock.clear_rules();
            mock.rule(Rule { nth: page, ..Rule::new(format!("/api/none/{paging}/items"), Effect::Lie(lie)) });
        };
        lie(3, Lie::DropPage);
        if paging == "offset" {
            // Who counts against the total never comes to an end; an empty page tells.
            assert_eq!(ids(&at(&mock, "/api/none/offset/items?n=47&page_size=10&offset=40").json()), [0; 0]);
        } else {
            let pages = walk(&mock, "none", paging, "items", "n=47&page_size=10");
            assert_eq!(pages.concat(), (1..=20).chain(31..=47).collect::<Vec<_>>(), "{paging}");
        }
        lie(2, Lie::ShrinkTotal(5));
        let total = |page: usize| {
            let cursor = at(&mock, "/api/none/cursor/items?n=47&page_size=10").json()["next_cursor"].clone();
            let cursor = cursor.as_str().unwrap_or("").to_owned();
            let more = [String::new(), format!("&page=2&offset=10&after=10&cursor={cursor}")];
            let got = at(&mock, &format!("/api/none/{paging}/items?n=47&page_size=10{}", more[page - 1]));
            let header = got.header("X-Total-Count").map(|count| count.parse().unwrap());
            header.or_else(|| got.json()["total"].as_u64()).unwrap()
        };
        assert_eq!((total(1), total(2)), (47, 42), "{paging}");
        lie(3, Lie::Repeat);
        let body = |target: &str| at(&mock, &format!("/api/none/{paging}/items?n=47&page_size=10&{target}"));
        match paging {
            "page" => assert_eq!(ids(&body("page=5").json()), ids(&body("page=3").json())),
            "offset" => assert_eq!(ids(&body("offset=40").json()), ids(&body("offset=20").json())),
            "last" => assert_eq!(ids(&body("after=40").json()), ids(&body("after=20").json())),
            "cursor" => {
                let next =
                    |cursor: &str| body(&format!("cursor={cursor}")).json()["next_cursor"].as_str().unwrap().to_owned();
                let third = next(&next(""));
                assert_eq!(next(&third), third);
            }
            "link" => assert!(body("page=3").header("Link").unwrap().contains("page=3>; rel=\"next\"")),
            _ => assert!(body("page=3").json()["next"].as_str().unwrap().ends_with("page=3"), "{paging}"),
        }
    }
}

#[test]
fn bodies_are_packed_where_the_client_takes_it() {
    let mock = Mock::start();
    mock.configure(|config| config.gzip = true);
    let got = get(mock.port(Host::A), "/items?n=300", &[("Accept-Encoding", "br, gzip")]);
    assert_eq!(got.header("Content-Encoding").as_deref(), Some("gzip"));
    let mut plain = String::new();
    flate2::read::GzDecoder::new(got.sent()).read_to_string(&mut plain).unwrap();
    assert_eq!(ids(&serde_json::from_str(&plain).unwrap()).len(), 100);
    assert_eq!(at(&mock, "/items?n=300").header("Content-Encoding"), None);
}

#[test]
fn the_endpoints_of_the_benches() {
    let mock = Mock::start();
    let told = at(&mock, "/__reset?n=250&page_size=50&err_rate=0&seed=1");
    assert_eq!(told.status(), 200);
    let (mut quantity, mut rows) = (0, 0);
    for page in 1..=5 {
        let body = at(&mock, &format!("/items?page={page}")).json();
        let data = body["data"].as_array().unwrap();
        rows += data.len();
        quantity += data.iter().map(|row| row["quantity"].as_u64().unwrap()).sum::<u64>();
        assert_eq!((body["has_more"].as_bool(), body["total_pages"].as_u64()), (Some(page < 5), Some(5)));
    }
    at(&mock, "/items?page=1");
    let expected = at(&mock, "/__expect").json();
    assert_eq!((rows, expected["count"].as_u64(), expected["sum_quantity"].as_u64()), (250, Some(250), Some(quantity)));
    let stats = at(&mock, "/__stats").json();
    assert_eq!(
        (stats["requests"].as_u64(), stats["repeated_ok"].as_u64(), stats["records"].as_u64()),
        (Some(6), Some(1), Some(300))
    );
    assert_eq!(at(&mock, "/__repeats").json()["/items?page=1"], 2);
    at(&mock, "/__config?err_rate=1");
    assert!(matches!(at(&mock, "/items").status(), 500 | 503));
    at(&mock, "/__config?err_rate=0&drop_rate=1");
    assert!(!at(&mock, "/items").body().1);
}
