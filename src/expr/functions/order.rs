//! What needs an order or sameness of elements.

use super::list::{elements, member};
use super::{Arg, Function, Given, json};
use crate::data::Value;
use crate::expr::arithmetic;
use crate::expr::compare;
use crate::expr::syntax::Arithmetic;
use crate::expr::types::Types;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) const ALL: &[Function] = &[
    Function::filter("min", "The least element; missing ones are left out.", Types::LIST, Types::ANY, |given| {
        extreme(given, Ordering::Less)
    })
    .shows(&[("[3, 1.5, null] | min", "1.5"), ("[] | min", "absent")]),
    Function::filter("max", "The greatest element; missing ones are left out.", Types::LIST, Types::ANY, |given| {
        extreme(given, Ordering::Greater)
    })
    .shows(&[("['a', 'b'] | max", "\"b\"")]),
    Function::filter("sum", "The sum of integers; missing ones are left out.", Types::LIST, Types::INTEGER, sum)
        .shows(&[("[1, 2, null] | sum", "3"), ("[] | sum", "0")]),
    Function::filter(
        "sort",
        "The elements in order, missing ones last; equal ones stay as they were.",
        Types::LIST,
        Types::LIST,
        sort,
    )
    .takes(&[
        Arg::new("attribute", Types::TEXT, "member to sort by, may be dotted").optional(),
        Arg::new("reverse", Types::BOOL, "greatest first").optional(),
    ])
    .shows(&[
        ("[3, 1, 2] | sort", "[1,2,3]"),
        ("[{'a': 1}, {'a': 2}] | sort('a', reverse=true)", "[{\"a\":2},{\"a\":1}]"),
    ]),
    Function::filter(
        "unique",
        "The elements, each once; two are the same if their JSON is.",
        Types::LIST,
        Types::LIST,
        |given| {
            let mut seen = HashSet::new();
            let mut kept = Vec::new();
            for item in elements(given) {
                if seen.insert(json::canonical(item)?) {
                    kept.push(item.clone());
                }
            }
            Ok(Value::List(Arc::new(kept)))
        },
    )
    .shows(&[("[1, 2, 1] | unique", "[1,2]")]),
];

/// Elements have an order only if they are of one sort.
fn comparable<'v>(values: impl Iterator<Item = &'v Value>) -> Result<(), String> {
    let mut seen: Option<Types> = None;
    for value in values {
        let sort = match Types::of(value) {
            Types::NUMBER => Types::INTEGER,
            Types::LIST | Types::MAP => return Err(format!("{} has no order", value.what())),
            Types::NULL | Types::ABSENT => continue,
            other => other,
        };
        if *seen.get_or_insert(sort) != sort {
            return Err("the elements are of different types and have no order".to_owned());
        }
    }
    Ok(())
}

fn extreme(given: &Given<'_>, wanted: Ordering) -> Result<Value, String> {
    comparable(elements(given).iter())?;
    let mut best = &Value::Absent;
    for item in elements(given).iter().filter(|item| !matches!(item, Value::Null | Value::Absent)) {
        if *best == Value::Absent || compare::order(item, best)? == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn sum(given: &Given<'_>) -> Result<Value, String> {
    let mut sum = Value::Int(0);
    for item in elements(given).iter().filter(|item| !matches!(item, Value::Null | Value::Absent)) {
        sum = arithmetic::compute(Arithmetic::Add, &sum, item)?;
    }
    Ok(sum)
}

/// What an element is sorted by.
fn key<'v>(item: &'v Value, dotted: Option<&str>) -> &'v Value {
    dotted.map_or(item, |dotted| member(item, dotted))
}

fn sort(given: &Given<'_>) -> Result<Value, String> {
    let dotted = given.text_arg(0);
    comparable(elements(given).iter().map(|item| key(item, dotted)))?;
    let reverse = *given.arg(1) == Value::Bool(true);
    let missing = |value: &Value| matches!(value, Value::Null | Value::Absent);
    let mut sorted = elements(given).to_vec();
    sorted.sort_by(|a, b| {
        let (a, b) = (key(a, dotted), key(b, dotted));
        missing(a).cmp(&missing(b)).then_with(|| {
            let order = compare::order(a, b).ok().flatten().unwrap_or(Ordering::Equal);
            if reverse { order.reverse() } else { order }
        })
    });
    Ok(Value::List(Arc::new(sorted)))
}
