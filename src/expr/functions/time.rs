//! Times: printing, reading, moving.

use super::{Arg, Form, Function, Given};
use crate::data::{Style, Time, Value};
use crate::expr::instant;
use crate::expr::instant::zone;
use crate::expr::shorthand::duration::parse_duration;
use crate::expr::types::Types;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, ToSpan as _, Unit, ZonedRound};

/// A time, or a text that RFC 3339 reads.
const TIMED: Types = Types::TIME.or(Types::TEXT);
const ZONE: Arg =
    Arg::new("zone", Types::TEXT, "IANA name of the time zone, `UTC` if not given").optional().form(Form::Zone);
const DIGITS: Arg = Arg::new("digits", Types::INTEGER, "digits after the point, 0 if not given").optional();
const UNITS: &[&str] = &["s", "min", "h", "d", "w", "mo", "y"];
const MOVE: &[Arg] = &[Arg::new("duration", Types::TEXT, "like `1d`, `30min` or `1mo`").form(Form::Duration)];

pub(super) const ALL: &[Function] = &[
    Function::filter("date", "The day of a time as `YYYY-MM-DD`.", TIMED, Types::TEXT, |given| {
        print(given, "%Y-%m-%d", 0)
    })
    .takes(&[ZONE])
    .shows(&[
        ("'2024-03-31T23:30:00Z' | date", "\"2024-03-31\""),
        ("'2024-03-31T23:30:00Z' | date('Europe/Berlin')", "\"2024-04-01\""),
    ]),
    Function::filter("format", "A time by a date pattern.", TIMED, Types::TEXT, |given| {
        print(given, given.text_arg(0).unwrap_or_default(), 1)
    })
    .takes(&[Arg::new("pattern", Types::TEXT, "date pattern").form(Form::Pattern), ZONE])
    .shows(&[
        ("'2024-03-31T23:30:05Z' | format('%d/%m/%Y %H:%M:%S')", "\"31/03/2024 23:30:05\""),
        (
            "'2024-03-31T23:30:05.12Z' | format('%Y-%m-%dT%H:%M:%S.%3f%z', 'Asia/Tokyo')",
            "\"2024-04-01T08:30:05.120+0900\"",
        ),
    ]),
    Function::filter("unix", "Seconds since 1970.", TIMED, Types::INTEGER.or(Types::NUMBER), |given| epoch(given, 9))
        .takes(&[DIGITS])
        .shows(&[
            ("'2024-01-01T00:00:00.5Z' | unix", "1704067200"),
            ("'2024-01-01T00:00:00.5Z' | unix(3)", "1704067200.500"),
        ]),
    Function::filter("unix_ms", "Milliseconds since 1970.", TIMED, Types::INTEGER.or(Types::NUMBER), |given| {
        epoch(given, 6)
    })
    .takes(&[DIGITS])
    .shows(&[("'2024-01-01T00:00:00.5Z' | unix_ms", "1704067200500")]),
    Function::filter(
        "time",
        "A text or number read as a time.",
        TIMED.or(Types::INTEGER).or(Types::NUMBER),
        Types::TIME,
        read,
    )
    .takes(&[
        Arg::new(
            "pattern",
            Types::TEXT,
            "`iso`, `unix`, `unix_ms`, `unix_us`, `ns`, `rfc2822` or a date pattern, `iso` if not given",
        )
        .optional()
        .form(Form::Reading),
        Arg::new("zone", Types::TEXT, "zone of times that name none").optional().form(Form::Zone),
    ])
    .shows(&[
        ("'31.12.2024' | time('%d.%m.%Y')", "\"2024-12-31T00:00:00Z\""),
        ("1704067200 | time('unix')", "\"2024-01-01T00:00:00Z\""),
        ("'2024-07-01T00:00:00' | time('iso', 'Europe/Berlin')", "\"2024-06-30T22:00:00Z\""),
    ]),
    Function::filter(
        "plus",
        "A time moved forward; months end at the last day of a shorter one.",
        TIMED,
        Types::TIME,
        |given| moved(given, 1),
    )
    .takes(MOVE)
    .shows(&[("'2024-01-31T00:00:00Z' | plus('1mo')", "\"2024-02-29T00:00:00Z\"")]),
    Function::filter("minus", "A time moved back.", TIMED, Types::TIME, |given| moved(given, -1))
        .takes(MOVE)
        .shows(&[("'2024-03-01T00:00:00Z' | minus('1d12h')", "\"2024-02-28T12:00:00Z\"")]),
    Function::filter(
        "floor",
        "The begin of the unit that a time is in; weeks begin on Monday.",
        TIMED,
        Types::TIME,
        floor,
    )
    .takes(&[Arg::new("unit", Types::TEXT, "the unit").form(Form::Words(UNITS)), ZONE])
    .shows(&[
        ("'2024-03-31T23:45:10Z' | floor('h')", "\"2024-03-31T23:00:00Z\""),
        ("'2024-03-31T23:45:10Z' | floor('mo', 'Europe/Berlin')", "\"2024-03-31T22:00:00Z\""),
        ("'2024-03-31T23:45:10Z' | floor('w')", "\"2024-03-25T00:00:00Z\""),
    ]),
    Function::filter("today", "The day of the run; prints as `YYYY-MM-DD`.", Types::NOTHING, Types::TIME, today)
        .takes(&[ZONE])
        .shows(&[("today()", "\"2024-05-06\""), ("today('Asia/Tokyo') | minus('1d')", "\"2024-05-06\"")]),
];

