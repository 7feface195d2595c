//! The fixtures of projects and of tests files, each held against its marks.

use super::*;
use crate::diagnostic::{Severity, render};
use crate::plan::load;

/// A mark in a fixture: `# error: E0801 9:20 eu`.
struct Mark {
    code: String,
    place: String,
    text: String,
}

fn marks(text: &str) -> Vec<Mark> {
    let marks = text.lines().filter_map(|line| {
        let line = line.trim_end().trim_start_matches('#').trim();
        let rest = line.strip_prefix("error: ").or_else(|| line.strip_prefix("warning: "))?;
        let mut words = rest.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        Some(Mark { code: word(), place: word(), text: word() })
    });
    marks.collect()
}

/// Lists what was found that no mark tells of, and what a mark tells of that was not found.
fn differences(sources: &Sources, report: &Report) -> Vec<String> {
    let mut broken = Vec::new();
    let mut marks: Vec<(SourceId, Mark)> = Vec::new();
    for (id, source) in sources.iter() {
        marks.extend(self::marks(&source.text).into_iter().map(|mark| (id, mark)));
    }
    for found in report.sorted() {
        let source = sources.get(found.primary.source);
        let place = source.place(found.primary.start);
        let place = format!("{}:{}", place.line, place.column);
        let told = render::text(&[found], sources, false);
        let at = marks.iter().position(|(id, mark)| {
            *id == found.primary.source
                && mark.code == found.code.name()
                && mark.place == place
                && told.to_lowercase().contains(&mark.text.to_lowercase())
        });
        match at {
            Some(at) => drop(marks.remove(at)),
            None if found.code == Code::E0400 || found.code == Code::E0610 => {}
            None => broken.push(format!("{}: not marked\n{told}", source.name)),
        }
    }
    broken.extend(
        marks.iter().map(|(id, mark)| {
            format!("{}: not found: {} {} {}", sources.get(*id).name, mark.code, mark.place, mark.text)
        }),
    );
    broken
}

fn folders(below: &str) -> Vec<PathBuf> {
    let below = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(below);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    folders
}

