//! Every type against every shape of value, as one table: `type | value | outcome`.
//!
//! A value is JSON whose numbers keep their digits. An outcome is JSON too (times as texts), `cut` after it if digits
//! were cut, or `! part of the message`.

use super::{cast, time};
use crate::data::{Moment, Style, Time, Type, Value, When};

pub(in crate::data) const TABLE: &str = r#"
string | null | null
string | true | "true"
string | 12 | "12"
string | 1.50 | "1.50"                                 # rule 28: digits as they were written
string | 123456789012345678901234567890 | "123456789012345678901234567890"
string | 1e400 | "1e400"
string | "" | ""
string | "2024-05-31" | "2024-05-31"
string | [1] | ! a list is not a text
string | {} | ! a map is not a text (use `json`)
integer | null | null
integer | true | ! true is not an integer
integer | 12 | 12
integer | 5.0 | 5                                      # all zeros after the point: nothing is lost
integer | 5.5 | ! has a fraction                       # rule 28
integer | 1e3 | 1000
integer | 12e-1 | ! has a fraction
integer | 9223372036854775807 | 9223372036854775807
integer | "-9223372036854775808" | -9223372036854775808
integer | 9223372036854775808 | ! use `decimal(p,0)` or `string`   # rule 28: beyond 64 bits
integer | 1e400 | ! 64 bits
integer | 1e99999999999999 | ! 64 bits
integer | 1e-99999999999999 | ! has a fraction
integer | 0e99999999999999 | 0
integer | "12" | 12
integer | "007" | 7
integer | "+7" | 7
integer | "" | ! an empty text is not an integer       # rule 28: the whole text
integer | " 12" | ! not an integer
integer | "12 apples" | ! `12 apples` is not an integer
integer | "1_000" | ! not an integer
integer | "0x1F" | ! not an integer
integer | "5." | ! not an integer
integer | [1] | ! a list is not an integer
integer | {} | ! a map is not an integer
number | 12 | 12
number | 0.1 | 0.1
number | 123456789012345678901234567890 | 123456789012345678901234567890
number | 1e400 | ! beyond what a number column holds
number | "1.50" | 1.50
number | ".5" | 0.5
number | "-00.5" | -0.5
number | "NaN" | ! not a number
number | "inf" | ! not a number
number | "" | ! not a number
number | false | ! not a number
number | [] | ! not a number
decimal(18,2) | null | null
decimal(18,2) | 12 | 12.00
decimal(18,2) | 1.5 | 1.50                             # rule 29: by digits, never a float
decimal(18,2) | 0.10 | 0.10
decimal(18,2) | "1.500" | 1.50                         # zeros at the end are no digits that are lost
decimal(18,2) | 1.239 | ! more digits after the point  # digits are never cut
decimal(18,2) | 1e400 | ! more digits before the point
decimal(18,2) | 1e2 | 100.00
decimal(18,2) | 12345678901234567.00 | ! more digits before
decimal(18,2) | 1234567890123456.78 | 1234567890123456.78
decimal(18,2) | -0.00 | 0.00
decimal(18,2) | -0.05 | -0.05
decimal(2,2) | 0.99 | 0.99
decimal(2,2) | 1 | ! more digits before
decimal(30,0) | 123456789012345678901234567890 | 123456789012345678901234567890
decimal(30,0) | 5 | 5
decimal(18,2) | "" | ! not a decimal
decimal(18,2) | "12,50" | ! not a decimal
decimal(18,2) | true | ! not a decimal
decimal(18,2) | [] | ! not a decimal
boolean | true | true
boolean | "true" | true                                # rule 28: exactly these
boolean | "false" | false
boolean | "True" | ! not a boolean
boolean | "" | ! not a boolean
boolean | 1 | ! 1 is not a boolean
boolean | 0.0 | ! not a boolean
boolean | [] | ! not a boolean
date | null | null
date | "2024-05-31" | "2024-05-31"
date | "2024-02-30" | ! not a date
date | "2024-5-1" | ! not a date
date | "2024-05-31T10:00:00Z" | ! it has a time of day (use `timestamp`)
date | 20240531 | ! not a date
date | "" | ! not a date
date | true | ! not a date
date | {} | ! not a date
date(unix) | 1717113600 | "2024-05-31"
date(unix, "America/New_York") | 1717113600 | "2024-05-30"
date("%Y%m%d") | "20240531" | "2024-05-31"
date("%Y%m%d") | 20240531 | "2024-05-31"
date("%Y%m%d") | "2024-05-31" | ! not written as
date("%d %b %Y") | "31 May 2024" | "2024-05-31"
date("%a %d %b %Y") | "Fri 31 May 2024" | "2024-05-31"
date("%Y-%j") | "2024-152" | "2024-05-31"
time | "14:30" | "14:30:00"
time | "14:30:05.25" | "14:30:05.25"
time | "14:30:05.1234567" | "14:30:05.123456" cut
time | "25:00" | ! not a time of day
time | 1430 | ! not a time of day
time("%H%M") | "1430" | "14:30:00"
timestamp | null | null
timestamp | "2024-05-31T10:00:00Z" | "2024-05-31T10:00:00Z"       # rule 28
timestamp | "2024-05-31 10:00:00Z" | "2024-05-31T10:00:00Z"
timestamp | "2024-05-31T10:00Z" | "2024-05-31T10:00:00Z"
timestamp | "2024-05-31T10:00:00+0000" | "2024-05-31T10:00:00Z"
timestamp | "2024-05-31T10:00:00.5+02:00" | "2024-05-31T08:00:00.5Z"
timestamp | "2024-05-31 10:00:00 -03" | "2024-05-31T13:00:00Z"
timestamp | "2024-05-31T10:00:00.123456Z" | "2024-05-31T10:00:00.123456Z"
timestamp | "2024-05-31T10:00:00.1234567Z" | "2024-05-31T10:00:00.123456Z" cut
timestamp | "2024-05-31T10:00:00.1234560Z" | "2024-05-31T10:00:00.123456Z"
timestamp | "1960-01-01T00:00:00.1234567Z" | "1960-01-01T00:00:00.123456Z" cut
timestamp | "2024-05-31T10:00:00" | ! it has no zone               # rule 15
timestamp | "2024-05-31" | ! it is a date
timestamp | "2024-13-31T10:00:00Z" | ! not a timestamp
timestamp | "2024-05-31T10:00:00+2:00" | ! not a timestamp
timestamp | "" | ! not a timestamp
timestamp | 1717149600 | ! a number is read by `(unix)`
timestamp | "1717149600" | ! not a timestamp
timestamp | true | ! not a timestamp
timestamp | [] | ! not a timestamp
timestamp(iso, "Europe/Berlin") | "2024-05-31T10:00:00" | "2024-05-31T08:00:00Z"
timestamp(iso, "Europe/Berlin") | "2024-05-31T10:00:00Z" | "2024-05-31T10:00:00Z"
timestamp(iso, "Europe/Berlin") | "2024-05-31" | "2024-05-30T22:00:00Z"
timestamp(iso, "Europe/Berlin") | "2024-10-27T02:30:00" | "2024-10-27T00:30:00Z"
timestamp(iso, "Europe/Berlin") | "2024-03-31T02:30:00" | "2024-03-31T01:30:00Z"
timestamp(unix) | 1717149600 | "2024-05-31T10:00:00Z"
timestamp(unix) | "1717149600" | "2024-05-31T10:00:00Z"
timestamp(unix) | 1717149600.25 | "2024-05-31T10:00:00.25Z"
timestamp(unix) | "1717149600.1234567" | "2024-05-31T10:00:00.123456Z" cut
timestamp(unix) | 1.7171496e9 | "2024-05-31T10:00:00Z"
timestamp(unix) | 1e400 | ! not a timestamp
timestamp(unix) | "soon" | ! not a timestamp
timestamp(unix) | "2024-05-31T10:00:00Z" | ! not a timestamp
timestamp(unix_ms) | 1717149600500 | "2024-05-31T10:00:00.5Z"
timestamp(unix_us) | 1717149600500001 | "2024-05-31T10:00:00.500001Z"
timestamp(unix_us) | 1717149600500001.5 | "2024-05-31T10:00:00.500001Z" cut
timestamp(ns) | "2024-05-31T10:00:00.123456789Z" | "2024-05-31T10:00:00.123456789Z"
timestamp(ns) | "2024-05-31T10:00:00.1234567891Z" | "2024-05-31T10:00:00.123456789Z" cut
timestamp(ns) | "2500-01-01T00:00:00Z" | ! from 1677 to 2262
timestamp(rfc2822) | "Fri, 31 May 2024 10:00:00 +0200" | "2024-05-31T08:00:00Z"
timestamp(rfc2822) | "Fri, 31 May 2024 10:00:00 GMT" | "2024-05-31T10:00:00Z"
timestamp(rfc2822) | "2024-05-31T10:00:00Z" | ! not a timestamp
timestamp("%d/%m/%Y %H:%M", "Europe/Berlin") | "31/05/2024 10:00" | "2024-05-31T08:00:00Z"
timestamp("%d/%m/%Y %H:%M %z") | "31/05/2024 10:00 +0200" | "2024-05-31T08:00:00Z"
timestamp("%d/%m/%Y %H:%M %:z") | "31/05/2024 10:00 +02:00" | "2024-05-31T08:00:00Z"
timestamp("%Y%m%d", "UTC") | "20240531" | "2024-05-31T00:00:00Z"
timestamp("%Y%m%d", "UTC") | 20240531 | "2024-05-31T00:00:00Z"
timestamp("%Y-%m-%d %H:%M:%S.%f", "UTC") | "2024-05-31 10:00:00.123456789" | "2024-05-31T10:00:00.123456Z" cut
timestamp("%Y-%m-%d %H:%M:%S.%3f", "UTC") | "2024-05-31 10:00:00.123" | "2024-05-31T10:00:00.123Z"
timestamp("%s") | "1717149600" | "2024-05-31T10:00:00Z"
timestamp("%s") | "x" | ! not written as `%s`
duration | "P1DT12H" | "P1DT12H"                       # rule 28: kept as it is
duration | "PT0.5S" | "PT0.5S"
duration | "P1.5D" | "P1.5D"
duration | "-P1D" | "-P1D"
duration | "P" | ! ISO 8601
duration | "P1DT" | ! ISO 8601
duration | "P1H" | ! ISO 8601
duration | "PT1S1M" | ! ISO 8601
duration | "PT1.5M1S" | ! ISO 8601
duration | "1 day" | ! ISO 8601
duration | 60 | ! ISO 8601
json | null | null
json | 1.50 | 1.50
json | "x" | "x"
json | {"a":[1,null]} | {"a":[1,null]}
bytes | "" | ""
bytes | "aGk=" | "aGk="
bytes | "aGk" | "aGk="
bytes | "_-8" | "/+8="
bytes | "aGl=" | ! base64                              # bits that belong to no byte
bytes | "aGk==" | ! base64
bytes | "a" | ! base64
bytes | "h i" | ! base64
bytes | 12 | ! base64
uuid | "0192F2B1-7D3C-7CC5-9B1A-0242AC120002" | "0192f2b1-7d3c-7cc5-9b1a-0242ac120002"
uuid | "0192f2b17d3c7cc59b1a0242ac120002" | "0192f2b1-7d3c-7cc5-9b1a-0242ac120002"
uuid | "0192f2b1" | ! not a UUID
uuid | "" | ! not a UUID
uuid | 12 | ! not a UUID
enum(open|closed|1) | "open" | "open"
enum(open|closed|1) | 1 | "1"
enum(open|closed|1) | "opne" | ! did you mean `open`?  # rule 28: an unknown word is refused
enum(open|closed|1) | "" | ! an empty text is none of open, closed, 1
enum(open|closed|1) | [] | ! a list is not a word
list<integer> | null | null
list<integer> | [1,"2",null] | [1,2,null]
list<integer> | [] | []
list<integer> | [1,"x"] | ! element 1: `x` is not an integer
list<integer> | 1 | ! 1 is not a list
list<integer!> | [1,null] | ! element 1: null
list<timestamp> | ["2024-05-31T10:00:00.1234567Z"] | ["2024-05-31T10:00:00.123456Z"] cut
"#;