fn instant_of(value: &Value) -> Result<Timestamp, String> {
    match value {
        Value::Time(time) => Ok(time.at),
        Value::Text(text) => instant::read(text, None),
        other => Err(format!("{} is no time", other.what())),
    }
}

fn zone_arg(given: &Given<'_>, at: usize) -> Result<TimeZone, String> {
    given.text_arg(at).map_or(Ok(TimeZone::UTC), zone)
}

fn print(given: &Given<'_>, pattern: &str, zone_at: usize) -> Result<Value, String> {
    let text = instant::print(instant_of(given.input)?, pattern, &zone_arg(given, zone_at)?)?;
    Ok(Value::Text(text.into()))
}

/// Counts from 1970 in units of 10^-(9-scale) seconds.
fn epoch(given: &Given<'_>, scale: u32) -> Result<Value, String> {
    let digits = given.int_arg(0).unwrap_or(0);
    let digits = u32::try_from(digits).ok().filter(|digits| *digits <= scale);
    let digits = digits.ok_or_else(|| format!("`digits` is between 0 and {scale}"))?;
    let cut = instant_of(given.input)?.as_nanosecond().div_euclid(10_i128.pow(scale - digits));
    if digits == 0 {
        return i64::try_from(cut).map(Value::Int).map_err(|_| "the time is out of range".to_owned());
    }
    let (sign, size) = if cut < 0 { ("-", -cut) } else { ("", cut) };
    let point = 10_i128.pow(digits);
    let text = format!("{sign}{}.{:0width$}", size / point, size % point, width = digits as usize);
    Ok(Value::Number(text.into()))
}

fn read(given: &Given<'_>) -> Result<Value, String> {
    let pattern = given.text_arg(0).unwrap_or("iso");
    let zone = given.text_arg(1).map(zone).transpose()?;
    let at = match (given.input, pattern) {
        (Value::Time(time), _) => time.at,
        (value, "unix") => from_epoch(value, 9)?,
        (value, "unix_ms") => from_epoch(value, 6)?,
        (value, "unix_us") => from_epoch(value, 3)?,
        (value, "ns") => from_epoch(value, 0)?,
        (Value::Text(text), "iso") => instant::read(text, zone.as_ref())?,
        (Value::Text(text), "rfc2822") => {
            jiff::fmt::rfc2822::parse(text.trim()).map_err(|_| "this text is no RFC 2822 time".to_owned())?.timestamp()
        }
        (Value::Text(text), pattern) => instant::read_by(text, pattern, zone.as_ref())?,
        _ => return Err("a number is read as `unix`, `unix_ms`, `unix_us` or `ns`".to_owned()),
    };
    Ok(Value::Time(Time { at, style: Style::Rfc3339 }))
}

