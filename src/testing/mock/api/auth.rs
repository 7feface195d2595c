//! The credentials of the well-behaved API: one way of each kind, by the name of the kind.

use crate::testing::mock::query::Query;
use crate::testing::mock::wire::{Answer, Request};
use base64::Engine as _;
use serde_json::json;

pub const TOKEN: &str = "mock-bearer-token";
pub const USER: &str = "mock-user";
pub const PASSWORD: &str = "mock-password";
/// Sent as `X-Api-Key`.
pub const HEADER_KEY: &str = "mock-header-key";
/// Sent as `?api_key=`.
pub const QUERY_KEY: &str = "mock-query-key";
/// Sent as the cookie `session`.
pub const COOKIE: &str = "mock-session-cookie";

/// What a route may ask for; `all_of` is a bearer token, a header and a query key together.
pub const AUTHS: [&str; 7] = ["none", "bearer", "basic", "header", "query", "cookie", "all_of"];

/// Returns the refusal where a credential is missing or wrong.
pub(super) fn refused(auth: &str, request: &Request, query: &Query) -> Option<Answer> {
    let right = match auth {
        "none" => true,
        "all_of" => ["bearer", "header", "query"].iter().all(|kind| given(kind, request, query)),
        kind => given(kind, request, query),
    };
    if right {
        return None;
    }
    let answer = Answer::json(&json!({"message": format!("the credential is missing or wrong: {auth}")})).status(401);
    Some(match auth {
        "bearer" | "all_of" => answer.header("WWW-Authenticate", "Bearer"),
        "basic" => answer.header("WWW-Authenticate", "Basic realm=\"mock\""),
        _ => answer,
    })
}

fn given(kind: &str, request: &Request, query: &Query) -> bool {
    let authorization = || request.header("authorization").and_then(|value| value.split_once(' '));
    let scheme = |wanted: &str| authorization().filter(|(scheme, _)| scheme.eq_ignore_ascii_case(wanted));
    match kind {
        "bearer" => scheme("bearer").is_some_and(|(_, token)| token == TOKEN),
        "basic" => {
            let expected = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
            scheme("basic").is_some_and(|(_, told)| told == expected)
        }
        "header" => request.header("x-api-key") == Some(HEADER_KEY),
        "query" => query.get("api_key") == Some(QUERY_KEY),
        "cookie" => {
            let cookies = request.header("cookie").unwrap_or("");
            cookies.split(';').any(|cookie| cookie.trim().strip_prefix("session=") == Some(COOKIE))
        }
        _ => false,
    }
}
