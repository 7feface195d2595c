//! `cast`: members of another type.

use super::run::{Transform, fault, members};
use crate::data::{self, Type, Value};
use crate::expr::Scope;
use crate::fault::Fault;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Cast(pub(super) Vec<(String, Type)>);

impl Transform for Cast {
    fn apply(&self, record: Value, _: &dyn Scope) -> Result<Option<Value>, Fault> {
        let mut all = members(record, "cast")?;
        for (name, of) in &self.0 {
            let Some((_, value)) = all.iter_mut().find(|(known, _)| **known == **name) else { continue };
            let cast = data::cast(value, of).map_err(|error| fault(format!("`{name}`: {error}")))?;
            *value = cast.value;
        }
        Ok(Some(Value::Map(Arc::new(all))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::{Remove, Rename};
    use super::*;
    use crate::data::json::{Writing, read, write};
    use crate::expr::Slots;

    #[test]
    fn members_are_changed_as_written() {
        let rename = |pairs: &[(&str, &str)]| {
            Rename(pairs.iter().map(|(new, old)| ((*new).into(), (*old).to_owned())).collect())
        };
        let cases: Vec<(Box<dyn Transform>, &str, &str)> = vec![
            (Box::new(Remove(vec!["b".into(), "x".into()])), r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
            (Box::new(rename(&[("b", "a")])), r#"{"a":1,"c":2}"#, r#"{"b":1,"c":2}"#),
            (Box::new(rename(&[("b", "a"), ("a", "b")])), r#"{"a":1,"b":2}"#, r#"{"b":1,"a":2}"#),
            (
                Box::new(rename(&[("b", "a")])),
                r#"{"a":1,"b":2}"#,
                "! `a` can't be called `b`: the record has a member of this name",
            ),
            (Box::new(rename(&[("b", "a")])), "[1]", "! `rename` needs a record with members, this is a list"),
            (Box::new(Cast(vec![("a".into(), Type::Integer)])), r#"{"a":"7","b":"7"}"#, r#"{"a":7,"b":"7"}"#),
            (Box::new(Cast(vec![("a".into(), Type::Integer)])), r#"{"a":"x"}"#, "! `a`: `x` is not an integer"),
            (Box::new(Cast(vec![("a".into(), Type::Integer)])), r#"{"b":1}"#, r#"{"b":1}"#),
        ];
        let scope = Slots::new(Vec::new(), jiff::Timestamp::UNIX_EPOCH);
        for (step, record, expected) in cases {
            let found = match step.apply(read(record).unwrap(), &scope) {
                Ok(Some(value)) => {
                    let mut out = String::new();
                    write(&value, &Writing::default(), &mut out).unwrap();
                    out
                }
                Ok(None) => "left out".into(),
                Err(fault) => format!("! {fault}"),
            };
            assert_eq!(found, expected, "{step:?} {record}");
        }
    }
}
