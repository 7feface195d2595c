//! Dates, times of day and instants.

mod iso;

use super::number::Digits;
use super::{Cast, CastError};
use crate::data::{Moment, Style, Time, Value, When};
use jiff::civil;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// A moment as it was read: as much as the text said.
struct Read {
    date: civil::Date,
    time: civil::Time,
    /// Seconds east of UTC, if the text says so.
    offset: Option<jiff::tz::Offset>,
    /// Digits beyond nanoseconds were there.
    cut: bool,
}

/// Reads an instant. Columns hold microseconds, `ns` nanoseconds; further digits are cut and told.
pub(super) fn timestamp(value: &Value, moment: &Moment) -> Result<Cast, CastError> {
    let value = &as_written(value, moment);
    let (at, cut) = instant(value, moment, "a timestamp")?;
    let (at, lost) = if moment.when == When::Ns { nanoseconds(at)? } else { microseconds(at)? };
    Ok(Cast { value: Value::Time(Time { at, style: Style::Rfc3339 }), cut: cut || lost })
}

/// Reads a day; an instant gives its day in the type's zone, else in UTC. A text with a time of day is refused.
pub(super) fn date(value: &Value, moment: &Moment) -> Result<Cast, CastError> {
    let value = &as_written(value, moment);
    let day = match (value, &moment.when) {
        (Value::Time(Time { at, style: Style::Date }), _) => at.to_zoned(TimeZone::UTC).date(),
        (Value::Text(text), When::Default | When::Iso) => match iso::date(text) {
            Some(day) => day,
            None if iso::datetime(text).is_some() => {
                let error = CastError::unfit(value, "a date: it has a time of day");
                return Err(error.hint("use `timestamp`"));
            }
            None => return Err(CastError::unfit(value, "a date").hint("`2024-05-31` is one")),
        },
        (Value::Text(text), When::Pattern(pattern)) if !pattern.contains("%s") => {
            by_pattern(text, pattern).ok_or_else(|| unlike(value, pattern))?.date
        }
        _ => instant(value, moment, "a date")?.0.to_zoned(zone(moment)?.unwrap_or(TimeZone::UTC)).date(),
    };
    let midnight = day.to_zoned(TimeZone::UTC).map_err(|_| CastError::unfit(value, "a date that can be held"))?;
    Ok(Cast { value: Value::Time(Time { at: midnight.timestamp(), style: Style::Date }), cut: false })
}

/// Reads a time of day and gives it as `HH:MM:SS`, with a fraction if there is one.
pub(super) fn of_day(value: &Value, moment: &Moment) -> Result<Cast, CastError> {
    let value = &as_written(value, moment);
    let (time, cut) = match (value, &moment.when) {
        (Value::Text(text), When::Pattern(pattern)) => {
            let read = by_pattern(text, pattern).ok_or_else(|| unlike(value, pattern))?;
            (read.time, read.cut)
        }
        (Value::Text(text), _) => {
            iso::time(text).ok_or_else(|| CastError::unfit(value, "a time of day").hint("`14:30:00` is one"))?
        }
        _ => return Err(CastError::unfit(value, "a time of day")),
    };
    let nanos = time.subsec_nanosecond();
    let time = time.with().subsec_nanosecond(nanos - nanos % 1_000).build();
    let time = time.map_err(|_| CastError::unfit(value, "a time of day"))?;
    Ok(Cast { value: Value::Text(time.to_string().into()), cut: cut || nanos % 1_000 != 0 })
}

/// Prints a time the way it asks for.
pub(super) fn print(time: &Time) -> String {
    let utc = || time.at.to_zoned(TimeZone::UTC);
    match &time.style {
        Style::Rfc3339 => time.at.to_string(),
        Style::Date => utc().date().to_string(),
        Style::Pattern(pattern, zone) => {
            let local = TimeZone::get(zone).map_or_else(|_| utc(), |zone| time.at.to_zoned(zone));
            strtime::format(&**pattern, &local).unwrap_or_else(|_| time.at.to_string())
        }
    }
}

/// Digits that a pattern reads are a text, also where they come as a number: `20240531`.
fn as_written(value: &Value, moment: &Moment) -> Value {
    match (value, &moment.when) {
        (Value::Int(number), When::Pattern(_)) => Value::Text(number.to_string().into()),
        (Value::Number(digits), When::Pattern(_)) => Value::Text(digits.clone()),
        _ => value.clone(),
    }
}

