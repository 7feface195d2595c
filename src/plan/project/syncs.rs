//! Syncs: what is read from where to where, and that no two of them share a table.

use super::{Connection, default_mode, unknown};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::manifest::{Deletes, Mode, ProjectSpec, SyncSpec, SyncStreams};
use crate::name::{listed, nearest};
use crate::plan::bind::BoundStream;
use crate::plan::stream::Key;
use crate::plan::{Columns, Plan, StreamPlan};
use crate::text::{Named, Node, Span};
use indexmap::IndexMap;

/// What is read from where to where.
#[derive(Debug)]
pub struct Sync {
    pub span: Span,
    pub from: String,
    pub to: String,
    pub streams: IndexMap<String, SyncStream>,
}

/// One stream of a sync, with everything that was left out filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncStream {
    pub table: String,
    pub mode: Mode,
    /// All if empty.
    pub columns: Vec<String>,
    pub deletes: Option<Deletes>,
    pub allow_empty: bool,
}

/// Checks all syncs.
pub(super) fn check(
    root: &Node,
    spec: &ProjectSpec,
    connections: &IndexMap<String, Connection>,
    report: &mut Report,
) -> IndexMap<String, Sync> {
    let mut syncs = IndexMap::new();
    let mut tables = Tables::default();
    for entry in spec.syncs.iter().flat_map(Named::iter) {
        let Some(sync) = &entry.value else { continue };
        let node = root.get("syncs").and_then(|all| all.get(&entry.name));
        let names: Vec<&str> = spec.connections.iter().flat_map(Named::names).collect();
        if !names.contains(&sync.from.text.as_str()) {
            report.push(unknown(Code::E0801, sync.from.span, "connection", &sync.from.text, &names));
        }
        let names: Vec<&str> = spec.destinations.iter().flat_map(Named::names).collect();
        if !names.contains(&sync.to.text.as_str()) {
            report.push(unknown(Code::E0801, sync.to.span, "destination", &sync.to.text, &names));
        }
        let mut checker = Checker { sync, node, span: entry.span, tables: &mut tables, report };
        let streams = connections.get(&sync.from.text).map(|from| checker.streams(from)).unwrap_or_default();
        let sync = Sync { span: entry.span, from: sync.from.text.clone(), to: sync.to.text.clone(), streams };
        syncs.insert(entry.name.clone(), sync);
    }
    syncs
}

/// The tables that syncs write, by destination, and where each was first said.
#[derive(Default)]
struct Tables(IndexMap<(String, String), Span>);

struct Checker<'a> {
    sync: &'a SyncSpec,
    node: Option<&'a Node>,
    span: Span,
    tables: &'a mut Tables,
    report: &'a mut Report,
}

/// A stream as a sync names it: the place of its name, and the map of its settings if there is one.
struct Asked<'a> {
    name: String,
    span: Span,
    node: Option<&'a Node>,
}

impl<'a> Checker<'a> {
    fn streams(&mut self, from: &Connection) -> IndexMap<String, SyncStream> {
        let mut streams = IndexMap::new();
        let Some(plan) = from.connector.as_ref().map(|connector| &connector.plan) else { return streams };
        let own = |name: &str| from.bound.as_ref().and_then(|bound| bound.streams.get(name));
        for asked in self.asked(plan, from) {
            let Some(stream) = plan.streams.get(&asked.name) else {
                self.unknown_stream(plan, from, &asked);
                continue;
            };
            if stream.hidden {
                let told = format!("the stream `{}` is hidden: it serves other streams only", asked.name);
                self.report.push(Diagnostic::new(Code::E0501, asked.span, told).help("leave it out"));
                continue;
            }
            if from.bound.is_some() && own(&asked.name).is_none() {
                let told = format!("with the params of `{}` there is no stream `{}`", from.name, asked.name);
                let help = "its `when` does not hold; leave it out, or give other params";
                self.report
                    .push(Diagnostic::new(Code::E0501, asked.span, told).help(help).also(stream.span, "declared here"));
                continue;
            }
            let settings = self.stream(&asked, stream, own(&asked.name));
            self.table(&asked, &settings.table);
            streams.insert(asked.name, settings);
        }
        streams
    }

