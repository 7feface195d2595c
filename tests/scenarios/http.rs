//! Faults of HTTP: states, waits, broken bodies and connections.

use crate::lab::{Lab, SECRET};
use crate::paging::QUICK;
use std::time::Duration;

#[test]
fn ht_01_429_with_seconds() {
    let lab = Lab::with("h429_seconds", "cursor", QUICK);
    lab.sync().succeeds();
    lab.has(1..=100);
    assert!(lab.gaps()[0] >= 950, "{:?}", lab.gaps());
    lab.judged();
}

#[test]
fn ht_02_429_with_a_date() {
    let lab = Lab::with("h429_date", "cursor", QUICK);
    lab.sync().succeeds();
    lab.has(1..=100);
    assert!(lab.gaps()[0] >= 1900, "{:?}", lab.gaps());
    lab.judged();
}

#[test]
fn ht_03_429_without_retry_after() {
    // The waits are drawn, so one seed says what they are: they grow, and another seed draws others.
    let waits = |seed: &str| {
        let lab = Lab::with("h429_bare", "cursor", "retry: { first: 200ms, max: 3s }");
        lab.sync_with(&["--seed", seed]).succeeds();
        lab.has(1..=100);
        lab.gaps()[..3].to_vec()
    };
    let drawn: Vec<Vec<u64>> = ["2", "5", "8"].iter().map(|seed| waits(seed)).collect();
    let sums: Vec<u64> = (0..3).map(|nth| drawn.iter().map(|waits| waits[nth]).sum()).collect();
    assert!(sums[2] > sums[0], "{drawn:?}");
    assert!(drawn.iter().any(|waits| waits[0].abs_diff(drawn[0][0]) > 20), "the same wait each time: {drawn:?}");
}

#[test]
fn ht_04_429_for_ever() {
    let lab = Lab::with("h429_forever", "cursor", QUICK);
    lab.sync().ends(8).says("429");
    assert!(lab.requests() <= 12);
    lab.judged();
}

#[test]
fn ht_05_retry_after_a_day() {
    let lab = Lab::new("h429_day", "cursor");
    let run = lab.sync();
    run.fails().says("server asks for 24 h, limit is 5 min");
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
    lab.judged();
}

#[test]
fn ht_07_503_twice() {
    let lab = Lab::with("h503_twice", "cursor", QUICK);
    let run = lab.sync();
    run.succeeds();
    lab.has(1..=100);
    assert_eq!(run.stream("items")["retries"], 2);
    lab.judged();
}

#[test]
fn ht_08_permanent_500_on_page_3() {
    let lab = Lab::with("h500_page3", "inc", QUICK);
    let run = lab.sync();
    run.fails().says("GET /items").says("127.0.0.1").says("500").says("tries 5");
    assert_eq!(run.stream("items")["coverage"]["unread"][0]["covered_to"], "page 2");
    let database = lab.ids();
    assert_eq!(database, (1..=100).collect::<Vec<_>>());
    lab.judged();
}

#[test]
fn ht_09_401() {
    let lab = Lab::new("h401", "cursor");
    lab.sync().ends(5).says("`auth: bearer`");
    assert!(lab.requests() <= 3);
    lab.judged();
}

#[test]
fn ht_10_200_with_an_error_object() {
    let rule = "errors: [{ when: \"{{ response.body.error is defined }}\", then: { fail: { message: \"{{ response.body.error.message }}\" } } }]";
    let lab = Lab::with("h200_error", "cursor", rule);
    lab.sync().fails().says("quota");
    lab.judged();
    let lab = Lab::new("h200_error", "cursor");
    lab.sync().fails().says("`$.items` is not in the answer").says("error");
    lab.judged();
}

#[test]
fn ht_12_login_page() {
    let lab = Lab::new("h200_html", "one");
    lab.sync().fails().says("expected JSON, got text/html").says("<!doctype html><title>Sign in</title>");
    lab.judged();
}

#[test]
fn ht_13_204_and_empty_200() {
    let lab = Lab::new("h204", "one");
    lab.sync().succeeds();
    assert_eq!(lab.ids(), Vec::<i64>::new());
    lab.judged();
    let lab = Lab::with("empty_200", "one", QUICK);
    lab.sync().fails().says("the answer is empty");
    lab.judged();
}

