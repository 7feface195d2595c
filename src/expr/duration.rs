//! Durations as authors write them: `90s`, `1d12h`, `3mo`.

use crate::diagnostic::{Code, Problem};
use std::fmt;
use std::time::Duration as Exact;

/// A length of time. Days and months depend on the calendar, so they are kept apart from exact time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Duration {
    pub months: u32,
    pub days: u32,
    pub exact: Exact,
}

impl Duration {
    pub const fn exact(exact: Exact) -> Duration {
        Duration { months: 0, days: 0, exact }
    }

    /// Returns the exact time if no calendar is needed; a day then has 24 hours.
    pub fn as_exact(&self) -> Option<Exact> {
        let days = Exact::from_secs(u64::from(self.days) * 86_400);
        (self.months == 0).then(|| self.exact.checked_add(days)).flatten()
    }

    pub fn is_zero(&self) -> bool {
        *self == Duration::default()
    }
}

/// The most that one unit may be repeated.
const MOST: u64 = 1_000_000_000;

/// Reads a duration: parts of a whole number and a unit, `ms s min h d w mo y`.
pub fn parse(text: &str) -> Result<Duration, Problem> {
    if text.is_empty() {
        return Err(Problem::new(Code::E0208, 0..0, "an empty duration").help("write one like `30s`, `15min` or `1d`"));
    }
    let mut total = Duration::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let digits = rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let letters = rest[digits..].find(|char: char| char.is_ascii_digit()).unwrap_or(rest.len() - digits);
        let unit = &rest[digits..digits + letters];
        let (number, word) = (at..at + digits, at + digits..at + digits + letters);
        if digits == 0 {
            return Err(Problem::new(Code::E0208, word, format!("`{unit}` is no duration"))
                .help("a whole number and a unit: ms s min h d w mo y"));
        }
        if unit.is_empty() {
            return Err(
                Problem::new(Code::E0208, number, "a number without a unit").help("units are ms s min h d w mo y")
            );
        }
        let count = rest[..digits].parse().ok().filter(|count| *count <= MOST);
        let count: u64 = count.ok_or_else(|| Problem::new(Code::E0208, number.clone(), "the number is too large"))?;
        add(&mut total, count, unit)
            .map_err(|problem| Problem { range: if problem.range.is_empty() { number } else { word }, ..problem })?;
        at += digits + letters;
    }
    Ok(total)
}

/// Adds one part; an empty range means the number, another one the unit.
fn add(total: &mut Duration, count: u64, unit: &str) -> Result<(), Problem> {
    let large = || Problem::new(Code::E0208, 0..0, "the duration is too long");
    let exact = |millis: u64| count.checked_mul(millis).map(Exact::from_millis);
    let (calendar, factor) = match unit {
        "d" => (&mut total.days, 1),
        "w" => (&mut total.days, 7),
        "mo" => (&mut total.months, 1),
        "y" => (&mut total.months, 12),
        "ms" | "s" | "min" | "h" => {
            let millis = match unit {
                "ms" => 1,
                "s" => 1_000,
                "min" => 60_000,
                _ => 3_600_000,
            };
            total.exact = exact(millis).and_then(|part| total.exact.checked_add(part)).ok_or_else(large)?;
            return Ok(());
        }
        _ => {
            let problem = Problem::new(Code::E0208, 0..1, format!("`{unit}` is no unit of time"));
            return Err(match unit {
                "m" | "M" => problem.help("write `min` for minutes or `mo` for months"),
                _ => problem.help("units are ms s min h d w mo y").nearest(near(unit)),
            });
        }
    };
    let part = u32::try_from(count).ok().and_then(|count| count.checked_mul(factor)).filter(|part| *part <= 4_000_000);
    *calendar = part.and_then(|part| calendar.checked_add(part)).ok_or_else(large)?;
    Ok(())
}

fn near(unit: &str) -> Option<&'static str> {
    Some(match unit.trim().to_ascii_lowercase().trim_end_matches('s') {
        "milli" | "milli_second" | "millisecond" => "ms",
        "sec" | "second" | "" => "s",
        "minute" => "min",
        "hour" | "hr" | "h" => "h",
        "day" | "d" => "d",
        "week" | "wk" | "w" => "w",
        "month" | "mon" => "mo",
        "year" | "yr" | "y" => "y",
        _ => return None,
    })
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return out.write_str("0s");
        }
        let millis = self.exact.as_millis();
        let parts = [
            (u128::from(self.months / 12), "y"),
            (u128::from(self.months % 12), "mo"),
            (u128::from(self.days), "d"),
            (millis / 3_600_000, "h"),
            (millis / 60_000 % 60, "min"),
            (millis / 1_000 % 60, "s"),
            (millis % 1_000, "ms"),
        ];
        parts.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, unit)| write!(out, "{count}{unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        for (text, months, days, millis) in [
            ("30s", 0, 0, 30_000),
            ("1d12h", 0, 1, 43_200_000),
            ("2w", 0, 14, 0),
            ("1y2mo", 14, 0, 0),
            ("15min", 0, 0, 900_000),
            ("0s", 0, 0, 0),
            ("250ms", 0, 0, 250),
        ] {
            let duration = parse(text).unwrap();
            assert_eq!(duration, Duration { months, days, exact: Exact::from_millis(millis) }, "{text}");
            assert_eq!(parse(&duration.to_string()).unwrap(), duration, "{text}");
        }
    }

    #[test]
    fn refuses_with_place() {
        for (text, range) in [
            ("", 0..0),
            ("5m", 1..2),
            ("1d 2h", 1..3),
            ("h", 0..1),
            ("1h30", 2..4),
            ("5 min", 1..5),
            ("-1d", 0..1),
            ("99999999999s", 0..11),
            ("1é", 1..3),
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!((problem.code, problem.range), (Code::E0208, range), "{text}");
        }
        assert!(parse("5m").unwrap_err().help.unwrap().contains("min"));
    }
}
