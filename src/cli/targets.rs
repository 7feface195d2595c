//! What a path on the command line stands for: the documents to be checked.

use crate::manifest::Document;
use crate::plan::manifest_file;
use crate::text::{Content, Node, Sources, read};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A document to be checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) kind: Document,
}

/// More than this of a file is not read to find out what it is.
const MOST: u64 = 2 << 20;

/// Lists the documents that a path stands for; the error says why there is none.
pub(super) fn find(path: &Path) -> Result<Vec<Target>, String> {
    let shown = path.display();
    let about = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file or folder `{shown}`"),
        _ => format!("`{shown}` can't be read: {error}"),
    })?;
    if !about.is_dir() {
        return Ok(vec![Target { path: path.to_owned(), kind: kind_of(path).unwrap_or(Document::Manifest) }]);
    }
    let found = in_folder(path).map_err(|error| format!("`{shown}` can't be read: {error}"))?;
    if found.is_empty() {
        return Err(format!("there is no manifest and no weir.yaml in `{shown}`"));
    }
    Ok(found)
}

fn in_folder(folder: &Path) -> std::io::Result<Vec<Target>> {
    if let Ok(path) = manifest_file(folder) {
        return Ok(vec![Target { path, kind: Document::Manifest }]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name == "manifests") {
            // Where connectors stand in a repository.
            found.extend(in_folder(&path)?);
        } else if path.is_dir() {
            found.extend(manifest_file(&path).ok().map(|path| Target { path, kind: Document::Manifest }));
        } else if path.is_file() && is_document(&path) {
            found.extend(kind_of(&path).map(|kind| Target { path, kind }));
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn is_document(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Says what a file is: by its name and place, else by its first keys. `None` if it looks like none of ours.
fn kind_of(path: &Path) -> Option<Document> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if matches!(name, "weir.yaml" | "weir.yml") {
        return Some(Document::Project);
    }
    if path.file_stem().is_some_and(|stem| stem == "manifest") {
        return Some(Document::Manifest);
    }
    let whole = path.canonicalize().ok()?;
    let folder = whole.parent()?;
    if folder.file_name().is_some_and(|name| name == "tests") && folder.parent().is_some_and(is_connector) {
        return Some(Document::Test);
    }
    by_keys(&first_keys(path)?)
}

fn is_connector(folder: &Path) -> bool {
    manifest_file(folder).is_ok()
}

fn by_keys(keys: &[String]) -> Option<Document> {
    let has = |names: &[&str]| keys.iter().any(|key| names.contains(&key.as_str()));
    if has(&["connector", "streams", "dynamic"]) {
        Some(Document::Manifest)
    } else if has(&["connections", "syncs", "destinations"]) {
        Some(Document::Project)
    } else {
        None
    }
}

/// Returns the keys at the top of a document; of one that can't be read, what begins its lines.
fn first_keys(path: &Path) -> Option<Vec<String>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    match read(&mut Sources::default(), "", &bytes, is_json) {
        (_, Some(Node { content: Content::Map(entries), .. }), _) => {
            Some(entries.into_iter().map(|entry| entry.key).collect())
        }
        (_, Some(_), _) => None,
        (_, None, _) => Some(line_begins(&String::from_utf8_lossy(&bytes), is_json)),
    }
}

fn line_begins(text: &str, is_json: bool) -> Vec<String> {
    let lines = text.lines().filter(|line| is_json || !line.starts_with(' '));
    let keys = lines.filter_map(|line| line.split_once(':').map(|(key, _)| key));
    keys.map(|key| key.trim_matches([' ', '{', '"', '\'']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_keys() {
        let keys = |text: &str| line_begins(text, false);
        assert_eq!(by_keys(&keys("connector: a\nstreams:\n  syncs: x")), Some(Document::Manifest));
        assert_eq!(by_keys(&keys("connections:\n  a: b")), Some(Document::Project));
        assert_eq!(by_keys(&keys("name: a\nversion: 1")), None);
        assert_eq!(by_keys(&line_begins("{ \"connector\": \"a\",", true)), Some(Document::Manifest));
    }
}
