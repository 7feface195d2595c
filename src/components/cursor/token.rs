//! Positions that the API gives itself (SEMANTICS rule 18).

use super::{By, CursorPlan};
use crate::components::answer::{Answer, Nulls};
use crate::components::context::{Late, Read, Tree};
use crate::data::Value;
use crate::expr::Scope;
use crate::expr::shorthand::address::Address;
use crate::fault::Fault;
use crate::state::Covered;

/// A position of the API's own, compiled.
#[derive(Debug, Clone)]
pub struct TokenPosition {
    read: Read,
    into: Option<Address>,
    first: Option<Tree>,
}

impl TokenPosition {
    /// Returns the token's settings, if the position is a token.
    pub fn of(plan: &CursorPlan) -> Option<Self> {
        let By::Token { read, into, first, .. } = &plan.by else { return None };
        let into = into.as_ref().and_then(Late::known).cloned();
        Some(Self { read: read.clone(), into, first: first.clone() })
    }

    /// Lists what the first request of a pass carries: the token of the state, else `first`, else nothing.
    pub fn writes(&self, covered: &Covered, scope: &dyn Scope) -> Result<Vec<(Address, Value)>, Fault> {
        let value = match (&covered.token, &self.first) {
            (Some(token), _) => token.clone(),
            (None, Some(first)) => first.eval(scope, Nulls::Drop)?,
            (None, None) => Value::Absent,
        };
        let sent = self.into.iter().filter(|_| !matches!(value, Value::Absent | Value::Null));
        Ok(sent.map(|into| (into.clone(), value.clone())).collect())
    }

    /// Reads the token of a page; that of the last complete page is the state.
    pub fn read(&self, answer: &Answer<'_>, scope: &dyn Scope) -> Result<Option<Value>, Fault> {
        let token = self.read.get(answer, scope)?;
        let none = match &token {
            Value::Absent | Value::Null => true,
            Value::Text(text) => text.is_empty(),
            _ => false,
        };
        Ok((!none).then_some(token))
    }

    /// What is read of each answer.
    pub fn reads(&self) -> &Read {
        &self.read
    }
}
