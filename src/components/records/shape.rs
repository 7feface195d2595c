//! Shapes, run: records made of what is no list of records (SEMANTICS rule 48).

use super::ShapePlan;
use crate::data::{Map, Value};
use crate::expr::place::Path;
use crate::fault::{Fault, Kind};
use std::sync::Arc;

impl ShapePlan {
    /// Makes records of a document.
    pub fn records(&self, document: &Value) -> Result<Vec<Value>, Fault> {
        match self {
            ShapePlan::Rows { at, names, values } => {
                let Some(table) = found(document, at.as_ref())? else { return Ok(Vec::new()) };
                rows(document, table, names.as_deref(), values.as_deref())
            }
            ShapePlan::Columns(at) => match found(document, Some(at))? {
                Some(lists) => columns(lists),
                None => Ok(Vec::new()),
            },
            ShapePlan::Entries { at, key, value } => match found(document, at.as_ref())? {
                Some(map) => entries(map, key, value),
                None => Ok(Vec::new()),
            },
        }
    }
}

/// Returns what stands at a place; none where it may be absent and is, or is null.
fn found<'v>(document: &'v Value, at: Option<&super::MaybePlace>) -> Result<Option<&'v Value>, Fault> {
    let Some(at) = at else { return Ok(Some(document)) };
    match at.path.find(document).first() {
        None | Some(Value::Null) if at.optional => Ok(None),
        None => Err(fault(format!("`{}` is not there", at.path.text()))),
        Some(value) => Ok(Some(value)),
    }
}

fn rows(
    document: &Value,
    table: &Value,
    names: Option<&dyn Path>,
    values: Option<&dyn Path>,
) -> Result<Vec<Value>, Fault> {
    let Value::List(table) = table else { return Err(unfit("`rows`", "a list of rows", table)) };
    let cells = |row: &Value| -> Result<Vec<Value>, Fault> {
        match values {
            None => match row {
                Value::List(cells) => Ok(cells.to_vec()),
                other => Err(unfit("a row of `rows`", "a list of values", other)),
            },
            Some(values) => Ok(spread(&values.find(row))),
        }
    };
    let mut table = table.iter();
    let names = match names {
        Some(names) => spread(&names.find(document)),
        None => match table.next() {
            Some(first) => cells(first)?,
            None => return Ok(Vec::new()),
        },
    };
    let names: Vec<Arc<str>> = names
        .iter()
        .map(|name| match name {
            Value::Text(name) => Ok(Arc::clone(name)),
            Value::Int(number) => Ok(number.to_string().into()),
            other => Err(unfit("a name of `rows`", "a text", other)),
        })
        .collect::<Result<_, _>>()?;
    let record = |row: &Value| {
        let cells = cells(row)?;
        if cells.len() > names.len() {
            return Err(fault(format!("a row of {} values where there are {} names", cells.len(), names.len())));
        }
        Ok(Value::Map(Arc::new(names.iter().cloned().zip(cells).collect::<Map>())))
    };
    table.map(record).collect()
}

/// One list at a place is its elements; several nodes are themselves.
fn spread(nodes: &[&Value]) -> Vec<Value> {
    match nodes {
        [Value::List(items)] => items.to_vec(),
        nodes => nodes.iter().map(|node| (*node).clone()).collect(),
    }
}

fn columns(lists: &Value) -> Result<Vec<Value>, Fault> {
    let Value::Map(members) = lists else { return Err(unfit("`columns`", "an object of lists", lists)) };
    let mut length = None;
    let mut all = Vec::new();
    for (name, list) in members.iter() {
        let Value::List(list) = list else { return Err(unfit(&format!("`{name}` of `columns`"), "a list", list)) };
        if *length.get_or_insert(list.len()) != list.len() {
            let told = format!("`{name}` has {} values where others have {}", list.len(), length.unwrap_or_default());
            return Err(fault(told));
        }
        all.push((name, list));
    }
    let record = |at: usize| {
        let members: Map = all.iter().map(|(name, list)| (Arc::clone(name), list[at].clone())).collect();
        Value::Map(Arc::new(members))
    };
    Ok((0..length.unwrap_or_default()).map(record).collect())
}

fn entries(map: &Value, key: &str, value: &str) -> Result<Vec<Value>, Fault> {
    let Value::Map(members) = map else { return Err(unfit("`entries`", "an object", map)) };
    let record = |(name, entry): &(Arc<str>, Value)| {
        let mut record: Map = vec![(key.into(), Value::Text(Arc::clone(name)))];
        match entry {
            Value::Map(inner) => record.extend(inner.iter().filter(|(name, _)| **name != *key).cloned()),
            other => record.push((value.into(), other.clone())),
        }
        Value::Map(Arc::new(record))
    };
    Ok(members.iter().map(record).collect())
}

fn unfit(what: &str, wanted: &str, value: &Value) -> Fault {
    fault(format!("{what} needs {wanted}, this is {}", value.what()))
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(Kind::Source, "find the records", message)
}

#[cfg(test)]
mod tests {
    use super::super::MaybePlace;
    use super::*;
    use crate::data::json::{Writing, read, write};
    use crate::expr::place::compile;

    fn maybe(text: &str) -> MaybePlace {
        MaybePlace { path: compile(text.trim_end_matches('?')).unwrap(), optional: text.ends_with('?') }
    }

    #[test]
    fn shapes_make_records() {
        let place = |text: &str| Some(compile(text).unwrap());
        let entries =
            |at: Option<&str>| ShapePlan::Entries { at: at.map(maybe), key: "key".into(), value: "value".into() };
        for (plan, document, expected) in [
            (
                ShapePlan::Rows { at: None, names: None, values: None },
                r#"[["a","b"],[1,"x"],[2]]"#,
                r#"[{"a":1,"b":"x"},{"a":2}]"#,
            ),
            (
                ShapePlan::Rows {
                    at: Some(maybe("$.rows?")),
                    names: place("$.heads[*].name"),
                    values: place("$.v[*].value"),
                },
                r#"{"heads":[{"name":"a"},{"name":"b"}],"rows":[{"v":[{"value":1},{"value":2}]}]}"#,
                r#"[{"a":1,"b":2}]"#,
            ),
            (ShapePlan::Rows { at: Some(maybe("$.rows?")), names: None, values: None }, "{}", "[]"),
            (
                ShapePlan::Columns(maybe("$.data")),
                r#"{"data":{"a":[1,2],"b":["x","y"]}}"#,
                r#"[{"a":1,"b":"x"},{"a":2,"b":"y"}]"#,
            ),
            (
                ShapePlan::Columns(maybe("$.data")),
                r#"{"data":{"a":[1,2],"b":["x"]}}"#,
                "! `b` has 1 values where others have 2",
            ),
            (ShapePlan::Columns(maybe("$.data")), "{}", "! `$.data` is not there"),
            (
                entries(None),
                r#"{"de":{"name":"x","key":0},"fr":7}"#,
                r#"[{"key":"de","name":"x"},{"key":"fr","value":7}]"#,
            ),
            (entries(Some("$.m")), r#"{"m":[]}"#, "! `entries` needs an object, this is a list"),
        ] {
            let found = match plan.records(&read(document).unwrap()) {
                Ok(records) => {
                    let mut out = String::new();
                    write(&Value::List(Arc::new(records)), &Writing::default(), &mut out).unwrap();
                    out
                }
                Err(fault) => format!("! {fault}"),
            };
            assert_eq!(found, expected, "{document}");
        }
    }
}
