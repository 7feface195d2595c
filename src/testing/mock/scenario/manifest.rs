//! Manifests to download that are bombs or traps.

use super::{Ask, Scenario};
use crate::testing::mock::wire::Answer;
use serde_json::json;

pub(super) const ALL: &[Scenario] = &[Scenario::new(
    "manifest",
    "file",
    "manifest",
    manifest,
    "a clear error within 2 s and 200 MiB; no signal, no panic",
)
.note("/manifest/<name>; an unknown name lists all.")];

/// A name and what makes its text.
type Named = (&'static str, fn() -> String);

/// In the order of names.
const MANIFESTS: [Named; 8] = [
    ("deep.json", || "[".repeat(100_000) + &"]".repeat(100_000)),
    ("deep_flow.yaml", || format!("a: {}{}", "[".repeat(50_000), "]".repeat(50_000))),
    ("duplicate_keys.yaml", || "name: good\nbase_url: https://good.example\nname: evil\n".to_owned()),
    ("laughs.yaml", laughs),
    ("multi.yaml", || "name: one\n---\nname: two\n".to_owned()),
    ("norway.yaml", || "a: no\nb: on\nc: 0o17\nd: 017\ne: 1_000\nf: 12:30:45\n".to_owned()),
    ("self_alias.yaml", || "a: &a [*a]\n".to_owned()),
    ("wide.yaml", || (0..500_000).map(|at| format!("k{at}: {at}\n")).collect()),
];

fn manifest(ask: &Ask<'_>) -> Answer {
    match MANIFESTS.iter().find(|(name, _)| *name == ask.rest) {
        Some((_, text)) => Answer::new(200, "text/yaml", text()),
        None => Answer::json(&json!({"names": MANIFESTS.map(|(name, _)| name)})).status(404),
    }
}

fn laughs() -> String {
    let mut lines = vec![format!("a0: &a0 [{}]", ["\"lol\""; 9].join(","))];
    lines.extend((1..10).map(|at| format!("a{at}: &a{at} [{}]", vec![format!("*a{}", at - 1); 9].join(","))));
    lines.join("\n")
}
