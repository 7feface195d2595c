//! `keep`: only the records for which something holds.

use super::run::Transform;
use crate::data::Value;
use crate::expr::{Compiled, Expr as _, Over, Root, Scope};
use crate::fault::Fault;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Keep(pub(super) Arc<Compiled>);

impl Transform for Keep {
    fn apply(&self, record: Value, around: &dyn Scope) -> Result<Option<Value>, Fault> {
        let holds = self.0.eval(&Over::new(Root::RECORD, &record, around))? == Value::Bool(true);
        Ok(holds.then_some(record))
    }
}
