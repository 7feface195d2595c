//! Both ways into a column against the table of `cast`: tokens and values give the same.

use super::{Column, Fit, value_at};
use crate::data::cast::table::{TABLE, types};
use crate::data::json::{Scanner, read};
use crate::data::{Type, Value, cast};
use arrow_array::{Array as _, ArrayRef};

/// Values that are written in ways the hand-written readers may trip over.
const MORE: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1e2",
    "1E+2",
    "0.10",
    "-12.50",
    "1e-400",
    "9007199254740993",
    "[]",
    "{}",
    "[null]",
    "[1]",
    "[[1]]",
    "{ \"a\" : [ 1 , \"x y\" ] }",
    "\"\"",
    "\"-\"",
    "\"-0\"",
    "\"00\"",
    "\"1.\"",
    "\".5\"",
    "\"+5\"",
    "\"1e2\"",
    "\"true\"",
    "\"2024-02-29\"",
    "\"2023-02-29\"",
    "\"9999-12-31\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"0000-01-01T00:00:00Z\"",
    "\"2016-12-31T23:59:60Z\"",
    "\"2024-05-31T10:00:00.1234567890Z\"",
    "\"2024-05-31T10:00:00.123456000Z\"",
    "\"2024-05-31T10:00:00.+02:00\"",
    "\"2024-05-31T24:00:00Z\"",
    "\"2024-05-31t10:00:00z\"",
    "\"2024-05-31T10:00:00,5Z\"",
    "\"1900-01-01T00:00:00-23:59\"",
    "\"1677-01-01T00:00:00Z\"",
    "\"2262-04-11T23:47:16.854775807Z\"",
    "\"2255-01-01T00:00:00Z\"",
    "1717149600123456789",
    "253402300799",
    "253402300800",
    "-1",
    "\"14:30:05.1234567\"",
    "\"14:30:60\"",
    "\"23:59:59.999999\"",
    "\"caf\\u00e9\"",
    "\"0192F2B17D3C7CC59B1A0242AC120002\"",
    "\"0192f2b1-7d3c-7cc5-9b1a-0242ac12000g\"",
    "\"open\"",
    "1.0",
    "99999999999999999999999999999999999999",
    "\"99999999999999.999\"",
    "[\"a\",\"2024-05-31T10:00:00Z\",null,3,true]",
];

fn by_tokens(text: &str, of: &Type) -> (Fit, ArrayRef) {
    let mut column = Column::new(of, 1);
    let mut scan = Scanner::new(text);
    let fit = column.take(&mut scan).unwrap();
    assert!(scan.end().is_ok(), "{text} was not taken whole as {of}");
    assert_eq!(column.was_null(), column_is_null(&fit, text), "{text} as {of}");
    (fit, column.finish())
}

fn column_is_null(fit: &Fit, text: &str) -> bool {
    matches!(fit, Fit::Refused(_)) || text == "null"
}

fn by_value(text: &str, of: &Type) -> (Fit, ArrayRef) {
    let mut column = Column::new(of, 1);
    (column.put(&read(text).unwrap()), column.finish())
}

#[test]
fn tokens_and_values_are_one_law() {
    let mut wrong = Vec::new();
    let written = TABLE.lines().filter(|line| !line.is_empty());
    let written = written.map(|line| line.split("  #").next().unwrap().split(" | ").nth(1).unwrap().trim());
    let mut all: Vec<&str> = written.chain(MORE.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    let mut kinds = types();
    kinds.push(Type::Decimal { precision: 60, scale: 4 });
    kinds.push(Type::List { of: Box::new(Type::String), required: false });
    kinds.push(Type::List { of: Box::new(Type::Decimal { precision: 10, scale: 2 }), required: true });
    for of in &kinds {
        for text in &all {
            let (fit, taken) = by_tokens(text, of);
            let (other, put) = by_value(text, of);
            assert_eq!(taken.data_type(), &of.arrow());
            let told = match cast(&read(text).unwrap(), of) {
                Ok(cast) if cast.cut => Fit::Cut,
                Ok(_) => Fit::Fits,
                Err(error) => Fit::Refused(error.to_string()),
            };
            // A JSON column keeps the text as it is, but for line ends.
            let same = *of == Type::Json && !put.is_null(0) && value_at(&taken, of, 0) == value_at(&put, of, 0);
            if fit != told || other != told || !(same || taken.len() == 1 && *taken == *put) {
                wrong.push(format!("{of} | {text} | {fit:?} {taken:?} | {other:?} {put:?} | {told:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn values_come_back_as_they_were_cast() {
    for (text, of) in [
        ("12", Type::Integer),
        ("\"2024-05-31T10:00:00.5Z\"", Type::Timestamp(crate::data::Moment::default())),
        ("\"2024-05-31\"", Type::Date(crate::data::Moment::default())),
        ("\"14:30:05.25\"", Type::Time(crate::data::Moment::default())),
        ("19.90", Type::Decimal { precision: 18, scale: 2 }),
        ("-0.05", Type::Decimal { precision: 60, scale: 2 }),
        ("\"aGk=\"", Type::Bytes),
        ("[1,null]", Type::List { of: Box::new(Type::Integer), required: false }),
        ("{\"a\":[1.50]}", Type::Json),
        ("true", Type::Boolean),
    ] {
        let (_, array) = by_tokens(text, &of);
        assert_eq!(value_at(&array, &of, 0), cast(&read(text).unwrap(), &of).unwrap().value, "{of}");
    }
    assert_eq!(value_at(&by_tokens("null", &Type::Integer).1, &Type::Integer, 0), Value::Null);
}

#[test]
fn a_json_column_never_breaks_a_line() {
    let (_, array) = by_tokens("{ \"a\": 1,\n  \"b\": \"x y\" }", &Type::Json);
    assert!(format!("{array:?}").contains(r#"{\"a\":1,\"b\":\"x y\"}"#), "{array:?}");
}