/// The types of the table, by what they print.
pub(in crate::data) fn types() -> Vec<Type> {
    let moment = |when, zone: &str| Moment { when, zone: (!zone.is_empty()).then(|| zone.to_owned()) };
    let pattern = |text: &str| When::Pattern(text.into());
    let list = |of, required| Type::List { of: Box::new(of), required };
    let mut all = vec![
        Type::String,
        Type::Integer,
        Type::Number,
        Type::Decimal { precision: 18, scale: 2 },
        Type::Decimal { precision: 2, scale: 2 },
        Type::Decimal { precision: 30, scale: 0 },
        Type::Boolean,
        Type::Date(Moment::default()),
        Type::Date(moment(When::Unix, "")),
        Type::Date(moment(When::Unix, "America/New_York")),
        Type::Time(Moment::default()),
        Type::Time(moment(pattern("%H%M"), "")),
        Type::Duration,
        Type::Json,
        Type::Bytes,
        Type::Uuid,
        Type::Enum(["open", "closed", "1"].map(str::to_owned).into()),
        list(Type::Integer, false),
        list(Type::Integer, true),
        list(Type::Timestamp(Moment::default()), false),
    ];
    for text in ["%Y%m%d", "%d %b %Y", "%a %d %b %Y", "%Y-%j"] {
        all.push(Type::Date(moment(pattern(text), "")));
    }
    for when in [When::Default, When::Unix, When::UnixMs, When::UnixUs, When::Ns, When::Rfc2822, pattern("%s")] {
        all.push(Type::Timestamp(moment(when, "")));
    }
    for (when, zone) in [
        (When::Iso, "Europe/Berlin"),
        (pattern("%d/%m/%Y %H:%M"), "Europe/Berlin"),
        (pattern("%d/%m/%Y %H:%M %z"), ""),
        (pattern("%d/%m/%Y %H:%M %:z"), ""),
        (pattern("%Y%m%d"), "UTC"),
        (pattern("%Y-%m-%d %H:%M:%S.%f"), "UTC"),
        (pattern("%Y-%m-%d %H:%M:%S.%3f"), "UTC"),
    ] {
        all.push(Type::Timestamp(moment(when, zone)));
    }
    all
}

