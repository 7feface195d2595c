//! The invariants of `docs/commit.md`, held against the real engine: a scripted API that changes, a clock of its own,
//! crashes between any two steps.
//!
//! ```text
//! cargo test --test properties                    300 seeds, twenty of them twice, and the fixed cases
//! WEIR_SEEDS=10000 cargo test --test properties   as many as wanted
//! WEIR_SEED=17 cargo test --test properties seeds    one of them, with all that happened
//! ```

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers of small cases"
)]
#![allow(
    clippy::collapsible_if,
    clippy::match_same_arms,
    clippy::needless_pass_by_value,
    clippy::manual_let_else,
    reason = "a world that is played reads in the order things happen"
)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "properties/admission.rs"]
mod admission;
#[path = "properties/books.rs"]
mod books;
#[path = "properties/case.rs"]
mod case;
#[path = "properties/dice.rs"]
mod dice;
#[path = "properties/families.rs"]
mod families;
#[path = "properties/fixed.rs"]
mod fixed;
#[path = "properties/holders.rs"]
mod holders;
#[path = "properties/lab.rs"]
mod lab;
#[path = "properties/lists.rs"]
mod lists;
#[path = "properties/random.rs"]
mod random;
#[path = "properties/source.rs"]
mod source;
#[path = "properties/windows.rs"]
mod windows;
#[path = "properties/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

#[allow(clippy::disallowed_methods, reason = "whoever calls the test says how much of it")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays a seed; `None`: all invariants hold. With `detail` it also tells all that happened.
fn told(seed: u64, detail: bool) -> Option<String> {
    let life = match catch_unwind(AssertUnwindSafe(|| random::live(seed))) {
        Ok(life) => life,
        Err(_) => {
            return Some(format!("seed {seed} panicked; replay: WEIR_SEED={seed} cargo test --test properties seeds"));
        }
    };
    if life.found.is_empty() {
        return None;
    }
    let mut text =
        format!("seed {seed}: {:#?}\nreplay: WEIR_SEED={seed} cargo test --test properties seeds\n", life.found);
    text += &format!("{:?}\n", life.case);
    if detail {
        text += &format!("{}\n{}\n{}\n", life.case.manifest(), life.requests.join("\n"), life.log.join("\n"));
    }
    Some(text)
}

fn seeds() -> (u64, u64) {
    match setting("WEIR_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, setting("WEIR_SEEDS").unwrap_or(300)),
    }
}

#[test]
fn invariants_1_2_3_4_5_6_7_11_12_13_14_17_19_hold_for_all_seeds() {
    let (from, to) = seeds();
    let detail = setting("WEIR_SEED").is_some();
    let mut bad = Vec::new();
    for seed in from..to {
        bad.extend(told(seed, detail));
        if bad.len() >= 8 {
            break;
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn a_seed_plays_the_same_way_twice() {
    for seed in 0..20 {
        let (one, other) = (random::live(seed), random::live(seed));
        assert_eq!(one.requests, other.requests, "seed {seed}");
        for (one, other) in one.log.iter().zip(&other.log) {
            assert_eq!(one, other, "seed {seed}");
        }
        assert_eq!(one.log.len(), other.log.len(), "seed {seed}");
    }
}
