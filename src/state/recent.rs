//! The rows that the next read will give again (rule 13).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::HashMap;
use std::sync::Arc;

/// A row as it is recognised: by the hash of what came, which holds its position, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowHash {
    pub hash: u64,
    /// Its position, comparable; none if it has none.
    pub order: Option<i128>,
}

/// A row as it is kept: half of the memory.
#[derive(Clone, Copy, Debug)]
struct Packed {
    hash: u64,
    high: i64,
    low: u64,
}

impl Packed {
    /// Of two rows the one with the lower place is forgotten first; one without a position may always come again.
    fn place(&self) -> i128 {
        i128::from(self.high) << 64 | i128::from(self.low)
    }
}

impl From<RowHash> for Packed {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the halves are what is wanted")]
    fn from(row: RowHash) -> Self {
        let place = row.order.unwrap_or(i128::MAX);
        Self { hash: row.hash, high: (place >> 64) as i64, low: place as u64 }
    }
}

impl From<Packed> for RowHash {
    fn from(row: Packed) -> Self {
        Self { hash: row.hash, order: Some(row.place()).filter(|place| *place != i128::MAX) }
    }
}

/// Rows at or above the next start, and all rows without a position: those with the greatest positions, at most
/// [`RowHashes::MOST`] and a quarter more.
///
/// A row stands in it as often as it came, for rows without a key may stand twice. It is kept for each page that a
/// destination has: a copy shares what it holds.
#[derive(Clone, Debug, Default)]
pub struct RowHashes {
    /// Each is more than twice as long as the one behind it, so there are few.
    chunks: Vec<Arc<Vec<Packed>>>,
    /// The greatest position of the rows that found no room.
    lost: Option<i128>,
}

impl RowHashes {
    pub const MOST: usize = 100_000;

    /// Adds rows; returns those that found no room.
    pub fn add(&mut self, rows: Vec<RowHash>) -> Vec<RowHash> {
        if !rows.is_empty() {
            self.chunks.push(Arc::new(rows.into_iter().map(Packed::from).collect()));
        }
        while let [.., before, last] = self.chunks.as_slice()
            && before.len() <= 2 * last.len()
        {
            let joined = [before.as_slice(), last.as_slice()].concat();
            self.chunks.truncate(self.chunks.len() - 2);
            self.chunks.push(Arc::new(joined));
        }
        if self.len() > Self::MOST + Self::MOST / 4 { self.shorten() } else { Vec::new() }
    }

    fn shorten(&mut self) -> Vec<RowHash> {
        let mut rows = self.chunks.iter().map(|chunk| chunk.as_slice()).collect::<Vec<_>>().concat();
        let too_many = rows.len() - Self::MOST;
        rows.select_nth_unstable_by_key(too_many, Packed::place);
        let kept = rows.split_off(too_many);
        self.lost = self.lost.max(rows.iter().map(Packed::place).max());
        self.chunks = vec![Arc::new(kept)];
        rows.into_iter().map(RowHash::from).collect()
    }

    /// Forgets the rows before a position; those without one stay.
    pub fn forget_before(&mut self, start: i128) {
        for chunk in &mut self.chunks {
            if chunk.iter().any(|row| row.place() < start) {
                *chunk = Arc::new(chunk.iter().filter(|row| row.place() >= start).copied().collect());
            }
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
        self.lost = self.lost.filter(|lost| *lost >= start);
    }

    /// Adds what another set has more of.
    pub fn merge(&mut self, other: &RowHashes) {
        let mut known: HashMap<u64, u32> = self.counts();
        let mut more = Vec::new();
        for row in other.iter() {
            match known.get_mut(&row.hash).filter(|count| **count > 0) {
                Some(count) => *count -= 1,
                None => more.push(row),
            }
        }
        self.lost = self.lost.max(other.lost);
        self.add(more);
    }

    /// Counts how often each hash is there.
    pub fn counts<S: std::hash::BuildHasher + Default>(&self) -> HashMap<u64, u32, S> {
        let mut counts = HashMap::with_capacity_and_hasher(self.len(), S::default());
        self.iter().for_each(|row| *counts.entry(row.hash).or_insert(0) += 1);
        counts
    }

    pub fn iter(&self) -> impl Iterator<Item = RowHash> {
        self.chunks.iter().flat_map(|chunk| chunk.iter().copied().map(RowHash::from))
    }

    /// Says whether some that may come again found no room: then duplicates are possible.
    pub fn is_short(&self) -> bool {
        self.lost.is_some()
    }

    /// Says whether a row of this position may have been here and found no room.
    pub fn may_have_lost(&self, order: Option<i128>) -> bool {
        self.lost.is_some_and(|lost| order.unwrap_or(i128::MAX) <= lost)
    }

    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.lost.is_none()
    }
}

impl PartialEq for RowHashes {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |hashes: &Self| {
            let mut rows: Vec<RowHash> = hashes.iter().collect();
            rows.sort_unstable();
            rows
        };
        self.lost == other.lost && self.len() == other.len() && sorted(self) == sorted(other)
    }
}

impl Eq for RowHashes {}

