//! What is told before a run begins: about targets, params, streams, conditions and destinations.

use crate::{Folder, shop, told, weir};
use std::process::Command;

const PROJECT: &str = "\
connections:
  acme:
    connector: ./shop
    params: { token: \"${ACME_TOKEN:-none}\" }
  bare:
    connector: ./shop
  lost:
    connector: ./nowhere
destinations:
  lake: { jsonl: ./out }
  house: { postgres: \"postgres://u:hunter2@h/d\" }
syncs:
  nightly: { from: acme, to: lake, streams: [customers] }
";

fn project() -> Folder {
    let folder = shop();
    folder.write("weir.yaml", PROJECT);
    folder
}

/// What goes wrong before the first request: arguments, exit code, a part of what is told.
#[test]
fn mistakes_are_told_before_anything_is_asked() {
    let folder = project();
    folder.write("broken.yaml", "connector: a\nbase: https://a.example\nstrems: {}\n");
    let cases = [
        // targets
        ("read gone orders", 2, "there is no file or folder `gone`, and no connection"),
        ("read acmee orders", 2, "did you mean `acme`?"),
        ("read ./gone orders", 2, "there is no file or folder `./gone`"),
        ("read weir.yaml orders", 2, "`weir.yaml` is no manifest"),
        ("sync broken.yaml", 3, "error[E0101]"),
        ("check lost", 3, "there is no connector `./nowhere`"),
        ("state ls", 4, "there is no sqlite:weir.db; a sync writes one, and `--to` names another place"),
        ("receipt --to jsonl:gone", 4, "a sync writes one, and `--to` names another place"),
        // params
        ("read shop orders", 4, "set the variable `SHOP_TOKEN`"),
        ("read bare orders", 4, "error[E0802]"),
        (
            "read shop orders --param token=hunter2",
            2,
            "`token` is a secret: everyone on this machine can read arguments",
        ),
        ("read shop orders --param tokn=hunter2", 2, "no param `tokn`"),
        ("read acme orders --param columns=x", 2, "the params of a connection stand in `weir.yaml`"),
        ("read shop orders --param columns=x --param columns=y", 2, "`--param columns` stands twice"),
        // streams and columns
        ("read acme ordrs", 2, "did you mean `orders`?"),
        ("check acme --streams customers,ordrs", 2, "did you mean `orders`?"),
        ("sync acme customers ordrs", 2, "did you mean `orders`?"),
        ("sync nightly orders", 2, "the sync `nightly` has no stream `orders`"),
        ("read acme customers --columns id,nmae", 2, "did you mean `name`?"),
        ("read acme customers --columns zzz", 2, "its columns: id, name"),
        ("read acme orders --partition custmer=1", 2, "did you mean `customer`?"),
        ("read acme orders --partition zzz=1", 2, "they are by customer"),
        ("read acme customers --partition a=1", 2, "`customers` has no partitions, so `a` names none"),
        // destinations
        ("sync acme --to lak", 2, "did you mean `lake`?"),
        ("sync acme --to house", 2, "`postgres` can't be written by this version"),
        ("sync acme --to parquet:./x", 2, "`parquet` can't be written by this version"),
        ("sync nightly --to weir.db", 2, "`weir.db` is no destination"),
        ("receipt --to lak", 2, "did you mean `lake`?"),
        // files
        ("sync acme --ca gone.pem", 2, "`gone.pem` can't be read"),
        ("sync acme --ca weir.yaml", 2, "`weir.yaml` holds no certificate"),
        ("sync acme --events jsonl:gone/a.jsonl", 2, "`gone/a.jsonl` can't be written"),
    ];
    for (arguments, code, part) in cases {
        let run = weir(&folder, arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(code), ""), "{arguments}: {}", run.err);
        assert!(run.err.contains(part), "{arguments}: {}", run.err);
        assert!(!run.err.contains("hunter2"), "{arguments}: {}", run.err);
    }
}

#[test]
fn a_wrong_condition_is_shown_where_it_is_wrong() {
    let folder = project();
    let run = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["read", "acme", "orders", "--where", "id in (1, 2) and\n totl > 5"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(run.stderr).unwrap(), @r"
    error: there is no column `totl`
      id in (1, 2) and  totl > 5
                        ^^^^
      help: did you mean `total`?
    ");
}

#[test]
fn a_connection_is_listed_with_what_it_decides() {
    let folder = project();
    let connection = weir(&folder, "schema acme own");
    insta::assert_snapshot!(told(&connection), @r"
    own
      COLUMN  TYPE    ARROW  NULL
      id      string  Utf8   no
    --- stderr
    --- exit 0
    ");
    // Without its secret it can still be looked at.
    assert_eq!(weir(&folder, "ls bare").out, weir(&folder, "ls shop").out);
    let run = weir(&folder, "ls lost");
    assert!(run.code == Some(3) && run.err.contains("there is no connector"), "{}", run.err);
}

#[test]
fn a_name_for_two_things_is_refused() {
    let folder = shop();
    let doubled = PROJECT.replace("  nightly:", "  acme:");
    folder.write("weir.yaml", doubled);
    let run = weir(&folder, "sync acme");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("a connection and an entry of `syncs`"), "{}", run.err);
}
