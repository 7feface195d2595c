use crate::{Folder, json, shop, weir};
use std::process::{Command, Stdio};

#[test]
fn wrong_usage_is_told_on_stderr() {
    let folder = Folder::new();
    for (arguments, part) in [
        ("", "Usage: weir"),
        ("validate", "required arguments were not provided"),
        ("validate --fixx a.yaml", "--fix"),
        ("vlidate a.yaml", "validate"),
        ("ls a --format xml", "possible values: text, json"),
        ("completions tcsh", "possible values"),
        ("ls -q -v shop", "cannot be used with"),
        ("ls shop --param a=b", "--partitions"),
        ("read", "required arguments were not provided"),
        ("read shop", "<STREAM>"),
        ("read shop orders --limit 0", "1.."),
        ("read shop orders --format xml", "possible values: table, jsonl, csv"),
        ("read shop orders --partition a", "write `name=value`"),
        ("sync shop --mode upsrt", "upsert"),
        ("sync shop --deletes soft", "possible values: hard, mark"),
        ("sync shop --events json", "write `jsonl` or `jsonl:FILE`"),
        ("sync shop --proxy http://u:p@proxy.example", "everyone on this machine can read arguments"),
        ("sync shop --allow-private http://x", "a host has no scheme"),
        ("check shop --all --streams a", "cannot be used with"),
        ("receipt a --all", "cannot be used with"),
        ("demo --kill --sabotage", "cannot be used with"),
        ("mock --port 70000", "70000 is not in"),
        ("state", "Usage: weir state"),
        ("state rm", "<STREAM>"),
        ("quarantine show", "<ID>"),
    ] {
        let run = weir(&folder, arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments}");
        assert!(run.err.contains(part), "{arguments}: {}", run.err);
    }
}

#[test]
fn help_is_a_result() {
    let folder = Folder::new();
    let run = weir(&folder, "--version");
    assert_eq!((run.out, run.code), (format!("weir {}\n", env!("CARGO_PKG_VERSION")), Some(0)));
    for command in [
        "validate",
        "explain",
        "ls",
        "schema",
        "limits",
        "completions",
        "check",
        "read",
        "sync",
        "receipt",
        "state",
        "quarantine",
        "mock",
        "demo",
    ] {
        let run = weir(&folder, &format!("{command} --help"));
        assert!(run.code == Some(0) && run.err.is_empty(), "{command}");
        assert!(run.out.contains("Examples:") && run.out.contains(&format!("weir {command}")), "{}", run.out);
    }
}

#[test]
fn limits_are_listed() {
    let folder = Folder::new();
    let text = weir(&folder, "limits");
    assert!(text.out.contains("1 MiB") && text.out.contains("not yet"), "{}", text.out);
    let told = json(&weir(&folder, "limits --format json"));
    assert_eq!(told[1], serde_json::json!({ "area": "manifest", "limit": "depth", "value": "64", "in_force": true }));
}

#[test]
fn completions_are_written() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = weir(&Folder::new(), &format!("completions {shell}"));
        assert!(run.code == Some(0) && run.out.contains("validate"), "{shell}");
    }
}

#[test]
fn who_stops_reading_is_no_failure() {
    let folder = shop();
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["schema", "shop", "--format", "json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""));
}
