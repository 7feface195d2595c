//! Reading from an answer, and making the values that are sent.

use super::{Answer, Around};
use crate::components::context::{Read, Tree};
use crate::data::{Moment, Type, Value, When, cast};
use crate::expr::{Expr as _, Scope, truth};
use crate::fault::{Fault, Kind};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::SystemTime;

/// What becomes of null where values are sent; what is absent is never sent (SEMANTICS rule 26).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Left out: query, headers, form.
    Drop,
    /// Sent: JSON bodies and variables.
    Send,
}

impl Read {
    /// Reads from an answer. A place gives one value or none: several are an error (SEMANTICS rule 22).
    ///
    /// Expressions see `response` beside what `scope` gives; in paging it holds `page` and `records` already.
    pub fn get(&self, answer: &Answer<'_>, scope: &dyn Scope) -> Result<Value, Fault> {
        match self {
            Read::Place(path) => match path.find(answer.body).as_slice() {
                [] => Ok(Value::Absent),
                [one] => Ok((*one).clone()),
                several => {
                    let message = format!("`{}` gives {} values where one is read", path.text(), several.len());
                    Err(Fault::new(Kind::Source, "read", message))
                }
            },
            Read::Header(name) => Ok(answer.headers.get(name).map_or(Value::Absent, |text| Value::Text(text.into()))),
            Read::Expr(compiled) => compiled.eval(&Around::over(scope).answer(answer)),
            Read::PlaceOf(param) => {
                Err(Fault::new(Kind::Internal, "read", format!("the place of `params.{param}` was not decided")))
            }
        }
    }

    /// Reads a condition (SEMANTICS rule 27).
    pub fn holds(&self, answer: &Answer<'_>, scope: &dyn Scope) -> Result<bool, Fault> {
        let told = |message: String| Fault::new(Kind::Source, "read", message).with("in", self.shown());
        truth(&self.get(answer, scope)?).map_err(told)
    }

    /// Reads a count: a whole number from 0, also as text; anything else counts as not said.
    pub fn count(&self, answer: &Answer<'_>, scope: &dyn Scope) -> Result<Option<u64>, Fault> {
        Ok(count_of(&self.get(answer, scope)?))
    }

    /// Returns what an author wrote.
    pub fn shown(&self) -> String {
        match self {
            Read::Place(path) => path.text().to_owned(),
            Read::Header(name) => format!("header.{name}"),
            Read::Expr(compiled) => compiled.source().to_owned(),
            Read::PlaceOf(param) => format!("{{{{ params.{param} }}}}"),
        }
    }
}

/// Reads a value as a count.
pub(in crate::components) fn count_of(value: &Value) -> Option<u64> {
    match cast(value, &Type::Integer).ok()?.value {
        Value::Int(count) => u64::try_from(count).ok(),
        _ => None,
    }
}

/// Returns a scalar as it stands in an address, a header or a form: numbers keep their digits (SEMANTICS rule 30).
pub fn text_of(value: &Value) -> Option<Arc<str>> {
    match cast(value, &Type::String).ok()?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Reads a date of HTTP, or RFC 3339.
pub(in crate::components) fn instant_of(value: &Value) -> Option<Timestamp> {
    if let Value::Text(text) = value
        && let Ok(at) = httpdate::parse_http_date(text.trim())
    {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        return Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok();
    }
    let iso = Type::Timestamp(Moment { when: When::Iso, zone: Some("UTC".to_owned()) });
    match cast(value, &iso).ok()?.value {
        Value::Time(time) => Some(time.at),
        _ => None,
    }
}

impl Tree {
    /// Makes the value that is sent. Absent members and elements are left out, null ones as `nulls` says.
    pub fn eval(&self, scope: &dyn Scope, nulls: Nulls) -> Result<Value, Fault> {
        match self {
            Tree::Fixed(value) => Ok(value.clone()),
            Tree::Expr(compiled) => compiled.eval(scope),
            Tree::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(item.eval(scope, nulls)?);
                }
                list.retain(|item| nulls.keep(item));
                Ok(Value::List(Arc::new(list)))
            }
            Tree::Map(members) => {
                let mut map = Vec::with_capacity(members.len());
                for (name, member) in members {
                    let value = member.eval(scope, nulls)?;
                    if nulls.keep(&value) {
                        map.push((Arc::clone(name), value));
                    }
                }
                Ok(Value::Map(Arc::new(map)))
            }
        }
    }
}

