//! Lists and maps: members, lengths, slices, choosing elements.

use super::{Arg, Form, Function, Given, text_of};
use crate::data::Value;
use crate::expr::compare;
use crate::expr::syntax::Comparison;
use crate::expr::types::Types;
use crate::expr::write;
use std::sync::Arc;

const TESTS: &[&str] = &["==", "!=", "<", "<=", ">", ">=", "in", "defined"];
const SELECT: &[Arg] = &[
    Arg::new("attribute", Types::TEXT, "member of each element, may be dotted"),
    Arg::new("test", Types::TEXT, "the comparison").form(Form::Words(TESTS)),
    Arg::new("value", Types::ANY, "what is compared with; not for `defined`").optional(),
];

pub(super) const ALL: &[Function] = &[
    Function::filter(
        "default",
        "The value, or another one if it is absent or null.",
        Types::ANY,
        Types::ANY,
        |given| {
            let missing = matches!(given.input, Value::Absent | Value::Null);
            Ok(if missing { given.arg(0) } else { given.input }.clone())
        },
    )
    .takes(&[Arg::new("other", Types::ANY, "the other value")])
    .sees_missing()
    .shows(&[
        ("record.missing | default('x')", "\"x\""),
        ("record.nothing | default(0)", "0"),
        ("'a' | default('x')", "\"a\""),
    ]),
    Function::filter(
        "length",
        "How many elements, members or characters; 0 for absent and null.",
        Types::LIST.or(Types::MAP).or(Types::TEXT),
        Types::INTEGER,
        length,
    )
    .sees_missing()
    .shows(&[("[1, 2] | length", "2"), ("record.missing | length", "0"), ("'aé' | length", "2")]),
    Function::filter("first", "The first element.", Types::LIST, Types::ANY, |given| {
        Ok(given.input.element(0).clone())
    })
    .shows(&[("[1, 2] | first", "1"), ("[] | first", "absent")]),
    Function::filter("last", "The last element.", Types::LIST, Types::ANY, |given| Ok(given.input.element(-1).clone()))
        .shows(&[("[1, 2] | last", "2")]),
    Function::filter("keys", "The names of the members.", Types::MAP, Types::LIST, |given| {
        Ok(members(given, |key, _| Value::Text(Arc::clone(key))))
    })
    .shows(&[("{'a': 1, 'b': 2} | keys", "[\"a\",\"b\"]")]),
    Function::filter("values", "The values of the members.", Types::MAP, Types::LIST, |given| {
        Ok(members(given, |_, value| value.clone()))
    })
    .shows(&[("{'a': 1, 'b': 2} | values", "[1,2]")]),
    Function::filter("items", "Each member as `{ key, value }`.", Types::MAP, Types::LIST, |given| {
        Ok(members(given, |key, value| {
            Value::Map(Arc::new(vec![("key".into(), Value::Text(Arc::clone(key))), ("value".into(), value.clone())]))
        }))
    })
    .shows(&[("{'a': 1} | items", "[{\"key\":\"a\",\"value\":1}]")]),
    Function::filter(
        "map",
        "One member of each element; elements without it are left out.",
        Types::LIST,
        Types::LIST,
        |given| {
            let found = elements(given).iter().map(|item| member(item, text_of(given.arg(0))).clone());
            Ok(list(found.filter(|value| *value != Value::Absent)))
        },
    )
    .takes(&[Arg::new("attribute", Types::TEXT, "the member, may be dotted: `user.login`")])
    .shows(&[("[{'a': 1}, {'b': 2}, {'a': 3}] | map(attribute='a')", "[1,3]")]),
    Function::filter("select", "The elements whose member passes a test.", Types::LIST, Types::LIST, |given| {
        chosen(given, true)
    })
    .takes(SELECT)
    .shows(&[
        ("[{'a': 1}, {'a': 2}] | select('a', '>', 1)", "[{\"a\":2}]"),
        ("[{'a': 1}, {}] | select('a', 'defined')", "[{\"a\":1}]"),
    ]),
    Function::filter("reject", "The elements whose member does not pass a test.", Types::LIST, Types::LIST, |given| {
        chosen(given, false)
    })
    .takes(SELECT)
    .shows(&[("[{'a': 1}, {'a': 2}] | reject('a', 'in', [2, 3])", "[{\"a\":1}]")]),
    Function::filter("join", "The elements as one text.", Types::LIST, Types::TEXT, join)
        .takes(&[
            Arg::new("separator", Types::TEXT, "what stands between two elements, nothing if not given").optional()
        ])
        .shows(&[("[1, 'a', true] | join(',')", "\"1,a,true\""), ("['a', 'b'] | join", "\"ab\"")]),
];