#[test]
fn ht_14_206_unasked() {
    let lab = Lab::new("h206_partial", "one");
    lab.sync().fails().says("206");
    lab.judged();
}

#[test]
fn ht_15_declared_rate() {
    let lab = Lab::with("rate_strict", "cursor", "limits: { rate: 5/s }");
    lab.sync().succeeds();
    lab.has(1..=500);
    // A bucket of one: they come one by one, also within the first second.
    let gaps = lab.gaps();
    assert!(gaps[..gaps.len() - 1].iter().all(|gap| *gap >= 150), "{gaps:?}");
    lab.judged();
}

#[test]
fn ht_16_declared_concurrency() {
    let lab = Lab::with("concurrency_2", "parents", "limits: { concurrency: 2 }");
    lab.sync().succeeds();
    lab.has(1..=100);
    assert_eq!(lab.judged()["max_inflight"], 2);
}

/// One fault on the way, then the truth: all rows once, and after one retry.
#[track_caller]
fn once_broken(scenario: &str) {
    for (manifest, to) in [("cursor", "sqlite:weir.db"), ("cursor_untyped", "jsonl:out")] {
        let lab = Lab::with(scenario, manifest, QUICK).into(to);
        let run = lab.sync_with(&["--mode", "append"]);
        run.succeeds();
        // Nothing of the half page was written: it would stand there twice.
        lab.has(1..=100);
        // One that was closed without a word is sent again on a connection of its own, which is no retry.
        assert!(run.stream("items")["retries"].as_u64().unwrap() <= 1);
        assert_eq!(lab.requests(), 3);
        lab.judged();
    }
}

#[test]
fn ht_17_short_body_of_known_length() {
    once_broken("cut_length");
}

#[test]
fn ht_18_json_cut_inside() {
    once_broken("cut_json");
}

#[test]
fn ht_19_chunked_body_without_end() {
    once_broken("cut_chunked");
}

#[test]
fn ht_21_reset_in_the_body() {
    once_broken("reset_body");
}

#[test]
fn ht_22_closed_without_an_answer() {
    once_broken("close_silent");
}

#[test]
fn ht_23_silent_server() {
    let lab = Lab::with("hang", "cursor", "timeouts: { head: 2s, idle: 2s }\nretry: { attempts: 2, first: 20ms }");
    let run = lab.sync();
    run.fails().says("no answer within 2 s");
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
    lab.server.release(&lab.scenario, &lab.run);
    lab.judged();
}

#[test]
fn ht_25_endless_body() {
    // A debug build takes minutes to find the records in 256 MiB of JSON; there they are read as text.
    let manifest = if cfg!(debug_assertions) { "text" } else { "typed" };
    let lab = Lab::with("endless_body", manifest, "retry: { attempts: 1 }");
    lab.sync().fails().says("256 MiB");
    lab.judged();
}

#[test]
fn ht_26_gzip_bomb() {
    let lab = Lab::new("gzip_bomb", "one");
    let run = lab.sync();
    run.fails();
    let named = run.out.contains("ratio") || run.out.contains("200") || run.out.contains("MiB");
    assert!(named, "{}", run.out);
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
    lab.judged();
}

#[test]
fn ht_27_bomb_in_a_bomb() {
    let lab = Lab::new("gzip_twice", "one");
    lab.sync().fails().says("packed 2 times");
    lab.judged();
}

#[test]
fn ht_28_gzip_faults() {
    let lab = Lab::new("gzip_ok", "one");
    lab.sync().succeeds();
    lab.has(1..=3);
    lab.judged();
    for scenario in ["gzip_cut", "gzip_label"] {
        let lab = Lab::with(scenario, "one", QUICK);
        lab.sync().fails().says("packed");
        assert!(!lab.has_table("items"), "nothing of a broken body is written");
        lab.judged();
    }
}

#[test]
fn ht_30_4000_headers() {
    let lab = Lab::with("many_headers", "one", QUICK);
    let run = lab.sync();
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
    run.fails().says("too large");
    lab.judged();
    assert!(!run.out.contains(SECRET));
}
