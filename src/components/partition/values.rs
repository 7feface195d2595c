//! Partitions at run time: the values of a name, and who a partition is (SEMANTICS rule 16).

use super::{EachPlan, Over, ParentPlan};
use crate::components::answer::{Around, Nulls};
use crate::components::context::Late;
use crate::data::Value;
use crate::expr::{Expr as _, Root, Scope, truth};
use crate::fault::{Fault, Kind};
use crate::state::PartitionKey;
use std::sync::Arc;

impl EachPlan {
    /// Returns the values that a name runs over, or `None` if it runs over the rows of streams. A scalar is one value,
    /// absent and null are none; a value that stands twice is one partition.
    pub fn values(&self, scope: &dyn Scope) -> Result<Option<Vec<Value>>, Fault> {
        let Over::Values(tree) = &self.over else { return Ok(None) };
        let all = match tree.eval(scope, Nulls::Drop)? {
            Value::Absent | Value::Null => Vec::new(),
            Value::List(items) => items.iter().filter(|item| Nulls::Drop.keep(item)).cloned().collect(),
            one => vec![one],
        };
        let mut seen = std::collections::BTreeSet::new();
        Ok(Some(all.into_iter().filter(|value| seen.insert(PartitionKey::of([("", value)]))).collect()))
    }
}

impl ParentPlan {
    /// Says whether a row of a parent is a partition. `own` is the number of the entry's own name.
    pub fn admits(&self, row: &Value, own: Root, scope: &dyn Scope) -> Result<bool, Fault> {
        let Some(when) = &self.when else { return Ok(true) };
        let value = when.eval(&Around::over(scope).with(own, row))?;
        truth(&value).map_err(|message| Fault::new(Kind::Data, "partition", message).with("in", when.source()))
    }

    /// Returns what tells a row of a parent apart: its key columns, or those that `by` names.
    pub fn identity(&self, row: &Value, key: &[String]) -> Result<Value, Fault> {
        let by: Vec<&str> = match self.by.as_slice() {
            [] => key.iter().map(String::as_str).collect(),
            written => written.iter().map(|(name, _)| name.as_str()).collect(),
        };
        let told = |message: String| Fault::new(Kind::Data, "partition", message);
        if by.is_empty() {
            return Err(told("the parent has no key that tells its rows apart; give it a `key`, or write `by`".into()));
        }
        let mut members = Vec::with_capacity(by.len());
        for name in by {
            match row.member(name) {
                Value::Absent | Value::Null => {
                    return Err(told(format!("a parent's row has no `{name}`, which tells partitions apart")));
                }
                value => members.push((name.into(), value.clone())),
            }
        }
        Ok(Value::Map(Arc::new(members)))
    }

    /// How many rows one request takes; more than one makes the name a list.
    pub fn batch(&self) -> Option<u32> {
        self.batch.as_ref().and_then(Late::known).copied()
    }

    /// Whether only parents that changed are read.
    pub fn is_changed_only(&self) -> bool {
        self.changed_only.as_ref().and_then(Late::known) == Some(&true)
    }
}

/// Returns who a partition is: each name with its value, or with the [`ParentPlan::identity`] of its row.
pub fn partition_key<'a>(parts: impl IntoIterator<Item = (&'a str, &'a Value)>) -> PartitionKey {
    PartitionKey::of(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::json;
    use crate::components::context::Tree;
    use crate::expr::{Names, Shape, Site, Slots, Wants, compile};
    use crate::text::Span;

    fn compiled(text: &str, wants: Wants) -> Arc<crate::expr::Compiled> {
        let names = Names::new().with("params", Shape::Data).own("repo", 1, Shape::Data);
        Arc::new(compile(text, &names, &Site::new(wants)).unwrap())
    }

    fn parent(when: Option<&str>, by: &[&str]) -> ParentPlan {
        ParentPlan {
            streams: vec![("repos".into(), Span::default())],
            changed_only: None,
            batch: None,
            recurse: None,
            when: when.map(|when| compiled(when, Wants::Condition)),
            lookback: None,
            by: by.iter().map(|name| ((*name).to_owned(), Span::default())).collect(),
        }
    }

    #[test]
    fn names_run_over_values() {
        for (param, expected) in [
            ("[1,2,1]", "[1,2]"),
            ("\"a\"", "[\"a\"]"),
            (r#"{"id":1}"#, r#"[{"id":1}]"#),
            ("null", "[]"),
            ("[]", "[]"),
            ("[null,3]", "[3]"),
        ] {
            let over = Over::Values(Tree::Expr(compiled("{{ params.all }}", Wants::Value)));
            let each = EachPlan { name: "x".into(), span: Span::default(), over };
            let params = json(&format!(r#"{{"all":{param}}}"#));
            let scope = Slots::new(vec![(Root::PARAMS, params)], jiff::Timestamp::UNIX_EPOCH);
            let values = each.values(&scope).unwrap().unwrap();
            assert_eq!(Value::List(Arc::new(values)), json(expected), "{param}");
        }
        let each =
            EachPlan { name: "x".into(), span: Span::default(), over: Over::Streams(Box::new(parent(None, &[]))) };
        let scope = Slots::new(Vec::new(), jiff::Timestamp::UNIX_EPOCH);
        assert!(each.values(&scope).unwrap().is_none());
    }

    #[test]
    fn a_partition_is_its_parents_keys() {
        let row = json(r#"{"owner":"o","id":7,"stars":3,"gone":null}"#);
        let key = ["id".to_owned()];
        let identity = |plan: &ParentPlan| plan.identity(&row, &key).map_err(|fault| fault.to_string());
        let of_key = identity(&parent(None, &[])).unwrap();
        let of_by = identity(&parent(None, &["owner", "id"])).unwrap();
        let number = Value::Int(5);
        assert_eq!(partition_key([("repo", &of_key), ("n", &number)]).text(), r#"{"repo":{"id":7},"n":5}"#);
        assert_eq!(partition_key([("repo", &of_by)]).text(), r#"{"repo":{"id":7,"owner":"o"}}"#);
        assert!(identity(&parent(None, &["gone"])).unwrap_err().contains("`gone`"));
        assert!(parent(None, &[]).identity(&row, &[]).is_err());
        let scope = Slots::new(Vec::new(), jiff::Timestamp::UNIX_EPOCH);
        for (when, expected) in
            [(None, true), (Some("{{ repo.stars > 2 }}"), true), (Some("{{ repo.stars > 9 }}"), false)]
        {
            assert_eq!(parent(when, &[]).admits(&row, Root::own(1), &scope).unwrap(), expected);
        }
    }
}
