//! `set`: members with new values, in order; a later one sees an earlier one.

use super::run::{Transform, members};
use crate::components::context::Tree;
use crate::data::Value;
use crate::expr::{Compiled, Expr as _, Over, Root, Scope};
use crate::fault::Fault;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Set {
    pub(super) members: Vec<(Arc<str>, Tree)>,
    pub(super) when: Option<Arc<Compiled>>,
}

impl Transform for Set {
    fn apply(&self, record: Value, around: &dyn Scope) -> Result<Option<Value>, Fault> {
        if let Some(when) = &self.when
            && when.eval(&Over::new(Root::RECORD, &record, around))? != Value::Bool(true)
        {
            return Ok(Some(record));
        }
        let mut record = record;
        for (name, tree) in &self.members {
            let value = tree.value(&Over::new(Root::RECORD, &record, around))?;
            let mut all = members(record, "set")?;
            let known = all.iter().position(|(known, _)| known == name);
            match (known, value) {
                (Some(at), Value::Absent) => _ = all.remove(at),
                (None, Value::Absent) => {}
                (Some(at), value) => all[at].1 = value,
                (None, value) => all.push((Arc::clone(name), value)),
            }
            record = Value::Map(Arc::new(all));
        }
        Ok(Some(record))
    }
}
