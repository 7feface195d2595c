//! Hostile names and values on the way into a destination. PostgreSQL, `DuckDB`, CSV files and Parquet are none yet.

use crate::lab::{Lab, every_file};
use serde_json::Value;
use std::collections::BTreeSet;

/// Columns that the API's own members become are not built yet (`unknown_fields: add`): here the manifest names them.
#[test]
fn ds_01_hostile_column_names() {
    let (long, longer) = ("k".repeat(300), "k".repeat(299) + "z");
    // A column has a name; what the API calls "" stays in JSON.
    let names = [
        "x\"; DROP TABLE items; --",
        "a'b",
        "select",
        "Id",
        "ID",
        "1st",
        "a.b",
        "a b",
        "__proto__",
        "\u{17e}lu\u{165}",
        "new\nline",
        "`tick`",
        "[br]",
        "$1",
        "%s",
        "rowid",
        &long,
        &longer,
    ];
    let fields: Vec<String> =
        names.iter().map(|name| format!("{}: string", serde_json::to_string(name).unwrap())).collect();
    let fields = format!("id: integer!, {}", fields.join(", "));
    for to in ["sqlite:weir.db", "jsonl:out"] {
        let lab = Lab::edited("weird_keys", "typed", &[("id: integer!", &fields)]).into(to);
        lab.sync().succeeds();
        lab.has(1..=3);
        lab.judged();
        if to.starts_with("jsonl:") {
            for (line, value) in lab.lines("items").iter().zip(["v1", "v2", "v3"]) {
                let record: Value = serde_json::from_str(line).unwrap();
                assert!(names.iter().all(|name| record[*name] == value), "{line}");
            }
            continue;
        }
        // Each of the 18 has a column of its own, whose values are its own.
        let sql = "select name from pragma_table_info('items') where name not like '\\_weir%' escape '\\'";
        let columns = lab.texts(sql);
        let distinct: BTreeSet<String> = columns.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!((columns.len(), distinct.len()), (19, 19), "{columns:?}");
        for column in columns.iter().filter(|name| *name != "id") {
            let quoted = column.replace('"', "\"\"");
            assert_eq!(
                lab.texts(&format!("select \"{quoted}\" from items order by \"id\"")),
                ["v1", "v2", "v3"],
                "{column}"
            );
        }
    }
    // Untyped, and with what is left over in a column of JSON, nothing is dropped either.
    for (manifest, column) in [("one", "record"), ("kept", "_rest")] {
        let lab = Lab::new("weird_keys", manifest);
        lab.sync().succeeds();
        for (record, value) in
            lab.texts(&format!("select {column} from items order by id")).iter().zip(["v1", "v2", "v3"])
        {
            let record: Value = serde_json::from_str(record).unwrap();
            assert!(names.iter().chain(&[""]).all(|name| record[*name] == value), "{record}");
        }
    }
}

#[test]
fn ds_02_column_explosion() {
    // Without columns of its own each record stays one column of JSON.
    for to in ["sqlite:weir.db", "jsonl:out"] {
        let lab = Lab::new("many_columns", "one").into(to);
        lab.sync().succeeds();
        lab.has(1..=100);
        lab.judged();
    }
    let many: Vec<String> = (0..1100).map(|nth| format!("k1_{nth}: integer")).collect();
    let lab = Lab::edited("many_columns", "typed", &[("id: integer!", &format!("id: integer!, {}", many.join(", ")))]);
    lab.sync().fails().says("1000").says("as JSON");
    lab.judged();
}

#[test]
fn ds_04_sql_in_values() {
    let texts = ["'); DROP TABLE items; --", "$$; COPY x TO PROGRAM 'id'; $$", "\\"];
    for manifest in ["typed", "kept"] {
        let edit = ("id: integer!", "id: integer!, v: string");
        let lab = Lab::edited("sql_values", manifest, &[edit]);
        lab.sync().succeeds();
        assert_eq!(lab.texts("select v from items order by id"), texts);
        lab.judged();
        let lab = Lab::edited("sql_values", manifest, &[edit]).into("jsonl:out");
        lab.sync().succeeds();
        let of = |line: &String| serde_json::from_str::<Value>(line).unwrap()["v"].as_str().unwrap().to_owned();
        assert_eq!(lab.lines("items").iter().map(of).collect::<Vec<_>>(), texts);
    }
}

