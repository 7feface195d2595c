//! The project file `weir.yaml`: connections bound to their connectors, destinations, syncs.
//!
//! Variables, files and secrets are read here only; a manifest reads none.

mod connections;
mod substitute;
mod syncs;

#[cfg(test)]
mod tests;

pub use connections::{Connection, Connector};
pub use syncs::{Sync, SyncStream};

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::manifest::{DestinationSpec, Document, Mode, ProjectSpec};
use crate::plan::load::{document, read_bytes, unreadable};
use crate::plan::{Env, Options};
use crate::secret::Secret;
use crate::text::{Node, SourceId, Sources, Span, from_node};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// A project: which connectors are used with which params, and where their rows go.
#[derive(Debug)]
pub struct Project {
    pub path: PathBuf,
    pub source: SourceId,
    pub connections: IndexMap<String, Connection>,
    pub destinations: IndexMap<String, Destination>,
    pub syncs: IndexMap<String, Sync>,
}

/// Where rows go.
#[derive(Clone)]
pub struct Destination {
    /// The kind as it is written: `sqlite`, `parquet`, …
    pub kind: &'static str,
    /// Where the destination is declared.
    pub span: Span,
    /// A path, or an address, which may hold a password.
    pub place: Secret<String>,
    /// The schema that takes the tables.
    pub schema: Option<String>,
}

/// The place is not shown: an address may hold a password.
impl std::fmt::Debug for Destination {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Destination").field("kind", &self.kind).field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Reads a project with the connectors that it uses, and checks all of it. `None` if there is no project to speak of;
/// what did not hold is left out of it.
pub fn check_project(
    path: &Path,
    sources: &mut Sources,
    report: &mut Report,
    options: &Options,
    env: &Env,
) -> std::io::Result<Option<Project>> {
    let bytes = read_bytes(path)?;
    let (source, node) = document(path, &bytes, Document::Project, sources, report);
    let Some((_, kept)) = node else { return Ok(None) };
    let spec = match from_node::<ProjectSpec>(&kept) {
        Ok(spec) => spec,
        Err(error) => {
            report.push(unreadable(error.span, &error.message));
            return Ok(None);
        }
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let around = substitute::Around { env, folder: &folder };
    let mut connections = connections::Reader::new(&kept, &spec, around, options);
    let connections = connections.read(sources, report);
    let destinations = destinations(&kept, around, sources, report);
    let syncs = syncs::check(&kept, &spec, &connections, report);
    let project = Project { path: path.to_owned(), source, connections, destinations, syncs };
    Ok(Some(project))
}

fn destinations(
    root: &Node,
    around: substitute::Around<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> IndexMap<String, Destination> {
    let mut all = IndexMap::new();
    for entry in root.get("destinations").map(Node::entries).unwrap_or_default() {
        let substituted = substitute::node(&entry.value, around, sources, report);
        let Ok(spec) = from_node::<DestinationSpec>(&substituted.node) else { continue };
        let (kind, place, schema) = match &spec {
            DestinationSpec::Jsonl(folder) => ("jsonl", place(folder), None),
            DestinationSpec::Csv(folder) => ("csv", place(folder), None),
            DestinationSpec::Parquet(folder) => ("parquet", place(folder), None),
            DestinationSpec::Arrow(folder) => ("arrow", place(folder), None),
            DestinationSpec::Sqlite(folder) => ("sqlite", place(folder), None),
            DestinationSpec::Postgres(crate::components::forms::Short::Other(url)) => {
                ("postgres", url.text.clone(), None)
            }
            DestinationSpec::Postgres(crate::components::forms::Short::Map(long)) => {
                ("postgres", long.url.text.clone(), long.schema.as_ref().map(|schema| schema.text.clone()))
            }
        };
        let destination = Destination { kind, span: entry.key_span, place: Secret::new(place), schema };
        all.insert(entry.key.clone(), destination);
    }
    all
}

fn place(
    written: &crate::components::forms::Short<
        crate::components::forms::Text<crate::components::forms::Plain>,
        crate::manifest::FolderSpec,
    >,
) -> String {
    match written {
        crate::components::forms::Short::Other(path) => path.text.clone(),
        crate::components::forms::Short::Map(long) => long.path.text.clone(),
    }
}

/// How rows meet those that are there, unless a sync says it.
pub fn default_mode(has_key: bool, has_position: bool) -> Mode {
    match (has_key, has_position) {
        (true, true) => Mode::Upsert,
        (false, true) => Mode::Append,
        (_, false) => Mode::Replace,
    }
}

/// Tells a variable or a thing by a name that nobody declared.
fn unknown(code: Code, at: Span, what: &str, name: &str, known: &[&str]) -> Diagnostic {
    let help =
        if known.is_empty() { format!("no {what} is declared") } else { format!("declared: {}", known.join(", ")) };
    Diagnostic::new(code, at, format!("there is no {what} `{name}`"))
        .help(help)
        .nearest(crate::name::nearest(name, known.iter().copied()))
}
