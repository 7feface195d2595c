//! Everything under `tests/valid` and `manifests` holds: no error, no warning, and no fault of ours in reading it.

#![expect(clippy::unwrap_used, reason = "a test stops where its files are not what they should be")]

use std::path::{Path, PathBuf};
use weir::diagnostic::{Diagnostic, Report, Severity, render};
use weir::plan::{Options, load};
use weir::text::Sources;

/// Lists the manifests of a folder: files, but not those of projects and of tests.
fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if entry.is_dir() && name != "tests" {
            manifests(&entry, found);
        } else if name != "weir.yaml" && entry.extension().is_some_and(|kind| kind == "yaml" || kind == "json") {
            found.push(entry);
        }
    }
}

#[test]
fn valid_manifests_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    manifests(&root.join("tests/valid"), &mut files);
    if root.join("manifests").is_dir() {
        manifests(&root.join("manifests"), &mut files);
    }
    assert!(files.len() > 30, "the valid manifests are not where they were");
    let mut told = String::new();
    for file in files {
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let loaded = load(&file, &mut sources, &mut report, &Options::default()).unwrap();
        let found: Vec<&Diagnostic> =
            report.sorted().into_iter().filter(|found| found.severity != Severity::Note).collect();
        if !found.is_empty() || loaded.plan.is_none() {
            told += &format!("{}\n{}\n", file.display(), render::text(&found, &sources, false));
        }
    }
    assert!(told.is_empty(), "{told}");
}