impl Nulls {
    /// Says whether a value is sent.
    pub fn keep(self, value: &Value) -> bool {
        match value {
            Value::Absent => false,
            Value::Null => self == Nulls::Send,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::{answering, json};
    use crate::expr::{Names, Root, Shape, Site, Slots, Wants, compile, place};

    fn read(text: &str) -> Read {
        match text {
            place if place.starts_with('$') => Read::Place(place::compile(place).unwrap()),
            header if header.starts_with("header.") => Read::Header(header["header.".len()..].into()),
            expr => {
                let names = Names::new().with("response", Shape::Data).with("params", Shape::Data);
                Read::Expr(Arc::new(compile(expr, &names, &Site::new(Wants::Value)).unwrap()))
            }
        }
    }

    #[test]
    fn one_value_is_read_or_none() {
        let scope = Slots::new(vec![(Root::PARAMS, json(r#"{"k":"next"}"#))], Timestamp::UNIX_EPOCH);
        let body = r#"{"next":"c2","rows":[{"id":1},{"id":2}],"total":"17","none":null,"less":-1}"#;
        answering(200, &[("x-next", "c9")], body, |answer| {
            for (written, expected) in [
                ("$.next", Some("\"c2\"")),
                ("$.missing", Some("null")),
                ("$.rows[-1].id", Some("2")),
                ("$.rows[*].id", None),
                ("header.x-next", Some("\"c9\"")),
                ("header.x-none", Some("null")),
                ("{{ response.body[params.k] }}", Some("\"c2\"")),
            ] {
                let got = read(written).get(answer, &scope).ok().map(|value| {
                    let mut text = String::new();
                    crate::data::json::write_canonical(&value, &mut text);
                    text
                });
                assert_eq!(got.as_deref(), expected, "{written}");
            }
            for (written, expected) in [("$.total", Some(17)), ("$.less", None), ("$.none", None), ("$.next", None)] {
                assert_eq!(read(written).count(answer, &scope).unwrap(), expected, "{written}");
            }
            for (written, expected) in
                [("$.next", None), ("$.none", Some(false)), ("$.rows", Some(true)), ("$.missing", Some(false))]
            {
                assert_eq!(read(written).holds(answer, &scope).ok(), expected, "{written}");
            }
        });
    }

    #[test]
    fn missing_values_are_left_out() {
        let expr = |text: &str| {
            let names = Names::new().with("params", Shape::Data);
            Tree::Expr(Arc::new(compile(text, &names, &Site::new(Wants::Value)).unwrap()))
        };
        let tree = Tree::Map(vec![
            ("gone".into(), expr("{{ params.gone }}")),
            ("null".into(), Tree::Fixed(Value::Null)),
            ("list".into(), Tree::List(vec![expr("{{ params.gone }}"), expr("{{ params.here }}")])),
        ]);
        let scope = Slots::new(vec![(Root::PARAMS, json(r#"{"here":1.50}"#))], Timestamp::UNIX_EPOCH);
        for (nulls, expected) in [(Nulls::Send, r#"{"list":[1.5],"null":null}"#), (Nulls::Drop, r#"{"list":[1.5]}"#)] {
            let mut text = String::new();
            crate::data::json::write_canonical(&tree.eval(&scope, nulls).unwrap(), &mut text);
            assert_eq!(text, expected);
        }
    }
}
