//! From files to a plan: reads a manifest and what stands beside it, and runs everything that happens before the first
//! request. Files come in, a report and a plan go out; nothing is printed.

use crate::diagnostic::{Code, Diagnostic, Report, from_flaw};
use crate::expr::shorthand::host::Host;
use crate::manifest::{Document, ManifestSpec, check_structure, merge};
use crate::plan::{Plan, hidden};
use crate::text::{Node, SourceId, Sources, Span, from_node, read};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What only the user may allow.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Private hosts that a manifest may name.
    pub allow_private: Vec<Host>,
}

/// A manifest that was read.
#[derive(Debug)]
pub struct Loaded {
    pub path: PathBuf,
    pub source: SourceId,
    /// `None` if the text could not be read at all.
    pub plan: Option<Plan>,
    /// The whole connector as written, for those that look at more than the plan.
    pub spec: Option<ManifestSpec>,
}

/// Checks a manifest that was read already.
pub fn load_text(path: &Path, bytes: &[u8], sources: &mut Sources, report: &mut Report, options: &Options) -> Loaded {
    let (source, node) = document(path, bytes, Document::Manifest, sources, report);
    let mut loaded = Loaded { path: path.to_owned(), source, plan: None, spec: None };
    let Some((root, kept)) = node else { return loaded };
    let damaged = damaged(&root, report, source);
    let merged = merge(&kept, report);
    match from_node::<ManifestSpec>(&merged) {
        Ok(spec) => {
            loaded.plan = Some(Plan::compile(&spec, sources, report, options, &damaged, &kept));
            loaded.spec = Some(spec);
        }
        Err(error) => report.push(unreadable(error.span, &error.message)),
    }
    loaded
}

/// Reads a document and checks its structure: the tree as written, and what of it holds.
pub fn document(
    path: &Path,
    bytes: &[u8],
    kind: Document,
    sources: &mut Sources,
    report: &mut Report,
) -> (SourceId, Option<(Node, Node)>) {
    let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let (source, node, flaws) = read(sources, &path.display().to_string(), bytes, json);
    match kind {
        Document::Project => hidden::project(source, node.as_ref(), flaws.is_empty(), sources),
        Document::Manifest => node.iter().for_each(|root| hidden::manifest(root, sources)),
        Document::Test => {}
    }
    let mut found = Report::default();
    for flaw in flaws {
        found.push(from_flaw(flaw, sources));
    }
    let node = node.and_then(|root| {
        let kept = check_structure(kind, &root, sources, &mut found)?;
        Some((root, kept))
    });
    // A finding may say again what stands in the text.
    found.sorted().into_iter().for_each(|found| report.push(hidden::told(found.clone(), sources)));
    (source, node)
}

/// A typed reading that fails after a clean structural check is a mistake of ours, and is told as one.
pub(super) fn unreadable(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new(Code::E0104, span, format!("this can't be read: {message}"))
        .help("the structural check let this pass; please report it as a bug")
}

/// Reads a file. Of one that is far too large only as much as shows it: a path may lead to a device without an end.
pub fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    const ENOUGH: u64 = 64 << 20;
    let mut bytes = Vec::new();
    File::open(path)?.take(ENOUGH).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the manifest of a folder, or the file itself.
pub fn manifest_file(path: &Path) -> std::io::Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let found = ["manifest.yaml", "manifest.yml", "manifest.json"].map(|name| path.join(name));
    found.into_iter().find(|file| file.is_file()).ok_or_else(|| {
        std::io::Error::new(std::io::ErrorKind::NotFound, format!("there is no manifest.yaml in {}", path.display()))
    })
}

/// Names the streams in which something did not hold: nothing is said to be missing there.
fn damaged(root: &Node, report: &Report, source: SourceId) -> BTreeSet<String> {
    // In the order of where they begin: of each entry only the findings that begin in it are looked at.
    let hurt: Vec<Span> =
        report.sorted().iter().map(|told| told.primary).filter(|span| span.source == source).collect();
    let holds = |key: Span, value: Span| {
        let end = value.end.max(key.end);
        let first = hurt.partition_point(|span| span.start < key.start);
        hurt[first..].iter().take_while(|span| span.start <= end).any(|span| span.end <= end)
    };
    let defaults = root.entry("defaults").is_some_and(|entry| holds(entry.key_span, entry.value.span));
    let named = ["streams", "dynamic"].into_iter().filter_map(|key| root.get(key)).flat_map(Node::entries);
    named.filter(|entry| defaults || holds(entry.key_span, entry.value.span)).map(|entry| entry.key.clone()).collect()
}
