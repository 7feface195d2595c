//! Records of 22 fields and some 670 bytes. What follows the first fields is serialised once, for a few thousand
//! records, so that a page costs little more than copying it.

use super::seed::{Draw, mix};
use super::stamp::{BASE, Stamps, text};
use std::io::Write as _;

/// A prime, so that pages and the pool never come into step.
const KINDS: usize = 4093;

const WORDS: [&str; 32] = [
    "invoice", "north", "ledger", "amber", "signal", "harbor", "tariff", "quartz", "meadow", "budget", "lantern",
    "cobalt", "orbit", "parcel", "window", "thicket", "vessel", "copper", "garden", "matrix", "falcon", "timber",
    "mosaic", "canyon", "silver", "beacon", "pepper", "rocket", "velvet", "winter", "zephyr", "anchor",
];

/// Everything behind a record's first fields.
#[derive(Debug)]
struct Tail {
    json: Vec<u8>,
    facts: Facts,
}

/// What is known of records, and adds up over many of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Facts {
    pub count: usize,
    pub sum_id: usize,
    pub sum_quantity: usize,
    pub sum_amount_cents: usize,
    pub desc_chars: usize,
    pub active: usize,
    pub closed_nonnull: usize,
    pub tags: usize,
}

#[derive(Debug)]
pub(super) struct Pool {
    tails: Vec<Tail>,
}

/// What makes a record more than its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) id: usize,
    pub(super) updated_at: i64,
    pub(super) project: Option<usize>,
    /// The version of a record that changes, and when it was deleted.
    pub(super) version: Option<(usize, Option<i64>)>,
}

impl Subject {
    pub(super) fn item(id: usize) -> Subject {
        Subject { id, updated_at: BASE + seconds(id), project: None, version: None }
    }
}

pub(super) fn seconds(id: usize) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX / 2)
}

impl Pool {
    pub(super) fn new(seed: u64) -> Pool {
        Pool { tails: (0..KINDS).map(|kind| tail(seed, kind)).collect() }
    }

    pub(super) fn put(&self, out: &mut Vec<u8>, stamps: &mut Stamps, subject: Subject) {
        let id = subject.id;
        let written = match subject.project {
            Some(project) => write!(out, "{{\"id\":{id},\"project_id\":{project},\"key\":\"ITEM-{id}\",\"uuid\":\""),
            None => write!(out, "{{\"id\":{id},\"key\":\"ITEM-{id}\",\"uuid\":\""),
        };
        written.expect("a vector takes everything");
        put_uuid(out, id);
        out.extend_from_slice(b"\",\"updated_at\":\"");
        stamps.put(out, subject.updated_at);
        out.extend_from_slice(b"\",");
        let version = subject.version.map_or(0, |(version, _)| version);
        if let Some((version, deleted)) = subject.version {
            write!(out, "\"version\":{version},\"deleted_at\":").expect("a vector takes everything");
            match deleted {
                None => out.extend_from_slice(b"null,"),
                Some(at) => {
                    out.push(b'"');
                    stamps.put(out, at);
                    out.extend_from_slice(b"\",");
                }
            }
        }
        out.extend_from_slice(&self.tails[(id + version * 7) % KINDS].json);
    }

    /// Adds up the records 1 to `last`.
    pub(super) fn facts(&self, last: usize) -> Facts {
        let mut sum = Facts { count: last, sum_id: last * (last + 1) / 2, ..Facts::default() };
        for (kind, tail) in self.tails.iter().enumerate() {
            let times = match kind {
                0 => last / KINDS,
                _ if last >= kind => (last - kind) / KINDS + 1,
                _ => 0,
            };
            sum.sum_quantity += times * tail.facts.sum_quantity;
            sum.sum_amount_cents += times * tail.facts.sum_amount_cents;
            sum.desc_chars += times * tail.facts.desc_chars;
            sum.active += times * tail.facts.active;
            sum.closed_nonnull += times * tail.facts.closed_nonnull;
            sum.tags += times * tail.facts.tags;
        }
        sum
    }
}

fn put_uuid(out: &mut Vec<u8>, id: usize) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let halves = [mix(id as u64).to_le_bytes(), mix(id as u64 ^ 0xABCD_EF01).to_le_bytes()];
    let mut uuid = [b'-'; 36];
    let mut at = 0;
    for byte in halves.as_flattened() {
        for nibble in [byte & 15, byte >> 4] {
            at += usize::from(matches!(at, 8 | 13 | 18 | 23));
            uuid[at] = HEX[usize::from(nibble)];
            at += 1;
        }
    }
    // Version and variant.
    (uuid[14], uuid[19]) = (b'4', b'a');
    out.extend_from_slice(&uuid);
}

