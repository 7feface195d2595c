//! Lengths of time: `90s`, `1h30min`, `7d`, `1mo`.

use std::fmt;
use std::ops::Range;

/// A length of time. Calendar units stay what they are: a month is no number of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duration {
    pub years: u32,
    pub months: u32,
    pub weeks: u32,
    pub days: u32,
    /// Hours and what is shorter.
    pub exact: std::time::Duration,
}

const UNITS: &[(&str, u64)] =
    &[("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 0), ("w", 0), ("mo", 0), ("y", 0)];

/// What people write for a unit, and ours.
const MISTAKEN: &[(&[&str], &str)] = &[
    (&["sec", "secs", "second", "seconds", "S"], "s"),
    (&["mins", "minute", "minutes", "Min", "MIN"], "min"),
    (&["hr", "hrs", "hour", "hours", "H"], "h"),
    (&["day", "days", "D"], "d"),
    (&["week", "weeks", "wk", "W"], "w"),
    (&["mon", "month", "months"], "mo"),
    (&["yr", "year", "years", "Y"], "y"),
    (&["msec", "millis", "millisecond", "milliseconds", "MS"], "ms"),
];

/// The longest that is taken: beyond it no time can be reckoned.
const MOST_YEARS: u64 = 9_999;

impl Duration {
    /// Says whether it has units of the calendar, which depend on where they are counted.
    pub fn is_calendar(&self) -> bool {
        (self.years, self.months, self.weeks, self.days) != (0, 0, 0, 0)
    }

    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the exact length, unless it has units of the calendar.
    pub fn to_exact(&self) -> Option<std::time::Duration> {
        (!self.is_calendar()).then_some(self.exact)
    }

    /// Returns what is added to a time; months clamp.
    pub fn to_span(&self) -> Option<jiff::Span> {
        jiff::Span::new()
            .try_years(self.years)
            .and_then(|span| span.try_months(self.months))
            .and_then(|span| span.try_weeks(self.weeks))
            .and_then(|span| span.try_days(self.days))
            .and_then(|span| span.try_milliseconds(i64::try_from(self.exact.as_millis()).unwrap_or(i64::MAX)))
            .ok()
    }
}

/// Reads a duration; a mistake is told with its place and what to write.
pub fn parse(text: &str) -> Result<Duration, (Range<usize>, String)> {
    let whole = 0..text.len();
    if text.is_empty() {
        return Err((whole, "an empty text is no duration: write for example `30s`".into()));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Err((whole, format!("`{text}` has no unit: write `{text}s` for seconds")));
    }
    if let Some(ours) = from_iso(text) {
        return Err((whole, format!("`{text}` is an ISO 8601 duration: write `{ours}`")));
    }
    let mut sum = Duration::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = &rest[..digits];
        let tail = &rest[digits..];
        let blank = tail.bytes().take_while(u8::is_ascii_whitespace).count();
        let letters = tail[blank..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = &tail[blank..blank + letters];
        let end = at + digits + blank + letters;
        if digits == 0 || letters == 0 {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            return Err(unexpected(text, at..(at + length).max(end), tail));
        }
        let range = at..end;
        let Some((unit, millis)) = UNITS.iter().find(|(known, _)| *known == unit) else {
            return Err((range, unknown_unit(number, unit)));
        };
        if blank > 0 {
            return Err((range, format!("no space between number and unit: write `{number}{unit}`")));
        }
        add(&mut sum, number, unit, *millis).ok_or_else(|| (range, format!("`{number}{unit}` is too long")))?;
        at = end;
    }
    Ok(sum)
}

fn add(sum: &mut Duration, number: &str, unit: &str, millis: u64) -> Option<()> {
    let count: u64 = number.parse().ok()?;
    let most = |years: u64| (count <= years).then(|| u32::try_from(count).ok()).flatten();
    match unit {
        "y" => sum.years = sum.years.checked_add(most(MOST_YEARS)?)?,
        "mo" => sum.months = sum.months.checked_add(most(MOST_YEARS * 12)?)?,
        "w" => sum.weeks = sum.weeks.checked_add(most(MOST_YEARS * 52)?)?,
        "d" => sum.days = sum.days.checked_add(most(MOST_YEARS * 365)?)?,
        _ => {
            let length = count.checked_mul(millis).filter(|length| *length <= MOST_YEARS * 365 * 86_400_000)?;
            sum.exact = sum.exact.checked_add(std::time::Duration::from_millis(length))?;
        }
    }
    Some(())
}

fn unknown_unit(number: &str, unit: &str) -> String {
    if matches!(unit, "m" | "M") {
        return format!("`{unit}` is unclear: write `{number}min` for minutes or `{number}mo` for months");
    }
    match MISTAKEN.iter().find(|(words, _)| words.contains(&unit)) {
        Some((_, ours)) => format!("unknown unit `{unit}`: write `{number}{ours}`"),
        None => format!("unknown unit `{unit}`: the units are ms, s, min, h, d, w, mo, y"),
    }
}

fn unexpected(text: &str, range: Range<usize>, tail: &str) -> (Range<usize>, String) {
    let hint = match text.as_bytes() {
        [b'-', ..] => "a duration is never negative",
        _ if tail.starts_with(['.', ',']) => "a duration has whole numbers: write `1h30min`, not `1.5h`",
        _ if text[range.clone()].starts_with(char::is_whitespace) => {
            "parts of a duration stand without spaces: `1h30min`"
        }
        _ => "a duration is a number and a unit, for example `30s`, `1h30min`, `7d`, `1mo`",
    };
    (range, hint.to_owned())
}

/// Returns our form of an ISO 8601 duration of whole numbers.
fn from_iso(text: &str) -> Option<String> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let mut ours = String::new();
    for (part, units) in [
        (date, &[('Y', "y"), ('M', "mo"), ('W', "w"), ('D', "d")][..]),
        (time, &[('H', "h"), ('M', "min"), ('S', "s")][..]),
    ] {
        for byte in part.chars() {
            match units.iter().find(|(iso, _)| *iso == byte) {
                Some((_, unit)) => ours.push_str(unit),
                None if byte.is_ascii_digit() => ours.push(byte),
                None => return None,
            }
        }
    }
    parse(&ours).is_ok().then_some(ours)
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, unit) in [(self.years, "y"), (self.months, "mo"), (self.weeks, "w"), (self.days, "d")] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        let mut left = self.exact.as_millis();
        for (unit, millis) in UNITS.iter().take(4).rev() {
            let count = left / u128::from(*millis);
            left %= u128::from(*millis);
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        if self.is_zero() { f.write_str("0s") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_printed() {
        let cases = [
            ("500ms", "500ms"),
            ("90s", "1min30s"),
            ("1h30min", "1h30min"),
            ("10min", "10min"),
            ("0s", "0s"),
            ("7d", "7d"),
            ("1w", "1w"),
            ("1y2mo", "1y2mo"),
        ];
        for (text, printed) in cases {
            assert_eq!(parse(text).map(|d| d.to_string()), Ok(printed.to_owned()));
        }
        let day = parse("1d2h").unwrap();
        assert!(day.is_calendar());
        assert_eq!(day.to_exact(), None);
        assert_eq!(day.to_span().unwrap().get_days(), 1);
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let cases = [
            ("5m", 0..2, "write `5min` for minutes or `5mo` for months"),
            ("1h5m", 2..4, "`5min`"),
            ("P1D", 0..3, "write `1d`"),
            ("PT1H30M", 0..7, "write `1h30min`"),
            ("30", 0..2, "write `30s`"),
            ("1 day", 0..5, "write `1d`"),
            ("1 d", 0..3, "no space"),
            ("2hours", 0..6, "write `2h`"),
            ("3x", 0..2, "the units are"),
            ("1.5h", 0..1, "whole numbers"),
            ("-1d", 0..1, "never negative"),
            ("1h 30min", 2..3, "without spaces"),
            ("h", 0..1, "a number and a unit"),
            ("", 0..0, "empty"),
            ("99999999999999999999s", 0..21, "too long"),
            ("1d\u{e9}", 2..4, "a number and a unit"),
        ];
        for (text, range, part) in cases {
            let (at, message) = parse(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
            assert_eq!(at, range, "{text}");
        }
    }
}
