//! The pages of the codes hold what they say: the wrong example has the finding, the right one has none.

mod support;

use std::path::Path;
use support::Folder;
use weir::diagnostic::{Code, Severity};

/// Pages without examples: what they are about does not stand in a short YAML text, or is no mistake.
const WITHOUT_EXAMPLES: &[Code] = &[Code::E0001, Code::E0003, Code::E0009, Code::E0400];

/// The files of one example: their names and texts.
type Example = Vec<(String, String)>;

/// Returns the examples below a heading. Blocks with names are one example together, each of the others is one.
fn examples(page: &str, heading: &str) -> Vec<Example> {
    let mut all: Vec<Example> = Vec::new();
    let mut named: Example = Vec::new();
    let mut below = false;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            below = title.trim() == heading;
        }
        let Some(fence) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        let text = text.join("\n") + "\n";
        let (kind, name) = fence.split_once(' ').unwrap_or((fence, ""));
        match (below && matches!(kind, "yaml" | "json"), name) {
            (false, _) => {}
            (true, "") => all.push(vec![(format!("example.{kind}"), text)]),
            (true, name) => named.push((name.to_owned(), text)),
        }
    }
    if !named.is_empty() {
        all.push(named);
    }
    all
}

/// Checks an example and lists its findings.
fn findings(example: &Example) -> Vec<(Code, Severity, String)> {
    let folder = Folder::new();
    for (name, text) in example {
        folder.write(name, text);
    }
    let has = |name: &str| example.iter().any(|(known, _)| known == name);
    let target = match example.as_slice() {
        _ if has("weir.yaml") => folder.path().join("weir.yaml"),
        _ if has("manifest.yaml") => folder.path().to_owned(),
        [(name, _), ..] => folder.path().join(name),
        [] => unreachable!("an example has a file"),
    };
    let (_, report) = support::check(Path::new(&target));
    report.sorted().into_iter().map(|found| (found.code, found.severity, found.message.clone())).collect()
}

fn shown(findings: &[(Code, Severity, String)]) -> String {
    let all = findings.iter().map(|(code, _, message)| format!("{}: {message}", code.name()));
    let all = all.collect::<Vec<_>>().join("; ");
    if all.is_empty() { "nothing".into() } else { all }
}

#[test]
fn examples_are_wrong_and_right() {
    let mut broken = Vec::new();
    for code in Code::ALL {
        let (wrong, right) = (examples(code.page(), "Wrong"), examples(code.page(), "Right"));
        let without = wrong.is_empty() && right.is_empty();
        if without != WITHOUT_EXAMPLES.contains(code) || wrong.is_empty() != right.is_empty() {
            broken.push(format!("{}: {} wrong and {} right examples", code.name(), wrong.len(), right.len()));
        }
        for example in &wrong {
            let found = findings(example);
            if !found.iter().any(|(found, ..)| found == code) {
                broken.push(format!("{}: the wrong example gives {}", code.name(), shown(&found)));
            }
        }
        for example in &right {
            let mut found = findings(example);
            found.retain(|(found, severity, _)| found == code || *severity == Severity::Error);
            if !found.is_empty() {
                broken.push(format!("{}: the right example gives {}", code.name(), shown(&found)));
            }
        }
    }
    assert!(broken.is_empty(), "{} pages do not hold:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn every_page_has_its_title() {
    for code in Code::ALL {
        let title = format!("# {}: {}", code.name(), code.title());
        assert_eq!(code.page().lines().next(), Some(title.as_str()));
    }
}
