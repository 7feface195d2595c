//! `remove` and `rename`: which members there are.

use super::run::{Transform, fault, members};
use crate::data::Value;
use crate::expr::Scope;
use crate::fault::Fault;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Remove(pub(super) Vec<String>);

/// New names and old ones.
#[derive(Debug)]
pub(super) struct Rename(pub(super) Vec<(Arc<str>, String)>);

impl Transform for Remove {
    fn apply(&self, record: Value, _: &dyn Scope) -> Result<Option<Value>, Fault> {
        let mut all = members(record, "remove")?;
        all.retain(|(name, _)| !self.0.iter().any(|removed| **removed == **name));
        Ok(Some(Value::Map(Arc::new(all))))
    }
}

impl Transform for Rename {
    fn apply(&self, record: Value, _: &dyn Scope) -> Result<Option<Value>, Fault> {
        let mut all = members(record, "rename")?;
        // All at once, so that two members can change their names with each other.
        for (name, _) in &mut all {
            if let Some((new, _)) = self.0.iter().find(|(_, old)| **old == **name) {
                *name = Arc::clone(new);
            }
        }
        for (new, old) in &self.0 {
            if all.iter().filter(|(name, _)| name == new).count() > 1 {
                return Err(fault(format!("`{old}` can't be called `{new}`: the record has a member of this name")));
            }
        }
        Ok(Some(Value::Map(Arc::new(all))))
    }
}
