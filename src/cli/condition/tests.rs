use super::*;
use crate::data::{Style, Time};

fn columns() -> Vec<Tested> {
    let moment = |when| Moment { when, zone: None };
    let list = [
        ("id", Type::Integer),
        ("status", Type::Enum(vec!["open".into(), "in progress".into()])),
        ("name", Type::String),
        ("total", Type::Decimal { precision: 18, scale: 2 }),
        ("paid", Type::Boolean),
        ("updated_at", Type::Timestamp(moment(When::UnixMs))),
        ("day", Type::Date(moment(When::Pattern("%d.%m.%Y".into())))),
        ("tags", Type::List { of: Box::new(Type::String), required: false }),
        ("record", Type::Json),
        ("is it", Type::String),
    ];
    list.into_iter().map(|(name, of)| Tested { name: name.into(), of }).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn time(at: &str, style: Style) -> Value {
    Value::Time(Time { at: at.parse().unwrap(), style })
}

#[test]
fn conditions_are_read() {
    let one = |column: &str, test, values: Vec<Value>| vec![Filter { column: column.into(), test, values }];
    let cases = [
        ("id = 1", one("id", Test::Equal, vec![Value::Int(1)])),
        ("id != -7", one("id", Test::NotEqual, vec![Value::Int(-7)])),
        ("id<>7", one("id", Test::NotEqual, vec![Value::Int(7)])),
        ("id IN (1,2 , 3)", one("id", Test::In, vec![Value::Int(1), Value::Int(2), Value::Int(3)])),
        ("status = 'open'", one("status", Test::Equal, vec![text("open")])),
        ("status = open", one("status", Test::Equal, vec![text("open")])),
        ("status in ('open', 'in progress')", one("status", Test::In, vec![text("open"), text("in progress")])),
        ("name = 'it''s'", one("name", Test::Equal, vec![text("it's")])),
        ("name = '007'", one("name", Test::Equal, vec![text("007")])),
        ("name = 007", one("name", Test::Equal, vec![text("007")])),
        ("name like 'a%_'", one("name", Test::Like, vec![text("a%_")])),
        ("name = 'a and b'", one("name", Test::Equal, vec![text("a and b")])),
        ("name is null", one("name", Test::IsNull, vec![])),
        ("tags IS NOT NULL", one("tags", Test::IsNotNull, vec![])),
        ("\"is it\" = 'x'", one("is it", Test::Equal, vec![text("x")])),
        ("paid = true", one("paid", Test::Equal, vec![Value::Bool(true)])),
        ("total >= 12.50", one("total", Test::AtLeast, vec![Value::Number("12.50".into())])),
        // A moment is written as ISO, whatever the API writes.
        (
            "updated_at >= 2024-01-01",
            one("updated_at", Test::AtLeast, vec![time("2024-01-01T00:00:00Z", Style::Rfc3339)]),
        ),
        (
            "updated_at < '2024-01-01T02:00:00+02:00'",
            one("updated_at", Test::Less, vec![time("2024-01-01T00:00:00Z", Style::Rfc3339)]),
        ),
        ("day = 2024-05-31", one("day", Test::Equal, vec![time("2024-05-31T00:00:00Z", Style::Date)])),
    ];
    for (condition, filters) in cases {
        assert_eq!(parse(condition, &columns()), Ok(filters), "{condition}");
    }
    let several = parse("status = 'open' and id in (1,2) AND name is null", &columns()).unwrap();
    assert_eq!(several.iter().map(|filter| filter.test).collect::<Vec<_>>(), [Test::Equal, Test::In, Test::IsNull]);
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let cases = [
        ("", "", "expected a column", ""),
        ("staus = 'open'", "staus", "no column `staus`", "did you mean `status`?"),
        ("zzz = 1", "zzz", "no column `zzz`", "columns: id, status"),
        ("id = 1 and", "", "expected a column", ""),
        ("id", "", "expected an operator", ""),
        ("id =", "", "expected a value", ""),
        ("id == 1", "==", "`==` is written `=`", "column = value"),
        ("id => 1", "=>", "`=>` is no operator", "<= > >="),
        ("id is 1", "is", "`is` takes `null` or `not null`", "`=`"),
        ("id = null", "null", "nothing equals null", "`id is null`"),
        ("id != NULL", "NULL", "nothing equals null", "`id is not null`"),
        ("id = 1 or id = 2", "or", "joined by `and` only", "column in (1, 2)"),
        ("id not in (1)", "not", "`not` can't be tested", "`!=`"),
        ("not id = 1", "not", "`not` can't stand before", "`!=`"),
        ("id between 1 and 2", "between", "`between` can't be tested", "column >= 1"),
        ("(id = 1)", "(", "expected a column", "parentheses"),
        ("id in 1", "1", "expected `(`", "column in (1, 2)"),
        ("id in (1 2)", "2", "expected `,` or `)`", ""),
        ("id in (1,", "", "expected a value", ""),
        ("id = 'one'", "'one'", "`id` is `integer`", ""),
        ("id = 1.5", "1.5", "`id` is `integer`", ""),
        ("status = closed", "closed", "`status` is `enum(open|in progress)`", ""),
        ("status = in progress", "in", "`in` is none of open, in progress", ""),
        ("name = the end", "end", "expected `and`", "in quotes"),
        ("status < 'open'", "<", "can't be compared", "= or !="),
        ("paid like 'x'", "like", "can't be compared", "`like` is for texts"),
        ("record = 'x'", "=", "`record` is `json`", "is null"),
        ("tags in ('x')", "in", "`tags` is `list<string>`", "is null"),
        ("name = 'x", "'x", "not closed", "doubled"),
        ("id = 1; drop", ";", "`;` means nothing here", "quotes"),
        ("updated_at > yesterday", "yesterday", "`updated_at` is `timestamp(unix_ms)`", ""),
    ];
    for (condition, marked, message, help) in cases {
        let told = parse(condition, &columns()).expect_err(condition);
        assert_eq!(&condition[told.range.clone()], marked, "{condition}: {told:?}");
        assert!(told.message.contains(message), "{condition}: {told:?}");
        assert!(told.help.clone().unwrap_or_default().contains(help), "{condition}: {told:?}");
    }
}

#[test]
fn a_mistake_is_drawn_with_a_mark() {
    let condition = "name = 'ü' and staus = 'open'";
    let told = parse(condition, &columns()).unwrap_err();
    insta::assert_snapshot!(told.drawn(condition), @r"
    there is no column `staus`
      name = 'ü' and staus = 'open'
                     ^^^^^
    ");
}