#[test]
fn every_type_reads_what_the_rules_say() {
    let types = types();
    let mut wrong = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let line = line.split("  #").next().unwrap().trim_end();
        // Words of an enum are parted by the same sign, so the columns are found with their spaces.
        let [kind, value, expected] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let kind = types.iter().find(|known| known.to_string() == kind).unwrap_or_else(|| panic!("no type {kind}"));
        assert_eq!(kind.check(), Ok(()), "{kind}");
        let found = match cast(&read(value), kind) {
            Ok(cast) => format!("{}{}", show(&cast.value), if cast.cut { " cut" } else { "" }),
            Err(error) => format!("! {error}"),
        };
        let fits = match expected.strip_prefix("! ") {
            Some(part) => found.starts_with('!') && found.contains(part),
            None => found == expected,
        };
        if !fits {
            wrong.push(format!("{kind} | {value} | {found}   (not {expected})"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A time that an expression gave is no text.
#[test]
fn times_are_taken_as_they_are() {
    let at: jiff::Timestamp = "2024-05-31T22:30:00Z".parse().unwrap();
    let value = Value::Time(Time { at, style: Style::Rfc3339 });
    let berlin = Moment { when: When::Default, zone: Some("Europe/Berlin".into()) };
    for (kind, expected) in [
        (Type::Timestamp(Moment::default()), "\"2024-05-31T22:30:00Z\""),
        (Type::Date(Moment::default()), "\"2024-05-31\""),
        (Type::Date(berlin), "\"2024-06-01\""),
        (Type::String, "\"2024-05-31T22:30:00Z\""),
    ] {
        assert_eq!(show(&cast(&value, &kind).unwrap().value), expected, "{kind}");
    }
    assert!(cast(&value, &Type::Integer).is_err());
}

/// Absent is null in a typed column (rule 24).
#[test]
fn absent_is_null() {
    for kind in types() {
        assert_eq!(cast(&Value::Absent, &kind).unwrap().value, Value::Null, "{kind}");
    }
}

fn read(text: &str) -> Value {
    crate::data::json::read(text).unwrap()
}

fn show(value: &Value) -> String {
    let all = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Absent => "absent".into(),
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Number(digits) => digits.to_string(),
        Value::Text(text) => format!("\"{text}\""),
        Value::Time(time) => format!("\"{}\"", time::print(time)),
        Value::List(values) => format!("[{}]", all(values.iter().map(show).collect())),
        Value::Map(map) => {
            format!("{{{}}}", all(map.iter().map(|(key, value)| format!("\"{key}\":{}", show(value))).collect()))
        }
    }
}
