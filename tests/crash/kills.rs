//! Killed while the mock holds an answer: 50 seeds a destination, each the same kills whenever it is run.

use super::lab::{Lab, PAGES, ROWS, To, each, told};

const SEEDS: u64 = 50;

/// Mixes a seed into something that looks like chance.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn run(to: To, seed: u64) {
    let drawn = mixed(seed);
    let modes: &[&str] = if to == To::Sqlite { &["upsert", "append", "replace"] } else { &["append", "replace"] };
    let mode = modes[usize::try_from(drawn % modes.len() as u64).unwrap()];
    let streams: &[&str] = if mode == "append" { &["items"] } else { &["items", "plain", "counted"] };
    let stream = streams[usize::try_from((drawn >> 8) % streams.len() as u64).unwrap()];
    let nth = usize::try_from((drawn >> 16) % PAGES + 1).unwrap();
    let what = format!("{to:?} seed {seed}: {mode} {stream}, killed at request {nth}");
    let lab = Lab::new(to);
    let path = if stream == "counted" { "/api/none/page/items" } else { "/api/none/cursor/items" };
    lab.kill_at(path, nth, &mut lab.sync(&["--mode", mode, stream]));
    lab.check(stream, mode == "replace", &what);
    let output = lab.sync(&["--mode", mode, stream]).output().unwrap();
    lab.check_end(stream, &output, PAGES + PAGES / 2, &what);
}

#[test]
fn sqlite_survives_fifty_kills() {
    each(&(0..SEEDS).collect::<Vec<_>>(), |seed| run(To::Sqlite, *seed));
}

#[test]
fn jsonl_survives_fifty_kills() {
    each(&(0..SEEDS).collect::<Vec<_>>(), |seed| run(To::Jsonl, *seed));
}

/// Killed again and again, at the same page of what is left: it still comes to its end.
#[test]
fn a_run_that_is_killed_over_and_over_gets_on() {
    for to in [To::Sqlite, To::Jsonl] {
        let lab = Lab::new(to);
        let path = "/api/none/cursor/items";
        for turn in 0..5 {
            lab.kill_at(path, 8, &mut lab.sync(&["--mode", "append", "items"]));
            lab.check("items", false, &format!("{to:?} turn {turn}"));
        }
        let output = lab.sync(&["--mode", "append", "items"]).output().unwrap();
        assert!(output.status.success(), "{to:?}: {}", told(&output));
        assert_eq!(lab.ids("items"), (1..=ROWS).collect::<Vec<_>>(), "{to:?}");
        // A kill costs what was on its way and the little that was not durable.
        assert!(lab.requests() <= PAGES + 5 * 6, "{to:?}: {} requests", lab.requests());
    }
}