    /// Lists the streams of the sync: those it names, else all that can be selected.
    fn asked(&self, plan: &Plan, from: &Connection) -> Vec<Asked<'a>> {
        let written = self.node.and_then(|node| node.get("streams"));
        let in_sync = |name: &str| Asked { name: name.to_owned(), span: self.span, node: None };
        match &self.sync.streams {
            Some(SyncStreams::List(names)) => {
                names.iter().map(|name| Asked { name: name.text.clone(), span: name.span, node: None }).collect()
            }
            Some(SyncStreams::Other(named)) => named
                .iter()
                .map(|entry| Asked {
                    name: entry.name.clone(),
                    span: entry.span,
                    node: written.and_then(|written| written.get(&entry.name)),
                })
                .collect(),
            None => {
                let there = |name: &str| from.bound.as_ref().is_none_or(|bound| bound.streams.contains_key(name));
                let shown = plan.streams.iter().filter(|(name, stream)| !stream.hidden && there(name));
                shown.map(|(name, _)| in_sync(name)).collect()
            }
        }
    }

    fn stream(&mut self, asked: &Asked<'_>, stream: &StreamPlan, bound: Option<&BoundStream>) -> SyncStream {
        let settings = match &self.sync.streams {
            Some(SyncStreams::Other(named)) => named.get(&asked.name),
            _ => None,
        };
        let columns: Vec<_> = settings.and_then(|settings| settings.columns.as_ref()).into_iter().flatten().collect();
        self.columns(&columns, stream, bound);
        let has_key = match (&stream.key, bound) {
            (_, Some(bound)) => !bound.key.is_empty(),
            (key, None) => !matches!(key, Key::None),
        };
        let has_position =
            bound.map_or(stream.cursor.is_some(), |bound| bound.cursor.is_some()) || stream.changes.is_some();
        let own_mode = settings.and_then(|settings| settings.mode);
        let mode = own_mode.or(self.sync.mode);
        if mode == Some(Mode::Upsert) && !has_key {
            let own = asked.node.and_then(|node| node.get("mode"));
            let at = own.or_else(|| self.node.and_then(|node| node.get("mode"))).map_or(asked.span, |node| node.span);
            self.report.push(
                Diagnostic::new(Code::E0606, at, format!("`upsert` needs a key, and `{}` has none", asked.name))
                    .help("use `append` or `replace`, or give the stream a `key` in its manifest")
                    .also(stream.span, "declared here"),
            );
        }
        let prefix = self.sync.prefix.as_ref().map_or("", |prefix| prefix.text.as_str());
        let table =
            settings.and_then(|settings| settings.table.as_ref()).map_or(asked.name.as_str(), |table| &table.text);
        SyncStream {
            table: format!("{prefix}{table}"),
            mode: mode.unwrap_or_else(|| default_mode(has_key, has_position)),
            columns: columns.into_iter().map(|column| column.text.clone()).collect(),
            deletes: settings.and_then(|settings| settings.deletes).or(self.sync.deletes),
            allow_empty: settings.and_then(|settings| settings.allow_empty).or(self.sync.allow_empty).unwrap_or(false),
        }
    }

    fn columns<F>(
        &mut self,
        asked: &[&crate::components::forms::Text<F>],
        stream: &StreamPlan,
        bound: Option<&BoundStream>,
    ) {
        let Columns::Typed(columns) = bound.map_or(&stream.columns, |bound| &bound.columns) else { return };
        let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        for column in asked.iter().filter(|column| !known.contains(&column.text.as_str())) {
            let told = format!("`{}` is no column of `{}`", column.text, stream.name);
            self.report.push(
                Diagnostic::new(Code::E0502, column.span, told)
                    .help(format!("its columns: {}", listed(known.iter().copied())))
                    .nearest(nearest(&column.text, known.iter().copied()))
                    .also(stream.span, "the stream is declared here"),
            );
        }
    }

    /// Refuses a table that another stream writes to.
    fn table(&mut self, asked: &Asked<'_>, table: &str) {
        let at = asked.node.and_then(|node| node.get("table")).map_or(asked.span, |node| node.span);
        let place = (self.sync.to.text.clone(), table.to_owned());
        match self.tables.0.get(&place) {
            None => {
                self.tables.0.insert(place, at);
            }
            Some(first) => self.report.push(
                Diagnostic::new(Code::E0805, at, format!("two streams write to the table `{table}` of `{}`", place.0))
                    .also(*first, "the first one")
                    .help("tell them apart: `prefix: eu_` at a sync, or `table: …` at a stream"),
            ),
        }
    }

    fn unknown_stream(&mut self, plan: &Plan, from: &Connection, asked: &Asked<'_>) {
        let spec = from.connector.as_ref().and_then(|connector| connector.spec.as_ref());
        let broken = spec.and_then(|spec| spec.streams.as_ref()).is_some_and(|all| all.entry(&asked.name).is_some());
        // What streams a group makes is known when the API is asked; of one that did not hold nothing is said.
        if broken || !plan.groups.is_empty() {
            return;
        }
        let known: Vec<&str> =
            plan.streams.iter().filter(|(_, stream)| !stream.hidden).map(|(name, _)| name.as_str()).collect();
        let told = unknown(Code::E0501, asked.span, "stream", &asked.name, &known);
        self.report.push(told);
    }
}
