//! Keeps the house standing: the ladder of modules, the size of files, and where young crates may be named.
//!
//! `tests/architecture/upside_down` is a house that breaks the rules; the test of it shows that they can fail.

#[path = "architecture/scan.rs"]
mod scan;

use scan::{House, Module};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The rungs, lowest first. A module imports from lower rungs only; modules of one rung do not import each other.
const LADDER: &[&[&str]] = &[
    &["text"],
    &["diagnostic", "secret", "fault", "name"],
    &["data"],
    &["expr"],
    &["state"],
    &["event"],
    &["http"],
    &["components"],
    &["manifest"],
    &["plan"],
    &["convert"],
    &["sinks"],
    &["engine"],
    &["sql", "graph", "protocol", "report"],
    &["testing"],
    &["package"],
    &["mcp", "serve"],
    &["cli"],
];

/// The rungs inside `components`.
const COMPONENTS: &[&[&str]] = &[
    &["forms"],
    &["scope", "limits", "setting"],
    &["context"],
    &["choose"],
    &["settle"],
    &["answer"],
    &["decode", "records", "quota"],
    &["transform", "errors"],
    &["request"],
    &["auth"],
    &["pagination", "cursor", "partition"],
    &["job"],
];

/// A crate that is named below one address only, so that it can be exchanged there.
const YOUNG_CRATES: &[(&str, &str)] =
    &[("minijinja", "src/expr/template"), ("granit_parser", "src/text/"), ("jsonpath_rust", "src/expr/place")];

const MOST_LINES: usize = 500;
const MEDIAN_LINES: usize = 150;

