//! Numbers, sizes and times as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Writes a count with a comma before each three digits.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a count with its noun: `1 page`, `3 pages`.
pub fn count(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

pub(super) fn rows(number: u64) -> String {
    count(number, "row", "rows")
}

/// Writes a number of bytes in the unit that leaves few digits.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if number < 1024 {
        return count(number, "byte", "bytes");
    }
    let (mut tenths, mut unit) = (u128::from(number) * 10 / 1024, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let fraction = if tenths < 100 { format!(".{}", tenths % 10) } else { String::new() };
    format!("{}{fraction} {}", tenths / 10, UNITS[unit])
}

/// Writes a length of time: two units of it, tenths below ten seconds.
pub(super) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..10 => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Returns the milliseconds from one instant to another, none if it lies before.
pub(super) fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
}

/// Writes an instant to the second, in UTC.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Writes the time of day of an instant, in UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_readable() {
        let sizes = [(0, "0 bytes"), (1, "1 byte"), (1023, "1,023 bytes"), (1024, "1.0 KiB"), (1536, "1.5 KiB")];
        let more = [(10 << 20, "10 MiB"), ((1 << 30) - 1, "1023 MiB"), (5 << 40, "5.0 TiB"), (5 << 50, "5120 TiB")];
        for (number, text) in sizes.into_iter().chain(more) {
            assert_eq!(bytes(number), text);
        }
        let times = [
            (0, "0.0 s"),
            (1250, "1.2 s"),
            (59_999, "59 s"),
            (60_000, "1 min 0 s"),
            (3_725_000, "1 h 2 min"),
            (90_000_000, "1 d 1 h"),
        ];
        for (milliseconds, text) in times {
            assert_eq!(duration(milliseconds), text);
        }
        assert_eq!((thousands(1_000_000), thousands(999)), ("1,000,000".into(), "999".into()));
        assert_eq!((rows(1), rows(2000)), ("1 row".into(), "2,000 rows".into()));
        let at: Timestamp = "2024-05-31T02:13:07.9+02:00".parse().unwrap();
        assert_eq!((instant(at), clock(at)), ("2024-05-31 00:13:07 UTC".into(), "00:13:07 UTC".into()));
    }
}
