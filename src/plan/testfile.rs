//! Tests that authors write beside their manifests: do they speak of streams, actions and params that exist, and can
//! they prove anything?

mod needs;
mod steps;
mod texts;

#[cfg(test)]
mod tests;

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::request::parse_request;
use crate::manifest::{Document, ExchangeSpec, ManifestSpec, TestSpec};
use crate::plan::bind::{self, Given, GivenValue};
use crate::plan::load::{document, unreadable};
use crate::plan::{Loaded, Plan};
use crate::text::{Named, Node, Sources, Span, from_node};
use std::path::{Path, PathBuf};
use texts::{Scope, check_node, check_text};

/// Checks the tests inside a manifest and those in `tests/` beside it.
pub(super) fn check_folder(loaded: &Loaded, sources: &mut Sources, report: &mut Report) {
    let (Some(plan), Some(spec)) = (&loaded.plan, &loaded.spec) else { return };
    let folder = loaded.path.parent().unwrap_or(Path::new(""));
    for test in spec.tests.iter().flatten() {
        let mut checker = Checker { plan, spec, node: None, holder: test.name.span, folder, report };
        checker.test(test, sources);
    }
    let folder = folder.join("tests");
    for path in files(&folder) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let told = format!("the test `{}` can't be read: {error}", path.display());
                report.push(Diagnostic::new(Code::E0809, spec.connector.span, told));
                continue;
            }
        };
        let (_, node) = document(&path, &bytes, Document::Test, sources, report);
        let Some((root, kept)) = node else { continue };
        let holder = root.entries().first().map_or(root.span, |entry| entry.key_span);
        match from_node::<TestSpec>(&kept) {
            Ok(test) => {
                let mut checker = Checker { plan, spec, node: Some(&root), holder, folder: &folder, report };
                checker.test(&test, sources);
            }
            Err(error) => report.push(unreadable(error.span, &error.message)),
        }
    }
}

/// Lists the tests of a folder in order. A name that begins with `_` is for what several tests share.
fn files(folder: &Path) -> Vec<PathBuf> {
    let is_test = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ends = path.extension().and_then(|ends| ends.to_str()).unwrap_or_default();
        !name.starts_with(['_', '.']) && matches!(ends, "yaml" | "yml" | "json") && path.is_file()
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_test).collect();
    paths.sort();
    paths
}

struct Checker<'a> {
    plan: &'a Plan,
    spec: &'a ManifestSpec,
    /// The test as written, for the places of keys; not there for a test inside a manifest.
    node: Option<&'a Node>,
    /// Where what is missing is told.
    holder: Span,
    /// Where the files of replies lie.
    folder: &'a Path,
    report: &'a mut Report,
}

impl Checker<'_> {
    fn test(&mut self, test: &TestSpec, sources: &mut Sources) {
        for (at, exchange) in test.api.iter().flatten().enumerate() {
            self.exchange(at, exchange, sources);
        }
        let read = steps::check(self, test, sources);
        self.state(test.state.as_ref());
        self.params(test, &read, sources);
    }

    fn params(&mut self, test: &TestSpec, read: &steps::Asked, sources: &mut Sources) {
        let written = test.params.iter().flat_map(Named::iter);
        let values = written
            .filter_map(|entry| Some(GivenValue::in_file(entry.name.as_str(), entry.span, entry.value.clone()?)));
        let key = self.node.and_then(|node| node.entry("params")).map(|entry| entry.key_span);
        let declared = self.spec.params.iter().flat_map(Named::names);
        let broken = declared.filter(|name| !self.plan.params.contains_key(*name)).map(str::to_owned).collect();
        // A live test takes its secrets from the variables that it names.
        let live = test.env.as_ref().is_some_and(|env| !env.is_empty());
        let needed = if live { Some(std::collections::BTreeSet::new()) } else { Some(needs::params(self.plan, read)) };
        let given = Given {
            values: values.collect(),
            env: None,
            holder: Some(key.unwrap_or(self.holder)),
            folder: self.folder.to_owned(),
            needed,
            broken,
        };
        bind::check(self.plan, &given, sources, self.report);
    }

    fn exchange(&mut self, at: usize, exchange: &ExchangeSpec, sources: &Sources) {
        let node = self.node.and_then(|node| node.get("api")).and_then(|api| api.items().get(at));
        let place = |path: &[&str]| path.iter().try_fold(node?, |node, key| node.get(key)).map(|node| node.span);
        if let Err(problem) = parse_request(&exchange.request.text) {
            self.report.push(problem.at(sources, exchange.request.span));
        }
        let reply = &exchange.reply;
        if let Some(status) = reply.status
            && !(100..600).contains(&status)
        {
            let at = place(&["reply", "status"]).unwrap_or(exchange.request.span);
            let told = Diagnostic::new(Code::E0106, at, format!("{status} is no HTTP status"));
            self.report.push(told.help("write a status from 100 to 599"));
        }
        let bodies = [("json", reply.json.is_some()), ("text", reply.text.is_some()), ("file", reply.file.is_some())];
        let bodies: Vec<&str> = bodies.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        if let [first, second, ..] = bodies.as_slice() {
            let at = place(&["reply", second]).unwrap_or(exchange.request.span);
            let told = Diagnostic::new(Code::E0611, at, format!("two bodies: `{first}` and `{second}`"));
            self.report.push(told.help("a reply has one body; keep one of them"));
        }
        if let Some(file) = &reply.file {
            let outside = file.text.starts_with('/') || file.text.split(['/', '\\']).any(|part| part == "..");
            if outside {
                let told = format!("the file `{}` lies outside the folder of the tests", file.text);
                self.report.push(Diagnostic::new(Code::E0706, file.span, told).help("put it beside the test"));
            } else if !self.folder.join(&file.text).is_file() {
                let told = format!("there is no file `{}` beside the test", file.text);
                self.report
                    .push(Diagnostic::new(Code::E0809, file.span, told).help("the body of the reply is read from it"));
            }
        }
        let scope = Scope::reply();
        for header in reply.headers.iter().flat_map(Named::iter).filter_map(|entry| entry.value.as_ref()) {
            check_node(header, &scope, sources, self.report);
        }
        reply.json.iter().for_each(|json| check_node(json, &scope, sources, self.report));
        reply.text.iter().for_each(|text| check_text(&text.text, text.span, &scope, sources, self.report));
    }

    /// A state is told by stream.
    fn state(&mut self, state: Option<&Node>) {
        for entry in state.map(Node::entries).unwrap_or_default() {
            self.stream(&entry.key, entry.key_span);
        }
    }

    /// Tells a stream that does not exist. What groups make is known only when the API is asked.
    fn stream(&mut self, name: &str, span: Span) -> bool {
        let known = self.plan.streams.contains_key(name);
        if !known && self.plan.groups.is_empty() {
            self.report.push(super::names::unknown_stream(name, span, self.spec));
        }
        known
    }
}