fn list(values: impl Iterator<Item = Value>) -> Value {
    Value::List(Arc::new(values.collect()))
}

pub(super) fn elements<'g>(given: &Given<'g>) -> &'g [Value] {
    match given.input {
        Value::List(list) => list,
        _ => &[],
    }
}

fn members(given: &Given<'_>, each: fn(&Arc<str>, &Value) -> Value) -> Value {
    match given.input {
        Value::Map(map) => list(map.iter().map(|(key, value)| each(key, value))),
        _ => Value::Absent,
    }
}

/// Follows a dotted name.
pub(super) fn member<'v>(value: &'v Value, dotted: &str) -> &'v Value {
    dotted.split('.').fold(value, |value, key| value.member(key))
}

fn length(given: &Given<'_>) -> Result<Value, String> {
    let length = match given.input {
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Text(text) => text.chars().count(),
        _ => 0,
    };
    i64::try_from(length).map(Value::Int).map_err(|_| "too long".to_owned())
}

fn chosen(given: &Given<'_>, wanted: bool) -> Result<Value, String> {
    let (dotted, value) = (text_of(given.arg(0)), given.arg(2));
    let op = match text_of(given.arg(1)) {
        "==" => Some(Comparison::Equal),
        "!=" => Some(Comparison::Unequal),
        "<" => Some(Comparison::Less),
        "<=" => Some(Comparison::LessOrEqual),
        ">" => Some(Comparison::Greater),
        ">=" => Some(Comparison::GreaterOrEqual),
        "in" => Some(Comparison::In),
        _ => None,
    };
    let mut kept = Vec::new();
    for item in elements(given) {
        let found = member(item, dotted);
        let passes = match op {
            Some(op) => compare::compare(op, found, value)?,
            None => *found != Value::Absent,
        };
        if passes == wanted {
            kept.push(item.clone());
        }
    }
    Ok(Value::List(Arc::new(kept)))
}

fn join(given: &Given<'_>) -> Result<Value, String> {
    let separator = text_of(given.arg(0));
    let mut out = String::new();
    for (at, item) in elements(given).iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        write::scalar(item, &mut out)?;
    }
    Ok(Value::Text(out.into()))
}

/// Cuts a list or text; bounds outside of it are its ends, the step is at least 1.
pub(in crate::expr) fn slice(value: &Value, [start, stop, step]: [Option<i64>; 3]) -> Result<Value, String> {
    let Ok(step) = usize::try_from(step.unwrap_or(1)) else {
        return Err("the step of a slice is at least 1".to_owned());
    };
    if step == 0 {
        return Err("the step of a slice is at least 1".to_owned());
    }
    let cut = |length: usize| {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let place = |bound: i64| if bound < 0 { bound.saturating_add(length).max(0) } else { bound.min(length) };
        let (from, to) = (start.map_or(0, place), stop.map_or(length, place));
        (usize::try_from(from).unwrap_or(0), usize::try_from(to.max(from)).unwrap_or(0))
    };
    match value {
        Value::Absent | Value::Null => Ok(value.clone()),
        Value::List(all) => {
            let (from, to) = cut(all.len());
            Ok(list(all[from..to].iter().step_by(step).cloned()))
        }
        Value::Text(text) => {
            let (from, to) = cut(text.chars().count());
            let kept: String = text.chars().skip(from).take(to - from).step_by(step).collect();
            Ok(Value::Text(kept.into()))
        }
        other => Err(format!("only lists and texts have slices, this is {}", other.what())),
    }
}
