//! Which members of a record go where, and how records of a page were laid out so far.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// So many different keys of one object are remembered.
const MOST: usize = 4096;

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Column(usize),
    /// A value that expressions and places look into.
    Slot(usize),
}

/// The wanted places of a record, all of them names of members one below the other.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    pub(super) nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) takes: Vec<Target>,
    pub(super) members: Vec<(Arc<str>, usize)>,
}

impl Trie {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    pub(super) fn add(&mut self, keys: &[Arc<str>], target: Target) {
        let mut node = 0;
        for key in keys {
            let known = self.nodes[node].members.iter().find(|(name, _)| name == key).map(|(_, node)| *node);
            node = known.unwrap_or_else(|| {
                let next = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[node].members.push((Arc::clone(key), next));
                next
            });
        }
        self.nodes[node].takes.push(target);
    }
}

/// The keys of one object of the records, in the order they came: the next record most likely has the same.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) known: Vec<Seen>,
    index: HashMap<Box<str>, usize>,
    /// Keys of this record that were too many to be remembered.
    loose: HashSet<Box<str>>,
}

/// A key that was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) key: Box<str>,
    /// It is written as it is: no sign in it needs an escape.
    pub(super) plain: bool,
    /// Where it leads.
    pub(super) node: Option<usize>,
    /// No column takes from it.
    pub(super) unknown: bool,
    /// The last record that had it.
    pub(super) record: u64,
}

/// Where a key was found.
pub(super) enum Place {
    Known(usize),
    /// It is not remembered, and it stood in this record before or not.
    Loose {
        twice: bool,
    },
}

impl Layout {
    pub(super) fn begin(&mut self) {
        if !self.loose.is_empty() {
            self.loose.clear();
        }
    }

    /// Returns the key that most likely comes next.
    pub(super) fn guess(&self, at: usize) -> Option<&str> {
        self.known.get(at).filter(|seen| seen.plain).map(|seen| &*seen.key)
    }

    /// Finds a key, and remembers a new one.
    pub(super) fn find(&mut self, key: &str, node: &Node, unknown: impl FnOnce(&str) -> bool) -> Place {
        if let Some(at) = self.index.get(key) {
            return Place::Known(*at);
        }
        let member = node.members.iter().find(|(name, _)| **name == *key).map(|(_, node)| *node);
        if self.known.len() >= MOST && member.is_none() {
            return Place::Loose { twice: !self.loose.insert(key.into()) };
        }
        let at = self.known.len();
        let plain = !key.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
        self.known.push(Seen { key: key.into(), plain, node: member, unknown: unknown(key), record: u64::MAX });
        self.index.insert(key.into(), at);
        Place::Known(at)
    }
}
