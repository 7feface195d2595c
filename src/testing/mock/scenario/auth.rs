//! Refresh tokens that may be used once.

use super::rows::{cursor_body, five_parents, seq};
use super::{Ask, Scenario};
use crate::testing::mock::wire::Answer;
use serde_json::{Value, json};

const fn of(style: &'static str, name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("auth", style, name, serve, expect)
}

pub(super) const ALL: &[Scenario] = &[
    of(
        "cursor",
        "oauth_rotate",
        oauth_rotate,
        "500 ids, then a second run works too: each new refresh token is stored before it is needed",
    )
    .ids(1, 500)
    .succeeds()
    .note("/token (refresh token rt-0 at first); an access token lasts four requests; reuse is fatal."),
    of(
        "cursor",
        "oauth_crash",
        oauth_crash,
        "kill -9 while the first data request is held; the next run refreshes with rt-1",
    )
    .ids(1, 100),
    of("parents", "oauth_parallel", oauth_parallel, "five parallel children, one refresh per expiry")
        .ids(1, 100)
        .succeeds(),
];

fn token(ask: &Ask<'_>) -> Answer {
    let form = ask.form();
    let given = form.said(&["refresh_token"]);
    let mut memory = ask.run.lock();
    if given != Some(memory.tokens.refresh.as_str()) {
        let given = given.map_or("None".to_owned(), |given| format!("'{given}'"));
        let message = format!("refresh token {given} was already used; '{}' is current", memory.tokens.refresh);
        memory.violations.push(message);
        return Answer::json(&json!({"error": "invalid_grant"})).status(400);
    }
    let tokens = &mut memory.tokens;
    tokens.generation += 1;
    tokens.left = 4;
    tokens.refresh = format!("rt-{}", tokens.generation);
    Answer::json(&json!({
        "access_token": format!("at-{}", tokens.generation),
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": tokens.refresh,
    }))
}

fn bearer(ask: &Ask<'_>, body: &Value) -> Answer {
    let mut memory = ask.run.lock();
    let expected = format!("Bearer at-{}", memory.tokens.generation);
    if ask.header("authorization") != Some(expected.as_str()) || memory.tokens.left == 0 {
        return Answer::json(&json!({"error": "expired"})).status(401);
    }
    memory.tokens.left -= 1;
    Answer::json(body)
}

fn oauth_rotate(ask: &Ask<'_>) -> Answer {
    if ask.rest == "token" { token(ask) } else { bearer(ask, &cursor_body(ask, &seq(1, 500))) }
}

fn oauth_crash(ask: &Ask<'_>) -> Answer {
    if ask.rest == "token" {
        return token(ask);
    }
    if ask.phase() == 1 {
        ask.hold();
    }
    bearer(ask, &cursor_body(ask, &seq(1, 100)))
}

fn oauth_parallel(ask: &Ask<'_>) -> Answer {
    if ask.rest == "token" {
        ask.pause(200);
        return token(ask);
    }
    ask.pause(50);
    bearer(ask, &five_parents(ask))
}
