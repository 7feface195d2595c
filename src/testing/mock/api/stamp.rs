//! Times as text, written fast: a page of records has the same day nearly everywhere.

use jiff::Timestamp;

/// 2024-01-01T00:00:00Z, a second before the first record.
pub(super) const BASE: i64 = 1_704_067_200;

const DAY: i64 = 86_400;

/// Writes times; remembers the day it wrote last.
#[derive(Debug)]
pub(super) struct Stamps {
    day: i64,
    date: String,
}

impl Stamps {
    pub(super) fn new() -> Stamps {
        Stamps { day: i64::MIN, date: String::new() }
    }

    /// Writes seconds since 1970 as `2024-01-01T00:00:00Z`.
    pub(super) fn put(&mut self, out: &mut Vec<u8>, seconds: i64) {
        let day = seconds.div_euclid(DAY);
        if day != self.day {
            let date = Timestamp::from_second(day * DAY).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
            date.split('T').next().unwrap_or("").clone_into(&mut self.date);
            self.day = day;
        }
        out.extend_from_slice(self.date.as_bytes());
        let rest = u32::try_from(seconds.rem_euclid(DAY)).expect("a day is short");
        for (sign, number) in [(b'T', rest / 3600), (b':', rest / 60 % 60), (b':', rest % 60)] {
            let digit = |number: u32| b'0' + u8::try_from(number % 10).expect("is one digit");
            out.extend_from_slice(&[sign, digit(number / 10), digit(number)]);
        }
        out.push(b'Z');
    }
}

pub(super) fn text(seconds: i64) -> String {
    let mut out = Vec::new();
    Stamps::new().put(&mut out, seconds);
    String::from_utf8(out).expect("digits")
}

/// Reads a time or a date as whole seconds, rounded up: what is not later than it has passed.
pub(super) fn read(text: &str) -> Option<i64> {
    let at = text.parse::<Timestamp>().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())?;
    Some(at.as_second() + i64::from(at.subsec_nanosecond() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        for (seconds, expected) in
            [(BASE, "2024-01-01T00:00:00Z"), (BASE + 86_399, "2024-01-01T23:59:59Z"), (-1, "1969-12-31T23:59:59Z")]
        {
            assert_eq!(text(seconds), expected);
            assert_eq!(read(expected), Some(seconds));
        }
        assert_eq!(read("2024-01-01"), Some(BASE));
        assert_eq!(read("2024-01-01T01:00:00.5+01:00"), Some(BASE + 1));
        assert_eq!(read("soon"), None);
    }
}