#[test]
fn projects_tell_their_mistakes() {
    let mut broken = Vec::new();
    let options = Options::default();
    for folder in folders("diagnostics/project") {
        let (mut sources, mut report) = Default::default();
        check_project(&folder.join("weir.yaml"), &mut sources, &mut report, &options, &Env::default()).unwrap();
        broken.extend(differences(&sources, &report));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn tests_files_tell_their_mistakes() {
    let mut broken = Vec::new();
    for folder in folders("diagnostics/tests_file") {
        let (mut sources, mut report) = Default::default();
        load(&folder, &mut sources, &mut report, &Options::default()).unwrap();
        broken.extend(differences(&sources, &report));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_valid_project_is_bound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid/project/weir.yaml");
    let (mut sources, mut report) = Default::default();
    let project = check_project(&path, &mut sources, &mut report, &Options::default(), &Env::default()).unwrap();
    let differences = differences(&sources, &report);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let project = project.unwrap();
    assert!(project.connections.values().all(|connection| connection.bound.is_some()));
    let bound = |name: &str| project.connections[name].bound.as_ref().unwrap();
    assert_eq!(bound("shop_us").vault.get("token").unwrap().reveal(), &crate::data::Value::Text("Bearer-none".into()));
    let key = bound("visits").vault.get("service_account").unwrap().reveal().member("client_email").clone();
    assert_eq!(key, crate::data::Value::Text("weir@analytics.example".into()));
    let nightly = &project.syncs["nightly"].streams;
    assert_eq!((nightly["orders"].table.as_str(), nightly["orders"].mode), ("eu_orders", Mode::Upsert));
    assert_eq!(nightly["customers"].mode, Mode::Replace);
    assert_eq!(project.syncs["nightly_us"].streams["orders"].table, "us_orders");
    assert_eq!(project.destinations["warehouse"].schema.as_deref(), Some("raw"));
}

#[test]
fn valid_tests_files_have_no_findings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid/tests_file");
    let (mut sources, mut report) = Default::default();
    load(&path, &mut sources, &mut report, &Options::default()).unwrap();
    let differences = differences(&sources, &report);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A secret that was written out is in no finding, though its line is shown.
#[test]
fn secrets_are_not_shown() {
    let folder = std::env::temp_dir().join(format!("weir-secrets-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("shop")).unwrap();
    let manifest = "connector: shop\nbase: https://shop.example\nparams: { token: { type: secret!, pattern: ^t }, key: secret<json>, size: integer = 1 }\n\
        auth: { all_of: [{ bearer: \"{{ params.token }}\" }, { header: { X: \"{{ params.key.x }}\" } }] }\n\
        streams: { orders: { request: GET /orders, query: { n: \"{{ params.size }}\" }, paginate: none, key: id, fields: { id: string } } }\n";
    std::fs::write(folder.join("shop/manifest.yaml"), manifest).unwrap();
    let project = "connections:\n  a:\n    connector: ./shop\n    params: { token: hünter2, key: hunter3, siz: 5 }\n  \
        b:\n    connector: ./nowhere\n    params: { token: hunter4 }\n\
        destinations: { d: { postgres: \"postgres://u:hunter5@h/d\" } }\nsyncs: { s: { from: a, to: e, prefix: 5 } }\n";
    std::fs::write(folder.join("weir.yaml"), project).unwrap();
    let (mut sources, mut report) = Default::default();
    let path = folder.join("weir.yaml");
    check_project(&path, &mut sources, &mut report, &Options::default(), &Env::default()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let found = report.sorted();
    let told = render::text(&found, &sources, false) + &render::json(&found, &sources).to_string();
    let codes: Vec<&str> = found.iter().map(|found| found.code.name()).collect();
    for code in ["E0803", "E0808", "E0806", "E0801", "E0104"] {
        assert!(codes.contains(&code), "{code} in {codes:?}\n{told}");
    }
    assert!(!told.contains("unter"), "{told}");
    assert!(told.contains("token: *·*****,"), "{told}");
}

/// Nor is one in a text that does not hold, however little of it is read.
#[test]
fn secrets_are_not_shown_where_the_text_is_broken() {
    let projects = [
        "connections: { a: { connector: ./x, params: { token: hunter1, token: hunter2 } } }",
        "connections:\n  a:\n    connector: ./x\n    params: { token: x }\n    params:\n      token: hunter1\n      token: hunter2\n",
        "connections:\n  a:\n    connector: ./x\n    token: hunter1\n    params: [hunter2]\n",
        "connections:\n  a:\n    connector: ./x\n    params: { token: *hunter1, key: !hunter2 x, b: @hunter3, c: {{ hunter4 }} }\n",
        "connections:\n  a:\n    connector: ./x\n    params:\n      token: hunter1\n     key: hunter2\n  'b\n",
        "conections: { a: { params: { token: hunter1 } } }\nshared: { s: hunter2, t: { token: \"a-hunter3-${NO}-hunter4\" } }\n",
        "destinations: { d: { postgres: { url: \"postgres://u:p/hunter1@h/d?password=hunter2\", shema: hunter3 } } }\n",
        "destinations: { d: \"postgres://u:hunter1@h/d\", e: { postgrs: \"postgres://u:hunter2@h/d\" }, f: { postgres: [hunter3] } }\n",
        "connections: { a: { connector: ./x, params: { key: f(hunter1,2) } }, b: hunter2 }\n",
        "{ \"connections\": { \"a\": { \"connector\": \"./x\", \"params\": { \"token\": \"hunter1\",\n \"token\": \"hunter2\" } }",
    ];
    for text in projects {
        let (mut sources, mut report) = Default::default();
        let folder = std::env::temp_dir().join(format!("weir-broken-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("weir.yaml");
        std::fs::write(&path, text).unwrap();
        check_project(&path, &mut sources, &mut report, &Options::default(), &Env::default()).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let found = report.sorted();
        assert!(!found.is_empty(), "{text}");
        let told = render::text(&found, &sources, false) + &render::json(&found, &sources).to_string();
        assert!(!told.contains("hunter"), "{text}\n{told}");
        assert!(!text.contains("${NO}") || told.contains("${NO}"), "{told}");
    }
}

/// The default of a secret is told of, not shown.
#[test]
fn defaults_of_secrets_are_not_shown() {
    let text = "connector: shop\nbase: https://shop.example\nparams: { a: secret = hunter1, b: { type: secret, default: hunter2 } }\n";
    let (mut sources, mut report) = Default::default();
    let path = Path::new("manifest.yaml");
    crate::plan::load_text(path, text.as_bytes(), &mut sources, &mut report, &Options::default());
    let found = report.sorted();
    let told = render::text(&found, &sources, false) + &render::json(&found, &sources).to_string();
    assert!(told.contains("E0702") && !told.contains("hunter"), "{told}");
}

/// The connectors that come along, with their tests, have no error and no warning.
#[test]
fn our_connectors_have_no_findings() {
    let mut broken = String::new();
    for folder in folders("../manifests") {
        let (mut sources, mut report) = Default::default();
        load(&folder, &mut sources, &mut report, &Options::default()).unwrap();
        let found: Vec<_> = report.sorted().into_iter().filter(|found| found.severity != Severity::Note).collect();
        if !found.is_empty() {
            broken += &render::text(&found, &sources, false);
        }
    }
    assert!(broken.is_empty(), "{broken}");
}
