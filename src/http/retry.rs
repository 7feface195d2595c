//! When to try again: full jitter, and what the other side asks for. Pure; who calls owns the loop, clock and dice.

use super::bounds::spoken_time;
use crate::fault::{Fault, Kind};
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
    Refused(Fault),
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
            return Next::Refused(fault);
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

/// Leaves out parts of seconds of a long time: they are noise in a message.
fn rounded(time: Duration) -> Duration {
    if time.as_secs() < 10 { time } else { Duration::from_secs(time.as_secs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            Next::Refused(fault) => fault.to_string(),
        };
        assert_eq!(after(1, 0, None), "1s");
        assert_eq!(after(4, 0, None), "8s");
        assert_eq!(after(5, 0, None), "spent");
        assert_eq!(after(2, 599, None), "too long");
        assert_eq!(after(1, 0, Some(1)), "1.1s");
        assert_eq!(after(1, 0, Some(300)), "301s");
        assert_eq!(after(1, 0, Some(86_400)), "server asks for 24 h, limit is 5 min");
    }
}
