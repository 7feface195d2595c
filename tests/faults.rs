//! Hostile manifests: each is refused with its code and line, without a signal, quickly and in little memory.

mod support;

#[path = "support/program.rs"]
mod program;

use program::{Run, run_in};
use std::time::Duration;
use support::Folder;

/// Generous: these are seconds of a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);
const MOST_KIB: u64 = 200 * 1024;

fn validate(name: &str, text: &str) -> Run {
    let folder = Folder::new();
    folder.write(name, text);
    let run = run_in(folder.path(), &["validate", name]);
    assert!(run.code.is_some(), "a signal ended it: {}", run.err);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    assert!(run.took < LONGEST, "{:?}", run.took);
    assert!(run.memory.is_none_or(|memory| memory < MOST_KIB), "{:?}", run.memory);
    run
}

#[track_caller]
fn refused(name: &str, text: &str, findings: &[(&str, usize)]) -> Run {
    let run = validate(name, text);
    assert_eq!(run.code, Some(3), "{}{}", run.out, run.err);
    for (code, line) in findings {
        assert!(run.has(code, *line), "{code} in line {line} is not in\n{}", run.out);
    }
    run
}

/// A manifest with one query parameter for each expression; the first is in line 7.
fn queries(expressions: &[&str]) -> String {
    let mut text =
        "connector: shop\nbase: https://shop.example\nstreams:\n  orders:\n    request: GET /orders\n    query:\n"
            .to_owned();
    for (at, expression) in expressions.iter().enumerate() {
        text.push_str(&format!("      q{at}: '{}'\n", expression.replace('\'', "''")));
    }
    text + "    paginate: none\n"
}

fn with_base(base: &str) -> String {
    format!("connector: shop\nbase: {base}\nstreams:\n  orders: {{ request: GET /orders, paginate: none }}\n")
}

#[test]
fn ts_01_loops() {
    let loops = "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}";
    refused("a.yaml", &queries(&[loops]), &[("E0303", 7)]);
}

#[test]
fn ts_02_doubling() {
    let doubling = "{% set a = a ~ a %}".repeat(40) + "{{ a }}";
    refused("a.yaml", &queries(&[&doubling]), &[("E0303", 7)]);
}

#[test]
fn ts_04_repetition() {
    let list = format!("{{{{ [{}] }}}}", ["'x' * 100000000"; 10].join(", "));
    refused("a.yaml", &queries(&[&list]), &[("E0303", 7)]);
}

#[test]
fn ts_05_debug() {
    let run = refused(
        "a.yaml",
        &queries(&["{{ debug() }}", "{{ self }}", "{{ namespace }}"]),
        &[("E0304", 7), ("E0302", 8), ("E0302", 9)],
    );
    assert!(!run.out.contains("State"), "{}", run.out);
}

#[test]
fn ts_06_context_listing() {
    let listing =
        ["{{ config }}", "{{ config|items|list }}", "{{ config|tojson }}", "{% for k in config %}{{ k }}{% endfor %}"];
    let findings = [("E0302", 7), ("E0302", 8), ("E0304", 8), ("E0302", 9), ("E0304", 9), ("E0303", 10)];
    refused("a.yaml", &queries(&listing), &findings);
    let whole = r"connector: shop
base: https://shop.example
params: { token: secret! }
streams:
  orders:
    request: GET /orders
    paginate: none
    fields:
      all: json = {{ params }}
      text: string = {{ params | json }}
";
    refused("a.yaml", whole, &[("E0701", 9), ("E0701", 10)]);
}

#[test]
fn ts_08_includes_and_imports() {
    refused(
        "a.yaml",
        &queries(&["{% include '/etc/passwd' %}", "{% import 'x' as x %}", "{% extends 'x' %}"]),
        &[("E0303", 7), ("E0303", 8), ("E0303", 9)],
    );
}

#[test]
fn ts_09_undefined() {
    let text =
        "connector: shop\nbase: https://shop.example/{{ cofnig.start }}\nstreams:\n  orders: GET /{{ cofnig.start }}\n";
    refused("a.yaml", text, &[("E0302", 2), ("E0302", 4)]);
}