#[test]
fn modules_import_downwards_only() {
    let broken = ladder_findings(&this_house());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn modules_of_a_folder_stand_in_no_circle() {
    let broken = circle_findings(&this_house());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn young_crates_are_named_in_one_place() {
    let broken = crate_findings(&this_house());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn nothing_is_untagged_or_flattened() {
    let broken = serde_findings(&this_house());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_are_small() {
    let broken = size_findings(&this_house());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_house_upside_down_is_refused() {
    let house = House::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architecture/upside_down"));
    let mut broken = ladder_findings(&house);
    broken.extend(circle_findings(&house));
    broken.extend(crate_findings(&house));
    broken.extend(serde_findings(&house));
    let expected = include_str!("architecture/upside_down/expected.txt");
    assert_eq!(broken.join("\n"), expected.trim_end());
}

#[test]
fn a_long_file_is_refused_and_its_tests_do_not_count() {
    let body = |lines: usize| "const A: u8 = 1;\n".repeat(lines);
    let tests = |lines: usize| format!("#[cfg(test)]\n#[allow(dead_code)]\nmod tests {{\n{}}}\n", body(lines));
    let one = |text: String| size_findings(&House::of([("src/data/cast.rs".to_owned(), text)]));
    assert_eq!(one(body(150) + &tests(600)), Vec::<String>::new());
    assert_eq!(one(body(151)), ["the median file has 151 lines without its tests, 150 are allowed"]);
    assert_eq!(one(body(501) + &tests(9))[0], "src/data/cast.rs: 501 lines without its tests, 500 are allowed");
}

/// `scripts/sabotage` breaks the tree by these; what it breaks must still stand there.
#[test]
fn every_sabotage_fits_the_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("scripts/sabotages")).expect("the sabotages are listed") {
        let path = entry.expect("an entry is read").path();
        let diff = std::fs::read_to_string(&path).expect("a sabotage is read");
        let broken = misfits(&diff, |name| std::fs::read_to_string(root.join(name)).unwrap_or_default());
        assert!(broken.is_empty(), "{}: {}", path.display(), broken.join("\n"));
        seen += 1;
    }
    assert!(seen >= 8, "{seen} sabotages");
    let diff = "--- a/x\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n";
    assert_eq!(misfits(diff, |_| "one\ntwo\n".into()), Vec::<String>::new());
    assert_eq!(misfits(diff, |_| "one\nfour\n".into()), ["x has no longer:\none\ntwo\n"]);
}

/// Returns what a diff takes for granted and a file does not have.
fn misfits(diff: &str, text: impl Fn(&str) -> String) -> Vec<String> {
    let (mut found, mut name) = (Vec::new(), "");
    for part in diff.split_inclusive("\n@@") {
        let old: String = part
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with("diff ") && *line != "@@")
            .filter_map(|line| line.strip_prefix(' ').or_else(|| line.strip_prefix('-')))
            .map(|line| format!("{line}\n"))
            .collect();
        if !name.is_empty() && !text(name).contains(&old) {
            found.push(format!("{name} has no longer:\n{old}"));
        }
        if let Some(file) = part.lines().find_map(|line| line.strip_prefix("--- a/")) {
            name = file;
        }
    }
    found
}

fn this_house() -> House {
    House::read(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn ladder_findings(house: &House) -> Vec<String> {
    let mut found = BTreeSet::new();
    for file in &house.files {
        let Some(top) = file.module.first() else { continue };
        let known = if rung(LADDER, top).is_none() {
            Some(top.clone())
        } else {
            let inner = file.module.get(1).filter(|inner| top == "components" && rung(COMPONENTS, inner).is_none());
            inner.map(|inner| format!("components::{inner}"))
        };
        if let Some(name) = known {
            let sentence = format!("{name} stands on no rung of the ladder; give it one in tests/architecture.rs");
            found.insert((file.name.clone(), 1, sentence));
        }
    }
    for (import, real) in house.imports() {
        let path = format!("crate::{}", import.written.join("::"));
        let mut complain = |sentence: String| {
            found.insert((import.file.clone(), import.line, sentence));
        };
        let Some(from) = import.from.first() else { continue };
        let is_module = |path: &Module| house.depth_of_module(path) > 0;
        if !is_module(&real) {
            complain(format!("{from} imports the crate's root ({path}); name the module it comes from"));
            continue;
        }
        // A re-export must not hide an import upwards, so both count: what was written and where it leads.
        for target in [&import.written, &real] {
            if !is_module(target) {
                continue;
            }
            if let Some(wrong) = direction(LADDER, from, &target[0]) {
                complain(told(from, &target[0], &path, wrong));
            }
            let both_inside = from == "components" && target[0] == "components";
            let (Some(a), Some(b)) = (import.from.get(1), target.get(1)) else { continue };
            if let Some(wrong) = direction(COMPONENTS, a, b).filter(|_| both_inside) {
                complain(told(&format!("components::{a}"), &format!("components::{b}"), &path, wrong));
            }
        }
    }
    found.into_iter().map(|(file, line, sentence)| format!("{file}:{line}: {sentence}")).collect()
}

#[derive(Clone, Copy)]
enum Wrong {
    Upwards,
    Sideways,
}

fn told(from: &str, to: &str, path: &str, wrong: Wrong) -> String {
    match wrong {
        Wrong::Upwards => {
            format!("{from} imports {to} ({path}), which stands above it; {to} may import {from}, not the other way")
        }
        Wrong::Sideways => {
            format!("{from} imports {to} ({path}), which stands on the same rung; neither may import the other")
        }
    }
}

fn direction(ladder: &[&[&str]], from: &str, to: &str) -> Option<Wrong> {
    let (low, high) = (rung(ladder, from)?, rung(ladder, to)?);
    match high.cmp(&low) {
        _ if from == to => None,
        std::cmp::Ordering::Greater => Some(Wrong::Upwards),
        std::cmp::Ordering::Equal => Some(Wrong::Sideways),
        std::cmp::Ordering::Less => None,
    }
}

fn rung(ladder: &[&[&str]], name: &str) -> Option<usize> {
    ladder.iter().position(|names| names.contains(&name))
}

/// Finds one circle in each folder. A folder's `mod.rs` and its files may name each other: the table of a family
/// names its kinds, and a kind implements the family's trait.
fn circle_findings(house: &House) -> Vec<String> {
    let mut folders: BTreeMap<Module, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for (import, real) in house.imports() {
        let target = &real[..house.depth_of_module(&real)];
        let shared = import.from.iter().zip(target).take_while(|(a, b)| a == b).count();
        if let (Some(from), Some(to)) = (import.from.get(shared), target.get(shared)) {
            let edges = folders.entry(target[..shared].to_vec()).or_default().entry(from.clone()).or_default();
            edges.entry(to.clone()).or_insert_with(|| format!("{}:{}", import.file, import.line));
        }
    }
    // Between the modules at the top the ladder already refuses every circle.
    folders.remove(&Vec::new());
    let circles = folders.iter().filter_map(|(folder, edges)| {
        let circle = edges.keys().find_map(|start| circle_from(edges, &mut vec![start.clone()]))?;
        let places = circle.windows(2).map(|pair| edges[&pair[0]][&pair[1]].clone()).collect::<Vec<_>>();
        Some(format!("src/{}: a circle, {} ({})", folder.join("/"), circle.join(" → "), places.join(", ")))
    });
    circles.collect()
}

/// Returns a way back to the first name of `way`, if there is one.
fn circle_from(edges: &BTreeMap<String, BTreeMap<String, String>>, way: &mut Vec<String>) -> Option<Vec<String>> {
    let here = way.last()?.clone();
    for next in edges.get(&here)?.keys() {
        if *next == way[0] {
            return Some([&way[..], std::slice::from_ref(next)].concat());
        }
        if !way.contains(next) {
            way.push(next.clone());
            if let Some(circle) = circle_from(edges, way) {
                return Some(circle);
            }
            way.pop();
        }
    }
    None
}

fn crate_findings(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for file in &house.files {
        for (name, home) in YOUNG_CRATES {
            let at_home = file
                .name
                .strip_prefix(home)
                .is_some_and(|rest| home.ends_with('/') || rest == ".rs" || rest.starts_with('/'));
            if let Some(token) = file.tokens.iter().find(|token| token.text == *name && !at_home) {
                let home = if home.ends_with('/') { (*home).to_owned() } else { format!("{home}.rs or {home}/") };
                found.push(format!("{}:{}: names {name}, which only {home} may name", file.name, token.line));
            }
        }
    }
    found
}

fn serde_findings(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for file in &house.files {
        for attribute in file.attributes() {
            let has = |word: &str| attribute.iter().find(|token| token.text == word);
            if has("serde").or(has("schemars")).is_none() {
                continue;
            }
            for word in ["untagged", "flatten"] {
                if let Some(token) = has(word) {
                    let why = "it loses the place and the reason of an error";
                    found.push(format!("{}:{}: #[serde({word})] is not for us: {why}", file.name, token.line));
                }
            }
        }
    }
    found
}

fn size_findings(house: &House) -> Vec<String> {
    let mut sizes = Vec::new();
    let mut found = Vec::new();
    for file in &house.files {
        let lines = file.lines_without_tests();
        if lines > MOST_LINES {
            found.push(format!("{}: {lines} lines without its tests, {MOST_LINES} are allowed", file.name));
        }
        if lines > 0 {
            sizes.push(lines);
        }
    }
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    if median > MEDIAN_LINES {
        found.push(format!("the median file has {median} lines without its tests, {MEDIAN_LINES} are allowed"));
    }
    found
}
