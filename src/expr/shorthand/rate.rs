//! Rates: `5000/h`, `100/10s`, `1/60s`.

use crate::diagnostic::{Code, Problem};
use std::time::Duration;

pub const PATTERN: &str = "^[0-9]+(?:\\.[0-9]{1,3})?/[0-9]*(?:s|min|h|d)$";
pub const EXAMPLES: &[&str] = &["5000/h", "100/10s", "1/60s", "30/min"];

/// How many in how long, in whole numbers: `0.5/s` is one in two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub count: u32,
    pub period: Duration,
}

/// Reads a rate.
pub fn parse_rate(text: &str) -> Result<Rate, Problem> {
    let problem = |range, message: &str, help: &str| Problem::new(Code::E0209, range, message).help(help);
    let example = "write for example `5000/h`, `30/min`, `100/10s`";
    let whole = 0..text.len();
    let Some((number, per)) = text.split_once('/') else {
        let spoken = text.split_whitespace().collect::<Vec<_>>();
        return Err(match spoken.as_slice() {
            [number, "per" | "every", "second" | "sec"] => {
                problem(whole, "a rate has a slash", &format!("write `{number}/s`"))
            }
            [number, "per" | "every", "minute" | "min"] => {
                problem(whole, "a rate has a slash", &format!("write `{number}/min`"))
            }
            [number, "per" | "every", "hour"] => problem(whole, "a rate has a slash", &format!("write `{number}/h`")),
            [number, "per" | "every", "day"] => problem(whole, "a rate has a slash", &format!("write `{number}/d`")),
            _ if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                problem(whole, "a rate says in how long", &format!("write for example `{text}/s`"))
            }
            _ => problem(whole, "a rate is a number, a slash and a time", example),
        });
    };
    let slash = number.len();
    let Some((count, scale)) = scaled(number) else {
        return Err(problem(0..slash, "here stands a number", example));
    };
    let length = per.bytes().take_while(u8::is_ascii_digit).count();
    let (times, unit) = per.split_at(length);
    let unit_range = slash + 1 + length..text.len();
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "m" | "M" => {
            return Err(problem(unit_range, "`m` is unclear", &format!("write `{number}/{times}min` for minutes")));
        }
        _ => {
            let meant = match unit.trim() {
                "sec" | "second" | "seconds" => "s",
                "minute" | "minutes" | "mins" => "min",
                "hour" | "hours" | "hr" => "h",
                "day" | "days" => "d",
                _ => return Err(problem(unit_range, "unknown unit of time", "the units are s, min, h, d")),
            };
            return Err(problem(
                unit_range,
                "unknown unit of time",
                &format!("write `{}/{times}{meant}`", number.trim()),
            ));
        }
    };
    let times = if times.is_empty() { Some(1) } else { times.parse::<u64>().ok() };
    let period = times.and_then(|times| times.checked_mul(seconds)?.checked_mul(scale)).filter(|period| *period > 0);
    let Some(period) = period.filter(|period| *period <= 366 * 86_400 * 1_000) else {
        return Err(problem(slash + 1..text.len(), "such a length of time is no rate", example));
    };
    let divisor = gcd(count, period);
    // Only what a fraction needed is shortened: 100/10s is a bound over ten seconds, not 10/s.
    let divisor = if scale == 1 { 1 } else { gcd(divisor, scale) };
    let count = u32::try_from(count / divisor).ok().filter(|count| *count > 0);
    let count = count.ok_or_else(|| problem(0..slash, "such a number is no rate", example))?;
    Ok(Rate { count, period: Duration::from_secs(period / divisor) })
}

/// Reads a number with at most three digits after the point, as an integer and what it was multiplied by.
fn scaled(number: &str) -> Option<(u64, u64)> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (number, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    Some((format!("{whole}{fraction}").parse().ok()?, scale))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        for (text, count, seconds) in [
            ("5000/h", 5000, 3600),
            ("100/10s", 100, 10),
            ("1/60s", 1, 60),
            ("30/min", 30, 60),
            ("0.5/s", 1, 2),
            ("2.5/s", 5, 2),
            ("10000/d", 10_000, 86_400),
        ] {
            assert_eq!(parse_rate(text), Ok(Rate { count, period: Duration::from_secs(seconds) }), "{text}");
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("30/m", 3..4, "`30/min`"),
            ("30 per minute", 0..13, "`30/min`"),
            ("30", 0..2, "`30/s`"),
            ("30/hour", 3..7, "`30/h`"),
            ("30 / min", 0..3, "number"),
            ("x/s", 0..1, "number"),
            ("0/s", 0..1, "no rate"),
            ("5/0s", 2..4, "no rate"),
            ("5/w", 2..3, "the units are"),
            ("5/", 2..2, "the units are"),
            ("", 0..0, "a slash"),
        ];
        for (text, range, part) in cases {
            let problem = parse_rate(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
            assert_eq!(problem.range, range, "{text}");
        }
    }
}