#[test]
fn ts_14_panics_in_the_engine() {
    let expressions = [
        "{{ 1.0 < 9007199254740993 }}",
        "{{ 2**64 }}",
        "{{ -9223372036854775808 // -1 }}",
        "{{ '%d %s %' % 3 }}",
        "{{ 'abc'[::0] }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ 1 % 0 }}",
    ];
    refused("a.yaml", &queries(&expressions), &[("E0303", 8), ("E0306", 10), ("E0306", 11)]);
    for expression in expressions {
        let run = validate("a.yaml", &queries(&[expression]));
        assert!(matches!(run.code, Some(0 | 3)), "{expression}: {run:?}");
    }
}

#[test]
fn mb_01_billion_laughs() {
    let mut text = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for (before, name) in ('a'..'i').zip('b'..='i') {
        text.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    refused("a.yaml", &text, &[("E0006", 1), ("E0006", 9)]);
}

#[test]
fn mb_03_deep_flow_and_deep_json() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    refused("a.yaml", &format!("connector: {}\n", deep("[", "]")), &[("E0008", 1)]);
    refused("a.yaml", &format!("connector: {}\n", deep("{a: ", "}")), &[("E0008", 1)]);
    refused("a.json", &deep("[", "]"), &[("E0008", 1)]);
    refused("a.json", &deep("{\"a\":", "}").replace(":}", ":1}"), &[("E0008", 1)]);
    let block: String = (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    refused("a.yaml", &block, &[("E0008", 65)]);
}

#[test]
fn mb_04_self_alias() {
    refused("a.yaml", "connector: &a [*a]\nbase: &b { c: *b }\n", &[("E0006", 1), ("E0006", 2)]);
}

#[test]
fn mb_05_duplicate_keys() {
    let text = "connector: shop\nbase: https://good.example\nbase: https://evil.example\nstreams: { a: GET /a }\n";
    let run = refused("a.yaml", text, &[("E0004", 3)]);
    assert!(run.out.contains("good.example") && run.out.contains("evil.example"), "{}", run.out);
}

#[test]
fn mb_06_several_documents() {
    refused("a.yaml", &format!("{}---\nconnector: other\n", with_base("https://shop.example")), &[("E0007", 5)]);
}

#[test]
fn mb_07_half_a_million_keys() {
    let wide: String = (0..500_000).map(|n| format!("key_{n}: {n}\n")).collect();
    refused("a.yaml", &format!("connector: wide\n{wide}"), &[("E0009", 1)]);
    let many: String = (0..100_001).map(|n| format!(" {n}:\n")).collect();
    let run = refused("a.yaml", &format!("connector: wide\ntypes:\n{many}"), &[]);
    assert!(run.out.contains("E0009"), "{}", run.out);
}

#[test]
fn mb_08_norway_and_friends() {
    let with_title = |title: &str| with_base("https://shop.example") + &format!("title: {title}\n");
    for text in ["no", "NO", "on", "off", "y", "2024-01-01", "12:30", "22:22:22"] {
        let folder = Folder::new();
        folder.write("a.yaml", with_title(text));
        let run = run_in(folder.path(), &["ls", "a.yaml", "--format", "json"]);
        let told: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(told["title"], text);
    }
    for no_text in ["1.10", "1e3", "0o17", "0x1F", "true", ".inf"] {
        refused("a.yaml", &with_title(no_text), &[("E0104", 5)]);
    }
}

#[test]
fn mb_09_unknown_field() {
    let text = "connector: shop\nbase: https://shop.example\nstreams:\n  orders:\n    request: GET /orders\n    primry_key: id\n";
    let run = refused("a.yaml", text, &[("E0101", 6)]);
    assert!(run.out.contains("did you mean `key`?"), "{}", run.out);
}

#[test]
fn mb_10_reference_cycles() {
    let text = r#"connector: shop
base: https://shop.example
streams:
  a: { request: GET /a, paginate: none, key: id, needs: [b] }
  b: { request: GET /b, paginate: none, key: id, needs: [a] }
  c: { for_each: { c: c }, request: "GET /c/{{ c.id }}", paginate: none, key: id }
  d: { $ref: '#/streams/d' }
"#;
    let run = refused("a.yaml", text, &[("E0504", 4), ("E0504", 6), ("E0101", 7)]);
    assert!(run.out.contains("a -> b -> a") && run.out.contains("c -> c"), "{}", run.out);
}

#[test]
fn mb_11_regex_bombs() {
    let with_pattern = |pattern: &str, default: &str| {
        with_base("https://shop.example")
            .replace(
                "streams:",
                &format!("params:\n  code: {{ type: string, pattern: \"{pattern}\", default: {default} }}\nstreams:"),
            )
            .replace("paginate", "query: { c: '{{ params.code }}' }, paginate")
    };
    let run = validate("a.yaml", &with_pattern("(a+)+$", &"a".repeat(100_000)));
    assert_eq!(run.code, Some(0), "{}", run.out);
    refused("a.yaml", &with_pattern("a{1000}{1000}{1000}", "a"), &[("E0216", 4)]);
}

#[test]
fn mb_13_include_outside_the_package() {
    let text = "icon: ../../../etc/passwd\ninclude: ../../../etc/passwd\n";
    let manifest = with_base("https://shop.example");
    refused("a.yaml", &format!("{manifest}{text}"), &[("E0706", 5), ("E0101", 6)]);
    refused("a.yaml", &format!("{manifest}icon: /etc/passwd\n"), &[("E0706", 5)]);
    #[cfg(unix)]
    {
        let folder = Folder::new();
        folder.write("a.yaml", format!("{manifest}icon: icon.svg\n"));
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("icon.svg")).unwrap();
        let run = run_in(folder.path(), &["validate", "a.yaml"]);
        assert!(run.code == Some(3) && run.has("E0706", 5), "{}", run.out);
    }
}

