//! Tokens and whole records are one law: random records give the same page on both ways.

use super::*;
use std::fmt::Write as _;

/// A small generator of numbers: the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "7",
    "-3",
    "1.50",
    "1e2",
    "1e400",
    "123456789012345678901",
    "\"\"",
    "\"7\"",
    "\"x\"",
    "\"1.50\"",
    "\"true\"",
    "\"2024-05-31\"",
    "\"2024-05-31T10:00:00Z\"",
    "\"2024-05-31T10:00:00.1234567+02:00\"",
    "\"14:30:00\"",
    "1717149600",
    "[]",
    "[1,2]",
    "[\"a\",null]",
    "[1,\"x\"]",
    "{}",
    "{\"n\":1}",
    "{\"n\":{\"m\":\"é\\u0000\"}}",
    "\"open\"",
    "\"0192f2b1-7d3c-7cc5-9b1a-0242ac120002\"",
    "\"aGk=\"",
    "\"P1D\"",
    "NaN",
];

const NAMES: &[&str] =
    &["id", "s", "i", "n", "d", "b", "day", "at", "t", "u", "e", "l", "li", "j", "by", "o", "extra", "gone", "ok"];

fn record(dice: &mut Dice) -> String {
    let mut out = String::from("{");
    let mut names: Vec<&str> = NAMES.iter().copied().filter(|_| dice.roll(4) > 0).collect();
    if dice.roll(3) == 0 {
        names.reverse();
    }
    if dice.roll(40) == 0 {
        names.push("id");
    }
    for (at, name) in names.iter().enumerate() {
        let value = match *name {
            "id" if dice.roll(5) > 0 => dice.roll(1000).to_string(),
            "gone" | "ok" => dice.pick(&["true", "false", "null"]).to_owned(),
            "o" => format!("{{\"n\":{},\"m\":[{}]}}", dice.pick(&VALUES[..31]), dice.pick(&VALUES[..31])),
            _ => {
                let sides = if dice.roll(60) == 0 { 32 } else { 31 };
                VALUES[usize::try_from(dice.roll(sides)).unwrap()].to_owned()
            }
        };
        _ = write!(out, "{}\"{name}\":{value}", if at > 0 { "," } else { "" });
    }
    out + "}"
}

#[test]
fn both_ways_give_the_same_page() {
    let fields = "key: id, incremental: at, unknown_fields: keep, filter: \"{{ record.ok != false }}\", deleted: \"{{ record.gone }}\", \
        fields: { id: integer!, s: string, i: integer, n: number, d: \"decimal(12,3)\", b: boolean, day: date, at: timestamp, t: time, u: uuid, \
        e: enum(open|closed), l: list<string>, li: \"list<integer!>\", j: json, by: bytes, deep: \"integer <- $.o.n\", some: \"string <- $.o.m[0]\", \
        all: \"list<string> <- $.o.m[*]\", calc: \"string = {{ record.s ~ '!' if record.s is string else null }}\" }";
    let fast = stream(fields);
    // A step that changes nothing asks for the whole record.
    let whole = stream(&format!("{fields}, transform: [{{ remove: [\" none\"] }}]"));
    let wants = Wants { parents: true, hashes: true, ends: true, ..Wants::default() };
    let mut dice = Dice(42);
    let (mut kept, mut refused) = (0, 0);
    for round in 0..300 {
        let records: Vec<String> = (0..dice.roll(12)).map(|_| record(&mut dice)).collect();
        let body = format!("[{}]", records.join(","));
        let pages = [&fast, &whole].map(|stream| read_text(stream, &wants, body.as_bytes()).unwrap());
        let [one, other] = &pages;
        // Of a record that is no JSON, or left out, the first way knows more: its key, the names of its members.
        let line = |line: &str| {
            let line = line.split_once("; did you mean").map_or(line, |(before, _)| before);
            match line.splitn(5, ' ').collect::<Vec<_>>()[..] {
                ["refused", record, "-", _, reason] => format!("refused {record} {reason}\n"),
                _ => line.to_owned() + "\n",
            }
        };
        let plain = |page: String| page.lines().map(line).collect::<String>();
        let (told, whole_told) = (plain(shown(&fast, one)), plain(shown(&whole, other)));
        assert_eq!(told, whole_told, "round {round}\n{}", records.join("\n"));
        assert_eq!(one.batches, other.batches);
        assert_eq!(one.seen_max, other.seen_max);
        assert_eq!(
            (one.positions, one.null_positions, one.records),
            (other.positions, other.null_positions, other.records)
        );
        assert_eq!((&one.keys, &one.hashes, &one.parents), (&other.keys, &other.hashes, &other.parents));
        (kept, refused) = (kept + one.kept, refused + one.refused.len());
    }
    assert!(kept > 50 && refused > 500, "{kept} kept, {refused} refused: the records are too much alike");
}
