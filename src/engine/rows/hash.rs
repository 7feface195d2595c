//! Hashes of records: fast, and the same in every version, for they are kept in states.

use crate::state::Digest;

const ONE: u64 = 0xa076_1d64_78bd_642f;
const TWO: u64 = 0xe703_7ed1_a0b4_28db;
const THREE: u64 = 0x8ebc_6af0_9c88_c6e3;

/// The hash of one record: two halves of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hash {
    first: u64,
    second: u64,
}

impl Hash {
    pub(super) fn new() -> Self {
        Self { first: ONE, second: TWO }
    }

    /// Goes on from a digest.
    pub(super) fn of(digest: Digest) -> Self {
        let number = u128::from_le_bytes(*digest.bytes());
        Self { first: low(number), second: low(number >> 64) }
    }

    /// Adds bytes, sixteen at a time, and their number.
    pub(super) fn add(mut self, bytes: &[u8]) -> Self {
        let mut rest = bytes;
        while let Some((sixteen, after)) = rest.split_first_chunk::<16>() {
            let number = u128::from_le_bytes(*sixteen);
            self.mix(low(number), low(number >> 64));
            rest = after;
        }
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        let number = u128::from_le_bytes(last);
        self.mix(low(number), low(number >> 64));
        self.mix(bytes.len() as u64, THREE);
        self
    }

    /// Adds the hash of something else.
    pub(super) fn join(mut self, other: Hash) -> Self {
        self.mix(other.first, other.second);
        self
    }

    fn mix(&mut self, one: u64, other: u64) {
        let first = fold(self.first ^ one, other ^ ONE).wrapping_add(self.second);
        let second = fold(self.second ^ other, one ^ TWO).wrapping_add(self.first.rotate_left(29));
        (self.first, self.second) = (first, second);
    }

    /// Returns 64 of its bits.
    pub(super) fn short(self) -> u64 {
        fold(self.first ^ THREE, self.second ^ ONE)
    }

    pub(super) fn digest(self) -> Digest {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.first.to_le_bytes());
        bytes[8..].copy_from_slice(&self.second.to_le_bytes());
        Digest::from_bytes(&bytes).expect("a digest has sixteen bytes")
    }
}

/// Multiplies to 128 bits and folds them.
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    low(product) ^ low(product >> 64)
}

#[allow(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn low(number: u128) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_every_byte_and_stays_what_it_is() {
        let texts: Vec<Vec<u8>> = (0..50).map(|length| (0..length).collect()).collect();
        let mut seen = std::collections::BTreeSet::new();
        for text in &texts {
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 1;
                assert_ne!(Hash::new().add(text).short(), Hash::new().add(&other).short());
            }
            assert!(seen.insert(Hash::new().add(text).short()));
        }
        assert_ne!(Hash::new().add(b"a").add(b"b"), Hash::new().add(b"ab").add(b""));
        let whole = Hash::new().add(b"a");
        assert_eq!(Hash::of(whole.digest()), whole);
        // States hold these.
        assert_eq!(Hash::new().add(b"{\"id\":1}").digest().to_string(), "82ea52bb171f556461a3857a67fbda66");
    }
}