/// The greatest position that found no room, then rows by their positions, each as its hash and the distance from the row
/// before: a hundred thousand rows are little more than a megabyte of state. Those without a position come last.
impl Serialize for RowHashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows: Vec<Packed> = self.chunks.iter().map(|chunk| chunk.as_slice()).collect::<Vec<_>>().concat();
        rows.sort_unstable_by_key(|row| (row.place(), row.hash));
        let mut bytes = Vec::with_capacity(32 + rows.len() * 11);
        let mut before = 0;
        write(&mut bytes, u128::from(self.lost.is_some()));
        if let Some(place) = self.lost {
            write(&mut bytes, distance(0, place));
        }
        for row in rows {
            bytes.extend(row.hash.to_le_bytes());
            write(&mut bytes, distance(before, row.place()));
            before = row.place();
        }
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

/// Returns how far a place is from another, small numbers for small distances of both signs.
fn distance(from: i128, to: i128) -> u128 {
    let way = to.wrapping_sub(from);
    (way << 1 ^ way >> 127).cast_unsigned()
}

fn place_at(from: i128, distance: u128) -> i128 {
    from.wrapping_add((distance >> 1).cast_signed() ^ -(distance & 1).cast_signed())
}

/// Writes a number in as many bytes as it needs, seven bits in each.
#[expect(clippy::cast_possible_truncation, reason = "seven bits are what is wanted")]
fn write(bytes: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0;
    for shift in (0..128).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

impl<'de> Deserialize<'de> for RowHashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).ok();
        bytes.and_then(|bytes| read_all(&bytes)).ok_or_else(|| de::Error::custom("no row hashes"))
    }
}

fn read_all(mut bytes: &[u8]) -> Option<RowHashes> {
    let lost = match read(&mut bytes)? {
        0 => None,
        _ => Some(place_at(0, read(&mut bytes)?)),
    };
    let (mut rows, mut place) = (Vec::new(), 0);
    while let Some((hash, rest)) = bytes.split_first_chunk::<8>() {
        bytes = rest;
        place = place_at(place, read(&mut bytes)?);
        rows.push(RowHash { hash: u64::from_le_bytes(*hash), order: Some(place).filter(|place| *place != i128::MAX) });
    }
    let mut own = RowHashes { chunks: Vec::new(), lost };
    own.add(rows);
    bytes.is_empty().then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(hash: u64, order: Option<i128>) -> RowHash {
        RowHash { hash, order }
    }

    fn written(hashes: &RowHashes) -> RowHashes {
        serde_json::from_str(&serde_json::to_string(hashes).unwrap()).unwrap()
    }

    #[test]
    fn the_greatest_positions_stay_and_what_found_no_room_is_known() {
        let (mut hashes, most) = (RowHashes::default(), RowHashes::MOST as u64);
        let mut out = Vec::new();
        for page in 0..most * 3 / 1000 {
            // Newest first, and one without a position.
            let rows = (0..1000).map(|nth| row(page * 1000 + nth, Some(-i128::from(page * 1000 + nth))));
            out.extend(hashes.add(rows.collect()));
        }
        out.extend(hashes.add(vec![row(u64::MAX, None)]));
        assert_eq!(out.len() + hashes.len(), RowHashes::MOST * 3 + 1);
        assert!(hashes.chunks.len() < 20 && (RowHashes::MOST..=RowHashes::MOST * 5 / 4).contains(&hashes.len()));
        let counts: HashMap<u64, u32> = hashes.counts();
        assert!((0..most).chain([u64::MAX]).all(|hash| counts.get(&hash) == Some(&1)), "the newest are there");
        let lost = out.iter().filter_map(|row| row.order).max().unwrap();
        assert!(hashes.is_short() && hashes.may_have_lost(Some(lost)) && !hashes.may_have_lost(Some(lost + 1)));
        assert_eq!(written(&hashes), hashes);
        hashes.forget_before(lost + 1);
        assert!(!hashes.is_short(), "what found no room will not come again");
    }

    #[test]
    fn rows_before_the_next_start_are_forgotten() {
        let mut hashes = RowHashes::default();
        hashes.add(vec![row(1, Some(5)), row(3, Some(9)), row(2, None)]);
        hashes.add(vec![row(3, Some(9))]);
        hashes.forget_before(9);
        let counts: HashMap<u64, u32> = hashes.counts();
        assert_eq!(counts, HashMap::from([(2, 1), (3, 2)]));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut hashes = RowHashes::default();
        let orders = [Some(i128::MIN), Some(-1), Some(0), Some(127), Some(128), Some(i128::MAX - 1), None, None];
        hashes.add((0..).zip(orders).map(|(hash, order)| row(hash, order)).collect());
        for lost in [None, Some(i128::MIN), Some(7), Some(i128::MAX)] {
            hashes.lost = lost;
            assert_eq!(written(&hashes), hashes);
        }
        for broken in ["\"\"", "\"AA\"", "\"AQ==\"", "\"AAAB\"", "7"] {
            assert!(serde_json::from_str::<RowHashes>(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_merge_has_each_row_as_often_as_the_one_that_has_more() {
        let (mut one, mut other) = (RowHashes::default(), RowHashes::default());
        one.add(vec![row(1, None), row(1, None), row(2, None)]);
        other.add(vec![row(1, None), row(3, None), row(2, None), row(2, None)]);
        one.merge(&other);
        let counts: HashMap<u64, u32> = one.counts();
        assert_eq!(counts, HashMap::from([(1, 2), (2, 2), (3, 1)]));
    }
}
