//! Faults of JSON and text, into SQLite and into JSON lines.

use crate::lab::Lab;
use serde_json::{Value, json};
use std::time::Duration;

const BOTH: [&str; 2] = ["sqlite:weir.db", "jsonl:out"];

/// The records as they stand where they went: the column of JSON, or the lines.
fn records(lab: &Lab) -> Vec<String> {
    if lab.to.starts_with("sqlite:") {
        return lab.texts("select record from items order by cast(id as integer)");
    }
    lab.lines("items")
}

/// Reads into both destinations by the same manifest.
fn both(scenario: &str, manifest: &str, edits: &[(&str, &str)], see: impl Fn(&Lab, &crate::run::Run)) {
    for to in BOTH {
        let lab = Lab::edited(scenario, manifest, edits).into(to);
        let run = lab.sync();
        see(&lab, &run);
        lab.judged();
    }
}

const BIG: [&str; 7] = [
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
];

#[test]
fn js_01_integers_beyond_64_bits() {
    both("bigint", "one", &[], |lab, run| {
        run.succeeds();
        for (record, number) in records(lab).iter().zip(BIG) {
            assert!(record.contains(number), "{record}");
        }
    });
    // In a column of integers, three fit; the others are refused by name.
    both("bigint", "typed", &[("id: integer!", "id: integer!, big: integer")], |lab, run| {
        run.ends(6);
        lab.has(1..=3);
        let refused = lab.refused();
        assert_eq!(refused.len(), 4);
        for entry in &refused {
            assert_eq!(entry["column"], "big", "{entry}");
            assert!(entry["raw"].as_str().unwrap().contains("\"big\":"), "{entry}");
        }
    });
    for kind in ["string", "\"decimal(38,0)\""] {
        both("bigint", "typed", &[("id: integer!", &format!("id: integer!, big: {kind}"))], |lab, run| {
            run.succeeds();
            let text = if lab.to.starts_with("sqlite:") {
                lab.texts("select big from items order by id").join("\n")
            } else {
                lab.lines("items").join("\n")
            };
            for number in BIG {
                assert!(text.contains(number), "{number} is not in {text}");
            }
        });
    }
}

#[test]
fn js_03_decimals() {
    both("decimals", "one", &[], |lab, run| {
        run.succeeds();
        let all = records(lab).join("\n");
        for text in ["0.1", "19.99", "12345678901234567890.123456789", "1E-400", "1e400", "1.10", "-0.0"] {
            assert!(all.contains(&format!("\"amount\":{text}}}")), "{text} is not in {all}");
        }
    });
    // Only its own record fails, by name: what a decimal can't hold.
    both("decimals", "typed", &[("id: integer!", "id: integer!, amount: \"decimal(38,9)\"")], |lab, run| {
        run.ends(6);
        let ids = lab.ids();
        assert!([1, 2, 3, 6, 7].iter().all(|id| ids.contains(id)) && !ids.contains(&5), "{ids:?}");
        assert!(lab.refused().iter().any(|entry| entry["column"] == "amount"));
        if lab.to.starts_with("sqlite:") {
            let text = lab.texts("select amount from items where id = 3");
            assert_eq!(text, ["12345678901234567890.123456789"]);
        }
    });
    both("decimals", "typed", &[("id: integer!", "id: integer!, amount: string")], |lab, run| {
        run.succeeds();
        if lab.to.starts_with("sqlite:") {
            assert_eq!(lab.texts("select amount from items where id = 6"), ["1.10"]);
        }
    });
}

#[test]
fn js_04_nan_and_infinity() {
    both("nan_inf", "one", &[], |lab, run| {
        run.fails();
        let refused = serde_json::to_string(&lab.refused()).unwrap();
        assert!(refused.contains("NaN") && refused.contains("Infinity"), "{refused}");
    });
}

#[test]
fn js_05_duplicate_keys() {
    both("dup_keys", "one", &[], |lab, run| {
        run.fails();
        assert!(lab.refused()[0]["reason"].as_str().unwrap().contains("role"), "{:?}", lab.refused());
    });
}

