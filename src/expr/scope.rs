//! Where values come from while an expression runs.

use super::names::Root;
use crate::data::{Step, Value};
use crate::fault::{Fault, Kind};
use std::borrow::Cow;

/// Gives values to expressions. Look-ups are lazy: nobody builds a page or a record for one of its members.
pub trait Scope: Sync {
    /// Returns what stands at the end of the steps; what is not there is absent.
    fn look(&self, root: Root, steps: &[Step]) -> Result<Cow<'_, Value>, Fault>;

    /// Returns the time of the run, which stays the same throughout it.
    fn now(&self) -> jiff::Timestamp;

    /// Returns the wanted columns' places below `under`, as dotted names in column order.
    fn fields(&self, under: &[Step]) -> Result<Value, Fault> {
        let _ = under;
        Err(Fault::new(Kind::Internal, "evaluate", "`fields()` has no columns here"))
    }

    /// Returns an identifier that stays the same over all tries of one request.
    fn uuid(&self) -> Result<Value, Fault> {
        Err(Fault::new(Kind::Internal, "evaluate", "`uuid()` has no request here"))
    }
}

/// A scope of values that are already there.
#[derive(Clone, Debug)]
pub struct Slots {
    slots: Vec<(Root, Value)>,
    now: jiff::Timestamp,
}

impl Slots {
    pub fn new(slots: Vec<(Root, Value)>, now: jiff::Timestamp) -> Slots {
        Slots { slots, now }
    }
}

impl Scope for Slots {
    fn look(&self, root: Root, steps: &[Step]) -> Result<Cow<'_, Value>, Fault> {
        let mut value = match self.slots.iter().find(|(known, _)| *known == root) {
            Some((_, value)) => value,
            None => &Value::Absent,
        };
        for step in steps {
            value = value.step(step);
        }
        Ok(Cow::Borrowed(value))
    }

    fn now(&self) -> jiff::Timestamp {
        self.now
    }
}

/// One name over the names of another scope.
#[derive(Clone, Copy)]
pub struct Over<'a> {
    root: Root,
    value: &'a Value,
    around: &'a dyn Scope,
}

impl<'a> Over<'a> {
    pub fn new(root: Root, value: &'a Value, around: &'a dyn Scope) -> Over<'a> {
        Over { root, value, around }
    }
}

impl Scope for Over<'_> {
    fn look(&self, root: Root, steps: &[Step]) -> Result<Cow<'_, Value>, Fault> {
        if root != self.root {
            return self.around.look(root, steps);
        }
        Ok(Cow::Borrowed(steps.iter().fold(self.value, |value, step| value.step(step))))
    }

    fn now(&self) -> jiff::Timestamp {
        self.around.now()
    }

    fn fields(&self, under: &[Step]) -> Result<Value, Fault> {
        self.around.fields(under)
    }

    fn uuid(&self) -> Result<Value, Fault> {
        self.around.uuid()
    }
}
