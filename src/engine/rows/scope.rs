//! What expressions see of a record: a lazy object over slots, or the record itself.

use crate::data::{Step, Value};
use crate::expr::{Root, Scope};
use crate::fault::Fault;
use std::borrow::Cow;
use std::sync::Arc;

static ABSENT: Value = Value::Absent;

/// A record as far as it was read.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// All of it, if it was built.
    pub(super) whole: Option<&'a Value>,
    pub(super) keys: &'a [Vec<Arc<str>>],
    pub(super) slots: &'a [Value],
}

impl<'a> View<'a> {
    pub(super) fn look(&self, steps: &[Step]) -> &'a Value {
        let follow = |value: &'a Value, steps: &[Step]| steps.iter().fold(value, |value, step| value.step(step));
        if let Some(whole) = self.whole {
            return follow(whole, steps);
        }
        for (keys, value) in self.keys.iter().zip(self.slots) {
            let leads = |(key, step): (&Arc<str>, &Step)| matches!(step, Step::Key(name) if name == key);
            if steps.len() >= keys.len() && keys.iter().zip(steps).all(leads) {
                return follow(value, &steps[keys.len()..]);
            }
        }
        &ABSENT
    }

    /// Returns all values at the end of the steps.
    pub(super) fn find(&self, steps: &[Step]) -> Vec<&'a Value> {
        let straight = steps.iter().take_while(|step| matches!(step, Step::Key(_))).count();
        let mut found = vec![self.look(&steps[..straight])];
        for step in &steps[straight..] {
            found = match step {
                Step::Every => found.into_iter().flat_map(children).collect(),
                step => found.into_iter().map(|value| value.step(step)).collect(),
            };
            found.retain(|value| **value != Value::Absent);
        }
        found.retain(|value| **value != Value::Absent);
        found
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::List(items) => Box::new(items.iter()),
        Value::Map(members) => Box::new(members.iter().map(|(_, value)| value)),
        _ => Box::new(std::iter::empty()),
    }
}

/// The names of a record's expressions.
pub(super) struct RecordScope<'a> {
    pub(super) view: View<'a>,
    pub(super) response: &'a Value,
    pub(super) around: &'a dyn Scope,
}

impl Scope for RecordScope<'_> {
    fn look(&self, root: Root, steps: &[Step]) -> Result<Cow<'_, Value>, Fault> {
        Ok(Cow::Borrowed(match root {
            Root::RECORD => self.view.look(steps),
            Root::RESPONSE => steps.iter().fold(self.response, |value, step| value.step(step)),
            _ => return self.around.look(root, steps),
        }))
    }

    fn now(&self) -> jiff::Timestamp {
        self.around.now()
    }
}