#[test]
fn js_06_null_against_absent() {
    let lab = Lab::new("null_missing", "one").into("jsonl:out");
    lab.sync().succeeds();
    assert_eq!(lab.lines("items"), [r#"{"id":1,"a":null}"#, r#"{"id":2}"#, r#"{"id":3,"a":""}"#]);
    lab.judged();
    // In a typed column absent and null are the same; in an untyped stream the record keeps the difference.
    let lab = Lab::edited("null_missing", "typed", &[("id: integer!", "id: integer!, a: string")]);
    for _ in 0..2 {
        lab.sync_with(&["--mode", "upsert"]).succeeds();
        assert_eq!(
            lab.query("select id, a from items order by id"),
            [vec![json!(1), Value::Null], vec![json!(2), Value::Null], vec![json!(3), json!("")]]
        );
    }
    lab.judged();
}

#[test]
fn js_07_type_drift_over_pages() {
    both("type_drift", "cursor_untyped", &[], |lab, run| {
        run.succeeds();
        lab.has(1..=150);
        let of = |id: usize| serde_json::from_str::<Value>(&records(lab)[id - 1]).unwrap()["v"].clone();
        assert_eq!((of(50), of(51), of(101), of(102)), (json!(50), json!(51.5), json!("s101"), json!({"k": 102})));
    });
    let typed = [("name: string", "v: number")];
    both("type_drift", "cursor", &typed, |lab, run| {
        run.ends(6);
        lab.has(1..=100);
        let refused = lab.refused();
        assert_eq!(refused.len(), 50);
        assert!(refused.iter().all(|entry| entry["column"] == "v" && entry["page"] == 2), "{refused:?}");
    });
}

#[test]
fn js_08_depth_100_000() {
    both("deep_nest", "one", &[], |lab, run| {
        run.fails();
        assert!(
            lab.refused()[0]["reason"].as_str().unwrap().contains("nesting deeper than 128"),
            "{:?}",
            lab.refused()
        );
    });
}

#[test]
fn js_09_depth_60() {
    both("deep_ok", "one", &[], |lab, run| {
        run.succeeds();
        lab.has(1..=2);
    });
}

#[test]
fn js_10_record_of_64_mib() {
    for to in BOTH {
        let lab = Lab::with("huge_record", "one", "retry: { attempts: 1 }").into(to);
        let run = lab.sync();
        run.fails().says("record over 16 MiB").says("items");
        assert!(run.memory < 200, "{} MiB", run.memory);
        lab.judged();
    }
}

#[test]
fn js_11_page_of_100_mib() {
    let lab = Lab::new("huge_page", "jsonl").into("jsonl:out");
    let run = lab.sync();
    run.succeeds();
    assert_eq!(run.stream("items")["written"], 200_000);
    assert_eq!(lab.lines("items").len(), 200_000);
    assert!(run.memory < 200, "{} MiB", run.memory);
    lab.judged();
}

#[test]
fn js_12_lone_surrogates() {
    both("lone_surrogate", "one", &[], |lab, run| {
        run.fails();
        assert!(lab.refused()[0]["reason"].as_str().unwrap().contains("surrogate"), "{:?}", lab.refused());
    });
}

#[test]
fn js_13_nul() {
    // PostgreSQL, which takes no U+0000, is no destination yet.
    both("nul_char", "one", &[], |lab, run| {
        run.succeeds();
        assert_eq!(records(lab), [r#"{"id":1,"s":"a\u0000b"}"#, r#"{"id":2,"s":"ok"}"#, r#"{"id":3,"k\u0000":1}"#]);
    });
    let lab = Lab::edited("nul_char", "typed", &[("id: integer!", "id: integer!, s: string")]);
    lab.sync().succeeds();
    assert_eq!(lab.texts("select s from items where id < 3 order by id"), ["a\0b", "ok"]);
}

#[test]
fn js_14_bom() {
    both("bom", "one", &[], |lab, run| {
        run.succeeds();
        lab.has(1..=3);
    });
}

#[test]
fn js_15_invalid_utf8_and_latin_1() {
    both("invalid_utf8", "one", &[], |lab, run| {
        run.fails();
        assert!(lab.refused()[0]["reason"].as_str().unwrap().contains("UTF-8"), "{:?}", lab.refused());
    });
    both("latin1", "one", &[], |lab, run| {
        run.succeeds();
        assert_eq!(records(lab), [r#"{"id":1,"s":"café"}"#]);
    });
}

#[test]
fn js_16_unicode() {
    let texts =
        ["e\u{301} \u{e9}", "\u{1f469}\u{200d}\u{1f4bb}", "\u{202e}gnp.exe", "\u{2028}\u{2029}", "\u{fffe}\u{ffff}"];
    both("unicode_exact", "typed", &[("id: integer!", "id: integer!, s: string")], |lab, run| {
        run.succeeds();
        if lab.to.starts_with("sqlite:") {
            assert_eq!(lab.texts("select s from items order by id"), texts);
        } else {
            let of = |line: &String| serde_json::from_str::<Value>(line).unwrap()["s"].as_str().unwrap().to_owned();
            assert_eq!(lab.lines("items").iter().map(of).collect::<Vec<_>>(), texts);
        }
    });
}

#[test]
fn js_17_strings_that_look_like_other_things() {
    let texts = ["no", "None", "null", "00123", "1e5", "1_000", "2024-01-01", "true", "(1, 2)", "{{ 7*7 }}"];
    both("stringly", "typed", &[("id: integer!", "id: integer!, s: string")], |lab, run| {
        run.succeeds();
        if lab.to.starts_with("sqlite:") {
            assert_eq!(lab.texts("select s from items order by id"), texts);
            assert_eq!(lab.texts("select distinct typeof(s) from items"), ["text"]);
        } else {
            let of = |line: &String| serde_json::from_str::<Value>(line).unwrap()["s"].as_str().unwrap().to_owned();
            assert_eq!(lab.lines("items").iter().map(of).collect::<Vec<_>>(), texts);
        }
    });
    both("stringly", "one", &[], |lab, run| {
        run.succeeds();
        for (record, text) in records(lab).iter().zip(texts) {
            assert_eq!(serde_json::from_str::<Value>(record).unwrap()["s"], text);
        }
    });
}

#[test]
fn js_18_trailing_text() {
    both("trailing_text", "one", &[], |_, run| {
        run.fails().says("text after the JSON value");
    });
}

#[test]
fn js_19_records_path_missing() {
    both("path_missing", "one", &[], |_, run| {
        run.fails().says("`$.items` is not in the answer").says("data");
    });
}

#[test]
fn js_21_one_bad_line() {
    both("jsonl_badline", "jsonl", &[], |lab, run| {
        run.ends(6);
        assert_eq!(lab.ids().len(), 99);
        assert_eq!(run.stream("items")["quality"], json!({"refused": 1}));
        assert_eq!(lab.refused()[0]["record"], 49);
    });
}

#[test]
fn js_22_impossible_dates() {
    for to in BOTH {
        let lab = Lab::new("odd_dates", "inc").into(to);
        let run = lab.sync();
        run.fails();
        assert!(run.took < Duration::from_secs(20));
        let refused = lab.refused();
        assert!(refused.len() >= 4 && refused.iter().all(|entry| entry["column"] == "updated_at"), "{refused:?}");
        assert!(!serde_json::to_string(&lab.states()).unwrap().contains("9999-12-31"), "{:?}", lab.states());
        lab.judged();
    }
}
