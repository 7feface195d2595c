//! The partitions of a stream: the product of the values of `for_each`, one after the other, never all at once.

use crate::data::Value;
use crate::fault::Fault;
use crate::state::PartitionKey;
use std::sync::Arc;

/// A partition that is to be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Partition {
    pub key: PartitionKey,
    /// The values of the names of `for_each`, in their order.
    pub names: Arc<[Value]>,
}

/// What one name of `for_each` runs over, given the values of the names before it.
pub(super) trait Names: Send + Sync {
    /// Returns how many names there are.
    fn count(&self) -> usize;

    /// Returns the values of the name at `at`.
    fn values(&self, at: usize, before: &[Value]) -> Result<Vec<Value>, Fault>;

    /// Returns the identity of a partition with these values.
    fn key(&self, values: &[Value]) -> PartitionKey;
}

/// Walks through a product like an odometer: memory is the values of one wheel each.
pub(super) struct Product {
    names: Arc<dyn Names>,
    wheels: Vec<Wheel>,
    current: Vec<Value>,
    begun: bool,
    ended: bool,
}

struct Wheel {
    values: std::vec::IntoIter<Value>,
}

impl Product {
    pub(super) fn new(names: Arc<dyn Names>) -> Self {
        Self { names, wheels: Vec::new(), current: Vec::new(), begun: false, ended: false }
    }

    /// Returns the next partition.
    pub(super) fn next(&mut self) -> Result<Option<Partition>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let count = self.names.count();
        if count == 0 {
            self.ended = true;
            return Ok(Some(Partition { key: PartitionKey::whole(), names: Arc::from([]) }));
        }
        if self.begun {
            self.current.pop();
        }
        self.begun = true;
        loop {
            if self.wheels.len() < count && self.wheels.len() == self.current.len() {
                let values = self.names.values(self.current.len(), &self.current)?;
                self.wheels.push(Wheel { values: values.into_iter() });
            }
            let wheel = self.wheels.last_mut().expect("there is one for each value and one more");
            if let Some(value) = wheel.values.next() {
                self.current.push(value);
                if self.current.len() == count {
                    let key = self.names.key(&self.current);
                    return Ok(Some(Partition { key, names: self.current.as_slice().into() }));
                }
                continue;
            }
            self.wheels.pop();
            if self.current.pop().is_none() && self.wheels.is_empty() {
                self.ended = true;
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lists(Vec<i64>);

    impl Names for Lists {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn values(&self, at: usize, before: &[Value]) -> Result<Vec<Value>, Fault> {
            // The last wheel depends on the one before it.
            let less = if let (2, Some(Value::Int(one))) = (at, before.last()) { *one } else { 0 };
            Ok((0..self.0[at] - less).map(Value::Int).collect())
        }

        fn key(&self, values: &[Value]) -> PartitionKey {
            let names = ["a", "b", "c"];
            PartitionKey::of(names.into_iter().zip(values))
        }
    }

    fn all(lists: Vec<i64>) -> Vec<String> {
        let mut product = Product::new(Arc::new(Lists(lists)));
        std::iter::from_fn(|| product.next().unwrap()).map(|partition| partition.key.to_string()).collect()
    }

    #[test]
    fn a_product_is_walked_in_order() {
        assert_eq!(all(vec![]), ["{}"]);
        assert_eq!(all(vec![2]), [r#"{"a":0}"#, r#"{"a":1}"#]);
        assert_eq!(all(vec![2, 2]).len(), 4);
        assert_eq!(all(vec![1, 2, 2]), [r#"{"a":0,"b":0,"c":0}"#, r#"{"a":0,"b":0,"c":1}"#, r#"{"a":0,"b":1,"c":0}"#]);
        assert_eq!(all(vec![2, 0]), Vec::<String>::new());
        assert_eq!(all(vec![0, 2]), Vec::<String>::new());
    }

    #[test]
    fn a_billion_partitions_cost_nothing_until_they_are_asked_for() {
        let mut product = Product::new(Arc::new(Lists(vec![1000, 1000, 1000])));
        (0..5000).for_each(|_| assert!(product.next().unwrap().is_some()));
    }
}