#[test]
fn ds_05_hostile_partition_values_and_stream_names() {
    let lab = Lab::new("path_partitions", "partitions").into("jsonl:out");
    lab.sync_with(&["--mode", "append"]).succeeds();
    // Nothing is written beside `work` (`examine`), and nothing in it beside the destination.
    let inside: BTreeSet<String> =
        std::fs::read_dir(lab.work()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(inside, ["faults.yaml".to_owned(), "out".to_owned()].into());
    assert_eq!(lab.lines("items").len(), 81);
    // A stream's name is a name: none of these gets as far as a file.
    for name in ["../x", "a/b", ".", "..", "a\\\\b", "items ", "a:b", "nul\\0x"] {
        let lab =
            Lab::edited("cursor_ok", "cursor_untyped", &[("items: GET /items", &format!("\"{name}\": GET /items"))]);
        lab.sync().ends(3);
        assert!(!lab.work().join("weir.db").exists(), "{name}");
        assert_eq!(lab.requests(), 0);
    }
    // A name that is too long for a file is no reason to write elsewhere.
    let long = format!("{}: GET /items", "n".repeat(300));
    for to in ["jsonl:out", "sqlite:weir.db"] {
        Lab::edited("cursor_ok", "cursor_untyped", &[("items: GET /items", &long)]).into(to).sync();
    }
    // Two names that some file systems and SQL take for one are two places, or refused.
    for to in ["jsonl:out", "sqlite:weir.db"] {
        let both =
            [("items: GET /items", "items: GET /items\n  Items: GET /items\n  CON: GET /items\n  NUL: GET /items")];
        let lab = Lab::edited("cursor_ok", "cursor_untyped", &both).into(to);
        let run = lab.sync();
        if run.code == Some(0) {
            for name in ["items", "Items", "CON", "NUL"] {
                assert_eq!(lab.ids_of(name).len(), 500, "{name} in {to}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn ds_06_symlink_in_the_output_directory() {
    use std::os::unix::fs::symlink;
    // The names of files are known: they say what is in them.
    let lab = Lab::new("cursor_ok", "cursor").into("jsonl:out");
    lab.sync().succeeds();
    let mut names = Vec::new();
    every_file(&lab.work().join("out/items"), &mut |path| names.push(path.file_name().unwrap().to_owned()));
    let victim = "the user's own";
    for link in ["file", "folder"] {
        let lab = Lab::new("cursor_ok", "cursor").into("jsonl:out");
        lab.write("bashrc", victim);
        std::fs::create_dir_all(lab.work().join("elsewhere")).unwrap();
        std::fs::create_dir(lab.work().join("out")).unwrap();
        if link == "folder" {
            symlink(lab.work().join("elsewhere"), lab.work().join("out/items")).unwrap();
        } else {
            std::fs::create_dir(lab.work().join("out/items")).unwrap();
            for name in &names {
                symlink(lab.work().join("bashrc"), lab.work().join("out/items").join(name)).unwrap();
            }
        }
        lab.sync().fails();
        assert_eq!(std::fs::read_to_string(lab.work().join("bashrc")).unwrap(), victim);
        assert_eq!(std::fs::read_dir(lab.work().join("elsewhere")).unwrap().count(), 0);
    }
}

#[test]
fn ds_07_terminal_escapes() {
    let lab = Lab::edited("ansi", "typed", &[("id: integer!", "id: integer!, s: string")]);
    let run = lab.read("items", &["--format", "table"]);
    run.succeeds();
    assert!(!run.out.chars().any(|sign| sign.is_control() && sign != '\n'), "{:?}", run.out);
    assert!(!run.out.lines().any(|line| line.starts_with("ERROR")), "{}", run.out);
    let run = lab.read("items", &["--format", "jsonl"]);
    run.succeeds();
    assert_eq!(run.out.lines().count(), 3);
    assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{7}'), "{:?}", run.out);
    assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
    // And where such a value is refused, and shown as it came.
    let lab = Lab::edited("ansi", "typed", &[("id: integer!", "id: integer!, s: date")]);
    let run = lab.sync_with(&["-v"]);
    run.ends(6);
    assert!(!run.err.contains('\u{1b}') && !run.out.contains('\u{1b}'));
    let listed = lab.weir(&["quarantine", "ls"]);
    assert!(
        !listed.out.contains('\u{1b}') && !listed.out.lines().any(|line| line.starts_with("ERROR")),
        "{}",
        listed.out
    );
    lab.judged();
}

#[test]
fn ds_08_reader_during_a_commit() {
    for (to, mode) in [("sqlite:weir.db", "upsert"), ("jsonl:out", "append"), ("sqlite:weir.db", "replace")] {
        let lab = Lab::new("slow_pages", "inc").into(to);
        let mut running = lab.start_sync(&["--mode", mode]);
        let mut seen = BTreeSet::new();
        while !running.is_over() {
            seen.insert(lab.rows_if_any());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        running.finish().succeeds();
        lab.has(1..=1000);
        assert!(seen.iter().all(|rows| rows % 50 == 0), "part of a page was visible: {seen:?}");
        if mode == "replace" {
            assert!(seen.iter().all(|rows| [0, 1000].contains(rows)), "part of a table was visible: {seen:?}");
        }
        lab.judged();
    }
}
