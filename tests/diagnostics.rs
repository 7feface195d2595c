//! Every file below `tests/diagnostics` says which findings it has; the check must tell exactly these.
//!
//! A line `# error: E0101 7:3 text` at the top of a file marks a finding: its severity, code, line and column, and a
//! text that its message, help, nearest word or labels must hold. JSON has its marks in a file beside it, `x.json.marks`.
//! A folder with a `weir.yaml`, or with a `manifest.yaml` and `tests/`, is one fixture. Notes count only where marked.

#![allow(clippy::unwrap_used, reason = "a test that can't read its files fails")]

mod support;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use weir::diagnostic::{Code, Diagnostic, Severity};
use weir::text::Sources;

/// Codes whose flaw does not fit into a fixture, and the test that covers them.
const COVERED_ELSEWHERE: &[(Code, &str)] = &[(Code::E0009, "faults::mb_07_half_a_million_keys")];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: PathBuf,
    line: usize,
    column: usize,
    severity: Severity,
    code: Code,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (severity, code) = (self.severity.word(), self.code.name());
        write!(out, "{severity}: {code} {}:{} in {}", self.line, self.column, self.file.display())
    }
}

struct Mark {
    place: Place,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// Lists the fixtures below a folder: files, and folders that are one as a whole.
fn fixtures(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    if let Some(whole) = ["weir.yaml", "manifest.yaml", "manifest.json"]
        .map(|name| folder.join(name))
        .into_iter()
        .find(|file| file.is_file())
    {
        found.push(whole);
        return;
    }
    for entry in entries {
        let extension = entry.extension().unwrap_or_default();
        if entry.is_dir() {
            fixtures(&entry, found);
        } else if ["yaml", "yml", "json"].iter().any(|known| extension == *known) {
            found.push(entry);
        }
    }
}

/// Lists the files of a fixture.
fn files(fixture: &Path) -> Vec<PathBuf> {
    let is_whole =
        matches!(fixture.file_name().unwrap().to_str(), Some("weir.yaml" | "manifest.yaml" | "manifest.json"));
    if !is_whole {
        return vec![fixture.to_owned()];
    }
    let mut folders = vec![fixture.parent().unwrap().to_owned()];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { all.push(path) }
        }
    }
    all
}

fn marks(file: &Path) -> Vec<Mark> {
    let beside = PathBuf::from(format!("{}.marks", file.display()));
    let bytes = std::fs::read(if beside.is_file() { &beside } else { file }).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    text.lines().filter_map(|line| mark(line.trim_start_matches(['\u{feff}', '#', ' ']).trim_end(), file)).collect()
}

fn mark(line: &str, file: &Path) -> Option<Mark> {
    let all = [Severity::Error, Severity::Warning, Severity::Note];
    let (severity, rest) = all
        .into_iter()
        .find_map(|severity| Some((severity, line.strip_prefix(severity.word())?.strip_prefix(": ")?)))?;
    let mut words = rest.splitn(3, ' ');
    let code = Code::parse(words.next()?)?;
    let (line, column) = words.next()?.split_once(':')?;
    let place = Place { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()?, severity, code };
    Some(Mark { place, text: words.next().unwrap_or_default().to_owned() })
}

fn place(found: &Diagnostic, sources: &Sources) -> Place {
    let source = sources.get(found.primary.source);
    let at = source.place(found.primary.start);
    let file = PathBuf::from(&source.name);
    Place {
        file: file.canonicalize().unwrap_or(file),
        line: at.line,
        column: at.column,
        severity: found.severity,
        code: found.code,
    }
}

fn told(found: &Diagnostic) -> String {
    let labels = found.secondary.iter().map(|(_, label)| label.as_str());
    let rest = found.help.iter().chain(&found.nearest).map(String::as_str);
    std::iter::once(found.message.as_str()).chain(rest).chain(labels).collect::<Vec<_>>().join("\n")
}

/// Says what of a fixture is not as its marks have it.
fn mismatches(fixture: &Path) -> Vec<String> {
    let marks: Vec<Mark> = files(fixture).iter().flat_map(|file| marks(file)).collect();
    if marks.is_empty() {
        return vec!["no mark".into()];
    }
    let (sources, report) = support::check(fixture);
    let found: Vec<(Place, String)> =
        report.sorted().into_iter().map(|found| (place(found, &sources), told(found))).collect();
    let mut wrong = Vec::new();
    for mark in &marks {
        let here: Vec<&String> = found.iter().filter(|(place, _)| *place == mark.place).map(|(_, told)| told).collect();
        if here.is_empty() {
            wrong.push(format!("missing     {} ({})", mark.place, mark.text));
        } else if !here.iter().any(|told| told.contains(&mark.text)) {
            wrong.push(format!(
                "other words {} (`{}` is not in: {})",
                mark.place,
                mark.text,
                here[0].replace('\n', " | ")
            ));
        }
    }
    for (place, told) in &found {
        if place.severity != Severity::Note && !marks.iter().any(|mark| mark.place == *place) {
            wrong.push(format!("unexpected  {place}: {}", told.replace('\n', " | ")));
        }
    }
    wrong
}

fn all_fixtures() -> Vec<PathBuf> {
    let mut all = Vec::new();
    fixtures(&root().canonicalize().unwrap(), &mut all);
    all
}

#[test]
fn fixtures_are_told_as_marked() {
    let mut report = String::new();
    let all = all_fixtures();
    let mut broken = 0;
    for fixture in &all {
        let wrong = mismatches(fixture);
        if !wrong.is_empty() {
            broken += 1;
            let name = fixture.strip_prefix(root()).unwrap_or(fixture).display();
            report.extend([format!("\n{name}\n  {}\n", wrong.join("\n  "))]);
        }
    }
    let prefix = format!("{}/", root().display());
    assert!(broken == 0, "{broken} of {} fixtures are told otherwise:\n{}", all.len(), report.replace(&prefix, ""));
}

#[test]
fn every_code_has_a_fixture() {
    let marked: BTreeSet<Code> = all_fixtures()
        .iter()
        .flat_map(|fixture| files(fixture))
        .flat_map(|file| marks(&file))
        .map(|mark| mark.place.code)
        .collect();
    let elsewhere = |code: &Code| COVERED_ELSEWHERE.iter().any(|(known, _)| known == code);
    let without: Vec<&str> =
        Code::ALL.iter().filter(|code| !marked.contains(code) && !elsewhere(code)).map(|code| code.name()).collect();
    assert!(without.is_empty(), "no fixture has {}", without.join(", "));
    let needless: Vec<String> = COVERED_ELSEWHERE
        .iter()
        .filter(|(code, _)| marked.contains(code))
        .map(|(code, test)| format!("{} (covered by {test})", code.name()))
        .collect();
    assert!(needless.is_empty(), "these have a fixture, and need no exception: {}", needless.join(", "));
}
