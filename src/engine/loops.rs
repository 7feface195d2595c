//! Notices an API that leads in a circle: the same token again, the same page again, nothing but empty pages.

use crate::data::Value;
use crate::data::json::write_canonical;
use crate::fault::{Fault, Kind};
use crate::state::{Digest, Milestone, Page};
use std::collections::{BTreeSet, VecDeque};

/// So many tokens of a partition are remembered.
const MOST_TOKENS: usize = 1_000_000;

/// What one partition's pages looked like so far.
#[derive(Debug, Default)]
pub(super) struct Loops {
    tokens: BTreeSet<u64>,
    last: Option<Digest>,
    empty: u32,
}

impl Loops {
    /// Looks at a page that arrived and at the one it leads to.
    pub(super) fn look(
        &mut self,
        page: &Page,
        records: Digest,
        count: u64,
        next: Option<&Page>,
        most_empty: u32,
        milestone: &mut Option<Milestone>,
    ) -> Result<(), Fault> {
        let fault = |message: String| Err(Fault::new(Kind::Source, "page", message));
        if count == 0 {
            self.empty += 1;
            if self.empty >= most_empty && next.is_some() {
                return fault(format!("{most_empty} empty pages one after the other, and still a next one"));
            }
        } else {
            self.empty = 0;
            if self.last == Some(records) {
                return fault(format!(
                    "pagination loop: page {} has the same records as the page before it",
                    page.index + 1
                ));
            }
            self.last = Some(records);
        }
        self.remember(&page.token);
        let Some(next) = next else { return Ok(()) };
        let Some(hash) = hash(&next.token) else { return Ok(()) };
        let is_met = milestone.is_some_and(|met| met.token == hash.short() && met.index < next.index);
        if is_met || self.tokens.contains(&hash.short()) {
            return fault(format!(
                "pagination loop: page {} leads to a token that was asked before (its hash is {:.8})",
                page.index + 1,
                hash.to_string()
            ));
        }
        if next.index.is_power_of_two() {
            *milestone = Some(Milestone { index: next.index, token: hash.short() });
        }
        Ok(())
    }

    /// The pass goes on after a page of an earlier run.
    pub(super) fn resumed_after(&mut self, records: Digest) {
        self.last = Some(records);
    }

    fn remember(&mut self, token: &Value) {
        if let Some(hash) = hash(token).filter(|_| self.tokens.len() < MOST_TOKENS) {
            self.tokens.insert(hash.short());
        }
    }
}

fn hash(token: &Value) -> Option<Digest> {
    if *token == Value::Absent {
        return None;
    }
    let mut text = String::new();
    write_canonical(token, &mut text);
    Some(Digest::of([text]))
}

/// Counts rows whose key came before, within the newest keys of a partition.
#[derive(Debug, Default)]
pub(super) struct Keys {
    known: std::collections::HashSet<u64, std::hash::BuildHasherDefault<Plain>>,
    order: VecDeque<u64>,
}

impl Keys {
    /// Returns how many of these keys came before.
    pub(super) fn count(&mut self, keys: &[u64], most: usize) -> u64 {
        let mut duplicates = 0;
        for key in keys {
            if !self.known.insert(*key) {
                duplicates += 1;
                continue;
            }
            self.order.push_back(*key);
            if self.order.len() > most
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
        duplicates
    }
}

/// Keys are hashes already.
#[derive(Debug, Default)]
pub(super) struct Plain(u64);

impl std::hash::Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(index: u64, token: &str) -> Page {
        Page { index, token: Value::Text(token.into()) }
    }

    fn told(loops: &mut Loops, page: &Page, records: &str, count: u64, next: Option<&Page>) -> String {
        match loops.look(page, Digest::of([records]), count, next, 3, &mut None) {
            Ok(()) => String::new(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn a_circle_is_noticed() {
        let mut loops = Loops::default();
        let (a, b) = (page(0, "a"), page(1, "b"));
        assert_eq!(told(&mut loops, &a, "1", 1, Some(&b)), "");
        assert!(told(&mut loops, &b, "2", 1, Some(&page(2, "a"))).contains("a token that was asked before"));
        assert!(told(&mut loops, &b, "2", 1, None).contains("the same records"));
        assert!(told(&mut loops, &a, "3", 1, Some(&page(1, "a"))).contains("pagination loop"));
    }

    #[test]
    fn empty_pages_end_somewhere() {
        let mut loops = Loops::default();
        assert_eq!(told(&mut loops, &page(0, "a"), "", 0, Some(&page(1, "b"))), "");
        assert_eq!(told(&mut loops, &page(1, "b"), "", 0, Some(&page(2, "c"))), "");
        assert!(told(&mut loops, &page(2, "c"), "", 0, Some(&page(3, "d"))).contains("3 empty pages"));
    }

    #[test]
    fn duplicates_are_counted_within_the_newest_keys() {
        let mut keys = Keys::default();
        assert_eq!(keys.count(&[1, 2, 1, 3], 2), 1);
        assert_eq!(keys.count(&[1], 2), 0, "forgotten");
        assert_eq!(keys.count(&[3], 2), 1);
    }
}
