//! How long an answer asks to wait.

use super::After;
use crate::components::answer::{Answer, count_of, instant_of, text_of};
use crate::data::Value;
use crate::expr::Scope;
use crate::fault::Fault;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

impl After {
    /// Returns the pause; `None` if the answer does not say it.
    pub fn pause(&self, answer: &Answer<'_>, scope: &dyn Scope, now: Timestamp) -> Result<Option<Duration>, Fault> {
        match self {
            After::Fixed(duration) => Ok(duration.to_exact().or_else(|| {
                let end = now.to_zoned(TimeZone::UTC).checked_add(duration.to_span()?).ok()?;
                Some(until(end.timestamp(), now))
            })),
            After::Said(read) => Ok(pause_of(&read.get(answer, scope)?, at(answer, now))),
        }
    }
}

/// Returns the pause of `Retry-After`.
pub(super) fn asked(answer: &Answer<'_>, now: Timestamp) -> Option<Duration> {
    pause_of(&Value::Text(answer.headers.get("retry-after")?.into()), at(answer, now))
}

/// Returns when an answer was written, by the clock of who names a date in it: a wrong clock of ours does no harm.
fn at(answer: &Answer<'_>, now: Timestamp) -> Timestamp {
    answer.headers.date().unwrap_or(now)
}

/// Reads a pause: a bare number is seconds, a date is a date (SEMANTICS section 6).
fn pause_of(value: &Value, now: Timestamp) -> Option<Duration> {
    if let Some(seconds) = count_of(value) {
        return Some(Duration::from_secs(seconds));
    }
    // More seconds than fit are longer than anybody waits.
    let digits = text_of(value);
    if digits.is_some_and(|text| !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(Duration::MAX);
    }
    instant_of(value).map(|at| until(at, now)).or_else(|| fraction(text_of(value)?.trim()))
}

/// Reads a number of seconds with a fraction; a little more than asked for is waited.
fn fraction(text: &str) -> Option<Duration> {
    let (whole, rest) = text.split_once('.')?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(rest) || whole.is_empty() || rest.is_empty() {
        return None;
    }
    let millis: u64 = format!("{rest:0<3}").get(..3)?.parse().ok()?;
    let more = u64::from(rest.get(3..).is_some_and(|rest| rest.bytes().any(|byte| byte != b'0')));
    whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(millis + more).map(Duration::from_millis)
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    at.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::json;
    use crate::http::Headers;
    use http::HeaderMap;

    #[test]
    fn pauses_are_seconds_or_dates() {
        let now: Timestamp = "2024-05-31T10:00:00Z".parse().unwrap();
        for (value, expected) in [
            ("30", Some(30_000)),
            ("\"30\"", Some(30_000)),
            ("\"1.5\"", Some(1_500)),
            ("1.0001", Some(1_001)),
            ("\"Fri, 31 May 2024 10:01:00 GMT\"", Some(60_000)),
            ("\"2024-05-31T10:00:02Z\"", Some(2_000)),
            ("\"2024-05-31T09:00:00Z\"", Some(0)),
            ("\"soon\"", None),
            ("-3", None),
            ("\"300000000000000000000\"", Some(Duration::MAX.as_millis())),
            ("null", None),
            ("[1]", None),
        ] {
            let pause = pause_of(&json(value), now);
            assert_eq!(pause.map(|pause| pause.as_millis()), expected, "{value}");
        }
    }

    #[test]
    fn a_date_is_counted_from_the_answers_own() {
        let mut headers = HeaderMap::new();
        headers.insert("date", "Sun, 06 Nov 1994 08:49:35 GMT".parse().unwrap());
        headers.insert("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        let (headers, url) = (Headers::new(headers), "https://a.example".parse().unwrap());
        let answer = Answer { status: 503, headers: &headers, url: &url, body: &Value::Null };
        for ours in ["1990-01-01T00:00:00Z", "2030-01-01T00:00:00Z"] {
            assert_eq!(asked(&answer, ours.parse().unwrap()), Some(Duration::from_secs(2)), "{ours}");
        }
    }
}
