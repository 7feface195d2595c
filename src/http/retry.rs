//! When to try again: full jitter, and what the other side asks for. Pure; who calls owns the loop, clock and dice.

use super::bounds::spoken_time;
use super::headers::{Headers, read_date};
use super::trouble::Sent;
use crate::fault::{Fault, Kind};
use jiff::Timestamp;
use std::time::Duration;

/// How often and how long a request is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Tries in all, the first included.
    pub attempts: u32,
    /// The longest first pause; each next one may be twice as long.
    pub first: Duration,
    /// The longest of all pauses.
    pub max: Duration,
    /// How long all tries of a request may take.
    pub total: Duration,
    /// How long the other side may ask us to wait.
    pub wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_secs(1),
            max: Duration::from_mins(1),
            total: Duration::from_mins(10),
            wait: Duration::from_mins(5),
        }
    }
}

/// What to do after a try that failed.
#[derive(Debug)]
pub enum Next {
    /// The same request again, after this pause.
    After(Duration),
    /// No more tries are left.
    Spent,
    /// All tries together would take longer than they may.
    TooLong,
    /// The other side asks for a longer pause than may be waited for.
    Refuse(Fault),
}

impl Policy {
    /// Returns the pause after a try, counted from 1; `draw` is a random number from 0 to 1.
    pub fn pause(&self, attempt: u32, draw: f64) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.max).mul_f64(draw.clamp(0.0, 1.0))
    }

    /// Decides after a try, counted from 1, when `spent` has passed since the first began.
    pub fn after(&self, attempt: u32, spent: Duration, asked: Option<Duration>, draw: f64) -> Next {
        if let Some(asked) = asked
            && let Err(fault) = self.allowed(asked)
        {
            return Next::Refuse(fault);
        }
        if attempt >= self.attempts {
            return Next::Spent;
        }
        // What is asked for is a least; the dice come on top, so that not all return at the same instant.
        let pause = match asked {
            Some(asked) => asked + self.pause(1, draw).min(asked / 10),
            None => self.pause(attempt, draw),
        };
        if spent + pause > self.total { Next::TooLong } else { Next::After(pause) }
    }

    /// Checks a pause that the other side asks for.
    pub fn allowed(&self, asked: Duration) -> Result<Duration, Fault> {
        if asked <= self.wait {
            return Ok(asked);
        }
        let (asked, limit) = (spoken_time(rounded(asked)), spoken_time(self.wait));
        Err(Fault::new(Kind::Quota, "retry", format!("server asks for {asked}, limit is {limit}")))
    }
}

/// Says whether a request that ended like this may be sent again without doing something twice.
pub fn may_repeat(repeatable: bool, sent: Sent) -> bool {
    repeatable || sent == Sent::No
}

/// Returns how long an answer asks to wait. A date is counted from the answer's own, so that wrong clocks do no harm.
pub fn asked_pause(headers: &Headers, now: Timestamp) -> Option<Duration> {
    let now = headers.get("date").and_then(|date| read_date(&date)).unwrap_or(now);
    retry_after(&headers.get("retry-after")?, now)
}

/// Reads `Retry-After`: seconds, also with a fraction, or a date.
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if let Some(seconds) = text.parse::<f64>().ok().filter(|_| number) {
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    if text.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok()) {
        return Some(Duration::ZERO);
    }
    let date = read_date(text).or_else(|| text.parse().ok())?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Leaves out parts of seconds of a long time: they are noise in a message.
fn rounded(time: Duration) -> Duration {
    if time.as_secs() < 10 { time } else { Duration::from_secs(time.as_secs()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_drawn_from_nothing() {
        let policy = Policy::default();
        let whole: Vec<_> = (1..=8).map(|attempt| policy.pause(attempt, 1.0).as_secs()).collect();
        assert_eq!(whole, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(policy.pause(3, 0.5), Duration::from_secs(2));
        assert_eq!(policy.pause(3, 0.0), Duration::ZERO);
        assert_eq!(policy.pause(200, 1.0), Duration::from_mins(1));
    }

    #[test]
    fn retry_after_in_every_form() {
        let now = "1994-11-06T08:49:30Z".parse().unwrap();
        let cases = [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("1.5", Some(1_500)),
            ("-3", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7_000)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(7_000)),
            ("Sun Nov  6 08:49:37 1994", Some(7_000)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("1994-11-06T08:49:31.5Z", Some(1_500)),
            ("soon", None),
            ("", None),
            ("inf", None),
            ("NaN", None),
        ];
        for (text, expected) in cases {
            assert_eq!(retry_after(text, now), expected.map(Duration::from_millis), "{text}");
        }
        assert!(retry_after("99999999999999999999999", now).is_some());
    }

    #[test]
    fn a_date_is_counted_from_the_answers_own() {
        let mut map = HeaderMap::new();
        map.insert("date", "Sun, 06 Nov 1994 08:49:35 GMT".parse().unwrap());
        map.insert("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        let ours = "2030-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(asked_pause(&Headers::new(map), ours), Some(Duration::from_secs(2)));
    }

    #[test]
    fn tries_end() {
        let policy = Policy::default();
        let after = |attempt, spent, asked: Option<u64>| match policy.after(
            attempt,
            Duration::from_secs(spent),
            asked.map(Duration::from_secs),
            1.0,
        ) {
            Next::After(pause) => format!("{pause:?}"),
            Next::Spent => "spent".into(),
            Next::TooLong => "too long".into(),
            Next::Refuse(fault) => fault.to_string(),
        };
        assert_eq!(after(1, 0, None), "1s");
        assert_eq!(after(4, 0, None), "8s");
        assert_eq!(after(5, 0, None), "spent");
        assert_eq!(after(2, 599, None), "too long");
        assert_eq!(after(1, 0, Some(1)), "1.1s");
        assert_eq!(after(1, 0, Some(300)), "301s");
        assert_eq!(after(1, 0, Some(86_400)), "server asks for 24 h, limit is 5 min");
    }

    #[test]
    fn what_may_have_arrived_is_repeated_only_if_it_changes_nothing() {
        assert!(may_repeat(true, Sent::Maybe) && may_repeat(true, Sent::Answered) && may_repeat(false, Sent::No));
        assert!(!may_repeat(false, Sent::Maybe) && !may_repeat(false, Sent::Answered));
    }
}
