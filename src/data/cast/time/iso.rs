//! RFC 3339 and what is near enough to be meant: a space for `T`, no seconds, `+0000` (rule 28).

use super::Read;
use jiff::civil;
use jiff::tz::Offset;

/// Reads `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<civil::Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let part = |from: usize, to: usize| digits::<i16>(text.get(from..to)?);
    civil::Date::new(part(0, 4)?, i8::try_from(part(5, 7)?).ok()?, i8::try_from(part(8, 10)?).ok()?).ok()
}

/// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`; says whether digits beyond nanoseconds were cut.
pub(super) fn time(text: &str) -> Option<(civil::Time, bool)> {
    let (clock, fraction) = match text.split_once(['.', ',']) {
        Some((clock, fraction)) if clock.len() == 8 => (clock, fraction),
        Some(_) => return None,
        None => (text, "0"),
    };
    let bytes = clock.as_bytes();
    let seconds = match bytes.len() {
        5 => 0,
        8 if bytes[5] == b':' => digits::<i8>(clock.get(6..8)?)?,
        _ => return None,
    };
    if bytes[2] != b':' || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // A leap second is the second before it, as everywhere where days have 86,400 of them.
    let seconds = if seconds == 60 { 59 } else { seconds };
    let kept = fraction.get(..9).unwrap_or(fraction);
    let nanos = format!("{kept:0<9}").parse().ok()?;
    let cut = fraction.get(9..).is_some_and(|rest| rest.bytes().any(|b| b != b'0'));
    let clock = civil::Time::new(digits(clock.get(0..2)?)?, digits(clock.get(3..5)?)?, seconds, nanos).ok()?;
    Some((clock, cut))
}

/// Reads a date and a time, with the offset if one is there.
pub(super) fn datetime(text: &str) -> Option<Read> {
    let date = date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(rest.len());
    let (time, cut) = time(&rest[..end])?;
    let offset = match &rest[end..] {
        "" => None,
        zone => Some(offset(zone)?),
    };
    Some(Read { date, time, offset, cut })
}

/// Reads `Z`, `+01`, `+0100`, `+01:00`, also after a space.
fn offset(text: &str) -> Option<Offset> {
    let text = text.strip_prefix(' ').unwrap_or(text);
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => (rest.get(..2)?, rest.get(2..)?),
        5 => rest.split_once(':').filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    let (hours, minutes) = (digits::<i32>(hours)?, digits::<i32>(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}
