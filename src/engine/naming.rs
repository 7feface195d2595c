//! The names of `for_each` at run time: their order, their values, and who a partition is.
//!
//! The order is that of the compiler: each entry of a stream, after it the names of the streams it runs over. A value
//! stands where the expressions look for it.

use super::partitions::{Names, Partition};
use crate::components::answer::Around;
use crate::components::partition::{EachPlan, Over, partition_key};
use crate::data::Value;
use crate::expr::{Root, Scope as _};
use crate::fault::{Fault, Kind};
use crate::plan::{Bound, BoundStream};
use crate::state::PartitionKey;
use jiff::Timestamp;

/// The names of a stream's partitions.
pub(super) struct Naming {
    each: Vec<EachPlan>,
    /// All names in scope.
    names: Vec<String>,
    params: Value,
    now: Timestamp,
    /// The number of the first of them.
    first: u16,
    /// The key columns of each parent stream.
    keys: Vec<(String, Vec<String>)>,
    /// The names that each parent's partitions have.
    inherited: Vec<(String, Vec<String>)>,
}

impl Naming {
    pub(super) fn new(bound: &Bound, stream: &BoundStream, now: Timestamp) -> Result<Self, Fault> {
        let parents = super::jobs::parents(stream);
        let of = |name: &str| bound.streams.get(name);
        for each in &stream.each {
            if let Over::Streams(parent) = &each.over {
                let told = match () {
                    () if parent.batch().is_some_and(|batch| batch > 1) => "batch",
                    () if parent.recurse.is_some() => "recurse",
                    () => continue,
                };
                return Err(cant(&format!("`{told}` in `for_each.{}`", each.name)));
            }
        }
        if stream.each.iter().filter(|each| matches!(each.over, Over::Streams(_))).count() > 1 {
            return Err(cant("`for_each` over the rows of two streams at once"));
        }
        Ok(Self {
            each: stream.each.clone(),
            names: partition_names(bound, stream),
            params: bound.params.clone(),
            now,
            first: u16::try_from(bound.plan.once.len()).unwrap_or(u16::MAX),
            keys: parents.iter().filter_map(|name| Some(((*name).to_owned(), of(name)?.key.clone()))).collect(),
            inherited: parents
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), partition_names(bound, of(name)?))))
                .collect(),
        })
    }

    /// Says whether the stream has one partition.
    pub(super) fn is_whole(&self) -> bool {
        self.each.is_empty()
    }

    /// Says whether only parents that changed are wanted.
    pub(super) fn wants_changed_only(&self) -> bool {
        let changed = |each: &EachPlan| matches!(&each.over, Over::Streams(parent) if parent.is_changed_only());
        self.each.iter().any(changed)
    }

    /// Says whether rows of other streams are the partitions.
    pub(super) fn is_fed(&self) -> bool {
        self.each.iter().any(|each| matches!(each.over, Over::Streams(_)))
    }

    /// Puts the values of a partition where expressions look for them.
    pub(super) fn scope<'a>(&self, mut scope: Around<'a>, values: &'a [Value]) -> Around<'a> {
        for (at, value) in (0..).zip(values) {
            scope = scope.with(self.root(at), value);
        }
        scope
    }

    fn root(&self, at: u16) -> Root {
        Root::own(self.first + at)
    }

    /// Makes the partitions that a parent's row gives: with the values of the other names several.
    pub(super) fn born(&self, parent: &str, row: &Value, of: &Partition) -> Result<Vec<Partition>, Fault> {
        let mut values = vec![Value::Absent; self.names.len()];
        let inherited = self.inherited.iter().find(|(name, _)| name == parent).map(|(_, names)| names);
        for (name, value) in inherited.into_iter().flatten().zip(of.names.iter()) {
            self.set(&mut values, name, value.clone());
        }
        let mut born = Vec::new();
        self.combine(0, parent, row, &mut values, &mut Vec::new(), &mut born)?;
        Ok(born)
    }

    fn combine(
        &self,
        at: usize,
        parent: &str,
        row: &Value,
        values: &mut Vec<Value>,
        identity: &mut Vec<Value>,
        born: &mut Vec<Partition>,
    ) -> Result<(), Fault> {
        let Some(each) = self.each.get(at) else {
            let key = partition_key(self.each.iter().map(|each| each.name.as_str()).zip(identity.iter()));
            born.push(Partition { key, names: values.as_slice().into() });
            return Ok(());
        };
        let choices = match &each.over {
            Over::Values(_) => self.choices(each, values)?.into_iter().map(|value| (value.clone(), value)).collect(),
            Over::Streams(plan) => {
                let key = self.keys.iter().find(|(name, _)| name == parent).map_or(&[][..], |(_, key)| key);
                let own = self.place(&each.name);
                let around = Around::new(self.now).with(Root::PARAMS, &self.params);
                let admitted = plan.admits(row, self.root(own), &self.scope(around, values))?;
                if admitted { vec![(row.clone(), plan.identity(row, key)?)] } else { Vec::new() }
            }
        };
        for (value, who) in choices {
            self.set(values, &each.name, value);
            identity.push(who);
            self.combine(at + 1, parent, row, values, identity, born)?;
            identity.pop();
        }
        Ok(())
    }

    fn choices(&self, each: &EachPlan, values: &[Value]) -> Result<Vec<Value>, Fault> {
        let around = Around::new(self.now).with(Root::PARAMS, &self.params);
        let scope = self.scope(around, values);
        debug_assert_eq!(scope.now(), self.now);
        Ok(each.values(&scope)?.unwrap_or_default())
    }

    fn place(&self, name: &str) -> u16 {
        let at = self.names.iter().position(|known| known == name).unwrap_or(self.names.len());
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    fn set(&self, values: &mut [Value], name: &str, value: Value) {
        if let Some(place) = values.get_mut(usize::from(self.place(name))) {
            *place = value;
        }
    }

    /// Says whether a partition is among those that the user asked for: by a value, or by a key column's.
    pub(super) fn is_asked_for(&self, partition: &Partition, wanted: &[(String, String)]) -> bool {
        wanted.iter().all(|(name, text)| {
            let Some(value) = partition.names.get(usize::from(self.place(name))) else { return false };
            let is = |value: &Value| crate::components::answer::text_of(value).is_some_and(|found| *found == **text);
            match value {
                Value::Map(members) => members.iter().any(|(_, member)| is(member)),
                value => is(value),
            }
        })
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// Where all names run over values, they are walked as a product.
impl Names for Naming {
    fn count(&self) -> usize {
        self.each.len()
    }

    fn values(&self, at: usize, before: &[Value]) -> Result<Vec<Value>, Fault> {
        self.choices(&self.each[at], before)
    }

    fn key(&self, values: &[Value]) -> PartitionKey {
        partition_key(self.each.iter().map(|each| each.name.as_str()).zip(values))
    }
}

fn cant(what: &str) -> Fault {
    Fault::new(Kind::Config, "plan", format!("{what} can't be run by this version"))
}

/// Lists the names that a stream's partitions have values of, those of its parents included, in the compiler's order.
pub fn partition_names(bound: &Bound, stream: &BoundStream) -> Vec<String> {
    fn add(bound: &Bound, stream: &BoundStream, seen: &mut Vec<String>, names: &mut Vec<String>) {
        for each in &stream.each {
            if !names.contains(&each.name) {
                names.push(each.name.clone());
            }
            let Over::Streams(parent) = &each.over else { continue };
            // Of several streams nothing is known in common.
            let [(only, _)] = parent.streams.as_slice() else { continue };
            if seen.contains(only) {
                continue;
            }
            seen.push(only.clone());
            if let Some(stream) = bound.streams.get(only) {
                add(bound, stream, seen, names);
            }
        }
    }
    let mut all = Vec::new();
    add(bound, stream, &mut Vec::new(), &mut all);
    all
}