#[test]
fn mb_14_environment_and_files() {
    let run = refused("a.yaml", &queries(&["{{ env.HOME }}", "${HOME}"]), &[("E0302", 7), ("E0706", 8)]);
    assert!(run.out.contains("param"), "{}", run.out);
    refused("a.yaml", &with_base("file:///etc"), &[("E0704", 2)]);
}

#[test]
fn eg_13_a_manifest_names_a_private_host() {
    for (base, host) in [
        ("http://10.0.0.1/", "10.0.0.1"),
        ("http://localhost:8080/", "localhost:8080"),
        ("http://[::1]/", "[::1]"),
        ("http://127.1/", "127.0.0.1"),
    ] {
        let text = with_base(base);
        refused("a.yaml", &text, &[("E0704", 2)]);
        let own_hosts = format!("{text}hosts: [\"{}\"]\n", host.trim_matches(['[', ']']).replace("::", "a"));
        refused("a.yaml", &own_hosts, &[("E0704", 2)]);
        let folder = Folder::new();
        folder.write("a.yaml", &text);
        let run = run_in(folder.path(), &["validate", "a.yaml", "--allow-private", host]);
        assert_eq!(run.code, Some(0), "{host}: {}", run.out);
    }
}

#[test]
fn eg_21_secret_sinks() {
    let text = r#"connector: shop
base: https://shop.example
params: { token: secret! }
auth: { bearer: "{{ params.token }}" }
streams:
  orders:
    request: GET /orders
    paginate: none
    key: id
    filter: "{{ record.a == params.token }}"
    fields:
      id: string!
      leak: string = {{ params.token }}
  files:
    request: GET /files
    paginate: none
    key: id
    file: { request: "GET /files/{{ record.id }}", name: "{{ params.token }}.pdf" }
dynamic:
  rows:
    for_each: { order: orders }
    name: "{{ params.token }}"
    stream: { request: "GET /rows/{{ order.id }}", paginate: none, key: id }
"#;
    refused("a.yaml", text, &[("E0701", 10), ("E0701", 13), ("E0701", 18), ("E0701", 22)]);
}