/// Reads digits, with a fraction, as a count of 10^scale nanoseconds.
fn from_epoch(value: &Value, scale: u32) -> Result<Timestamp, String> {
    let broken = || "this is no count of seconds".to_owned();
    let digits = match value {
        Value::Text(text) => text.trim().to_owned(),
        other => crate::expr::compare::digits(other).into_owned(),
    };
    let (negative, unsigned) = digits.strip_prefix('-').map_or((false, &*digits), |rest| (true, rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) {
        return Err(broken());
    }
    let whole: i128 = whole.parse().map_err(|_| broken())?;
    let kept = scale as usize;
    let fraction: i128 = match kept {
        0 => 0,
        _ => format!("{fraction:0<kept$}").get(..kept).unwrap_or("0").parse().map_err(|_| broken())?,
    };
    let nanos =
        whole.checked_mul(10_i128.pow(scale)).and_then(|whole| whole.checked_add(fraction)).ok_or_else(broken)?;
    Timestamp::from_nanosecond(if negative { -nanos } else { nanos }).map_err(|_| "the time is out of range".to_owned())
}

fn moved(given: &Given<'_>, sign: i64) -> Result<Value, String> {
    let by = parse_duration(given.text_arg(0).unwrap_or_default()).map_err(|problem| problem.message)?;
    let style = match given.input {
        Value::Time(time) if time.style == Style::Date && !by.exact.is_zero() => Style::Rfc3339,
        Value::Time(time) => time.style.clone(),
        _ => Style::Rfc3339,
    };
    let far = || "the time is out of range".to_owned();
    let span = by.to_span().ok_or_else(far)?.checked_mul(sign).map_err(|_| far())?;
    let at = instant_of(given.input)?.to_zoned(TimeZone::UTC).checked_add(span).map_err(|_| far())?.timestamp();
    Ok(Value::Time(Time { at, style }))
}

fn floor(given: &Given<'_>) -> Result<Value, String> {
    let far = |_: jiff::Error| "the time is out of range".to_owned();
    let zoned = instant_of(given.input)?.to_zoned(zone_arg(given, 1)?);
    let cut = |unit| zoned.round(ZonedRound::new().smallest(unit).mode(RoundMode::Floor)).map_err(far);
    let day = || zoned.start_of_day().map_err(far);
    let floored = match given.text_arg(0).unwrap_or_default() {
        "s" => cut(Unit::Second)?,
        "min" => cut(Unit::Minute)?,
        "h" => cut(Unit::Hour)?,
        "d" => day()?,
        "w" => {
            let back = i64::from(zoned.weekday().to_monday_zero_offset());
            day()?.checked_sub(back.days()).map_err(far)?
        }
        "mo" => zoned.first_of_month().and_then(|first| first.start_of_day()).map_err(far)?,
        _ => zoned.first_of_year().and_then(|first| first.start_of_day()).map_err(far)?,
    };
    Ok(Value::Time(Time { at: floored.timestamp(), style: Style::Rfc3339 }))
}

/// Midnight in UTC of the zone's day, so that it prints as that day.
fn today(given: &Given<'_>) -> Result<Value, String> {
    let day = given.now.to_zoned(zone_arg(given, 0)?).date();
    let at = instant::place(day.at(0, 0, 0, 0), &TimeZone::UTC)?;
    Ok(Value::Time(Time { at, style: Style::Date }))
}
