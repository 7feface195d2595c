//! Times as text: reading, printing, and which patterns there are.

use crate::data::{Style, Time};
use jiff::civil;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The directives of date patterns.
const DIRECTIVES: &[&str] = &["Y", "m", "d", "H", "M", "S", "f", "3f", "6f", "z", ":z", "Z", "j", "b", "a", "s", "%"];

/// Checks a date pattern; the error names the directive and what there is.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), String> {
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        let Some(found) = DIRECTIVES.iter().find(|word| rest.starts_with(**word)) else {
            let end = rest
                .char_indices()
                .find(|(_, char)| char.is_alphabetic())
                .map_or(rest.len(), |(at, char)| at + char.len_utf8());
            return Err(format!(
                "`%{}` is no part of a date pattern; there are %Y %m %d %H %M %S %f %3f %z %:z %Z %j %b %a %s",
                &rest[..end]
            ));
        };
        rest = &rest[found.len()..];
    }
    Ok(())
}

/// Finds a time zone by its IANA name.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    match name {
        "UTC" | "Z" => Ok(TimeZone::UTC),
        _ => TimeZone::get(name).map_err(|_| format!("`{name}` is no time zone; write one like `Europe/Berlin`")),
    }
}

/// Prints an instant by a pattern.
pub(crate) fn print(at: Timestamp, pattern: &str, zone: &TimeZone) -> Result<String, String> {
    check_pattern(pattern)?;
    let mut all = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    // A bare `%f` has the six digits that Python and most APIs print.
    while let Some(char) = chars.next() {
        all.push(char);
        if char != '%' {
            continue;
        }
        match chars.next() {
            Some('f') => all.push_str("6f"),
            Some(next) => all.push(next),
            None => {}
        }
    }
    strtime::format(&all, &at.to_zoned(zone.clone()))
        .map_err(|_| "the time can't be printed by this pattern".to_owned())
}

/// Prints a time as its style says.
pub(crate) fn text(time: &Time) -> Result<String, String> {
    match &time.style {
        Style::Rfc3339 => Ok(time.at.to_string()),
        Style::Date => print(time.at, "%Y-%m-%d", &TimeZone::UTC),
        Style::Pattern(pattern, name) => print(time.at, pattern, &zone(name)?),
    }
}

/// Reads RFC 3339, also with a space for `T`, without seconds, with `+0000`; a date alone is midnight.
pub(crate) fn read(text: &str, zone: Option<&TimeZone>) -> Result<Timestamp, String> {
    let text = text.trim();
    let broken = || "this text is no RFC 3339 time; `time` reads other patterns".to_owned();
    if !text.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) || text.contains('[') {
        return Err(broken());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let utc = TimeZone::UTC;
    if text.len() == 10 {
        let date: civil::Date = text.parse().map_err(|_| broken())?;
        return place(date.at(0, 0, 0, 0), zone.unwrap_or(&utc));
    }
    let local: civil::DateTime = text.parse().map_err(|_| broken())?;
    match zone {
        Some(zone) => place(local, zone),
        None => Err("this time has no zone; give one: `time('iso', 'UTC')`".to_owned()),
    }
}

/// Reads a text by a pattern.
pub(crate) fn read_by(text: &str, pattern: &str, zone: Option<&TimeZone>) -> Result<Timestamp, String> {
    check_pattern(pattern)?;
    let broken = || "this text does not follow the pattern".to_owned();
    let parsed =
        strtime::parse(pattern.replace("%3f", "%f").replace("%6f", "%f"), text.trim()).map_err(|_| broken())?;
    if let Ok(at) = parsed.to_timestamp() {
        return Ok(at);
    }
    let local = match parsed.to_datetime() {
        Ok(local) => local,
        Err(_) => parsed.to_date().map_err(|_| broken())?.at(0, 0, 0, 0),
    };
    match zone {
        Some(zone) => place(local, zone),
        None => place(local, &TimeZone::UTC),
    }
}

/// Puts a local time into a zone; one that a clock change leaves out is the later one.
pub(crate) fn place(local: civil::DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
    let zoned: Zoned = local.to_zoned(zone.clone()).map_err(|_| "the time is out of range".to_owned())?;
    Ok(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_of_rule_28() {
        for text in [
            "2024-01-02T03:04:05Z",
            "2024-01-02 03:04:05+0000",
            "2024-01-02T03:04:05.000+00:00",
            "2024-01-02T05:04:05+02:00",
        ] {
            assert_eq!(read(text, None).unwrap().to_string(), "2024-01-02T03:04:05Z", "{text}");
        }
        assert_eq!(read("2024-01-02 03:04Z", None).unwrap().to_string(), "2024-01-02T03:04:00Z");
        assert_eq!(read("2024-01-02", None).unwrap().to_string(), "2024-01-02T00:00:00Z");
        assert_eq!(
            read("2024-07-02T00:00:00", Some(&zone("Europe/Berlin").unwrap())).unwrap().to_string(),
            "2024-07-01T22:00:00Z"
        );
        for text in ["2024-01-02T03:04:05", "", "yesterday", "20240102", "2024-13-01", "2024-01-02T03:04:05Z[UTC]"] {
            assert!(read(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_are_a_closed_list() {
        assert!(check_pattern("%Y-%m-%dT%H:%M:%S.%f%:z 100%%").is_ok());
        for pattern in ["%Q", "%", "%-d", "%y", "%é"] {
            assert!(check_pattern(pattern).is_err(), "{pattern}");
        }
    }
}
