//! What an answer says went wrong, in the API's words.

use crate::components::answer::Answer;
use crate::data::Value;
use crate::fault::{Fault, Kind};
use http::StatusCode;

/// So many characters of an API's message are told.
const LONGEST: usize = 200;

/// Tells an answer that is no success: who answered, with what status, and what the answer says.
pub(super) fn described(answer: &Answer<'_>) -> Fault {
    let mut message = reason(answer);
    if let Some(said) = own(answer.body) {
        message.push_str(": ");
        message.push_str(&said);
    }
    if answer.status == 401 {
        message.push_str("; it refuses the credentials that `auth` sends");
    }
    said(answer, &message)
}

/// Tells an answer in given words.
pub(super) fn said(answer: &Answer<'_>, message: &str) -> Fault {
    let kind = match answer.status {
        401 | 403 => Kind::Auth,
        429 => Kind::Quota,
        _ => Kind::Source,
    };
    Fault::new(kind, "request", message).with("status", answer.status.to_string())
}

/// Says who answered and with what status.
pub(super) fn reason(answer: &Answer<'_>) -> String {
    let host = answer.url.host_str().unwrap_or("the API");
    // A part that came unasked is no success, and its status says it.
    if (200..300).contains(&answer.status) && answer.status != 206 {
        return format!("{host} tells an error");
    }
    let words = StatusCode::from_u16(answer.status).ok().and_then(|status| status.canonical_reason());
    match words {
        Some(words) => format!("{host} answered {} {words}", answer.status),
        None => format!("{host} answered {}", answer.status),
    }
}

/// Finds the message of an answer where APIs put it.
fn own(body: &Value) -> Option<String> {
    let first = body.member("errors").element(0);
    let places = [
        body.member("message"),
        body.member("error").member("message"),
        body.member("error"),
        body.member("error_description"),
        first.member("message"),
        first.member("detail"),
        first,
        body.member("errors"),
        body.member("detail"),
        body.member("title"),
        body.element(0).member("message"),
        body,
    ];
    places.into_iter().find_map(|value| match value {
        Value::Text(text) if !text.trim().is_empty() => Some(shortened(text.trim())),
        _ => None,
    })
}

/// Cuts a foreign text and makes what does not print visible, so that it can't write over a terminal.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    for (count, char) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        // Directions of writing can hide what is told as well as control characters.
        let hides =
            matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if char.is_control() || hides {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::json;

    #[test]
    fn messages_are_found_cut_and_escaped() {
        for (body, expected) in [
            (r#"{"message":"no such repo"}"#, Some("no such repo")),
            (r#"{"error":"invalid_grant"}"#, Some("invalid_grant")),
            (r#"{"error":{"message":"gone","code":1}}"#, Some("gone")),
            (r#"{"errors":[{"message":"first"},{"message":"second"}]}"#, Some("first")),
            (r#"{"errors":["bad"]}"#, Some("bad")),
            (r#"{"detail":"d","title":"t"}"#, Some("d")),
            (r#"{"title":"t"}"#, Some("t")),
            (r#"[{"message":"in a list"}]"#, Some("in a list")),
            (r#""<html>\u001b[31m\n""#, Some(r"<html>\u{1b}[31m")),
            (r#"{"message":"  "}"#, None),
            (r#"{"data":1}"#, None),
            ("null", None),
        ] {
            assert_eq!(own(&json(body)).as_deref(), expected, "{body}");
        }
        assert_eq!(shortened("a\u{202e}b\n"), "a\\u{202e}b\\n");
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), 201);
    }
}
