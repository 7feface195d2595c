//! The valid documents of the repository.

use std::path::{Path, PathBuf};
use weir::manifest::Document;
use weir::text::{Node, SourceId, Sources, read};

/// A valid document as it was read.
pub(crate) struct Case {
    pub(crate) path: PathBuf,
    pub(crate) document: Document,
    pub(crate) text: String,
}

impl Case {
    pub(crate) fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap_or(&self.path).display().to_string()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.path.extension().is_some_and(|end| end == "json")
    }

    /// Reads the document; a case that can't be read is no case.
    pub(crate) fn node(&self, sources: &mut Sources) -> (SourceId, Node) {
        let (id, node, flaws) = read(sources, &self.name(), self.text.as_bytes(), self.is_json());
        assert!(flaws.is_empty(), "{}: {flaws:?}", self.name());
        (id, node.unwrap())
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lists all valid documents, in the order of their paths.
pub(crate) fn cases() -> Vec<Case> {
    let mut paths = Vec::new();
    for folder in ["tests/valid", "manifests"] {
        collect(&root().join(folder), &mut paths);
    }
    paths.sort();
    assert!(paths.len() > 40, "the cases are gone");
    paths
        .into_iter()
        .map(|path| Case { document: document(&path), text: std::fs::read_to_string(&path).unwrap(), path })
        .collect()
}

/// Says by its path what a file is: tests stand in `tests` beside a manifest.
pub(crate) fn document(path: &Path) -> Document {
    let folder = path.parent().unwrap();
    let beside = folder.parent().unwrap();
    if path.file_stem().is_some_and(|stem| stem == "weir") {
        Document::Project
    } else if folder.ends_with("tests") && ["manifest.yaml", "manifest.json"].iter().any(|f| beside.join(f).exists()) {
        Document::Test
    } else {
        Document::Manifest
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "json") {
            found.push(path);
        }
    }
}
