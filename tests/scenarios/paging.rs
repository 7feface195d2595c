//! Faults of pagination.

use crate::lab::Lab;

/// Fast where the waits are not the matter.
pub(crate) const QUICK: &str = "retry: { first: 20ms, max: 100ms }";

#[test]
fn pg_01_baselines() {
    for (scenario, manifest) in [
        ("page_ok", "page"),
        ("offset_ok", "offset"),
        ("cursor_ok", "cursor"),
        ("link_ok", "link"),
        ("linkheader_ok", "linkheader"),
    ] {
        for to in ["sqlite:weir.db", "jsonl:out"] {
            let lab = Lab::new(scenario, manifest).into(to);
            lab.sync().succeeds();
            lab.has(1..=500);
            lab.judged();
        }
    }
}

#[test]
fn pg_02_rows_inserted_between_pages() {
    let lab = Lab::new("page_drift_insert", "page");
    let run = lab.sync();
    run.succeeds();
    lab.has(1..=500);
    assert_eq!(run.stream("items")["duplicates"], 7);
    lab.judged();
}

#[test]
fn pg_03_rows_deleted_between_pages() {
    let lab = Lab::new("page_drift_delete", "page");
    let run = lab.sync();
    run.says("total changed 500 -> 495, rows may be missing");
    let notes = run.stream("items")["notes"].to_string();
    assert!(notes.contains("total changed"), "{notes}");
    lab.judged();
}

#[test]
fn pg_04_same_cursor_again() {
    let lab = Lab::new("cursor_repeat", "inc");
    let run = lab.sync();
    run.fails().says("pagination loop").says("its hash is");
    assert!(lab.requests() <= 5);
    let unread = &run.stream("items")["coverage"]["unread"][0];
    assert_eq!(unread["covered_to"], "page 2", "{unread}");
    // The page that led in a circle is not behind the position.
    let open = &lab.states()[0]["state"];
    assert!(open["open"]["page"]["index"].as_u64().is_none_or(|page| page <= 2), "{open}");
    lab.judged();
}

#[test]
fn pg_06_endless_fresh_cursors() {
    let limit = [("into: query.cursor", "into: query.cursor, max_pages: 40")];
    let lab = Lab::edited("cursor_endless", "cursor", &limit);
    lab.sync().fails();
    assert!(lab.requests() <= 41);
    lab.judged();
    // Pages that differ are read until the limit, which is named.
    let lab = Lab::edited("cursor_ok", "cursor", &[("into: query.cursor", "into: query.cursor, max_pages: 4")]);
    lab.sync().fails().says("max_pages");
    assert_eq!(lab.requests(), 4);
}

#[test]
fn pg_07_empty_string_as_end() {
    let lab = Lab::new("cursor_empty_string", "cursor");
    lab.sync().succeeds();
    lab.has(1..=500);
    assert_eq!(lab.requests(), 10);
    lab.judged();
}

#[test]
fn pg_08_empty_page_in_the_middle() {
    let lab = Lab::new("empty_middle", "cursor");
    lab.sync().succeeds();
    lab.has(1..=500);
    lab.judged();
}

#[test]
fn pg_09_short_page_in_the_middle() {
    let lab = Lab::edited("short_middle", "page", &[("    expect: { total: $.total }\n", "")]);
    lab.sync().succeeds();
    assert_eq!(lab.ids().len(), 480);
    lab.judged();
    // Where a complete read is declared to have as many rows as are claimed, that is not clean.
    let lab = Lab::new("short_middle", "page");
    lab.sync().ends(6).says("480");
    assert_eq!(lab.ids().len(), 480);
}

#[test]
fn pg_11_last_page_repeated_for_ever() {
    let lab = Lab::new("page_echo_last", "page_bare");
    lab.sync_with(&["--mode", "upsert"]);
    lab.has(1..=500);
    assert!(lab.requests() <= 13);
    lab.judged();
}

#[test]
fn pg_12_404_beyond_the_end() {
    let lab = Lab::with("page_beyond_404", "page_bare", "errors: [{ status: 404, then: end }]");
    lab.sync().succeeds();
    lab.has(1..=500);
    lab.judged();
    let lab = Lab::new("page_beyond_404", "page_bare");
    lab.sync().fails().says("404");
}

#[test]
fn pg_13_total_lies() {
    let lab = Lab::new("total_changes", "page");
    let run = lab.sync();
    run.succeeds();
    lab.has(1..=500);
    let notes = run.stream("items")["notes"].to_string();
    assert!(notes.contains("total changed 500 -> 450"), "{notes}");
    lab.judged();
}

#[test]
fn pg_14_server_caps_the_limit() {
    let lab = Lab::new("limit_capped", "offset");
    lab.sync().succeeds();
    lab.has(1..=500);
    lab.judged();
}

#[test]
fn pg_15_relative_next_urls() {
    let lab = Lab::new("link_relative", "link");
    lab.sync().succeeds();
    lab.has(1..=500);
    lab.judged();
}

#[test]
fn pg_17_awkward_link_headers() {
    let lab = Lab::new("linkheader_awkward", "linkheader");
    lab.sync().succeeds();
    lab.has(1..=200);
    lab.judged();
}

#[test]
fn pg_19_overlapping_pages() {
    let lab = Lab::new("overlap_pages", "cursor");
    lab.sync().succeeds();
    lab.has(1..=500);
    lab.judged();
    let lab = Lab::new("overlap_pages", "cursor").into("jsonl:out");
    let run = lab.sync_with(&["--mode", "append"]);
    assert_eq!(run.stream("items")["duplicates"], 18, "{}", run.out);
    let mut ids = lab.ids();
    ids.dedup();
    assert_eq!(ids, (1..=500).collect::<Vec<_>>());
    lab.judged();
}

#[test]
fn pg_20_cursor_expires() {
    let lab = Lab::new("cursor_expired", "cursor");
    lab.sync_with(&["--mode", "upsert"]).fails().says("410");
    lab.has(1..=200);
    lab.judged();
    // It can be run again, and does not read itself into a circle.
    lab.sync_with(&["--mode", "upsert"]).fails();
    assert!(lab.requests() <= 12);
}
