//! Moments by hand where they are written the usual way; everything else is left to the slower reading.

use jiff::Timestamp;

const DAY: i64 = 86_400;

/// Reads `YYYY-MM-DD` as days since 1970, in the years that surely fit.
pub(super) fn day(text: &str) -> Option<i32> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    days(bytes).and_then(|days| i32::try_from(days).ok())
}

/// Reads RFC 3339 with a zone: seconds since 1970, nanoseconds, and whether digits beyond those were cut.
pub(super) fn instant(text: &str) -> Option<(i64, u32, bool)> {
    let bytes = text.as_bytes();
    let head: &[u8; 19] = bytes.first_chunk()?;
    let date: &[u8; 10] = head.first_chunk()?;
    if !matches!(head[10], b'T' | b' ' | b't') || head[13] != b':' || head[16] != b':' {
        return None;
    }
    let (hour, minute, second) = (two(head, 11)?, two(head, 14)?, two(head, 17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut at = 19;
    let mut nanos = 0;
    let mut cut = false;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        let start = at;
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            if at - start < 9 {
                nanos = nanos * 10 + u32::from(digit - b'0');
            } else {
                cut |= *digit != b'0';
            }
            at += 1;
        }
        if at == start {
            return None;
        }
        let missing = 9usize.saturating_sub(at - start);
        nanos *= 10u32.pow(u32::try_from(missing).ok()?);
    }
    let offset = match bytes.get(at..)? {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), rest @ ..] if rest.len() == 5 && rest[2] == b':' => {
            let (hours, minutes) = (two(rest, 0)?, two(rest, 3)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some((days(date)? * DAY + hour * 3600 + minute * 60 + second - offset, nanos, cut))
}

/// Returns microseconds since 1970, and whether something was cut.
pub(super) fn micros(text: &str) -> Option<(i64, bool)> {
    let (seconds, nanos, cut) = instant(text)?;
    Some((seconds * 1_000_000 + i64::from(nanos / 1_000), cut || nanos % 1_000 != 0))
}

/// Returns nanoseconds since 1970, in the years that surely fit 64 bits.
pub(super) fn nanos(text: &str) -> Option<(i64, bool)> {
    let (seconds, nanos, cut) = instant(text)?;
    let fits = (-9_000_000_000..9_000_000_000).contains(&seconds);
    fits.then(|| (seconds * 1_000_000_000 + i64::from(nanos), cut))
}

/// Returns the days since 1970 of an instant.
pub(super) fn day_of(at: Timestamp) -> Option<i32> {
    i32::try_from(at.as_second().div_euclid(DAY)).ok()
}

/// Reads `HH:MM:SS` with a fraction as microseconds of a day.
pub(super) fn clock(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let head: &[u8; 8] = bytes.first_chunk()?;
    let (hour, minute, second) = (two(head, 0)?, two(head, 3)?, two(head, 6)?);
    if head[2] != b':' || head[5] != b':' || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match &text[8..] {
        "" => 0,
        rest => {
            let digits = rest.strip_prefix('.').filter(|digits| (1..=6).contains(&digits.len()))?;
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            digits.parse::<i64>().ok()? * 10i64.pow(u32::try_from(6 - digits.len()).ok()?)
        }
    };
    Some((hour * 3600 + minute * 60 + second) * 1_000_000 + fraction)
}

fn two(bytes: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (bytes[at], bytes[at + 1]);
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Counts the days since 1970 of a date of the years 1 to 9998: those at the ends are decided elsewhere.
fn days(date: &[u8; 10]) -> Option<i64> {
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let (year, month, day) = (two(date, 0)? * 100 + two(date, 2)?, two(date, 5)?, two(date, 8)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9998).contains(&year) || !(1..=longest).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that is sometimes there is the last one.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let mut date = jiff::civil::date(1, 1, 1);
        let mut number = -719_162;
        for _ in 0..9998 * 12 {
            let text = date.to_string();
            assert_eq!(day(&text), Some(number), "{text}");
            let next = date.checked_add(jiff::Span::new().months(1)).unwrap();
            number += date.until(next).unwrap().get_days();
            date = next;
        }
        for text in ["2023-02-29", "2100-02-29", "2024-13-01", "2024-00-01", "2024-04-31", "9999-01-01", "0000-01-01"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(day("2024-02-29"), Some(19_782));
    }

    #[test]
    fn instants_agree_with_the_calendar_library() {
        for text in [
            "2024-05-31T10:00:00Z",
            "1969-12-31T23:59:59.999999999Z",
            "0001-01-01T00:00:00Z",
            "2024-02-29t23:59:59.1+14:00",
            "1900-01-01 00:00:00-23:59",
        ] {
            let at: Timestamp = text.to_uppercase().parse().unwrap();
            let (seconds, nanos, cut) = instant(text).unwrap();
            assert_eq!(i128::from(seconds) * 1_000_000_000 + i128::from(nanos), at.as_nanosecond(), "{text}");
            assert!(!cut);
        }
        for text in
            ["2016-12-31T23:59:60Z", "2024-05-31T10:00:00", "2024-05-31T10:00:00.Z", "2024-05-31T10:00:00+0000", "x"]
        {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