fn tail(seed: u64, kind: usize) -> Tail {
    let mut draw = Draw::new(seed ^ (kind as u64).wrapping_mul(0x1234_5677));
    let name = format!("{} {} {}", draw.of(&WORDS), draw.of(&WORDS), draw.below(1000));
    let status = draw.of(&["open", "pending", "closed", "archived"]);
    let quantity = draw.below(1000);
    let cents = draw.below(10_000_000);
    let score = f64::from(u32::try_from(draw.below(100_000_000)).expect("is below 32 bits")) / 1_000_000.0;
    let active = draw.below(2);
    let archived = draw.below(10) == 0;
    let (mut chars, mut description) = (0, String::new());
    for at in 0..9 + draw.below(8) {
        let (plain, written) = match draw.below(24) {
            0 => ("\"quoted\"", "\\\"quoted\\\""),
            1 => ("line\nbreak", "line\\nbreak"),
            2 => ("café", "café"),
            3 => ("naïve ☕", "naïve \\u2615"),
            _ => {
                let word = draw.of(&WORDS);
                (word, word)
            }
        };
        if at > 0 {
            description.push(' ');
        }
        chars += plain.chars().count() + usize::from(at > 0);
        description.push_str(written);
    }
    let created = text(BASE - 31_536_000 + seconds(draw.below(31_000_000)));
    let created = format!("{}.{:03}Z", created.trim_end_matches('Z'), draw.below(1000));
    let closed = (draw.below(3) == 0).then(|| text(BASE + seconds(draw.below(1_000_000))));
    let parent = (draw.below(2) == 0).then(|| draw.below(100_000) + 1);
    let tags = (0..draw.below(5)).map(|_| format!("\"{}\"", draw.of(&WORDS))).collect::<Vec<_>>();
    let user = draw.below(5000) + 1;
    let null = || "null".to_owned();
    let json = format!(
        "\"created_at\":\"{created}\",\"name\":\"{name}\",\"status\":\"{status}\",\"priority\":{},\"score\":{score},\
         \"amount\":{}.{:02},\"currency\":\"{}\",\"quantity\":{quantity},\"is_active\":{},\"is_archived\":{archived},\
         \"email\":\"user{user}@example.com\",\"url\":\"https://app.example.com/w/{}/items/{:08x}\",\
         \"description\":\"{description}\",\"owner\":{{\"id\":{user},\"name\":\"{} {}\",\"admin\":{},\
         \"team\":{{\"id\":{},\"name\":\"{}\"}}}},\"tags\":[{}],\"parent_id\":{},\"closed_at\":{},\"notes\":null}}",
        draw.below(5) + 1,
        cents / 100,
        cents % 100,
        draw.of(&["EUR", "USD", "GBP", "JPY"]),
        active == 1,
        draw.below(900) + 100,
        draw.below(u32::MAX as usize),
        draw.of(&WORDS),
        draw.of(&WORDS),
        draw.below(20) == 0,
        draw.below(50) + 1,
        draw.of(&WORDS),
        tags.join(","),
        parent.map_or_else(null, |parent| parent.to_string()),
        closed.as_ref().map_or_else(null, |at| format!("\"{at}\"")),
    );
    let facts = Facts {
        count: 1,
        sum_id: 0,
        sum_quantity: quantity,
        sum_amount_cents: cents,
        desc_chars: chars,
        active,
        closed_nonnull: usize::from(closed.is_some()),
        tags: tags.len(),
    };
    Tail { json: json.into_bytes(), facts }
}

pub(super) fn put_project(out: &mut Vec<u8>, stamps: &mut Stamps, id: usize) {
    let mut draw = Draw::new(id as u64);
    write!(out, "{{\"id\":{id},\"name\":\"project {} {id}\",\"updated_at\":\"", draw.of(&WORDS)).expect("a vector");
    stamps.put(out, BASE + seconds(id));
    let (number, name) = (id % 17, draw.of(&WORDS));
    write!(out, "\",\"archived\":false,\"owner\":{{\"id\":{number},\"name\":\"{name}\"}}}}").expect("a vector");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn records_are_what_their_facts_say() {
        let pool = Pool::new(1);
        let mut seen = Facts { count: 5000, ..Facts::default() };
        let mut bytes = 0;
        for id in 1..=5000 {
            let mut out = Vec::new();
            pool.put(&mut out, &mut Stamps::new(), Subject::item(id));
            let record: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(record.as_object().unwrap().len(), 22);
            let number = |name: &str| usize::try_from(record[name].as_u64().unwrap()).unwrap();
            seen.sum_id += number("id");
            seen.sum_quantity += number("quantity");
            seen.sum_amount_cents += record["amount"].to_string().replace('.', "").parse::<usize>().unwrap()
                * match record["amount"].to_string().split_once('.').unwrap().1.len() {
                    1 => 10,
                    _ => 1,
                };
            seen.desc_chars += record["description"].as_str().unwrap().chars().count();
            seen.active += usize::from(record["is_active"] == true);
            seen.closed_nonnull += usize::from(!record["closed_at"].is_null());
            seen.tags += record["tags"].as_array().unwrap().len();
            bytes += out.len();
        }
        assert_eq!(seen, pool.facts(5000));
        assert!((600..740).contains(&(bytes / 5000)), "{}", bytes / 5000);
    }
}
