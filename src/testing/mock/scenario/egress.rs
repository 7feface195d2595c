//! Ways out: redirects and next addresses to a second host that must see nothing, and secrets that come back.

use super::rows::seq;
use super::{Ask, Scenario};
use crate::testing::mock::query::quoted;
use crate::testing::mock::run::{Host, Memory};
use crate::testing::mock::wire::Answer;
use base64::Engine as _;
use serde_json::json;

const fn of(style: &'static str, name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("egress", style, name, serve, expect).most(12).most_b(0).fails()
}

pub(super) const ALL: &[Scenario] = &[
    of("none", "redirect_same", redirect_same, "3 ids; a redirect on the same origin keeps working")
        .ids(1, 3)
        .succeeds(),
    of(
        "none",
        "redirect_cross",
        |ask| redirecting(ask, ask.url("items", Host::B), 302),
        "fails: host B is not declared; no credential in header, query, cookie or Referer reaches it",
    ),
    of(
        "post",
        "redirect_307_post",
        |ask| redirecting(ask, ask.url("items", Host::B), 307),
        "fails: the body of a 307 is not sent to host B either",
    ),
    of(
        "none",
        "redirect_loop",
        |ask| redirecting(ask, ask.url(&format!("items?hop={}", ask.count("")), Host::A), 302),
        "fails after a bounded number of hops",
    )
    .most(22),
    of(
        "none",
        "redirect_file",
        |ask| redirecting(ask, "file:///etc/passwd".to_owned(), 302),
        "fails: only http and https are followed",
    ),
    of(
        "none",
        "redirect_scheme",
        redirect_scheme,
        "fails: only http and https are followed; v = 0..3 picks ftp, gopher, data, javascript",
    ),
    of(
        "none",
        "redirect_metadata",
        redirect_metadata,
        "fails: blocked address, named; v = 0..7 picks a spelling of it",
    ),
    of(
        "none",
        "redirect_userinfo",
        |ask| redirecting(ask, format!("{}/s/redirect_userinfo/items", userinfo(ask)), 302),
        "fails: the userinfo trick does not make B the declared host",
    ),
    of("link", "next_cross", |ask| next(ask, &ask.url("items?page=2", Host::B)), "fails: next points to host B"),
    of(
        "link",
        "next_scheme_relative",
        |ask| next(ask, &ask.url("items?page=2", Host::B)["http:".len()..]),
        "fails: a scheme-relative next points to host B",
    ),
    of(
        "link",
        "next_userinfo",
        |ask| next(ask, &format!("{}/s/next_userinfo/items?page=2", userinfo(ask))),
        "fails: http://A@B/ is host B",
    ),
    of(
        "link",
        "next_metadata",
        |ask| next(ask, "http://169.254.169.254/latest/meta-data/iam/"),
        "fails: blocked address",
    ),
    of("linkheader", "linkheader_cross", linkheader_cross, "fails: the Link header points to host B"),
    of(
        "none",
        "echo_secret",
        echo_secret,
        "fails; the secret the server echoes shows nowhere: not on the terminal, in logs, state, reports or the UI",
    )
    .note("A 400 whose body repeats the request's headers and URL, plain, percent-encoded and in base64."),
    of(
        "none",
        "secret_in_url",
        |_| Answer::raw("{not json"),
        "fails; connect, timeout and decode errors do not print the URL's query",
    ),
    Scenario::new(
        "egress",
        "link",
        "set_cookie",
        set_cookie,
        "B is declared here; A's cookie is not sent to it (cookies know no ports): no cookie jar by default",
    )
    .most(12)
    .most_b(2)
    .verify(cookie_crossed),
];

/// Host A wants a credential, so that a leak could show.
fn guarded(ask: &Ask<'_>) -> Option<Answer> {
    let headers = ["authorization", "x-api-key", "cookie"];
    let given = headers.iter().any(|name| ask.header(name).is_some_and(|value| !value.is_empty()));
    if ask.host == Host::B || given || ask.query.said(&["api_key"]).is_some() {
        return None;
    }
    Some(Answer::json(&json!({"error": "no credential"})).status(401))
}

fn redirecting(ask: &Ask<'_>, location: String, status: u16) -> Answer {
    if ask.host == Host::B {
        return Answer::json(&json!({"items": seq(901, 903), "next_cursor": null, "next": null}));
    }
    guarded(ask).unwrap_or_else(|| Answer::raw("").status(status).header("Location", location))
}

fn next(ask: &Ask<'_>, next: &str) -> Answer {
    if ask.host == Host::B {
        return Answer::json(&json!({"items": seq(901, 903), "next": null}));
    }
    guarded(ask).unwrap_or_else(|| Answer::json(&json!({"items": seq(1, 3), "next": next})))
}

/// Host B, dressed up as host A.
fn userinfo(ask: &Ask<'_>) -> String {
    format!("http://127.0.0.1:{}@127.0.0.1:{}", ask.world.port_a, ask.world.port_b)
}

fn redirect_same(ask: &Ask<'_>) -> Answer {
    if ask.rest == "moved" {
        return guarded(ask).unwrap_or_else(|| Answer::json(&json!({"items": seq(1, 3)})));
    }
    redirecting(ask, format!("{}/moved", ask.path()), 302)
}

fn choice(ask: &Ask<'_>, choices: &[&'static str]) -> &'static str {
    let count = i64::try_from(choices.len()).expect("a few");
    let at = ask.query.number("v", 0).rem_euclid(count);
    choices[usize::try_from(at).expect("less than the count")]
}

fn redirect_scheme(ask: &Ask<'_>) -> Answer {
    let places = ["ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "data:application/json,%5B%5D", "javascript:1"];
    redirecting(ask, choice(ask, &places).to_owned(), 302)
}

fn redirect_metadata(ask: &Ask<'_>) -> Answer {
    let spellings = [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.169.254.",
        "[fd00:ec2::254]",
        "0.0.0.0",
    ];
    redirecting(ask, format!("http://{}/latest/meta-data/", choice(ask, &spellings)), 302)
}

fn linkheader_cross(ask: &Ask<'_>) -> Answer {
    if ask.host == Host::B {
        return Answer::json(&json!({"items": seq(901, 903)}));
    }
    let link = format!("<{}>; rel=\"next\"", ask.url("items?page=2", Host::B));
    guarded(ask).unwrap_or_else(|| Answer::json(&json!({"items": seq(1, 3)})).header("Link", link))
}

fn echo_secret(ask: &Ask<'_>) -> Answer {
    let heads = ask.request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let heads = heads.collect::<Vec<_>>().join("; ");
    let body = json!({
        "error": format!("rejected {} [{heads}]", ask.request.target),
        "enc": quoted(&heads, "/"),
        "b64": base64::engine::general_purpose::STANDARD.encode(&heads),
    });
    Answer::json(&body).status(400)
}

fn set_cookie(ask: &Ask<'_>) -> Answer {
    if ask.host == Host::B {
        return Answer::json(&json!({"items": seq(901, 903), "next": null}));
    }
    Answer::json(&json!({"items": seq(1, 3), "next": ask.url("items?page=2", Host::B)}))
        .header("Set-Cookie", "sid=SESSION-SECRET; Path=/")
}

fn cookie_crossed(run: &Memory) -> Vec<String> {
    let crossed = run.log.iter().filter(|entry| {
        entry.host == Host::B && entry.headers.iter().any(|(_, value)| value.contains("SESSION-SECRET"))
    });
    crossed.map(|_| "host B received A's cookie".to_owned()).collect()
}
