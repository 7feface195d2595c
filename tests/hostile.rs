//! Manifests with thousands of entries of a kind: what is checked of one against all others still ends soon.

mod support;

#[path = "support/program.rs"]
mod program;

use program::{Run, run_in};
use std::time::Duration;
use support::Folder;

/// Generous: these are seconds of a debug build on a busy machine.
const LONGEST: Duration = Duration::from_mins(1);
const MOST_KIB: u64 = 1024 * 1024;
const HEAD: &str = "connector: shop\nbase: https://shop.example\n";

#[track_caller]
fn ends(code: i32, text: &str) -> Run {
    assert!(text.len() < 1 << 20, "larger than a manifest may be: {}", text.len());
    let folder = Folder::new();
    folder.write("a.yaml", text);
    let run = run_in(folder.path(), &["validate", "a.yaml"]);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    assert_eq!(run.code, Some(code), "{}{}", run.out, run.err);
    assert!(run.took < LONGEST, "{:?}", run.took);
    assert!(run.memory.is_none_or(|memory| memory < MOST_KIB), "{:?}", run.memory);
    run
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn stream(name: &str, more: &str) -> String {
    format!("  {name}: {{ request: GET /orders, paginate: none{more} }}\n")
}

#[test]
fn thousands_of_wrong_names_among_thousands() {
    let streams =
        lines(3000, |at| stream(&format!("orders_{at:05}"), &format!(", needs: [odrers_{:05}]", 99_999 - at)));
    let run = ends(3, &format!("{HEAD}streams:\n{streams}"));
    assert!(run.has("E0501", 4), "{}", run.out);
    assert!(run.out.contains("known streams: orders_00000, ") && run.out.contains("orders_00011, …"), "{}", run.out);
}

#[test]
fn thousands_of_unknown_keys() {
    let keys = lines(5000, |at| format!("    reqest{at}: 1\n"));
    ends(3, &format!("{HEAD}streams:\n  orders:\n    request: GET /orders\n    paginate: none\n{keys}"));
}

#[test]
fn only_so_many_findings_are_drawn() {
    let streams = lines(300, |at| stream(&format!("s{at}"), &format!(", needs: [t{at}]")));
    let run = ends(3, &format!("{HEAD}streams:\n{streams}"));
    assert_eq!(run.out.matches("[E0501]").count(), 200, "{}", run.out);
    assert!(run.out.ends_with("\n… and 100 more; --format json gives all\n"), "{}", run.out);
    assert!(run.err.contains("300 errors"), "{}", run.err);
}

#[test]
fn a_long_chain_of_streams() {
    let streams = lines(4000, |at| stream(&format!("s{at}"), &format!(", needs: [s{}]", at + 1)));
    ends(0, &format!("{HEAD}streams:\n{streams}{}", stream("s4000", "")));
}

#[test]
fn thousands_of_circles() {
    let streams = lines(4000, |at| stream(&format!("s{at}"), &format!(", needs: [s{}]", at ^ 1)));
    let run = ends(3, &format!("{HEAD}streams:\n{streams}"));
    assert!(run.has("E0504", 4), "{}", run.out);
    assert!(run.err.contains("2000 errors"), "{}", run.err);
}

#[test]
fn thousands_of_params_that_nothing_reads() {
    let params = lines(8000, |at| format!("  p{at}: string!\n"));
    let broken = stream("orders", ", query: { q: '{{ params.p7 | nothing }}', r: nothing.at_all, s: '{{ oops }}' }");
    let run = ends(3, &format!("{HEAD}params:\n{params}streams:\n{broken}"));
    assert!(run.has("E0608", 4) && !run.has("E0608", 11), "{}", run.out);
}

#[test]
fn thousands_of_expressions_with_thousands_of_params() {
    let params = lines(3000, |at| format!("  p{at}: string!\n"));
    let query = lines(3000, |at| format!("      q{at}: '{{{{ params.p{at} }}}}'\n"));
    let orders = format!("  orders:\n    request: GET /orders\n    paginate: none\n    query:\n{query}");
    ends(0, &format!("{HEAD}params:\n{params}streams:\n{orders}"));
}

#[test]
fn much_that_thousands_of_streams_inherit() {
    let query = lines(3000, |at| format!("  q{at}: v\n"));
    let streams = lines(6000, |at| stream(&format!("s{at}"), ""));
    let run = ends(3, &format!("{HEAD}query:\n{query}streams:\n{streams}"));
    assert_eq!(run.out.matches("error[").count(), 1, "{}", run.out);
    // Each stream has 6,007 keys and values: with the 167th they are more than a million.
    assert!(run.has("E0009", 3 + 3000 + 1 + 167), "{}", run.out);
}
