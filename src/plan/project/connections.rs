//! Connections: their connectors, read once each, and the params that they give.

use super::substitute::{self, Around};
use super::unknown;
use crate::components::forms::Many;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::manifest::{ConnectionSpec, ManifestSpec, ProjectSpec};
use crate::name::nearest;
use crate::plan::bind::{Bound, Given, GivenValue, bind};
use crate::plan::{Options, Plan, load, manifest_file};
use crate::text::{Named, Node, Sources, Span};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A connection of a project.
#[derive(Debug)]
pub struct Connection {
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    pub connector: Option<Arc<Connector>>,
    /// `None` if something is missing or does not fit.
    pub bound: Option<Arc<Bound>>,
}

/// A connector that a project uses.
#[derive(Debug)]
pub struct Connector {
    pub path: PathBuf,
    pub plan: Arc<Plan>,
    pub spec: Option<ManifestSpec>,
}

/// Reads the connections of one project.
pub(super) struct Reader<'a> {
    root: &'a Node,
    spec: &'a ProjectSpec,
    around: Around<'a>,
    options: &'a Options,
    /// Connectors by their file, with what could not be read too.
    read: BTreeMap<PathBuf, Option<Arc<Connector>>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(root: &'a Node, spec: &'a ProjectSpec, around: Around<'a>, options: &'a Options) -> Self {
        Self { root, spec, around, options, read: BTreeMap::new() }
    }

    pub(super) fn read(&mut self, sources: &mut Sources, report: &mut Report) -> IndexMap<String, Connection> {
        let mut connections = IndexMap::new();
        for entry in self.spec.connections.iter().flat_map(Named::iter) {
            let Some(spec) = &entry.value else { continue };
            let connector = self.connector(spec, sources, report);
            let values = self.values(&entry.name, spec, sources, report);
            let bound = connector.as_ref().and_then(|connector| {
                let given = self.given(&entry.name, entry.span, values, connector);
                bind(&connector.plan, &given, sources, report, self.options).map(Arc::new)
            });
            let connection = Connection { name: entry.name.clone(), span: entry.span, connector, bound };
            connections.insert(entry.name.clone(), connection);
        }
        connections
    }

    fn given(&self, name: &str, span: Span, values: Vec<GivenValue>, connector: &Connector) -> Given<'static> {
        let node = self.root.get("connections").and_then(|all| all.get(name));
        let holder = node.and_then(|node| node.entry("params")).map_or(span, |entry| entry.key_span);
        let declared = connector.spec.iter().flat_map(|spec| spec.params.iter().flat_map(Named::names));
        let broken: BTreeSet<String> =
            declared.filter(|name| !connector.plan.params.contains_key(*name)).map(str::to_owned).collect();
        Given { values, env: None, holder: Some(holder), folder: self.around.folder.to_owned(), needed: None, broken }
    }

    /// Returns the values of a connection: its own, then those of the shared ones that it uses.
    fn values(&self, name: &str, spec: &ConnectionSpec, sources: &Sources, report: &mut Report) -> Vec<GivenValue> {
        let mut values = Vec::new();
        let own = self.root.get("connections").and_then(|all| all.get(name)?.get("params"));
        let shared = self.root.get("shared");
        let used = spec.use_.iter().flat_map(Many::iter).filter_map(|used| {
            let found = shared.and_then(|shared| shared.get(&used.text));
            if found.is_none() {
                let known: Vec<&str> =
                    shared.map(Node::entries).unwrap_or_default().iter().map(|e| e.key.as_str()).collect();
                report.push(unknown(Code::E0801, used.span, "shared entry", &used.text, &known));
            }
            found
        });
        let used: Vec<&Node> = used.collect();
        for entry in own.into_iter().chain(used).flat_map(Node::entries) {
            if values.iter().any(|value: &GivenValue| value.name == entry.key) {
                continue;
            }
            let filled = substitute::node(&entry.value, self.around, sources, report);
            let mut value = GivenValue::in_file(entry.key.as_str(), entry.key_span, filled.node);
            value.loose = filled.loose;
            values.push(value);
        }
        values
    }

    /// Reads a connector, with its findings, when it is used first.
    fn connector(
        &mut self,
        spec: &ConnectionSpec,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Option<Arc<Connector>> {
        let written = spec.connector.text.as_str();
        let folder = self.around.folder.join(written);
        if is_package(written) && !folder.exists() {
            let help = "packages are installed by a later version; give the folder of the manifest, `./shop`";
            report.add_note(Code::E0400, spec.connector.span, "packages", help);
            return None;
        }
        let Some(file) = manifest_file(&folder).ok().filter(|file| file.is_file()) else {
            report.push(not_found(written, &folder, spec.connector.span));
            return None;
        };
        let known = file.canonicalize().unwrap_or_else(|_| file.clone());
        if let Some(connector) = self.read.get(&known) {
            return connector.clone();
        }
        let connector = match load(&file, sources, report, self.options) {
            Ok(loaded) => loaded
                .plan
                .map(|plan| Arc::new(Connector { path: loaded.path, plan: Arc::new(plan), spec: loaded.spec })),
            Err(error) => {
                report.push(Diagnostic::new(
                    Code::E0806,
                    spec.connector.span,
                    format!("`{written}` can't be read: {error}"),
                ));
                None
            }
        };
        self.read.insert(known, connector.clone());
        connector
    }
}

/// `github@^1` is a package; a path has a slash, a point at its begin, or the end of a manifest.
fn is_package(written: &str) -> bool {
    let (name, version) = written.split_once('@').map_or((written, None), |(name, version)| (name, Some(version)));
    version.is_some() && crate::name::is_name(name)
}

fn not_found(written: &str, folder: &Path, span: Span) -> Diagnostic {
    let message = if folder.is_dir() {
        format!("there is no `manifest.yaml` in `{written}`")
    } else {
        format!("there is no connector `{written}`")
    };
    let beside = folder.parent().and_then(|parent| std::fs::read_dir(parent).ok());
    let mut names: Vec<String> =
        beside.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let last = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let near = nearest(last, names.iter().map(String::as_str));
    let near = near.map(|near| written.trim_end_matches('/').strip_suffix(last).unwrap_or_default().to_owned() + near);
    Diagnostic::new(Code::E0806, span, message)
        .help("write the folder of the manifest, or the manifest itself; paths begin at `weir.yaml`")
        .nearest(near)
}