fn instant(value: &Value, moment: &Moment, wanted: &str) -> Result<(jiff::Timestamp, bool), CastError> {
    let unfit = || CastError::unfit(value, wanted);
    match (value, &moment.when) {
        (Value::Time(time), _) => Ok((time.at, false)),
        (_, When::Unix) => unix(value, 9).ok_or_else(unfit),
        (_, When::UnixMs) => unix(value, 6).ok_or_else(unfit),
        (_, When::UnixUs) => unix(value, 3).ok_or_else(unfit),
        (Value::Text(text), When::Default | When::Iso | When::Ns) => {
            if let Some(read) = iso::datetime(text) {
                return place(value, &read, moment, wanted);
            }
            match (iso::date(text), &moment.zone) {
                // A day alone is its midnight where a zone says which one.
                (Some(date), Some(_)) => place(
                    value,
                    &Read { date, time: civil::Time::midnight(), offset: None, cut: false },
                    moment,
                    wanted,
                ),
                (Some(_), None) => {
                    Err(unfit().hint("it is a date: use `date`, or give the type a zone: `timestamp(iso, \"UTC\")`"))
                }
                _ => Err(unfit().hint("`2024-05-31T10:00:00Z` is one")),
            }
        }
        (Value::Text(text), When::Rfc2822) => {
            let parsed = rfc2822::DateTimeParser::new().parse_timestamp(&**text);
            parsed.map(|at| (at, false)).map_err(|_| unfit().hint("`Fri, 31 May 2024 10:00:00 +0000` is one"))
        }
        (Value::Text(text), When::Pattern(pattern)) => {
            if let Some(at) = by_pattern_seconds(text, pattern) {
                return Ok((at, false));
            }
            let read = by_pattern(text, pattern).ok_or_else(|| unlike(value, pattern))?;
            place(value, &read, moment, wanted)
        }
        (Value::Int(_) | Value::Number(_), When::Default | When::Iso) => {
            Err(unfit().hint("a number is read by `(unix)`, `(unix_ms)` or `(unix_us)`"))
        }
        _ => Err(unfit()),
    }
}

/// Reads a count since 1970; its unit is 10^`shift` nanoseconds.
fn unix(value: &Value, shift: i64) -> Option<(jiff::Timestamp, bool)> {
    let (nanos, cut) = Digits::of(value)?.shifted(shift)?;
    Some((jiff::Timestamp::from_nanosecond(nanos).ok()?, cut))
}

/// Rule 15: a text without a zone is an error unless the type gives one. Where clocks were set, a time that came twice
/// is the first and one that never was is moved on.
fn place(value: &Value, read: &Read, moment: &Moment, wanted: &str) -> Result<(jiff::Timestamp, bool), CastError> {
    let local = read.date.to_datetime(read.time);
    let zone = match read.offset {
        Some(offset) => TimeZone::fixed(offset),
        None => zone(moment)?.ok_or_else(|| {
            let error = CastError::unfit(value, &format!("{wanted}: it has no zone"));
            error.hint("give the type the zone the API means: `timestamp(iso, \"UTC\")`")
        })?,
    };
    let placed = local.to_zoned(zone).map_err(|_| CastError::unfit(value, &format!("{wanted} that can be held")))?;
    Ok((placed.timestamp(), read.cut))
}

fn zone(moment: &Moment) -> Result<Option<TimeZone>, CastError> {
    let get =
        |zone: &String| TimeZone::get(zone).map_err(|_| CastError::new(format!("there is no time zone `{zone}`")));
    moment.zone.as_ref().map(get).transpose()
}

fn by_pattern(text: &str, pattern: &str) -> Option<Read> {
    let parsed = strtime::parse(pattern, text).ok()?;
    let time = parsed.to_time().ok()?;
    let date = parsed.to_date().unwrap_or(civil::Date::ZERO);
    if date == civil::Date::ZERO && pattern.contains("%Y") {
        return None;
    }
    Some(Read { date, time, offset: parsed.offset(), cut: false })
}

/// Reads a pattern of seconds since 1970.
fn by_pattern_seconds(text: &str, pattern: &str) -> Option<jiff::Timestamp> {
    if !pattern.contains("%s") {
        return None;
    }
    strtime::parse(pattern, text).ok()?.to_timestamp().ok()
}

fn unlike(value: &Value, pattern: &str) -> CastError {
    CastError::unfit(value, &format!("written as `{pattern}`"))
}

/// Cuts downwards, as the digits of a written time are cut, also before 1970.
fn microseconds(at: jiff::Timestamp) -> Result<(jiff::Timestamp, bool), CastError> {
    let nanos = at.as_nanosecond();
    let lost = nanos.rem_euclid(1_000);
    let cut = jiff::Timestamp::from_nanosecond(nanos - lost);
    cut.map(|at| (at, lost != 0)).map_err(|_| CastError::new("a time beyond what the column holds"))
}

/// Nanoseconds since 1970 fit 64 bits from 1677 to 2262.
fn nanoseconds(at: jiff::Timestamp) -> Result<(jiff::Timestamp, bool), CastError> {
    i64::try_from(at.as_nanosecond()).map(|_| (at, false)).map_err(|_| {
        CastError::new(format!("{at} is beyond what nanoseconds hold"))
            .hint("`timestamp(ns)` reaches from 1677 to 2262")
    })
}
