//! The rows that the next read will give again (rule 13).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

/// Hashes of rows at or above the next start, and of all rows without a position: at most [`RowHashes::MOST`].
///
/// A row is known by its hash and by how many equal ones came before it, for rows without a key may stand twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowHashes {
    hashes: BTreeMap<(u64, u32), Option<i128>>,
    /// Some did not fit: duplicates are possible, and the receipt says so.
    pub overflown: bool,
}

impl RowHashes {
    pub const MOST: usize = 100_000;

    pub fn contains(&self, hash: u64, nth: u32) -> bool {
        self.hashes.contains_key(&(hash, nth))
    }

    /// Counts the rows with this hash.
    pub fn count(&self, hash: u64) -> u32 {
        u32::try_from(self.hashes.range((hash, 0)..=(hash, u32::MAX)).count()).unwrap_or(u32::MAX)
    }

    /// Remembers the `nth` row with this hash and its position.
    pub fn insert(&mut self, hash: u64, nth: u32, order: Option<i128>) {
        if self.hashes.len() < Self::MOST {
            self.hashes.insert((hash, nth), order);
        } else if !self.contains(hash, nth) {
            self.overflown = true;
        }
    }

    /// Forgets the rows before a position; those without one stay.
    pub fn forget_before(&mut self, start: i128) {
        self.hashes.retain(|_, order| order.is_none_or(|order| order >= start));
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: &RowHashes) {
        for ((hash, nth), order) in &other.hashes {
            self.insert(*hash, *nth, *order);
        }
        self.overflown |= other.overflown;
    }

    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty() && !self.overflown
    }
}

/// 29 bytes a row in base64: a hundred thousand rows are four megabytes of state.
const ROW: usize = 8 + 4 + 1 + 16;

impl Serialize for RowHashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = vec![u8::from(self.overflown)];
        for ((hash, nth), order) in &self.hashes {
            bytes.extend(hash.to_le_bytes());
            bytes.extend(nth.to_le_bytes());
            bytes.push(u8::from(order.is_some()));
            bytes.extend(order.unwrap_or(0).to_le_bytes());
        }
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for RowHashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let broken = || de::Error::custom("no row hashes");
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(|_| broken())?;
        let (flag, rows) = bytes.split_first().ok_or_else(broken)?;
        if rows.len() % ROW != 0 {
            return Err(broken());
        }
        let mut own = Self { hashes: BTreeMap::new(), overflown: *flag != 0 };
        for row in rows.chunks_exact(ROW) {
            let hash = u64::from_le_bytes(row[..8].try_into().map_err(|_| broken())?);
            let nth = u32::from_le_bytes(row[8..12].try_into().map_err(|_| broken())?);
            let order = i128::from_le_bytes(row[13..].try_into().map_err(|_| broken())?);
            own.hashes.insert((hash, nth), (row[12] != 0).then_some(order));
        }
        Ok(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told() {
        let mut hashes = RowHashes::default();
        (0..RowHashes::MOST as u64).for_each(|hash| hashes.insert(hash, 0, None));
        hashes.insert(3, 0, None);
        assert!(!hashes.overflown);
        hashes.insert(u64::MAX, 0, None);
        assert!(hashes.overflown && !hashes.contains(u64::MAX, 0));
    }

    #[test]
    fn rows_before_the_next_start_are_forgotten() {
        let mut hashes = RowHashes::default();
        hashes.insert(1, 0, Some(5));
        hashes.insert(1, 1, Some(9));
        hashes.insert(2, 0, None);
        assert_eq!(hashes.count(1), 2);
        hashes.forget_before(9);
        assert!(hashes.contains(1, 1) && hashes.contains(2, 0) && !hashes.contains(1, 0));
        let written = serde_json::to_string(&hashes).unwrap();
        assert_eq!(serde_json::from_str::<RowHashes>(&written).unwrap(), hashes);
    }
}
