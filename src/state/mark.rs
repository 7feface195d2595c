//! Positions: how one is compared, and what of a partition is covered.

use crate::data::Value;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A position: compared by `order`, kept as the API wrote it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Nanoseconds since 1970 of an instant, or a number times 10^9: so that both keep their fractions.
    pub order: i128,
    pub text: Value,
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Mark {}

impl PartialOrd for Mark {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mark {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order)
    }
}

/// What of a partition was read completely and is durable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covered {
    /// Contiguous stretches in order; the first is the one a next read goes on from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stretches: Vec<Stretch>,
    /// A position of the API's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Value>,
    /// Members that only another front end understands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<(String, Value)>,
}

/// A contiguous stretch of positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Where it begins; `None`: at the very beginning.
    pub from: Option<Mark>,
    /// Where the next read goes on, inclusive.
    pub to: Mark,
}

impl Covered {
    /// Returns where the next read goes on.
    pub fn position(&self) -> Option<&Mark> {
        self.stretches.first().map(|stretch| &stretch.to)
    }

    /// Moves the position forward; never back.
    pub fn advance(&mut self, from: Option<&Mark>, to: &Mark) {
        match self.stretches.first_mut() {
            Some(stretch) => {
                // What ends before the known stretch begins leaves a gap: nothing is known of it.
                if stretch.from.as_ref() > Some(to) {
                    return;
                }
                if stretch.to < *to {
                    stretch.to = to.clone();
                }
                // An earlier start that was read closes the gap before the old one.
                if from < stretch.from.as_ref() {
                    stretch.from = from.cloned();
                }
            }
            None => self.stretches.push(Stretch { from: from.cloned(), to: to.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(order: i128) -> Mark {
        Mark { order, text: Value::Int(i64::try_from(order).unwrap()) }
    }

    #[test]
    fn a_position_never_goes_back() {
        let mut covered = Covered::default();
        covered.advance(Some(&mark(1)), &mark(5));
        covered.advance(Some(&mark(1)), &mark(3));
        assert_eq!(covered.position(), Some(&mark(5)));
        covered.advance(None, &mark(4));
        assert_eq!(covered.stretches, [Stretch { from: None, to: mark(5) }]);
    }

    #[test]
    fn a_gap_is_not_covered() {
        let mut covered = Covered::default();
        covered.advance(Some(&mark(5)), &mark(9));
        covered.advance(Some(&mark(1)), &mark(3));
        assert_eq!(covered.stretches, [Stretch { from: Some(mark(5)), to: mark(9) }]);
        covered.advance(Some(&mark(1)), &mark(5));
        assert_eq!(covered.stretches, [Stretch { from: Some(mark(1)), to: mark(9) }]);
    }
}
